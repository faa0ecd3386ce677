"""Who may speak for the platform: nobody but the platform."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from channels.errors import Malformed, Untrusted
from channels.kit.case import InboundCase
from channels.kit.given import REFUSED, Given, for_power, only_where
from channels.kit.hostile import STRANGE_BODIES
from channels.kit.note import telling
from channels.kit.seal import sealed
from channels.wire import Request

Tampering = Callable[[str], str | None]


def _other(value: str) -> str:
    """One character in the middle is another one; near the end of Base64 some bits mean nothing."""
    place = len(value) // 2
    return f"{value[:place]}{'1' if value[place : place + 1] == '0' else '0'}{value[place + 1 :]}"


TAMPERINGS: dict[str, Tampering] = {
    "missing": lambda value: None,
    "empty": lambda value: "",
    "space": lambda value: " ",
    "altered": _other,
    "truncated": lambda value: value[: len(value) // 2],
    "longer": lambda value: value + "0",
    "twice": lambda value: f"{value},{value}",
    "not_ascii": lambda value: value[:-1] + "é☃",
    "undecodable": lambda value: value[:-1] + "\udcff",
    "nul": lambda value: "\x00" + value,
    "very_long": lambda value: value * 2000,
}

BODIES: dict[str, Callable[[bytes], bytes]] = {
    "first_byte": lambda body: bytes([body[0] ^ 1]) + body[1:],
    "last_byte": lambda body: body[:-1] + bytes([body[-1] ^ 1]),
    "one_more": lambda body: body + b" ",
    "none": lambda body: b"",
}


class TrustChecks(Given):
    @for_power("verify")
    def test_trusts_the_platform(self, readable_case: InboundCase) -> None:
        with telling(REFUSED):
            self._verify(readable_case, self.request_of(readable_case))

    @for_power("verify")
    def test_trusts_a_repeated_delivery(self, readable_case: InboundCase) -> None:
        adapter, request = self.build(readable_case.config), self.request_of(readable_case)
        adapter.verify(request)
        adapter.verify(request)

    @pytest.mark.parametrize("tampering", TAMPERINGS)
    @for_power("verify")
    def test_refuses_a_signature_that_is(self, tampering: str) -> None:
        case, good = self._sample()
        for request in _tampered(case.request, good, TAMPERINGS[tampering]):
            self._refuses(case, request, f"a signature that is {tampering}")

    @only_where(lambda given: "verify" in given.powers() and given.signs_body)
    @pytest.mark.parametrize("change", BODIES)
    def test_refuses_a_body_changed_at(self, change: str) -> None:
        case, good = self._sample()
        self._refuses(case, replace(good, body=BODIES[change](good.body)), f"a body changed at {change}")

    @for_power("verify")
    def test_refuses_an_unsigned_request(self) -> None:
        case, _ = self._sample()
        self._refuses(case, case.request, "an unsigned request")

    # A platform without secrets of ours signs with a key of its own.
    @only_where(lambda given: "verify" in given.powers() and given.secrets())
    def test_refuses_what_another_channel_signed(self) -> None:
        case, good = self._sample()
        secrets = self.secrets()
        other = self.build({**case.config, **{name: _other(secret) for name, secret in secrets.items()}})
        with pytest.raises(Untrusted):
            other.verify(good)

    @pytest.mark.parametrize("body", STRANGE_BODIES)
    @for_power("verify")
    def test_verifies_any_body(self, body: str) -> None:
        """Verifying comes first, so it meets everything: it says yes, `Untrusted` or `Malformed`, and never fails."""
        case, _ = self._sample()
        adapter, request = self.build(case.config), replace(case.request, body=STRANGE_BODIES[body])
        for attempt in (request, self.signed(request)):
            try:
                adapter.verify(attempt)
            except (Untrusted, Malformed) as error:
                self.shows_no_secret(str(error), "an error of `verify`")

    @for_power("verify")
    def test_refusing_says_no_secret(self) -> None:
        case, good = self._sample()
        for tampering in TAMPERINGS.values():
            for request in _tampered(case.request, good, tampering):
                with pytest.raises(Untrusted) as caught:
                    self.build(case.config).verify(request)
                self.shows_no_secret(str(caught.value), "an error of `verify`")
                right = [
                    value
                    for value in _carried(case.request, good).values()
                    if len(value) > 20 and value in str(caught.value)
                ]
                assert not right, "The error of `verify` shows the right signature: anybody could use it."

    def _sample(self) -> tuple[InboundCase, Request]:
        """A signed case with a body, and its request."""
        self.needs("verify")
        cases = [case for case in self.readable() if case.signed]
        if not cases:
            pytest.fail(
                "Write a case of something that arrives, is signed and does not end in an error; see channels/kit/README.md."
            )
        case = max(cases, key=lambda case: len(case.request.body))
        good = self.request_of(case)
        if good == case.request:
            pytest.fail(
                "`sign` changes nothing: it must add what the platform adds, with the secrets of the test's config."
            )
        return case, good

    def _verify(self, case: InboundCase, request: Request) -> None:
        verify: Callable[[Request], object] = self.build(case.config).verify
        with sealed():
            said = verify(request)
        assert said is None, "`verify` returns nothing: it raises Untrusted to say no."

    def _refuses(self, case: InboundCase, request: Request, what: str) -> None:
        try:
            self._verify(case, request)
        except Untrusted:
            return
        pytest.fail(f"`verify` accepts {what}: use the checks of channels.signatures.")


def _carried(bare: Request, good: Request) -> dict[str, str]:
    """Headers and query values that `sign` added or changed: the signature is among them."""
    pairs = ((bare.headers, good.headers), (bare.query, good.query))
    return {name: value for before, after in pairs for name, value in after.items() if before.get(name) != value}


def _tampered(bare: Request, good: Request, tampering: Tampering) -> list[Request]:
    """The good request with each thing that carries the signature spoilt in turn."""
    carried = _carried(bare, good)
    if not carried:  # the signature is in the body
        return [bare]
    return [
        replace(good, headers=_spoilt(good.headers, name, tampering), query=_spoilt(good.query, name, tampering))
        for name in carried
    ]


def _spoilt(values: Mapping[str, str], name: str, tampering: Tampering) -> dict[str, str]:
    changed = {key: tampering(value) if key == name else value for key, value in values.items()}
    return {key: value for key, value in changed.items() if value is not None}
