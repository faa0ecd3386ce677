"""A port for somebody who binds it later, and again after a restart.

It is not one that the system gives to whoever asks for any: hundreds of connections and servers ask while the tests run, and one of
them would have it when it is wanted.
"""

from __future__ import annotations

import random
import socket
from pathlib import Path

LOWEST = 10_240
GIVEN = Path("/proc/sys/net/ipv4/ip_local_port_range")  # https://docs.kernel.org/networking/ip-sysctl.html
USUALLY = 32_768  # from here on where nothing is said


def free_port() -> int:
    """One that nobody has now, and that nobody gets who does not name it."""
    end = int(GIVEN.read_text().split()[0]) if GIVEN.exists() else USUALLY
    for port in random.SystemRandom().sample(range(LOWEST, max(end, LOWEST + 1_000)), 100):
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
    raise AssertionError("a hundred ports of 127.0.0.1 are all taken")
