"""A mail as events. Pure: the bytes that the mailbox had, and where in it they were, are all that is needed.

The order matters. What servers report comes first, then what no human wrote; both are kept and never become a word of a
customer's, so that nothing of ours can answer them. All else is a message, however broken.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

import orjson

from adapters.email import html
from adapters.email.addresses import address_in, addresses_in
from adapters.email.automatic import kind_of, to_many
from adapters.email.bounces import Report, customer_of, reports_of, told_of
from adapters.email.charset import one_line
from adapters.email.config import EmailConfig
from adapters.email.content import Content, content_id, content_of, file_name, file_size, invitation
from adapters.email.mime import CHUNK, Part, parsed
from adapters.email.quotes import folded
from adapters.email.subjects import answered_by_subject, bare_subject
from adapters.email.threads import answered, canonical, holds, ids_in, references
from adapters.email.trust import proven
from channels import Copies, Request, Source
from channels.errors import Malformed
from channels.events import Author, MessageReceived, Received, StatusReported, Unknown
from channels.parts import Audio, File, Image, MediaRef, Opaque, Parts, Text, Video
from channels.parts import Part as Shown

_NOT_IN_NAMES = re.compile(r"[^\w .-]")
_PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp", "image/jpg", "image/pjpeg"})

MOST_COPIES = 50
WHOLE, DOCUMENT, HISTORY = "mail", "html", "text"  # what `fetch` gives besides the parts of a mail
NOT_GIVEN = "application/vnd.ucs.not-given+json"  # instead of a mail: which one the server does not give, and why
ALL_OF_IT = "0"  # in the place of a part: a mail that has none and is the file


def read(request: Request, config: EmailConfig) -> Iterator[Received]:
    """What a mail means. Raises `Malformed` for nothing at all."""
    if request.headers.get("content-type") == NOT_GIVEN:
        yield _not_given(request)
        return
    raw = request.source
    if not len(raw) or request.body.isspace():
        raise Malformed("The mail is empty.")
    mail = parsed(raw)
    id = _digest(raw)
    sender, name = address_in(mail.all("from"))
    if not sender:
        sender, name = address_in(mail.all("sender") or mail.all("return-path"))
    reports = reports_of(mail, sender)
    if reports is not None:
        yield from _reported(id, request, mail, reports, config)
        return
    customer = _customer(mail, sender, config)
    secret = config.mark_secret.get_secret_value()
    answers = answered(mail, config.address, customer, secret)
    ours = holds(answers, customer, secret)
    kind = kind_of(mail, config.address, customer, answers_us=ours) if customer else "no address"
    if kind:
        yield Unknown(id, request.at, customer, f"mail: {kind}", _shown(mail, sender))
        return
    yield _message(id, request, mail, sender, name, customer, answers, config)


def _customer(mail: Part, sender: str, config: EmailConfig) -> str:
    """Where an answer goes. Reply-To may name several: the sender's own address counts if it is among them, for that is the one that
    can be proven; else the first. One of ours never counts, or we would answer ourselves.
    https://www.rfc-editor.org/rfc/rfc5322#section-3.6.2"""
    own, wanted = _own(config), mail.all("reply-to")
    found = [canonical(each) for value in wanted for each in addresses_in(value)]
    first, _ = address_in(wanted)
    others = [each for each in dict.fromkeys([first, *found]) if each and not own.fullmatch(each)]
    return sender if sender in others else next(iter(others), sender)


def _own(config: EmailConfig) -> re.Pattern[str]:
    """The mailbox itself, under any of its marked addresses."""
    local, _, domain = config.address.lower().rpartition("@")
    return re.compile(rf"{re.escape(local)}(?:\+[^@]*)?@{re.escape(domain)}")


def _not_given(request: Request) -> Unknown:
    """Its number is all that there is of it, and is its own within a UIDVALIDITY."""
    try:
        said = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        raise Malformed("What should say which mail was not given cannot be read.") from None
    return Unknown(request.path, request.at, "", "mail: not given", said if isinstance(said, dict) else {})


def _digest(raw: Source) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for at in range(0, len(raw), CHUNK):
        digest.update(raw[at : at + CHUNK])
    return digest.hexdigest()


def _message(
    id: str, request: Request, mail: Part, sender: str, name: str, customer: str, answers: str, config: EmailConfig
) -> MessageReceived:
    own = ids_in([value.decode("utf-8", "replace") for value in mail.all("message-id")])
    message = own[0] if own else f"<{id}@{config.domain}>"
    subject = one_line(mail.header("subject"), 400)
    if not answers and config.threads_by_subject:
        answers = answered_by_subject(subject, request.at, config.mark_secret.get_secret_value())
    return MessageReceived(
        id=id,
        at=request.at,
        customer=customer,
        parts=_parts(mail, content_of(mail), subject, _place(request)) + _cut_off(mail, config.mail_limit),
        message=message,
        author=Author(sender, name) if sender != customer else None,
        reply_to=answers,
        name=name,
        fields={"subject": subject} if subject else {},
        thread=thread_token(mail, message, subject),
        copies=_copies(mail, {sender, customer}, config),
        proven=sender == customer and proven(mail, sender, config.trusted_server),
    )


def _copies(mail: Part, known: set[str], config: EmailConfig) -> Copies | None:
    """Who else it went to, or is to get the answer, as its sender says: beside the mailbox itself."""
    names, own = ("to", "cc", "reply-to"), _own(config)
    each_of = (value for name in names for value in mail.all(name))
    found = dict.fromkeys(canonical(each) for value in each_of for each in addresses_in(value))
    others = tuple(each for each in found if each not in known and not own.fullmatch(each))
    return Copies(others[:MOST_COPIES]) if others else None


def thread_token(mail: Part, message: str, subject: str) -> str:
    """What an answer needs: the ids of the thread and what it is about."""
    known = ids_in(
        value.decode("utf-8", "replace") for name in ("references", "in-reply-to") for value in mail.all(name)
    )
    said = {"message": message, "references": references(known, message), "subject": bare_subject(subject)}
    return orjson.dumps(said | ({"list": "yes"} if to_many(mail) else {})).decode()


def _place(request: Request) -> str:
    """Where the mail lies, `UIDVALIDITY.UID`: the last two steps of the path."""
    return ".".join(re.sub(r"[^0-9]", "", step) or "0" for step in request.path.split("/")[-2:])


def _parts(mail: Part, content: Content, subject: str, place: str) -> Parts:
    said = folded(content.shown, with_files=bool(content.files))
    shown: list[Shown] = []
    if said.new.strip():
        shown.append(Text(said.new.strip("\n")))
    for part in content.files:
        if part.mime == "text/calendar" and (words := invitation(part)):
            shown.append(Text(words))
        shown.append(_file(part, place))
    if content.has_html:
        shown.append(File(MediaRef(f"{place}/{DOCUMENT}", "mail.html", "text/html"), "mail.html", page=True))
    elif said.history:
        shown.append(File(MediaRef(f"{place}/{HISTORY}", "history.txt", "text/plain"), "history.txt"))
    if content.defects or content.cut:
        stem = one_line(_NOT_IN_NAMES.sub(" ", subject), 60).strip(". ")
        name = f"{stem or 'mail'}.eml"
        shown.append(File(MediaRef(f"{place}/{WHOLE}", name, "message/rfc822", len(mail.raw)), name))
    return tuple(shown) or (Opaque("empty mail", subject or "An empty mail"),)


def _cut_off(mail: Part, limit: int) -> Parts:
    """What an agent has to know who opens the last file of it. No longer mail is ever brought, so one of this length had more."""
    if len(mail.raw) < limit:
        return ()
    words = f"This mail is larger than {limit:,} bytes, and the rest was cut off: the last file or the end of the text is not whole."
    return (Opaque("cut mail", words),)


def _file(part: Part, place: str) -> Shown:
    name = file_name(part)
    media = MediaRef(f"{place}/{part.path or ALL_OF_IT}", name, part.mime, file_size(part))
    if part.mime in _PICTURES:
        return Image(media)
    if part.mime.startswith("audio/"):
        return Audio(media)
    return Video(media) if part.mime.startswith("video/") else File(media, name)


def _reported(id: str, request: Request, mail: Part, reports: list[Report], config: EmailConfig) -> Iterator[Received]:
    """A report counts if it names a mail of ours by its mark and the one who got it; anybody can write a report."""
    secret = config.mark_secret.get_secret_value()
    ours = [(report, customer) for report in reports if (customer := customer_of(report, secret))]
    told = [said for report, customer in ours if (said := told_of(report, customer))]
    for number, (customer, message, status, reason, code) in enumerate(told):
        about = f"{id}/{number}" if number else id
        yield StatusReported(about, request.at, customer, message, status, reason, code)
    if not told:
        kind = "mail: late" if any(report.status is None for report, _ in ours) else "mail: report"
        yield Unknown(id, request.at, ours[0][1] if ours else "", kind, _shown(mail, ""))


def _shown(mail: Part, sender: str) -> dict[str, str]:
    """What an admin sees of a mail that was kept aside."""
    said = {
        "from": sender or one_line(mail.header("from"), 200),
        "subject": one_line(mail.header("subject"), 200),
        "message_id": one_line(mail.header("message-id"), 200),
    }
    return {name: value for name, value in said.items() if value}


def document_of(mail: Part) -> str:
    """The mail as a harmless document with its own pictures in it."""
    content = content_of(mail)
    pictures = {
        content_id(part): (part.mime, part.content())
        for part in content.files
        if part.mime in _PICTURES and content_id(part) and part.end - part.start < 2 * html.PICTURES
    }
    return html.harmless(content.document, pictures)
