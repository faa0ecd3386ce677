"""The demo's contact centre: one tenant with two queues, two agents and their supervisor, a web chat, another with a robot in front,
and a channel on a real platform.

`center.toml` says what it is, `secrets_of` makes what must differ between installations. Nothing here is good for more than a look.
"""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PLUGINS = HERE / "plugins.toml"
TENANT = "demo"
AGENTS = ("anna", "ben", "carla")
SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]


def password() -> str:
    """Something one can read from a screen and type: six syllables, 36 bits."""
    drawn = [secrets.choice(SYLLABLES) for _ in range(6)]
    return "-".join("".join(drawn[at : at + 2]) for at in (0, 2, 4))


def channel_secret() -> str:
    return secrets.token_hex(16)


MADE: dict[str, Callable[[], str]] = {
    "anna.password": password,
    "ben.password": password,
    "carla.password": password,
    "line.secret": channel_secret,
    "line.token": channel_secret,
}


def secrets_of(data: Path) -> dict[str, str]:
    """The demo's secrets, by the name of their file in the data folder; made at the first start."""
    found = {}
    for name, make in MADE.items():
        path = data / name
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(make(), "utf-8")
        found[name] = path.read_text("utf-8").strip()
    return found


def center_values(data: Path) -> dict[str, Any]:
    """What `center.toml` says, with the secrets of this data folder."""
    text = (HERE / "center.toml").read_text("utf-8")
    for word, folder in (("{data}", data), ("{here}", HERE)):
        text = text.replace(word, folder.resolve().as_posix())
    return tomllib.loads(text)
