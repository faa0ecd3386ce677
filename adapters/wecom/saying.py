"""One message of ours on its way: the file, the session, and then the message under an id of our own.

WeCom takes an id of ours once and refuses it the second time, so whatever is tried again arrives once. What its refusal is called, no
page says; so after the first attempt a refusal that speaks of the id, and has none of the codes that we know, means that an earlier
attempt got through. https://developer.work.weixin.qq.com/document/path/94677
"""

from __future__ import annotations

import re

from adapters._tencent.answers import code_of, told_by
from adapters.wecom.api import Api
from adapters.wecom.config import WecomConfig
from adapters.wecom.outbound import Json, uploaded_for, written
from adapters.wecom.refusals import CODES, NOT_IN_THIS_STATE, WECOM
from channels import Answer, Http, Outbound, Receipt
from channels.errors import Rejected, WindowClosed

ADDRESS = re.compile(r"([\w-]{1,64})/([\w-]{1,64})", re.ASCII)
LONGEST_ID = 32  # characters


def address_of(customer: str) -> tuple[str, str]:
    """Account and customer of `ACCOUNT/CUSTOMER`."""
    found = ADDRESS.fullmatch(customer)
    if found is None:
        raise Rejected(f"{customer[:40]!r} is not an address of WeCom's: ACCOUNT/CUSTOMER was expected.")
    return found[1], found[2]


class Saying:
    def __init__(self, config: WecomConfig, message: Outbound, http: Http) -> None:
        self._config = config
        self._message = message
        self._api = Api(config, http, message.at)
        self._account, self._customer = address_of(message.customer)

    async def all(self) -> Receipt:
        said = await self._written()
        if self._message.reply_token is not None and len(said) == 1:
            welcomed = await self._welcome(said[0], self._message.reply_token.token)
            if welcomed is not None:
                return welcomed
        if self._config.claim_sessions:
            await self._api.claim(self._account, self._customer)
        return Receipt(tuple([await self._say(each, self._id(len(said) - 1 - n)) for n, each in enumerate(said)]))

    async def _written(self) -> tuple[Json, ...]:
        (part,), links = self._message.parts, self._message.media
        upload = uploaded_for(part, links)
        media = await self._api.upload(*upload) if upload is not None else ""
        return written(part, links, media, upload.kind if upload is not None else "", self._config.map_datum)

    def _id(self, before_last: int) -> str:
        """The key; for what goes before it, the key with a number."""
        key = self._message.key.replace("-", "")[:LONGEST_ID]
        return f"{key[: LONGEST_ID - 2]}-{before_last}" if before_last else key

    async def _welcome(self, said: Json, code: str) -> Receipt | None:
        """With the code that came when the customer opened the chat, which costs nothing of the quota. It is good once, and for
        20 seconds: if WeCom will not have it, the message goes the ordinary way.

        https://developer.work.weixin.qq.com/document/path/95122
        """
        if said["msgtype"] not in ("text", "msgmenu"):
            return None
        answer = await self._api.post("/cgi-bin/kf/send_msg_on_event", {"code": code, "msgid": self._id(0), **said})
        if code_of(answer) and isinstance(WECOM.refusal_of(answer), Rejected | WindowClosed):
            return None
        WECOM.require(answer, self._message.at)
        return Receipt((self._id(0),), counts=False)

    async def _say(self, said: Json, id: str) -> str:
        """Once more where the session has been moved in the meantime. https://developer.work.weixin.qq.com/document/path/94677"""
        body = {"touser": self._customer, "open_kfid": self._account, "msgid": id, **said}
        answer = await self._api.post("/cgi-bin/kf/send_msg", body)
        if code_of(answer) == NOT_IN_THIS_STATE:
            await self._api.claim(self._account, self._customer)
            answer = await self._api.post("/cgi-bin/kf/send_msg", body)
        if not self._is_repeated(answer):
            WECOM.require(answer, self._message.at)
        return id

    def _is_repeated(self, answer: Answer) -> bool:
        code, words = code_of(answer), told_by(answer).get("errmsg")
        again = self._message.attempt > 1 and bool(code) and code not in CODES
        return again and type(words) is str and "msgid" in words.lower()
