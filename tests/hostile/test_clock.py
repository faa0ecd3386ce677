"""The clock of the machine jumps, as it does when somebody sets it or a virtual machine wakes up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.api.house import House


@pytest.mark.parametrize("hours", [-2, 2, -24, 24 * 365])
async def test_a_jump_stops_nobody(house: House, hours: int) -> None:
    customer, ann, contact, epoch = await house.talking()
    house.clocks.at += timedelta(hours=hours)
    if hours > 0:  # what has a time by which it ends, has ended
        await house.no(401, "POST", "/chat/messages", customer.headers, json={})
        await house.no(401, "GET", "/desk/contacts", ann.headers)
        customer, ann = await house.customer(), await house.agent("ann")
        said = await customer.say("Is it late?")
        await ann.ready()
        await house.offered(said["contact"])
        contact = said["contact"]
        epoch = (await ann.act(contact, "accept", epoch=house.runtime.engine.memory.contacts[contact].epoch))["epoch"]
    words = [{"type": "text", "text": "Yes"}]
    assert (await customer.say("Still there?"))["contact"] == contact
    await ann.act(contact, "messages", epoch=epoch, id="still-there", parts=words)
    found = await house.ok("GET", "/chat/entries", customer.headers)
    assert [entry["body"]["parts"][0]["text"] for entry in found["entries"][-2:]] == ["Still there?", "Yes"]
    assert found["entries"][-1]["seq"] == found["newest"]
    await ann.act(contact, "wrap-up", epoch=epoch, code="done")
    again = await customer.say("One more thing")
    assert again["contact"] != contact  # a contact that was closed before it was opened still has a successor, and one
    assert (await customer.say("And another"))["contact"] == again["contact"]
    newest = await house.ok("GET", "/chat/entries", customer.headers)
    assert newest["contact"]["id"] == again["contact"]


async def test_who_comes_back_after_a_jump_backwards_sees_the_newest_contact(house: House) -> None:
    """Which contact of a lane is the newest, the time of its opening says: after a jump the old one would look newer."""
    customer, ann, contact, epoch = await house.talking()
    await ann.act(contact, "wrap-up", epoch=epoch, code="done")
    house.clocks.at -= timedelta(hours=2)
    second = (await customer.say("Again"))["contact"]
    await house.offered(second)
    ben_epoch = house.runtime.engine.memory.contacts[second].epoch
    epoch = (await ann.act(second, "accept", epoch=ben_epoch))["epoch"]
    await ann.act(second, "wrap-up", epoch=epoch, code="done")
    newest = await house.ok("GET", "/chat/entries", customer.headers)
    assert newest["contact"]["id"] == second
    third = (await customer.say("And again"))["contact"]
    row = house.runtime.engine.memory.contacts[third]
    assert row.predecessor == second
