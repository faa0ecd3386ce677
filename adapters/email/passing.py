"""Past mails that the server does not give. Nobody waits behind a mail that is broken over there, and nobody's mail is passed over
because the server is in trouble.

The two look alike when they happen, so one rule has to hold for both. *A mail is passed over if the server refuses it and gives a
later one, three times in turn, each asked for alone.* A server that is down or overloaded gives no later one, or not each time, or
gives the first one after all. Then nothing is concluded: the cursor stands, and the runtime asks again, later and later. That is also
so for the newest mail, until another comes.

To refuse is to say no, to hang up, or to bring something that was not asked for. A mail of which only size and date cannot be had is
no such mail: it is read without them. What is passed over is told by a request in its place, which `parse` reads as something unknown,
so that an admin finds it in the quarantine.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Self

import orjson

from adapters.email.config import EmailConfig
from adapters.email.imap import Imap, signed_in
from adapters.email.imap_words import UNDATED, Listed
from adapters.email.inbound import NOT_GIVEN
from adapters.email.whole import request_of, whole
from channels import Http, Request
from channels.errors import Rejected, Unreachable
from channels.value import value

TURNS = 3  # in which a mail is refused and a later one given
MOST_ALONE = 50  # mails that are asked for alone, before all that is left is asked for together again
MOST_REFUSED = 10  # passed over together; those behind them come next

Step = tuple[list[Listed], tuple[Request, ...]]


@value
class Alone:
    """What came of asking for one mail: the mail, or why not, or neither if it is gone."""

    listed: Listed
    mail: Request | None = None
    refused: str = ""


async def passed_over(config: EmailConfig, uidvalidity: int, uid: int, http: Http) -> AsyncGenerator[Step, None]:
    """The mails above this UID one by one; then, in the place of those that the server does not give, word of them. Ends behind
    these, or where nothing can be said of them yet. Raises what signing in does."""
    refused: list[Alone] = []
    async with Asking(config, uidvalidity, http) as asking:
        uids = await asking.uids_after(uid)
        for at, each in enumerate(uids[:MOST_ALONE]):
            async with asking.alone(each) as asked:
                if asked.refused:
                    refused.append(asked)
                elif not refused:
                    yield [asked.listed], (asked.mail,) if asked.mail else ()
                given = bool(refused and asked.mail)
            if given or len(refused) == MOST_REFUSED:
                later = [each] if given else list(farther(uids[at + 1 :]))
                break
        else:
            later = list(farther(uids[MOST_ALONE:]))
        if refused and await _in_turn(asking, refused, later):
            yield [each.listed for each in refused], tuple(_told(config, uidvalidity, each) for each in refused)


async def _in_turn(asking: Asking, refused: Sequence[Alone], later: Sequence[int]) -> bool:
    """Whether the server refuses each of these, and gives the first one of those that it gives at all, as often as it takes."""
    witness = None
    for uid in later:
        if await asking.gives(uid):
            witness = uid
            break
    for _ in range(TURNS - 1):
        for each in refused:
            if witness is None or not await asking.refuses(each.listed.uid):
                return False
        if witness is None or not await asking.gives(witness):
            return False
    return witness is not None


def farther(uids: Sequence[int]) -> Iterator[int]:
    """The next of these, then twice as far away each time, and the last: where ten in a row are broken, so may be hundreds."""
    at = 1
    while at < len(uids):
        yield uids[at - 1]
        at *= 2
    yield from uids[-1:]


def _told(config: EmailConfig, uidvalidity: int, asked: Alone) -> Request:
    """In the place of a mail that was passed over."""
    said = {"folder": config.folder, "uid": asked.listed.uid, "why": asked.refused}
    path = f"{config.folder}/{uidvalidity}/{asked.listed.uid}"
    return Request("FETCH", path, {}, {"content-type": NOT_GIVEN}, orjson.dumps(said), asked.listed.at)


class Asking:
    """Mails that are asked for one by one: after each that is refused in a session of its own, for the one before may be spoiled."""

    def __init__(self, config: EmailConfig, uidvalidity: int, http: Http) -> None:
        self._config = config
        self._uidvalidity = uidvalidity
        self._http = http
        self._session: Imap | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._hang_up()

    async def uids_after(self, uid: int) -> list[int]:
        """By a search, for which no server has to open a mail. https://www.rfc-editor.org/rfc/rfc3501#section-6.4.4"""
        return await (await self._ready()).uids_after(uid)

    async def gives(self, uid: int) -> bool:
        async with self.alone(uid) as asked:
            return asked.mail is not None

    async def refuses(self, uid: int) -> bool:
        async with self.alone(uid) as asked:
            return bool(asked.refused)

    @asynccontextmanager
    async def alone(self, uid: int) -> AsyncIterator[Alone]:
        """One mail, which lies aside if it is large, for as long as the context lasts."""
        listed, why = await self._described(uid)
        if listed is None and not why:
            yield Alone(Listed(uid, 0, UNDATED))
            return
        listed = listed or Listed(uid, 0, self._http.now())
        imap = await self._ready()
        async with AsyncExitStack() as stack:
            try:
                mail = await stack.enter_async_context(whole(imap.pieces(uid, self._config.mail_limit), self._http))
            except (Rejected, Unreachable) as error:
                await self._hang_up()
                asked = Alone(listed, refused=error.reason)
            else:
                found = request_of(self._config, self._uidvalidity, listed, mail) if mail is not None else None
                asked = Alone(listed, found, why if mail is None else "")
            yield asked

    async def _described(self, uid: int) -> tuple[Listed | None, str]:
        """What the server says of it; nothing if it is gone, or nothing and why not."""
        imap = await self._ready()
        try:
            return await imap.described(uid), ""
        except (Rejected, Unreachable) as error:
            await self._hang_up()
            return None, error.reason

    async def _ready(self) -> Imap:
        if self._session is None:
            self._session = await signed_in(self._config, self._http)
            if (await self._session.select()).uidvalidity != self._uidvalidity:
                raise Unreachable("The mailbox was numbered anew while it was read.", code="UIDVALIDITY")
        return self._session

    async def _hang_up(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.aclose()
