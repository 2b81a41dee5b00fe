"""tf.io.parse_example: serialized `tf.train.Example`s as tensors. Whole batches are read at once, with NumPy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from addax.core import convert, errors
from addax.core.tensor import NotCompilable, Tensor, Tracer
from addax.formats.example_columns import Column, ExampleColumns, KindError, RecordError
from addax.ops import parsing_features as features_of
from addax.ops import parsing_probes
from addax.ops.parsing_features import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    RaggedFeature,
    SparseFeature,
    VarLenFeature,
)  # fmt: skip
from addax.ops.ragged_tensor import RaggedTensor
from addax.ops.sparse_tensor import SparseTensor

_TYPE_NAMES = {"bytes": "string", "float": "float", "int64": "int64"}


def serialized_strings(who: str, serialized: Any) -> np.ndarray:
    """Serialized messages as an object array of bytes.

    Raises:
        NotCompilable: while a function is traced.
        TypeError: no strings.
    """
    if isinstance(serialized, list) and not serialized:
        raise ValueError(f"{who}: expected serialized messages, received an empty list; tf.constant([], tf.string).")
    value = convert.value_of(serialized)
    if isinstance(value, Tracer):
        raise NotCompilable(f"{who} reads strings, which XLA does not have")
    if value.dtype.kind != "O":
        raise ValueError(
            errors.message(who, expected="serialized messages: a string tensor", received={"serialized": value})
        )
    return value


def made(array: np.ndarray) -> Tensor:
    """An array (of bytes, where it is one of objects) as a tensor."""
    return Tensor(array if array.dtype.kind == "O" else convert.to_device(array))


@lru_cache(maxsize=64)
def _reader(kinds: tuple[tuple[str, str], ...]) -> ExampleColumns:
    return ExampleColumns(dict(kinds))


class Batch:
    """The columns of some examples, as tensors in the form that features ask for.

    Args:
        who: for messages.
        records: the serialized examples.
        kinds: the columns to read.
        names: what to call the examples in messages.
        single: there is one example, and no batch dimension.
    """

    def __init__(
        self, who: str, records: Sequence[bytes], kinds: Mapping[str, str], names: Sequence[Any] | None, single: bool
    ) -> None:
        self.who, self.count, self.single, self._names = who, len(records), single, names
        try:
            self.columns = _reader(tuple(kinds.items())).parse(records)
        except KindError as error:
            raise self._error(
                error.key, error.index,
                f"Data types don't match. Data type: {_TYPE_NAMES[error.found]} but expected type: "
                f"{_TYPE_NAMES[error.expected]}",
            ) from None  # fmt: skip
        except RecordError as error:
            raise errors.InvalidArgumentError(
                f"{who}: Could not parse example input, value: {records[error.index]!r:.200} ({error})"
            ) from None

    def _error(self, key: str, index: int, text: str) -> errors.InvalidArgumentError:
        name = "<unknown>" if self._names is None else convert.as_object_array(np.asarray(self._names))[index].decode()
        where = f"Key: {key}." if self.single and self._names is None else f"Name: {name}, Key: {key}, Index: {index}."
        return errors.InvalidArgumentError(f"{self.who}: {where}  {text}")

    def read_all(self, features: Mapping[str, Any]) -> dict[str, Any]:
        """All features, in TensorFlow's order: those with any number of values first."""
        order = (VarLenFeature, FixedLenFeature, FixedLenSequenceFeature, RaggedFeature, SparseFeature)
        keys = sorted(features, key=lambda key: (order.index(type(features[key])), key))
        return {key: self.read(key, features[key]) for key in keys}

    def read(self, key: str, feature: Any) -> Any:
        """One feature as a tensor."""
        if isinstance(feature, FixedLenFeature):
            return self._fixed(key, feature)
        if isinstance(feature, FixedLenSequenceFeature):
            return self._sequence(key, feature)
        if isinstance(feature, VarLenFeature):
            column = self.columns[key]
            return self._sparse(column.values, column.counts)
        if isinstance(feature, SparseFeature):
            return self._stored_sparse(feature)
        return self._ragged(key, feature)

    def _fixed(self, key: str, feature: FixedLenFeature) -> Tensor:
        return made(self.dense(key, feature))

    def dense(self, key: str, feature: FixedLenFeature) -> np.ndarray:
        """A FixedLenFeature as an array."""
        shape = features_of.known_shape(self.who, key, feature)
        column, size = self.columns[key], math.prod(shape)
        default = None
        if feature.default_value is not None:
            default = features_of.default_array(self.who, key, feature, shape)
        wrong = (column.counts != size) & column.present
        if wrong.any():
            index = int(wrong.argmax())
            kind = _TYPE_NAMES[features_of.kind_of(self.who, key, feature.dtype)]
            raise self._error(
                key, index,
                f"Number of {kind} values != expected.  Values size: {column.counts[index]} but output shape: "
                f"{list(shape)}",
            )  # fmt: skip
        values = column.values
        if not column.present.all():
            if default is None:
                index = int(column.present.argmin())
                kind = _TYPE_NAMES[features_of.kind_of(self.who, key, feature.dtype)]
                name = "" if self.single else f"Name: {'<unknown>' if self._names is None else self._names[index]}, "
                raise errors.InvalidArgumentError(
                    f"{self.who}: {name}Feature: {key} (data type: {kind}) is required but could not be found."
                )
            filled = np.empty((self.count, *shape), values.dtype)
            filled[...] = default
            filled[column.present] = values.reshape(-1, *shape)
            values = filled
        return values.reshape(shape if self.single else (self.count, *shape))

    def _sequence(self, key: str, feature: FixedLenSequenceFeature) -> Tensor:
        if not feature.allow_missing:
            raise ValueError(
                f"{self.who}: Unsupported: FixedLenSequenceFeature requires allow_missing to be True. (feature {key!r})"
            )
        shape = features_of.known_shape(self.who, key, feature)
        column, size = self.columns[key], math.prod(shape)
        rows, rest = np.divmod(column.counts, max(size, 1))
        if rest.any():
            index = int((rest > 0).argmax())
            kind = _TYPE_NAMES[features_of.kind_of(self.who, key, feature.dtype)]
            raise self._error(
                key, index,
                f"Number of {kind} values is not a multiple of stride length. Saw {column.counts[index]} values but "
                f"output shape is: {list(shape)}",
            )  # fmt: skip
        fill: Any = b"" if column.values.dtype.kind == "O" else 0
        if feature.default_value is not None:
            fill = features_of.default_array(self.who, key, feature, ())[()]
        padded = padded_rows(column.values.reshape(-1, *shape), rows, fill)
        return made(padded[0] if self.single else padded)

    def _sparse(self, values: np.ndarray, counts: np.ndarray) -> SparseTensor:
        if self.single:
            return SparseTensor(made(np.arange(len(values))[:, None]), made(values), made(counts.astype(np.int64)))
        indices = np.empty((len(values), 2), np.int64)
        indices[:, 0] = np.repeat(np.arange(self.count), counts)
        indices[:, 1] = np.arange(len(values)) - np.repeat(np.cumsum(counts) - counts, counts)
        shape = np.array([self.count, counts.max(initial=0)], np.int64)
        return SparseTensor(made(indices), made(values), made(shape))

    def _stored_sparse(self, feature: SparseFeature) -> SparseTensor:
        keys = features_of.index_keys(feature)
        sizes = list(feature.size) if isinstance(feature.size, list | tuple) else [feature.size]
        if len(sizes) != len(keys):
            raise ValueError(f"{self.who}: expected as many sizes as index keys; received {sizes} for {keys}.")
        column = self.columns[feature.value_key]
        for key in keys:
            if (self.columns[key].counts != column.counts).any():
                raise ValueError(
                    f"{self.who}: Dimensions {int(self.columns[key].counts.sum())} and {int(column.counts.sum())} are "
                    f"not compatible: feature {key!r} must have an index for each value of {feature.value_key!r}."
                )
        places = [self.columns[key].values for key in keys]
        if not self.single:
            places.insert(0, np.repeat(np.arange(self.count), column.counts))
            sizes.insert(0, self.count)
        values = column.values
        if not feature.already_sorted:
            order = np.lexsort(places[::-1])
            places, values = [place[order] for place in places], values[order]
        indices = np.stack(places, axis=1).astype(np.int64)
        return SparseTensor(made(indices), made(values), made(np.array(sizes, np.int64)))

    # ------------------------------------------------------------------ ragged

    def _ragged(self, key: str, feature: RaggedFeature) -> Any:
        column, splits_dtype = self.columns[feature.value_key or key], feature.row_splits_dtype.np
        partitions = [(each, self._partition(each)) for each in feature.partitions]
        return ragged_from(self.who, key, column, partitions, splits_dtype, feature.validate, self.single)

    def _partition(self, partition: Any) -> Column | None:
        return None if isinstance(partition, RaggedFeature.UniformRowLength) else self.columns[partition.key]


def padded_rows(values: np.ndarray, counts: np.ndarray, fill: Any) -> np.ndarray:
    """Rows of different numbers of items as one array, `fill` behind the shorter ones."""
    most = int(counts.max(initial=0))
    if (counts == most).all():
        return values.reshape(len(counts), most, *values.shape[1:])
    out = np.empty((len(counts), most, *values.shape[1:]), values.dtype)
    out[...] = fill
    out[np.arange(most) < counts[:, None]] = values
    return out


def ragged_from(
    who: str, key: str, column: Column, partitions: Sequence[tuple[Any, Column | None]], splits_dtype: np.dtype,
    validate: bool, single: bool,
) -> Any:  # fmt: skip
    """The values of a column in the rows that partitions say, from the innermost on."""
    values: Any = made(column.values)
    counts = column.counts  # how many items of the outermost dimension so far each example has
    for partition, stored in reversed(partitions):
        if stored is None:
            length = int(partition.length)
            if length < 1 or (counts % length).any():
                raise errors.InvalidArgumentError(
                    errors.message(
                        f"{who}: feature {key!r}", expected=f"a multiple of {length} items in each example",
                        received=counts.tolist(),
                    )
                )  # fmt: skip
            counts = counts // length
            if isinstance(values, RaggedTensor):
                values = RaggedTensor.from_uniform_row_length(values, np.asarray(length, splits_dtype))
            else:
                values = made(np.asarray(values._value).reshape(-1, length, *values.shape[1:]))
            continue
        lengths, counts = _row_lengths(who, key, partition, stored, counts, validate)
        values = RaggedTensor.from_row_lengths(values, lengths.astype(splits_dtype), validate=False)
    if single:
        return values
    return RaggedTensor.from_row_lengths(values, counts.astype(splits_dtype), validate=False)


def _row_lengths(
    who: str, key: str, partition: Any, stored: Column, items: np.ndarray, validate: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The lengths of the rows of all examples, and how many rows each has."""
    found, at = [], 0
    for count, have in zip(stored.counts.tolist(), items.tolist(), strict=True):
        row = stored.values[at : at + count]
        at += count
        if isinstance(partition, RaggedFeature.RowSplits):
            lengths = np.diff(row)
        elif isinstance(partition, RaggedFeature.RowStarts):
            lengths = np.diff(row, append=have)
        elif isinstance(partition, RaggedFeature.RowLimits):
            lengths = np.diff(row, prepend=0)
        elif isinstance(partition, RaggedFeature.ValueRowIds):
            lengths = np.bincount(row, minlength=0) if count else row
        else:
            lengths = row
        if (lengths < 0).any() or int(lengths.sum()) != have:
            wrong = f"{type(partition).__name__}({partition.key!r}) of {row.tolist()} for {have} values"
            raise errors.InvalidArgumentError(
                errors.message(f"{who}: feature {key!r}", expected="rows that hold all values", received=wrong)
            )
        found.append(lengths)
    counts = np.array([len(lengths) for lengths in found], np.int64)
    return (np.concatenate(found) if found else np.zeros(0, np.int64)), counts


# ---------------------------------------------------------------------------- the public functions


def parse_example(serialized: Any, features: Mapping[str, Any], example_names: Any = None, name: str | None = None):
    """The features of a batch of serialized examples.

    Args:
        serialized: string (n,): `tf.train.Example`s; a scalar is parsed as by `parse_single_example`.
        features: for each name what to read: FixedLenFeature, FixedLenSequenceFeature (allow_missing=True),
            VarLenFeature, SparseFeature or RaggedFeature.
        example_names: string (n,): what to call the examples in error messages.
        name: ignored.

    Returns:
        A dict from names to dense, sparse or ragged tensors with the batch as their first dimension.

    Raises:
        ValueError: no features, or ones that cannot be.
        InvalidArgumentError: an example is damaged, lacks a feature, or has another kind or number of values.

    >>> import addax as tf
    >>> feature = tf.train.Feature(int64_list=tf.train.Int64List(value=[1, 2]))
    >>> example = tf.train.Example(features=tf.train.Features(feature={"a": feature}))
    >>> data = [example.SerializeToString()] * 2
    >>> tf.io.parse_example(data, {"a": tf.io.FixedLenFeature([2], tf.int64)})["a"].numpy().tolist()
    [[1, 2], [1, 2]]
    """
    who = "tf.io.parse_example"
    if not features:
        raise ValueError(f"{who}: Argument `features` cannot be None or falsy. Got {features}")
    kinds = features_of.columns_needed(who, features)
    records = serialized_strings(who, serialized)
    if records.ndim > 1:
        raise errors.InvalidArgumentError(
            f"{who}: Expected serialized to be a scalar or vector, got shape: {list(records.shape)}"
        )
    records = parsing_probes.examples(who, records, features)
    names = None if example_names is None else np.asarray(convert.value_of(example_names)).reshape(-1)
    return Batch(who, records.reshape(-1).tolist(), kinds, names, records.ndim == 0).read_all(features)


def parse_single_example(
    serialized: Any, features: Mapping[str, Any], example_names: Any = None, name: str | None = None
) -> dict[str, Any]:
    """The features of one serialized example; see `parse_example`.

    Args:
        serialized: string (): a `tf.train.Example`.
        features: for each name what to read.
        example_names: string (): what to call the example in error messages.
        name: ignored.

    Returns:
        A dict from names to tensors, without a batch dimension.

    Raises:
        ValueError: no features, or serialized is no scalar.
        InvalidArgumentError: as `parse_example`.

    >>> import addax as tf
    >>> feature = tf.train.Feature(int64_list=tf.train.Int64List(value=[1, 2]))
    >>> record = tf.train.Example(features=tf.train.Features(feature={"x": feature})).SerializeToString()
    >>> tf.io.parse_single_example(record, {"x": tf.io.FixedLenFeature([2], tf.int64)})["x"].numpy().tolist()
    [1, 2]
    """
    who = "tf.io.parse_single_example"
    if not features:
        raise ValueError(f"{who}: Invalid argument: features cannot be empty.")
    later = getattr(type(serialized), "__parse_single_example__", None)
    if later is not None:  # a record of a pipeline that is traced
        return later(serialized, features)
    kinds = features_of.columns_needed(who, features)
    records = serialized_strings(who, serialized)
    if records.ndim:
        raise ValueError(
            f"{who}: Input serialized must be a scalar, received shape {list(records.shape)}; see tf.io.parse_example."
        )
    records = parsing_probes.examples(who, records, features)
    names = None if example_names is None else np.asarray(convert.value_of(example_names)).reshape(-1)
    return Batch(who, [records[()]], kinds, names, True).read_all(features)
