"""What arrives: translated purely, completely, and the same way every time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from channels.errors import Malformed
from channels.events import (
    EVENT_TYPES,
    Announced,
    MessageEdited,
    MessageReceived,
    Received,
    Status,
    StatusReported,
    Unknown,
    event_from_json,
    event_to_json,
)
from channels.kit.case import InboundCase
from channels.kit.given import Given, for_power, only_where
from channels.kit.hostile import EXTRA, STRANGE_BODIES, STRANGE_VALUES, at, cuts, everywhere, nodes, put, without_extra
from channels.kit.note import telling
from channels.kit.play import compact
from channels.kit.seal import sealed
from channels.parts import MediaRef, Text, media_of
from channels.wire import Request, Response

BAD_EVENTS: tuple[Any, ...] = (None, 7, "x", [], {}, {"type": None})


class InboundChecks(Given):
    def test_same_bytes_same_events(self, readable_case: InboundCase) -> None:
        assert self._parse(readable_case) == self._parse(readable_case), (
            "`parse` gives something else the second time: it must not ask a clock, draw an id or remember. Request.at is now."
        )

    def test_events_are_of_the_vocabulary(self, readable_case: InboundCase) -> None:
        for event in self._parse(readable_case):
            assert type(event) in EVENT_TYPES.values(), f"{type(event).__name__} is no event of channels.events."

    def test_events_survive_json(self, readable_case: InboundCase) -> None:
        for event in self._parse(readable_case):
            _survives(event)

    def test_ids_are_there_and_differ(self, readable_case: InboundCase) -> None:
        ids = [event.id for event in self._parse(readable_case)]
        if self.gives_ids:
            assert all(ids), "An event has no id. If the platform has none, set `gives_ids = False` in your test."
        twice = [id for id, count in Counter(filter(None, ids)).items() if count > 1]
        assert not twice, (
            f"Events of one body share the id {', '.join(twice)}: all but the first would be dropped as repeated."
        )

    def test_repeated_delivery_has_the_same_ids(self, readable_case: InboundCase) -> None:
        later = replace(readable_case.request, at=readable_case.request.at + timedelta(hours=1))
        first, again = self._parse(readable_case), self._parse(replace(readable_case, request=later))
        assert [event.id for event in first] == [event.id for event in again], (
            "Ids must come from the platform, not from the time."
        )
        if self.adapter.manifest.keeps_time:
            assert [event.at for event in first] == [event.at for event in again], (
                "`at` depends on when the webhook arrived: take the platform's time, or set `keeps_time=False` in the manifest."
            )

    def test_times_are_aware_and_sane(self, readable_case: InboundCase) -> None:
        for event in self._parse(readable_case):
            assert event.at.tzinfo is not None, (
                f"{event.at} has no time zone: use datetime.fromtimestamp(seconds, UTC)."
            )
            assert 2000 < event.at.year < 2100, f"{event.at}: seconds and milliseconds confused?"

    def test_customer_is_named(self, readable_case: InboundCase) -> None:
        for event in self._parse(readable_case):
            if not isinstance(event, Unknown | Announced):
                assert event.customer.strip(), (
                    f"{type(event).__name__} {event.id} has no customer: nobody could be answered."
                )

    def test_what_is_announced_is_asked_for(self, readable_case: InboundCase) -> None:
        announced = [event for event in self._parse(readable_case) if isinstance(event, Announced)]
        assert not announced or "poll" in self.powers(), (
            "`Announced` means that `poll` is to look: override it, or say what has happened."
        )

    def test_messages_say_something(self, readable_case: InboundCase) -> None:
        for event in self._parse(readable_case):
            if isinstance(event, MessageReceived | MessageEdited):
                assert event.parts, (
                    f"Message {event.id} has no parts: what cannot be shown is an Opaque part, not nothing."
                )
                texts = [part.text for part in event.parts if isinstance(part, Text)]
                assert not any("\r" in text for text in texts), "Lines of a Text end with \\n alone."

    def test_files_are_references(self, readable_case: InboundCase) -> None:
        for event in self._parse(readable_case):
            if isinstance(event, MessageReceived | MessageEdited):
                for media in (media for part in event.parts for media in media_of(part)):
                    assert isinstance(media, MediaRef), f"{media!r}: what lies on the platform is a MediaRef."
                    assert media.key, "A MediaRef without a key can never be fetched."

    def test_failures_have_a_reason(self, readable_case: InboundCase) -> None:
        for event in self._parse(readable_case):
            if isinstance(event, StatusReported) and event.status is Status.FAILED:
                assert event.reason or event.code, (
                    f"{event.id} failed without reason or code: what shall the agent read?"
                )

    @only_where(lambda given: "parse" in given.powers() and given.has_kinds)
    def test_unknown_kinds_are_kept(self) -> None:
        kept = [event for case in self.readable() for event in case.events if isinstance(event, Unknown)]
        assert kept, (
            "Write a case with an event of a kind that the platform has not invented yet: it must come out as Unknown."
        )

    def test_new_fields_are_ignored(self, json_case: InboundCase) -> None:
        payload = self._payload(json_case)
        more = everywhere(payload, lambda found: {**found, EXTRA: {"a": [1, None]}})
        events = [without_extra(compact(event)) for event in self._parse_json(json_case, more)]
        assert events == [compact(event) for event in self._parse_json(json_case, payload)], (
            "A field that the platform may add tomorrow changes what today's events mean."
        )

    def test_order_of_keys_means_nothing(self, json_case: InboundCase) -> None:
        payload = self._payload(json_case)
        turned = everywhere(payload, lambda found: dict(reversed(found.items())))
        assert self._parse_json(json_case, turned) == self._parse_json(json_case, payload)

    def test_a_bad_event_does_not_lose_the_others(self, json_case: InboundCase) -> None:
        payload = self._payload(json_case)
        good = len(self._parse_json(json_case, payload))
        for path in _containers(payload, lambda new: len(self._parse_json(json_case, new)), good):
            for bad in BAD_EVENTS:
                mixed = put(payload, path, [bad, *at(payload, path)])
                found = len(self._parse_json(json_case, mixed))
                where = "/".join(map(str, path))
                assert found >= good, (
                    f"{bad!r} in {where} loses {good - found} of {good} events: skip it, or make it Unknown."
                )

    # hostile

    @for_power("parse")
    @pytest.mark.parametrize("body", STRANGE_BODIES)
    def test_survives_a_body_that_is(self, body: str) -> None:
        for method in ("POST", "GET"):
            requests = [case.request for case in self.inbound()[:1]]
            for request in requests:
                self._survives(replace(request, method=method, body=STRANGE_BODIES[body]), body)

    def test_survives_every_wrong_value(self, json_case: InboundCase) -> None:
        payload = self._payload(json_case)
        for path in nodes(payload):
            for value in STRANGE_VALUES:
                wrong = orjson.dumps(put(payload, path, value))
                self._survives(
                    replace(json_case.request, body=wrong), f"{'/'.join(map(str, path))} = {value!r}", json_case
                )

    def test_survives_a_broken_body(self, inbound: InboundCase) -> None:
        for body in cuts(inbound.request.body):
            self._survives(replace(inbound.request, body=body), f"{body!r}", inbound)

    def test_survives_without_headers_and_query(self, inbound: InboundCase) -> None:
        self._survives(replace(inbound.request, headers={}, query={}), "no headers and no query", inbound)

    # answering

    @for_power("verify")
    def test_answers_what_it_accepts(self, readable_case: InboundCase) -> None:
        adapter, request = self.build(readable_case.config), self.request_of(readable_case)
        with sealed():
            answer = adapter.answer(request)
        assert isinstance(answer, Response), f"`answer` returns {type(answer).__name__}: a Response was expected."
        assert 200 <= answer.status < 300, (
            f"{answer.status} makes the platform send it again and again: it was accepted."
        )
        assert answer == adapter.answer(request), "`answer` gives something else the second time."

    @for_power("verify")
    def test_answers_are_harmless(self, readable_case: InboundCase) -> None:
        answer = self.build(readable_case.config).answer(self.request_of(readable_case))
        assert len(answer.body) <= 16_384, f"An answer of {len(answer.body)} bytes: never echo without a limit."
        assert "html" not in answer.content_type, "An answer in HTML would run what strangers wrote: use text/plain."
        written = [answer.content_type, *answer.headers, *answer.headers.values()]
        assert not any(mark in text for text in written for mark in "\r\n\x00"), (
            "A header of the answer has a line end in it."
        )
        self.shows_no_secret(repr(answer), "the answer to a webhook")

    def test_says_nothing_aloud(
        self, readable_case: InboundCase, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(0):
            self._parse(readable_case)
        assert capsys.readouterr() == ("", ""), "`parse` prints: what customers say is nobody else's to read."
        assert not caplog.records, f"`parse` logs: {caplog.messages}. The runtime does, without content."

    def _parse(self, case: InboundCase) -> list[Received]:
        self.needs("parse")
        with sealed():
            return list(self.build(case.config).parse(case.request))

    def _parse_json(self, case: InboundCase, payload: Any) -> list[Received]:
        """A changed payload may be unreadable as a whole: then there is nothing in it."""
        body = orjson.dumps(payload)
        with telling(f"This came of {body[:300]!r}. Only Malformed may come out of `parse`."):
            try:
                return self._parse(replace(case, request=replace(case.request, body=body)))
            except Malformed:
                return []

    def _payload(self, case: InboundCase) -> Any:
        self.needs("parse")
        return case.payload

    def _survives(self, request: Request, what: str, case: InboundCase | None = None) -> None:
        self.needs("parse")
        adapter = self.build(case.config if case else None)
        events: list[Received] = []
        with telling(f"This came of {what[:300]}. Only Malformed may come out of `parse`."):
            try:
                with sealed():
                    events = list(adapter.parse(request))
            except Malformed as error:
                self.shows_no_secret(str(error), "an error of `parse`")
        with telling(
            f"{events!r:.500}\ncame of {what[:300]} and cannot be stored: check the types of what you take over."
        ):
            for event in events:
                _survives(event)


def _survives(event: Received) -> None:
    assert event_from_json(orjson.loads(event_to_json(event))) == event, f"{event} is not the same after JSON."


def _containers(payload: Any, count: Any, good: int) -> Iterator[tuple[Any, ...]]:
    """The lists that events stand in: emptied, there are fewer events."""
    for path in nodes(payload):
        found = at(payload, path)
        if isinstance(found, list) and found and count(put(payload, path, [])) < good:
            yield path
