"""Where things lie, for the tests that read the project itself: its Markdown pages and its Python files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("channels", "adapters", "robots", "cache", "ucs")
# Folders of tools and of dependencies: whatever starts with a dot, and what a build leaves behind.
_NOT_OURS = ("build", "dist", "ucs-data", "node_modules")


def pages() -> list[Path]:
    """Every Markdown page of the project, sorted."""
    return sorted(path for path in ROOT.rglob("*.md") if _ours(path))


def modules(*folders: str) -> list[Path]:
    """Every Python file below these folders of the project, sorted."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py") if _ours(path))


def name_of(path: Path) -> str:
    """A file as the project calls it: its path from the root, with `/`."""
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def prose(path: Path) -> str:
    """A page without its code blocks, which may show links and tables that are none."""
    lines, inside = [], False
    for line in path.read_text(encoding="utf-8").splitlines():
        fence = line.lstrip().startswith("```")
        inside ^= fence
        lines.append("" if inside or fence else line)
    return "\n".join(lines)


def rows(markdown: str) -> Iterator[list[str]]:
    """The rows of every table in a text, as stripped cells; the lines of dashes are left out."""
    for line in markdown.splitlines():
        if line.startswith("|") and set(line) - set("|-: "):
            yield [cell.strip() for cell in line.strip().strip("|").split("|")]


def _ours(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return not any(part.startswith(".") or part in _NOT_OURS or part.endswith(".egg-info") for part in parts)
