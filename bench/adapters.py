"""What reading one message costs each adapter: `verify` and `parse` of a webhook, as the gateway calls them. The quickest of many
rounds counts, for whatever else runs here only adds."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

from adapters._tencent.cipher import Cipher, digest_of
from adapters.line import Line, LineConfig
from adapters.telegram import Telegram, TelegramConfig
from adapters.wechat import Wechat, WechatConfig
from bench.line_requests import SECRET, TEXT, webhook
from channels import Adapter, Request

ROUNDS, TIMES = 30, 200
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
WECHAT = {"appid": "wx0123456789abcdef", "appsecret": "0" * 32, "token": "bench", "original_id": "gh_bench"}
NOW = datetime.now(UTC)


def line() -> tuple[Adapter[Any], Request]:
    head, _, body = webhook(1, random.Random(1)).partition(b"\r\n\r\n")
    headers = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:])
    signature = next(line for line in head.decode().split("\r\n") if line.startswith("x-line")).partition(": ")[2]
    config = LineConfig.model_validate({"channel_secret": SECRET, "access_token": "bench"})
    return Line(config), _request(body, headers | {"x-line-signature": signature})


def telegram() -> tuple[Adapter[Any], Request]:
    person = {"id": 5, "is_bot": False, "first_name": "Ann", "language_code": "en"}
    message = {"message_id": 7, "from": person, "chat": {"id": 5, "type": "private", "first_name": "Ann"}, "text": TEXT}
    body = {"update_id": 9, "message": {**message, "date": int(NOW.timestamp())}}
    values = {"token": "7000000001:AAtestsTESTStestsTESTStestsTESTS0", "secret_token": "bench", "mode": "webhook"}
    config = TelegramConfig.model_validate(values)
    return Telegram(config), _request(orjson.dumps(body), {"x-telegram-bot-api-secret-token": "bench"})


def wechat(mode: str) -> tuple[Adapter[Any], Request]:
    seconds, nonce, cipher = str(int(NOW.timestamp())), "24680", Cipher(KEY, WECHAT["appid"])
    said = f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{TEXT}]]></Content><MsgId>24000000000000001</MsgId>"
    people = "<ToUserName><![CDATA[gh_bench]]></ToUserName><FromUserName><![CDATA[oBench]]></FromUserName>"
    body = f"<xml>{people}<CreateTime>{seconds}</CreateTime>{said}</xml>"
    query = {"timestamp": seconds, "nonce": nonce, "signature": digest_of("bench", seconds, nonce)}
    if mode == "safe":
        sealed = cipher.encrypt(body.encode(), "bench")
        body = f"<xml><ToUserName><![CDATA[gh_bench]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        query |= {"encrypt_type": "aes", "msg_signature": digest_of("bench", seconds, nonce, sealed)}
    config = WechatConfig.model_validate({**WECHAT, "mode": mode, "encoding_aes_key": KEY})
    return Wechat(config), _request(body.encode(), {}, query)


def _request(body: bytes, headers: dict[str, str], query: dict[str, str] | None = None) -> Request:
    return Request("POST", "/hooks/bench", query or {}, headers, body, NOW)


def micros(made: Callable[[], tuple[Adapter[Any], Request]]) -> float:
    """The processor time of one message."""
    adapter, request = made()
    spent = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(TIMES):
            adapter.verify(request)
            tuple(adapter.parse(request))
        spent.append(time.process_time() - began)
    return min(spent) / TIMES * 1e6


def run() -> dict[str, Any]:
    return {
        "parse_line_us": micros(line),
        "parse_telegram_us": micros(telegram),
        "parse_wechat_us": micros(lambda: wechat("plain")),
        "parse_wechat_safe_us": micros(lambda: wechat("safe")),
    }
