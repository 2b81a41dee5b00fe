"""Dataset.with_options."""

from __future__ import annotations

from typing import Any

from addax.data.node import Node, NodeIterator, Source


class OptionsNode(Node):
    """The input's elements as they are, with options for those who ask."""

    label = "_OptionsDataset"
    index_only = True

    def __init__(self, child: Node, options: Any = None) -> None:
        super().__init__(child)
        self.options = options

    @property
    def instant(self) -> bool:
        return self.inputs[0].instant

    def source(self) -> Source | None:
        return self.inputs[0].source()

    @property
    def chunkable(self) -> bool:
        return self.inputs[0].chunkable

    @property
    def lookahead(self) -> bool:
        return self.inputs[0].lookahead

    def iterator(self) -> NodeIterator:
        return self.inputs[0].iterator()
