"""What the engine keeps for a while: as much as it may, the newest of it, and what is older is still known to the index."""

from __future__ import annotations

from ucs.runtime.engine.memory import WINDOW, Memory, SeenKey


def key(number: int) -> SeenKey:
    return (number // 1_000, "line", str(number))


def test_the_oldest_duplicate_keys_are_forgotten_first() -> None:
    memory = Memory()
    for number in range(WINDOW + 3):
        memory.remember(key(number), (None, None, ""))
    assert len(memory.seen) == WINDOW
    assert [number for number in (0, 2, 3, WINDOW + 2) if key(number) in memory.seen] == [3, WINDOW + 2]


def test_a_customers_name_stays_known_while_others_are_forgotten() -> None:
    memory = Memory()
    for number in range(WINDOW + 1):
        memory.know(("line", str(number)), (f"c{number}", "Ann"))
    memory.know(("line", "5"), ("c5", "Ann Lee"))
    assert len(memory.customers) == WINDOW
    assert ("line", "0") not in memory.customers
    assert memory.customers["line", "5"] == ("c5", "Ann Lee")
