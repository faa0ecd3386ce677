"""What there is of an adapter to judge it by: its class, the text of its modules and tests, its cases, an end-to-end test, a page."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from channels.adapter import Adapter, powers_of
from channels.kit.case import Case, InboundCase, OutboundCase, load_cases

OUTWARD, FAKE = "outbound", "fake/"


@dataclass(frozen=True, slots=True)
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
        inward = (text for name, text in self.modules.items() if Path(name).stem != OUTWARD)
        nodes = (node for text in inward for node in ast.walk(ast.parse(text)))
        return frozenset(filter(None, (_name(node.func) for node in nodes if isinstance(node, ast.Call))))

    @property
    def heard(self) -> frozenset[str]:
        """The names of the events and the parts in them that golden cases lead to, whether by a webhook or by a poll."""
        return frozenset(name for event in self._events() for name in _names_in(event))

    def told(self, power: str) -> list[OutboundCase]:
        """Cases of a power that succeed."""
        return [case for case in self.cases if isinstance(case, OutboundCase) and case.power == power and case.succeeds]

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
    tests = {name: text for name, text in texts.items() if "test" in Path(name).stem}
    own = {name: text for name, text in texts.items() if name not in tests}
    page = root / "docs" / "channels" / f"{adapter.manifest.name}.md"
    cases = load_cases(folder / "cases") if (folder / "cases").is_dir() else ()
    return Evidence(adapter, own | _shared(folder, own), tests, cases, _text(root / run) if run else "", _text(page))


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
