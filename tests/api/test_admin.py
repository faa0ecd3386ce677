"""Settings: one at a time or all at once, everything that is wrong at once, nothing secret back; and the work of running it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.api.house import CENTER, IDENTITY_KEY, PASSWORD, House
from ucs.runtime.runtime import stored_documents

QUEUE = {"name": "Sales", "rings": [{"after": "30s", "level": 2}]}


async def test_settings_come_back_as_they_were_written(house: House) -> None:
    amy = await house.agent("amy")
    put = await house.ok("PUT", "/admin/tenants/acme/queues/sales", amy.headers, json=QUEUE)
    assert (put["kind"], put["id"], put["setting"], put["has_password"]) == ("queue", "sales", QUEUE, None)
    listed = await house.ok("GET", "/admin/tenants/acme/queues", amy.headers)
    assert [each["id"] for each in listed["settings"]] == ["sales", "support"]
    await house.ok("DELETE", "/admin/tenants/acme/queues/sales", amy.headers)
    await house.no(404, "GET", "/admin/tenants/acme/queues/sales", amy.headers)


async def test_a_change_works_at_once_and_after_a_restart(house: House) -> None:
    amy = await house.agent("amy")
    channel = {"adapter": "webchat", "queue": "support", "name": "New"}
    await house.ok("PUT", "/admin/tenants/acme/channels/new", amy.headers, json=channel)
    await (await house.customer("new")).say("Hello")
    stored = await house.runtime.store.read(stored_documents)
    assert {(each.kind, each.tenant, each.id): each.body for each in stored} == {
        key: each.body for key, each in house.api.center.documents.items()
    }


async def test_passwords_go_in_and_never_come_out(house: House) -> None:
    amy = await house.agent("amy")
    path = "/admin/tenants/acme/agents/new"
    put = await house.ok("PUT", path, amy.headers, json={"name": "New", "password": "a new password"})
    assert (put["setting"], put["has_password"]) == ({"name": "New"}, True)
    stored = house.api.center.documents["agent", "acme", "new"].body
    assert stored["password_hash"].startswith("$argon2id$")
    assert "password" not in stored
    body = {"tenant": "acme", "agent": "new", "password": "a new password"}
    await house.ok("POST", "/desk/sign-in", json=body)
    await house.ok("PUT", path, amy.headers, json={"name": "Newer"})  # keeps the password
    await house.ok("POST", "/desk/sign-in", json=body)
    for wrong in ({"password": "short"}, {"password_hash": "$argon2id$"}, {"password": 12345678}):
        await house.no(422, "PUT", path, amy.headers, json=wrong)
    text = str(await house.ok("GET", "/admin/tenants/acme/agents", amy.headers))
    assert "argon2" not in text
    assert "a new password" not in text


async def test_a_password_over_the_api_is_never_a_reference(house: House) -> None:
    """Else an admin could find out what stands in our environment, guess by guess."""
    amy = await house.agent("amy")
    await house.ok("PUT", "/admin/tenants/acme/agents/new", amy.headers, json={"password": "env:ACME__IDENTITY_KEY"})
    guess = {"tenant": "acme", "agent": "new", "password": IDENTITY_KEY}
    await house.no(401, "POST", "/desk/sign-in", json=guess)


def chat(**config: Any) -> dict[str, Any]:
    return {"adapter": "webchat", "queue": "support", "config": {"identity_audience": "acme-chat", **config}}


async def test_secrets_are_references(house: House) -> None:
    amy, path = await house.agent("amy"), "/admin/tenants/acme/channels/vip"
    problem = await house.no(422, "PUT", path, amy.headers, json=chat(identity_key="s3cret" * 8))
    assert "env:NAME" in problem["detail"]
    assert "s3cret" not in str(problem)
    shown = await house.ok("GET", path, amy.headers)
    assert shown["setting"]["config"]["identity_key"] == "env:ACME__IDENTITY_KEY"


@pytest.mark.parametrize("reference", ["env:HOME", "env:GLOBEX__KEY", "file:/etc/passwd", "env:ACME_KEY", "env:"])
async def test_an_admin_reaches_no_secret_but_the_tenants_own(
    house: House, monkeypatch: pytest.MonkeyPatch, reference: str
) -> None:
    for name in ("GLOBEX__KEY", "ACME_KEY", "HOME"):
        monkeypatch.setenv(name, "k" * 40)
    amy, path = await house.agent("amy"), "/admin/tenants/acme/channels/vip"
    problem = await house.no(422, "PUT", path, amy.headers, json=chat(identity_key=reference))
    assert "env:ACME__" in problem["detail"]
    await house.ok("PUT", path, amy.headers, json=chat(identity_key="env:ACME__IDENTITY_KEY"))


async def test_the_operator_may_name_any_secret(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARED_KEY", "k" * 40)
    path = "/admin/tenants/acme/channels/vip"
    await house.ok("PUT", path, house.operator, json=chat(identity_key="env:SHARED_KEY"))
    amy = await house.agent("amy")
    changed = {**chat(identity_key="env:SHARED_KEY"), "name": "VIP"}
    await house.ok("PUT", path, amy.headers, json=changed)  # what stood there before may stay


async def test_all_complaints_at_once_and_nothing_changes(house: House) -> None:
    before = house.api.center
    wrong = {
        "acme": {
            "queue": {"support": {"offer_for": "soon"}, "Bad Id": {}},
            "agent": {"ann": {"skills": {"nothing": 1}, "password": "short"}, "ben": {"password_hash": "x"}},
            "channel": {"site": {"adapter": "smoke", "queue": "support"}, "vip": chat(identity_key="literal" * 8)},
            "colour": "blue",
        },
        "globex": "no table",
    }
    problem = await house.no(422, "POST", "/admin/apply", house.operator, json=wrong)
    fields = {each["field"] for each in problem["errors"]}
    assert fields >= {
        "acme.queue.support.offer_for",
        "acme.queue.Bad Id",
        "acme.agent.ann.password",
        "acme.agent.ann.skills.nothing",
        "acme.agent.ben.password_hash",
        "acme.channel.site.adapter",
        "acme.channel.vip.config.identity_key",
        "acme.colour",
        "globex",
    }
    assert house.api.center is before


async def test_apply_makes_it_so_entirely(house: House) -> None:
    hash = house.api.center.agents["acme", "ann"].password_hash
    wanted = {
        "acme": {
            "queue": {"support": {}},
            "agent": {"ann": {"password": PASSWORD}, "amy": {"role": "admin"}},
            "channel": {"site": {"adapter": "webchat", "queue": "support"}},
        }
    }
    applied = await house.ok("POST", "/admin/apply", house.operator, json=wanted)
    assert applied == {
        "tenants": 1,
        "queues": 1,
        "agents": 2,
        "channels": 1,
        "phrases": 0,
        "robots": 0,
        "word_lists": 0,
    }
    assert set(house.api.center.tenants) == {"acme"}
    assert house.api.center.agents["acme", "ann"].password_hash == hash  # an unchanged password keeps its hash
    await house.agent("amy")  # and without one the old stays
    await house.no(404, "POST", "/chat/globe/session")
    again = await house.ok("POST", "/admin/apply", house.operator, json=wanted)
    assert again == applied


async def test_an_admin_applies_the_own_tenant_and_no_other(house: House) -> None:
    amy = await house.agent("amy")
    await house.no(403, "POST", "/admin/apply", amy.headers, json={})
    await house.no(403, "POST", "/admin/apply", amy.headers, json=CENTER)
    wanted = {"acme": {**CENTER["acme"], "name": "Acme & Sons"}}
    await house.ok("POST", "/admin/apply", amy.headers, json=wanted)
    assert house.api.center.tenants["acme"].name == "Acme & Sons"
    assert "globe" in house.api.center.channels


async def test_what_is_in_use_stays(house: House) -> None:
    _, _, contact, _ = await house.talking()
    amy = await house.agent("amy")
    problem = await house.no(409, "DELETE", "/admin/tenants/acme/channels/site", amy.headers)
    assert "channel site (1)" in problem["detail"]
    await house.no(409, "DELETE", "/admin/tenants/acme", house.operator)
    await house.ok("POST", f"/admin/contacts/{contact}/end", amy.headers, json={"reason": "Spam"})
    await house.ok("DELETE", "/admin/tenants/acme/channels/site", amy.headers)


async def test_a_name_that_others_need_stays(house: House) -> None:
    amy = await house.agent("amy")
    problem = await house.no(422, "DELETE", "/admin/tenants/acme/queues/support", amy.headers)
    assert "not 'support'" in problem["detail"]


async def test_changes_at_the_same_time_are_all_there(house: House) -> None:
    amy = await house.agent("amy")
    paths = [f"/admin/tenants/acme/queues/q{number}" for number in range(8)]
    await asyncio.gather(*(house.ok("PUT", path, amy.headers, json={}) for path in paths))
    assert {f"q{number}" for number in range(8)} <= {id for _, id in house.api.center.queues}


async def test_tenants_are_the_operators(house: House) -> None:
    amy = await house.agent("amy")
    await house.no(403, "PUT", "/admin/tenants/acme", amy.headers, json={"name": "Mine"})
    await house.no(403, "PUT", "/admin/tenants/new", amy.headers, json={})
    await house.no(403, "DELETE", "/admin/tenants/acme", amy.headers)
    assert [each["id"] for each in (await house.ok("GET", "/admin/tenants", amy.headers))["settings"]] == ["acme"]
    await house.ok("PUT", "/admin/tenants/new", house.operator, json={"name": "New"})
    await house.no(422, "PUT", "/admin/tenants/Bad", house.operator, json={})
    found = await house.ok("GET", "/admin/tenants", house.operator)
    assert [each["id"] for each in found["settings"]] == ["acme", "globex", "new"]
    await house.ok("DELETE", "/admin/tenants/new", house.operator)


async def test_contacts_and_seats(house: House) -> None:
    customer, ann, contact, epoch = await house.talking()
    amy = await house.agent("amy")
    found = await house.ok("GET", "/admin/contacts?state=talking", amy.headers)
    assert ([each["id"] for each in found["contacts"]], found["total"]) == ([contact], 1)
    assert (await house.ok("GET", "/admin/contacts?state=queued", amy.headers))["total"] == 0
    await house.no(400, "GET", "/admin/contacts?state=closed", amy.headers)
    seat = await house.ok("POST", "/admin/seats/ann/state", amy.headers, json={"state": "rest", "reason": "Lunch"})
    assert (seat["state"], seat["reason"]) == ("rest", "Lunch")
    await house.ok("POST", "/admin/seats/ann/state", amy.headers, json={"state": "offline"})
    assert house.runtime.engine.memory.contacts[contact].state == "queued"
    await house.no(401, "GET", "/desk/contacts", ann.headers)
    await house.no(404, "POST", "/admin/seats/gus/state", amy.headers, json={"state": "rest"})
    await house.no(400, "POST", "/admin/seats/gus/state", house.operator, json={"state": "rest"})
    await house.agent("gus", "globex")
    await house.ok("POST", "/admin/seats/gus/state?tenant=globex", house.operator, json={"state": "idle"})
    ended = await house.ok("POST", f"/admin/contacts/{contact}/end", amy.headers, json={"reason": "Spam"})
    assert (ended["state"], ended["reason"]) == ("closed", "ended")
    assert "Spam" not in str(await house.ok("GET", "/chat/entries", customer.headers))
    assert epoch
