"""The only code that waits.

`engine` is the heart: everything durable goes through it. `gateway` takes what platforms push, `platforms` fetches what they do not;
`dispatch`, `timers` and `presence` listen to what was committed and give the engine new inputs; `delivery` brings words out, over the
one `http`. `center` is what operators and admins decide, and `runtime` puts all of it together.
"""
