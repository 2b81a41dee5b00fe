"""Dataset.enumerate: a zip with the integers."""

from __future__ import annotations

from addax.data.node import Node
from addax.data.nodes.range import RangeNode
from addax.data.nodes.zip import ZipNode


class EnumerateNode(ZipNode):
    """(number, element) pairs."""

    label = "_EnumerateDataset"

    def __init__(self, child: Node, start: int) -> None:
        super().__init__((0, 1), [RangeNode(start, None, 1), child])
