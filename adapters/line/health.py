"""Looking after a LINE account: whether its token is good, LINE calls us, and messages may still be sent.

Each call that LINE refuses is raised as anywhere else, but for what is an answer: no webhook is set, or ours is not taken.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from adapters.line.api import Api
from adapters.line.config import LineConfig
from adapters.line.refusals import refusal_of
from channels import Answer, Checkup, Condition, Finding, Http

SOON = timedelta(days=7)
WEBHOOK = "/v2/bot/channel/webhook/endpoint"
NEARLY = 0.9  # of a month's messages


async def found_in(config: LineConfig, asked: Checkup, http: Http) -> AsyncIterator[Finding]:
    api = Api(config, http)
    account = _told(
        await api.get("/v2/bot/info")
    )  # https://developers.line.biz/en/reference/messaging-api/#get-bot-info
    if config.destination and account.get("userId") != config.destination:
        yield Finding(
            Condition.BROKEN,
            "The access token is for another account than the one that `destination` names, so its webhooks are refused.",
        )
    if config.access_token is not None:
        async for finding in _token(config, asked, http):
            yield finding
    async for finding in _webhook(config, asked, api):
        yield finding
    if config.push:
        async for finding in _quota(api):
            yield finding


async def _token(config: LineConfig, asked: Checkup, http: Http) -> AsyncIterator[Finding]:
    """One from the console never expires; of one that was issued otherwise LINE says how long it lasts. Those that we fetch live for
    fifteen minutes and are not asked about.

    https://developers.line.biz/en/reference/messaging-api/#verify-channel-access-token
    """
    assert config.access_token is not None  # noqa: S101  # the caller has looked
    form = {"access_token": config.access_token.get_secret_value()}
    told = _told(await http.request("POST", f"{config.api_base}/v2/oauth/verify", form=form))
    seconds = told.get("expires_in")
    if type(seconds) is int and 0 < seconds < SOON.total_seconds():
        yield Finding(
            Condition.DEGRADED,
            "The access token runs out soon: enter another, or `channel_id` in its place.",
            asked.at + timedelta(seconds=seconds),
        )


async def _webhook(config: LineConfig, asked: Checkup, api: Api) -> AsyncIterator[Finding]:
    """https://developers.line.biz/en/reference/messaging-api/#get-webhook-endpoint-information"""
    answer = await api.get(WEBHOOK)
    told = {} if answer.status == 404 else _told(answer)
    endpoint = str(told.get("endpoint") or "")
    if config.keep_webhook and asked.webhook not in ("", endpoint):
        yield await _set(asked.webhook, endpoint, api)
        return  # it takes LINE a minute to notice, so it is tried at the next checkup
    if not endpoint:
        yield Finding(
            Condition.BROKEN, "LINE has no webhook to call: enter its address in the LINE Developers console."
        )
        return
    if told.get("active") is False:
        yield Finding(Condition.BROKEN, 'LINE calls nobody: switch on "Use webhook" in the LINE Developers console.')
        return
    if asked.webhook not in ("", endpoint):
        yield Finding(Condition.BROKEN, f"LINE calls {_host(endpoint)}, at another address than ours.")
        return
    async for finding in _tried(api):
        yield finding


async def _set(ours: str, before: str, api: Api) -> Finding:
    """https://developers.line.biz/en/reference/messaging-api/#set-webhook-endpoint-url"""
    answer = await api.put(WEBHOOK, {"endpoint": ours})
    if answer.status == 400:
        return Finding(Condition.BROKEN, f"LINE does not take our webhook's address: {refusal_of(answer).reason}")
    _told(answer)
    return Finding(Condition.OK, f"LINE called {_host(before) or 'nobody'}, and was given our webhook's address.")


async def _tried(api: Api) -> AsyncIterator[Finding]:
    """LINE calls us, with no event in it. https://developers.line.biz/en/reference/messaging-api/#test-webhook-endpoint"""
    told = _told(await api.post("/v2/bot/channel/webhook/test", {}))
    if told.get("success") is False:
        why = ", ".join(str(told[key]) for key in ("statusCode", "reason", "detail") if told.get(key))
        yield Finding(Condition.BROKEN, f"LINE called our webhook, and it did not work: {why or 'no explanation'}.")


async def _quota(api: Api) -> AsyncIterator[Finding]:
    """Messages that are charged for; answers with a reply token are free.

    https://developers.line.biz/en/reference/messaging-api/#get-quota
    https://developers.line.biz/en/reference/messaging-api/#get-consumption
    """
    most = _told(await api.get("/v2/bot/message/quota")).get("value")
    if type(most) is not int:  # the plan has no limit
        return
    used = _told(await api.get("/v2/bot/message/quota/consumption")).get("totalUsage")
    if type(used) is int and used >= most * NEARLY:
        yield Finding(
            Condition.DEGRADED,
            f"{used:,} of this month's {most:,} messages on the LINE plan are used up; then only quick answers go out.",
        )


def _told(answer: Answer) -> dict[str, Any]:
    if answer.status != 200:
        raise refusal_of(answer)
    told = answer.json()
    return told if type(told) is dict else {}


def _host(address: str) -> str:
    """Of an address that may hold somebody's secret only this is shown."""
    return urlsplit(address).netloc
