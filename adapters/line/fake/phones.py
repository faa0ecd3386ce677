"""What LINE's customers see of our messages, and what their doings are as LINE's events. Translation only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import orjson

from adapters.line.fake.state import Fault, Json, Person
from adapters.line.fake.webhooks import Webhooks
from channels.fake import Ties, Unable
from channels.parts import (
    Audio,
    Button,
    Card,
    Carousel,
    Choices,
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

GIVES = frozenset({"text", "image", "video", "audio", "file", "location", "sticker"})
STICKERS = {"446/1988": "👋", "446/1989": "😄", "446/1993": "👍", "446/2005": "😢"}
EXPIRED = "expired token"
FAULTS: Mapping[str, str] = {
    Fault.RATE_LIMIT: "429, too many calls: try again later",
    Fault.MONTHLY_LIMIT: "429, no messages are left this month",
    Fault.BROKEN: "500, and nothing was done",
    Fault.LOST_ANSWER: "the message is shown, and the answer lost",
    Fault.LOST_REQUEST: "the connection breaks before anything was done",
    EXPIRED: "401, all access tokens have expired",
}
MEDIA: Mapping[type[Part], str] = {Image: "image", Video: "video", Audio: "audio", File: "file"}


QUOTING = frozenset({"text", "sticker"})
TOGETHER = {"image": "image"}


def event_of(webhooks: Webhooks, person: Person, part: Part, body: bytes, ties: Ties) -> Json:
    """A message event. A file's bytes lie under the message's id from now on."""
    quotes: Json = {"quotedMessageId": ties.quotes} if ties.quotes else {}
    match part:
        case Text():
            return webhooks.text(person, part.text, **quotes)
        case Location():
            place: Json = {
                "title": part.title,
                "address": part.address,
                "latitude": part.latitude,
                "longitude": part.longitude,
            }
            return webhooks.message(person, "location", **{name: value for name, value in place.items() if value != ""})
        case Sticker():
            package, _, number = part.sticker.partition("/")
            kind: Json = {"packageId": package, "stickerId": number, "stickerResourceType": "STATIC"}
            return webhooks.message(person, "sticker", **kind, **quotes, keywords=[part.text] if part.text else [])
        case Image() | Video() | Audio() | File() if isinstance(part.media, MediaRef):
            more: Json = {"fileName": part.name or part.media.name} if isinstance(part, File) else {}
            more |= {"duration": 1000} if isinstance(part, Video | Audio) else {}
            more |= {"imageSet": {"id": ties.album, "index": ties.place, "total": ties.of}} if ties.album else {}
            return webhooks.media(person, MEDIA[type(part)], body, part.media.mime, **more)
        case _:
            raise Unable(f"LINE's customers cannot send a part of type {part.type!r}.")


def pressed(webhooks: Webhooks, person: Person, button: Button) -> Json | None:
    """What a button does stands in its payload, as LINE has it. A link opens without anybody being told."""
    action = orjson.loads(button.payload) if button.payload else {}
    match action.get("type"):
        case "postback":
            return webhooks.event("postback", person.source, postback={"data": action["data"]})
        case "message":
            return webhooks.text(person, action["text"])
        case _:
            return None


def parts_of(message: Json) -> Parts:
    """A message object, as it looks on a phone."""
    quick = tuple(_button(item["action"]) for item in message.get("quickReply", {}).get("items", ()))
    return (_part(message), *((Choices("", quick, "list"),) if quick else ()))


def _part(message: Json) -> Part:
    match message["type"]:
        case "text":
            return Text(message["text"])
        case "image":
            return Image(MediaRef(message["originalContentUrl"]))
        case "video":
            return Video(MediaRef(message["originalContentUrl"]))
        case "audio":
            return Audio(MediaRef(message["originalContentUrl"]), message["duration"] / 1000)
        case "location":
            return Location(message["latitude"], message["longitude"], message["title"], message["address"])
        case "sticker":
            identity = f"{message['packageId']}/{message['stickerId']}"
            return Sticker(identity, STICKERS.get(identity, ""))
        case "template":
            return _template(message["template"])
        case "flex":
            return _flex(message["contents"])
        case kind:
            return Opaque(kind, message.get("altText", ""))


def _template(template: Json) -> Part:
    if template["type"] == "carousel":
        return Carousel(tuple(_column(column) for column in template["columns"]))
    return _column(template)


def _column(column: Json) -> Card:
    picture = MediaRef(column["thumbnailImageUrl"]) if "thumbnailImageUrl" in column else None
    buttons = tuple(_button(action) for action in column["actions"])
    return Card(column.get("title", ""), column["text"], picture, buttons=buttons)


def _flex(contents: Json) -> Part:
    if contents["type"] == "carousel":
        return Carousel(tuple(_bubble(bubble) for bubble in contents["contents"]))
    return _bubble(contents)


def _bubble(bubble: Json) -> Card:
    """Simplified: its first picture, its bold words as the title, the other words, its buttons."""
    found = [inner for name in ("hero", "header", "body", "footer") for inner in _components(bubble.get(name))]
    words = [each for each in found if each["type"] == "text"]
    picture = next((MediaRef(each["url"]) for each in found if each["type"] == "image"), None)
    title = " ".join(each["text"] for each in words if each.get("weight") == "bold")
    text = "\n".join(each["text"] for each in words if each.get("weight") != "bold")
    buttons = tuple(_button(each["action"]) for each in found if each["type"] == "button")
    return Card(title, text, picture, bubble.get("action", {}).get("uri", ""), buttons)


def _components(component: Json | None) -> Iterator[Json]:
    if component is None:
        return
    yield component
    for inner in component.get("contents", ()):
        yield from _components(inner)


def _button(action: Json) -> Button:
    if action["type"] == "uri":
        return Button(action["label"], url=action["uri"])
    return Button(action["label"], orjson.dumps(action).decode())
