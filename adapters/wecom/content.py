"""What one WeCom message says, as parts. Who said it and when is in `inbound.py`.

A type that we do not know, or have no part for, is kept as `Opaque` with all that came, and with the words in it that an agent can
make something of. https://developer.work.weixin.qq.com/document/path/94670
"""

from __future__ import annotations

from collections.abc import Callable

from adapters._tencent.config import Datum
from adapters._tencent.datum import to_wgs84
from adapters._tencent.document import Push, degrees_at, text_at, text_in, words
from channels.parts import Audio, Card, ContactCard, File, Image, Location, MediaRef, Opaque, Parts, Text, Video

# What in a message that we have no part for says most about it: a mini program, a forwarded conversation, a product, a channel.
TELLING = ("title", "product_titles", "head_content", "nickname", "content")


def parts_of(kind: str, said: Push, datum: Datum) -> Parts:
    """`said` is the member of the message that is called as its type."""
    if kind == "location":
        return (_place(said, datum),)
    reader = PARTS.get(kind)
    return (
        reader(said)
        if reader
        else (Opaque(kind, next(filter(None, (text_in(said, key) for key in TELLING)), ""), said),)
    )


def _place(said: Push, datum: Datum) -> Location:
    latitude, longitude = degrees_at(said, "latitude", 90), degrees_at(said, "longitude", 180)
    if datum == "gcj02":
        latitude, longitude = to_wgs84(latitude, longitude)
    return Location(latitude, longitude, text_in(said, "name"), text_in(said, "address"))


def _text(said: Push) -> Parts:
    return (Text(words(text_at(said, "content"))),)


def _image(said: Push) -> Parts:
    return (Image(_file(said)),)


def _voice(said: Push) -> Parts:
    """AMR, for that is what we ask for."""
    return (Audio(_file(said, "audio/amr")),)


def _video(said: Push) -> Parts:
    return (Video(_file(said)),)


def _document(said: Push) -> Parts:
    return (File(_file(said)),)


def _file(said: Push, mime: str = "") -> MediaRef:
    return MediaRef(text_at(said, "media_id"), mime=mime)


def _link(said: Push) -> Parts:
    url, picture = text_at(said, "url"), text_in(said, "pic_url")
    media = MediaRef(picture) if picture.startswith(("https://", "http://")) else None
    return (Card(text_in(said, "title") or url, words(text_in(said, "desc")), media, url),)


def _colleague(said: Push) -> Parts:
    """The card of somebody of the company's own, by an id that the company knows."""
    return (ContactCard(text_at(said, "userid")),)


PARTS: dict[str, Callable[[Push], Parts]] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "file": _document,
    "link": _link,
    "business_card": _colleague,
}
