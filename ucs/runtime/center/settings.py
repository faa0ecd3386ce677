"""What an admin writes about a tenant: its channels, queues, agents and robots, as `center.toml` and the admin API have it.

These are the edge: pydantic models that refuse unknown keys and say what they expected. `center.py` makes the core's plain
values (`ucs.core.policy`) of them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from ucs.core.folding import fold
from ucs.core.hours import ALWAYS, Hours, parse_hours
from ucs.core.lexicon import ListAction, compiled
from ucs.runtime.center.durations import duration
from ucs.runtime.center.screen_pop import checked
from ucs.runtime.center.widget import WidgetSetting


def readable(pattern: str) -> str:
    """The pattern, if RE2 can read it; it is named, for a list may have many."""
    try:
        compiled(pattern)
    except ValueError as error:
        raise ValueError(f"{error} (in {pattern!r})") from None
    return pattern


def findable(word: str) -> str:
    if not fold(word).strip():
        raise ValueError("a word of at least one letter")
    return word


ID = r"^[a-z0-9][a-z0-9_-]{0,63}$"
Duration = Annotated[timedelta, BeforeValidator(duration)]
Id = Annotated[str, Field(pattern=ID)]
Label = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]  # a few words on one line
Labels = Annotated[tuple[Label, ...], Field(max_length=100)]
ScreenPop = Annotated[str, AfterValidator(checked)]
SensitiveWord = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(findable)]
Pattern = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(readable)]
Keyword = Annotated[str, Field(min_length=1, max_length=100)]


class Setting(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class HoursSetting(Setting):
    """Working hours: `week` such as `["mon-fri 09:00-18:00"]`, `holidays` such as `["2026-12-25 closed"]`."""

    timezone: str = "UTC"
    week: tuple[str, ...] = ()
    holidays: tuple[str, ...] = ()

    def hours(self) -> Hours:
        return parse_hours(self.timezone, self.week, self.holidays)


class RingSetting(Setting):
    """From `after` on, agents of at least this `level` may take a contact of the queue."""

    after: Duration
    level: int = Field(ge=1)


class QueueSetting(Setting):
    name: str = ""
    hours: HoursSetting | None = None
    when_closed: Literal["wait", "close"] = "close"
    closed_text: str = ""
    rings: tuple[RingSetting, ...] = ()
    offer_for: Duration = timedelta(seconds=30)
    declined_for: Duration = timedelta(seconds=60)
    max_wait: Duration | None = None
    on_max_wait: Literal["close", "stay"] = "close"
    max_wait_text: str = ""
    max_length: int | None = Field(default=None, ge=0)
    full_text: str = ""
    overflow: str = ""
    queued_text: str = ""
    wrap_up_for: Duration = timedelta(seconds=60)
    wrap_up_codes: Labels = ()

    @field_validator("hours")
    @classmethod
    def _hours_make_sense(cls, hours: HoursSetting | None) -> HoursSetting | None:
        if hours is not None:
            hours.hours()
        return hours

    def open_hours(self) -> Hours:
        return ALWAYS if self.hours is None else self.hours.hours()


class AgentSetting(Setting):
    """An agent. `password` is only ever given, never given back; `password_hash` is what is kept (argon2)."""

    name: str = ""
    role: Literal["agent", "supervisor", "admin"] = "agent"
    password: SecretStr | None = None
    password_hash: str = ""
    skills: dict[Id, Annotated[int, Field(ge=1, le=100)]] = Field(default_factory=dict)
    capacity: int = Field(default=100, ge=0, le=10_000)

    def home(self) -> str:
        """The queue that the agent knows best, of equals the first; none for who has no skills."""
        return max(self.skills, key=lambda queue: self.skills[queue], default="")


class SilenceSetting(Setting):
    """What is said after the customer has not answered for so long, and whether the contact then closes."""

    after: Duration
    say: str = ""
    close: bool = False


class RobotRulesSetting(Setting):
    """A robot in front of a channel's agents. `robot` is one of the tenant's; the rest is said in `ucs/core/policy.py`."""

    robot: Id
    first: bool = True
    keywords: tuple[Keyword, ...] = Field(default=(), max_length=100)
    keywords_within: tuple[Keyword, ...] = Field(default=(), max_length=100)
    payload: str = Field(default="TRANS2AGENT", max_length=200)
    misunderstood: int | None = Field(default=3, ge=1, le=100)
    confidence: float | None = Field(default=None, ge=0, le=1)
    failures: int = Field(default=1, ge=1, le=10)
    turn_within: Duration = Field(default=timedelta(seconds=10), gt=timedelta(0), le=timedelta(minutes=5))
    gather_for: Duration = Field(default=timedelta(0), ge=timedelta(0), le=timedelta(minutes=1))
    outside_hours: Literal["robot", "queue"] = "robot"
    nobody_came: Literal["robot", "queue"] = "queue"
    queue: str = ""
    priority: int | None = Field(default=None, ge=-100, le=100)
    handed_over_text: str = ""
    closed_text: str = ""
    returned_text: str = ""


class ChannelSetting(Setting):
    """One tenant's account on one platform. `config` is what its adapter needs (`env:NAME` and `file:/path` for secrets)."""

    adapter: str
    name: str = ""
    queue: str
    config: dict[str, Any] = Field(default_factory=dict)
    weight: int | None = Field(default=None, ge=0, le=10_000)
    priority: int = Field(default=0, ge=-100, le=100)
    welcome_text: str = ""
    joined_text: str = ""
    lost_text: str = ""
    closing_text: str = ""
    silences: tuple[SilenceSetting, ...] = ()
    unanswered_for: Duration | None = None
    sticky_for: Duration = timedelta(0)
    sticky_within: Duration = timedelta(hours=24)
    transfer_for: Duration = timedelta(minutes=2)
    screen_pop: ScreenPop = ""
    robot: RobotRulesSetting | None = None
    assist: Id | Literal[""] = ""  # the robot that is asked silently while a human talks
    media: dict[str, Any] = Field(default_factory=dict)
    widget: WidgetSetting = Field(default_factory=WidgetSetting)


class PhraseSetting(Setting):
    """A text that agents find by its id and say: `{name}` and `{agent}` in it are replaced, and nothing else is.

    `queues`: only in contacts of these; none named means all."""

    name: Label | Literal[""] = ""
    text: str = Field(min_length=1, max_length=5_000)
    queues: tuple[Id, ...] = ()


class WordListSetting(Setting):
    """A list of sensitive words. `words` are looked for as they are, whatever their case and width; `patterns` are regular
    expressions as RE2 reads them.

    `action`: warn, mask or block, which `docs/sensitive-words.md` explains. `channels`: only there; none named means all."""

    words: Annotated[tuple[SensitiveWord, ...], Field(max_length=100_000)] = ()
    patterns: Annotated[tuple[Pattern, ...], Field(max_length=200)] = ()
    action: ListAction = "warn"
    side: Literal["customer", "agent", "both"] = "both"
    channels: tuple[Id, ...] = ()

    @model_validator(mode="after")
    def _has_something(self) -> WordListSetting:
        if not self.words and not self.patterns:
            raise ValueError("words or patterns, or both")
        return self


class FieldSetting(Setting):
    """Something that agents note down about a customer. `options` are what a `choice` is between."""

    name: Label | Literal[""] = ""
    kind: Literal["text", "number", "date", "choice", "yes_no"] = "text"
    options: Labels = ()

    @model_validator(mode="after")
    def _a_choice_has_options(self) -> FieldSetting:
        if (self.kind == "choice") != bool(self.options):
            raise ValueError("options, if kind is 'choice', and else none")
        return self


class RobotSetting(Setting):
    """A robot of the tenant's: `robot` is the plugin's name, `config` what it needs (`env:NAME` and `file:/path` for secrets).

    After `failures` failed turns in a row, whosever they were, it is left alone for `rests_for`, and humans take its place at once."""

    robot: str
    name: str = Field(default="", max_length=100)
    config: dict[str, Any] = Field(default_factory=dict)
    failures: int = Field(default=3, ge=1, le=1000)
    rests_for: Duration = Field(default=timedelta(seconds=30), ge=timedelta(0), le=timedelta(hours=1))


class TenantSetting(Setting):
    """`rest_reasons` and `wrap_up_codes` (which a queue may have its own of): where none are given, agents write any."""

    name: str = ""
    rest_reasons: Labels = ()
    wrap_up_codes: Labels = ()
    fields: dict[Id, FieldSetting] = Field(default_factory=dict, max_length=50)
    screen_pop: ScreenPop = ""
    media: dict[str, Any] = Field(default_factory=dict)


KINDS: dict[str, type[Setting]] = {
    "tenant": TenantSetting,
    "queue": QueueSetting,
    "agent": AgentSetting,
    "channel": ChannelSetting,
    "phrase": PhraseSetting,
    "robot": RobotSetting,
    "word_list": WordListSetting,
}
