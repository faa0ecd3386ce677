"""What mail servers report of a mail of ours: not delivered, late, delivered, read. Pure. https://www.rfc-editor.org/rfc/rfc3464"""

from __future__ import annotations

import re

from adapters.email.charset import header_text, one_line
from adapters.email.mime import Part, parsed
from adapters.email.threads import canonical, holds, holds_forward
from channels.events import Status
from channels.value import value

_ID = re.compile(r"<[^<>\s]{1,900}>")
_CODE = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_REPLY = re.compile(r"\b([45]\d\d)\b")
_RECIPIENT = re.compile(r"(?:rfc822|utf-8)\s*;\s*<?([^<>\s;]+@[^<>\s;]+)>?", re.IGNORECASE)
# An address begins where its first word does, and no sign fits in two places: a mail full of @ takes no longer than another.
_WORD = r"[^\s<>\"'(),;:@]"
_ADDRESS = re.compile(rf"(?<!{_WORD}){_WORD}{{1,64}}@{_WORD[:-1]}.]{{1,63}}(?:\.{_WORD[:-1]}.]{{1,63}}){{1,20}}")
_SUBJECT = re.compile(
    r"undeliver|delivery status notification|delivery (?:has )?failed|mail delivery|returned mail|failure notice|unzustellbar"
    r"|系统退信|退信|投递失败|无法投递|傳遞失敗|無法傳遞|配信不能",
    re.IGNORECASE,
)
_DAEMON = re.compile(r"mailer-daemon|postmaster|mail delivery|邮件系统|系统管理员", re.IGNORECASE)
LOOKED_AT = 64 * 1024
ABOUT = "x-ucs-about"  # in a forwarded mail of ours: whose words it brings

_STATUS = {
    "failed": Status.FAILED,
    "delivered": Status.DELIVERED,
    "relayed": Status.DELIVERED,
    "expanded": Status.DELIVERED,
}


@value
class Report:
    """What became of `message` on its way to `recipient`. No status: it is late, and still tried. `to` is whom that mail was
    written to, `about` whose words it forwarded, as its own headers say that came back."""

    message: str
    recipient: str
    status: Status | None
    reason: str = ""
    code: str = ""
    to: str = ""
    about: str = ""


def reports_of(mail: Part, sender: str) -> list[Report] | None:
    """One for each recipient that is reported on; None for a mail that is no report. An empty list: a report about no mail of ours
    that could be found in it."""
    kind = mail.parameters.get("report-type", "").lower() if mail.mime == "multipart/report" else ""
    leaves = list(mail.leaves())
    for part in leaves:
        if part.mime in ("message/delivery-status", "message/global-delivery-status") or kind == "delivery-status":
            return _delivery(mail, leaves)
        if part.mime == "message/disposition-notification" or kind == "disposition-notification":
            return _disposition(leaves)
    if mail.mime != "multipart/report" and (_DAEMON.search(mail.header("from")) or not sender) and _looks_bounced(mail):
        return _unwritten(mail, leaves)
    return None


def customer_of(report: Report, secret: str) -> str:
    """In whose contact the reported mail was said: who got it, or whose words it forwarded, or who was written to where it is a copy
    that is reported on. Empty unless a mark of ours shows it."""
    if holds(report.message, report.recipient, secret):
        return report.recipient
    if report.about and holds_forward(report.message, report.about, secret):
        return report.about
    return report.to if report.to and holds(report.message, report.to, secret) else ""


def told_of(report: Report, customer: str) -> tuple[str, str, Status, str, str] | None:
    """What agents are told: the customer, the mail, how far it is, why, and the server's code. A copy that does not arrive is said of
    a mail that stays sent, for the customer has it; one that arrives is nothing to be told."""
    if report.status is None:
        return None
    reason = report.reason or f"The mail server of {report.recipient} reports it as {report.status}."
    failed = report.status is Status.FAILED
    if report.recipient == customer:
        return customer, report.message, report.status, reason if failed else "", report.code
    if report.about == customer:
        return customer, report.message, report.status, f"{report.recipient}: {reason}" if failed else "", report.code
    if not failed:
        return None
    return (
        customer,
        report.message,
        Status.SENT,
        f"The copy to {report.recipient} did not arrive: {reason}",
        report.code,
    )


def _looks_bounced(mail: Part) -> bool:
    return bool(mail.all("x-failed-recipients")) or _SUBJECT.search(mail.header("subject")) is not None


def _delivery(mail: Part, leaves: list[Part]) -> list[Report]:
    said = next((part for part in leaves if part.mime.endswith("delivery-status")), None)
    message, to, about = _original(leaves)
    if said is None or not message:
        return []
    found = []
    for fields in _blocks(said.content())[:100]:
        recipient = _RECIPIENT.search(fields.get("original-recipient", "")) or _RECIPIENT.search(
            fields.get("final-recipient", "")
        )
        if recipient is None:
            continue
        code = _CODE.search(fields.get("status", ""))
        status = _STATUS.get(fields.get("action", "").split("(")[0].strip().lower())
        reason = one_line(fields.get("diagnostic-code", "").partition(";")[2] or fields.get("diagnostic-code", ""), 500)
        if status is None and code and code[1].startswith("5"):
            status = Status.FAILED
        shown = code[1] if code else ""
        found.append(Report(message, canonical(recipient[1]), status, reason, shown, to, about))
    return found


def _disposition(leaves: list[Part]) -> list[Report]:
    """A read receipt. https://www.rfc-editor.org/rfc/rfc8098"""
    said = next((part for part in leaves if part.mime == "message/disposition-notification"), None)
    if said is None:
        return []
    fields: dict[str, str] = {}
    for block in _blocks(said.content()):
        fields |= block
    message = _ID.search(fields.get("original-message-id", ""))
    recipient = _RECIPIENT.search(fields.get("original-recipient", "") or fields.get("final-recipient", ""))
    if message is None or recipient is None or "displayed" not in fields.get("disposition", "").lower():
        return []
    return [Report(message[0], canonical(recipient[1]), Status.READ)]


def _unwritten(mail: Part, leaves: list[Part]) -> list[Report]:
    """A bounce in words: qmail, and Asian providers. Its message must be one that is named in it."""
    words = "\n".join(part.text[:LOOKED_AT] for part in leaves[:5] if part.mime.startswith("text/"))
    message, to, about = _original(leaves)
    message = message or _first_id(words)
    failed = mail.header("x-failed-recipients") or words
    own = next((found for found in _ADDRESS.findall(failed) if not _DAEMON.search(found)), "")
    if not message or not own:
        return []
    code, reply = _CODE.search(words), _REPLY.search(words)
    said = code[1] if code else reply[1] if reply else ""
    reason = next((one_line(line, 500) for line in words.split("\n") if said and said in line), mail.header("subject"))
    return [Report(message, canonical(own), Status.FAILED, reason, said, to, about)]


def _first_id(words: str) -> str:
    found = re.search(r"message-id:\s*(<[^<>\s]{1,900}>)", words, re.IGNORECASE)
    return found[1] if found else ""


def _original(leaves: list[Part]) -> tuple[str, str, str]:
    """Of the mail that comes back with the report: its Message-ID, whom it was written to, and whose words it forwarded."""
    for part in leaves:
        if part.mime in ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"):
            own = parsed(part.content()[:LOOKED_AT] + b"\r\n\r\n")
            if found := _ID.search(own.header("message-id")):
                to = _ADDRESS.search(own.header("to"))
                return found[0], canonical(to[0]) if to else "", canonical(own.header(ABOUT).strip())
    return "", "", ""


def _blocks(content: bytes) -> list[dict[str, str]]:
    """Groups of fields, separated by empty lines."""
    blocks = re.split(rb"(?:\r?\n){2,}", content[:LOOKED_AT].strip())
    return [
        {name: header_text(value) for name, value in reversed(parsed(block + b"\r\n\r\n").headers)} for block in blocks
    ]
