"""What the fake Telegram refuses in a call: the first thing that is wrong, in the words of the Bot API server where they are known.

https://core.telegram.org/bots/api#available-methods
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from adapters.telegram.fake.state import Json, Kept

TEXT, CAPTION = 4096, 1024  # UTF-16 code units
PHOTO, FILE = 10_000_000, 50_000_000  # bytes
COMMON = {"chat_id", "message_thread_id", "reply_parameters", "reply_markup", "disable_notification", "protect_content"}
KNOWN: dict[str, set[str]] = {
    "sendmessage": COMMON | {"text", "parse_mode", "entities", "link_preview_options"},
    "sendphoto": COMMON | {"photo", "caption"},
    "sendvideo": COMMON | {"video", "caption", "duration", "width", "height", "supports_streaming"},
    "sendanimation": COMMON | {"animation", "caption", "duration"},
    "sendaudio": COMMON | {"audio", "caption", "duration", "performer", "title"},
    "sendvoice": COMMON | {"voice", "caption", "duration"},
    "senddocument": COMMON | {"document", "caption"},
    "sendsticker": COMMON | {"sticker", "emoji"},
    "sendlocation": COMMON | {"latitude", "longitude"},
    "sendvenue": COMMON | {"latitude", "longitude", "title", "address"},
    "sendcontact": COMMON | {"phone_number", "first_name", "last_name", "vcard"},
}
ALBUM = (COMMON - {"reply_markup"}) | {"media"}
FILES = {"sendphoto": "photo", "sendvideo": "video", "sendanimation": "animation", "sendaudio": "audio"}
FILES |= {"sendvoice": "voice", "senddocument": "document"}
WANTED = {"sendvenue": ("title", "address"), "sendcontact": ("phone_number", "first_name")}


def wrong_with(method: str, given: Json, files: Mapping[str, Kept], stickers: Mapping[str, Kept]) -> str:
    """The description of the refusal; empty if there is nothing to say against the call."""
    if strange := sorted(set(given) - KNOWN[method]):
        return f"Bad Request: the test's own rule: unknown parameter {', '.join(strange)}"
    for check in (_words, _place, _wanted):
        if found := check(method, given):
            return found
    if method in FILES:
        return _file(method, files.get(FILES[method])) or _keyboard(given.get("reply_markup"))
    if method == "sendsticker" and given.get("sticker") not in stickers:
        return "Bad Request: wrong file identifier/HTTP URL specified"
    return _keyboard(given.get("reply_markup"))


def wrong_with_album(given: Json, files: Mapping[str, Kept]) -> str:
    """https://core.telegram.org/bots/api#sendmediagroup"""
    media = given.get("media", [])
    if strange := sorted(set(given) - ALBUM):
        return f"Bad Request: the test's own rule: unknown parameter {', '.join(strange)}"
    if not 2 <= len(media) <= 10:
        return "Bad Request: group send failed: wrong number of media"
    kinds = {each.get("type") for each in media}
    if not (kinds <= {"photo", "video"} or kinds in ({"document"}, {"audio"})):
        return "Bad Request: can't parse InputMedia: these do not go together"
    for each in media:
        field = str(each.get("media", "")).removeprefix("attach://")
        found = _words("", each) or _file(f"send{each['type']}", files.get(field))
        if found:
            return found
    return ""


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _words(method: str, given: Json) -> str:
    text = str(given.get("text", ""))
    if method == "sendmessage" and not text.strip():
        return "Bad Request: message text is empty"
    if units(text) > TEXT:
        return "Bad Request: message is too long"
    return "Bad Request: message caption is too long" if units(str(given.get("caption", ""))) > CAPTION else ""


def _place(method: str, given: Json) -> str:
    if method not in ("sendlocation", "sendvenue"):
        return ""
    for name, limit in (("latitude", 90), ("longitude", 180)):
        if not -limit <= float(given.get(name, 999)) <= limit:
            return f"Bad Request: wrong {name} specified"
    return ""


def _wanted(method: str, given: Json) -> str:
    missing = [name for name in WANTED.get(method, ()) if not str(given.get(name, "")).strip()]
    if missing:
        return f"Bad Request: parameter {missing[0]} is required"
    return "Bad Request: vcard is too long" if len(str(given.get("vcard", "")).encode()) > 2048 else ""


def _file(method: str, file: Kept | None) -> str:
    if file is None:
        return f"Bad Request: there is no {FILES[method]} in the request"
    if not file.body:
        return "Bad Request: file must be non-empty"
    if not file.name or not file.mime:
        return "Bad Request: the test's own rule: a file without a name or a type"
    if len(file.body) > FILE or (method == "sendphoto" and len(file.body) > PHOTO):
        return "Request Entity Too Large"
    return _photo(file.body) if method == "sendphoto" else ""


def _photo(body: bytes) -> str:
    try:
        width, height = Image.open(BytesIO(body)).size
    except UnidentifiedImageError:
        return "Bad Request: IMAGE_PROCESS_FAILED"
    wrong = width + height > 10_000 or max(width, height) > 20 * min(width, height)
    return "Bad Request: PHOTO_INVALID_DIMENSIONS" if wrong else ""


def _keyboard(markup: Json | None) -> str:
    """https://core.telegram.org/bots/api#inlinekeyboardbutton"""
    for row in (markup or {}).get("inline_keyboard", ()):
        if len(row) > 8:
            return "Bad Request: too many buttons in a row"
        for button in row:
            does = [name for name in ("callback_data", "url") if name in button]
            if not button.get("text") or len(does) != 1:
                return "Bad Request: can't parse inline keyboard button"
            if found := DOES[does[0]](str(button[does[0]])):
                return found
    return ""


def _carried(data: str) -> str:
    return "" if 1 <= len(data.encode()) <= 64 else "Bad Request: BUTTON_DATA_INVALID"


def _opened(url: str) -> str:
    good = url.startswith(("https://", "http://", "tg://"))
    return "" if good else f"Bad Request: inline keyboard button URL '{url}' is invalid"


DOES: dict[str, Callable[[str], str]] = {"callback_data": _carried, "url": _opened}
