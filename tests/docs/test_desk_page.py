"""docs/desk.md: its center is one that could be applied, and its table of keys is the desk's own."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from channels.plugins import load
from tests.docs.project import ROOT
from tests.docs.test_code_blocks import blocks_of
from ucs.runtime.center.center_file import center_of

PAGE = (ROOT / "docs/desk.md").read_text(encoding="utf-8")
DESK = ROOT / "ucs/web/desk"


def test_the_center_of_the_page_could_be_applied() -> None:
    (text,) = (block.code for block in blocks_of(PAGE) if block.language == "toml")
    center = center_of(tomllib.loads(text), load(ROOT / "plugins.toml"))
    assert set(center.phrases) == {("acme", "hello"), ("acme", "refund")}
    assert center.channels["site"].setting.screen_pop


def test_the_page_names_every_key_and_no_other() -> None:
    table = PAGE.partition("### The keyboard")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(\w|\?)`", table))
    source = (DESK / "keys.js").read_text(encoding="utf-8")
    known = {key for keys in re.findall(r"\{ keys: \[([^\]]+)\]", source) for key in re.findall(r'"(.)"', keys)}
    assert named == known


def test_the_desk_brings_no_more_than_it_uses() -> None:
    """Every module is loaded ahead by the page, and every one that the page loads is there."""
    page = (DESK / "desk.html").read_text(encoding="utf-8")
    ahead = set(re.findall(r'rel="modulepreload" href="/web/desk/([^"]+)"', page))
    alone = {"app.js", "pop.js", "sample.js"}
    assert ahead == {path.relative_to(DESK).as_posix() for path in DESK.rglob("*.js")} - alone


def test_each_language_has_the_same_keys_and_blanks() -> None:
    """The type check says so of the keys; here it is the blanks as well."""

    def keys_of(path: Path) -> dict[str, list[str]]:
        found = re.findall(r'^  (\w+): "(.*)",$', path.read_text(encoding="utf-8"), re.MULTILINE)
        return {key: sorted(re.findall(r"\{(\w+)\}", words)) for key, words in found}

    english, *others = (keys_of(path) for path in sorted((DESK / "lang").glob("*.js")))
    assert len(english) > 200
    assert others
    for other in others:
        assert other == english


def test_every_word_of_the_desk_is_said_somewhere() -> None:
    """A key that nothing asks for is gone from the program and not from its languages."""
    source = "".join(path.read_text(encoding="utf-8") for path in DESK.glob("*.js"))
    english = re.findall(r"^  (\w+):", (DESK / "lang/en.js").read_text(encoding="utf-8"), re.MULTILINE)
    made = [
        "seat_",
        "remark_",
        "part_",
        "state_",
        "status_",
        "tab_",
        "key_",
        "why_",
        "given_up_",
        "forwarded_",
        "mark_",
        "words_",
    ]  # put together from what the server says
    unsaid = [key for key in english if f'"{key}"' not in source and not key.startswith(tuple(made))]
    assert unsaid == []
