"""Nobody waits for somebody who is not there."""

from __future__ import annotations

from tests.api.house import House


async def test_a_transfer_to_an_agent_who_is_not_there_goes_to_the_next(house: House) -> None:
    """The hold is for an agent who may come; for one who is signed out it would only make the customer wait."""
    _, ann, contact, epoch = await house.talking()
    ben = await house.agent("ben")
    await ben.ready()
    await ann.act(contact, "transfer", epoch=epoch, agent="amy")
    assert house.runtime.engine.memory.contacts[contact].wanted == "amy"
    await house.offered(contact)
    assert house.runtime.engine.memory.contacts[contact].agent == "ben"


async def test_a_transfer_to_an_agent_who_is_there_waits(house: House) -> None:
    _, ann, contact, epoch = await house.talking()
    ben = await house.agent("ben")
    await ann.act(contact, "transfer", epoch=epoch, agent="ben")
    assert house.runtime.engine.memory.contacts[contact].state == "queued"
    await ben.ready()
    await house.offered(contact)
    assert house.runtime.engine.memory.contacts[contact].agent == "ben"
