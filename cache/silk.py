"""Silk, in which the apps of WeChat and QQ record voices, made into samples: a program of its own, for what it reads was written by
strangers and what reads it is written in C. It needs the extra `silk`, and `cache/sound.py` runs it; nothing imports it.

From its standard input to its standard output: 16 bits, one channel, `RATE` samples a second. https://pypi.org/project/silk-python/
"""

from __future__ import annotations

import io
import sys

RATE = 16_000  # a voice has no more in it

if __name__ == "__main__":
    import pysilk

    samples = io.BytesIO()
    try:
        pysilk.decode(io.BytesIO(sys.stdin.buffer.read()), samples, RATE)
    except pysilk.SilkError:
        sys.exit(1)
    sys.stdout.buffer.write(samples.getvalue())
