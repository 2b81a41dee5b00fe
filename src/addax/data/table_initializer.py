"""Lookup tables filled from datasets of keys and values."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import dtypes, errors
from addax.core.spec import TensorSpec
from addax.data import elements
from addax.data.dataset import Dataset
from addax.data.node import END, INFINITE
from addax.data.seeds import Position
from addax.data.transformations import assert_cardinality
from addax.ops.lookup_tables import StaticHashTable, StaticVocabularyTable, TableInitializer

_FORM = (
    "Datasets used to initialize lookup tables must produce elements in the form (key, value), where the keys and "
    "values are scalar tensors."
)


def _spec_of_pairs(dataset: Any) -> tuple[TensorSpec, TensorSpec]:
    """The specs of keys and values.

    Raises:
        ValueError: elements are no pairs of scalars.
    """
    spec = dataset.element_spec
    if not isinstance(spec, tuple) or len(spec) != 2:
        have = f"{len(spec)} components" if isinstance(spec, tuple) else "single components"
        raise ValueError(
            f"{_FORM} However, the given dataset produces {have} instead of two (key, value) components. Full dataset "
            f"element spec: {spec}."
        )
    for part, each in zip(("key", "value"), spec, strict=True):
        if type(each) is not TensorSpec:
            raise ValueError(f"{_FORM} However, the given dataset produces non-Tensor {part}s of type {type(each)}.")
        if each.shape.rank not in (None, 0):
            raise ValueError(
                f"{_FORM} However, the given dataset produces non-scalar {part} Tensors of rank {each.shape.rank}."
            )
    return spec


class DatasetInitializer(TableInitializer):
    """Keys and values of a dataset of pairs, read when a table is made.

    Args:
        dataset: a finite dataset of (key, value), both scalars.

    Raises:
        ValueError: elements of another form, or an endless dataset.

    >>> import addax as tf
    >>> words = tf.data.Dataset.from_tensor_slices(["a", "b"])
    >>> numbers = tf.data.Dataset.from_tensor_slices(tf.constant([10, 20], tf.int64))
    >>> init = tf.data.experimental.DatasetInitializer(tf.data.Dataset.zip((words, numbers)))
    >>> tf.lookup.StaticHashTable(init, -1).lookup(tf.constant(["b", "?"])).numpy().tolist()
    [20, -1]
    """

    def __init__(self, dataset: Dataset) -> None:
        key, value = _spec_of_pairs(dataset)
        if int(dataset.cardinality()) == INFINITE:
            raise ValueError(
                errors.message(
                    "tf.data.experimental.DatasetInitializer", expected="a dataset that ends",
                    received="an endless one", hint="cut it with dataset.take(n)",
                )
            )  # fmt: skip
        super().__init__(key.dtype, value.dtype)
        self._dataset = dataset

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """(keys, values)."""
        found: tuple[list[Any], list[Any]] = ([], [])
        iterator = Position(self._dataset._node).iterator
        try:
            while (element := iterator.next()) is not END:
                for items, leaf in zip(found, elements.to_host(element), strict=True):
                    items.append(leaf.item())
        finally:
            iterator.close()
        if not found[0]:
            raise errors.OutOfRangeError(None, None, "end of iterator: a table cannot be made of an empty dataset")
        keys, values = np.empty(len(found[0]), self.key_dtype.np), np.empty(len(found[1]), self.value_dtype.np)
        keys[:], values[:] = found
        return keys, values


def table_from_dataset(
    dataset: Dataset | None = None,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: Any = None,
    hasher_spec: Any = "fasthash",
    key_dtype: Any = dtypes.string,
    name: str | None = None,
) -> StaticHashTable | StaticVocabularyTable:
    """A lookup table of a dataset of (key, value).

    Args:
        dataset: scalars: keys of strings or integers, and values (int64 where there are buckets).
        num_oov_buckets: buckets behind the values for keys that are not there, chosen by FarmHash's fingerprint.
        vocab_size: how many of the elements to use; there have to be as many. None: all.
        default_value: the value of keys that are not there, without buckets; -1, but for values that are strings.
        hasher_spec: "fasthash", the only one there is.
        key_dtype: string or an integer dtype.
        name: the name, for messages.

    Raises:
        ValueError: a negative number of buckets, a size below 1, no default for strings, or elements of another form.
        TypeError: keys of another dtype.
        FailedPreconditionError: a key with several values.

    >>> import addax as tf
    >>> pairs = tf.data.Dataset.from_tensor_slices((["a", "b"], tf.constant([0, 1], tf.int64)))
    >>> tf.data.experimental.table_from_dataset(pairs).lookup(tf.constant(["b", "?"])).numpy().tolist()
    [1, -1]
    """
    who = "tf.data.experimental.table_from_dataset"
    if not isinstance(dataset, Dataset):
        raise AttributeError(errors.message(who, expected="a tf.data.Dataset", received=f"{dataset!r:.80}"))
    _spec_of_pairs(dataset)
    if num_oov_buckets < 0:
        raise ValueError(f"`num_oov_buckets` must be greater than or equal to 0, got {num_oov_buckets}.")
    if vocab_size is not None and vocab_size < 1:
        raise ValueError(f"`vocab_size` must be greater than 0, got {vocab_size}.")
    if hasher_spec != "fasthash" and getattr(hasher_spec, "hasher", None) != "fasthash":
        raise ValueError(errors.message(who, expected="hasher_spec 'fasthash'", received=f"{hasher_spec!r:.80}"))
    wanted = dtypes.as_dtype(key_dtype)
    if wanted is not dtypes.string and not wanted.is_integer:
        raise TypeError(f"Only integer and string keys are supported; received key_dtype {wanted.name}.")
    value_dtype = dataset.element_spec[1].dtype
    if default_value is None:
        if value_dtype.is_integer or value_dtype.is_floating:
            default_value = -1
        else:
            raise ValueError(
                "`default_value` must be specified when creating a table from a dataset that produces values of type "
                f"{value_dtype}."
            )
    if vocab_size is not None:
        dataset = dataset.take(vocab_size).apply(assert_cardinality(vocab_size))
    initializer = DatasetInitializer(dataset)
    if num_oov_buckets:
        return StaticVocabularyTable(initializer, num_oov_buckets, name=name)
    return StaticHashTable(initializer, default_value, name)


def index_table_from_dataset(
    dataset: Dataset | None = None,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: int = -1,
    hasher_spec: Any = "fasthash",
    key_dtype: Any = dtypes.string,
    name: str | None = None,
) -> StaticHashTable | StaticVocabularyTable:
    """A lookup table from the elements of a dataset to their numbers 0, 1, 2, ...

    Args:
        dataset: scalars, all different.
        num_oov_buckets: as `table_from_dataset`.
        vocab_size: likewise.
        default_value: likewise.
        hasher_spec: likewise.
        key_dtype: likewise.
        name: likewise.

    Raises:
        ValueError, TypeError, FailedPreconditionError: as `table_from_dataset`.

    >>> import addax as tf
    >>> words = tf.data.Dataset.from_tensor_slices(["a", "b"])
    >>> table = tf.data.experimental.index_table_from_dataset(words, num_oov_buckets=1)
    >>> table.lookup(tf.constant(["b", "?"])).numpy().tolist()
    [1, 2]
    """
    if not isinstance(dataset, Dataset):
        who = "tf.data.experimental.index_table_from_dataset"
        raise AttributeError(errors.message(who, expected="a tf.data.Dataset", received=f"{dataset!r:.80}"))
    numbered = dataset.enumerate().map(lambda number, key: (key, number))
    return table_from_dataset(numbered, num_oov_buckets, vocab_size, default_value, hasher_spec, key_dtype, name)
