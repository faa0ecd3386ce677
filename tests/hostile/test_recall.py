"""An agent takes back what agents said, and nothing else: the record of what a customer said is not an agent's to empty."""

from __future__ import annotations

from tests.api.house import Customer, House

WORDS = [{"type": "text", "text": "Your number is 5"}]


async def kinds(house: House, customer: Customer) -> dict[int, dict[str, object]]:
    found = await house.ok("GET", "/chat/entries", customer.headers)
    return {entry["seq"]: entry["body"] for entry in found["entries"]}


async def test_only_what_agents_said_can_be_taken_back(house: House) -> None:
    customer, ann, contact, epoch = await house.talking()
    note = await ann.act(contact, "notes", id="note-0001", text="Rude")
    said = await ann.act(contact, "messages", id="said-0001", parts=WORDS, epoch=epoch)
    before = await kinds(house, customer)
    for of in (0, 1, 2, note["seq"], said["seq"] + 1, 2**31 - 1):
        path = f"/desk/contacts/{contact}/recall"
        await house.no(409, "POST", path, ann.headers, json={"epoch": epoch, "of": of})
    assert await kinds(house, customer) == before
    await ann.act(contact, "recall", epoch=epoch, of=said["seq"])
    after = await kinds(house, customer)
    assert after[said["seq"]]["redacted"]
    assert after[2] == before[2]


async def test_nobody_else_takes_it_back(house: House) -> None:
    _, ann, contact, epoch = await house.talking()
    said = await ann.act(contact, "messages", id="said-0001", parts=WORDS, epoch=epoch)
    body = {"epoch": epoch, "of": said["seq"]}
    for agent, tenant, status in (("ben", "acme", 409), ("sue", "acme", 409), ("gus", "globex", 404)):
        other = await house.agent(agent, tenant)
        await house.no(status, "POST", f"/desk/contacts/{contact}/recall", other.headers, json=body)
