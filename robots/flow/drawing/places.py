"""Where the spots of the layers lie on the paper, in pixels: rows one below the other, spots near their neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from channels.value import value
from robots.flow.drawing.layers import Bend, Layers, Spot

BOX_WIDTH, BOX_HEIGHT = 190.0, 58.0
BEND_WIDTH = 22.0
GAP, ROW_GAP, MARGIN = 26.0, 80.0, 20.0
ROUNDS = 40


@value
class Places:
    """The middle of every spot, and the size of the paper."""

    middle: Mapping[Spot, tuple[float, float]]
    width: float
    height: float


def placed(layers: Layers) -> Places:
    across = _across(layers)
    left = min((x - _width(spot) / 2 for spot, x in across.items()), default=0.0)
    right = max((x + _width(spot) / 2 for spot, x in across.items()), default=0.0)
    middle = {
        spot: (across[spot] - left + MARGIN, MARGIN + BOX_HEIGHT / 2 + number * (BOX_HEIGHT + ROW_GAP))
        for number, row in enumerate(layers.rows)
        for spot in row
    }
    height = 2 * MARGIN + len(layers.rows) * (BOX_HEIGHT + ROW_GAP) - ROW_GAP
    return Places(middle, right - left + 2 * MARGIN, max(height, 2 * MARGIN))


def _width(spot: Spot) -> float:
    return BEND_WIDTH if isinstance(spot, Bend) else BOX_WIDTH


def _across(layers: Layers) -> dict[Spot, float]:
    """Each row is moved towards its neighbours again and again, and pushed apart where spots would overlap."""
    across: dict[Spot, float] = {}
    for row in layers.rows:
        x = 0.0
        for spot in row:
            across[spot] = x + _width(spot) / 2
            x += _width(spot) + GAP
    beside: dict[Spot, list[Spot]] = {spot: [] for spot in across}
    for way in layers.ways:
        for one, other in pairwise(way):
            if one != other:
                beside[one].append(other)
                beside[other].append(one)
    for number in range(ROUNDS):
        for row in layers.rows[:: 1 if number % 2 == 0 else -1]:
            wanted = [_mean([across[other] for other in beside[spot]], across[spot]) for spot in row]
            across.update(zip(row, _apart(row, wanted), strict=True))
    return across


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _apart(row: Sequence[Spot], wanted: Sequence[float]) -> list[float]:
    """As near to where they want to be as the order and the gaps allow: half of pushing right, half of pushing left."""
    space = [(_width(a) + _width(b)) / 2 + GAP for a, b in pairwise(row)]
    right = list(wanted)
    for index, need in enumerate(space, 1):
        right[index] = max(right[index], right[index - 1] + need)
    left = list(wanted)
    for index in reversed(range(len(space))):
        left[index] = min(left[index], left[index + 1] - space[index])
    return [(a + b) / 2 for a, b in zip(right, left, strict=True)]
