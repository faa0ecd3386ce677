"""WeChat's side of a push: XML of what customers do, encrypted as the account wants it, sent up to three times; and what we
answer to it, opened and looked at as strictly as a message of ours.

Nothing here answers calls; that is `server.py`.
"""

from __future__ import annotations

import asyncio
import hashlib

import aiohttp

from adapters._tencent.fake.state import Json
from adapters.wechat.fake.crypto import Crypto
from adapters.wechat.fake.document import fields_of, xml_of
from adapters.wechat.fake.state import Account, Person, Sent
from channels.fake import numbers
from channels.value import value

PATIENCE, TRIES = 5.0, 3
PASSIVE = {
    "text": {"Content"},
    "news": {"ArticleCount", "Articles"},
    "image": {"Image"},
    "voice": {"Voice"},
    "video": {"Video"},
}


@value
class Delivery:
    """What became of one push. `body` is what we said last, opened; the customer sees a notice unless it was `accepted`."""

    status: int
    body: str = ""
    tries: int = 1

    @property
    def accepted(self) -> bool:
        return self.status == 200


class Misheard(Exception):
    """We answered inside the response, and WeChat would not take it. The message is what we answered."""


class Pushes:
    """Everything WeChat tells the server of one account."""

    def __init__(self, account: Account, crypto: Crypto) -> None:
        self.account = account
        self.patience = PATIENCE
        self._crypto = crypto
        self._ids = numbers()

    # -- what customers do

    def push(self, sender: Person, kind: str, **fields: object) -> str:
        told = {"ToUserName": self.account.original_id, "FromUserName": sender.openid}
        at = int(self.account.clock().timestamp())
        return f"<xml>{xml_of({**told, 'CreateTime': at, 'MsgType': kind, **fields})}</xml>"

    def message(self, sender: Person, kind: str, **fields: object) -> str:
        self.account.did(sender, "message")
        return self.push(sender, kind, **fields, MsgId=self._id())

    def text(self, sender: Person, text: str) -> str:
        return self.message(sender, "text", Content=text)

    def media(self, sender: Person, kind: str, body: bytes, mime: str, **fields: object) -> str:
        return self.message(sender, kind, MediaId=self.account.keep(kind, body, mime), **fields)

    def menu_tap(self, sender: Person, identity: str, label: str) -> str:
        """A tap on a menu of ours: it comes as a text, and counts as a tap."""
        self.account.did(sender, "tap")
        return self.push(sender, "text", Content=label, bizmsgmenuid=identity, MsgId=self._id())

    def _id(self) -> int:
        return 24_000_000_000_000_000 + next(self._ids)

    def event(self, sender: Person, name: str, **fields: object) -> str:
        if name in ("CLICK", "SCAN", "scancode_push", "scancode_waitmsg"):
            self.account.did(sender, "tap")
        if name == "subscribe":
            self.account.did(sender, "follow")
        sender.follows = name != "unsubscribe" and (sender.follows or name == "subscribe")
        return self.push(sender, "event", Event=name, **fields)

    # -- deliveries

    async def verify_address(self, url: str, *, token: str = "") -> tuple[int, str]:
        """What the account's page does when the address is entered."""
        query = self._signed("signature", token or self.account.token) | {"echostr": "5927781234567890123"}
        async with aiohttp.ClientSession() as session, session.get(url, params=query) as answer:
            return answer.status, await answer.text()

    async def deliver(self, url: str, push: str, *, forged: bool = False, tries: int = TRIES) -> Delivery:
        """Three times at most, as long as we don't answer in time."""
        query, body = self._sealed(push)
        if forged:
            query["msg_signature" if "msg_signature" in query else "signature"] = "0" * 40
        delivery = Delivery(0)
        for count in range(1, tries + 1):
            delivery = await self._once(url, query, body, count)
            if delivery.status:
                break
        if delivery.accepted and delivery.body not in ("", "success"):
            self._hear(push, delivery.body)
        return delivery

    async def repeat(self, url: str, push: str, times: int = 3) -> list[Delivery]:
        """The same push at the same time, as if none had been answered."""
        query, body = self._sealed(push)
        return list(await asyncio.gather(*(self._once(url, query, body, 1) for _ in range(times))))

    async def _once(self, url: str, query: dict[str, str], body: str, count: int) -> Delivery:
        timeout = aiohttp.ClientTimeout(total=self.patience)
        headers = {"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0"}
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(url, params=query, data=body.encode(), headers=headers) as answer,
            ):
                return Delivery(answer.status, await answer.text(), count)
        except (TimeoutError, aiohttp.ClientConnectionError):
            return Delivery(0, tries=count)

    def _signed(self, name: str, token: str, *more: str) -> dict[str, str]:
        timestamp, nonce = str(int(self.account.clock().timestamp())), "86420975"
        digest = hashlib.sha1("".join(sorted([token, timestamp, nonce, *more])).encode()).hexdigest()  # noqa: S324
        return {name: digest, "timestamp": timestamp, "nonce": nonce}

    def _sealed(self, push: str) -> tuple[dict[str, str], str]:
        """Query and body of a push, by the account's mode."""
        plain = self._signed("signature", self.account.token)
        if self.account.mode == "plain":
            return plain, push
        sealed = fields_of(self._crypto.encrypt_message(push, plain["nonce"], plain["timestamp"]))["Encrypt"]
        query = plain | {"encrypt_type": "aes"} | self._signed("msg_signature", self.account.token, sealed)
        encrypted = f"<Encrypt><![CDATA[{sealed}]]></Encrypt>"
        if self.account.mode == "compatible":
            return query, push.replace("</xml>", encrypted + "</xml>")
        return query, f"<xml><ToUserName><![CDATA[{self.account.original_id}]]></ToUserName>{encrypted}</xml>"

    def _hear(self, push: str, answer: str) -> None:
        """An answer inside the response. Whatever is wrong with it, the customer is told that we are out of order: `Misheard`."""
        asked, given = fields_of(push), fields_of(answer)
        if self.account.mode != "plain":
            names = ("MsgSignature", "TimeStamp", "Nonce")
            if set(given) != {"Encrypt", *names}:
                raise Misheard(answer)
            given = fields_of(self._crypto.decrypt_message(answer, *(given[name] for name in names)))
        kind = given.get("MsgType", "")
        people = {"ToUserName": asked["FromUserName"], "FromUserName": asked["ToUserName"]}
        fits = set(given) == {"ToUserName", "FromUserName", "CreateTime", "MsgType"} | PASSIVE.get(kind, set())
        if not fits or not given["CreateTime"].isdecimal() or not people.items() <= given.items():
            raise Misheard(str(given))
        said: Json = {"msgtype": kind} | {name: given[name] for name in PASSIVE[kind]}
        self.account.sent.append(Sent(given["ToUserName"], "passive", said))
