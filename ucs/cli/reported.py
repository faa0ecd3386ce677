"""What went wrong, told to people: a mistake in the configuration is a table with every complaint, anything else a sentence."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from channels.errors import ConfigError, UcsError


@contextmanager
def reported() -> Iterator[None]:
    """Exit with 2, and no traceback, if the block raises an error of ours."""
    try:
        yield
    except ConfigError as error:
        from ucs.cli.show import complaints  # and Rich with it, where there is something to show

        complaints(error.complaints)
        sys.exit(2)
    except UcsError as error:
        from ucs.cli.show import trouble

        trouble(str(error))
        sys.exit(2)
