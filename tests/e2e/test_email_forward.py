"""A customer's mail goes on to a workshop: the whole server, Dovecot and a relay. A refusal, a bounce and the workshop's own answer
come back, and the customer hears of none of it."""

from __future__ import annotations

import email
import email.policy
import os
import ssl
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from adapters.email.mails_of_the_tests import ANN, OWN, multi, part, whole
from tests.e2e.mail.dovecot import FOUND, Dovecot
from tests.e2e.mail.relay import Relay
from tests.e2e.served import Desk, Served, until
from tests.e2e.test_email_story import center_for

pytestmark = pytest.mark.skipif(
    FOUND is None, reason="there is no Dovecot: apt-get install dovecot-imapd dovecot-lmtpd"
)
WORKSHOP, LAW = "workshop@repair.example", "law@firm.example"
BILL = b"a,b\r\n1,2\r\n"


async def test_a_mail_is_forwarded_and_what_comes_of_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Dovecot(OWN) as dovecot:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(dovecot.folder / "cert.pem", dovecot.folder / "key.pem")
        monkeypatch.setitem(os.environ, "SSL_CERT_FILE", str(dovecot.folder / "cert.pem"))
        async with Relay(OWN, tls) as relay, Served(tmp_path, center_for(tmp_path, dovecot, relay.port)) as server:
            desk = await server.desk("ann")
            await desk.listen()
            await desk.ready()
            heard = await _a_mail(desk, dovecot)
            sent = await _goes_to_the_workshop(server, desk, relay, heard)
            await _goes_to_nobody_if_one_is_refused(desk, relay, heard)
            await _comes_back(desk, dovecot, heard["contact"], sent)
            await _is_answered(desk, dovecot, heard["contact"], str(sent["Message-ID"]))


async def _a_mail(desk: Desk, dovecot: Dovecot) -> dict[str, Any]:
    words = part(b"The brake squeaks.", "Content-Type: text/plain")
    looks = part(b"<p>The <b>brake</b> squeaks.</p>", "Content-Type: text/html")
    bill = part(BILL, "Content-Type: text/csv; name=bill.csv", "Content-Disposition: attachment")
    mixed = multi("mixed", multi("alternative", words, looks, mark="b1"), bill)
    await dovecot.deliver(whole(mixed, "Subject: Re: 我的自行车", "References: <c0@mail.example>"))
    contact = await desk.offered()
    await desk.open(contact)
    await desk.act(contact, "accept")
    await desk.until(lambda: len(desk.heard(contact, "media")) == 2, 15)
    (heard,) = desk.heard(contact, "message", "customer")
    return heard


async def _goes_to_the_workshop(server: Served, desk: Desk, relay: Relay, heard: dict[str, Any]) -> EmailMessage:
    contact, seq = heard["contact"], heard["seq"]
    bill = next(each["media"] for each in heard["body"]["parts"] if each.get("name") == "bill.csv")
    body = {"id": "forward-0001", "of": seq, "recipients": [WORKSHOP], "note": "请看一下。", "along": [bill]}
    of = (await desk.act(contact, "forward", **body))["seq"]
    again = await desk.act(contact, "forward", **body)
    assert (again["seq"], again["again"]) == (of, True)
    await until(lambda: relay.mails, 15, lambda: server.output)
    await desk.until(lambda: _statuses(desk, contact, of), 15)
    assert [each["status"] for each in _statuses(desk, contact, of)] == ["sent"]
    (taken,) = relay.mails
    assert taken.recipients == (WORKSHOP,)
    found = email.message_from_bytes(taken.content, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    assert found["Subject"] == "Fwd: 我的自行车"
    assert not {"In-Reply-To", "References", "Auto-Submitted", "Reply-To"} & set(found.keys())
    words = found.get_body(("plain",))
    assert words is not None
    text = words.get_content()
    assert text.startswith("请看一下。")
    assert f"<{ANN}>" in text
    assert "The brake squeaks." in text
    files = [each for each in found.iter_attachments() if each.get_filename()]
    assert [(each.get_filename(), each.get_payload(decode=True)) for each in files] == [("bill.csv", BILL)]
    return found


async def _goes_to_nobody_if_one_is_refused(desk: Desk, relay: Relay, heard: dict[str, Any]) -> None:
    contact = heard["contact"]
    relay.to[LAW] = "550 5.1.1 nobody"
    body = {"id": "forward-0002", "of": heard["seq"], "recipients": [WORKSHOP, LAW]}
    of = (await desk.act(contact, "forward", **body))["seq"]
    await desk.until(lambda: _statuses(desk, contact, of), 15)
    (failed,) = _statuses(desk, contact, of)
    assert (failed["status"], failed["code"]) == ("failed", "550 5.1.1")
    assert LAW in failed["reason"]
    assert len(relay.mails) == 1
    del relay.to[LAW]
    await desk.act(contact, "send-again", of=of)
    await desk.until(lambda: [each for each in _statuses(desk, contact, of) if each["status"] == "sent"], 15)
    assert relay.mails[1].recipients == (WORKSHOP, LAW)


async def _comes_back(desk: Desk, dovecot: Dovecot, contact: str, sent: EmailMessage) -> None:
    """The workshop's server reports that its box is full: said in the customer's contact, of the line that forwarded it."""
    headers = "\r\n".join(f"{name}: {sent[name]}" for name in ("To", "Message-ID", "X-UCS-About")).encode()
    report = multi(
        "report",
        part(b"Sorry.", "Content-Type: text/plain"),
        part(
            f"Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; {WORKSHOP}\r\nAction: failed\r\nStatus: 5.2.2\r\n".encode()
            + b"Diagnostic-Code: smtp; 552 5.2.2 mailbox full",
            "Content-Type: message/delivery-status",
        ),
        part(headers, "Content-Type: text/rfc822-headers"),
        extra="; report-type=delivery-status",
    )
    await dovecot.deliver(whole(report, sender="MAILER-DAEMON@repair.example"))
    first = desk.heard(contact, "forwarded")[0]["seq"]
    await desk.until(lambda: [each for each in _statuses(desk, contact, first) if each["status"] == "failed"], 15)
    failed = _statuses(desk, contact, first)[-1]
    assert (failed["code"], failed["reason"]) == ("5.2.2", f"{WORKSHOP}: 552 5.2.2 mailbox full")


async def _is_answered(desk: Desk, dovecot: Dovecot, contact: str, message: str) -> None:
    """The workshop's answer is a contact of the workshop's, beside the customer's and not in it."""
    answer = whole(
        part(b"By Friday.", "Content-Type: text/plain"),
        "Subject: Re: Fwd: bike",
        f"In-Reply-To: {message}",
        sender=WORKSHOP,
    )
    await dovecot.deliver(answer)
    other = await desk.offered(but=(contact,))
    await desk.open(other)
    (heard,) = desk.heard(other, "message", "customer")
    assert heard["body"]["parts"][0]["text"] == "By Friday."
    assert len(desk.heard(contact, "message", "customer")) == 1


def _statuses(desk: Desk, contact: str, of: int) -> list[dict[str, Any]]:
    return [each["body"] for each in desk.heard(contact, "status") if each["body"]["of"] == of]
