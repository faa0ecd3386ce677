"""Signed LINE webhooks as the platform sends them: about 1 KB, one text message, random ids."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import time

SECRET = "bench-line-channel-secret-000000"
PATH = "/hooks/line"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TEXT = "Good morning, I ordered two of the green ones last week and only one has arrived. Could you look where the other is? "


def ulid(at_ms: int, dice: random.Random) -> str:
    number = (at_ms << 80) | dice.getrandbits(80)
    return "".join(CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def webhook(customer: int, dice: random.Random, at_ms: int | None = None) -> bytes:
    """One request, ready to be sent."""
    at_ms = int(time.time() * 1000) if at_ms is None else at_ms
    user = f"U{customer:032x}"
    event = {
        "type": "message",
        "message": {
            "type": "text",
            "id": str(dice.randrange(10**17, 10**18)),
            "quoteToken": f"{dice.getrandbits(400):x}"[:88],
            "markAsReadToken": f"{dice.getrandbits(400):x}"[:60],
            "text": TEXT * 3 + str(dice.random()),
        },
        "timestamp": at_ms,
        "source": {"type": "user", "userId": user},
        "replyToken": f"{dice.getrandbits(128):032x}",
        "mode": "active",
        "webhookEventId": ulid(at_ms, dice),
        "deliveryContext": {"isRedelivery": False},
    }
    body = json.dumps({"destination": "U" + "0" * 32, "events": [event]}, separators=(",", ":")).encode()
    signature = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json; charset=utf-8\r\n"
        f"User-Agent: LineBotWebhook/2.0\r\nx-line-signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
