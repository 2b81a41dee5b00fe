"""Elements made ahead: on a thread of their own, or many batches at once."""

from __future__ import annotations

import atexit
import collections
import threading
import weakref
from typing import Any

from addax.core import blocks
from addax.core.tensor import Tensor
from addax.data import elements
from addax.data.ending import await_threads
from addax.data.node import END, NodeIterator


class _Failure:
    def __init__(self, error: Exception) -> None:
        self.error = error


class _Channel:
    """What the producing thread and the consumer share. The thread holds nothing else, so that the consumer can go."""

    def __init__(self, child: NodeIterator, capacity: int) -> None:
        self.child = child
        self.capacity = capacity
        self.items: collections.deque[Any] = collections.deque()
        self.changed = threading.Condition()
        self.producing = threading.Lock()  # held while the child is asked for an element
        self.closed = False
        self.thread: threading.Thread | None = None
        _channels.add(self)

    def start(self) -> None:
        """Start the producing thread."""
        self.thread = threading.Thread(target=_produce, args=(self,), name="addax prefetch", daemon=True)
        self.thread.start()

    def close(self) -> None:
        """Let the thread end once the element it is at is made."""
        with self.changed:
            self.closed = True
            self.items.clear()
            self.changed.notify_all()


_channels: weakref.WeakSet[_Channel] = weakref.WeakSet()


def _produce(channel: _Channel) -> None:
    while True:
        with channel.changed:
            while len(channel.items) >= channel.capacity and not channel.closed:
                channel.changed.wait()
        with channel.producing:
            if channel.closed:
                break
            try:
                item = channel.child.next()
            except Exception as error:
                item = _Failure(error)
            with channel.changed:
                channel.items.append(item)
                channel.changed.notify_all()
        if item is END:
            return
    channel.child.close()


class Background(NodeIterator):
    """Up to `capacity` elements ahead of the consumer. The thread starts with the first element asked for."""

    def __init__(self, child: NodeIterator, capacity: int) -> None:
        self._capacity = capacity
        self._over = False
        self._open(child)

    def _open(self, child: NodeIterator) -> None:
        self._channel = _Channel(child, self._capacity)
        self._finalizer = weakref.finalize(self, self._channel.close)

    def start(self) -> None:
        """Start the thread before the first element is asked for."""
        if self._channel.thread is None and not self._over:
            self._channel.start()

    @property
    def ready(self) -> bool:
        """Whether `next` would return at once."""
        return self._over or bool(self._channel.items)

    def next(self) -> Any:
        if self._over:
            return END
        channel = self._channel
        if channel.thread is None:
            channel.start()
        with channel.changed:
            while not channel.items:
                channel.changed.wait()
            item = channel.items.popleft()
            channel.changed.notify_all()
        if item is END:
            self._over = True
        elif type(item) is _Failure:
            raise item.error
        return item

    def state(self) -> Any:
        with self._channel.producing, self._channel.changed:
            ahead = [item for item in self._channel.items if item is not END and type(item) is not _Failure]
            return {"child": self._channel.child.state(), "ahead": ahead, "over": self._over}

    def restore(self, state: Any) -> None:
        self._halt()
        child = self._channel.child
        child.restore(state["child"])
        self._over = bool(state["over"])
        self._finalizer.detach()
        self._open(child)
        self._channel.items.extend(state["ahead"])

    def _halt(self) -> None:
        """Stop the thread without closing the child."""
        channel = self._channel
        if channel.thread is not None:
            child, channel.child = channel.child, _Nothing()
            with channel.producing:
                channel.close()
            channel.thread.join()
            channel.child = child

    def close(self) -> None:
        self._finalizer()
        if self._channel.thread is None:
            self._channel.child.close()


class Blocks(NodeIterator):
    """Batches as tensors, many of them moved to the device in one call.

    The first few come one by one: whoever only looks at a dataset does not wait for more, and nothing is compiled.

    Args:
        child: an iterator of a node that says `in_blocks`.
        ahead: whether the device begins with the next block while this one is used.
    """

    SINGLY = 2
    MOST = 16
    BYTES = 1 << 22

    def __init__(self, child: NodeIterator, ahead: bool = False) -> None:
        self._child, self._ahead = child, ahead
        self._singly = self.SINGLY
        self._count = 1
        self._begin(_Block(child.state(), 0, None))

    def _begin(self, block: _Block) -> None:
        self._block, self._at = block, 0
        self._following: _Block | None = None

    def next(self) -> Any:
        if self._at == self._block.count:
            if self._singly or self._count == 1:
                return self._one()
            following = self._following or self._read()
            self._begin(following)
            if not following.count:
                return END
            if self._ahead and following.count == self._count:
                self._following = self._read()
            following.move()
            if self._following is not None:
                self._following.move()  # on its way while these are used
        self._at += 1
        return self._block.batches[self._at - 1]

    def _one(self) -> Any:
        rows = self._child.next()
        self._begin(_Block(self._child.state(), 0, None))
        if rows is END:
            return END
        if self._singly:
            self._singly -= 1
            size = sum(leaf.nbytes for leaf in elements.flatten(rows) if leaf is not None)
            count = min(self.MOST, self.BYTES // max(size, 1))
            self._count = count if count >= 4 else 1  # a map is compiled for each number of rows
        block = _Block(None, 1, rows)
        block.move()
        return block.batches[0]

    def _read(self) -> _Block:
        return _Block(self._child.state(), *self._child.several(self._count), self._count)

    def skip(self, count: int) -> int:
        kept = min(count, self._block.count - self._at)
        self._at += kept
        if kept == count:
            return kept
        if self._following is not None:
            self._begin(self._following)
            self._block.move()
            return kept + self.skip(count - kept)
        skipped = self._child.skip(count - kept)
        self._begin(_Block(self._child.state(), 0, None))
        return kept + skipped

    def state(self) -> Any:
        return {"child": self._block.before, "at": self._at}

    def restore(self, state: Any) -> None:
        self._child.restore(state["child"])
        self._child.skip(int(state["at"]))
        self._begin(_Block(self._child.state(), 0, None))

    def close(self) -> None:
        self._child.close()


class _Block:
    """Batches behind each other, and the state before them."""

    def __init__(self, before: Any, count: int, rows: Any, most: int = 1) -> None:
        self.before, self.count, self._rows, self._most = before, count, rows, most
        self.batches: list[Any] = []

    def move(self) -> None:
        """Make tensors of the batches, once."""
        if self.batches or not self.count:
            return
        leaves = elements.flatten(self._rows)
        arrays = [leaf for leaf in leaves if leaf is not None]
        rows = self._rows
        parts = blocks.parts(arrays, self.count, self._most)
        if type(rows) is tuple and len(arrays) == len(rows) and all(a is b for a, b in zip(arrays, rows, strict=True)):
            self.batches = [tuple([Tensor(array) for array in part]) for part in parts]
            return
        for part in parts:
            rest = iter(part)
            self.batches.append(
                elements.pack_like(rows, [None if leaf is None else Tensor(next(rest)) for leaf in leaves])
            )


class _Nothing(NodeIterator):
    def next(self) -> Any:
        return END


def _close_all() -> None:
    """At exit, let threads finish what they are at."""
    channels = list(_channels)
    for channel in channels:
        channel.close()
    await_threads(channel.thread for channel in channels)


atexit.register(_close_all)
