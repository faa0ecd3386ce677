"""Delivery: the outbox goes out, in order for each customer and side by side for all of them.

One lane for each address of a channel: what stands in it goes out strictly in order, and a lane that waits (for a retry, for its
turn, for credentials) delays nobody else. Everything durable is in the outbox, so a restart goes on where this stopped. What is
done with one errand is `sending.py`; files that come in are `fetching.py`.
"""

from __future__ import annotations

from contextlib import suppress

from channels.errors import ChannelError, TooMany
from ucs.core.contact import Contact
from ucs.runtime.delivery.errand import Errand, errand_of
from ucs.runtime.delivery.intake import Intake
from ucs.runtime.delivery.lanes import Lanes
from ucs.runtime.delivery.outcomes import Revived
from ucs.runtime.delivery.sending import Means, Sending
from ucs.runtime.engine.inputs import Line
from ucs.runtime.engine.memory import Lane
from ucs.runtime.limits import Limit

KINDS = frozenset({"send", "forward", "recall", "mark_read", "end"})
TYPING_EVERY = 4.0  # seconds for each customer: as long as the shortest-lived sign on a platform lasts


class Delivery:
    """`await start()` after the engine has started, `await close()` before it closes."""

    def __init__(self, means: Means) -> None:
        self.means = means
        self._lanes: Lanes[Lane, Errand] = Lanes(self._carry, self._spoil)
        self._sending = Sending(means, self._lanes.uninterrupted)
        self._intake = Intake(means.engine, KINDS, self._take, errand_of)
        self._typing = Limit("customer", 1 / TYPING_EVERY, 1.0, means.clockwork.clock)

    async def start(self) -> None:
        """Take up what a former process left, in its order, and then whatever is committed."""
        await self._intake.start()

    async def close(self, within: float = 5.0) -> None:
        """Let calls under way end, for at most `within` seconds; all else is in the store."""
        self._intake.close()
        await self._lanes.close(within)

    @property
    def waiting(self) -> int:
        """How many errands are not done."""
        return len(self._lanes)

    async def send_again(self, id: str, tenant: str = "") -> Line:
        """Try a dead letter again, from where it stopped. Raises `NotFound` and `Refused`."""
        line: Line = await self.means.engine.submit(Revived(id, tenant))
        return line

    async def typing(self, contact: Contact) -> None:
        """Show the customer that an answer is being written, as far as the platform can and wants to."""
        channel = self.means.parking.usable(contact.channel)
        if channel is None or "typing" not in channel.powers:
            return
        with suppress(TooMany, ChannelError):
            self._typing.take((channel.id, contact.address))
            await channel.adapter.typing(contact.address, self.means.http_for(channel))

    def _take(self, errand: Errand) -> None:
        self._lanes.put((errand.channel, errand.address), errand)

    async def _carry(self, errand: Errand) -> None:
        await self._sending.carry(errand)

    async def _spoil(self, errand: Errand, error: Exception) -> None:
        await self._sending.spoil(errand, error)
