"""Our parts as WeCom's messages. Pure. How they get there is `__init__.py` and `api.py`; files have been uploaded before.

https://developer.work.weixin.qq.com/document/path/94677
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from adapters._tencent.config import Datum
from adapters._tencent.datum import to_gcj02
from channels import MediaLink
from channels.errors import Rejected
from channels.fit import options_of
from channels.parts import Audio, Button, Card, Choices, File, Image, Location, Media, Part, Text, Video

LONGEST_VOICE = 60  # seconds
PICTURES, LARGEST_PICTURE = ("image/jpeg", "image/png"), 10_000_000
TITLE, DESCRIPTION, ADDRESS, HEAD = 128, 512, 2048, 1024  # bytes: of a link, and of what stands over a menu

Json = dict[str, Any]
Links = Mapping[str, MediaLink]


class Upload(NamedTuple):
    """A file that has to be with WeCom before a part can be sent."""

    media: str
    link: MediaLink
    kind: str


def uploaded_for(part: Part, links: Links) -> Upload | None:
    """A recording that is too long for a voice message goes out as a document; a card's picture only where there is a link for it."""
    match part:
        case Image(media=str(media)):
            return Upload(media, link_of(media, links), "image")
        case Audio(media=str(media)):
            link = link_of(media, links)
            long = (link.seconds or part.seconds or 0) > LONGEST_VOICE
            return Upload(media, link, "file" if long else "voice")
        case Video(media=str(media)):
            return Upload(media, link_of(media, links), "video")
        case File(media=str(media)):
            return Upload(media, link_of(media, links), "file")
        case Card(media=str(media)) if _is_link(part, links):
            return Upload(media, link_of(media, links), "image")
        case _:
            return None


def written(part: Part, links: Links, media_id: str, kind: str, datum: Datum) -> tuple[Json, ...]:
    """One message, or two where what stands over a menu is longer than WeCom takes there: `msgtype`, and the member of that name."""
    match part:
        case Text():
            return (_text(part.text),)
        case Image() | Audio() | Video() | File():
            return ({"msgtype": kind, kind: {"media_id": media_id}},)
        case Location():
            return (_location(part, datum),)
        case Choices():
            return menu(part.text, part.options)
        case Card() if media_id:
            link = {"title": part.title, "desc": part.text, "url": _opens(part), "thumb_media_id": media_id}
            return ({"msgtype": "link", "link": link},)
        case Card():
            return menu(_words(part, links), part.buttons)
        case _:
            raise Rejected(f"WeCom has no message for a part of type {part.type!r}.")


def menu(head: str, buttons: tuple[Button, ...]) -> tuple[Json, ...]:
    """A press comes back as a text with the id, or opens a page. What rings a number is a line."""
    head = "\n".join(filter(None, (head, *(f"{button.label}: {button.phone}" for button in buttons if button.phone))))
    items = [_item(button) for button in buttons if not button.phone]
    if not items:
        return (_text(head),)
    if len(head.encode()) <= HEAD:
        return ({"msgtype": "msgmenu", "msgmenu": {"head_content": head, "list": items}},)
    return (_text(head), {"msgtype": "msgmenu", "msgmenu": {"list": items}})


def link_of(media: Media | None, links: Links) -> MediaLink:
    link = links.get(media) if isinstance(media, str) else None
    if link is None:
        raise Rejected(f"There is no link to the file {media!r} of this message.")
    return link


def _text(words: str) -> Json:
    return {"msgtype": "text", "text": {"content": words}}


def _item(button: Button) -> Json:
    if button.url:
        return {"type": "view", "view": {"url": button.url, "content": button.label}}
    return {"type": "click", "click": {"id": button.payload or button.label, "content": button.label}}


def _location(part: Location, datum: Datum) -> Json:
    latitude, longitude = part.latitude, part.longitude
    if datum == "gcj02":
        latitude, longitude = to_gcj02(latitude, longitude)
    place = {"name": part.title, "address": part.address, "latitude": latitude, "longitude": longitude}
    return {"msgtype": "location", "location": {key: value for key, value in place.items() if value != ""}}


def _is_link(card: Card, links: Links) -> bool:
    """A link has one picture and one address, and says no more than fits."""
    if card.media is None or not _opens(card) or options_of(card) or len(card.buttons) > (0 if card.url else 1):
        return False
    fits = len(card.title.encode()) <= TITLE and len(card.text.encode()) <= DESCRIPTION
    picture = link_of(card.media, links)
    return (
        fits and len(_opens(card).encode()) <= ADDRESS and picture.mime in PICTURES and picture.size <= LARGEST_PICTURE
    )


def _opens(card: Card) -> str:
    return card.url or next((button.url for button in card.buttons if button.url), "")


def _words(card: Card, links: Links) -> str:
    """All of a card but its buttons, its picture as a link."""
    picture = link_of(card.media, links).url if card.media is not None else ""
    return "\n".join(filter(None, (card.title, card.text, card.url, picture)))
