"""What WeCom's codes mean for us: a table. It is read by `adapters._tencent.answers`.

https://developer.work.weixin.qq.com/document/path/90313
"""

from __future__ import annotations

from adapters._tencent.answers import Refusal, Refusals
from channels.errors import Rejected, Throttled, Unauthorized, Unreachable, WindowClosed

REFUSALS = (
    Refusal(Unreachable, "WeCom is busy", (-1,)),
    Refusal(Unauthorized, "WeCom does not accept our access token", (40001, 40014, 42001)),
    Refusal(
        Unauthorized,
        "WeCom does not let us in, see to the CorpID, the app's secret and its list of trusted addresses",
        (40013, 40082, 41001, 41002, 41004, 60020),
    ),
    Refusal(
        Unauthorized,
        "This app may not speak for customer service accounts: list it under 微信客服 as one that may call the API",
        (48002, 95011, 95012, 95017),
    ),
    Refusal(Throttled, "WeCom asks us to slow down", (45009, 45033)),
    Refusal(WindowClosed, "WeCom takes no more messages before the customer writes again", (95001,)),
    Refusal(WindowClosed, "The customer wrote more than 48 hours ago", (95002,)),
    Refusal(WindowClosed, "The session is over until the customer writes again", (95013,)),
    Refusal(Rejected, "The session is not ours to write into", (95016, 95018)),
    Refusal(Rejected, "WeCom knows no such customer service account", (95000, 95004)),
    Refusal(Rejected, "What WeCom's call brought is no longer good for asking", (95007,)),
    Refusal(Rejected, "WeCom knows no such customer", (40003, 40031, 40096)),
    Refusal(Rejected, "WeCom does not take this file", (40004, 40005, 40006, 40009, 40010, 40011, 45001)),
    Refusal(Rejected, "WeCom has the file no longer", (40007,)),
    Refusal(Rejected, "WeCom hands out no piece of the file of this size", (830002,)),
    Refusal(Rejected, "The message is longer than WeCom takes", (45002,)),
    Refusal(Rejected, "WeCom cannot read what was sent", (40008, 40033, 40035, 40058, 44001, 44002, 44004, 47001)),
)

WECOM = Refusals("WeCom", REFUSALS, of_a_day=frozenset(), stale=frozenset({"40001", "40014", "42001"}))
CODES = WECOM.codes
NOT_IN_THIS_STATE = "95018"
ONLY_IN_PIECES = "830002"  # as the answer to whoever asks for all of a large file

# What becomes of a message that was taken, and then not delivered: `fail_type` of `msg_send_fail`.
# https://developer.work.weixin.qq.com/document/path/94670
FAILURES = {
    "0": "WeCom could not deliver it and does not say why.",
    "1": "The customer service account was deleted.",
    "2": "The app that sent it was closed.",
    "4": "The customer wrote more than 48 hours ago.",
    "5": "The session was over.",
    "6": "It was one message more than the five that may follow the customer's.",
    "7": "The customer service account is not bound to any channel of WeChat's (视频号).",
    "8": "The company is not verified.",
    "9": "The customer service account is not bound to any channel of WeChat's (视频号), and the company is not verified.",
    "10": "The customer does not want messages from this account.",
}
