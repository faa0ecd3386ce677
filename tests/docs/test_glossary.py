"""GLOSSARY.md and the code say the same words: every public class is explained, and no forbidden word is in a name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.docs.project import PACKAGES, ROOT, modules, name_of, rows, tree_of

GLOSSARY = ROOT / "GLOSSARY.md"
EXPLAINED = ("channels", "ucs/core")
# What speaks another product's language may use its words.
FOREIGN = ("ucs/api/aicc/", "robots/oiap/")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words_of(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def explained() -> dict[str, set[str]]:
    """Package → the classes that the glossary explains under its heading."""
    found: dict[str, set[str]] = {}
    text = GLOSSARY.read_text(encoding="utf-8").partition("\n## In code\n")[2]
    for section in text.split("\n### ")[1:]:
        heading, _, body = section.partition("\n")
        table = [row for row in rows(body) if row[0].startswith("`")]
        names = [row[0].strip("`") for row in table]
        assert len(names) == len(set(names)), f"GLOSSARY.md: {heading} explains a class twice."
        assert all(len(row) == 2 and row[1] for row in table), f"GLOSSARY.md: {heading}: an explanation is empty."
        found[heading.strip("` ")] = set(names)
    return found


def public(package: str) -> dict[str, str]:
    """The public classes of a package, each with the first line of its docstring."""
    return {
        node.name: (ast.get_docstring(node) or "what it is").splitlines()[0]
        for path in modules(package)
        if not name_of(path).startswith("channels/kit") and not path.name.startswith("test_")
        for node in tree_of(path).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    }


@pytest.mark.parametrize("package", EXPLAINED)
def test_every_public_class_is_explained(package: str) -> None:
    known = explained()[package]
    lines = [f"| `{name}` | {says} |" for name, says in public(package).items() if name not in known]
    assert not lines, f"GLOSSARY.md, under ### `{package}`: add, in your own words:\n" + "\n".join(lines)


@pytest.mark.parametrize("package", EXPLAINED)
def test_nothing_is_explained_that_is_gone(package: str) -> None:
    gone = sorted(explained()[package] - set(public(package)))
    assert not gone, f"GLOSSARY.md, under ### `{package}`: these classes are no more, remove them: {', '.join(gone)}"


def forbidden() -> tuple[set[str], set[str]]:
    """The words that no name may have, and those that no class or module may be called by."""
    text = GLOSSARY.read_text(encoding="utf-8")
    table, _, rest = text.partition("\n## Words that say nothing\n")
    never = {word.lower() for row in rows(table) for word in re.findall(r"`(\w+)`", row[-1])}
    empty = {word.lower() for word in re.findall(r"`([A-Z]\w+)`", rest.partition("\n\nOur verbs")[0])}
    return never, empty


def names_in(tree: ast.Module) -> Iterator[tuple[str, int, bool]]:
    """Every name that the file gives to something: the name, its line, and whether it is a class's."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef():
                yield node.name, node.lineno, True
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.name, node.lineno, False
            case ast.arg():
                yield node.arg, node.lineno, False
            case ast.Name(ctx=ast.Store()):
                yield node.id, node.lineno, False
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr, node.lineno, False


def complaints_about(file: str, tree: ast.Module) -> list[str]:
    never, empty = forbidden()
    stem = file.rpartition("/")[2].removesuffix(".py")
    found = []
    for name, line, is_type in [(stem, 1, True), *names_in(tree)]:
        bad = sorted((never | empty if is_type else never).intersection(words_of(name)))
        if bad:
            found.append(f"{file}:{line}: {name} says {', '.join(bad)}")
    return found


def test_no_forbidden_word_is_in_a_name() -> None:
    found: list[str] = []
    for path in modules(*PACKAGES):
        if not name_of(path).startswith(FOREIGN):
            found += complaints_about(name_of(path), tree_of(path))
    assert not found, "GLOSSARY.md has another word for this:\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("file", "source", "count"),
    [
        ("ucs/robots.py", "robot = both = 1", 0),
        ("ucs/robots.py", "class ChatBot: pass", 1),
        ("ucs/robots.py", "def send(bot_id, *, msg): self.vdn_id = 1", 3),
        ("ucs/utils.py", "", 1),
        ("ucs/store.py", "class StoreManager: data = 1", 1),
    ],
)
def test_the_lint_finds_what_it_is_for(file: str, source: str, count: int) -> None:
    assert len(complaints_about(file, ast.parse(source))) == count
