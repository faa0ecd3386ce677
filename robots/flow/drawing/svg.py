"""A flow as SVG: a box for each node, an arrow for each way. No script, no reference to anything outside, text escaped."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise

from robots.flow.drawing.layers import Spot, layered
from robots.flow.drawing.places import BOX_HEIGHT, BOX_WIDTH, Places, placed
from robots.flow.model import Ask, Branch, Call, Close, Faq, Flow, HandOver, Hours, Node, Say, Set, kind_of, text_in

START = " start"  # no node can be called so
# Kind → ground and border. Colour repeats what the box says in words.
COLOURS = {
    "say": ("#eef5ff", "#4a7fc1"),
    "ask": ("#fff6dd", "#c9962b"),
    "branch": ("#f3eefb", "#8560b5"),
    "call": ("#e9f7f4", "#2f8f7d"),
    "set": ("#f3eefb", "#8560b5"),
    "faq": ("#fff6dd", "#c9962b"),
    "open": ("#f3eefb", "#8560b5"),
    "hand_over": ("#fdebec", "#c04a55"),
    "close": ("#ececec", "#6b6b6b"),
}
KINDS_SHOWN = {"hand_over": "hand over", "open": "working hours", "faq": "questions"}
HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" '
    'role="img" font-family="Helvetica, Arial, \'Noto Sans CJK SC\', sans-serif">'
    "<title>{title}</title>"
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    '<path d="M0 0 L8 4 L0 8 z" fill="#666"/></marker></defs>'
    '<rect width="100%" height="100%" fill="#fff"/>'
)
ARROW = '<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.3"{dash} marker-end="url(#tip)"/>'
LABEL = (
    '<text x="{x:.0f}" y="{y:.0f}" font-size="10.5" fill="#444" text-anchor="middle" '
    'stroke="#fff" stroke-width="4" paint-order="stroke" stroke-linejoin="round">{text}</text>'
)
LINE = '<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" fill="{colour}"{weight} text-anchor="middle">{text}</text>'


def drawn(flow: Flow) -> str:
    """The whole picture."""
    ways = [*_beginnings(flow), *_ways(flow)]
    names = [START, *_in_order(flow)]
    layers = layered(names, [(source, target) for source, target, _ in ways])
    places = placed(layers)
    pieces = [HEAD.format(width=places.width, height=places.height, title=escape(flow.title or "Flow"))]
    ends = _ends(layers.ways, places)
    labels = []
    for index, (way, (_, _, label)) in enumerate(zip(layers.ways, ways, strict=True)):
        path, at = _path(way, places, ends, index)
        back = places.middle[way[-1]][1] <= places.middle[way[0]][1]
        pieces.append(
            ARROW.format(path=path, colour="#999" if back else "#666", dash=' stroke-dasharray="5 3"' if back else "")
        )
        if label:
            labels.append(LABEL.format(x=at[0], y=at[1], text=escape(_short(label, 24))))
    pieces += [_start(places), *(_box(name, node, places) for name, node in flow.nodes.items()), *labels, "</svg>\n"]
    return "\n".join(pieces)


def _beginnings(flow: Flow) -> Iterator[tuple[str, str, str]]:
    """From the start; several words that lead to the same node are one arrow."""
    labels: dict[str, list[str]] = {}
    for label, _, target in flow.roots():
        labels.setdefault(target, []).append(label)
    for target, said in labels.items():
        yield START, target, ", ".join("" if label == "start" else label for label in said)


def _ways(flow: Flow) -> Iterator[tuple[str, str, str]]:
    for name, node in flow.nodes.items():
        labels: dict[str, list[str]] = {}
        for label, _, target in node.edges():
            labels.setdefault(target, []).append(label)
        for target, said in labels.items():
            yield name, target, ", ".join(label for label in said if label)


def _in_order(flow: Flow) -> list[str]:
    """Nodes as a customer would meet them."""
    order: dict[str, None] = {}
    todo = [target for _, _, target in flow.roots()][::-1]
    while todo:
        name = todo.pop()
        if name not in order:
            order[name] = None
            todo += [target for _, _, target in flow.nodes[name].edges()][::-1]
    return [*order]


Ends = dict[tuple[int, bool], tuple[float, int]]


def _ends(ways: Sequence[Sequence[Spot]], places: Places) -> Ends:
    """Where on its box each arrow begins (True) and ends (False), and the how many-th it is there: spread over the side, in the
    order of where they lead."""
    at: dict[tuple[Spot, bool], list[tuple[float, int, bool]]] = {}
    for index, way in enumerate(ways):
        for spot, other, begins in ((way[0], way[1], True), (way[-1], way[-2], False)):
            towards, below = places.middle[other]
            at.setdefault((spot, below > places.middle[spot][1]), []).append((towards, index, begins))
    found: Ends = {}
    for (spot, _), arrows in at.items():
        width = min(BOX_WIDTH - 40, 34.0 * (len(arrows) - 1))
        for place, (_, index, begins) in enumerate(sorted(arrows)):
            share = place / (len(arrows) - 1) - 0.5 if len(arrows) > 1 else 0.0
            found[index, begins] = places.middle[spot][0] + share * width, place
    return found


def _path(way: Sequence[Spot], places: Places, ends: Ends, index: int) -> tuple[str, tuple[float, float]]:
    """The arrow as a path, and where its label stands."""
    first, last = places.middle[way[0]], places.middle[way[-1]]
    if way[0] == way[-1]:
        x, y = first[0] + BOX_WIDTH / 2, first[1]
        return f"M{x:.0f} {y - 12:.0f} c34 -14 34 38 0 24", (x + 30, y - 14)
    sign = 1 if places.middle[way[1]][1] > first[1] else -1
    half = sign * BOX_HEIGHT / 2
    begin, number = ends[index, True]
    points = [(begin, first[1] + half)]
    for x, y in (places.middle[bend] for bend in way[1:-1]):
        points += [(x, y - half), (x, y + half)]  # straight past the boxes of the row
    points.append((ends[index, False][0], last[1] - half))
    path = f"M{points[0][0]:.0f} {points[0][1]:.0f}"
    for (x1, y1), (x2, y2) in pairwise(points):
        middle = (y1 + y2) / 2
        path += f" C{x1:.0f} {middle:.0f} {x2:.0f} {middle:.0f} {x2:.0f} {y2:.0f}"
    return path, (begin + (points[1][0] - begin) * 0.08, points[0][1] + sign * (14 + 13 * (number % 3)) + 4)


def _start(places: Places) -> str:
    x, y = places.middle[START]
    pill = (
        f'<rect x="{x - BOX_WIDTH / 2:.0f}" y="{y + BOX_HEIGHT / 2 - 30:.0f}" width="{BOX_WIDTH:.0f}" height="30" '
        'rx="15" fill="#3a3f47"/>'
    )
    return pill + LINE.format(x=x, y=y + BOX_HEIGHT / 2 - 11, size=12, colour="#fff", weight="", text="start")


def _box(name: str, node: Node, places: Places) -> str:
    x, y = places.middle[name]
    kind = kind_of(node)
    ground, border = COLOURS[kind]
    box = (
        f'<rect x="{x - BOX_WIDTH / 2:.0f}" y="{y - BOX_HEIGHT / 2:.0f}" width="{BOX_WIDTH:.0f}" height="{BOX_HEIGHT:.0f}" '
        f'rx="{16 if kind in ("ask", "faq") else 6}" fill="{ground}" stroke="{border}" stroke-width="1.5"/>'
    )
    head = f"{name} · {KINDS_SHOWN.get(kind, kind)}"
    weight = ' font-weight="bold"'
    lines = [LINE.format(x=x, y=y - 10, size=11, colour=border, weight=weight, text=escape(_short(head, 30)))]
    lines.append(LINE.format(x=x, y=y + 11, size=11.5, colour="#222", weight="", text=escape(_short(_said(node), 31))))
    return box + "".join(lines)


def _said(node: Node) -> str:
    """What the box says besides its name."""
    match node:
        case Say(say=texts) | Ask(ask=texts):
            return text_in(texts)
        case Branch(branch=cases):
            return ", ".join(dict.fromkeys(case.when for case in cases))
        case Call(call=text) | HandOver(hand_over=text) | Close(close=text) | Faq(faq=text):
            return text
        case Set(set=values):
            return ", ".join(f"{name} = {value}" for name, value in values.items())
        case Hours():
            return "are people at work?"


def _short(text: str, most: int) -> str:
    """At most so many narrow letters; a Chinese one is as wide as two."""
    room, kept = most, ""
    for sign in " ".join(text.split()):
        room -= 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        if room < 1:
            return kept + "…"
        kept += sign
    return kept
