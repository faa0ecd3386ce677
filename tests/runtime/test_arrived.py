"""What arrives from platforms: hostile words stored exactly, bursts in order, and events that come before what they are about."""

from __future__ import annotations

import asyncio
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from channels import events as ev
from channels.copies import Copies
from channels.events import Author, ReplyToken
from channels.parts import Button, Choices, ContactCard, File, Image, Location, MediaRef, Opaque, Part, Text
from channels.wire import Request
from tests.runtime.conftest import Made
from tests.runtime.fake_time import START
from tests.runtime.heard import assert_gap_free, heard, json_of, spoken, texts, timelines
from tests.runtime.world import World, manifest
from ucs.core.contact import State
from ucs.core.events import Ended
from ucs.runtime.engine.arrived import TAKE, Arrived
from ucs.runtime.engine.inputs import Did, Line
from ucs.runtime.engine.lines import LOOKED_THROUGH
from ucs.store import tables as t

HOSTILE = {
    "NUL": "a\x00b",
    "joined family": "👩‍👩‍👧‍👦 and 🏳️‍🌈",
    "right to left": "abc\u202egpj.exe\u202c \u0645\u0631\u062d\u0628\u0627",
    "Zalgo": "Z" + "\u0301\u0327" * 500,
    "not normalised": "e\u0301 é ﬁ",
    "line ends": "a\r\nb\u2028c\x0bd\x85",
    "long": "漢" * 100_000,
    "SQL": "'; DROP TABLE contact; -- \" \\ % _ ? :id",
    "templates": "{queue} {agent} {{7*7}} {% raw %}",
    "control": "".join(map(chr, range(32))) + "\x7f\ufeff\ufffe",
}


def hostile_message(id: str, words: str) -> ev.MessageReceived:
    """These words wherever there is room for words."""
    parts: tuple[Part, ...] = (
        Text(words),
        Image(MediaRef(words, words, words), words),
        File(MediaRef("f" + words), words, words),
        Location(1.5, 2.5, words, words),
        ContactCard(words, (words,), (words,), words),
        Choices(words, (Button(words, words),)),
        Opaque(words, words, {words: [words]}),
    )
    return ev.MessageReceived(
        id,
        START,
        "ann" + words,
        parts,
        message="m" + words,
        author=Author(words, words),
        reply_token=ReplyToken(words, START),
        quote_token=words,
        thread=words,
        read_token=words,
        name=words,
        album=words,
        fields={"asked": words},
        proven=True,
        copies=Copies((words,), (words,)),
    )


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_words_are_stored_as_they_are(world_of: Made, words: str) -> None:
    world = await world_of()
    said = hostile_message("m1", words)
    line = (await world.engine.submit(Arrived("fake1", (said,))))[0]
    body = (await timelines(world))[line.contact][line.seq - 1].body
    wanted = json_of(said)
    for part, stored in zip(wanted["parts"], body["parts"], strict=True):
        assert {**part, "media": None} == {**stored, "media": None} | ({} if "media" in stored else {"media": None})
    for name in ("author", "read_token", "quote_token", "thread", "album", "copies"):
        assert body[name] == words_of(said, name)
    assert body["platform"] == said.message
    assert [row.name for row in await world.rows(t.customer)] == [words]
    assert [row.address for row in await world.rows(t.contact)] == [said.customer]
    world = await world_of()
    assert world.engine.memory.lanes == {("fake1", said.customer): line.contact}
    edit = ev.MessageEdited("e1", START, said.customer, said.message, (Text("better"),))
    assert (await world.engine.submit(Arrived("fake1", (edit,))))[0].contact == line.contact


def words_of(event: object, name: str) -> Any:
    return json_of(getattr(event, name))


SURROGATES = [
    replace(spoken("bad", "ann"), parts=(Text("\ud800"),)),
    ev.CustomerJoined("bad", START, "bob", "\udfff"),
    replace(spoken("bad", "ann"), customer="\ud800"),
    replace(spoken("bad", "ann"), message="\ud800"),
    replace(spoken("bad", "ann"), id="\ud800"),
    ev.Tapped("bad", START, "ann", "\ud800"),
    ev.MessageEdited("bad", START, "ann", "\ud800", (Text("x"),)),
    ev.Reacted("bad", START, "ann", "m0", "\ud800"),
    ev.Unknown("", START, "ann", "odd", {"deep": "\ud800"}),
    ev.CustomerRenamed("bad", START, "ann", "\ud800"),
]


@pytest.mark.parametrize("bad", SURROGATES, ids=lambda event: type(event).__name__)
async def test_what_is_no_text_at_all_fails_alone(world_of: Made, bad: ev.Received) -> None:
    world = await world_of()
    inputs = [heard(f"m{n}", "ann", f"word {n}") for n in range(4)]
    inputs.insert(2, Arrived("fake1", (bad,)))
    results = await asyncio.gather(*map(world.engine.submit, inputs), return_exceptions=True)
    assert [isinstance(result, Exception) for result in results] == [False, False, True, False, False]
    (lines,) = (await timelines(world)).values()
    assert texts(lines) == [f"word {n}" for n in range(4)]
    assert_gap_free(lines)


async def test_depth_that_nobody_can_write_fails_alone(world_of: Made) -> None:
    world = await world_of()
    deep: Any = []
    for _ in range(900):
        deep = [deep]
    bad = Arrived("fake1", (spoken("deep", "ann", Opaque("poll", "", {"deep": deep})),))
    results = await asyncio.gather(*map(world.engine.submit, (bad, heard("m1", "ann"))), return_exceptions=True)
    assert [isinstance(result, Exception) for result in results] == [True, False]


# -- order -----------------------------------------------------------------------------------------------------------------


async def test_a_burst_of_pictures_with_a_caption_is_one_contact_in_order(world_of: Made) -> None:
    """Pain 2, fault 12: eight pictures and a caption, each a webhook of its own, all at once, from somebody new."""
    world = await world_of()
    pictures = [spoken(f"p{n}", "ann", Image(MediaRef(f"key{n}")), album=f"set1/8/{n}") for n in range(8)]
    sent = [*pictures, spoken("caption", "ann", "my holidays")]
    results = await asyncio.gather(*(world.engine.submit(Arrived("fake1", (each,))) for each in sent))
    (lines,) = (await timelines(world)).values()
    said = [line for line in lines if line.kind == "message"]
    assert [line.body["platform"] for line in said] == [f"p{n}" for n in range(8)] + ["caption"]
    assert [result[0].seq for result in results] == [line.seq for line in said]
    fetches = [row for row in await world.rows() if row.kind == "fetch"]
    assert [orjson.loads(row.body)["ref"]["key"] for row in fetches] == [f"key{n}" for n in range(8)]
    assert [row.seq for row in fetches] == [line.seq for line in said[:8]]
    assert_gap_free(lines)


async def test_the_same_file_twice_in_a_message_is_fetched_once(world_of: Made) -> None:
    world = await world_of()
    line = (await world.engine.submit(heard("m1", "ann", Image(MediaRef("k")), Image(MediaRef("k")))))[0]
    body = (await timelines(world))[line.contact][line.seq - 1].body
    assert len({part["media"] for part in body["parts"]}) == 1
    assert len(await world.rows()) == len(await world.rows(t.media)) == 1


# -- what comes before what it is about ---------------------------------------------------------------------------------------


async def test_what_overtook_its_message_waits_for_it_over_a_restart(world_of: Made) -> None:
    world = await world_of()
    await world.hears("ann")
    early = (
        ev.MessageEdited("e1", START, "ann", "late", (Text("better"),)),
        ev.Reacted("r1", START + timedelta(seconds=1), "ann", "late", "👍"),
    )
    assert await world.engine.submit(Arrived("fake1", early)) == [None, None]
    assert len(await world.rows(t.parked)) == 2
    world = await world_of()
    line = (await world.engine.submit(heard("late", "ann")))[0]
    lines = (await timelines(world))[line.contact]
    assert [(each.kind, each.body["of"]) for each in lines[line.seq :]] == [("edited", line.seq), ("reacted", line.seq)]
    assert await world.rows(t.parked) == []


async def test_a_recall_that_comes_first_hides_the_words_at_once(world_of: Made) -> None:
    world = await world_of()
    recall = Arrived("fake1", (ev.MessageRecalled("r", START, "ann", "m1"),))
    edit = Arrived("fake1", (ev.MessageEdited("e", START, "ann", "m1", (Text("secret too"),)),))
    for batch in ([recall, heard("m1", "ann", "secret")], [edit]):
        await asyncio.gather(*map(world.engine.submit, batch))
    (lines,) = (await timelines(world)).values()
    assert [line.kind for line in lines] == ["opened", "message", "queued", "recalled", "edited"]
    assert "secret" not in str(lines)


async def test_news_of_an_earlier_contact_s_message_are_written_there(world_of: Made) -> None:
    world = await world_of()
    first = (await world.engine.submit(heard("m1", "ann")))[0].contact
    for number in range(2):
        await world.engine.submit(Did(world.engine.memory.lanes["fake1", "ann"], Ended("admin")))
        await world.engine.submit(heard(f"more{number}", "ann"))
    line = (await world.engine.submit(Arrived("fake1", (ev.Reacted("r", START, "ann", "m1", "👍"),))))[0]
    assert line.contact == first
    assert len(await timelines(world)) == 3


@pytest.mark.parametrize("id", ['a"b', "a\\b", "100%", "a_b", "é\n", "x" * 300])
async def test_an_id_of_the_platform_s_is_found_however_it_is_spelled(world_of: Made, id: str) -> None:
    world = await world_of()
    decoys = ["aXb", "a", "100", "1000", "e"]
    await world.engine.submit(Arrived("fake1", tuple(spoken(decoy, "ann") for decoy in decoys)))
    line = (await world.engine.submit(heard(id, "ann")))[0]
    found = (await world.engine.submit(Arrived("fake1", (ev.MessageRecalled("r", START, "ann", id),))))[0]
    assert (await timelines(world))[found.contact][found.seq - 1].body == {"of": line.seq}


# -- the rest of the vocabulary -----------------------------------------------------------------------------------------------


async def test_a_message_is_looked_for_in_the_newest_lines_and_the_search_stays_short(world_of: Made) -> None:
    """However long a contact is, nobody waits for all of it to be read."""
    world = await world_of()
    contact = await world.hears("ann", message="old")
    many = [spoken(f"m{n:04}", "ann", "?") for n in range(LOOKED_THROUGH)]
    await world.engine.submit(Arrived("fake1", many))

    async def reacts(message: str) -> Line | None:
        reacted = ev.Reacted(f"to-{message}", START, "ann", message, "👍")
        lines: list[Line | None] = await world.engine.submit(Arrived("fake1", (reacted,)))
        return lines[0]

    assert await reacts("m0001") is not None
    assert await reacts("old") is None
    query = (
        "EXPLAIN QUERY PLAN SELECT seq FROM (SELECT seq, body FROM entry WHERE contact = 'x' ORDER BY seq DESC LIMIT 9)"
    )
    plan = await world.store.read(lambda c: str(c.exec_driver_sql(query + " WHERE body LIKE '%y%'").all()))
    assert "entry_contact_seq" in plan
    assert "TEMP B-TREE" not in plan
    assert world.contacts[contact].state is State.QUEUED


def test_every_event_that_lasts_is_in_the_table() -> None:
    assert set(TAKE) == set(ev.EVENT_TYPES.values()) - set(ev.NEVER_STORED)


async def test_following_opens_no_contact_and_names_the_customer(world_of: Made) -> None:
    world = await world_of()
    await world.engine.submit(Arrived("fake1", (ev.CustomerJoined("j", START, "ann", "Ann"),)))
    assert world.engine.memory.contacts == {}
    await world.engine.submit(heard("m1", "ann"))
    await world.engine.submit(Arrived("fake1", (ev.CustomerRenamed("n", START, "ann", "Anna"),)))
    assert [row.name for row in await world.rows(t.customer)] == ["Anna"]
    (lines,) = (await timelines(world)).values()
    assert lines[-1].body == {"name": "Anna"}


async def test_who_leaves_ends_the_contact_and_who_never_wrote_leaves_nothing(world_of: Made) -> None:
    world = await world_of()
    contact = await world.hears("ann")
    left = [Arrived("fake1", (ev.CustomerLeft(f"l{who}", START, who, "unfollow"),)) for who in ("ann", "bob")]
    results = [await world.engine.submit(each) for each in left]
    assert [result[0] and result[0].contact for result in results] == [contact, None]
    assert world.contacts[contact].state is State.CLOSED


async def test_typing_is_never_stored(world_of: Made) -> None:
    world = await world_of()
    assert await world.engine.submit(Arrived("fake1", (ev.Typing("t", START, "ann"),))) == [None]
    assert await world.rows(t.seen) == []


async def test_without_ids_the_same_event_is_known_by_what_it_says(world_of: Made) -> None:
    world = await world_of()
    said = replace(spoken("", "ann", "hello"), message="")
    other = replace(said, at=START + timedelta(seconds=1))
    for event in (said, said, other, said):
        await world.engine.submit(Arrived("fake1", (event,)))
    (lines,) = (await timelines(world)).values()
    assert texts(lines) == ["hello", "hello"]


async def test_a_repetition_that_may_be_answered_for_longer_is_a_repetition(world_of: Made) -> None:
    """The permission counts from when the webhook came, and so is another one each time."""
    world = await world_of()
    for seconds in (4, 9):
        token = ReplyToken("t1", START + timedelta(seconds=seconds))
        await world.engine.submit(Arrived("fake1", (ev.Tapped("", START, "ann", "menu", reply_token=token),)))
    ((_, lines),) = (await timelines(world)).items()
    assert [line.kind for line in lines if line.by == "customer"] == ["tapped"]


@pytest.mark.parametrize("stable", [True, False])
async def test_a_repetition_with_another_time_is_new_only_where_times_are_stable(world_of: Made, stable: bool) -> None:
    world = await world_of(manifest(keeps_time=stable))
    for hours in (0, 26):
        await world.engine.submit(Arrived("fake1", (spoken("m1", "ann", at=START + timedelta(hours=hours)),)))
    (lines,) = (await timelines(world)).values()
    assert len(texts(lines)) == (2 if stable else 1)


# -- raw bytes, cursors, proofs ---------------------------------------------------------------------------------------------


def request(body: bytes, **headers: str) -> Request:
    return Request("POST", "/hooks/fake1", {"token": "secret"}, {"x-signature": "secret", **headers}, body, START)


async def bundles(world: World) -> list[tuple[list[Any], bytes]]:
    rows = await world.store.read(lambda connection: list(connection.execute(select(t.bundle.c.head, t.bundle.c.body))))
    return [(orjson.loads(head), body) for head, body in rows]


async def test_the_bytes_are_kept_once_and_without_what_only_served_to_trust_them(world_of: Made) -> None:
    world = await world_of()
    first = Arrived("fake1", (spoken("m1", "ann"),), request(b"first", **{"content-type": "a/b"}))
    other = Arrived("fake2", (spoken("m2", "bob"),), request(b"second!", **{"content-type": "\udcff"}))
    await asyncio.gather(*map(world.engine.submit, (first, other)))
    await world.engine.submit(first)  # a repetition says nothing new
    ((head, body),) = await bundles(world)
    assert head == [["fake1", "POST", "/hooks/fake1", "a/b", 5], ["fake2", "POST", "/hooks/fake1", "?", 7]]
    assert body == b"firstsecond!"
    assert b"secret" not in orjson.dumps(head) + body


async def test_what_nobody_knows_is_kept_to_be_looked_at(world_of: Made) -> None:
    world = await world_of()
    unknown = ev.Unknown("u", START, "ann", "beacon", {"type": "beacon"})
    for _ in range(2):
        await world.engine.submit(Arrived("fake1", (spoken("m1", "ann"), unknown), request(b"raw")))
    (row,) = await world.rows(t.arrival)
    assert (row.outcome, row.reason, row.body) == ("unknown", "beacon", b"raw")
    assert await bundles(world) == []
    assert len(await timelines(world)) == 1


async def test_a_cursor_is_committed_with_what_it_brought(world_of: Made) -> None:
    world = await world_of()
    world.store.fail = 1
    brought = Arrived("fake1", (spoken("m1", "ann"),), cursor="7")
    results = await asyncio.gather(world.engine.submit(brought), return_exceptions=True)
    assert isinstance(results[0], Exception)
    assert await world.rows(t.cursor) == []
    await world.engine.submit(brought)
    assert [tuple(row) for row in await world.rows(t.cursor)] == [("fake1", "7")]


async def test_proofs_of_known_and_new_customers_in_one_commit(world_of: Made) -> None:
    world = await world_of()
    await world.hears("ann")
    proofs = [
        Arrived("fake1", (ev.CustomerJoined(f"j-{who}", START, who),), strict=True, proven=True)
        for who in ("ann", "bob")
    ]
    await asyncio.gather(*map(world.engine.submit, proofs))
    assert {row.address: row.proven for row in await world.rows(t.identity)} == {"ann": 1, "bob": 1}


async def test_a_claimed_address_is_worth_what_its_latest_message_was(world_of: Made) -> None:
    world = await world_of()
    for number, (proven, wanted) in enumerate([(True, 1), (None, 1), (False, 0), (None, 0), (True, 1)]):
        said = ev.MessageReceived(f"m{number}", START, "ann", (Text("hi"),), proven=proven)
        await world.engine.submit(Arrived("fake1", (said,)))
        assert [row.proven for row in await world.rows(t.identity)] == [wanted]


def test_the_fixture_has_words_in_every_field_that_takes_some() -> None:
    filled = hostile_message("m1", "words")
    assert [field.name for field in fields(filled) if not getattr(filled, field.name)] == ["reply_to"]
