"""What there is of an adapter to judge it by: its class, the text of its modules and tests, its cases, an end-to-end test, a page."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from channels.adapter import Adapter, powers_of
from channels.kit.case import Case, InboundCase, OutboundCase, load_cases
from channels.value import value

OUTWARD, FAKE = "outbound", "fake/"
LOOKED_AT = frozenset({"inbound", "outbound", "spoken", "saying", "refusable", "readable", "powers", "pytestmark"})


@value
class Evidence:
    """`modules` and `tests` are texts by file name; `run` and `page` texts too, empty where there is none."""

    adapter: type[Adapter[Any]]
    modules: Mapping[str, str]
    tests: Mapping[str, str]
    cases: tuple[Case, ...]
    run: str = ""
    page: str = ""

    @property
    def powers(self) -> frozenset[str]:
        return powers_of(self.adapter)

    @property
    def calls(self) -> frozenset[str]:
        """The names of everything that its modules call, hence of every event and part that they make of what comes in. A module
        called `outbound` makes what goes out."""
        called = (_name(node.func) for node in self._inward() if isinstance(node, ast.Call))
        return frozenset(filter(None, called))

    @property
    def kinds(self) -> frozenset[str]:
        """The platform's names of what comes in, as far as the adapter has readers for them: the keys of tables whose values are
        declared as `Callable`."""
        return frozenset(
            key.value
            for node in self._inward()
            if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict) and _is_table(node.annotation)
            for key in node.value.keys
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
        )

    @property
    def made_statuses(self) -> frozenset[str]:
        """How far a message may have come by what the adapter reads. That it was sent, we know without."""
        named = (node for node in self._inward() if isinstance(node, ast.Attribute) and _name(node.value) == "Status")
        return frozenset(node.attr.lower() for node in named) - {"sent"}

    @property
    def told_statuses(self) -> frozenset[str]:
        """The same of golden cases."""
        told = (
            each.get("status") if isinstance(each, dict) else getattr(each, "status", "") for each in self._events()
        )
        return frozenset(str(status) for status in told if status)

    @property
    def arrived(self) -> str:
        """All that comes in in golden cases, whether it is brought or asked for."""
        brought = [case.request for case in self.cases if isinstance(case, InboundCase) and not case.error]
        asked = [step.answer.body for case in self.told("poll") for step in case.exchange]
        return "\n".join(body.decode("utf-8", "replace") for body in [*(each.body for each in brought), *asked])

    @property
    def errors(self) -> frozenset[str]:
        """The names of the errors that what we say ends in, in cases."""
        outcomes = (case.outcome for case in self.cases if isinstance(case, OutboundCase))
        return frozenset(outcome["error"]["type"] for outcome in outcomes if "error" in outcome)

    @property
    def heard(self) -> frozenset[str]:
        """The names of the events and the parts in them that golden cases lead to, whether by a webhook or by a poll."""
        return frozenset(name for event in self._events() for name in _names_in(event))

    def told(self, power: str) -> list[OutboundCase]:
        """Cases of a power that succeed."""
        return [case for case in self.cases if isinstance(case, OutboundCase) and case.power == power and case.succeeds]

    def _inward(self) -> Iterator[ast.AST]:
        """All syntax but that of modules called `outbound`."""
        texts = (text for name, text in self.modules.items() if Path(name).stem != OUTWARD)
        return (node for text in texts for node in ast.walk(ast.parse(text)))

    def _events(self) -> Iterator[Any]:
        for case in self.cases:
            if isinstance(case, InboundCase):
                yield from case.events
        for polled in self.told("poll"):
            for batch in polled.outcome.get("result", ()):
                yield from batch["events"]


def evidence_of(adapter: type[Adapter[Any]], root: Path, run: str) -> Evidence:
    """`run` is the end-to-end test that a claim names, as seen from `root`; pages are in its `docs/channels`."""
    folder = Path(inspect.getfile(adapter)).parent
    texts = {name: text for name, text in _modules(folder).items() if not name.startswith(FAKE)}
    tests = {name: text for name, text in texts.items() if _is_test(Path(name))}
    own = {name: text for name, text in texts.items() if name not in tests}
    page = root / "docs" / "channels" / f"{adapter.manifest.name}.md"
    project = _project(folder)
    if project != folder:
        tests |= {path.name: path.read_text("utf-8") for path in sorted(project.glob("*.py")) if _is_test(path)}
    cases = load_cases(project / "cases") if (project / "cases").is_dir() else ()
    return Evidence(adapter, own | _shared(folder, own), tests, cases, _text(root / run) if run else "", _text(page))


def _project(folder: Path) -> Path:
    """Where the cases of an adapter lie, and its tests: in its folder, or beside it if that is a package of a project of its own."""
    beside = folder.parent
    return beside if not (folder / "cases").is_dir() and (beside / "pyproject.toml").is_file() else folder


def _is_test(path: Path) -> bool:
    return "test" in path.stem


def contracts_of(test: str) -> set[str]:
    """The names of the adapters that a test holds to all of the contract: nothing of it is overridden or skipped."""
    return {
        value.id
        for node in ast.parse(test).body
        if isinstance(node, ast.ClassDef) and "AdapterContract" in map(_name, node.bases)
        if not node.decorator_list and not any(_leaves_out(item) for item in node.body)
        for item in node.body
        if isinstance(item, ast.Assign)
        for name, value in _set_by(item)
        if name == "adapter" and isinstance(value, ast.Name)
    }


def _leaves_out(item: ast.stmt) -> bool:
    """A check, what checks look at, or a mark for all of them."""
    named = {item.name} if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) else set[str]()
    if isinstance(item, ast.Assign):
        named = {name for name, _ in _set_by(item)}
    return any(name in LOOKED_AT or name.startswith("test_") for name in named)


def _set_by(item: ast.Assign) -> Iterator[tuple[str, ast.expr]]:
    """What an assignment sets, and to what: `a = b = 1` both to the one, `a, b = 1, 2` each to its own."""
    for target in item.targets:
        if isinstance(target, ast.Tuple) and isinstance(item.value, ast.Tuple):
            yield from ((_name(each), value) for each, value in zip(target.elts, item.value.elts, strict=False))
        else:
            yield _name(target), item.value


def _is_table(annotation: ast.expr) -> bool:
    return any(_name(node) == "Callable" for node in ast.walk(annotation) if isinstance(node, ast.expr))


def _modules(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in sorted(folder.rglob("*.py"))}


def _shared(folder: Path, own: Mapping[str, str]) -> dict[str, str]:
    """What it shares with others lies beside it, and its name begins with an underscore."""
    named = re.compile(rf"\b{re.escape(folder.parent.name)}\.(_\w+)")
    names = {name for text in own.values() for name in named.findall(text)}
    found = ((name, file, text) for name in sorted(names) for file, text in _modules(folder.parent / name).items())
    return {f"{name}/{file}": text for name, file, text in found if not file.startswith(FAKE)}


def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _names_in(event: Any) -> Iterator[str]:
    """Of an event, or of one as a poll's result has it in a case; parts within are called by their class."""
    if isinstance(event, dict):
        yield event["event"]
        yield from ("".join(map(str.title, part["type"].split("_"))) for part in event.get("parts", ()))
        return
    yield type(event).__name__
    yield from (type(part).__name__ for part in getattr(event, "parts", ()))
