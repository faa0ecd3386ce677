"""A customer's mail on its way to somebody else: a mail of our own, with the customer's words below the agent's. Pure.

It is written anew and not attached as it came: the original's headers name mails of ours by their marks, which are nobody's business
but the customer's, and it would bring what the desk keeps back (a masked word, an earlier letter). It stands in no thread of the
customer's. An answer goes to the mailbox, or to `forward_reply_to`, and is its sender's own.
"""

from __future__ import annotations

from collections.abc import Iterable

from adapters.email.config import EmailConfig
from adapters.email.outbound import SUBJECT, Draft, about_of, date_line, mailbox, recipient_of, words_of
from adapters.email.threads import forward_mark_of, message_id
from channels import Forward, MediaLink

ABOUT = "X-UCS-About"  # whose words it brings: a bounce gives the header back (`bounces.py`), and nothing else in it would say so
ABOVE = "---------- Forwarded message ----------"


def forward_draft(message: Forward, config: EmailConfig, links: Iterable[MediaLink]) -> Draft:
    """The mail before its files are read. No machine wrote it, so nothing in it says so."""
    mark = forward_mark_of(message.key, message.customer, config.mark_secret.get_secret_value())
    own = message_id(mark, config.address)
    recipients = tuple(dict.fromkeys(recipient_of(each) for each in message.recipients))
    headers = [
        ("From", mailbox(config.name, config.address)),
        ("To", ", ".join(f"<{each}>" for each in recipients)),
        ("Subject", f"Fwd: {about_of(message.thread) or config.subject}"[:SUBJECT]),
        ("Date", date_line(message.at)),
        ("Message-ID", own),
        *([("Reply-To", f"<{config.forward_reply_to}>")] if config.forward_reply_to else []),
        *([(ABOUT, message.customer)] if message.customer.isascii() else []),
        ("X-UCS-Loop", config.address),
    ]
    return Draft(recipients, own, tuple(headers), _text(message, config, links), f"={mark[:26]}")


def _text(message: Forward, config: EmailConfig, links: Iterable[MediaLink]) -> str:
    """The note and who we are; then what the customer said, below whose words they are."""
    ours = [message.note, config.signature]  # without the line of two dashes, below which clients fold everything away
    about = about_of(message.thread)
    named = " ".join(filter(None, (message.name, f"<{message.customer}>")))
    head = [ABOVE, f"From: {named}", f"Date: {date_line(message.said_at)}", *([f"Subject: {about}"] if about else [])]
    return "\n\n".join(filter(None, [*ours, "\n".join(head), words_of(message.parts, links)]))
