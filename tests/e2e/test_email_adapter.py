"""The real email adapter against Dovecot and a strict relay, over real sockets and through the service's own way out.

Dovecot is Debian's `dovecot-imapd` and `dovecot-lmtpd`; where they are missing these tests are skipped.
"""

from __future__ import annotations

import asyncio
import base64
import email
import email.policy
import imaplib
import random
import ssl
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from adapters.email import Email, EmailConfig
from adapters.email.mails_of_the_tests import ANN, MAILS, OWN, SECRET, mail, multi, part, whole
from cache.aside import Aside
from channels import Batch, Checkup, Condition, Copies, Outbound, Request
from channels.errors import Rejected, Unauthorized, Uncertain, Unreachable
from channels.events import MessageReceived, Unknown
from channels.parts import MediaRef, Text, media_of, plain_text
from tests.e2e.mail.dovecot import FOUND, PASSWORD, Dovecot, trusting
from tests.e2e.mail.relay import Relay
from tests.e2e.served import until
from ucs.runtime.http.channel_http import ChannelHttp, Network
from ucs.runtime.http.guard import Blocked, Guard

pytestmark = pytest.mark.skipif(
    FOUND is None, reason="there is no Dovecot: apt-get install dovecot-imapd dovecot-lmtpd"
)
KEY = "0b5a3d0e-6c0f-4f55-9a51-6d2f6c1f9a01"
START = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)


@pytest.fixture
async def dovecot() -> AsyncIterator[Dovecot]:
    async with Dovecot(OWN) as dovecot:
        yield dovecot


@pytest.fixture
async def relay(dovecot: Dovecot) -> AsyncIterator[Relay]:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(dovecot.folder / "cert.pem", dovecot.folder / "key.pem")
    async with Relay(OWN, tls) as relay:
        yield relay


@pytest.fixture
async def http(dovecot: Dovecot, tmp_path: Path) -> AsyncIterator[ChannelHttp]:
    guard, aside = Guard.allowing(("localhost", "127.0.0.1")), Aside(tmp_path / "aside")
    network = Network(guard, tls=trusting(dovecot.folder), aside=aside)
    yield ChannelHttp(network, "mail", [PASSWORD])
    await network.close()


def adapter(dovecot: Dovecot, relay: Relay | None = None, **changes: Any) -> Email:
    values: dict[str, Any] = {
        "address": OWN,
        "mark_secret": SecretStr(SECRET),
        "password": SecretStr(PASSWORD),
        "imap_host": "localhost",
        "imap_port": dovecot.imaps,
        "smtp_host": "localhost",
        "smtp_port": relay.port if relay else 25,
        "smtp_security": "starttls",
        "read_all": True,
    }
    return Email(EmailConfig.model_validate(values | changes))


async def brought(mailbox: Email, http: ChannelHttp, mails: int, cursor: str = "") -> list[Batch]:
    """Batches until so many mails have come."""
    batches: list[Batch] = []
    async with asyncio.timeout(20), aclosing(mailbox.poll(cursor, http)) as polled:  # type: ignore[type-var]
        async for batch in polled:
            batches.append(batch)
            if sum(len(each.requests) for each in batches) >= mails:
                return batches
    raise AssertionError("the polling ended")


def texts(mailbox: Email, batches: list[Batch]) -> list[str]:
    events = [event for batch in batches for request in batch.requests for event in mailbox.parse(request)]
    return [plain_text(event.parts[0]) for event in events if isinstance(event, MessageReceived)]


def hello(number: int) -> bytes:
    return mail(f"Message-ID: <n{number}@mail.example>", body=f"Hello {number}".encode())


async def test_all_mails_come_once_and_in_order(dovecot: Dovecot, http: ChannelHttp) -> None:
    mailbox = adapter(dovecot)
    await dovecot.deliver(*map(hello, range(120)))
    batches = await brought(mailbox, http, 120)
    assert texts(mailbox, batches) == [f"Hello {n}" for n in range(120)]
    await dovecot.deliver(hello(120))
    again = await brought(mailbox, http, 1, batches[-1].cursor)
    assert texts(mailbox, again) == ["Hello 120"]


@pytest.mark.parametrize(
    "changes", [{}, {"imap_security": "starttls", "imap_port": None}, {"idle": False, "ask_every": 1}]
)
async def test_new_mail_is_told_of(dovecot: Dovecot, http: ChannelHttp, changes: dict[str, Any]) -> None:
    """By IDLE over TLS and after STARTTLS, and by asking where the server may not tell."""
    if "imap_port" in changes:
        changes = {**changes, "imap_port": dovecot.imap}
    mailbox = adapter(dovecot, **changes)
    waiting = asyncio.create_task(brought(mailbox, http, 1))
    await asyncio.sleep(0.5)
    await dovecot.deliver(hello(1))
    assert texts(mailbox, await waiting) == ["Hello 1"]


async def test_mail_that_comes_while_other_mail_is_read_is_not_waited_for(dovecot: Dovecot, http: ChannelHttp) -> None:
    """The server tells of it in its answer to `STORE`, and not again while we wait."""
    await dovecot.deliver(hello(1))
    mailbox, batches = adapter(dovecot, mark_seen=True), []
    async with asyncio.timeout(20), aclosing(mailbox.poll("", http)) as polled:  # type: ignore[type-var]
        async for batch in polled:
            batches += [batch] if batch.requests else []
            if len(batches) == 2:
                break
            if batch.requests:
                await dovecot.deliver(hello(2))
    assert texts(mailbox, batches) == ["Hello 1", "Hello 2"]


async def test_a_new_channel_does_not_read_old_mail(dovecot: Dovecot, http: ChannelHttp) -> None:
    await dovecot.deliver(hello(1))
    mailbox = adapter(dovecot, read_all=False)
    async with asyncio.timeout(20), aclosing(mailbox.poll("", http)) as polled:  # type: ignore[type-var]
        batches = [await anext(polled)]  # where the mailbox stands
        await dovecot.deliver(hello(2))
        while not batches[-1].requests:
            batches.append(await anext(polled))
    assert texts(mailbox, batches) == ["Hello 2"]


async def test_a_mailbox_numbered_anew_gives_the_same_ids(dovecot: Dovecot, http: ChannelHttp) -> None:
    mailbox = adapter(dovecot)
    await dovecot.deliver(hello(1), hello(2))
    before = await brought(mailbox, http, 2)
    await asyncio.sleep(1.1)  # UIDVALIDITY is made of seconds
    await dovecot.number_anew()
    await dovecot.deliver(hello(3))
    after = await brought(mailbox, http, 3, before[-1].cursor)
    assert before[-1].cursor.split()[0] != after[-1].cursor.split()[0]

    def ids(batches: list[Batch]) -> set[str]:
        return {event.id for batch in batches for request in batch.requests for event in mailbox.parse(request)}

    assert ids(before) < ids(after)
    assert len(ids(after)) == 3


async def test_old_mail_stays_old_when_a_mailbox_is_numbered_anew(dovecot: Dovecot, http: ChannelHttp) -> None:
    """Even before the first new one came."""
    with imaplib.IMAP4("127.0.0.1", dovecot.imap) as imap:
        imap.login(OWN, PASSWORD)
        for days in (40, 20):
            imap.append("INBOX", "", START - timedelta(days=days), hello(days))
    mailbox = adapter(dovecot, read_all=False)
    async with asyncio.timeout(20), aclosing(mailbox.poll("", http)) as polled:  # type: ignore[type-var]
        cursor = (await anext(polled)).cursor
    await asyncio.sleep(1.1)  # UIDVALIDITY is made of seconds
    await dovecot.number_anew()
    await dovecot.deliver(hello(1))
    said = texts(mailbox, await brought(mailbox, http, 1, cursor))
    assert "Hello 1" in said
    assert "Hello 40" not in said


async def test_nobody_waits_behind_a_mail_that_the_server_cannot_give(dovecot: Dovecot, http: ChannelHttp) -> None:
    """The last one is waited for: there it may be the server, and not the mail."""
    await dovecot.deliver(*map(hello, range(4)))
    for path in (dovecot.folder / "mail" / OWN / "new").iterdir():
        if path.read_bytes().rstrip().endswith((b"Hello 1", b"Hello 3")):
            path.chmod(0)
    mailbox, batches, cursor = adapter(dovecot), [], ""
    for _ in range(4):
        with suppress(Unreachable):
            async with asyncio.timeout(20), aclosing(mailbox.poll(cursor, http)) as polled:  # type: ignore[type-var]
                async for batch in polled:
                    cursor = batch.cursor
                    batches.append(batch)
    assert texts(mailbox, batches) == ["Hello 0", "Hello 2"]
    events = [event for batch in batches for request in batch.requests for event in mailbox.parse(request)]
    told = [(event.kind, event.raw["uid"]) for event in events if isinstance(event, Unknown)]
    assert told == [("mail: not given", 2)]
    assert cursor.split()[1] == "3"


async def test_seen_only_where_that_is_wanted(dovecot: Dovecot, http: ChannelHttp) -> None:
    await dovecot.deliver(hello(1))
    await brought(adapter(dovecot), http, 1)
    assert not list((dovecot.folder / "mail" / OWN / "cur").glob("*:2,*S*"))
    mailbox = adapter(dovecot, mark_seen=True)
    async with asyncio.timeout(20), aclosing(mailbox.poll("", http)) as polled:  # type: ignore[type-var]
        await anext(polled)
        assert (await anext(polled)).requests
        seen = asyncio.ensure_future(anext(polled))  # the first is stored: we are asked to go on
        await until(lambda: any((dovecot.folder / "mail" / OWN / "cur").glob("*:2,*S*")), 10, lambda: dovecot.log)
        seen.cancel()
        await asyncio.gather(seen, return_exceptions=True)


async def test_files_are_fetched_out_of_the_mail(dovecot: Dovecot, http: ChannelHttp) -> None:
    mailbox = adapter(dovecot)
    await dovecot.deliver(MAILS["inline_picture"], MAILS["name_continued"])
    events = [e for b in await brought(mailbox, http, 2) for r in b.requests for e in mailbox.parse(r)]
    found = {}
    for event in events:
        assert isinstance(event, MessageReceived)
        for media in (media for shown in event.parts for media in media_of(shown) if isinstance(media, MediaRef)):
            stream = await mailbox.fetch(media, http)
            found[stream.name] = b"".join([chunk async for chunk in stream.chunks])
    assert found["bike.png"].startswith(b"\x89PNG")
    assert found["文件.pdf"].startswith(b"%PDF")
    assert b'src="data:image/png;base64,' in found["mail.html"]
    with pytest.raises(Rejected):
        await mailbox.fetch(MediaRef("1.1/2"), http)


async def fetched(mailbox: Email, uid: int, http: ChannelHttp, validity: str) -> bytes:
    stream = await mailbox.fetch(MediaRef(f"{validity}.{uid}/0"), http)
    return b"".join([chunk async for chunk in stream.chunks])


async def test_files_are_fetched_in_one_session(dovecot: Dovecot, http: ChannelHttp) -> None:
    """A provider counts how often we sign in."""
    mailbox = adapter(dovecot)
    await dovecot.deliver(*(hello(number) for number in range(20)))
    validity = (await brought(mailbox, http, 20))[-1].cursor.split()[0]
    before = dovecot.sign_ins
    for number in range(20):
        assert await fetched(mailbox, number + 1, http, validity) == f"Hello {number}\r\n".encode()
    with pytest.raises(Rejected, match="no longer in the mailbox"):
        await fetched(mailbox, 99, http, validity)
    await dovecot.deliver(hello(20))  # after the session has opened the folder
    await fetched(mailbox, 21, http, validity)
    assert dovecot.sign_ins == before + 1


async def test_a_session_that_the_server_has_ended_is_begun_anew(dovecot: Dovecot, http: ChannelHttp) -> None:
    mailbox = adapter(dovecot)
    await dovecot.deliver(hello(1))
    validity = (await brought(mailbox, http, 1))[-1].cursor.split()[0]
    await fetched(mailbox, 1, http, validity)
    await dovecot.stop()
    dovecot.start()
    await dovecot.answering()
    assert await fetched(mailbox, 1, http, validity) == b"Hello 1\r\n"


def a_large_mail(content: bytes, *, words: bytes = b"<p>See <b>this</b>.</p>") -> bytes:
    packed = base64.encodebytes(content).replace(b"\n", b"\r\n")
    file = part(packed, "Content-Type: application/pdf; name=plan.pdf", "Content-Transfer-Encoding: base64")
    return whole(multi("mixed", part(words, "Content-Type: text/html"), file), "Message-ID: <large@mail.example>")


async def test_a_large_mail_comes_aside_and_its_files_out_of_it(dovecot: Dovecot, http: ChannelHttp) -> None:
    """Between others, in its order, and in pieces both times."""
    content, mailbox = random.Random(1).randbytes(4_000_000), adapter(dovecot)
    await dovecot.deliver(hello(1), a_large_mail(content), hello(2))
    raw, events = {}, []
    async with asyncio.timeout(20), aclosing(mailbox.poll("", http)) as polled:  # type: ignore[type-var]
        async for batch in polled:
            for request in batch.requests:
                raw[request.path.rpartition("/")[2]] = (len(request.body), len(request.source))
                events += mailbox.parse(request)
            if len(events) == 3:
                break
    assert [large for _, large in raw.values()][1] > 5_000_000
    assert [small for small, _ in raw.values()][1] == 0
    assert [plain_text(event.parts[0])[:7] for event in events if isinstance(event, MessageReceived)][::2] == [
        "Hello 1",
        "Hello 2",
    ]
    event = events[1]
    assert isinstance(event, MessageReceived)
    found = {}
    for media in (media for shown in event.parts for media in media_of(shown) if isinstance(media, MediaRef)):
        stream = await mailbox.fetch(media, http)
        found[stream.name] = b"".join([chunk async for chunk in stream.chunks])
    assert found["plan.pdf"] == content
    assert b"See <b>this</b>." in found["mail.html"]
    stream = await mailbox.fetch(MediaRef(f"{batch.cursor.split()[0]}.2/mail"), http)
    assert len(b"".join([chunk async for chunk in stream.chunks])) == raw["2"][1]


async def test_a_mail_is_cut_where_the_settings_say(dovecot: Dovecot, http: ChannelHttp) -> None:
    await dovecot.deliver(a_large_mail(bytes(4_000_000)))
    mailbox = adapter(dovecot, mail_limit=2_000_000)
    async with asyncio.timeout(20), aclosing(mailbox.poll("", http)) as polled:  # type: ignore[type-var]
        sizes = []
        async for batch in polled:
            sizes += [len(request.source) for request in batch.requests]
            if sizes:
                break
    assert sizes == [2_000_000]


async def test_a_mailbox_is_looked_after(dovecot: Dovecot, relay: Relay, http: ChannelHttp) -> None:
    asked = Checkup(START)
    assert (await adapter(dovecot, relay).health(asked, http)).findings == ()
    (found,) = (await adapter(dovecot, relay, folder="Nowhere").health(asked, http)).findings
    assert (found.condition, "'Nowhere'" in found.reason) == (Condition.BROKEN, True)
    with pytest.raises(Unauthorized):
        await adapter(dovecot, relay, password=SecretStr("not the password")).health(asked, http)
    relay.user = "somebody@else.example"
    with pytest.raises(Unauthorized):
        await adapter(dovecot, relay).health(asked, http)
    assert relay.mails == []


async def test_wrong_credentials_are_said_to_be_wrong(dovecot: Dovecot, relay: Relay, http: ChannelHttp) -> None:
    mailbox = adapter(dovecot, relay, password=SecretStr("not the password"))
    with pytest.raises(Unauthorized) as caught:
        await brought(mailbox, http, 1)
    assert caught.value.code == "AUTHENTICATIONFAILED"
    with pytest.raises(Unauthorized) as caught:
        await mailbox.send(said(), http)
    assert caught.value.code == "535 sign in"


async def test_a_server_that_dies_is_noticed(dovecot: Dovecot, http: ChannelHttp) -> None:
    waiting = asyncio.create_task(brought(adapter(dovecot), http, 1))
    await asyncio.sleep(0.5)
    await dovecot.stop()
    with pytest.raises(Unreachable):
        await waiting
    with pytest.raises(Unreachable, match="does not accept"):
        await brought(adapter(dovecot), http, 1)


async def test_nothing_private_is_reached(dovecot: Dovecot) -> None:
    network = Network(Guard.allowing(()))
    try:
        with pytest.raises(Blocked):
            await brought(adapter(dovecot), ChannelHttp(network, "mail", [PASSWORD]), 1)
    finally:
        await network.close()


async def test_a_stranger_with_a_certificate_of_its_own_gets_no_password(dovecot: Dovecot) -> None:
    network = Network(Guard.allowing(("localhost",)))
    try:
        with pytest.raises(Unreachable, match="certificate"):
            await brought(adapter(dovecot), ChannelHttp(network, "mail", [PASSWORD]), 1)
    finally:
        await network.close()


# -- the way out ---------------------------------------------------------------------------------------------------------


def said(*words: str, **changes: Any) -> Outbound:
    parts = tuple(
        Text(word) for word in words or ("Your bike is ready 🚲\n.\n.dots and https://shop.example/a?b=1&c.",)
    )
    return Outbound(KEY, "ann@mail.example", parts, START, **changes)


async def test_a_mail_is_handed_over_encrypted_and_reads_as_it_was_written(
    dovecot: Dovecot, relay: Relay, http: ChannelHttp
) -> None:
    mailbox = adapter(dovecot, relay, name="Räder & Co", signature="The shop")
    incoming = next(
        iter(
            mailbox.parse(_request(mail("Subject: Re: AW: 你好 my bike", "References: <r1@x.example> <r2@x.example>")))
        )
    )
    assert isinstance(incoming, MessageReceived)
    receipt = await mailbox.send(said(thread=incoming.thread), http)
    (taken,) = relay.mails
    assert (taken.sender, taken.recipients, taken.encrypted) == (OWN, ("ann@mail.example",), True)
    read = email.message_from_bytes(
        taken.content, policy=email.policy.default
    )  # the standard library, as another opinion
    assert (read["Message-ID"],) == receipt.messages
    assert read["Subject"] == "Re: 你好 my bike"
    assert read["From"].addresses[0].display_name == "Räder & Co"
    assert read["In-Reply-To"] == "<c1@mail.example>"
    assert read["References"] == "<r1@x.example> <r2@x.example> <c1@mail.example>"
    plain, rich = read.get_body(("plain",)), read.get_body(("html",))
    assert (
        plain.get_content().replace("\r\n", "\n")
        == "Your bike is ready 🚲\n.\n.dots and https://shop.example/a?b=1&c.\n\n-- \nThe shop"
    )
    assert '<a href="https://shop.example/a?b=1&amp;c">' in rich.get_content()
    assert max(map(len, taken.content.split(b"\r\n"))) <= 100


async def test_copies_go_to_all_and_only_some_are_named(dovecot: Dovecot, relay: Relay, http: ChannelHttp) -> None:
    copies = Copies(("carol@mail.example", "ann@mail.example"), ("dave@shop.例子",))
    await adapter(dovecot, relay).send(said(copies=copies), http)
    (taken,) = relay.mails
    assert taken.recipients == ("ann@mail.example", "carol@mail.example", "dave@shop.xn--fsqu00a")
    read = email.message_from_bytes(taken.content, policy=email.policy.default)
    named = [each.addr_spec for each in read["Cc"].addresses]
    assert (read["To"], named, read["Bcc"]) == ("ann@mail.example", ["carol@mail.example", "ann@mail.example"], None)
    assert b"dave" not in taken.content


async def test_a_copy_lies_in_the_folder_of_sent_mail_where_that_is_wanted(
    dovecot: Dovecot, relay: Relay, http: ChannelHttp
) -> None:
    """The very bytes, as read; a folder that is not there keeps nothing from being sent."""
    await adapter(dovecot, relay, sent_folder="已发送").send(said(), http)
    assert len(relay.mails) == 1
    with imaplib.IMAP4_SSL("localhost", dovecot.imaps, ssl_context=trusting(dovecot.folder)) as other:
        other.login(OWN, PASSWORD)
        other.create("Sent")
        await adapter(dovecot, relay, sent_folder="Sent").send(said(), http)
        other.select("Sent")
        _, found = other.fetch("1:*", "(FLAGS BODY.PEEK[])")
    ((flags, copy), _) = found
    assert b"\\Seen" in flags
    assert copy.rstrip() == relay.mails[1].content.rstrip()


async def test_a_copy_that_is_refused_is_named_and_nobody_gets_the_mail(
    dovecot: Dovecot, relay: Relay, http: ChannelHttp
) -> None:
    relay.to["carol@mail.example"] = "550 5.1.1 nobody of that name"
    with pytest.raises(Rejected, match=r"carol@mail\.example"):
        await adapter(dovecot, relay).send(said(copies=Copies(("carol@mail.example",))), http)
    with pytest.raises(Rejected, match="is not an address"):
        await adapter(dovecot, relay).send(said(copies=Copies(("carol",))), http)
    assert relay.mails == []


@pytest.mark.parametrize(
    ("headers", "others"),
    [
        (("To: help@shop.example",), None),
        (("To: HELP@shop.example, help+abc@shop.example", "Cc: ann@mail.example"), None),
        (("To: Carol <Carol@mail.example>, help@shop.example", "Cc: =?utf-8?q?D=C3=A4ve?= <d@x.example>, carol@mail.example"),
         ("carol@mail.example", "d@x.example")),
    ],
)  # fmt: skip
def test_who_else_got_a_mail_is_known(headers: tuple[str, ...], others: tuple[str, ...] | None) -> None:
    values = {"address": OWN, "mark_secret": SECRET, "password": PASSWORD, "imap_host": "i", "smtp_host": "s"}
    (event,) = Email(EmailConfig.model_validate(values)).parse(_request(mail(*headers)))
    assert isinstance(event, MessageReceived)
    assert (event.copies and event.copies.cc) == others


async def test_an_answer_to_ours_is_known_for_one_whoever_writes_it(
    dovecot: Dovecot, relay: Relay, http: ChannelHttp
) -> None:
    """By each header that a client may keep. Who writes is another question: all who got the mail know its mark."""
    mailbox = adapter(dovecot, relay, plus_address=True, trusted_server="mx.shop.example")
    (ours,) = (await mailbox.send(said(copies=Copies(("carol@mail.example",))), http)).messages
    reply_to = email.message_from_bytes(relay.mails[0].content)["Reply-To"]
    passed, failed = (
        f"Authentication-Results: mx.shop.example; dmarc={result} header.from=mail.example"
        for result in ("pass", "fail")
    )
    for header in (f"In-Reply-To: {ours}", f"References: <c1@mail.example> {ours}", f"To: {reply_to}"):
        for found, proven in ((passed, True), (failed, False), ("X-Nothing: found", False)):
            (event,) = mailbox.parse(_request(f"{found}\r\n".encode() + mail(header)))
            assert isinstance(event, MessageReceived)
            assert (event.customer, event.reply_to, event.proven) == (ANN, ours, proven)
        (event,) = mailbox.parse(_request(f"{passed}\r\n".encode() + mail(header, sender="carol@mail.example")))
        assert isinstance(event, MessageReceived)
        assert (event.customer, event.author) == ("carol@mail.example", None)


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ("550 5.1.1 nobody of that name", Rejected, "550 5.1.1"),
        ("450 4.7.1 greylisted", Unreachable, "450"),
        ("552 5.3.4 too big", Rejected, "552"),
    ],
)
async def test_refusals_mean_what_they_say(
    dovecot: Dovecot, relay: Relay, http: ChannelHttp, answer: str, kind: type[Exception], code: str
) -> None:
    relay.answers.append(answer)
    with pytest.raises(kind) as caught:
        await adapter(dovecot, relay).send(said(), http)
    assert caught.value.code == code  # type: ignore[attr-defined]
    relay.to["ann@mail.example"] = answer
    with pytest.raises(kind):
        await adapter(dovecot, relay).send(said(), http)
    assert relay.mails == []


async def test_a_lost_answer_is_uncertain_and_nothing_else_is(
    dovecot: Dovecot, relay: Relay, http: ChannelHttp
) -> None:
    relay.lose = True
    with pytest.raises(Uncertain):
        await adapter(dovecot, relay).send(said(), http)


async def test_what_is_too_large_is_not_begun(dovecot: Dovecot, relay: Relay, http: ChannelHttp) -> None:
    with pytest.raises(Rejected, match="takes 1,000,000"):
        await adapter(dovecot, relay).send(said("x" * 900_000), http)


async def test_no_password_without_tls(dovecot: Dovecot, http: ChannelHttp) -> None:
    async with Relay(OWN) as open_relay:
        with pytest.raises(Rejected, match="does not offer TLS"):
            await adapter(dovecot, open_relay).send(said(), http)


def _request(raw: bytes) -> Request:
    return Request("FETCH", "INBOX/7/12", {}, {}, raw, START)
