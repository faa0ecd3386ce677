"""What WeChat's users see of our messages, and what they send as WeChat's pushes. Translation only."""

from __future__ import annotations

from collections.abc import Mapping

from adapters._tencent.fake.state import Fault, Json
from adapters.wechat.fake.pushes import Pushes
from adapters.wechat.fake.state import Person, Sent
from channels.fake import Unable
from channels.parts import (
    Audio,
    Button,
    Card,
    Choices,
    Image,
    Location,
    MediaRef,
    Opaque,
    Part,
    Template,
    Text,
    Video,
)

GIVES = frozenset({"text", "image", "video", "audio", "location"})
FAULTS: Mapping[str, str] = {
    Fault.BUSY: "-1, the system is busy, and nothing was done",
    Fault.STALE: "42001, the access token has expired",
    Fault.OFTEN: "45011, too many calls in this minute",
    Fault.BROKEN: "500, and nothing was done",
    Fault.LOST_ANSWER: "the message is shown, and the answer lost",
    Fault.LOST_REQUEST: "the connection breaks before anything was done",
}
VOICES = {"audio/amr": "amr", "audio/mpeg": "mp3"}


def push_of(pushes: Pushes, person: Person, part: Part, body: bytes) -> tuple[str, str]:
    """A push, and the id under which a file's bytes lie from now on."""
    match part:
        case Text():
            return pushes.text(person, part.text), ""
        case Location():
            place = {"Location_X": str(part.latitude), "Location_Y": str(part.longitude), "Scale": 16}
            return pushes.message(person, "location", **place, Label=part.address or part.title), ""
        case Image() | Video() | Audio() if isinstance(part.media, MediaRef):
            return _media(pushes, person, part, part.media.mime, body)
        case _:
            raise Unable(f"WeChat's users cannot send a part of type {part.type!r}.")


def _media(pushes: Pushes, person: Person, part: Image | Video | Audio, mime: str, body: bytes) -> tuple[str, str]:
    if isinstance(part, Audio) and mime not in VOICES:
        raise Unable(f"A voice message of WeChat is AMR, or MP3; this file is {mime}.")
    kind = {Image: "image", Video: "video", Audio: "voice"}[type(part)]
    identity = pushes.account.keep(kind, body, mime)
    more: dict[type[Part], Json] = {
        Image: {"PicUrl": f"http://mmbiz.example/{identity}"},
        Video: {"ThumbMediaId": f"{identity}_THUMB"},
        Audio: {"Format": VOICES.get(mime, "")},
    }
    return pushes.message(person, kind, MediaId=identity, **more[type(part)]), identity


def part_of(sent: Sent) -> Part:
    """A message of ours, as it looks on a phone. An answer inside the response has its own, flat names."""
    said = sent.message
    if sent.by in ("template", "notice"):
        values = tuple(str(blank["value"]) for blank in said.get("data", {}).values())
        return Template(said["template_id"], values=values, text="\n".join(values))
    kind = said["msgtype"]
    inner = said.get(kind, {})
    match kind:
        case "text":
            return Text(said["Content"] if sent.by == "passive" else inner["content"])
        case "image":
            return Image(MediaRef(inner["media_id"]))
        case "voice":
            return Audio(MediaRef(inner["media_id"]))
        case "video":
            return Video(MediaRef(inner["media_id"]), inner.get("title", ""))
        case "msgmenu":
            items = tuple(Button(item["content"], item["id"]) for item in inner["list"])
            return Choices(inner.get("head_content", ""), items)
        case "news" if sent.by != "passive":
            (article,) = inner["articles"]
            picture = MediaRef(article["picurl"]) if article.get("picurl") else None
            return Card(article["title"], article.get("description", ""), picture, article["url"])
        case _:
            return Opaque(kind, str(said.get("Articles", "")))
