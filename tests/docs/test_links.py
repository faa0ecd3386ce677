"""Links between the pages, and from a page to a file, lead somewhere. Links to the outside are not followed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.project import ROOT, name_of, pages, prose

_LINK = re.compile(r"\]\((?!https?:|mailto:)(?P<path>[^)#\s]*)(?:#(?P<anchor>[^)\s]+))?\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors_of(page: Path) -> set[str]:
    """The anchors that a page's headings make, as the usual renderers spell them."""
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(prose(page)))
    return {heading.strip().replace(" ", "-") for heading in plain}


def broken_links(page: Path, markdown: str) -> list[str]:
    broken = []
    for link in _LINK.finditer(markdown):
        target = (page.parent / link["path"]).resolve() if link["path"] else page
        if not target.exists() or not target.is_relative_to(ROOT):
            broken.append(f"{link['path']} is not there")
        elif link["anchor"] and target.suffix == ".md" and link["anchor"] not in anchors_of(target):
            broken.append(f"{name_of(target)} has no heading #{link['anchor']}")
    return broken


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    broken = broken_links(page, prose(page))
    assert not broken, f"{name_of(page)}: {'; '.join(broken)}"


def test_a_broken_link_is_found() -> None:
    page = ROOT / "CONTRIBUTING.md"
    assert (
        broken_links(page, "[a](GLOSSARY.md) [b](GLOSSARY.md#in-code) [c](#ten-habits) [d](https://x.invalid/)") == []
    )
    assert len(broken_links(page, "[a](NOWHERE.md) [b](GLOSSARY.md#nothing) [c](../../etc/passwd)")) == 3
