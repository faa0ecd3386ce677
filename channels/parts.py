"""What a message is made of: the parts that every channel's content is translated into.

A message is a tuple of parts. Parts are values: frozen, compared by content, written as JSON with their `type` in them.
What a part may carry is no promise that a channel can show it; `channels.fit` turns what a channel cannot carry into
what it can. Files are never in a part: `media` names an item of the media cache by its id. Only on the way in, between
an adapter and the runtime, it is a `MediaRef`, the platform's own name for bytes that have not been fetched yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias

import orjson
from pydantic import Field, TypeAdapter

from channels.value import value


@value
class MediaRef:
    """Bytes that still lie on the platform.

    `key` is whatever `Adapter.fetch` needs to get them (a message id, a file id, a URL); `name`, `mime` and `size`
    (bytes) are what the platform claims, never what we believe.
    """

    key: str
    name: str = ""
    mime: str = ""
    size: int | None = None


Media: TypeAlias = str | MediaRef


@value
class Text:
    """Plain text, any length; line ends are `\\n`."""

    text: str
    type: Literal["text"] = "text"


@value
class Image:
    media: Media
    caption: str = ""
    type: Literal["image"] = "image"


@value
class Audio:
    """Sound; `seconds` is its length where known."""

    media: Media
    seconds: float | None = None
    type: Literal["audio"] = "audio"


@value
class Video:
    media: Media
    caption: str = ""
    seconds: float | None = None
    type: Literal["video"] = "video"


@value
class File:
    """Any other file; `name` is the name to show, already free of paths and control characters when it is stored.

    `page`: it is the message itself as an HTML document, made harmless by the adapter. The desk shows it in a frame in which nothing
    runs and nothing loads; a picture that lies elsewhere stands in it as `<img data-remote="ADDRESS">`.
    """

    media: Media
    name: str = ""
    caption: str = ""
    page: bool = False
    type: Literal["file"] = "file"


@value
class Location:
    """A point in WGS 84 degrees, with what people call it."""

    latitude: float
    longitude: float
    title: str = ""
    address: str = ""
    type: Literal["location"] = "location"


@value
class ContactCard:
    """A person's address card."""

    name: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    organization: str = ""
    type: Literal["contact_card"] = "contact_card"


@value
class Sticker:
    """A platform's sticker: `sticker` is its id there, `text` what it means in words, `media` its picture if we have it."""

    sticker: str
    text: str = ""
    media: Media | None = None
    type: Literal["sticker"] = "sticker"


@value
class Button:
    """Something to press. Exactly one of `payload`, `url`, `phone` says what happens; with none the label is said.

    A pressed `payload` comes back as the event `Tapped`.
    """

    label: str
    payload: str = ""
    url: str = ""
    phone: str = ""


@value
class Card:
    """A picture, a title, a text and buttons, shown as one thing."""

    title: str
    text: str = ""
    media: Media | None = None
    url: str = ""
    buttons: tuple[Button, ...] = ()
    type: Literal["card"] = "card"


@value
class Carousel:
    """Several cards side by side."""

    cards: tuple[Card, ...]
    type: Literal["carousel"] = "carousel"


@value
class Choices:
    """A question with answers to pick from: as buttons under the message, or as a list that opens."""

    text: str
    options: tuple[Button, ...]
    style: Literal["buttons", "list"] = "buttons"
    type: Literal["choices"] = "choices"


@value
class Template:
    """A message the platform has approved beforehand, by name, with its blanks filled in order; `text` is how it reads."""

    name: str
    language: str = ""
    values: tuple[str, ...] = ()
    text: str = ""
    type: Literal["template"] = "template"


@value
class Opaque:
    """Something we do not know (yet): the platform's own word for it and its JSON as it came. Shown as `text`."""

    kind: str
    text: str = ""
    raw: dict[str, Any] = field(default_factory=dict)
    type: Literal["opaque"] = "opaque"


Part: TypeAlias = (
    Text
    | Image
    | Audio
    | Video
    | File
    | Location
    | ContactCard
    | Sticker
    | Card
    | Carousel
    | Choices
    | Template
    | Opaque
)
Parts: TypeAlias = tuple[Part, ...]

PART_TYPES: tuple[type[Part], ...] = (
    Text,
    Image,
    Audio,
    Video,
    File,
    Location,
    ContactCard,
    Sticker,
    Card,
    Carousel,
    Choices,
    Template,
    Opaque,
)


def parts_from_json(value: object) -> Parts:
    """Parts out of decoded JSON (a list of objects with a `type`); raises pydantic's `ValidationError`."""
    return _reader().validate_python(value)


def parts_to_json(parts: Parts) -> bytes:
    """Parts as JSON text: a list of objects, each with its `type`."""
    return orjson.dumps(parts)


def media_of(part: Part) -> tuple[Media, ...]:
    """The files a part names, in the order they are shown."""
    if isinstance(part, Carousel):
        return tuple(media for card in part.cards for media in media_of(card))
    media = getattr(part, "media", None)
    return () if media is None else (media,)


def with_media(part: Part, names: Mapping[MediaRef, str]) -> Part:
    """The same part with every `MediaRef` replaced by the id that the media cache gave it."""
    if isinstance(part, Carousel):
        return Carousel(tuple(replace(card, media=_named(card.media, names)) for card in part.cards))
    if isinstance(part, Card | Sticker):
        return replace(part, media=_named(part.media, names))
    if isinstance(part, Image | Audio | Video | File):
        return replace(part, media=_named(part.media, names) or "")
    return part


def _named(media: Media | None, names: Mapping[MediaRef, str]) -> Media | None:
    return names[media] if isinstance(media, MediaRef) else media


def plain_text(part: Part) -> str:
    """How a part reads where only text can be shown: a notification, a list of contacts, a transcript."""
    match part:
        case Text() | Choices() | Template() | Sticker() | Opaque():
            words = part.text
        case Card():
            words = "\n".join(line for line in (part.title, part.text) if line)
        case Carousel():
            words = "\n".join(plain_text(card) for card in part.cards)
        case Location():
            words = part.title or part.address or f"{part.latitude:.5f}, {part.longitude:.5f}"
        case ContactCard():
            words = part.name
        case File():
            words = part.name or part.caption
        case Image() | Video():
            words = part.caption
        case Audio():
            words = ""
    return words or f"[{part.type}]"


@cache
def _reader() -> TypeAdapter[Parts]:
    """Built when the first one is read: that takes longer than to import this."""
    return TypeAdapter(tuple[Annotated[Part, Field(discriminator="type")], ...])
