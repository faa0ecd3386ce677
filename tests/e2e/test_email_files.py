"""Files fetched out of mails that lie in a Dovecot: the right bytes, and no more of them than there are."""

from __future__ import annotations

import asyncio
import base64
import random
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.email import Email
from adapters.email.fetching import content_at, part_named
from adapters.email.mails_of_the_tests import MAILS, OWN, multi, part, whole
from cache.aside import Aside
from channels import Connection
from channels.connection import MINUTE, Security
from channels.events import MessageReceived
from channels.parts import MediaRef, media_of
from tests.e2e.mail.dovecot import FOUND, PASSWORD, Dovecot, trusting
from tests.e2e.test_email_adapter import adapter
from ucs.runtime.http.channel_http import ChannelHttp, Network
from ucs.runtime.http.guard import Guard

pytestmark = pytest.mark.skipif(
    FOUND is None, reason="there is no Dovecot: apt-get install dovecot-imapd dovecot-lmtpd"
)


class Counted:
    """A connection whose bytes are counted: those of literals, which is where mails are."""

    def __init__(self, connection: Connection, http: CountingHttp) -> None:
        self._connection = connection
        self._http = http

    async def line(self, *, limit: int = 65_536, within: timedelta = MINUTE) -> bytes:
        return await self._connection.line(limit=limit, within=within)

    async def exactly(self, size: int, *, within: timedelta = MINUTE) -> bytes:
        self._http.came += size
        return await self._connection.exactly(size, within=within)

    async def heard(self, within: timedelta) -> bool:
        return await self._connection.heard(within)

    async def write(self, said: bytes, *, within: timedelta = MINUTE) -> None:
        self._http.said.append(said)
        await self._connection.write(said, within=within)

    async def start_tls(self) -> None:
        await self._connection.start_tls()

    async def aclose(self) -> None:
        await self._connection.aclose()


class CountingHttp(ChannelHttp):
    """The service's own way out, with an eye on what comes through."""

    came = 0

    def __init__(self, network: Network, channel: str) -> None:
        super().__init__(network, channel, [PASSWORD])
        self.said: list[bytes] = []

    async def connect(
        self, host: str, port: int, *, security: Security = "tls", within: timedelta = timedelta(seconds=15)
    ) -> Connection:
        return Counted(await super().connect(host, port, security=security, within=within), self)


@pytest.fixture
async def dovecot() -> AsyncIterator[Dovecot]:
    async with Dovecot(OWN) as dovecot:
        yield dovecot


@pytest.fixture
async def http(dovecot: Dovecot, tmp_path: Path) -> AsyncIterator[CountingHttp]:
    guard, aside = Guard.allowing(("localhost", "127.0.0.1")), Aside(tmp_path / "aside")
    network = Network(guard, tls=trusting(dovecot.folder), aside=aside)
    yield CountingHttp(network, "mail")
    await network.close()


async def read(mailbox: Email, http: ChannelHttp, mails: int) -> dict[MediaRef, bytes]:
    """The files of so many mails, as they are in the mails that were read."""
    found: dict[MediaRef, bytes] = {}
    async with asyncio.timeout(30), aclosing(mailbox.poll("", http)) as polled:  # type: ignore[type-var]
        async for batch in polled:
            for request in batch.requests:
                mails -= 1
                for event in mailbox.parse(request):
                    for shown in event.parts if isinstance(event, MessageReceived) else ():
                        for media in media_of(shown):
                            assert isinstance(media, MediaRef)
                            content = content_at(request.source, media.key)
                            assert content is not None
                            found[media] = b"".join(content.chunks)
            if not mails:
                return found
    raise AssertionError("the polling ended")


async def fetched(mailbox: Email, media: MediaRef, http: ChannelHttp) -> bytes:
    stream = await mailbox.fetch(media, http)
    assert stream.mime == media.mime
    return b"".join([chunk async for chunk in stream.chunks])


async def test_every_file_of_the_corpus_is_the_one_that_was_read(dovecot: Dovecot, http: CountingHttp) -> None:
    """Its part alone; or all of the mail, where that is another part to the server than to us: two in a digest, whose kind is in no
    header of theirs, and what is nested too deeply."""
    mailbox = adapter(dovecot)
    mails = [raw for name, raw in MAILS.items() if name != "empty"]
    await dovecot.deliver(*mails)
    files = await read(mailbox, http, len(mails))
    parts = [media for media in files if part_named(media)]
    http.said.clear()
    for media, content in files.items():
        assert await fetched(mailbox, media, http) == content, media
    asked, whole_mails = (sum(what in said for said in http.said) for what in (b".MIME]", b"BODY.PEEK[]"))
    assert asked == len(parts) > 20
    assert whole_mails == len(files) - len(parts) + 3


async def test_a_large_mail_comes_once_for_all_its_files(dovecot: Dovecot, http: CountingHttp) -> None:
    contents = [random.Random(number).randbytes(600_000) for number in range(5)]
    packed = [base64.encodebytes(content).replace(b"\n", b"\r\n") for content in contents]
    names = [f"Content-Type: application/pdf; name=plan{number}.pdf" for number in range(5)]
    files = [part(file, name, "Content-Transfer-Encoding: base64") for file, name in zip(packed, names, strict=True)]
    await dovecot.deliver(whole(multi("mixed", part(b"See these.", "Content-Type: text/plain"), *files)))
    mailbox = adapter(dovecot)
    found = await read(mailbox, http, 1)
    assert list(found.values()) == contents
    size, http.came = http.came, 0
    assert size > 4_000_000
    assert await asyncio.gather(*(fetched(mailbox, media, http) for media in found)) == contents
    assert http.came < 1.01 * size
