"""`{name}` in a text: replaced by what is known under that name, literally and once. There is nothing else to it, on purpose:
what a customer says can neither reach other values nor run anything. Where nothing is known the space before it goes too, so that
"Hello {name}, …" is well written for somebody without a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

_BLANK = re.compile(r"( ?)\{([a-z][a-z0-9_]*)\}")


def filled(template: str, values: Mapping[str, str], spell: Callable[[str], str] = str) -> str:
    """The text with its blanks filled in; what is not known is left out. `spell` makes a value fit the place (a URL, say)."""

    def fill(blank: re.Match[str]) -> str:
        value = values.get(blank[2], "")
        return blank[1] + spell(value) if value else ""

    return _BLANK.sub(fill, template)


def blanks(template: str) -> Iterator[str]:
    yield from (name for _, name in _BLANK.findall(template))
