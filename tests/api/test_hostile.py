"""Whatever is sent to whichever route, it is a problem of the sender's and never one of ours: no 500, nothing kept."""

from __future__ import annotations

import asyncio
import gzip
import io
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from tests.api.everyone import BY_ROUTE, REQUESTS, Scene, scene_in
from tests.api.house import House
from ucs.api import body as bodies
from ucs.api.body import BODY_LIMIT
from ucs.api.call import Route

HUGE = 10**30
BODIES: dict[str, bytes] = {
    "not JSON": b"nonsense",
    "half": b'{"id": "client-01", ',
    "a list": b"[]",
    "a number": b"1e999",
    "not a number": b"NaN",
    "a string": b'"text"',
    "null": b"null",
    "lone surrogate": b'{"name": "\\ud800", "id": "\\udfff"}',
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "deep list": b"[" * 100_000,
    "deep object": b'{"a":' * 50_000,
    "many digits": b'{"epoch": ' + b"9" * 100_000 + b"}",
    "many keys": orjson.dumps({f"key{number}": number for number in range(5_000)}),
    "NUL": b'{"name": "\\u0000", "reason": "\\u0000", "text": "\\u0000"}',
    "byte order mark": b'\xef\xbb\xbf{"name": "a"}',
}


def twisted(value: Any) -> Iterator[Any]:
    """The same body with one value exchanged for something strange, for each of them."""
    strange = (
        None,
        HUGE,
        -1,
        2**31,
        2**63,
        "",
        "\u0000",
        "x" * 30_000,
        [],
        {},
        [[[]]],
        {"a": {"b": {}}},
        True,
        1.5,
        "😀",
    )
    if isinstance(value, dict):
        for key in value:
            for other in (*strange, *twisted(value[key])):
                yield {**value, key: other}
    elif isinstance(value, list) and value:
        for other in twisted(value[0]):
            yield [other]


async def problems(scene: Scene, route: Route, who: str, path: str, body: bytes, **headers: str) -> str:
    """What is wrong with the answer: nothing, if it is a problem or a good answer."""
    sent = {**await scene.headers(who), "Content-Type": "application/json", **headers}
    async with await scene.house.ask(route.method, path, sent, data=body) as response:
        text = await response.text()
        if response.status >= 500 or (response.status >= 400 and response.content_type != "application/problem+json"):
            return f"{route.method} {path} {body[:80]!r}: {response.status} {text[:300]}"
        if response.status >= 400:
            orjson.loads(text)
    return ""


async def test_bodies_that_are_none(house: House) -> None:
    scene = await scene_in(house)
    found = [
        await problems(scene, BY_ROUTE[key], asked.by, scene.path(asked, BY_ROUTE[key]), body)
        for key, asked in REQUESTS.items()
        for body in BODIES.values()
        if BY_ROUTE[key].takes
    ]
    assert not list(filter(None, found)), "\n".join(filter(None, found))
    assert len(found) > 300


@pytest.mark.parametrize("key", [key for key, asked in REQUESTS.items() if asked.json], ids=" ".join)
async def test_values_that_are_strange(house: House, key: tuple[str, str]) -> None:
    scene, route, asked = await scene_in(house), BY_ROUTE[key], REQUESTS[key]
    path = scene.path(asked, route)
    who = "operator" if key[1] == "/admin/apply" else asked.by  # an admin may well remove the own agent
    found = [await problems(scene, route, who, path, orjson.dumps(body)) for body in bodies_of(asked.json)]
    assert not list(filter(None, found)), "\n".join(filter(None, found))


def bodies_of(good: Any) -> Iterator[Any]:
    for body in twisted(good):
        try:
            orjson.dumps(body)
        except TypeError:  # larger than 64 bits: written as JSON by hand where it matters (`BODIES`)
            continue
        yield body


async def test_paths_and_queries_that_are_strange(house: House) -> None:
    scene = await scene_in(house)
    strange = [
        "%00",
        "%ff",
        "..",
        "%2e%2e%2f",
        "'%20OR%201=1--",
        "%F0%9F%98%80",
        "x" * 1_000,
        "\u0000",
        "-1",
        "{}",
        "%25",
    ]
    found = []
    for key, asked in REQUESTS.items():
        route = BY_ROUTE[key]
        for text in strange:
            if "{" in route.path:
                names = dict.fromkeys((*scene.named, "channel", "agent", "id"), text)
                found.append(await problems(scene, route, asked.by, route.path.format(**names), b""))
            query = "&".join(f"{name}={text}" for name in ("after", "contact", "seq", "state", "before", "tenant"))
            if route.method == "GET":
                found.append(await problems(scene, route, asked.by, f"{scene.path(asked, route)}&?{query}", b""))
                bare = scene.path(asked, route).partition("?")[0]
                found.append(await problems(scene, route, asked.by, f"{bare}?{query}", b""))
    assert not list(filter(None, found)), "\n".join(filter(None, found))
    assert len(found) > 500


@pytest.mark.parametrize("key", [key for key, route in BY_ROUTE.items() if route.takes], ids=" ".join)
async def test_nobody_sets_what_is_not_theirs_to_set(house: House, key: tuple[str, str]) -> None:
    """Mass assignment: every body refuses fields that it does not have."""
    scene, route, asked = await scene_in(house), BY_ROUTE[key], REQUESTS[key]
    good = scene.named if key[1] == "/chat/refresh" else asked.json or {}
    for name in ("tenant_id", "owner", "created_at", "is_admin", "proven", "customer"):
        for body in ({**good, name: "x"}, {**good, name: {"role": "operator"}}):
            if key[1] == "/admin/apply":
                body = {"acme": {**good["acme"], name: "x"}}
            sent = await scene.headers(asked.by)
            problem = await house.no(422, route.method, scene.path(asked, route), sent, json=body)
            assert any(name in each["field"] for each in problem["errors"]), problem


async def test_other_types_than_json(house: House) -> None:
    customer = await house.customer()
    good = b'{"id": "client-0001", "parts": [{"type": "text", "text": "a"}]}'
    for content_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/xml",
        ";",
        "",
    ):
        headers = {**customer.headers, "Content-Type": content_type}
        await house.no(415, "POST", "/chat/messages", headers, data=good)
    await house.ok(
        "POST", "/chat/messages", {**customer.headers, "Content-Type": "application/json; charset=utf-8"}, data=good
    )


async def test_more_bytes_than_are_taken(house: House) -> None:
    customer = await house.customer()
    headers = {**customer.headers, "Content-Type": "application/json"}

    async def endless() -> Any:
        while True:
            yield b" " * 10_000

    await house.no(413, "POST", "/chat/messages", headers, data=b" " * (BODY_LIMIT + 1))
    await house.no(413, "POST", "/chat/messages", headers, data=endless())
    bomb = gzip.compress(b" " * 50_000_000)
    await house.no(413, "POST", "/chat/messages", {**headers, "Content-Encoding": "gzip"}, data=bomb)
    await house.no(400, "POST", "/chat/messages", {**headers, "Content-Encoding": "gzip"}, data=b"not gzip at all")


async def test_who_sends_nothing_is_not_waited_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "READ_WITHIN", 0.05)
    customer = await house.customer()
    token = customer.headers["Authorization"]
    reader, writer = await asyncio.open_connection(house.client.host, house.client.port)
    head = f"POST /chat/messages HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nContent-Length: 10\r\n\r\n{{"
    writer.write(head.encode())
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    assert answer.startswith(b"HTTP/1.1 400 ")
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    "token", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer \udcff", "Bearer a.b.c", "Bearer " + "x" * 7_000]
)
async def test_tokens_that_are_none(house: House, token: str) -> None:
    await house.no(401, "GET", "/chat/contacts", {"Authorization": token})
    await house.no(401, "GET", "/desk/contacts", {"Authorization": token})
    await house.no(401, "GET", "/admin/tenants", {"Authorization": token})


@pytest.mark.parametrize(
    "header", [b"Origin: https://\xff\xfe", b"Authorization: Bearer \xff", b"Content-Type: \xff/\xff"]
)
async def test_headers_that_are_no_text(house: House, header: bytes) -> None:
    reader, writer = await asyncio.open_connection(house.client.host, house.client.port)
    head = b"POST /chat/site/session HTTP/1.1\r\nHost: x\r\n%b\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
    writer.write(head % header)
    answer = await asyncio.wait_for(reader.read(), 5)
    assert int(answer.split()[1]) < 500, answer
    writer.close()
    await writer.wait_closed()


async def test_what_is_not_there(house: House) -> None:
    await house.no(404, "GET", "/nothing")
    await house.no(404, "GET", "/%ff%00")
    async with await house.ask("DELETE", "/chat/messages") as response:
        assert (response.status, response.headers["Allow"]) == (405, "POST")
        assert response.content_type == "application/problem+json"


async def test_a_bug_of_ours_tells_nothing(house: House) -> None:
    class Broken:
        async def lag(self) -> float:
            raise ZeroDivisionError("secret words")

    house.api.pulse = Broken()  # type: ignore[assignment]  # it is meant not to work
    problem = await house.no(500, "GET", "/health")
    assert "secret" not in str(problem)
    async with await house.ask("GET", "/health") as response:
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_a_deep_bomb_is_quick(house: House) -> None:
    customer = await house.customer()
    began = time.monotonic()
    headers = {**customer.headers, "Content-Type": "application/json"}
    await house.no(400, "POST", "/chat/messages", headers, data=io.BytesIO(b"[" * 250_000))
    assert time.monotonic() - began < 10
