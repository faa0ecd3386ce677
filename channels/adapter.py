"""The contract: what someone who adds a platform writes. See `docs/write-a-channel.md` for the way there.

An adapter translates and nothing else. `verify`, `answer` and `parse` are pure: bytes in, values out. `send` and the other
powers are `async` and reach the network only through the `http` they are handed. They may raise `ChannelError`s only.

Overriding is supporting: `powers_of(MyAdapter)` is computed from which methods the class overrides, so no list of
features can disagree with the code.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import ClassVar, Generic, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict

from channels.copies import Copies
from channels.events import Received, ReplyToken, Status
from channels.health import Checkup, Health
from channels.manifest import Manifest
from channels.parts import MediaRef, Parts
from channels.value import value
from channels.wire import Http, NotYet, Request, Response, Stream


class Config(BaseModel):
    """What one channel of a platform is configured with. Secrets are `SecretStr`; unknown keys are refused, and
    no error repeats what was given: a secret in the wrong place would stand in it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True)


ConfigT = TypeVar("ConfigT", bound=Config)


@value
class MediaLink:
    """A ready file of the media cache as the platform may fetch it: signed links that expire.

    `preview` is a small JPEG where the file is a picture (or has one), else empty. `mime`, `size` (bytes) and `seconds` are
    what we found in the bytes.
    """

    url: str
    preview: str
    name: str
    mime: str
    size: int
    seconds: float | None = None


@value
class Outbound:
    """One call to the platform: at most `Manifest.sends.batch` parts, already fitted to what it can show.

    key          a UUID that stays the same at every attempt of this very call
    customer     the address the contact came from
    media        links for every media id that the parts name
    reply_token  the platform's permission to answer, given to one call only, and to that call at every attempt; no longer
                 when it ran out, or was refused, before an attempt can have used it
    reply_to     platform id of the message to quote, or empty
    quote_token  the token that came with that message, or with our receipt for it, where the platform gives them
    thread       what came as `thread` with the customer's latest message before this one, where the platform has threads
    copies       who else is to get it, on platforms that send copies
    automatic    no human wrote it: a robot did, or it is a text of the channel's settings
    attempt      1 at the first try
    uncertain    an earlier attempt went out and its answer never came
    at           now
    """

    key: str
    customer: str
    parts: Parts
    at: datetime
    media: Mapping[str, MediaLink] = field(default_factory=dict)
    reply_token: ReplyToken | None = None
    reply_to: str = ""
    quote_token: str = ""
    thread: str = ""
    copies: Copies | None = None
    automatic: bool = False
    attempt: int = 1
    uncertain: bool = False


@value
class Forward:
    """A message of the customer's, on its way to somebody else with what an agent writes above it.

    key          a UUID that stays the same at every attempt
    recipients   who gets it, as the platform writes addresses: all of them or none
    note         the agent's own words; may be empty
    customer     whose message it is: the address the contact came from
    name         what the customer is called, as far as that is known
    said_at      when it was said
    parts        what was said, fitted to what the platform can show, however many parts that makes
    media        links for every media id that the parts name
    thread       what came as `thread` with that very message
    attempt, uncertain, at    as in `Outbound`
    """

    key: str
    recipients: tuple[str, ...]
    note: str
    customer: str
    name: str
    said_at: datetime
    parts: Parts
    at: datetime
    media: Mapping[str, MediaLink] = field(default_factory=dict)
    thread: str = ""
    attempt: int = 1
    uncertain: bool = False


@value
class Receipt:
    """The platform took it: its ids for what we sent, one a part where it gives them, then other names by which it may be spoken of;
    and how far that is.

    `quote_tokens`: what quoting one of `messages` takes, by its id, on platforms where the id does not do. `counts`: it used up
    something of `Adapter.reply_quota`."""

    messages: tuple[str, ...] = ()
    status: Status = Status.SENT
    quote_tokens: Mapping[str, str] = field(default_factory=dict)
    counts: bool = True


@value
class Profile:
    """What the platform tells of a customer. `picture` is a URL of the platform's, fetched into the cache before it is shown."""

    name: str = ""
    language: str = ""
    picture: str = ""


@value
class Batch:
    """What one poll brought, and the cursor that is committed together with it.

    `requests` are things that the platform keeps as bytes of their own, to be read by `parse` as a webhook would be: each is
    kept as it came before anybody reads it, and one that cannot be read goes to the quarantine while the cursor moves on.
    """

    events: tuple[Received, ...]
    cursor: str
    requests: tuple[Request, ...] = ()


class Adapter(Generic[ConfigT]):
    """One platform. Subclass it as `class Weibo(Adapter[WeiboConfig])` and set `manifest`."""

    manifest: ClassVar[Manifest]
    Config: ClassVar[type[Config]]

    def __init_subclass__(cls) -> None:
        for base in getattr(cls, "__orig_bases__", ()):
            origin, arguments = get_origin(base), get_args(base)
            if isinstance(origin, type) and issubclass(origin, Adapter) and isinstance(arguments[0], type):
                cls.Config = arguments[0]

    def __init__(self, config: ConfigT) -> None:
        self.config = config

    @property
    def powers(self) -> frozenset[str]:
        """What this channel can do: the powers of its class, unless its configuration turns some of them off."""
        return powers_of(type(self))

    def verify(self, request: Request) -> None:
        """Raise `Untrusted` unless the platform itself sent this. Without an override the channel has no webhook."""
        raise NotImplementedError

    def answer(self, request: Request) -> Response:
        """The body the platform wants, once what it sent is on disk: a challenge's echo, an acknowledgement."""
        return Response()

    def parse(self, request: Request) -> Iterable[Received]:
        """What a verified request means, or one that a poll brought. Raises `Malformed` if nothing of it can be read; what is
        merely unknown becomes `Unknown`, and one bad event never loses the others."""
        return ()

    def reply_quota(self) -> int | None:
        """How many messages of ours may follow one of the customer's within the manifest's reply window; None: any number. It
        is looked at before anything of a message goes out."""
        return None

    def press_quota(self) -> int | None:
        """The same for what the customer pressed, within the manifest's press window."""
        return self.reply_quota()

    async def send(self, message: Outbound, http: Http) -> Receipt:
        """Deliver, or raise the `DeliveryError` that says what to do next. Without an override nothing is sent: the
        customer's side reads the contact itself, as our own web chat does."""
        raise NotImplementedError

    async def forward(self, message: Forward, http: Http) -> Receipt:
        """Bring a message of the customer's to somebody else, or raise as `send` does. The customer learns nothing of it, and whoever
        gets it learns nothing by which they could pass for the customer. `Manifest.forwards` says to how many it may go."""
        raise NotImplementedError

    async def fetch(self, media: MediaRef, http: Http) -> Stream | NotYet:
        """The bytes that a `MediaRef` of ours names. Raises `Rejected` if they are gone for good."""
        raise NotImplementedError

    async def profile(self, customer: str, http: Http) -> Profile:
        """Who the customer is, as far as the platform says."""
        raise NotImplementedError

    async def typing(self, customer: str, http: Http) -> None:
        """Show the customer that an answer is being written."""
        raise NotImplementedError

    async def mark_read(self, customer: str, token: str, http: Http) -> None:
        """Tell the customer that everything up to the message of this `read_token` has been read."""
        raise NotImplementedError

    async def recall(self, customer: str, message: str, http: Http) -> None:
        """Take back a message of ours, by its platform id."""
        raise NotImplementedError

    async def end(self, customer: str, http: Http) -> None:
        """Tell the platform that the contact with this customer is over: nobody of ours talks until the customer writes again. Told
        once, after the last word; a platform that did not hear it has to do without. What is not ours to end is left alone."""
        raise NotImplementedError

    def poll(self, cursor: str, http: Http, hints: tuple[str, ...] = ()) -> AsyncIterator[Batch]:
        """For platforms that are asked rather than call: batches after `cursor`, for as long as the runtime listens, or until
        there are no more for now. `hints`, oldest first: what `Announced` said since the last time that this ended well.

        One that goes on for as long as the runtime listens also says when it has asked and there was nothing: `Batch((), cursor)`,
        with the cursor as it was, which costs nothing. Else nobody could tell silence from a platform that cannot be asked."""
        raise NotImplementedError

    def poll_every(self) -> timedelta:
        """How long after a `poll` that ended well comes the next, unless something is `Announced` before."""
        return timedelta(seconds=1)

    async def health(self, asked: Checkup, http: Http) -> Health:
        """Whether the platform would take a message of ours and bring us one of a customer's; what a call mends is mended. Asked a
        few times an hour. Credentials that no longer work are `Unauthorized`, as they are everywhere."""
        raise NotImplementedError


POWERS = (
    "verify",
    "answer",
    "parse",
    "send",
    "forward",
    "fetch",
    "profile",
    "typing",
    "mark_read",
    "recall",
    "end",
    "poll",
    "health",
)


def powers_of(adapter: type[Adapter[ConfigT]]) -> frozenset[str]:
    """Which powers an adapter has: the methods of the contract that it overrides."""
    return frozenset(power for power in POWERS if getattr(adapter, power) is not getattr(Adapter, power))
