"""The codes with which WeCom refuses a call, and its words for them; and why a message fails that was taken. Most come of what
deserves them; all can be made to come.

https://developer.work.weixin.qq.com/document/path/90313
"""

from __future__ import annotations

from collections.abc import Mapping

REFUSALS: Mapping[int, str] = {
    -1: "system error",
    40001: "invalid credential",
    40003: "invalid userid",
    40004: "invalid media type",
    40005: "invalid file type",
    40006: "invalid media size",
    40007: "invalid media_id",
    40008: "invalid msgtype",
    40009: "invalid image size",
    40010: "invalid voice size",
    40011: "invalid video size",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40031: "invalid userid list",
    40033: "invalid charset",
    40035: "invalid parameter",
    40058: "invalid args",
    40082: "invalid suite access_token",
    40096: "invalid external userid",
    41001: "access_token missing",
    41002: "corpid missing",
    41004: "corpsecret missing",
    42001: "access_token expired",
    44001: "empty media data",
    44002: "empty post data",
    44004: "empty content",
    45001: "media size out of limit",
    45002: "content size out of limit",
    45009: "api freq out of limit",
    45033: "api concurrent out of limit",
    47001: "data format error",
    48002: "api forbidden",
    60020: "not allow to access from your ip",
    95000: "invalid open_kfid",
    95001: "send msg count limit",
    95002: "send msg out of time limit",
    95004: "open_kfid not exist",
    95007: "invalid msg_token",
    95011: "kf is used in wecom",
    95012: "kf is not used in wecom",
    95013: "session is end",
    95016: "session status not allowed",
    95017: "api is not open",
    95018: "send msg session status invalid",
    830002: "media is too big, download it with Range",
}

# `fail_type` of `msg_send_fail`. https://developer.work.weixin.qq.com/document/path/94670
FAILURES: Mapping[int, str] = {
    0: "nobody knows why",
    1: "the account was deleted",
    2: "the app was closed",
    4: "the session is older than 48 hours",
    5: "the session was closed",
    6: "it was one more than five",
    7: "no channel is bound",
    8: "the company is not verified",
    9: "no channel is bound, and the company is not verified",
    10: "the customer refuses messages",
}

LATER = "fail_type "  # begins the name of a refusal that comes after the message was taken
SHOWN: Mapping[str, str] = {str(code): words for code, words in REFUSALS.items()} | {
    f"{LATER}{why}": f"taken, and then not delivered: {words}" for why, words in FAILURES.items()
}
