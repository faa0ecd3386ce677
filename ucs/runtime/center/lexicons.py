"""The tenants' lists of sensitive words, put together for each channel. Made once for all channels that have the same lists."""

from __future__ import annotations

from collections.abc import Mapping

from ucs.core.lexicon import Lexicon, Side, WordList
from ucs.runtime.center.settings import WordListSetting

SIDES: dict[str, frozenset[Side]] = {
    "customer": frozenset({"customer"}),
    "agent": frozenset({"agent"}),
    "both": frozenset({"customer", "agent"}),
}


class Lexicons:
    def __init__(self, settings: Mapping[tuple[str, str], WordListSetting]) -> None:
        self._settings = settings
        self._made: dict[tuple[tuple[str, str], ...], Lexicon] = {}

    def of(self, tenant: str, channel: str) -> Lexicon | None:
        """The lexicon of a channel; None if no list applies to it."""
        keys = tuple(
            (owner, id)
            for (owner, id), setting in self._settings.items()
            if owner == tenant and (not setting.channels or channel in setting.channels)
        )
        if keys and keys not in self._made:
            self._made[keys] = Lexicon(list_of(id, self._settings[owner, id]) for owner, id in keys)
        return self._made.get(keys)


def list_of(id: str, setting: WordListSetting) -> WordList:
    """A list's setting as the core has it."""
    return WordList(id, setting.words, setting.patterns, setting.action, SIDES[setting.side])
