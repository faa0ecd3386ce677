"""What each method of the fake Telegram does. No sockets here: parameters and files in, an answer out.

Rules and sentences are those of the Bot API server, https://github.com/tdlib/telegram-bot-api, as far as they are known.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import field
from datetime import datetime, timedelta

from adapters.telegram.fake.checking import KNOWN, wrong_with, wrong_with_album
from adapters.telegram.fake.state import Chat, Json, Kept, Sent
from channels.fake import numbers
from channels.value import value

SIGN_FOR = timedelta(seconds=5)  # that a bot is writing
DELETABLE = timedelta(hours=48)
LARGEST_OUT = 20 << 20  # bytes of a file that a bot may fetch
HTTPS = re.compile(r"https://[^/:]+(:(443|80|88|8443))?(/|$)")
SECRET, LONGEST_SECRET = re.compile(r"[A-Za-z0-9_-]*"), 256
TOLD_FOR = {"callback_query": timedelta(seconds=150)}
A_DAY = timedelta(days=1)


@value
class Answered:
    """A status, and what stands in the JSON beside `ok`."""

    status: int
    body: Json = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def result(value: object) -> Answered:
    return Answered(200, {"ok": True, "result": value})


def refused(status: int, description: str, **parameters: int) -> Answered:
    body: Json = {"ok": False, "error_code": status, "description": description}
    headers = {"Retry-After": str(parameters["retry_after"])} if "retry_after" in parameters else {}
    return Answered(status, body | ({"parameters": parameters} if parameters else {}), headers)


class Methods:
    """One bot as Telegram sees it. What tests look at and turn is public."""

    def __init__(self, token: str, clock: Callable[[], datetime]) -> None:
        self.token = token
        self.chats: dict[int, Chat] = {}
        self.kept: dict[str, Kept] = {}  # file id → what lies there
        self.said: dict[tuple[int, int], Json] = {}  # every message, by its chat and its number
        self.sent: list[Sent] = []
        self.deleted: list[tuple[int, int]] = []
        self.typing: list[tuple[int, Json]] = []
        self.typing_until: dict[int, datetime] = {}  # by chat
        self.pressed: list[str] = []  # callback queries that wait for an answer
        self.heard: list[str] = []  # callback queries that were answered
        self.pending: list[Json] = []  # updates, oldest first
        self.webhook = ""
        self.secret = ""
        self.allowed_updates: list[str] | None = None  # what the webhook was set with
        self.failure: Json = {}  # what getWebhookInfo says of the last delivery that failed
        self.reached: dict[
            str, str
        ] = {}  # public origin → where it lies in truth: the tests have no names and no certificates
        self.polled_by = 0
        self.clock = clock
        self._updates = numbers()
        self._expiries: dict[int, datetime] = {}  # update id → when it is told no more
        self.between_webhooks = timedelta(seconds=1)  # that one is set and the next
        self._set_at: datetime | None = None
        self._news = asyncio.Event()

    @property
    def now(self) -> int:
        return int(self.clock().timestamp())

    @property
    def account(self) -> Json:
        """The bot, as a user of Telegram's."""
        return {
            "id": int(self.token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Shop",
            "username": "shop_bot",
        }

    async def call(self, method: str, given: Json, files: dict[str, Kept]) -> Answered:
        name = method.lower()
        if name in KNOWN or name == "sendmediagroup":
            return self._say(name, given, files)
        known = METHODS.get(name)
        return refused(404, "Not Found: method not found") if known is None else await known(self, given)

    def queue(self, **content: Json) -> Json:
        """An update for the bot, to be delivered or fetched."""
        number = next(self._updates)
        update: Json = {"update_id": number, **content}
        self._expiries[number] = self.clock() + TOLD_FOR.get(next(iter(content)), A_DAY)
        self.pending.append(update)
        self._news.set()
        return update

    def fresh(self) -> list[Json]:
        """What waits and is not too old to be told; the rest is forgotten."""
        now = self.clock()
        self.pending = [each for each in self.pending if now < self._expiries[each["update_id"]]]
        return self.pending

    # -- what is said --------------------------------------------------------------------------------------------------

    def _chat(self, given: Json) -> Chat | Answered:
        text = str(given.get("chat_id", ""))
        chat = self.chats.get(int(text)) if text.lstrip("-").isdigit() else None
        if chat is None:
            return refused(400, "Bad Request: chat not found")
        if chat.moved_to:
            sentence = "Bad Request: group chat was upgraded to a supergroup chat"
            return refused(400, sentence, migrate_to_chat_id=chat.moved_to)
        if not chat.started:
            return refused(403, "Forbidden: bot can't initiate conversation with a user")
        if chat.blocked:
            private = chat.kind == "private"
            return refused(
                403, f"Forbidden: bot was {'blocked by the user' if private else 'kicked from the group chat'}"
            )
        return chat

    def _say(self, method: str, given: Json, files: dict[str, Kept]) -> Answered:
        chat = self._chat(given)
        if isinstance(chat, Answered):
            return chat
        album: list[Json] = given.get("media", []) if method == "sendmediagroup" else []
        if wrong := wrong_with_album(given, files) if album else wrong_with(method, given, files, self.kept):
            return refused(413 if wrong.startswith("Request Entity") else 400, wrong)
        quoted = given.get("reply_parameters", {})
        exists = 0 < quoted.get("message_id", 1) <= chat.messages or not quoted
        if not exists and not quoted.get("allow_sending_without_reply"):
            return refused(400, "Bad Request: message to be replied not found")
        numbers = [chat.next_message() for _ in album or [given]]
        self.sent.append(Sent(chat.id, numbers[0], method, given, files))
        told = [self._told(chat, *each) for each in zip(numbers, album or [given], strict=True)]
        return result(told if album else told[0])

    def _told(self, chat: Chat, number: int, given: Json) -> Json:
        """A message of ours as the answer has it, and as whoever answers it quotes it: its words, and not all of its files."""
        words: Json = {name: given[name] for name in ("text", "caption", "reply_markup") if name in given}
        message: Json = {"message_id": number, "date": self.now, "chat": chat.json, "from": self.account, **words}
        self.said[chat.id, number] = message
        return message

    async def _action(self, given: Json) -> Answered:
        chat = self._chat(given)
        if isinstance(chat, Answered):
            return chat
        if given.get("action") not in ("typing", "upload_photo", "upload_document"):
            return refused(400, "Bad Request: wrong parameter action in request")
        self.typing.append((chat.id, given))
        self.typing_until[chat.id] = self.clock() + SIGN_FOR
        return result(True)

    async def _delete(self, given: Json) -> Answered:
        chat = self._chat(given)
        if isinstance(chat, Answered):
            return chat
        one = (chat.id, int(given.get("message_id", 0)))
        if not 0 < one[1] <= chat.messages or one in self.deleted:
            return refused(400, "Bad Request: message to delete not found")
        if one in self.said and self.said[one]["date"] + DELETABLE.total_seconds() < self.now:
            return refused(400, "Bad Request: message can't be deleted")
        self.deleted.append(one)
        return result(True)

    async def _answer_press(self, given: Json) -> Answered:
        pressed = str(given.get("callback_query_id"))
        if pressed not in self.pressed:
            sentence = "query is too old and response timeout expired or query ID is invalid"
            return refused(400, f"Bad Request: {sentence}")
        self.pressed.remove(pressed)
        self.heard.append(pressed)
        return result(True)

    # -- what is asked -------------------------------------------------------------------------------------------------

    async def _get_me(self, given: Json) -> Answered:
        return result(self.account)

    async def _get_chat(self, given: Json) -> Answered:
        chat = self._chat(given)
        return chat if isinstance(chat, Answered) else result(chat.json)

    async def _get_file(self, given: Json) -> Answered:
        kept = self.kept.get(str(given.get("file_id")))
        if kept is None:
            return refused(400, "Bad Request: invalid file_id")
        size = kept.size or len(kept.body)
        if size > LARGEST_OUT:
            return refused(400, "Bad Request: file is too big")
        return result({"file_id": given["file_id"], "file_unique_id": "u", "file_size": size, "file_path": kept.path})

    async def _set_webhook(self, given: Json) -> Answered:
        url, secret = str(given.get("url", "")), str(given.get("secret_token", ""))
        if len(secret) > LONGEST_SECRET:
            return refused(400, "Bad Request: secret token is too long")
        if not SECRET.fullmatch(secret):
            return refused(400, "Bad Request: secret token contains unallowed characters")
        if url and not HTTPS.match(url):
            return refused(400, "Bad Request: bad webhook: an HTTPS URL must be provided for webhook")
        now, before = self.clock(), self._set_at
        if before is not None and now < before + self.between_webhooks:
            return refused(429, "Too Many Requests: retry after 1", retry_after=1)
        self._set_at = now
        self.webhook, self.secret = url, secret
        self.allowed_updates = given.get("allowed_updates", self.allowed_updates)  # without them it stays as it was
        self.failure = {}
        self._news.set()  # a poller that waits is sent away
        return result(True)

    async def _get_webhook_info(self, given: Json) -> Answered:
        told: Json = {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": len(self.fresh())}
        if self.allowed_updates is not None:
            told["allowed_updates"] = self.allowed_updates
        return result(told | self.failure)

    async def _delete_webhook(self, given: Json) -> Answered:
        self.webhook = ""
        return result(True)

    async def _get_updates(self, given: Json) -> Answered:
        """Asking for `offset` forgets what was before it. Of two that ask at once the older one is sent away."""
        if self.webhook:
            sentence = (
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )
            return refused(409, f"Conflict: {sentence}")
        offset, wait = int(given.get("offset", 0)), min(float(given.get("timeout", 0)), 50.0)
        self.pending = [each for each in self.fresh() if each["update_id"] >= offset]
        self.polled_by += 1
        me = self.polled_by
        self._news.set()
        self._news = asyncio.Event()
        if not self.pending and wait:
            try:
                await asyncio.wait_for(self._news.wait(), wait)
            except TimeoutError:
                return result([])
        if self.polled_by != me:
            sentence = "terminated by other getUpdates request; make sure that only one bot instance is running"
            return refused(409, f"Conflict: {sentence}")
        if self.webhook:
            return refused(409, "Conflict: terminated by setWebhook request")
        return result(self.pending[: min(int(given.get("limit", 100)), 100)])


METHODS: dict[str, Callable[[Methods, Json], Awaitable[Answered]]] = {
    "getme": Methods._get_me,
    "getchat": Methods._get_chat,
    "getfile": Methods._get_file,
    "getupdates": Methods._get_updates,
    "setwebhook": Methods._set_webhook,
    "getwebhookinfo": Methods._get_webhook_info,
    "deletewebhook": Methods._delete_webhook,
    "sendchataction": Methods._action,
    "deletemessage": Methods._delete,
    "answercallbackquery": Methods._answer_press,
}
