"""What we say: everything the manifest promises can be sent, safely addressed, and once."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from channels.adapter import Outbound, Receipt
from channels.errors import DeliveryError
from channels.fit import fit
from channels.kit.case import OutboundCase
from channels.kit.given import Given, for_power, only_where
from channels.kit.http import Call, FakeHttp, permissive, recording
from channels.kit.play import KEY, forward_of, links_for, message_of, perform, run
from channels.kit.seal import sealed
from channels.parts import (
    Audio,
    Button,
    Card,
    Carousel,
    Choices,
    ContactCard,
    File,
    Image,
    Location,
    Opaque,
    Parts,
    Sticker,
    Template,
    Text,
    Video,
)

BUTTONS = (
    Button("Yes", payload="y"),
    Button("Site", url="https://site.example/?a=b&c"),
    Button("Ring", phone="+41440000000"),
)
CARD = Card("Title", "Text", media="m1", url="https://site.example/", buttons=BUTTONS[:1])
SAMPLES: dict[str, Parts] = {
    "text": (Text('Grüezi <b>& "co"</b> 👨‍👩‍👧 مرحبا\n%s {0} \\'),),
    "long_text": (Text("Word. " * 30),),
    "image": (Image("m1", "A cat"),),
    "audio": (Audio("m1", 3.5),),
    "video": (Video("m1", "A cat", 3.5),),
    "file": (File("m1", "a b;é.pdf", "Read this"),),
    "location": (Location(47.3769, -8.5417, "Office", "Street 1"),),
    "bare_location": (Location(0.0, 0.0),),
    "contact_card": (ContactCard("Ann", ("+41440000000",), ("ann@mail.example",), "Firm"),),
    "sticker": (Sticker("446:1988", "smile", "m1"),),
    "card": (CARD,),
    "bare_card": (Card("Title"),),
    "carousel": (Carousel((CARD,) * 3),),
    "choices": (Choices("Sure?", BUTTONS[:2]),),
    "list_choices": (Choices("Sure?", (Button("No"), *BUTTONS), "list"),),
    "template": (Template("hello", "en", ("Ann",), "Hello Ann"),),
    "opaque": (Opaque("poll", "A poll", {"a": 1}),),
    "everything": (Text("Look"), Image("m1"), Location(1.0, 2.0), Text("there"), CARD),
}
STRANGE_CUSTOMERS = ("../../admin", "a/b?admin=1#c", "a b%2e%2e/é", "x@evil.example", "\r\nX-Evil: 1")


class OutboundChecks(Given):
    @for_power("send")
    @pytest.mark.parametrize("sample", SAMPLES)
    def test_can_send(self, sample: str) -> None:
        """Whatever fitting yields under the manifest can be sent: a Receipt, or a DeliveryError that says why not."""
        sends, links = self.adapter.manifest.sends, links_for(SAMPLES[sample])
        limit = getattr(sends, sample, None)
        if mime := getattr(limit, "mime", ()):
            links = {name: replace(link, mime=mime[0].replace("*", "png")) for name, link in links.items()}
        said = (Text("Word. " * sends.text),) if sample == "long_text" else SAMPLES[sample]
        for parts in fit(said, sends, links):
            message = replace(self._message(parts), media=links)
            http = FakeHttp(permissive(case.exchange for case in self.spoken() if case.power == "send"), self._tokens())
            self._send(message, http, f"{[part.type for part in parts]}")
            assert http.calls, f"{parts} was not sent: no request was made."

    @for_power("forward")
    @pytest.mark.parametrize("sample", SAMPLES)
    def test_can_forward(self, sample: str) -> None:
        """Whatever a customer may have said can be forwarded, or a DeliveryError says why not."""
        case = next((case for case in self.spoken() if case.power == "forward"), None)
        assert case is not None, "Write a case of a message that is forwarded."
        sends, links = self.adapter.manifest.sends, links_for(SAMPLES[sample])
        parts = tuple(part for call in fit(SAMPLES[sample], sends, links) for part in call)
        message = replace(forward_of(case.call), parts=parts, media=links)
        http = FakeHttp(permissive([case.exchange]), self._tokens())
        try:
            with sealed():
                receipt = run(self.build(case.config).forward(message, http))
        except DeliveryError as error:
            self.shows_no_secret(str(error), "a delivery error")
        else:
            assert isinstance(receipt, Receipt), f"`forward` returns {type(receipt).__name__}: a Receipt was expected."
        assert http.calls, f"{parts} was not forwarded: no request was made."

    def test_receipt_names_what_was_sent(self, spoken_case: OutboundCase) -> None:
        receipt = self._play(spoken_case)[0]
        if spoken_case.power in ("send", "forward"):
            assert isinstance(receipt, Receipt), (
                f"`{spoken_case.power}` returns {type(receipt).__name__}: a Receipt was expected."
            )
            assert isinstance(receipt.messages, tuple), "Receipt.messages is a tuple of the platform's ids."
            assert all(isinstance(id, str) and id for id in receipt.messages), (
                f"{receipt.messages}: ids are text, none is empty."
            )
            strangers = set(receipt.quote_tokens) - set(receipt.messages)
            assert not strangers, f"quote_tokens for {sorted(strangers)}: they are by the ids in `messages`."
            self.shows_no_secret(repr(receipt), "a receipt")

    def test_goes_out_encrypted(self, spoken_case: OutboundCase) -> None:
        for call in self._play(spoken_case)[1]:
            scheme, host = urlsplit(call.url)[:2]
            wanted = ("tls", "starttls") if call.method == "CONNECT" else ("https",)
            assert scheme in wanted, f"{call.method} {call.url}: {' or '.join(wanted)} was expected."
            assert host, f"{call.method} {call.url}: there is no host in it."
            assert "@" not in host, f"{call.method} {call.url}: no credentials in an address."

    @only_where(lambda given: not given.secret_in_url)
    def test_no_secret_in_a_url(self, spoken_case: OutboundCase) -> None:
        for call in self._play(spoken_case)[1]:
            self.shows_no_secret(
                f"{call.url} {dict(call.query)}", "a URL: proxies log it. Is there no header? Else `secret_in_url`"
            )

    def test_strange_addresses_lead_nowhere_else(self, spoken_case: OutboundCase) -> None:
        """A customer's id goes into URLs: quoted, or it would lead our credentials to another place."""
        if "customer" not in spoken_case.call:
            return
        good = self._play(spoken_case)[1]
        for customer in STRANGE_CUSTOMERS:
            case = replace(spoken_case, call={**spoken_case.call, "customer": customer})
            http = _http(case)
            with suppress(DeliveryError):
                run(perform(self.build(case.config), case, http))
            for before, after in zip(good, http.calls, strict=False):
                _same_place(before, after, customer)

    def test_a_repeated_call_is_the_same(self, spoken_case: OutboundCase) -> None:
        if spoken_case.power != "send" or not self.adapter.manifest.resend_safe:
            return
        message = message_of(spoken_case.call)
        first = self._asked(spoken_case, message)
        again = self._asked(spoken_case, replace(message, attempt=2))
        assert first == again, (
            "The second attempt differs, so the platform cannot know that it is the same: use Outbound.key."
        )

    @only_where(lambda given: "send" in given.powers() and given.adapter.manifest.resend_safe)
    def test_the_key_tells_calls_apart(self) -> None:
        cases = [case for case in self.spoken() if case.power == "send" and not case.call.get("reply_token")]
        apart = [
            self._asked(case, replace(message_of(case.call), key=KEY))
            != self._asked(case, replace(message_of(case.call), key=KEY[::-1]))
            for case in cases
        ]
        assert all(apart), (
            "resend_safe=True, but Outbound.key is in no request: how shall the platform know a repeated one?"
        )

    def test_keeps_nothing(self, spoken_case: OutboundCase) -> None:
        adapter = self.build(spoken_case.config)
        before = dict(vars(adapter))
        run(perform(adapter, spoken_case, _http(spoken_case)))
        assert vars(adapter) == before, (
            "The adapter remembers: many nodes send for one channel, so only http.token may."
        )

    def test_two_at_once_do_not_mix(self, spoken_case: OutboundCase) -> None:
        adapter = self.build(spoken_case.config)
        alone = _http(spoken_case)
        both = [_http(spoken_case) for _ in range(2)]

        async def together() -> None:
            await asyncio.gather(*(perform(adapter, spoken_case, http) for http in both))

        run(perform(adapter, spoken_case, alone))
        run(together())
        assert all(http.calls == alone.calls for http in both), "Two calls at once make other requests than one alone."

    def test_sends_without_a_word_aloud(
        self, spoken_case: OutboundCase, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        capsys.readouterr()
        with caplog.at_level("INFO"):  # asyncio itself speaks at DEBUG
            self._play(spoken_case)
        assert capsys.readouterr() == ("", ""), (
            f"`{spoken_case.power}` prints: what is said to customers is nobody else's to read."
        )
        assert not caplog.records, f"`{spoken_case.power}` logs: {caplog.messages}. The runtime does, without content."

    def _play(self, case: OutboundCase) -> tuple[Any, list[Call]]:
        http = _http(case)
        with sealed():
            return run(perform(self.build(case.config), case, http)), http.calls

    def _asked(self, case: OutboundCase, message: Outbound) -> list[Call]:
        http = _http(case)
        self._send(message, http, case.path.name, case)
        return http.calls

    def _send(self, message: Outbound, http: FakeHttp, what: str, case: OutboundCase | None = None) -> None:
        try:
            with sealed():
                receipt = run(self.build(case.config if case else None).send(message, http))
        except DeliveryError as error:
            self.shows_no_secret(str(error), "a delivery error")
            return
        assert isinstance(receipt, Receipt), (
            f"`send` of {what} returns {type(receipt).__name__}: a Receipt was expected."
        )

    def _message(self, parts: Parts) -> Outbound:
        customer = next((case.call["customer"] for case in self.spoken() if case.power == "send"), "customer-1")
        return replace(message_of({"customer": customer, "parts": []}), parts=parts)

    def _tokens(self) -> dict[str, str]:
        return {name: token for case in self.spoken() for name, token in case.tokens.items()}


def _http(case: OutboundCase) -> FakeHttp:
    """What the case has: its answers, whatever is asked, its tokens, its files, and the webhooks that wait."""
    return FakeHttp(recording(case.exchange), case.tokens, files=case.files, held=case.held)


def _same_place(before: Call, after: Call, customer: str) -> None:
    old, new = urlsplit(before.url), urlsplit(after.url)
    assert (old.scheme, old.netloc) == (new.scheme, new.netloc), (
        f"The customer {customer!r} led to {new.netloc}: quote the id."
    )
    assert set(after.query) == set(before.query), f"The customer {customer!r} added to the query: quote the id."
    assert old.path.count("/") == new.path.count("/"), (
        f"The customer {customer!r} led to {new.path}: quote(id, safe='')."
    )
    assert not new.fragment, f"The customer {customer!r} cut the URL off: quote the id."
    values = (after.url, *after.headers, *after.headers.values())
    assert not any(mark in value for value in values for mark in "\r\n"), (
        f"The customer {customer!r} put a line end into a header."
    )
