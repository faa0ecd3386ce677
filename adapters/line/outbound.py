"""Our parts as LINE's message objects. Pure. How they get there is `api.py`.

Cards are flex messages and not templates: a template cuts texts at 60 characters and wants every column of a carousel to
have equally many buttons, a flex message asks for neither.
https://developers.line.biz/en/reference/messaging-api/#message-objects
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from adapters.line.cut import graphemes, length, units
from channels import MediaLink, Outbound
from channels.errors import Rejected
from channels.parts import (
    Audio,
    Button,
    Card,
    Carousel,
    Choices,
    Image,
    Location,
    Media,
    Part,
    Sticker,
    Text,
    Video,
    plain_text,
)

TEXT = 5000  # UTF-16 units of a text
QUICK_LABEL = 20  # graphemes on a quick reply
FLEX_LABEL = 40  # graphemes on a button of a flex message
SAID = 300  # graphemes that a pressed button says
POSTBACK = 300  # characters that a pressed button carries
LINK = 1000  # characters of a link on a button
FILE_LINK = 2000  # characters of a link to a picture, film or sound
PLACE = 100  # UTF-16 units of a place's title and of its address
ALTERNATIVE = 1500  # UTF-16 units of what a notification shows instead of a flex message
BUBBLE, CAROUSEL = 30 * 1024, 50 * 1024  # bytes of JSON of one card, and of a row of them

QUOTING = frozenset({"text", "sticker"})

Links = Mapping[str, MediaLink]
Json = dict[str, Any]


def messages_of(message: Outbound, video_preview: str) -> list[Json]:
    """One message object a part, in order. Raises `Rejected` for what LINE would refuse anyway."""
    last = len(message.parts) - 1
    said = [
        _message(part, message.media, video_preview, last=position == last)
        for position, part in enumerate(message.parts)
    ]
    if message.quote_token:
        _quote(message.quote_token, said)
    return said


def _quote(token: str, said: list[Json]) -> None:
    """Only texts and stickers can quote. If there is neither, the answer goes out without.

    https://developers.line.biz/en/docs/messaging-api/get-quote-tokens/
    """
    first = next((each for each in said if each["type"] in QUOTING), None)
    if first is not None:
        first["quoteToken"] = token


def _message(part: Part, links: Links, video_preview: str, *, last: bool) -> Json:
    match part:
        case Text():
            return {"type": "text", "text": part.text}
        case Image():
            link = _link(part.media, links)
            preview = _fetchable(link.preview) if link.preview else _fetchable(link.url)
            return {"type": "image", "originalContentUrl": _fetchable(link.url), "previewImageUrl": preview}
        case Video():
            return _video(part, _link(part.media, links), video_preview)
        case Audio():
            return _audio(part, _link(part.media, links))
        case Location():
            return _location(part)
        case Sticker():
            return _sticker(part)
        case Choices():
            return _choices(part, last=last)
        case Card():
            return _flex(plain_text(part), _bubble(part, links))
        case Carousel():
            return _carousel(part, links)
        case _:
            raise Rejected(f"LINE has no message for a part of type {part.type!r}.")


def _video(part: Video, link: MediaLink, preview: str) -> Json:
    """LINE wants a picture to show before a film is played. Where there is none, the film goes out as a link to it."""
    picture = link.preview or preview
    if not picture:
        return {"type": "text", "text": f"{link.name}: {link.url}" if link.name else link.url}
    return {"type": "video", "originalContentUrl": _fetchable(link.url), "previewImageUrl": _fetchable(picture)}


def _audio(part: Audio, link: MediaLink) -> Json:
    """LINE wants a length and only displays it; a sound whose length nobody knows is shown as one second."""
    seconds = link.seconds or part.seconds or 1.0
    return {"type": "audio", "originalContentUrl": _fetchable(link.url), "duration": max(1, round(seconds * 1000))}


def _location(part: Location) -> Json:
    """LINE wants a title and an address; where one is missing the other stands in, and the coordinates for both."""
    point = f"{part.latitude:.5f}, {part.longitude:.5f}"
    return {
        "type": "location",
        "title": units(part.title or part.address or point, PLACE),
        "address": units(part.address or part.title or point, PLACE),
        "latitude": part.latitude,
        "longitude": part.longitude,
    }


def _sticker(part: Sticker) -> Json:
    """Our sticker ids are `PACKAGE/STICKER`. Another platform's sticker is said in words."""
    package, _, sticker = part.sticker.partition("/")
    if package.isdecimal() and sticker.isdecimal():
        return {"type": "sticker", "packageId": package, "stickerId": sticker}
    return {"type": "text", "text": units(plain_text(part), TEXT)}


def _choices(part: Choices, *, last: bool) -> Json:
    """Quick replies show under the last message of a call only; a question before that carries its buttons in a bubble."""
    if last:
        items = [{"type": "action", "action": _action(option, QUICK_LABEL)} for option in part.options]
        return {"type": "text", "text": part.text, "quickReply": {"items": items}}
    return _flex(part.text, _bubble(Card("", part.text, buttons=part.options), {}))


def _carousel(part: Carousel, links: Links) -> Json:
    contents = {"type": "carousel", "contents": [_bubble(card, links) for card in part.cards]}
    return _flex(plain_text(part), _no_larger(contents, CAROUSEL))


def _flex(alternative: str, contents: Json) -> Json:
    return {"type": "flex", "altText": units(alternative, ALTERNATIVE), "contents": contents}


def _bubble(card: Card, links: Links) -> Json:
    bubble: Json = {"type": "bubble"}
    if card.media is not None:
        link = _link(card.media, links)
        url = _fetchable(link.preview or link.url)
        bubble["hero"] = {"type": "image", "url": url, "size": "full", "aspectRatio": "20:13", "aspectMode": "cover"}
    if words := list(_words(card)):
        bubble["body"] = {"type": "box", "layout": "vertical", "spacing": "md", "contents": words}
    if card.buttons:
        buttons = [{"type": "button", "height": "sm", "action": _action(button, FLEX_LABEL)} for button in card.buttons]
        bubble["footer"] = {"type": "box", "layout": "vertical", "spacing": "sm", "contents": buttons}
    if card.url:
        bubble["action"] = _action(Button(card.title or card.url, url=card.url), FLEX_LABEL)
    return _no_larger(bubble, BUBBLE)


def _words(card: Card) -> Iterator[Json]:
    if card.title:
        yield {"type": "text", "text": card.title, "weight": "bold", "size": "lg", "wrap": True}
    if card.text:
        yield {"type": "text", "text": card.text, "wrap": True}


def _action(button: Button, label_limit: int) -> Json:
    """What a press does. A button that carries something still says its label, so that the chat shows what was chosen."""
    label = graphemes(button.label or button.url or button.phone or "…", label_limit)
    if button.url or button.phone:
        return {"type": "uri", "label": label, "uri": _short(button.url or f"tel:{button.phone}", LINK, "link")}
    said = graphemes(button.label, SAID) or label
    if not button.payload:
        return {"type": "message", "label": label, "text": said}
    return {
        "type": "postback",
        "label": label,
        "data": _short(button.payload, POSTBACK, "payload"),
        "displayText": said,
    }


def _short(text: str, limit: int, what: str) -> str:
    if length(text) > limit:
        raise Rejected(f"The {what} of a button is {len(text)} characters long; LINE takes {limit}.")
    return text


def _no_larger(contents: Json, limit: int) -> Json:
    size = len(orjson.dumps(contents))
    if size > limit:
        raise Rejected(f"The {contents['type']} is {size} bytes of JSON; LINE takes {limit}. Shorten its texts.")
    return contents


def _link(media: Media | None, links: Links) -> MediaLink:
    link = links.get(media) if isinstance(media, str) else None
    if link is None:
        raise Rejected(f"There is no link to the file {media!r} of this message, so LINE cannot fetch it.")
    return link


def _fetchable(url: str) -> str:
    """LINE, and later the customer's phone, fetch files themselves and take https only."""
    if not url.startswith("https://"):
        scheme = url.partition(":")[0]
        raise Rejected(
            f"LINE fetches files by https only and the link starts with {scheme!r}: give media an https address."
        )
    if len(url) > FILE_LINK:
        raise Rejected(f"The link to a file is {len(url)} characters long; LINE takes {FILE_LINK}.")
    return url
