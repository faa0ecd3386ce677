"""The runtime inside this process, on a store of its own and with the server's garbage collection: for what is measured without
HTTP around it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import tempfile
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import orjson
import structlog

from channels.plugins import load
from ucs.cli.serve import collect_rarely
from ucs.runtime.center.center import Document
from ucs.runtime.center.installation import Installation
from ucs.runtime.runtime import Runtime

LINE = {
    "channel_secret": "bench-line-channel-secret-000000",
    "access_token": "bench-token",
    "api_base": "http://127.0.0.1:9",
    "data_base": "http://127.0.0.1:9",
}


def documents(agents: int, queues: int, capacity: int) -> list[Document]:
    """A tenant whose agents each have three of the queues' skills."""
    found = [Document("tenant", "bench", "bench", {})]
    found += [Document("queue", "bench", f"queue{number}", {"offer_for": "1h"}) for number in range(queues)]
    for number in range(agents):
        skills = {f"queue{(number * 7 + step * 3) % queues}": 1 + (number + step) % 5 for step in range(3)}
        found.append(Document("agent", "bench", f"agent{number}", {"skills": skills, "capacity": capacity}))
    for number in range(queues):
        body = {"adapter": "line", "queue": f"queue{number}", "config": LINE, "weight": 10}
        found.append(Document("channel", "bench", f"line{number}", body))
    return found


@contextlib.asynccontextmanager
async def inside(
    agents: int = 1, queues: int = 1, capacity: int = 100, data: Path | None = None, more: Iterable[Document] = ()
) -> AsyncIterator[Runtime]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as folder:
        plugins = load(Path(__file__).with_name("plugins.toml"))
        runtime = Runtime(Installation(data=data or Path(folder), allow=("127.0.0.1/32",)), plugins)
        runtime.store.migrate()
        settings = [*documents(agents, queues, capacity), *more]
        rows = [(d.kind, d.tenant, d.id, orjson.dumps(d.body).decode()) for d in settings]
        writes = [("put_center", row) for row in rows]
        runtime.store.write(lambda connection: runtime.store.statements.run(connection, writes))
        await runtime.start()
        collect_rarely()
        try:
            yield runtime
        finally:
            await runtime.close()
            await asyncio.sleep(0)
