"""The only code that waits: the engine, the gateway for webhooks, delivery, media fetching, timers, pollers, and `http`.

`engine` is the heart; `inputs` is what it is given and `work` what one transaction does with it. Everything else here listens to what
was committed (`engine.Committed`) and gives the engine new inputs.
"""
