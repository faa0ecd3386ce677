"""The files in changes/ are called and written so that they can be put together into release notes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.project import ROOT

FRAGMENTS = [path for path in sorted((ROOT / "changes").iterdir()) if path.name != "README.md"]
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.(feature|fix|docs|removal)\.md")


def complaint_about(name: str, text: str) -> str:
    """What is wrong with a fragment, or nothing."""
    if not _NAME.fullmatch(name):
        return f"changes/{name} is not called NAME.feature.md, NAME.fix.md, NAME.docs.md or NAME.removal.md."
    if not text.strip() or text != text.strip() + "\n":
        return f"changes/{name} is empty, or has blank lines around its text."
    if re.search(r"^#", text, re.MULTILINE):
        return f"changes/{name} has a heading; the release notes bring their own."
    if not re.match(r"(?s)[^-*].*?[.:](\s|$)", text):
        return f"changes/{name} does not begin with a sentence."
    return ""


@pytest.mark.parametrize("path", FRAGMENTS, ids=lambda path: path.name)
def test_fragments_are_well_formed(path: Path) -> None:
    assert complaint_about(path.name, path.read_text(encoding="utf-8")) == ""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("core.feature.txt", "Good.\n"),
        ("Core.feature.md", "Good.\n"),
        ("core.misc.md", "Good.\n"),
        ("core.feature.md", ""),
        ("core.feature.md", "\nGood.\n"),
        ("core.feature.md", "# Core\n\nGood.\n"),
        ("core.feature.md", "no sentence\n"),
    ],
)
def test_others_are_found(name: str, text: str) -> None:
    assert complaint_about(name, text)
