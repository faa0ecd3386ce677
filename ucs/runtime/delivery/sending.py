"""Sending: what is done with one errand that goes out, from the outbox to the line that says what became of it.

`send` is done call by call: fit, wait for a turn, write down that it goes out, call, write down what came back. A crash leaves
either a call that never went out or one whose outcome nobody knows, and the row says which. `forward` is one such call
(`forwarding.py` has what is in it). `recall`, `mark_read` and `end` are one
call or a few, without a claim: doing them twice does no harm. `delivery.py` keeps the order.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import structlog
from sqlalchemy.exc import OperationalError

from channels.adapter import MediaLink, Outbound
from channels.errors import ChannelError, DeliveryError, NotFound, Refused, Rejected, Uncertain, WindowClosed
from channels.events import Status
from channels.fit import fit
from channels.parts import media_of
from channels.value import value
from ucs.core.failures import Action, failure_of
from ucs.runtime.center.center import Channel
from ucs.runtime.delivery.allowance import openings
from ucs.runtime.delivery.clockwork import Clockwork
from ucs.runtime.delivery.commits import LONGEST, commit
from ucs.runtime.delivery.errand import SPOKEN, Errand, ErrandState, key_of, trouble_of
from ucs.runtime.delivery.forwarding import Original, forward_of, original
from ucs.runtime.delivery.media_links import MediaLinks
from ucs.runtime.delivery.outcomes import Claim, Left, claimed, settled
from ucs.runtime.delivery.outlet import Outlets
from ucs.runtime.delivery.parking import Parking
from ucs.runtime.delivery.verdict import Verdict, verdict
from ucs.runtime.engine.engine import Engine
from ucs.runtime.engine.inputs import Input, Together
from ucs.runtime.http.ways_out import HttpFor
from ucs.store.platform_ids import platform_ids, read_token

log = structlog.get_logger("ucs.sending")
PAUSE = 1.0  # seconds at least before a store that failed is asked again
LONGEST_NAP = 60.0  # seconds: the time of day may be set, so it is looked at again now and then
TOLD_ONCE = frozenset(
    {"mark_read", "end"}
)  # not tried again: the next mark says more, and nothing said next may wait for it
Count = Callable[[str, str], None]  # a channel, and what became of a call


@value
class Means:
    """What sending needs of the rest of the runtime."""

    engine: Engine
    parking: Parking
    outlets: Outlets
    links: MediaLinks
    http_for: HttpFor
    clockwork: Clockwork
    count: Count


class Sending:
    """`carry` an errand until there is nothing left to do about it. `uninterrupted`: what shutting down waits for."""

    def __init__(self, means: Means, uninterrupted: Callable[[], AbstractContextManager[None]]) -> None:
        self.means = means
        self._uninterrupted = uninterrupted

    async def carry(self, errand: Errand) -> None:
        failures = 0
        while True:
            try:
                if await self._go_on(errand):
                    return
                failures = 0
            except OperationalError as error:  # a store that cannot be read says nothing about the message
                if errand.state is ErrandState.SENDING:
                    raise
                failures += 1
                log.warning("not read, trying again", errand=errand.id, error=repr(error.orig), failures=failures)
                await self.means.clockwork.wait(max(PAUSE, self.means.clockwork.backoff(failures, LONGEST)))

    async def spoil(self, errand: Errand, error: Exception) -> None:
        """A bug, ours or the adapter's. If a call was under way, it may have arrived."""
        status = Status.UNCERTAIN if errand.state is ErrandState.SENDING else Status.FAILED
        errand.trouble = trouble_of(error)
        self.means.count(errand.channel, "bug")
        await self._give_up(errand, status)

    async def _go_on(self, errand: Errand) -> bool:
        """Do what is next, at most one call. True: the errand is over."""
        channel = await self.means.parking.ready(errand.channel)
        nap = (errand.at - self.means.engine.now()).total_seconds()
        if nap > 0 and errand.trouble is not None:  # else it was never put off, and the clock has been set back
            await self.means.clockwork.wait(min(nap, LONGEST_NAP))
            return False
        if errand.state is ErrandState.SENDING:  # a former process died between the call and its outcome
            lost = Uncertain("The service stopped while this was being sent; whether it arrived is not known.")
            return await self._failed(channel, errand, lost)
        if errand.kind not in channel.powers:
            return await self._failed(channel, errand, Rejected("The channel is configured anew and cannot do this."))
        return await PREPARE[errand.kind](self, channel, errand)

    async def _forward(self, channel: Channel, errand: Errand) -> bool:
        """One call, whatever it holds. Its words are read now: what was edited goes as it reads today."""
        try:
            found = await self.means.engine.store.read(lambda connection: original(connection, errand))
            if found is None:
                return await self._taken_back(errand)
            links = await self.means.links.of(channel.tenant, (found.parts,))
        except DeliveryError as error:
            return await self._failed(channel, errand, error)
        await self._turn(channel, errand)
        return await self._call(channel, errand, partial(self._call_forward, channel, errand, found, links))

    async def _recall(self, channel: Channel, errand: Errand) -> bool:
        await self._turn(channel, errand)
        return await self._call(channel, errand, partial(self._call_recall, channel, errand))

    async def _mark_read(self, channel: Channel, errand: Errand) -> bool:
        await self._turn(channel, errand)
        return await self._call(channel, errand, partial(self._call_mark_read, channel, errand))

    async def _end(self, channel: Channel, errand: Errand) -> bool:
        """Unless the customer has written again: then the platform may know no two from each other, and one of them goes on."""
        if (errand.channel, errand.address) in self.means.engine.memory.lanes:
            await self._commit(settled(errand, done=True))
            return True
        await self._turn(channel, errand)
        return await self._call(channel, errand, partial(self._call_end, channel, errand))

    async def _turn(self, channel: Channel, errand: Errand, messages: int = 1) -> None:
        await self.means.outlets.of(channel).pacing.turn(errand.address, messages)

    async def _send(self, channel: Channel, errand: Errand) -> bool:
        try:
            self._check_window(errand)
            links = await self.means.links.of(channel.tenant, errand.calls[errand.call :] or (errand.parts,))
            if not errand.begun:
                errand.calls = tuple(fit(errand.parts, channel.adapter.manifest.sends, links))
            if not errand.calls:
                raise Rejected("There is nothing in this message that the platform can show.")
            self._check_quota(channel, errand)
        except DeliveryError as error:
            return await self._failed(channel, errand, error)
        await self._turn(channel, errand, len(errand.calls[errand.call]) - errand.part)
        return await self._call(channel, errand, partial(self._call_send, channel, errand, links))

    def _check_window(self, errand: Errand) -> None:
        closed_at = errand.window_closed_at
        if closed_at is not None and self.means.engine.now() > closed_at:
            raise WindowClosed(
                f"The platform takes answers only for a while after the customer wrote, here until"
                f" {closed_at:%Y-%m-%d %H:%M} UTC: wait for the customer, or send an approved template."
            )

    def _check_quota(self, channel: Channel, errand: Errand) -> None:
        """All that is left of a message has to fit in: half a sentence is worse than none."""
        allowance, wanted = (
            self.means.outlets.of(channel).allowance,
            sum(map(len, errand.calls[errand.call :])) - errand.part,
        )
        known = list(openings(errand, channel.adapter, self.means.engine.now()))
        if not known or any(allowance.holds(each, wanted) for each in known):
            return
        raise WindowClosed(
            f"The platform takes {known[-1].quota} messages after each of the customer's. {allowance.used(known[-1])} have gone"
            f" out, and this would be {wanted} more: wait for the customer, say it shorter, or send an approved template."
        )

    def _used(self, channel: Channel, errand: Errand, messages: int) -> None:
        """Where it fits in; where it fits in nowhere any more, as what is sent again may, it counts all the same."""
        now, allowance = self.means.engine.now(), self.means.outlets.of(channel).allowance
        known = list(openings(errand, channel.adapter, now))
        found = next((each for each in known if allowance.holds(each, messages)), known[-1] if known else None)
        if found is not None:
            allowance.use(found, messages, now)

    async def _call(self, channel: Channel, errand: Errand, call: Callable[[], Awaitable[bool]]) -> bool:
        async with self.means.outlets.of(channel).slots:
            current = self.means.parking.usable(channel.id)
            if current is None or current.setting != channel.setting:
                return False  # parked or changed while we waited
            with self._uninterrupted():
                try:
                    return await call()
                except DeliveryError as error:
                    if error.token_refused:
                        errand.reply_token = None
                    if errand.kind == "send":
                        errand.went_out(error.delivered, len(error.delivered))
                        if errand.call == len(errand.calls):
                            return await self._sent(channel, errand, Status.SENT)
                    return await self._failed(channel, errand, error)
                except ChannelError as error:
                    return await self._failed(channel, errand, error)

    # -- the calls -----------------------------------------------------------------------------------------------------

    async def _call_send(self, channel: Channel, errand: Errand, links: Mapping[str, MediaLink]) -> bool:
        parts = errand.calls[errand.call][errand.part :]
        if errand.reply_token is not None and not errand.doubts and errand.reply_token.until <= self.means.engine.now():
            errand.reply_token = None  # it ran out before any call can have used it
        claim = await self._claim(errand)
        if claim.taken_back:
            return await self._taken_back(errand)
        message = Outbound(
            key=key_of(errand),
            customer=errand.address,
            parts=parts,
            at=self.means.engine.now(),
            media={name: links[name] for part in parts for name in media_of(part) if isinstance(name, str)},
            reply_token=None if errand.begun else errand.reply_token,
            reply_to="" if errand.begun else claim.reply_to,
            quote_token="" if errand.begun else claim.quote_token,
            thread=claim.thread,
            copies=errand.copies,
            automatic=errand.automatic,
            attempt=errand.attempt,
            uncertain=errand.doubts > 0,
        )
        try:
            receipt = await channel.adapter.send(message, self.means.http_for(channel))
        except DeliveryError as error:  # what may have gone out counts
            self._used(channel, errand, len(parts) if isinstance(error, Uncertain) else len(error.delivered))
            raise
        if receipt.counts:
            self._used(channel, errand, len(parts))
        errand.went_out(receipt.messages, len(parts), receipt.quote_tokens)
        return await self._sent(channel, errand, receipt.status)

    async def _call_forward(
        self, channel: Channel, errand: Errand, found: Original, links: Mapping[str, MediaLink]
    ) -> bool:
        if (await self._claim(errand)).taken_back:
            return await self._taken_back(errand)
        message = forward_of(errand, found, links, channel.adapter.manifest.sends, self.means.engine.now())
        receipt = await channel.adapter.forward(message, self.means.http_for(channel))
        errand.ids = receipt.messages
        errand.state = ErrandState.PENDING
        self.means.count(channel.id, "forwarded")
        await self._commit(settled(errand, receipt.status, done=True))
        return True

    async def _claim(self, errand: Errand) -> Claim:
        """From here on a crash leaves a call of which nobody knows whether it arrived."""
        errand.attempt += 1
        errand.state = ErrandState.SENDING
        claim: Claim = await self._commit(claimed(errand))
        return claim

    async def _taken_back(self, errand: Errand) -> bool:
        await self._commit(settled(errand, Status.FAILED, "It was taken back before it was sent.", done=True))
        return True

    async def _sent(self, channel: Channel, errand: Errand, status: Status) -> bool:
        """A call is done. Its ids are on disk before the next one goes out."""
        self.means.count(channel.id, "sent")
        over = errand.call == len(errand.calls)
        errand.state = ErrandState.PENDING
        await self._commit(settled(errand, status, done=True) if over else settled(errand))
        return over

    async def _call_recall(self, channel: Channel, errand: Errand) -> bool:
        """Take back everything of a message that went out; nothing did if it never left."""
        ids = await self.means.engine.store.read(lambda c: platform_ids(c, errand.contact, errand.seq))
        for id in ids:
            if id not in errand.ids:
                errand.attempt += 1
                await channel.adapter.recall(errand.address, id, self.means.http_for(channel))
                errand.ids += (id,)
        await self._commit(settled(errand, done=True))
        return True

    async def _call_mark_read(self, channel: Channel, errand: Errand) -> bool:
        token = await self.means.engine.store.read(lambda c: read_token(c, errand.contact, errand.seq))
        if token:
            errand.attempt += 1
            await channel.adapter.mark_read(errand.address, token, self.means.http_for(channel))
        await self._commit(settled(errand, done=True))
        return True

    async def _call_end(self, channel: Channel, errand: Errand) -> bool:
        errand.attempt += 1
        await channel.adapter.end(errand.address, self.means.http_for(channel))
        await self._commit(settled(errand, done=True))
        return True

    # -- what went wrong -----------------------------------------------------------------------------------------------

    async def _failed(self, channel: Channel, errand: Errand, error: ChannelError) -> bool:
        """What the table of failures says. True: the errand is over."""
        means = self.means
        means.count(channel.id, failure_of(error).metric)
        errand.trouble = trouble_of(error)
        safe = errand.kind not in SPOKEN or channel.adapter.manifest.resend_safe
        judged = verdict(error, errand, means.engine.now(), means.clockwork, resend_safe=safe)
        if judged.slow_for:
            means.outlets.of(channel).pacing.slow(judged.slow_for)
        if judged.action is Action.PARK:
            await means.parking.park(channel, str(error))
        if errand.kind in TOLD_ONCE:
            await self._commit(settled(errand, done=True))
            return True
        if judged.action is Action.PARK or judged.again_at is not None:
            await self._put_off(errand, judged)
            return False
        unknown = judged.action is Action.MARK_UNCERTAIN or (errand.doubts > 0 and judged.action is not Action.FAIL)
        left = (
            judged.action is Action.END_CONTACT and errand.kind != "forward"
        )  # somebody else is gone, not the customer
        await self._give_up(errand, Status.UNCERTAIN if unknown else Status.FAILED, left=left)
        return True

    async def _put_off(self, errand: Errand, judged: Verdict) -> None:
        """Until then, or until the channel works again. The agents hear of it once, not at every try."""
        errand.state = ErrandState.PENDING
        errand.doubts += judged.action is Action.MARK_UNCERTAIN
        errand.at = judged.again_at or errand.at
        status = Status.PENDING if errand.kind in SPOKEN and not errand.told else None
        errand.told = True
        trouble = errand.trouble
        assert trouble is not None  # noqa: S101  # it is put off because of it
        await self._commit(settled(errand, status, trouble.reason, trouble.code))

    async def _give_up(self, errand: Errand, status: Status, *, left: bool = False) -> None:
        """A dead letter. A message that could not be taken back is still there: it stays sent."""
        trouble = errand.trouble
        assert trouble is not None  # noqa: S101  # it is given up because of it
        errand.state = ErrandState.DEAD
        if errand.kind in TOLD_ONCE:
            dead = settled(errand, done=True)
        elif errand.kind == "recall":
            dead = settled(errand, Status.SENT, f"It could not be taken back: {trouble.reason}", trouble.code)
        else:
            dead = settled(errand, status, trouble.reason, trouble.code)
        if not left:
            await self._commit(dead)
            return
        try:
            await self._commit(Together((dead, Left(errand.contact, trouble.reason))))
        except (Refused, NotFound):  # the contact has moved on; the letter is dead all the same
            await self._commit(dead)

    async def _commit(self, input: Input) -> Any:
        return await commit(self.means.engine, input, self.means.clockwork)


Prepare = Callable[[Sending, Channel, Errand], Awaitable[bool]]
PREPARE: dict[str, Prepare] = {
    "send": Sending._send,
    "forward": Sending._forward,
    "recall": Sending._recall,
    "mark_read": Sending._mark_read,
    "end": Sending._end,
}
