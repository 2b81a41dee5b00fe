"""Columns of numbers, and of the buckets they fall into."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from addax.core import dtypes, errors
from addax.keras.layers.feature_columns.base import (
    CategoricalColumn,
    DenseColumn,
    Features,
    Ids,
    SequenceDenseColumn,
    check_key,
)
from addax.keras.layers.feature_columns.lengths import of_sparse
from addax.ops import categorical, sparse_tensor
from addax.ops.casting import cast
from addax.ops.creation import one_hot, ones_like
from addax.ops.parsing_features import FixedLenFeature, VarLenFeature
from addax.ops.shaping import reshape
from addax.ops.sparse_tensor import SparseTensor


def _as_sizes(shape: Any, key: str) -> tuple[int, ...]:
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    for size in sizes:
        if not isinstance(size, int):
            raise TypeError(f"shape dimensions must be integer. shape: {shape}, key: {key}")
        if size < 1:
            raise ValueError(f"shape dimensions must be greater than 0. shape: {shape}, key: {key}")
    return sizes


def _default(value: Any, shape: tuple[int, ...], dtype: Any, key: str) -> Any:
    """A default value of every entry."""
    if value is None:
        return None
    array = np.asarray(value)
    if dtype.is_integer and array.dtype.kind == "f":
        raise TypeError(f"default_value must be compatible with dtype. default_value: {value}, dtype: {dtype}")
    if array.ndim and array.shape != shape:
        raise ValueError(f"The shape of default_value must be equal to given shape. default_value: {value}, key: {key}")
    return tuple(np.broadcast_to(array, shape).astype(dtype.np).ravel().tolist())


def _check_normalizer(function: Any) -> None:
    if function is not None and not callable(function):
        raise TypeError(f"normalizer_fn must be a callable. Given: {function}")


@dataclass(frozen=True)
class _Numbers:
    """The fields of columns of numbers."""

    key: str
    shape: tuple[int, ...]
    default_value: Any
    dtype: Any
    normalizer_fn: Callable[[Any], Any] | None

    @property
    def name(self) -> str:
        """The key."""
        return self.key

    @property
    def variable_shape(self) -> tuple[int, ...]:
        """The shape of an example, or of a step."""
        return self.shape

    def get_config(self) -> dict[str, Any]:
        """The fields."""
        return {
            "key": self.key, "shape": self.shape, "default_value": self.default_value, "dtype": self.dtype.name,
            "normalizer_fn": self.normalizer_fn,
        }  # fmt: skip


@dataclass(frozen=True)
class NumericColumn(_Numbers, DenseColumn):
    """Numbers as they are; made by `numeric_column`."""

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """A feature of fixed length."""
        return {self.key: FixedLenFeature(self.shape, self.dtype, self.default_value)}

    def dense(self, features: Features, state: Any) -> Any:
        """The numbers as float32, normalized."""
        value = features.get(self.key)
        if isinstance(value, SparseTensor):
            raise ValueError(
                f"The corresponding Tensor of numerical column must be a Tensor. SparseTensor is not supported. "
                f"key: {self.key}"
            )
        value = value if self.normalizer_fn is None else self.normalizer_fn(value)
        return cast(value, "float32")


@dataclass(frozen=True)
class BucketizedColumn(DenseColumn, CategoricalColumn):
    """Which interval numbers lie in; made by `bucketized_column`."""

    source_column: NumericColumn
    boundaries: tuple[float, ...]

    @property
    def name(self) -> str:
        """The source's, followed by "_bucketized"."""
        return f"{self.source_column.name}_bucketized"

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """The source's."""
        return self.source_column.parse_example_spec

    @property
    def variable_shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """A vector of all buckets for every number."""
        return (*self.source_column.shape, len(self.boundaries) + 1)

    @property
    def num_buckets(self) -> int:  # type: ignore[override]
        """The buckets of all numbers of an example."""
        return (len(self.boundaries) + 1) * self.source_column.shape[0]

    def _buckets(self, features: Features) -> Any:
        value = self.source_column.dense(features, None)
        return categorical.bucketize(value, np.asarray(self.boundaries, np.float32), dtypes.int64.np)

    def dense(self, features: Features, state: Any) -> Any:
        """A one for the bucket of each number."""
        return one_hot(self._buckets(features), len(self.boundaries) + 1, dtype="float32")

    def ids(self, features: Features) -> Ids:
        """The bucket of each number, counted through."""
        found = self._buckets(features)
        width = self.source_column.shape[0]
        found = found + np.arange(width, dtype=np.int64) * (len(self.boundaries) + 1)
        return Ids(found, ones_like(found, "bool"))

    def get_config(self) -> dict[str, Any]:
        """The fields."""
        return {"source_column": self.source_column, "boundaries": self.boundaries}


@dataclass(frozen=True)
class SequenceNumericColumn(_Numbers, SequenceDenseColumn):
    """Sequences of numbers; made by `sequence_numeric_column`."""

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """A feature of any length."""
        return {self.key: VarLenFeature(self.dtype)}

    def sequences(self, features: Features, state: Any) -> tuple[Any, Any]:
        """The numbers, filled up with the default value, and the lengths."""
        value = features.get(self.key)
        if not isinstance(value, SparseTensor):
            raise TypeError(
                errors.message(
                    f"sequence_numeric_column {self.key!r}", expected="a SparseTensor",
                    received=f"a tensor of shape {value.shape}", hint="tf.sparse.from_dense, or parse VarLenFeatures",
                )
            )  # fmt: skip
        value = value if self.normalizer_fn is None else self.normalizer_fn(value)
        dense = sparse_tensor.to_dense(value, np.asarray(self.default_value, value.dtype.np))
        elements = math.prod(self.shape) if len(value.shape) == 2 else 1
        return reshape(dense, [dense.shape[0], -1, *self.shape]), of_sparse(value, elements)


def numeric_column(
    key: str,
    shape: Any = (1,),
    default_value: Any = None,
    dtype: Any = dtypes.float32,
    normalizer_fn: Callable[[Any], Any] | None = None,
) -> NumericColumn:
    """A column of numbers.

    Args:
        key: of the feature.
        shape: of an example.
        default_value: of examples without the feature, when parsed.
        dtype: of the feature; the column's values are float32.
        normalizer_fn: is called with the feature and returns what to use.

    Raises:
        ValueError: a key, shape, default or dtype that does not fit.
        TypeError: a shape that has no integers, or a normalizer that cannot be called.

    >>> import addax as tf
    >>> column = tf.feature_column.numeric_column("a", normalizer_fn=lambda x: x * 2)
    >>> tf.keras.layers.DenseFeatures([column])({"a": tf.constant([1.0, 2.0])}).numpy().tolist()
    [[2.0], [4.0]]
    """
    check_key(key)
    sizes, kind = _as_sizes(shape, key), dtypes.as_dtype(dtype)
    if not (kind.is_integer or kind.is_floating):
        raise ValueError(f"dtype must be convertible to float. dtype: {dtype}, key: {key}")
    _check_normalizer(normalizer_fn)
    return NumericColumn(key, sizes, _default(default_value, sizes, kind, key), kind, normalizer_fn)


def bucketized_column(source_column: NumericColumn, boundaries: Sequence[float]) -> BucketizedColumn:
    """A column of intervals that numbers lie in.

    Args:
        source_column: a numeric column of one dimension.
        boundaries: sorted; bucket i counts from boundary i - 1, which belongs to it, to boundary i.

    Raises:
        ValueError: another column, or boundaries that are not sorted.

    >>> import addax as tf
    >>> column = tf.feature_column.bucketized_column(tf.feature_column.numeric_column("a"), [0.0, 1.0])
    >>> tf.keras.layers.DenseFeatures([column])({"a": tf.constant([1.0])}).numpy().tolist()
    [[0.0, 0.0, 1.0]]
    """
    if not isinstance(source_column, NumericColumn):
        raise ValueError(f"source_column must be a column generated with numeric_column(). Given: {source_column}")
    if len(source_column.shape) > 1:
        raise ValueError(f"source_column must be one-dimensional column. Given: {source_column}")
    if not boundaries or not isinstance(boundaries, list | tuple):
        raise ValueError("boundaries must be a sorted list.")
    if any(a >= b for a, b in zip(boundaries, boundaries[1:], strict=False)):
        raise ValueError("boundaries must be a sorted list.")
    return BucketizedColumn(source_column, tuple(boundaries))


def sequence_numeric_column(
    key: str,
    shape: Any = (1,),
    default_value: float = 0.0,
    dtype: Any = dtypes.float32,
    normalizer_fn: Callable[[Any], Any] | None = None,
) -> SequenceNumericColumn:
    """A column of sequences of numbers, for `SequenceFeatures`.

    Args:
        key: of the feature, a SparseTensor.
        shape: of a step.
        default_value: fills sequences up.
        dtype: of the feature.
        normalizer_fn: is called with the feature and returns what to use.

    Raises:
        ValueError: a key, shape or dtype that does not fit.
        TypeError: a shape that has no integers, or a normalizer that cannot be called.

    >>> import addax as tf
    >>> tf.feature_column.sequence_numeric_column("a", shape=2).shape
    (2,)
    """
    check_key(key)
    sizes, kind = _as_sizes(shape, key), dtypes.as_dtype(dtype)
    if not (kind.is_integer or kind.is_floating):
        raise ValueError(f"dtype must be convertible to float. dtype: {dtype}, key: {key}")
    _check_normalizer(normalizer_fn)
    return SequenceNumericColumn(key, sizes, default_value, kind, normalizer_fn)
