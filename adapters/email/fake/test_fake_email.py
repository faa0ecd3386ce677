"""The fake mail provider keeps to the standards, in what it takes, what it refuses and what it delivers. It is asked by the clients of
Python's standard library, which know nothing of it, and where those are too well-behaved, by hand."""

from __future__ import annotations

import asyncio
import imaplib
import smtplib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, TypeVar, cast

import pytest

from adapters.email.fake import FakeEmail
from adapters.email.fake.sections import section
from adapters.email.fake.state import OWN, PASSWORD, REFUSALS, Fault
from channels.fake import Ties, Unable
from channels.parts import Button, File, Image, Location, MediaRef, Text

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
Given = TypeVar("Given")
PNG = bytes(range(256)) * 8


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def mail() -> AsyncIterator[FakeEmail]:
    async with FakeEmail(clock=Clock()) as mail:
        mail.patience = 0.0
        yield mail


async def uma(mail: FakeEmail, *said: str) -> str:
    phone = await mail.joins("Uma Ö.")
    for words in said:
        await mail.says(phone.customer, Text(words))
    return phone.customer


def letter(to: str, text: str = "Ready.", id: str = "1", **headers: str) -> EmailMessage:
    found = EmailMessage(policy=policy.SMTP)
    found["From"], found["To"], found["Subject"] = f"Harbour Bikes <{OWN}>", f"<{to}>", "Re: 我的自行车"
    found["Date"], found["Message-ID"] = "Sun, 01 Mar 2026 12:00:00 +0000", f"<{id}@harbour.example>"
    for name, value in headers.items():
        found[name.replace("_", "-")] = value
    found.set_content(text)
    return found


# -- handing over ------------------------------------------------------------------------------------------------------


async def by_smtp(mail: FakeEmail, act: Callable[[smtplib.SMTP], Given], *, sign_in: bool = True) -> Given:
    def talk() -> Given:
        with smtplib.SMTP("127.0.0.1", mail.port("smtp"), "shop.example", timeout=5) as client:
            client.ehlo("shop.example")
            if sign_in:
                client.login(OWN, PASSWORD)
            return act(client)

    return await asyncio.to_thread(talk)


def handing_over(found: EmailMessage | bytes, *to: str) -> Callable[[smtplib.SMTP], Any]:
    content = found if isinstance(found, bytes) else found.as_bytes()
    return lambda client: client.sendmail(OWN, to, content)


def refused_with(error: Exception) -> tuple[int, str]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        ((code, words),) = error.recipients.values()
        return code, words.decode()
    code, said = cast(smtplib.SMTPResponseException, error).args[:2]
    return code, cast(bytes, said).decode()


PLAIN = b'Content-Type: text/plain; charset="utf-8"'


async def test_a_mail_is_taken_and_seen(mail: FakeEmail) -> None:
    customer = await uma(mail, "我的自行车呢？")
    text = ".a dot\n..two\n在\n" + "long " * 30
    found = letter(customer, text, In_Reply_To=mail.phones[customer].bubbles[0].key)
    found.add_attachment(PNG, maintype="image", subtype="png", filename="图.png")
    found.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="bill.pdf")
    assert await by_smtp(mail, handing_over(found, customer, "boss@elsewhere.example")) == {}
    (sent,) = mail.sent
    assert sent.recipients == (customer, "boss@elsewhere.example")
    assert message_from_bytes(sent.content)["Message-ID"] == "<1@harbour.example>"
    mail.look()
    first, second = mail.phones[customer].bubbles
    said, picture, paper = second.parts
    assert said == Text(text.strip("\n"))
    assert isinstance(picture, Image)
    assert isinstance(picture.media, MediaRef)
    assert isinstance(paper, File)
    assert (picture.media.name, paper.name, second.quotes) == ("图.png", "bill.pdf", first.number)
    kept = await mail.file(picture.media.key)
    assert kept is not None
    assert (kept.body, kept.mime) == (PNG, "image/png")
    assert await mail.file("none") is None


async def test_who_hands_over_says_who_they_are(mail: FakeEmail) -> None:
    customer = await uma(mail)
    with pytest.raises(smtplib.SMTPSenderRefused) as stranger:
        await by_smtp(mail, handing_over(letter(customer), customer), sign_in=False)
    assert refused_with(stranger.value) == (530, "5.7.0 Authentication required")
    for user, password in ((OWN, "wrong"), ("eve@evil.example", PASSWORD)):
        with pytest.raises(smtplib.SMTPAuthenticationError) as wrong:
            await by_smtp(mail, lambda client, u=user, p=password: client.login(u, p), sign_in=False)  # type: ignore[misc]
        assert wrong.value.smtp_code == 535
    with pytest.raises(smtplib.SMTPSenderRefused) as other:
        await by_smtp(mail, lambda client: client.sendmail("ceo@bank.example", [customer], b"x"))
    assert refused_with(other.value)[0] == 553
    with pytest.raises(smtplib.SMTPRecipientsRefused) as nobody:
        await by_smtp(mail, handing_over(letter("nobody@mail.example"), "nobody@mail.example"))
    assert refused_with(nobody.value) == (550, "5.1.1 No such mailbox")
    with pytest.raises(smtplib.SMTPSenderRefused) as large:
        await by_smtp(mail, lambda client: client.sendmail(OWN, [customer], b"x", ["SIZE=99000000"]))
    assert refused_with(large.value)[0] == 552
    assert mail.sent == []


def changed(**headers: str | None) -> bytes:
    found = letter("uma@mail.example")
    for name, value in headers.items():
        del found[name.replace("_", "-")]
        if value is not None:
            found._headers.append((name.replace("_", "-"), value))  # type: ignore[attr-defined]  # as it is, whatever it is
    return found.as_bytes(policy=policy.compat32.clone(linesep="\r\n"))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (changed(From=None), "no from"),
        (changed(From="Eve <eve@evil.example>"), "from is not"),
        (changed(From=f"{OWN}, eve@evil.example"), "from is not"),
        (changed(Date=None), "no date"),
        (changed(Date="yesterday"), "date"),
        (changed(Message_ID=None), "no message-id"),
        (changed(Message_ID="1"), "message-id is no id"),
        (changed(In_Reply_To="hm"), "in-reply-to is no id"),
        (changed(References="<a@b> hm"), "references is no id"),
        (changed(Subject=None), "no subject"),
        (changed(To=None), "no to"),
        (changed(Bcc="boss@shop.example"), "bcc is not for you"),
        (changed(Received="from me by me; now"), "received is not for you"),
        (changed().replace(PLAIN, b"Content-Type: multipart/mixed"), "NoBoundary"),
        (changed().replace(PLAIN, b"Content-Type: multipart/mixed; boundary=x"), "StartBoundaryNotFound"),
        (changed(Content_Transfer_Encoding="base64"), "Base64"),
        (changed().replace(b"Subject:", b"X: =?utf-8?B?" + b"aGk=" * 16 + b"?=\r\nSubject:"), "longer than 76"),
        (changed().replace(b"Subject:", "Subject: 你".encode()), "beyond ASCII"),
        (changed().replace(b"Subject:", b"Subject: a\r\nSubject:"), "subject stands there twice"),
        (b"From: a\r\n\r\nhm\r\n", "no date; there is no message-id"),
    ],
)
async def test_a_mail_that_is_none_is_refused_and_the_answer_says_why(
    mail: FakeEmail, content: bytes, why: str
) -> None:
    with pytest.raises(smtplib.SMTPDataError) as refused:
        await by_smtp(mail, handing_over(content, "boss@elsewhere.example"))
    code, words = refused_with(refused.value)
    assert code == 554
    assert why in words
    assert mail.sent == []


async def test_no_mail_is_taken_twice(mail: FakeEmail) -> None:
    customer = await uma(mail)
    await by_smtp(mail, handing_over(letter(customer), customer))
    with pytest.raises(smtplib.SMTPDataError, match="before"):
        await by_smtp(mail, handing_over(letter(customer), customer))


async def test_every_fault_is_what_it_says(mail: FakeEmail) -> None:
    customer = await uma(mail)
    for number, (code, (words, _)) in enumerate(REFUSALS.items()):
        mail.spoil(code)
        with pytest.raises(
            (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPServerDisconnected)
        ) as no:
            await by_smtp(mail, handing_over(letter(customer, id=f"r{number}"), customer))
        assert "{} {}".format(*refused_with(no.value)) == words
    mail.spoil(Fault.LOST_ANSWER)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        await by_smtp(mail, handing_over(letter(customer, id="taken"), customer))
    mail.spoil(Fault.LOST_REQUEST)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        await by_smtp(mail, handing_over(letter(customer, "x" * 900 + "\n" + "y" * 900, id="lost"), customer))
    assert [message_from_bytes(each.content)["Message-ID"] for each in mail.sent] == ["<taken@harbour.example>"]


@pytest.mark.parametrize("why", ["full", "gone"])
async def test_what_cannot_be_delivered_comes_back(mail: FakeEmail, why: str) -> None:
    customer = await uma(mail)
    if why == "full":
        mail.spoil(Fault.BOUNCE)
    else:
        await mail.follows(customer, False)
    await by_smtp(mail, handing_over(letter(customer), customer))
    mail.look()
    assert mail.phones[customer].bubbles[-1].trouble.startswith("came back: ")
    (report,) = (cast(Any, message_from_bytes(each.content)) for each in mail.mailbox.mails.values())
    assert (report.get_content_type(), report.get_param("report-type")) == ("multipart/report", "delivery-status")
    assert (report["Return-Path"], report["Auto-Submitted"]) == ("<>", "auto-replied")
    words, status, original = report.get_payload()
    assert customer in words.get_payload()
    _, about = status.get_payload()
    assert about["Final-Recipient"] == f"rfc822; {customer}"
    assert (about["Action"], about["Status"]) == ("failed", "5.2.2" if why == "full" else "5.1.1")
    assert "<1@harbour.example>" in original.as_string()


async def said_by_hand(port: int, said: bytes) -> list[str]:
    """What is answered to these lines, by whom nothing more comes, until it hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    writer.write_eof()
    found = []
    try:
        async with asyncio.timeout(20):
            while line := await reader.readline():
                found.append(line.decode().strip())
    except ConnectionError:
        pass
    writer.close()
    return found


SIGN_IN = b"EHLO a.example\r\nAUTH PLAIN AGhlbHBAaGFyYm91ci5leGFtcGxlAGZha2UtbWFpbC1wYXNzd29yZA==\r\n"
BEGUN = SIGN_IN + b"MAIL FROM:<help@harbour.example>\r\nRCPT TO:<boss@elsewhere.example>\r\n"


@pytest.mark.parametrize(
    ("said", "last"),
    [
        (b"HELO a.example\r\n", "500 5.5.2"),
        (b"EHLO <>\r\n", "501 5.5.4"),
        (b"EHLO a.example\n", "500 5.5.2"),
        (b"NOOP " + b"x" * 600 + b"\r\n", "500 5.5.2"),
        ("NOOP 你\r\n".encode(), "500 5.5.2"),
        (b"AUTH PLAIN AA==\r\n", "503 5.5.1"),
        (b"EHLO a.example\r\nAUTH LOGIN\r\n", "504 5.5.4"),
        (b"EHLO a.example\r\nAUTH PLAIN !\r\n", "535 5.7.8"),
        (SIGN_IN + b"AUTH PLAIN AA==\r\n", "503 5.5.1"),
        (SIGN_IN + b"MAIL FROM: <help@harbour.example>\r\n", "501 5.1.7"),
        (SIGN_IN + b"MAIL FROM:<help@harbour.example> BODY=8BITMIME\r\n", "555 5.5.4"),
        (SIGN_IN + b"RCPT TO:<a@b.example>\r\n", "503 5.5.1"),
        (SIGN_IN + b"DATA\r\n", "503 5.5.1"),
        (BEGUN + b"MAIL FROM:<help@harbour.example>\r\n", "503 5.5.1"),
        (BEGUN + b"RCPT TO:a@b.example\r\n", "501 5.1.3"),
        (BEGUN + b"RCPT TO:<a@b.example>\r\n" * 100, "452 4.5.3"),
        (BEGUN + b"RSET\r\nDATA\r\n", "503 5.5.1"),
        (BEGUN + b"DATA\r\nFrom: a\nTo: b\r\n.\r\n", "550 5.6.11"),
        (BEGUN + b"DATA\r\nFrom: a\rTo: b\r\n.\r\n", "550 5.6.11"),
        (BEGUN + b"DATA\r\n" + b"x" * 999 + b"\r\n.\r\n", "554 5.6.0"),
        (b"QUIT\r\n", "221 2.0.0"),
    ],
)
async def test_the_grammar_of_smtp(mail: FakeEmail, said: bytes, last: str) -> None:
    assert (await said_by_hand(mail.port("smtp"), said))[-1].startswith(last)
    assert mail.sent == []


# -- reading -----------------------------------------------------------------------------------------------------------


async def by_imap(mail: FakeEmail, act: Callable[[imaplib.IMAP4], Given], folder: str = "INBOX") -> Given:
    def talk() -> Given:
        with imaplib.IMAP4("127.0.0.1", mail.port("imap"), timeout=5) as client:
            client.login(OWN, PASSWORD)
            if folder:
                assert client.select(folder)[0] == "OK"
            return act(client)

    return await asyncio.to_thread(talk)


def fetched(what: str, uids: str = "1:*") -> Callable[[imaplib.IMAP4], list[Any]]:
    return lambda client: client.uid("FETCH", uids, what)[1]


async def test_what_a_customer_writes_is_a_mail(mail: FakeEmail) -> None:
    customer = await uma(mail, "我的自行车呢？\n急")
    ((_, raw), _) = await by_imap(mail, fetched("(UID BODY.PEEK[])"))
    found = message_from_bytes(raw, policy=policy.default)
    assert found["From"].addresses[0].addr_spec == customer
    assert found["From"].addresses[0].display_name == "Uma Ö."
    assert (found["To"], found["Subject"], found["In-Reply-To"]) == (OWN, "我的自行车呢？", None)
    assert found.get_content() == "我的自行车呢？\r\n急\r\n"
    assert found.items()[2][0] == "Authentication-Results"
    assert "dmarc=pass header.from=mail.example" in found["Authentication-Results"]
    assert [defect for part in found.walk() for defect in part.defects] == []


async def test_an_answer_stands_in_its_thread_over_what_it_answers(mail: FakeEmail) -> None:
    customer = await uma(mail, "Bike?")
    first = mail.phones[customer].bubbles[0].key
    await by_smtp(mail, handing_over(letter(customer, "Ready.\nToday.", References=first), customer))
    mail.look()
    ours = mail.phones[customer].bubbles[1]
    await mail.says(customer, Text("Thanks!"))
    await mail.says(customer, Text("And this?"), quotes=1)
    ((_, raw), _, (_, other), _) = await by_imap(mail, fetched("(UID BODY.PEEK[])", "2,3"))
    found = message_from_bytes(raw, policy=policy.default)
    assert found["In-Reply-To"] == ours.key
    assert str(found["References"]).split() == [first, ours.key]
    assert found["Subject"] == "Re: 我的自行车"
    words = found.get_content().replace("\r\n", "\n")
    assert words.startswith("Thanks!\n\nOn Sun, 01 Mar 2026")
    assert words.endswith("wrote:\n> Ready.\n> Today.\n")
    assert message_from_bytes(other)["In-Reply-To"] == first


async def test_files_that_are_chosen_at_once_are_one_mail_with_its_parts(mail: FakeEmail) -> None:
    customer = await uma(mail)
    papers = [
        ("图.png", "image/png", PNG),
        ("", "text/plain", b"a\nb"),
        ("odd", "multipart/mixed", b"x"),
        ("odd", "no type", b""),
    ]
    files = [(File(MediaRef("", name, mime), name), body) for name, mime, body in papers]
    (bubble,) = await mail.says_together(customer, files)
    assert len(bubble.parts) == 4
    ((_, raw), _) = await by_imap(mail, fetched("(UID BODY.PEEK[])"))
    parts = list(message_from_bytes(raw, policy=policy.default).iter_attachments())
    assert [part.get_payload(decode=True) for part in parts] == [body for _, _, body in papers]
    other = "application/octet-stream"
    assert [part.get_content_type() for part in parts] == ["image/png", "text/plain", other, other]
    assert [part.get_filename() for part in parts] == ["图.png", "file", "odd", "odd"]
    for number, part in enumerate(parts, 1):
        answer = await by_imap(mail, fetched(f"(UID BODY.PEEK[{number}.MIME] BODY.PEEK[{number}]<0.100000>)"))
        (_, mime), (_, body), _ = answer
        alone = message_from_bytes(mime + body)
        assert (alone.get_payload(decode=True), alone.get_content_type()) == (
            part.get_payload(decode=True),
            part.get_content_type(),
        )
    with pytest.raises(Unable, match="location"):
        await mail.says_together(customer, [(Location(1, 2), b"")])
    with pytest.raises(Unable, match="no buttons"):
        mail.press(customer, bubble, Button("x", "x"))


def test_parts_within_parts() -> None:
    inner = b"Content-Type: multipart/x; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\nX: 1\r\n\r\ntwo\r\n--b--\r\n"
    whole = (
        b"Content-Type: multipart/x; boundary=a\r\n\r\nhm\r\n--a\r\n" + inner + b"--a\r\n\r\nlast\r\n--a--\r\nhm\r\n"
    )
    expected = {
        "1.1": b"one",
        "1.2": b"two",
        "1.2.MIME": b"X: 1\r\n\r\n",
        "2": b"last",
        "3": None,
        "1.3": None,
        "2.1": None,
    }
    assert {path: section(whole, path) for path in expected} == expected
    assert section(b"Subject: x\r\n\r\nwords\r\n", "1") == b"words\r\n"
    assert section(b"Subject: x\r\n\r\nwords\r\n", "1.1") is None
    assert section(b"Subject: x\r\n\r\nwords\r\n", "2") is None


async def test_mails_are_named_and_described(mail: FakeEmail) -> None:
    await uma(mail, "one", "two", "three")
    listed = await by_imap(mail, fetched("(UID RFC822.SIZE INTERNALDATE FLAGS)", "2:*"))
    sizes = [len(each.content) for each in mail.mailbox.mails.values()]
    when = '" 1-Mar-2026 12:00:00 +0000"'
    assert listed[0].decode() == f"2 (UID 2 RFC822.SIZE {sizes[1]} INTERNALDATE {when} FLAGS ())"
    for uids, expected in (("9:*", [3]), ("3:2", [2, 3]), ("1,3", [1, 3]), ("*", [3]), ("7", [])):
        answer = await by_imap(mail, fetched("(UID)", uids))
        assert [each for each in answer if each] == [f"{uid} (UID {uid})".encode() for uid in expected]
    ((_, some), _) = await by_imap(mail, fetched("(UID BODY.PEEK[]<5.10>)", "1"))
    assert some == mail.mailbox.mails[1].content[5:15]
    mail.mailbox.mails[3] = type(mail.mailbox.mails[3])(b"x", NOW + timedelta(days=2))
    assert await by_imap(mail, lambda client: client.uid("SEARCH", "SINCE 2-Mar-2026")[1]) == [b"3"]
    assert await by_imap(mail, lambda client: client.uid("SEARCH", "SINCE 1-Mar-2026")[1]) == [b"1 2 3"]


async def test_a_mail_is_seen_when_that_is_said_or_when_it_is_fetched_without_peek(mail: FakeEmail) -> None:
    await uma(mail, "one", "two")
    await by_imap(mail, lambda client: client.uid("STORE", "1", "+FLAGS.SILENT", "(\\Seen)"))
    assert mail.mailbox.seen == {1}
    await by_imap(mail, fetched("(BODY[])", "2"))
    assert mail.mailbox.seen == {1, 2}
    await by_imap(mail, lambda client: client.append("Sent", "(\\Seen)", "", b"From: a\r\n\r\nx\r\n"), "")
    assert [each.content for each in mail.folders["Sent"].mails.values()] == [b"From: a\r\n\r\nx\r\n"]


async def test_a_mail_is_read_once_more_is_asked_for(mail: FakeEmail) -> None:
    """Who breaks off after the bytes may not have kept them."""
    await uma(mail, "one")
    await said_by_hand(mail.port("imap"), OPEN + b"3 UID FETCH 1 (UID BODY.PEEK[])\r\n")
    assert not await mail.mailbox.until_read(1, 0.05)
    await by_imap(mail, lambda client: (client.uid("FETCH", "1", "(UID BODY.PEEK[])"), client.noop()))
    assert await mail.mailbox.until_read(1, 5)
    phone = await mail.joins("Kim")
    assert "nobody has read it" in (await mail.says(phone.customer, Text("hello?"))).trouble


IN = b"1 LOGIN help@harbour.example fake-mail-password\r\n"
OPEN = IN + b"2 EXAMINE INBOX\r\n"


@pytest.mark.parametrize(
    ("said", "last"),
    [
        (b'1 LOGIN "help@harbour.example" "wrong"\r\n', "1 NO [AUTHENTICATIONFAILED]"),
        (b"1 AUTHENTICATE PLAIN !\r\n", "1 NO [AUTHENTICATIONFAILED]"),
        (b"1 AUTHENTICATE LOGIN\r\n", "1 NO [CANNOT]"),
        (IN + IN, "1 BAD"),
        (b"1 SELECT INBOX\r\n", "1 BAD"),
        (IN + b"2 SELECT Nowhere\r\n", "2 NO [NONEXISTENT]"),
        (IN + b'2 SELECT "IN\r\n', "2 BAD"),
        (IN + b"2 SELECT\r\n", "2 BAD"),
        (IN + b"2 UID FETCH 1 (UID)\r\n", "2 BAD"),
        (IN + b"2 ID\r\n", "2 BAD"),
        (IN + b"2 select inbox\r\n", "2 OK [READ-WRITE]"),
        (OPEN + b"3 FETCH 1 (UID)\r\n", "3 BAD"),
        (OPEN + b"3 UID FETCH 1\r\n", "3 BAD"),
        (OPEN + b"3 UID FETCH 1 (ENVELOPE)\r\n", "3 BAD"),
        (OPEN + b"3 UID FETCH 1 (BODY.PEEK[TEXT])\r\n", "3 BAD"),
        (OPEN + b"3 UID FETCH one (UID)\r\n", "3 BAD"),
        (OPEN + b"3 UID FETCH 1 (BODY.PEEK[7])\r\n", "3 OK"),
        (OPEN + b"3 UID SEARCH ALL\r\n", "3 BAD"),
        (OPEN + b"3 UID STORE 1 +FLAGS.SILENT (\\Seen)\r\n", "3 BAD"),
        (OPEN + b"3 IDLE\r\nENOUGH\r\n", "3 BAD"),
        (OPEN + b"3 IDLE\r\nDONE\r\n", "3 OK"),
        (OPEN + b"3 APPEND Sent (\\Seen) {5}\r\nhello\r\n4 LOGOUT\r\n", "4 OK"),
        (OPEN + b"3 APPEND Sent (\\Draft) {5}\r\nhello\r\n", "3 BAD"),
        (OPEN + b"3 APPEND Sent (\\Seen) {99999999}\r\n", "2 OK"),
        (b"1 NOOP\n", "* OK"),
    ],
)
async def test_the_grammar_of_imap(mail: FakeEmail, said: bytes, last: str) -> None:
    await uma(mail, "one")
    assert (await said_by_hand(mail.port("imap"), said))[-1].startswith(last)


async def test_who_waits_is_told_and_who_has_an_old_numbering_is_cut_off(mail: FakeEmail) -> None:
    customer = await uma(mail, "one")
    reader, writer = await asyncio.open_connection("127.0.0.1", mail.port("imap"))
    writer.write(OPEN + b"3 IDLE\r\n")
    while await reader.readline() != b"+ idling\r\n":
        pass
    await mail.says(customer, Text("two"))
    assert await reader.readline() == b"* 2 EXISTS\r\n"
    before = mail.mailbox.uidvalidity
    mail.number_anew()
    assert await reader.readline() == b"* BYE The mailbox was numbered anew\r\n"
    assert await reader.read() == b""
    writer.close()
    assert (mail.mailbox.uidvalidity, list(mail.mailbox.mails)) == (before + 1, [100, 101])


async def test_a_command_can_be_refused_once(mail: FakeEmail) -> None:
    await uma(mail, "one")
    mail.refuse("UID FETCH", "NO [SERVERBUG] it is broken")
    first, second = await by_imap(mail, lambda client: [client.uid("FETCH", "1", "(UID)")[0] for _ in range(2)])
    assert (first, second) == ("NO", "OK")


async def test_a_push_is_the_mail_itself(mail: FakeEmail) -> None:
    customer = await uma(mail)
    content, part, id = mail.say(customer, Text("x"), b"", Ties())
    assert part == Text("x")
    assert id.encode() in bytes(content)  # type: ignore[call-overload]
    await mail.tell(content, again=False)
    await mail.tell(content, again=True)
    assert [each.content for each in mail.mailbox.mails.values()] == [content] * 2
