"""WeCom keeps the contract: every case in `cases/`, and all that the kit checks besides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
from pydantic import SecretStr

from adapters._tencent.cipher import Cipher, digest_of
from adapters.wecom import Wecom, WecomConfig
from channels import Answer, Request
from channels.kit import AdapterContract

CORPID, TOKEN, SECRET = "ww0011223344556677", "omniToken7", "omniCorpSecret0123456789abcdef00"
KEY = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8"
NONCE = "86420975"


class TestWecom(AdapterContract):
    """Messages are asked for, and so not signed. Here they come as calls do, encrypted, for the kit's checks of trust."""

    adapter = Wecom
    config = WecomConfig(
        corpid=CORPID,
        secret=SecretStr(SECRET),
        token=SecretStr(TOKEN),
        encoding_aes_key=SecretStr(KEY),
        accounts=("wkOMNI0001", "wkOMNI0002"),
    )
    cases = Path(__file__).parent / "cases"

    signs_body = False  # what is encrypted, and not what stands around it
    gives_ids = False  # messages and events have one, calls do not
    secret_in_url = "WeCom has the secret of an app in the address from which a token is fetched, and nowhere else."

    def sign(self, request: Request) -> Request:
        plain = request.query.get("echostr", "").encode() if request.method == "GET" else request.body
        sealed = Cipher(KEY, CORPID).seal(plain, b"0123456789abcdef")
        timestamp = str(int(request.at.timestamp()))
        signed = {"timestamp": timestamp, "nonce": NONCE, "msg_signature": digest_of(TOKEN, timestamp, NONCE, sealed)}
        if request.method == "GET":
            return replace(request, query={**request.query, **signed, "echostr": sealed})
        whose = f"<ToUserName><![CDATA[{CORPID}]]></ToUserName><AgentID>1000002</AgentID>"
        body = f"<xml>{whose}<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        return replace(request, method="POST", query={**request.query, **signed}, body=body.encode())

    def refusal(self, code: str) -> Answer:
        return Answer(200, orjson.dumps({"errcode": int(code), "errmsg": "no, hint: [1735689600_12_0a]"}))
