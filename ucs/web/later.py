"""`Later`: what is made when it is first asked for. It is for what few ask for and what takes time to make, so that no start waits
for it; and it is made in a thread, so that no other request does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Later(Generic[T]):
    """Made once, however many ask for it at the same time. Who goes away meanwhile takes it from nobody."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: asyncio.Future[T] | None = None

    async def get(self) -> T:
        if self._made is None:
            self._made = asyncio.ensure_future(asyncio.to_thread(self._make))
        return await asyncio.shield(self._made)
