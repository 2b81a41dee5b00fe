"""What `Dataset.apply` takes: steps of pipelines as functions of a dataset (`tf.data.experimental`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.core import dtypes
from addax.data import functions
from addax.data.arguments import AUTOTUNE, integer
from addax.data.dataset import Dataset
from addax.data.nodes.group_by_window import GroupByReducerNode
from addax.data.nodes.ignore_errors import AssertCardinalityNode
from addax.data.nodes.pad_to_cardinality import PadNode

Transformation = Callable[[Dataset], Dataset]


class Reducer:
    """Three functions for `group_by_reducer`: start, step and end.

    Args:
        init_func: key -> state.
        reduce_func: (state, element) -> state.
        finalize_func: state -> result.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> total = tf.data.experimental.Reducer(lambda key: tf.constant(0, tf.int64), lambda a, b: a + b, lambda a: a)
    >>> odd_and_even = data.apply(tf.data.experimental.group_by_reducer(lambda v: v % 2, total))
    >>> [int(v) for v in odd_and_even]
    [6, 9]
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


def _method(method: str, *args: Any, **kwargs: Any) -> Transformation:
    def transformation(dataset: Dataset) -> Dataset:
        return getattr(dataset, method)(*args, **kwargs)

    return transformation


def assert_cardinality(expected_cardinality: Any) -> Transformation:
    """Declare how many elements there are; a wrong number is an error while iterating.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> int(data.apply(tf.data.experimental.assert_cardinality(6)).cardinality())
    6
    """
    expected = integer(expected_cardinality, "assert_cardinality", "expected_cardinality")
    return lambda dataset: Dataset(AssertCardinalityNode(dataset._node, expected))


def bucket_by_sequence_length(
    element_length_func: Callable[..., Any], bucket_boundaries: Any, bucket_batch_sizes: Any,
    padded_shapes: Any = None, padding_values: Any = None, pad_to_bucket_boundary: bool = False,
    no_padding: bool = False, drop_remainder: bool = False,
) -> Transformation:  # fmt: skip
    """See `Dataset.bucket_by_sequence_length`.

    >>> import addax as tf
    >>> rows = tf.data.Dataset.range(1, 4).map(tf.range)
    >>> bucket = tf.data.experimental.bucket_by_sequence_length(lambda v: tf.shape(v)[0], [3], [2, 2])
    >>> [v.numpy().tolist() for v in rows.apply(bucket)]
    [[[0, 0], [0, 1]], [[0, 1, 2]]]
    """
    return _method(
        "bucket_by_sequence_length", element_length_func, bucket_boundaries, bucket_batch_sizes, padded_shapes,
        padding_values, pad_to_bucket_boundary, no_padding, drop_remainder,
    )  # fmt: skip


def copy_to_device(target_device: str, source_device: str = "/cpu:0") -> Transformation:
    """Elements on a device: where elements lie is JAX's default device here, so they pass through.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> [int(v) for v in data.take(2).apply(tf.data.experimental.copy_to_device("/cpu:0"))]
    [0, 1]
    """
    return lambda dataset: dataset


def dense_to_ragged_batch(
    batch_size: Any, drop_remainder: bool = False, row_splits_dtype: Any = dtypes.int64
) -> Transformation:
    """See `Dataset.ragged_batch`.

    >>> import addax as tf
    >>> rows = tf.data.Dataset.range(3).map(tf.range)
    >>> next(iter(rows.apply(tf.data.experimental.dense_to_ragged_batch(3)))).to_list()
    [[], [0], [0, 1]]
    """
    return _method("ragged_batch", batch_size, drop_remainder, row_splits_dtype)


def dense_to_sparse_batch(batch_size: Any, row_shape: Any) -> Transformation:
    """See `Dataset.sparse_batch`.

    >>> import addax as tf
    >>> experimental = tf.data.experimental
    >>> rows = tf.data.Dataset.range(3).map(tf.range)
    >>> tf.sparse.to_dense(next(iter(rows.apply(experimental.dense_to_sparse_batch(3, [2]))))).numpy().tolist()
    [[0, 0], [0, 0], [0, 1]]
    """
    return _method("sparse_batch", batch_size, row_shape)


def enumerate_dataset(start: Any = 0) -> Transformation:
    """See `Dataset.enumerate`.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> [(int(n), int(v)) for n, v in data.take(2).apply(tf.data.experimental.enumerate_dataset(start=5))]
    [(5, 0), (6, 1)]
    """
    return _method("enumerate", start)


def group_by_reducer(key_func: Callable[..., Any], reducer: Reducer) -> Transformation:
    """One result per key, by a `Reducer`; results come by key, after all elements.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> count = tf.data.experimental.Reducer(lambda key: tf.constant(0), lambda a, b: a + 1, lambda a: a)
    >>> [int(v) for v in data.apply(tf.data.experimental.group_by_reducer(lambda v: v // 4, count))]
    [4, 2]
    """

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
    """See `Dataset.group_by_window`.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> made = data.apply(tf.data.experimental.group_by_window(lambda v: v % 2, lambda key, rows: rows.batch(3), 3))
    >>> [v.numpy().tolist() for v in made]
    [[0, 2, 4], [1, 3, 5]]
    """
    return _method("group_by_window", key_func, reduce_func, window_size, window_size_func)


def ignore_errors(log_warning: bool = False) -> Transformation:
    """See `Dataset.ignore_errors`.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> made = data.map(lambda v: tf.debugging.check_numerics(1.0 / tf.cast(v, tf.float32), "no number"))
    >>> len(list(made.apply(tf.data.experimental.ignore_errors())))
    5
    """
    return _method("ignore_errors", log_warning)


def map_and_batch(
    map_func: Callable[..., Any], batch_size: Any, num_parallel_batches: Any = None, drop_remainder: bool = False,
    num_parallel_calls: Any = None,
) -> Transformation:  # fmt: skip
    """`map`, then `batch`.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> [v.numpy().tolist() for v in data.apply(tf.data.experimental.map_and_batch(lambda v: v * 2, 3))]
    [[0, 2, 4], [6, 8, 10]]
    """
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

    >>> import addax as tf
    >>> made = tf.data.Dataset.from_tensor_slices({"x": [5]}).apply(tf.data.experimental.pad_to_cardinality(2))
    >>> [(int(v["x"]), bool(v["valid"])) for v in made]
    [(5, True), (0, False)]
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

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> twice = lambda v: tf.data.Dataset.from_tensors(v).repeat(2)
    >>> made = data.take(2).apply(tf.data.experimental.parallel_interleave(twice, 2))
    >>> [int(v) for v in made]
    [0, 1, 0, 1]
    """

    def transformation(dataset: Dataset) -> Dataset:
        ahead = dataset if prefetch_input_elements is None else dataset.prefetch(prefetch_input_elements)
        made = ahead.interleave(map_func, cycle_length, block_length, AUTOTUNE, not sloppy)
        return made if buffer_output_elements is None else made.prefetch(buffer_output_elements)

    return transformation


def prefetch_to_device(device: str, buffer_size: Any = None) -> Transformation:
    """Elements made ahead: they come out as tensors on JAX's default device.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> [int(v) for v in data.take(2).apply(tf.data.experimental.prefetch_to_device("/cpu:0"))]
    [0, 1]
    """
    return _method("prefetch", AUTOTUNE if buffer_size is None else buffer_size)


def rejection_resample(
    class_func: Callable[..., Any], target_dist: Any, initial_dist: Any = None, seed: Any = None
) -> Transformation:
    """See `Dataset.rejection_resample`.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> odd = tf.data.experimental.rejection_resample(lambda v: tf.cast(v % 2, tf.int32), [0.0, 1.0], seed=1)
    >>> {int(kind) for kind, _ in data.repeat(20).apply(odd)}
    {1}
    """
    return _method("rejection_resample", class_func, target_dist, initial_dist, seed)


def scan(initial_state: Any, scan_func: Callable[..., Any]) -> Transformation:
    """See `Dataset.scan`.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> experimental = tf.data.experimental
    >>> made = data.apply(experimental.scan(tf.constant(0, tf.int64), lambda total, v: (total + v, total + v)))
    >>> [int(v) for v in made]
    [0, 1, 3, 6, 10, 15]
    """
    return _method("scan", initial_state, scan_func)


def shuffle_and_repeat(buffer_size: Any, count: Any = None, seed: Any = None) -> Transformation:
    """`shuffle`, then `repeat`.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> sorted(int(v) for v in data.take(2).apply(tf.data.experimental.shuffle_and_repeat(2, count=2)))
    [0, 0, 1, 1]
    """
    return lambda dataset: dataset.shuffle(buffer_size, seed).repeat(count)


def snapshot(
    path: str, compression: str | None = "AUTO", reader_func: Callable[..., Any] | None = None,
    shard_func: Callable[..., Any] | None = None,
) -> Transformation:  # fmt: skip
    """See `Dataset.snapshot`.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> import tempfile
    >>> made = data.apply(tf.data.experimental.snapshot(tempfile.mkdtemp()))
    >>> [int(v) for v in made]
    [0, 1, 2, 3, 4, 5]
    """
    return _method("snapshot", path, compression, reader_func, shard_func)


def take_while(predicate: Callable[..., Any]) -> Transformation:
    """See `Dataset.take_while`.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> [int(v) for v in data.apply(tf.data.experimental.take_while(lambda v: v < 3))]
    [0, 1, 2]
    """
    return _method("take_while", predicate)


def unbatch() -> Transformation:
    """See `Dataset.unbatch`.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> [int(v) for v in data.batch(4).apply(tf.data.experimental.unbatch())]
    [0, 1, 2, 3, 4, 5]
    """
    return _method("unbatch")


def unique() -> Transformation:
    """See `Dataset.unique`.

    >>> import addax as tf
    >>> data = tf.data.Dataset.range(6)
    >>> [int(v) for v in data.map(lambda v: v % 3).apply(tf.data.experimental.unique())]
    [0, 1, 2]
    """
    return _method("unique")
