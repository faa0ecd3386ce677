"""`ucs bench`: the measurements of the folder `bench`, which belongs to a source checkout and not to an installed package."""

from __future__ import annotations

import runpy
import sys
from importlib.util import find_spec
from pathlib import Path

from channels.errors import Complaint, ConfigError

HOME = Path(__file__).resolve().parents[2]


def bench() -> None:
    """Run `python -m bench`. Raises `ConfigError` where there is none."""
    sys.path.insert(0, str(HOME))
    spec = find_spec("bench")
    ours = (
        spec is not None
        and Path(str(spec.submodule_search_locations and next(iter(spec.submodule_search_locations)))) == HOME / "bench"
    )
    if not ours or not (HOME / "bench" / "__main__.py").exists():
        expected = "the folder of the source checkout: clone the repository and run make bench there"
        raise ConfigError([Complaint(str(HOME), "bench", expected)])
    sys.argv = ["bench"]
    runpy.run_module("bench", run_name="__main__")
