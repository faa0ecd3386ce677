"""WeCom's side: what customers do is written down in their account, and our server is called to say that there is something.

The call is encrypted and sent up to three times. Nothing here answers calls of ours; that is `server.py`.
"""

from __future__ import annotations

import asyncio
import re

import aiohttp

from adapters._tencent.fake.state import Json
from adapters.wecom.fake.crypto import Crypto
from adapters.wecom.fake.state import ASKING_LIFE, WELCOME_LIFE, Company, Person
from channels.value import value

PATIENCE, TRIES = 5.0, 3
NONCE = "86420975"
SEALED = re.compile(r"<Encrypt><!\[CDATA\[(.*?)\]\].*<MsgSignature><!\[CDATA\[(.*?)\]\]", re.DOTALL)


@value
class Delivery:
    """What became of one call."""

    status: int
    body: str = ""
    tries: int = 1

    @property
    def accepted(self) -> bool:
        return self.status == 200


class Calls:
    """Everything that happens at a company's accounts, and the calls that say so."""

    def __init__(self, company: Company, crypto: Crypto) -> None:
        self.company = company
        self._crypto = crypto

    # -- what customers do; each gives the id that WeCom knows it by

    def says(self, person: Person, kind: str, **said: object) -> str:
        self.company.did(person)
        return self._happens(
            person.account,
            {"open_kfid": person.account, "external_userid": person.id, "origin": 3, "msgtype": kind, kind: said},
        )

    def writes(self, person: Person, words: str) -> str:
        return self.says(person, "text", content=words)

    def picks(self, person: Person, id: str, words: str) -> str:
        return self.says(person, "text", content=words, menu_id=id)

    def sends(self, person: Person, kind: str, body: bytes, mime: str) -> str:
        return self.says(person, kind, media_id=self.company.keep(kind, body, mime))

    def event(self, person: Person, name: str, **more: object) -> str:
        about = {"event_type": name, "open_kfid": person.account, "external_userid": person.id, **more}
        return self._happens(person.account, {"origin": 4, "msgtype": "event", "event": about})

    def enters(self, person: Person, scene: str = "") -> str:
        """The chat is opened, by somebody who may be welcomed."""
        code = f"WELCOME{next(self.company.numbers):06d}"
        self.company.welcomes[code] = (person.id, self.company.clock() + WELCOME_LIFE)
        return self.event(person, "enter_session", scene="oob", scene_param=scene, welcome_code=code)

    def fails(self, person: Person, message: str, why: int) -> str:
        return self.event(person, "msg_send_fail", fail_msgid=message, fail_type=why)

    def _happens(self, account: str, told: Json) -> str:
        id = f"m-{self.company.life}-{next(self.company.numbers):06d}"
        at = int(self.company.clock().timestamp())
        self.company.told[account].append({"msgid": id, "send_time": at, "servicer_userid": "", **told})
        return id

    # -- calling

    async def verify_address(self, url: str, echo: str = "5927781234567890123") -> tuple[int, str]:
        """The address is entered on WeCom's page."""
        sealed, query = self._seal(echo)
        query["echostr"] = sealed
        async with aiohttp.ClientSession() as session, session.get(url, params=query) as answer:
            return answer.status, await answer.text()

    async def call(self, url: str, account: str = "wkFAKE0001", *, tries: int = TRIES) -> Delivery:
        """That there is something new in an account."""
        token = f"ASK{next(self.company.numbers):06d}"
        self.company.asking[token] = (account, self.company.clock() + ASKING_LIFE)
        at = int(self.company.clock().timestamp())
        push = (
            f"<xml><ToUserName><![CDATA[{self.company.corpid}]]></ToUserName><CreateTime>{at}</CreateTime>"
            f"<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[kf_msg_or_event]]></Event>"
            f"<Token><![CDATA[{token}]]></Token><OpenKfId><![CDATA[{account}]]></OpenKfId></xml>"
        )
        delivery = Delivery(0)
        for count in range(1, tries + 1):
            delivery = await self._once(url, push, count)
            if delivery.accepted:
                break
        return delivery

    async def repeat(self, url: str, times: int = 3) -> list[Delivery]:
        """Several calls at the same time."""
        return list(await asyncio.gather(*(self.call(url) for _ in range(times))))

    async def _once(self, url: str, push: str, count: int) -> Delivery:
        sealed, query = self._seal(push)
        to = f"<ToUserName><![CDATA[{self.company.corpid}]]></ToUserName><AgentID><![CDATA[1000002]]></AgentID>"
        body = f"<xml>{to}<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session,
                session.post(url, params=query, data=body.encode(), headers={"Content-Type": "text/xml"}) as answer,
            ):
                return Delivery(answer.status, await answer.text(), count)
        except (TimeoutError, aiohttp.ClientConnectionError):
            return Delivery(0, tries=count)

    def _seal(self, text: str) -> tuple[str, dict[str, str]]:
        """What is encrypted, and the query that goes with it."""
        at = str(int(self.company.clock().timestamp()))
        ((sealed, signature),) = SEALED.findall(self._crypto.encrypt_message(text, NONCE, at))
        return sealed, {"msg_signature": signature, "timestamp": at, "nonce": NONCE}
