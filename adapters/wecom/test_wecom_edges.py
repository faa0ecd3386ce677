"""What a case cannot say: the encryption beside another's, strangers' hosts, places both ways, ids, lengths, configuration."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from wechatpy.enterprise.crypto import WeChatCrypto

from adapters._tencent.cipher import Cipher, digest_of
from adapters._tencent.datum import to_gcj02, to_wgs84
from adapters.wecom import Wecom, WecomConfig
from adapters.wecom.pieces import PIECE, Pieces
from channels import Answer, MediaLink, Outbound, Stream
from channels.errors import DeliveryError, Rejected, Unreachable
from channels.fit import fit
from channels.kit import Call, FakeHttp
from channels.parts import Button, Choices, Image, MediaRef, Text

CORPID, TOKEN, KEY = "ww0011223344556677", "omniToken7", "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8"
GIVEN: dict[str, Any] = {
    "corpid": CORPID,
    "secret": "a-secret-of-the-tests",
    "token": TOKEN,
    "encoding_aes_key": KEY,
    "accounts": ["wkOMNI0001"],
}
TO = "wkOMNI0001/wmUSER0001"
AT = datetime(2025, 1, 1, 0, 0, 1, tzinfo=UTC)
OURS = Answer(200, b'{"errcode":0,"service_state":1}')


def wecom(**values: Any) -> Wecom:
    return Wecom(WecomConfig.model_validate(GIVEN | values))


# -- encryption

CALL = (
    "<xml><ToUserName><![CDATA[ww0011223344556677]]></ToUserName><CreateTime>1735689600</CreateTime>"
    "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[kf_msg_or_event]]></Event><Token><![CDATA[KFTOKEN0001]]></Token>"
    "<OpenKfId><![CDATA[wkOMNI0001]]></OpenKfId></xml>"
)
ECHO = "Ph0XPWG/GcCixUJBVPq2HsM3DLYZDV8p64mBof77iCbfv6c2sewY1/S0p4P38utL4pnGkSzFqgI5Ir9CkZ1n/A=="


def test_the_vectors() -> None:
    cipher = Cipher(KEY, CORPID)
    assert cipher.seal(b"5927781234567890123", b"0123456789abcdef") == ECHO
    assert digest_of(TOKEN, "1735689600", "86420975", ECHO) == "e2670b356ce658c7ee258155b424e1e2e6a6b731"
    sealed = cipher.seal(CALL.encode(), b"0123456789abcdef")
    assert digest_of(TOKEN, "1735689600", "86420975", sealed) == "0517dbab5d508365028a0d5d45ba3982de07c07f"
    assert cipher.decrypt(sealed).decode() == CALL


def test_another_implementation_opens_what_we_seal() -> None:
    """`wechatpy`, which nobody here has written."""
    sealed = Cipher(KEY, CORPID).seal(CALL.encode(), b"0123456789abcdef")
    signed = digest_of(TOKEN, "1735689600", "13579", sealed)
    opened = WeChatCrypto(TOKEN, KEY, CORPID).decrypt_message({"Encrypt": sealed}, signed, "1735689600", "13579")
    assert opened == CALL


# -- files of customers


async def fetched(http: FakeHttp, key: str) -> bytes:
    found = await wecom().fetch(MediaRef(key), http)
    assert isinstance(found, Stream)
    return b"".join([chunk async for chunk in found.chunks])


def test_a_strangers_host_is_not_shown_our_token() -> None:
    http = FakeHttp(lambda call: Answer(200, b"JPEG"), {"wecom": "tok-1"})
    assert asyncio.run(fetched(http, "https://shop.example/r.jpg")) == b"JPEG"
    assert [(call.url, dict(call.query)) for call in http.calls] == [("https://shop.example/r.jpg", {})]


@pytest.mark.parametrize(
    ("status", "error"), [(401, Rejected), (404, Rejected), (429, Unreachable), (500, Unreachable), (202, Rejected)]
)
def test_a_strangers_host_can_neither_park_nor_slow_our_channel(status: int, error: type[DeliveryError]) -> None:
    with pytest.raises(error):
        asyncio.run(fetched(FakeHttp(lambda call: Answer(status)), "https://shop.example/r.jpg"))


# -- what we say


def test_a_token_is_fetched_once_for_two_who_find_the_old_one_stale() -> None:
    def script(call: Any) -> Answer:
        if call.url.endswith("/gettoken"):
            return Answer(200, b'{"errcode":0,"access_token":"new","expires_in":7200}')
        stale = call.query["access_token"] == "old"
        return Answer(200, b'{"errcode":42001}') if stale else OURS

    http = FakeHttp(script, {"wecom": "old"})

    async def both() -> None:
        await asyncio.gather(*(wecom().send(Outbound("k", TO, (Text("hi"),), AT), http) for _ in range(2)))

    asyncio.run(both())
    assert [call.url for call in http.calls].count("https://qyapi.weixin.qq.com/cgi-bin/gettoken") == 1


@given(st.uuids(), st.booleans())
def test_ids_are_what_wecom_takes_and_differ(key: Any, long: bool) -> None:
    """At most 32 of its characters; the two of one message are two."""
    part = Choices("问" * (342 if long else 1), (Button("Yes", payload="y"),))
    http = FakeHttp(lambda call: OURS, {"wecom": "t"})
    receipt = asyncio.run(wecom().send(Outbound(str(key), TO, (part,), AT), http))
    sent = [call.json["msgid"] for call in http.calls if call.url.endswith("send_msg")]
    assert tuple(sent) == receipt.messages
    assert len(set(sent)) == len(sent) == 1 + long
    assert all(len(id) <= 32 and id.replace("-", "").isalnum() for id in sent)


@given(
    st.text(st.sampled_from("问a👋\n "), max_size=3000), st.lists(st.text("选x", min_size=1, max_size=60), max_size=12)
)
def test_whatever_is_fitted_is_as_short_as_wecom_wants(text: str, labels: list[str]) -> None:
    part = Choices(text, tuple(Button(label, payload=label[:10]) for label in labels))
    http = FakeHttp(lambda call: OURS, {"wecom": "t"})
    for parts in fit((part,), Wecom.manifest.sends, {}):
        asyncio.run(wecom().send(Outbound("k", TO, parts, AT), http))
    for said in (call.json for call in http.calls if call.url.endswith("send_msg")):
        assert len(said.get("text", {}).get("content", "").encode()) <= 2048
        menu = said.get("msgmenu", {})
        assert len(menu.get("head_content", "").encode()) <= 1024
        assert len(menu.get("list", ())) <= 10
        for item in menu.get("list", ()):
            assert len(item["click"]["content"].encode()) <= 128
            assert len(item["click"]["id"].encode()) <= 64


def test_nothing_that_json_could_only_escape_goes_out() -> None:
    http = FakeHttp(lambda call: OURS, {"wecom": "t"})
    words = "".join(map(chr, range(32))) + "\x7f\u2028 你好 \\u4f60 👋"
    asyncio.run(wecom().send(Outbound("k", TO, (Text(words),), AT), http))
    sent = http.calls[-1].json["text"]["content"]
    assert sent == "\t\n\x7f\u2028 你好 \\u4f60 👋"
    assert b"\\u00" not in orjson.dumps(sent)


def test_a_file_is_read_anew_for_each_try() -> None:
    """A stream that was read for a try with a stale token is empty at the second."""
    answers = iter(
        [
            b'{"errcode":42001}',
            b'{"errcode":0,"access_token":"new","expires_in":7200}',
            b'{"errcode":0,"media_id":"UP1"}',
        ]
    )
    http = FakeHttp(
        lambda call: Answer(200, next(answers, OURS.body)), {"wecom": "old"}, files={"m1": b"\x89PNG-bytes"}
    )
    link = MediaLink("https://media.example/x", "", "x.png", "image/png", 10)
    asyncio.run(wecom().send(Outbound("k", TO, (Image("m1"),), AT, {"m1": link}), http))
    uploads = [call.files["media"] for call in http.calls if call.files]
    assert len(uploads) == 2
    assert uploads[0] == uploads[1]


# -- places


@given(st.floats(20, 50), st.floats(75, 130))
def test_a_place_goes_out_as_it_came_in(latitude: float, longitude: float) -> None:
    assert to_gcj02(*to_wgs84(latitude, longitude)) == pytest.approx((latitude, longitude), abs=3e-6)


# -- configuration


@pytest.mark.parametrize(
    "values",
    [
        {"corpid": ""},
        {"corpid": "gh_omni000001"},
        {"secret": ""},
        {"token": "ab"},
        {"token": "with-a-dash"},
        {"encoding_aes_key": KEY[:-1]},
        {"encoding_aes_key": None},
        {"accounts": []},
        {"accounts": ["shop"]},
        {"accounts": ["wk a"]},
        {"reply_quota": 0},
        {"poll_every": 5},
        {"poll_every": 100_000},
        {"map_datum": "bd09"},
        {"api_base": "qyapi.weixin.qq.com"},
        {"corpsecret": "a-typing-mistake"},
    ],
)
def test_configuration_that_cannot_work_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        wecom(**values)
    assert GIVEN["secret"] not in str(refused.value)
    assert KEY not in str(refused.value)


def test_configuration_as_people_write_it() -> None:
    config = wecom(api_base="https://proxy.example/qy/", poll_every="PT5M").config
    assert config.api_base == "https://proxy.example/qy"
    assert config.poll_every == timedelta(minutes=5)
    assert "a-secret" not in repr(config)


# -- files in pieces

LARGE, WHOLE = (
    Answer(200, b'{"errcode":830002,"errmsg":"too big"}', {"content-type": "application/json"}),
    bytes(range(250)),
)


def piece(call: Call, *, whole: bytes = WHOLE, longest: int = 100) -> Answer:
    """What WeCom says to whoever asks for `Range`: at most so much."""
    if call.url.endswith("/gettoken"):
        return Answer(200, b'{"errcode":0,"access_token":"t","expires_in":7200}')
    if "range" not in call.headers:
        return LARGE
    begin = int(call.headers["range"].removeprefix("bytes=").partition("-")[0])
    body = whole[begin : begin + longest]
    place = f"bytes {begin}-{begin + len(body) - 1}/{len(whole)}"
    return Answer(206, body, {"content-range": place, "content-type": "application/pdf"})


def test_a_large_file_is_fetched_in_pieces() -> None:
    http = FakeHttp(piece)
    assert asyncio.run(fetched(http, "MEDIA")) == WHOLE
    asked = [call.headers["range"] for call in http.calls if "range" in call.headers]
    assert asked == [f"bytes={begin}-{begin + PIECE - 1}" for begin in (0, 100, 200)]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (Answer(200, b"all of it", {"content-type": "application/pdf"}), "something else"),
        (Answer(206, b"x", {"content-range": "bytes 0-0/250"}), "something else"),  # not what was asked for
        (Answer(206, b"x", {"content-range": "bytes 100-100/*"}), "something else"),
        (Answer(206, b"x", {"content-range": "bytes 100-100/9"}), "had 250 before"),
        (Answer(206, b"", {"content-range": "bytes 100-100/250"}), "0 bytes, of 150"),
        (Answer(206, bytes(151), {"content-range": "bytes 100-250/250"}), "151 bytes, of 150"),
        (Answer(503), "503"),
    ],
)
def test_a_piece_that_does_not_fit_is_no_file(changed: Answer, says: str) -> None:
    def script(call: Call) -> Answer:
        return changed if call.headers.get("range", "").startswith("bytes=100-") else piece(call)

    with pytest.raises(Unreachable, match=says):
        asyncio.run(fetched(FakeHttp(script), "MEDIA"))


def test_a_piece_that_is_refused_is_refused() -> None:
    with pytest.raises(Rejected, match="hands out no piece"):
        asyncio.run(fetched(FakeHttp(lambda call: LARGE if "range" in call.headers else piece(call)), "MEDIA"))


def test_what_has_been_read_enough_of_asks_for_no_more() -> None:
    async def some() -> int:
        http = FakeHttp(piece)
        found = await wecom().fetch(MediaRef("MEDIA"), http)
        assert (found.size, found.mime) == (250, "application/pdf")
        chunks = cast(Pieces, found.chunks)
        await anext(chunks)
        await chunks.aclose()
        return sum("range" in call.headers for call in http.calls)

    assert asyncio.run(some()) == 1
