"""Which files may be kept: how large, of which types, for how long. Read from the configuration, asked for every file.

A tenant has a policy and a channel may have one; both hold at once, which is what `narrow` computes. What a *platform* can
carry is not decided here but when a message is fitted to it.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ByteSize, ConfigDict, Field

from cache.blobs import megabytes
from cache.kind import Family, Kind
from channels.errors import NotKept

MEGABYTE = 1_000_000
_PATTERN = re.compile(r"\*/\*|[a-z]+/\*|[a-z]+/[a-z0-9][a-z0-9.+-]*")


def _pattern(text: str) -> str:
    text = text.strip().lower()
    if _PATTERN.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not a MIME type; write one like 'image/png', 'image/*' or '*/*'.")
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]
Limit = Annotated[ByteSize, Field(ge=0)]


class Policy(BaseModel):
    """Limits in bytes, or as `"20 MB"`; `allow` and `deny` are MIME types of what was *found*, and `deny` wins.

    `active` says whether files that could run something (HTML, SVG, scripts, programs) are kept at all. They are never
    shown in any case, only handed over to be saved.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    image: Limit = ByteSize(20 * MEGABYTE)
    audio: Limit = ByteSize(50 * MEGABYTE)
    video: Limit = ByteSize(200 * MEGABYTE)
    file: Limit = ByteSize(200 * MEGABYTE)
    allow: tuple[Pattern, ...] = ("*/*",)
    deny: tuple[Pattern, ...] = ()
    active: bool = True
    keep_for: Annotated[timedelta, Field(gt=timedelta(0))] = timedelta(days=180)

    def limit(self, family: Family) -> int:
        """The most bytes that a file of this family may have."""
        limits = {Family.IMAGE: self.image, Family.AUDIO: self.audio, Family.VIDEO: self.video, Family.FILE: self.file}
        return int(limits[family])

    @property
    def largest(self) -> int:
        """The most bytes that any file may have: what can be refused before anything of it was read."""
        return max(self.limit(family) for family in Family)

    def check(self, kind: Kind, size: int) -> None:
        """Raise `NotKept` with a sentence for people unless a file of this kind and size may be kept."""
        if kind.active and not self.active:
            raise NotKept(f"Files that can run something ({kind.mime}) are not accepted here.")
        if any(_matches(kind.mime, pattern) for pattern in self.deny) or not any(
            _matches(kind.mime, pattern) for pattern in self.allow
        ):
            raise NotKept(f"Files of the type {kind.mime} are not accepted here.")
        self.check_size(kind.family, size)

    def check_size(self, family: Family, size: int) -> None:
        """The part of `check` that can be asked again once the size is known."""
        if size > self.limit(family):
            allowed = megabytes(self.limit(family))
            raise NotKept(f"The {family} is {megabytes(size)} large; at most {allowed} are accepted here.")

    def narrow(self, other: Policy) -> Policy:
        """What both allow."""
        return Policy(
            image=min(self.image, other.image),
            audio=min(self.audio, other.audio),
            video=min(self.video, other.video),
            file=min(self.file, other.file),
            allow=_both(self.allow, other.allow),
            deny=tuple(dict.fromkeys(self.deny + other.deny)),
            active=self.active and other.active,
            keep_for=min(self.keep_for, other.keep_for),
        )


def _matches(mime: str, pattern: str) -> bool:
    return pattern in ("*/*", mime) or (pattern.endswith("/*") and mime.startswith(pattern[:-1]))


def _both(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Of two patterns that have types in common one always includes the other: what they share is the narrower one."""
    shared = [a if _matches(a, b) else b for a in one for b in other if _matches(a, b) or _matches(b, a)]
    return tuple(dict.fromkeys(shared))
