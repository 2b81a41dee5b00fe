"""Sequence: batches by index, made by workers ahead of the training loop."""

from __future__ import annotations

import collections
import concurrent.futures
import multiprocessing
import queue
import random
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from addax.core import errors


class Sequence:
    """A data set as batches by index; users subclass it.

    `__getitem__(i)` returns batch i: (inputs, targets) or (inputs, targets, sample_weights), or inputs alone for
    `predict`. `__len__` is the number of batches. Workers may ask for batches out of order and at the same time.

    Attributes:
        workers: threads (or processes) that make batches ahead, 1 for none beside the training loop's.
        use_multiprocessing: whether they are processes.
        max_queue_size: how many batches are made ahead at most.

    >>> import addax as tf
    >>> class Squares(tf.keras.utils.Sequence):
    ...     def __len__(self):
    ...         return 3
    ...     def __getitem__(self, index):
    ...         return np.full((2, 1), index), np.full((2, 1), index**2)
    >>> [int(y[0, 0]) for x, y in Squares()]
    [0, 1, 4]
    """

    workers: int = 1
    use_multiprocessing: bool = False
    max_queue_size: int = 10

    def __getitem__(self, index: int) -> Any:
        """Batch number `index`."""
        raise NotImplementedError(f"{type(self).__name__}.__getitem__(index) must be implemented: it returns a batch.")

    def __len__(self) -> int:
        """The number of batches."""
        raise NotImplementedError(f"{type(self).__name__}.__len__() must be implemented: the number of batches.")

    def on_epoch_end(self) -> None:
        """Called after each epoch, e.g. to shuffle."""

    def __iter__(self) -> Iterator[Any]:
        """All batches once, in order."""
        for index in range(len(self)):
            yield self[index]


class PyDataset(Sequence):
    """Keras 3's name of `Sequence`, with the workers as arguments.

    Args:
        workers: threads or processes that make batches ahead.
        use_multiprocessing: whether they are processes (started by spawn: the data set must be picklable).
        max_queue_size: how many batches are made ahead at most.

    >>> import addax as tf
    >>> tf.keras.utils.PyDataset(workers=4).workers
    4
    """

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10) -> None:
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    def on_epoch_begin(self) -> None:
        """Called before each epoch."""

    @property
    def num_batches(self) -> int:
        """The number of batches."""
        return len(self)


# ---------------------------------------------------------------------------- workers

_in_worker: Any = None  # a worker process's copy of the sequence


def _adopt(sequence: Any) -> None:
    global _in_worker
    _in_worker = sequence


def _item_in_worker(index: int) -> Any:
    return _in_worker[index]


class _Workers:
    """A pool that makes items of a sequence: threads, or processes started by spawn (XLA does not survive a fork)."""

    def __init__(self, sequence: Any, workers: int, use_multiprocessing: bool) -> None:
        count = max(1, int(workers))
        self._processes = use_multiprocessing
        if use_multiprocessing:
            self._pool: concurrent.futures.Executor = concurrent.futures.ProcessPoolExecutor(
                count, multiprocessing.get_context("spawn"), initializer=_adopt, initargs=(sequence,)
            )
            self._item: Callable[[int], Any] = _item_in_worker
        else:
            self._pool = concurrent.futures.ThreadPoolExecutor(count, thread_name_prefix="addax-data")
            self._item = sequence.__getitem__
        self._name = type(sequence).__name__

    def submit(self, index: int) -> concurrent.futures.Future[Any]:
        """Begin to make item `index`."""
        try:
            return self._pool.submit(self._item, index)
        except concurrent.futures.BrokenExecutor as error:
            raise self._broken() from error

    def result(self, item: concurrent.futures.Future[Any]) -> Any:
        """The item, or the error that making it raised."""
        try:
            return item.result()
        except concurrent.futures.BrokenExecutor as error:
            raise self._broken() from error

    def _broken(self) -> RuntimeError:
        return RuntimeError(
            errors.message(
                f"{self._name} with use_multiprocessing=True",
                expected="worker processes that start and live",
                received="a worker process that ended",
                hint="call fit under `if __name__ == '__main__':` in a script, keep the sequence picklable (defined at "
                "the top of a module), or use threads: use_multiprocessing=False",
            )
        )

    def close(self) -> None:
        """Forget what is not begun and let the workers go."""
        self._pool.shutdown(wait=self._processes, cancel_futures=True)


def prefetched(
    sequence: Any, order: Iterable[int], workers: int = 1, max_queue_size: int = 10, use_multiprocessing: bool = False
) -> Iterator[Any]:
    """Items of a sequence in the given order, made ahead by workers.

    Args:
        sequence: anything with `__getitem__`.
        order: the indices, in the order wanted.
        workers: how many threads or processes.
        max_queue_size: how many items are made ahead at most.
        use_multiprocessing: whether the workers are processes.

    Yields:
        The items. An error that making one raised is raised in its place; closing the iterator ends the workers.
    """
    pool = _Workers(sequence, workers, use_multiprocessing)
    waiting: collections.deque[concurrent.futures.Future[Any]] = collections.deque()
    rest = iter(order)
    try:
        while True:
            while len(waiting) < max(1, max_queue_size):
                index = next(rest, None)
                if index is None:
                    break
                waiting.append(pool.submit(int(index)))
            if not waiting:
                return
            yield pool.result(waiting.popleft())
    finally:
        pool.close()


# ---------------------------------------------------------------------------- enqueuers


class SequenceEnqueuer:
    """Base of the enqueuers: workers fill a queue, `get` empties it.

    Args:
        sequence: what the items come from.
        use_multiprocessing: whether the workers are processes.

    >>> from addax import keras
    >>> issubclass(keras.utils.OrderedEnqueuer, keras.utils.SequenceEnqueuer)
    True
    """

    def __init__(self, sequence: Any, use_multiprocessing: bool = False) -> None:
        self.sequence = sequence
        self.use_multiprocessing = use_multiprocessing
        self.workers = 0
        self.queue: queue.Queue[Any] | None = None
        self.run_thread: threading.Thread | None = None
        self.stop_signal: threading.Event | None = None

    def is_running(self) -> bool:
        """Whether it was started and not stopped."""
        return self.stop_signal is not None and not self.stop_signal.is_set()

    def start(self, workers: int = 1, max_queue_size: int = 10) -> None:
        """Start the workers.

        Args:
            workers: how many.
            max_queue_size: how many items are made ahead at most.
        """
        self.workers = max(1, int(workers))
        self.queue = queue.Queue(max(1, max_queue_size))
        self.stop_signal = threading.Event()
        self.run_thread = threading.Thread(target=self._guarded, name="addax-enqueuer", daemon=True)
        self.run_thread.start()

    def stop(self, timeout: float | None = None) -> None:
        """Stop the workers; waits `timeout` seconds (None: until they are done)."""
        if self.stop_signal is None:
            return
        self.stop_signal.set()
        if self.run_thread is not None and self.run_thread is not threading.current_thread():
            self.run_thread.join(timeout)

    def __del__(self) -> None:
        if getattr(self, "stop_signal", None) is not None:
            self.stop_signal.set()

    def get(self) -> Iterator[Any]:
        """The items, as they are asked for.

        Raises:
            RuntimeError: not started.
        """
        if self.queue is None or self.stop_signal is None:
            raise RuntimeError(f"{type(self).__name__}.get: call start() first.")
        while self.is_running():
            try:
                kind, value = self.queue.get(timeout=0.1)
            except queue.Empty:
                continue
            if kind == "end":
                return
            if kind == "error":
                self.stop()
                raise value
            if value is not None:
                yield value

    def _put(self, kind: str, value: Any) -> bool:
        """Put into the queue; False once stopped."""
        assert self.queue is not None
        while self.is_running():
            try:
                self.queue.put((kind, value), timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def _guarded(self) -> None:
        try:
            self._run()
        except BaseException as error:  # handed to whoever calls get()
            self._put("error", error)

    def _run(self) -> None:
        raise NotImplementedError


class OrderedEnqueuer(SequenceEnqueuer):
    """Items of a `Sequence` in order, epoch after epoch, made ahead by workers.

    Args:
        sequence: a `Sequence`.
        use_multiprocessing: whether the workers are processes.
        shuffle: whether each epoch has an order of its own.

    >>> import addax as tf
    >>> class Three(tf.keras.utils.Sequence):
    ...     def __len__(self):
    ...         return 3
    ...     def __getitem__(self, index):
    ...         return index
    >>> enqueuer = tf.keras.utils.OrderedEnqueuer(Three())
    >>> enqueuer.start(workers=2)
    >>> items = enqueuer.get()
    >>> [next(items) for _ in range(4)]
    [0, 1, 2, 0]
    >>> enqueuer.stop()
    """

    def __init__(self, sequence: Any, use_multiprocessing: bool = False, shuffle: bool = False) -> None:
        super().__init__(sequence, use_multiprocessing)
        self.shuffle = shuffle

    def _run(self) -> None:
        assert self.queue is not None
        order = list(range(len(self.sequence)))
        while self.is_running() and order:
            if self.shuffle:
                random.shuffle(order)
            items = prefetched(self.sequence, order, self.workers, self.queue.maxsize, self.use_multiprocessing)
            try:
                for item in items:
                    if not self._put("item", item):
                        return
            finally:
                items.close()
            self.sequence.on_epoch_end()
        self._put("end", None)


class GeneratorEnqueuer(SequenceEnqueuer):
    """Items of a generator, taken ahead of time by a thread.

    A generator runs in one place at a time, so `workers` and `use_multiprocessing` do not make it faster; a `Sequence`
    does.

    Args:
        generator: a generator or iterator.
        use_multiprocessing: warns that a generator stays in this process.
        random_seed: a seed for NumPy's global generator, set when the enqueuer starts.

    >>> import addax as tf
    >>> enqueuer = tf.keras.utils.GeneratorEnqueuer(iter([1, 2]))
    >>> enqueuer.start()
    >>> list(enqueuer.get())
    [1, 2]
    """

    def __init__(self, generator: Any, use_multiprocessing: bool = False, random_seed: int | None = None) -> None:
        super().__init__(generator, use_multiprocessing)
        self.random_seed = random_seed
        if use_multiprocessing:
            errors.warn_once(
                "GeneratorEnqueuer",
                "GeneratorEnqueuer: a generator cannot be sent to other processes; it runs on a thread. "
                "Write a keras.utils.Sequence to use processes.",
            )

    def _run(self) -> None:
        if self.random_seed is not None:
            np.random.seed(self.random_seed)
        for item in self.sequence:
            if not self._put("item", item):
                return
        self._put("end", None)
