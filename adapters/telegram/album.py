"""Pictures and films that are said together: an album, which is one call and shows as one message. Importing this imports the SDK."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator, Mapping

from telegram import Bot, InputMediaPhoto, InputMediaVideo

from adapters.telegram.outbound import Links, Spot, attachment
from channels import MediaLink
from channels.parts import Image, Part, Parts, Video

MOST, LEAST = 10, 2
STILL = frozenset({"image/jpeg", "image/png", "image/webp"})  # moving pictures are animations, which stand alone


def runs_of(parts: Parts, links: Mapping[str, MediaLink]) -> Iterator[Parts]:
    """The calls to make: what can stand in an album with its neighbours does, everything else goes by itself."""
    run: Parts = ()
    for part in parts:
        if run and (len(run) == MOST or not (_joins(part, links) and _joins(run[-1], links))):
            yield run
            run = ()
        run += (part,)
    if run:
        yield run


def together(sdk: Bot, run: Parts, links: Links, where: Spot) -> Awaitable[object]:
    """One call for two to ten pictures and films, each under its own caption. https://core.telegram.org/bots/api#sendmediagroup"""
    media = [_medium(part, links, f"file{place}") for place, part in enumerate(run)]
    return sdk.send_media_group(media=media, **where)


def _joins(part: Part, links: Mapping[str, MediaLink]) -> bool:
    if isinstance(part, Video):
        return True
    link = links.get(part.media) if isinstance(part, Image) and isinstance(part.media, str) else None
    return link is not None and link.mime.partition(";")[0].strip().lower() in STILL


def _medium(part: Part, links: Links, name: str) -> InputMediaPhoto | InputMediaVideo:
    """The SDK would draw a name for the field that the file goes in; ours makes the same call the same twice."""
    assert isinstance(part, Image | Video)  # noqa: S101  # nothing else joins
    file, caption = attachment(part.media, links), part.caption or None
    file.attach_name = name
    if isinstance(part, Image):
        return InputMediaPhoto(file, caption=caption)
    seconds = links[str(part.media)].seconds or part.seconds
    return InputMediaVideo(file, caption=caption, duration=round(seconds) if seconds else None, supports_streaming=True)
