"""`value`: a frozen dataclass for whoever reads and checks the code, a plain slotted one when it runs.

Making a frozen dataclass costs three times as much as a plain one, for it sets every field through `object.__setattr__`. Where
several are made for every message of every customer that is a noticeable part of the work. So those are written
`@value(frozen=True, slots=True)`: mypy sees `dataclass` itself and refuses every assignment, and at run time nothing is paid for
what it has proven. Everything else is a frozen `dataclass`, as usual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:
    from dataclasses import dataclass

    def value(*, frozen: bool, slots: bool):
        """Equal and hashed by its fields, as a frozen one is."""
        assert frozen, "a value does not change"  # noqa: S101
        return dataclass(slots=slots, unsafe_hash=True)


__all__ = ["value"]
