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
from addax.data.nodes.group_by_window import GroupByReducerNode
from addax.data.nodes.ignore_errors import AssertCardinalityNode
from addax.data.nodes.pad_to_cardinality import PadNode
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
from addax.data.variant import from_variant as from_variant
from addax.data.variant import to_variant as to_variant
from addax.formats.tfrecord import TFRecordOptions
from addax.formats.tfrecord import TFRecordWriter as _FileWriter

Transformation = Callable[[Dataset], Dataset]

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


class Reducer:
    """Three functions for `group_by_reducer`: start, step and end.

    Args:
        init_func: key -> state.
        reduce_func: (state, element) -> state.
        finalize_func: state -> result.
    """

    def __init__(
        self, init_func: Callable[..., Any], reduce_func: Callable[..., Any], finalize_func: Callable[..., Any]
    ):
        self._init, self._reduce, self._finalize = init_func, reduce_func, finalize_func

    @property
    def init_func(self) -> Callable[..., Any]:
        """key -> state."""
        return self._init

    @property
    def reduce_func(self) -> Callable[..., Any]:
        """(state, element) -> state."""
        return self._reduce

    @property
    def finalize_func(self) -> Callable[..., Any]:
        """state -> result."""
        return self._finalize


class RandomDataset(Dataset):
    """Random integers without end; see `Dataset.random`."""

    def __init__(
        self, seed: Any = None, rerandomize_each_iteration: bool | None = None, name: str | None = None
    ) -> None:
        super().__init__(RandomNode(seed, bool(rerandomize_each_iteration)))


class TFRecordWriter:
    """Writes a dataset of strings to a TFRecord file.

    Args:
        filename: the file.
        compression_type: "" (or None), "GZIP" or "ZLIB".
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


def _method(method: str, *args: Any, **kwargs: Any) -> Transformation:
    def transformation(dataset: Dataset) -> Dataset:
        return getattr(dataset, method)(*args, **kwargs)

    return transformation


def assert_cardinality(expected_cardinality: Any) -> Transformation:
    """Declare how many elements there are; a wrong number is an error while iterating."""
    expected = integer(expected_cardinality, "assert_cardinality", "expected_cardinality")
    return lambda dataset: Dataset(AssertCardinalityNode(dataset._node, expected))


def at(dataset: Dataset, index: Any) -> Any:
    """The element with a number, without making those before it where that is possible.

    Raises:
        tf.errors.OutOfRangeError: there is no such element.
    """
    number = integer(index, "tf.data.experimental.at", "index")
    size = int(dataset._node.cardinality())
    source = dataset._node.source()
    if number < 0 or 0 <= size <= number:
        raise errors.OutOfRangeError(None, None, f"Index out of range [0, {size}):{number}")
    if source is not None:
        return elements.to_tensors(elements.row(source.gather(np.array([number])), 0))
    return dataset.skip(number).take(1).get_single_element()


def bucket_by_sequence_length(
    element_length_func: Callable[..., Any], bucket_boundaries: Any, bucket_batch_sizes: Any,
    padded_shapes: Any = None, padding_values: Any = None, pad_to_bucket_boundary: bool = False,
    no_padding: bool = False, drop_remainder: bool = False,
) -> Transformation:  # fmt: skip
    """See `Dataset.bucket_by_sequence_length`."""
    return _method(
        "bucket_by_sequence_length", element_length_func, bucket_boundaries, bucket_batch_sizes, padded_shapes,
        padding_values, pad_to_bucket_boundary, no_padding, drop_remainder,
    )  # fmt: skip


def cardinality(dataset: Dataset) -> Tensor:
    """See `Dataset.cardinality`."""
    return dataset.cardinality()


def choose_from_datasets(datasets: Any, choice_dataset: Dataset, stop_on_empty_dataset: bool = False) -> Dataset:
    """See `Dataset.choose_from_datasets`."""
    return Dataset.choose_from_datasets(datasets, choice_dataset, stop_on_empty_dataset)


def copy_to_device(target_device: str, source_device: str = "/cpu:0") -> Transformation:
    """Elements on a device: where elements lie is JAX's default device here, so they pass through."""
    return lambda dataset: dataset


def Counter(start: Any = 0, step: Any = 1, dtype: Any = dtypes.int64) -> Dataset:  # noqa: N802  (TensorFlow's name)
    """See `Dataset.counter`."""
    return Dataset.counter(start, step, dtype)


def dense_to_ragged_batch(
    batch_size: Any, drop_remainder: bool = False, row_splits_dtype: Any = dtypes.int64
) -> Transformation:
    """See `Dataset.ragged_batch`."""
    return _method("ragged_batch", batch_size, drop_remainder, row_splits_dtype)


def dense_to_sparse_batch(batch_size: Any, row_shape: Any) -> Transformation:
    """See `Dataset.sparse_batch`."""
    return _method("sparse_batch", batch_size, row_shape)


def enable_debug_mode() -> None:
    """Call functions of datasets made from now on with tensors that have values, one element at a time."""
    functions.set_debug_mode(True)


def enumerate_dataset(start: Any = 0) -> Transformation:
    """See `Dataset.enumerate`."""
    return _method("enumerate", start)


def from_list(elements: list[Any], name: str | None = None) -> Dataset:
    """A dataset of the items of a list.

    Raises:
        ValueError: an empty list, or items of different structures or dtypes.
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
    """See `Iterator.get_next_as_optional`."""
    return iterator.get_next_as_optional()


def get_single_element(dataset: Dataset) -> Any:
    """See `Dataset.get_single_element`."""
    return dataset.get_single_element()


def get_structure(dataset_or_iterator: Any) -> Any:
    """The element spec of a dataset or iterator.

    Raises:
        TypeError: something else.
    """
    spec = getattr(dataset_or_iterator, "element_spec", None)
    if spec is None:
        raise TypeError(
            f"Invalid `dataset_or_iterator`. Expected a dataset or iterator, got {dataset_or_iterator!r:.80}."
        )
    return spec


def group_by_reducer(key_func: Callable[..., Any], reducer: Reducer) -> Transformation:
    """One result per key, by a `Reducer`; results come by key, after all elements."""

    def transformation(dataset: Dataset) -> Dataset:
        key = functions.UserFunction(key_func, dataset.element_spec, "group_by_reducer (key_func)")
        return Dataset(
            GroupByReducerNode(dataset._node, key, reducer.init_func, reducer.reduce_func, reducer.finalize_func)
        )

    return transformation


def group_by_window(
    key_func: Callable[..., Any], reduce_func: Callable[..., Any], window_size: Any = None,
    window_size_func: Callable[..., Any] | None = None,
) -> Transformation:  # fmt: skip
    """See `Dataset.group_by_window`."""
    return _method("group_by_window", key_func, reduce_func, window_size, window_size_func)


def ignore_errors(log_warning: bool = False) -> Transformation:
    """See `Dataset.ignore_errors`."""
    return _method("ignore_errors", log_warning)


def load(
    path: str, element_spec: Any = None, compression: str | None = None, reader_func: Callable[..., Any] | None = None
) -> Dataset:
    """See `Dataset.load`."""
    return Dataset.load(path, element_spec, compression, reader_func)


def map_and_batch(
    map_func: Callable[..., Any], batch_size: Any, num_parallel_batches: Any = None, drop_remainder: bool = False,
    num_parallel_calls: Any = None,
) -> Transformation:  # fmt: skip
    """`map`, then `batch`."""
    if num_parallel_batches is not None and num_parallel_calls is not None:
        raise ValueError(
            "`map_and_batch` allows only one of `num_parallel_batches` and `num_parallel_calls` to be set."
        )
    calls = num_parallel_calls if num_parallel_batches is None else int(batch_size) * int(num_parallel_batches)
    return lambda dataset: dataset.map(map_func, calls).batch(batch_size, drop_remainder)


def pad_to_cardinality(cardinality: Any, mask_key: str = "valid") -> Transformation:
    """Add elements of zeros up to a number, and to every element (a dict) whether it is a real one.

    Args:
        cardinality: the number of elements.
        mask_key: the key of the bool.
    """
    size = integer(cardinality, "pad_to_cardinality", "cardinality")
    return lambda dataset: Dataset(PadNode(dataset._node, size, mask_key))


def parallel_interleave(
    map_func: Callable[..., Any], cycle_length: Any, block_length: Any = 1, sloppy: bool = False,
    buffer_output_elements: Any = None, prefetch_input_elements: Any = None,
) -> Transformation:  # fmt: skip
    """`interleave` on threads.

    Args:
        map_func: takes an element, returns a dataset.
        cycle_length: how many datasets are open at a time.
        block_length: how many elements each gives in its turn.
        sloppy: take elements of whichever dataset has one ready.
        buffer_output_elements: elements to make ahead of the consumer.
        prefetch_input_elements: input elements to make ahead.
    """

    def transformation(dataset: Dataset) -> Dataset:
        ahead = dataset if prefetch_input_elements is None else dataset.prefetch(prefetch_input_elements)
        made = ahead.interleave(map_func, cycle_length, block_length, AUTOTUNE, not sloppy)
        return made if buffer_output_elements is None else made.prefetch(buffer_output_elements)

    return transformation


def prefetch_to_device(device: str, buffer_size: Any = None) -> Transformation:
    """Elements made ahead: they come out as tensors on JAX's default device."""
    return _method("prefetch", AUTOTUNE if buffer_size is None else buffer_size)


def rejection_resample(
    class_func: Callable[..., Any], target_dist: Any, initial_dist: Any = None, seed: Any = None
) -> Transformation:
    """See `Dataset.rejection_resample`."""
    return _method("rejection_resample", class_func, target_dist, initial_dist, seed)


def sample_from_datasets(
    datasets: Any, weights: Any = None, seed: Any = None, stop_on_empty_dataset: bool = False
) -> Dataset:
    """See `Dataset.sample_from_datasets`."""
    return Dataset.sample_from_datasets(datasets, weights, seed, stop_on_empty_dataset)


def save(
    dataset: Dataset, path: str, compression: str | None = None, shard_func: Callable[..., Any] | None = None,
    checkpoint_args: Any = None,
) -> None:  # fmt: skip
    """See `Dataset.save`."""
    dataset.save(path, compression, shard_func, checkpoint_args)


def scan(initial_state: Any, scan_func: Callable[..., Any]) -> Transformation:
    """See `Dataset.scan`."""
    return _method("scan", initial_state, scan_func)


def shuffle_and_repeat(buffer_size: Any, count: Any = None, seed: Any = None) -> Transformation:
    """`shuffle`, then `repeat`."""
    return lambda dataset: dataset.shuffle(buffer_size, seed).repeat(count)


def snapshot(
    path: str, compression: str | None = "AUTO", reader_func: Callable[..., Any] | None = None,
    shard_func: Callable[..., Any] | None = None,
) -> Transformation:  # fmt: skip
    """See `Dataset.snapshot`."""
    return _method("snapshot", path, compression, reader_func, shard_func)


def take_while(predicate: Callable[..., Any]) -> Transformation:
    """See `Dataset.take_while`."""
    return _method("take_while", predicate)


def unbatch() -> Transformation:
    """See `Dataset.unbatch`."""
    return _method("unbatch")


def unique() -> Transformation:
    """See `Dataset.unique`."""
    return _method("unique")


__getattr__ = _missing_name(__name__, globals())
