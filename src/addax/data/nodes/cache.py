"""Dataset.cache in memory, and the pass that fills a folder: Dataset.cache(filename) and Dataset.snapshot."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from addax.data import buffer_bytes, elements
from addax.data.node import END, INFINITE, Node, NodeIterator, Source
from addax.data.seeds import Pass, random_parts
from addax.data.storage import Folder, Writer

_ROWS = 256  # elements computed at once when a source is cached


class _Kept(Source):
    """The rows of another source, computed once, when the first of them is asked for."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.size = source.size
        self.kept: Any = None  # the rows
        self._lock = threading.Lock()

    def _all(self) -> Any:
        with self._lock:
            if self.kept is None:
                blocks = range(0, self.size, _ROWS)
                parts = [self._source.rows(start, min(start + _ROWS, self.size)) for start in blocks]
                self.kept = elements.to_host(elements.join(parts))
        return self.kept

    def gather(self, indices: np.ndarray) -> Any:
        return elements.apply(lambda leaf: leaf.take(indices, axis=0), self._all())

    def rows(self, start: int, stop: int) -> Any:
        return elements.slice_rows(self._all(), start, stop)


class CacheNode(Node):
    """The elements of the first whole pass, kept in memory. Arrays in memory are not kept a second time."""

    label = "CacheDataset"

    def __init__(self, child: Node) -> None:
        super().__init__(child)
        source = child.source()
        if source is not None and not child.instant and source.size != INFINITE:
            source = _Kept(source)
        self._source = source
        self.store = Store()

    @property
    def index_only(self) -> bool:  # type: ignore[override]
        """Over arrays in memory there is nothing to keep."""
        return self.inputs[0].instant and self.inputs[0].source() is not None

    def over(self, *inputs: Node) -> Node:
        return CacheNode(*inputs)

    @property
    def replays(self) -> bool:
        return self.store.items is not None or (isinstance(self._source, _Kept) and self._source.kept is not None)

    def how(self) -> str:
        if self.index_only:
            return "nothing to do: rows in memory"
        return "replays what it keeps" if self.replays else "keeps what passes"

    def held(self) -> tuple[int, int]:
        if isinstance(self._source, _Kept):
            kept = self._source.kept
            return (0, 0) if kept is None else (self._source.size, buffer_bytes.bytes_of(kept))
        return self.store.held()

    def source(self) -> Source | None:
        return self._source

    def iterator(self, run: Pass) -> NodeIterator:
        return super().iterator(run) if self._source is not None else CacheIterator(self.inputs[0], self.store, run)


class Store:
    """What was kept: the elements, and what pass they are of."""

    def __init__(self) -> None:
        self.items: list[Any] | None = None
        self.origin: Any = None
        self._held: tuple[int, int] | None = None

    def held(self) -> tuple[int, int]:
        """How many elements are kept, and their bytes."""
        if self.items is None:
            return 0, 0
        if self._held is None:
            self._held = buffer_bytes.held(self.items)
        return self._held


class CacheIterator(NodeIterator):
    """Records a pass over the input, or replays the one that was recorded."""

    def __init__(self, node: Node, store: Store, run: Pass) -> None:
        self._node, self._store, self._run = node, store, run.outermost()
        self._child: NodeIterator | None = None
        self._position = 0
        self._recorded: list[Any] = []
        self._bytes = self._weighed = 0  # of the first that were recorded

    def _record(self) -> None:
        self._child = self._node.stream(self._run)
        self._recorded = []
        self._bytes = self._weighed = 0

    def held(self) -> tuple[int, int]:
        if self._child is None:
            return self._store.held()
        recorded = self._recorded
        self._bytes += buffer_bytes.held(recorded[self._weighed :])[1]
        self._weighed = len(recorded)
        return len(recorded), self._bytes

    def next(self) -> Any:
        items = self._store.items
        if self._child is None and items is not None:
            if self._position >= len(items):
                return END
            self._position += 1
            return items[self._position - 1]
        if self._child is None:
            self._record()
        element = self._child.next()  # type: ignore[union-attr]
        if element is END:
            if self._store.items is None:
                self._store.items, self._store.origin = self._recorded, self._origin()
            return END
        element = elements.to_host(element)
        self._recorded.append(element)
        self._position += 1
        return element

    def state(self) -> Any:
        origin = self._origin() if self._store.items is None or self._child is not None else self._store.origin
        return {"origin": origin, "position": self._position}

    def _origin(self) -> Any:
        return self._run.describe(random_parts(self._node))

    def restore(self, state: Any) -> None:
        self.close()
        self._child, self._position, wanted = None, 0, int(state["position"])
        if self._store.items is None:
            # The kept pass may be an earlier one than this: it is made again.
            self._run = Pass.described(state["origin"], random_parts(self._node))
            self.skip(wanted)
        else:
            self._position = wanted

    def close(self) -> None:
        if self._child is not None:
            self._child.close()


class FolderNode(Node):
    """The elements of the first whole pass, kept in a folder that later passes, and programs, read."""

    def __init__(
        self, child: Node, path: str, compression: str, label: str,
        shard: Callable[[Any], int] | None = None, reader: Callable[[Folder], Node] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(child)
        self.path, self.compression, self.label = path, compression, label
        self.shard, self.reader = shard, reader

    def iterator(self, run: Pass) -> NodeIterator:
        if self.reader is not None and Folder.exists(self.path):
            return self.reader(Folder(self.path)).stream(run)
        return FolderIterator(self, run)


class FolderIterator(NodeIterator):
    """Writes while it passes elements on, or reads what was written."""

    def __init__(self, node: FolderNode, run: Pass) -> None:
        self._node, self._run = node, run.outermost()
        self._child: NodeIterator | None = None
        self._writer: Writer | None = None
        self._reading: Iterator[Any] | None = None
        self._position = 0
        self._over = False

    def _begin(self, writing: bool = False) -> None:
        if not writing and Folder.exists(self._node.path):
            folder = Folder(self._node.path)
            spec = self._node.spec
            self._reading = (element for shard in folder.shards for element in folder.read(shard, spec))
            return
        self._child = self._node.inputs[0].stream(self._run)
        self._writer = Writer(self._node.path, self._node.spec, self._node.compression)
        self._finalizer = weakref.finalize(self, self._writer.abort)  # the iterator may just be dropped

    def next(self) -> Any:
        if self._over:
            return END
        if self._child is None and self._reading is None:
            self._begin()
        element = next(self._reading, END) if self._reading is not None else self._pass_on()
        self._over = element is END
        self._position += element is not END
        return element

    def _pass_on(self) -> Any:
        assert self._child is not None and self._writer is not None
        element = self._child.next()
        if element is END:
            self._finalizer.detach()
            self._writer.commit()
            self._writer = None
            return END
        element = elements.to_host(element)
        self._writer.write(element, 0 if self._node.shard is None else self._node.shard(element))
        return element

    def state(self) -> Any:
        return {"writing": self._child is not None, "position": self._position, "over": self._over}

    def restore(self, state: Any) -> None:
        self.close()
        self._child = self._reading = None
        self._position, self._over = 0, False
        if state["position"]:
            self._begin(bool(state["writing"]))
            self.skip(int(state["position"]))
        self._over = bool(state["over"])

    def close(self) -> None:
        if self._child is not None:
            self._child.close()
        if self._writer is not None:
            self._finalizer()
            self._writer = None


class ReadNode(Node):
    """What a reader function made of the shards of a saved dataset; their number is the saved one, as TensorFlow's."""

    label = "_LoadDataset"

    def __init__(self, child: Node, count: int) -> None:
        super().__init__(child)
        self._count = count

    def over(self, *inputs: Node) -> Node:
        return ReadNode(inputs[0], self._count)

    def cardinality(self) -> int:
        return self._count

    def iterator(self, run: Pass) -> NodeIterator:
        return self.inputs[0].stream(run)


class ShardNode(Node):
    """The elements of one shard of a saved dataset."""

    label = "_LoadDataset"

    def __init__(self, folder: Folder, shards: list[int], spec: Any) -> None:
        super().__init__()
        self._folder, self._shards = folder, shards
        self._spec = folder.spec if spec is None else spec

    @property
    def spec(self) -> Any:
        return self._spec

    def cardinality(self) -> int:
        return self._folder.count if self._shards == self._folder.shards else -2

    def iterator(self, run: Pass) -> NodeIterator:
        return ShardIterator(self._folder, self._shards, self._spec)


class ShardIterator(NodeIterator):
    """Reads shards one after the other."""

    def __init__(self, folder: Folder, shards: list[int], spec: Any) -> None:
        self._folder, self._shards, self._spec = folder, shards, spec
        self._begin()

    def _begin(self) -> None:
        self._reading = (element for shard in self._shards for element in self._folder.read(shard, self._spec))
        self._position = 0

    def next(self) -> Any:
        element = next(self._reading, END)
        self._position += element is not END
        return element

    def state(self) -> Any:
        return {"position": self._position}

    def restore(self, state: Any) -> None:
        self._begin()
        self.skip(int(state["position"]))
