"""The gateway: where platforms' webhooks come in. Verify, read, commit, answer, within the platform's deadline.

Where a platform takes a message of ours inside the response, the response waits for one for as long as the reply token is good.

No verifier, no route. What is not trusted leaves no row; what is trusted and cannot be read is kept in quarantine; what is merely
unknown is acknowledged and kept. The platform gets its answer when what it sent is on disk, and bots and agents work later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from channels.errors import Malformed, NotFound, Unavailable, Untrusted
from channels.events import Announced, Received, ReplyToken, Typing, Unknown
from channels.value import value
from channels.wire import Request, Response
from ucs.runtime.center.center import Channel
from ucs.runtime.engine.arrived import Arrived, Quarantined
from ucs.runtime.engine.engine import Engine, Late
from ucs.runtime.held import Held
from ucs.runtime.limits import Limit, network_of
from ucs.runtime.platforms.hints import Hints

log = structlog.get_logger("ucs.gateway")
PASSING = frozenset({Typing, Announced, Unknown})  # events that ask for something before they are stored, or instead
Counted = Callable[[str, str], None]  # channel, outcome


@value
class GatewayLimits:
    """Requests a second: for one channel, and for one address that keeps sending what is not trusted."""

    channel: Limit
    untrusted: Limit


class Gateway:
    """`receive` a webhook. `on_typing` hears of what is shown and never stored, `hints` of what is to be asked for; `count` of every
    outcome."""

    def __init__(
        self,
        engine: Engine,
        limits: GatewayLimits,
        held: Held,
        hints: Hints,
        *,
        on_typing: Callable[[Channel, Typing], None],
        count: Counted,
    ) -> None:
        self.engine = engine
        self.limits = limits
        self.held = held
        self.hints = hints
        self.on_typing = on_typing
        self.count = count

    def channel(self, channel_id: str) -> Channel:
        """The channel behind an address. Raises `NotFound` for one without a webhook: no verifier, no route."""
        channel = self.engine.center.channel(channel_id)
        if "verify" not in channel.powers:
            raise NotFound(f"There is no webhook for channel {channel_id!r}.")
        return channel

    async def receive(self, channel: Channel, request: Request) -> Response:
        """Raises `TooMany`, `Untrusted`, `Malformed`; `Unavailable` means: nothing was taken, send it again."""
        self.limits.channel.take(channel.id)
        self._trust(channel, request)
        try:
            events = tuple(channel.adapter.parse(request))
        except Malformed as error:
            await self.engine.submit(Quarantined(channel.id, request, str(error)))
            self.count(channel.id, "unreadable")
            raise
        except Exception as error:  # a bug in a plugin: the bytes are kept, and the platform shall not repeat them
            log.exception("adapter could not parse", channel=channel.id)
            return await self._keep_aside(channel, request, f"The adapter failed: {type(error).__name__}.")
        token = _reply_token(events) if channel.adapter.manifest.replies_inside else None
        if token is None:
            return await self._take(channel, request, events)
        with self.held.opened(channel.id, token.token) as hold:
            answer = await self._take(channel, request, events)
            given = await hold.response((token.until - self.engine.now()).total_seconds())
        if given is None:
            return answer
        self.count(channel.id, "replied")
        return given

    def _trust(self, channel: Channel, request: Request) -> None:
        try:
            channel.adapter.verify(request)
        except Untrusted:
            self.count(channel.id, "untrusted")
            self.limits.untrusted.take(network_of(request.remote))
            raise
        except Exception as error:
            self.count(channel.id, "untrusted")
            log.exception("adapter could not verify", channel=channel.id)
            raise Untrusted("The request could not be verified.") from error

    async def _take(self, channel: Channel, request: Request, events: Sequence[Received]) -> Response:
        lasting = events
        if not PASSING.isdisjoint(map(type, events)):
            lasting = [event for event in events if not self._passes(channel, event)]
        if lasting:
            try:
                await self.engine.submit(Arrived(channel.id, lasting, request), channel.answers_within)
            except Late:
                self.count(channel.id, "late")
                raise
            except Unavailable:
                raise
            except (
                Exception
            ) as error:  # a bug of ours, or something no database takes: it would be the same the next time
                log.exception("webhook could not be taken", channel=channel.id)
                return await self._keep_aside(channel, request, f"It could not be taken: {type(error).__name__}.")
        self.count(channel.id, "accepted")
        return self._answer(channel, request)

    def _passes(self, channel: Channel, event: Received) -> bool:
        """Whether an event is only shown, or passed on, and never stored. What is unknown is counted on the way."""
        if isinstance(event, Typing):
            self.on_typing(channel, event)
            return True
        if isinstance(event, Announced):
            self.hints.put(channel.id, event.hint)
            return True
        if isinstance(event, Unknown):
            self.count(channel.id, "unknown")
        return False

    async def _keep_aside(self, channel: Channel, request: Request, reason: str) -> Response:
        """The bytes are kept for somebody to look at, and the platform shall not repeat them."""
        await self.engine.submit(Quarantined(channel.id, request, reason))
        self.count(channel.id, "failed")
        return self._answer(channel, request)

    def _answer(self, channel: Channel, request: Request) -> Response:
        """What the platform wants to hear. It is on disk: a bug in saying so must not make the platform repeat it."""
        try:
            return channel.adapter.answer(request)
        except Exception:  # a bug in a plugin: the plain answer will do
            log.exception("adapter could not answer", channel=channel.id)
            self.count(channel.id, "unanswered")
            return Response()


def _reply_token(events: Sequence[Received]) -> ReplyToken | None:
    """The one that a message of ours may use: what is said last takes the place of what came before it."""
    tokens = (getattr(event, "reply_token", None) for event in reversed(events))
    return next((token for token in tokens if token is not None), None)
