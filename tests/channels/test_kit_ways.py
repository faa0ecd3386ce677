"""The kit's own tools: cases that cannot be read say why, `FakeHttp` is as strict as its script, updating writes what happened."""

from __future__ import annotations

import shutil
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from channels import Answer, Http, Response, Stream, Token
from channels.errors import Uncertain, Unreachable
from channels.kit import CaseError, FakeHttp, Step, Unexpected, failing, load_case, permissive, played
from channels.kit.case import InboundCase, OutboundCase
from channels.kit.seal import WentOut, sealed

pytest_plugins = ["pytester"]

HERE = Path(__file__).parent / "parrot"
CALL = {"method": "POST", "url": "https://a.example/x?b=c", "headers": {"X-Key": "k"}, "json": {"a": 1}}
GOOD = Step(CALL, Answer(200, b'{"id": 1}'))


def write(folder: Path, value: Any) -> Path:
    path = folder / "case.json"
    path.write_bytes(value if isinstance(value, bytes) else orjson.dumps(value))
    return path


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (b"{", "not JSON"),
        ([], "is a JSON object"),
        ({}, "exactly one of request, send"),
        ({"request": {}, "send": {}}, "exactly one of"),
        ({"send": {}, "fetch": {}}, "exactly one of"),
        ({"request": {}, "event": []}, "unknown key event"),
        ({"request": {"url": "/"}}, "request: unknown key url"),
        ({"request": {"json": 1, "body": ""}}, "only one of body, json"),
        ({"request": {"base64": "?"}}, "base64|padding"),
        ({"request": {}, "at": "2026-01-01T00:00:00"}, "no time zone"),
        ({"request": {}, "at": "yesterday"}, "yesterday"),
        ({"request": {}, "events": [{"event": "Typing", "idd": "1"}]}, "Typing: unknown key idd"),
        ({"request": {}, "events": [{"event": "Nothing"}]}, "no event 'Nothing'"),
        ({"send": {}, "exchange": [{"fault": "lost"}]}, "'lost' is neither"),
        ({"send": {}, "exchange": [{"answer": {"text": ""}}]}, "answer: unknown key text"),
    ],
)
def test_a_case_that_cannot_be_read_says_why(tmp_path: Path, value: Any, says: str) -> None:
    with pytest.raises(CaseError, match=says) as caught:
        load_case(write(tmp_path, value))
    assert "case.json" in str(caught.value)


def test_a_case_says_little_and_means_much(tmp_path: Path) -> None:
    case = load_case(write(tmp_path, {"request": {"form": {"a": "b c"}, "headers": {"X-A": 1}}}))
    assert isinstance(case, InboundCase)
    assert (case.request.method, case.request.body, case.request.headers) == ("POST", b"a=b+c", {"x-a": "1"})
    case = load_case(write(tmp_path, {"typing": {"customer": "U"}}))
    assert isinstance(case, OutboundCase)
    assert case.succeeds


async def ask(http: Http, **changes: Any) -> Answer:
    asked = {
        "method": "post",
        "url": "https://a.example/x",
        "query": {"b": "c"},
        "headers": {"x-key": "k", "x-other": "1"},
        "json": {"a": 1},
    }
    return await http.request(**{**asked, **changes})


async def test_plays_what_is_asked_as_the_case_says() -> None:
    http: Http = FakeHttp(played([GOOD]))
    assert (await ask(http)).json() == {"id": 1}
    with pytest.raises(Unexpected, match="one more"):
        await ask(http)


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "PUT"},
        {"url": "https://a.example/y"},
        {"query": {"b": "d"}},
        {"query": None},
        {"headers": {"x-key": "K"}},
        {"headers": None},
        {"json": {"a": 2}},
        {"json": None, "form": {"a": "1"}},
        {"json": None, "body": b"a"},
        {"json": {"a": 1}, "body": b"a"},
    ],
)
async def test_refuses_whatever_differs(changes: dict[str, Any]) -> None:
    with pytest.raises(Unexpected):
        await ask(FakeHttp(played([GOOD])), **changes)


async def test_fails_from_a_step_on_for_good() -> None:
    http = FakeHttp(failing([GOOD, GOOD], 1, lambda: Answer(500)))
    assert [(await ask(http)).status for _ in range(3)] == [200, 500, 500]


async def test_faults() -> None:
    with pytest.raises(Unreachable):
        await ask(FakeHttp(played([Step(CALL, fault="unreachable")])))
    with pytest.raises(Uncertain):
        await ask(FakeHttp(played([Step(CALL, fault="uncertain")])))


async def test_is_permissive_by_likeness() -> None:
    other = Step({"method": "POST", "url": "https://a.example/other"}, Answer(201))
    http = FakeHttp(permissive([[other, GOOD]]))
    assert [(await ask(http, url=url)).status for url in ("https://a.example/x", "https://a.example/z")] == [200, 201]


async def many(http: Http) -> None:
    for _ in range(100):
        await ask(http)


async def test_endless_retries_end() -> None:
    http = FakeHttp(permissive([]))
    with pytest.raises(Unexpected, match="runtime's work"):
        await many(http)


async def test_files_and_webhooks_that_wait() -> None:
    http: Http = FakeHttp(played([]), files={"m1": b"bytes"}, held=["t1"])
    read = [b"".join([chunk async for chunk in (await http.file(name)).chunks]) for name in ("m1", "m2")]
    assert read == [b"bytes", b"m2"]
    assert [http.respond(token, Response(body=b"hi")) for token in ("t2", "t1", "t1")] == [False, True, False]
    assert isinstance(http, FakeHttp)
    assert http.responses == [Response(body=b"hi")]


def test_time_stands_still() -> None:
    http: Http = FakeHttp(played([]))
    assert http.now() == http.now() == datetime(2026, 1, 1, tzinfo=UTC)


async def test_streams() -> None:
    http = FakeHttp(
        played(
            [
                Step(
                    {"method": "GET", "url": "https://a.example/"},
                    Answer(status, b"abc", {"content-type": "image/png; q=1"}),
                )
                for status in (200, 404)
            ]
        )
    )
    answer, stream = await http.stream("GET", "https://a.example/")
    assert (answer.body, b"".join([chunk async for chunk in stream.chunks]), stream.mime, stream.size) == (
        b"",
        b"abc",
        "image/png",
        3,
    )
    answer, stream = await http.stream("GET", "https://a.example/")
    assert (answer.body, [chunk async for chunk in stream.chunks]) == (b"abc", [])


async def pieces() -> AsyncIterator[bytes]:
    yield b"a fi"
    yield b"le"


async def test_files_that_go_out_are_part_of_the_case() -> None:
    request = {"method": "POST", "url": "https://a.example/x", "form": {"to": "U1"}}
    step = Step({**request, "files": {"photo": {"name": "a.png", "mime": "image/png", "body": "a file"}}}, Answer(201))
    http: Http = FakeHttp(played([step, step]))
    sent = {"photo": Stream(pieces(), "image/png", "a.png", 6)}
    assert (await http.request("POST", "https://a.example/x", form={"to": "U1"}, files=sent)).status == 201
    with pytest.raises(Unexpected, match="differs"):
        await http.request("POST", "https://a.example/x", form={"to": "U1"})
    with pytest.raises(Unexpected, match="without name, type or size"):
        await http.request("POST", "https://a.example/x", files={"photo": Stream(pieces(), "image/png", "a.png")})
    with pytest.raises(Unexpected, match="not with json"):
        await http.request("POST", "https://a.example/x", json={}, files=sent)


async def test_tokens_are_renewed_once_and_when_refused() -> None:
    renewals: list[str] = []

    async def renew() -> Token:
        renewals.append(f"t{len(renewals)}")
        return Token(renewals[-1], timedelta(hours=1))

    http = FakeHttp(permissive([]), {"held": "h"})
    assert await http.token("held", renew) == "h"
    assert [await http.token("a", renew), await http.token("a", renew), await http.token("a", renew, refused="t0")] == [
        "t0",
        "t0",
        "t1",
    ]


def test_nothing_leaves_while_sealed() -> None:
    with sealed(), pytest.raises(WentOut, match=r"socket\.connect"), socket.socket() as out:
        out.connect(("127.0.0.1", 9))
    with pytest.raises(OSError), socket.socket() as out:
        out.connect(("127.0.0.1", 9))


@pytest.mark.parametrize("way", ["option", "variable"])
def test_updating_writes_what_happened(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    cases = pytester.mkdir("cases")
    shutil.copytree(HERE / "cases", cases, dirs_exist_ok=True)
    spoilt = {
        "text": "events",
        "no_events": "error",
        "say": "receipt",
        "late": "error",
        "fetch": "result",
        "profile": "result",
    }
    for name, key in spoilt.items():
        value = orjson.loads((cases / f"{name}.json").read_bytes())
        del value[key]
        (cases / f"{name}.json").write_bytes(orjson.dumps(value))
    pytester.makepyfile(
        test_it="from pathlib import Path\nfrom tests.channels.parrot.test_parrot import TestParrot as Right\n"
        f"class TestIt(Right):\n    cases = Path({str(cases)!r})\n"
    )
    chosen = ("-q", "-p", "no:cacheprovider", "--tb=no", "--no-summary", "-W", "ignore", "-k", "_case and not says")
    if way == "option":
        update = pytester.inline_run(*chosen, "-p", "channels.kit.pytest_plugin", "--update-cases")
    else:
        monkeypatch.setenv("UPDATE_CASES", "1")
        update = pytester.inline_run(*chosen)
        monkeypatch.delenv("UPDATE_CASES")
    assert update.ret == 0
    for file in HERE.glob("cases/*.json"):
        assert orjson.loads((cases / file.name).read_bytes()) == orjson.loads(file.read_bytes()), file.name
