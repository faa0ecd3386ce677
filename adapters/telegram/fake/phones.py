"""What Telegram's users see of our messages, and what they send as Telegram's objects. Translation only."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.telegram.fake.state import Fault, Json, Sent
from channels.parts import (
    Audio,
    Button,
    Choices,
    ContactCard,
    File,
    Image,
    Location,
    MediaRef,
    Opaque,
    Part,
    Parts,
    Sticker,
    Text,
    Video,
)

GIVES = frozenset({"text", "image", "video", "audio", "file", "location", "sticker", "contact_card"})
# As long as Telegram's ids of files are.
STICKERS = {f"CAACAgIAAxkBAAEFAKEFAKEFAKEFAKE{n:04}": emoji for n, emoji in enumerate("👋😄👍😢")}
FAULTS: Mapping[str, str] = {
    Fault.RATE_LIMIT: "429, too many requests: wait a second",
    Fault.BROKEN: "502, and nothing was done",
    Fault.LOST_ANSWER: "the message is shown, and the answer lost",
    Fault.LOST_REQUEST: "the connection breaks before anything was done",
    Fault.GARBLED: "the message is shown, and the answer is nonsense",
}
REACTIONS = (
    "👍",
    "❤",
    "🔥",
    "😁",
    "😢",
    "🤔",
)  # some of those that Telegram has: https://core.telegram.org/bots/api#reactiontypeemoji
TOGETHER = {"image": "shown", "video": "shown", "file": "file"}  # voice messages stand alone
MEDIA: Mapping[type[Part], str] = {Image: "photo", Video: "video", Audio: "voice", File: "document"}
SHOWN: Mapping[str, str] = {
    "photo": "image",
    "video": "video",
    "animation": "image",
    "audio": "audio",
    "voice": "audio",
    "document": "file",
}


def content_of(part: Part, file: Json) -> Json:
    """The members of a message that say what it is. `file` is how Telegram describes the bytes that came along."""
    caption = getattr(part, "caption", "")
    return _content(part, file) | ({"caption": caption} if caption else {})


def _content(part: Part, file: Json) -> Json:
    match part:
        case Text():
            return {"text": part.text}
        case Image():
            return {"photo": [file | {"width": 320, "height": 200}]}
        case Video():
            return {"video": file | {"width": 320, "height": 200, "duration": 1}}
        case Audio():
            return {"voice": file | {"duration": 1}}
        case File():
            return {"document": file}
        case Location():
            place = {"latitude": part.latitude, "longitude": part.longitude}
            named = {"location": place, "title": part.title, "address": part.address}
            return {"venue": named, "location": place} if part.title else {"location": place}
        case Sticker():
            kind = {"type": "regular", "width": 512, "height": 512, "is_animated": True, "is_video": False}
            about = {"file_id": part.sticker, "file_unique_id": part.sticker[-8:], "emoji": part.text}
            return {"sticker": about | kind}
        case ContactCard():
            return {"contact": {"phone_number": part.phones[0] if part.phones else "", "first_name": part.name}}
        case _:
            return {"text": part.type}


def parts_of(sent: Sent) -> Parts:
    """A call of ours, as it looks on a phone."""
    given = sent.given
    if sent.method == "sendmediagroup":
        return tuple(
            _file(each["type"], sent, each["media"].removeprefix("attach://"), each) for each in given["media"]
        )
    name = sent.method.removeprefix("send")
    keys = _keyboard(given)
    if keys and name == "message":
        return (Choices(given["text"], keys),)
    return (
        _file(name, sent, name, given) if name in SHOWN else _said(name, given),
        *((Choices("", keys),) if keys else ()),
    )


def _said(name: str, given: Json) -> Part:
    match name:
        case "message":
            return Text(given["text"])
        case "location" | "venue":
            place = float(given["latitude"]), float(given["longitude"])
            return Location(*place, given.get("title", ""), given.get("address", ""))
        case "contact":
            return ContactCard(given["first_name"], (given["phone_number"],))
        case "sticker":
            return Sticker(given["sticker"], STICKERS.get(given["sticker"], ""))
        case _:
            return Opaque(name)


def _file(kind: str, sent: Sent, field: str, given: Json) -> Part:
    file = sent.files[field]
    media = MediaRef(f"{sent.chat}/{sent.id}/{field}", file.name, file.mime, len(file.body))
    words = given.get("caption", "")
    match SHOWN[kind]:
        case "image":
            return Image(media, words)
        case "video":
            return Video(media, words)
        case "audio":
            return Audio(media)
        case _:
            return File(media, file.name, words)


def _keyboard(given: Json) -> tuple[Button, ...]:
    rows = given.get("reply_markup", {}).get("inline_keyboard", ())
    return tuple(Button(key["text"], key.get("callback_data", ""), key.get("url", "")) for row in rows for key in row)
