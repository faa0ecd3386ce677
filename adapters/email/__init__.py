"""Email: a mailbox that is read by IMAP and written from by SMTP. https://www.rfc-editor.org/rfc/rfc5322

This file is the adapter: what a mail can carry, and its calls. The way from one UID to the next is in `reading.py` and, past what is
broken, `passing.py`. What a mail means is in `inbound.py` (with `addresses.py`, `mime.py`, `content.py`, `tnef.py`, `quotes.py`,
`threads.py`, `subjects.py`, `trust.py`, `automatic.py`, `bounces.py`), what ours look like in `outbound.py` and `forward.py`;
`imap.py` and `smtp.py` speak with servers.

Nobody calls us, so there is no webhook: `poll` brings each mail as bytes, which are kept before `parse` reads them. A mail that
cannot be read goes to quarantine and the next one is read. Sending has no key that would make a repeated mail one mail, so a
lost answer stays uncertain.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, aclosing, suppress
from datetime import datetime

from adapters.email import smtp
from adapters.email.config import EmailConfig
from adapters.email.files import opened
from adapters.email.forward import forward_draft
from adapters.email.imap import Imap, session, signed_in
from adapters.email.inbound import read
from adapters.email.lookup import looked_up
from adapters.email.outbound import Draft, attachments_of, draft_of
from adapters.email.reading import batches
from adapters.email.refusals import CODES
from adapters.email.subjects import names_by_subject
from channels import (
    Adapter,
    Batch,
    Checkup,
    Condition,
    FileLimit,
    Finding,
    Forward,
    Health,
    Http,
    Manifest,
    MediaLink,
    Outbound,
    Pace,
    Receipt,
    Request,
    Sends,
    Stream,
    Unit,
)
from channels.errors import DeliveryError, Rejected
from channels.events import Received
from channels.parts import MediaRef

__all__ = ["Email", "EmailConfig"]

FILE = FileLimit(18_000_000, captioned=True)


class Email(Adapter[EmailConfig]):
    """One mailbox."""

    manifest = Manifest(
        name="email",
        title="Email",
        documentation="https://www.rfc-editor.org/rfc/rfc5322",
        sends=Sends(text=100_000, unit=Unit.CHARACTER, image=FILE, audio=FILE, video=FILE, file=FILE, batch=20),
        kind="mail",
        errors=CODES,
        pace=Pace(account=1.0, customer=0.2, burst=10),
        copies=50,
        forwards=20,
        body_limit=50_000_000,
    )

    def parse(self, request: Request) -> Iterable[Received]:
        return read(request, self.config)

    def poll(self, cursor: str, http: Http, hints: tuple[str, ...] = ()) -> AsyncIterator[Batch]:
        """Whatever came after the cursor, then whatever comes. https://www.rfc-editor.org/rfc/rfc4549#section-4.3"""
        return batches(self.config, cursor, http)

    async def send(self, message: Outbound, http: Http) -> Receipt:
        """https://www.rfc-editor.org/rfc/rfc5321#section-3.3"""
        inside, outside = attachments_of(message, self.config)
        draft = draft_of(message, self.config, outside)
        await self._hand_over(draft, inside, http)
        return Receipt((draft.message, *self._other_names(draft, message.at)))

    def _other_names(self, draft: Draft, at: datetime) -> tuple[str, ...]:
        """By which an answer may name this mail, besides its Message-ID."""
        secret = self.config.mark_secret.get_secret_value()
        return names_by_subject(draft.subject, at, secret) if self.config.threads_by_subject else ()

    async def forward(self, message: Forward, http: Http) -> Receipt:
        """https://www.rfc-editor.org/rfc/rfc5321#section-3.3"""
        inside, outside = attachments_of(message, self.config)
        draft = forward_draft(message, self.config, outside)
        await self._hand_over(draft, inside, http)
        return Receipt((draft.message,))

    async def _hand_over(self, draft: Draft, inside: Mapping[str, MediaLink], http: Http) -> None:
        await smtp.hand_over(self.config, http, draft.recipients, await opened(draft, inside, http))
        if self.config.sent_folder:
            await self._keep_copy(draft, inside, http)

    async def _keep_copy(self, draft: Draft, inside: Mapping[str, MediaLink], http: Http) -> None:
        """Best effort: the mail is with its receivers, and no trouble with a copy makes that untrue."""
        with suppress(DeliveryError):
            mail = await opened(draft, inside, http)
            async with session(self.config, http) as imap:
                await imap.append(self.config.sent_folder, mail)

    async def fetch(self, media: MediaRef, http: Http) -> Stream:
        """https://www.rfc-editor.org/rfc/rfc3501#section-6.4.5"""
        place = media.key.partition("/")[0].split(".")
        if len(place) != 2 or not all(word.isdecimal() and len(word) <= 10 for word in place):
            raise Rejected(f"{media.key[:60]!r} names no mail.")
        uidvalidity, uid = map(int, place)
        async with AsyncExitStack() as stack:
            async with session(self.config, http) as imap:
                found = await looked_up(imap, (uidvalidity, uid), media, self.config.mail_limit, http, stack)
            if imap.box is None or imap.box.uidvalidity != uidvalidity:
                raise Rejected(
                    "The mailbox was numbered anew, so this mail cannot be found in it again.", code="UIDVALIDITY"
                )
            if found is None:
                raise Rejected("The mail is no longer in the mailbox, or has no such file.", code="gone")
            return Stream(_pieces(found.chunks, stack.pop_all()), mime=found.mime, name=found.name)

    async def health(self, asked: Checkup, http: Http) -> Health:
        """Whether both servers let us in, and the folder is there. Either may be another company's, so the reason names the host."""
        async with aclosing(await signed_in(self.config, http)) as imap:
            missing = await _missing(imap, self.config)
        await smtp.sign_in(self.config, http)
        return Health(missing)


async def _missing(imap: Imap, config: EmailConfig) -> tuple[Finding, ...]:
    """https://www.rfc-editor.org/rfc/rfc3501#section-6.3.1"""
    try:
        await imap.select()
    except Rejected as error:
        return (Finding(Condition.BROKEN, f"The folder {config.folder!r} cannot be opened: {error.reason}"),)
    return ()


async def _pieces(chunks: Iterable[bytes], held: AsyncExitStack) -> AsyncIterator[bytes]:
    async with held:
        for chunk in chunks:
            yield chunk
