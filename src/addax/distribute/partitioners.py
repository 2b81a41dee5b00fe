"""`tf.distribute.experimental.partitioners`: into how many parts large variables are cut."""

from __future__ import annotations

import math
from typing import Any

from addax.core import dtypes
from addax.core.names import missing_name
from addax.core.shapes import TensorShape


class Partitioner:
    """Base class: called with a shape and dtype, gives the number of parts along each axis."""

    def __call__(self, shape: Any, dtype: Any, axis: int = 0) -> list[int]:
        """The number of parts along each axis; all axes but `axis` stay whole.

        Args:
            shape: of the variable.
            dtype: of the variable.
            axis: where to cut.
        """
        raise NotImplementedError(f"{type(self).__name__} must define __call__(self, shape, dtype, axis=0).")


def _cut(shape: list[int], axis: int, parts: int) -> list[int]:
    result = [1] * len(shape)
    result[axis] = min(parts, shape[axis])
    return result


def _positive(**sizes: Any) -> None:
    for name, size in sizes.items():
        if size is not None and size < 1:
            raise ValueError(f"Argument `{name}` must be positive. Received: {size}")


class FixedShardsPartitioner(Partitioner):
    """So many parts, as far as there are elements.

    Args:
        num_shards: how many.

    >>> import addax as tf
    >>> tf.distribute.experimental.partitioners.FixedShardsPartitioner(2)(tf.TensorShape([10, 3]), tf.float32)
    [2, 1]
    """

    def __init__(self, num_shards: int) -> None:
        self._num_shards = num_shards

    def __call__(self, shape: Any, dtype: Any, axis: int = 0) -> list[int]:
        """See `Partitioner`."""
        return _cut(TensorShape(shape).as_list(), axis, self._num_shards)


class MinSizePartitioner(Partitioner):
    """As many parts as there may be of at least so many bytes.

    Args:
        min_shard_bytes: of a part.
        max_shards: the most parts.
        bytes_per_string: what a string counts.

    Raises:
        ValueError: a size below 1.

    >>> import addax as tf
    >>> partitioners = tf.distribute.experimental.partitioners
    >>> partitioners.MinSizePartitioner(min_shard_bytes=400, max_shards=10)(tf.TensorShape([500]), tf.float32)
    [5]
    """

    def __init__(self, min_shard_bytes: int = 256 << 10, max_shards: int = 1, bytes_per_string: int = 16) -> None:
        _positive(min_shard_bytes=min_shard_bytes, max_shards=max_shards, bytes_per_string=bytes_per_string)
        self._min_shard_bytes, self._max_shards = min_shard_bytes, max_shards
        self._bytes_per_string = bytes_per_string

    def __call__(self, shape: Any, dtype: Any, axis: int = 0) -> list[int]:
        """See `Partitioner`."""
        sizes = TensorShape(shape).as_list()
        total = math.prod(sizes) * _bytes(dtype, self._bytes_per_string)
        return _cut(sizes, axis, max(1, min(self._max_shards, total // self._min_shard_bytes)))


class MaxSizePartitioner(Partitioner):
    """As few parts as there may be of at most so many bytes.

    Args:
        max_shard_bytes: of a part.
        max_shards: the most parts; None: no limit.
        bytes_per_string: what a string counts.

    Raises:
        ValueError: a size below 1.

    >>> import addax as tf
    >>> partitioner = tf.distribute.experimental.partitioners.MaxSizePartitioner(max_shard_bytes=1000)
    >>> partitioner(tf.TensorShape([500]), tf.float32)
    [2]
    """

    def __init__(self, max_shard_bytes: int, max_shards: int | None = None, bytes_per_string: int = 16) -> None:
        _positive(max_shard_bytes=max_shard_bytes, max_shards=max_shards, bytes_per_string=bytes_per_string)
        self._max_shard_bytes, self._max_shards = max_shard_bytes, max_shards
        self._bytes_per_string = bytes_per_string

    def __call__(self, shape: Any, dtype: Any, axis: int = 0) -> list[int]:
        """See `Partitioner`."""
        sizes = TensorShape(shape).as_list()
        row = math.prod(sizes) // max(1, sizes[axis]) * _bytes(dtype, self._bytes_per_string)
        parts = math.ceil(sizes[axis] / max(1, self._max_shard_bytes // row))
        return _cut(sizes, axis, max(1, parts if self._max_shards is None else min(parts, self._max_shards)))


def _bytes(dtype: Any, of_string: int) -> int:
    dtype = dtypes.as_dtype(dtype)
    return of_string if dtype == dtypes.string else dtype.size


__getattr__ = missing_name(__name__, globals())
