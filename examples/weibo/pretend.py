"""A pretended Weibo, to see a channel at work without an account: says what a customer says, and shows what the customer sees.

python pretend.py "请问发货了吗"
"""

from __future__ import annotations

import argparse
import asyncio
import os
from datetime import UTC, datetime
from hashlib import sha1

import orjson
from aiohttp import ClientSession, web

CUSTOMER, ACCOUNT = 2489518277, 1902538057


def signed(now: datetime, secret: str) -> dict[str, str]:
    """The query that Weibo signs a push with."""
    timestamp, nonce = str(int(now.timestamp() * 1000)), "24681357"
    signature = sha1("".join(sorted([secret, timestamp, nonce])).encode(), usedforsecurity=False).hexdigest()
    return {"timestamp": timestamp, "nonce": nonce, "signature": signature}


async def push(text: str, hook: str) -> None:
    now = datetime.now(UTC)
    said = {"type": "text", "receiver_id": ACCOUNT, "sender_id": CUSTOMER, "text": text, "data": {}}
    said["created_at"] = now.strftime("%a %b %d %H:%M:%S +0000 %Y")
    async with (
        ClientSession() as http,
        http.post(hook, params=signed(now, os.environ["WEIBO_APP_SECRET"]), data=orjson.dumps(said)) as answer,
    ):
        print(f"customer: {text}    (the service answered {answer.status})", flush=True)


async def reply(request: web.Request) -> web.Response:
    form = await request.post()
    print(f"we:       {orjson.loads(str(form['data']))}", flush=True)
    return web.json_response({"result": True})


async def profile(request: web.Request) -> web.Response:
    return web.json_response({"uid": request.query["uid"], "nickname": "小明", "language": "zh_CN"})


async def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("text")
    options.add_argument("--hook", default="http://127.0.0.1:8080/hooks/weibo")
    options.add_argument("--port", type=int, default=9000)
    chosen = options.parse_args()
    app = web.Application()
    app.add_routes([web.post("/reply", reply), web.get("/profile", profile)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", chosen.port).start()
    await push(chosen.text, chosen.hook)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
