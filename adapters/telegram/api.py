"""Asking Telegram, without the SDK: addresses, and an answer's result or the error that it means.

What we ask is read as it comes, because the SDK's objects fail where something is missing, and its files are read whole and, if
one of the same name lies here, from our own disk. What we *say* goes through the SDK, over `sdk.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from adapters.telegram.config import TelegramConfig
from adapters.telegram.refusals import object_in, refusal_of
from channels import Answer, Http
from channels.errors import Unreachable


async def ask(
    config: TelegramConfig, http: Http, method: str, form: Mapping[str, str], within: timedelta = timedelta(seconds=15)
) -> tuple[Any, Answer]:
    """The result of a method that may be asked twice, and the answer that it stood in.

    https://core.telegram.org/bots/api#making-requests
    """
    answer = await http.request("POST", f"{base_of(config)}/{method}", form=form, within=within)
    told = object_in(answer)
    if answer.status != 200 or told.get("ok") is False:
        raise refusal_of(answer)
    if told.get("ok") is not True or "result" not in told:
        raise Unreachable(f"Telegram's answer to {method} cannot be read.")
    return told["result"], answer


def base_of(config: TelegramConfig) -> str:
    return f"{config.api_base}/bot{config.token.get_secret_value()}"


def file_url(config: TelegramConfig, path: str) -> str:
    """https://core.telegram.org/bots/api#getfile"""
    return f"{config.api_base}/file/bot{config.token.get_secret_value()}/{quote(path)}"
