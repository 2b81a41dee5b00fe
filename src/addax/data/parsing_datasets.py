"""tf.data.experimental.parse_example_dataset and make_batched_features_dataset: records of examples as batches."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from addax.core import dtypes
from addax.core.composite_specs import RaggedTensorSpec, SparseTensorSpec
from addax.core.shapes import TensorShape
from addax.core.spec import TensorSpec
from addax.data import functions
from addax.data.arguments import AUTOTUNE, integer, parallel_calls, positive
from addax.data.dataset import Dataset
from addax.data.file_datasets import TFRecordDataset
from addax.data.nodes.map import MapNode
from addax.ops import parsing, parsing_features
from addax.ops.parsing_features import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    RaggedFeature,
    SparseFeature,
    VarLenFeature,
)  # fmt: skip

_WHO = "parse_example_dataset"


def _spec(feature: Any, count: int | None) -> Any:
    """The spec of a batch of a feature."""
    kind = dtypes.as_dtype(feature.dtype)
    if isinstance(feature, FixedLenFeature):
        return TensorSpec(TensorShape([count]).concatenate(TensorShape(feature.shape)), kind)
    if isinstance(feature, FixedLenSequenceFeature):
        return TensorSpec(TensorShape([count, None]).concatenate(TensorShape(feature.shape)), kind)
    if isinstance(feature, VarLenFeature):
        return SparseTensorSpec([count, None], kind)
    if isinstance(feature, SparseFeature):
        sizes = feature.size if isinstance(feature.size, list | tuple) else [feature.size]
        return SparseTensorSpec([count, *sizes], kind)
    return _ragged_spec(feature, count, kind)


def _ragged_spec(feature: RaggedFeature, count: int | None, kind: dtypes.DType) -> RaggedTensorSpec:
    lengths = [getattr(each, "length", None) for each in feature.partitions]
    ragged = len(lengths)
    while ragged and lengths[ragged - 1] is not None:
        ragged -= 1  # uniform rows inside are dense
    return RaggedTensorSpec([count, None, *lengths], kind, ragged + 1, feature.row_splits_dtype)


def parse_example_dataset(
    features: Mapping[str, Any], num_parallel_calls: Any = 1, deterministic: bool | None = None
) -> Callable[[Dataset], Dataset]:
    """Parse batches of serialized examples; see `tf.io.parse_example`.

    Args:
        features: for each name what to read.
        num_parallel_calls: how many batches to parse at a time.
        deterministic: whether batches stay in order; by default as the dataset's options say.

    Returns:
        A function for `Dataset.apply`.

    Raises:
        ValueError: no features.
        TypeError: (when applied) a dataset of something else than vectors of strings.

    >>> import addax as tf
    >>> feature = tf.train.Feature(int64_list=tf.train.Int64List(value=[5]))
    >>> record = tf.train.Example(features=tf.train.Features(feature={"x": feature})).SerializeToString()
    >>> parse = tf.data.experimental.parse_example_dataset({"x": tf.io.FixedLenFeature([], tf.int64)})
    >>> next(iter(tf.data.Dataset.from_tensors([record]).apply(parse)))["x"].numpy().tolist()
    [5]
    """
    if not features:
        raise ValueError(f"{_WHO}: Argument `features` is required, but not specified.")
    parsing_features.columns_needed(_WHO, features)
    threads = parallel_calls(num_parallel_calls, _WHO)

    def transformation(dataset: Dataset) -> Dataset:
        spec = dataset.element_spec
        if not isinstance(spec, TensorSpec) or spec.dtype != dtypes.string or spec.shape.rank not in (None, 1):
            raise TypeError(
                f"Input dataset should be a dataset of vectors of strings. Instead it is `{spec}`. ({_WHO})"
            )
        function = functions.UserFunction(lambda batch: parsing.parse_example(batch, features), spec, _WHO)
        count = spec.shape.as_list()[0] if spec.shape.rank else None
        function.output_spec = {key: _spec(feature, count) for key, feature in features.items()}
        return Dataset(MapNode(dataset._node, function, threads, deterministic, "_ParseExampleDataset"))

    return transformation


def make_batched_features_dataset(
    file_pattern: Any, batch_size: Any, features: Mapping[str, Any], reader: Any = None, label_key: str | None = None,
    reader_args: Any = None, num_epochs: Any = None, shuffle: bool = True, shuffle_buffer_size: Any = 10000,
    shuffle_seed: Any = None, prefetch_buffer_size: Any = None, reader_num_threads: Any = None,
    parser_num_threads: Any = None, sloppy_ordering: bool = False, drop_final_batch: bool = False,
) -> Dataset:  # fmt: skip
    """Files of serialized examples as batches of features.

    Args:
        file_pattern: a glob pattern, or a list of them.
        batch_size: examples in a batch.
        features: for each name what to read; see `tf.io.parse_example`.
        reader: makes a dataset of records of a file name; `tf.data.TFRecordDataset` by default.
        label_key: the feature that is the label.
        reader_args: further positional arguments of `reader`.
        num_epochs: how often to go through the files; None for ever.
        shuffle: random order, of files and of examples.
        shuffle_buffer_size: how many examples to draw from.
        shuffle_seed: makes the order the same in every run of the program.
        prefetch_buffer_size: how many batches to make ahead; chosen by default.
        reader_num_threads: how many files to read at a time; their records come in turns. 1 by default.
        parser_num_threads: how many batches to parse at a time; chosen by default.
        sloppy_ordering: records of files read at the same time come as they get ready.
        drop_final_batch: leave out a last batch that is not full.

    Returns:
        A dataset of dicts of features, or of (dict, label).

    Raises:
        ValueError: a label that is no feature.
        tf.errors.InvalidArgumentError: no file matches.
    """
    who = "make_batched_features_dataset"
    if label_key is not None and label_key not in features:
        raise ValueError(
            f"The `label_key` provided ({label_key}) must be one of the `features` keys: {list(features)}. ({who})"
        )
    open_file = TFRecordDataset if reader is None else reader
    arguments = list(reader_args or [])

    def records(name: Any) -> Dataset:
        return open_file(name, *arguments)

    threads = 1 if reader_num_threads is None else integer(reader_num_threads, who, "reader_num_threads")
    data = Dataset.list_files(file_pattern, shuffle=shuffle, seed=shuffle_seed)
    if threads == AUTOTUNE:
        data = data.interleave(records, num_parallel_calls=AUTOTUNE)
    else:
        data = data.interleave(records, cycle_length=threads, num_parallel_calls=threads)
    if sloppy_ordering:
        options = data.options()
        options.deterministic = False
        data = data.with_options(options)
    data = _without_keys(data)
    if shuffle:
        data = data.shuffle(positive(shuffle_buffer_size, who, "shuffle_buffer_size"), shuffle_seed)
    if num_epochs != 1:
        data = data.repeat(num_epochs)
    data = data.batch(batch_size, drop_remainder=drop_final_batch or num_epochs is None)
    parsers = os.cpu_count() or 1 if parser_num_threads is None else parser_num_threads
    data = data.apply(parse_example_dataset(features, parsers))
    if label_key is not None:

        def labelled(element: dict[str, Any]) -> tuple[dict[str, Any], Any]:
            rest = dict(element)
            return rest, rest.pop(label_key)

        data = data.map(labelled)
    return data.prefetch(AUTOTUNE if prefetch_buffer_size is None else prefetch_buffer_size)


def _without_keys(data: Dataset) -> Dataset:
    """Readers of key-value files give pairs; the values are the examples."""
    spec = data.element_spec
    return data.map(lambda _, value: value) if isinstance(spec, tuple) else data
