"""A customer who writes mails, and an agent: the whole server, Dovecot and a relay, over real sockets on all sides."""

from __future__ import annotations

import base64
import email
import email.policy
import os
import random
import ssl
from pathlib import Path
from typing import Any

import pytest

from adapters.email.mails_of_the_tests import ANN, OWN, SECRET, mail, multi, part, whole
from tests.e2e.mail.dovecot import FOUND, PASSWORD, Dovecot
from tests.e2e.mail.relay import Relay
from tests.e2e.served import PASSWORD as DESK_PASSWORD
from tests.e2e.served import Desk, Served, secret, until

pytestmark = pytest.mark.skipif(
    FOUND is None, reason="there is no Dovecot: apt-get install dovecot-imapd dovecot-lmtpd"
)
CENTER = """
[acme.queue.support]
name = "Support"
[acme.agent.ann]
name = "Ann"
password = "{desk}"
skills = {{ support = 9 }}
[acme.channel.mail]
adapter = "email"
queue = "support"
[acme.channel.mail.config]
address = "{own}"
mark_secret = "{mark}"
password = "{password}"
imap_host = "localhost"
imap_port = {imap}
imap_security = "starttls"
smtp_host = "localhost"
smtp_port = {smtp}
smtp_security = "starttls"
trusted_server = "mx.shop.example"
threads_by_subject = true
read_all = true
"""


def center_for(folder: Path, dovecot: Dovecot, smtp: int) -> str:
    """A center with this mailbox."""
    mark, password = secret(folder, "mark", SECRET), secret(folder, "password", PASSWORD)
    return CENTER.format(desk=DESK_PASSWORD, own=OWN, mark=mark, password=password, imap=dovecot.imap, smtp=smtp)


async def test_a_mail_is_answered_in_its_thread_and_a_bounce_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Dovecot(OWN) as dovecot:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(dovecot.folder / "cert.pem", dovecot.folder / "key.pem")
        monkeypatch.setitem(os.environ, "SSL_CERT_FILE", str(dovecot.folder / "cert.pem"))
        async with Relay(OWN, tls) as relay, Served(tmp_path, center_for(tmp_path, dovecot, relay.port)) as server:
            await _story(server, dovecot, relay)


async def _is_shown_in_a_frame(server: Served, desk: Desk, heard: dict[str, Any]) -> None:
    """The mail as it was written: under the policy that shuts everything off, and with nothing in it that loads."""
    page = heard["body"]["parts"][2]
    assert page["page"] is True
    place = f"?contact={heard['contact']}&seq={heard['seq']}"
    links = (await server.ask("GET", f"/desk/media/{page['media']}{place}", desk.token))["links"]
    async with server.session.get(server.url + links["page"]) as answer:
        assert answer.headers["Content-Security-Policy"].startswith("sandbox allow-popups")
        document = await answer.text()
    assert "Is my <b>bike</b> ready?" in document
    assert 'data-remote="https://x.example/1.png"' in document


async def _story(server: Served, dovecot: Dovecot, relay: Relay) -> None:
    desk = await server.desk("ann")
    await desk.listen()
    await desk.ready()
    hello = part(b"Is my bike ready?", "Content-Type: text/plain")
    looks = part(b"<p>Is my <b>bike</b> ready?<img src='https://x.example/1.png'></p>", "Content-Type: text/html")
    bill = part(b"a,b\r\n1,2\r\n", "Content-Type: text/csv; name=bill.csv", "Content-Disposition: attachment")
    await dovecot.deliver(
        mail("Auto-Submitted: auto-replied", "Message-ID: <auto@x.example>"),
        whole(
            multi("mixed", multi("alternative", hello, looks, mark="b1"), bill),
            "Subject: Re: 我的自行车",
            "Cc: Carol <carol@mail.example>",
        ),
    )

    # The mail is a contact with its file; the auto-reply is none.
    contact = await desk.offered()
    await desk.open(contact)
    (heard,) = desk.heard(contact, "message", "customer")
    assert [each["type"] for each in heard["body"]["parts"]] == ["text", "file", "file"]
    assert heard["body"]["copies"]["cc"] == ["carol@mail.example"]
    await desk.act(contact, "accept")
    await desk.until(lambda: len(desk.heard(contact, "media")) == 2, 15)
    assert all(each["body"]["ready"] for each in desk.heard(contact, "media"))
    await _is_shown_in_a_frame(server, desk, heard)
    assert "thread" not in heard["body"]

    # The answer stands in the thread.
    parts = [{"type": "text", "text": "It is ready."}]
    copies = {"cc": ["carol@mail.example"], "bcc": ["boss@shop.example"]}
    seq = (await desk.act(contact, "messages", id="ann-0001", parts=parts, copies=copies))["seq"]
    await until(lambda: relay.mails, 15, lambda: server.output)
    sent = email.message_from_bytes(relay.mails[0].content, policy=email.policy.default)
    assert (sent["Subject"], sent["In-Reply-To"]) == ("Re: 我的自行车", "<c1@mail.example>")
    assert relay.mails[0].recipients == (ANN, "carol@mail.example", "boss@shop.example")
    assert (sent["Cc"], sent["Bcc"]) == ("carol@mail.example", None)

    # It comes back, and the agent is told why.
    report = multi(
        "report",
        part(b"Sorry.", "Content-Type: text/plain"),
        part(
            b"Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; ann@mail.example\r\nAction: failed\r\nStatus: 5.2.2\r\n"
            b"Diagnostic-Code: smtp; 552 5.2.2 mailbox full",
            "Content-Type: message/delivery-status",
        ),
        part(f"Message-ID: {sent['Message-ID']}".encode(), "Content-Type: text/rfc822-headers"),
        extra="; report-type=delivery-status",
    )
    await dovecot.deliver(whole(report, sender="MAILER-DAEMON@mail.example"))
    await desk.until(lambda: [each for each in desk.heard(contact, "status") if each["body"]["status"] == "failed"], 15)
    (failed,) = [each["body"] for each in desk.heard(contact, "status") if each["body"]["status"] == "failed"]
    assert (failed["of"], failed["code"], failed["reason"]) == (seq, "5.2.2", "552 5.2.2 mailbox full")
    await _a_copy_makes_nobody_the_customer(dovecot, desk, contact, str(sent["Message-ID"]), seq)
    await _a_subject_is_an_answer_to_what_was_said_to_its_sender(dovecot, desk, contact, seq)


async def _a_copy_makes_nobody_the_customer(dovecot: Dovecot, desk: Desk, contact: str, mark: str, seq: int) -> None:
    """Carol got the mail: who answers is a customer of her own. And whoever forges Ann's address with it is not vouched for."""
    vouched = "Authentication-Results: mx.shop.example; dmarc={} header.from=mail.example"
    await dovecot.deliver(
        mail(
            vouched.format("pass"), f"In-Reply-To: {mark}", "Message-ID: <k1@mail.example>", sender="carol@mail.example"
        )
    )
    other = await desk.offered(but=(contact,))
    assert await _identities(desk, other) == [("carol@mail.example", True)]
    (line,) = desk.heard(other, "message", "customer")
    assert "reply_to" not in line["body"]
    for result in ("pass", "fail"):
        answer = mail(vouched.format(result), f"In-Reply-To: {mark}", f"Message-ID: <{result}@mail.example>")
        heard = await _heard(dovecot, desk, contact, answer)
        assert heard["body"]["reply_to"] == seq
        assert await _identities(desk, contact) == [(ANN, result == "pass")]


async def _a_subject_is_an_answer_to_what_was_said_to_its_sender(
    dovecot: Dovecot, desk: Desk, contact: str, seq: int
) -> None:
    """Ann's client drops every header, and the subject is enough. Whoever else writes under it answers nothing of hers."""
    for subject, of in (("回复：Re: 我的自行车", seq), ("Re: 我的车", None), ("我的自行车", None)):
        heard = await _heard(dovecot, desk, contact, mail(f"Subject: {subject}".encode(), "Message-ID: <s@x.example>"))
        assert heard["body"].get("reply_to") == of
    known = tuple(desk.contacts)
    await dovecot.deliver(mail("Subject: 回复：Re: 我的自行车".encode(), sender="eve@evil.example"))
    other = await desk.offered(but=known)
    await desk.open(other)
    (line,) = desk.heard(other, "message", "customer")
    assert "reply_to" not in line["body"]


async def _heard(dovecot: Dovecot, desk: Desk, contact: str, raw: bytes) -> dict[str, Any]:
    """The line that this mail of the customer's becomes."""
    known = len(desk.heard(contact, "message", "customer"))
    await dovecot.deliver(raw)
    await desk.until(lambda: len(desk.heard(contact, "message", "customer")) > known, 15)
    return desk.heard(contact, "message", "customer")[-1]


async def _identities(desk: Desk, contact: str) -> list[tuple[str, bool]]:
    found = (await desk.open(contact))["customer"]["identities"]
    return [(each["address"], each["proven"]) for each in found]


MEGABYTES = 25


async def test_a_mail_of_25_megabytes_takes_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the mailbox to the file that the agent sees: it is kept, read and decoded in pieces."""
    content = random.Random(1).randbytes(MEGABYTES * 2**20 * 57 // 78)
    packed = base64.encodebytes(content).replace(b"\n", b"\r\n")
    file = part(packed, "Content-Type: application/pdf; name=plan.pdf", "Content-Transfer-Encoding: base64")
    large = whole(multi("mixed", part(b"See this.", "Content-Type: text/plain"), file), "Message-ID: <large@x.example>")
    async with Dovecot(OWN) as dovecot:
        monkeypatch.setitem(os.environ, "SSL_CERT_FILE", str(dovecot.folder / "cert.pem"))
        async with Served(tmp_path, center_for(tmp_path, dovecot, 25)) as server:
            desk = await server.desk("ann")
            await desk.listen()
            await desk.ready()
            bill = part(b"a,b\r\n1,2\r\n", "Content-Type: text/csv; name=bill.csv", "Content-Disposition: attachment")
            small = part(b"First.", "Content-Type: text/plain")
            await dovecot.deliver(whole(multi("mixed", small, bill), "Message-ID: <first@x.example>"))
            contact = await desk.offered()
            await desk.open(contact)
            await desk.until(lambda: desk.heard(contact, "media"), 15)
            before = server.peak_mb
            await dovecot.deliver(large)
            await desk.until(lambda: len(desk.heard(contact, "media")) == 2, 30)
            settled = desk.heard(contact, "media")[1]["body"]
            assert (settled["ready"], settled["size"], settled["name"]) == (True, len(content), "plan.pdf")
            assert server.peak_mb - before < 1.5 * MEGABYTES
