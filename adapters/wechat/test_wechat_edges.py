"""What a case cannot say: hostile XML, encryption beside another's, strangers' hosts, configuration, places, and what is loaded."""

from __future__ import annotations

import asyncio
import base64
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives import ciphers
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException

from adapters._tencent.cipher import Cipher, digest_of
from adapters._tencent.datum import _shift, to_wgs84
from adapters._tencent.document import DEEPEST, MOST, read
from adapters.wechat import Wechat, WechatConfig
from adapters.wechat.outbound import cdata, passive
from channels import Answer, MediaLink, Outbound, Request, Stream
from channels.errors import DeliveryError, Malformed, Rejected, Unreachable, Untrusted
from channels.events import ReplyToken
from channels.kit import FakeHttp
from channels.parts import Image, MediaRef, Text

APPID, TOKEN, KEY = "wx0a1b2c3d4e5f6071", "omniToken7", "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8"
GIVEN = {"appid": APPID, "appsecret": "a-secret-of-the-tests", "token": TOKEN, "encoding_aes_key": KEY}
AT = datetime(2025, 1, 1, 0, 0, 1, tzinfo=UTC)
RANDOM = b"0123456789abcdef"


def wechat(**values: Any) -> Wechat:
    return Wechat(WechatConfig.model_validate(GIVEN | values))


# -- XML

DEEP = 10**6
HOSTILE = {
    "a million elements deep": b"<a>" * DEEP + b"</a>" * DEEP,
    "a million deep and never closed": b"<a>" * DEEP,
    "one deeper than we read": b"<a>" * (DEEPEST + 1) + b"</a>" * (DEEPEST + 1),
    "more elements than we read": b"<xml>" + b"<a/>" * MOST + b"</xml>",
    "a million elements side by side": b"<xml>" + b"<a/>" * DEEP + b"</xml>",
    "an entity in a file": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><xml><a>&b;</a></xml>',
    "an entity elsewhere": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/evil.dtd"><xml><a>1</a></xml>',
    "a parameter entity": b'<!DOCTYPE a [<!ENTITY % b SYSTEM "http://127.0.0.1:1/"> %b;]><xml><a>1</a></xml>',
    "entities that grow": b'<!DOCTYPE a [<!ENTITY b "haha"><!ENTITY c "&b;&b;&b;&b;">]><xml><a>&c;</a></xml>',
    "a document type and nothing else": b"<!DOCTYPE a><xml><a>1</a></xml>",
    "an entity that nobody has declared": b"<xml><a>&b;</a></xml>",
    "two roots": b"<xml><a>1</a></xml><xml><a>1</a></xml>",
    "not UTF-8": b"<xml><a>\xff\xfe</a></xml>",
    "NUL": b"<xml><a>\x00</a></xml>",
    "another charset inside": '<?xml version="1.0" encoding="gb18030"?><xml><a>你</a></xml>'.encode("gb18030"),
    "JSON a million deep": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_are_refused(name: str) -> None:
    with pytest.raises(Malformed):
        read(HOSTILE[name])


def test_as_many_as_may_be() -> None:
    found: Any = read(b"<xml>" + b"<a>1</a>" * (MOST - 1) + b"</xml>")
    assert len(found["a"]) == MOST - 1


def test_as_deep_as_may_be() -> None:
    found: Any = read(b"<a>" * DEEPEST + b"1" + b"</a>" * DEEPEST)
    for _ in range(DEEPEST - 1):
        found = found["a"]
    assert found == "1"


def test_many_of_one_name_are_a_list() -> None:
    assert read(b"<x><i>1</i><i><j>2</j></i><i>3</i></x>") == {"i": ["1", {"j": "2"}, "3"]}


# Whatever no XML has is left out, and a carriage return is one of those here: readers make a line feed of it.
@given(st.text())
@example("]]>")
@example("a]]]>b")
@example("\x00\x1f\r\n\t\ufffe")
def test_texts_in_xml_come_out_as_they_went_in(text: str) -> None:
    text = "".join(mark for mark in text if mark not in "\ufffe\uffff")
    written = "".join(mark for mark in text if mark >= " " or mark in "\n\t")
    assert read(f"<x><a>{cdata(text)}</a><b>1</b></x>".encode())["a"] == written


# -- encryption

MESSAGE = (
    "<xml><ToUserName><![CDATA[gh_omni000001]]></ToUserName><FromUserName><![CDATA[oOMNI_user_0001]]></FromUserName>"
    "<CreateTime>1735689600</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好, omni]]></Content>"
    "<MsgId>24000000000000001</MsgId></xml>"
)
SEALED = (
    "Ph0XPWG/GcCixUJBVPq2HqZYd5Jvq0HiHXdNyH247V7gWFq6SrSJigscjqSSPMBgiWsLORUnnNoXL23eyKwVMGOScLJ7ROHovBdPllwQC/BBMtPz/OdnS5Fw"
    "ihd4cWDvAG+37bcQRbZ2JHUkhUhiM7a/5DDnKT/l0yuGJim8prknhaKRuq5+BcG+i1S2QDpc+RlK8O15yuihJG8zyjzRFRypAkbtYlP/BHLwkVib6vwjoBnK"
    "5gNdu7PckRWiu78sm0HqXaO2+9EBsV41ANOS/gnNHVwMBoZZUVT0TJkHt8vrb8qEjptfLlt7fb1/EoFzZE7XNseXb813rCMqF++K6L8KgoFpHTjrqeALaswa"
    "dWT4evk7ppNcjp7kFIA2YWKWgz5zu3ymUGilRZX0/C5N+mTRWrnQm0xxoEPLAXbYhTw="
)
FULL = (
    "Ph0XPWG/GcCixUJBVPq2HqJOYjaQ2lloBU5/vShT1yjPGmfXbu0I3GWs4MleGzsvTxXkyegDB1Zhr/n6mVbizGYR2jUo3y8PwZXHlSyxo+ec8p7zFL3LcciG"
    "6m5l5fTx"
)
REPLY = (
    "<xml><ToUserName><![CDATA[oOMNI_user_0001]]></ToUserName><FromUserName><![CDATA[gh_omni000001]]></FromUserName>"
    "<CreateTime>1735689601</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[收到]]></Content></xml>"
)
REPLY_SIGNED = "f1fcd39a34c7a539ed9300f891dc448a1c9d46bc"


def test_the_vectors() -> None:
    cipher = Cipher(KEY, APPID)
    assert cipher.seal(MESSAGE.encode(), RANDOM) == SEALED
    assert cipher.decrypt(SEALED).decode() == MESSAGE
    assert digest_of(TOKEN, "1735689600", "86420975", SEALED) == "acb69c7a3dd9f3df51df62df7f60241275fbf2bc"
    assert cipher.seal(b"x" * 26, RANDOM) == FULL  # whole blocks, so a whole block of padding
    assert cipher.decrypt(FULL) == b"x" * 26


def test_our_answer_is_written_as_the_vector_has_it() -> None:
    said = passive(Text("收到"), {}, "oOMNI_user_0001", "gh_omni000001", AT)
    assert said == REPLY
    sealed = Cipher(KEY, APPID).seal(said.encode(), b"fedcba9876543210")
    assert digest_of(TOKEN, "1735689601", "13579", sealed) == REPLY_SIGNED


@given(st.binary(max_size=300), st.text(max_size=20))
def test_what_we_seal_we_open(message: bytes, key: str) -> None:
    cipher = Cipher(KEY, APPID)
    assert cipher.decrypt(cipher.encrypt(message, key)) == message
    assert cipher.encrypt(message, key) == cipher.encrypt(message, key) != cipher.encrypt(message, key + "x")


@given(st.text(min_size=1, max_size=200))
def test_another_implementation_opens_what_we_seal_and_we_what_it_seals(text: str) -> None:
    """`wechatpy`, which nobody here has written."""
    text, other = f"<xml>{text}</xml>", WeChatCrypto(TOKEN, KEY, APPID)
    sealed = Cipher(KEY, APPID).encrypt(text.encode("utf-8", "replace"), "a key")
    signed = digest_of(TOKEN, "1735689600", "13579", sealed)
    opened = other.decrypt_message({"Encrypt": sealed}, signed, "1735689600", "13579")
    assert opened == text.encode("utf-8", "replace").decode()
    theirs = read(other.encrypt_message(opened, "13579", "1735689600").encode())
    assert theirs["MsgSignature"] == digest_of(TOKEN, "1735689600", "13579", theirs["Encrypt"])
    assert Cipher(KEY, APPID).decrypt(theirs["Encrypt"]).decode() == opened


def test_another_implementation_takes_our_whole_answer() -> None:
    http = FakeHttp(lambda call: Answer(500), held=["gh_omni000001/1"])
    token = ReplyToken("gh_omni000001/1", AT + timedelta(seconds=4))
    message = Outbound(
        "0b5a3d0e-6c0f-4f55-9a51-6d2f6c1f9a01", "oOMNI_user_0001", (Text("收到"),), AT, reply_token=token
    )
    asyncio.run(wechat().send(message, http))
    (response,) = http.responses
    given = read(response.body)
    opened = WeChatCrypto(TOKEN, KEY, APPID).decrypt_message(
        response.body.decode(), given["MsgSignature"], given["TimeStamp"], given["Nonce"]
    )
    assert opened == REPLY


def test_both_refuse_what_is_for_another_account() -> None:
    sealed = Cipher(KEY, "wx-somebody-else").seal(b"<xml/>", RANDOM)
    with pytest.raises(Untrusted, match="another account"):
        Cipher(KEY, APPID).decrypt(sealed)
    with pytest.raises(InvalidAppIdException):
        WeChatCrypto(TOKEN, KEY, APPID).decrypt_message(
            {"Encrypt": sealed}, digest_of(TOKEN, "1", "2", sealed), "1", "2"
        )


def sealed_raw(plain: bytes) -> str:
    """Encrypted as it stands, whatever its padding."""
    key = bytes(range(0x20, 0x40))
    context = ciphers.Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(context.update(plain) + context.finalize()).decode()


BROKEN = {
    "nothing": "",
    "no Base64": "%%%%",
    "half a block": "QUJD",
    "one block of AES, half a block of WeChat's": sealed_raw(b"\x10" * 16),
    "padding of nothing": sealed_raw(b"\x00" * 64),
    "padding of more than a block": sealed_raw(b"\x21" * 64),
    "padding that differs": sealed_raw(b"\x02" * 30 + b"\x01\x02" + b"\x03" * 31 + b"\x02"),
    "padding and nothing else": sealed_raw(b"\x20" * 32),
    "a length beyond the end": sealed_raw(RANDOM + b"\xff\xff\xff\xff" + b"x" * 11 + b"\x01"),
    "not ASCII": "é" * 43,
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_was_not_encrypted_for_us_is_untrusted(name: str) -> None:
    with pytest.raises(Untrusted):
        Cipher(KEY, APPID).decrypt(BROKEN[name])


@given(st.integers(0, 319), st.integers(1, 255))
def test_no_altered_byte_gets_by(place: int, change: int) -> None:
    """What is encrypted is covered by the signature, to the last byte."""
    raw = bytearray(base64.b64decode(SEALED))
    raw[place] ^= change
    body = f"<xml><Encrypt>{base64.b64encode(raw).decode()}</Encrypt></xml>"
    query = {"encrypt_type": "aes", "timestamp": "1735689600", "nonce": "86420975"}
    query["msg_signature"] = "acb69c7a3dd9f3df51df62df7f60241275fbf2bc"
    with pytest.raises(Untrusted):
        wechat().verify(Request("POST", "/", query, {}, body.encode(), AT))


def test_a_key_is_43_characters_whatever_its_last_bits() -> None:
    assert Cipher(KEY[:-1] + "9", APPID).decrypt(SEALED).decode() == MESSAGE


# -- what goes out

FILM = orjson.dumps({"video_url": "https://films.example/1.mp4"})


def of_films(answer: Answer) -> FakeHttp:
    """WeChat says where the film lies, and its host answers."""
    told = Answer(200, FILM, {"content-type": "text/plain"})
    return FakeHttp(lambda call: told if "weixin" in call.url else answer, {"wechat": "tok-1"})


async def fetched(http: FakeHttp, key: str) -> bytes:
    found = await wechat().fetch(MediaRef(key), http)
    assert isinstance(found, Stream)
    return b"".join([chunk async for chunk in found.chunks])


@pytest.mark.parametrize("key", ["MEDIA_VIDEO_1", "https://mmbiz.example/p/1"])
@pytest.mark.parametrize(
    ("status", "error"), [(401, Rejected), (404, Rejected), (429, Unreachable), (500, Unreachable), (202, Rejected)]
)
def test_a_strangers_host_can_neither_park_nor_slow_our_channel(
    key: str, status: int, error: type[DeliveryError]
) -> None:
    with pytest.raises(error):
        asyncio.run(fetched(of_films(Answer(status)), key))


def test_a_strangers_host_is_not_shown_our_token() -> None:
    http = of_films(Answer(200, b"bytes"))
    assert asyncio.run(fetched(http, "MEDIA_VIDEO_1")) == b"bytes"
    assert [(call.url, dict(call.query)) for call in http.calls[1:]] == [("https://films.example/1.mp4", {})]


def test_a_token_is_fetched_once_for_two_who_find_the_old_one_stale() -> None:
    """The second, too, was turned down with the old one, and finds the new one there."""
    issued: list[bool] = []

    def script(call: Any) -> Answer:
        if call.url.endswith("/stable_token"):
            issued.append(call.json["force_refresh"])
            return Answer(200, b'{"access_token":"new","expires_in":7200}')
        stale = call.query["access_token"] == "old"
        return Answer(200, b'{"errcode":42001}' if stale else b'{"errcode":0}')

    http = FakeHttp(script, {"wechat": "old"})
    message = Outbound("k", "oUSER", (Text("hi"),), AT)

    async def both() -> None:
        await asyncio.gather(*(wechat().send(message, http) for _ in range(2)))

    asyncio.run(both())
    assert issued == [False]


def test_nothing_that_json_could_only_escape_goes_out() -> None:
    """WeChat refuses escapes (40033), and these are the characters that have no other way to be written."""
    http = FakeHttp(lambda call: Answer(200, b'{"errcode":0}'), {"wechat": "t"})
    words = "".join(map(chr, range(32))) + "\x7f\u2028 你好 \\u4f60 👋"
    asyncio.run(wechat().send(Outbound("k", "oUSER", (Text(words),), AT), http))
    sent = http.calls[0].json["text"]["content"]
    assert sent == "\t\n\x7f\u2028 你好 \\u4f60 👋"
    assert b"\\u00" not in orjson.dumps(sent)


def test_the_name_of_an_uploaded_file_is_never_the_customers() -> None:
    """WeChat takes ASCII only, and a name with a quotation mark in it would end the header."""
    link = MediaLink("https://media.example/x", "", 'ü"\r\nX: 1.png', "image/png", 3)
    http = FakeHttp(lambda call: Answer(200, b'{"media_id":"UP1"}'), {"wechat": "t"}, files={"m1": b"\x89PNG"})
    asyncio.run(wechat().send(Outbound("k", "oUSER", (Image("m1"),), AT, {"m1": link}), http))
    assert http.calls[0].body is not None
    assert http.calls[0].body.split(b"\r\n\r\n")[0].split(b"; ")[2] == b'filename="file.png"'
    assert b"X: 1" not in http.calls[0].body


# -- places


@given(st.floats(20, 50), st.floats(75, 130))
def test_a_shifted_place_is_put_back(latitude: float, longitude: float) -> None:
    north, east = _shift(latitude, longitude)
    back = to_wgs84(latitude + north, longitude + east)
    assert back == pytest.approx((latitude, longitude), abs=2e-6)  # a fifth of a metre


def test_the_shift_is_some_hundred_metres() -> None:
    """Tiananmen, as maps of both kinds have it."""
    assert to_wgs84(39.908823, 116.397470) == pytest.approx((39.907420, 116.391230), abs=5e-5)


# -- configuration


@pytest.mark.parametrize(
    "values",
    [
        {"appid": ""},
        {"appid": "ww0011223344556677"},
        {"appsecret": ""},
        {"token": "ab"},
        {"token": "with-a-dash"},
        {"token": "x" * 33},
        {"encoding_aes_key": KEY[:-1]},
        {"encoding_aes_key": KEY + "="},
        {"encoding_aes_key": None},
        {"mode": "secret"},
        {"original_id": "shop"},
        {"passive_for": 5},
        {"passive_for": -1},
        {"map_datum": "bd09"},
        {"typing_path": "https://evil.example/"},
        {"api_base": "api.weixin.qq.com"},
        {"templates": {"a": {"id": ""}}},
        {"templates": {"a": {"id": "1", "blank": ["x"]}}},
        {"app_secret": "a-typing-mistake"},
    ],
)
def test_configuration_that_cannot_work_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        wechat(**values)
    assert GIVEN["appsecret"] not in str(refused.value)
    assert TOKEN not in str(refused.value)
    assert KEY not in str(refused.value)


def test_configuration_as_people_write_it() -> None:
    config = wechat(mode="plain", encoding_aes_key=None, api_base="https://proxy.example/wx/", passive_for=4).config
    assert config.api_base == "https://proxy.example/wx"
    assert config.passive_for == timedelta(seconds=4)
    assert "a-secret" not in repr(config)


def test_encryption_is_loaded_where_it_is_used() -> None:
    """An installation without an encrypted channel does not wait for `cryptography`."""
    code = (
        "import sys; from adapters.wechat import Wechat; Wechat(Wechat.Config(appid='wx0a1b2c3d4e5f6071', "
        "appsecret='secret', token='token', mode='plain')); print('cryptography' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "False"
