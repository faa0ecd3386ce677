"""What a company's customers see of our messages, and what they send as WeCom's messages. Translation only."""

from __future__ import annotations

from collections.abc import Mapping

from adapters._tencent.fake.state import Fault, Json, Media
from adapters.wecom.fake.calls import Calls
from adapters.wecom.fake.state import Person, Sent
from channels.fake import Unable
from channels.parts import Audio, Button, Card, Choices, File, Image, Location, MediaRef, Opaque, Part, Text, Video

GIVES = frozenset({"text", "image", "video", "audio", "file", "location"})
FAULTS: Mapping[str, str] = {
    Fault.BUSY: "-1, the system is busy, and nothing was done",
    Fault.STALE: "42001, the access token has expired",
    Fault.OFTEN: "45009, too many calls",
    Fault.BROKEN: "500, and nothing was done",
    Fault.LOST_ANSWER: "the message is shown, and the answer lost",
    Fault.LOST_REQUEST: "the connection breaks before anything was done",
}
KINDS: Mapping[type[Part], str] = {Image: "image", Video: "video", Audio: "voice", File: "file"}
VOICE = "audio/amr"


def told_of(calls: Calls, person: Person, part: Part, body: bytes) -> tuple[str, str]:
    """The id of what a customer says, and the one under which a file's bytes lie from now on."""
    match part:
        case Text():
            return calls.writes(person, part.text), ""
        case Location():
            place = {"latitude": part.latitude, "longitude": part.longitude}
            return calls.says(person, "location", **place, name=part.title, address=part.address), ""
        case Audio(media=MediaRef() as media) if media.mime != VOICE:
            raise Unable(f"A voice message of WeCom is AMR; this file is {media.mime}.")
        case Image(media=MediaRef() as media) | Video(media=MediaRef() as media) | Audio(media=MediaRef() as media):
            return _file(calls, person, KINDS[type(part)], media, body)
        case File(media=MediaRef() as media):
            return _file(calls, person, "file", media, body)
        case _:
            raise Unable(f"WeCom's customers cannot send a part of type {part.type!r}.")


def _file(calls: Calls, person: Person, kind: str, media: MediaRef, body: bytes) -> tuple[str, str]:
    identity = calls.company.keep(kind, body, media.mime, media.name)
    return calls.says(person, kind, media_id=identity), identity


def part_of(sent: Sent, files: Mapping[str, Media]) -> Part:
    """A message of ours, as it looks on a phone. A document is shown under the name that it was uploaded with."""
    kind = sent.message["msgtype"]
    said: Json = sent.message[kind]
    match kind:
        case "text":
            return Text(said["content"])
        case "image":
            return Image(MediaRef(said["media_id"]))
        case "voice":
            return Audio(MediaRef(said["media_id"]))
        case "video":
            return Video(MediaRef(said["media_id"]))
        case "file":
            name = files[said["media_id"]].name
            return File(MediaRef(said["media_id"], name), name)
        case "location":
            return Location(said["latitude"], said["longitude"], said.get("name", ""), said.get("address", ""))
        case "link":
            return Card(said["title"], said.get("desc", ""), MediaRef(said["thumb_media_id"]), said["url"])
        case "msgmenu":
            return Choices(said.get("head_content", ""), tuple(_button(item) for item in said["list"]))
        case _:
            return Opaque(kind)


def _button(item: Json) -> Button:
    if item["type"] == "view":
        return Button(item["view"]["content"], url=item["view"]["url"])
    return Button(item["click"]["content"], item["click"]["id"])
