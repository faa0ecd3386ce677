"""What answers look like, as models: the OpenAPI document shows them, and the tests hold every real answer to them.

Handlers mostly give back what `views` made, which is cheaper than a model and is the same.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from ucs.api.call import View
from ucs.core.contact import State
from ucs.core.seat import SeatState


class EmptyView(View):
    """Done; there is nothing to tell."""


class EntryView(View):
    """One line of a contact's timeline. `by` is who made it; `body` depends on `kind`."""

    type: Literal["entry"]
    contact: str
    seq: int
    at: datetime
    kind: str
    by: str
    body: dict[str, Any]


class OwnContactView(View):
    """A contact as its customer sees it. `agent` is the name of who answers, which is a robot while `state` is `robot`; `position`
    and `minutes` are of the queue; `score` is what the customer has given it, 0 for nothing yet; `earlier` says whether there
    was one before it."""

    id: str
    state: State
    seq: int
    opened_at: datetime
    closed_at: datetime | None
    agent: str
    position: int | None
    minutes: int | None
    score: int
    earlier: bool


class ContactView(View):
    """A contact as agents see it. The agent has read up to line `seen`, the customer up to `read`. `robot` is the one that has it
    or had it last, `slots` what it has collected."""

    id: str
    channel: str
    customer: str
    name: str
    address: str
    state: State
    epoch: int
    seq: int
    queue: str
    agent: str
    opened_at: datetime
    since: datetime | None
    offered_until: datetime | None
    spoke_at: datetime | None
    seen: int
    read: int
    score: int
    priority: int
    predecessor: str
    wrap_up_code: str
    closed_at: datetime | None
    reason: str
    robot: str
    slots: dict[str, str]


class SeatView(View):
    """An agent's seat; `contacts` is how many are at it, and `carries` which: empty for colleagues, except for supervisors."""

    agent: str
    name: str
    state: SeatState
    reason: str
    since: datetime | None
    capacity: int
    load: int
    contacts: int
    carries: tuple[str, ...]
    lost: bool
    epoch: int


class FormFieldView(View):
    name: str
    label: str
    type: Literal["text", "email", "tel", "choice"]
    options: tuple[str, ...]
    required: bool


class GreetingView(View):
    """What to say first to who has been on a page like `url` for `after` seconds."""

    say: str
    after: float
    url: str


class SurveyView(View):
    question: str
    comment: str
    thanks: str


class AboutView(View):
    """A channel before anybody has said anything. `ready`: somebody with the skill is there; `waits`: where nobody is, a word waits
    for them. `locale`, `theme` and `accent` are for a page that says nothing about it, `accent_ink` is what can be read on
    that colour. `identities`: signed ones are taken."""

    channel: str
    name: str
    intro: str
    locale: str
    theme: Literal["auto", "light", "dark"]
    accent: str
    accent_ink: str
    open: bool
    opens_at: datetime | None
    ready: bool
    waits: bool
    form: tuple[FormFieldView, ...]
    greetings: tuple[GreetingView, ...]
    survey: SurveyView | None
    identities: bool


class MediaRulesView(View):
    """What may be uploaded: the most bytes by family, and MIME types."""

    sizes: dict[str, int]
    allow: tuple[str, ...]
    deny: tuple[str, ...]


class SessionView(View):
    """`token` goes into the Authorization header for `expires_in` seconds; `refresh` is good for one new pair."""

    token: str
    refresh: str
    expires_in: int
    open: bool = Field(description="Whether the channel's queue is within its working hours.")
    proven: bool
    contact: OwnContactView | None
    media: MediaRulesView


class LineView(View):
    """Where it came to stand; `again` if it stood there before. `newest` is the newest line you may see: ask for what you miss."""

    contact: str
    seq: int
    again: bool
    newest: int


class EntriesView(View):
    """Lines of `contact`, oldest first. `newest` is its newest line, `latest` the newest of the customer's contacts."""

    contact: OwnContactView | None
    entries: tuple[EntryView, ...]
    newest: int
    latest: str


class OwnContactsView(View):
    contacts: tuple[OwnContactView, ...]


class SignedInView(View):
    token: str
    expires_in: int
    tenant: str
    agent: str
    name: str
    role: str
    seat: SeatView


class DoneView(View):
    """`seq`: the line it made; `epoch`: what your next action must name; `newest`: the contact's newest line."""

    contact: str
    seq: int
    again: bool
    state: State
    epoch: int
    newest: int


class QueueView(View):
    """`ready`: how many of its agents could be offered a contact now, of `staffed` who are signed in."""

    id: str
    name: str
    waiting: int
    ready: int
    staffed: int


class DeskView(View):
    """The agent's seat, the contacts at it, and where to transfer to. `mark` changes with the seat and with every line."""

    mark: str
    seat: SeatView
    contacts: tuple[ContactView, ...]
    queues: tuple[QueueView, ...]
    agents: tuple[SeatView, ...]


class IdentityView(View):
    """One way the customer is known. `proven`: the tenant's own server vouched for it; else it is only claimed."""

    channel: str
    address: str
    proven: bool
    at: datetime


class CustomerView(View):
    """`fields` are what agents noted down, by the ids of the tenant's settings."""

    id: str
    name: str
    identities: tuple[IdentityView, ...]
    fields: dict[str, str]


class ScreenPopView(View):
    """The tenant's page about this customer: `frame` is the page of ours that may embed it, and is told `url` by the desk.

    `trouble` is a sentence for whoever set it up, if the page cannot be shown."""

    url: str
    frame: str
    trouble: str


class ContactWithLinesView(View):
    """`earlier` are the same customer's other contacts."""

    contact: ContactView
    entries: tuple[EntryView, ...]
    newest: int
    earlier: tuple[ContactView, ...]
    customer: CustomerView
    screen_pop: ScreenPopView | None


class PhraseView(View):
    """A prepared text; `queues` empty: for contacts of any queue."""

    id: str
    name: str
    text: str
    queues: tuple[str, ...]


class FieldView(View):
    id: str
    name: str
    kind: Literal["text", "number", "date", "choice", "yes_no"]
    options: tuple[str, ...]


class MarkView(View):
    """Letters `start` to `end` of a text, where the word list `list` has found something."""

    list: str
    action: Literal["warn", "mask", "block"]
    part: int
    text: int
    start: int
    end: int


class FoundView(View):
    marks: tuple[MarkView, ...]


class DeskSettingsView(View):
    """What the tenant has set for its agents' screens. `wrap_up_codes` by queue; an empty list: agents write any code.
    `copies`: channels on which a message may go to others as well; `forwards`: those on which what a customer said may be sent on;
    `lists_for`: those with lists of sensitive words for what agents say."""

    tenant: str
    rest_reasons: tuple[str, ...]
    wrap_up_codes: dict[str, tuple[str, ...]]
    phrases: tuple[PhraseView, ...]
    fields: tuple[FieldView, ...]
    channels: dict[str, str]
    copies: tuple[str, ...]
    forwards: tuple[str, ...]
    lists_for: tuple[str, ...]


class FloorQueueView(QueueView):
    """`longest_since`: since when the one who waits longest has been waiting."""

    longest_since: datetime | None


class FloorView(View):
    """All that goes on in the tenant: queues, seats, and open contacts (at most a page of `total`), oldest first."""

    queues: tuple[FloorQueueView, ...]
    seats: tuple[SeatView, ...]
    contacts: tuple[ContactView, ...]
    total: int


class ItemView(View):
    """A file. `links` are good until `until` and for whoever holds them: `web` and `preview` of a picture, and the
    `original`; `page` of a message that is an HTML document, for a frame, and `pictures`, the same once its pictures were brought."""

    id: str
    state: Literal["pending", "ready", "failed"]
    name: str
    mime: str
    size: int
    seconds: float | None
    width: int | None
    height: int | None
    reason: str
    links: dict[str, str]
    until: datetime | None


class HealthView(View):
    """`lag`: how long the last commit took to come through, in seconds; `parked`: channels whose credentials do not work."""

    live: bool
    ready: bool
    store: bool
    lag: float | None
    parked: int
