"""tf.io.parse_sequence_example: serialized `tf.train.SequenceExample`s as tensors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from addax.core import convert, errors
from addax.formats.example_columns import KindError, RecordError
from addax.formats.sequence_columns import StepColumn, contexts, step_columns
from addax.ops import parsing, parsing_features, parsing_probes
from addax.ops.parsing_features import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    RaggedFeature,
    SparseFeature,
    VarLenFeature,
)  # fmt: skip
from addax.ops.ragged_tensor import RaggedTensor
from addax.ops.sparse_tensor import SparseTensor

_CONTEXT = (FixedLenFeature, VarLenFeature, RaggedFeature)
_STEPS = (FixedLenSequenceFeature, VarLenFeature, RaggedFeature)
_ORDER = (VarLenFeature, FixedLenSequenceFeature, RaggedFeature)  # of the results, as TensorFlow's


def _checked(who: str, given: Mapping[str, Any] | None, allowed: tuple[type, ...]) -> dict[str, Any]:
    for key, feature in (given or {}).items():
        if not isinstance(feature, allowed):
            raise ValueError(
                f"{who}: Unsupported {type(feature).__name__} {feature!r:.100} for key {key!r}; expected one of "
                f"{', '.join(each.__name__ for each in allowed)}."
            )
    return dict(given or {})


class _Sequences:
    """The feature lists of some examples, as tensors in the form that features ask for."""

    def __init__(self, who: str, records: Sequence[bytes], kinds: Mapping[str, str], single: bool) -> None:
        self.who, self.single, self.count = who, single, len(records)
        try:
            self.columns = step_columns(records, kinds)
        except KindError as error:
            raise errors.InvalidArgumentError(
                f"{who}: Name: <unknown>, Feature list: {error.key}, Index: {error.index}.  Data types don't match. "
                f"Expected type: {error.expected}, Feature is: {error.found}"
            ) from None
        except RecordError as error:
            raise _damaged(who, records, error) from None

    def read(self, key: str, feature: Any) -> tuple[Any, np.ndarray | None]:
        """One feature list as a tensor, and the numbers of steps where it is padded to one."""
        if isinstance(feature, FixedLenSequenceFeature):
            return self._dense(key, feature)
        if isinstance(feature, VarLenFeature):
            return self._sparse(self.columns[key]), None
        return self._ragged(key, feature), None

    def _dense(self, key: str, feature: FixedLenSequenceFeature) -> tuple[Any, np.ndarray]:
        shape = parsing_features.known_shape(self.who, key, feature)
        column, size = self.columns[key], math.prod(shape)
        if not column.present.all() and not feature.allow_missing:
            raise errors.InvalidArgumentError(
                f"{self.who}: Name: <unknown>, Feature list '{key}' is required but could not be found.  Did you mean "
                "to include it in feature_list_dense_missing_assumed_empty (allow_missing=True)?"
            )
        if (column.steps.counts != size).any():
            raise errors.InvalidArgumentError(
                f"{self.who}: Feature list: {key}.  Number of values != expected.  Values size: "
                f"{column.steps.counts[(column.steps.counts != size).argmax()]} but output shape: {list(shape)}"
            )
        if feature.default_value is not None:
            raise ValueError(f"{self.who}: Value feature_list.dense_defaults[{key}] must be None")
        fill: Any = b"" if column.steps.values.dtype.kind == "O" else 0
        padded = parsing.padded_rows(column.steps.values.reshape(-1, *shape), column.counts, fill)
        return parsing.made(padded[0] if self.single else padded), column.counts

    def _sparse(self, column: StepColumn) -> SparseTensor:
        sizes = column.steps.counts
        example = np.repeat(np.arange(self.count), column.counts)
        step = np.arange(len(sizes)) - np.repeat(np.cumsum(column.counts) - column.counts, column.counts)
        inner = np.arange(len(column.steps.values)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        places = [np.repeat(example, sizes), np.repeat(step, sizes), inner]
        shape = [self.count, column.counts.max(initial=0), sizes.max(initial=0)]
        if self.single:
            places, shape = places[1:], shape[1:]
        indices = np.stack(places, axis=1).astype(np.int64)
        return SparseTensor(
            parsing.made(indices), parsing.made(column.steps.values), parsing.made(np.array(shape, np.int64))
        )

    def _ragged(self, key: str, feature: RaggedFeature) -> Any:
        column = self.columns[feature.value_key or key]
        partitions = []
        for each in feature.partitions:
            uniform = isinstance(each, RaggedFeature.UniformRowLength)
            partitions.append((each, None if uniform else self.columns[each.key].steps))
        splits_dtype = feature.row_splits_dtype.np
        steps = parsing.ragged_from(self.who, key, column.steps, partitions, splits_dtype, feature.validate, False)
        if self.single:
            return steps
        return RaggedTensor.from_row_lengths(steps, column.counts.astype(splits_dtype), validate=False)


def _damaged(who: str, records: Sequence[bytes], error: RecordError) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(
        f"{who}: Invalid protocol message input, value: {records[error.index]!r:.200} ({error})"
    )


def _parsed(
    who: str,
    records: Sequence[bytes],
    context: Mapping[str, Any],
    sequence: Mapping[str, Any],
    names: Any,
    single: bool,
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    context_kinds = parsing_features.columns_needed(who, context)
    step_kinds = parsing_features.columns_needed(who, sequence)
    try:
        as_examples = contexts(records)
    except RecordError as error:
        raise _damaged(who, records, error) from None
    batch = parsing.Batch(who, as_examples, context_kinds, names, single)
    lists = _Sequences(who, records, step_kinds, single)
    found = batch.read_all(context)
    sequences, lengths = {}, {}
    for key, feature in sorted(sequence.items(), key=lambda each: (_ORDER.index(type(each[1])), each[0])):
        sequences[key], counts = lists.read(key, feature)
        if counts is not None:
            lengths[key] = parsing.made(counts)
    return found, sequences, lengths


def parse_sequence_example(
    serialized: Any,
    context_features: Mapping[str, Any] | None = None,
    sequence_features: Mapping[str, Any] | None = None,
    example_names: Any = None,
    name: str | None = None,
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The features of a batch of serialized sequence examples.

    Args:
        serialized: string (n,): `tf.train.SequenceExample`s.
        context_features: what to read from the context: FixedLenFeature, VarLenFeature or RaggedFeature.
        sequence_features: what to read at each step: FixedLenSequenceFeature, VarLenFeature or RaggedFeature.
        example_names: string (n,): what to call the examples in error messages.
        name: ignored.

    Returns:
        Three dicts: tensors of the context (n, ...), tensors of the steps (n, steps, ...), and for the dense ones among
        these the numbers of steps, int64 (n,).

    Raises:
        ValueError: nothing to read, or features that cannot be.
        InvalidArgumentError: an example is damaged, lacks a feature, or has another kind or number of values.

    >>> import addax as tf
    >>> label = tf.train.Feature(int64_list=tf.train.Int64List(value=[1]))
    >>> record = tf.train.SequenceExample(context=tf.train.Features(feature={"label": label})).SerializeToString()
    >>> context, _, _ = tf.io.parse_sequence_example([record], {"label": tf.io.FixedLenFeature([], tf.int64)})
    >>> context["label"].numpy().tolist()
    [1]
    """
    who = "tf.io.parse_sequence_example"
    if not context_features and not sequence_features:
        raise ValueError(
            f"{who}: Both `context_features` and `sequence_features` argument are None, but at least one should have "
            "values."
        )
    context = _checked(who, context_features, _CONTEXT)
    sequence = _checked(who, sequence_features, _STEPS)
    records = parsing.serialized_strings(who, serialized)
    records = parsing_probes.sequence_examples(who, records, context, sequence)
    names = None if example_names is None else np.asarray(convert.value_of(example_names)).reshape(-1)
    return _parsed(who, records.reshape(-1).tolist(), context, sequence, names, records.ndim == 0)


def parse_single_sequence_example(
    serialized: Any,
    context_features: Mapping[str, Any] | None = None,
    sequence_features: Mapping[str, Any] | None = None,
    example_name: Any = None,
    name: str | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The features of one serialized sequence example; see `parse_sequence_example`.

    Args:
        serialized: string (): a `tf.train.SequenceExample`.
        context_features: what to read from the context.
        sequence_features: what to read at each step.
        example_name: string (): what to call the example in error messages.
        name: ignored.

    Returns:
        Two dicts: tensors of the context, and tensors of the steps (steps, ...).

    Raises:
        ValueError: nothing to read, or serialized is no scalar.
        InvalidArgumentError: as `parse_sequence_example`.

    >>> import addax as tf
    >>> step = tf.train.Feature(int64_list=tf.train.Int64List(value=[7]))
    >>> lists = tf.train.FeatureLists(feature_list={"a": tf.train.FeatureList(feature=[step, step])})
    >>> data = tf.train.SequenceExample(feature_lists=lists).SerializeToString()
    >>> feature = tf.io.FixedLenSequenceFeature([], tf.int64)
    >>> tf.io.parse_single_sequence_example(data, sequence_features={"a": feature})[1]["a"].numpy().tolist()
    [7, 7]
    """
    who = "tf.io.parse_single_sequence_example"
    if not context_features and not sequence_features:
        raise ValueError(
            f"{who}: Both context_features and sequence_features are None, but at least one should have values."
        )
    context = _checked(who, context_features, (*_CONTEXT, SparseFeature))
    sequence = _checked(who, sequence_features, _STEPS)
    records = parsing.serialized_strings(who, serialized)
    if records.ndim:
        raise ValueError(f"{who}: Input serialized must be a scalar, received shape {list(records.shape)}.")
    records = parsing_probes.sequence_examples(who, records, context, sequence)
    names = None if example_name is None else np.asarray(convert.value_of(example_name)).reshape(-1)
    return _parsed(who, [records[()]], context, sequence, names, True)[:2]
