"""The second reader on updates that are not as they should be: a field more, a field less, a null, a number as a text.

Every golden update is changed in one place, each place in turn. What the SDK still reads we read the same, or keep whole as
`Unknown`; what it fails at we keep all the same; and nothing that is wrong in an update makes it somebody else's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from telegram import Update

from adapters.telegram.inbound import read
from adapters.telegram.test_telegram_sdk import CASES, CONTENT, KIT, OURS, UNREAD, compared
from channels.errors import Malformed
from channels.events import Received, Unknown

Path = tuple[Any, ...]
GOLDEN = {name: case for name, case in CASES.items() if name not in UNREAD | OURS}
POLLED = [
    update
    for case in KIT.outbound()
    for step in case.exchange
    if step.request["url"].endswith("/getUpdates") and isinstance(step.written.get("json", {}).get("result"), list)
    for update in step.written["json"]["result"]
    if isinstance(update, dict) and type(update.get("update_id")) is int
]

# Where it is not there, or is what it should not be, we read something else than the SDK, which hands on what it finds.
DIFFERS = {
    **dict.fromkeys(CONTENT | {"migrate_to_chat_id", "new_chat_members"}, "a message of nothing is kept as it came"),
    **dict.fromkeys(("file_id", "phone_number"), "there is no file and no card without, so it is kept as it came"),
    **dict.fromkeys(("latitude", "longitude", "title", "address"), "a place needs both numbers, and may have no name"),
    **dict.fromkeys(("offset", "length", "url"), "a link that is nowhere or leads nowhere is not written out"),
    **dict.fromkeys(("file_size", "edit_date", "type"), "what is no number, or no name, is not there"),
    **dict.fromkeys(("message_id", "message_thread_id", "forum_topic_created"), "what is quoted is not known then"),
    **dict.fromkeys(("from", "id"), "who pressed is whose chat it is"),
}


def places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value in an update, and the way to it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield (*path, key), each
        yield from places(each, (*path, key))


def changed(update: Any, path: Path, change: Callable[[Any, Any], None]) -> Any:
    whole = deepcopy(update)
    holder = whole
    for key in path[:-1]:
        holder = holder[key]
    change(holder, path[-1])
    return whole


def more(holder: Any, key: Any) -> None:
    if isinstance(holder[key], dict):
        holder[key]["thought_of_later"] = {"deep": [1, None, "x"]}


def less(holder: Any, key: Any) -> None:
    del holder[key]


def null(holder: Any, key: Any) -> None:
    holder[key] = None


def as_text(holder: Any, key: Any) -> None:
    if type(holder[key]) in (int, float):
        holder[key] = str(holder[key])


def by_sdk(update: Any) -> Update | None:
    """None: it cannot read it."""
    try:
        return Update.de_json(deepcopy(update), None)
    except (KeyError, TypeError, AttributeError):
        return None


@pytest.mark.parametrize("name", GOLDEN)
def test_a_field_more_changes_nothing(name: str) -> None:
    case = GOLDEN[name]
    for path, _ in places(case.payload):
        update = changed(case.payload, path, more)
        sdk = by_sdk(update)
        assert sdk is not None
        ours = read(update, case.request.at)
        assert [type(event) for event in ours] == [type(event) for event in case.events]
        assert all(pair[0] == pair[1] for event in ours for pair in compared(event, sdk)), path


@pytest.mark.parametrize("change", [less, null, as_text])
@pytest.mark.parametrize("name", GOLDEN)
def test_what_is_wrong_in_one_place_is_read_the_same_or_kept(name: str, change: Callable[[Any, Any], None]) -> None:
    case = GOLDEN[name]
    for path, value in places(case.payload):
        update = changed(case.payload, path, change)
        if update == case.payload:
            continue
        try:
            ours = read(update, case.request.at)
        except Malformed:
            assert path == ("update_id",), f"{path} was {value!r}"
            continue
        assert ours, f"{path}: nothing came of it"
        assert all(_same_person(event, case.events) for event in ours), f"{path} made it somebody else's: {ours}"
        sdk = by_sdk(update)
        if sdk is None or path[-1] in DIFFERS:
            continue
        for event in ours:
            if isinstance(event, Unknown):
                assert _whole(event, update), f"{path}: not kept whole"
                continue
            assert [pair for pair in compared(event, sdk) if pair[0] != pair[1]] == [], path


@pytest.mark.parametrize("update", POLLED, ids=[str(update["update_id"]) for update in POLLED])
def test_polled_updates_are_read_the_same(update: Any) -> None:
    events, sdk = read(update, datetime(2026, 1, 1, tzinfo=UTC)), by_sdk(update)
    assert events
    assert sdk is not None
    assert [pair for event in events for pair in compared(event, sdk) if pair[0] != pair[1]] == []


def _whole(event: Unknown, update: Any) -> bool:
    """The update, or what it is about, or the update and why it could not be read."""
    return event.raw.get("update", event.raw) in (update, *update.values())


def _same_person(event: Received, golden: tuple[Received, ...]) -> bool:
    """Of a topic, its group will do."""
    whose = {each.customer for each in golden}
    return not event.customer or event.customer in whose | {each.partition("/")[0] for each in whose}
