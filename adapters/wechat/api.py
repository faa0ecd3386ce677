"""Calling WeChat: uploads, files, and how an access token is issued. What all calls have in common is in `adapters._tencent.api`.

Not here: what to send (`outbound.py`), what a refusal means (`refusals.py`).
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from adapters._tencent.answers import code_of, told_by
from adapters._tencent.api import ENDINGS, TencentApi
from adapters.wechat.config import WechatConfig
from adapters.wechat.refusals import WECHAT, require_extra
from channels import Http, MediaLink, Stream, Token
from channels.errors import Rejected, Uncertain, Unreachable


class Api(TencentApi):
    """One account's API, as seen through the `Http` of one call. `at`: now, where it is known."""

    token = "wechat"  # noqa: S105  # the name that the runtime keeps it under
    refusals = WECHAT

    def __init__(self, config: WechatConfig, http: Http, at: datetime | None = None) -> None:
        super().__init__(config.api_base, http, at)
        self._config = config

    async def upload(self, name: str, link: MediaLink, kind: str) -> str:
        """The id under which WeChat keeps a file of ours for three days.

        https://developers.weixin.qq.com/doc/service/api/material/temporary/api_uploadtempmedia
        """
        content = b"".join([chunk async for chunk in (await self._http.file(name)).chunks])
        content_type, body = _form(content, link.mime)
        headers = {"Content-Type": content_type}
        try:
            answer = await self._with_token(
                lambda token: self._http.request(
                    "POST", self._url("/cgi-bin/media/upload"), query=token | {"type": kind}, headers=headers, body=body
                )
            )
            told = require_extra(answer, self._at)
        except Uncertain as error:  # nothing of the message has gone out yet
            raise Unreachable(f"The file could not be given to WeChat: {error.reason}") from error
        media = told.get("media_id") or told.get("thumb_media_id")
        if type(media) is not str:
            raise Unreachable("WeChat's answer to an upload has no media id in it.")
        return media

    async def download(self, media: str) -> Stream:
        """A file of a customer's. Errors come as 200 and JSON, and so does the address of a film that lies elsewhere.

        https://developers.weixin.qq.com/doc/service/api/material/temporary/api_getmedia
        """
        answer, stream = await self._file(media)
        if answer.status >= 300 or code_of(answer):
            require_extra(answer, self._at)
        film = told_by(answer).get("video_url")
        if type(film) is str and film.startswith(("https://", "http://")):
            return await self.elsewhere(film)
        if answer.body:
            raise Rejected("WeChat sent text in place of the customer's file.")
        return stream

    async def _issue(self, *, force: bool) -> Token:
        """The stable token: who asks again gets the same one, so that nobody turns anybody else's down. Forced, it is a new
        one at once, which WeChat allows twenty times a day; so only where the one it gives is the one it has just refused.

        https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken
        """
        body = {
            "grant_type": "client_credential",
            "appid": self._config.appid,
            "secret": self._config.appsecret.get_secret_value(),
            "force_refresh": force,
        }
        asked = self._http.request("POST", self._url("/cgi-bin/stable_token"), json=body)
        return await self._issued(asked, "AppID and AppSecret")


def _form(content: bytes, mime: str) -> tuple[str, bytes]:
    """A form of one file: its type, and its bytes. The border between parts is made of the file, so that it is not in it."""
    border = f"ucs{sha256(content).hexdigest()}"
    head = f'--{border}\r\nContent-Disposition: form-data; name="media"; filename="file.{ENDINGS.get(mime, "bin")}"; '
    head += f"filelength={len(content)}\r\nContent-Type: {mime}\r\n\r\n"
    return f"multipart/form-data; boundary={border}", head.encode() + content + f"\r\n--{border}--\r\n".encode()
