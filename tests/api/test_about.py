"""What a page is told before anybody speaks, the answers to a form, how far the customer has read, and how it went."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.house import PAGE, House, identity

WIDGET: dict[str, Any] = {
    "title": "Acme helps",
    "accent": "#2255cc",
    "form": [
        {"name": "name", "label": "Your name"},
        {"name": "topic", "label": "What is it about?", "type": "choice", "options": ["An order", "Else"]},
    ],
    "greetings": [{"say": "Can we help?", "after": "8s", "url": "/cart*"}],
    "survey": {"question": "How was it?", "comment": "In your words"},
}


async def configure(house: House, **widget: Any) -> None:
    """Channel `site` with these settings of its widget."""
    setting = {"adapter": "webchat", "queue": "support", "config": {"origins": [PAGE]}, "widget": widget}
    headers = (await house.agent("amy")).headers
    await house.ok("PUT", "/admin/tenants/acme/channels/site", headers, json=setting)


async def about(house: House, channel: str = "site") -> dict[str, Any]:
    return dict(await house.ok("GET", f"/chat/{channel}/about"))


async def test_a_channel_that_says_nothing(house: House) -> None:
    assert await about(house) == {
        "channel": "site",
        "name": "site",
        "intro": "",
        "locale": "",
        "theme": "auto",
        "accent": "",
        "accent_ink": "",
        "open": True,
        "opens_at": None,
        "ready": False,
        "waits": True,
        "form": [],
        "greetings": [],
        "survey": None,
        "identities": False,
    }
    assert (await about(house, "vip"))["identities"]


async def test_what_an_admin_has_written(house: House) -> None:
    await configure(house, **WIDGET)
    told = await about(house)
    assert told["name"] == "Acme helps"
    assert told["accent_ink"] == "#ffffff"
    assert told["form"][1]["options"] == ["An order", "Else"]
    assert told["greetings"] == [{"say": "Can we help?", "after": 8.0, "url": "/cart*"}]
    assert told["survey"] == {"question": "How was it?", "comment": "In your words", "thanks": ""}


@pytest.mark.parametrize(
    "widget",
    [
        {"form": [{"name": "Name", "label": "x"}]},
        {"form": [{"name": "name", "label": ""}]},
        {"form": [{"name": "a", "label": "A"}, {"name": "a", "label": "B"}]},
        {"form": [{"name": "a", "label": "A", "type": "choice"}]},
        {"form": [{"name": "a", "label": "A", "options": ["b"]}]},
        {"form": [{"name": f"a{n}", "label": "A"} for n in range(11)]},
        {"greetings": [{"say": "Hi", "after": "2d"}]},
        {"greetings": [{"say": "Hi", "after": "-1s"}]},
        {"accent": "red"},
        {"accent": "#fff;}*{display:none"},
        {"theme": "pink"},
        {"locale": "../x"},
        {"survey": {"question": ""}},
        {"script": "x"},
    ],
    ids=str,
)
async def test_settings_that_nobody_can_mean(house: House, widget: dict[str, Any]) -> None:
    setting = {"adapter": "webchat", "queue": "support", "widget": widget}
    headers = (await house.agent("amy")).headers
    problem = await house.no(422, "PUT", "/admin/tenants/acme/channels/site", headers, json=setting)
    assert "widget" in problem["errors"][0]["field"]


async def test_somebody_is_ready(house: House) -> None:
    gus, ann = await house.agent("gus", "globex"), await house.agent("ann")
    await gus.ready()
    assert not (await about(house))["ready"]  # another tenant's agent
    await ann.ready()
    assert (await about(house))["ready"]
    await house.ok("POST", "/desk/state", ann.headers, json={"state": "rest"})
    assert not (await about(house))["ready"]


async def test_working_hours_are_known_before_anybody_asks(house: House) -> None:
    headers = (await house.agent("amy")).headers
    night = {"timezone": "UTC", "week": ["daily 20:00-22:00"]}

    async def queue(**setting: Any) -> None:
        await house.ok("PUT", "/admin/tenants/acme/queues/support", headers, json={"hours": night, **setting})

    await (await house.agent("ann")).ready()
    await queue()
    told = await about(house)
    assert (told["open"], told["opens_at"], told["ready"], told["waits"]) == (
        False,
        "2026-03-02T20:00:00+00:00",
        False,
        False,
    )
    await queue(when_closed="wait")
    assert (await about(house))["waits"]
    await house.ok("PUT", "/admin/tenants/acme/queues/day", headers, json={})
    await queue(overflow="day")
    told = await about(house)
    assert (told["open"], told["opens_at"], told["waits"]) == (True, None, True)


async def test_it_is_for_pages_that_may_show_the_chat(house: House) -> None:
    await house.ok("GET", "/chat/site/about", {"Origin": PAGE})
    await house.no(403, "GET", "/chat/site/about", {"Origin": "https://evil.example"})
    for channel in ("line", "nothing"):
        await house.no(404, "GET", f"/chat/{channel}/about")


async def test_the_answers_to_a_form_stand_with_the_first_word(house: House) -> None:
    await configure(house, **WIDGET)
    customer, agent = await house.customer(), await house.agent("ann")
    body = {"id": "customer-1", "parts": [{"type": "text", "text": "Hi"}], "fields": {"name": "Uma", "topic": "Else"}}
    said = await house.ok("POST", "/chat/messages", customer.headers, json=body)
    await agent.ready()
    await house.offered(said["contact"])
    seen = await house.ok("GET", f"/desk/contacts/{said['contact']}", agent.headers)
    assert seen["contact"]["name"] == "Uma"
    assert seen["entries"][1]["body"]["fields"] == {"name": "Uma", "topic": "Else"}
    problem = await house.no(
        422, "POST", "/chat/messages", customer.headers, json={**body, "id": "customer-2", "fields": {"admin": "yes"}}
    )
    assert "admin" in problem["detail"]


async def test_a_claimed_name_is_not_put_over_a_proven_one(house: House) -> None:
    headers = (await house.agent("amy")).headers
    config = {"identity_key": "env:ACME__IDENTITY_KEY", "identity_audience": "acme-chat"}
    setting = {"adapter": "webchat", "queue": "support", "config": config, "widget": WIDGET}
    await house.ok("PUT", "/admin/tenants/acme/channels/vip", headers, json=setting)
    customer = await house.customer("vip", identity=identity(house.clocks.at))
    body = {"id": "customer-1", "parts": [{"type": "text", "text": "Hi"}], "fields": {"name": "Somebody else"}}
    said = await house.ok("POST", "/chat/messages", customer.headers, json=body)
    contact = await house.api.contact(said["contact"])
    assert await house.api.names_of([contact]) == ["Cleo"]


async def test_agents_see_how_far_the_customer_has_read(house: House) -> None:
    customer, agent, contact, epoch = await house.talking()
    socket = await house.socket("/desk/socket", agent.signed_in["token"])
    await socket.hear("hello")
    said = await agent.act(contact, "messages", id="agent-0001", epoch=epoch, parts=[{"type": "text", "text": "Hi!"}])
    for of in (said["seq"], 2, said["seq"], 10_000):
        await house.ok("POST", "/chat/read", customer.headers, json={"contact": contact, "of": of})
    lines = (await house.ok("GET", f"/desk/contacts/{contact}", agent.headers))["entries"]
    assert [line["body"] for line in lines if line["kind"] == "read"] == [{"of": said["seq"]}]
    assert "read" not in str((await house.ok("GET", "/chat/entries", customer.headers))["entries"])
    while (frame := await socket.hear("entry"))["kind"] != "read":
        pass
    assert (frame["by"], frame["body"]) == ("customer", {"of": said["seq"]})


async def test_a_contact_is_rated_once_and_after_its_end(house: House) -> None:
    customer, agent, contact, epoch = await house.talking()
    rating = {"contact": contact, "score": 4, "comment": "Quick <b>and</b> kind"}
    await house.no(409, "POST", "/chat/survey", customer.headers, json=rating)
    await agent.act(contact, "close", epoch=epoch)
    other = await house.customer()
    await house.no(404, "POST", "/chat/survey", other.headers, json=rating)
    await house.ok("POST", "/chat/survey", customer.headers, json=rating)
    await house.no(409, "POST", "/chat/survey", customer.headers, json={**rating, "score": 1})
    found = await house.ok("GET", "/chat/entries", customer.headers)
    assert found["contact"]["score"] == 4
    assert found["entries"][-1]["body"] == {"score": 4, "comment": "Quick <b>and</b> kind"}
    seen = await house.ok("GET", f"/desk/contacts/{contact}", agent.headers)
    assert seen["contact"]["score"] == 4


@pytest.mark.parametrize("score", [0, 6, -1, 2.5, "five", None])
async def test_scores_that_are_none(house: House, score: object) -> None:
    customer, _, contact, _ = await house.talking()
    await house.no(422, "POST", "/chat/survey", customer.headers, json={"contact": contact, "score": score})
