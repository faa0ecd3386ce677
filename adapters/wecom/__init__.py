"""WeCom's customer service (微信客服): customers in WeChat write to accounts of a company's.
https://developer.work.weixin.qq.com/document/path/94638

This file is the adapter: what WeCom can show, and who may speak for it. `asking.py` asks what there is, `inbound.py` and
`content.py` say what it means, `saying.py` brings a message to the customer, `outbound.py` writes it, `health.py` looks after the
accounts, `refusals.py` is the table of errors, `api.py` makes the calls. Bodies are read and encrypted by `adapters/_tencent`.

WeCom's calls have no content: they say that there is something to be asked for. Of messages that it has taken, WeCom tells only when
one failed. It has no signs of writing or of having read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import timedelta

from adapters._tencent.cipher import Cipher
from adapters._tencent.document import Push, read, text_in
from adapters._tencent.signed import require_signed
from adapters.wecom.api import Api
from adapters.wecom.asking import look
from adapters.wecom.config import WecomConfig
from adapters.wecom.health import found_in
from adapters.wecom.inbound import events_of
from adapters.wecom.refusals import CODES
from adapters.wecom.saying import Saying, address_of
from channels import (
    Adapter,
    Batch,
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
from channels.errors import Malformed, Rejected, Untrusted
from channels.events import Received
from channels.parts import MediaRef

__all__ = ["Wecom", "WecomConfig"]

MEGABYTE = 1_000_000
LONGEST_ECHO = 1024  # characters


class Wecom(Adapter[WecomConfig]):
    """The customer service accounts of one company in WeCom."""

    manifest = Manifest(
        name="wecom",
        title="WeCom",
        documentation="https://developer.work.weixin.qq.com/document/path/94638",
        sends=Sends(
            text=2000,  # WeCom takes 2048; the rest is for what fitting may add
            unit=Unit.BYTE,
            image=FileLimit(10 * MEGABYTE, ("image/jpeg", "image/png")),
            audio=FileLimit(2 * MEGABYTE, ("audio/amr",)),
            video=FileLimit(10 * MEGABYTE, ("video/mp4",)),
            file=FileLimit(20 * MEGABYTE),
            location=True,
            card=ButtonLimit(count=10, label=128, phones=False, payload=64),
            choices=ButtonLimit(count=10, label=128, phones=False, payload=64),
            list_choices=ButtonLimit(count=10, label=128, phones=False, payload=64),
        ),
        reply_window=timedelta(hours=48),
        keeps_time=True,  # a message comes with its `send_time` however often it is asked for
        resend_safe=True,
        errors=CODES,
        pace=Pace(account=20.0, customer=2.0, burst=5),  # figures of our own: WeCom names none for customer service
    )

    def __init__(self, config: WecomConfig) -> None:
        super().__init__(config)
        self._cipher = Cipher(config.encoding_aes_key.get_secret_value(), config.corpid)

    # -- what arrives

    def verify(self, request: Request) -> None:
        """https://developer.work.weixin.qq.com/document/path/90930"""
        try:
            sealed = _sealed_in(request)
        except Malformed as error:
            raise Untrusted(f"An encrypted call was expected: {error}") from None
        require_signed(request, "msg_signature", self.config.token, self.config.signature_max_age, sealed)
        self._cipher.decrypt(sealed)

    def answer(self, request: Request) -> Response:
        """When the address is entered on WeCom's page, what it has encrypted for us to read; else that there is nothing to say."""
        if request.method != "GET":
            return Response(body=b"success")
        try:
            return Response(body=self._cipher.decrypt(_sealed_in(request))[:LONGEST_ECHO])
        except Untrusted:  # nobody else is told anything
            return Response()

    def parse(self, request: Request) -> Iterable[Received]:
        if request.method == "GET":  # WeCom looks whether we are there
            return ()
        told = read(request.body)
        if "Encrypt" in told:
            try:
                told = read(self._cipher.decrypt(text_in(told, "Encrypt")))
            except Untrusted as error:
                raise Malformed(str(error)) from None
        return events_of(told, self.config)

    def poll(self, cursor: str, http: Http, hints: tuple[str, ...] = ()) -> AsyncIterator[Batch]:
        return look(Api(self.config, http), self.config.accounts, cursor, hints)

    def poll_every(self) -> timedelta:
        return self.config.poll_every

    # -- what we say

    def reply_quota(self) -> int:
        return self.config.reply_quota

    async def send(self, message: Outbound, http: Http) -> Receipt:
        return await Saying(self.config, message, http).all()

    async def recall(self, customer: str, message: str, http: Http) -> None:
        """Within two minutes. https://developer.work.weixin.qq.com/document/path/94677"""
        account, _ = address_of(customer)
        await Api(self.config, http).ask("/cgi-bin/kf/recall_msg", {"msgid": message, "open_kfid": account})

    @property
    def powers(self) -> frozenset[str]:
        """Who does not claim sessions, or says so, leaves their end to others."""
        ends = self.config.claim_sessions and self.config.end_sessions
        return super().powers - (set() if ends else {"end"})

    async def end(self, customer: str, http: Http) -> None:
        await Api(self.config, http).end(*address_of(customer))

    # -- what else

    async def fetch(self, media: MediaRef, http: Http) -> Stream:
        """Under its id, or the picture of a link, which lies elsewhere.

        https://developer.work.weixin.qq.com/document/path/94670
        """
        api, elsewhere = Api(self.config, http), media.key.startswith(("https://", "http://"))
        return await (api.elsewhere(media.key) if elsewhere else api.download(media.key))

    async def profile(self, customer: str, http: Http) -> Profile:
        """https://developer.work.weixin.qq.com/document/path/95159"""
        _, id = address_of(customer)
        told = await Api(self.config, http).ask("/cgi-bin/kf/customer/batchget", {"external_userid_list": [id]})
        listed = told.get("customer_list")
        found = [each for each in listed if type(each) is dict] if type(listed) is list else []
        person: Push = next((each for each in found if text_in(each, "external_userid") == id), {})
        if not person:
            raise Rejected("WeCom knows no such customer.")
        return Profile(name=text_in(person, "nickname"), picture=text_in(person, "avatar"))

    async def health(self, asked: Checkup, http: Http) -> Health:
        """The access token, and each account. Whether WeCom calls us it does not say; but we ask, called or not."""
        return Health(tuple([finding async for finding in found_in(self.config, asked, http)]))


def _sealed_in(request: Request) -> str:
    """What is encrypted: in the query when WeCom looks whether we are there, where a `+` may have become a space; else in the body."""
    if request.method == "GET":
        return request.query.get("echostr", "").replace(" ", "+")
    return text_in(read(request.body), "Encrypt")
