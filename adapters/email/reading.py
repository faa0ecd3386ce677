"""From one UID of a mailbox to the next: where reading goes on, what is there, and in which stretches it is asked for.

What is brought are bytes; `inbound.py` says what they mean. What the server does not give is the matter of `passing.py`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from adapters.email.config import EmailConfig
from adapters.email.imap import Imap, Mailbox, signed_in
from adapters.email.imap_words import Listed
from adapters.email.passing import passed_over
from adapters.email.whole import LARGE, request_of, whole
from channels import Batch, Http, Request, Source
from channels.errors import Rejected, Unreachable

AT_ONCE, BYTES_AT_ONCE = 50, 4_000_000  # mails that are asked for together
BEFORE = timedelta(days=1)  # how far back a renumbered mailbox is read again; what was read is recognised
BEGINNING = datetime(2001, 1, 1, tzinfo=UTC)


class Cursor(NamedTuple):
    """How far a mailbox has been read: `UIDVALIDITY UID SECONDS`, the last being when the newest mail came that was read, or that
    was there before us; 0 if there was none. It is never later than when that was read, whatever the server says of the mail."""

    uidvalidity: int
    uid: int
    at: int

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        words = text.split()
        return cls(*map(int, words)) if len(words) == 3 and all(word.isdecimal() for word in words) else None

    def __str__(self) -> str:
        return f"{self.uidvalidity} {self.uid} {self.at}"

    def after(self, some: Iterable[Listed], now: datetime) -> Cursor:
        """Once these have been read, too. A mail that claims to be from the future came now: else it would be the newest for ever,
        and after the next renumbering nothing would be read again."""
        uid, at = self.uid, self.at
        for each in some:
            uid, at = each.uid, max(at, _seconds(min(each.at, now)))
        return Cursor(self.uidvalidity, uid, at)


async def batches(config: EmailConfig, cursor: str, http: Http) -> AsyncGenerator[Batch, None]:
    """Whatever came after the cursor, then whatever comes; an empty one where we looked and found nothing."""
    async with aclosing(await signed_in(config, http)) as imap:
        box = await imap.select()
        place, only = await _whereabouts(imap, box, Cursor.read(cursor), http.now(), read_all=config.read_all)
        if str(place) != cursor:
            yield Batch((), str(place))
        while True:
            try:
                listed = await imap.list_after(place.uid)
                for some in together([each for each in listed if only is None or each.uid in only]):
                    async with _requests(imap, place.uidvalidity, some, config, http) as requests:
                        place = place.after(some, http.now())
                        yield Batch((), str(place), requests)
                    if config.mark_seen:  # we are asked to go on, so it is stored
                        await imap.mark_seen([each.uid for each in some])
            except (Rejected, Unreachable) as error:
                failed = error
                break
            only = None
            if not listed:
                yield Batch((), str(place))
            await imap.wait()
    async with aclosing(_past(config, place, http)) as found:
        async for batch in found:
            yield batch
    raise failed  # the session is none any more


async def _past(config: EmailConfig, place: Cursor, http: Http) -> AsyncGenerator[Batch, None]:
    """What can be had of the mails after this place, each asked for alone."""
    async with aclosing(passed_over(config, place.uidvalidity, place.uid, http)) as steps:
        async for some, mails in steps:
            place = place.after(some, http.now())
            yield Batch((), str(place), mails)


async def _whereabouts(
    imap: Imap, box: Mailbox, last: Cursor | None, now: datetime, *, read_all: bool
) -> tuple[Cursor, frozenset[int] | None]:
    """Where reading goes on, and the only mails that are read first, if not all. A mailbox that was numbered anew is read again from a
    day before."""
    if last is None:
        uid = 0 if read_all else max(box.uidnext - 1, 0)
        return Cursor(box.uidvalidity, uid, 0 if read_all else await _newest(imap, uid, now)), None
    at = min(last.at, _seconds(now))
    if last.uidvalidity == box.uidvalidity:
        return last._replace(at=at), None
    uids = await imap.uids_since(max(datetime.fromtimestamp(at, UTC) - BEFORE, BEGINNING))
    return Cursor(box.uidvalidity, max(min(uids, default=box.uidnext) - 1, 0), at), frozenset(uids)


async def _newest(imap: Imap, uid: int, now: datetime) -> int:
    """When the last mail came that was there before us. Where the server cannot say, that was before now."""
    try:
        return max((_seconds(min(each.at, now)) for each in await imap.list_around(uid) if each.uid <= uid), default=0)
    except (Rejected, Unreachable):
        return _seconds(now)


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


@asynccontextmanager
async def _requests(
    imap: Imap, uidvalidity: int, some: list[Listed], config: EmailConfig, http: Http
) -> AsyncIterator[tuple[Request, ...]]:
    """These mails as what `parse` reads, without those that were deleted meanwhile. One that is large, or turns out to be though its
    server said otherwise, lies aside."""
    async with AsyncExitStack() as stack:
        small = [each.uid for each in some if each.size <= LARGE]
        each_of, all_of = min(LARGE + 1, config.mail_limit), BYTES_AT_ONCE + LARGE
        found: dict[int, Source] = dict(await imap.fetch(small, each_of, all_of))
        for each in some:
            if each.size > LARGE or len(found.get(each.uid, b"")) > LARGE:
                mail = await stack.enter_async_context(whole(imap.pieces(each.uid, config.mail_limit), http))
                found |= {} if mail is None else {each.uid: mail}
        yield tuple(request_of(config, uidvalidity, each, found[each.uid]) for each in some if each.uid in found)


def together(listed: Iterable[Listed]) -> Iterator[list[Listed]]:
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
