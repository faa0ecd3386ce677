"""One call of the runtime's, said in as many of Telegram's as it takes, in order. Importing this file imports the SDK.

Three times Telegram refuses and says what would do instead. Then nothing was delivered, and that is done: a group that has become a
supergroup has another address; a picture that Telegram cannot show can be a file; and of an album with such a picture in it, each
stands by itself. https://core.telegram.org/bots/api#available-methods
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from adapters.telegram.album import runs_of, together
from adapters.telegram.config import TelegramConfig
from adapters.telegram.outbound import as_file, said, spot
from adapters.telegram.refusals import NO_PICTURE
from adapters.telegram.sdk import Wire, carried_out, sdk_over
from channels import Http, Outbound, Receipt
from channels.errors import DeliveryError, Rejected, Uncertain
from channels.parts import Image, Parts


class Saying:
    """One message on its way. `ids` are those of what was delivered, `chat` is where it goes."""

    def __init__(self, config: TelegramConfig, message: Outbound, chat: str, topic: int | None, http: Http) -> None:
        self._message = message
        self._preview = config.link_preview
        self._topic = topic
        self._wire = Wire(config, http)
        self._sdk = sdk_over(self._wire)
        self._said = 0  # parts
        self.ids: tuple[str, ...] = ()
        self.chat = chat

    async def all(self) -> Receipt:
        """Raises the `DeliveryError` of the first call that fails, with the ids of what went out before it."""
        runs = deque(runs_of(self._message.parts, self._message.media))
        while runs:
            run = runs.popleft()
            try:
                await self._follow(run)
            except DeliveryError as error:
                if error.code == NO_PICTURE and len(run) > 1:
                    runs.extendleft((part,) for part in reversed(run))
                    continue
                if len(self.ids) != self._said:
                    words = "A part of this message arrived, and Telegram did not say which"
                    raise Uncertain(f"{words}: {error.reason}", code=error.code) from error
                error.delivered = self.ids
                raise
            self._said += len(run)
            self.ids += _ids(self._wire.result)
        return Receipt(self.ids)

    async def _follow(self, run: Parts) -> None:
        """To where the group is now, if it has moved."""
        try:
            await self._say(run)
        except Rejected:
            if self._wire.moved_to in ("", self.chat):
                raise
        else:
            return
        self.chat = self._wire.moved_to
        await self._say(run)

    async def _say(self, run: Parts) -> None:
        links, where = self._message.media, self._where()
        if len(run) > 1:
            await carried_out(together(self._sdk, run, links, where))
            return
        (part,) = run
        try:
            await carried_out(said(self._sdk, part, links, where, preview=self._preview))
        except Rejected as error:
            if error.code != NO_PICTURE or not isinstance(part, Image):
                raise
            await carried_out(as_file(self._sdk, part, links, where))

    def _where(self) -> Mapping[str, Any]:
        """What is quoted is quoted once, by what is said first."""
        return spot(self.chat, self._topic, "" if self._said else self._message.reply_to)


def _ids(sent: Any) -> tuple[str, ...]:
    """Telegram took it, and its ids are all we ever learn. Without one it is delivered all the same, and cannot be taken back."""
    each = sent if type(sent) is list else [sent]
    numbers = [message.get("message_id") for message in each if type(message) is dict]
    return tuple(str(number) for number in numbers if type(number) is int)
