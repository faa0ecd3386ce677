"""`/health` for whoever restarts us or sends us requests, `/metrics` for Prometheus.

`/health` tells strangers nothing but how we are; `/metrics` names tenants' channels and queues, so it wants the operator's key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web
from sqlalchemy import func, select

from ucs.api.answers import HealthView
from ucs.api.call import Call, Route
from ucs.api.routes import answered
from ucs.api.tokens import Role
from ucs.store import lookup
from ucs.store import tables as t

if TYPE_CHECKING:
    from ucs.api.api import Api


async def health(api: Api, call: Call) -> web.StreamResponse:
    """200 if requests should be sent here, else 503. A parked channel is for an admin to mend; the others go on."""
    lag = await api.pulse.lag()
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
