"""One turn of a flow: from where it waited to where it waits again. Nothing here waits itself; what is to be asked of an HTTP
service comes out as `Wanted`, and the answer goes in.

    walk = Walk(flow, turn)
    while wanted := walk.on():
        walk.answered(...)
    walk.words()

It ends, for `check.py` lets no way come back to itself without asking the customer something.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from channels.parts import Parts, Text
from channels.robot import HandOver, Knowledge, Turn, Why, Words
from channels.value import value
from robots._said import MOST_MESSAGES, heard_text
from robots._service import climbs
from robots.flow.answers import chosen, kept, matches, pressed, question, says, valid, wishes
from robots.flow.check import leads_to_people, variables
from robots.flow.faq import Match, best, ranked
from robots.flow.memory import Memory, remembered
from robots.flow.model import Ask, Branch, Call, Case, Close, Faq, Flow, Hours, Node, Say, Set, Texts
from robots.flow.model import HandOver as ToPeople
from robots.flow.templates import filled
from robots.flow.text import is_chinese

MOST_CALLS = 5
LONGEST, LONGEST_REASON, LONGEST_SUMMARY = (
    4000,
    500,
    2000,
)  # characters of what is said or heard, of a reason, of a summary
CHINESE = "zh"
MOST_NEAR, NEAR = 3, 65  # entries shown to an agent, and how like what was said they are at least, of 100


@value
class Wanted:
    """An HTTP request that the flow wants made: the turn's first, second and so on; `reads`: its JSON is of interest."""

    number: int
    method: str
    path: str
    json: Any
    reads: bool


class Walk:
    """The accumulator of a turn: what is said so far, what is known, and the node that comes next."""

    def __init__(self, flow: Flow, turn: Turn) -> None:
        memory = remembered(turn.memory)
        self._flow, self._turn = flow, turn
        self._said = heard_text(turn.heard).strip()[:LONGEST]
        self._language = self._spoken(memory)
        known = variables(flow)  # an older flow may have had others
        self._variables = dict(flow.variables) | {
            name: value for name, value in memory.variables.items() if name in known
        }
        self._before = dict(self._variables)
        self._messages: list[Parts] = []
        self._calls = 0
        self._call: Call | None = None
        self._understood = True
        self._confidence: float | None = None
        self._intent = ""
        self._waits, self._tries = "", 1
        self._hand_over: HandOver | None = None
        self._close = ""
        self._next = self._begin(memory)

    def on(self) -> Wanted | None:
        """Go on until the turn ends, or something has to be asked of a service."""
        while self._next:
            name, self._next = self._next, ""
            node = self._flow.nodes[name]
            if isinstance(node, Call):
                if wanted := self._wanted(node):
                    return wanted
            else:
                self._step(name, node)
        return None

    def answered(self, status: int | None, value: Any = None) -> None:
        """What the service answered: its status (None if it did not, or nobody can read it) and the JSON of a good answer."""
        node, self._call = self._call, None
        assert node is not None, "nothing was asked"  # noqa: S101
        if status is not None and (way := node.statuses.get(str(status))):
            self._next = way
        elif status is None or not 200 <= status < 300:
            self._next = node.otherwise
        else:
            taken = {name: _dug(value, path) for name, path in node.take.items()}
            self._variables |= {name: kept(found) for name, found in taken.items() if found is not None}
            self._next = node.otherwise if None in taken.values() else node.next

    def words(self) -> Words:
        memory = Memory(node=self._waits, tries=self._tries, language=self._language, variables=self._variables)
        return Words(
            say=tuple(self._messages[:MOST_MESSAGES]),
            hand_over=self._hand_over,
            close=self._close,
            slots=self._collected(),
            memory=memory.model_dump(),
            understood=self._understood,
            confidence=self._confidence,
            intent=self._intent,
            summary=filled(self._flow.summary, self._values()).strip()[:LONGEST_SUMMARY],
        )

    def _collected(self) -> dict[str, str]:
        """What is new in this turn of what people see, whichever way it goes to them."""
        shown = {slot for node in self._flow.nodes.values() if isinstance(node, ToPeople) for slot in node.slots}
        now = self._variables
        return {name: now[name] for name in sorted(shown & now.keys()) if now[name] != self._before.get(name, "")}

    # where it begins

    def _spoken(self, memory: Memory) -> str:
        """Chinese once it was written; else what was spoken before, or what the customer's page says."""
        if is_chinese(self._said):
            return CHINESE
        claimed = self._turn.person.language[:2].lower()
        known = claimed if len(claimed) == 2 and claimed.isascii() and claimed.isalpha() else ""
        return memory.language or known or self._flow.language

    def _begin(self, memory: Memory) -> str:
        if self._turn.why is Why.RETURNED:
            return self._flow.returned or self._flow.start
        if self._turn.why is Why.NOBODY_CAME:
            return self._flow.nobody_came or self._flow.start
        node = self._flow.nodes.get(memory.node) if self._turn.why is Why.HEARD else None
        if people := self._wished(node):
            return people
        if press := pressed(self._flow, self._turn.heard):
            return self._picked(*press)
        if isinstance(node, Ask) and (choice := chosen(node, self._said)):
            return self._picked(memory.node, choice)
        for way in self._flow.anywhere:
            if any(says(self._said, words) for words in way.words):
                return way.next
        return self._reply(memory, node) if isinstance(node, Ask) else self._flow.start

    def _wished(self, node: Node | None) -> str:
        """The way to people, if any of these messages asks for one. What else they answer is not lost: people read it."""
        asked = node if isinstance(node, Ask) else None
        said = [item for item in self._turn.heard if pressed(self._flow, (item,)) is None]
        ways = (way for way in self._flow.anywhere if leads_to_people(self._flow, way.next))
        return next((way.next for way in ways if any(wishes(asked, item, way.words) for item in said)), "")

    def _picked(self, name: str, choice: Any) -> str:
        node = self._flow.nodes[name]
        assert isinstance(node, Ask), "only questions have choices"  # noqa: S101
        if node.into:
            self._variables[node.into] = kept(choice.value or self._text(choice.label))
        return str(choice.next or node.next)

    def _reply(self, memory: Memory, node: Ask) -> str:
        """What was said is no choice: an answer of the right form, one more try, or the other way."""
        free = not node.choices or node.pattern or node.format
        if free and (answer := valid(node, self._turn.heard)) is not None:
            if node.into:
                self._variables[node.into] = answer
            return node.next
        self._understood = False
        if memory.tries < node.tries:
            self._say(node.retry or self._flow.retry)
            self._ask(memory.node, node, memory.tries + 1)
        elif not node.otherwise:
            self._hand_over = HandOver(reason=f"The answer to {memory.node!r} was not understood {node.tries} times.")
        return node.otherwise if memory.tries >= node.tries else ""

    # one node

    def _step(self, name: str, node: Node) -> None:
        match node:
            case Say():
                self._say(node.say)
                self._next = node.next
            case Ask():
                self._ask(name, node, 1)
            case Branch():
                values = self._values()
                self._next = next((way.next for way in node.branch if _holds(way, values)), node.otherwise)
            case Set():
                values = self._values()
                self._variables |= {key: kept(filled(text, values)) for key, text in node.set.items()}
                self._next = node.next
            case Faq():
                self._look_up(node)
            case Hours():
                self._next = node.open if self._turn.open else node.closed
            case ToPeople():
                values = self._values()
                slots = {slot: values[slot] for slot in node.slots if values.get(slot)}
                reason = filled(node.hand_over, values).strip()[:LONGEST_REASON] or name
                summary = filled(node.summary, values).strip()[:LONGEST]
                self._hand_over = HandOver(reason, queue=node.queue, summary=summary, slots=slots)
            case Close():
                self._close = filled(node.close, self._values()).strip()[:LONGEST_REASON] or name

    def _ask(self, name: str, node: Ask, tries: int) -> None:
        labels = [self._text(choice.label) for choice in node.choices]
        if text := self._text(node.ask):
            self._messages.append(question(name, node, text, labels))
        self._waits, self._tries = name, tries

    def _look_up(self, node: Faq) -> None:
        match = best(self._said, self._flow.faq[node.faq])
        self._confidence = round(match.likeness / 100, 2) if match else None
        self._understood = match is not None and match.likeness >= node.sure
        if match is None or not self._understood:
            self._next = node.otherwise
            return
        self._intent = match.question.intent
        self._say(match.question.answer)
        self._next = node.next

    def _wanted(self, node: Call) -> Wanted | None:
        self._calls += 1
        if self._calls > MOST_CALLS:
            self._next = node.otherwise
            return None
        values = self._values()
        method, _, path = node.call.partition(" ")
        path = filled(path, values, lambda value: quote(value, safe=""))
        if climbs(path):  # what was said would have the service asked for something else
            self._next = node.otherwise
            return None
        self._call = node
        body = None if node.body is None else {key: filled(text, values) for key, text in node.body.items()}
        return Wanted(self._calls, method, path, body, reads=bool(node.take))

    def _values(self) -> Mapping[str, str]:
        name, channel = self._turn.person.name, self._turn.channel
        return self._variables | {"said": self._said, "name": name, "language": self._language, "channel": channel}

    def _say(self, texts: Texts) -> None:
        if text := self._text(texts):
            self._messages.append((Text(text),))

    def _text(self, texts: Texts) -> str:
        return filled(self._flow.in_language(texts, self._language), self._values()).strip()[:LONGEST]


def suggestions(flow: Flow, turn: Turn) -> Words:
    """For a human who talks: what the lists of questions have on what was just asked, and the answer to it as a reply, if one is
    like it. Nothing is remembered."""
    walk = Walk(flow, replace(turn, heard=turn.heard[-1:]))  # in the language of the newest message
    near = _near(flow, heard_text(turn.heard[-1:])) or _near(flow, heard_text(turn.heard))
    knowledge = tuple(
        Knowledge(each.asked, walk._text(each.question.answer), score=round(each.likeness / 100, 2)) for each in near
    )
    sure = min((node.sure for node in flow.nodes.values() if isinstance(node, Faq)), default=100)
    if not near or near[0].likeness < sure:
        return Words(understood=False, knowledge=knowledge)
    said = ((Text(knowledge[0].text),),) if knowledge[0].text else ()
    return Words(say=said, confidence=knowledge[0].score, intent=near[0].question.intent, knowledge=knowledge)


def _near(flow: Flow, said: str) -> list[Match]:
    """What is like this: the newest message is looked at alone first, for a human may have let several come."""
    questions = (question for questions in flow.faq.values() for question in questions)
    return [match for match in ranked(said, questions, MOST_NEAR) if match.likeness >= NEAR]


def _holds(case: Case, values: Mapping[str, str]) -> bool:
    value = filled(case.when, values).strip()
    number = _number(value)
    return all(
        (
            case.equals is None or value == case.equals,
            case.one_of is None or value in case.one_of,
            case.matches is None or matches(case.matches, value),
            case.above is None or (number is not None and number > case.above),
            case.below is None or (number is not None and number < case.below),
        )
    )


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", ".")) if len(text) < 40 else None
    except ValueError:
        return None


def _dug(value: Any, path: str) -> str | None:
    """What lies at `a.0.b` in a JSON value, as text; None if there is nothing, or more than one thing."""
    for name in path.split("."):
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isascii() and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None
