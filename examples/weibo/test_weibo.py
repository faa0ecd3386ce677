"""Weibo keeps the contract: every case in `cases`, and all that the conformance kit checks besides."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha1
from pathlib import Path

import orjson
from pydantic import SecretStr
from ucs_weibo import Weibo, WeiboConfig

from channels import Answer, Request
from channels.kit import AdapterContract

SECRET = "omniAppSecret0123456789abcdef"


class TestWeibo(AdapterContract):
    adapter = Weibo
    config = WeiboConfig(app_secret=SecretStr(SECRET), access_token=SecretStr("token-of-the-tests"))
    cases = Path(__file__).parent / "cases"

    signs_body = False
    gives_ids = False
    secret_in_url = "Files and profiles want the token as a parameter: https://open.weibo.com/wiki/2/eps/user/info"

    def sign(self, request: Request) -> Request:
        timestamp, nonce = str(int(request.at.timestamp() * 1000)), "24681357"
        signature = sha1("".join(sorted([SECRET, timestamp, nonce])).encode(), usedforsecurity=False).hexdigest()
        return replace(request, query={**request.query, "timestamp": timestamp, "nonce": nonce, "signature": signature})

    def refusal(self, code: str) -> Answer:
        refused = {"request": "/2/messages/reply.json", "error_code": int(code), "error": "so it is"}
        return Answer(403, orjson.dumps(refused))
