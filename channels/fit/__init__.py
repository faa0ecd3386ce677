"""Fitting: what a channel cannot carry becomes what it can, in order, and then tuples of what goes out in one call.

Pure, and written once for all platforms, so that no adapter cuts text or gives up on a card. Nothing is dropped silently:
every part leaves something the customer can read, except texts of nothing but whitespace. A part that `fit` has passed needs
no further fitting: fitting twice changes nothing.

`text` cuts long text, `words` says in words what cannot be shown, `offer` is about things to press, `file` about files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from channels.adapter import MediaLink
from channels.fit.file import carried
from channels.fit.offer import asked, choosable, numbered, options_of, presentable, written
from channels.fit.text import split
from channels.fit.words import spoken
from channels.manifest import Sends
from channels.parts import (
    Audio,
    Card,
    Carousel,
    Choices,
    ContactCard,
    File,
    Image,
    Location,
    Opaque,
    Part,
    Parts,
    Sticker,
    Template,
    Text,
    Video,
)

__all__ = ["asked", "fit", "numbered", "options_of"]


def fit(parts: Parts, sends: Sends, links: Mapping[str, MediaLink]) -> list[Parts]:
    """The calls to make: each at most `sends.batch` parts that the channel can carry.

    `links` has an entry for every media id in `parts`: a file that is still being checked is waited for before fitting,
    and one that was refused has become text. Raises `ValueError` for a media id without one. No calls: nothing to say.
    """
    fitted = [piece for part in parts for piece in _fitted(part, sends, links)]
    size = max(sends.batch, 1)
    return [tuple(fitted[start : start + size]) for start in range(0, len(fitted), size)]


def _fitted(part: Part, sends: Sends, links: Mapping[str, MediaLink]) -> Iterator[Part]:
    match part:
        case Text():
            yield from _texts(part.text, sends)
        case Image() | Audio() | Video() | File():
            yield from _file(part, sends, links)
        case Sticker() if not sends.sticker:
            yield from _sticker(part, sends, links)
        case Card():
            yield from _card(part, 1, sends, links)
        case Carousel():
            yield from _carousel(part, sends, links)
        case Choices():
            yield from _choices(part, sends)
        case Location() if not sends.location:
            yield from _texts(spoken(part), sends)
        case ContactCard() if not sends.contact_card:
            yield from _texts(spoken(part), sends)
        case Template() if not sends.template:
            yield from _texts(spoken(part), sends)
        case Opaque():
            yield from _texts(spoken(part), sends)
        case _:
            yield part


def _texts(text: str, sends: Sends) -> Iterator[Text]:
    return (Text(piece) for piece in split(text, sends.text, sends.unit))


def _file(part: Image | Audio | Video | File, sends: Sends, links: Mapping[str, MediaLink]) -> Iterator[Part]:
    shown, after = carried(part, sends, links)
    if shown is not None:
        yield shown
    yield from _texts(after, sends)


def _sticker(part: Sticker, sends: Sends, links: Mapping[str, MediaLink]) -> Iterator[Part]:
    shown = None if part.media is None else carried(Image(part.media), sends, links)[0]
    if isinstance(shown, Image):
        yield shown
    else:
        yield from _texts(spoken(part), sends)


def _card(card: Card, first: int, sends: Sends, links: Mapping[str, MediaLink]) -> Iterator[Part]:
    """A card as it is, or its picture and then its words, its buttons numbered from `first` on."""
    if presentable(card, sends, links):
        yield card
        return
    if card.media is not None:
        yield from _file(Image(card.media), sends, links)
    yield from _texts(written((card.title, card.text, card.url), card.buttons, first), sends)


def _carousel(part: Carousel, sends: Sends, links: Mapping[str, MediaLink]) -> Iterator[Part]:
    if sends.carousel > 0 and all(presentable(card, sends, links) for card in part.cards):
        for start in range(0, len(part.cards), sends.carousel):
            yield Carousel(part.cards[start : start + sends.carousel])
        return
    first = 1
    for card in part.cards:
        yield from _card(card, first, sends, links)
        first += len(options_of(card))


def _choices(part: Choices, sends: Sends) -> Iterator[Part]:
    style = choosable(part, sends)
    if style is None:
        yield from _texts(written((part.text,), part.options, 1), sends)
        return
    *before, last = split(part.text, sends.text, sends.unit) or [part.text]
    yield from (Text(piece) for piece in before)
    yield replace(part, text=last, style=style)
