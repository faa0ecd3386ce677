"""Lengths of time as people write them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def duration(value: Any) -> Any:
    """`"30s"`, `"2m"`, `"1.5h"`, `"7d"`, or a number of seconds. Raises `ValueError`, a sentence."""
    if isinstance(value, str):
        for unit in ("ms", "s", "m", "h", "d"):
            number = value.removesuffix(unit).strip()
            if value.endswith(unit) and number.replace(".", "", 1).isdigit():
                return timedelta(seconds=float(number) * UNITS[unit])
        raise ValueError(f"a duration is a number and a unit (ms, s, m, h, d), such as '30s', not {value!r}")
    return timedelta(seconds=value) if isinstance(value, int | float) else value
