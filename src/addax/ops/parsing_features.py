"""What to read from a `tf.train.Example`: tf.io.FixedLenFeature and its kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from addax.core import dtypes, errors
from addax.core.shapes import TensorShape

KINDS = {dtypes.float32: "float", dtypes.int64: "int64", dtypes.string: "bytes"}


class FixedLenFeature(NamedTuple):
    """A feature with equally many values in every example, read as a dense tensor.

    Args:
        shape: the shape of one example's values.
        dtype: tf.float32, tf.int64 or tf.string.
        default_value: what to use where an example lacks the feature; None: that is an error.

    >>> import addax as tf
    >>> tf.io.FixedLenFeature([2], tf.float32).shape
    [2]
    """

    shape: Any
    dtype: Any
    default_value: Any = None


class FixedLenSequenceFeature(NamedTuple):
    """A feature with any number of rows of one shape, read as a dense tensor padded to the longest.

    Args:
        shape: the shape of one row.
        dtype: tf.float32, tf.int64 or tf.string.
        allow_missing: whether an example may lack it; `parse_example` needs True.
        default_value: what to pad with; 0 or "" by default.

    >>> import addax as tf
    >>> tf.io.FixedLenSequenceFeature([], tf.float32, allow_missing=True).shape
    []
    """

    shape: Any
    dtype: Any
    allow_missing: bool = False
    default_value: Any = None


class VarLenFeature(NamedTuple):
    """A feature with any number of values, read as a SparseTensor.

    Args:
        dtype: tf.float32, tf.int64 or tf.string.

    >>> import addax as tf
    >>> tf.io.VarLenFeature(tf.string).dtype
    tf.string
    """

    dtype: Any


class SparseFeature(NamedTuple):
    """A sparse tensor that is stored as indices and values in features of their own.

    Args:
        index_key: the int64 feature with the indices, or a list of them, one a dimension.
        value_key: the feature with the values.
        dtype: of the values.
        size: the size of the dimension, or a list of them.
        already_sorted: whether the entries are known to be in order.

    >>> import addax as tf
    >>> tf.io.SparseFeature(index_key="ids", value_key="values", dtype=tf.float32, size=10).size
    10
    """

    index_key: Any
    value_key: str
    dtype: Any
    size: Any
    already_sorted: bool = False


class _RowSplits(NamedTuple):
    """Row splits that are stored in a feature."""

    key: str


class _RowLengths(NamedTuple):
    """Row lengths that are stored in a feature."""

    key: str


class _RowStarts(NamedTuple):
    """Starts of rows that are stored in a feature."""

    key: str


class _RowLimits(NamedTuple):
    """Ends of rows that are stored in a feature."""

    key: str


class _ValueRowIds(NamedTuple):
    """The row of each value, stored in a feature."""

    key: str


class _UniformRowLength(NamedTuple):
    """Rows that all have one length."""

    length: int


_PARTITIONS = (_RowSplits, _RowLengths, _RowStarts, _RowLimits, _ValueRowIds, _UniformRowLength)
for _kind in _PARTITIONS:
    _kind.__name__ = _kind.__name__[1:]
    _kind.__qualname__ = f"RaggedFeature.{_kind.__name__}"


class _RaggedFields(NamedTuple):
    dtype: Any
    value_key: str | None
    partitions: tuple[Any, ...]
    row_splits_dtype: Any
    validate: bool


class RaggedFeature(_RaggedFields):
    """A feature with any number of values, read as a RaggedTensor.

    Args:
        dtype: tf.float32, tf.int64 or tf.string.
        value_key: the feature with the values; by default the one it is asked for as.
        partitions: how the values of an example are in rows, from the outermost on: `RaggedFeature.RowSplits(key)`,
            `RowLengths`, `RowStarts`, `RowLimits`, `ValueRowIds`, or `UniformRowLength(length)`.
        row_splits_dtype: tf.int32 or tf.int64.
        validate: whether to check partitions.

    Raises:
        TypeError: something that is no partition.

    >>> import addax as tf
    >>> tf.io.RaggedFeature(tf.int64, partitions=[tf.io.RaggedFeature.RowSplits("splits")]).partitions
    (RowSplits(key='splits'),)
    """

    RowSplits = _RowSplits
    RowLengths = _RowLengths
    RowStarts = _RowStarts
    RowLimits = _RowLimits
    ValueRowIds = _ValueRowIds
    UniformRowLength = _UniformRowLength

    def __new__(
        cls,
        dtype: Any,
        value_key: str | None = None,
        partitions: Sequence[Any] = (),
        row_splits_dtype: Any = dtypes.int32,
        validate: bool = False,
    ) -> RaggedFeature:
        """Check and convert what was given."""
        checked = []
        for partition in partitions:
            if not isinstance(partition, _PARTITIONS):
                raise TypeError(
                    "tf.io.RaggedFeature: Argument `partitions` cannot be cast to any of the partition types: "
                    f"expected RowSplits, RowLengths, RowStarts, RowLimits, ValueRowIds or UniformRowLength; "
                    f"received {partition!r:.80}."
                )
            checked.append(partition)
        splits = dtypes.as_dtype(row_splits_dtype)
        if splits not in (dtypes.int32, dtypes.int64):
            raise ValueError(
                f"tf.io.RaggedFeature: expected row_splits_dtype tf.int32 or tf.int64; received {splits.name}."
            )
        return super().__new__(cls, dtypes.as_dtype(dtype), value_key, tuple(checked), splits, bool(validate))


Feature = FixedLenFeature | FixedLenSequenceFeature | VarLenFeature | SparseFeature | RaggedFeature


def kind_of(who: str, key: str, dtype: Any) -> str:
    """The kind of list that values of a dtype are stored in.

    Raises:
        InvalidArgumentError: none.
    """
    made = dtypes.as_dtype(dtype)
    if made not in KINDS:
        raise errors.InvalidArgumentError(
            errors.message(
                f"{who}: feature {key!r}", expected="dtype tf.float32, tf.int64 or tf.string", received=made.name,
                hint="read it as one of these, then tf.cast it",
            )
        )  # fmt: skip
    return KINDS[made]


def columns_needed(who: str, features: Mapping[str, Any]) -> dict[str, str]:
    """The stored features that are needed, and the kind of each.

    Raises:
        TypeError: a key that is no string.
        ValueError: something that is no feature, or features that contradict each other.
    """
    needed: dict[str, str] = {}

    def need(key: str, kind: str) -> None:
        if needed.setdefault(key, kind) != kind:
            raise ValueError(f"{who}: Conflicting type for feature {key}: {needed[key]} and {kind}.")

    for key, feature in features.items():
        if not isinstance(key, str):
            raise TypeError(f"{who}: expected names of features as keys; received {key!r:.80}.")
        if isinstance(feature, FixedLenFeature | FixedLenSequenceFeature | VarLenFeature):
            need(key, kind_of(who, key, feature.dtype))
        elif isinstance(feature, SparseFeature):
            for index_key in index_keys(feature):
                need(index_key, "int64")
            need(feature.value_key, kind_of(who, key, feature.dtype))
        elif isinstance(feature, RaggedFeature):
            need(feature.value_key or key, kind_of(who, key, feature.dtype))
            for partition in feature.partitions:
                if not isinstance(partition, _UniformRowLength):
                    need(partition.key, "int64")
        else:
            raise ValueError(f"{who}: Unsupported {type(feature).__name__} {feature!r:.80} for key {key!r}.")
    return needed


def index_keys(feature: SparseFeature) -> list[str]:
    """The features with a sparse feature's indices."""
    return list(feature.index_key) if isinstance(feature.index_key, list | tuple) else [feature.index_key]


def known_shape(who: str, key: str, feature: Any) -> tuple[int, ...]:
    """The shape of a dense feature.

    Raises:
        ValueError: it is not known.
    """
    shape = TensorShape(feature.shape)
    if shape.rank is None or not shape.is_fully_defined():
        raise ValueError(
            f"{who}: First dimension of shape for feature {key} unknown. Consider using FixedLenSequenceFeature. "
            f"Received feature={feature!r}."
            if shape.rank and shape.as_list()[0] is None and None not in shape.as_list()[1:]
            else f"{who}: All dimensions of shape for feature {key} need to be known but received {shape}."
        )
    return tuple(shape.as_list())


def default_array(who: str, key: str, feature: Any, shape: Sequence[int]) -> np.ndarray:
    """A feature's default as an array of a shape.

    Raises:
        InvalidArgumentError: it does not fit.
    """
    kind = dtypes.as_dtype(feature.dtype)
    if kind == dtypes.string:
        given = np.asarray(feature.default_value, object)
        flat = [item.encode() if isinstance(item, str) else item for item in given.reshape(-1).tolist()]
        array = np.empty(len(flat), object)
        array[:] = flat
    else:
        array = np.asarray(feature.default_value, kind.np).reshape(-1)
    if array.size != int(np.prod(shape, dtype=np.int64)):
        raise errors.InvalidArgumentError(
            errors.message(
                f"{who}: default_value of feature {key!r}", expected=f"values for shape {list(shape)}",
                received=f"{array.size} values",
            )
        )  # fmt: skip
    return array.reshape(tuple(shape))
