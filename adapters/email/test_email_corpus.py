"""No mail of the corpus raises, and none disappears; what each becomes stands in `corpus.txt`, one line a mail."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from adapters.email.config import EmailConfig
from adapters.email.fetching import content_at
from adapters.email.inbound import read
from adapters.email.mails_of_the_tests import MAILS, OWN, SECRET
from channels import Request
from channels.errors import Malformed
from channels.events import MessageReceived, Received, StatusReported, Unknown, event_from_json, event_to_json
from channels.parts import MediaRef, Opaque, Text, media_of, plain_text

import orjson  # isort: skip

GOLDEN = Path(__file__).parent / "corpus.txt"
CONFIG = EmailConfig(
    address=OWN,
    mark_secret=SecretStr(SECRET),
    imap_host="imap.shop.example",
    smtp_host="smtp.shop.example",
    password=SecretStr("password-of-the-tests"),
    trusted_server="mx.shop.example",
)
AT = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)


def events_of(raw: bytes) -> list[Received]:
    return list(read(Request("FETCH", "INBOX/7/12", {}, {"content-type": "message/rfc822"}, raw, AT), CONFIG))


def told(raw: bytes) -> str:
    try:
        return " ++ ".join(map(_told, events_of(raw)))
    except Malformed as error:
        return f"Malformed: {error}"


def _told(event: Received) -> str:
    match event:
        case MessageReceived():
            words = " | ".join(_part(part) for part in event.parts)
            extra = [f"subject={event.fields['subject'][:60]}"] if event.fields else []
            extra += [f"answers={event.reply_to}"] if event.reply_to else []
            extra += [f"author={event.author.id}"] if event.author else []
            extra += ["proven"] if event.proven else []
            return f"{event.customer} ({event.name}) {' '.join(extra)}: {words}"
        case StatusReported():
            return f"{event.customer} {event.message} {event.status} {event.code} {event.reason}"
        case Unknown():
            return f"aside, {event.kind} {event.customer}"
        case _:
            return repr(event)


def _part(part: object) -> str:
    if isinstance(part, Text | Opaque):
        shown = part.text.replace("\n", "⏎")
        return shown if len(shown) < 200 else f"{shown[:80]}… {len(shown)}"
    media = [f"{each.key}={each.name[:40]}:{each.mime}" for each in media_of(part) if isinstance(each, MediaRef)]  # type: ignore[arg-type]
    return f"[{type(part).__name__} {' '.join(media)}]"


def test_the_corpus_is_large_enough() -> None:
    assert len(MAILS) >= 60


def test_every_mail_becomes_what_is_written(pytestconfig: pytest.Config) -> None:
    lines = [f"{name}: {told(raw)}" for name, raw in MAILS.items()]
    if pytestconfig.getoption("update_cases"):
        GOLDEN.write_text("\n".join(lines) + "\n", "utf-8")
    assert lines == GOLDEN.read_text("utf-8").splitlines()


@pytest.mark.parametrize("name", MAILS)
def test_nothing_raises_and_nothing_disappears(name: str) -> None:
    started = time.process_time()
    try:
        events = events_of(MAILS[name])
    except Malformed:
        assert name == "empty"
        return
    assert events, "a mail became nothing"
    for event in events:
        assert event_from_json(orjson.loads(event_to_json(event))) == event
        if isinstance(event, MessageReceived):
            assert event.parts
            for media in (media for part in event.parts for media in media_of(part)):
                assert isinstance(media, MediaRef)
                found = content_at(MAILS[name], media.key)
                assert found is not None, f"{media.key} cannot be fetched"
                assert b"".join(found.chunks) or media.name.endswith(".txt")
    assert time.process_time() - started < 2.0


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(MAILS)), st.integers(0, 4000), st.integers(0, 4000), st.binary(max_size=12))
def test_a_mail_with_some_other_bytes_in_it_is_a_mail_too(name: str, start: int, length: int, put: bytes) -> None:
    raw = MAILS[name][:8000]
    told(raw[:start] + put + raw[start + length :])


def _texts(name: str) -> Iterator[str]:
    for event in events_of(MAILS[name]):
        if isinstance(event, MessageReceived):
            yield from (plain_text(part) for part in event.parts if isinstance(part, Text))


def test_the_same_mail_has_the_same_id_wherever_it_lies() -> None:
    raw = MAILS["utf8"]
    elsewhere = list(read(Request("FETCH", "INBOX/8/99", {}, {}, raw, AT), CONFIG))
    assert [event.id for event in elsewhere] == [event.id for event in events_of(raw)]
