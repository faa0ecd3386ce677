"""A flow out of TOML, or everything that is wrong with it, each with its line. What the nodes lead to is judged in `check.py`."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from channels.errors import Complaint, ConfigError
from robots.flow.check import Found, wrong_with
from robots.flow.lines import Key, Lines
from robots.flow.model import KINDS, Flow, Node

LARGEST = 1024 * 1024  # characters
ModelT = TypeVar("ModelT", bound=BaseModel)


@lru_cache(maxsize=32)
def read(text: str, file: str = "flow") -> Flow:
    """The flow; raises `ConfigError` with every complaint."""
    if len(text) > LARGEST:
        raise ConfigError([Complaint(file, "file", f"{len(text):,} characters: at most {LARGEST:,} were expected.")])
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([Complaint(file, "file", f"it is not TOML: {error}.")]) from None
    found: list[Found] = []
    flow = _flow(value, found)
    if flow is not None:
        found += wrong_with(flow, complete=not found)
    if found:
        lines = Lines(text)
        places = sorted({(lines.of(key), ".".join(map(str, key)), sentence) for key, sentence in found})
        raise ConfigError([Complaint(f"{file}:{line}", key, sentence) for line, key, sentence in places])
    assert flow is not None, "without a complaint there is a flow"  # noqa: S101
    return flow


def _flow(value: dict[str, Any], found: list[Found]) -> Flow | None:
    """As much of the flow as can be read: a broken node costs that node only."""
    given = value.pop("node", {})
    if "nodes" in value:
        found.append((("nodes",), "write each node as a table [node.NAME]."))
        del value["nodes"]
    flow = _made(Flow, value, (), found)
    if not isinstance(given, dict) or not given:
        found.append((("node",), "at least one table [node.NAME] was expected."))
        return flow
    nodes = {name: node for name, item in given.items() if (node := _node(("node", name), item, found)) is not None}
    if flow is None:
        return None
    try:
        whole = Flow.model_validate({**dict(flow), "nodes": nodes})
    except ValidationError as error:
        names = {str(each["loc"][1]) for each in error.errors() if each["loc"][0] == "nodes" and len(each["loc"]) > 1}
        found += [(("node", name), "a name of small letters, digits and _ was expected.") for name in names]
        return None
    return whole if len(nodes) == len(given) else whole.model_copy(update={"nodes": nodes})


def _node(key: Key, item: object, found: list[Found]) -> Node | None:
    if not isinstance(item, dict):
        found.append((key, "a table was expected."))
        return None
    kinds = [kind for kind in KINDS if kind in item]
    if len(kinds) != 1:
        which = f"not {' and '.join(kinds)}" if kinds else "and there is none"
        found.append((key, f"exactly one of {', '.join(KINDS)} was expected, {which}."))
        return None
    return _made(KINDS[kinds[0]], item, key, found)


def _made(model: type[ModelT], value: dict[str, Any], key: Key, found: list[Found]) -> ModelT | None:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        seen: set[Key] = set()
        for each in error.errors(include_input=False, include_url=False, include_context=False):
            place = _place(each["loc"], value)
            if place not in seen:
                seen.add(place)
                found.append(((*key, *place), _sentence(each["type"], each["msg"], model)))
        return None


def _place(loc: tuple[str | int, ...], value: Any) -> Key:
    """Where in the file: without the names that pydantic gives to the members of a union. A missing key has its table's place."""
    place: list[str | int] = []
    for name in loc:
        if _has(value, name):
            value = value[name]
        elif name != loc[-1] or not isinstance(value, dict):
            continue
        place.append(name)
    return tuple(place)


def _has(value: Any, name: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(name, int) and name < len(value)
    return isinstance(value, dict) and name in value


def _sentence(kind: str, message: str, model: type[BaseModel]) -> str:
    if kind == "extra_forbidden":
        known = [name if name != "nodes" else "node" for name in model.model_fields]
        return f"there is no such key; known here are {', '.join(known)}."
    if kind == "missing":
        return "it is missing."
    return f"{message}."
