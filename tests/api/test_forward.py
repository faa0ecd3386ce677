"""Forwarding: who has the contact sends the customer's words on where the platform can, and the customer hears nothing of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.api.house import House
from ucs.core.events import CustomerRecalled
from ucs.runtime.engine.inputs import Configured, Did
from ucs.store import tables as t

GOOD: Mapping[str, Any] = {"id": "forward-0001", "of": 2, "recipients": ["workshop@x.example"], "note": "Between us."}


async def forwarding(house: House, most: int = 2) -> None:
    """From now on the channel `site` forwards."""
    center = house.runtime.engine.center
    site = center.channels["site"]
    kind = type("Forwarding", (type(site.adapter),), {"manifest": replace(site.adapter.manifest, forwards=most)})
    able = replace(site, adapter=kind(site.adapter.config), powers=site.powers | {"forward"})
    await house.api.submit(Configured(replace(center, channels={**center.channels, "site": able}), ()))


async def test_agents_see_it_and_the_customer_does_not(house: House) -> None:
    customer, agent, contact, epoch = await house.talking()
    await forwarding(house)
    assert (await house.ok("GET", "/desk/settings", agent.headers))["forwards"] == ["site"]
    done = await agent.act(contact, "forward", epoch=epoch, **GOOD)
    again = await agent.act(contact, "forward", epoch=epoch, **GOOD)
    assert (again["seq"], again["again"]) == (done["seq"], True)
    entries = (await house.ok("GET", f"/desk/contacts/{contact}", agent.headers))["entries"]
    line = next(entry for entry in entries if entry["seq"] == done["seq"])
    assert (line["kind"], line["by"]) == ("forwarded", "agent:ann")
    assert line["body"] == {
        "of": 2,
        "recipients": ["workshop@x.example"],
        "note": "Between us.",
        "client": "forward-0001",
    }
    theirs = str(await house.ok("GET", f"/chat/entries?contact={contact}&after=0", customer.headers))
    assert "workshop" not in theirs
    assert "Between us." not in theirs
    rows = await house.api.read(lambda connection: connection.execute(t.outbox.select()).all())
    assert [(row.kind, row.address, row.seq) for row in rows] == [("forward", "workshop@x.example", done["seq"])]


@pytest.mark.parametrize(
    "wrong",
    [
        {"recipients": []},
        {"recipients": ["a b@x.example"]},
        {"recipients": ["a@x.example\r\nBcc: b@x.example"]},
        {"id": "short"},
        {"note": "x" * 20_001},
        {"along": ["a\nb"]},
        {"subject": "Mine"},
    ],
)
async def test_what_it_has_to_look_like(house: House, wrong: dict[str, Any]) -> None:
    _, agent, contact, epoch = await house.talking()
    await forwarding(house)
    body = {**GOOD, "epoch": epoch, **wrong}
    await house.no(422, "POST", f"/desk/contacts/{contact}/forward", agent.headers, json=body)


async def test_only_what_the_customer_said(house: House) -> None:
    _, agent, contact, epoch = await house.talking()
    await forwarding(house)
    said = await agent.act(contact, "messages", id="agent-0001", epoch=epoch, parts=[{"type": "text", "text": "Hi!"}])
    for of in (1, said["seq"], 99):
        body = {**GOOD, "epoch": epoch, "of": of}
        problem = await house.no(409, "POST", f"/desk/contacts/{contact}/forward", agent.headers, json=body)
        assert "not what the customer has said" in problem["detail"]


async def test_nothing_that_was_taken_back(house: House) -> None:
    _, agent, contact, epoch = await house.talking()
    await forwarding(house)
    await house.api.submit(Did(contact, CustomerRecalled(2)))
    body = {**GOOD, "epoch": epoch}
    problem = await house.no(409, "POST", f"/desk/contacts/{contact}/forward", agent.headers, json=body)
    assert "taken back" in problem["detail"]


async def test_where_the_platform_cannot_it_is_refused(house: House) -> None:
    _, agent, contact, epoch = await house.talking()
    assert (await house.ok("GET", "/desk/settings", agent.headers))["forwards"] == []
    path, body = f"/desk/contacts/{contact}/forward", {**GOOD, "epoch": epoch}
    problem = await house.no(409, "POST", path, agent.headers, json=body)
    assert "forwards nothing" in problem["detail"]
    await forwarding(house, most=1)
    two = {**body, "recipients": ["a@x.example", "b@x.example"]}
    assert "to 1 at most" in (await house.no(409, "POST", path, agent.headers, json=two))["detail"]


async def test_an_old_epoch_is_told_so(house: House) -> None:
    _, agent, contact, epoch = await house.talking()
    await forwarding(house)
    body = {**GOOD, "epoch": epoch - 1}
    problem = await house.no(409, "POST", f"/desk/contacts/{contact}/forward", agent.headers, json=body)
    assert "changed hands" in problem["detail"]
