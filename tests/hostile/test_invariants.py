"""`invariants` says nothing of a store that is well, and something of each that is not."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.api.house import House
from ucs.store.invariants import complaints

WORDS = [{"type": "text", "text": "Hi"}]
BROKEN = {
    "numbered from": "DELETE FROM entry WHERE seq = 2",
    "no line at all": "DELETE FROM entry",
    "no such contact": "UPDATE entry SET contact = 'gone' WHERE seq = 1",
    "knows line": "UPDATE contact SET seq = 99",
    "nobody knows when": "UPDATE contact SET state = 'closed'",
    "is at": "UPDATE seat SET body = json_set(body, '$.carries', json('{}'))",
    "which does not exist": """UPDATE seat SET body = json_set(body, '$.carries', json('{"x": {"weight": 1, "stage": "offered"}}'))""",
    "units of": "UPDATE seat SET body = json_set(body, '$.capacity', 1)",
    "times.": "UPDATE entry SET body = json_set(body, '$.client', 'same') WHERE kind = 'message' AND by = 'customer'",
    "which is not there": "INSERT INTO outbox VALUES ('o', 'line', 'a', 'gone', 1, 'send', 'pending', 0, 1, '{}')",
    "with nobody": "UPDATE contact SET body = json_remove(body, '$.agent') WHERE state = 'talking'",
    "and is talking": "UPDATE contact SET body = json_set(body, '$.turn', 3)",
    "0 times to be asked": "UPDATE contact SET state = 'robot', body = json_set(body, '$.turn', 3)",
    "open contacts": "INSERT INTO contact SELECT 'twin', tenant, channel, address, customer, 'new', 1, NULL, 1, body FROM contact",
}


async def story(house: House) -> Path:
    customer, ann, contact, epoch = await house.talking()
    await customer.say("More")
    await ann.act(contact, "messages", id="said-0001", parts=WORDS, epoch=epoch)
    return house.runtime.installation.data / "ucs.db"


async def test_a_store_that_is_well(house: House) -> None:
    assert complaints(await story(house)) == []


@pytest.mark.parametrize("words", BROKEN)
async def test_a_store_that_is_not(house: House, words: str) -> None:
    path = await story(house)
    with closing(sqlite3.connect(path)) as connection, connection:
        if "INTO contact" in BROKEN[words]:
            connection.execute("DROP INDEX contact_open_lane")
        connection.execute(BROKEN[words])
    assert any(words in complaint for complaint in complaints(path)), complaints(path)
