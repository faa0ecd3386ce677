"""A mailbox: the first reading of 20,000 mails, a mail of 25 MB, and how long history takes to be folded.

`mail_sync_per_s` is the whole way: Dovecot over TLS, each mail kept as it came, read, stepped, committed with a flush to disk, by the
real server on one processor, from before it starts until the last mail is in the store. `mail_sync_growth_mb` is by how much
the server grew between the first quarter of them and its most. `mail_files_per_s` is how many of their files follow a second
after that, each fetched from the mailbox once more. `mail_25mb_mb` is by how much it grew at most while one
such mail came in and its file was fetched into the media cache. Without Dovecot only the folding is measured.
"""

from __future__ import annotations

import asyncio
import base64
import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from adapters.email.quotes import folded
from bench.server import Server, serving
from tests.e2e.mail.dovecot import FOUND, PASSWORD, Dovecot

MAILS, CUSTOMERS = 20_000, 500
LARGE_MB = 25
WARM = 50  # mails before the large one
FILES_FOR = 5.0  # seconds
LINES = 40_000
OWN = "help@shop.example"
WITHIN = 600.0
KINDS = ("plain words\n", "On Tuesday she said this:\n", "> quoted\n", "wrote:\n", "From: x\n", "_" * 60 + "x\n")
CENTER = """
[bench.queue.mail]
[bench.channel.mail]
adapter = "email"
queue = "mail"
[bench.channel.mail.config]
address = "{own}"
mark_secret = "env:BENCH_MARK"
password = "env:BENCH_PASSWORD"
imap_host = "localhost"
imap_port = {imap}
imap_security = "starttls"
smtp_host = "localhost"
read_all = true
"""


def mail(number: int, dice: random.Random) -> bytes:
    """Two kilobytes with what most mails have: words in both forms, and the history of an answer."""
    words = " ".join(dice.choices(("bike", "ready", "the", "when", "好了", "please", "order", "thanks"), k=60))
    history = "".join(f"> {words[:60]}\r\n" for _ in range(6))
    text = f"Number {number}. {words}\r\n\r\nOn Tue, Jan 6, 2026 at 9:00 AM Shop <{OWN}> wrote:\r\n{history}"
    head = (
        f"From: Customer <customer{dice.randrange(CUSTOMERS)}@mail.example>\r\nTo: {OWN}\r\nSubject: Order {number}\r\n"
        f"Message-ID: <{dice.getrandbits(96):x}@mail.example>\r\nDate: Tue, 06 Jan 2026 09:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/alternative; boundary=b\r\n\r\n"
    )
    kinds = (("plain", text), ("html", f"<p>{words}</p>"))
    parts = "".join(f"--b\r\nContent-Type: text/{kind}; charset=utf-8\r\n\r\n{said}\r\n" for kind, said in kinds)
    return f"{head}{parts}--b--\r\n".encode()


def large(megabytes: int) -> bytes:
    """A mail of so many MB, nearly all of it one file."""
    packed = base64.encodebytes(os.urandom(megabytes * 2**20 * 57 // 78)).replace(b"\n", b"\r\n")
    head = (
        f"From: Customer <large@mail.example>\r\nTo: {OWN}\r\nSubject: Large\r\nMessage-ID: <large@mail.example>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nLarge\r\n"
        '--b\r\nContent-Type: application/octet-stream; name="large.bin"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    )
    return head.encode() + packed + b"\r\n--b--\r\n"


@contextmanager
def reading(data: Path, dovecot: Dovecot) -> Iterator[Server]:
    """`ucs run` with this mailbox as its only channel."""
    secrets = {"BENCH_MARK": "a mark secret of the bench", "BENCH_PASSWORD": PASSWORD}
    secrets["SSL_CERT_FILE"] = str(dovecot.folder / "cert.pem")
    with serving(data, CENTER.format(own=OWN, imap=dovecot.imap), secrets) as server:
        yield server


def count(data: Path, query: str) -> int:
    with closing(sqlite3.connect(f"file:{data / 'ucs.db'}?mode=ro", uri=True)) as database:
        return int(database.execute(query).fetchone()[0])


def watched(server: Server, holds: Callable[[], bool]) -> float:
    """The most MB that the server had until this held."""
    most, until = server.rss_mb(), time.monotonic() + WITHIN
    while not holds():
        if time.monotonic() > until:
            raise RuntimeError(f"It did not come to an end: {(server.data / 'log').read_text()[-2000:]}")
        time.sleep(0.02)
        most = max(most, server.rss_mb())
    return most


SAID = "SELECT count(*) FROM entry WHERE kind = 'message' AND by = 'customer'"
FETCHED = "SELECT count(*) FROM entry WHERE kind = 'media'"


async def synchronised(folder: Path, mails: int) -> dict[str, float]:
    """The first reading of a mailbox, and the pace at which the documents of its mails follow."""
    dice = random.Random()
    async with Dovecot(OWN) as dovecot:
        dovecot.fill(mail(number, dice) for number in range(mails))
        began = time.monotonic()
        with reading(folder / "sync", dovecot) as server:
            watched(server, lambda: count(server.data, SAID) >= mails // 4)
            quarter = server.rss_mb()
            most = watched(server, lambda: count(server.data, SAID) >= mails)
            seconds = time.monotonic() - began
            files = count(server.data, FETCHED)
            await asyncio.sleep(FILES_FOR)
            files = count(server.data, FETCHED) - files
    return {
        "mail_sync_per_s": mails / seconds,
        "mail_sync_growth_mb": most - quarter,
        "mail_files_per_s": files / FILES_FOR,
    }


async def of_a_large_mail(folder: Path) -> dict[str, float]:
    """By how many MB the server grows at most while one comes in and its file is fetched."""
    dice = random.Random()
    async with Dovecot(OWN) as dovecot:
        dovecot.fill(mail(number, dice) for number in range(WARM))
        with reading(folder / "large", dovecot) as server:
            watched(server, lambda: count(server.data, FETCHED) >= WARM)
            before = server.rss_mb()
            await dovecot.deliver(large(LARGE_MB))
            most = watched(server, lambda: count(server.data, FETCHED) > WARM)
    return {"mail_25mb_mb": most - before}


def folding() -> float:
    """Milliseconds for the slowest kind of line, each at its best of five."""

    def once(text: str) -> float:
        began = time.process_time()
        folded(text)
        return time.process_time() - began

    return max(min(once(kind * LINES) for _ in range(5)) for kind in KINDS) * 1000


def run() -> dict[str, Any]:
    figures: dict[str, Any] = {"fold_40k_ms": folding()}
    if FOUND is not None:
        with tempfile.TemporaryDirectory() as folder:
            figures |= asyncio.run(synchronised(Path(folder), MAILS))
            figures |= asyncio.run(of_a_large_mail(Path(folder)))
    return figures
