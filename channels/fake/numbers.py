"""Where a platform's numbering begins. The phones are empty after a restart and our data is not, so nothing may be called what
something was called before: it would be taken for a repetition, or for somebody else's.
"""

from __future__ import annotations

import itertools
import time


def numbers() -> itertools.count[int]:
    """Numbers that no earlier life has given, and that are greater than all of them: the milliseconds of today, and on from there. A
    life that gives a thousand a second, and no more, is not caught up with."""
    return itertools.count(int(time.time() * 1000))
