"""The part of JSON Schema that tools are declared with, and whether arguments are as declared.

Small on purpose: a keyword that is not here is refused when the configuration is read, so that nobody relies on a check that is
not made. Properties that are not declared are never let through.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import regex

PATTERN_FOR = 0.1  # seconds
TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
# keyword → the types that it says something of
KEYWORDS: Mapping[str, tuple[str, ...]] = {
    "properties": ("object",),
    "required": ("object",),
    "additionalProperties": ("object",),
    "items": ("array",),
    "maxItems": ("array",),
    "minLength": ("string",),
    "maxLength": ("string",),
    "pattern": ("string",),
    "minimum": ("integer", "number"),
    "maximum": ("integer", "number"),
}
ANYWHERE = {"type", "description", "title", "enum"}
DEEPEST = 5


def unsupported(schema: Any, place: str = "parameters", depth: int = 0) -> str:
    """What of a schema we cannot check, or nothing."""
    if not isinstance(schema, dict) or depth > DEEPEST:
        return f"{place} is no schema, or lies too deep"
    kind = schema.get("type")
    if not isinstance(kind, str) or kind not in TYPES:
        return f"{place}.type is none of {', '.join(TYPES)}"
    if unknown := [key for key in schema if key not in ANYWHERE and kind not in KEYWORDS.get(key, ())]:
        return f"{place}.{unknown[0]} is not checked for {kind}"
    if schema.get("additionalProperties", False) is not False:
        return f"{place}.additionalProperties must be false"
    if wrong := _wrong_values(schema, place):
        return wrong
    parts = {f"{place}.{name}": part for name, part in schema.get("properties", {}).items()}
    parts |= {f"{place}.items": schema["items"]} if "items" in schema else {}
    return next((wrong for name, part in parts.items() if (wrong := unsupported(part, name, depth + 1))), "")


def wrong_with(value: Any, schema: Mapping[str, Any], place: str = "arguments") -> str:
    """Why a value is not as declared, in a sentence the model can use; nothing if it is."""
    return next(_complaints(value, schema, place), "")


def _complaints(value: Any, schema: Mapping[str, Any], place: str) -> Iterator[str]:
    kind = schema["type"]
    if not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        yield f"{place}: {kind} was expected."
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: one of {', '.join(map(str, schema['enum']))} was expected."
    match value:
        case dict():
            yield from _object(value, schema, place)
        case list():
            if len(value) > schema.get("maxItems", 100):
                yield f"{place}: at most {schema.get('maxItems', 100)} were expected."
            for index, item in enumerate(value):
                yield from _complaints(item, schema["items"], f"{place}.{index}") if "items" in schema else ()
        case str():
            yield from _string(value, schema, place)
        case bool():
            return
        case _:
            if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
                yield f"{place}: it is out of range."


def _object(value: dict[str, Any], schema: Mapping[str, Any], place: str) -> Iterator[str]:
    known = schema.get("properties", {})
    yield from (f"{place}.{name}: it is missing." for name in schema.get("required", ()) if name not in value)
    for name, item in value.items():
        if name in known:
            yield from _complaints(item, known[name], f"{place}.{name}")
        else:
            yield f"{place}: only {', '.join(known) or 'nothing'} was expected."


def _string(value: str, schema: Mapping[str, Any], place: str) -> Iterator[str]:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 2000):
        yield f"{place}: its length is out of range."
    elif "pattern" in schema and not _found(schema["pattern"], value):
        yield f"{place}: it is not of the form {schema['pattern']}."


def _found(pattern: str, value: str) -> bool:
    try:
        return regex.search(pattern, value, timeout=PATTERN_FOR) is not None
    except TimeoutError:
        return False


def _wrong_values(schema: Mapping[str, Any], place: str) -> str:
    """Keywords with a value of the wrong kind."""
    wanted: dict[str, tuple[type, ...]] = {
        "properties": (dict,), "required": (list, tuple), "enum": (list, tuple), "pattern": (str,),
        "minLength": (int,), "maxLength": (int,), "maxItems": (int,), "minimum": (int, float), "maximum": (int, float),
    }  # fmt: skip
    for name, kinds in wanted.items():
        if name in schema and not isinstance(schema[name], kinds):
            return f"{place}.{name} has a value of the wrong type"
    try:
        regex.compile(schema.get("pattern", ""))
    except regex.error:
        return f"{place}.pattern is not a regular expression"
    return ""
