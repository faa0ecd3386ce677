"""LINE keeps the contract: every case in `cases/`, and all that the kit checks besides."""

from __future__ import annotations

import base64
import hmac
from dataclasses import replace
from pathlib import Path

import orjson
from pydantic import SecretStr

from adapters.line import Line, LineConfig
from adapters.line.refusals import REFUSALS
from channels import Answer, Request
from channels.kit import AdapterContract

SECRET, TOKEN = "lineTESTsecret0000000000000000ab", "long-lived-token-of-the-tests"
PIECES = {row.code: (row.status, row.sentence) for row in REFUSALS}


class TestLine(AdapterContract):
    adapter = Line
    config = LineConfig(channel_id="1650000000", channel_secret=SecretStr(SECRET), access_token=SecretStr(TOKEN))
    cases = Path(__file__).parent / "cases"

    def sign(self, request: Request) -> Request:
        signature = base64.b64encode(hmac.digest(SECRET.encode(), request.body, "sha256")).decode()
        return replace(request, headers={**request.headers, "x-line-signature": signature})

    def refusal(self, code: str) -> Answer:
        status, sentence = PIECES.get(code, (int(code.split()[0]), ""))
        return Answer(status, orjson.dumps({"message": f"So it is: {sentence}"}))
