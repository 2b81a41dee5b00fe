"""Products of matrices and tensors: matmul, matvec, tensordot, einsum."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import dtypes, errors
from addax.core.convert import TensorLike, TensorList
from addax.core.dispatch import op
from addax.core.failures import RefusedDtypeError, UnfitError
from addax.core.refused_dtypes import SMALL, UNSIGNED
from addax.core.sizes import differ
from addax.core.tensor import Tensor
from addax.ops import half_precision, small_twins
from addax.ops.casting import cast
from addax.ops.rows import contract, rows_times

__all__ = ["cross", "einsum", "matmul", "matvec", "tensordot"]


def _oriented(x: Any, transpose: Any, adjoint: Any, which: str, who: str) -> Any:
    if transpose and adjoint:
        raise ValueError(f"tf.{who}: only one of transpose_{which} and adjoint_{which} can be True.")
    if adjoint:
        x = jnp.conj(x)
    return jnp.swapaxes(x, -1, -2) if transpose or adjoint else x


@op(kinds="fciu", name="matmul (a @ b)", small=small_twins.matmul)
def _matmul(a: TensorLike, b: TensorLike, transpose_a, transpose_b, adjoint_a, adjoint_b, output_type):
    if a.ndim < 2 or b.ndim < 2:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.matmul (a @ b)",
                expected="matrices: tensors of 2 or more dimensions",
                received=f"a {tuple(a.shape)}, b {tuple(b.shape)}",
                hint="use tf.linalg.matvec for a matrix and a vector, tf.tensordot for vectors",
            )
        )
    left = _oriented(a, transpose_a, adjoint_a, "a", "matmul")
    right = _oriented(b, transpose_b, adjoint_b, "b", "matmul")
    batch = list(zip(a.shape[:-2][::-1], b.shape[:-2][::-1], strict=False))
    if differ(left.shape[-1], right.shape[-2]) or any(m != n and m != 1 and n != 1 for m, n in batch):
        flags = {"transpose_a": transpose_a, "transpose_b": transpose_b, "adjoint_a": adjoint_a, "adjoint_b": adjoint_b}
        used = "".join(f", {flag}=True" for flag, on in flags.items() if on)
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.matmul (a @ b)",
                expected=f"matrix sizes that fit: the inner ones are {left.shape[-1]} and {right.shape[-2]}"
                + (", and leading (batch) dimensions that broadcast" if batch else ""),
                received=f"a {tuple(a.shape)} {a.dtype}, b {tuple(b.shape)} {b.dtype}{used}",
                hint="transpose one of them (transpose_b=True), or check the layer that made it",
            )
        )
    wanted = None if output_type is None else dtypes.as_dtype(output_type).np
    if wanted is None and str(a.dtype) in SMALL | UNSIGNED and not (a.dtype == np.int16 and a.ndim > 2):
        raise RefusedDtypeError(
            errors.message(
                "tf.matmul (a @ b)",
                expected="matrices of a dtype that there is a kernel for",
                received=f"a {a.dtype}",
                hint="cast them: tf.cast(a, tf.int32), or say what comes out: output_type=tf.int32",
            )
        )
    if wanted is None:
        return half_precision.product(rows_times if right.ndim == 2 else _in_dtype, left, right)
    return jnp.matmul(left, right, preferred_element_type=wanted)


def _in_dtype(a: Any, b: Any) -> Any:
    return jnp.matmul(a, b, preferred_element_type=a.dtype)


def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    output_type: Any = None,
    grad_a: bool = False,
    grad_b: bool = False,
    name: str | None = None,
) -> Tensor:
    """The matrix product of the last two dimensions of `a` and `b`; leading dimensions broadcast.

    Args:
        a: a tensor of shape (..., n, k), of floating, complex or integer dtype.
        b: a tensor of shape (..., k, m) of the same dtype.
        transpose_a: whether to transpose the matrices of `a` first.
        transpose_b: likewise for `b`.
        adjoint_a: whether to transpose and conjugate the matrices of `a` first.
        adjoint_b: likewise for `b`.
        a_is_sparse: a hint that `a` holds many zeros; XLA's product is the dense one either way.
        b_is_sparse: likewise for `b`.
        output_type: the dtype to sum in and return, e.g. int32 for int8 matrices; by default the dtype of `a`.
        grad_a: a hint that this product is a gradient for `a`; the result is the same.
        grad_b: likewise for `b`.
        name: ignored.

    Returns:
        A tensor of shape (..., n, m).

    Raises:
        InvalidArgumentError: shapes or dtypes that do not fit.
        ValueError: both transpose and adjoint of one operand.

    >>> import addax as tf
    >>> tf.matmul([[1, 2], [3, 4]], [[1], [1]]).numpy().tolist()
    [[3], [7]]
    """
    return _product(a, b, transpose_a, transpose_b, adjoint_a, adjoint_b, output_type)


def _product(a: Any, b: Any, *options: Any) -> Tensor:
    try:
        return _matmul(a, b, *options)
    except UnfitError:
        pair = _in_single(a, b)
        if pair is None:
            raise
    return _matmul(*pair, *options)


def _in_single(a: Any, b: Any) -> tuple[Any, Any] | None:
    """Operands of which one is bfloat16 and the other float32, which matrix products take, as float32; else None."""
    kinds = {getattr(getattr(each, "dtype", None), "name", None) for each in (a, b)}
    return (cast(a, np.float32), cast(b, np.float32)) if kinds == {"bfloat16", "float32"} else None


def matmul_operator(x: Any, y: Any) -> Tensor:
    """What the operator `@` does."""
    return _product(x, y, False, False, False, False, None)


@op(kinds="fciu", name="linalg.matvec")
def _matvec(a: TensorLike, b: TensorLike, transpose_a, adjoint_a):
    if a.ndim < 2 or b.ndim < 1:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.linalg.matvec",
                expected="a matrix a and a vector b",
                received=f"a {tuple(a.shape)}, b {tuple(b.shape)}",
            )
        )
    left = _oriented(a, transpose_a, adjoint_a, "a", "linalg.matvec")
    if left.shape[-1] != b.shape[-1]:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.linalg.matvec",
                expected=f"a vector of {left.shape[-1]} elements",
                received=f"a {tuple(a.shape)}, b {tuple(b.shape)}",
            )
        )
    return half_precision.product(_in_dtype, left, b[..., None])[..., 0]


def matvec(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    adjoint_a: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The product of matrices and vectors; leading dimensions broadcast.

    Args:
        a: a tensor of shape (..., n, k).
        b: a tensor of shape (..., k) of the same dtype.
        transpose_a: whether to transpose the matrices first.
        adjoint_a: whether to transpose and conjugate them first.
        a_is_sparse: a hint; the product is the dense one either way.
        b_is_sparse: likewise.
        name: ignored.

    Returns:
        A tensor of shape (..., n).

    Raises:
        InvalidArgumentError: shapes or dtypes that do not fit.

    >>> import addax as tf
    >>> tf.linalg.matvec([[1, 2], [3, 4]], [1, 1]).numpy().tolist()
    [3, 7]
    """
    try:
        return _matvec(a, b, transpose_a, adjoint_a)
    except UnfitError:
        pair = _in_single(a, b)
        if pair is None:
            raise
    return _matvec(*pair, transpose_a, adjoint_a)


@op(kinds="fciu")
def tensordot(a: TensorLike, b: TensorLike, axes, name: str | None = None) -> Tensor:
    """The sum of products over axes of `a` and `b`; the remaining axes of `a`, then of `b`, are the result's.

    Args:
        a: a tensor.
        b: a tensor of the same dtype.
        axes: a number n (the last n axes of `a` with the first n of `b`), or two lists of axes.
        name: ignored.

    Raises:
        ValueError: negative or unequal numbers of axes.
        InvalidArgumentError: axes of unequal length.

    >>> import addax as tf
    >>> tf.tensordot([[1, 2], [3, 4]], [10, 1], axes=1).numpy().tolist()
    [12, 34]
    """
    if isinstance(axes, int):
        if axes < 0 or axes > min(a.ndim, b.ndim):
            raise ValueError(
                f"tf.tensordot: axes must be between 0 and the rank of a and b, received {axes} for shapes "
                f"{tuple(a.shape)} and {tuple(b.shape)}."
            )
        pairs = (tuple(range(a.ndim - axes, a.ndim)), tuple(range(axes)))
    else:
        if len(axes) != 2:
            raise ValueError(f"tf.tensordot: axes must be a number or a list of two, received {axes}.")
        pairs = tuple(each if isinstance(each, tuple) else (each,) for each in axes)
        if len(pairs[0]) != len(pairs[1]):
            raise ValueError(f"tf.tensordot: different numbers of axes of a and b: {axes}.")
    if any(a.shape[i] != b.shape[j] for i, j in zip(*pairs, strict=True)):
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.tensordot",
                expected="axes of a and b of equal length",
                received=f"a {tuple(a.shape)}, b {tuple(b.shape)}, axes={axes}",
            )
        )
    if b.ndim == 2 and pairs[1] == (0,) and pairs[0] in ((a.ndim - 1,), (-1,)):
        return half_precision.product(rows_times, a, b)
    return half_precision.product(lambda a, b: jnp.tensordot(a, b, pairs, preferred_element_type=a.dtype), a, b)


@op(kinds="fciub", name="einsum")
def _einsum(inputs: TensorList, equation):
    labels = equation.replace(" ", "").split("->")[0].split(",")
    if len(labels) != len(inputs):
        raise ValueError(
            f"tf.einsum: the equation {equation!r} names {len(labels)} inputs, received {len(inputs)} tensors."
        )
    for label, x in zip(labels, inputs, strict=True):
        if "..." not in label and len(label) != x.ndim:
            raise errors.InvalidArgumentError(
                errors.message(
                    "tf.einsum",
                    expected=f"a tensor of {len(label)} dimensions for {label!r} in {equation!r}",
                    received=f"shape {tuple(x.shape)}",
                )
            )
    if len(inputs) == 2:
        return contract(equation, *inputs)
    return jnp.einsum(equation, *inputs, preferred_element_type=inputs[0].dtype)


def einsum(equation: str, *inputs: Any, **kwargs: Any) -> Tensor:
    """A sum of products, written in Einstein's notation.

    Args:
        equation: e.g. "ij,jk->ik"; without "->", the labels that occur once, in order. "..." stands for leading axes.
        *inputs: the tensors, of one dtype.
        **kwargs: `optimize` (how to order the products: "greedy", "optimal", ...; XLA gets the best order found
            either way) and `name`.

    Raises:
        InvalidArgumentError: shapes that do not fit the equation.
        ValueError: the equation names another number of tensors.
        TypeError: an unknown keyword.

    >>> import addax as tf
    >>> tf.einsum("ij,j->i", [[1, 2], [3, 4]], [1, 1]).numpy().tolist()
    [3, 7]
    """
    unknown = set(kwargs) - {"name", "optimize"}
    if unknown:
        raise TypeError(f"tf.einsum: unknown keyword {sorted(unknown)[0]!r}; it takes optimize and name.")
    return _einsum(list(inputs), equation)


@op(kinds="fciu")
def cross(a: TensorLike, b: TensorLike, name: str | None = None) -> Tensor:
    """The vector product of the last dimension of `a` and `b`, which is 3.

    Args:
        a: a tensor of shape (..., 3).
        b: a tensor of the same shape and dtype.
        name: ignored.

    Raises:
        InvalidArgumentError: unequal shapes, or scalars.
        FailedPreconditionError: a last dimension that is not 3.

    >>> import addax as tf
    >>> tf.linalg.cross([1, 0, 0], [0, 1, 0]).numpy().tolist()
    [0, 0, 1]
    """
    if a.shape != b.shape or not a.ndim or a.shape[-1] != 3:
        kind = errors.InvalidArgumentError if a.shape != b.shape or not a.ndim else errors.FailedPreconditionError
        raise kind(
            errors.message(
                "tf.linalg.cross",
                expected="equal shapes that end in 3",
                received=f"a {tuple(a.shape)}, b {tuple(b.shape)}",
            )
        )
    return jnp.cross(a, b)
