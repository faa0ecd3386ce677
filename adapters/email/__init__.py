"""Email: a mailbox that is read by IMAP and written from by SMTP. https://www.rfc-editor.org/rfc/rfc5322

This file is the adapter: what a mail can carry, and the way from one UID to the next. What a mail means is in `inbound.py` (with
`addresses.py`, `mime.py`, `content.py`, `quotes.py`, `threads.py`, `subjects.py`, `trust.py`, `automatic.py`, `bounces.py`), what ours
look like in `outbound.py` and `forward.py`; `imap.py` and `smtp.py` speak with servers.

Nobody calls us, so there is no webhook: `poll` brings each mail as bytes, which are kept before `parse` reads them. A mail that
cannot be read goes to quarantine and the next one is read. Sending has no key that would make a repeated mail one mail, so a
lost answer stays uncertain.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from adapters.email import smtp
from adapters.email.config import EmailConfig
from adapters.email.files import opened
from adapters.email.forward import forward_draft
from adapters.email.imap import Imap, Mailbox, session, signed_in
from adapters.email.imap_words import Listed
from adapters.email.inbound import read
from adapters.email.lookup import looked_up
from adapters.email.outbound import Draft, attachments_of, draft_of
from adapters.email.refusals import CODES
from adapters.email.subjects import names_by_subject
from adapters.email.whole import LARGE, whole
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
    Source,
    Stream,
    Unit,
)
from channels.errors import DeliveryError, Rejected, Unreachable
from channels.events import Received, Unknown
from channels.parts import MediaRef

__all__ = ["Email", "EmailConfig"]

AT_ONCE, BYTES_AT_ONCE = 50, 4_000_000  # mails that are asked for together
TRIES, MOST_REFUSED = 2, 10  # of a mail that the server does not give; how many such mails are passed over together
BEFORE = timedelta(days=1)  # how far back a renumbered mailbox is read again; what was read is recognised
BEGINNING = datetime(2001, 1, 1, tzinfo=UTC)
FILE = FileLimit(18_000_000, captioned=True)


class Cursor(NamedTuple):
    """How far a mailbox has been read: `UIDVALIDITY UID SECONDS`, the last being when the newest mail came that was read, or that
    was there before us; 0 if there was none."""

    uidvalidity: int
    uid: int
    at: int

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        words = text.split()
        return cls(*map(int, words)) if len(words) == 3 and all(word.isdecimal() for word in words) else None

    def __str__(self) -> str:
        return f"{self.uidvalidity} {self.uid} {self.at}"


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

    async def poll(self, cursor: str, http: Http, hints: tuple[str, ...] = ()) -> AsyncIterator[Batch]:
        """Whatever came after the cursor, then whatever comes. https://www.rfc-editor.org/rfc/rfc4549#section-4.3"""
        async with aclosing(await signed_in(self.config, http)) as imap:
            box = await imap.select()
            place, listed = await _whereabouts(imap, box, Cursor.read(cursor), read_all=self.config.read_all)
            if str(place) != cursor:
                yield Batch((), str(place))
            while True:
                for some in _together(listed):
                    before, place = place, _after(place, some)
                    failed: DeliveryError | None = None
                    async with AsyncExitStack() as stack:
                        try:
                            requests = await stack.enter_async_context(self._requests(imap, place, some, http))
                        except (Rejected, Unreachable) as error:
                            failed = error
                        else:
                            yield Batch((), str(place), requests)
                    if failed:
                        async with aclosing(self._past(before, listed[listed.index(some[0]) :], http)) as batches:
                            async for batch in batches:
                                yield batch
                        raise failed  # the session is none any more
                    if self.config.mark_seen:  # we are asked to go on, so it is stored
                        await imap.mark_seen([each.uid for each in some])
                await imap.wait()
                listed = await imap.list_after(place.uid)

    @asynccontextmanager
    async def _requests(
        self, imap: Imap, place: Cursor, some: list[Listed], http: Http
    ) -> AsyncIterator[tuple[Request, ...]]:
        """These mails as what `parse` reads, without those that were deleted meanwhile. A large one comes alone, and lies aside."""
        most = self.config.mail_limit
        if some[0].size > LARGE:
            async with whole(imap.pieces(some[0].uid, most), http) as mail:
                yield () if mail is None else (self._request(place.uidvalidity, some[0], mail),)
            return
        found = await imap.fetch([each.uid for each in some], most)
        yield tuple(self._request(place.uidvalidity, each, found[each.uid]) for each in some if each.uid in found)

    async def _past(self, place: Cursor, waiting: list[Listed], http: Http) -> AsyncGenerator[Batch, None]:
        """The first mail of these that the server gives, asked for alone, and word of those before it that it does not: nobody waits
        behind a mail that is broken over there. Where it gives none, it is the server that is broken, and nothing is passed over."""
        refused: list[Received] = []
        for each in waiting[:MOST_REFUSED]:
            place = _after(place, [each])
            for _ in range(TRIES):
                async with AsyncExitStack() as stack:
                    imap = await stack.enter_async_context(aclosing(await signed_in(self.config, http)))
                    if (await imap.select()).uidvalidity != place.uidvalidity:
                        return
                    try:
                        requests = await stack.enter_async_context(self._requests(imap, place, [each], http))
                    except (Rejected, Unreachable) as error:
                        why = error.reason
                        continue
                    yield Batch(tuple(refused), str(place), requests)
                    return
            raw = {"folder": self.config.folder, "uid": each.uid, "why": why}
            refused.append(Unknown(f"{place.uidvalidity}.{each.uid}", each.at, "", "mail: not to be had", raw))

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

    def _request(self, uidvalidity: int, listed: Listed, mail: Source) -> Request:
        """A mail as what `parse` reads."""
        path, headers = f"{self.config.folder}/{uidvalidity}/{listed.uid}", {"content-type": "message/rfc822"}
        if isinstance(mail, bytes):
            return Request("FETCH", path, {}, headers, mail, listed.at)
        return Request("FETCH", path, {}, headers, b"", listed.at, large=mail)


async def _whereabouts(imap: Imap, box: Mailbox, last: Cursor | None, *, read_all: bool) -> tuple[Cursor, list[Listed]]:
    """Where reading goes on, and what is there to be read. A mailbox that was numbered anew is read again from a day before."""
    if last is None:
        uid = 0 if read_all else max(box.uidnext - 1, 0)
        listed = await imap.list_around(uid)
        before = max((_seconds(each.at) for each in listed if each.uid <= uid), default=0)
        return Cursor(box.uidvalidity, uid, before), [each for each in listed if each.uid > uid]
    if last.uidvalidity == box.uidvalidity:
        return last, await imap.list_after(last.uid)
    listed = await imap.list_since(max(datetime.fromtimestamp(last.at, UTC) - BEFORE, BEGINNING))
    before = listed[0].uid if listed else box.uidnext
    return Cursor(box.uidvalidity, max(before - 1, 0), last.at), listed


async def _missing(imap: Imap, config: EmailConfig) -> tuple[Finding, ...]:
    """https://www.rfc-editor.org/rfc/rfc3501#section-6.3.1"""
    try:
        await imap.select()
    except Rejected as error:
        return (Finding(Condition.BROKEN, f"The folder {config.folder!r} cannot be opened: {error.reason}"),)
    return ()


def _after(place: Cursor, some: list[Listed]) -> Cursor:
    """Once these have been read."""
    return Cursor(place.uidvalidity, some[-1].uid, max(place.at, *(_seconds(each.at) for each in some)))


def _together(listed: list[Listed]) -> Iterable[list[Listed]]:
    """Stretches that are asked for at once: few enough mails, or a single large one."""
    some: list[Listed] = []
    for each in listed:
        full = len(some) >= AT_ONCE or sum(other.size for other in some) + each.size > BYTES_AT_ONCE
        if some and (full or max(some[-1].size, each.size) > LARGE):
            yield some
            some = []
        some.append(each)
    if some:
        yield some


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


async def _pieces(chunks: Iterable[bytes], held: AsyncExitStack) -> AsyncIterator[bytes]:
    async with held:
        for chunk in chunks:
            yield chunk
