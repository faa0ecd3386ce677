"""Calling: the address, and the access token that all calls of an account share. How a token is issued, and uploads, differ.

The token has to be in the address; there is no header for it. The runtime keeps it and leaves it out of logs.
https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from adapters._tencent.answers import Refusals, code_of
from channels import Answer, Http, Stream, Token
from channels.errors import Rejected, Unauthorized, Uncertain, Unreachable

SMALL = 64 * 1024  # bytes: an answer that may be an error in place of a file

# What the name of an uploaded file ends with: these platforms go by it. ASCII throughout, for they do not take other names.
ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "audio/amr": "amr",
    "audio/mpeg": "mp3",
    "video/mp4": "mp4",
}


class TencentApi:
    """One account's API at `base`, as seen through the `Http` of one call. `at`: now, where it is known."""

    token: ClassVar[str]  # the name that the runtime keeps the token under
    refusals: ClassVar[Refusals]

    def __init__(self, base: str, http: Http, at: datetime | None = None) -> None:
        self._base = base
        self._http = http
        self._at = at

    async def _issue(self, *, force: bool) -> Token:
        """A token; `force`: another than the one that was refused, where that can be asked for."""
        raise NotImplementedError

    async def sign_in(self) -> None:
        """Have an access token, or the error that says why there is none."""
        await self._token()

    async def post(self, path: str, json: Any, within: timedelta = timedelta(seconds=15)) -> Answer:
        """Any answer there is. JSON goes out as UTF-8, for escapes are shown as they are, or refused; and so without the control
        characters that JSON can only escape."""
        plain = _without_controls(json)
        return await self._with_token(
            lambda token: self._http.request("POST", self._url(path), query=token, json=plain, within=within)
        )

    async def get(self, path: str, query: dict[str, str]) -> Answer:
        return await self._with_token(lambda token: self._http.request("GET", self._url(path), query=token | query))

    async def _file(self, media: str, headers: dict[str, str] | None = None) -> tuple[Answer, Stream]:
        """A file of a customer's, or what was said in its place: errors come as 200 and JSON."""
        token = await self._token()
        answer, stream = await self._stream(token, media, headers)
        if code_of(answer) in self.refusals.stale:
            answer, stream = await self._stream(await self._token(refused=token), media, headers)
        return answer, stream

    async def _stream(self, token: str, media: str, headers: dict[str, str] | None) -> tuple[Answer, Stream]:
        """A JSON or text answer is read whole and stands in the `Answer`: then it is no file.

        https://developers.weixin.qq.com/doc/service/api/material/temporary/api_getmedia
        https://developer.work.weixin.qq.com/document/path/90254
        """
        query = {"access_token": token, "media_id": media}
        answer, stream = await self._http.stream("GET", self._url("/cgi-bin/media/get"), headers=headers, query=query)
        if answer.status >= 300 or stream.mime not in ("application/json", "text/plain", "text/html"):
            return answer, stream
        read = b""
        async for chunk in stream.chunks:
            read += chunk
            if len(read) > SMALL:
                raise Rejected(f"{self.refusals.platform} sent a long text in place of the customer's file.")
        return Answer(answer.status, read or b" ", answer.headers), stream

    async def elsewhere(self, url: str, *, stranger: bool = False) -> Stream:
        """Our token is none of that host's business, and what it answers can neither park nor slow our channel."""
        answer, stream = await self._http.stream("GET", url, stranger=stranger)
        if answer.status >= 500 or answer.status == 429:
            raise Unreachable(f"The host of the customer's file answered {answer.status}.", code=str(answer.status))
        if answer.status != 200:
            raise Rejected(f"The host of the customer's file answered {answer.status}.", code=str(answer.status))
        return stream

    def _url(self, path: str) -> str:
        return self._base + path

    async def _with_token(self, call: Callable[[dict[str, str]], Awaitable[Answer]]) -> Answer:
        """A token that was turned down is worth one fresh one and a second try: nothing has been done with the first."""
        token = await self._token()
        answer = await call({"access_token": token})
        if code_of(answer) in self.refusals.stale:
            answer = await call({"access_token": await self._token(refused=token)})
        return answer

    async def _token(self, *, refused: str = "") -> str:
        async def renew() -> Token:
            token = await self._issue(force=False)
            return await self._issue(force=True) if token.value == refused else token

        return await self._http.token(self.token, renew, refused=refused)

    async def _issued(self, asked: Awaitable[Answer], credentials: str) -> Token:
        """Nothing of a message has gone out yet, so it is not the message that is uncertain; and what is refused here is us."""
        platform = self.refusals.platform
        try:
            told = self.refusals.require(await asked, self._at)
        except Uncertain as error:
            raise Unreachable(f"{platform} gave no access token: {error.reason}") from None
        except Rejected as error:
            raise Unauthorized(
                f"{platform} gives no access token for this {credentials}: {error.reason}", code=error.code
            ) from None
        value, seconds = told.get("access_token"), told.get("expires_in")
        if type(value) is not str or not value or type(seconds) is not int:
            raise Unreachable(
                f"{platform}'s answer to our request for an access token has no token or no life time in it."
            )
        return Token(value, timedelta(seconds=seconds))


def _without_controls(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isprintable() else "".join(mark for mark in value if mark >= " " or mark in "\n\t")
    if isinstance(value, dict):
        return {key: _without_controls(item) for key, item in value.items()}
    return [_without_controls(item) for item in value] if isinstance(value, list) else value
