"""Where boxes and arrows go: a layered layout by `grandalf` (Sugiyama's method), groups laid out inside first."""

from __future__ import annotations

import dataclasses
from typing import Any

from addax.keras.plotting.diagram import Box, Diagram

__all__ = ["Placement", "place"]

BETWEEN_LAYERS = 26.0
BETWEEN_BOXES = 22.0
AROUND_BENDS = 5.0
GROUP_MARGIN = 12.0
GROUP_TITLE = 16.0

Size = tuple[float, float]
Point = tuple[float, float]


@dataclasses.dataclass
class Placement:
    """Sizes in points, y downwards. Rectangles are (left, top, width, height)."""

    width: float
    height: float
    boxes: list[tuple[Box, tuple[float, float, float, float]]]
    groups: list[tuple[Diagram, tuple[float, float, float, float]]]
    arrows: list[list[Point]]


class _View:
    """Size and place of a vertex, as grandalf wants them."""

    def __init__(self, width: float, height: float) -> None:
        self.w, self.h, self.xy = width, height, (0.0, 0.0)


class _Route:
    """The bends of an edge, as grandalf gives them."""

    def __init__(self) -> None:
        self.points: list[Point] = []

    def setpath(self, points: list[Point]) -> None:
        self.points = points


def place(diagram: Diagram, sizes: dict[Box, Size], rankdir: str = "TB") -> Placement:
    """Lay out a diagram.

    Args:
        diagram: what to lay out.
        sizes: width and height of each box, in points.
        rankdir: where the arrows lead: "TB" downwards, "BT" upwards, "LR" to the right, "RL" to the left.

    Raises:
        ValueError: another rankdir.
        ImportError: grandalf is not installed.
    """
    if rankdir not in ("TB", "BT", "LR", "RL"):
        raise ValueError(f"plot_model(rankdir): expected 'TB', 'LR', 'BT' or 'RL'; received {rankdir!r}")
    placement = _downwards(diagram, sizes, sideways=rankdir in ("LR", "RL"))
    if rankdir in ("BT", "RL"):
        placement = _mapped(placement, lambda x, y: (x, placement.height - y))
    if rankdir in ("LR", "RL"):
        placement = _mapped(placement, lambda x, y: (y, x), turned=True)
    return placement


def _mapped(placement: Placement, move: Any, turned: bool = False) -> Placement:
    def rectangle(area: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        left, top, width, height = area
        corners = [move(left, top), move(left + width, top + height)]
        xs, ys = [c[0] for c in corners], [c[1] for c in corners]
        return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)

    width, height = (placement.height, placement.width) if turned else (placement.width, placement.height)
    boxes = [(box, rectangle(area)) for box, area in placement.boxes]
    groups = [(group, rectangle(area)) for group, area in placement.groups]
    return Placement(width, height, boxes, groups, [[move(*point) for point in path] for path in placement.arrows])


def _downwards(diagram: Diagram, sizes: dict[Box, Size], sideways: bool) -> Placement:
    """A layout whose arrows lead downwards; `sideways` boxes are turned, as the whole will be turned back."""
    inner = {id(item): _downwards(item, sizes, sideways) for item in diagram.items if isinstance(item, Diagram)}
    extents: list[Size] = []
    for item in diagram.items:
        if isinstance(item, Diagram):
            extents.append(_group_size(inner[id(item)], sideways))
        else:
            width, height = sizes[item]
            extents.append((height, width) if sideways else (width, height))
    number = {id(item): i for i, item in enumerate(diagram.items)}
    edges = [(number[id(a)], number[id(b)]) for a, b in diagram.edges]
    areas, routes = _layered(extents, edges)
    placement = _assembled(diagram, inner, areas, dict(zip(edges, routes, strict=True)), number, sideways)
    bends = [point for route in routes for point in route]
    placement.width = max([left + width for left, _, width, _ in areas] + [x + AROUND_BENDS for x, _ in bends])
    placement.height = max(top + height for _, top, _, height in areas)
    return placement


def _group_size(inner: Placement, sideways: bool) -> Size:
    left, top = (GROUP_TITLE, 0.0) if sideways else (0.0, GROUP_TITLE)
    return inner.width + 2 * GROUP_MARGIN + left, inner.height + 2 * GROUP_MARGIN + top


def _assembled(
    diagram: Diagram,
    inner: dict[int, Placement],
    areas: list[tuple[float, float, float, float]],
    routes: dict[tuple[int, int], list[Point]],
    number: dict[int, int],
    sideways: bool,
) -> Placement:
    boxes: list[tuple[Box, tuple[float, float, float, float]]] = []
    groups: list[tuple[Diagram, tuple[float, float, float, float]]] = []
    arrows: list[list[Point]] = []
    for item, (left, top, width, height) in zip(diagram.items, areas, strict=True):
        if isinstance(item, Box):
            boxes.append((item, (left, top, width, height)))
            continue
        groups.append((item, (left, top, width, height)))
        x = left + GROUP_MARGIN + (GROUP_TITLE if sideways else 0.0)
        y = top + GROUP_MARGIN + (0.0 if sideways else GROUP_TITLE)
        moved = _mapped(inner[id(item)], lambda a, b, x=x, y=y: (a + x, b + y))
        boxes += moved.boxes
        groups += moved.groups
        arrows += moved.arrows
    where = {id(box): area for box, area in boxes}
    arrivals: dict[int, list[list[Point]]] = {}
    for start, end in diagram.edges:
        bends = routes[number[id(start)], number[id(end)]]
        for a in [start] if isinstance(start, Box) else start.exits:
            for b in [end] if isinstance(end, Box) else end.entries:
                arrivals.setdefault(id(b), []).append([_bottom(where[id(a)]), *bends])
    for target, paths in arrivals.items():
        arrows += _arriving(paths, where[target])
    return Placement(0.0, 0.0, boxes, groups, arrows)


def _arriving(paths: list[list[Point]], area: tuple[float, float, float, float]) -> list[list[Point]]:
    """Paths led to the top of a box, side by side in the order in which they come."""
    left, top, width, _ = area
    gap = min(18.0, 0.7 * width / len(paths))
    paths = sorted(paths, key=lambda path: path[-1][0])
    first = left + width / 2 - gap * (len(paths) - 1) / 2
    return [[*path, (first + gap * i, top)] for i, path in enumerate(paths)]


def _bottom(area: tuple[float, float, float, float]) -> Point:
    return area[0] + area[2] / 2, area[1] + area[3]


def _layered(
    extents: list[Size], edges: list[tuple[int, int]]
) -> tuple[list[tuple[float, float, float, float]], list[list[Point]]]:
    """Rectangles of the items from (0, 0), connected parts side by side, and the bends of each edge."""
    try:
        from grandalf.graphs import Edge, Graph, Vertex
        from grandalf.layouts import SugiyamaLayout
    except ImportError as error:
        raise ImportError("plot_model needs grandalf to lay out the picture: pip install addax[plot]") from error
    vertices = [Vertex(i) for i in range(len(extents))]
    for vertex, (width, height) in zip(vertices, extents, strict=True):
        vertex.view = _View(width, height)
    links = [Edge(vertices[a], vertices[b]) for a, b in edges]
    for link in links:
        link.view = _Route()
    graph = Graph(vertices, links)
    areas: dict[int, tuple[float, float, float, float]] = {}
    bends: dict[int, list[Point]] = {}
    offset = 0.0
    for component in sorted(graph.C, key=lambda part: min(v.data for v in part.sV)):
        layout = SugiyamaLayout(component)
        layout.xspace, layout.yspace = BETWEEN_BOXES, BETWEEN_LAYERS
        ordered = sorted(component.sV, key=lambda v: v.data)
        rank = {v: v.data for v in ordered}
        layout.init_all(roots=[v for v in ordered if not v.e_in()] or ordered[:1])
        for layer in layout.layers:  # start from the order of the model, so that ties keep it
            layer.sort(key=lambda v: rank.get(v, len(extents)))
            layer.setup(layout)
        layout.draw(3)
        views = [(v.data, v.view) for v in component.sV]
        bent = [x for link in component.sE for x, _ in link.view.points[1:-1]]
        left = min([view.xy[0] - view.w / 2 for _, view in views] + [x - AROUND_BENDS for x in bent])
        top = min(view.xy[1] - view.h / 2 for _, view in views)
        for index, view in views:
            x, y = view.xy[0] - view.w / 2 - left + offset, view.xy[1] - view.h / 2 - top
            areas[index] = (x, y, view.w, view.h)
        for link in component.sE:
            middle = link.view.points[1:-1]
            bends[id(link)] = [(x - left + offset, y - top) for x, y in middle]
        right = max([view.xy[0] + view.w / 2 for _, view in views] + [x + AROUND_BENDS for x in bent])
        offset += right - left + 2 * BETWEEN_BOXES
    return [areas[i] for i in range(len(extents))], [bends.get(id(link), []) for link in links]
