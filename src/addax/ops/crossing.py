"""Crosses of categorical features: each combination of the values in a row as one value (`tf.sparse.cross`, ...)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from addax.core import convert, dtypes, errors
from addax.core.static_arguments import concrete
from addax.ops.hashing import cat_fingerprints, fingerprint64
from addax.ops.ragged_tensor import RaggedTensor, ints
from addax.ops.sparse_tensor import SparseTensor

_DEFAULT_KEY = 0xDECAFCAFFE
_MASK = 0xFFFFFFFFFFFFFFFF
_LARGEST = 2**63 - 1

Columns = list[list[list[Any]]]  # for each input, the values of each row


def _rows_of(who: str, given: Any) -> list[list[Any]]:
    """The values of each row of one input."""
    if isinstance(given, SparseTensor):
        indices, values = concrete(given.indices, who), concrete(given.values, who)
        rows: list[list[Any]] = [[] for _ in range(given.known_shape()[0])]
        for (row, *_), value in zip(indices.tolist(), _plain(values), strict=True):
            rows[row].append(value)
        return rows
    if isinstance(given, RaggedTensor):
        if given.ragged_rank != 1 or len(given.flat_values.shape) != 1:
            raise ValueError(
                errors.message(f"tf.{who}", expected="ragged tensors with ragged_rank 1", received=f"{given.shape}")
            )
        splits = concrete(given.row_splits, who)
        values = _plain(concrete(given.values, who))
        return [values[a:b] for a, b in itertools.pairwise(splits.tolist())]
    array = concrete(convert.convert_to_tensor(given), who)
    if array.ndim != 2:
        raise errors.InvalidArgumentError(
            errors.message(f"tf.{who}", expected="inputs should be matrices", received=f"shape {array.shape}")
        )
    return [_plain(row) for row in array]


def _plain(values: np.ndarray) -> list[Any]:
    """Strings as they are, numbers as ints."""
    return values.tolist() if values.dtype.kind == "O" else values.astype(np.int64).tolist()


def _columns(who: str, inputs: Sequence[Any]) -> Columns:
    columns = [_rows_of(who, each) for each in inputs]
    sizes = {len(rows) for rows in columns}
    if len(sizes) > 1:
        raise errors.InvalidArgumentError(
            errors.message(f"tf.{who}", expected="inputs with the same number of rows", received=sorted(sizes))
        )
    return columns


def _crossed(columns: Columns, combine: Callable[[tuple[Any, ...]], Any]) -> list[list[Any]]:
    """For each row, the combinations of one value of each input, the last input changing fastest."""
    return [[combine(each) for each in itertools.product(*values)] for values in zip(*columns, strict=True)]


def _text(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _joined(separator: bytes) -> Callable[[tuple[Any, ...]], bytes]:
    return lambda values: separator.join(_text(value) for value in values)


def _hashed(num_buckets: int, hash_key: int) -> Callable[[tuple[Any, ...]], int]:
    def combine(values: tuple[Any, ...]) -> int:
        hashed = hash_key & _MASK
        for value in values:
            hashed = cat_fingerprints(hashed, fingerprint64(value) if isinstance(value, bytes) else value & _MASK)
        return hashed % (num_buckets or _LARGEST)

    return combine


def _key(hash_key: Any, who: str) -> int:
    return _DEFAULT_KEY if hash_key is None else int(concrete(hash_key, who))


def _flat(rows: list[list[Any]], strings: bool) -> Any:
    every = [value for row in rows for value in row]
    out = np.empty(len(every), object)
    out[:] = every
    return convert.constant(out if strings else np.array(every, np.int64), dtypes.string if strings else dtypes.int64)


def _as_sparse(rows: list[list[Any]], strings: bool) -> SparseTensor:
    indices = [(i, j) for i, row in enumerate(rows) for j in range(len(row))]
    width = max((len(row) for row in rows), default=0)
    return SparseTensor(np.array(indices, np.int64).reshape(-1, 2), _flat(rows, strings), [len(rows), width])


def _as_ragged(rows: list[list[Any]], strings: bool, splits: np.dtype) -> RaggedTensor:
    lengths = ints([len(row) for row in rows], splits)
    return RaggedTensor.from_row_lengths(_flat(rows, strings), lengths, validate=False)


def _sparse_first(inputs: Any, who: str) -> list[Any]:
    """Sparse inputs before dense ones: TensorFlow's order of the parts of a cross."""
    if not isinstance(inputs, list | tuple):
        raise TypeError(f"tf.{who}: expected a list of inputs, received {type(inputs).__name__}.")
    if any(isinstance(each, RaggedTensor) for each in inputs):
        raise TypeError(f"tf.{who}: expected tensors and sparse tensors; tf.ragged.cross takes ragged ones.")
    return sorted(inputs, key=lambda each: not isinstance(each, SparseTensor))


def cross(inputs: Sequence[Any], name: str | None = None, separator: str | None = None) -> SparseTensor:
    """The combinations of the values in each row, as strings joined by "_X_" (`tf.sparse.cross`).

    Args:
        inputs: matrices of strings or ints, sparse or not, with the same number of rows; in the result the sparse ones
            come first.
        name: ignored.
        separator: what stands between the parts.

    Returns:
        A sparse tensor of strings.

    Raises:
        InvalidArgumentError: an input that is no matrix, or different numbers of rows.

    >>> import addax as tf
    >>> tf.sparse.cross([[["a", "b"]], [["c"]]]).values.numpy().tolist()
    [b'a_X_c', b'b_X_c']
    """
    columns = _columns("sparse.cross", _sparse_first(inputs, "sparse.cross"))
    between = b"_X_" if separator is None else _text(np.asarray(concrete(separator, "sparse.cross")).item())
    return _as_sparse(_crossed(columns, _joined(between)), True)


def cross_hashed(
    inputs: Sequence[Any], num_buckets: int = 0, hash_key: int | None = None, name: str | None = None
) -> SparseTensor:
    """The combinations of the values in each row, as hashes (`tf.sparse.cross_hashed`).

    Args:
        inputs: as for `tf.sparse.cross`.
        num_buckets: hashes are taken modulo this; 0 leaves them whole.
        hash_key: what the hash starts with.
        name: ignored.

    Returns:
        A sparse tensor of int64.

    >>> import addax as tf
    >>> tf.sparse.cross_hashed([[["a"]], [["x"]]], 100).values.numpy().tolist()
    [92]
    """
    columns = _columns("sparse.cross_hashed", _sparse_first(inputs, "sparse.cross_hashed"))
    if num_buckets < 0:
        raise errors.InvalidArgumentError(f"tf.sparse.cross_hashed: num_buckets must be 0 or more, is {num_buckets}.")
    combine = _hashed(int(num_buckets), _key(hash_key, "sparse.cross_hashed"))
    return _as_sparse(_crossed(columns, combine), False)


def _in_order(inputs: Any, who: str) -> tuple[Columns, Any]:
    """(the columns, the dtype of row splits: int32 where a ragged input has it)"""
    if not isinstance(inputs, list | tuple):
        raise TypeError(f"tf.{who}: expected a list of inputs, received {type(inputs).__name__}.")
    small = False
    for each in inputs:
        if isinstance(each, RaggedTensor):
            small = small or each.row_splits.dtype is dtypes.int32
            if each.dtype.is_floating:
                raise ValueError(f"tf.{who}: Unexpected dtype for inputs: {each.dtype.name}; strings or integers.")
    return _columns(who, inputs), np.dtype(np.int32 if small else np.int64)


def ragged_cross(inputs: Sequence[Any], name: str | None = None) -> RaggedTensor:
    """The combinations of the values in each row, as strings joined by "_X_" (`tf.ragged.cross`).

    Args:
        inputs: ragged, sparse and plain matrices of strings or ints, with the same number of rows.
        name: ignored.

    Returns:
        A ragged tensor of strings.

    >>> import addax as tf
    >>> tf.ragged.cross([tf.ragged.constant([["a"], ["b", "c"]]), [["d"], ["e"]]])
    <tf.RaggedTensor [[b'a_X_d'], [b'b_X_e', b'c_X_e']]>
    """
    columns, splits = _in_order(inputs, "ragged.cross")
    return _as_ragged(_crossed(columns, _joined(b"_X_")), True, splits)


def ragged_cross_hashed(
    inputs: Sequence[Any], num_buckets: int = 0, hash_key: int | None = None, name: str | None = None
) -> RaggedTensor:
    """The combinations of the values in each row, as hashes (`tf.ragged.cross_hashed`).

    Args:
        inputs: as for `tf.ragged.cross`.
        num_buckets: hashes are taken modulo this; 0 leaves them whole.
        hash_key: what the hash starts with.
        name: ignored.

    Returns:
        A ragged tensor of int64.

    >>> import addax as tf
    >>> tf.ragged.cross_hashed([[["a"]], [["x"]]], 100).shape
    TensorShape([1, None])
    """
    columns, splits = _in_order(inputs, "ragged.cross_hashed")
    combine = _hashed(int(num_buckets), _key(hash_key, "ragged.cross_hashed"))
    return _as_ragged(_crossed(columns, combine), False, splits)
