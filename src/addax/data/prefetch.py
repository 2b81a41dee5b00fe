"""Elements made ahead on a thread of their own."""

from __future__ import annotations

import atexit
import collections
import threading
import weakref
from typing import Any

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


class _Nothing(NodeIterator):
    def next(self) -> Any:
        return END


def _close_all() -> None:
    """At exit, let threads finish what they are at: Python must not go away under a running computation."""
    channels = list(_channels)
    for channel in channels:
        channel.close()
    for channel in channels:
        if channel.thread is not None:
            channel.thread.join(timeout=2.0)


atexit.register(_close_all)
