"""`@value`: what never changes once it is made, equal and hashed and shown by its fields.

For whoever reads and checks the code it is a frozen dataclass: mypy refuses every assignment to a field, and `fields`, `replace` and
pydantic take it for what it is. When it runs it is a plain slotted one without the lock. Python's own lock makes each value cost
three times as much, for it sets every field through `object.__setattr__`; and `dataclass` compiles half a dozen methods for every
class, one at a time, which with some hundreds of them was a seventh of the time that a server takes to start. So all values share
theirs, and only how one is made is compiled for each.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(kind: type[T]) -> type[T]:
    """A class of values. What it says itself of `__eq__`, `__hash__` or `__repr__` holds."""
    made: Any = dataclass(slots=True, eq=False, repr=False)(kind)
    compared = [each.name for each in fields(made) if each.compare]
    made.__compared__ = attrgetter(*compared) if compared else staticmethod(_nothing)
    for name, shared in (("__eq__", _equal), ("__hash__", _hash), ("__repr__", _show)):
        if name not in kind.__dict__:
            setattr(made, name, shared)
    return made  # type: ignore[no-any-return]


def _nothing(one: Any) -> tuple[()]:
    return ()


def _equal(one: Any, other: Any) -> Any:
    if other.__class__ is not one.__class__:
        return NotImplemented
    compared = one.__compared__
    return compared(one) == compared(other)


def _hash(one: Any) -> int:
    return hash(one.__compared__(one))


def _show(one: Any) -> str:
    shown = ", ".join(f"{each.name}={getattr(one, each.name)!r}" for each in fields(one) if each.repr)
    return f"{one.__class__.__qualname__}({shown})"
