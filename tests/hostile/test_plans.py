"""A start reads what is open, however much has been closed: no query of it walks through the whole past."""

from __future__ import annotations

from sqlalchemy import Connection, event

from tests.api.house import House
from ucs.core.policy import Policy
from ucs.runtime.engine.memory import Memory


async def test_a_start_does_not_read_the_past(house: House) -> None:
    asked: list[tuple[str, object]] = []

    def hear(_connection: object, _cursor: object, sql: str, values: object, _context: object, _many: bool) -> None:
        asked.append((sql, values))

    def plans(connection: Connection) -> list[str]:
        event.listen(connection, "before_cursor_execute", hear)
        Memory().load(connection, lambda channel: Policy(""))
        event.remove(connection, "before_cursor_execute", hear)
        found = []
        for sql, values in asked:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)  # type: ignore[arg-type]  # as heard
            found += [row[3] for row in rows]
        return found

    steps = await house.api.read(plans)
    assert len(asked) == 4
    assert any("contact_open_lane" in step for step in steps)
    walked = [step for step in steps if step.startswith("SCAN") and "contact_open_lane" not in step]
    assert [step for step in walked if "entry" in step or "contact" in step] == []
