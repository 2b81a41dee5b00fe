"""Columns of sequences of categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from addax.core import dtypes
from addax.keras.layers.feature_columns import categorical
from addax.keras.layers.feature_columns.base import CategoricalColumn, Features, Ids


@dataclass(frozen=True)
class SequenceCategoricalColumn(CategoricalColumn):
    """Categories whose order counts."""

    categorical_column: CategoricalColumn

    @property
    def name(self) -> str:
        """The inner column's."""
        return self.categorical_column.name

    @property
    def num_buckets(self) -> int:  # type: ignore[override]
        """The inner column's."""
        return self.categorical_column.num_buckets

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """The inner column's."""
        return self.categorical_column.parse_example_spec

    def ids(self, features: Features) -> Ids:
        """The inner column's."""
        return self.categorical_column.ids(features)

    def get_config(self) -> dict[str, Any]:
        """The fields."""
        return {"categorical_column": self.categorical_column}


def sequence_categorical_column_with_hash_bucket(
    key: str, hash_bucket_size: int, dtype: Any = dtypes.string
) -> SequenceCategoricalColumn:
    """`categorical_column_with_hash_bucket` for sequences.

    >>> import addax as tf
    >>> tf.feature_column.sequence_categorical_column_with_hash_bucket("a", 4).num_buckets
    4
    """
    return SequenceCategoricalColumn(categorical.categorical_column_with_hash_bucket(key, hash_bucket_size, dtype))


def sequence_categorical_column_with_identity(
    key: str, num_buckets: int, default_value: int | None = None
) -> SequenceCategoricalColumn:
    """`categorical_column_with_identity` for sequences.

    >>> import addax as tf
    >>> column = tf.feature_column.sequence_categorical_column_with_identity("a", 2)
    >>> layer = tf.keras.experimental.SequenceFeatures([tf.feature_column.indicator_column(column)])
    >>> rows, lengths = layer({"a": tf.sparse.from_dense([[1, 0]])})
    >>> rows.numpy().tolist(), lengths.numpy().tolist()
    ([[[0.0, 1.0], [0.0, 0.0]]], [1])
    """
    return SequenceCategoricalColumn(categorical.categorical_column_with_identity(key, num_buckets, default_value))


def sequence_categorical_column_with_vocabulary_list(
    key: str, vocabulary_list: Sequence[Any], dtype: Any = None, default_value: int = -1, num_oov_buckets: int = 0
) -> SequenceCategoricalColumn:
    """`categorical_column_with_vocabulary_list` for sequences.

    >>> import addax as tf
    >>> tf.feature_column.sequence_categorical_column_with_vocabulary_list("a", ["x", "y"]).num_buckets
    2
    """
    return SequenceCategoricalColumn(
        categorical.categorical_column_with_vocabulary_list(key, vocabulary_list, dtype, default_value, num_oov_buckets)
    )


def sequence_categorical_column_with_vocabulary_file(
    key: str,
    vocabulary_file: Any,
    vocabulary_size: int | None = None,
    num_oov_buckets: int = 0,
    default_value: int | None = None,
    dtype: Any = dtypes.string,
) -> SequenceCategoricalColumn:
    """`categorical_column_with_vocabulary_file` for sequences.

    >>> import addax as tf
    >>> tf.feature_column.sequence_categorical_column_with_vocabulary_file("a", "words.txt", 5).num_buckets
    5
    """
    return SequenceCategoricalColumn(
        categorical.categorical_column_with_vocabulary_file(
            key, vocabulary_file, vocabulary_size, dtype, default_value, num_oov_buckets
        )
    )
