"""The picture: every node and every way is in it, boxes do not overlap, arrows point down unless they go back, nothing in it runs."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from robots.flow.drawing import drawn
from robots.flow.drawing.layers import layered
from robots.flow.drawing.places import BOX_WIDTH, placed
from robots.flow.read import read

ROOT = Path(__file__).parents[3]
HARBOUR = (ROOT / "ucs/demo/harbour.flow.toml").read_text("utf-8")


def texts(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)  # noqa: S314  our own
    return [(each.text or "") for each in root.iter() if each.tag.endswith("text")]


def test_every_node_is_shown() -> None:
    flow, shown = read(HARBOUR), texts(drawn(read(HARBOUR)))
    assert [name for name in flow.nodes if not any(text.startswith(f"{name} ·") for text in shown)] == []


def test_there_is_an_arrow_for_each_pair_of_nodes_with_a_way() -> None:
    flow = read(HARBOUR)
    pairs = {("", target) for _, _, target in flow.roots()}
    pairs |= {(name, target) for name, node in flow.nodes.items() for _, _, target in node.edges()}
    assert drawn(flow).count('marker-end="url(#tip)"') == len(pairs)


def test_what_is_written_in_a_flow_runs_nowhere() -> None:
    flow = read(
        'start = "a"\ntitle = "</title><script>"\n[node.a]\nclose = "<script>alert(1)</script>\\" onload=\\"x"\n'
    )
    svg = drawn(flow)
    assert "<script" not in svg
    assert 'onload="' not in svg


def test_it_is_the_same_each_time() -> None:
    assert drawn(read(HARBOUR)) == drawn(read(HARBOUR))


ENDS = st.integers(0, 8).map(str)
GRAPHS = st.lists(st.tuples(ENDS, ENDS), max_size=25).map(lambda arrows: (sorted({*"0", *sum(arrows, ())}), arrows))


@settings(max_examples=150, deadline=None)
@given(graph=GRAPHS)
def test_any_graph_is_laid_out(graph: tuple[list[str], list[tuple[str, str]]]) -> None:
    names, arrows = graph
    layers = layered(names, arrows)
    spots = [spot for row in layers.rows for spot in row]
    assert len(set(spots)) == len(spots)
    assert {spot for spot in spots if isinstance(spot, str)} == set(names)
    row_of = {spot: number for number, row in enumerate(layers.rows) for spot in row}
    for (source, target), way in zip(arrows, layers.ways, strict=True):
        assert (way[0], way[-1]) == (source, target)
        steps = {row_of[other] - row_of[one] for one, other in pairwise(way)}
        assert steps in ({1}, {-1}, {0}), "an arrow goes row by row, all the way down or all the way up"
        assert steps != {0} or source == target
    middle = placed(layers).middle
    for row in layers.rows:
        for one, other in combinations([spot for spot in row if isinstance(spot, str)], 2):
            assert abs(middle[one][0] - middle[other][0]) >= BOX_WIDTH
