"""Serving: the address is taken first, then everything starts, then the doors open; on a signal, all of it backwards."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress

from aiohttp import web

from channels.errors import Complaint, ConfigError
from channels.plugins import Plugins
from ucs.api.app import make_app, open_doors
from ucs.cli.folder import announced
from ucs.runtime.center.installation import Installation
from ucs.runtime.runtime import Runtime

BACKLOG = 1024
COLLECT_AFTER = (50_000, 20, 50)  # a message leaves no cycles behind: the collector may come by rarely
IDLE_FOR = 75.0  # seconds that a connection may have no request, or only the beginning of one; proxies give up at 60
MOST_OPEN = 65_536  # connections and files; an idle connection takes some 10 KB
SHUTDOWN_WITHIN = 8.0  # seconds for requests that are under way: whoever told us to stop often kills after 10


def listen(host: str, port: int, change: str) -> socket.socket:
    """The address, taken. Raises `ConfigError`; `change` says how another one is chosen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL or (error.errno or 0) < 0:  # below: the name leads nowhere
            expected = f"an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them; {host} is none"
            raise ConfigError([Complaint("address", "host", expected)]) from None
        why = os.strerror(error.errno) if error.errno else error  # asyncio's own words would name the address once more
        expected = f"an address that is free; {host}:{port} is not ({why}): stop what listens there, or {change}"
        raise ConfigError([Complaint("address", "port", expected)]) from None


def url_of(listening: socket.socket) -> str:
    """Where a browser on this machine finds it."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # compared, not listened to
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    installation: Installation,
    plugins: Plugins,
    listening: socket.socket,
    ready: Callable[[str], None],
    extend: Callable[[web.Application], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM. `ready` hears the address as soon as the first request can come; `extend` adds pages."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(installation, plugins, listening, ready, extend))


def let_many_in() -> None:
    """Usually a program gets 1,024 connections and files until it asks for more, and a single visitor can hold that many open: then
    nobody else comes in."""
    if sys.platform != "win32":
        import resource

        now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = MOST_OPEN if most == resource.RLIM_INFINITY else min(MOST_OPEN, most)
        if resource.RLIM_INFINITY != now < wanted:
            with suppress(ValueError, OSError):  # macOS has a limit below the one it names
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def collect_rarely() -> None:
    """From now on: what is here stays, and the collector need not look at it again, nor before: next to nothing of it is garbage."""
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


async def _serve(
    installation: Installation,
    plugins: Plugins,
    listening: socket.socket,
    ready: Callable[[str], None],
    extend: Callable[[web.Application], None] | None,
) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    app = make_app(Runtime(installation, plugins))
    if extend is not None:
        extend(app)
    runner = web.AppRunner(
        app,
        access_log=None,
        handler_cancellation=False,
        shutdown_timeout=SHUTDOWN_WITHIN,
        keepalive_timeout=IDLE_FOR,
    )
    await runner.setup()
    open_doors(runner)
    try:
        await web.SockSite(runner, listening).start()
        let_many_in()
        collect_rarely()
        with announced(installation.data, url_of(listening)):
            ready(url_of(listening))
            await stop.wait()
    finally:
        await runner.cleanup()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop
