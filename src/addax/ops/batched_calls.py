"""tf.nondifferentiable_batch_function: calls that threads make at the same time become one."""

from __future__ import annotations

import functools
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from addax.core import context, convert, errors
from addax.core.function import function as tf_function
from addax.core.tensor import NotCompilable, Tensor


class _Task:
    """One caller's arguments, and its results once they are there."""

    def __init__(self, arrays: list[np.ndarray]) -> None:
        self.arrays = arrays
        self.size = arrays[0].shape[0]
        self.done = threading.Event()
        self.results: Any = None
        self.error: BaseException | None = None


class _Batcher:
    """Collects tasks until there are enough of them, or the oldest has waited for long enough."""

    def __init__(self, run: Callable[..., Any], options: dict[str, Any]) -> None:
        self._run = run
        self._options = options
        self._waiting: deque[_Task] = deque()
        self._changed = threading.Condition()
        self._workers = 0

    def submit(self, task: _Task) -> None:
        """Put a task in line; InvalidArgumentError or UnavailableError where it cannot be."""
        most, limit = self._options["max_batch_size"], self._options["max_enqueued_batches"]
        if task.size > most and not self._options["split"]:
            raise errors.InvalidArgumentError(
                None, None, f"Task size {task.size} is larger than maximum input batch size {most}"
            )
        with self._changed:
            if sum(each.size for each in self._waiting) + task.size > most * limit:
                raise errors.UnavailableError(None, None, "The batch scheduling queue is full")
            self._waiting.append(task)
            if self._workers < max(1, self._options["num_batch_threads"]):
                self._workers += 1
                threading.Thread(target=self._work, daemon=True).start()
            self._changed.notify_all()

    def _work(self) -> None:
        """A thread's work: batches, until nobody waits."""
        while True:
            with self._changed:
                if not self._waiting:
                    self._workers -= 1
                    return
                tasks = self._collect()
            if tasks:
                self._process(tasks)

    def _collect(self) -> list[_Task]:
        deadline = time.monotonic() + self._options["batch_timeout_micros"] / 1e6
        most = self._options["max_batch_size"]
        while sum(task.size for task in self._waiting) < most and (left := deadline - time.monotonic()) > 0:
            self._changed.wait(left)
        tasks: list[_Task] = []
        while self._waiting and (not tasks or sum(t.size for t in tasks) + self._waiting[0].size <= most):
            tasks.append(self._waiting.popleft())
        return tasks

    def _process(self, tasks: list[_Task]) -> None:
        try:
            joined = [np.concatenate(parts) for parts in zip(*[task.arrays for task in tasks], strict=True)]
            results = self._in_pieces(joined)
            at = 0
            for task in tasks:
                task.results = [part[at : at + task.size] for part in results]
                at += task.size
        except BaseException as error:  # every caller has to see it
            for task in tasks:
                task.error = error
        for task in tasks:
            task.done.set()

    def _in_pieces(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        """Call the function on at most max_batch_size rows at a time, padded to an allowed size."""
        most, total = self._options["max_batch_size"], arrays[0].shape[0]
        pieces = []
        for at in range(0, max(total, 1), most):
            rows = [array[at : at + most] for array in arrays]
            count = rows[0].shape[0]
            size = next((each for each in self._options["allowed"] if each >= count), count)
            padded = [_padded(row, size) for row in rows]
            out = self._run(*[convert.convert_to_tensor(row) for row in padded])
            flat = out if isinstance(out, list | tuple) else [out]
            pieces.append([np.asarray(each.numpy())[:count] for each in flat])
            self.form = out
        return [np.concatenate(parts) for parts in zip(*pieces, strict=True)]


def _padded(rows: np.ndarray, size: int) -> np.ndarray:
    """More rows: the first one again, whose results are thrown away."""
    missing = size - rows.shape[0]
    return np.concatenate([rows, np.repeat(rows[:1], missing, 0)]) if missing > 0 and rows.shape[0] else rows


def nondifferentiable_batch_function(
    num_batch_threads: int,
    max_batch_size: int,
    batch_timeout_micros: int,
    allowed_batch_sizes: Sequence[int] | None = None,
    max_enqueued_batches: int = 10,
    autograph: bool = True,
    enable_large_batch_splitting: bool = True,
) -> Callable[..., Any]:
    """A decorator: calls that come from several threads at about the same time are computed together.

    The function is called with the arguments of several callers joined along the first axis; each caller gets its own
    rows of the results. There is no gradient.

    Args:
        num_batch_threads: how many batches are computed at a time.
        max_batch_size: how many rows a batch has at most.
        batch_timeout_micros: how long a call waits for others, in microseconds.
        allowed_batch_sizes: sizes to which batches are padded, ascending; the last is max_batch_size.
        max_enqueued_batches: how many batches may wait; a call that finds more fails (UnavailableError).
        autograph: whether the function is converted as by `tf.function`.
        enable_large_batch_splitting: whether a call with more than max_batch_size rows is divided.

    Returns:
        A decorator for functions of tensors with a common first axis, which return a tensor or a list of them.

    Raises:
        InvalidArgumentError: allowed sizes that do not ascend to max_batch_size; arguments without a first axis.

    >>> import addax as tf
    >>> @tf.nondifferentiable_batch_function(1, 4, 1000)
    ... def double(x):
    ...     return x * 2
    >>> double(tf.constant([1, 2])).numpy().tolist()
    [2, 4]
    """
    allowed = list(allowed_batch_sizes or [])
    if allowed and (allowed != sorted(set(allowed)) or allowed[-1] != max_batch_size):
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.nondifferentiable_batch_function",
                expected=f"allowed_batch_sizes that ascend, the last being max_batch_size, {max_batch_size}",
                received=f"{allowed}",
            )
        )

    def decorate(inner: Callable[..., Any]) -> Callable[..., Any]:
        batcher = _Batcher(
            tf_function(inner, autograph=autograph),
            {
                "num_batch_threads": num_batch_threads,
                "max_batch_size": max_batch_size,
                "batch_timeout_micros": batch_timeout_micros,
                "max_enqueued_batches": max_enqueued_batches,
                "allowed": allowed,
                "split": enable_large_batch_splitting,
            },
        )

        @functools.wraps(inner)
        def call(*args: Any) -> Any:
            if context.state.trace is not None:
                raise NotCompilable("tf.nondifferentiable_batch_function waits for other threads, on the host")
            tensors = [convert.convert_to_tensor(arg) for arg in args]
            if not tensors or any(not each.ndim or each.shape[0] != tensors[0].shape[0] for each in tensors):
                raise errors.InvalidArgumentError(
                    errors.message(
                        "tf.nondifferentiable_batch_function",
                        expected="arguments with the same first dimension",
                        received=f"{[errors.describe(each) for each in tensors]}",
                    )
                )
            task = _Task([np.asarray(each.numpy()) for each in tensors])
            batcher.submit(task)
            task.done.wait()
            if task.error is not None:
                raise task.error
            results: list[Tensor] = [convert.convert_to_tensor(part) for part in task.results]
            form = batcher.form
            return type(form)(results) if isinstance(form, list | tuple) else results[0]

        return call

    return decorate
