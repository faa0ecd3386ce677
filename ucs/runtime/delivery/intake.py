"""The errands to be done: those that a former process left, then each as it is committed; every one once, in their order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import orjson
from sqlalchemy import Connection, Row, select

from ucs.runtime.delivery.errand import ErrandState
from ucs.runtime.engine.engine import Engine
from ucs.runtime.engine.work import Committed, Effect
from ucs.store import tables as t
from ucs.store.store import moment

PAGE = 500
ErrandT = TypeVar("ErrandT")


class Intake(Generic[ErrandT]):
    """Hands the errands of these kinds to `take`, each made `of` its row."""

    def __init__(
        self,
        engine: Engine,
        kinds: frozenset[str],
        take: Callable[[ErrandT], None],
        of: Callable[[Effect], ErrandT],
    ) -> None:
        self._engine = engine
        self._kinds = kinds
        self._take = take
        self._of = of
        self._early: list[Effect] | None = []  # committed while we still read what was there before
        self._closed = False

    async def start(self) -> None:
        self._engine.listen(self._hear)
        left: dict[str, Effect] = {}
        last = ""
        while page := await self._engine.store.read(_left(self._kinds, last)):
            left.update({effect.id: effect for effect in page})
            last = page[-1].id
        early, self._early = self._early or [], None
        for effect in [*left.values(), *(each for each in early if each.id not in left)]:
            self._take(self._of(effect))

    def close(self) -> None:
        self._closed = True

    def _hear(self, committed: Committed) -> None:
        if self._closed:
            return
        for effect in committed.outbox:
            if effect.kind not in self._kinds:
                continue
            if self._early is None:
                self._take(self._of(effect))
            else:
                self._early.append(effect)


def _left(kinds: frozenset[str], after: str) -> Callable[[Connection], list[Effect]]:
    def run(connection: Connection) -> list[Effect]:
        query = select(t.outbox).where(t.outbox.c.id > after, t.outbox.c.kind.in_(sorted(kinds)))
        query = query.where(t.outbox.c.state != ErrandState.DEAD.value).order_by(t.outbox.c.id).limit(PAGE)
        return [effect_of(row) for row in connection.execute(query)]

    return run


def effect_of(row: Row[Any]) -> Effect:
    """A row of the table `outbox` as it was committed."""
    body = orjson.loads(row.body)
    return Effect(
        row.id,
        row.channel,
        row.address,
        row.contact,
        row.seq,
        row.kind,
        row.state,
        row.attempt,
        moment(row.at),
        body,
    )
