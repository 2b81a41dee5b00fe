"""Dataset.with_options."""

from __future__ import annotations

from addax.data.node import Node, NodeIterator, Source
from addax.data.options import Options
from addax.data.seeds import Pass


class OptionsNode(Node):
    """The input's elements as they are, with options for those who ask."""

    label = "_OptionsDataset"
    index_only = True

    def __init__(self, child: Node, options: Options) -> None:
        pool = options.threading.private_threadpool_size
        # Only these two change anything; without them the input, and what it shares with others, stays as it is.
        super().__init__(child.configured(options) if pool or options.deterministic is not None else child)
        self.options = options

    def over(self, *inputs: Node) -> Node:
        twin = OptionsNode.__new__(OptionsNode)
        Node.__init__(twin, *inputs)
        twin.options = self.options
        return twin

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

    @property
    def in_pieces(self) -> bool:
        return self.inputs[0].in_pieces

    @property
    def in_blocks(self) -> bool:
        return self.inputs[0].in_blocks

    @property
    def behind_prefetch(self) -> Node:
        return self.inputs[0].behind_prefetch

    def iterator(self, run: Pass) -> NodeIterator:
        return self.inputs[0].iterator(run)
