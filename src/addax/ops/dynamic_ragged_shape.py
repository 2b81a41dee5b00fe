"""DynamicRaggedShape: the shape of a tensor some of whose dimensions are ragged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from addax.core import convert, dtypes, errors
from addax.core.extension_type import BatchableExtensionType
from addax.core.shapes import TensorShape
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor
from addax.ops.ragged_tensor import RaggedTensor
from addax.ops.row_partition import RowPartition
from addax.ops.shaping import reshape

__all__ = ["DynamicRaggedShape"]


class DynamicRaggedShape(BatchableExtensionType):
    """The shape of a ragged or dense tensor: row partitions of the outer dimensions, and the inner shape.

    `tf.shape` of a ragged tensor is one; tf.zeros, tf.ones, tf.fill, tf.reshape, tf.broadcast_to and
    tf.broadcast_dynamic_shape take one.

    Args:
        row_partitions: how the dimensions 1, 2, ... divide what lies below them, the outermost first.
        inner_shape: the (dense) shape of the flat values.
        dtype: tf.int64 or tf.int32; by default that of the partitions.
        validate: accepted: shapes are always checked.
        static_inner_shape: accepted: what is known of inner_shape is all.

    Raises:
        ValueError: partitions that do not fit each other, or the inner shape.

    >>> import addax as tf
    >>> shape = tf.shape(tf.ragged.constant([[1, 2], [3]]))
    >>> shape
    <DynamicRaggedShape lengths=[2, (2, 1)] num_row_partitions=1>
    >>> tf.zeros(shape)
    <tf.RaggedTensor [[0.0, 0.0], [0.0]]>
    """

    _row_partitions: tuple[RowPartition, ...]
    _static_inner_shape: TensorShape
    _dtype: dtypes.DType

    def __init__(
        self, row_partitions: Sequence[RowPartition], inner_shape: Any, dtype: Any = None, validate: bool = False,
        static_inner_shape: Any = None,
    ) -> None:  # fmt: skip
        parts = list(row_partitions)
        if any(not isinstance(part, RowPartition) for part in parts):
            raise TypeError(f"DynamicRaggedShape: row_partitions must be RowPartitions, received {parts!r:.200}.")
        if dtype is None:
            kinds = {part.dtype for part in parts}
            dtype = kinds.pop() if len(kinds) == 1 else dtypes.int64
            given = getattr(inner_shape, "dtype", None)
            if not parts and given is not None and dtypes.as_dtype(given) is dtypes.int32:
                dtype = dtypes.int32
        inner = _sizes(inner_shape)
        for outer, part in zip([*parts, None], [*parts[1:], None], strict=False):
            if outer is not None and part is not None and outer.static_nvals != part.static_nrows:
                raise ValueError(
                    f"DynamicRaggedShape: Shape not consistent: a dimension of {outer.static_nvals} rows is "
                    f"divided into {part.static_nrows}."
                )
        if parts and (not inner or inner[0] != parts[-1].static_nvals):
            raise ValueError(
                f"DynamicRaggedShape: Shape not consistent: inner_shape {inner} has to begin with "
                f"{parts[-1].static_nvals}, the number of values of the last row partition."
            )
        self._row_partitions = tuple(part.with_dtype(dtype) for part in parts)
        self._static_inner_shape = TensorShape(inner)
        self._dtype = dtypes.as_dtype(dtype)

    # ------------------------------------------------------------------ making one

    @classmethod
    def from_lengths(
        cls, lengths: Sequence[Any], num_row_partitions: int | None = None, dtype: Any = dtypes.int64
    ) -> DynamicRaggedShape:
        """From the sizes of dimensions: an int for a uniform one, a tuple of row lengths for a ragged one.

        Args:
            lengths: the sizes, that of the outermost dimension (an int) first.
            num_row_partitions: how many dimensions have a row partition; by default up to the last ragged one.
            dtype: tf.int64 or tf.int32.

        Raises:
            ValueError: lengths that do not fit each other.

        >>> import addax as tf
        >>> tf.experimental.DynamicRaggedShape.from_lengths([2, (2, 1), 3])
        <DynamicRaggedShape lengths=[2, (2, 1), 3] num_row_partitions=1>
        """
        if not isinstance(lengths, list | tuple):
            raise ValueError("DynamicRaggedShape.from_lengths: lengths should be a list of ints and tuples of ints.")
        last = max((axis for axis, size in enumerate(lengths) if not _is_int(size)), default=0)
        if lengths and not _is_int(lengths[0]):
            raise ValueError("DynamicRaggedShape.from_lengths: the outermost dimension must be an int.")
        count = last if num_row_partitions is None else num_row_partitions
        if not last <= count <= max(len(lengths) - 1, 0):
            raise ValueError(
                f"DynamicRaggedShape.from_lengths: num_row_partitions={count} must be in [{last}, {len(lengths) - 1}]."
            )
        parts, rows = [], lengths[0] if lengths else 1
        for size in lengths[1 : count + 1]:
            if _is_int(size):
                parts.append(RowPartition.from_uniform_row_length(size, nrows=rows, dtype=dtype))
            else:
                if len(size) != rows:
                    raise ValueError(
                        f"DynamicRaggedShape.from_lengths: Shape not consistent: {len(size)} lengths {tuple(size)} for "
                        f"{rows} rows."
                    )
                parts.append(RowPartition.from_row_lengths(list(size), dtype=dtype))
            rows = parts[-1].static_nvals
        return cls(parts, [rows, *lengths[count + 1 :]] if lengths else [], dtype)

    @classmethod
    def from_row_partitions(cls, row_partitions: Sequence[RowPartition], dtype: Any = None) -> DynamicRaggedShape:
        """From row partitions, the outermost first; there are no inner dimensions."""
        if not row_partitions:
            raise ValueError("DynamicRaggedShape.from_row_partitions: row_partitions cannot be empty.")
        return cls(row_partitions, [row_partitions[-1].static_nvals], dtype)

    @classmethod
    def from_tensor(cls, t: Any, dtype: Any = None) -> DynamicRaggedShape:
        """The shape of a ragged, structured or dense tensor.

        Args:
            t: the tensor.
            dtype: tf.int64 or tf.int32; by default that of the row splits, or int64.
        """
        if isinstance(t, DynamicRaggedShape):
            return t if dtype is None else t.with_dtype(dtype)
        if hasattr(t, "ragged_shape"):
            return cls.from_tensor(t.ragged_shape, dtype)
        if isinstance(t, RaggedTensor):
            return cls(partitions_of(t), t.flat_values.shape.as_list(), dtype)
        return cls([], convert.convert_to_tensor(t).shape.as_list(), dtype or dtypes.int64)

    @classmethod
    def of_vector(cls, sizes: Any) -> DynamicRaggedShape:
        """Of one of them, or of ints or an int tensor that are a dense shape."""
        return sizes if isinstance(sizes, DynamicRaggedShape) else cls([], sizes, getattr(sizes, "dtype", None))

    # ------------------------------------------------------------------ what it is

    @property
    def dtype(self) -> dtypes.DType:
        """The type of its numbers: tf.int64 or tf.int32."""
        return self._dtype

    @property
    def row_partitions(self) -> tuple[RowPartition, ...]:
        """How the dimensions 1, 2, ... are divided."""
        return self._row_partitions

    @property
    def num_row_partitions(self) -> int:
        """How many dimensions have a row partition; those behind are uniform."""
        return len(self._row_partitions)

    @property
    def inner_shape(self) -> Tensor:
        """The shape of the flat values, an int vector."""
        return self._tensor(self.inner_sizes)

    @property
    def inner_sizes(self) -> tuple[int, ...]:
        """The shape of the flat values, as Python ints."""
        return tuple(self._static_inner_shape.as_list())  # type: ignore[arg-type]

    @property
    def inner_rank(self) -> int:
        """How many dimensions the flat values have."""
        return len(self.inner_sizes)

    @property
    def rank(self) -> int:
        """How many dimensions."""
        return self.num_row_partitions + self.inner_rank

    def is_uniform(self, axis: int) -> bool:
        """Whether all rows of a dimension are said to have one length.

        Raises:
            IndexError: an axis that is negative, or not below the rank.
        """
        if not isinstance(axis, int):
            raise TypeError("DynamicRaggedShape.is_uniform: axis must be an integer.")
        if axis < 0:
            raise IndexError("DynamicRaggedShape.is_uniform: Negative axis values are not supported.")
        if axis >= self.rank:
            raise IndexError(f"DynamicRaggedShape.is_uniform: Expected axis={axis} < rank={self.rank}.")
        return not 0 < axis <= self.num_row_partitions or self._row_partitions[axis - 1].is_uniform()

    def static_lengths(self, ragged_lengths: bool = True) -> list[Any]:
        """The sizes of dimensions: ints, and tuples of row lengths of ragged ones (None without ragged_lengths)."""
        if not self.rank:
            return []
        outer: list[Any] = [self.outer_size]
        for part in self._row_partitions:
            ragged = tuple(part.lengths.tolist()) if ragged_lengths else None
            outer.append(ragged if part.uniform is None else part.uniform)
        return outer + list(self.inner_sizes[1:])

    @property
    def outer_size(self) -> int:
        """The size of the outermost dimension (1 of a scalar), a Python int."""
        if self._row_partitions:
            return self._row_partitions[0].static_nrows
        return self.inner_sizes[0] if self.inner_sizes else 1

    @property
    def static_shape(self) -> TensorShape:
        """As a TensorShape; ragged dimensions are None."""
        return TensorShape(self.static_lengths(ragged_lengths=False))

    def __getitem__(self, index: Any) -> Any:
        """The size of a uniform dimension, a scalar; or the shape of some dimensions.

        Raises:
            ValueError: the size of a ragged dimension, or ragged ones without those before them.
            IndexError: no such dimension, or a slice with steps.
        """
        if isinstance(index, slice):
            if index.step not in (None, 1):
                raise IndexError("DynamicRaggedShape: Cannot stride through a shape.")
            start, stop, _ = index.indices(self.rank)
            return self._slice(start, max(start, stop))
        place = int(concrete(index, "DynamicRaggedShape")) if hasattr(index, "shape") else index
        if not isinstance(place, int):
            raise TypeError(f"DynamicRaggedShape: expected an int or a slice as an index, received {index!r}.")
        if place >= self.rank:
            raise IndexError(f"DynamicRaggedShape: Index is too big: {place}>={self.rank}.")
        if place < -self.rank:
            raise IndexError(f"DynamicRaggedShape: Index must be non-negative: {place + self.rank}.")
        place %= self.rank
        if not self.is_uniform(place):
            raise ValueError(f"DynamicRaggedShape: Index {place} is not uniform.")
        return self._tensor(self.static_lengths()[place])

    def _slice(self, start: int, stop: int) -> DynamicRaggedShape:
        count = self.num_row_partitions
        if start:
            if any(not self.is_uniform(axis) for axis in range(start, stop)):
                raise ValueError("DynamicRaggedShape: All relevant dimensions must be uniform.")
            return DynamicRaggedShape([], self.static_lengths()[start:stop], self._dtype)
        if stop > count:
            return DynamicRaggedShape(self._row_partitions, self.inner_sizes[: stop - count], self._dtype)
        if not stop:
            return DynamicRaggedShape([], [], self._dtype)
        parts = self._row_partitions[: stop - 1]
        return DynamicRaggedShape(parts, [parts[-1].static_nvals if parts else self.outer_size], self._dtype)

    def _tensor(self, numbers: Any) -> Tensor:
        return convert.tensor_of(np.asarray(numbers).astype(self._dtype.np))

    # ------------------------------------------------------------------ others like it

    def with_dtype(self, dtype: Any) -> DynamicRaggedShape:
        """The same with numbers of another type.

        Args:
            dtype: tf.int64 or tf.int32.
        """
        return DynamicRaggedShape(self._row_partitions, self.inner_sizes, dtypes.as_dtype(dtype))

    def with_row_partitions(self, count: int) -> DynamicRaggedShape:
        """The same shape with (at least) this many row partitions: those of inner dimensions are uniform."""
        if count <= self.num_row_partitions:
            return self
        parts, inner = list(self._row_partitions), list(self.inner_sizes)
        while len(parts) < count:
            rows, size, *rest = inner
            parts.append(RowPartition.from_uniform_row_length(size, nrows=rows, dtype=self._dtype))
            inner = [rows * size, *rest]
        return DynamicRaggedShape(parts, inner, self._dtype)

    def with_sizes(self) -> DynamicRaggedShape:
        """The same shape where the innermost partitions of equal rows are sizes of the inner shape."""
        parts, inner = list(self._row_partitions), list(self.inner_sizes)
        while parts and parts[-1].uniform is not None:
            last = parts.pop()
            inner = [last.static_nrows, last.uniform, *inner[1:]]
        return DynamicRaggedShape(parts, inner, self._dtype)

    def with_leading_ones(self, count: int) -> DynamicRaggedShape:
        """The same shape behind this many dimensions of size 1."""
        if not count:
            return self
        if not self._row_partitions:
            return DynamicRaggedShape([], [1] * count + list(self.inner_sizes), self._dtype)
        rows = [RowPartition.from_uniform_row_length(1, nrows=1, dtype=self._dtype)] * (count - 1)
        rows.append(RowPartition.from_uniform_row_length(self.outer_size, nrows=1, dtype=self._dtype))
        return DynamicRaggedShape([*rows, *self._row_partitions], self.inner_sizes, self._dtype)

    def partitioned(self, part: RowPartition) -> DynamicRaggedShape:
        """The same with its outermost dimension divided into rows."""
        return DynamicRaggedShape([part, *self._row_partitions], self.inner_sizes, self._dtype)

    @property
    def num_elements(self) -> int:
        """How many values a tensor of this shape has."""
        return math.prod(self.inner_sizes)

    # ------------------------------------------------------------------ values of this shape

    def around(self, flat_values: Any) -> Any:
        """Values of the inner shape, as a tensor of this shape."""
        made = flat_values
        for part in reversed(self._row_partitions):
            made = RaggedTensor(made, part.row_splits(), part.uniform)
        return made

    def __static_call__(self, function: Any, arrays: Any, static: Any, made: Any) -> Any:
        """An op with this among its arguments that are not arrays."""
        from addax.ops import ragged_broadcasting  # which is about this class

        return ragged_broadcasting.call(function, arrays, static, made)

    def __broadcast_shapes__(self, shape_x: Any, shape_y: Any) -> DynamicRaggedShape:
        from addax.ops import ragged_broadcasting

        return ragged_broadcasting.broadcast_shapes(self.of_vector(shape_x), self.of_vector(shape_y))

    def __repr__(self) -> str:
        shown = ", ".join(map(str, self.static_lengths()))
        return f"<DynamicRaggedShape lengths=[{shown}] num_row_partitions={self.num_row_partitions}>"

    class Spec:
        """What is known of a DynamicRaggedShape."""

        def __repr__(self: Any) -> str:
            names = ("row_partitions", "static_inner_shape", "dtype")
            shown = ", ".join(f"{name}={value!r}" for name, (_, value) in zip(names, self._key, strict=True))
            return f"DynamicRaggedShape.Spec({shown})"


def partitions_of(ragged: Any) -> list[RowPartition]:
    """The row partitions of a ragged tensor, the outermost first; none of a dense one."""
    found = []
    while isinstance(ragged, RaggedTensor):
        found.append(RowPartition.of(concrete(ragged.row_splits, "RaggedTensor"), ragged._uniform))
        ragged = ragged.values
    return found


def flattened(values: Any, shape: DynamicRaggedShape) -> Any:
    """The flat values of a tensor, as the inner shape of `shape` has them."""
    flat = values.flat_values if isinstance(values, RaggedTensor) else values
    return reshape(flat, list(shape.inner_sizes))


def _is_int(size: Any) -> bool:
    return isinstance(size, int | np.integer) and not isinstance(size, bool)


def _sizes(inner_shape: Any) -> list[int]:
    if isinstance(inner_shape, TensorShape):
        found = inner_shape.as_list()
    else:
        array = concrete(inner_shape, "DynamicRaggedShape") if hasattr(inner_shape, "dtype") else inner_shape
        found = np.asarray(array).tolist()
    if not isinstance(found, list) or any(not _is_int(size) or size < 0 for size in found):
        raise ValueError(
            errors.message(
                "DynamicRaggedShape",
                expected="inner_shape as a vector of known sizes",
                received=f"{inner_shape!r:.100}",
            )
        )
    return found
