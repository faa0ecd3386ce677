"""What a fake mail provider knows, and how it can be made to fail. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from channels.value import value

PROVIDER = "mx.harbour.example"
OWN = "help@harbour.example"
CUSTOMERS = "mail.example"  # the domain that all customers have their mailboxes at
PASSWORD = "fake-mail-password"
MARK_SECRET = "fake-mail-mark-secret"


class Fault(StrEnum):
    """What can be made to go wrong with the next mail of ours."""

    LOST_ANSWER = "lost answer"  # the mail is taken, and the line breaks before that is said
    LOST_REQUEST = "lost request"  # the line breaks while the mail comes
    BOUNCE = "bounce"  # it is taken, and a report comes back that the customer's mailbox is full


class Stage(StrEnum):
    """Where in a mail something can go wrong."""

    RECIPIENT = "recipient"
    COMING = "coming"
    DOT = "dot"
    TAKEN = "taken"


FAULTS: Mapping[str, str] = {
    Fault.LOST_ANSWER: "the mail is taken, and the answer lost",
    Fault.LOST_REQUEST: "the line breaks while the mail comes",
    Fault.BOUNCE: "the mail is taken, and comes back: the mailbox is full",
}

# How the next mail can be made to be refused: the code, a server's words, and when it says them.
# https://www.rfc-editor.org/rfc/rfc5321#section-4.2.3, https://www.rfc-editor.org/rfc/rfc3463 and providers' own pages, as
# https://support.google.com/a/answer/3726730
REFUSALS: Mapping[str, tuple[str, Stage]] = {
    "421": ("421 Service closing transmission channel", Stage.RECIPIENT),
    "421 4.7.0": ("421 4.7.0 Too many connections from your address", Stage.RECIPIENT),
    "450": ("450 4.2.0 Mailbox busy", Stage.RECIPIENT),
    "450 4.2.1": ("450 4.2.1 The receiver gets mail too quickly", Stage.RECIPIENT),
    "451": ("451 4.3.0 Local error in processing", Stage.DOT),
    "451 4.7.1": ("451 4.7.1 Greylisted, come again in five minutes", Stage.RECIPIENT),
    "452": ("452 4.3.1 Insufficient system storage", Stage.DOT),
    "452 4.5.3": ("452 4.5.3 Too many recipients", Stage.RECIPIENT),
    "454": ("454 4.7.0 Temporary authentication failure", Stage.RECIPIENT),
    "500": ("500 5.5.2 Command unrecognized", Stage.RECIPIENT),
    "501": ("501 5.5.4 Syntax error in parameters", Stage.RECIPIENT),
    "503": ("503 5.5.1 Bad sequence of commands", Stage.RECIPIENT),
    "504": ("504 5.5.4 Parameter not implemented", Stage.RECIPIENT),
    "530": ("530 5.7.0 Authentication required", Stage.RECIPIENT),
    "535": ("535 5.7.8 Credentials no longer accepted", Stage.RECIPIENT),
    "550": ("550 5.7.1 Refused by policy", Stage.DOT),
    "550 5.1.1": ("550 5.1.1 No such mailbox", Stage.RECIPIENT),
    "550 5.4.5": ("550 5.4.5 Daily sending limit exceeded", Stage.RECIPIENT),
    "551": ("551 5.1.6 User has moved", Stage.RECIPIENT),
    "552": ("552 5.3.4 Message too big", Stage.DOT),
    "553": ("553 5.1.3 Mailbox name not allowed", Stage.RECIPIENT),
    "554": ("554 5.6.0 Transaction failed", Stage.DOT),
    "555": ("555 5.5.4 Parameters not recognized", Stage.RECIPIENT),
}
SHOWN = {code: words.removeprefix(code).strip() for code, (words, _) in REFUSALS.items()}
STAGES: Mapping[str, Stage] = {
    Fault.LOST_ANSWER: Stage.DOT,
    Fault.LOST_REQUEST: Stage.COMING,
    Fault.BOUNCE: Stage.TAKEN,
    **{code: stage for code, (_, stage) in REFUSALS.items()},
}


@value
class Sent:
    """A mail of ours that was taken, with those it was for."""

    recipients: tuple[str, ...]
    content: bytes
