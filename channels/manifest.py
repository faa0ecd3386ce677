"""What an adapter declares about its platform, as data: limits, deadlines, promises, error codes.

Fitting, delivery, the docs page and the admin form are all made from it, so a fact stands here once and nowhere in code.
What an adapter *can do* beyond sending is not declared at all: overriding a method of `Adapter` is supporting it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta
from enum import StrEnum

from channels.errors import DeliveryError
from channels.value import value


class Unit(StrEnum):
    """What a platform counts when it limits text."""

    CHARACTER = "character"  # Unicode code points
    GRAPHEME = "grapheme"  # what a reader calls a character
    UTF16 = "utf16"  # UTF-16 code units: most emoji count two
    BYTE = "byte"  # bytes of UTF-8


@value
class FileLimit:
    """Which files a platform takes: at most `size` bytes, of these MIME types (`image/*` allowed, empty: any).

    `captioned`: a caption may travel with the file; else the fitting sends it as a text after it. `caption` is how long it may
    be there (in the manifest's `unit`), if that is less than a text.
    """

    size: int
    mime: tuple[str, ...] = ()
    captioned: bool = False
    caption: int = 0


@value
class ButtonLimit:
    """How many buttons stand together, how long a label may be (in the manifest's `unit`), and what a press may carry."""

    count: int
    label: int
    links: bool = True  # a button may open a URL
    phones: bool = True  # a button may ring a number
    payload: int = 0  # most bytes of what a button carries (its label, if nothing else); 0: no limit that we know of


@value
class Sends:
    """What the platform can show, part by part; what is left out here never reaches `Adapter.send`.

    `text` is the longest text of one message, counted in `unit`. `batch` is how many messages go out in one call, hence
    the longest tuple of parts that `send` gets.
    """

    text: int = 1000
    unit: Unit = Unit.CHARACTER
    image: FileLimit | None = None
    audio: FileLimit | None = None
    video: FileLimit | None = None
    file: FileLimit | None = None
    location: bool = False
    contact_card: bool = False
    sticker: bool = False
    card: ButtonLimit | None = None
    carousel: int = 0  # most cards side by side
    choices: ButtonLimit | None = None
    list_choices: ButtonLimit | None = None
    template: bool = False
    batch: int = 1


@value
class Pace:
    """How fast we may send: messages a second for the whole account, and for one customer; `burst` may go at once."""

    account: float = 20.0
    customer: float = 5.0
    burst: int = 10


@value
class Manifest:
    """The platform in figures.

    name            the adapter's name in `plugins.toml`, lower case
    title           the platform's name as people write it
    documentation   address of the platform's own documentation
    sends           what can be shown there
    kind            which capacity weight a contact of it takes from an agent: "chat", "message" or "mail"
    reply_window    how long after the customer's last message we may answer; None: for ever
    press_window    how long we may answer what the customer only pressed, where that is less than a message; it counts for itself
                    (`Adapter.press_quota`), and leaves what a message before it allows. None: pressing is as good as writing
    answers_within  the platform's deadline for our answer to its webhook
    keeps_time      a repeated delivery carries the same `at` (see `channels.events`)
    replies_inside  a reply token is good for the response to the very webhook that brought it: it is held back until then, for
                    `Http.respond`
    copies          to how many others a message of ours may go beside the customer; 0: the platform knows no copies
    forwards        to how many others at once a customer's message may be forwarded; 0: to nobody
    resend_safe     sending the same key twice delivers once
    errors          the platform's error codes, as text, and what each means for us
    pace            how fast we may send
    body_limit      largest webhook body we accept, bytes
    """

    name: str
    title: str
    sends: Sends
    documentation: str = ""
    kind: str = "message"
    reply_window: timedelta | None = None
    press_window: timedelta | None = None
    answers_within: timedelta = timedelta(seconds=5)
    keeps_time: bool = False
    replies_inside: bool = False
    copies: int = 0
    forwards: int = 0
    resend_safe: bool = False
    errors: Mapping[str, type[DeliveryError]] = field(default_factory=dict)
    pace: Pace = Pace()
    body_limit: int = 1_048_576
