"""What WeChat's codes mean for us: a table. It is read by `adapters._tencent.answers`.

https://developers.weixin.qq.com/doc/oplatform/Return_codes/Return_code_descriptions_new.html
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from adapters._tencent.answers import Refusal, Refusals, code_of
from channels import Answer
from channels.errors import (
    Rejected,
    Throttled,
    Unauthorized,
    Unreachable,
    Unsubscribed,
    WindowClosed,
)

REFUSALS = (
    Refusal(Unreachable, "WeChat is busy", (-1, -1000)),
    Refusal(Unauthorized, "WeChat does not accept our access token", (40001, 40014, 42001)),
    Refusal(
        Unauthorized,
        "WeChat does not let us in, see to the AppID, the AppSecret and the list of allowed addresses",
        (40002, 40013, 40125, 40164, 40243, 41001, 41002, 41004, 61003, 61007),
    ),
    Refusal(
        Unauthorized,
        "WeChat has not given this account the right to do that, or has taken it away",
        (48001, 48004, 50001, 50002),
    ),
    Refusal(Throttled, "This day's calls are used up", (45009,)),
    Refusal(Throttled, "WeChat asks us to slow down", (45011,)),
    Refusal(WindowClosed, "The customer wrote more than 48 hours ago, or has left", (45015,)),
    Refusal(WindowClosed, "WeChat takes no more messages before the customer writes again", (45047,)),
    Refusal(Unsubscribed, "The customer does not follow this account", (43004, 50005)),
    Refusal(Rejected, "WeChat knows no such customer of this account", (40003, 46004)),
    Refusal(Rejected, "The customer is on the account's black list", (43019,)),
    Refusal(Rejected, "The customer has switched off what this account sends", (48002,)),
    Refusal(Rejected, "The customer has not agreed to this kind of notice", (43101,)),
    Refusal(Rejected, "The template's blanks are filled with what WeChat does not take", (47003,)),
    Refusal(
        Rejected, "WeChat does not take this file", (40004, 40005, 40006, 40009, 40010, 40011, 40012, 45001, 45007)
    ),
    Refusal(Rejected, "WeChat has the file no longer", (40007,)),
    Refusal(Rejected, "The message is longer than WeChat takes", (45002, 45008)),
    Refusal(Rejected, "WeChat finds this content illegal", (45166,)),
    Refusal(Rejected, "This type of account may not send that", (40200,)),
    Refusal(Rejected, "WeChat cannot read what was sent", (40008, 40033, 40035, 44002, 44003, 44004, 47001)),
)

WECHAT = Refusals("WeChat", REFUSALS, of_a_day=frozenset({"45009"}), stale=frozenset({"40001", "40014", "42001"}))
CODES = WECHAT.codes

ALREADY_SENT = "45065"  # this `client_msg_id` is known: the first attempt got through
ALREADY_TYPING = "45081"
NOT_ALLOWED = "48001"  # this call is not for accounts of this type, or not for unverified ones
NO_MENUS = "40200"  # as the answer to a menu: the account is too small for them


def require_extra(answer: Answer, at: datetime | None = None) -> dict[str, Any]:
    """What a successful answer says, for what an account may do without. That it may not do it is no reason to park the channel."""
    if code_of(answer) == NOT_ALLOWED:
        error = WECHAT.refusal_of(answer, at)
        raise Rejected(error.reason, code=error.code)
    return WECHAT.require(answer, at)
