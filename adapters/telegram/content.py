"""What one Telegram message says: the `Message` object, as parts. Who said it and when is in `inbound.py`.

Telegram sends some content twice for the sake of old programs (an animation is a document as well, a venue a location), so the
order of the table counts. A message of a kind we do not know is kept as `Opaque` with all that came; a known kind that lacks what
it cannot do without is `Malformed`, which costs this one event only. https://core.telegram.org/bots/api#message
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from channels.errors import Malformed
from channels.parts import (
    Audio,
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

Json = dict[str, Any]
NUMBERS = (int, float)


def parts_of(message: Json) -> Parts:
    for kind, reader in PARTS.items():
        if kind in message:
            return (reader(message),)
    for kind, words in SHOWN_AS_WORDS.items():
        if kind in message:
            return (
                Opaque(kind, _words(message[kind], words), message[kind] if type(message[kind]) is dict else message),
            )
    return (Opaque("message", raw=message),)


def _said(message: Json) -> Part:
    return Text(_text(message, "text"))


def _image(message: Json) -> Part:
    """A picture comes in several sizes, the largest last. It is always a JPEG, whatever was sent."""
    sizes = message["photo"]
    known = [size for size in sizes if type(size) is dict and size.get("file_id")] if type(sizes) is list else []
    if not known:
        raise Malformed("The picture has no size that could be fetched.")
    return Image(_media(known[-1]), _text(message, "caption"))


def _live_photo(message: Json) -> Part:
    return Video(_media(_object(message, "live_photo")), _text(message, "caption"))


def _animation(message: Json) -> Part:
    return Video(_media(_object(message, "animation")), _text(message, "caption"), _seconds(message["animation"]))


def _video(message: Json) -> Part:
    return Video(_media(_object(message, "video")), _text(message, "caption"), _seconds(message["video"]))


def _video_note(message: Json) -> Part:
    return Video(_media(_object(message, "video_note")), "", _seconds(message["video_note"]))


def _audio(message: Json) -> Part:
    """A piece of music has a name that people want to see, and a caption, which sounds cannot carry here: then it is a file."""
    audio, caption = _object(message, "audio"), _text(message, "caption")
    media = _media(audio)
    return File(media, media.name, caption) if caption else Audio(media, _seconds(audio))


def _voice(message: Json) -> Part:
    voice, caption = _object(message, "voice"), _text(message, "caption")
    return File(_media(voice), "", caption) if caption else Audio(_media(voice), _seconds(voice))


def _file(message: Json) -> Part:
    media = _media(_object(message, "document"))
    return File(media, media.name, _text(message, "caption"))


def _sticker(message: Json) -> Part:
    """Its id is what sends it again. Its picture is shown if it is one: moving stickers are animations of Telegram's own kind."""
    sticker = _object(message, "sticker")
    still = sticker.get("is_animated") is not True and sticker.get("is_video") is not True
    media = _media(sticker)
    return Sticker(media.key, _plain(sticker, "emoji"), media if still else None)


def _venue(message: Json) -> Part:
    venue = _object(message, "venue")
    latitude, longitude = _point(_object(venue, "location"))
    return Location(latitude, longitude, _plain(venue, "title"), _plain(venue, "address"))


def _location(message: Json) -> Part:
    return Location(*_point(_object(message, "location")))


def _contact(message: Json) -> Part:
    contact = _object(message, "contact")
    phone = _plain(contact, "phone_number")
    return ContactCard(name_of(contact) or phone or "?", (phone,) if phone else ())


# The first that is there decides.
PARTS: dict[str, Callable[[Json], Part]] = {
    "text": _said,
    "live_photo": _live_photo,
    "photo": _image,
    "animation": _animation,
    "video_note": _video_note,
    "video": _video,
    "audio": _audio,
    "voice": _voice,
    "document": _file,
    "sticker": _sticker,
    "venue": _venue,
    "location": _location,
    "contact": _contact,
}

# What a customer may send and we have no part for, and the property that says most of it, if any.
SHOWN_AS_WORDS: dict[str, str] = {
    "poll": "question",
    "dice": "emoji",
    "game": "title",
    "story": "",
    "paid_media": "",
    "checklist": "title",
    "invoice": "title",
    "successful_payment": "invoice_payload",
    "web_app_data": "data",
    "giveaway": "",
}


def name_of(person: Any) -> str:
    """First and last name of a user or a card, or the title of a group."""
    if type(person) is not dict:
        return ""
    names = (_plain(person, key) for key in ("first_name", "last_name"))
    return " ".join(name for name in names if name) or _plain(person, "title")


def _words(content: Any, key: str) -> str:
    return _plain(content, key) if type(content) is dict and key else ""


def _text(message: Json, key: str) -> str:
    """Text or caption as people read it; a link behind a word is written after the word, for an agent cannot see it else."""
    text = message.get(key)
    if text is None and key == "caption":
        return ""
    if type(text) is not str:
        raise Malformed(f"The message's `{key}` is not a text.")
    entities = message.get("entities" if key == "text" else "caption_entities")
    if type(entities) is list:
        text = _with_links(text, entities)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _with_links(text: str, entities: list[Any]) -> str:
    """Telegram counts places in a text in UTF-16 code units. https://core.telegram.org/bots/api#messageentity"""
    links = [each for each in entities if type(each) is dict and each.get("type") == "text_link"]
    places: list[tuple[int, str]] = []
    for link in links:
        offset, length, url = link.get("offset"), link.get("length"), link.get("url")
        if type(offset) is int and type(length) is int and type(url) is str and offset >= 0 and length > 0:
            places.append((offset + length, url))
    if not places:
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    for end, url in sorted(places, reverse=True):
        units = units[: 2 * end] + f" ({url})".encode("utf-16-le") + units[2 * end :]
    return units.decode("utf-16-le", "replace")


def _media(holder: Json) -> MediaRef:
    """What `fetch` needs is the file's id; what the sender's program says of it is kept as a claim."""
    key, size = holder.get("file_id"), holder.get("file_size")
    if type(key) is not str or not key:
        raise Malformed("The file has no `file_id`.")
    size = size if type(size) is int and 0 <= size < 2**53 else None
    return MediaRef(key, _plain(holder, "file_name"), _plain(holder, "mime_type"), size)


def _seconds(holder: Json) -> float | None:
    duration = holder.get("duration")
    return float(duration) if type(duration) is int and 0 <= duration < 10**7 else None


def _point(place: Json) -> tuple[float, float]:
    latitude, longitude = place.get("latitude"), place.get("longitude")
    if type(latitude) not in NUMBERS or type(longitude) not in NUMBERS:
        raise Malformed(f"The place has the coordinates {latitude!r} and {longitude!r}, not two numbers.")
    return float(latitude), float(longitude)  # type: ignore[arg-type]  # checked two lines above


def _object(holder: Json, key: str) -> Json:
    value = holder.get(key)
    if type(value) is not dict:
        raise Malformed(f"There is no object under `{key}`.")
    return value


def _plain(holder: Json, key: str) -> str:
    value = holder.get(key)
    return value if type(value) is str else ""
