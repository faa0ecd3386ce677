"""Looking after an official account: whether WeChat lets us in, and how many messages of the day are left.

What the account's page has as our address (服务器配置) no call tells, and none tells how WeChat fares there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC

from adapters._tencent.answers import code_of, day_ends
from adapters.wechat.api import Api
from adapters.wechat.config import WechatConfig
from adapters.wechat.refusals import NOT_ALLOWED, WECHAT
from channels import Checkup, Condition, Finding, Http

SENDING = "/cgi-bin/message/custom/send"
NOT_YOURS = "76022"  # the account may not make the call that it asks about
NEARLY = 0.9  # of a day's messages


async def found_in(config: WechatConfig, asked: Checkup, http: Http) -> AsyncIterator[Finding]:
    """https://developers.weixin.qq.com/doc/offiaccount/openApi/get_api_quota.html"""
    api = Api(config, http, asked.at)
    await api.sign_in()
    if not config.customer_service:
        return
    answer = await api.post("/cgi-bin/openapi/quota/get", {"cgi_path": SENDING})
    if code_of(answer) in (NOT_YOURS, NOT_ALLOWED):
        yield Finding(
            Condition.BROKEN,
            "This account may not send customer service messages: have it verified, or set `customer_service` to false.",
        )
        return
    quota = WECHAT.require(answer, asked.at).get("quota")
    most, used = (quota.get("daily_limit"), quota.get("used")) if type(quota) is dict else (None, None)
    if type(most) is int and type(used) is int and 0 < most * NEARLY <= used:
        yield Finding(
            Condition.DEGRADED,
            f"{used:,} of this day's {most:,} messages of the account are used up.",
            day_ends(asked.at).astimezone(UTC),
        )
