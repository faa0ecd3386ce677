"""Things to press: whether a channel can show them, how they read as numbered text, and what a customer's "2" means then."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import regex

from channels.adapter import MediaLink
from channels.fit.file import carried
from channels.fit.text import within
from channels.manifest import ButtonLimit, Sends
from channels.parts import Button, Card, Carousel, Choices, Image, Part, Parts

_NUMBER = regex.compile(r"[(\[#]?\s*(\d{1,3})\s*[.)\]:、。]?")
_KEYCAP = dict.fromkeys(map(ord, "\ufe0f\u20e3"))


def options_of(part: Part) -> tuple[Button, ...]:
    """What can be answered in a part, in the order in which it is numbered; links and phone numbers are not answers."""
    match part:
        case Choices():
            buttons = part.options
        case Card():
            buttons = part.buttons
        case Carousel():
            buttons = tuple(button for card in part.cards for button in card.buttons)
        case _:
            buttons = ()
    return tuple(button for button in buttons if not button.url and not button.phone)


def numbered(answer: str, options: Sequence[Button]) -> Button | None:
    """Which of the options (of `options_of`) a customer's text picks: its number, however written, or its label."""
    words = unicodedata.normalize("NFKC", answer.translate(_KEYCAP)).strip()
    if found := _NUMBER.fullmatch(words):
        place = int(found.group(1))
        if 1 <= place <= len(options):
            return options[place - 1]
    said = [
        option
        for option in options
        if unicodedata.normalize("NFKC", option.label).strip().casefold() == words.casefold()
    ]
    return said[0] if len(said) == 1 else None


def asked(parts: Parts, sends: Sends) -> tuple[Button, ...]:
    """The answers that a message of these parts numbers for the customer: those of the last part that the channel cannot show
    as something to press. A picture on a card counts as one that the channel takes; only its bytes could tell."""
    numbers = (options_of(part) for part in reversed(parts) if not _pressable(part, sends))
    return next((options for options in numbers if options), ())


def _pressable(part: Part, sends: Sends) -> bool:
    match part:
        case Choices():
            return choosable(part, sends) is not None
        case Card():
            return presentable(part, sends, None)
        case Carousel():
            return all(presentable(card, sends, None) for card in part.cards)
        case _:
            return True


def written(lines: Iterable[str], buttons: Iterable[Button], first: int) -> str:
    """Lines of text, then the buttons: answers numbered from `first` on, links and phone numbers with what they open."""
    said, place = [line for line in lines if line], first
    for button in buttons:
        if target := button.url or button.phone:
            said.append(f"{button.label}: {target}")
        else:
            said.append(f"{place}. {button.label}")
            place += 1
    return "\n".join(said)


def choosable(part: Choices, sends: Sends) -> Literal["buttons", "list"] | None:
    """The style in which a channel can show a question: its own, else the other, else none."""
    styles: tuple[tuple[Literal["buttons", "list"], ButtonLimit | None], ...]
    styles = (("buttons", sends.choices), ("list", sends.list_choices))
    if part.style == "list":
        styles = styles[::-1]
    return next((style for style, limit in styles if part.options and _fits(part.options, limit, sends)), None)


def presentable(card: Card, sends: Sends, links: Mapping[str, MediaLink] | None) -> bool:
    """Whether a channel can show a card with all that is on it. Without `links`: as far as can be told without the files."""
    if not _fits(card.buttons, sends.card, sends):
        return False
    if card.media is not None and links is None and sends.image is None:
        return False
    if (
        card.media is not None
        and links is not None
        and not isinstance(carried(Image(card.media), sends, links)[0], Image)
    ):
        return False
    room = sends.text if card.media is None or sends.image is None else sends.image.caption or sends.text
    return within(f"{card.title}\n{card.text}", room, sends.unit)


def _fits(buttons: Sequence[Button], limit: ButtonLimit | None, sends: Sends) -> bool:
    if limit is None or len(buttons) > limit.count:
        return False
    return all(_pressed(button, limit) and within(button.label, limit.label, sends.unit) for button in buttons)


def _pressed(button: Button, limit: ButtonLimit) -> bool:
    """Whether a channel has a button that does what this one does."""
    if button.url or button.phone:
        return limit.links if button.url else limit.phones
    return not limit.payload or len((button.payload or button.label).encode("utf-8", "surrogatepass")) <= limit.payload
