"""The customer beside the contact: how they are known, what agents note down, and the tenant's own page about them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.house import Agent, House, identity

FIELDS = {
    "order": {"name": "Order", "kind": "number"},
    "since": {"kind": "date"},
    "plan": {"kind": "choice", "options": ["Basic", "Plus"]},
    "newsletter": {"kind": "yes_no"},
    "remark": {},
}


async def set_tenant(house: House, **setting: Any) -> None:
    await house.ok("PUT", "/admin/tenants/acme", house.operator, json={"name": "Acme", **setting})


async def seen(house: House, agent: Agent, contact: str) -> dict[str, Any]:
    return dict(await house.ok("GET", f"/desk/contacts/{contact}", agent.headers))


async def test_what_was_noted_down_is_there_in_the_next_contact_too(house: House) -> None:
    await set_tenant(house, fields=FIELDS)
    customer, ann, contact, epoch = await house.talking()
    told = {"order": "42", "since": "2024-02-29", "plan": "Plus", "newsletter": "no", "remark": " <b>王</b> "}
    noted = await ann.act(contact, "customer", fields=told)
    assert noted["fields"] == {**told, "remark": "<b>王</b>"}
    await ann.act(contact, "customer", fields={"order": "43", "plan": ""})
    await ann.act(contact, "wrap-up", epoch=epoch)
    again = (await customer.say("Me again"))["contact"]
    await house.offered(again)
    found = (await seen(house, ann, again))["customer"]["fields"]
    assert found == {"order": "43", "since": "2024-02-29", "newsletter": "no", "remark": "<b>王</b>"}


async def test_two_who_note_at_once_lose_nothing(house: House) -> None:
    await set_tenant(house, fields=FIELDS)
    _, ann, contact, _ = await house.talking()
    sue = await house.agent("sue")
    path = f"/desk/contacts/{contact}/customer"
    asked = [
        house.ok("POST", path, ann.headers, json={"fields": {"order": "1"}}),
        house.ok("POST", path, sue.headers, json={"fields": {"remark": "x"}}),
    ]
    for one in asked:
        await one
    assert (await seen(house, ann, contact))["customer"]["fields"] == {"order": "1", "remark": "x"}


async def test_another_name_does_not_take_what_was_noted_down(house: House) -> None:
    await set_tenant(house, fields=FIELDS)
    vip = await house.customer("vip", identity=identity(house.clocks.now()))
    contact = (await vip.say("Hello"))["contact"]
    ann = await house.agent()
    await ann.ready()
    await house.offered(contact)
    await ann.act(contact, "customer", fields={"remark": "regular"})
    await house.customer("vip", identity=identity(house.clocks.now(), name="Cleo Two"))
    renamed = await house.customer("vip", identity=identity(house.clocks.now(), name="Cleo Three"))
    await renamed.say("It is me", "customer-0002")
    found = (await seen(house, ann, contact))["customer"]
    assert found["fields"] == {"remark": "regular"}
    assert [(each["channel"], each["proven"]) for each in found["identities"]] == [("vip", True)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"order": "many"}, "a number"),
        ({"since": "2025-02-29"}, "a date"),
        ({"since": "20250201"}, "a date"),
        ({"plan": "Gold"}, "one of Basic, Plus"),
        ({"newsletter": "maybe"}, "yes or no"),
        ({"moon": "full"}, "no field 'moon'"),
    ],
)
async def test_a_field_takes_what_it_is_for(house: House, fields: dict[str, str], expected: str) -> None:
    await set_tenant(house, fields=FIELDS)
    _, ann, contact, _ = await house.talking()
    problem = await house.no(409, "POST", f"/desk/contacts/{contact}/customer", ann.headers, json={"fields": fields})
    assert expected in problem["detail"]
    assert (await seen(house, ann, contact))["customer"]["fields"] == {}


async def test_whose_contact_it_is_not_notes_nothing_down(house: House) -> None:
    _, _, contact, _ = await house.talking()
    ben = await house.agent("ben")
    await house.no(404, "POST", f"/desk/contacts/{contact}/customer", ben.headers, json={"fields": {}})


# -- the screen pop --------------------------------------------------------------------------------------------------------


async def test_the_tenants_own_page_knows_whom_it_is_about(house: House) -> None:
    await set_tenant(house, fields=FIELDS, screen_pop="https://crm.example.com/?n={name}&o={field.order}&a={agent}")
    _, ann, contact, _ = await house.talking()
    await ann.act(contact, "customer", fields={"order": "42"})
    pop = (await seen(house, ann, contact))["screen_pop"]
    assert pop["url"] == "https://crm.example.com/?n=&o=42&a=ann"
    async with await house.ask("GET", pop["frame"]) as frame:
        policy = frame.headers["Content-Security-Policy"]
        assert "frame-src https://crm.example.com;" in policy
        assert "default-src 'none'" in policy
        assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert "crm.example.com" not in await frame.text()
        assert frame.headers["Referrer-Policy"] == "no-referrer"


async def test_a_channels_own_page_goes_before_the_tenants(house: House) -> None:
    await set_tenant(house, screen_pop="https://crm.example.com/")
    setting = {"adapter": "webchat", "queue": "support", "screen_pop": "/web/desk/sample.html?c={contact}"}
    await house.ok("PUT", "/admin/tenants/acme/channels/site", house.operator, json=setting)
    _, ann, contact, _ = await house.talking()
    pop = (await seen(house, ann, contact))["screen_pop"]
    assert pop["url"] == f"/web/desk/sample.html?c={contact}"
    async with await house.ask("GET", pop["frame"]) as frame:
        assert "frame-src 'self';" in frame.headers["Content-Security-Policy"]


async def test_a_page_that_is_not_allowed_says_why(house: House) -> None:
    await set_tenant(house, screen_pop="http://crm.internal:8000/{name}")
    _, ann, contact, _ = await house.talking()
    pop = (await seen(house, ann, contact))["screen_pop"]
    assert (pop["url"], pop["frame"]) == ("", "")
    assert "not https" in pop["trouble"]


async def test_a_frame_that_nobody_shows_is_not_found(house: House) -> None:
    await set_tenant(house, screen_pop="https://crm.example.com/{name}")
    for key in ("AAAAAAAAAAAAAAAAAAAAAAAA", "%C3%A9", "%FF", "%ED%A0%80", "%00"):
        async with await house.ask("GET", f"/desk/pop/{key}") as frame:
            assert frame.status == 404, key
    for template in ("https://crm.example.com; script-src *", "javascript:alert(1)"):
        await house.no(422, "PUT", "/admin/tenants/acme", house.operator, json={"screen_pop": template})


# -- what a screen needs to know -------------------------------------------------------------------------------------------


async def test_settings_of_a_tenants_screens(house: House) -> None:
    await set_tenant(house, fields=FIELDS, rest_reasons=["Lunch"], wrap_up_codes=["Solved"])
    queue = {"name": "Sales", "wrap_up_codes": ["Sold", "Not sold"]}
    await house.ok("PUT", "/admin/tenants/acme/queues/sales", house.operator, json=queue)
    phrase = {"name": "Greeting", "text": "Hello {name}, {agent} here.", "queues": ["sales"]}
    await house.ok("PUT", "/admin/tenants/acme/phrases/hi", house.operator, json=phrase)
    ann, gus = await house.agent(), await house.agent("gus", "globex")
    settings = await house.ok("GET", "/desk/settings", ann.headers)
    assert settings["rest_reasons"] == ["Lunch"]
    assert settings["wrap_up_codes"] == {"support": ["Solved"], "sales": ["Sold", "Not sold"]}
    assert settings["phrases"] == [{"id": "hi", **phrase}]
    assert [field["id"] for field in settings["fields"]] == list(FIELDS)
    theirs = await house.ok("GET", "/desk/settings", gus.headers)
    assert (theirs["phrases"], theirs["fields"], theirs["wrap_up_codes"]) == ([], [], {"help": []})
    await house.no(422, "PUT", "/admin/tenants/acme/phrases/hi", house.operator, json={**phrase, "queues": ["moon"]})


async def test_reasons_and_codes_are_those_that_the_tenant_named(house: House) -> None:
    await set_tenant(house, rest_reasons=["Lunch"], wrap_up_codes=["Solved"])
    _, ann, contact, epoch = await house.talking()
    await house.ok("POST", "/desk/state", ann.headers, json={"state": "rest", "reason": "Lunch"})
    problem = await house.no(409, "POST", "/desk/state", ann.headers, json={"state": "rest", "reason": "Golf"})
    assert "Lunch" in problem["detail"]
    path = f"/desk/contacts/{contact}/wrap-up"
    problem = await house.no(409, "POST", path, ann.headers, json={"epoch": epoch, "code": "Maybe"})
    assert "Solved" in problem["detail"]
    await house.ok("POST", path, ann.headers, json={"epoch": epoch, "code": "Solved"})
