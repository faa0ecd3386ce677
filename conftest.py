"""For every test: what holds, holds however slow the machine is. Seconds are for `bench`."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
