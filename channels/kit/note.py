"""`telling`: whatever exception passes gets a note of what it happened with, and passes on."""

from __future__ import annotations

from types import TracebackType


class telling:  # noqa: N801  a context manager reads as a verb: with telling("…")
    def __init__(self, note: str) -> None:
        self.note = note

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            error.add_note(self.note)
