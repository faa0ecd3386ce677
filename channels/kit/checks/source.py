"""What the source of an adapter or a robot must not have: other ways out, clocks, dice, loose catching, noise.

Every file in the plugin's folder is read, but for tests and for `fake`, the pretended platform that may lie beside an adapter and that
no file of it may import; for a plugin that is a module among others, that module.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

from channels.kit.given import Configured

WAYS_OUT = {
    "socket",
    "ssl",
    "http",
    "urllib.request",
    "urllib3",
    "requests",
    "httpx",
    "aiohttp",
    "websockets",
    "ftplib",
    "smtplib",
}
ENGINES = {
    "subprocess",
    "multiprocessing",
    "threading",
    "sqlite3",
    "time",
    "random",
    "logging",
    "importlib",
    "pickle",
    "marshal",
}
OURS = {"ucs", "cache"}
FAMILIES = {"adapters", "robots"}
FAKE = "fake"
CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("uuid", "uuid4"),
    ("uuid", "uuid1"),
}
BROAD = {"Exception", "BaseException"}


class SourceChecks(Configured):
    def test_imports_no_other_way_out(self) -> None:
        banned = (WAYS_OUT | ENGINES | OURS) - set(self.may_import)
        found = [f"{where}: import {name}" for where, name in self._imports() if _under(name, banned)]
        assert not found, (
            "\n".join(found) + "\nThe only way out is `http`; time comes with the request, message or turn."
        )

    def test_imports_no_other_adapter(self) -> None:
        own = ".".join(self.plugin().__module__.split(".")[:2])
        others = (
            (where, name) for where, name in self._imports() if _under(name, FAMILIES) and not _under(name, {own})
        )
        found = [f"{where}: import {name}" for where, name in others if name not in FAMILIES and "._" not in name]
        assert not found, f"{found}: adapters do not import each other; what two share lies in adapters/_NAME.py."

    def test_imports_no_fake(self) -> None:
        found = [f"{where}: import {name}" for where, name in self._imports() if FAKE in name.split(".")]
        assert not found, f"{found}: a fake platform is loaded where somebody wants to play with it, and nowhere else."

    def test_asks_no_clock_and_draws_no_dice(self) -> None:
        found = [
            f"{where}: {node.value.id}.{node.attr}"
            for where, node in self._nodes()
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and (node.value.id, node.attr) in CLOCKS
        ]
        assert not found, (
            "\n".join(found) + "\nNow is Request.at, Outbound.at or Turn.at, and in a poll Http.now(); "
            "an id that must not change is their key."
        )

    def test_catches_nothing_broadly(self) -> None:
        found = [
            where
            for where, node in self._nodes()
            if isinstance(node, ast.ExceptHandler) and (node.type is None or BROAD & set(_names(node.type)))
        ]
        assert not found, f"{found}: name the exceptions; a broad except loses messages silently."

    def test_prints_nothing(self) -> None:
        found = [where for where, node in self._nodes() if isinstance(node, ast.Call) and "print" in _names(node.func)]
        assert not found, f"{found}: print."

    def test_waits_for_nothing_itself(self) -> None:
        found = [
            where
            for where, node in self._nodes()
            if isinstance(node, ast.Attribute)
            and node.attr in ("sleep", "create_task", "ensure_future", "run_in_executor")
        ]
        assert not found, f"{found}: the runtime retries, paces and repeats; an adapter translates."

    def test_compares_secrets_in_constant_time(self) -> None:
        found = [
            where
            for where, node in self._nodes()
            if isinstance(node, ast.Compare) and any("get_secret_value" in _names(part) for part in ast.walk(node))
            and any(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops)
        ]  # fmt: skip
        assert not found, f"{found}: == on a secret tells its letters by time; use channels.signatures.require_token."

    def _files(self) -> list[Path]:
        path = Path(inspect.getfile(self.plugin()))
        return (
            [path]
            if path.name != "__init__.py"
            else [
                file
                for file in sorted(path.parent.rglob("*.py"))
                if "test" not in file.stem and FAKE not in file.relative_to(path.parent).parts
            ]
        )

    def _nodes(self) -> Iterator[tuple[str, ast.AST]]:
        for path in self._files():
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                yield f"{path.name}:{getattr(node, 'lineno', 0)}", node

    def _imports(self) -> Iterator[tuple[str, str]]:
        for where, node in self._nodes():
            if isinstance(node, ast.Import):
                yield from ((where, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield where, node.module
                yield from ((where, f"{node.module}.{alias.name}") for alias in node.names)


def _under(name: str, banned: set[str]) -> bool:
    return any(name == module or name.startswith(module + ".") for module in banned)


def _names(node: ast.AST) -> Iterator[str]:
    """The names that an expression is made of, at its top."""
    match node:
        case ast.Name(id=name):
            yield name
        case ast.Attribute(attr=name):
            yield name
        case ast.Tuple(elts=items):
            for item in items:
                yield from _names(item)
        case ast.Call(func=function):
            yield from _names(function)
