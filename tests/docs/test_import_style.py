"""What ruff and the import contracts cannot say: a few things that are nowhere in our code, each with its reason.

Exemptions are in `KNOWN`, one line each with a reason. It must match the code exactly, so it cannot only grow.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

import pytest

from tests.docs.project import PACKAGES, ROOT, modules, name_of, tree_of

# lint → file → (how often, and why it is right there). For `broad_excepts` the reason is which whole task it supervises.
KNOWN: dict[str, dict[str, tuple[int, str]]] = {
    "platforms_asked": {
        "ucs/api/form.py": (1, "a field of a form that takes an address: the kind of field, and no platform"),
    },
    "broad_excepts": {
        "channels/plugins.py": (1, "the import of a plugin at the start: foreign code, its failure is a complaint"),
        "ucs/runtime/engine/engine.py": (
            3,
            "an input, a batch that cannot be written, a listener: a bug in one stays its own",
        ),
        "ucs/runtime/delivery/backlog.py": (
            2,
            "one file that is fetched: a bug costs that file only; and the files of a channel: a store that fails is asked again",
        ),
        "ucs/runtime/delivery/lanes.py": (
            2,
            "one item of a lane, done or given up: a bug in it, or in an adapter, costs that item only",
        ),
        "ucs/runtime/platforms/polling.py": (2, "a poller, and one thing it reads: a bug must not end the asking"),
        "ucs/runtime/platforms/checkups.py": (1, "one checkup: a bug in an adapter's `health` must not end the asking"),
        "ucs/runtime/engine/worker.py": (1, "a thread's work: what it raises is handed on to who asked for it"),
        "ucs/api/safe.py": (1, "one request: a bug in it is its own answer of 500"),
        "ucs/runtime/gateway.py": (
            4,
            "an adapter's verify, parse and answer, and taking: a bug refuses the request, keeps its bytes, or says a plain 200",
        ),
    },
    "compared_secrets": {
        "cache/links.py": (1, "how the signature is spelled, not what it says: a token has one spelling"),
    },
}

# The conformance kit is tests: whatever an adapter raises there is the finding.
TESTING = "channels/kit/"
PURE = ("channels/", "ucs/core/")
# Between these and an adapter there is nothing but the contract.
UNKNOWING = ("channels/", "cache/", "ucs/")
SECRETS = {"signature", "hmac", "secret", "password"}
CLOCKS = {"now", "utcnow", "today"}

Lint = Callable[[ast.Module], Iterator[int]]


def broad_excepts(tree: ast.Module) -> Iterator[int]:
    """`except Exception` loses messages, unless it supervises a whole task (one that tidies up and raises again is not meant)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and not _raises_again(node.body[-1]):
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(kind is None or _last_name(kind) in ("Exception", "BaseException") for kind in kinds):
                yield node.lineno


def compared_secrets(tree: ast.Module) -> Iterator[int]:
    """`==` on a secret tells by its time how much of it was right: `channels.signatures` compares in constant time."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            sides = [node.left, *node.comparators]
            if any(_is_secret(side) for side in sides) and not any(_is_empty(side) for side in sides):
                yield node.lineno


def clocks_asked(tree: ast.Module) -> Iterator[int]:
    """The core is told what time it is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in CLOCKS and _last_name(node.value) in ("datetime", "date"):
            yield node.lineno


def platforms_asked(tree: ast.Module) -> Iterator[int]:
    """`if channel == "line"` is how a platform leaks into the core. What differs between platforms is in the manifest."""
    names = {
        path.name for path in (ROOT / "adapters").iterdir() if path.is_dir() and not path.name.startswith((".", "_"))
    }
    for node in ast.walk(tree):
        match node:
            case ast.Compare(left=left, comparators=others):
                sides = [left, *others]
            case ast.match_case(pattern=ast.MatchValue(value=value)):
                sides = [value]
            case _:
                continue
        for side in sides:
            values = side.elts if isinstance(side, ast.Tuple | ast.List | ast.Set) else [side]
            if any(isinstance(value, ast.Constant) and value.value in names for value in values):
                yield side.lineno


def mocks(tree: ast.Module) -> Iterator[int]:
    """A mock agrees with whatever the code does. A fake is a class of ours, held to the same tests as the real one."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names) if any(name.name.startswith("unittest.mock") for name in names):
                yield node.lineno
            case ast.ImportFrom(module="unittest.mock"):
                yield node.lineno
            case ast.ImportFrom(module="unittest", names=names) if any(name.name == "mock" for name in names):
                yield node.lineno


def _last_name(node: ast.expr | None) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _raises_again(last: ast.stmt) -> bool:
    return isinstance(last, ast.Raise) and last.exc is None


def _is_secret(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return _last_name(node.func) in ("digest", "hexdigest", "get_secret_value")
    return bool(SECRETS & set(_last_name(node).lower().split("_")))


def _is_empty(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not node.value


LINTS: list[tuple[Lint, tuple[str, ...]]] = [
    (broad_excepts, PACKAGES),
    (compared_secrets, PACKAGES),
    (clocks_asked, PURE),
    (platforms_asked, UNKNOWING),
    (mocks, (*PACKAGES, "tests", "examples", "bench")),
]


@pytest.mark.parametrize(("lint", "folders"), LINTS, ids=lambda value: getattr(value, "__name__", ""))
def test_nowhere_but_where_it_is_known(lint: Lint, folders: tuple[str, ...]) -> None:
    read = [path for path in modules(*folders) if lint is mocks or not name_of(path).startswith(TESTING)]
    found = {name_of(path): lines for path in read if (lines := list(lint(tree_of(path))))}
    known = KNOWN.get(lint.__name__, {})
    new = [
        f"{file}:{line}" for file, lines in found.items() for line in lines if len(lines) > known.get(file, (0, ""))[0]
    ]
    assert not new, (
        f"{lint.__name__}: {', '.join(new)}. {lint.__doc__} If it is right there, list it in KNOWN and say why."
    )
    old = [file for file, (count, _) in known.items() if len(found.get(file, ())) < count]
    assert not old, f"{lint.__name__}: KNOWN allows more than there is; lower it for {', '.join(old)}."


def test_each_exemption_has_a_reason() -> None:
    assert all(count > 0 and reason for files in KNOWN.values() for count, reason in files.values())
    assert set(KNOWN) <= {lint.__name__ for lint, _ in LINTS}


@pytest.mark.parametrize(
    ("lint", "source"),
    [
        (broad_excepts, "try: f()\nexcept Exception: g()"),
        (broad_excepts, "try: f()\nexcept (ValueError, BaseException): g()"),
        (broad_excepts, "try: f()\nexcept: g()"),
        (compared_secrets, "if given_signature == expected: f()"),
        (compared_secrets, "if hmac.new(k, m, h).hexdigest() != given: f()"),
        (compared_secrets, "return_ = request.password == self.config.word"),
        (clocks_asked, "datetime.now(UTC)"),
        (clocks_asked, "datetime.datetime.utcnow()"),
        (platforms_asked, "if channel.kind == 'line': f()"),
        (platforms_asked, "if kind in ('line', 'other'): f()"),
        (platforms_asked, "match kind:\n    case 'line': f()"),
        (mocks, "from unittest import mock"),
        (mocks, "from unittest.mock import patch"),
        (mocks, "import unittest.mock"),
    ],
)
def test_each_lint_finds_what_it_is_for(lint: Lint, source: str) -> None:
    assert len(list(lint(ast.parse(source)))) == 1


@pytest.mark.parametrize(
    ("lint", "source"),
    [
        (broad_excepts, "try: f()\nexcept (OSError, ValueError): g()"),
        (broad_excepts, "try: f()\nexcept BaseException:\n    g()\n    raise"),
        (compared_secrets, "if signature == '': f()"),
        (compared_secrets, "if same_bytes(signature, expected) and size == 3: f()"),
        (clocks_asked, "now = clock.now()"),
        (platforms_asked, "first_line = 'line'"),
    ],
)
def test_each_lint_lets_the_rest_be(lint: Lint, source: str) -> None:
    assert list(lint(ast.parse(source))) == []
