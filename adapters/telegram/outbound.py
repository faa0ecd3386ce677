"""Our parts as calls of the SDK's `Bot`, one a part. How they get to Telegram is `sdk.py`; importing this file imports the SDK.

Texts go without markup, as they are: nothing that somebody writes can be taken for markup, and none of it is refused for being wrong.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram import Sticker as TelegramSticker

from adapters.telegram.sdk import attached
from channels import MediaLink
from channels.errors import Rejected
from channels.fit.words import spoken
from channels.parts import (
    Audio,
    Button,
    Card,
    Choices,
    ContactCard,
    File,
    Image,
    Location,
    Media,
    Part,
    Sticker,
    Text,
    Video,
)

CARRIED = 64  # bytes that a button carries
LABEL = 64  # characters on a button: Telegram names no limit, and cuts what does not fit the screen
FILE_ID = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
SHORTEST_ID = 30  # characters; the ids of other platforms' stickers are shorter
SCHEMES = ("https://", "http://", "tg://")

Links = Mapping[str, MediaLink]
Spot = Mapping[str, Any]


def spot(chat: str, topic: int | None, reply_to: str) -> Spot:
    """Where it goes, in parameters that every method has. What cannot be quoted any more is answered without a quote."""
    quoted = reply_to.isdecimal() and reply_to.isascii()
    reply = ReplyParameters(int(reply_to), allow_sending_without_reply=True) if quoted else None
    return {"chat_id": chat, "message_thread_id": topic, "reply_parameters": reply}


def said(sdk: Bot, part: Part, links: Links, where: Spot, *, preview: bool) -> Awaitable[object]:
    """The call that says a part. Raises `Rejected` for what Telegram would refuse anyway. https://core.telegram.org/bots/api#sendmessage"""
    options = None if preview else LinkPreviewOptions(is_disabled=True)
    match part:
        case Text():
            return sdk.send_message(text=part.text, link_preview_options=options, **where)
        case Image() | Video() | Audio() | File():
            return _file(sdk, part, links, where)
        case Location():
            return _location(sdk, part, where)
        case ContactCard() if part.phones:
            return _contact(sdk, part, where)
        case ContactCard():
            return sdk.send_message(text=spoken(part) or "…", link_preview_options=options, **where)
        case Sticker():
            return _sticker(sdk, part, where)
        case Choices():
            markup = _keyboard(part.options)
            return sdk.send_message(text=part.text or "…", link_preview_options=options, reply_markup=markup, **where)
        case Card():
            return _card(sdk, part, links, where, options)
        case _:
            raise Rejected(f"Telegram has no message for a part of type {part.type!r}.")


def as_file(sdk: Bot, part: Image, links: Links, where: Spot) -> Awaitable[object]:
    """A picture that Telegram cannot show, as a file that it can keep. https://core.telegram.org/bots/api#senddocument"""
    file = attachment(part.media, links)
    return sdk.send_document(document=file, caption=part.caption or None, **where)


def _file(sdk: Bot, part: Image | Video | Audio | File, links: Links, where: Spot) -> Awaitable[object]:
    """By what it is, and a picture or a sound also by its type: each kind has a method of its own."""
    link, file = _link(part.media, links), attachment(part.media, links)
    caption = "" if isinstance(part, Audio) else part.caption
    mime, words = link.mime.partition(";")[0].strip().lower(), caption or None
    seconds = link.seconds or getattr(part, "seconds", None)
    duration = round(seconds) if seconds else None
    match part:
        case Image() if mime == "image/gif":  # https://core.telegram.org/bots/api#sendanimation
            return sdk.send_animation(animation=file, caption=words, **where)
        case Image():  # https://core.telegram.org/bots/api#sendphoto
            return sdk.send_photo(photo=file, caption=words, **where)
        case Video():  # https://core.telegram.org/bots/api#sendvideo
            return sdk.send_video(video=file, caption=words, duration=duration, supports_streaming=True, **where)
        case Audio() if mime == "audio/ogg":  # https://core.telegram.org/bots/api#sendvoice
            return sdk.send_voice(voice=file, duration=duration, **where)
        case Audio():  # https://core.telegram.org/bots/api#sendaudio
            return sdk.send_audio(audio=file, duration=duration, **where)
        case File():  # https://core.telegram.org/bots/api#senddocument
            return sdk.send_document(document=file, caption=words, **where)


def _location(sdk: Bot, part: Location, where: Spot) -> Awaitable[object]:
    """A place with a name is a venue, which wants a title and an address; where one is missing the other stands in.

    https://core.telegram.org/bots/api#sendlocation, https://core.telegram.org/bots/api#sendvenue
    """
    if not part.title and not part.address:
        return sdk.send_location(latitude=part.latitude, longitude=part.longitude, **where)
    return sdk.send_venue(
        latitude=part.latitude,
        longitude=part.longitude,
        title=part.title or part.address,
        address=part.address or part.title,
        **where,
    )


def _contact(sdk: Bot, part: ContactCard, where: Spot) -> Awaitable[object]:
    """Telegram shows one number; whatever else is on the card goes along as a vCard, if it is short enough.

    https://core.telegram.org/bots/api#sendcontact
    """
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"FN:{_escaped(part.name)}"]
    lines += [f"TEL:{_escaped(phone)}" for phone in part.phones]
    lines += [f"EMAIL:{_escaped(email)}" for email in part.emails]
    lines += [f"ORG:{_escaped(part.organization)}"] if part.organization else []
    card = "\r\n".join([*lines, "END:VCARD"])
    more = len(part.phones) > 1 or part.emails or part.organization
    vcard = card if more and len(card.encode("utf-8", "replace")) <= 2048 else None
    return sdk.send_contact(phone_number=part.phones[0], first_name=part.name or part.phones[0], vcard=vcard, **where)


def _escaped(value: str) -> str:
    """RFC 2426, section 4."""
    for mark in "\\;,":
        value = value.replace(mark, f"\\{mark}")
    return value.replace("\r", "").replace("\n", "\\n")


def _sticker(sdk: Bot, part: Sticker, where: Spot) -> Awaitable[object]:
    """By the id of a file that Telegram keeps. Another platform's sticker is said in words.

    As an object and not as a text: a text is looked for on our disk first.
    https://core.telegram.org/bots/api#sendsticker, in words https://core.telegram.org/bots/api#sendmessage
    """
    if len(part.sticker) < SHORTEST_ID or not FILE_ID.issuperset(part.sticker):
        return sdk.send_message(text=spoken(part), **where)
    kept = TelegramSticker(part.sticker, part.sticker, 0, 0, is_animated=False, is_video=False, type="regular")
    return sdk.send_sticker(sticker=kept, **where)


def _card(sdk: Bot, card: Card, links: Links, where: Spot, options: LinkPreviewOptions | None) -> Awaitable[object]:
    """With a picture https://core.telegram.org/bots/api#sendphoto, else https://core.telegram.org/bots/api#sendmessage"""
    words = "\n".join(line for line in (card.title, card.text) if line)
    more = (Button(card.title or card.url, url=card.url),) if card.url else ()
    markup = _keyboard((*card.buttons, *more))
    if card.media is None:
        return sdk.send_message(text=words or "…", link_preview_options=options, reply_markup=markup, **where)
    file = attachment(card.media, links)
    return sdk.send_photo(photo=file, caption=words or None, reply_markup=markup, **where)


def _keyboard(buttons: tuple[Button, ...]) -> InlineKeyboardMarkup | None:
    """One button a row, so that a label has all the width. https://core.telegram.org/bots/api#inlinekeyboardbutton"""
    return InlineKeyboardMarkup([[_button(button)] for button in buttons]) if buttons else None


def _button(button: Button) -> InlineKeyboardButton:
    """A button that carries nothing carries its label: pressing it says it."""
    label = button.label or button.url or button.payload or "…"
    if button.phone:
        raise Rejected("A button that rings a number was given to Telegram, which has none.")
    if button.url:
        if not button.url.startswith(SCHEMES):
            scheme = button.url.partition(":")[0][:20]
            raise Rejected(f"A button opens {scheme!r}, and Telegram opens https://, http:// and tg:// only.")
        return InlineKeyboardButton(label[:LABEL], url=button.url)
    carried = button.payload or label
    if len(carried.encode("utf-8", "surrogatepass")) > CARRIED:
        raise Rejected(f"A button carries {carried[:20]!r}…, and Telegram lets it carry {CARRIED} bytes.")
    return InlineKeyboardButton(label, callback_data=carried)


def attachment(media: Media | None, links: Links) -> InputFile:
    """A file of the message, to be handed over."""
    return attached(str(media), _link(media, links))


def _link(media: Media | None, links: Links) -> MediaLink:
    link = links.get(media) if isinstance(media, str) else None
    if link is None:
        raise Rejected(f"There is no file {media!r} with this message, so nothing can be handed to Telegram.")
    return link
