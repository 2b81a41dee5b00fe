"""Columns of vectors for categories: embeddings and indicators."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from addax.core import convert
from addax.keras import initializers
from addax.keras.layers.feature_columns.base import (
    CategoricalColumn,
    DenseColumn,
    Features,
    Ids,
    SequenceDenseColumn,
)
from addax.keras.layers.feature_columns.lengths import of_present
from addax.keras.layers.feature_columns.sequence import SequenceCategoricalColumn
from addax.ops.casting import cast
from addax.ops.comparison import greater, greater_equal, less, logical_and
from addax.ops.creation import one_hot, zeros_like
from addax.ops.embedding import combine_rows
from addax.ops.gathering import gather, where
from addax.ops.reductions import reduce_sum
from addax.ops.shaping import expand_dims


class _OfCategories(DenseColumn, SequenceDenseColumn):
    """A column of vectors made of a categorical column."""

    categorical_column: CategoricalColumn

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """The categorical column's."""
        return self.categorical_column.parse_example_spec

    def _vectors(self, found: Ids, state: Any) -> Any:
        raise NotImplementedError

    def dense(self, features: Features, state: Any) -> Any:
        """The vectors of a batch."""
        if isinstance(self.categorical_column, SequenceCategoricalColumn):
            raise ValueError(
                f"In {self.name}: categorical_column must not be of type SequenceCategoricalColumn. Use "
                "SequenceFeatures instead of DenseFeatures, or a categorical column without sequence_. "
                f"Given: {self.categorical_column}"
            )
        return self._vectors(features.ids(self.categorical_column), state)

    def sequences(self, features: Features, state: Any) -> tuple[Any, Any]:
        """The vectors of each step, and the lengths."""
        if not isinstance(self.categorical_column, SequenceCategoricalColumn):
            raise ValueError(
                f"In {self.name}: categorical_column must be of type SequenceCategoricalColumn to use "
                f"SequenceFeatures. Given: {self.categorical_column}"
            )
        found = features.ids(self.categorical_column)
        lengths = of_present(found.present)
        if len(found.ids.shape) == 2:
            found = Ids(*(None if part is None else expand_dims(part, -1) for part in found))
        return self._vectors(found, state), lengths


@dataclass(frozen=True)
class IndicatorColumn(_OfCategories):
    """How often each category occurs; made by `indicator_column`."""

    categorical_column: CategoricalColumn

    @property
    def name(self) -> str:
        """The categorical column's, followed by "_indicator"."""
        return f"{self.categorical_column.name}_indicator"

    @property
    def variable_shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """A number for each category."""
        return (self.categorical_column.num_buckets,)

    def _vectors(self, found: Ids, state: Any) -> Any:
        counts = cast(found.present, "float32")
        if found.weights is not None:
            counts = counts * found.weights
        rows = one_hot(found.ids, self.categorical_column.num_buckets, dtype="float32")
        return reduce_sum(rows * expand_dims(counts, -1), axis=-2)

    def get_config(self) -> dict[str, Any]:
        """The fields."""
        return {"categorical_column": self.categorical_column}


class _Embedded(_OfCategories):
    """What embedding columns share."""

    categorical_column: CategoricalColumn
    combiner: str
    max_norm: float | None
    use_safe_embedding_lookup: bool
    dimension: int

    @property
    def variable_shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """An embedding."""
        return (self.dimension,)

    def _vectors(self, found: Ids, state: Any) -> Any:
        if self.combiner not in ("mean", "sqrtn", "sum"):
            raise ValueError(f"{self.name}: combiner must be one of 'mean', 'sqrtn' or 'sum'. Got {self.combiner!r}.")
        valid = found.present
        if self.use_safe_embedding_lookup:
            known = logical_and(
                greater_equal(found.ids, np.int64(0)), less(found.ids, np.int64(self.categorical_column.num_buckets))
            )
            valid = logical_and(valid, known)
        weights = cast(valid, "float32")
        if found.weights is not None:
            weights = weights * found.weights
            if self.use_safe_embedding_lookup and self.combiner != "sum":
                weights = where(greater(found.weights, 0.0), weights, zeros_like(weights))
        ids = where(valid, found.ids, zeros_like(found.ids))
        norm = None if self.max_norm is None else np.float32(self.max_norm)
        return combine_rows(gather(state.table(self), ids), weights, norm, self.combiner)


@dataclass(frozen=True)
class EmbeddingColumn(_Embedded):
    """Vectors that are learned, one for each category; made by `embedding_column`."""

    categorical_column: CategoricalColumn
    dimension: int
    combiner: str
    initializer: Any
    ckpt_to_load_from: str | None
    tensor_name_in_ckpt: str | None
    max_norm: float | None
    trainable: bool
    use_safe_embedding_lookup: bool = True

    @property
    def name(self) -> str:
        """The categorical column's, followed by "_embedding"."""
        return f"{self.categorical_column.name}_embedding"

    def get_config(self) -> dict[str, Any]:
        """The fields."""
        return {
            "categorical_column": self.categorical_column, "dimension": self.dimension, "combiner": self.combiner,
            "initializer": self.initializer, "ckpt_to_load_from": self.ckpt_to_load_from,
            "tensor_name_in_ckpt": self.tensor_name_in_ckpt, "max_norm": self.max_norm, "trainable": self.trainable,
            "use_safe_embedding_lookup": self.use_safe_embedding_lookup,
        }  # fmt: skip


class SharedTable:
    """One table of embeddings for several columns; the first layer that uses it makes it."""

    def __init__(self, name: str, shape: tuple[int, int], column: dict[str, Any]) -> None:
        self.name = name
        self.shape = shape
        self.initializer = column["initializer"]
        self.trainable = column["trainable"]
        self.ckpt_to_load_from = column["ckpt_to_load_from"]
        self.tensor_name_in_ckpt = column["tensor_name_in_ckpt"]
        self.variable: Any = None


@dataclass(frozen=True)
class SharedEmbeddingColumn(_Embedded):
    """Vectors of a table that several columns share; made by `shared_embeddings`."""

    categorical_column: CategoricalColumn
    shared: SharedTable
    combiner: str
    max_norm: float | None
    use_safe_embedding_lookup: bool = True

    @property
    def name(self) -> str:
        """The categorical column's, followed by "_shared_embedding"."""
        return f"{self.categorical_column.name}_shared_embedding"

    @property
    def dimension(self) -> int:  # type: ignore[override]
        """The width of the table."""
        return self.shared.shape[1]


def _check(dimension: Any, initializer: Any, ckpt: Any, tensor_name: Any, who: str) -> Any:
    """The initializer of a table (checked)."""
    if dimension is None or dimension < 1:
        raise ValueError(f"Invalid dimension {dimension}.")
    if (ckpt is None) != (tensor_name is None):
        raise ValueError("Must specify both `ckpt_to_load_from` and `tensor_name_in_ckpt` or none of them.")
    if initializer is not None and not callable(initializer):
        raise ValueError(f"initializer must be callable if specified. {who}")
    return initializer or initializers.TruncatedNormal(mean=0.0, stddev=1 / math.sqrt(dimension))


def indicator_column(categorical_column: CategoricalColumn) -> IndicatorColumn:
    """A column of vectors with the number of times that each category occurs.

    Args:
        categorical_column: the categories.

    Raises:
        TypeError: another column.

    >>> import addax as tf
    >>> column = tf.feature_column.indicator_column(tf.feature_column.categorical_column_with_identity("a", 3))
    >>> tf.keras.layers.DenseFeatures([column])({"a": tf.constant([[2, 2]])}).numpy().tolist()
    [[0.0, 0.0, 2.0]]
    """
    if not isinstance(categorical_column, CategoricalColumn):
        raise TypeError(f"Unsupported input type. Input must be a CategoricalColumn. Given: {categorical_column}")
    return IndicatorColumn(categorical_column)


def embedding_column(
    categorical_column: CategoricalColumn,
    dimension: int,
    combiner: str = "mean",
    initializer: Any = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
    use_safe_embedding_lookup: bool = True,
) -> EmbeddingColumn:
    """A column of vectors that are learned, one for each category.

    Args:
        categorical_column: the categories.
        dimension: how long the vectors are.
        combiner: how those of an example's categories become one: "mean", "sqrtn" or "sum".
        initializer: of the table; by default a truncated normal distribution of deviation 1 / sqrt(dimension).
        ckpt_to_load_from: a checkpoint with the table.
        tensor_name_in_ckpt: its name there.
        max_norm: longer vectors are scaled down to this length.
        trainable: whether the table is trained.
        use_safe_embedding_lookup: whether categories that are not known and weights that are not positive count for
            nothing; otherwise they are taken as they are.

    Raises:
        ValueError: a dimension below 1, an initializer that cannot be called, half of a place in a checkpoint.

    >>> import addax as tf
    >>> column = tf.feature_column.categorical_column_with_identity("a", 3)
    >>> layer = tf.keras.layers.DenseFeatures([tf.feature_column.embedding_column(column, 2)])
    >>> layer({"a": tf.constant([[2], [1]])}).shape
    TensorShape([2, 2])
    """
    made = _check(
        dimension, initializer, ckpt_to_load_from, tensor_name_in_ckpt,
        f"Embedding of column_name: {categorical_column.name}",
    )  # fmt: skip
    return EmbeddingColumn(
        categorical_column, dimension, combiner, made, ckpt_to_load_from, tensor_name_in_ckpt, max_norm, trainable,
        use_safe_embedding_lookup,
    )  # fmt: skip


def shared_embeddings(
    categorical_columns: Sequence[CategoricalColumn],
    dimension: int,
    combiner: str = "mean",
    initializer: Any = None,
    shared_embedding_collection_name: str | None = None,
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    max_norm: float | None = None,
    trainable: bool = True,
    use_safe_embedding_lookup: bool = True,
) -> list[SharedEmbeddingColumn]:
    """Columns of vectors of one table (TensorFlow has them in graphs only).

    Args:
        categorical_columns: of one kind, with the same number of categories.
        dimension: how long the vectors are.
        combiner: how those of an example's categories become one: "mean", "sqrtn" or "sum".
        initializer: of the table; by default a truncated normal distribution of deviation 1 / sqrt(dimension).
        shared_embedding_collection_name: the table's name.
        ckpt_to_load_from: a checkpoint with the table.
        tensor_name_in_ckpt: its name there.
        max_norm: longer vectors are scaled down to this length.
        trainable: whether the table is trained.
        use_safe_embedding_lookup: as for `embedding_column`.

    Returns:
        A column for each of `categorical_columns`.

    Raises:
        ValueError: columns that cannot share a table, and as for `embedding_column`.

    >>> import addax as tf
    >>> columns = [tf.feature_column.categorical_column_with_identity(key, 3) for key in "ab"]
    >>> layer = tf.keras.layers.DenseFeatures(tf.feature_column.shared_embeddings(columns, 2))
    >>> layer({"a": tf.constant([[2]]), "b": tf.constant([[1]])}).shape, len(layer.weights)
    (TensorShape([1, 4]), 1)
    """
    made = _check(dimension, initializer, ckpt_to_load_from, tensor_name_in_ckpt, "Shared embeddings")
    columns = list(categorical_columns)
    first = getattr(columns[0], "categorical_column", columns[0])
    for column in columns:
        inner = getattr(column, "categorical_column", column)
        if type(inner) is not type(first):
            raise ValueError(
                "To use shared_embeddings, all categorical_columns must have the same type, or be weighted or sequence "
                f"columns of the same type. Given: {first} and {inner}"
            )
        if column.num_buckets != columns[0].num_buckets:
            raise ValueError(
                "To use shared_embeddings, all categorical_columns must have the same number of buckets. Given: "
                f"{columns[0]} with {columns[0].num_buckets}, {column} with {column.num_buckets}"
            )
    name = shared_embedding_collection_name
    name = name or "_".join(sorted(column.name for column in columns)) + "_shared_embedding"
    table = SharedTable(
        name, (columns[0].num_buckets, dimension),
        {"initializer": made, "trainable": trainable, "ckpt_to_load_from": ckpt_to_load_from,
         "tensor_name_in_ckpt": tensor_name_in_ckpt},
    )  # fmt: skip
    return [SharedEmbeddingColumn(column, table, combiner, max_norm, use_safe_embedding_lookup) for column in columns]


def loaded(column: Any) -> Any:
    """The table that a column is to start with, from its checkpoint; None without one."""
    if column.ckpt_to_load_from is None:
        return None
    from addax.checkpoint.files import load_variable  # few columns start with a checkpoint

    return convert.convert_to_tensor(load_variable(column.ckpt_to_load_from, column.tensor_name_in_ckpt))
