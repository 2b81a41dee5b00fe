"""RowPartition: how a list of values is divided into rows (tf.experimental.RowPartition)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from addax.core import convert, dtypes, errors, trees
from addax.core.spec import TensorSpec, TypeSpec
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor

__all__ = ["RowPartition", "RowPartitionSpec"]

_INT64 = np.dtype(np.int64)


class RowPartition(trees.CompositeTensor):
    """How values are divided into rows: row i holds `values[row_splits[i]:row_splits[i + 1]]`.

    Made by the `from_...` class methods. The numbers decide shapes, so they are known, also while a function is traced.

    >>> import addax as tf
    >>> p = tf.experimental.RowPartition.from_row_lengths([2, 0, 3])
    >>> p
    tf.RowPartition(row_splits=[0 2 2 5])
    >>> p.value_rowids().numpy().tolist()
    [0, 0, 2, 2, 2]
    """

    __slots__ = ("_dtype", "_splits", "_uniform")

    def __init__(
        self, row_splits: Any, row_lengths: Any = None, value_rowids: Any = None, nrows: Any = None,
        uniform_row_length: Any = None, nvals: Any = None, internal: bool = False,
    ) -> None:  # fmt: skip
        if internal is not True:
            raise ValueError(
                "RowPartition: the constructor is private; use a factory method, as RowPartition.from_row_lengths()."
            )
        splits = np.asarray(row_splits)
        self._splits = splits
        self._dtype = splits.dtype
        self._uniform: int | None = uniform_row_length

    # ------------------------------------------------------------------ making one

    @classmethod
    def of(cls, splits: Any, uniform: int | None = None) -> RowPartition:
        """From NumPy ints, where rows begin and end, which are right."""
        return cls(splits, uniform_row_length=uniform, internal=True)

    @classmethod
    def from_row_splits(
        cls, row_splits: Any, validate: bool = True, dtype: Any = None, dtype_hint: Any = None
    ) -> RowPartition:
        """From where rows begin and end.

        Args:
            row_splits: ints that begin with 0 and do not decrease.
            validate: whether to check that.
            dtype: tf.int64 or tf.int32; by default that of a tensor, or dtype_hint.
            dtype_hint: the type of numbers without one; int64 by default.

        Raises:
            ValueError: no vector of ints, or an empty one.
            InvalidArgumentError: ints that are no row splits.
        """
        splits = _ints(row_splits, "from_row_splits", "row_splits", dtype, dtype_hint)
        if not splits.size:
            raise ValueError("RowPartition.from_row_splits: row_splits tensor may not be empty.")
        if validate and (splits[0] != 0 or (np.diff(splits) < 0).any()):
            raise _refused("from_row_splits", "row_splits that begin with 0 and do not decrease", splits)
        return cls.of(splits)

    @classmethod
    def from_row_lengths(
        cls, row_lengths: Any, validate: bool = True, dtype: Any = None, dtype_hint: Any = None
    ) -> RowPartition:
        """From how many values each row has; see `from_row_splits`."""
        lengths = _ints(row_lengths, "from_row_lengths", "row_lengths", dtype, dtype_hint)
        if validate and (lengths < 0).any():
            raise _refused("from_row_lengths", "lengths >= 0", lengths)
        return cls.of(np.concatenate([[0], np.cumsum(lengths)]).astype(lengths.dtype))

    @classmethod
    def from_value_rowids(
        cls, value_rowids: Any, nrows: Any = None, validate: bool = True, dtype: Any = None, dtype_hint: Any = None
    ) -> RowPartition:
        """From the row of each value, in order, and perhaps the number of rows; see `from_row_splits`."""
        rows = _ints(value_rowids, "from_value_rowids", "value_rowids", dtype, dtype_hint)
        least = int(rows[-1]) + 1 if rows.size else 0
        count = least if nrows is None else _scalar(nrows, "from_value_rowids", "nrows")
        if count < 0:
            raise ValueError(f"RowPartition.from_value_rowids: Expected nrows >= 0; got {count}.")
        if count < least:
            raise ValueError(
                f"RowPartition.from_value_rowids: Expected nrows >= value_rowids[-1] + 1; got nrows={count}, "
                f"value_rowids[-1]={least - 1}."
            )
        if validate and rows.size and ((np.diff(rows) < 0).any() or rows[0] < 0):
            raise _refused("from_value_rowids", "rows >= 0 that do not decrease", rows)
        return cls.of(np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=count))]).astype(rows.dtype))

    @classmethod
    def from_row_starts(
        cls, row_starts: Any, nvals: Any, validate: bool = True, dtype: Any = None, dtype_hint: Any = None
    ) -> RowPartition:
        """From where rows begin, and the number of values; see `from_row_splits`."""
        starts = _ints(row_starts, "from_row_starts", "row_starts", dtype, dtype_hint)
        splits = np.append(starts, _scalar(nvals, "from_row_starts", "nvals")).astype(starts.dtype)
        if validate and starts.size and (splits[0] != 0 or (np.diff(splits) < 0).any()):
            raise _refused("from_row_starts", f"starts that begin with 0, do not decrease, and are <= {nvals}", starts)
        return cls.of(splits)

    @classmethod
    def from_row_limits(
        cls, row_limits: Any, validate: bool = True, dtype: Any = None, dtype_hint: Any = None
    ) -> RowPartition:
        """From where rows end; see `from_row_splits`."""
        limits = _ints(row_limits, "from_row_limits", "row_limits", dtype, dtype_hint)
        splits = np.append(0, limits).astype(limits.dtype)
        if validate and (np.diff(splits) < 0).any():
            raise _refused("from_row_limits", "limits >= 0 that do not decrease", limits)
        return cls.of(splits)

    @classmethod
    def from_uniform_row_length(
        cls, uniform_row_length: Any, nvals: Any = None, nrows: Any = None, validate: bool = True, dtype: Any = None,
        dtype_hint: Any = None,
    ) -> RowPartition:  # fmt: skip
        """Rows of one length.

        Args:
            uniform_row_length: that length.
            nvals: the number of values; it or nrows is needed (nrows, where the length is 0).
            nrows: the number of rows.
            validate: whether to check that they fit.
            dtype: tf.int64 or tf.int32.
            dtype_hint: the type of numbers without one; int64 by default.

        Raises:
            ValueError: neither nvals nor nrows, or numbers that do not fit.
        """
        if nvals is None and nrows is None:
            raise ValueError(
                "RowPartition.from_uniform_row_length: Either (or both) of nvals and nrows must be specified."
            )
        kind = _kind([uniform_row_length, nvals, nrows], dtype, dtype_hint)
        length = _scalar(uniform_row_length, "from_uniform_row_length", "uniform_row_length")
        if length < 0:
            raise ValueError(f"RowPartition.from_uniform_row_length: uniform_row_length={length} must be >= 0.")
        values = None if nvals is None else _scalar(nvals, "from_uniform_row_length", "nvals")
        if nrows is not None:
            rows = _scalar(nrows, "from_uniform_row_length", "nrows")
        else:
            rows = (values or 0) // length if length else 0
        if validate and values is not None and rows * length != values:
            raise ValueError(
                f"RowPartition.from_uniform_row_length: uniform_row_length={length} times nrows={rows} must equal "
                f"nvals={values}."
            )
        return cls.of((np.arange(rows + 1) * length).astype(kind), length)

    # ------------------------------------------------------------------ what it is

    @property
    def dtype(self) -> dtypes.DType:
        """The type of its numbers: tf.int64 or tf.int32."""
        return dtypes.from_numpy(self._dtype)

    @property
    def splits(self) -> np.ndarray:
        """Where rows begin and end, as NumPy ints."""
        return self._splits

    @property
    def uniform(self) -> int | None:
        """The length of all rows, where it was said, as a Python int."""
        return self._uniform

    @property
    def lengths(self) -> np.ndarray:
        """How many values each row has, as NumPy ints."""
        return np.diff(self._splits)

    @property
    def static_nrows(self) -> int:
        """The number of rows, as a Python int."""
        return len(self._splits) - 1

    @property
    def static_nvals(self) -> int:
        """The number of values, as a Python int."""
        return int(self._splits[-1])

    @property
    def static_uniform_row_length(self) -> int | None:
        """The length of all rows as a Python int; None where it was not said that they have one."""
        return self._uniform

    def _tensor(self, numbers: Any) -> Tensor:
        return convert.tensor_of(np.asarray(numbers).astype(self._dtype))

    def row_splits(self) -> Tensor:
        """Where rows begin and end."""
        return self._tensor(self._splits)

    def row_starts(self) -> Tensor:
        """Where rows begin."""
        return self._tensor(self._splits[:-1])

    def row_limits(self) -> Tensor:
        """Where rows end."""
        return self._tensor(self._splits[1:])

    def row_lengths(self) -> Tensor:
        """How many values each row has."""
        return self._tensor(self.lengths)

    def rowids(self) -> np.ndarray:
        """The row of each value, as NumPy ints."""
        return np.repeat(np.arange(self.static_nrows), self.lengths)

    def value_rowids(self) -> Tensor:
        """The row of each value."""
        return self._tensor(self.rowids())

    def offsets_in_rows(self) -> Tensor:
        """The place of each value in its row."""
        return self._tensor(np.arange(self.static_nvals) - np.repeat(self._splits[:-1], self.lengths))

    def nrows(self) -> Tensor:
        """The number of rows, a scalar."""
        return self._tensor(self.static_nrows)

    def nvals(self) -> Tensor:
        """The number of values, a scalar."""
        return self._tensor(self._splits[-1])

    def uniform_row_length(self) -> Tensor | None:
        """The length of all rows, a scalar; None where it was not said that they have one."""
        return None if self._uniform is None else self._tensor(self._uniform)

    def is_uniform(self) -> bool:
        """Whether it was said that all rows have one length."""
        return self._uniform is not None

    def with_dtype(self, dtype: Any) -> RowPartition:
        """The same with numbers of another type.

        Args:
            dtype: tf.int64 or tf.int32.
        """
        return RowPartition.of(self._splits.astype(_int_kind(dtype)), self._uniform)

    # ------------------------------------------------------------------ as a part of other values

    @property
    def _type_spec(self) -> RowPartitionSpec:
        return RowPartitionSpec(self.static_nrows, self.static_nvals, self._uniform, self.dtype)

    def __tf_flatten__(self) -> tuple[Any, tuple[Any, ...]]:
        # Known numbers go with the structure, so that a traced function knows them.
        return (tuple(self._splits.tolist()), self._dtype.name, self._uniform), ()

    @classmethod
    def __tf_unflatten__(cls, metadata: Any, parts: tuple[Any, ...]) -> RowPartition:
        splits, kind, uniform = metadata
        return cls.of(np.array(splits, kind), uniform)

    def __repr__(self) -> str:
        if self._uniform is not None:
            return f"tf.RowPartition(nrows={self.static_nrows}, uniform_row_length={self._uniform})"
        return f"tf.RowPartition(row_splits={self._splits})"


class RowPartitionSpec(TypeSpec, trees.CompositeSpec):
    """What is known of a RowPartition.

    Args:
        nrows: the number of rows, or None.
        nvals: the number of values, or None.
        uniform_row_length: the length of all rows, or None.
        dtype: tf.int64 or tf.int32.
    """

    __slots__ = ()

    def __init__(
        self, nrows: Any = None, nvals: Any = None, uniform_row_length: Any = None, dtype: Any = dtypes.int64
    ) -> None:
        from addax.core.shapes import TensorShape

        # Shapes of one dimension, so that specs compare as those of tensors do.
        sizes = [TensorShape([size]) for size in (nrows, nvals, uniform_row_length)]
        self._key = (*sizes, dtypes.as_dtype(dtype))

    @classmethod
    def _deserialize(cls, parts: tuple[Any, ...]) -> Any:
        return cls(*[shape[0] for shape in parts[:3]], parts[3])

    @property
    def nrows(self) -> int | None:
        """The number of rows, where it is known."""
        return self._key[0][0]

    @property
    def nvals(self) -> int | None:
        """The number of values, where it is known."""
        return self._key[1][0]

    @property
    def uniform_row_length(self) -> int | None:
        """The length of all rows, where they have one that is known."""
        return self._key[2][0]

    @property
    def dtype(self) -> dtypes.DType:
        """The type of the numbers."""
        return self._key[3]

    @property
    def _component_specs(self) -> list[TypeSpec]:
        return [TensorSpec([None if self.nrows is None else self.nrows + 1], self.dtype)]

    def _to_components(self, value: Any) -> list[Any]:
        return [value.row_splits()]

    def _from_components(self, components: Sequence[Any]) -> RowPartition:
        (splits,) = components
        return RowPartition.of(concrete(splits, "RowPartition"), self.uniform_row_length)

    def __repr__(self) -> str:
        return (
            f"RowPartitionSpec(nrows={self.nrows}, nvals={self.nvals}, uniform_row_length={self.uniform_row_length}, "
            f"dtype={self.dtype!r})"
        )


RowPartitionSpec.register_value_type(RowPartition)


def _int_kind(dtype: Any) -> np.dtype:
    found = dtypes.as_dtype(dtype)
    if found not in (dtypes.int32, dtypes.int64):
        raise ValueError(f"RowPartition: dtype must be int32 or int64, received {found.name}.")
    return found.np


def _kind(values: Sequence[Any], dtype: Any, dtype_hint: Any) -> np.dtype:
    """What was asked for, or the type of the first value that has one, or what was hinted at."""
    if dtype is not None:
        return _int_kind(dtype)
    for value in values:
        found = getattr(value, "dtype", None)
        if found is not None and dtypes.as_dtype(found) in (dtypes.int32, dtypes.int64):
            return dtypes.as_dtype(found).np
    return _INT64 if dtype_hint is None else _int_kind(dtype_hint)


def _ints(values: Any, who: str, what: str, dtype: Any, dtype_hint: Any) -> np.ndarray:
    """A vector of row numbers."""
    kind = _kind([values], dtype, dtype_hint)
    array = concrete(values, f"RowPartition.{who}") if hasattr(values, "shape") else np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"RowPartition.{who}: {what} of Shape {array.shape} must have rank 1.")
    if array.size and array.dtype.kind not in "iu":
        raise ValueError(f"RowPartition.{who}: {what} must have dtype int32 or int64, received {array.dtype}.")
    return array.astype(kind)


def _scalar(value: Any, who: str, what: str) -> int:
    array = concrete(value, f"RowPartition.{who}") if hasattr(value, "shape") else np.asarray(value)
    if array.ndim or array.dtype.kind not in "iu":
        raise ValueError(f"RowPartition.{who}: {what} must be an int, received {value!r:.80}.")
    return int(array)


def _refused(who: str, expected: str, received: np.ndarray) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(
        errors.message(
            f"Arguments to {who} do not form a valid RowPartition", expected=expected, received=f"{received.tolist()}"
        )
    )
