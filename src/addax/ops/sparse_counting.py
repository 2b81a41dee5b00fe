"""Counts of values per row as sparse tensors, and edit distances of sequences."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import convert, errors
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor
from addax.ops.ragged_tensor import RaggedTensor
from addax.ops.sparse_tensor import SparseTensor, expected_sparse

_INT64 = np.dtype(np.int64)


def _rows_and_values(who: str, values: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, int | None]:
    """(the row of each value, the place in the row, the values, how many rows; None for a vector)."""
    if isinstance(values, SparseTensor):
        indices, shape = concrete(values.indices, who), values.known_shape()
        known = concrete(values.values, who)
        if len(shape) == 1:
            return np.zeros(len(known), _INT64), indices[:, -1], known, None
        return indices[:, 0], indices[:, -1], known, shape[0]
    if isinstance(values, RaggedTensor):
        rows = concrete(values.value_rowids(), who)
        splits = concrete(values.row_splits, who)
        return rows, np.arange(len(rows)) - splits[rows], concrete(values.values, who), values.nrows_known()
    known = concrete(convert.convert_to_tensor(values), who)
    if not known.size and known.dtype.kind == "f":
        known = known.astype(np.int32)
    if known.ndim not in (1, 2):
        raise errors.InvalidArgumentError(
            errors.message(f"tf.{who}", expected="values of rank 1 or 2", received=f"shape {known.shape}")
        )
    rows, columns = np.indices(known.shape if known.ndim == 2 else (1, known.size)).reshape(2, -1)
    return rows, columns, known.reshape(-1), known.shape[0] if known.ndim == 2 else None


def _flattened(values: Any) -> Any:
    if isinstance(values, SparseTensor):
        return values.values
    if isinstance(values, RaggedTensor):
        return values.flat_values
    from addax.ops.shaping import reshape

    return reshape(convert.convert_to_tensor(values), [-1])


def _checked_weights(who: str, values: Any, weights: Any, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """A weight for each value."""
    if isinstance(values, SparseTensor | RaggedTensor) and type(weights) is not type(values):
        raise ValueError(
            errors.message(
                f"tf.{who}",
                expected=f"weights of the same kind as values, a {type(values).__name__}",
                received=type(weights).__name__,
            )
        )
    at_rows, at_columns, known, _ = _rows_and_values(who, weights)
    if not (np.array_equal(at_rows, rows) and np.array_equal(at_columns, columns)):
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.{who}",
                expected="weights and values of the same shape, with entries in the same places",
                received=f"{len(rows)} values, {len(known)} weights",
            )
        )
    return known


def bincount(
    values: Any,
    weights: Any = None,
    axis: int | None = 0,
    minlength: Any = None,
    maxlength: Any = None,
    binary_output: bool = False,
    name: str | None = None,
) -> SparseTensor:
    """How often each integer occurs, as a sparse tensor (`tf.sparse.bincount`).

    Args:
        values: integers of 0 and more: a tensor, sparse or ragged tensor of rank 1 or 2.
        weights: what each value counts, in the same structure; by default 1.
        axis: 0 counts over everything, -1 each row by itself.
        minlength: at least so many columns.
        maxlength: so many columns; larger values are left out.
        binary_output: whether to return 1 for everything that occurs.
        name: ignored.

    Returns:
        A sparse tensor of shape (columns,) or (rows, columns), of the weights' dtype or the values'.

    Raises:
        ValueError: another axis, weights of another kind, or binary_output with weights.
        InvalidArgumentError: negative or floating values, or weights of another shape.

    >>> import addax as tf
    >>> tf.sparse.bincount([[1, 1, 3]], axis=-1).values.numpy().tolist()
    [2, 1]
    """
    who = "sparse.bincount"
    if axis not in (0, -1, None):
        raise ValueError(f"tf.{who}: Unsupported value for argument axis={axis}. Only 0 and -1 are supported.")
    if weights is not None and binary_output:
        raise ValueError(f"tf.{who}: Arguments `binary_output` and `weights` are mutually exclusive.")
    if axis != -1:
        if weights is not None:
            weights = _flattened(weights)
        values = _flattened(values)
    rows, columns, known, count = _rows_and_values(who, values)
    if known.dtype.kind not in "iu":
        raise errors.InvalidArgumentError(f"tf.{who}: expected integer values, received {known.dtype}.")
    if known.size and known.min() < 0:
        raise errors.InvalidArgumentError(f"tf.{who}: Input values must all be non-negative: {known.min()}.")
    amounts = None if weights is None else _checked_weights(who, values, weights, rows, columns)
    least = 0 if minlength is None else int(concrete(minlength, who))
    most = -1 if maxlength is None else int(concrete(maxlength, who))
    width = most if most > 0 else max(int(known.max()) + 1 if known.size else 1, least)
    inside = known < width
    places, inverse = np.unique(np.stack([rows, known], 1)[inside].astype(_INT64), axis=0, return_inverse=True)
    out = np.zeros(len(places), known.dtype if amounts is None else amounts.dtype)
    np.add.at(out, inverse.reshape(-1), 1 if amounts is None else amounts[inside])
    if binary_output:
        out = (out > 0).astype(out.dtype)
    if count is None:
        return SparseTensor(places[:, 1:], convert.constant(out), [width])
    return SparseTensor(places, convert.constant(out), [count, width])


def edit_distance(hypothesis: SparseTensor, truth: SparseTensor, normalize: bool = True, name: str = "edit_distance"):
    """The Levenshtein distance of sequences: how many items to insert, delete or replace.

    Args:
        hypothesis: a sparse tensor of sequences along its last axis.
        truth: likewise, of the same rank and dtype.
        normalize: whether to divide by the length of the true sequence (infinite where that is 0).
        name: ignored.

    Returns:
        A float32 tensor of the shape without the last axis.

    Raises:
        TypeError: something that is not sparse.
        InvalidArgumentError: other dtypes, or a rank below 2.

    >>> import addax as tf
    >>> have = tf.SparseTensor([[0, 0], [0, 1]], ["a", "b"], [1, 2])
    >>> tf.edit_distance(have, tf.SparseTensor([[0, 0]], ["a"], [1, 1])).numpy().tolist()
    [1.0]
    """
    pair = [expected_sparse("edit_distance", each) for each in (hypothesis, truth)]
    shapes = [each.known_shape() for each in pair]
    if pair[0].dtype != pair[1].dtype or len(shapes[0]) != len(shapes[1]) or len(shapes[0]) < 2:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.edit_distance",
                expected="two sparse tensors of one dtype and rank, of at least 2",
                received=f"{pair[0].dtype.name} {shapes[0]} and {pair[1].dtype.name} {shapes[1]}",
            )
        )
    lead = tuple(max(sizes) for sizes in zip(shapes[0][:-1], shapes[1][:-1], strict=True))
    have, want = (_sequences(each) for each in pair)
    out = np.zeros(lead, np.float32)
    for place in {*have, *want}:
        distance, size = _levenshtein(have.get(place, []), want.get(place, [])), len(want.get(place, []))
        if normalize:
            out[place] = distance / size if size else np.inf if distance else 0.0
        else:
            out[place] = distance
    return convert.tensor_of(out)


def _sequences(sparse: SparseTensor) -> dict[tuple[int, ...], list[Any]]:
    found: dict[tuple[int, ...], list[Any]] = {}
    values = concrete(sparse.values, "edit_distance").tolist()
    for place, value in zip(concrete(sparse.indices, "edit_distance").tolist(), values, strict=True):
        found.setdefault(tuple(place[:-1]), []).append(value)
    return found


def _levenshtein(a: list[Any], b: list[Any]) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


def counts(
    arr: Any, weights: Any, minlength: Any, maxlength: Any, dtype: Any, axis: int | None, binary_output: bool
) -> Tensor:
    """`tf.math.bincount` of sparse and ragged tensors, whose result is dense."""
    from addax.ops.casting import cast
    from addax.ops.counting import bincount as dense_counts  # which comes here for these types
    from addax.ops.sparse_tensor import to_dense

    if axis != -1:
        flat = None if weights is None else _flattened(weights)
        return dense_counts(_flattened(arr), flat, minlength, maxlength, dtype, binary_output=binary_output)
    out = to_dense(bincount(arr, weights, -1, minlength, maxlength, binary_output))
    return out if weights is not None else cast(out, dtype)
