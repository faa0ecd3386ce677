"""What may be said of a call: URLs and sentences without secrets.

Two nets, for either may have a hole. What we know to be secret (a channel's configured secrets, tokens we fetched) is masked
wherever it stands, as it is or percent-encoded. And of a URL we show no query value, no credentials, and no path segment that
looks like a token, known or not.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from yarl import URL

MASK = "[hidden]"
_SHORTEST = 4  # masking a shorter "secret" would garble every sentence and hide nothing worth hiding
_TOKENS_KEPT = 16
_RUN = re.compile(r"[A-Za-z0-9_:%+=~-]{20,}")  # long enough for a token; masked if it mixes digits and letters
_LONGEST = 300


class Redactor:
    """Masks one channel's secrets. Tokens come and go, so only the latest of them are remembered."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = tuple(secrets)
        self._tokens: deque[str] = deque(maxlen=_TOKENS_KEPT)
        self._pattern = self._compile()

    def register(self, secret: str) -> None:
        """Mask this from now on."""
        if secret not in self._tokens:
            self._tokens.append(secret)
            self._pattern = self._compile()

    def text(self, text: str) -> str:
        """The text with every known secret masked."""
        return self._pattern.sub(MASK, text) if self._pattern else text

    def holds_secret(self, text: str) -> bool:
        """Whether a known secret stands in the text."""
        return bool(self._pattern and self._pattern.search(text))

    def url(self, url: URL) -> str:
        """The URL for people: scheme, host, path with token-like segments masked, and the query's keys."""
        port = f":{url.explicit_port}" if url.explicit_port else ""
        path = "/".join(_RUN.sub(_masked_run, part) for part in self.text(url.raw_path).split("/"))
        query = "?" + "&".join(quote(key, safe="") for key in dict.fromkeys(url.query)) if url.raw_query_string else ""
        shown = self.text(f"{url.scheme}://{url.raw_host}{port}{path}{query}")
        return shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "…"

    def _compile(self) -> re.Pattern[str] | None:
        spellings = {
            spelling
            for secret in (*self._secrets, *self._tokens)
            if len(secret) >= _SHORTEST
            for spelling in (secret, *(encode(secret.encode("utf-8", "replace")) for encode in _ENCODERS))
        }
        longest_first = sorted(spellings, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def _masked_run(found: re.Match[str]) -> str:
    run = found[0]
    return MASK if any(c.isdigit() for c in run) and any(c.isalpha() for c in run) else run


def _quote_all(secret: bytes) -> str:
    return quote(secret, safe="")


def _quote_path(secret: bytes) -> str:
    return quote(secret, safe="/:@!$&'()*+,;=~")


_ENCODERS = (_quote_all, _quote_path, quote_plus)
