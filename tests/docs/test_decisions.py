"""The records in docs/decisions have one form, are numbered without gaps, fit on a page and are in the index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.project import ROOT

DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))
LONGEST = 60  # lines: a page


def test_they_are_numbered_without_gaps() -> None:
    assert [path.name[:4] for path in DECISIONS] == [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_form(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    title = re.match(r"# (\d{4}) (.+)\n", text)
    assert title, f"{path.name} begins with its number and title, as in `# 0001 Decide, then do`."
    words = re.sub(r"[^a-z0-9 ]", "", title[2].lower()).replace(" ", "-")
    assert path.name == f"{title[1]}-{words}.md", "The file is called by its title."
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "What we gave up"]
    assert text.count("\n") <= LONGEST, f"{path.name} has {text.count(chr(10))} lines; a record is one page, {LONGEST}."


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_it_is_in_the_index(path: Path) -> None:
    title = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
    number, _, words = title.partition(" ")
    assert f"| [{number}](decisions/{path.name}) | {words} |" in (ROOT / "docs/README.md").read_text(encoding="utf-8")
