"""Batches of datasets that are made while the model trains: read several at a time, run in compiled chunks.

While a chunk runs, the batches of the next one are read. How long the device had nothing to do in between is the time
that training waited for its input.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from addax.core import blocks, convert, errors, trees
from addax.core.repeat import on_device
from addax.core.tensor import Tensor
from addax.data import Dataset, elements
from addax.keras.training import data as arrays

BYTES = 1 << 25  # of the batches that are read at a time
WORTH_SAYING = 1.0  # seconds of waiting in an epoch
MOST = 32  # batches of arrays that are put behind each other
MOST_ROWS = 256  # batches of row numbers


class Block:
    """Batches to run, of one size; `at` of them have been run.

    Args:
        data: the structure of a batch, with tensors of the rows of all batches, or with whole arrays.
        count: how many batches there are.
        rows: row numbers [count, batch size] in whole arrays, None where rows are consecutive.
        order: the same on the device, int32 in one dimension, filled up to a fixed length.
        device: the leaves of `data` on the device, where they are not tensors.
    """

    def __init__(self, data: Any, count: int, rows: Any = None, order: Any = None, device: Any = None) -> None:
        self.data, self.count = data, count
        self.rows, self.order = rows, order
        self.at = 0
        self.leaves = [leaf for leaf in trees.flatten(data) if leaf is not None]
        self._device = device

    @property
    def single(self) -> bool:
        """Whether this is one batch, as the user's pipeline made it."""
        return self.count == 1 and self.rows is None

    @property
    def done(self) -> bool:
        """Whether all batches have been run."""
        return self.at == self.count

    @property
    def size(self) -> int:
        """Examples in a batch."""
        return self.rows.shape[1] if self.rows is not None else tuple(self.leaves[0].shape)[0] // self.count

    def on_device(self) -> list[Any]:
        """The arrays that batches are cut or picked from."""
        return [leaf._value for leaf in self.leaves] if self._device is None else self._device

    def rebuild(self, tensors: list[Any]) -> Any:
        """Arrays of a batch in its structure."""
        rest = iter(tensors)
        return trees.pack(self.data, [None if leaf is None else next(rest) for leaf in trees.flatten(self.data)])

    def batch(self, number: int) -> Any:
        """One batch, made on the host."""
        if self.single:
            return self.data
        size = self.size
        picked = slice(number * size, (number + 1) * size) if self.rows is None else self.rows[number]
        return self.rebuild([Tensor(convert.to_device(np.asarray(leaf)[picked])) for leaf in self.leaves])


class Stream:
    """Batches of one or more passes over a dataset. What was read and not yet run stays for the next epoch."""

    most = MOST

    def __init__(self, dataset: Dataset, class_weight: Any) -> None:
        self._batches = dataset._batches()
        self._weight = class_weight
        self._waiting: list[Block] = []
        self._failure: Exception | None = None
        self.bytes = 0  # of a batch, once one was read

    def __iter__(self) -> Iterator[Any]:
        """The batches one by one."""
        while (block := self.block(1)) is not None:
            block.at += 1
            yield block.batch(block.at - 1)

    @property
    def ready(self) -> bool:
        """Whether the next block (or error) is there."""
        return bool(self._waiting) or self._failure is not None

    def prepare(self, count: int) -> None:
        """Read the next block now; an error comes when the block is asked for."""
        if not self.ready:
            try:
                self._waiting = self._read(count)
            except Exception as error:
                self._failure = error

    def block(self, count: int) -> Block | None:
        """The next batches: `count` of them, or one alone; None at the end."""
        self.prepare(count)
        if self._failure is not None:
            error, self._failure = self._failure, None
            raise error
        while self._waiting and self._waiting[0].done:
            self._waiting.pop(0)
        if not self._waiting:
            self._waiting = self._read(count)
        return self._waiting[0] if self._waiting else None

    def _read(self, count: int) -> list[Block]:
        got, rows = self._batches.several(count)
        if not got:
            return []
        leaves = [leaf for leaf in elements.flatten(rows) if leaf is not None]
        self.bytes = sum(getattr(leaf, "nbytes", 0) for leaf in leaves) // got
        if got == 1 or got == count:
            return [self._block(rows, got)]
        # Programs are compiled for blocks of `count` and for single batches.
        size = leaves[0].shape[0] // got
        host = elements.to_host(rows)
        return [self._block(elements.slice_rows(host, n * size, (n + 1) * size), 1) for n in range(got)]

    def _block(self, rows: Any, count: int) -> Block:
        data = arrays.weighted(_tensors(rows) if count > 1 else elements.to_tensors(rows), self._weight)
        return Block(data, count)


class RowStream(Stream):
    """Batches of rows of arrays in memory, in an order that comes in parts."""

    most = MOST_ROWS

    def __init__(self, plan: Any, class_weight: Any) -> None:
        self._batches = plan.batches()
        self._waiting: list[Block] = []
        self._failure = None
        structure = plan.arrays
        if class_weight is not None:
            x, y, weight = arrays.unpack(structure)
            structure = arrays.pack(x, y, arrays.with_class_weight(y, weight, class_weight))
        self.arrays = structure
        self.bytes = 0
        self._device = [on_device(array) for array in trees.flatten(structure) if array is not None]

    def _read(self, count: int) -> list[Block]:
        rows = self._batches.block(count)
        if rows is None:
            return []
        # One length, so that the program is compiled once for each batch size.
        order = np.zeros(self.most * rows.shape[1], np.int32)
        order[: rows.size] = rows.reshape(-1)
        return [Block(self.arrays, len(rows), rows, convert.to_device(order), self._device)]


def _tensors(rows: Any) -> Any:
    """Arrays of batches that nobody writes to any more, as tensors."""
    leaves = elements.flatten(rows)
    rest = iter(blocks.moved([leaf for leaf in leaves if leaf is not None]))
    return elements.pack_like(rows, [None if leaf is None else Tensor(next(rest)) for leaf in leaves])


class Waiting:
    """The time in which the device had nothing to do, because the data was not there.

    The two longest waits are left out: functions of the pipeline are compiled, buffers filled.
    """

    def __init__(self) -> None:
        self._all = 0.0
        self._longest = [0.0, 0.0]

    def add(self, seconds: float) -> None:
        """Wait for a read."""
        self._all += seconds
        self._longest = sorted([*self._longest, seconds])[1:]

    @property
    def seconds(self) -> float:
        """The sum of the waits."""
        return max(0.0, self._all - sum(self._longest))

    def report(self, model: Any, whole: float) -> None:
        """Say once for each model that an epoch of `whole` seconds spent much of them waiting for data."""
        waited = self.seconds
        if waited < WORTH_SAYING or waited < 0.25 * whole:
            return
        errors.warn_once(
            ("input waited for", id(model)),
            f"Model.fit: {waited / whole:.0%} of this epoch ({waited:.1f} of {whole:.1f} s) was spent waiting for "
            "input: the data comes slower than the model trains.\n"
            "  To do: dataset.explain() prints which part of the pipeline takes the time; cache(), batch() before "
            "map(), map(..., num_parallel_calls=tf.data.AUTOTUNE) and prefetch() are the usual remedies.",
        )
