"""What WeCom takes: the members of each kind of message, and their limits. Raises `Trouble` as the documentation has it.

https://developer.work.weixin.qq.com/document/path/94677
"""

from __future__ import annotations

import re
from collections.abc import Callable

from adapters._tencent.fake.state import Json, Trouble
from adapters.wecom.fake.state import Company

ID = re.compile(r"[0-9a-zA-Z_-]{1,32}")
UPLOADS = {
    "image": (10_000_000, ("image/png", "image/jpeg"), (b"\x89PNG", b"\xff\xd8\xff")),
    "voice": (2_000_000, ("audio/amr",), (b"#!AMR",)),
    "video": (10_000_000, ("video/mp4",), ()),
    "file": (20_000_000, (), ()),
}


def require(holder: Json, needed: set[str], allowed: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    if missing := needed - set(holder):
        raise Trouble(40058, f"missing {', '.join(sorted(missing))}")
    if unknown := set(holder) - needed - allowed:
        raise Trouble(40058, f"unknown {', '.join(sorted(unknown))}")
    if empty := [name for name in sorted(needed) if holder[name] in ("", [], {})]:
        raise Trouble(40058, f"empty {empty}")


def short(value: object, limit: int, what: str) -> None:
    if not isinstance(value, str):
        raise Trouble(40058, f"{what} is no text")
    if len(value.encode()) > limit:
        raise Trouble(45002, f"{what} too long")


def _text(company: Company, text: Json) -> None:
    require(text, {"content"}, {"menu_id"})
    short(text["content"], 2048, "content")


def _media(kind: str) -> Callable[[Company, Json], None]:
    def check(company: Company, named: Json) -> None:
        require(named, {"media_id"})
        company.kept(named["media_id"], kind)

    return check


def _link(company: Company, link: Json) -> None:
    require(link, {"title", "url", "thumb_media_id"}, {"desc"})
    for name, limit in (("title", 128), ("url", 2048)):
        short(link[name], limit, name)
    short(link.get("desc", ""), 512, "desc")
    company.kept(link["thumb_media_id"], "image")


def _location(company: Company, place: Json) -> None:
    require(place, {"latitude", "longitude"}, {"name", "address"})
    if not all(isinstance(place[name], int | float) for name in ("latitude", "longitude")):
        raise Trouble(40058, "latitude, longitude are numbers")


ITEMS = {"click": ({"id": 64, "content": 128}), "view": ({"url": 2048, "content": 1024})}


def _menu(company: Company, menu: Json) -> None:
    require(menu, {"list"}, {"head_content", "tail_content"})
    short(menu.get("head_content", ""), 1024, "head_content")
    if len(menu["list"]) > 10:
        raise Trouble(40058, "list too long")
    for item in menu["list"]:
        kind = item.get("type")
        if kind not in ITEMS:
            raise Trouble(40058, "invalid item")
        require(item, {"type", kind})
        require(item[kind], set(ITEMS[kind]))
        for name, limit in ITEMS[kind].items():
            short(item[kind][name], limit, name)


KINDS: dict[str, Callable[[Company, Json], None]] = {
    "text": _text,
    "image": _media("image"),
    "voice": _media("voice"),
    "video": _media("video"),
    "file": _media("file"),
    "link": _link,
    "location": _location,
    "msgmenu": _menu,
}


def check_message(company: Company, body: Json, people: set[str], kinds: set[str] | None = None) -> str:
    """Its kind. `people` are the members that say for whom it is."""
    kind = body.get("msgtype")
    if not isinstance(kind, str) or kind not in (kinds or KINDS):
        raise Trouble(40008, "invalid msgtype")
    require(body, {*people, "msgtype", kind}, {"msgid"})
    if not isinstance(body[kind], dict):
        raise Trouble(40058, kind)
    if "msgid" in body and not ID.fullmatch(str(body["msgid"])):
        raise Trouble(40058, "invalid msgid")
    KINDS[kind](company, body[kind])
    return kind


def check_upload(kind: str, name: str, mime: str, body: bytes) -> None:
    if kind not in UPLOADS:
        raise Trouble(40004, "invalid media type")
    largest, mimes, heads = UPLOADS[kind]
    if not name:
        raise Trouble(44001, "empty media data")
    if not 5 < len(body) <= largest:
        raise Trouble(40006, "invalid media size")
    if (mimes and mime not in mimes) or (heads and not body.startswith(heads)):
        raise Trouble(40005, "invalid media type")
