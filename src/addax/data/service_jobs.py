"""What the workers of a tf.data service do: passes over datasets, made by a thread per worker, taken by consumers."""

from __future__ import annotations

import atexit
import collections
import dataclasses
import threading
import time
import weakref
from typing import Any

from addax.core import errors
from addax.data import buffer_bytes
from addax.data.ending import await_threads
from addax.data.node import END, Node
from addax.data.seeds import Position
from addax.data.service_sharding import ShardingPolicy, Splits, part

_AHEAD = 4  # elements per worker that wait, where the user leaves it to us
_GRACE = 60.0  # seconds for which threads wait for the first consumer
_WINDOW = 1 << 30  # bytes of the elements that trainers share


@dataclasses.dataclass(frozen=True)
class Terms:
    """What consumers that share a job have to agree on."""

    dataset: str
    policy: ShardingPolicy
    consumers: int | None = None
    shared: bool = False  # between trainers, each of which sees every element
    target: str = "AUTO"


class Worker:
    """A worker as the dispatcher knows it: where it is, and its place among the workers that were announced."""

    def __init__(self, address: str, index: int | None) -> None:
        self.address, self.index = address, index


class _Failure:
    def __init__(self, error: Exception) -> None:
        self._error = error

    def fresh(self) -> Exception:
        """The error, to be raised. Not the object that is kept: its traceback would hold the consumer for ever."""
        kind = type(self._error)
        error = kind.__new__(kind, *self._error.args)
        error.args = self._error.args
        error.__dict__.update(self._error.__dict__)
        error.__cause__ = self._error
        return error


class Task:
    """One worker's share of a pass."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.stopped = self.finished = False
        self.made: collections.deque[Any] = collections.deque()  # where each worker has a queue of its own
        self.thread: threading.Thread | None = None

    @property
    def live(self) -> bool:
        """Whether more may come."""
        return not (self.stopped or self.finished)


class Run:
    """One pass over a dataset by all workers. What is made goes to whoever asks first.

    Args:
        node: the dataset.
        terms: how it is divided.
        workers: how many workers were announced, for fixed parts.
        patience: seconds for which threads wait for a consumer to come back; 0: none comes.
    """

    def __init__(self, node: Node, terms: Terms, workers: int, patience: float) -> None:
        self.changed = threading.Condition()
        self.tasks: list[Task] = []
        self.closed = False
        self.down = ""  # why nothing will come any more
        self._node, self._terms, self._workers, self._patience = node, terms, workers, patience
        self._splits = Splits() if terms.policy is ShardingPolicy.DYNAMIC else None
        self._limits: dict[object, int | None] = {}  # of each consumer: elements to make ahead
        self._idle_since = time.monotonic() + _GRACE
        self._ready: collections.deque[Any] = collections.deque()
        self._making = 0
        _runs.add(self)

    # ------------------------------------------------------------------ workers

    def add(self, worker: Worker) -> None:
        """Let a worker take part."""
        task = Task(worker)
        task.thread = threading.Thread(target=_work, args=(self, task), name="addax data worker", daemon=True)
        with self.changed:
            if self.closed:
                return
            self.tasks.append(task)
        task.thread.start()

    def remove(self, worker: Worker) -> None:
        """Go on without a worker: what it has not made is not made, or by others."""
        with self.changed:
            for task in self.tasks:
                if task.worker is worker:
                    task.stopped = True
            self.changed.notify_all()

    def node_of(self, task: Task) -> Node:
        """The worker's share, as a dataset."""
        if self._splits is not None:
            return self._splits.over(self._node)
        if self._terms.policy is ShardingPolicy.OFF:
            return self._node
        if task.worker.index is None:
            raise errors.FailedPreconditionError(
                None, None,
                f"{self._terms.policy!r}: the worker {task.worker.address} is not one of the dispatcher's "
                "worker_addresses, so it has no part.",
            )  # fmt: skip
        return part(self._node, self._terms.policy, self._workers, task.worker.index)

    def begin(self, task: Task) -> bool:
        """Wait until the worker should make an element; False when it should go home."""
        with self.changed:
            while not (self.closed or task.stopped):
                if self._limits:
                    if self.room(task):
                        self._making += 1
                        return True
                    self.changed.wait()
                    continue
                left = self._idle_since + self._patience - time.monotonic()
                if left <= 0:
                    self._close()
                    break
                self.changed.wait(left)
            return False

    def put(self, task: Task, item: Any) -> None:
        """An element, an error or the end came from a worker."""
        with self.changed:
            self._making -= 1
            if item is END:
                task.finished = True
            if item is not END or self.needs_more:
                self.keep(task, item)
            self.changed.notify_all()

    # ------------------------------------------------------------------ consumers

    def join(self, limit: int | None) -> object:
        """Take part as a consumer; what is returned stands for it."""
        consumer = object()
        with self.changed:
            self._limits[consumer] = limit
            self.changed.notify_all()
        return consumer

    def leave(self, consumer: object) -> None:
        """A consumer goes."""
        with self.changed:
            self._limits.pop(consumer, None)
            if not self._limits:
                self._idle_since = time.monotonic()
                if not self._patience:
                    self._close()
            self.changed.notify_all()

    def next(self, place: Any) -> Any:
        """The next element of a consumer, or END."""
        with self.changed:
            while True:
                found, item = self.take(place)
                if found:
                    self.changed.notify_all()
                    break
                if self.tasks and all(not task.live for task in self.tasks) and not self._making and self._ends:
                    return END
                if self.down or self.closed:
                    raise errors.UnavailableError(
                        None, None, f"The tf.data service: {self.down or 'the pass is over: nobody read it for long'}."
                    )
                self.changed.wait()
        if type(item) is _Failure:
            raise item.fresh()
        return item

    @property
    def _ends(self) -> bool:
        """A pass whose workers all stopped midway waits for others; with one that finished, it is over."""
        return any(task.finished for task in self.tasks)

    # ------------------------------------------------------------------ what other ways of sharing do differently

    needs_more = False  # whether the end of a dataset is an error

    def room(self, task: Task) -> bool:
        """Whether one element more may be made."""
        return len(self._ready) + self._making < self.capacity

    @property
    def capacity(self) -> int:
        """How many elements may wait."""
        ahead = _AHEAD * max(1, sum(task.live for task in self.tasks))
        return sum(ahead if limit is None else limit for limit in self._limits.values())

    def keep(self, task: Task, item: Any) -> None:
        """Keep an element until it is taken."""
        self._ready.append(item)

    def take(self, place: Any) -> tuple[bool, Any]:
        """An element for a consumer, if there is one."""
        return (True, self._ready.popleft()) if self._ready else (False, None)

    # ------------------------------------------------------------------ the end

    def close(self, down: str = "") -> None:
        """Let the threads end."""
        with self.changed:
            self.down = self.down or down
            self._close()

    def _close(self) -> None:
        self.closed = True
        self._ready.clear()
        self.changed.notify_all()

    def went_home(self) -> None:
        """A thread ended; with the last one, the shared source is closed."""
        if self._splits is not None and self.closed:
            self._splits.close()


class RoundRun(Run):
    """Consumers that go in step: in each round one worker gives an element to every one of them."""

    needs_more = True

    def __init__(self, node: Node, terms: Terms, workers: int, patience: float) -> None:
        super().__init__(node, terms, workers, patience)
        self._consumers = terms.consumers or 1
        self._rounds: dict[int, list[Any]] = {}
        self._created = 0  # rounds that were begun
        self._turn = 0
        self._at = [0] * self._consumers

    def room(self, task: Task) -> bool:
        return len(task.made) < 2 * self._consumers

    def keep(self, task: Task, item: Any) -> None:
        if item is END:
            item = _Failure(
                errors.FailedPreconditionError(
                    None,
                    None,
                    "Encountered end of sequence on a round-robin read iteration: the dataset has to be infinite.\n"
                    "  To do: dataset.repeat(), and take(n) behind it.",
                )  # fmt: skip
            )
            task.made.extend([item] * self._consumers)
        else:
            task.made.append(item)

    def take(self, place: Any) -> tuple[bool, Any]:
        number = self._at[place]
        if number - min(self._at) >= max(2, 2 * len(self.tasks)):
            return False, None  # others are behind
        if number == self._created and not self._begin_round():
            return False, None
        items = self._rounds[number]
        self._at[place] += 1
        if min(self._at) > number:
            del self._rounds[number]
        return True, items[place]

    def _begin_round(self) -> bool:
        able = [task for task in self.tasks if not task.stopped]
        if not able:
            return False
        task = able[self._turn % len(able)]
        if len(task.made) < self._consumers:
            return False
        self._rounds[self._created] = [task.made.popleft() for _ in range(self._consumers)]
        self._created, self._turn = self._created + 1, self._turn + 1
        return True


class SharedRun(Run):
    """Trainers that each see every element that is in a window over the last ones; who is slow misses some."""

    needs_more = True

    def __init__(self, node: Node, terms: Terms, workers: int, patience: float) -> None:
        super().__init__(node, terms, workers, patience)
        self._window: collections.deque[tuple[Any, int]] = collections.deque()
        self._start = self._bytes = 0
        self._positions: dict[str, int] = {}

    def room(self, task: Task) -> bool:
        lead = max(self._positions.values(), default=0)
        return self._start + len(self._window) - lead + self._making < self.capacity

    def keep(self, task: Task, item: Any) -> None:
        if item is END:
            item = _Failure(
                errors.InvalidArgumentError(
                    None,
                    None,
                    "Cross-trainer caching requires the input dataset to be infinite: it came to its end.\n"
                    "  To do: dataset.repeat().",
                )  # fmt: skip
            )
        size = 0 if type(item) is _Failure else buffer_bytes.bytes_of(item)
        self._window.append((item, size))
        self._bytes += size
        while self._bytes > _WINDOW and len(self._window) > 1:
            self._bytes -= self._window.popleft()[1]
            self._start += 1

    def take(self, place: Any) -> tuple[bool, Any]:
        at = max(self._positions.get(place, 0), self._start)
        if at == self._start + len(self._window):
            return False, None
        self._positions[place] = at + 1
        return True, self._window[at - self._start][0]


_runs: weakref.WeakSet[Run] = weakref.WeakSet()


def _work(run: Run, task: Task) -> None:
    """The thread of a worker in a pass."""
    stream: Any = None
    while run.begin(task):
        try:
            if stream is None:
                stream = Position(run.node_of(task)).iterator
            item = stream.next()
        except Exception as error:
            item = _Failure(error)
        run.put(task, item)
        if item is END or (stream is None and type(item) is _Failure):
            if item is not END:
                _end(run, task)
            break
    if stream is not None:
        stream.close()
    run.went_home()


def _end(run: Run, task: Task) -> None:
    """A share that could not even begin has no more than its error."""
    with run.changed:
        task.finished = True
        run.changed.notify_all()


def _close_all() -> None:
    """At exit, let threads finish what they are at."""
    runs = list(_runs)
    for run in runs:
        run.close()
    await_threads(task.thread for run in runs for task in run.tasks)


atexit.register(_close_all)
