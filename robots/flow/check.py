"""What is wrong with a flow as a whole: ways to nowhere, nodes that nothing leads to, loops that wait for nobody, unknown names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import regex
from pydantic import BaseModel

from robots.flow.lines import Key
from robots.flow.model import KNOWN, Ask, Branch, Call, Close, Faq, Flow, HandOver, Node, Set
from robots.flow.templates import blanks

Found: TypeAlias = tuple[Key, str]
MOST_VARIABLES = 30  # what is remembered of them is written with every turn
ENDS = (Ask, HandOver, Close)  # the turn does not go on from here by itself


def wrong_with(flow: Flow, *, complete: bool = True) -> list[Found]:
    """Every complaint. `complete=False`: nodes are missing because they could not be read, so nothing is said of ways."""
    found = [*_names(flow), *_nodes(flow)]
    if complete:
        found += [*_targets(flow), *_unreachable(flow), *_loops(flow)]
    return found


def ways(flow: Flow) -> Iterator[tuple[Key, str]]:
    """Every way in the flow: the key that says it, and the node it leads to."""
    for _, key, target in flow.roots():
        yield key, target
    for name, node in flow.nodes.items():
        for _, key, target in node.edges():
            yield ("node", name, *key), target


def reached(flow: Flow) -> set[str]:
    """The nodes that something leads to."""
    todo, seen = [target for _, _, target in flow.roots()], set[str]()
    while todo:
        name = todo.pop()
        if name in flow.nodes and name not in seen:
            seen.add(name)
            todo += [target for _, _, target in flow.nodes[name].edges()]
    return seen


def leads_to_people(flow: Flow, name: str) -> bool:
    """Whether people may come of it without another question."""
    todo, seen = [name], set[str]()
    while todo:
        at = todo.pop()
        node = flow.nodes[at]
        if isinstance(node, HandOver):
            return True
        if not isinstance(node, ENDS):
            todo += [target for _, _, target in node.edges() if target not in seen]
            seen.add(at)
    return False


def variables(flow: Flow) -> set[str]:
    """The names that the flow gives to something."""
    given = set(flow.variables)
    for node in flow.nodes.values():
        match node:
            case Ask(into=into) if into:
                given.add(into)
            case Call(take=take):
                given |= set(take)
            case Set(set=values):
                given |= set(values)
    return given


def _targets(flow: Flow) -> Iterator[Found]:
    for key, target in ways(flow):
        if not target:
            yield key, "it is missing: where does it go from here?"
        elif target not in flow.nodes:
            yield key, f"there is no node {target!r}."


def _unreachable(flow: Flow) -> Iterator[Found]:
    for name in flow.nodes.keys() - reached(flow):
        yield ("node", name), "nothing leads to this node."


def _loops(flow: Flow) -> Iterator[Found]:
    """A way that comes back without asking anything would never end."""
    onward = {
        name: [] if isinstance(node, ENDS) else [target for _, _, target in node.edges() if target in flow.nodes]
        for name, node in flow.nodes.items()
    }
    for name in onward:
        todo, seen = list(onward[name]), set[str]()
        while todo:
            at = todo.pop()
            if at not in seen:
                seen.add(at)
                todo += onward[at]
        if name in seen:
            yield ("node", name), "it leads back to itself without asking anything: it would go round for ever."


def _names(flow: Flow) -> Iterator[Found]:
    given = variables(flow)
    if len(given) > MOST_VARIABLES:
        yield ("variables",), f"there are {len(given)} variables; at most {MOST_VARIABLES} are kept."
    for key, name in _givings(flow):
        if name in KNOWN:
            yield key, f"{name!r} is known by itself and cannot be set."
    known = given | set(KNOWN)
    yield from (
        (("summary",), f"there is no variable {blank!r}.") for blank in blanks(flow.summary) if blank not in known
    )
    for name, node in flow.nodes.items():
        for key, text in _texts(node, ("node", name)):
            yield from ((key, f"there is no variable {blank!r}.") for blank in blanks(text) if blank not in known)
        if isinstance(node, HandOver):
            slots = (slot for slot in node.slots if slot not in known)
            yield from ((("node", name, "slots"), f"there is no variable {slot!r}.") for slot in slots)


def _givings(flow: Flow) -> Iterator[tuple[Key, str]]:
    yield from ((("variables", name), name) for name in flow.variables)
    for name, node in flow.nodes.items():
        match node:
            case Ask(into=into):
                yield ("node", name, "into"), into
            case Call(take=take):
                yield from ((("node", name, "take", each), each) for each in take)
            case Set(set=values):
                yield from ((("node", name, "set", each), each) for each in values)


def _texts(value: Any, key: Key) -> Iterator[tuple[Key, str]]:
    """Every text in a node, with its key. Patterns are none: there `{` counts."""
    if isinstance(value, BaseModel):
        fields = ((name, getattr(value, name)) for name in type(value).model_fields)
        for name, item in fields:
            if name not in ("pattern", "matches"):
                yield from _texts(item, (*key, name))
    elif isinstance(value, dict | tuple | list):
        items: Iterable[tuple[str | int, Any]] = value.items() if isinstance(value, dict) else enumerate(value)
        for place, item in items:
            yield from _texts(item, (*key, place))
    elif isinstance(value, str):
        yield key, value


def _nodes(flow: Flow) -> Iterator[Found]:
    for name, node in flow.nodes.items():
        for key, sentence in _node(flow, node):
            yield ("node", name, *key), sentence


def _node(flow: Flow, node: Node) -> Iterator[Found]:
    match node:
        case Faq(faq=faq) if faq not in flow.faq:
            yield ("faq",), f"there is no list of questions [[faq.{faq}]]."
        case Ask():
            if node.format and node.pattern:
                yield ("pattern",), "give either a format or a pattern."
            yield from _pattern(node.pattern, ("pattern",))
        case Branch():
            for place, case in enumerate(node.branch):
                if case.model_fields_set <= {"when", "next"}:
                    yield ("branch", place), "a condition is missing: equals, one_of, matches, above or below."
                yield from _pattern(case.matches or "", ("branch", place, "matches"))


def _pattern(pattern: str, key: Key) -> Iterator[Found]:
    try:
        regex.compile(pattern)
    except regex.error as error:
        yield key, f"it is not a regular expression: {error}."
