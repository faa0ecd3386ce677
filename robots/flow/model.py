"""What a flow is made of: nodes, each of one kind, and where each leads to. The values only; nothing here reads or walks.

The kind of a node is the key that says what it does (`say`, `ask`, `call` and so on): `KINDS` has them all. Texts may be one text or
one for each language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Texts: TypeAlias = Words | Annotated[dict[Language, Words], Field(min_length=1)]
Template = Annotated[str, StringConstraints(max_length=2000)]
Short = Annotated[str, StringConstraints(max_length=200)]  # as long as an answer that is kept
Format = Literal["number", "email", "phone", "date"]

# What every flow knows without asking.
KNOWN = ("name", "said", "language", "channel")
Edge: TypeAlias = tuple[str, tuple[str | int, ...], str]  # label, key, target


class Piece(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Say(Piece):
    """Say a text and go on."""

    say: Texts
    next: str

    def edges(self) -> Iterator[Edge]:
        yield "", ("next",), self.next


class Choice(Piece):
    """One answer to pick. `words` are other ways to say it; `value` is kept instead of the label."""

    label: Texts
    next: str = ""
    value: str = ""
    words: tuple[Words, ...] = ()


class Ask(Piece):
    """Say a text and wait for the answer, `tries` times at most; then `otherwise`, or to people."""

    ask: Texts
    into: Name | Literal[""] = ""
    choices: tuple[Choice, ...] = Field((), max_length=20)
    format: Format | None = None
    pattern: str = Field("", max_length=500)
    retry: Texts | None = None
    tries: int = Field(3, ge=1, le=10)
    next: str = ""
    otherwise: str = ""

    def edges(self) -> Iterator[Edge]:
        for place, choice in enumerate(self.choices):
            if choice.next:
                yield text_in(choice.label), ("choices", place, "next"), choice.next
        if self.next or not self.choices or not all(choice.next for choice in self.choices):
            yield "", ("next",), self.next
        if self.otherwise:
            yield "otherwise", ("otherwise",), self.otherwise


class Case(Piece):
    """One way of a branch: taken if `when` meets every condition that is given."""

    when: Template
    equals: str | None = None
    one_of: tuple[str, ...] | None = None
    matches: str | None = Field(None, max_length=500)
    above: float | None = None
    below: float | None = None
    next: str


class Branch(Piece):
    """Go the first way whose condition holds."""

    branch: tuple[Case, ...] = Field(min_length=1, max_length=100)
    otherwise: str

    def edges(self) -> Iterator[Edge]:
        for place, case in enumerate(self.branch):
            yield f"{case.when} {_condition(case)}", ("branch", place, "next"), case.next
        yield "otherwise", ("otherwise",), self.otherwise


class Call(Piece):
    """Ask an HTTP service, `METHOD /path`; `take` keeps what its JSON says, `statuses` are ways for single statuses."""

    call: Template = Field(pattern=r"^(GET|POST|PUT) /\S*$")
    body: dict[str, Template] | None = None
    take: dict[Name, str] = {}
    statuses: dict[Annotated[str, StringConstraints(pattern=r"^[1-5][0-9][0-9]$")], str] = {}
    next: str
    otherwise: str

    def edges(self) -> Iterator[Edge]:
        yield "", ("next",), self.next
        for status, target in self.statuses.items():
            yield status, ("statuses", status), target
        yield "otherwise", ("otherwise",), self.otherwise


class Set(Piece):
    """Keep something."""

    set: dict[Name, Template] = Field(min_length=1)
    next: str

    def edges(self) -> Iterator[Edge]:
        yield "", ("next",), self.next


class Faq(Piece):
    """Answer what was said from a list of questions, if one is like it: `sure` is how like, of 100."""

    faq: str
    sure: int = Field(75, ge=50, le=100)
    next: str
    otherwise: str

    def edges(self) -> Iterator[Edge]:
        yield "answered", ("next",), self.next
        yield "otherwise", ("otherwise",), self.otherwise


class Hours(Piece):
    """Whether people are at work now."""

    open: str
    closed: str

    def edges(self) -> Iterator[Edge]:
        yield "open", ("open",), self.open
        yield "closed", ("closed",), self.closed


class HandOver(Piece):
    """Give the contact to people; `slots` are the variables that they see."""

    hand_over: Template = Field(min_length=1)
    queue: str = ""
    summary: Template = ""
    slots: tuple[str, ...] = ()

    def edges(self) -> Iterator[Edge]:
        yield from ()


class Close(Piece):
    """End the contact."""

    close: Template = Field(min_length=1)

    def edges(self) -> Iterator[Edge]:
        yield from ()


Node: TypeAlias = Say | Ask | Branch | Call | Set | Faq | Hours | HandOver | Close
KINDS: Mapping[str, type[Node]] = {
    "say": Say,
    "ask": Ask,
    "branch": Branch,
    "call": Call,
    "set": Set,
    "faq": Faq,
    "open": Hours,
    "hand_over": HandOver,
    "close": Close,
}


class Question(Piece):
    """One entry of a list of questions: ways to ask, and the answer."""

    questions: tuple[Words, ...] = Field(min_length=1)
    answer: Texts
    intent: str = ""


class Anywhere(Piece):
    """Words that lead somewhere wherever the customer says them."""

    words: tuple[Words, ...] = Field(min_length=1)
    next: str


class Flow(Piece):
    """A whole flow. `returned` and `nobody_came` are where it begins after people, and when none came; else `start`."""

    title: str = ""
    start: str
    language: Language = "en"
    returned: str = ""
    nobody_came: str = ""
    summary: Template = ""
    retry: Texts = "I did not understand that."
    variables: dict[Name, Short] = {}
    anywhere: tuple[Anywhere, ...] = ()
    faq: dict[Name, tuple[Question, ...]] = {}
    nodes: dict[Name, Node] = {}

    def roots(self) -> Iterator[Edge]:
        """Where it may begin."""
        yield "start", ("start",), self.start
        for key in ("returned", "nobody_came"):
            if target := getattr(self, key):
                yield key.replace("_", " "), (key,), target
        for place, way in enumerate(self.anywhere):
            yield way.words[0], ("anywhere", place, "next"), way.next

    def in_language(self, texts: Texts, language: str) -> str:
        """The text in this language, else in the flow's own, else in any."""
        if isinstance(texts, str):
            return texts
        return texts.get(language) or texts.get(self.language) or next(iter(texts.values()))


def text_in(texts: Texts) -> str:
    """Some text, for whoever looks at the flow and not at a language."""
    return texts if isinstance(texts, str) else next(iter(texts.values()))


def kind_of(node: Node) -> str:
    return next(kind for kind, made in KINDS.items() if type(node) is made)


def _condition(case: Case) -> str:
    shown = {"=": case.equals, "in": case.one_of and ", ".join(case.one_of), "~": case.matches}
    shown |= {
        ">": None if case.above is None else f"{case.above:g}",
        "<": None if case.below is None else f"{case.below:g}",
    }
    return " ".join(f"{sign} {value}" for sign, value in shown.items() if value is not None)
