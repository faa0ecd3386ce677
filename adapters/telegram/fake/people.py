"""The people of the fake Telegram, and what they do, as updates for the bot. How those are brought is in `server.py`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from adapters.telegram.fake.methods import Methods
from adapters.telegram.fake.state import Chat, Json, Kept
from channels.fake import numbers


class People(Methods):
    """Each of their doings is queued, and given back."""

    def __init__(self, token: str, clock: Callable[[], datetime]) -> None:
        super().__init__(token, clock)
        self._numbers = numbers()

    def person(self, name: str = "Ann", **fields: Any) -> Chat:
        chat = Chat(next(self._numbers), "private", name, **fields)
        self.chats[chat.id] = chat
        return chat

    def group(self, name: str = "Friends", *, id: int = -1001, kind: str = "supergroup") -> Chat:
        self.chats[id] = Chat(id, kind, name)
        return self.chats[id]

    def writes(self, who: Chat, where: Chat | None = None, **content: Any) -> Json:
        chat = where or who
        message = {"message_id": chat.next_message(), "date": self.now, "chat": chat.json, "from": who.user, **content}
        self.said[chat.id, message["message_id"]] = message
        return self.queue(message=message)

    def rewords(self, chat: Chat, number: int, **words: str) -> Json:
        """A message, with other words and all else as it was. https://core.telegram.org/bots/api#update"""
        said = self.said[chat.id, number] | words | {"edit_date": self.now}
        self.said[chat.id, number] = {name: value for name, value in said.items() if value != ""}
        return self.queue(edited_message=self.said[chat.id, number])

    def taps(self, who: Chat, number: int, data: str, markup: Json) -> Json:
        """A button under the message of this number."""
        query = f"77{len(self.pressed) + len(self.heard)}"
        self.pressed.append(query)
        message = {"message_id": number, "date": self.now, "chat": who.json, "reply_markup": markup}
        return self.queue(
            callback_query={"id": query, "from": who.user, "message": message, "chat_instance": "1", "data": data}
        )

    def keeps(self, file_id: str, body: bytes, mime: str, path: str, size: int = 0) -> Json:
        """A file that a customer sent, as it stands in a message."""
        self.kept[file_id] = Kept(body, mime, "", path, size)
        return {"file_id": file_id, "file_unique_id": file_id[:8], "file_size": size or len(body)}

    def reacts_to(self, who: Chat, number: int, before: str, now: str) -> Json | None:
        """Told to those who ask for it. Whether a private chat tells of it at all, where no bot is an administrator, is in doubt.

        https://core.telegram.org/bots/api#messagereactionupdated
        """
        if "message_reaction" not in (self.allowed_updates or ()):
            return None
        old, new = ([{"type": "emoji", "emoji": emoji}] if emoji else [] for emoji in (before, now))
        about = {"chat": who.json, "message_id": number, "user": who.user, "date": self.now}
        return self.queue(message_reaction=about | {"old_reaction": old, "new_reaction": new})

    def quotable(self, chat: Chat, number: int) -> Json:
        """A message within the one that answers it; what it has answered itself is not told again."""
        return {name: value for name, value in self.said[chat.id, number].items() if name != "reply_to_message"}


def chat_of(update: Json) -> int:
    """Where it happened."""
    content = next(value for key, value in update.items() if key != "update_id")
    return int(content.get("message", content)["chat"]["id"])
