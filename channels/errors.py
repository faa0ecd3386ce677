"""Errors, named by what happens next.

The tree is the whole vocabulary: an adapter raises only `ChannelError`s, everything above it adds the rest. What the core
does with each (retry, park, tell the agent) and which HTTP status a caller sees is data in `ucs/core/failures.py`.
"""

from __future__ import annotations

from datetime import timedelta

from channels.value import value


class UcsError(Exception):
    """Root of all errors of the service. The message is a sentence with the value in it and never holds a secret."""


@value
class Complaint:
    """One thing wrong with a configuration: where, and what was expected."""

    file: str
    key: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.expected}"


class ConfigError(UcsError):
    """At start only: something in the configuration is wrong. Carries *all* complaints, not the first."""

    def __init__(self, complaints: list[Complaint]) -> None:
        self.complaints = tuple(complaints)
        super().__init__("\n".join(str(complaint) for complaint in complaints))


class ChannelError(UcsError):
    """Something between a platform and us. The only errors an adapter may raise."""


class Untrusted(ChannelError):
    """A signature or token does not hold: refuse, count, keep nothing."""


class Malformed(ChannelError):
    """We cannot read what arrived: refuse, and keep the bytes in quarantine."""


class DeliveryError(ChannelError):
    """A part was not delivered.

    `code` is the platform's own code as text, kept for the agent; `reason` is the sentence the agent reads;
    `delivered` are the platform ids of what did go out before the failure, in order; `token_refused`: whatever became of
    this attempt, neither it nor an earlier one was made with the reply token, and so it is not given again.
    """

    def __init__(
        self, reason: str, *, code: str = "", delivered: tuple[str, ...] = (), token_refused: bool = False
    ) -> None:
        self.reason = reason
        self.code = code
        self.delivered = delivered
        self.token_refused = token_refused
        super().__init__(f"{reason} (code {code})" if code else reason)


class Unreachable(DeliveryError):
    """The request never got through, or the platform answered 5xx: try again with back-off."""


class Uncertain(DeliveryError):
    """The request was sent and no answer came: it may have been delivered. Resent only where that is safe."""


class Throttled(DeliveryError):
    """Asked to slow down: try again after `retry_after`, and pace the whole channel."""

    def __init__(
        self,
        reason: str,
        *,
        retry_after: timedelta | None = None,
        code: str = "",
        delivered: tuple[str, ...] = (),
    ) -> None:
        self.retry_after = retry_after
        super().__init__(reason, code=code, delivered=delivered)


class Unauthorized(DeliveryError):
    """Our credentials no longer work: park the channel, hold what waits to go out, alert."""


class Rejected(DeliveryError):
    """Understood and refused: fail this message and show the agent code and reason."""


class WindowClosed(DeliveryError):
    """Too long since the customer wrote: fail, and offer a template where the platform has them."""


class Unsubscribed(DeliveryError):
    """The customer has left or blocked us: fail, and end the contact."""


class Refused(UcsError):
    """This event cannot happen to this contact or seat now; nothing changed."""


class NotKept(UcsError):
    """A file is not acceptable (type, size, damaged): say so in the contact; the text still arrives."""


class Forbidden(UcsError):
    """The caller is known and may not do this."""


class NotFound(UcsError):
    """There is no such thing, or it belongs to another tenant: the two cannot be told apart."""


class Conflict(UcsError):
    """Someone changed it first, or the same id was used with another body."""


class TooLarge(UcsError):
    """More bytes than are taken here; nothing of it was kept."""


class Unavailable(UcsError):
    """We cannot do it now (no room on the disk, shutting down); nothing was taken: send it again in a moment."""


class TooMany(UcsError):
    """Too many requests from this channel, customer or address: wait `retry_after` and try again."""

    def __init__(self, reason: str, *, retry_after: timedelta) -> None:
        self.retry_after = retry_after
        super().__init__(reason)
