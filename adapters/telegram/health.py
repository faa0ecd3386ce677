"""Looking after a bot: whether its token is good, and whether Telegram calls us, or nobody where we ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson

from adapters.telegram.api import ask
from adapters.telegram.config import TelegramConfig
from adapters.telegram.inbound import READERS
from channels import Checkup, Condition, Finding, Http
from channels.errors import Rejected

LATELY = timedelta(minutes=20)  # longer than from one checkup to the next: Telegram remembers the last failure for ever
NOT_LET_IN = ("401", "403")  # in what Telegram says of our answers: it has another secret than we have


async def found_in(config: TelegramConfig, asked: Checkup, http: Http) -> AsyncIterator[Finding]:
    await ask(config, http, "getMe", {})  # https://core.telegram.org/bots/api#getme
    told, _ = await ask(config, http, "getWebhookInfo", {})  # https://core.telegram.org/bots/api#getwebhookinfo
    webhook = told if type(told) is dict else {}
    look = _asked if config.mode == "polling" else _called
    async for finding in look(config, asked, webhook, http):
        yield finding


async def _asked(config: TelegramConfig, asked: Checkup, webhook: dict[str, Any], http: Http) -> AsyncIterator[Finding]:
    """https://core.telegram.org/bots/api#deletewebhook"""
    called = _host(webhook)
    if not called:
        return
    if not config.keep_webhook:
        yield Finding(Condition.BROKEN, f"Telegram calls {called}, and so refuses to be asked: delete that webhook.")
        return
    await ask(config, http, "deleteWebhook", {})
    yield Finding(Condition.OK, f"Telegram called {called}, and so refused to be asked. That webhook was deleted.")


async def _called(
    config: TelegramConfig, asked: Checkup, webhook: dict[str, Any], http: Http
) -> AsyncIterator[Finding]:
    wrong, failure = _wrong(asked, webhook), _failure(asked, webhook)
    if wrong and config.keep_webhook and asked.webhook:
        yield await _set(config, asked.webhook, wrong.reason, http)
    elif wrong:
        yield replace(wrong, reason=f"{wrong.reason} Call setWebhook, or let us (`public_url`, `keep_webhook`).")
    elif failure:
        waiting = webhook.get("pending_update_count")
        yield Finding(
            Condition.DEGRADED, f"Telegram could not bring us something: {failure}. {waiting or 0} updates wait."
        )


def _wrong(asked: Checkup, webhook: dict[str, Any]) -> Finding | None:
    """Why the webhook has to be set anew; None if it is as it should be."""
    called, wanted = webhook.get("url"), webhook.get("allowed_updates")
    if not called:
        return Finding(Condition.BROKEN, "Telegram calls nobody.")
    if asked.webhook not in ("", called):
        return Finding(Condition.BROKEN, f"Telegram calls {_host(webhook)}, at another address than ours.")
    if any(status in _failure(asked, webhook) for status in NOT_LET_IN):
        return Finding(Condition.BROKEN, "Telegram calls us with another secret token than ours.")
    if type(wanted) is not list or not set(READERS) <= set(map(str, wanted)):
        return Finding(Condition.DEGRADED, "Telegram does not tell us everything that we can read.")
    return None


def _failure(asked: Checkup, webhook: dict[str, Any]) -> str:
    """What Telegram says of our last failure, if that was lately."""
    at, words = webhook.get("last_error_date"), webhook.get("last_error_message")
    if type(at) is not int or type(words) is not str or not 0 < at < 10**11:
        return ""
    return words.rstrip(".") if asked.at - datetime.fromtimestamp(at, UTC) < LATELY else ""


async def _set(config: TelegramConfig, ours: str, wrong: str, http: Http) -> Finding:
    """https://core.telegram.org/bots/api#setwebhook"""
    secret = config.secret_token
    form = {"url": ours, "allowed_updates": orjson.dumps(list(READERS)).decode()}
    form |= {"secret_token": secret.get_secret_value()} if secret is not None else {}
    try:
        await ask(config, http, "setWebhook", form)
    except Rejected as error:
        return Finding(Condition.BROKEN, f"{wrong} And it does not take ours: {error.reason}")
    return Finding(Condition.OK, f"{wrong} So the webhook was set anew.")


def _host(webhook: dict[str, Any]) -> str:
    """Of an address that may hold somebody's token only this is shown."""
    return urlsplit(str(webhook.get("url") or "")).netloc
