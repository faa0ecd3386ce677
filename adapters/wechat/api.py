"""Calling WeChat: the address, the access token that all calls of an account share, and uploads.

Not here: what to send (`outbound.py`), what a refusal means (`refusals.py`). WeChat wants the token in the address; there is no header
for it. The runtime keeps it and leaves it out of logs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from adapters.wechat.config import WechatConfig
from adapters.wechat.refusals import STALE_TOKEN, code_of, require, require_extra, told_by
from channels import Answer, Http, MediaLink, Stream, Token
from channels.errors import DeliveryError, Rejected, Throttled, Unauthorized, Uncertain, Unreachable

TOKEN = "wechat"  # noqa: S105  # the name that the runtime keeps it under
SMALL = 64 * 1024  # bytes: an answer that may be an error in place of a file

# What the name of an uploaded file ends with: WeChat goes by it. ASCII throughout, for it does not take other names.
ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "audio/amr": "amr",
    "audio/mpeg": "mp3",
    "video/mp4": "mp4",
}


class Api:
    """One account's API, as seen through the `Http` of one call. `at`: now, where it is known."""

    def __init__(self, config: WechatConfig, http: Http, at: datetime | None = None) -> None:
        self._config = config
        self._http = http
        self._at = at

    async def sign_in(self) -> None:
        """Have an access token, or the error that says why there is none."""
        await self._token()

    async def post(self, path: str, json: Any) -> Answer:
        """Any answer that WeChat gives. JSON goes out as UTF-8, for WeChat shows escapes as they are, or refuses them; and so
        without the control characters that JSON can only escape."""
        plain = _without_controls(json)
        return await self._with_token(
            lambda token: self._http.request("POST", self._url(path), query=token, json=plain)
        )

    async def get(self, path: str, query: dict[str, str]) -> Answer:
        return await self._with_token(lambda token: self._http.request("GET", self._url(path), query=token | query))

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
        query = {"media_id": media}
        token = await self._token()
        answer, stream = await self._stream(token, query)
        if code_of(answer) in STALE_TOKEN:
            answer, stream = await self._stream(await self._token(refused=token), query)
        if answer.status >= 300 or code_of(answer):
            require_extra(answer, self._at)
        film = told_by(answer).get("video_url")
        if type(film) is str and film.startswith(("https://", "http://")):
            return await self.elsewhere(film)
        if answer.body:
            raise Rejected("WeChat sent text in place of the customer's file.")
        return stream

    async def _stream(self, token: str, query: dict[str, str]) -> tuple[Answer, Stream]:
        """A JSON or text answer is read whole and stands in the `Answer`: then it is no file."""
        url = self._url("/cgi-bin/media/get")
        answer, stream = await self._http.stream("GET", url, query={"access_token": token} | query)
        if answer.status >= 300 or stream.mime not in ("application/json", "text/plain", "text/html"):
            return answer, stream
        read = b""
        async for chunk in stream.chunks:
            read += chunk
            if len(read) > SMALL:
                raise Rejected("WeChat sent a long text in place of the customer's file.")
        return Answer(answer.status, read or b" ", answer.headers), stream

    async def elsewhere(self, url: str) -> Stream:
        """Our token is none of that host's business, and what it answers can neither park nor slow our channel."""
        answer, stream = await self._http.stream("GET", url)
        if answer.status >= 500 or answer.status == 429:
            raise Unreachable(f"The host of the customer's film answered {answer.status}.", code=str(answer.status))
        if answer.status != 200:
            raise Rejected(f"The host of the customer's film answered {answer.status}.", code=str(answer.status))
        return stream

    def _url(self, path: str) -> str:
        return self._config.api_base + path

    async def _with_token(self, call: Callable[[dict[str, str]], Awaitable[Answer]]) -> Answer:
        """A token that was turned down is worth one fresh one and a second try: nothing has been done with the first."""
        token = await self._token()
        answer = await call({"access_token": token})
        if code_of(answer) in STALE_TOKEN:
            answer = await call({"access_token": await self._token(refused=token)})
        return answer

    async def _token(self, *, refused: str = "") -> str:
        async def renew() -> Token:
            token = await self._issue(force=False)
            return await self._issue(force=True) if token.value == refused else token

        return await self._http.token(TOKEN, renew, refused=refused)

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
        try:
            told = require(await self._http.request("POST", self._url("/cgi-bin/stable_token"), json=body), self._at)
        except (Uncertain, Rejected, Throttled) as error:
            raise _no_token(error) from None
        value, seconds = told.get("access_token"), told.get("expires_in")
        if type(value) is not str or not value or type(seconds) is not int:
            raise Unreachable("WeChat's answer to our request for an access token has no token or no life time in it.")
        return Token(value, timedelta(seconds=seconds))


def _no_token(error: DeliveryError) -> DeliveryError:
    """Nothing of a message has gone out yet, so it is not the message that is uncertain; and what is refused here is us."""
    if isinstance(error, Uncertain):
        return Unreachable(f"WeChat gave no access token: {error.reason}")
    if isinstance(error, Rejected):
        return Unauthorized(
            f"WeChat gives no access token for this AppID and AppSecret: {error.reason}", code=error.code
        )
    return error


def _without_controls(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isprintable() else "".join(mark for mark in value if mark >= " " or mark in "\n\t")
    if isinstance(value, dict):
        return {key: _without_controls(item) for key, item in value.items()}
    return [_without_controls(item) for item in value] if isinstance(value, list) else value


def _form(content: bytes, mime: str) -> tuple[str, bytes]:
    """A form of one file: its type, and its bytes. The border between parts is made of the file, so that it is not in it."""
    border = f"ucs{sha256(content).hexdigest()}"
    head = f'--{border}\r\nContent-Disposition: form-data; name="media"; filename="file.{ENDINGS.get(mime, "bin")}"; '
    head += f"filelength={len(content)}\r\nContent-Type: {mime}\r\n\r\n"
    return f"multipart/form-data; boundary={border}", head.encode() + content + f"\r\n--{border}--\r\n".encode()
