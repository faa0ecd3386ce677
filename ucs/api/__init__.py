"""The native interface: JSON over HTTP, and WebSockets that resume by number.

`app` puts the routes together; each of `chat` (customers), `desk` (agents), `admin` (configuration), `media` and `hooks` (platforms) is one
family of them. `live` pushes what was committed to whoever may see it; `views` decides what that is; `tokens` who is asking.
"""
