"""What went wrong with a call, as the error that says what to do next: the one table from aiohttp's exceptions to ours.

The question that matters is whether the request may have reached the platform: before that it is `Unreachable` and can be sent
again, after it `Uncertain`, unless repeating does no harm.
"""

from __future__ import annotations

import aiohttp

from channels.errors import DeliveryError, Uncertain, Unreachable

# First match counts. (class, may it have been sent: no, or as far as we saw, or surely), what we say after the address.
_SAID: tuple[tuple[type[BaseException], bool | None, str], ...] = (
    (aiohttp.ConnectionTimeoutError, False, "could not be connected to in time"),
    (aiohttp.ClientConnectorDNSError, False, "has a host name that cannot be resolved"),
    (aiohttp.ClientConnectorCertificateError, False, "shows a TLS certificate that is not valid for it"),
    (aiohttp.ClientConnectorSSLError, False, "could not agree with us on TLS"),
    (aiohttp.ClientConnectorError, False, "does not accept connections"),
    (aiohttp.ServerTimeoutError, True, "fell silent before its answer was complete"),
    (aiohttp.ServerDisconnectedError, True, "closed the connection without an answer"),
    (aiohttp.ClientPayloadError, True, "broke off in the middle of its answer"),
    (aiohttp.ClientResponseError, True, "answered with something that is not HTTP"),
    (TimeoutError, None, "took longer than the call may take"),
    (aiohttp.ClientError, None, "lost the connection"),
    (OSError, None, "lost the connection"),
)
CAUGHT = (aiohttp.ClientError, OSError)  # TimeoutError is an OSError


def failure(error: BaseException, *, shown: str, sent: bool, repeatable: bool, doubtful: bool = False) -> DeliveryError:
    """`Unreachable` or `Uncertain`.

    shown       the call for people: method and redacted URL
    sent        the request's head was written, as far as we saw
    repeatable  asking again does no harm, so a lost answer is as good as none asked for
    doubtful    an earlier hop may already have done what was asked (see `Call`)
    """
    seen, words = next(
        ((sent if may is None else may, words) for kind, may, words in _SAID if isinstance(error, kind)),
        (sent, "failed"),
    )
    if doubtful or (seen and not repeatable):
        return Uncertain(f"{shown} {words}; whether the request was carried out is not known.")
    return Unreachable(f"{shown} {words}.")
