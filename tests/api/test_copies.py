"""Copies: agents say who else gets a message where the platform knows copies, and nobody but agents sees who did."""

from __future__ import annotations

from dataclasses import replace

import pytest

from channels.copies import Copies
from channels.events import MessageReceived
from channels.parts import Text
from tests.api.house import House
from ucs.runtime.engine.arrived import Arrived

CC, BCC = ["carol@x.example"], ["dave@x.example", "eve@x.example"]


async def test_a_channel_without_copies_refuses_them(house: House) -> None:
    _, agent, contact, epoch = await house.talking()
    body = {"id": "agent-0001", "epoch": epoch, "parts": [{"type": "text", "text": "Hi"}], "copies": {"cc": CC}}
    refused = await house.no(409, "POST", f"/desk/contacts/{contact}/messages", agent.headers, json=body)
    assert refused["detail"] == "A message here goes to the customer alone: there are no copies."
    none = {**body, "copies": {"cc": [], "bcc": []}}
    await house.ok("POST", f"/desk/contacts/{contact}/messages", agent.headers, json=none)
    assert (await house.ok("GET", "/desk/settings", agent.headers))["copies"] == []


@pytest.mark.parametrize("address", ["", "a b@x.example", "a@x.example\r\nBcc: b@x.example", "x" * 400])
async def test_an_address_is_one_word(house: House, address: str) -> None:
    _, agent, contact, epoch = await house.talking()
    body = {"id": "agent-0001", "epoch": epoch, "parts": [{"type": "text", "text": "Hi"}], "copies": {"cc": [address]}}
    await house.no(422, "POST", f"/desk/contacts/{contact}/messages", agent.headers, json=body)


@pytest.mark.parametrize(("most", "says"), [(1, "1 other at most, not to 3"), (2, "2 others at most, not to 3")])
async def test_more_copies_than_the_platform_sends_are_refused(
    house: House, monkeypatch: pytest.MonkeyPatch, most: int, says: str
) -> None:
    _, agent, contact, epoch = await house.talking()
    plugin = type(house.runtime.engine.center.channels["site"].adapter)
    monkeypatch.setattr(plugin, "manifest", replace(plugin.manifest, copies=most))
    copies = {"cc": CC, "bcc": BCC}
    body = {"id": "agent-0001", "epoch": epoch, "parts": [{"type": "text", "text": "Hi"}], "copies": copies}
    refused = await house.no(409, "POST", f"/desk/contacts/{contact}/messages", agent.headers, json=body)
    assert refused["detail"] == f"A message here goes to {says}."


async def test_agents_see_who_got_copies_and_the_customer_does_not(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer, agent, contact, epoch = await house.talking()
    channel = house.runtime.engine.center.channels["site"]
    manifest = type(channel.adapter).manifest
    monkeypatch.setattr(type(channel.adapter), "manifest", replace(manifest, copies=3))
    assert (await house.ok("GET", "/desk/settings", agent.headers))["copies"][0] == "site"
    body = {"epoch": epoch, "parts": [{"type": "text", "text": "Hi"}], "copies": {"cc": CC, "bcc": BCC}}
    path = f"/desk/contacts/{contact}/messages"
    done = await house.ok("POST", path, agent.headers, json={"id": "agent-0001", **body})
    too_many = {"id": "agent-0002", **body, "copies": {"cc": CC * 2, "bcc": BCC}}
    await house.no(409, "POST", path, agent.headers, json=too_many)

    engine = house.runtime.engine
    address = engine.memory.contacts[contact].address
    said = MessageReceived("e1", engine.now(), address, (Text("Hello all"),), "m1", copies=Copies(("fay@x.example",)))
    await engine.submit(Arrived("site", (said,)))

    seen = (await house.ok("GET", f"/desk/contacts/{contact}", agent.headers))["entries"]
    bodies = {line["seq"]: line["body"] for line in seen}
    assert bodies[done["seq"]]["copies"] == {"cc": CC, "bcc": BCC}
    assert [each["copies"]["cc"] for each in bodies.values() if "copies" in each] == [CC, ["fay@x.example"]]
    theirs = str(await house.ok("GET", f"/chat/entries?contact={contact}&after=0", customer.headers))
    assert "Hello all" in theirs
    assert "x.example" not in theirs
