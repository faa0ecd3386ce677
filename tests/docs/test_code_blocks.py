"""What stands in code blocks is true: Python runs, excerpts are in the file they name, TOML and JSON parse.

CONTRIBUTING.md says how a block is marked. Blocks of other languages (a shell's, say) are left alone.
"""

from __future__ import annotations

import json
import re
import textwrap
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docs.project import ROOT, name_of, pages

# Pages that teach: those at the root and in docs/. A README deeper down belongs to its folder's tests.
TAUGHT = [path for path in pages() if path.parent == ROOT or path.is_relative_to(ROOT / "docs")]
_FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<code>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: where its first line stands, its language, its marks and its text."""

    line: int
    language: str
    marks: tuple[str, ...]
    code: str


def blocks_of(markdown: str) -> list[Block]:
    found = []
    for match in _FENCE.finditer(markdown):
        language, *marks = match["info"].split() or [""]
        line = markdown.count("\n", 0, match.start("code")) + 1
        found.append(Block(line, language, tuple(marks), textwrap.dedent(match["code"])))
    return found


def check(page: Path, markdown: str) -> None:
    """Raise for the first block of the page that is not as it says."""
    names: dict[str, object] = {"__name__": "page"}
    for block in blocks_of(markdown):
        # Blank lines before the code make a traceback name the line of the page.
        code = "\n" * (block.line - 1) + block.code
        excerpt = next((mark.removeprefix("in=") for mark in block.marks if mark.startswith("in=")), "")
        if excerpt:
            whole = (ROOT / excerpt).read_text(encoding="utf-8")
            assert block.code.strip("\n") in whole, f"{page}:{block.line}: this is not what {excerpt} says."
        elif block.language == "python":
            program = compile(code, str(page), "exec", dont_inherit=True)
            if "no-run" not in block.marks:
                exec(program, names)  # noqa: S102  running the pages is what this test is for
        elif block.language == "toml":
            tomllib.loads(code)
        elif block.language == "json":
            json.loads(code)


@pytest.mark.parametrize("page", TAUGHT, ids=name_of)
def test_code_blocks_are_true(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a page may write files where it stands
    check(page, page.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("markdown", "error"),
    [
        ("```python\nhere = 1\n```\nand\n```python\nassert here == 2\n```\n", AssertionError),
        ("```python no-run\nsyntax error\n```\n", SyntaxError),
        ("```python in=CONTRIBUTING.md\nno such sentence is in it\n```\n", AssertionError),
        ("1. a list\n   ```toml\n   a = \n   ```\n", tomllib.TOMLDecodeError),
        ("```json\n{'a': 1}\n```\n", json.JSONDecodeError),
    ],
)
def test_an_untrue_block_is_found(markdown: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        check(Path("page.md"), markdown)


def test_a_true_page_passes() -> None:
    check(
        Path("page.md"),
        "```python\na = 1\n```\n```python\nassert a == 1\n```\n```python no-run\n1 / 0\n```\n```sh\nrm x\n```\n",
    )
