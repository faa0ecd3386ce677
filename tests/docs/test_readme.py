"""The first page: its example talks with the demo, its picture and screenshots are small, and both languages say the same.

Its links are followed by `test_links`, its commands by `test_commands`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.served import served
from tests.docs.project import ROOT, prose
from tests.docs.test_code_blocks import Block, blocks_of

ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
EACH_OTHER = {ENGLISH.name, CHINESE.name}
LARGEST = 150_000  # bytes of a screenshot


def blocks(page: Path) -> list[Block]:
    return blocks_of(page.read_text(encoding="utf-8"))


def example() -> str:
    """The one Python block. `no-run` keeps it from `test_code_blocks`, which has no server to talk with."""
    (block,) = (block for block in blocks(ENGLISH) if block.language == "python")
    return block.code


def test_the_example_talks_with_the_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = 'UCS = "http://127.0.0.1:8080"'
    assert said in example()
    data = tmp_path / "demo"
    with served("demo", "--port", "0", "--data", str(data), "--no-browser", data=data) as url:
        exec(compile(example().replace(said, f"UCS = {url!r}"), "README.md", "exec"), {})  # noqa: S102  that is the test
    seen = capsys.readouterr().out.splitlines()
    assert seen == ["1 system opened", "2 customer message", "3 system message", "4 system queued"]


@pytest.mark.parametrize("page", [ENGLISH, CHINESE], ids=lambda page: page.name)
def test_it_names_the_commands_that_a_stranger_needs(page: Path) -> None:
    assert re.findall(r"^\| `make (\w+)` \|", page.read_text(encoding="utf-8"), re.MULTILINE) == ["demo", "test"]


def test_both_languages_show_the_same() -> None:
    def shape(page: Path) -> tuple[list[str], list[str], list[str], list[int]]:
        text = prose(page)
        links = re.findall(r'(?:\]\(|src=")([^)"]+)', text)
        code = [re.sub(r" *#.*", "", block.code) for block in blocks(page)]
        headings = [len(line.split(" ")[0]) for line in text.splitlines() if line.startswith("#")]
        return links, code, re.findall(r"^\|-", text, re.MULTILINE), headings

    english, chinese = shape(ENGLISH), shape(CHINESE)
    assert [link for link in english[0] if link not in EACH_OTHER] == [
        link for link in chinese[0] if link not in EACH_OTHER
    ]
    assert english[1:] == chinese[1:]


def test_pictures_are_small_and_there() -> None:
    named = re.findall(r'(?:\]\(|src=")(docs/pictures/[^)"]+)', ENGLISH.read_text(encoding="utf-8"))
    assert sorted(named) == sorted(f"docs/pictures/{path.name}" for path in (ROOT / "docs/pictures").iterdir())
    assert all((ROOT / name).stat().st_size < LARGEST for name in named)
