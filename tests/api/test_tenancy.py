"""Role × route × owner: whatever is not allowed in the table of `everyone` comes to nothing, and leaves nothing behind."""

from __future__ import annotations

from tests.api.everyone import BY_ROUTE, EVERYONE, REQUESTS, scene_in
from tests.api.house import House
from ucs.api.call import Route


def test_the_table_has_every_route_and_no_other() -> None:
    assert set(REQUESTS) == set(BY_ROUTE)


def test_a_route_for_everybody_is_open_on_purpose() -> None:
    open_to_all = {path for (_, path), route in BY_ROUTE.items() if route.role is None}
    assert open_to_all == {
        "/health",
        "/chat/{channel}/session",
        "/chat/{channel}/about",
        "/chat/refresh",
        "/desk/sign-in",
        "/desk/renew",
    }


async def test_nobody_gets_what_is_not_theirs(house: House) -> None:
    scene = await scene_in(house)
    engine = house.runtime.engine
    before = (dict(engine.memory.contacts), engine.center)
    wrong: list[str] = []
    cells = 0
    for key, asked in REQUESTS.items():
        for who in sorted(EVERYONE - asked.allowed):
            async with await scene.ask(BY_ROUTE[key], who) as response:
                cells += 1
                if not 400 <= response.status < 500 or response.content_type != "application/problem+json":
                    wrong.append(f"{who}: {key} → {response.status} {await response.text()}")
    assert not wrong, "\n".join(wrong)
    assert cells > 300
    assert (dict(engine.memory.contacts), engine.center) == before


async def test_who_may_does_and_is_answered_as_documented(house: House) -> None:
    scene = await scene_in(house)
    for key, asked in REQUESTS.items():
        route = BY_ROUTE[key]
        async with await scene.ask(route, asked.by) as response:
            text = await response.text()
            expected = asked.raises or route.status
            assert response.status == expected, f"{asked.by}: {key} → {response.status} {text}"
            if not asked.raises:
                assert response.headers["X-Content-Type-Options"] == "nosniff"
                documented(route, response.content_type, text)


def documented(route: Route, content_type: str, text: str) -> None:
    """The answer has exactly the fields that the OpenAPI document says (the model forbids others)."""
    if route.gives is None:
        assert content_type == "text/plain"
    else:
        assert content_type == "application/json"
        route.gives.model_validate_json(text)


async def test_what_others_have_is_not_in_ones_own_lists(house: House) -> None:
    """The lists that several may ask for hold what is theirs and nothing else."""
    scene = await scene_in(house)
    contact = scene.named["contact"]
    for path in ("/admin/contacts", "/admin/quarantine", "/admin/outbox", "/admin/seats", "/admin/tenants"):
        theirs = str(await house.ok("GET", path, await scene.headers("gina")))
        mine = str(await house.ok("GET", path, await scene.headers("amy")))
        for name in (contact, "arrival'", "letter", "'ann'", "'acme'", "site"):
            assert name not in theirs, path
        for name in ("globe", "'gus'"):
            assert name not in mine, path
    for who, path in (
        ("other", "/chat/contacts"),
        ("globe", "/chat/contacts"),
        ("gus", "/desk/contacts"),
        ("ben", "/desk/contacts"),
    ):
        assert contact not in str(await house.ok("GET", path, await scene.headers(who))), who
