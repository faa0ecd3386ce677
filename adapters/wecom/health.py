"""Looking after a company's accounts: whether WeCom lets us in, and whether each account is there and ours to speak for.

What the app's page has as our address (接收消息) no call tells, and none tells how WeCom fares there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from adapters._tencent.document import Push, text_in
from adapters.wecom.api import Api
from adapters.wecom.config import WecomConfig
from channels import Checkup, Condition, Finding, Http

AT_ONCE, MOST = 100, 5_000  # accounts that are asked for at once, and in all: WeCom allows a company no more


async def found_in(config: WecomConfig, asked: Checkup, http: Http) -> AsyncIterator[Finding]:
    known = await _accounts(Api(config, http, asked.at))
    for account in config.accounts:
        if account not in known:
            yield Finding(
                Condition.BROKEN,
                f"There is no customer service account {account}, or this app may not see it: see to `accounts`, and under "
                "微信客服 to the apps that may call the API.",
            )
        elif known[account].get("manage_privilege") is False:
            yield Finding(
                Condition.BROKEN,
                f"This app may see the account {account} and not speak for it: hand it over to the app under 微信客服.",
            )


async def _accounts(api: Api) -> dict[str, Push]:
    """https://developer.work.weixin.qq.com/document/path/94661"""
    known: dict[str, Push] = {}
    for offset in range(0, MOST, AT_ONCE):
        told = await api.ask("/cgi-bin/kf/account/list", {"offset": offset, "limit": AT_ONCE})
        listed = told.get("account_list")
        found = [each for each in listed if type(each) is dict] if type(listed) is list else []
        before = len(known)
        known |= {text_in(each, "open_kfid"): each for each in found}
        if len(known) < before + AT_ONCE:  # the last, or WeCom repeats itself
            break
    return known
