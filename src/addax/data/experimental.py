"""tf.data.experimental: older spellings, and what has no better place yet."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import dtypes, errors
from addax.core.names import missing_name as _missing_name
from addax.core.spec import TensorSpec
from addax.core.tensor import Tensor
from addax.data import elements, functions
from addax.data import service as service
from addax.data.arguments import AUTOTUNE as AUTOTUNE
from addax.data.arguments import SHARD_HINT as SHARD_HINT
from addax.data.arguments import integer
from addax.data.csv_reading import make_csv_dataset as make_csv_dataset
from addax.data.dataset import Dataset
from addax.data.distributed_save import distributed_save as distributed_save
from addax.data.file_datasets import CsvDataset as CsvDataset
from addax.data.iterator import Iterator, NumpyIterator
from addax.data.model_proto import get_model_proto as get_model_proto
from addax.data.node import INFINITE as INFINITE_CARDINALITY
from addax.data.node import UNKNOWN as UNKNOWN_CARDINALITY
from addax.data.nodes.random import RandomNode
from addax.data.nodes.tensors import ListNode
from addax.data.optional import Optional as Optional
from addax.data.options import AutoShardPolicy as AutoShardPolicy
from addax.data.options import AutotuneAlgorithm as AutotuneAlgorithm
from addax.data.options import AutotuneOptions as AutotuneOptions
from addax.data.options import DistributeOptions as DistributeOptions
from addax.data.options import ExternalStatePolicy as ExternalStatePolicy
from addax.data.options import OptimizationOptions as OptimizationOptions
from addax.data.options import ServiceOptions as ServiceOptions
from addax.data.options import ThreadingOptions as ThreadingOptions
from addax.data.parsing_datasets import make_batched_features_dataset as make_batched_features_dataset
from addax.data.parsing_datasets import parse_example_dataset as parse_example_dataset
from addax.data.sql_dataset import SqlDataset as SqlDataset
from addax.data.table_initializer import DatasetInitializer as DatasetInitializer
from addax.data.table_initializer import index_table_from_dataset as index_table_from_dataset
from addax.data.table_initializer import table_from_dataset as table_from_dataset
from addax.data.transformations import (
    Reducer,
    assert_cardinality,
    bucket_by_sequence_length,
    copy_to_device,
    dense_to_ragged_batch,
    dense_to_sparse_batch,
    enumerate_dataset,
    group_by_reducer,
    group_by_window,
    ignore_errors,
    map_and_batch,
    pad_to_cardinality,
    parallel_interleave,
    prefetch_to_device,
    rejection_resample,
    scan,
    shuffle_and_repeat,
    snapshot,
    take_while,
    unbatch,
    unique,
)
from addax.data.variant import from_variant as from_variant
from addax.data.variant import to_variant as to_variant
from addax.formats.tfrecord import TFRecordOptions
from addax.formats.tfrecord import TFRecordWriter as _FileWriter

__all__ = [
    "AUTOTUNE", "INFINITE_CARDINALITY", "SHARD_HINT", "UNKNOWN_CARDINALITY", "AutoShardPolicy", "AutotuneAlgorithm",
    "AutotuneOptions", "Counter", "CsvDataset", "DatasetInitializer", "DistributeOptions", "ExternalStatePolicy",
    "OptimizationOptions", "Optional", "RandomDataset", "Reducer", "ServiceOptions", "SqlDataset", "TFRecordWriter",
    "ThreadingOptions", "assert_cardinality", "at", "bucket_by_sequence_length", "cardinality",
    "choose_from_datasets", "copy_to_device", "dense_to_ragged_batch", "dense_to_sparse_batch", "distributed_save",
    "enable_debug_mode", "enumerate_dataset", "from_list", "from_variant", "get_model_proto", "get_next_as_optional",
    "get_single_element", "get_structure", "group_by_reducer", "group_by_window", "ignore_errors",
    "index_table_from_dataset", "load",
    "make_batched_features_dataset", "make_csv_dataset", "map_and_batch", "pad_to_cardinality", "parallel_interleave",
    "parse_example_dataset", "prefetch_to_device", "rejection_resample", "sample_from_datasets", "save", "scan",
    "service", "shuffle_and_repeat", "snapshot", "table_from_dataset", "take_while", "to_variant", "unbatch", "unique",
]  # fmt: skip


class RandomDataset(Dataset):
    """Random integers without end; see `Dataset.random`.

    >>> import addax as tf
    >>> len(list(tf.data.experimental.RandomDataset(seed=1).take(3)))
    3
    """

    def __init__(
        self, seed: Any = None, rerandomize_each_iteration: bool | None = None, name: str | None = None
    ) -> None:
        super().__init__(RandomNode(seed, bool(rerandomize_each_iteration)))


class TFRecordWriter:
    """Writes a dataset of strings to a TFRecord file.

    Args:
        filename: the file.
        compression_type: "" (or None), "GZIP" or "ZLIB".

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/a.tfrecord"
    >>> tf.data.experimental.TFRecordWriter(path).write(data.map(tf.strings.as_string))
    >>> len(list(tf.data.TFRecordDataset(path)))
    6
    """

    def __init__(self, filename: str, compression_type: str | None = None) -> None:
        self._filename, self._compression = os.fspath(filename), compression_type

    def write(self, dataset: Dataset) -> None:
        """Write all elements.

        Raises:
            TypeError: the elements are not string scalars.
        """
        if dataset.element_spec != TensorSpec([], dtypes.string):
            raise TypeError(
                f"`dataset` must produce scalar `DT_STRING` tensors whereas it produces {dataset.element_spec}. "
                "(tf.data.experimental.TFRecordWriter)"
            )
        with _FileWriter(self._filename, TFRecordOptions(self._compression)) as writer:
            for record in NumpyIterator(dataset):
                writer.write(record)


def at(dataset: Dataset, index: Any) -> Any:
    """The element with a number, without making those before it where that is possible.

    Raises:
        tf.errors.OutOfRangeError: there is no such element.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> int(tf.data.experimental.at(data, 4))
    4
    """
    number = integer(index, "tf.data.experimental.at", "index")
    size = int(dataset._node.cardinality())
    source = dataset._node.source()
    if number < 0 or 0 <= size <= number:
        raise errors.OutOfRangeError(None, None, f"Index out of range [0, {size}):{number}")
    if source is not None:
        return elements.to_tensors(elements.row(source.gather(np.array([number])), 0))
    return dataset.skip(number).take(1).get_single_element()


def cardinality(dataset: Dataset) -> Tensor:
    """See `Dataset.cardinality`.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> int(tf.data.experimental.cardinality(data))
    6
    """
    return dataset.cardinality()


def choose_from_datasets(datasets: Any, choice_dataset: Dataset, stop_on_empty_dataset: bool = False) -> Dataset:
    """See `Dataset.choose_from_datasets`.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> turns = tf.data.Dataset.range(2).repeat(2)
    >>> made = tf.data.experimental.choose_from_datasets([data, data.map(lambda v: -v)], turns)
    >>> [int(v) for v in made]
    [0, 0, 1, -1]
    """
    return Dataset.choose_from_datasets(datasets, choice_dataset, stop_on_empty_dataset)


def Counter(start: Any = 0, step: Any = 1, dtype: Any = dtypes.int64) -> Dataset:  # noqa: N802  (TensorFlow's name)
    """See `Dataset.counter`.

    >>> import addax as tf
    >>> [int(v) for v in tf.data.experimental.Counter(start=3, step=2).take(3)]
    [3, 5, 7]
    """
    return Dataset.counter(start, step, dtype)


def enable_debug_mode() -> None:
    """Call functions of datasets made from now on with tensors that have values, one element at a time."""
    functions.set_debug_mode(True)


def from_list(elements: list[Any], name: str | None = None) -> Dataset:
    """A dataset of the items of a list.

    Raises:
        ValueError: an empty list, or items of different structures or dtypes.

    >>> import addax as tf
    >>> [int(v) for v in tf.data.experimental.from_list([1, 2])]
    [1, 2]
    """
    return _from_list(elements)


def _from_list(items: list[Any]) -> Dataset:
    if not items:
        raise ValueError("Invalid `elements`. `elements` should not be empty. If you want an empty dataset, use "
                         "`tf.data.Dataset.range(0)`.")  # fmt: skip
    if not isinstance(items, list):
        raise ValueError(f"Invalid `elements`. `elements` must be a list. Got {type(items)}.")
    kept = [elements.from_user(item) for item in items]
    spec = elements.spec_of(kept[0])
    for number, item in enumerate(kept):
        try:
            spec = elements.merge_specs(spec, elements.spec_of(item))
        except (TypeError, ValueError) as error:
            raise ValueError(f"Structure of element {number} in the list is different: {error}") from None
    node = ListNode(kept, spec)
    node.label = "_ListDataset"
    return Dataset(node)


def get_next_as_optional(iterator: Iterator) -> Optional:
    """See `Iterator.get_next_as_optional`.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> int(tf.data.experimental.get_next_as_optional(iter(data)).get_value())
    0
    """
    return iterator.get_next_as_optional()


def get_single_element(dataset: Dataset) -> Any:
    """See `Dataset.get_single_element`.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> int(tf.data.experimental.get_single_element(data.take(1)))
    0
    """
    return dataset.get_single_element()


def get_structure(dataset_or_iterator: Any) -> Any:
    """The element spec of a dataset or iterator.

    Raises:
        TypeError: something else.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> tf.data.experimental.get_structure(data)
    TensorSpec(shape=(), dtype=tf.int64, name=None)
    """
    spec = getattr(dataset_or_iterator, "element_spec", None)
    if spec is None:
        raise TypeError(
            f"Invalid `dataset_or_iterator`. Expected a dataset or iterator, got {dataset_or_iterator!r:.80}."
        )
    return spec


def load(
    path: str, element_spec: Any = None, compression: str | None = None, reader_func: Callable[..., Any] | None = None
) -> Dataset:
    """See `Dataset.load`.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> import tempfile
    >>> folder = tempfile.mkdtemp() + "/saved"
    >>> data.save(folder)
    >>> [int(v) for v in tf.data.experimental.load(folder)]
    [0, 1, 2, 3, 4, 5]
    """
    return Dataset.load(path, element_spec, compression, reader_func)


def sample_from_datasets(
    datasets: Any, weights: Any = None, seed: Any = None, stop_on_empty_dataset: bool = False
) -> Dataset:
    """See `Dataset.sample_from_datasets`.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> made = tf.data.experimental.sample_from_datasets([data, data], weights=[0.5, 0.5], seed=1)
    >>> len(list(made))
    12
    """
    return Dataset.sample_from_datasets(datasets, weights, seed, stop_on_empty_dataset)


def save(
    dataset: Dataset, path: str, compression: str | None = None, shard_func: Callable[..., Any] | None = None,
    checkpoint_args: Any = None,
) -> None:  # fmt: skip
    """See `Dataset.save`.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> import tempfile
    >>> folder = tempfile.mkdtemp() + "/saved"
    >>> tf.data.experimental.save(data, folder)
    >>> len(tf.data.Dataset.load(folder))
    6
    """
    dataset.save(path, compression, shard_func, checkpoint_args)


__getattr__ = _missing_name(__name__, globals())
