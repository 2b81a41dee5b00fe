"""Columns of categories."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from addax.core import convert, dtypes, errors
from addax.core.static_arguments import concrete
from addax.keras.layers.feature_columns.base import (
    CategoricalColumn,
    Features,
    Ids,
    check_discrete,
    check_key,
    check_kind,
    filled,
)
from addax.keras.layers.feature_columns.numeric import BucketizedColumn
from addax.ops import crossing, lookup_tables, string_numbers
from addax.ops.casting import cast
from addax.ops.comparison import greater_equal, less, logical_and
from addax.ops.gathering import where
from addax.ops.parsing_features import VarLenFeature
from addax.ops.sparse_tensor import SparseTensor


def _values(features: Features, key: str, dtype: Any) -> tuple[Any, Any]:
    """(values, which are present) of a feature of categories."""
    value = features.get(key)
    check_kind(dtype, value.dtype, f"key: {key}")
    if value.dtype.name != "string" and not value.dtype.is_integer:
        raise ValueError(f"Tensors of categories must be string or integer. key: {key}, dtype: {value.dtype}")
    values, present = filled(value)
    return (values if values.dtype.name == "string" else cast(values, "int64")), present


@dataclass(frozen=True)
class HashedCategoricalColumn(CategoricalColumn):
    """Hashes of values; made by `categorical_column_with_hash_bucket`."""

    key: str
    hash_bucket_size: int
    dtype: Any

    @property
    def name(self) -> str:
        """The key."""
        return self.key

    @property
    def num_buckets(self) -> int:  # type: ignore[override]
        """The number of buckets."""
        return self.hash_bucket_size

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """A feature of any length."""
        return {self.key: VarLenFeature(self.dtype)}

    def ids(self, features: Features) -> Ids:
        """The bucket of each value."""
        values, present = _values(features, self.key, self.dtype)
        text = values if values.dtype.name == "string" else string_numbers.as_string(values)
        return Ids(string_numbers.to_hash_bucket_fast(text, self.hash_bucket_size), present)

    def get_config(self) -> dict[str, Any]:
        """The fields."""
        return {"key": self.key, "hash_bucket_size": self.hash_bucket_size, "dtype": self.dtype.name}


@dataclass(frozen=True)
class IdentityCategoricalColumn(CategoricalColumn):
    """Integers that are categories; made by `categorical_column_with_identity`."""

    key: str
    number_buckets: int
    default_value: int | None

    @property
    def name(self) -> str:
        """The key."""
        return self.key

    @property
    def num_buckets(self) -> int:  # type: ignore[override]
        """The number of categories."""
        return self.number_buckets

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """A feature of any length."""
        return {self.key: VarLenFeature(dtypes.int64)}

    def ids(self, features: Features) -> Ids:
        """The integers; those out of range become the default value."""
        values, present = _values(features, self.key, dtypes.int64)
        if self.default_value is not None:
            known = logical_and(greater_equal(values, np.int64(0)), less(values, np.int64(self.number_buckets)))
            values = where(known, values, np.int64(self.default_value))
        return Ids(values, present)

    def get_config(self) -> dict[str, Any]:
        """The fields."""
        return {"key": self.key, "number_buckets": self.number_buckets, "default_value": self.default_value}


class _Vocabulary(CategoricalColumn):
    """What columns with a vocabulary share: words to numbers, and what becomes of the others."""

    key: str
    num_oov_buckets: int
    default_value: int
    dtype: Any

    @property
    def name(self) -> str:
        """The key."""
        return self.key

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """A feature of any length."""
        return {self.key: VarLenFeature(self.dtype)}

    def _words(self) -> np.ndarray:
        raise NotImplementedError

    def _table(self) -> Any:
        words = self._words()
        kind = dtypes.string if self.dtype.name == "string" else dtypes.int64
        made = lookup_tables.KeyValueTensorInitializer(
            convert.convert_to_tensor(words, kind), np.arange(len(words), dtype=np.int64)
        )
        if self.num_oov_buckets:
            return lookup_tables.StaticVocabularyTable(made, self.num_oov_buckets)
        return lookup_tables.StaticHashTable(made, self.default_value)

    def ids(self, features: Features) -> Ids:
        """The number of each word."""
        values, present = _values(features, self.key, self.dtype)
        table = self.__dict__.get("_known")
        if table is None:
            table = self._table()
            object.__setattr__(self, "_known", table)
        return Ids(table.lookup(values), present)


@dataclass(frozen=True)
class VocabularyListCategoricalColumn(_Vocabulary):
    """The places of values in a list; made by `categorical_column_with_vocabulary_list`."""

    key: str
    vocabulary_list: tuple[Any, ...]
    dtype: Any
    default_value: int
    num_oov_buckets: int

    @property
    def num_buckets(self) -> int:  # type: ignore[override]
        """The words and the buckets behind them."""
        return len(self.vocabulary_list) + self.num_oov_buckets

    def _words(self) -> np.ndarray:
        if self.dtype.name != "string":
            return np.asarray(self.vocabulary_list, np.int64)
        return np.array([str(w).encode() if not isinstance(w, bytes) else w for w in self.vocabulary_list], object)

    def get_config(self) -> dict[str, Any]:
        """The fields."""
        return {
            "key": self.key, "vocabulary_list": self.vocabulary_list, "dtype": self.dtype.name,
            "default_value": self.default_value, "num_oov_buckets": self.num_oov_buckets,
        }  # fmt: skip


@dataclass(frozen=True)
class VocabularyFileCategoricalColumn(_Vocabulary):
    """The lines of a file that values are; made by `categorical_column_with_vocabulary_file`."""

    key: str
    vocabulary_file: str
    vocabulary_size: int
    num_oov_buckets: int
    dtype: Any
    default_value: int
    file_format: str | None = None

    @property
    def num_buckets(self) -> int:  # type: ignore[override]
        """The words and the buckets behind them."""
        return self.vocabulary_size + self.num_oov_buckets

    def _words(self) -> np.ndarray:
        words = _lines(self.vocabulary_file, self.file_format)
        if len(words) < self.vocabulary_size:
            raise errors.InvalidArgumentError(
                f"Invalid vocab_size in {self.vocabulary_file}: expected {self.vocabulary_size} but got {len(words)} "
                "lines."
            )
        words = words[: self.vocabulary_size]
        if self.dtype.name == "string":
            return np.array(words, object)
        return np.array([int(word) for word in words], np.int64)

    def get_config(self) -> dict[str, Any]:
        """The fields."""
        return {
            "key": self.key, "vocabulary_file": self.vocabulary_file, "vocabulary_size": self.vocabulary_size,
            "num_oov_buckets": self.num_oov_buckets, "dtype": self.dtype.name, "default_value": self.default_value,
            "file_format": self.file_format,
        }  # fmt: skip


def _lines(path: str, file_format: str | None) -> list[bytes]:
    """The words of a vocabulary's file."""
    if file_format == "tfrecord_gzip":
        from addax.formats import tfrecord  # few vocabularies are records

        return [bytes(record) for record in tfrecord.read_tfrecords(path, "GZIP")]
    with open(path, "rb") as file:
        return [line.rstrip(b"\r\n") for line in file]


@dataclass(frozen=True)
class CrossedColumn(CategoricalColumn):
    """Hashes of combinations of values; made by `crossed_column`."""

    keys: tuple[Any, ...]
    hash_bucket_size: int
    hash_key: int | None

    @property
    def name(self) -> str:
        """The names of what is crossed, sorted and joined by "_X_"."""
        return "_X_".join(sorted(leaf if isinstance(leaf, str) else leaf.name for leaf in self._leaves()))

    @property
    def num_buckets(self) -> int:  # type: ignore[override]
        """The number of buckets."""
        return self.hash_bucket_size

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """What the crossed columns need; keys are features of strings."""
        spec: dict[str, Any] = {}
        for key in self.keys:
            spec.update({key: VarLenFeature(dtypes.string)} if isinstance(key, str) else key.parse_example_spec)
        return spec

    def _leaves(self) -> list[Any]:
        found: list[Any] = []
        for key in self.keys:
            found += key._leaves() if isinstance(key, CrossedColumn) else [key]
        return found

    def ids(self, features: Features) -> Ids:
        """The bucket of each combination of a row's values."""
        inputs = []
        for leaf in self._leaves():
            if isinstance(leaf, str):
                inputs.append(features.get(leaf))
                continue
            found = features.ids(leaf)
            if found.weights is not None:
                raise ValueError(
                    "crossed_column does not support weight_tensor, but the given column populates weight_tensor. "
                    f"Given column: {leaf.name}"
                )
            inputs.append(_sparse(found))
        crossed = crossing.cross_hashed(inputs, self.hash_bucket_size, self.hash_key)
        return Ids(*filled(crossed))

    def get_config(self) -> dict[str, Any]:
        """The fields."""
        return {"keys": self.keys, "hash_bucket_size": self.hash_bucket_size, "hash_key": self.hash_key}


def _sparse(found: Ids) -> SparseTensor:
    ids, present = concrete(found.ids, "feature_column"), concrete(found.present, "feature_column")
    return SparseTensor(np.argwhere(present).astype(np.int64), ids[present], np.array(ids.shape, np.int64))


@dataclass(frozen=True)
class WeightedCategoricalColumn(CategoricalColumn):
    """Categories with weights; made by `weighted_categorical_column`."""

    categorical_column: CategoricalColumn
    weight_feature_key: str
    dtype: Any

    @property
    def name(self) -> str:
        """The inner column's, followed by "_weighted_by_" and the key of the weights."""
        return f"{self.categorical_column.name}_weighted_by_{self.weight_feature_key}"

    @property
    def num_buckets(self) -> int:  # type: ignore[override]
        """The inner column's."""
        return self.categorical_column.num_buckets

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """The inner column's features and the weights.

        Raises:
            ValueError: the weights are one of those features.
        """
        spec = dict(self.categorical_column.parse_example_spec)
        if self.weight_feature_key in spec:
            raise ValueError(f"Parse config {spec[self.weight_feature_key]} already exists for the weights' key.")
        return {**spec, self.weight_feature_key: VarLenFeature(self.dtype)}

    def ids(self, features: Features) -> Ids:
        """The inner column's, with weights."""
        found = features.ids(self.categorical_column)
        value = features.get(self.weight_feature_key)
        if value.dtype.name != self.dtype.name:
            raise ValueError(f"Bad dtype, expected {self.dtype}, but got {value.dtype}.")
        weights, present = filled(value, 0)
        return Ids(found.ids, logical_and(found.present, present), cast(weights, "float32"))

    def get_config(self) -> dict[str, Any]:
        """The fields."""
        return {
            "categorical_column": self.categorical_column, "weight_feature_key": self.weight_feature_key,
            "dtype": self.dtype.name,
        }  # fmt: skip


# ---------------------------------------------------------------------------- how they are made


def categorical_column_with_hash_bucket(
    key: str, hash_bucket_size: int, dtype: Any = dtypes.string
) -> HashedCategoricalColumn:
    """A column of categories that are hashes of a feature's values.

    Args:
        key: of the feature; "" and -1 stand for no value.
        hash_bucket_size: how many categories.
        dtype: of the feature, string or an integer dtype.

    Raises:
        ValueError: no buckets, or another dtype.

    >>> import addax as tf
    >>> column = tf.feature_column.categorical_column_with_hash_bucket("a", 3)
    >>> features = tf.keras.layers.DenseFeatures([tf.feature_column.indicator_column(column)])
    >>> features({"a": tf.constant(["x"])}).numpy().tolist()
    [[0.0, 0.0, 1.0]]
    """
    if hash_bucket_size is None:
        raise ValueError(f"hash_bucket_size must be set. key: {key}")
    if hash_bucket_size < 1:
        raise ValueError(f"hash_bucket_size must be at least 1. hash_bucket_size: {hash_bucket_size}, key: {key}")
    check_key(key)
    kind = dtypes.as_dtype(dtype)
    check_discrete(kind, key)
    return HashedCategoricalColumn(key, hash_bucket_size, kind)


def categorical_column_with_identity(
    key: str, num_buckets: int, default_value: int | None = None
) -> IdentityCategoricalColumn:
    """A column of categories that are a feature's integers themselves.

    Args:
        key: of the feature; -1 stands for no value.
        num_buckets: how many categories.
        default_value: the category of integers out of range; None leaves them, and they belong to none.

    Raises:
        ValueError: no buckets, or a default value out of range.

    >>> import addax as tf
    >>> tf.feature_column.categorical_column_with_identity("a", 3).num_buckets
    3
    """
    check_key(key)
    if num_buckets < 1:
        raise ValueError(f"num_buckets {num_buckets} < 1, column_name {key}")
    if default_value is not None and not 0 <= default_value < num_buckets:
        raise ValueError(f"default_value {default_value} not in range [0, {num_buckets}), column_name {key}")
    return IdentityCategoricalColumn(key, num_buckets, default_value)


def _check_oov(num_oov_buckets: int | None, default_value: int | None, key: str) -> tuple[int, int]:
    if num_oov_buckets and default_value not in (None, -1):
        raise ValueError(f"Can't specify both num_oov_buckets and default_value in {key}.")
    if num_oov_buckets is not None and num_oov_buckets < 0:
        raise ValueError(f"Invalid num_oov_buckets {num_oov_buckets} in {key}.")
    return num_oov_buckets or 0, -1 if default_value is None else default_value


def categorical_column_with_vocabulary_list(
    key: str,
    vocabulary_list: Sequence[Any],
    dtype: Any = None,
    default_value: int = -1,
    num_oov_buckets: int = 0,
) -> VocabularyListCategoricalColumn:
    """A column of categories that are places in a list.

    Args:
        key: of the feature; "" and -1 stand for no value.
        vocabulary_list: strings or integers, each once.
        dtype: of the feature; by default the list's.
        default_value: the category of what is not in the list; -1 for none.
        num_oov_buckets: how many categories values that are not in the list are hashed to.

    Raises:
        ValueError: an empty list, a value that comes twice, or both a default value and buckets.

    >>> import addax as tf
    >>> column = tf.feature_column.categorical_column_with_vocabulary_list("a", ["x", "y"])
    >>> features = tf.keras.layers.DenseFeatures([tf.feature_column.indicator_column(column)])
    >>> features({"a": tf.constant([["x", "y"], ["y", "?"]])}).numpy().tolist()
    [[1.0, 1.0], [0.0, 1.0]]
    """
    check_key(key)
    if vocabulary_list is None or len(vocabulary_list) < 1:
        raise ValueError(f"vocabulary_list {vocabulary_list} must be non-empty, column_name: {key}")
    if len(set(vocabulary_list)) != len(vocabulary_list):
        raise ValueError(f"Duplicate keys in vocabulary_list {vocabulary_list}, column_name: {key}")
    have = np.asarray(vocabulary_list)
    own = dtypes.string if have.dtype.kind in "OSU" else dtypes.as_dtype(have.dtype)
    kind = own if dtype is None else dtypes.as_dtype(dtype)
    check_discrete(own, key)
    check_discrete(kind, key)
    if (kind.name == "string") != (own.name == "string"):
        raise ValueError(f"dtype {kind} and vocabulary dtype {own} do not match, column_name: {key}")
    buckets, default = _check_oov(num_oov_buckets, default_value, key)
    return VocabularyListCategoricalColumn(key, tuple(vocabulary_list), kind, default, buckets)


def categorical_column_with_vocabulary_file(
    key: str,
    vocabulary_file: Any,
    vocabulary_size: int | None = None,
    dtype: Any = dtypes.string,
    default_value: int | None = None,
    num_oov_buckets: int = 0,
    file_format: str | None = None,
) -> VocabularyFileCategoricalColumn:
    """A column of categories that are lines of a file.

    Args:
        key: of the feature; "" and -1 stand for no value.
        vocabulary_file: a text file, a word a line.
        vocabulary_size: how many lines to use; all by default.
        dtype: of the feature, string or an integer dtype.
        default_value: the category of what is not in the file; None or -1 for none.
        num_oov_buckets: how many categories values that are not in the file are hashed to.
        file_format: "text" or "tfrecord_gzip".

    Raises:
        ValueError: no file, another format, or both a default value and buckets.

    >>> import addax as tf
    >>> tf.feature_column.categorical_column_with_vocabulary_file("a", "words.txt", vocabulary_size=2).num_buckets
    2
    """
    if not vocabulary_file:
        raise ValueError(f"Missing vocabulary_file in {key}.")
    if file_format not in (None, "text", "tfrecord_gzip"):
        raise ValueError(f"file_format must be 'text' or 'tfrecord_gzip' in {key}. Given: {file_format}")
    path = os.fspath(vocabulary_file)
    if vocabulary_size is None:
        if not os.path.exists(path):
            raise ValueError(f"vocabulary_file in {key} does not exist.")
        vocabulary_size = len(_lines(path, file_format))
    if vocabulary_size < 1:
        raise ValueError(f"Invalid vocabulary_size in {key}.")
    check_key(key)
    kind = dtypes.as_dtype(dtype)
    check_discrete(kind, key)
    buckets, default = _check_oov(num_oov_buckets, default_value, key)
    return VocabularyFileCategoricalColumn(key, path, vocabulary_size, buckets, kind, default, file_format)


def crossed_column(keys: Sequence[Any], hash_bucket_size: int, hash_key: int | None = None) -> CrossedColumn:
    """A column of categories that are hashes of combinations.

    Args:
        keys: keys of features, bucketized and other categorical columns; not hashed ones.
        hash_bucket_size: how many categories.
        hash_key: of the hash function; None for TensorFlow's.

    Raises:
        ValueError: fewer than two keys, no buckets, or a column that cannot be crossed.

    >>> import addax as tf
    >>> tf.feature_column.crossed_column(["b", "a"], 10).name
    'a_X_b'
    """
    if not hash_bucket_size or hash_bucket_size < 1:
        raise ValueError(f"hash_bucket_size must be > 1. hash_bucket_size: {hash_bucket_size}")
    if not keys or len(keys) < 2:
        raise ValueError(f"keys must be a list with length > 1. Given: {keys}")
    for key in keys:
        if not isinstance(key, str | CategoricalColumn):
            raise ValueError(
                "Unsupported key type. All keys must be either string, or categorical column except "
                f"HashedCategoricalColumn. Given: {key}"
            )
        if isinstance(key, HashedCategoricalColumn):
            raise ValueError(
                "categorical_column_with_hash_bucket is not supported for crossing. Hashing before crossing will "
                "increase probability of collision. Instead, use the feature name as a string. "
                f"Given: {key}"
            )
        if isinstance(key, BucketizedColumn) and len(key.source_column.shape) != 1:
            raise ValueError(f"bucketized columns to cross must have one dimension. Given: {key}")
    return CrossedColumn(tuple(keys), hash_bucket_size, hash_key)


def weighted_categorical_column(
    categorical_column: CategoricalColumn, weight_feature_key: str, dtype: Any = dtypes.float32
) -> WeightedCategoricalColumn:
    """A column of categories that count as much as another feature says.

    Args:
        categorical_column: the categories.
        weight_feature_key: the key of the weights, one for each category of an example.
        dtype: of the weights.

    Raises:
        ValueError: a dtype that is not of numbers.

    >>> import addax as tf
    >>> column = tf.feature_column.categorical_column_with_identity("a", 2)
    >>> tf.feature_column.weighted_categorical_column(column, "w").name
    'a_weighted_by_w'
    """
    kind = dtypes.as_dtype(dtype)
    if not (kind.is_integer or kind.is_floating):
        raise ValueError(f"dtype {kind} is not convertible to float.")
    return WeightedCategoricalColumn(categorical_column, weight_feature_key, kind)
