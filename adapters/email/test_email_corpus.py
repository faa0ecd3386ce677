"""No mail of the corpus raises, and none disappears; what each becomes stands in `corpus.txt`, one line a mail."""

from __future__ import annotations

import base64
import binascii
import time
import tracemalloc
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
from adapters.email.mime import parsed
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


class Lying:
    """Bytes that lie elsewhere: they can be looked at, and nothing more."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def __len__(self) -> int:
        return len(self._raw)

    def __getitem__(self, place: slice, /) -> bytes:
        return self._raw[place]

    def find(self, sought: bytes, start: int = 0, end: int | None = None, /) -> int:
        return self._raw.find(sought, start, end)


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


def test_a_mail_that_was_cut_says_so() -> None:
    raw = MAILS["proven_by_dmarc"]
    for limit, cut in ((len(raw) + 1, False), (len(raw), True)):
        config = CONFIG.model_copy(update={"mail_limit": limit})
        (event,) = read(Request("FETCH", "INBOX/7/12", {}, {}, raw, AT), config)
        assert isinstance(event, MessageReceived)
        assert (isinstance(event.parts[-1], Opaque) and f"{limit:,} bytes" in event.parts[-1].text) is cut


def test_the_same_mail_has_the_same_id_wherever_it_lies() -> None:
    raw = MAILS["utf8"]
    elsewhere = list(read(Request("FETCH", "INBOX/8/99", {}, {}, raw, AT), CONFIG))
    assert [event.id for event in elsewhere] == [event.id for event in events_of(raw)]


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_that_is_not_in_memory_means_the_same(name: str) -> None:
    raw, headers = MAILS[name], {"content-type": "message/rfc822"}
    if name == "empty":
        return
    events = events_of(raw)
    assert list(read(Request("FETCH", "INBOX/7/12", {}, headers, b"", AT, large=Lying(raw)), CONFIG)) == events
    for event in events:
        for part in event.parts if isinstance(event, MessageReceived) else ():
            for media in media_of(part):
                assert isinstance(media, MediaRef)
                here, there = content_at(raw, media.key), content_at(Lying(raw), media.key)
                assert here is not None
                assert there is not None
                assert b"".join(here.chunks) == b"".join(there.chunks)


def test_a_large_mail_is_never_in_memory_as_a_whole() -> None:
    """Only its headers and words, and the file in pieces."""
    letters = base64.encodebytes(bytes(3_000_000)).replace(b"\n", b"\r\n")
    raw = LARGE + letters + b"\r\n--b--\r\n"
    source = Lying(raw)
    tracemalloc.start()
    (event,) = read(Request("FETCH", "INBOX/7/12", {}, {}, b"", AT, large=source), CONFIG)
    found = content_at(source, "7.12/2")
    assert found is not None
    size = sum(len(chunk) for chunk in found.chunks)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(event, MessageReceived)
    assert (size, len(event.parts)) == (3_000_000, 2)
    assert most < 1_500_000


LARGE = (
    b"From: Ann <ann@mail.example>\r\nTo: help@shop.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\n\r\nSee this.\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
)


@pytest.mark.parametrize("way", ["quoted-printable", "base64", "7bit"])
def test_a_long_part_is_the_same_in_pieces(way: str) -> None:
    words = b"".join(b"line %d with = and \xc3\xa4 \t\r\n" % number for number in range(20_000))
    packed = {"quoted-printable": binascii.b2a_qp(words), "base64": base64.encodebytes(words), "7bit": words}[way]
    head = b"Content-Type: text/csv; name=a.csv\r\nContent-Transfer-Encoding: %s\r\n\r\n" % way.encode()
    mail = parsed(head + packed)
    assert mail.content() == words
    assert len(list(mail.chunks())) > 5
