"""The SDK's `Bot`, with our `Http` under it. Nothing but `outbound.py` needs it, and importing this file imports the SDK.

https://docs.python-telegram-bot.org/en/stable/telegram.request.baserequest.html

Of the SDK we use how methods and their parameters are written, and nothing that it does by itself:

* It opens no connection. `httpx`, which it would use and which logs addresses with the token in them, is never asked. It logs
  them itself, too, so it never learns the token: it calls `NOWHERE`, and `Wire` knows where that is.
* It reads no answer. What Telegram says is judged here, by our table, and the SDK is told that all is well.
* It opens no file. A text given for a file is looked for on the disk and uploaded if it is there; so files are only ever given as
  `attached`, which has no name to look for, and stickers as objects.
"""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, NamedTuple, cast

from telegram import Bot, InputFile
from telegram.error import NetworkError
from telegram.request import BaseRequest, RequestData

from adapters.telegram.api import base_of
from adapters.telegram.config import TelegramConfig
from adapters.telegram.refusals import moved_to, object_in, refusal_of
from channels import Http, MediaLink, Stream
from channels.errors import DeliveryError, Uncertain

NOWHERE = "https://telegram.invalid"
ALL_IS_WELL = b'{"ok":true,"result":true}'
ALL_OF_THEM = b'{"ok":true,"result":[]}'  # the same for a method that answers with a list
UPLOAD_WITHIN = timedelta(minutes=3)
SAY_WITHIN = timedelta(seconds=20)


class Handed(NamedTuple):
    """A file of ours, by its id in the media cache, and what is known of it."""

    media: str
    link: MediaLink


class Wire(BaseRequest):
    """One call at a time: `result` is what Telegram answered to the last, `moved_to` where the group is that it was for."""

    def __init__(self, config: TelegramConfig, http: Http) -> None:
        self._base = base_of(config)
        self._http = http
        self.result: Any = None
        self.moved_to = ""

    @property
    def read_timeout(self) -> float | None:
        return None

    async def initialize(self) -> None:
        """There is nothing of our own to open."""

    async def shutdown(self) -> None:
        """There is nothing of our own to close."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *args: Any, **timeouts: Any
    ) -> tuple[int, bytes]:
        """Raises our own errors, which the SDK wraps and `carried_out` unwraps. https://core.telegram.org/bots/api#making-requests"""
        form = request_data.json_parameters if request_data else {}
        given = request_data.multipart_data if request_data else {}
        files = {field: await self._opened(file) for field, file in given.items()}
        within = UPLOAD_WITHIN if files else SAY_WITHIN
        address = url.replace(NOWHERE, self._base, 1)
        answer = await self._http.request(method, address, form=form, files=files or None, within=within)
        told = object_in(answer)
        if answer.status != 200 or told.get("ok") is False:
            self.moved_to = moved_to(answer)
            raise refusal_of(answer)
        if told.get("ok") is not True or "result" not in told:
            raise Uncertain("Telegram took the call, and what it says of it cannot be read.")
        self.result = told["result"]
        return 200, ALL_OF_THEM if type(self.result) is list else ALL_IS_WELL

    async def _opened(self, file: tuple[str, Any, str]) -> Stream:
        """What `attached` put in; anything else would be something that the SDK has read by itself."""
        handed = file[1]
        if not isinstance(handed, Handed):
            raise TypeError("A file was not given by `attached`.")
        link = handed.link
        return Stream((await self._http.file(handed.media)).chunks, link.mime, link.name or "file", link.size)


def sdk_over(wire: Wire) -> Bot:
    """A `Bot` is as cheap as a call, and the `Http` is another one for every channel: so it is made anew each time."""
    return Bot("unknown", base_url=_nowhere, base_file_url=_nowhere, request=wire, get_updates_request=wire)


async def carried_out(call: Awaitable[object]) -> None:
    """Wait for a method of the SDK's. Raises the `DeliveryError` that `Wire` found, and nothing of the SDK's own."""
    failed: BaseException | None = None
    try:
        await call
    except NetworkError as error:
        failed = error.__cause__
        if not isinstance(failed, DeliveryError):
            raise
    if failed is not None:
        raise failed


def attached(media: str, link: MediaLink) -> InputFile:
    """A file to upload: the SDK carries its id and link through to `Wire`, which reads the bytes while it sends them."""
    return InputFile(cast("Any", Handed(media, link)), filename=link.name or "file", read_file_handle=False)


def _nowhere(_token: str) -> str:
    return NOWHERE
