"""WeChat (微信), an official account's messages. https://developers.weixin.qq.com/doc/service/

This file is the adapter: what WeChat can show, who may speak for it, and which of two ways an answer goes. `inbound.py` and
`content.py` say what a push means, `outbound.py` writes messages, `health.py` looks after the account, `refusals.py` is the table of
errors, `api.py` makes the calls. Bodies are read and encrypted by `adapters/_tencent`.

WeChat gives no receipts but for templates, no sign of having read, no way to take a message back, and no name or picture of a
customer since December 2021. Files other than pictures, films and sounds go out as links, and so do places.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from adapters._tencent.answers import code_of
from adapters._tencent.cipher import Cipher, digest_of
from adapters._tencent.document import Push, read, text_in
from adapters._tencent.signed import require_signed
from adapters.wechat.api import Api
from adapters.wechat.config import WechatConfig
from adapters.wechat.health import found_in
from adapters.wechat.inbound import events_of
from adapters.wechat.outbound import Json, cdata, link_of, passive, template, uploaded_as, without_menu, written
from adapters.wechat.refusals import ALREADY_SENT, ALREADY_TYPING, CODES, NO_MENUS, WECHAT, require_extra
from channels import (
    Adapter,
    ButtonLimit,
    Checkup,
    FileLimit,
    Health,
    Http,
    Manifest,
    Outbound,
    Pace,
    Profile,
    Receipt,
    Request,
    Response,
    Sends,
    Stream,
    Unit,
)
from channels.errors import Malformed, Untrusted, WindowClosed
from channels.events import Received, ReplyToken
from channels.parts import MediaRef, Template

__all__ = ["Wechat", "WechatConfig"]

MEGABYTE = 1_000_000
LONGEST_ECHO = 1024  # characters


class Wechat(Adapter[WechatConfig]):
    """One WeChat official account."""

    manifest = Manifest(
        name="wechat",
        title="WeChat",
        documentation="https://developers.weixin.qq.com/doc/service/",
        sends=Sends(
            text=2000,  # WeChat takes 2048; the rest is for what fitting may add
            unit=Unit.BYTE,
            image=FileLimit(10 * MEGABYTE, ("image/jpeg", "image/png", "image/gif")),
            audio=FileLimit(2 * MEGABYTE, ("audio/amr", "audio/mpeg")),
            video=FileLimit(10 * MEGABYTE, ("video/mp4",), captioned=True),
            card=ButtonLimit(count=10, label=128),
            choices=ButtonLimit(count=10, label=128, links=False),
            list_choices=ButtonLimit(count=10, label=128, links=False),
            template=True,
        ),
        reply_window=timedelta(hours=48),
        press_window=timedelta(minutes=1),  # after a tap on a menu, or a scan
        keeps_time=True,  # a push is repeated as it was, `CreateTime` and all
        replies_inside=True,
        errors=CODES,
        pace=Pace(
            account=50.0, customer=2.0, burst=5
        ),  # figures of our own: WeChat names quotas of a day and of a minute only
    )

    def __init__(self, config: WechatConfig) -> None:
        super().__init__(config)
        key = config.encoding_aes_key
        encrypted = key is not None and config.mode != "plain"
        self._cipher = Cipher(key.get_secret_value(), config.appid) if key is not None and encrypted else None

    # -- what arrives

    def verify(self, request: Request) -> None:
        """A plain push is signed without its body: whoever has seen one URL could write anything. Hence its age is looked at,
        and a channel with encryption takes nothing else.

        https://mp.weixin.qq.com/wiki?id=mp1434696670&t=resource/res_main
        """
        if request.method == "GET" or self._cipher is None:
            self._require_signed(request, "signature")
        if request.method == "GET":
            return
        try:
            push = self._opened(request)
        except Malformed as error:
            if self._cipher is None:
                return  # signed, and `parse` will say what is wrong with it
            raise Untrusted(f"An encrypted push was expected: {error}") from None
        addressee, ours = text_in(push, "ToUserName"), self.config.original_id
        if ours and addressee != ours:
            raise Untrusted(f"The push is for {addressee[:40]!r}, not for {ours!r}.")

    def _opened(self, request: Request) -> Push:
        """The push, decrypted if it has to be. What stands beside the encrypted text in the compatible mode is not looked at."""
        push = read(request.body)
        if self._cipher is None:
            return push
        sealed = text_in(push, "Encrypt")
        if request.query.get("encrypt_type") != "aes" or not sealed:
            raise Untrusted(f"The push is not encrypted, and this channel's mode is {self.config.mode}.")
        self._require_signed(request, "msg_signature", sealed)
        return read(self._cipher.decrypt(sealed))

    def _require_signed(self, request: Request, name: str, *more: str) -> None:
        require_signed(request, name, self.config.token, self.config.signature_max_age, *more)

    def answer(self, request: Request) -> Response:
        """When the address is entered on WeChat's page, what WeChat wants to hear back; else that there is nothing to say. Both
        are in clear in every mode."""
        if request.method == "GET":
            return Response(body=request.query.get("echostr", "")[:LONGEST_ECHO].encode("utf-8", "replace"))
        return Response(body=b"success")

    def parse(self, request: Request) -> Iterable[Received]:
        if request.method == "GET":  # WeChat looks whether we are there
            return ()
        push = read(request.body)
        if self._cipher is not None and "Encrypt" in push:
            try:
                push = read(self._cipher.decrypt(text_in(push, "Encrypt")))
            except Untrusted as error:
                raise Malformed(str(error)) from None
        return events_of(push, request.at, self.config)

    # -- what we say

    def reply_quota(self) -> int:
        """After a message. https://developers.weixin.qq.com/doc/offiaccount/Customer_Service/Customer_Service_Messages.html"""
        return self.config.reply_quota

    def press_quota(self) -> int:
        """After a tap on a menu, or a scan."""
        return self.config.press_quota

    async def send(self, message: Outbound, http: Http) -> Receipt:
        """Inside the response to the customer's own message while that is held, else as a customer service message.

        https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage
        """
        (part,) = message.parts
        if isinstance(part, Template):
            return await self._template(message, part, http)
        if message.reply_token is not None and self._replied(message, message.reply_token, http):
            return Receipt(counts=False)
        if not self.config.customer_service:
            raise WindowClosed("The time to answer at once is over, and this account may not send anything later.")
        api = Api(self.config, http, message.at)
        said = await self._written(message, api)
        answer = await api.post("/cgi-bin/message/custom/send", {"touser": message.customer, **said})
        if said["msgtype"] == "msgmenu" and code_of(answer) == NO_MENUS:
            answer = await api.post("/cgi-bin/message/custom/send", {"touser": message.customer, **without_menu(said)})
        WECHAT.require(answer, message.at)
        return Receipt()

    async def _written(self, message: Outbound, api: Api) -> Json:
        part, links = message.parts[0], message.media
        kind, media_id = uploaded_as(part, links), ""
        if kind and isinstance(name := getattr(part, "media", None), str):
            media_id = await api.upload(name, link_of(name, links), kind)
        return written(part, links, media_id)

    def _replied(self, message: Outbound, token: ReplyToken, http: Http) -> bool:
        """https://developers.weixin.qq.com/doc/service/en/Message_Management/Passive_user_reply_message.html"""
        account = token.token.partition("/")[0]
        text = passive(message.parts[0], message.media, message.customer, account, message.at)
        if not text:
            return False
        if self._cipher is not None:
            text = self._sealed(text, message)
        return http.respond(token.token, Response(body=text.encode(), content_type="application/xml"))

    def _sealed(self, text: str, message: Outbound) -> str:
        assert self._cipher is not None  # noqa: S101  # the caller has looked
        timestamp, nonce = str(int(message.at.timestamp())), str(int(message.key.replace("-", "")[:8] or "0", 16))
        sealed = self._cipher.encrypt(text.encode(), message.key)
        signed = digest_of(self.config.token.get_secret_value(), timestamp, nonce, sealed)
        return (
            f"<xml><Encrypt>{cdata(sealed)}</Encrypt><MsgSignature>{cdata(signed)}</MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{cdata(nonce)}</Nonce></xml>"
        )

    async def _template(self, message: Outbound, part: Template, http: Http) -> Receipt:
        """Whose number comes back in the event that says whether it arrived.

        https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Template_Message_Interface.html
        """
        path, body = template(part, self.config.templates, message.key)
        answer = await Api(self.config, http, message.at).post(path, {"touser": message.customer, **body})
        if code_of(answer) == ALREADY_SENT:
            return Receipt()
        number = require_extra(answer, message.at).get("msgid")
        return Receipt((str(number),) if type(number) in (int, str) and number else ())

    # -- what else

    async def fetch(self, media: MediaRef, http: Http) -> Stream:
        """Under its id, or where WeChat has made a picture public, which the message said (`PicUrl`); in the plain mode that may be
        anybody's word.

        https://developers.weixin.qq.com/doc/service/en/Message_Management/Receiving_standard_messages.html
        """
        api = Api(self.config, http)
        if media.key.startswith(("https://", "http://")):
            return await api.elsewhere(media.key, stranger=True)
        return await api.download(media.key)

    async def profile(self, customer: str, http: Http) -> Profile:
        """WeChat tells no names any more: what there is, is the note that the account's own people have made.

        https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_userinfo
        """
        told = require_extra(
            await Api(self.config, http).get("/cgi-bin/user/info", {"openid": customer, "lang": "zh_CN"})
        )
        said = {key: value for key, value in told.items() if type(value) is str}
        return Profile(
            name=said.get("remark") or said.get("nickname", ""),
            language=said.get("language", ""),
            picture=said.get("headimgurl", ""),
        )

    async def typing(self, customer: str, http: Http) -> None:
        """Shown for up to fifteen seconds. https://developers.weixin.qq.com/doc/offiaccount/Customer_Service/Customer_Service_Messages.html"""
        answer = await Api(self.config, http).post(self.config.typing_path, {"touser": customer, "command": "Typing"})
        if code_of(answer) != ALREADY_TYPING:
            require_extra(answer)

    async def health(self, asked: Checkup, http: Http) -> Health:
        """The access token, and what is left of the day's calls. Whether WeChat calls us it does not say."""
        return Health(tuple([finding async for finding in found_in(self.config, asked, http)]))
