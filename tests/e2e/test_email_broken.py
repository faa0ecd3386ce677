"""Mails that a server does not give, servers that are in trouble, and servers that lie: over real sockets, against a server that is
broken as it is told to be."""

from __future__ import annotations

import base64
import itertools
import json
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.email import Email, EmailConfig
from adapters.email.mails_of_the_tests import OWN, SECRET, mail, multi, part, whole
from adapters.email.passing import MOST_ALONE, MOST_REFUSED, farther
from adapters.email.reading import Cursor
from cache.aside import Aside
from channels import Batch, Request
from channels.errors import Rejected, Unreachable
from channels.events import MessageReceived, Unknown
from channels.parts import plain_text
from tests.e2e.mail.broken import DATED, BrokenServer
from tests.e2e.mail.dovecot import PASSWORD
from tests.e2e.served import PASSWORD as DESK_PASSWORD
from tests.e2e.served import Served, secret
from ucs.runtime.http.channel_http import ChannelHttp, Network
from ucs.runtime.http.guard import Guard

WAYS = {"no": "NO it cannot be", "bug": "NO [SERVERBUG] broken", "hangs up": ""}


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[ChannelHttp]:
    network = Network(Guard.allowing(("127.0.0.1",)), aside=Aside(tmp_path / "aside"))
    yield ChannelHttp(network, "mail", [PASSWORD])
    await network.close()


def hello(number: int) -> bytes:
    return mail(f"Message-ID: <n{number}@mail.example>", body=f"Hello {number}".encode())


class Reader:
    """Reads as the runtime does: what a batch brings is kept with its cursor, and after a failure it is asked again."""

    def __init__(self, server: BrokenServer, http: ChannelHttp, cursor: str = "", *, read_all: bool = True) -> None:
        values = {"address": OWN, "mark_secret": SECRET, "password": PASSWORD, "smtp_host": "127.0.0.1"}
        where = {"imap_host": "127.0.0.1", "imap_port": server.port, "imap_security": "none", "ask_every": 1}
        self.mailbox = Email(EmailConfig.model_validate(values | where | {"read_all": read_all}))
        self.http = http
        self.cursor = cursor
        self.heard: list[str] = []  # what was said, or which mail was not given
        self.sizes: list[int] = []
        self.failures: list[str] = []

    async def reads(self, rounds: int = 100, *, enough: int = 1_000_000) -> list[str]:
        """Until there is nothing more, or so many polls have failed, or enough was heard."""
        for _ in range(rounds):
            try:
                async with aclosing(self.mailbox.poll(self.cursor, self.http)) as polled:  # type: ignore[type-var]
                    async for batch in polled:
                        done = batch == Batch((), self.cursor)
                        self._take(batch)
                        if done or len(self.heard) >= enough:
                            return self.heard
            except (Rejected, Unreachable) as error:
                self.failures.append(error.reason)
        return self.heard

    def _take(self, batch: Batch) -> None:
        self.cursor = batch.cursor
        for request in batch.requests:
            self.sizes.append(len(request.source))
            self.heard += map(_said, self.mailbox.parse(request))


def _said(event: object) -> str:
    match event:
        case MessageReceived():
            return plain_text(event.parts[0])
        case Unknown():
            assert event.kind == "mail: not given", event
            assert (event.raw["folder"], bool(event.raw["why"])) == ("INBOX", True)
            return f"not given: {event.raw['uid']}"
    raise AssertionError(event)


def said(*numbers: int, but: frozenset[int] | set[int] = frozenset()) -> list[str]:
    return [f"not given: {number}" if number in but else f"Hello {number}" for number in numbers]


def mails(count: int) -> list[bytes]:
    return [hello(number) for number in range(1, count + 1)]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("broken", [{1}, {2}, {2, 3}, {4}])
async def test_a_mail_whose_size_and_date_cannot_be_had_is_read_without(
    http: ChannelHttp, way: str, broken: set[int]
) -> None:
    async with BrokenServer(mails(4), answer=way) as server:
        server.undescribed = broken
        reader = Reader(server, http)
        assert await reader.reads(5) == said(1, 2, 3, 4)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("undescribed", [False, True])
async def test_nobody_waits_behind_a_mail_that_is_not_given(http: ChannelHttp, way: str, undescribed: bool) -> None:
    async with BrokenServer(mails(5), answer=way) as server:
        server.withheld = {1, 3, 5}
        server.undescribed = server.withheld if undescribed else set()
        reader = Reader(server, http)
        assert await reader.reads(6) == said(1, 2, 3, 4, but={1, 3})
        server.mails[6] = hello(6)  # what is waited for behind the newest
        assert await reader.reads(3) == said(*range(1, 7), but={1, 3, 5})


@pytest.mark.parametrize("count", [MOST_REFUSED, MOST_REFUSED + 1, 3 * MOST_REFUSED + 5, 4 * MOST_ALONE])
async def test_however_many_in_a_row_are_broken(http: ChannelHttp, count: int) -> None:
    async with BrokenServer(mails(count + 2)) as server:
        server.withheld = set(range(2, count + 2))
        server.undescribed = set(range(2, count + 2, 2))
        reader = Reader(server, http)
        assert await reader.reads() == said(*range(1, count + 3), but=server.withheld)
        assert reader.cursor.split()[:2] == ["7", str(count + 2)]


async def test_what_the_server_has_and_says_nothing_of_is_not_given(http: ChannelHttp) -> None:
    """That is not the same as a mail that was deleted, of which there is no line."""
    async with BrokenServer(mails(4)) as server:
        server.nothing = {2}
        server.sizes = {3: 2_000_000}
        server.nothing |= {3}
        assert await Reader(server, http).reads(5) == said(1, 2, 3, 4, but={2, 3})
        del server.mails[2], server.mails[3]
        assert await Reader(server, http).reads(5) == said(1, 4)


# -- it is the server, and not the mail ------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_a_server_that_gives_nothing_costs_no_mail(http: ChannelHttp, way: str) -> None:
    async with BrokenServer(mails(30), answer=way) as server:
        server.trouble = [range(100_000)]
        reader = Reader(server, http, "7 2 0")
        assert await reader.reads(4) == []
        assert (reader.cursor, len(reader.failures)) == ("7 2 0", 4)
        server.trouble, server.withheld = [], set(server.mails)  # sizes come, mails do not
        assert await reader.reads(4) == []
        assert reader.cursor == "7 2 0"
        server.withheld = set()
        assert await reader.reads(1) == said(*range(3, 31))


@pytest.mark.parametrize("way", ["NO busy", ""], ids=["no", "hangs up"])
@pytest.mark.parametrize("length", [*range(1, 14), 40])
async def test_a_server_that_is_in_trouble_for_a_while_costs_no_mail(http: ChannelHttp, way: str, length: int) -> None:
    """Whenever it begins, and also if it comes back once."""
    for begin in range(8):
        async with BrokenServer(mails(6), answer=way) as server:
            server.trouble = [range(begin, begin + length), range(begin + length + 2, begin + 2 * length)]
            assert await Reader(server, http).reads(enough=6) == said(*range(1, 7)), begin


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_one_mail_that_is_refused_by_chance_again_and_again_is_passed_over_the_third_time(
    http: ChannelHttp, times: int
) -> None:
    """And not before. The commands that fail are that for all three mails, and those for the first one alone."""
    async with BrokenServer(mails(3), answer="NO busy") as server:
        server.trouble = [range(each, each + 1) for each in [1, 3, 9, 13][: 1 + times]]
        expected = said(1, 2, 3, but={1} if times == 3 else set())
        assert await Reader(server, http).reads(enough=3) == expected


async def test_signing_in_is_not_tried_for_ever(http: ChannelHttp) -> None:
    """Providers count that: once for each answer that spoiled the session before."""
    async with BrokenServer(mails(4), answer="") as server:
        server.withheld = {2}
        reader = Reader(server, http)
        await reader.reads(6)
        assert server.sign_ins < 12


def test_looking_farther_goes_to_the_end() -> None:
    assert list(farther([])) == []
    assert list(farther([5])) == [5]
    assert list(farther(range(1, 101))) == [1, 2, 4, 8, 16, 32, 64, 100]


# -- sizes that are not true ------------------------------------------------------------------------------------------------


def peak() -> int:
    _, most = tracemalloc.get_traced_memory()
    return most


@pytest.fixture
def traced() -> AsyncIterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("traced")
async def test_a_mail_that_is_larger_than_it_was_said_to_be_lies_aside(http: ChannelHttp) -> None:
    file = part(b"x" * 40_000_000, "Content-Type: application/octet-stream; name=x.bin")
    large = whole(multi("mixed", part(b"Hello 2", "Content-Type: text/plain"), file))
    async with BrokenServer([hello(1), large, hello(3)]) as server:
        server.sizes = {2: 10}
        tracemalloc.reset_peak()
        before = peak()
        reader = Reader(server, http)
        assert await reader.reads(2) == said(1, 2, 3)
        assert (reader.sizes[1], reader.failures) == (len(large), [])
        assert peak() - before < 5_000_000


@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize("size", [10, 2_000_000])
async def test_two_hundred_megabytes_that_nobody_asked_for_are_not_read(http: ChannelHttp, size: int) -> None:
    """It is a mail that is not given: its number is kept, and later ones come."""
    async with BrokenServer(mails(3)) as server:
        server.sizes, server.endless = {2: size}, {2: 200_000_000}
        tracemalloc.reset_peak()
        before = peak()
        reader = Reader(server, http)
        assert await reader.reads(4) == said(1, 2, 3, but={2})
        assert peak() - before < 4_000_000
        assert "200,000,000 bytes" in reader.failures[0]
        assert server.sent < 100_000_000  # what lay on the way when we hung up


@pytest.mark.usefixtures("traced")
async def test_many_mails_that_are_larger_than_they_were_said_to_be_are_asked_for_alone(http: ChannelHttp) -> None:
    large = mail(body=b"Hello\r\n" + b"x" * 900_000)
    async with BrokenServer([large] * 40) as server:
        server.sizes = dict.fromkeys(server.mails, 10)
        tracemalloc.reset_peak()
        before = peak()
        reader = Reader(server, http)
        assert len(await reader.reads(3)) == 40
        assert len(reader.failures) == 1
        assert peak() - before < 15_000_000


# -- dates that are not true ------------------------------------------------------------------------------------------------


async def test_a_mail_from_the_future_moves_the_time_of_the_cursor_no_farther_than_now(http: ChannelHttp) -> None:
    async with BrokenServer(mails(3)) as server:
        server.dates = {2: "01-Jan-2099 00:00:00 +0000", 3: f"{datetime.now(UTC):{DATED}}"}
        reader = Reader(server, http)
        before = int(datetime.now(UTC).timestamp())
        await reader.reads(2)
        cursor = Cursor.read(reader.cursor)
        assert cursor is not None
        assert before <= cursor.at <= int(datetime.now(UTC).timestamp())
        server.uidvalidity = 8  # and it is read again from a day before now
        assert await Reader(server, http, str(cursor)).reads(2) == said(2, 3)


async def test_a_new_channel_begins_though_nothing_can_be_said_of_the_newest_mail(http: ChannelHttp) -> None:
    async with BrokenServer(mails(2)) as server:
        server.undescribed = {2}
        reader = Reader(server, http, read_all=False)
        await reader.reads(2)
        assert reader.cursor.split()[:2] == ["7", "2"]
        server.mails[3] = hello(3)
        assert await reader.reads(2) == ["Hello 3"]


def test_what_stands_in_the_place_of_a_mail_can_be_read_again() -> None:
    values = {"address": OWN, "mark_secret": SECRET, "password": PASSWORD, "imap_host": "i", "smtp_host": "s"}
    mailbox, at = Email(EmailConfig.model_validate(values)), datetime(2026, 1, 6, tzinfo=UTC)
    headers = {"content-type": "application/vnd.ucs.not-given+json"}
    bodies = (b'{"folder": "INBOX", "uid": 2, "why": "No."}', b"[]")
    for body in bodies:
        (event,) = mailbox.parse(Request("FETCH", "INBOX/7/2", {}, headers, body, at))
        assert isinstance(event, Unknown)
        assert event.id == "INBOX/7/2"
    assert list(itertools.islice(mailbox.parse(Request("FETCH", "INBOX/7/2", {}, headers, bodies[0], at)), 2))


CENTER = """
[acme.queue.support]
[acme.agent.amy]
password = "{desk}"
role = "admin"
skills = {{ support = 9 }}
[acme.channel.mail]
adapter = "email"
queue = "support"
[acme.channel.mail.config]
address = "{own}"
mark_secret = "{mark}"
password = "{password}"
imap_host = "127.0.0.1"
imap_port = {port}
imap_security = "none"
smtp_host = "127.0.0.1"
smtp_port = {port}
ask_every = 1
read_all = true
"""


async def test_an_admin_finds_in_the_quarantine_which_mail_was_not_given(tmp_path: Path) -> None:
    async with BrokenServer(mails(3), answer="NO [SERVERBUG] its file is gone") as broken:
        broken.withheld = {2}
        mark, password = secret(tmp_path, "mark", SECRET), secret(tmp_path, "password", PASSWORD)
        center = CENTER.format(desk=DESK_PASSWORD, own=OWN, mark=mark, password=password, port=broken.port)
        async with Served(tmp_path, center) as server:
            amy = await server.desk("amy")
            await amy.listen()
            await amy.ready()
            contact = await amy.offered()
            await amy.open(contact)
            await amy.until(lambda: len(amy.heard(contact, "message", "customer")) == 2, 15)
            (arrival,) = (await server.ask("GET", "/admin/quarantine", amy.token))["arrivals"]
            assert (arrival["outcome"], arrival["reason"]) == ("unknown", "mail: not given")
            kept = json.loads(base64.b64decode(arrival["body"]))
            assert kept == {
                "folder": "INBOX",
                "uid": 2,
                "why": "The mail server cannot do it now: [SERVERBUG] its file is gone",
            }
            again = await server.ask("POST", f"/admin/quarantine/{arrival['id']}/read-again", amy.token, ok=False)
            assert again["detail"].endswith("nobody knows: mail: not given.")
