"""The way out over real sockets, against servers that behave: answers, caps, redirects, credentials, streams, logs."""

from __future__ import annotations

import asyncio
import gzip
import socket
import traceback
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import structlog
from aiohttp import BodyPartReader, web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer
from yarl import URL

from channels.errors import Rejected, Uncertain, Unreachable
from channels.wire import Http, Stream, Token
from ucs.runtime.http import channel_http as way_out
from ucs.runtime.http.channel_http import CallSeen, ChannelHttp, Network
from ucs.runtime.http.guard import Blocked, Guard

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[..., Awaitable[str]]
SECRET = "s3cr3t-value/with+signs"


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts servers on 127.0.0.1 (or another loopback address) and gives their addresses."""
    servers: list[TestServer] = []

    async def start(handler: Handler, host: str = "127.0.0.1", port: int | None = None) -> str:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handler)
        server = TestServer(app, host=host, port=port)
        await server.start_server()
        servers.append(server)
        return f"http://{host}:{server.port}"

    yield start
    for server in servers:
        await server.close()


class Seen(list[CallSeen]):
    """What the metrics would count."""

    def __call__(self, call: CallSeen) -> None:
        self.append(call)


@pytest.fixture
async def make() -> AsyncIterator[Callable[..., ChannelHttp]]:
    networks: list[Network] = []

    def build(allow: tuple[str, ...] = ("127.0.0.1",), **options: Any) -> ChannelHttp:
        network = Network(Guard.allowing(allow), **options)
        networks.append(network)
        return ChannelHttp(network, "channel-1", [SECRET])

    yield build
    for network in networks:
        await network.close()


@pytest.fixture
async def http(make: Callable[..., ChannelHttp]) -> ChannelHttp:
    return make()


async def echo(request: web.Request) -> web.Response:
    said = {
        "method": request.method,
        "target": request.raw_path,
        "headers": {name.lower(): value for name, value in request.headers.items()},
        "body": (await request.read()).decode(),
    }
    return web.json_response(said, headers={"X-Twice": "a"})


async def test_it_is_an_http(http: ChannelHttp) -> None:
    contract: Http = http
    assert contract is http


async def test_what_arrives(http: ChannelHttp, serve: Serve) -> None:
    url = await serve(echo)
    answer = await http.request(
        "post", url + "/a?x=1", query={"y": "ä"}, json={"t": "ä"}, headers={"X-A": "b", "user-agent": "z"}
    )
    said = answer.json()
    assert (answer.status, said["method"], said["target"], said["body"]) == (
        200,
        "POST",
        "/a?x=1&y=%C3%A4",
        '{"t":"ä"}',
    )
    assert said["headers"]["content-type"] == "application/json"
    assert said["headers"]["user-agent"] == "UnifiedChannelService"
    assert said["headers"]["x-a"] == "b"
    assert answer.headers["x-twice"] == "a"


async def test_form_and_body(http: ChannelHttp, serve: Serve) -> None:
    url = await serve(echo)
    form = (await http.request("POST", url, form={"a": "b c"})).json()
    assert (form["body"], form["headers"]["content-type"]) == ("a=b+c", "application/x-www-form-urlencoded")
    raw = (await http.request("PUT", url, body=b"x" * 600_000)).json()
    assert raw["body"] == "x" * 600_000
    assert "content-type" not in raw["headers"]
    assert raw["headers"]["content-length"] == "600000"


async def piecemeal(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def test_files_go_out_with_a_form_and_with_their_length(http: ChannelHttp, serve: Serve) -> None:
    async def read(request: web.Request) -> web.Response:
        found: dict[str, Any] = {"length": request.content_length, "chunked": "Transfer-Encoding" in request.headers}
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            content = (await part.read()).decode()
            found[part.name or ""] = [part.filename, part.headers.get("Content-Type"), content]
        return web.json_response(found)

    file = Stream(piecemeal(b"one ", b"two"), "image/png", 'größe "1"\r\n.png', 7)
    answer = await http.request("POST", await serve(read), form={"to": "ä\r\nb"}, files={"photo": file})
    said = answer.json()
    assert said["to"] == [None, None, "ä\r\nb"]
    assert said["photo"] == ["größe %221%22%0D%0A.png", "image/png", "one two"]  # as browsers write it
    assert (said["length"] > 0, said["chunked"]) == (True, False)


async def test_a_file_of_another_length_is_not_passed_off_as_whole(http: ChannelHttp, serve: Serve) -> None:
    whole: list[bytes] = []

    async def read(request: web.Request) -> web.Response:
        whole.append(await request.read())
        return web.Response()

    url = await serve(read)
    with pytest.raises(Uncertain):
        await http.request("POST", url, files={"photo": Stream(piecemeal(b"one"), "image/png", "a.png", 7)})
    assert whole == []
    with pytest.raises(ValueError, match="without a size"):
        await http.request("POST", url, files={"photo": Stream(piecemeal(b"one"), "image/png", "a.png")})
    with pytest.raises(ValueError, match="not with json"):
        await http.request("POST", url, json={}, files={"photo": Stream(piecemeal(b"one"), "image/png", "a.png", 3)})


async def test_an_upload_is_not_sent_on(http: ChannelHttp, serve: Serve) -> None:
    async def elsewhere(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=307, headers={"Location": "/there"})

    with pytest.raises(Blocked, match="files go out once"):
        await http.request("POST", await serve(elsewhere), files={"a": Stream(piecemeal(b"one"), "a/b", "a", 3)})


@pytest.mark.parametrize("status", [200, 204, 304, 400, 401, 404, 429, 500, 503])
async def test_any_status_is_returned(http: ChannelHttp, serve: Serve, status: int) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status)

    assert (await http.request("POST", await serve(answer))).status == status


async def test_cookies_are_not_kept(http: ChannelHttp, serve: Serve) -> None:
    async def cookie(request: web.Request) -> web.Response:
        return web.Response(text=request.headers.get("Cookie", "none"), headers={"Set-Cookie": "a=b"})

    url = await serve(cookie)
    assert [(await http.request("GET", url)).body for _ in range(2)] == [b"none", b"none"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.2:1/", "http://localhost:1/", "http://[::1]:1/", "http://2130706433:1/", "http://0/"]
)
async def test_inside_is_refused(make: Callable[..., ChannelHttp], url: str) -> None:
    with pytest.raises(Blocked):
        await make(allow=("127.0.0.3",)).request("GET", url)
    with pytest.raises(Blocked):
        await make(allow=("127.0.0.3",)).stream("GET", url)


class Names(AbstractResolver):
    """Answers every question with the next list of addresses, the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [ResolveResult(hostname=host, host=a, port=port, family=socket.AF_INET, proto=0, flags=0) for a in found]

    async def close(self) -> None:
        pass


async def test_the_connection_goes_to_the_checked_address(make: Callable[..., ChannelHttp], serve: Serve) -> None:
    reached: list[str] = []

    async def note(request: web.Request) -> web.Response:
        reached.append(request.url.host or "")
        assert request.transport is not None
        return web.Response(text=request.transport.get_extra_info("sockname")[0], headers={"Connection": "close"})

    inside = await serve(note)
    port = int(inside.rpartition(":")[2])
    await serve(note, host="127.0.0.2", port=port)
    names = Names(["127.0.0.1", "127.0.0.2"], ["127.0.0.1"])
    http = make(allow=("127.0.0.2",), resolver=names)
    assert (await http.request("GET", f"http://crm.example:{port}/")).body == b"127.0.0.2"
    assert (await http.request("GET", f"http://crm.example:{port}/")).body == b"127.0.0.2"
    assert names.asked == 1  # what passed once is what is used, for a while
    with pytest.raises(Blocked, match=r"other\.example leads to a loopback address"):
        await http.request("GET", f"http://other.example:{port}/")
    assert reached == ["crm.example"] * 2


async def test_plain_http_to_a_public_name_is_refused(make: Callable[..., ChannelHttp]) -> None:
    with pytest.raises(Blocked, match="without TLS"):
        await make(resolver=Names(["1.1.1.1"])).request("GET", "http://platform.example/")


async def test_a_name_that_does_not_exist(make: Callable[..., ChannelHttp]) -> None:
    with pytest.raises(Unreachable, match="cannot be resolved"):
        await make(resolver=Names([])).request("POST", "https://nowhere.example/")


def hops(*answers: tuple[int, str]) -> Handler:
    """`/0`, `/1`, … answer with these redirects; whatever follows is echoed."""

    async def hop(request: web.Request) -> web.Response:
        place = request.path.strip("/")
        if place.isdigit() and int(place) < len(answers):
            status, where = answers[int(place)]
            return web.Response(status=status, headers={"Location": where})
        return await echo(request)

    return hop


async def test_three_redirects_and_no_more(make: Callable[..., ChannelHttp], serve: Serve) -> None:
    arrived: list[str] = []
    http = make(faults=lambda _method, url: arrived.append(URL(url).path))
    url = await serve(hops((302, "/1"), (301, "/2"), (307, "/3"), (302, "/4")))
    assert (await http.request("GET", url + "/1")).json()["target"] == "/4"
    arrived.clear()
    with pytest.raises(Rejected, match="redirects more than 3 times"):
        await http.request("GET", url + "/0")
    assert arrived == ["/0", "/1", "/2", "/3"]


@pytest.mark.parametrize(
    "where",
    ["http://10.0.0.1/", "http://169.254.169.254/", "http://127.0.0.2/", "http://127.1/", "ftp://127.0.0.1/", "file:///etc/passwd",
     "http://me:you@127.0.0.1/", "//10.0.0.1/", "javascript:alert(1)", "http://[::ffff:a00:1]/", "http://1.1.1.1/"],
)  # fmt: skip
async def test_each_hop_is_checked(http: ChannelHttp, serve: Serve, where: str) -> None:
    url = await serve(hops((302, "/1"), (302, where)))
    with pytest.raises(Blocked):
        await http.request("GET", url + "/0")
    with pytest.raises(Blocked):
        await http.stream("GET", url + "/0")


async def test_a_redirect_without_a_place_is_an_answer(http: ChannelHttp, serve: Serve) -> None:
    async def bare(_request: web.Request) -> web.Response:
        return web.Response(status=302)

    assert (await http.request("GET", await serve(bare))).status == 302


async def test_credentials_do_not_leave_their_host(http: ChannelHttp, serve: Serve) -> None:
    other = await serve(echo)
    url = await serve(hops((302, "/home"), (302, other + "/away")))
    headers = {
        "Authorization": "Bearer x",
        "Cookie": "a=b",
        "X-Api-Key": "k",
        "X-Odd": f"={SECRET}",
        "Accept": "text/x",
    }
    home = (await http.request("GET", url + "/0", headers=headers)).json()["headers"]
    away = (await http.request("GET", url + "/1", headers=headers)).json()["headers"]
    assert {"authorization", "cookie", "x-api-key", "x-odd"} <= set(home)
    assert not {"authorization", "cookie", "x-api-key", "x-odd"} & set(away)
    assert away["accept"] == "text/x"
    assert away["host"] == other.removeprefix("http://")


async def test_a_body_does_not_leave_its_host(http: ChannelHttp, serve: Serve) -> None:
    arrived: list[str] = []

    async def away(request: web.Request) -> web.Response:
        arrived.append(request.path)
        return web.Response()

    other = await serve(away)
    url = await serve(hops((307, other + "/"), (308, "/kept")))
    with pytest.raises(Blocked, match="bodies are not sent on"):
        await http.request("POST", url + "/0", json={"a": 1})
    assert arrived == []
    said = (await http.request("POST", url + "/1", json={"a": 1})).json()
    assert (said["method"], said["target"], said["body"]) == ("POST", "/kept", '{"a":1}')


async def test_a_post_that_was_taken_and_then_lost_is_uncertain(
    http: ChannelHttp, serve: Serve, unused_tcp_port: int
) -> None:
    url = await serve(hops((303, f"http://127.0.0.1:{unused_tcp_port}/"), (307, "http://127.0.0.1:1/")))
    with pytest.raises(Uncertain, match="whether the request was carried out is not known"):
        await http.request("POST", url + "/0")
    with pytest.raises(Unreachable):
        await http.request("GET", url + "/0")


async def test_an_answer_up_to_the_cap(http: ChannelHttp, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(way_out, "ANSWER_LIMIT", 100_000)

    async def long(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * int(request.path[1:]))

    url = await serve(long)
    assert len((await http.request("GET", url + "/100000")).body) == 100_000
    with pytest.raises(Rejected, match="100,000 bytes"):
        await http.request("GET", url + "/100001")


async def test_the_cap_is_eight_mebibytes() -> None:
    assert way_out.ANSWER_LIMIT == 8 * 1024 * 1024


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_compressed_bomb(http: ChannelHttp, serve: Serve, encoding: str) -> None:
    bomb = (
        gzip.compress(b"\0" * 64 * 1024 * 1024, 1) if encoding == "gzip" else zlib.compress(b"\0" * 32 * 1024 * 1024, 1)
    )

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=bomb, headers={"Content-Encoding": encoding})

    url = await serve(answer)
    with pytest.raises(way_out.Oversized, match="8,388,608 bytes") as refused:
        await http.request("GET", url)
    assert refused.value.answer.body == b"\0" * way_out.FAILED_STREAM_LIMIT
    _, stream = await http.stream("GET", url, limit=1_000_000)
    assert stream.size is None
    with pytest.raises(Rejected, match="1,000,000 bytes"):
        _ = [chunk async for chunk in stream.chunks]


async def file(request: web.Request) -> web.StreamResponse:
    headers = {"Content-Disposition": "attachment; filename*=UTF-8''%C3%A4.png", "Content-Type": "Image/PNG; q=1"}
    return web.Response(body=b"p" * 300_000, headers=headers)


async def test_stream(http: ChannelHttp, serve: Serve) -> None:
    answer, stream = await http.stream("GET", await serve(file))
    assert (answer.status, answer.body) == (200, b"")
    assert (stream.mime, stream.name, stream.size) == ("image/png", "ä.png", 300_000)
    assert b"".join([chunk async for chunk in stream.chunks]) == b"p" * 300_000
    assert [chunk async for chunk in stream.chunks] == []


async def test_stream_within_its_limit(http: ChannelHttp, serve: Serve) -> None:
    url = await serve(file)
    _, stream = await http.stream("GET", url, limit=300_000)
    assert sum([len(chunk) async for chunk in stream.chunks]) == 300_000
    _, stream = await http.stream("GET", url, limit=299_999)
    with pytest.raises(Rejected):
        _ = [chunk async for chunk in stream.chunks]


async def test_a_refused_stream_has_its_body_in_the_answer(http: ChannelHttp, serve: Serve) -> None:
    async def gone(_request: web.Request) -> web.Response:
        return web.Response(status=410, body=b"e" * 100_000)

    answer, stream = await http.stream("GET", await serve(gone))
    assert (answer.status, answer.body) == (410, b"e" * 65_536)
    assert [chunk async for chunk in stream.chunks] == []


async def test_an_abandoned_stream_gives_its_connection_up(http: ChannelHttp, serve: Serve) -> None:
    left = asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65_536)
        finally:
            left.set()

    url = await serve(endless)
    for read_first in (True, False):
        _, stream = await http.stream("GET", url)
        if read_first:
            assert await anext(stream.chunks)
        await stream.chunks.aclose()  # type: ignore[attr-defined]
        await asyncio.wait_for(left.wait(), 20)
        assert [chunk async for chunk in stream.chunks] == []
        left.clear()
    await http.stream("GET", url, within=timedelta(seconds=1))  # and nobody ever reads
    await asyncio.wait_for(left.wait(), 20)


async def test_faults_at_every_single_request(make: Callable[..., ChannelHttp], serve: Serve) -> None:
    asked: list[tuple[str, str]] = []

    def fail_the_second(method: str, url: str) -> Exception | None:
        asked.append((method, url))
        return ConnectionResetError() if len(asked) == 2 else Uncertain("as told") if len(asked) == 3 else None

    url = await serve(hops((302, "/1")))
    seen = Seen()
    http = make(faults=fail_the_second, observe=seen)
    with pytest.raises(Unreachable):
        await http.request("GET", url + "/0")
    with pytest.raises(Uncertain, match="as told"):
        await http.request("POST", url + "/0")
    assert asked == [("GET", url + "/0"), ("GET", url + "/1"), ("POST", url + "/0")]
    assert [(call.status, call.failed) for call in seen] == [(0, "Unreachable"), (0, "Uncertain")]


async def test_a_request_moved_on_and_not_sent_again_is_unreachable(
    make: Callable[..., ChannelHttp], serve: Serve
) -> None:
    url = await serve(hops((307, "/1")))
    http = make(faults=lambda _method, url: ConnectionResetError() if url.endswith("/1") else None)
    with pytest.raises(Unreachable):
        await http.request("POST", url + "/0")


async def test_not_even_the_guard_tells_a_secret(make: Callable[..., ChannelHttp]) -> None:
    http = make(resolver=Names(["10.0.0.1"]))
    http.register_secret("hidden-host")
    with pytest.raises(Blocked) as caught:
        await http.request("GET", "https://hidden-host.example/")
    assert "hidden-host" not in str(caught.value)
    assert caught.value.__context__ is None


async def test_seen_and_logged_without_secrets(
    make: Callable[..., ChannelHttp], serve: Serve, unused_tcp_port: int
) -> None:
    seen, clock = Seen(), iter(range(100))
    http = make(observe=seen, clock=lambda: next(clock) / 4)
    url = await serve(echo)
    with structlog.testing.capture_logs() as lines:
        await http.request(
            "POST", url + "/bot1:" + "a1" * 20, query={"key": SECRET}, headers={"X-A": SECRET}, form={"a": SECRET}
        )
        with pytest.raises(Unreachable) as caught:
            await http.request("GET", f"http://127.0.0.1:{unused_tcp_port}/x{SECRET}/y", query={SECRET: "1"})
    assert seen == [
        CallSeen("channel-1", "POST", "127.0.0.1", 200, 0.25),
        CallSeen("channel-1", "GET", "127.0.0.1", 0, 0.25, "Unreachable"),
    ]
    assert lines[0] == {
        "event": "called", "log_level": "debug", "channel": "channel-1", "method": "POST", "url": url + "/[hidden]?key",
        "status": 200, "ms": 250.0, "failed": "",
    }  # fmt: skip
    everything = str(lines) + "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert "s3cr3t" not in everything
    assert caught.value.__context__ is None
    assert "does not accept connections" in caught.value.reason


async def test_a_token_is_a_secret_from_then_on(http: ChannelHttp, unused_tcp_port: int) -> None:
    async def renew() -> Token:
        return Token("brand-new-token", timedelta(hours=1))

    assert await http.token("access", renew) == "brand-new-token"
    with pytest.raises(Unreachable) as caught:
        await http.request("GET", f"http://127.0.0.1:{unused_tcp_port}/brand-new-token")
    assert "brand-new-token" not in str(caught.value)


async def test_channels_share_the_network_and_one_channel_its_tokens(make: Callable[..., ChannelHttp]) -> None:
    http = make()
    again = ChannelHttp(http._network, "channel-1")
    other = ChannelHttp(http._network, "channel-2")
    count = iter("abc")

    async def renew() -> Token:
        return Token(next(count), timedelta(hours=1))

    assert [await each.token("x", renew) for each in (http, again, other)] == ["a", "a", "b"]


async def test_after_closing_nothing_is_sent(http: ChannelHttp, serve: Serve) -> None:
    url = await serve(echo)
    await http._network.close()
    with pytest.raises(Unreachable, match="shutting down"):
        await http.request("POST", url)
