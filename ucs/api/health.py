"""`/health` for whoever restarts us or sends us requests, `/metrics` for Prometheus.

`/health` tells strangers nothing but how we are; `/metrics` names tenants' channels and queues, so it wants the operator's key.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from channels.errors import UcsError
from ucs.api.answers import HealthView
from ucs.api.call import Call, Route
from ucs.api.routes import answered
from ucs.api.tokens import Role
from ucs.runtime.engine.inputs import Wrote
from ucs.store import lookup
from ucs.store import tables as t

if TYPE_CHECKING:
    from ucs.api.api import Api

ASKED_EVERY = 1.0  # seconds: who asks more often gets the last answer, for each asking is a commit
LAG_LIMIT = 2.0  # seconds that a commit may take to come through
PROBE = "~health"  # the cursor that is written to see whether anything can be: no channel has such an id


class Pulse:
    """Writes a row now and then, and knows how long that took."""

    def __init__(self) -> None:
        self._lag: float | None = None
        self._asked_at: float | None = None
        self._asking = asyncio.Lock()

    async def lag(self, api: Api) -> float | None:
        """Seconds from submitting to committed; None if that failed or took too long."""
        async with self._asking:
            now = api.runtime.clock()
            if self._asked_at is None or now - self._asked_at >= ASKED_EVERY:
                self._lag = await self._beat(api)
                self._asked_at = now
            return self._lag

    async def _beat(self, api: Api) -> float | None:
        began = api.runtime.clock()
        try:
            async with asyncio.timeout(LAG_LIMIT):
                await api.submit(Wrote((("put_cursor", (PROBE, api.now().isoformat())),)))
        except (TimeoutError, SQLAlchemyError, UcsError):
            return None
        return api.runtime.clock() - began


async def health(api: Api, call: Call) -> web.StreamResponse:
    """200 if requests should be sent here, else 503. A parked channel is for an admin to mend; the others go on."""
    lag = await api.pulse.lag(api)
    answer = {
        "live": True,
        "ready": lag is not None,
        "store": lag is not None,
        "lag": lag,
        "parked": len(api.runtime.outward.parking.parked),
    }
    return answered(answer, 200 if lag is not None else 503)


async def metrics(api: Api, call: Call) -> web.StreamResponse:
    """Everything in the text format of Prometheus."""
    query = select(t.outbox.c.channel, t.outbox.c.state, func.count()).group_by(t.outbox.c.channel, t.outbox.c.state)
    outbox = {(channel, state): count for channel, state, count in map(tuple, await api.read(lookup.rows(query)))}
    from ucs.api.exposition import TYPE, exposed  # and Prometheus' library with it, where Prometheus asks

    return web.Response(body=exposed(api, outbox), headers={"Content-Type": TYPE})


ROUTES = (
    Route("GET", "/health", health, None, "How we are", HealthView),
    Route("GET", "/metrics", metrics, Role.OPERATOR, "Figures for Prometheus", None),
)
