"""The baseline: a raw aiohttp server on uvloop that reads a body and gives it back. `python -m bench.echo PORT`."""

from __future__ import annotations

import sys

import uvloop
from aiohttp import web


async def echo(request: web.Request) -> web.Response:
    return web.Response(body=await request.read())


if __name__ == "__main__":
    uvloop.install()
    app = web.Application()
    app.router.add_post("/hooks/line", echo)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
