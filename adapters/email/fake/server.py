"""The fake provider: its two hosts, the mailbox, and the customers who write to it and get our mails."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

from adapters.email.fake.checking import checked
from adapters.email.fake.folders import Folder
from adapters.email.fake.imap import ImapTalk
from adapters.email.fake.mails import GIVES, Letter, bounce, keyed, read, shown, subject_of, written
from adapters.email.fake.smtp import Refused, SmtpTalk
from adapters.email.fake.state import (
    CUSTOMERS,
    FAULTS,
    MARK_SECRET,
    OWN,
    PASSWORD,
    PROVIDER,
    SHOWN,
    STAGES,
    Sent,
    Stage,
)
from channels.fake import Arrival, Bubble, FakePlatform, Kept, Phone, Ties, Unable, numbers
from channels.fake.hosts import HOST, Host
from channels.parts import Button, Part

FULL = ("5.2.2", "mailbox full")
GONE = ("5.1.1", "no such mailbox")


def _now() -> datetime:
    return datetime.now(UTC)


class FakeEmail(FakePlatform):
    """One mailbox at a provider, and customers at another. Use it as `async with FakeEmail() as mail`.

    `mailbox` is what is read, `sent` what was taken from us. `spoil` makes the next mail go wrong, `refuse` an IMAP command. Mail is
    not brought to us: a customer's mail is on its way until somebody has read it and asked for more, and after `patience` seconds it
    has not been read.
    """

    title = "Email"
    colours = ("#5b4bb7", "#f1eff8", "#dfd9fb")
    gives = GIVES
    faults = FAULTS
    refusals = SHOWN
    quoting = GIVES
    quoted = GIVES

    def __init__(self, *, clock: Callable[[], datetime] = _now) -> None:
        super().__init__()
        self.patience = 20.0
        self.folders = {"INBOX": Folder(), "Sent": Folder()}
        self.sent: list[Sent] = []
        self._clock = clock
        self._numbers = numbers()
        self._spoiled: list[str] = []
        self._refused: list[tuple[str, str]] = []
        self._mails: dict[str, EmailMessage] = {}  # by their id
        self._newest: dict[str, str] = {}  # of each customer, the id of the mail that they answer
        self._files: dict[str, Kept] = {}
        self._arrived: list[Arrival] = []

    @property
    def mailbox(self) -> Folder:
        return self.folders["INBOX"]

    def hosts(self) -> Mapping[str, Host]:
        return {
            "imap": lambda reader, writer: ImapTalk(self, reader, writer).talk(),
            "smtp": lambda reader, writer: SmtpTalk(self, reader, writer).talk(),
        }

    # -- how it goes wrong ---------------------------------------------------------------------------------------------

    def spoil(self, fault: str) -> None:
        self._spoiled.append(fault)

    def refuse(self, verb: str, answer: str) -> None:
        """The next command of this name is answered like this, as `NO [UNAVAILABLE] later`."""
        self._refused.append((verb, answer))

    def number_anew(self) -> None:
        self.folders["INBOX"] = self.mailbox.numbered_anew()

    def strikes(self, stage: Stage) -> str:
        """What goes wrong here now, if it is this that was to."""
        if self._spoiled and STAGES[self._spoiled[0]] is stage:
            return self._spoiled.pop(0)
        return ""

    def answers(self, verb: str) -> str:
        found = next((each for each in self._refused if each[0] == verb), None)
        if found is None:
            return ""
        self._refused.remove(found)
        return found[1]

    # -- the customers' side -------------------------------------------------------------------------------------------

    def settings(self) -> dict[str, Any]:
        box = {"address": OWN, "name": "Harbour Bikes", "password": PASSWORD, "mark_secret": MARK_SECRET}
        imap = {"imap_host": HOST, "imap_port": self.port("imap"), "imap_security": "none"}
        smtp = {"smtp_host": HOST, "smtp_port": self.port("smtp"), "smtp_security": "none"}
        return box | imap | smtp | {"trusted_server": PROVIDER, "sent_folder": "Sent", "read_all": True}

    def settle(self, name: str) -> tuple[str, object | None]:
        """A mailbox of one's own; nobody is told of it."""
        letters = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        return f"{letters or 'customer'}.{next(self._numbers)}@{CUSTOMERS}", None

    def say(self, customer: str, part: Part, body: bytes, ties: Ties) -> tuple[object, Part, str]:
        content, (shown_part,), id = self._write(customer, [(part, body)], ties.quotes)
        return content, shown_part, id

    def _said_together(self, phone: Phone, files: Sequence[tuple[Part, bytes]]) -> list[tuple[Bubble, object]]:
        """All in one mail."""
        if foreign := [part.type for part, _ in files if part.type not in GIVES]:
            raise Unable(f"In a mail there is nothing of this kind ({foreign[0]}).")
        content, parts, id = self._write(phone.customer, files, "")
        return [(phone.add("customer", parts, id), content)]

    def _write(
        self, customer: str, parts: Sequence[tuple[Part, bytes]], quotes: str
    ) -> tuple[bytes, tuple[Part, ...], str]:
        """A mail: an answer to the one that is quoted, else to the newest of ours, as people do who go on writing."""
        id = f"<{next(self._numbers)}@{CUSTOMERS}>"
        answers = self._mails.get(quotes or self._newest.get(customer, ""))
        begun = str(answers["Subject"]) if answers is not None else subject_of(part for part, _ in parts)
        subject = f"Re: {begun.removeprefix('Re: ')}" if answers is not None else begun
        letter = Letter(self.phones[customer].name, customer, self._clock(), id, subject, answers)
        content = written(letter, parts)
        self._mails[id] = read(content)
        shown_parts = []
        for number, (part, body) in enumerate(parts):
            key = f"{id}/{number}"
            shown_parts.append(keyed(part, key, body))
            self._files[key] = Kept(body, getattr(getattr(part, "media", None), "mime", ""))
        return content, tuple(shown_parts), id

    def press(self, customer: str, bubble: Bubble, button: Button) -> object | None:
        raise Unable("There are no buttons in a mail.")

    def follow(self, customer: str, follows: bool) -> object | None:
        """Gives the mailbox up, or has it again; nobody is told of that either, but mails come back."""
        return None

    async def tell(self, push: object, *, again: bool) -> str:
        uid = self.mailbox.add(bytes(push), self._clock())  # type: ignore[call-overload]
        if await self.mailbox.until_read(uid, self.patience):
            return ""
        return f"it lies in the mailbox, and nobody has read it for {self.patience:g} seconds"

    def arrivals(self) -> Iterator[Arrival]:
        arrived, self._arrived = self._arrived, []
        return iter(arrived)

    async def file(self, key: str) -> Kept | None:
        return self._files.get(key)

    # -- our mails -----------------------------------------------------------------------------------------------------

    def addressed(self, recipient: str) -> None:
        """Of the customers' provider it is known who is there. Mail for others is taken, too."""
        if recipient.endswith(f"@{CUSTOMERS}") and recipient not in self.phones:
            raise Refused("550 5.1.1 No such mailbox")

    def take(self, recipients: tuple[str, ...], content: bytes) -> None:
        mail = checked(content, OWN)
        id = str(mail["Message-ID"])
        if id in self._mails:
            raise Refused("554 5.6.0 There was a mail with this Message-ID before")
        self._mails[id] = mail
        self.sent.append(Sent(recipients, content))
        full = bool(self.strikes(Stage.TAKEN))
        for recipient in recipients:
            if recipient in self.phones:
                self._arrives(recipient, id, mail, content, full=full)

    def _arrives(self, recipient: str, id: str, mail: EmailMessage, content: bytes, *, full: bool) -> None:
        parts, files = shown(mail, id)
        trouble = FULL if full else () if self.phones[recipient].follows else GONE
        answered = str(mail.get("In-Reply-To", ""))
        self._arrived.append(Arrival(recipient, parts, id, f"came back: {trouble[1]}" if trouble else "", answered))
        if trouble:
            number = f"<{next(self._numbers)}@{CUSTOMERS}>"
            self.mailbox.add(bounce(content, recipient, *trouble, number, self._clock()), self._clock())
            return
        self._newest[recipient] = id
        self._files |= files
