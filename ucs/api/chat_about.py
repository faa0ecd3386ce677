"""`GET /chat/{channel}/about`: what a page needs before anybody has asked for anything. Whether we are open, and when again,
whether somebody is there, what the widget looks like, and what it asks.

Anybody whose page may show the chat may read it: it has the channel's own words and nothing of anybody else's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ucs.api.call import Call
from ucs.api.origins import require_origin
from ucs.core.policy import Policy, Queue
from ucs.core.seat import SeatState
from ucs.runtime.center.center import Channel

if TYPE_CHECKING:
    from ucs.api.api import Api

AWAY = frozenset({SeatState.OFFLINE, SeatState.REST})


async def about(api: Api, call: Call) -> dict[str, Any]:
    channel = api.web_channel(call.path("channel"))
    require_origin(api, channel, call.request)
    widget = channel.setting.widget
    greetings = [{"say": each.say, "after": each.after.total_seconds(), "url": each.url} for each in widget.greetings]
    return {
        "channel": channel.id,
        "name": widget.title or channel.setting.name or channel.id,
        "intro": widget.intro,
        "locale": widget.locale,
        "theme": widget.theme,
        "accent": widget.accent,
        "accent_ink": ink_on(widget.accent) if widget.accent else "",
        **availability(api, channel),
        "form": [field.model_dump() for field in widget.form],
        "greetings": greetings,
        "survey": widget.survey and widget.survey.model_dump(),
        "identities": getattr(channel.adapter.config, "identity_key", None) is not None,
    }


def availability(api: Api, channel: Channel) -> dict[str, Any]:
    """Whether a word said now finds somebody. `waits`: where nobody is in, it waits for them instead of being turned away."""
    now, queues = api.now(), list(chain(channel.policy))
    opens = [at for queue in queues if (at := queue.hours.next_open(now)) is not None]
    is_open = any(queue.hours.is_open(now) for queue in queues)
    return {
        "open": is_open,
        "opens_at": None if is_open else min(opens, default=None),
        "ready": is_open and any_ready(api, channel.tenant, queues, now),
        "waits": is_open or queues[0].when_closed == "wait",
    }


def ink_on(colour: str) -> str:
    """What can be read on this colour: white as long as its contrast is 4.5 to 1, as WCAG 2.2 has it in 1.4.3."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    light = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in (red, green, blue)]
    luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
    return "#ffffff" if 1.05 / (luminance + 0.05) >= 4.5 else "#10131a"


def chain(policy: Policy) -> Iterator[Queue]:
    """The channel's queue, and those that take what it cannot."""
    tried: set[str] = set()
    queue = policy.queue
    while queue and queue not in tried:
        tried.add(queue)
        rules = policy.queues.get(queue) or Queue(queue)
        yield rules
        queue = rules.overflow


def any_ready(api: Api, tenant: str, queues: list[Queue], now: datetime) -> bool:
    """Whether anybody with the skill for one of these queues is at their desk, be it that all have their hands full."""
    skills = {queue.id for queue in queues if queue.hours.is_open(now)}
    present = (
        agent
        for (owner, agent), seat in api.runtime.engine.memory.seats.items()
        if owner == tenant and seat.chosen not in AWAY and seat.lost_at is None
    )
    settings = (api.center.agents.get((tenant, agent)) for agent in present)
    return any(setting is not None and not skills.isdisjoint(setting.skills) for setting in settings)
