"""A diagram in the DOT language of Graphviz, and as a picture."""

from __future__ import annotations

import os
import re

from addax.formats.atomic import atomic_write
from addax.keras.plotting.diagram import Box, Diagram
from addax.keras.plotting.drawing import draw

__all__ = ["Dot"]


_KEYWORDS = frozenset(("digraph", "edge", "graph", "node", "strict", "subgraph"))


class Dot:
    """A picture of a model that is not drawn yet. `model_to_dot` makes it.

    Args:
        diagram: what it shows.
        rankdir: direction of the arrows.
        dpi: dots an inch.
        subgraph: whether its text is a cluster, to be put into another graph.

    Example:
        >>> from addax.keras.plotting.diagram import Box, Diagram
        >>> from addax.keras.plotting.dot import Dot
        >>> first, second = Box("a", "x", "InputLayer", []), Box("b", "y", "Dense", [])
        >>> diagram = Diagram("m", "m", [first, second], [(first, second)], [(first, second)])
        >>> "a -> b;" in Dot(diagram).to_string()
        True
    """

    def __init__(self, diagram: Diagram, rankdir: str = "TB", dpi: float = 96, subgraph: bool = False) -> None:
        self.diagram = diagram
        self.rankdir = rankdir
        self.dpi = dpi
        self.subgraph = subgraph

    def to_string(self) -> str:
        """The text in the DOT language; its labels are those of Keras."""
        if self.subgraph:
            return "\n".join(_cluster(self.diagram, "")) + "\n"
        head = ["digraph G {", f"  rankdir={self.rankdir};", "  concentrate=true;", f"  dpi={self.dpi};"]
        return "\n".join([*head, "  node [shape=record];", *_lines(self.diagram, "  "), "}"]) + "\n"

    def create(self, prog: str | None = None, format: str = "png") -> bytes:
        """The picture in a format: "png", "svg", "pdf", "jpg", ..., or "dot" (or "raw") for the text.

        Args:
            prog: "dot" or None; the layout is Addax's own either way.
            format: the format.
        """
        if prog not in (None, "dot"):
            raise ValueError(f"Dot.create(prog): expected 'dot'; received {prog!r}")
        if format in ("dot", "raw"):
            return self.to_string().encode("utf-8")
        return draw(self.diagram, format, self.rankdir, self.dpi)

    def write(self, path: str | os.PathLike[str], prog: str | None = None, format: str = "raw") -> bool:
        """Write `create(prog, format)` to a file, whole or not at all."""
        data = self.create(prog, format)
        with atomic_write(path) as file:
            file.write(data)
        return True

    def create_png(self, prog: str | None = None) -> bytes:
        """The picture as PNG."""
        return self.create(prog, "png")

    def create_svg(self, prog: str | None = None) -> bytes:
        """The picture as SVG."""
        return self.create(prog, "svg")

    def write_png(self, path: str | os.PathLike[str], prog: str | None = None) -> bool:
        """Write the picture as PNG."""
        return self.write(path, prog, "png")

    def write_svg(self, path: str | os.PathLike[str], prog: str | None = None) -> bool:
        """Write the picture as SVG."""
        return self.write(path, prog, "svg")


def _lines(diagram: Diagram, indent: str) -> list[str]:
    lines = []
    for item in diagram.items:
        if isinstance(item, Box):
            lines.append(f"{indent}{_id(item)} [label={_quoted(_record(item))}];")
        else:
            lines += _cluster(item, indent)
    return [*lines, *[f"{indent}{_id(a)} -> {_id(b)};" for a, b in diagram.ends]]


def _cluster(diagram: Diagram, indent: str) -> list[str]:
    head = [f"{indent}subgraph cluster_{_name(diagram.name)} {{", f"{indent}  style=dashed;"]
    head += [f"{indent}  label={_quoted(diagram.name)};", f"{indent}  labeljust=l;"]
    return [*head, *_lines(diagram, indent + "  "), indent + "}"]


def _record(box: Box) -> str:
    """The box as a record: T or NT (trainable or not), name, kind and activation, dtype, shapes."""
    said = {label: _escaped(text) for label, text in box.rows}
    parts = [_escaped(part) for part in (box.title, box.kind) if part]
    if "activation" in said:
        parts[-1] = f"{{{parts[-1]}|{said['activation']}}}"
    if "dtype" in said:
        parts.append(said["dtype"])
    text = "|".join(parts)
    if "input" in said:
        text = f"{{{text}}}|{{input:|output:}}|{{{{{said['input']}}}|{{{said['output']}}}}}"
    trainable = {"yes": "T|", "no": "NT|"}.get(said.get("trainable", ""), "")
    return trainable + text


def _id(box: Box) -> str:
    return _name(box.key)


def _name(key: str) -> str:
    return "".join(c if c.isalnum() and c.isascii() else "_" for c in key)


def _escaped(text: str) -> str:
    return "".join("\\" + c if c in "{}|<>\\ " and c != " " else c for c in text)


def _quoted(text: str) -> str:
    if re.fullmatch(r"[A-Za-z_]\w*", text, re.ASCII) and text.lower() not in _KEYWORDS:
        return text
    return '"' + text.replace('"', '\\"').replace("\n", "\\n") + '"'
