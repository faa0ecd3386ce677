"""One call as a value: headers, bodies, redirects, errors, file names, redaction."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, quote_plus

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from channels.errors import DeliveryError, Rejected, Uncertain, Unreachable
from ucs.runtime.http.call import Call, content_of, parse, prepare
from ucs.runtime.http.failure import failure
from ucs.runtime.http.guard import Blocked
from ucs.runtime.http.redact import MASK, Redactor
from ucs.runtime.http.stream import file_name

HERE = "https://api.example/v1/send"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "b\r\nX-B: c"),
        ("X-A", "b\nc"),
        ("X-A", "b\0"),
        ("X-A\r\nX-B", "c"),
        ("X A", "b"),
        ("", "b"),
        ("X-Ä", "b"),
        ("Host", "metadata"),
        ("hOsT", "metadata"),
        ("Connection", "close"),
        ("Transfer-Encoding", "chunked"),
        ("Content-Length", "3"),
        ("TE", "trailers"),
        ("Upgrade", "h2c"),
        ("Proxy-Authorization", "x"),
        ("Metadata-Flavor", "Google"),
        ("Metadata", "true"),
        ("X-aws-ec2-metadata-token", "x"),
        ("X-Google-Metadata-Request", "True"),
    ],
)
def test_headers_that_are_refused(name: str, value: str) -> None:
    with pytest.raises(Rejected) as caught:
        prepare("GET", HERE, {name: value}, None)
    assert len(value) < 4 or value not in str(caught.value)


def test_headers_that_pass() -> None:
    fields = {"Authorization": "Bearer x", "X-Line-Retry-Key": "k", "Accept": "a,\tb", "User-Agent": "python"}
    assert set(prepare("GET", HERE, fields, None).headers) == {"Authorization", "X-Line-Retry-Key", "Accept"}


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "GET / HTTP/1.1\r\nX: y", ""])
def test_methods_that_are_refused(method: str) -> None:
    with pytest.raises(Rejected):
        prepare(method, HERE, None, None)


@pytest.mark.parametrize(
    "url",
    ["", "x", "/a", "https://", "https:///a", "https://[::1", "https://h:99999/", "https://a\r\nb/", "http://xn--a/"],
)
def test_urls_that_are_none(url: str) -> None:
    with pytest.raises(Blocked):
        parse(url)


def test_query_is_added_to_what_the_url_has() -> None:
    assert str(prepare("GET", "https://h/a?x=1%2B#top", None, {"y": "ä&"}).url) == "https://h/a?x=1%2B&y=%C3%A4%26"


def test_bodies() -> None:
    assert content_of({"a": 1}, None, None) == (b'{"a":1}', "application/json")
    assert content_of([], None, None) == (b"[]", "application/json")
    assert content_of(None, {"a": "ä "}, None) == (b"a=%C3%A4+", "application/x-www-form-urlencoded")
    assert content_of(None, None, b"x") == (b"x", "")
    assert content_of(None, None, None) is None
    with pytest.raises(ValueError, match="At most one"):
        content_of({}, {}, None)
    for half in ({"json": {"t": "\ud83d"}, "form": None}, {"json": None, "form": {"t": "\ud83d"}}):
        with pytest.raises(Rejected, match="half a character"):
            content_of(body=None, **half)


def test_content_type_of_the_caller_wins() -> None:
    call = prepare("POST", HERE, {"content-type": "application/scim+json"}, None, (b"{}", "application/json"))
    assert call.headers == {"content-type": "application/scim+json"}


SAME, OTHER = "https://api.example/v2", "https://cdn.example/x"
# (method, status, where) -> (method after it, body kept, doubtful), or None: refused
REDIRECTED: list[tuple[str, int, str, tuple[str, bool, bool] | None]] = [
    ("GET", 301, SAME, ("GET", True, False)),
    ("GET", 302, SAME, ("GET", True, False)),
    ("GET", 303, SAME, ("GET", False, False)),
    ("GET", 307, SAME, ("GET", True, False)),
    ("HEAD", 303, SAME, ("HEAD", True, False)),
    ("HEAD", 308, OTHER, None),
    ("POST", 301, SAME, ("GET", False, True)),
    ("POST", 302, OTHER, ("GET", False, True)),
    ("POST", 303, OTHER, ("GET", False, True)),
    ("POST", 307, SAME, ("POST", True, False)),
    ("POST", 308, SAME, ("POST", True, False)),
    ("POST", 307, OTHER, None),
    ("POST", 308, OTHER, None),
    ("PUT", 302, SAME, ("PUT", True, False)),
    ("PUT", 302, OTHER, None),
    ("PUT", 303, OTHER, ("GET", False, True)),
    ("DELETE", 308, OTHER, None),
    ("GET", 302, OTHER, None),
]


@pytest.mark.parametrize(("method", "status", "where", "expected"), REDIRECTED)
def test_redirects(method: str, status: int, where: str, expected: tuple[str, bool, bool] | None) -> None:
    call = Call(method, URL(HERE), {"Content-Type": "text/plain", "Accept": "a"}, b"body")
    if expected is None:
        with pytest.raises(Blocked, match=r"bodies are not sent on"):
            call.redirected(status, where, lambda _value: False)
        return
    after = call.redirected(status, where, lambda _value: False)
    assert (after.method, after.body is not None, after.doubtful) == expected
    assert ("Content-Type" in after.headers) == expected[1]
    assert str(after.url) == where


def test_a_body_less_get_may_go_anywhere() -> None:
    assert str(Call("GET", URL(HERE), {}).redirected(307, OTHER, lambda _value: False).url) == OTHER


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ("/other", True),
        ("?x=1", True),
        ("https://api.example:443/other", True),
        ("https://api.example:8443/other", False),
        ("http://api.example/other", False),
        ("//cdn.example/x", False),
        ("https://api.example.evil.example/", False),
        (OTHER, False),
    ],
)
def test_credentials_stay_at_home(where: str, kept: bool) -> None:
    secret = {
        "Authorization": "Bearer x",
        "cookie": "a=b",
        "X-Auth-Token": "x",
        "X-Api-Key": "x",
        "api-key": "x",
        "X-App-Secret": "x",
        "X-Odd": "holds s3cret inside",
    }
    call = Call("GET", URL(HERE), {**secret, "Accept": "a"})
    after = call.redirected(302, where, lambda value: "s3cret" in value)
    assert set(after.headers) == {"Accept", *(secret if kept else ())}
    home = after.redirected(302, HERE, lambda value: "s3cret" in value)
    assert set(home.headers) == set(after.headers)


def test_a_redirect_nobody_can_read() -> None:
    for where in ("https://[", "https://h\nx/", "https://\udcff\udcfe/"):
        with pytest.raises(Blocked):
            Call("GET", URL(HERE), {}).redirected(302, where, lambda _value: False)


KEY = ConnectionKey("h", 443, True, True, None, None, None)
# What happened -> what it is when (nothing seen sent, POST), (seen sent, POST), (seen sent, GET).
FAILURES: list[tuple[BaseException, tuple[type, type, type]]] = [
    (aiohttp.ClientConnectorError(KEY, OSError(111, "x")), (Unreachable, Unreachable, Unreachable)),
    (aiohttp.ClientConnectorDNSError(KEY, OSError(-2, "x")), (Unreachable, Unreachable, Unreachable)),
    (aiohttp.ClientConnectorCertificateError(KEY, OSError(1, "x")), (Unreachable, Unreachable, Unreachable)),
    (aiohttp.ConnectionTimeoutError(), (Unreachable, Unreachable, Unreachable)),
    (aiohttp.ServerDisconnectedError(), (Uncertain, Uncertain, Unreachable)),
    (aiohttp.SocketTimeoutError(), (Uncertain, Uncertain, Unreachable)),
    (aiohttp.ClientPayloadError(), (Uncertain, Uncertain, Unreachable)),
    (aiohttp.ClientOSError(104, "reset"), (Unreachable, Uncertain, Unreachable)),
    (aiohttp.ClientConnectionResetError(), (Unreachable, Uncertain, Unreachable)),
    (ConnectionResetError(), (Unreachable, Uncertain, Unreachable)),
    (TimeoutError(), (Unreachable, Uncertain, Unreachable)),
]


@pytest.mark.parametrize(("error", "expected"), FAILURES, ids=lambda value: type(value).__name__)
def test_failures(error: BaseException, expected: tuple[type, type, type]) -> None:
    def of(sent: bool, repeatable: bool) -> DeliveryError:
        return failure(error, shown="POST https://h/", sent=sent, repeatable=repeatable)

    assert tuple(type(of(*case)) for case in ((False, False), (True, False), (True, True))) == expected
    assert str(of(True, False)).startswith("POST https://h/ ")


def test_after_a_redirect_that_may_have_done_it_everything_is_uncertain() -> None:
    error = aiohttp.ClientConnectorError(KEY, OSError(111, "x"))
    assert type(failure(error, shown="x", sent=False, repeatable=False, doubtful=True)) is Uncertain


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("", ""),
        ("attachment", ""),
        ("attachment; filename=a.txt", "a.txt"),
        ('attachment; filename="a b; c.txt"', "a b; c.txt"),
        ('attachment; filename="a \\"b\\".txt"', 'a "b".txt'),
        ("attachment; filename=\"x.txt\"; filename*=UTF-8''%e4%bd%a0%E5%A5%BD.txt", "你好.txt"),
        ("attachment; filename*=iso-8859-1'en'%A3.txt", "£.txt"),
        ("attachment; filename*=nonsense''%41.txt", "A.txt"),
        ("attachment; filename*=UTF-8''%ff.txt", "�.txt"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\temp\\a.txt"', "a.txt"),
        ("attachment; filename*=UTF-8''..%2F..%2Fa%00%0Ab", "ab"),
        ('attachment; filename="' + "a" * 999 + '"', "a" * 255),
        ('attachment; filename="\udce4\udcbd\udca0.txt"', "你.txt"),
        ('attachment; xfilename="a"', ""),
    ],
)
def test_file_names(header: str, name: str) -> None:
    assert file_name(header) == name


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://h/a/b", "https://h/a/b"),
        ("https://h:8443/a?access_token=abc&v=1&v=2", "https://h:8443/a?access_token&v"),
        ("https://me:you@h/a#x", "https://h/a"),
        ("https://api.telegram.org/bot123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/sendMessage", None),
        ("https://slack.com/api/conversations.requestSharedInvite.approve", ...),
        (
            "https://hooks.slack.com/services/T00/B00/a1b2c3d4e5f6a1b2c3d4e5f6",
            "https://hooks.slack.com/services/T00/B00/[hidden]",
        ),
        ("https://h/a%0Ab", "https://h/a%0Ab"),
    ],
)
def test_urls_for_people(url: str, shown: Any) -> None:
    expected = {None: f"https://api.telegram.org/{MASK}/sendMessage", ...: url}.get(shown, shown)
    assert Redactor().url(URL(url)) == expected


SECRET = st.text(st.characters(codec="utf-8", exclude_characters="[]hiden"), min_size=4, max_size=40)


@given(
    SECRET,
    SECRET,
    st.sampled_from(
        ["https://h/{}", "https://h/a/bot{}/b", "https://h/a?{}=1", "https://h/a?t={}", "https://h/?q=1&x={}"]
    ),
)
def test_no_url_shows_a_secret(secret: str, other: str, shape: str) -> None:
    url = URL(shape.format(quote(secret, safe="")))
    shown = Redactor([other, secret]).url(url)
    for spelling in (secret, quote(secret, safe=""), quote_plus(secret), quote(secret)):
        if spelling not in "https://h/a/bot/b?t=1&x=1":
            assert spelling not in shown


@given(SECRET, st.lists(st.text()))
def test_no_sentence_shows_a_secret(secret: str, words: list[str]) -> None:
    redactor = Redactor()
    redactor.register(secret)
    assert secret not in redactor.text(secret.join(["", *words, ""])) or secret in MASK


def test_only_the_latest_tokens_are_remembered() -> None:
    redactor = Redactor(["configured"])
    for number in range(100):
        redactor.register(f"token-{number:03}")
    assert redactor.text("configured token-099") == f"{MASK} {MASK}"
    assert redactor.text("token-000") == "token-000"
    assert redactor.text("x") == "x"
    assert Redactor(["", "abc"]).text("abc") == "abc"
