"""Where a flow sends the customer: `trans_type` and `route_value`, as a hand-over of ours."""

from __future__ import annotations

import orjson

from channels.robot import HandOver, To
from robots.oiap.config import OiapConfig
from robots.oiap.wire import OutParams

QUEUE, AGENT, COLLEAGUE, KNOWN, ANYBODY = "queue", "agent", "colleague", "known", ""
# trans_type → what route_value names, and the reason that the agent reads
TARGETS = {
    "1": (QUEUE, "the flow asks for a queue"),  # by its access code
    "3": (QUEUE, "the flow asks for a queue"),  # by its name
    "4": (AGENT, "the flow asks for this agent"),
    "7": (KNOWN, "the flow asks for the agent who knows the customer"),
    "8": (COLLEAGUE, "the flow asks for a colleague of this agent"),
    "31": (KNOWN, "the customer wants to leave a message for the agent who knows them"),
    "32": (QUEUE, "the customer wants to leave a message"),
    "33": (AGENT, "the customer wants to leave a message for this agent"),
}
TO = {COLLEAGUE: To.QUEUE, KNOWN: To.LAST}
MOST_SLOTS, LONGEST = 50, 1000


def hand_over_of(out: OutParams, config: OiapConfig) -> HandOver:
    """Types that a chat does not have (a telephone number, another flow) go to people, who read which it was."""
    kind, route = str(out.trans_type)[:10], str(out.route_value)[:200]
    target, reason = TARGETS.get(
        kind, (ANYBODY, f"the flow asks for trans_type {kind or 'nothing'}, which a chat does not have")
    )
    return HandOver(
        reason=reason,
        queue=config.queues.get(route, route) if target == QUEUE else "",
        agent=config.agents.get(route, route) if target in (AGENT, COLLEAGUE) else "",
        slots=_slots(out.trans_data),
        to=TO.get(target, To.NAMED),
    )


def _slots(given: object) -> dict[str, str]:
    """`trans_data` by its names if it is an object, or the text of one; else as it is."""
    value = given
    if isinstance(given, str):
        try:
            value = orjson.loads(given)
        except orjson.JSONDecodeError:
            value = given
    if isinstance(value, dict):
        return {
            str(name)[:200]: _text(item) for name, item in list(value.items())[:MOST_SLOTS] if item not in ("", None)
        }
    return {"trans_data": _text(value)} if value not in ("", None) else {}


def _text(value: object) -> str:
    return (value if isinstance(value, str) else orjson.dumps(value).decode())[:LONGEST]
