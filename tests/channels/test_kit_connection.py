"""The kit's other side of a dialogue: it says what the case has, when it is its turn, and hears what we say."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from channels import Adapter, Answer, Config, Connection, Http, Manifest, Outbound, Receipt, Sends
from channels.errors import DeliveryError, Unauthorized, Unreachable, Unsubscribed
from channels.kit import AdapterContract, CaseError, load_case
from channels.kit.case import OutboundCase
from channels.kit.connection import FakeConnection, Unspoken, exchanges_of
from channels.kit.http import FakeHttp, cut, played

DIALOGUE = ("S: hello", "C: who", "S: you {3}", "S: abc", "C: a", "C: b", "TLS", "S: fine")


async def test_a_dialogue_is_played(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    step = {"connect": "tls://a.example:25", "dialogue": DIALOGUE}
    path.write_bytes(orjson.dumps({"typing": {"customer": "U"}, "exchange": [step]}))
    case = load_case(path)
    assert isinstance(case, OutboundCase)
    http = FakeHttp(played(case.exchange))
    connection = await http.connect("a.example", 25)
    assert await connection.heard(timedelta(0))
    assert await connection.line() == b"hello"
    assert not await connection.heard(timedelta(0))
    with pytest.raises(Unreachable):
        await connection.line()
    await connection.write(b"wh")
    await connection.write(b"o\r\n")
    assert (await connection.line(), await connection.exactly(3)) == (b"you {3}", b"abc")
    assert await connection.line() == b""
    await connection.write(b"a\r\nb\r\n")
    await connection.start_tls()
    assert await connection.line() == b"fine"
    await connection.aclose()
    assert http.connections[0].spoken == list(DIALOGUE)
    assert (http.connections[0].finished, http.connections[0].closed) == (True, True)
    assert http.calls[0].url == "tls://a.example:25"


async def test_other_words_are_refused() -> None:
    connection = FakeConnection(DIALOGUE, strict=True)
    await connection.line()
    await connection.write(b"nobody\r\n")
    with pytest.raises(Unspoken, match="nobody"):
        await connection.line()


async def test_a_dialogue_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    step = {"connect": "tls://a.example:25", "dialogue": DIALOGUE}
    path.write_bytes(orjson.dumps({"typing": {"customer": "U"}, "exchange": [step]}))
    case = load_case(path)
    assert isinstance(case, OutboundCase)
    connection = await FakeHttp(cut(case.exchange, 0, 1)).connect("a.example", 25)
    assert await connection.line() == b"hello"
    await connection.write(b"who\r\n")
    with pytest.raises(Unreachable):
        await connection.line()


def test_what_is_no_dialogue_says_so(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_bytes(orjson.dumps({"typing": {}, "exchange": [{"connect": "tls://a:1", "dialogue": ["hello"]}]}))
    with pytest.raises(CaseError, match="begins with 'S: ' or 'C: '"):
        load_case(path)
    assert [each.said for each in exchanges_of(DIALOGUE)] == [[], ["C: who"], ["C: a", "C: b", "TLS"]]


class Wren(Adapter[Config]):
    """A made-up platform with a protocol of its own: what is said to it, it says back."""

    manifest = Manifest(name="wren", title="Wren", documentation="https://wren.example/docs", sends=Sends())

    async def send(self, message: Outbound, http: Http) -> Receipt:
        connection = await http.connect("wren.example", 25)
        try:
            await connection.write(b"sing\r\n")
            return Receipt((self.heard((await connection.line()).decode()),))
        finally:
            await connection.aclose()

    def heard(self, line: str) -> str:
        return line


class Believing(Wren):
    async def send(self, message: Outbound, http: Http) -> Receipt:
        with suppress(Unreachable):
            return await super().send(message, http)
        return Receipt()


@pytest.mark.parametrize(("adapter", "good"), [(Wren, True), (Believing, False)])
def test_the_kit_finds_who_believes_a_broken_dialogue(adapter: type[Wren], good: bool, tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    step = {"connect": "tls://wren.example:25", "dialogue": ["C: sing", "S: song"]}
    said = {"customer": "U", "parts": [{"type": "text", "text": "sing"}]}
    path.write_bytes(
        orjson.dumps({"about": "It sings.", "send": said, "exchange": [step], "receipt": {"messages": ["song"]}})
    )
    case = load_case(path)
    assert isinstance(case, OutboundCase)
    made = {"adapter": adapter, "config": {}, "cases": tmp_path}
    checks = type("Checks", (AdapterContract,), made)()
    if good:
        checks.test_survives_a_server_that_hangs_up(case)
        return
    with pytest.raises(AssertionError, match="taken for success"):
        checks.test_survives_a_server_that_hangs_up(case)


class Warbler(Adapter[Config]):
    """It asks for somebody to sing to: it greets, names whom, sings and says goodbye."""

    manifest = Manifest(name="warbler", title="Warbler", sends=Sends(), errors={"7": Unsubscribed})

    async def send(self, message: Outbound, http: Http) -> Receipt:
        connection = await http.connect("warbler.example", 25)
        try:
            await self.asked(connection, "hello", Unauthorized)
            await self.asked(connection, f"to {message.customer}", Unsubscribed)
            await self.asked(connection, "sing", Unsubscribed)
            with suppress(DeliveryError):
                await self.asked(connection, "bye", Unsubscribed)
        finally:
            await connection.aclose()
        return Receipt()

    async def asked(self, connection: Connection, said: str, refused: type[DeliveryError]) -> None:
        await connection.write(f"{said}\r\n".encode())
        answer = (await connection.line()).decode()
        if answer != "ok":
            raise refused("Warbler will not.", code=answer.partition(" ")[0])


class Deaf(Warbler):
    """Does not hear what becomes of the song."""

    async def asked(self, connection: Connection, said: str, refused: type[DeliveryError]) -> None:
        if said != "sing":
            await super().asked(connection, said, refused)
            return
        await connection.write(b"sing\r\n")
        await connection.line()


class Blaming(Warbler):
    """Takes what is about the customer for something about us."""

    async def asked(self, connection: Connection, said: str, refused: type[DeliveryError]) -> None:
        await super().asked(connection, said, Unauthorized)


@pytest.mark.parametrize(
    ("adapter", "says"),
    [
        (Warbler, ""),
        (Deaf, "code 7 to C: sing was taken for success"),
        (Blaming, "code 7 to C: to U gave Unauthorized: the manifest says Unsubscribed"),
    ],
)
def test_the_kit_tries_codes_in_a_dialogue(adapter: type[Warbler], says: str, tmp_path: Path) -> None:
    """At whatever is said in it, but for the goodbye; and what comes before the customer is named may be about us."""
    path = tmp_path / "case.json"
    dialogue = ["C: hello", "S: ok", "C: to U", "S: ok", "C: sing", "S: ok", "C: bye", "S: ok"]
    said = {"customer": "U", "parts": [{"type": "text", "text": "sing"}]}
    step = {"connect": "tls://warbler.example:25", "dialogue": dialogue}
    path.write_bytes(orjson.dumps({"about": "It sings.", "send": said, "exchange": [step], "receipt": {}}))
    made = {"adapter": adapter, "config": {}, "cases": tmp_path, "refusal": lambda _, code: Answer(200, code.encode())}
    checks = type("Checks", (AdapterContract,), made)()
    if not says:
        checks.test_code_means_what_is_declared("7")
        return
    with pytest.raises(AssertionError, match=says):
        checks.test_code_means_what_is_declared("7")
