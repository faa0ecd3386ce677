"""Telegram keeps the contract: every case in `cases/`, and all that the kit checks besides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
from pydantic import SecretStr

from adapters.telegram import Telegram, TelegramConfig
from adapters.telegram.refusals import REFUSALS
from channels import Answer, Request
from channels.kit import AdapterContract

TOKEN, SECRET = "7000000001:AAtestsTESTStestsTESTStestsTESTS0", "secret-token-of-the-tests"
PIECES = {row.code: (row.status, row.sentence) for row in REFUSALS}


class TestTelegram(AdapterContract):
    adapter = Telegram
    config = TelegramConfig(token=SecretStr(TOKEN), secret_token=SecretStr(SECRET))
    cases = Path(__file__).parent / "cases"

    signs_body = False
    secret_in_url = (
        "Every address of the Bot API has the token in it: https://core.telegram.org/bots/api#making-requests"
    )

    def sign(self, request: Request) -> Request:
        return replace(request, headers={**request.headers, "x-telegram-bot-api-secret-token": SECRET})

    def refusal(self, code: str) -> Answer:
        status, sentence = PIECES.get(code, (int(code.split()[0]), ""))
        body = {"ok": False, "error_code": status, "description": f"So it is: {sentence}"}
        return Answer(status if 200 <= status < 600 else 400, orjson.dumps(body))
