"""The command `ucs`. `main` is the entry point; `commands` has one function a command, and each imports what it needs when it runs.

Exit codes: 0 done, 1 the answer is no (`replay` found differences), 2 it could not be done.
"""

from __future__ import annotations

import gc
import os

WHILE_STARTING = (
    1_000_000  # new objects before the collector looks: what is imported stays, and looking at it is a tenth of a start
)


def main() -> None:
    """Run the command line."""
    gc.set_threshold(WHILE_STARTING)
    os.environ.setdefault(
        "PYDANTIC_DISABLE_PLUGINS", "__all__"
    )  # or it looks for them in every package that is installed
    from ucs.cli.commands import app

    app(prog_name="ucs")
