"""What WeChat takes: the members of each kind of message, and their limits. Raises `Trouble` as the documentation has it.

https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage
"""

from __future__ import annotations

from collections.abc import Callable

from adapters._tencent.fake.state import Json, Trouble
from adapters.wechat.fake.state import Account

TEXT = 2048  # bytes
UPLOADS = {
    "image": (10_000_000, {"image/png", "image/jpeg", "image/gif"}, (b"\x89PNG", b"\xff\xd8\xff", b"GIF8")),
    "voice": (2_000_000, {"audio/amr", "audio/mpeg"}, (b"#!AMR", b"ID3", b"\xff\xfb", b"\xff\xf3")),
    "video": (10_000_000, {"video/mp4"}, ()),
    "thumb": (64_000, {"image/jpeg"}, (b"\xff\xd8\xff",)),
}


def require(holder: Json, needed: set[str], allowed: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    if missing := needed - set(holder):
        raise Trouble(47001, f"data format error: {', '.join(sorted(missing))} missing")
    if unknown := set(holder) - needed - allowed:
        raise Trouble(47001, f"data format error: {', '.join(sorted(unknown))}")
    if empty := [name for name in sorted(needed) if holder[name] in ("", [], {})]:
        raise Trouble(44002, f"empty post data: {empty}")


def _text(account: Account, text: Json) -> None:
    require(text, {"content"})
    if not isinstance(text["content"], str):
        raise Trouble(47001, "content")
    if len(text["content"].encode()) > TEXT:
        raise Trouble(45002, "content size out of limit")


def _media(kind: str) -> Callable[[Account, Json], None]:
    def check(account: Account, named: Json) -> None:
        require(named, {"media_id"})
        account.kept(named["media_id"], kind)

    return check


def _video(account: Account, film: Json) -> None:
    require(film, {"media_id", "thumb_media_id"}, {"title", "description"})
    account.kept(film["media_id"], "video")
    account.kept(film["thumb_media_id"])


def _news(account: Account, news: Json) -> None:
    require(news, {"articles"})
    if len(news["articles"]) != 1:
        raise Trouble(45008, "article size out of limit")
    (article,) = news["articles"]
    require(article, {"title", "url"}, {"description", "picurl"})
    for name in ("url", "picurl"):
        if not article.get(name, "https://").startswith(("https://", "http://")):
            raise Trouble(40035, f"invalid {name}")


def _menu(account: Account, menu: Json) -> None:
    if not account.verified:
        raise Trouble(40200, "invalid account type")
    require(menu, {"list"}, {"head_content", "tail_content"})
    for item in menu["list"]:
        require(item, {"id", "content"})
    if len({item["id"] for item in menu["list"]}) != len(menu["list"]):
        account.violations.append("A menu has two items with one id.")


KINDS: dict[str, Callable[[Account, Json], None]] = {
    "text": _text,
    "image": _media("image"),
    "voice": _media("voice"),
    "video": _video,
    "news": _news,
    "msgmenu": _menu,
}


def check_message(account: Account, body: Json) -> None:
    kind = body.get("msgtype")
    if not isinstance(kind, str) or kind not in KINDS:
        raise Trouble(40008, "invalid message type")
    require(body, {"touser", "msgtype", kind}, {"customservice"})
    if not isinstance(body[kind], dict):
        raise Trouble(47001, f"data format error: {kind}")
    KINDS[kind](account, body[kind])


def check_template(account: Account, body: Json, more: set[str]) -> None:
    require(body, {"touser", "template_id"}, {"data", *more})
    blanks = account.templates.get(body["template_id"])
    if blanks is None:
        raise Trouble(40037, "invalid template_id")
    if set(body.get("data", {})) != set(blanks):
        raise Trouble(47003, f"argument invalid! data.{'/'.join(blanks)}")
    for value in body.get("data", {}).values():
        require(value, {"value"})


def check_upload(kind: str, name: str, mime: str, body: bytes) -> None:
    if kind not in UPLOADS:
        raise Trouble(40004, "invalid media type")
    largest, mimes, heads = UPLOADS[kind]
    if not name or not name.isascii():
        raise Trouble(41005, "media data missing")
    if len(body) > largest:
        raise Trouble(40006 if kind != "image" else 40009, "invalid media size")
    if mime not in mimes or (heads and not body.startswith(heads)):
        raise Trouble(40005, "invalid file type")
