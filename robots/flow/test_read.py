# ruff: noqa: E501  the table of mistakes is read across, one mistake a line
"""Every mistake in a flow is named, with its line and its key; all of them at once."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from channels.errors import ConfigError
from robots.flow.lines import Lines
from robots.flow.read import read

HERE = Path(__file__).parent
SHOP = (HERE / "test_data/shop.flow.toml").read_text("utf-8")


def complaints(text: str) -> list[tuple[str, str, str]]:
    with pytest.raises(ConfigError) as refused:
        read(text, "f")
    return [(each.file, each.key, each.expected) for each in refused.value.complaints]


# what → (old in the right flow, new in its place, key, what the sentence says); the line is that of the key in the changed file.
MISTAKES = {
    "unknown key": ('next = "topic"\n\n[node.topic]', 'nxet = "topic"\n\n[node.topic]', "node.hello.nxet", "no such key; known here are say, next"),
    "unknown key of the flow": ('start = "hello"', 'start = "hello"\nstrat = "hello"', "strat", "no such key"),
    "missing key": ('next = "topic"\n\n[node.topic]', "\n[node.topic]", "node.hello.next", "missing"),
    "no start": ('start = "hello"', "", "start", "missing"),
    "missing target": ('returned = "back"', 'returned = "bakc"', "returned", "no node 'bakc'"),
    "missing target of a choice": ('next = "mail" },', 'next = "mial" },', "node.topic.choices.1.next", "no node 'mial'"),
    "missing target of a status": ('404 = "unknown"', '404 = "unknwon"', "node.fetch.statuses.404", "no node"),
    "missing target of a branch": ('next = "sent" },', 'next = "set" },', "node.sort.branch.1.next", "no node 'set'"),
    "missing target of words": ('"人工"]\nnext = "staffed"', '"人工"]\nnext = "staff"', "anywhere.0.next", "no node"),
    "no way on": ('format = "email"\nnext = "book"', 'format = "email"', "node.mail.next", "where does it go from here"),
    "unreachable": ("[node.end]", '[node.island]\nclose = "x"\n\n[node.end]', "node.island", "nothing leads to"),
    "loop": ('say = "I am the robot again."\nnext = "topic"', 'say = "I am the robot again."\nnext = "back"', "node.back", "go round for ever"),
    "two kinds": ('[node.end]', '[node.end]\nsay = "x"', "node.end", "not say and close"),
    "no kind": ('close = "repair booked"', 'clsoe = "repair booked"', "node.end", "there is none"),
    "no table": ('[node.hello]', 'node.odd = 3\n[node.hello]', "anywhere.0.node", "no such key"),
    "unknown variable": ('say = "Order {order} is', 'say = "Order {oder} is', "node.told.say", "no variable 'oder'"),
    "unknown variable of the flow": ('start = "hello"', 'start = "hello"\nsummary = "{oder}"', "summary", "no variable 'oder'"),
    "unknown slot": ('slots = ["order", "topic"]', 'slots = ["order", "topc"]', "node.person.slots", "no variable 'topc'"),
    "known by itself": ('into = "mail"', 'into = "name"', "node.mail.into", "cannot be set"),
    "unknown list": ('faq = "shop"', 'faq = "shpo"', "node.faq.faq", "[[faq.shpo]]"),
    "format and pattern": ('format = "email"', 'format = "email"\npattern = "x"', "node.mail.pattern", "either a format or a pattern"),
    "broken pattern": ('format = "email"', 'pattern = "("', "node.mail.pattern", "not a regular expression"),
    "unknown format": ('format = "email"', 'format = "mail"', "node.mail.format", "'email'"),
    "no condition": ("above = 1000, ", "", "node.sort.branch.0", "a condition is missing"),
    "not a call": ('call = "POST /repairs"', 'call = "DELETE /repairs"', "node.book.call", "pattern"),
    "too many tries": ("tries = 2", "tries = 200", "node.number.tries", "less than or equal to 10"),
    "wrong type": ('say = "Nobody is free."', "say = 3", "node.alone.say", "string"),
    "wrong type in a choice": ('value = "order", next', "value = 3, next", "node.topic.choices.0.value", "string"),
    "no answer": ('answer = "Harbour Street 7."', "", "faq.shop.1.answer", "missing"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_line_and_key(mistake: str) -> None:
    old, new, key, says = MISTAKES[mistake]
    assert SHOP.count(old) == 1, "the table is out of date"
    text = SHOP.replace(old, new)
    found = {name: (file, expected) for file, name, expected in complaints(text)}
    assert key in found, found
    file, expected = found[key]
    assert says in expected
    assert file == f"f:{Lines(text).of(_parts(key))}"


def _parts(key: str) -> list[str | int]:
    return [int(name) if name.isdigit() and name != "404" else name for name in key.split(".")]


def test_all_mistakes_are_said_at_once() -> None:
    text = SHOP
    for mistake in ("unknown variable", "missing target", "unreachable", "unknown slot", "missing target of a status"):
        text = text.replace(*MISTAKES[mistake][:2])
    keys = [key for _, key, _ in complaints(text)]
    nodes = ["fetch.statuses.404", "told.say", "unknown", "person.slots", "back", "island"]
    assert keys == ["returned", *(f"node.{name}" for name in nodes)]


def test_a_node_that_cannot_be_read_hides_no_other_mistake() -> None:
    text = SHOP.replace('say = "Nobody is free."', "say = 3").replace("Order {order} is", "Order {oder} is")
    assert [key for _, key, _ in complaints(text)] == ["node.told.say", "node.alone.say"]


@pytest.mark.parametrize(
    "text", ["", "start =", 'start = "a"', "node = 3", "[node.a]", '[node."A B"]\nclose = "x"', "nodes = {}"]
)
def test_what_is_no_flow_is_refused(text: str) -> None:
    assert complaints(text)


@pytest.mark.parametrize("name", ["robots/flow/test_data/shop.flow.toml", "ucs/demo/harbour.flow.toml"])
def test_every_key_is_found_in_its_line(name: str) -> None:
    text = (HERE.parents[1] / name).read_text("utf-8")
    lines, written = Lines(text), text.splitlines()
    for path in _paths(tomllib.loads(text)):
        line = written[lines.of(path) - 1]
        names = [part for part in path if isinstance(part, str)]
        assert any(part in line for part in names) or line.lstrip().startswith("{"), (path, line)


def test_the_flows_of_the_page_are_well() -> None:
    page = (HERE.parents[1] / "docs/robot-flow.md").read_text("utf-8")
    flows = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert [len(read(flow).nodes) for flow in flows] == [4, 8]


def _paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in items for found in ((*path, key), *_paths(item, (*path, key)))]


def test_lines_are_found_behind_what_looks_like_a_key() -> None:
    text = (
        'a = """\n[b]\nb = 1\n"""\nc = [\n  "]", # [\n  "x",\n]\n[d."e.f"]\ng.h = 1\n[[d.i]]\n[[d.i]]\n[d.i.j]\nk = 2\n'
    )
    lines = Lines(text)
    assert [lines.of(key) for key in (("a",), ("b",), ("c",), ("c", 1), ("d", "e.f"), ("d", "e.f", "g", "h"))] == [
        1,
        1,
        5,
        7,
        9,
        10,
    ]
    assert lines.of(("d", "i", 1, "j", "k")) == 14
