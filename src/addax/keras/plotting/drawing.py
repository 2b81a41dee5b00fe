"""A placed diagram drawn by matplotlib, with its object interface only: the program's own figures are left alone."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

from addax.keras.plotting.diagram import Box, Diagram
from addax.keras.plotting.layout import GROUP_TITLE, Placement, place

__all__ = ["FORMATS", "draw"]

FORMATS = ("png", "svg", "pdf", "ps", "eps", "jpg", "jpeg", "webp", "tif", "tiff")
FONT = "DejaVu Sans"
TITLE_SIZE = 10.0
TEXT_SIZE = 8.5
MARGIN = 14.0
PADDING = 8.0
TITLE_HEIGHT = 22.0
ROW_HEIGHT = 17.0

_INK, _HEADER, _HEADER_TEXT, _LABEL = "#1f2933", "#3b4b5e", "#ffffff", "#6b7a8c"
_FACE, _BORDER, _ARROW, _GROUP, _GROUP_FACE = "#ffffff", "#3b4b5e", "#55657a", "#8a99ab", "#f3f6f9"
# Layers that bring data in are told apart at a glance.
_INPUT_HEADER = "#1b7a6b"


def draw(diagram: Diagram, format: str = "png", rankdir: str = "TB", dpi: float = 96) -> bytes:
    """A picture of a diagram.

    Args:
        diagram: what to draw.
        format: one of FORMATS.
        rankdir: direction of the arrows: "TB", "LR", "BT" or "RL".
        dpi: dots an inch, of pictures made of dots.

    Raises:
        ValueError: another format.
        ImportError: matplotlib or grandalf is not installed.
    """
    if format not in FORMATS:
        raise ValueError(f"plot_model: expected a file ending in {', '.join(FORMATS)} or dot; received {format!r}")
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("plot_model needs matplotlib to draw the picture: pip install addax[plot]") from error
    placement = place(diagram, {box: _size(box) for box in diagram.boxes()}, rankdir)
    titles = [_width(group.name, TEXT_SIZE) + 2 * PADDING for group, _ in placement.groups]
    reach = [area[0] + width for (_, area), width in zip(placement.groups, titles, strict=True)]
    width, height = max([placement.width, *reach]) + 2 * MARGIN, placement.height + 2 * MARGIN
    # No picture is larger than what programs open: 30,000 dots a side.
    dpi = min(float(dpi), 30_000 * 72 / max(width, height))
    figure = Figure(figsize=(width / 72, height / 72), facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(-MARGIN, width - MARGIN)
    axes.set_ylim(height - MARGIN, -MARGIN)  # y leads downwards
    _draw_all(axes, placement, upright=rankdir in ("TB", "BT"))
    stream = io.BytesIO()
    figure.savefig(stream, format=format, dpi=dpi)
    return stream.getvalue()


def _draw_all(axes: Any, placement: Placement, upright: bool) -> None:
    for group, area in sorted(placement.groups, key=lambda pair: -pair[1][2] * pair[1][3]):
        _draw_group(axes, group, area)
    for path in placement.arrows:
        _draw_arrow(axes, path, upright)
    for box, area in placement.boxes:
        _draw_box(axes, box, area)


def _draw_group(axes: Any, group: Diagram, area: tuple[float, float, float, float]) -> None:
    from matplotlib.patches import FancyBboxPatch

    left, top, width, height = area
    style = {"boxstyle": "round,pad=0,rounding_size=6", "linestyle": (0, (4, 3)), "linewidth": 0.9}
    axes.add_patch(FancyBboxPatch((left, top), width, height, fc=_GROUP_FACE, ec=_GROUP, **style))
    axes.text(left + PADDING, top + GROUP_TITLE / 2 + 2, group.name, size=TEXT_SIZE, color=_LABEL, va="center",
              family=FONT, style="italic")  # fmt: skip


def _draw_arrow(axes: Any, path: list[tuple[float, float]], upright: bool) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    # Through the bends, from one to the next by a curve that leaves and arrives in the direction of the arrows.
    points, codes = [path[0]], [Path.MOVETO]
    for start, end in zip(path, path[1:], strict=False):
        if upright:
            middle = (start[1] + end[1]) / 2
            points += [(start[0], middle), (end[0], middle), end]
        else:
            middle = (start[0] + end[0]) / 2
            points += [(middle, start[1]), (middle, end[1]), end]
        codes += [Path.CURVE4] * 3
    style = {"arrowstyle": "-|>,head_length=5,head_width=2.6", "linewidth": 1.1, "shrinkA": 0, "shrinkB": 0}
    axes.add_patch(FancyArrowPatch(path=Path(points, codes), color=_ARROW, joinstyle="miter", **style))


def _draw_box(axes: Any, box: Box, area: tuple[float, float, float, float]) -> None:
    from matplotlib.patches import FancyBboxPatch, Rectangle

    left, top, width, height = area
    rounded = {"boxstyle": "round,pad=0,rounding_size=3", "linewidth": 1.0}
    outline = FancyBboxPatch((left, top), width, height, fc=_FACE, ec=_BORDER, **rounded)
    axes.add_patch(outline)
    head = TITLE_HEIGHT if box.rows else height
    band = Rectangle((left, top), width, head, fc=_INPUT_HEADER if box.kind == "InputLayer" else _HEADER, ec="none")
    axes.add_patch(band)
    band.set_clip_path(outline.get_path(), outline.get_transform())
    x, y = left + PADDING, top + head / 2
    text = {"va": "center_baseline", "family": FONT}
    if not box.kind:
        axes.text(
            left + width / 2, y, box.title, size=TITLE_SIZE, color=_HEADER_TEXT, ha="center", weight="bold", **text
        )
    else:
        whole = _width(box.title, TITLE_SIZE, bold=True) + PADDING + _width(box.kind, TEXT_SIZE)
        x = left + (width - whole) / 2
        axes.text(x, y, box.title, size=TITLE_SIZE, color=_HEADER_TEXT, weight="bold", **text)
        kind_at = x + whole
        axes.text(kind_at, y, box.kind, size=TEXT_SIZE, color="#d5dde6", ha="right", **text)
    labels = max((_width(label, TEXT_SIZE) for label, _ in box.rows), default=0.0)
    for index, (label, value) in enumerate(box.rows):
        y = top + head + ROW_HEIGHT * (index + 0.5)
        if index:
            axes.plot([left, left + width], [y - ROW_HEIGHT / 2] * 2, color="#dfe5ec", linewidth=0.7)
        axes.text(left + PADDING, y, label, size=TEXT_SIZE, color=_LABEL, **text)
        axes.text(left + 2 * PADDING + labels, y, value, size=TEXT_SIZE, color=_INK, **text)
    axes.add_patch(FancyBboxPatch((left, top), width, height, fc="none", ec=_BORDER, **rounded))


def _size(box: Box) -> tuple[float, float]:
    title = _width(box.title, TITLE_SIZE, bold=True)
    if box.kind:
        title += PADDING + _width(box.kind, TEXT_SIZE)
    labels = max((_width(label, TEXT_SIZE) for label, _ in box.rows), default=0.0)
    values = max((_width(value, TEXT_SIZE) for _, value in box.rows), default=0.0)
    width = max(title, labels + PADDING + values if box.rows else 0.0, 40.0)
    return width + 2 * PADDING, TITLE_HEIGHT + ROW_HEIGHT * len(box.rows)


@cache
def _width(text: str, size: float, bold: bool = False) -> float:
    """The width of a text in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    if not text.strip():
        return 0.0
    properties = FontProperties(family=FONT, weight="bold" if bold else "normal")
    return float(TextPath((0, 0), text, size=size, prop=properties).get_extents().width)
