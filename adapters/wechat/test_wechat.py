"""WeChat keeps the contract: every case in `cases/`, and all that the kit checks besides; in plain mode, and once more encrypted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import orjson
from pydantic import SecretStr

from adapters._tencent.cipher import Cipher, digest_of
from adapters.wechat import Wechat, WechatConfig
from adapters.wechat.config import ApprovedTemplate
from channels import Answer, Request
from channels.errors import Rejected
from channels.kit import AdapterContract

APPID, TOKEN, SECRET = "wx0a1b2c3d4e5f6071", "omniToken7", "omniAppSecret0123456789abcdef000"
KEY = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8"
NONCE = "86420975"
CONFIG = WechatConfig(
    appid=APPID,
    appsecret=SecretStr(SECRET),
    token=SecretStr(TOKEN),
    mode="plain",
    encoding_aes_key=SecretStr(KEY),
    templates={
        "order_sent": ApprovedTemplate(id="TPL1", blanks=("thing1", "time2"), url="https://shop.example/o/1"),
        "seat_free": ApprovedTemplate(id="SUB1", blanks=("thing1",), url="pages/seat", subscription=True),
        "bare": ApprovedTemplate(id="TPL2"),
        "hello": ApprovedTemplate(id="TPL3", blanks=("name1",)),
    },
)


class TestWechat(AdapterContract):
    adapter = Wechat
    config = CONFIG
    cases = Path(__file__).parent / "cases"

    signs_body = False  # in plain mode nothing of it; with encryption what is encrypted, and not what stands around it
    gives_ids = False  # messages have one, events do not
    also_means: ClassVar = {"48001": Rejected}  # where it is a right that an account may do without: files, templates

    def sign(self, request: Request) -> Request:
        timestamp = str(int(request.at.timestamp()))
        signed = {"timestamp": timestamp, "nonce": NONCE, "signature": digest_of(TOKEN, timestamp, NONCE)}
        return replace(request, query={**request.query, **signed})

    def refusal(self, code: str) -> Answer:
        return Answer(200, orjson.dumps({"errcode": int(code), "errmsg": "so it is rid: 1-2-3"}))


class TestWechatSafe(TestWechat):
    """The same with everything encrypted that arrives."""

    config = CONFIG.model_copy(update={"mode": "safe"})

    def sign(self, request: Request) -> Request:
        if request.method == "GET":
            return super().sign(request)
        sealed = Cipher(KEY, APPID).seal(request.body, b"0123456789abcdef")
        timestamp = str(int(request.at.timestamp()))
        signed = {"timestamp": timestamp, "nonce": NONCE, "encrypt_type": "aes"}
        signed["msg_signature"] = digest_of(TOKEN, timestamp, NONCE, sealed)
        body = f"<xml><ToUserName><![CDATA[gh_omni000001]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        return replace(request, query={**request.query, **signed}, body=body.encode())
