"""What a customer's word allows on platforms that count: after a message so much, after a press less, each for itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from channels.parts import Text
from tests.runtime.conftest import Made
from tests.runtime.fake_time import START
from tests.runtime.world import World, manifest
from ucs.core.contact import Contact
from ucs.runtime.delivery.allowance import MOST_CUSTOMERS, Allowance, Opening
from ucs.runtime.engine.windows import windows

COUNTS = manifest(reply_window=timedelta(hours=1), press_window=timedelta(seconds=60))
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NEW = Contact("c1", "acme", "fake1", "ann", "customer-1", START)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


# when the customer wrote and pressed (seconds) → when the last window and the press's end
WINDOWS: dict[str, tuple[float | None, float | None, dict[str, float]]] = {
    "nothing yet": (None, None, {}),
    "wrote": (0, None, {"until": 3600}),
    "pressed": (None, 10, {"until": 70, "pressed_until": 70}),
    "wrote, then pressed": (0, 10, {"until": 3600, "pressed_until": 70}),
    "pressed, then wrote": (20, 10, {"until": 3620, "pressed_until": 70}),
    "wrote long ago, then pressed": (0, 3590, {"until": 3650, "pressed_until": 3650}),
}


@pytest.mark.parametrize("title", WINDOWS)
def test_until_when(title: str) -> None:
    wrote, pressed, ends = WINDOWS[title]
    moments = [at for at in (wrote, pressed) if at is not None]
    contact = NEW._replace(
        spoke_at=after(max(moments)) if moments else None,
        wrote_at=None if wrote is None else after(wrote),
        pressed_at=None if pressed is None else after(pressed),
    )
    assert windows(COUNTS, contact) == {name: after(seconds) for name, seconds in ends.items()}


def test_a_press_is_as_good_as_a_word_where_the_platform_makes_no_difference() -> None:
    contact = NEW._replace(spoke_at=after(5), pressed_at=after(5))
    assert windows(manifest(reply_window=HOUR), contact) == {"until": after(3605)}
    assert windows(manifest(), contact) == {}


def test_a_contact_of_an_earlier_release_has_its_window() -> None:
    assert windows(COUNTS, NEW._replace(spoke_at=after(5))) == {"until": after(3605)}


async def counting(world_of: Made) -> World:
    world = await world_of(COUNTS)
    world.adapter.quota, world.adapter.pressed_quota = 3, 2
    await world.delivering()
    return world


async def said(world: World, contact: str, *words: str) -> list[str]:
    """How each of these came out."""
    seqs = [await world.says(contact, word) for word in words]
    await world.until(lambda: world.statuses(contact, seqs[-1]))
    return [world.statuses(contact, seq)[-1] for seq in seqs]


async def test_after_a_press_fewer_and_for_a_shorter_time(world_of: Made) -> None:
    world = await counting(world_of)
    contact = await world.presses("ann")
    await world.accepts(contact)
    assert await said(world, contact, "one", "two", "three") == ["sent", "sent", "failed"]
    assert "takes 2 messages" in world.status_lines(contact)[-1]["reason"]
    world.time.skip(1)
    await world.presses("ann")
    assert await said(world, contact, "three") == ["sent"]
    world.time.skip(61)
    assert await said(world, contact, "four") == ["failed"]
    assert "only for a while" in world.status_lines(contact)[-1]["reason"]
    assert [text for _, text in world.adapter.said] == ["one", "two", "three"]


async def test_a_press_leaves_what_the_word_before_it_allows(world_of: Made) -> None:
    world = await counting(world_of)
    contact = await world.talks("ann")
    assert await said(world, contact, "one") == ["sent"]
    world.time.skip(1)
    await world.presses("ann")
    assert await said(world, contact, "2", "3", "4", "5", "6") == ["sent"] * 4 + ["failed"]
    assert "takes 3 messages" in world.status_lines(contact)[-1]["reason"]


async def test_a_word_after_a_press_is_a_word(world_of: Made) -> None:
    world = await counting(world_of)
    contact = await world.presses("ann")
    await world.accepts(contact)
    world.time.skip(120)
    await world.hears("ann", (Text("Hello?"),))
    assert await said(world, contact, "1", "2", "3", "4") == ["sent"] * 3 + ["failed"]


class Counted(datetime):
    """A moment that counts how often it is looked at."""

    looked = 0

    def __ge__(self, other: object) -> bool:
        type(self).looked += 1
        return super().__ge__(other)  # type: ignore[operator]


@pytest.mark.parametrize("open_for", [timedelta(0), timedelta(days=2)])
def test_however_many_customers_there_are_each_costs_a_look_or_two(open_for: timedelta) -> None:
    """With windows that close at once, and with windows that all stay open."""
    Counted.looked, allowance, many = 0, Allowance(), 5 * MOST_CUSTOMERS
    for n in range(many):
        now = Counted(2026, 3, 2, tzinfo=UTC) + timedelta(seconds=n / 10)
        until = now + open_for
        allowance.use(Opening((f"customer-{n}", False), until, 5), 1, now)
    assert Counted.looked <= 2 * many
    last = Opening((f"customer-{many - 1}", False), until, 5)
    assert allowance.used(last) == 1
    assert not allowance.holds(last, 5)
