"""The right adapter passes the whole kit."""

import hmac
from dataclasses import replace
from pathlib import Path

from pydantic import SecretStr

from channels import Answer, Request
from channels.kit import AdapterContract
from tests.channels.parrot import Parrot, ParrotConfig


class TestParrot(AdapterContract):
    adapter = Parrot
    config = ParrotConfig(account="polly", app_secret=SecretStr("hook-secret"), access_token=SecretStr("call-secret"))
    cases = Path(__file__).parent / "cases"

    def sign(self, request: Request) -> Request:
        signature = "v1=" + hmac.new(b"hook-secret", request.body, "sha256").hexdigest()
        return replace(request, headers={**request.headers, "x-parrot-signature": signature})

    def refusal(self, code: str) -> Answer:
        return Answer(400, b'{"error": "%s"}' % code.encode())
