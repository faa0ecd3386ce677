"""Calling WeCom: uploads, files, sessions, and how an access token is issued. What all calls have in common is in
`adapters._tencent.api`. Not here: what to send (`outbound.py`), what a refusal means (`refusals.py`).
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from adapters._tencent.answers import code_of
from adapters._tencent.api import ENDINGS, TencentApi
from adapters.wecom.config import WecomConfig
from adapters.wecom.pieces import in_pieces
from adapters.wecom.refusals import ONLY_IN_PIECES, WECOM
from channels import Answer, Http, MediaLink, Stream, Token
from channels.errors import Rejected, Uncertain, Unreachable, WindowClosed

UPLOAD_WITHIN, SYNC_WITHIN = timedelta(minutes=2), timedelta(seconds=30)
NOBODY, OURS, WAITING, A_COLLEAGUE, OVER = range(5)  # `service_state`


class Api(TencentApi):
    """One company's API, as seen through the `Http` of one call. `at`: now, where it is known."""

    token = "wecom"  # noqa: S105  # the name that the runtime keeps it under
    refusals = WECOM

    def __init__(self, config: WecomConfig, http: Http, at: datetime | None = None) -> None:
        super().__init__(config.api_base, http, at)
        self._config = config

    async def ask(self, path: str, json: dict[str, Any]) -> dict[str, Any]:
        return WECOM.require(await self.post(path, json), self._at)

    async def ask_before(self, path: str, json: dict[str, Any]) -> dict[str, Any]:
        """The same before anything of a message has gone out: an answer that is lost leaves nothing uncertain."""
        try:
            return await self.ask(path, json)
        except Uncertain as error:
            raise Unreachable(error.reason, code=error.code) from error

    async def sync(self, asked: dict[str, Any]) -> Answer:
        """What there is in an account; there may be much of it. https://developer.work.weixin.qq.com/document/path/94670"""
        return await self.post("/cgi-bin/kf/sync_msg", asked, SYNC_WITHIN)

    async def upload(self, name: str, link: MediaLink, kind: str) -> str:
        """The id under which WeCom keeps a file of ours for three days. A document is shown under the name that it is uploaded with.

        https://developer.work.weixin.qq.com/document/path/90253
        """
        shown = link.name if kind == "file" and link.name else f"file.{ENDINGS.get(link.mime, 'bin')}"

        async def hand_over(token: dict[str, str]) -> Answer:
            """A stream is read once, so each try has its own."""
            file = await self._http.file(name)
            size = link.size if file.size is None else file.size
            files = {"media": Stream(file.chunks, link.mime, shown, size)}
            url, query = self._url("/cgi-bin/media/upload"), token | {"type": kind}
            return await self._http.request("POST", url, query=query, files=files, within=UPLOAD_WITHIN)

        try:
            told = WECOM.require(await self._with_token(hand_over), self._at)
        except Uncertain as error:  # nothing of the message has gone out yet
            raise Unreachable(f"The file could not be given to WeCom: {error.reason}") from error
        media = told.get("media_id")
        if type(media) is not str or not media:
            raise Unreachable("WeCom's answer to an upload has no media id in it.")
        return media

    async def download(self, media: str) -> Stream:
        """A file of a customer's, in pieces where WeCom does not give it at once.

        https://developer.work.weixin.qq.com/document/path/96486
        """
        answer, stream = await self._file(media)
        if code_of(answer) == ONLY_IN_PIECES:
            return await in_pieces(lambda range: self._piece(media, range))
        return self._require_file(answer, stream)

    async def _piece(self, media: str, range: str) -> tuple[Answer, Stream]:
        answer, stream = await self._file(media, {"Range": range})
        return answer, self._require_file(answer, stream)

    def _require_file(self, answer: Answer, stream: Stream) -> Stream:
        if answer.status >= 300 or code_of(answer):
            WECOM.require(answer, self._at)
        if answer.body:
            raise Rejected("WeCom sent text in place of the customer's file.")
        return stream

    async def claim(self, account: str, customer: str) -> None:
        """We write into sessions that are ours. One that nobody has becomes ours; WeCom may not want that, where the account has
        no such thing as an assistant, and then it takes messages all the same.

        https://developer.work.weixin.qq.com/document/path/94669
        """
        whose: dict[str, Any] = {"open_kfid": account, "external_userid": customer}
        state = (await self.ask_before("/cgi-bin/kf/service_state/get", whose)).get("service_state")
        if state == NOBODY and type(state) is int:
            with suppress(Rejected):  # https://developer.work.weixin.qq.com/document/path/94669
                await self.ask_before("/cgi-bin/kf/service_state/trans", whose | {"service_state": OURS})
        elif state in (WAITING, A_COLLEAGUE):
            where = "waits for" if state == WAITING else "talks with"
            raise Rejected(f"The customer {where} an agent in WeCom itself.", code=f"state {state}")
        elif state == OVER:
            raise WindowClosed("The session is over until the customer writes again.", code=f"state {state}")

    async def end(self, account: str, customer: str) -> None:
        """Only a session that is ours: a colleague in WeCom itself may have the customer by now.

        https://developer.work.weixin.qq.com/document/path/94669
        """
        whose: dict[str, Any] = {"open_kfid": account, "external_userid": customer}
        state = (await self.ask("/cgi-bin/kf/service_state/get", whose)).get("service_state")
        if state == OURS and type(state) is int:  # https://developer.work.weixin.qq.com/document/path/94669
            await self.ask("/cgi-bin/kf/service_state/trans", whose | {"service_state": OVER})

    async def _issue(self, *, force: bool) -> Token:
        """The same for everybody who asks, until it is about to expire; there is no way to force another.

        https://developer.work.weixin.qq.com/document/path/91039
        """
        query = {"corpid": self._config.corpid, "corpsecret": self._config.secret.get_secret_value()}
        asked = self._http.request("GET", self._url("/cgi-bin/gettoken"), query=query)
        return await self._issued(asked, "CorpID and secret")
