"""Files: as what a channel takes one, or how it reads as a link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from channels.adapter import MediaLink
from channels.fit.text import within
from channels.manifest import FileLimit, Sends
from channels.parts import Audio, File, Image, Media, Video


def carried(
    part: Image | Audio | Video | File, sends: Sends, links: Mapping[str, MediaLink]
) -> tuple[Image | Audio | Video | File | None, str]:
    """The part as the channel takes it (perhaps as a plain file, or not at all), and the text to say after it."""
    link = _link(part.media, links)
    caption = "" if isinstance(part, Audio) else part.caption
    limits = {Image: sends.image, Audio: sends.audio, Video: sends.video, File: sends.file}
    for shown, limit in ((part, limits[type(part)]), (_as_file(part, link), sends.file)):
        if limit is None or not _takes(limit, link):
            continue
        if (
            isinstance(shown, Audio)
            or not caption
            or (limit.captioned and within(caption, limit.caption or sends.text, sends.unit))
        ):
            return shown, ""
        return replace(shown, caption=""), caption
    name = (part.name if isinstance(part, File) else "") or link.name
    return None, "\n".join(line for line in (caption, f"{name}: {link.url}" if name else link.url) if line)


def _link(media: Media, links: Mapping[str, MediaLink]) -> MediaLink:
    if not isinstance(media, str) or media not in links:
        raise ValueError(f"Media item {media!r} has no link: fetch it, and wait until it is ready, before fitting.")
    return links[media]


def _as_file(part: Image | Audio | Video | File, link: MediaLink) -> File:
    if isinstance(part, File):
        return part
    return File(part.media, name=link.name, caption="" if isinstance(part, Audio) else part.caption)


def _takes(limit: FileLimit, link: MediaLink) -> bool:
    mime = link.mime.partition(";")[0].strip().lower()
    kinds = {mime, mime.partition("/")[0] + "/*", "*/*"}
    return link.size <= limit.size and (not limit.mime or any(kind.lower() in kinds for kind in limit.mime))
