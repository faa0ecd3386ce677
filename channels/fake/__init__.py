"""Platforms that only pretend: real servers on 127.0.0.1 that speak a platform's bytes as strictly as it does, with customers to play.

An adapter may ship one in its folder `fake`. Nothing of the server imports this: `ucs demo --fake` does, and tests do. Unlike the
rest of `channels` it listens and waits. Start with `platform.py`.
"""

from channels.fake.numbers import numbers
from channels.fake.phone import Arrival, Bubble, Kept, Manners, Phone, Ties, Unable
from channels.fake.platform import FakePlatform

__all__ = ["Arrival", "Bubble", "FakePlatform", "Kept", "Manners", "Phone", "Ties", "Unable", "numbers"]
