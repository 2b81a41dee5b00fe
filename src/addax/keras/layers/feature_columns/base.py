"""What all feature columns share: their place in a class hierarchy, and the features of a batch as they read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from addax.core import convert, errors
from addax.ops import sparse_tensor
from addax.ops.comparison import not_equal
from addax.ops.creation import ones_like
from addax.ops.shaping import expand_dims
from addax.ops.sparse_tensor import SparseTensor


class Ids(NamedTuple):
    """The categories of a batch: each row's, side by side.

    Attributes:
        ids: int64, (batch, ..., values); what is not known is -1.
        present: bool, which of them the data have.
        weights: a number for each, or None.
    """

    ids: Any
    present: Any
    weights: Any = None


class FeatureColumn:
    """What says how to read features of a batch, and which bytes of a `tf.train.Example` they are."""

    @property
    def name(self) -> str:
        """A name that tells columns apart."""
        raise NotImplementedError

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """What `tf.io.parse_example` needs to read the features."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """The fields as plain data."""
        raise NotImplementedError

    def __lt__(self, other: Any) -> bool:
        return str(self) < str(other)


class DenseColumn(FeatureColumn):
    """A column of vectors."""

    variable_shape: tuple[int, ...] = ()

    def dense(self, features: Features, state: Any) -> Any:
        """The column's values, (batch, *variable_shape); `state` gives the weights of columns that have some."""
        raise NotImplementedError


class SequenceDenseColumn(FeatureColumn):
    """A column of sequences of vectors."""

    variable_shape: tuple[int, ...] = ()

    def sequences(self, features: Features, state: Any) -> tuple[Any, Any]:
        """The column's values, (batch, steps, *variable_shape), and int64 lengths, (batch,)."""
        raise NotImplementedError


class CategoricalColumn(FeatureColumn):
    """A column of categories."""

    num_buckets: int = 0

    def ids(self, features: Features) -> Ids:
        """The categories of a batch."""
        raise NotImplementedError


class Features:
    """The features of a batch, each read once.

    Args:
        features: tensors, sparse ones too, by key.
    """

    def __init__(self, features: Mapping[str, Any]) -> None:
        self._features = features
        self._read: dict[Any, Any] = {}

    def get(self, key: str) -> Any:
        """A feature as a tensor of rank 2 or more, or as a sparse one.

        Raises:
            ValueError: no such feature, or one of rank 0.
        """
        if key in self._read:
            return self._read[key]
        if key not in self._features:
            raise ValueError(f"Feature {key} is not in features dictionary.")
        value = self._features[key]
        if hasattr(value, "with_flat_values"):
            value = value.to_sparse()
        if not isinstance(value, SparseTensor):
            value = convert.convert_to_tensor(value)
            if len(value.shape) == 0:
                raise ValueError(f"Feature (key: {key}) cannot have rank 0. Given: {value}")
            if len(value.shape) == 1:
                value = expand_dims(value, -1)
        self._read[key] = value
        return value

    def ids(self, column: CategoricalColumn) -> Ids:
        """The categories of a column."""
        if column not in self._read:
            self._read[column] = column.ids(self)
        return self._read[column]


def filled(value: Any, missing: Any = None) -> tuple[Any, Any]:
    """(dense values, which are present) of a tensor whose missing values are "", -1 or 0.0, or of a sparse one."""
    if missing is None:
        missing = "" if value.dtype.name == "string" else -1 if value.dtype.is_integer else 0.0
    missing = convert.convert_to_tensor(missing, value.dtype)
    if not isinstance(value, SparseTensor):
        return value, not_equal(value, missing)
    there = SparseTensor(value.indices, ones_like(value.indices[:, 0], "bool"), value.dense_shape)
    return sparse_tensor.to_dense(value, missing), sparse_tensor.to_dense(there, False)


def check_kind(dtype: Any, given: Any, who: str) -> None:
    """Refuse strings where numbers are expected, and the reverse."""
    if (dtype.name == "string") != (given.name == "string"):
        raise ValueError(f"Column dtype and tensors dtype must be compatible. {who}, dtype: {dtype}, given: {given}")


def check_key(key: Any) -> None:
    """Refuse keys that are no strings."""
    if not isinstance(key, str):
        raise ValueError(f"key must be a string. Got: type {type(key)}. Given key: {key}.")


def check_discrete(dtype: Any, key: str) -> None:
    """Refuse dtypes of categories other than strings and integers."""
    if dtype.name != "string" and not dtype.is_integer:
        raise ValueError(f"column_name: {key} dtype must be string or integer. dtype: {dtype}.")


def in_order(columns: Any, kind: type[FeatureColumn]) -> list[Any]:
    """Columns by name, checked.

    Raises:
        ValueError: none, one of another kind, or two of one name.
    """
    if isinstance(columns, FeatureColumn):
        columns = [columns]
    if isinstance(columns, Mapping):
        columns = list(columns.values())
    elif isinstance(columns, Iterable):
        columns = list(columns)
    if not columns:
        raise ValueError("feature_columns must not be empty.")
    names: set[str] = set()
    for column in columns:
        if not isinstance(column, kind):
            raise ValueError(
                f"Items of feature_columns must be a {kind.__name__}. You can wrap a categorical column with an "
                f"embedding_column or indicator_column. Given: {column}"
            )
        if column.name in names:
            raise ValueError(f"Duplicate feature column name found for columns: {column.name!r}.")
        names.add(column.name)
    return sorted(columns, key=lambda column: column.name)


def same_lengths(lengths: list[Any]) -> Any:
    """The first of several equal tensors of lengths.

    Raises:
        InvalidArgumentError: they differ.
    """
    import numpy as np

    from addax.core.static_arguments import concrete

    known = [concrete(each, "keras.experimental.SequenceFeatures") for each in lengths]
    if any(not np.array_equal(known[0], each) for each in known):
        raise errors.InvalidArgumentError(
            errors.message(
                "SequenceFeatures", expected="features whose sequences have the same lengths",
                received="lengths " + ", ".join(str(each.tolist()) for each in known),
            )
        )  # fmt: skip
    return lengths[0]
