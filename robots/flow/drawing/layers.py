"""Rows for a graph, so that arrows point down: which row a node stands in, and in which order the nodes of a row stand.

Arrows that would close a circle are turned round while rows are made. An arrow over several rows gets a bend in each row between, and
bends are ordered like nodes. Then rows are sorted, from above and from below in turn, by where their neighbours stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from channels.value import value

SWEEPS = 12


@value
class Bend:
    """Where an arrow passes through a row."""

    arrow: int
    row: int


Spot = str | Bend
Arrow = tuple[str, str]


@value
class Layers:
    """`rows` from above, each from the left; `ways`: every arrow as its spots from start to end, whichever way they point."""

    rows: tuple[tuple[Spot, ...], ...]
    ways: tuple[tuple[Spot, ...], ...]


def layered(names: Sequence[str], arrows: Sequence[Arrow]) -> Layers:
    """The layers of a graph; nodes and arrows in the order in which a reader should meet them."""
    turned = _circles(names, arrows)
    down = [(target, source) if index in turned else (source, target) for index, (source, target) in enumerate(arrows)]
    rank = _ranks(names, [arrow for arrow in down if arrow[0] != arrow[1]])
    rows: list[list[Spot]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for name in names:
        rows[rank[name]].append(name)
    ways: list[tuple[Spot, ...]] = []
    for index, (upper, lower) in enumerate(down):
        bends = [Bend(index, row) for row in range(rank[upper] + 1, rank[lower])]
        for bend in bends:
            rows[bend.row].append(bend)
        way: tuple[Spot, ...] = (upper, *bends, lower)
        ways.append(way[::-1] if index in turned else way)
    return Layers(_sorted(rows, ways), tuple(ways))


def _circles(names: Sequence[str], arrows: Sequence[Arrow]) -> set[int]:
    """The arrows that lead back to where a walk through the graph came from."""
    onward: dict[str, list[tuple[int, str]]] = {name: [] for name in names}
    for index, (source, target) in enumerate(arrows):
        onward[source].append((index, target))
    turned, done, path = set[int](), set[str](), dict[str, None]()
    for start in names:
        stack = [] if start in done else [(start, iter(onward[start]))]
        path = dict.fromkeys([start])
        while stack:
            name, rest = stack[-1]
            index, target = next(rest, (-1, ""))
            if index < 0:
                done.add(name)
                path.pop(name, None)
                stack.pop()
            elif target in path:
                turned.add(index)
            elif target not in done:
                path[target] = None
                stack.append((target, iter(onward[target])))
    return turned


def _ranks(names: Sequence[str], down: Sequence[Arrow]) -> dict[str, int]:
    """The row of each node: one below the lowest that leads to it."""
    rank = dict.fromkeys(names, 0)
    above = {name: sum(target == name for _, target in down) for name in names}
    todo = [name for name in names if not above[name]]
    while todo:
        name = todo.pop()
        for source, target in down:
            if source == name:
                rank[target] = max(rank[target], rank[name] + 1)
                above[target] -= 1
                if not above[target]:
                    todo.append(target)
    return rank


def _sorted(rows: list[list[Spot]], ways: Sequence[tuple[Spot, ...]]) -> tuple[tuple[Spot, ...], ...]:
    row_of = {spot: number for number, row in enumerate(rows) for spot in row}
    beside: dict[tuple[Spot, int], list[Spot]] = {}
    for way in ways:
        for one, other in pairwise(way):
            beside.setdefault((one, row_of[other]), []).append(other)
            beside.setdefault((other, row_of[one]), []).append(one)
    best, fewest = [list(row) for row in rows], _crossings(rows, beside)
    for sweep in range(SWEEPS):
        step = 1 if sweep % 2 == 0 else -1
        for number in range(len(rows))[::step]:
            _sort(rows, number, number - step, beside)
        if (count := _crossings(rows, beside)) < fewest:
            best, fewest = [list(row) for row in rows], count
    return tuple(map(tuple, best))


def _sort(rows: list[list[Spot]], number: int, fixed: int, beside: Mapping[tuple[Spot, int], list[Spot]]) -> None:
    """Sort a row by the middle of each spot's neighbours in the fixed row; who has none stays where it is."""
    if not 0 <= fixed < len(rows):
        return
    place = {spot: index for index, spot in enumerate(rows[fixed])}

    def middle(item: tuple[int, Spot]) -> float:
        index, spot = item
        places = [place[other] for other in beside.get((spot, fixed), ())]
        return sum(places) / len(places) if places else float(index)

    rows[number] = [spot for _, spot in sorted(enumerate(rows[number]), key=middle)]


def _crossings(rows: Sequence[Sequence[Spot]], beside: Mapping[tuple[Spot, int], list[Spot]]) -> int:
    count = 0
    for number, row in enumerate(rows[:-1]):
        place = {spot: index for index, spot in enumerate(rows[number + 1])}
        ends = [
            place[other] for spot in row for other in sorted(beside.get((spot, number + 1), ()), key=place.__getitem__)
        ]
        count += sum(a > b for index, a in enumerate(ends) for b in ends[index + 1 :])
    return count
