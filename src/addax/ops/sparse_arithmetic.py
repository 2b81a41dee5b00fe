"""Arithmetic of sparse tensors: sums, products, reductions, softmax (`tf.sparse`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import convert, dtypes, errors
from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import UnfitError, op
from addax.core.indexed_slices import IndexedSlices
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor
from addax.ops import arithmetic
from addax.ops.gathering import gather
from addax.ops.sparse_shaping import ints, known_places, whole_numbers
from addax.ops.sparse_tensor import SparseTensor, expected_sparse

_INT64 = np.dtype(np.int64)


# ---------------------------------------------------------------------------- two sparse tensors


@op(name="sparse.add")
def _spread(values: FreeLike, at: FreeLike, count: int) -> Any:
    """Values at their positions among `count` entries, 0 elsewhere."""
    return jnp.zeros((count,), values.dtype).at[at].add(values)


def _union(who: str, a: SparseTensor, b: SparseTensor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(all places in row-major order; where the entries of `a`, and those of `b`, are among them)."""
    if a.known_shape() != b.known_shape():
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.{who}", expected="operands' shapes to match", received=f"{a.known_shape()} and {b.known_shape()}"
            )
        )
    if a.dtype != b.dtype:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.{who}", expected="sparse tensors of one dtype", received=f"{a.dtype.name} and {b.dtype.name}",
                hint=f"cast one of them: tf.cast(b, tf.{a.dtype.name})",
            )
        )  # fmt: skip
    first, second = known_places(a, who), known_places(b, who)
    every, inverse = np.unique(np.concatenate([first, second]), axis=0, return_inverse=True)
    inverse = inverse.reshape(-1)
    return every.reshape(-1, len(a.known_shape())), inverse[: len(first)], inverse[len(first) :]


def add(a: Any, b: Any, threshold: Any = 0) -> Any:
    """The sum of two tensors of which at least one is sparse.

    Args:
        a: a sparse tensor or a tensor.
        b: likewise, of the same shape and dtype.
        threshold: where both sparse tensors have an entry, sums smaller than this in magnitude are left out.

    Returns:
        A sparse tensor if both are, else a tensor.

    Raises:
        TypeError: no sparse tensor among them.
        InvalidArgumentError: shapes or dtypes that differ.

    >>> import addax as tf
    >>> s = tf.SparseTensor([[0, 1]], [2.0], [1, 2])
    >>> tf.sparse.add(s, s).values.numpy().tolist(), tf.sparse.add(s, tf.ones([1, 2])).numpy().tolist()
    ([4.0], [[1.0, 3.0]])
    """
    if not isinstance(a, SparseTensor) and not isinstance(b, SparseTensor):
        raise TypeError("tf.sparse.add: at least one input should be a SparseTensor; use tf.add for tensors.")
    if not (isinstance(a, SparseTensor) and isinstance(b, SparseTensor)):
        sparse, other = (a, b) if isinstance(a, SparseTensor) else (b, a)
        return _dense_sum(sparse.values, convert.convert_to_tensor(other), sparse.indices, sparse.known_shape())
    if a.dtype is dtypes.string or b.dtype is dtypes.string:
        raise TypeError("tf.sparse.add: expected numbers, received sparse tensors of strings.")
    every, at_a, at_b = _union("sparse.add", a, b)
    total = _spread(a.values, ints(at_a), len(every)) + _spread(b.values, ints(at_b), len(every))
    least = np.asarray(concrete(threshold, "sparse.add"))
    if least > 0:
        both = np.bincount(at_a, minlength=len(every)) + np.bincount(at_b, minlength=len(every)) > 1
        keep = np.flatnonzero(~both | (np.abs(concrete(total, "sparse.add")) >= least))
        every, total = every[keep], gather(total, ints(keep))
    return SparseTensor(ints(every), total, a.dense_shape)


@op(name="sparse.add")
def _dense_sum(values: TensorLike, dense: TensorLike, indices: FreeLike, shape: Any) -> Any:
    if tuple(dense.shape) != tuple(shape):
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.sparse.add", expected=f"a tensor of the sparse one's shape {shape}", received=tuple(dense.shape)
            )
        )
    return dense.at[tuple(jnp.moveaxis(indices, -1, 0))].add(values)


def _elementwise(who: str, a: Any, b: Any, how: Callable[..., Tensor]) -> SparseTensor:
    first, second = expected_sparse(who, a), expected_sparse(who, b)
    every, at_a, at_b = _union(who, first, second)
    values = how(_spread(first.values, ints(at_a), len(every)), _spread(second.values, ints(at_b), len(every)))
    return SparseTensor(ints(every), values, first.dense_shape)


def maximum(sp_a: SparseTensor, sp_b: SparseTensor, name: str | None = None) -> SparseTensor:
    """The larger of two sparse tensors, entry by entry; what is missing counts as 0.

    Args:
        sp_a: a sparse tensor.
        sp_b: another one of the same shape and dtype.
        name: ignored.

    Raises:
        InvalidArgumentError: shapes or dtypes that differ.

    >>> import addax as tf
    >>> a, b = tf.SparseTensor([[0]], [-1], [2]), tf.SparseTensor([[1]], [3], [2])
    >>> tf.sparse.maximum(a, b).values.numpy().tolist()
    [0, 3]
    """
    return _elementwise("sparse.maximum", sp_a, sp_b, arithmetic.maximum)


def minimum(sp_a: SparseTensor, sp_b: SparseTensor, name: str | None = None) -> SparseTensor:
    """The smaller of two sparse tensors, entry by entry; otherwise as `tf.sparse.maximum`.

    >>> import addax as tf
    >>> a, b = tf.SparseTensor([[0]], [-1], [2]), tf.SparseTensor([[1]], [3], [2])
    >>> tf.sparse.minimum(a, b).values.numpy().tolist()
    [-1, 0]
    """
    return _elementwise("sparse.minimum", sp_a, sp_b, arithmetic.minimum)


def map_values(op: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`op` on the entries of sparse tensors that have them in the same places.

    Args:
        op: a function that keeps the shape of its arguments.
        *args: what to call it with; sparse tensors become their values.
        **kwargs: likewise.

    Raises:
        ValueError: no sparse tensor among the arguments.
        InvalidArgumentError: entries in different places.

    >>> import addax as tf
    >>> tf.sparse.map_values(tf.square, tf.SparseTensor([[1]], [3], [2])).values.numpy().tolist()
    [9]
    """
    every = [each for each in (*args, *kwargs.values()) if isinstance(each, SparseTensor)]
    if not every:
        raise ValueError("tf.sparse.map_values: expected a SparseTensor among the arguments, received none.")
    first = every[0]
    for other in every[1:]:
        same = other.indices is first.indices or np.array_equal(
            known_places(first, "sparse.map_values"), known_places(other, "sparse.map_values")
        )
        if not same or first.known_shape() != other.known_shape():
            raise errors.InvalidArgumentError(
                "tf.sparse.map_values: expected sparse tensors with the same dense_shape and indices; they differ."
            )

    def plain(each: Any) -> Any:
        return each.values if isinstance(each, SparseTensor) else each

    out = op(*[plain(each) for each in args], **{key: plain(each) for key, each in kwargs.items()})
    return SparseTensor(first.indices, out, first.dense_shape)


# ---------------------------------------------------------------------------- products


@op(name="sparse.sparse_dense_matmul")
def _matmul(values: TensorLike, b: TensorLike, indices: FreeLike, shape: Any, adjoint_a: bool, adjoint_b: bool) -> Any:
    if len(shape) != 2 or b.ndim != 2:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.sparse.sparse_dense_matmul",
                expected="two matrices",
                received=f"sp_a of shape {shape}, b of shape {tuple(b.shape)}",
            )
        )
    if adjoint_b:
        b = jnp.conj(b.T)
    rows, columns = indices[:, 0], indices[:, 1]
    height, width = shape
    if adjoint_a:
        rows, columns, height, width, values = columns, rows, width, height, jnp.conj(values)
    if width != b.shape[0]:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.sparse.sparse_dense_matmul: Cannot multiply A and B because inner dimension does not match",
                received=f"{width} columns of sp_a, {b.shape[0]} rows of b",
            )
        )
    return jnp.zeros((height, b.shape[1]), b.dtype).at[rows].add(values[:, None] * b[columns])


def sparse_dense_matmul(
    sp_a: Any, b: Any, adjoint_a: bool = False, adjoint_b: bool = False, name: str | None = None
) -> Tensor:
    """The product of a sparse and a dense matrix.

    Args:
        sp_a: a sparse matrix; or a dense one, if `b` is sparse.
        b: a matrix of the same dtype.
        adjoint_a: whether to take the conjugate transpose of `sp_a`.
        adjoint_b: whether to take that of `b`.
        name: ignored.

    Returns:
        A tensor. Gradients reach the entries and the dense matrix.

    Raises:
        TypeError: two sparse matrices.
        InvalidArgumentError: shapes or dtypes that do not fit.

    >>> import addax as tf
    >>> tf.sparse.sparse_dense_matmul(tf.sparse.eye(2), [[1.0, 2.0], [3.0, 4.0]]).numpy().tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    if isinstance(b, SparseTensor):
        if isinstance(sp_a, SparseTensor):
            raise TypeError(
                "tf.sparse.sparse_dense_matmul: one of the matrices has to be dense; make one with tf.sparse.to_dense."
            )
        from addax.ops.linalg import adjoint  # used here only

        return adjoint(sparse_dense_matmul(b, sp_a, not adjoint_b, not adjoint_a))
    sparse = expected_sparse("sparse.sparse_dense_matmul", sp_a)
    dense = convert.convert_to_tensor(b)
    return _matmul(sparse.values, dense, sparse.indices, sparse.known_shape(), bool(adjoint_a), bool(adjoint_b))


def sampled_addmm(
    indices: Any,
    values: Any,
    dense_shape: Any,
    mat1: Any,
    mat2: Any,
    beta: Any = 1.0,
    alpha: Any = 1.0,
    output_type: Any = dtypes.float32,
) -> tuple[Tensor, Tensor, Tensor]:
    """beta * values + alpha * (mat1 @ mat2), at the places of a sparse tensor only.

    Args:
        indices: int (..., n, 2), the row and column of each entry.
        values: (..., n).
        dense_shape: the shape of the whole.
        mat1: a tensor (..., rows, inner).
        mat2: a tensor (..., inner, columns).
        beta: what the values are multiplied with.
        alpha: what the product is multiplied with.
        output_type: the dtype everything is cast to.

    Returns:
        (indices, values, dense_shape) of the result.

    >>> import addax as tf
    >>> out = tf.sparse.sampled_addmm([[0, 1]], [1.0], [2, 2], tf.eye(2), [[1.0, 2.0], [3.0, 4.0]])
    >>> out[1].numpy().tolist()
    [3.0]
    """
    from addax.ops.casting import cast

    places, shape = convert.convert_to_tensor(indices), convert.convert_to_tensor(dense_shape)
    first, second = convert.convert_to_tensor(mat1), convert.convert_to_tensor(mat2)
    out = _sampled(
        cast(convert.convert_to_tensor(values), output_type), cast(first, output_type), cast(second, output_type),
        cast(convert.convert_to_tensor(beta), output_type), cast(convert.convert_to_tensor(alpha), output_type), places,
    )  # fmt: skip
    return places, out, shape


@op(name="sparse.sampled_addmm")
def _sampled(
    values: TensorLike, mat1: TensorLike, mat2: TensorLike, beta: TensorLike, alpha: TensorLike, indices: FreeLike
) -> Any:
    if indices.ndim != mat1.ndim or indices.shape[-1] != 2:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.sparse.sampled_addmm",
                expected="indices (..., n, 2) with the batch dimensions of mat1",
                received=f"indices {tuple(indices.shape)}, mat1 {tuple(mat1.shape)}",
            )
        )
    left = jnp.take_along_axis(mat1, indices[..., :1], -2)
    right = jnp.take_along_axis(jnp.swapaxes(mat2, -1, -2), indices[..., 1:], -2)
    return beta * values + alpha * jnp.sum(left * right, -1, dtype=values.dtype)


# ---------------------------------------------------------------------------- reductions


@op(name="sparse.reduce_sum")
def _reduced(values: TensorLike, rows: FreeLike, count: int, how: str) -> Any:
    """Groups of entries folded; groups without entries are 0."""
    if how == "sum":
        return jnp.zeros((count,), values.dtype).at[rows].add(values)
    out = jax.ops.segment_max(values, rows, count)
    filled = jnp.zeros((count,), bool).at[rows].set(True)
    return jnp.where(filled, out, jnp.zeros((), values.dtype))


def _reduce(who: str, how: str, sp_input: Any, axis: Any, keepdims: Any, output_is_sparse: bool) -> Any:
    sparse = expected_sparse(who, sp_input)
    shape = sparse.known_shape()
    rank = len(shape)
    axes = range(rank) if axis is None else whole_numbers(who, "axis", axis).reshape(-1).tolist()
    if any(not -rank <= each < rank for each in axes):
        raise errors.InvalidArgumentError(
            errors.message(f"tf.{who}", expected=f"axes in the range [-{rank}, {rank})", received=list(axes))
        )
    gone = {each % rank for each in axes}
    left = [i for i in range(rank) if i not in gone]
    out_shape = [1 if i in gone else shape[i] for i in range(rank)] if keepdims else [shape[i] for i in left]
    indices = sparse.indices._value if not output_is_sparse else known_places(sparse, who)
    if output_is_sparse:
        kept, inverse = np.unique(indices[:, left], axis=0, return_inverse=True)
        values = _reduced(sparse.values, ints(inverse.reshape(-1)), len(kept), how)
        wide = np.zeros((len(kept), len(out_shape)), _INT64)
        wide[:, left if keepdims else slice(None)] = kept
        return SparseTensor(ints(wide), values, ints(np.asarray(out_shape, _INT64)))
    strides = np.array([int(np.prod([shape[j] for j in left if j > i])) for i in left], _INT64)
    rows = (indices[:, np.array(left, np.int64)] * strides).sum(-1) if left else indices[:, 0] * 0
    flat = _reduced(sparse.values, ints(rows), int(np.prod([shape[i] for i in left])), how)
    from addax.ops.shaping import reshape

    return reshape(flat, out_shape)


def reduce_sum(
    sp_input: SparseTensor,
    axis: Any = None,
    keepdims: bool | None = None,
    output_is_sparse: bool = False,
    name: str | None = None,
) -> Any:
    """The sum over axes of a sparse tensor.

    Args:
        sp_input: a sparse tensor.
        axis: an axis or several; all by default.
        keepdims: whether reduced axes stay, with size 1.
        output_is_sparse: whether the result is sparse.
        name: ignored.

    Returns:
        A tensor, or a sparse tensor.

    Raises:
        InvalidArgumentError: an axis that does not exist.

    >>> import addax as tf
    >>> tf.sparse.reduce_sum(tf.SparseTensor([[0, 0], [0, 2]], [1, 2], [2, 3]), axis=1).numpy().tolist()
    [3, 0]
    """
    return _reduce("sparse.reduce_sum", "sum", sp_input, axis, keepdims, output_is_sparse)


def reduce_max(
    sp_input: SparseTensor,
    axis: Any = None,
    keepdims: bool | None = None,
    output_is_sparse: bool = False,
    name: str | None = None,
) -> Any:
    """The maximum of the entries along axes of a sparse tensor (zeros that have no entry do not count).

    Where there is no entry the result is 0. Otherwise as `tf.sparse.reduce_sum`.

    >>> import addax as tf
    >>> tf.sparse.reduce_max(tf.SparseTensor([[0, 0], [0, 2]], [-1, -2], [2, 3]), axis=1).numpy().tolist()
    [-1, 0]
    """
    return _reduce("sparse.reduce_max", "max", sp_input, axis, keepdims, output_is_sparse)


@op(kinds="f", name="sparse.softmax")
def _softmax(values: TensorLike, indices: FreeLike) -> Any:
    count = values.shape[0]
    lead = indices[:, :-1]
    same = jnp.concatenate([jnp.zeros((min(count, 1),), bool), (lead[1:] == lead[:-1]).all(-1)])
    rows = jnp.cumsum(~same) - 1
    top = jax.lax.stop_gradient(jax.ops.segment_max(values, rows, count))[rows] if count else values
    powers = jnp.exp(values - top)
    return powers / jax.ops.segment_sum(powers, rows, max(count, 1))[rows]


def softmax(sp_input: SparseTensor, name: str | None = None) -> SparseTensor:
    """Softmax over the entries of each row (the last axis); places without entries stay empty.

    Args:
        sp_input: a floating sparse tensor of rank 2 or more, entries in row-major order.
        name: ignored.

    Raises:
        InvalidArgumentError: a vector, or a dtype that is not floating.

    >>> import addax as tf
    >>> tf.sparse.softmax(tf.SparseTensor([[0, 0], [0, 2]], [1.0, 1.0], [1, 3])).values.numpy().tolist()
    [0.5, 0.5]
    """
    sparse = expected_sparse("sparse.softmax", sp_input)
    if len(sparse.known_shape()) < 2:
        raise errors.InvalidArgumentError(
            errors.message("tf.sparse.softmax", expected="a rank of at least 2", received=f"shape {sparse.shape}")
        )
    return sparse.with_values(_softmax(sparse.values, sparse.indices))


# ---------------------------------------------------------------------------- others


def eye(num_rows: Any, num_columns: Any = None, dtype: Any = dtypes.float32, name: str | None = None) -> SparseTensor:
    """A sparse matrix with ones on the diagonal.

    Args:
        num_rows: how many rows.
        num_columns: how many columns; as many as rows by default.
        dtype: the element type.
        name: ignored.

    >>> import addax as tf
    >>> tf.sparse.to_dense(tf.sparse.eye(1, 2)).numpy().tolist()
    [[1.0, 0.0]]
    """
    sizes = [concrete(each, "sparse.eye") for each in (num_rows, num_rows if num_columns is None else num_columns)]
    if any(each.ndim or each.dtype.kind != "i" or each < 0 for each in sizes):
        raise UnfitError(
            errors.message(
                "tf.sparse.eye",
                expected="num_rows and num_columns that are integers of 0 or more",
                received=f"{num_rows!r} and {num_columns!r}",
            )
        )
    if dtypes.as_dtype(dtype) == dtypes.string:
        raise UnfitError("tf.sparse.eye: expected a dtype of numbers or bools, received tf.string.")
    rows, columns = map(int, sizes)
    diagonal = np.arange(min(rows, columns))
    ones = convert.constant(np.ones(len(diagonal), dtypes.as_dtype(dtype).np))
    return SparseTensor(ints(np.stack([diagonal, diagonal], 1)), ones, ints([rows, columns]))


def mask(a: IndexedSlices, mask_indices: Any, name: str | None = None) -> IndexedSlices:
    """IndexedSlices without some rows.

    Args:
        a: a `tf.IndexedSlices`.
        mask_indices: the numbers of the rows to leave out.
        name: ignored.

    >>> import addax as tf
    >>> slices = tf.IndexedSlices(tf.constant([[1.0], [2.0]]), tf.constant([4, 7]))
    >>> tf.sparse.mask(slices, [4]).indices.numpy().tolist()
    [7]
    """
    known = concrete(a.indices, "sparse.mask")
    keep = ints(np.flatnonzero(~np.isin(known, whole_numbers("sparse.mask", "mask_indices", mask_indices))))
    return IndexedSlices(gather(a.values, keep), gather(a.indices, keep), a.dense_shape)


__all__ = [
    "add",
    "eye",
    "map_values",
    "mask",
    "maximum",
    "minimum",
    "reduce_max",
    "reduce_sum",
    "sampled_addmm",
    "softmax",
    "sparse_dense_matmul",
]
