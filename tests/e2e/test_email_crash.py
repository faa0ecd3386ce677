"""kill -9 at random while a mailbox of a thousand mails is read, some of them large: each is stored once, and every customer's in
their order; and what was kept of the large ones is there, and nothing else."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import random
from collections import defaultdict
from pathlib import Path

import pytest

from adapters.email.mails_of_the_tests import OWN, mail, multi, part, whole
from tests.e2e.mail.dovecot import FOUND, Dovecot
from tests.e2e.served import Served, until
from tests.e2e.test_crash import rows
from tests.e2e.test_email_story import center_for

pytestmark = pytest.mark.skipif(
    FOUND is None, reason="there is no Dovecot: apt-get install dovecot-imapd dovecot-lmtpd"
)
MAILS, CUSTOMERS, DEATHS = 1000, 25, 6
APART = 125  # one mail in so many is large
LARGE_FILE = base64.encodebytes(bytes(1_200_000)).replace(b"\n", b"\r\n")
FILES = "SELECT 1 FROM entry WHERE kind = 'media' AND json_extract(body, '$.ready')"
RAW = "SELECT id FROM media WHERE json_extract(body, '$.mime') = 'message/rfc822'"
STORED = "SELECT contact, json_extract(body, '$.parts[0].text') FROM entry WHERE kind = 'message' AND by = 'customer'"


def numbered(number: int) -> bytes:
    sender = f"Customer <customer{number % CUSTOMERS}@mail.example>"
    if number % APART == 7:
        file = part(LARGE_FILE, "Content-Type: application/pdf; name=a.pdf", "Content-Transfer-Encoding: base64")
        words = part(b"Number %d" % number, "Content-Type: text/plain")
        return whole(multi("mixed", words, file), f"Message-ID: <{number}@mail.example>", sender=sender)
    return mail(f"X-Number: {number}", body=b"Number %d" % number, sender=sender)


async def test_killed_at_random_during_a_thousand_mails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random()
    async with Dovecot(OWN) as dovecot:
        dovecot.fill(map(numbered, range(MAILS)))
        monkeypatch.setitem(os.environ, "SSL_CERT_FILE", str(dovecot.folder / "cert.pem"))
        server = Served(tmp_path, center_for(tmp_path, dovecot, 25))
        async with server:
            left = sorted(dice.sample(range(1, MAILS - 100), DEATHS))  # how many are stored when it dies
            deaths: list[int] = []
            for count in left:
                await until(lambda least=count: stored(server) >= least, 30, lambda: server.output)  # type: ignore[misc]
                await asyncio.sleep(dice.random() / 50)
                await server.kill()
                deaths.append(stored(server))
                await server.start()
            await until(lambda: stored(server) >= MAILS, 30, lambda: f"{stored(server)}, {left}: {server.output}")
            await asyncio.sleep(0.5)  # should anything come twice, it comes now
            large = MAILS // APART
            await until(lambda: len(rows(server, FILES)) == large, 30, lambda: server.output)
            raw = [
                id for (head,) in rows(server, "SELECT head FROM bundle") for *_, id in json.loads(head) if len(_) == 5
            ]
            assert sorted(raw) == sorted(id for (id,) in rows(server, RAW))
            assert len(raw) == large
            texts: defaultdict[str, list[str]] = defaultdict(list)
            for contact, text in rows(server, f"{STORED} ORDER BY contact, seq"):
                texts[contact].append(text)
    expected = [[f"Number {n}" for n in range(first, MAILS, CUSTOMERS)] for first in range(CUSTOMERS)]
    assert sum(count < MAILS for count in deaths) >= DEATHS // 2, deaths
    assert sorted(texts.values()) == sorted(expected), left


def stored(server: Served) -> int:
    return len(rows(server, STORED))
