"""What one LINE message says: the `message` object of a webhook event, as a part. Who said it and when is in `inbound.py`.

A type that LINE adds is kept as `Opaque` with all that came; a known type that lacks what it cannot do without is
`Malformed`, which costs this one event only. https://developers.line.biz/en/reference/messaging-api/#message-event
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from channels.errors import Malformed
from channels.parts import Audio, File, Image, Location, MediaRef, Opaque, Part, Sticker, Text, Video


def part_of(message: dict[str, Any]) -> Part:
    kind = message.get("type")
    reader = PARTS.get(kind) if type(kind) is str else None
    return reader(message) if reader else Opaque(str(kind), raw=message)


def _said(message: dict[str, Any]) -> Part:
    """Emoji of LINE's own stand in the text as `(name)` and mentions as `@name`: both stay readable as they are."""
    text = message.get("text")
    if type(text) is not str:
        raise Malformed("The message has no `text`.")
    return Text(text.replace("\r\n", "\n") if "\r" in text else text)


def _image(message: dict[str, Any]) -> Part:
    return Image(_media(message))


def _video(message: dict[str, Any]) -> Part:
    return Video(_media(message), seconds=_seconds(message))


def _audio(message: dict[str, Any]) -> Part:
    return Audio(_media(message), seconds=_seconds(message))


def _file(message: dict[str, Any]) -> Part:
    name, size = message.get("fileName"), message.get("fileSize")
    name = name if type(name) is str else ""
    return File(MediaRef(text_at(message, "id"), name, size=size if type(size) is int else None), name)


def _location(message: dict[str, Any]) -> Part:
    latitude, longitude = message.get("latitude"), message.get("longitude")
    if type(latitude) not in NUMBERS or type(longitude) not in NUMBERS:
        raise Malformed(f"The place has the coordinates {latitude!r} and {longitude!r}, not two numbers.")
    title, address = message.get("title"), message.get("address")
    name, where = title if type(title) is str else "", address if type(address) is str else ""
    return Location(float(latitude), float(longitude), name, where)  # type: ignore[arg-type]  # checked two lines above


def _sticker(message: dict[str, Any]) -> Part:
    """The picture cannot be had; what it means in words is its own text or the first of the keywords LINE sends along."""
    text, keywords = message.get("text"), message.get("keywords")
    if type(text) is not str:
        text = keywords[0] if type(keywords) is list and keywords else ""
    return Sticker(
        f"{text_at(message, 'packageId')}/{text_at(message, 'stickerId')}", text if type(text) is str else ""
    )


PARTS: dict[str, Callable[[dict[str, Any]], Part]] = {
    "text": _said,
    "image": _image,
    "video": _video,
    "audio": _audio,
    "file": _file,
    "location": _location,
    "sticker": _sticker,
}

NUMBERS = (int, float)


def _media(message: dict[str, Any]) -> MediaRef:
    """What `fetch` needs: the message id, or the address where somebody else keeps what was sent through LIFF."""
    provider = message.get("contentProvider")
    if type(provider) is dict and provider.get("type") == "external":
        return MediaRef(text_at(provider, "originalContentUrl"))
    return MediaRef(text_at(message, "id"))


def _seconds(message: dict[str, Any]) -> float | None:
    duration = message.get("duration")
    return duration / 1000 if type(duration) is int else None


def album_of(images: Any) -> str:
    """`ID/TOTAL`; the total is left out where LINE leaves it out."""
    if type(images) is not dict:
        return ""
    identity, total = images.get("id"), images.get("total")
    if type(identity) is not str:
        return ""
    return f"{identity}/{total}" if type(total) is int else identity


def text_at(holder: dict[str, Any], key: str) -> str:
    value = holder.get(key)
    if type(value) is not str or not value:
        raise Malformed(f"There is no text under `{key}`.")
    return value
