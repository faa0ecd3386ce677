"""The native interface: JSON over HTTP, and WebSockets that resume by number.

`app` puts the routes together; each of `chat` (customers), `desk` (agents), `media` (files), `admin` (configuration) and `hooks`
(platforms) is one family of them. `routes` is the wrapper around every handler, `asking` says who asks, `views` what each side may
see, `live` pushes what was committed. `api.Api` is what every handler is given.
"""
