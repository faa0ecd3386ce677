"""What the fake LINE refuses in a message object: every complaint is what is wrong, and the property it is wrong at.

Limits are LINE's as documented; where the documentation gives a rule but not the words of the complaint, the words are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import orjson
import regex

from adapters.line.fake.state import Json

Complaint = tuple[str, str]
EMPTY = "May not be empty"
QUOTING = ("text", "textV2", "sticker")


def complaints(messages: Any) -> list[Complaint]:
    """All that is wrong with the `messages` of a call."""
    if not isinstance(messages, list) or not 1 <= len(messages) <= 5:
        return [("Size must be between 1 and 5", "messages")]
    return [found for index, message in enumerate(messages) for found in _message(message, f"messages[{index}]")]


def _message(message: Any, at: str) -> Iterator[Complaint]:
    kind = message.get("type") if isinstance(message, dict) else None
    check = CHECKS.get(kind) if isinstance(kind, str) else None
    if check is None:
        yield f"Must be one of the following values: [{', '.join(CHECKS)}]", f"{at}.type"
        return
    yield from check(message, at)
    if "quoteToken" in message and kind not in QUOTING:
        yield "Only a text or a sticker can quote", f"{at}.quoteToken"
    if "quickReply" in message:
        yield from _quick_reply(message["quickReply"], f"{at}.quickReply")


def _text(message: Json, at: str) -> Iterator[Complaint]:
    yield from _units(message, "text", 5000, at)
    for index, emoji in enumerate(message.get("emojis", ())):
        units = message.get("text", "").encode("utf-16-le")
        if units[2 * emoji.get("index", 0) :][:2] != "$".encode("utf-16-le"):
            yield "Must be the position of a dollar sign", f"{at}.emojis[{index}].index"


def _sticker(message: Json, at: str) -> Iterator[Complaint]:
    yield from _required(message, ("packageId", "stickerId"), at)


def _image(message: Json, at: str) -> Iterator[Complaint]:
    yield from _address(message, "originalContentUrl", at)
    yield from _address(message, "previewImageUrl", at)


def _audio(message: Json, at: str) -> Iterator[Complaint]:
    yield from _address(message, "originalContentUrl", at)
    duration = message.get("duration")
    if not isinstance(duration, int | float) or isinstance(duration, bool) or duration <= 0:
        yield "Must be greater than 0", f"{at}.duration"


def _location(message: Json, at: str) -> Iterator[Complaint]:
    yield from _units(message, "title", 100, at)
    yield from _units(message, "address", 100, at)
    for name, limit in (("latitude", 90), ("longitude", 180)):
        value = message.get(name)
        if not isinstance(value, int | float) or not -limit <= value <= limit:
            yield f"Must be between -{limit} and {limit}", f"{at}.{name}"


def _template(message: Json, at: str) -> Iterator[Complaint]:
    yield from _units(message, "altText", 1500, at)
    template = message.get("template")
    if not isinstance(template, dict):
        yield EMPTY, f"{at}.template"
        return
    at = f"{at}.template"
    match template.get("type"):
        case "buttons":
            yield from _column(template, at, plain=160, actions=4)
        case "confirm":
            yield from _graphemes(template, "text", 240, at)
            yield from _actions(template, at, least=2, most=2)
        case "carousel":
            columns = template.get("columns", [])
            if not 1 <= len(columns) <= 10:
                yield "Size must be between 1 and 10", f"{at}.columns"
            if len({len(column.get("actions", ())) for column in columns}) > 1:
                yield "Must have the same number of actions", f"{at}.columns"
            for index, column in enumerate(columns):
                yield from _column(column, f"{at}.columns[{index}]", plain=120, actions=3)
        case _:
            yield "Must be one of the following values: [buttons, confirm, carousel]", f"{at}.type"


def _column(column: Json, at: str, *, plain: int, actions: int) -> Iterator[Complaint]:
    decorated = "title" in column or "thumbnailImageUrl" in column
    yield from _graphemes(column, "text", 60 if decorated else plain, at)
    if "title" in column:
        yield from _graphemes(column, "title", 40, at)
    if "thumbnailImageUrl" in column:
        yield from _address(column, "thumbnailImageUrl", at)
    yield from _actions(column, at, least=1, most=actions)


def _actions(holder: Json, at: str, *, least: int, most: int) -> Iterator[Complaint]:
    actions = holder.get("actions", [])
    if not least <= len(actions) <= most:
        yield f"Size must be between {least} and {most}", f"{at}.actions"
    for index, action in enumerate(actions):
        yield from _action(action, f"{at}.actions[{index}]", label=20)


def _flex(message: Json, at: str) -> Iterator[Complaint]:
    yield from _units(message, "altText", 1500, at)
    contents, at = message.get("contents"), f"{at}.contents"
    match contents:
        case dict() if contents.get("type") == "bubble":
            yield from _bubble(contents, at)
        case {"type": "carousel", "contents": [*bubbles]}:
            if not 1 <= len(bubbles) <= 12:
                yield "Size must be between 1 and 12", f"{at}.contents"
            if len(orjson.dumps(contents)) > 50 * 1024:
                yield "Must be at most 50 KB", at
            for index, bubble in enumerate(bubbles):
                yield from _bubble(bubble, f"{at}.contents[{index}]")
        case _:
            yield "Must be one of the following values: [bubble, carousel]", f"{at}.type"


def _bubble(bubble: Json, at: str) -> Iterator[Complaint]:
    if len(orjson.dumps(bubble)) > 30 * 1024:
        yield "Must be at most 30 KB", at
    blocks = [name for name in ("header", "hero", "body", "footer") if name in bubble]
    if not blocks:
        yield "Must have at least one block", at
    for name in blocks:
        yield from _component(bubble[name], f"{at}.{name}")
    if "action" in bubble:
        yield from _action(bubble["action"], f"{at}.action", label=40)


def _component(component: Json, at: str) -> Iterator[Complaint]:
    match component.get("type"):
        case "box":
            if component.get("layout") not in ("vertical", "horizontal", "baseline"):
                yield "Must be one of the following values: [vertical, horizontal, baseline]", f"{at}.layout"
            for index, inner in enumerate(component.get("contents", ())):
                yield from _component(inner, f"{at}.contents[{index}]")
        case "text":
            yield from _required(component, ("text",), at)
        case "image":
            yield from _address(component, "url", at)
        case "button":
            yield from _action(component.get("action", {}), f"{at}.action", label=40)
        case kind:
            yield f"Unknown component {kind!r}", f"{at}.type"


def _quick_reply(quick: Any, at: str) -> Iterator[Complaint]:
    items = quick.get("items") if isinstance(quick, dict) else None
    if not isinstance(items, list) or not 1 <= len(items) <= 13:
        yield "Size must be between 1 and 13", f"{at}.items"
        return
    for index, item in enumerate(items):
        yield from _action(item.get("action", {}), f"{at}.items[{index}].action", label=20)


def _action(action: Json, at: str, *, label: int) -> Iterator[Complaint]:
    yield from _graphemes(action, "label", label, at)
    match action.get("type"):
        case "postback":
            yield from _units(action, "data", 300, at)
            if "displayText" in action:
                yield from _graphemes(action, "displayText", 300, at)
        case "message":
            yield from _graphemes(action, "text", 300, at)
        case "uri":
            uri = action.get("uri", "")
            if len(uri) > 1000 or urlsplit(uri).scheme not in ("http", "https", "line", "tel"):
                yield "Must be a valid URI of at most 1000 characters", f"{at}.uri"
        case kind:
            if kind not in ("datetimepicker", "camera", "cameraRoll", "location", "clipboard", "richmenuswitch"):
                yield "Must be a known action", f"{at}.type"


def _required(holder: Json, names: tuple[str, ...], at: str) -> Iterator[Complaint]:
    yield from ((EMPTY, f"{at}.{name}") for name in names if not holder.get(name))


def _units(holder: Json, name: str, limit: int, at: str) -> Iterator[Complaint]:
    yield from _length(holder, name, limit, at, lambda text: len(text.encode("utf-16-le", "surrogatepass")) // 2)


def _graphemes(holder: Json, name: str, limit: int, at: str) -> Iterator[Complaint]:
    yield from _length(holder, name, limit, at, lambda text: len(regex.findall(r"\X", text)))


def _length(holder: Json, name: str, limit: int, at: str, count: Callable[[str], int]) -> Iterator[Complaint]:
    value = holder.get(name)
    if not isinstance(value, str) or not value:
        yield EMPTY, f"{at}.{name}"
    elif count(value) > limit:
        yield f"Length must be between 0 and {limit}", f"{at}.{name}"


def _address(holder: Json, name: str, at: str) -> Iterator[Complaint]:
    value = holder.get(name)
    if not isinstance(value, str) or not value:
        yield EMPTY, f"{at}.{name}"
    elif not value.startswith("https://") or not value.isascii() or len(value) > 2000:
        yield "Must be a valid HTTPS URL of at most 2000 characters", f"{at}.{name}"


CHECKS: dict[str, Callable[[Json, str], Iterator[Complaint]]] = {
    "text": _text,
    "sticker": _sticker,
    "image": _image,
    "video": _image,
    "audio": _audio,
    "location": _location,
    "template": _template,
    "flex": _flex,
}
