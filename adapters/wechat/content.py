"""What one WeChat message says: the fields of a push, as parts. Who said it and when is in `inbound.py`.

A type that WeChat adds is kept as `Opaque` with all that came. A known type that lacks what it cannot do without is `Malformed`,
which `inbound.py` makes an unreadable event of: something was said, and somebody can look at it.
https://developers.weixin.qq.com/doc/service/en/Message_Management/Receiving_standard_messages.html
"""

from __future__ import annotations

from collections.abc import Callable

from adapters._tencent.config import Datum
from adapters._tencent.datum import to_wgs84
from adapters._tencent.document import Push, degrees_at, text_at, text_in, words
from channels.parts import Audio, Card, Image, Location, MediaRef, Opaque, Parts, Text, Video

# What WeChat calls the format of a voice message. Without a name here its first bytes tell.
VOICES = {"amr": "audio/amr", "silk": "audio/silk", "mp3": "audio/mpeg"}


def parts_of(push: Push, datum: Datum) -> Parts:
    kind = text_in(push, "MsgType")
    if kind == "location":
        return (place_of(push, datum),)
    reader = PARTS.get(kind)
    return reader(push) if reader else (Opaque(kind, text_in(push, "Title"), push),)


def place_of(place: Push, datum: Datum) -> Location:
    """`Location_X` is the latitude. The two fields stand in a message and in what a menu's picker sends."""
    latitude, longitude = degrees_at(place, "Location_X", 90), degrees_at(place, "Location_Y", 180)
    if datum == "gcj02":
        latitude, longitude = to_wgs84(latitude, longitude)
    return Location(latitude, longitude, text_in(place, "Poiname"), text_in(place, "Label"))


def _text(push: Push) -> Parts:
    """Stickers come as a text like `[微笑]`, which reads well as it is."""
    return (Text(words(text_at(push, "Content"))),)


def _image(push: Push) -> Parts:
    """By its id, for the public address beside it is plain http. That address is for accounts that get no id."""
    return (Image(MediaRef(text_in(push, "MediaId") or text_at(push, "PicUrl"))),)


def _voice(push: Push) -> Parts:
    """The recording, and what WeChat has heard in it where the account has that switched on."""
    format = text_in(push, "Format").lower()
    recording = Audio(MediaRef(text_at(push, "MediaId"), mime=VOICES.get(format, "")))
    heard = words(text_in(push, "Recognition")).strip()
    return (recording, Text(heard)) if heard else (recording,)


def _video(push: Push) -> Parts:
    return (Video(MediaRef(text_at(push, "MediaId"))),)


def _link(push: Push) -> Parts:
    url = text_at(push, "Url")
    return (Card(text_in(push, "Title") or url, words(text_in(push, "Description")), url=url),)


PARTS: dict[str, Callable[[Push], Parts]] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "shortvideo": _video,
    "link": _link,
}
