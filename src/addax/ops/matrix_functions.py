"""Functions of matrices: transposes, norms, determinants, rank, exponential, logarithm and square root."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from addax.core import errors
from addax.core.convert import TensorLike
from addax.core.dispatch import op
from addax.core.tensor import Tensor
from addax.ops.absolute import absolute
from addax.ops.arithmetic import truediv, unconjugated
from addax.ops.decompositions import adjoint_of, matrices
from addax.ops.elementwise import sqrt
from addax.ops.reductions import may_be_derived, reduction_axes

__all__ = [
    "adjoint",
    "det",
    "expm",
    "logdet",
    "logm",
    "matrix_rank",
    "matrix_transpose",
    "norm",
    "normalize",
    "slogdet",
    "sqrtm",
]


class LogMatrixDeterminant(NamedTuple):
    """The result of `tf.linalg.slogdet`."""

    sign: Any
    log_abs_determinant: Any


@op(name="linalg.matrix_transpose", host=lambda a, conjugate: np.swapaxes(a, -1, -2))
def _matrix_transpose(a: TensorLike, conjugate):
    if a.ndim < 2:
        raise ValueError(f"tf.linalg.matrix_transpose: expected 2 or more dimensions, received shape {tuple(a.shape)}.")
    return adjoint_of(a) if conjugate else jnp.swapaxes(a, -1, -2)


def matrix_transpose(a: Any, name: str | None = "matrix_transpose", conjugate: bool = False) -> Tensor:
    """The transposes of matrices (..., m, n).

    Args:
        a: a tensor of 2 or more dimensions.
        name: ignored.
        conjugate: whether to conjugate too.

    Raises:
        ValueError: fewer than 2 dimensions.

    >>> import addax as tf
    >>> tf.linalg.matrix_transpose([[1, 2], [3, 4]]).numpy().tolist()
    [[1, 3], [2, 4]]
    """
    return _matrix_transpose(a, bool(conjugate))


def adjoint(matrix: Any, name: str | None = None) -> Tensor:
    """The conjugate transposes of matrices (..., m, n).

    >>> import addax as tf
    >>> tf.linalg.adjoint([[1.0, 2.0], [3.0, 4.0]]).numpy().tolist()
    [[1.0, 3.0], [2.0, 4.0]]
    """
    return _matrix_transpose(matrix, True)


# ---------------------------------------------------------------------------- norms


def _largest(x: Any, axis: Any, keepdims: bool = False) -> Any:
    """The maximum along axes; -inf where there is nothing."""
    return jnp.max(x, axis, keepdims=keepdims, initial=None if x.size else -np.inf)


@op(kinds="fciu", name="norm")
def _norm(tensor: TensorLike, ord, axis, keepdims):  # noqa: A002
    return _norm_of(tensor, ord, axis, keepdims)


@op(kinds="fciu", name="norm")
def _squared_norm(tensor: TensorLike, ord, axis, keepdims):  # noqa: A002
    return _norm_of(tensor, ord, axis, keepdims, squared=True)


def _norm_of(tensor: Any, ord: Any, axis: Any, keepdims: bool, squared: bool = False) -> Any:  # noqa: A002
    pair = isinstance(axis, tuple)
    if pair and (len(axis) != 2 or axis[0] == axis[1]):
        raise ValueError("tf.norm: axis must be None, an integer, or a tuple of 2 unique integers.")
    if pair and ord not in ("fro", "euclidean", 1, 2, np.inf):
        raise ValueError(
            f"tf.norm: 'ord' must be a supported matrix norm in ['euclidean', 'fro', 1, 2, inf], got {ord}"
        )
    number = isinstance(ord, int | float) and not isinstance(ord, bool)
    if not pair and ord != "euclidean" and not (number and ord > 0):
        raise ValueError(
            f"tf.norm: 'ord' must be a supported vector norm (a positive number or 'euclidean'), got {ord}"
        )
    axes = reduction_axes("norm", axis, tensor.ndim)
    if tensor.dtype.kind in "iu" and (ord not in (1, np.inf)):
        raise errors.InvalidArgumentError(
            errors.message("tf.norm", expected="a floating or complex tensor", received={"tensor": tensor})
        )
    if ord in ("fro", "euclidean") or (ord == 2 and not pair):
        total = jnp.sum(tensor * jnp.conj(tensor), axes, dtype=tensor.dtype, keepdims=keepdims)
        return total if squared else jnp.sqrt(total)
    if pair and ord == 2:
        moved = jnp.moveaxis(tensor, axes, (-2, -1))
        largest = _largest(jnp.linalg.svd(moved, compute_uv=False), -1)
        return jnp.expand_dims(largest, tuple(sorted(axes))) if keepdims else largest
    size = absolute(tensor)
    if pair:  # 1: the largest sum of a column; inf: of a row
        summed, rest = (axes[0], axes[1]) if ord == 1 else (axes[1], axes[0])
        out = _largest(jnp.sum(size, summed, keepdims=True, dtype=size.dtype), rest, True)
        return out if keepdims else jnp.squeeze(out, axes)
    if ord == np.inf:
        return _largest(size, axes, keepdims)
    if ord == 1:
        return jnp.sum(size, axes, keepdims=keepdims, dtype=size.dtype)
    power = jnp.asarray(ord, size.dtype)
    return jnp.power(jnp.sum(jnp.power(size, power), axes, keepdims=keepdims), 1 / power)


def norm(
    tensor: Any,
    ord: Any = "euclidean",  # noqa: A002
    axis: Any = None,
    keepdims: Any = None,
    name: str | None = None,
) -> Tensor:
    """Norms of vectors or matrices.

    Args:
        tensor: a floating or complex tensor.
        ord: "euclidean", or a positive number for the p-norm of vectors; "fro", 1, 2 or inf for matrices.
        axis: None takes everything as one vector; a number is the axis of vectors; a pair the axes of matrices.
        keepdims: whether those axes stay, with length 1.
        name: ignored.

    Raises:
        ValueError: an unknown `ord` or axis.

    >>> import addax as tf
    >>> tf.norm([3.0, 4.0]).numpy()
    np.float32(5.0)
    """
    if may_be_derived(tensor) and (ord in ("fro", "euclidean") or (ord == 2 and not isinstance(axis, list | tuple))):
        return sqrt(_squared_norm(tensor, ord, axis, bool(keepdims)))
    return _norm(tensor, ord, axis, bool(keepdims))


def normalize(tensor: Any, ord: Any = "euclidean", axis: Any = None, name: str | None = None) -> Any:  # noqa: A002
    """A tensor divided by its norm.

    Args:
        tensor: a floating or complex tensor.
        ord: as for `tf.norm`.
        axis: as for `tf.norm`.
        name: ignored.

    Returns:
        (the normalized tensor, its norm with the reduced axes kept).

    >>> import addax as tf
    >>> tf.linalg.normalize([3.0, 4.0])[0].numpy().round(4).tolist()
    [0.6000000238418579, 0.800000011920929]
    """
    size = norm(tensor, ord, axis, True)
    return truediv(tensor, size), size


# ---------------------------------------------------------------------------- determinants and rank


@op(only="float32 float64 complex64 complex128", name="linalg.det")
def det(input: TensorLike, name: str | None = None) -> Tensor:  # noqa: A002
    """The determinants of square matrices (..., n, n).

    >>> import addax as tf
    >>> float(tf.linalg.det([[2.0, 0.0], [0.0, 4.0]]))
    8.0
    """
    matrices("det", input, square=True)
    if not input.shape[-1]:
        return jnp.ones(input.shape[:-2], input.dtype)
    return _complex_det(input) if input.dtype.kind == "c" else jnp.linalg.det(input)


@jax.custom_jvp
def _complex_det(x: Any) -> Any:
    return jnp.linalg.det(x)


@_complex_det.defjvp
def _complex_det_jvp(primals: Any, tangents: Any) -> Any:
    # TensorFlow's gradient multiplies by the determinant itself, not by its conjugate.
    (x,), (dx,) = primals, tangents
    out = _complex_det(x)
    return out, jnp.conj(out) * jnp.trace(jnp.linalg.solve(x, dx), axis1=-2, axis2=-1)


@op(kinds="fc", name="linalg.slogdet")
def _slogdet(input: TensorLike):  # noqa: A002
    matrices("slogdet", input, square=True)
    if not input.shape[-1]:
        return LogMatrixDeterminant(jnp.ones(input.shape[:-2], input.dtype), jnp.zeros(input.shape[:-2], input.dtype))
    return LogMatrixDeterminant(*_sign_and_log(input))


@jax.custom_jvp
def _sign_and_log(x: Any) -> tuple[Any, Any]:
    sign, log = jnp.linalg.slogdet(x)
    return sign, log.astype(x.dtype)


@_sign_and_log.defjvp
def _sign_and_log_jvp(primals: Any, tangents: Any) -> Any:
    # The logarithm is taken for a complex number, and the sign for a constant.
    (x,), (dx,) = primals, tangents
    sign, log = _sign_and_log(x)
    return (sign, log), (jnp.zeros_like(sign), jnp.trace(jnp.linalg.solve(x, dx), axis1=-2, axis2=-1))


def slogdet(input: Any, name: str | None = None) -> Any:  # noqa: A002
    """The sign of the determinants of square matrices, and the logarithm of their absolute value.

    Returns:
        (sign, log_abs_determinant), a named tuple.

    >>> import addax as tf
    >>> float(tf.linalg.slogdet([[-2.0, 0.0], [0.0, 4.0]]).sign)
    -1.0
    """
    return _slogdet(input)


@op(kinds="fc", name="linalg.logdet")
def logdet(matrix: TensorLike, name: str | None = None) -> Tensor:
    """The logarithm of the determinant of Hermitian positive definite matrices (..., n, n), by Cholesky.

    >>> import addax as tf
    >>> tf.linalg.logdet([[1.0, 0.0], [0.0, 1.0]]).numpy()
    np.float32(0.0)
    """
    matrices("logdet", matrix, square=True)
    root = lax.linalg.cholesky(matrix, symmetrize_input=True)
    diagonal = jnp.real(jnp.diagonal(root, axis1=-2, axis2=-1))
    return 2 * jnp.sum(jnp.log(diagonal), -1)


@op(kinds="f", name="linalg.matrix_rank", differentiable=False)
def _matrix_rank(a: TensorLike, tol):
    matrices("matrix_rank", a)
    s = jnp.linalg.svd(a, compute_uv=False)
    if tol is None:
        eps = float(np.finfo(np.zeros((), a.dtype).real.dtype).eps)
        tol = eps * max(a.shape[-2:]) * jnp.max(s, -1, keepdims=True, initial=0)
    else:
        tol = jnp.asarray(tol, s.dtype)
    return jnp.sum(s > tol, -1, dtype=np.int32)


def matrix_rank(a: Any, tol: Any = None, validate_args: bool = False, name: str | None = None) -> Tensor:
    """The ranks of matrices: how many singular values are above a limit.

    Args:
        a: a floating tensor of shape (..., m, n).
        tol: the limit; by default eps max(m, n) times the largest singular value.
        validate_args: shapes are checked either way.
        name: ignored.

    >>> import addax as tf
    >>> int(tf.linalg.matrix_rank([[1.0, 2.0], [2.0, 4.0]]))
    1
    """
    return _matrix_rank(a, tol)


# ---------------------------------------------------------------------------- exponential, logarithm, root


@op(kinds="fc", name="linalg.expm")
def expm(input: TensorLike, name: str | None = None) -> Tensor:  # noqa: A002
    """The exponentials of square matrices (..., n, n), by scaling and squaring (Higham 2005).

    >>> import addax as tf
    >>> tf.linalg.expm([[0.0, 0.0], [0.0, 0.0]]).numpy().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    matrices("expm", input, square=True)
    from jax.scipy.linalg import expm  # 5 ms

    return expm(input, max_squarings=64)


def _denman_beavers(x: Any, steps: int = 40) -> Any:
    """The principal square root by the scaled product iteration (Higham 2008, 6.29)."""
    n = x.shape[-1]
    eye = jnp.eye(n, dtype=x.dtype)

    def step(_: Any, state: Any) -> Any:
        m, root = state
        inverse = jnp.linalg.inv(m)
        scale = jnp.abs(jnp.linalg.det(m)) ** (-0.5 / n)
        scale = jnp.where(jnp.isfinite(scale) & (jnp.abs(scale - 1) > 1e-2), scale, jnp.ones_like(scale))
        scale = scale[..., None, None].astype(x.dtype)
        squared = scale * scale
        return (eye + (squared * m + inverse / squared) / 2) / 2, scale * root @ (eye + inverse / squared) / 2

    return lax.fori_loop(0, steps, step, (x, x))[1]


@jax.custom_jvp
def _root(x: Any) -> Any:
    if jax.default_backend() == "cpu":  # the Schur method, which LAPACK has on CPUs only
        flat = x.reshape(-1, *x.shape[-2:])
        from jax.scipy.linalg import sqrtm as root_of  # 5 ms

        root = jax.vmap(root_of)(flat).reshape(x.shape)
    else:
        wide = x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)
        root = _denman_beavers(wide)
    return (root if x.dtype.kind == "c" else jnp.real(root)).astype(x.dtype)


@_root.defjvp
def _root_jvp(primals: Any, tangents: Any) -> Any:
    # Y dY + dY Y = dX, as one linear system.
    (x,), (dx,) = primals, tangents
    y = _root(x)
    n = x.shape[-1]
    eye = jnp.eye(n, dtype=x.dtype)
    system = jnp.einsum("...ij,kl->...ikjl", y, eye) + jnp.einsum("ij,...lk->...ikjl", eye, y)
    flat = dx.reshape(*dx.shape[:-2], n * n, 1)
    return y, jnp.linalg.solve(system.reshape(*y.shape[:-2], n * n, n * n), flat).reshape(dx.shape)


@op(only="float32 float64 complex64 complex128", name="linalg.sqrtm")
def sqrtm(input: TensorLike, name: str | None = None) -> Tensor:  # noqa: A002
    """The principal square roots of square matrices (..., n, n), whose squares are the matrices.

    >>> import addax as tf
    >>> tf.linalg.sqrtm([[4.0, 0.0], [0.0, 9.0]]).numpy().round(4).tolist()
    [[2.0, 0.0], [0.0, 3.0]]
    """
    matrices("sqrtm", input, square=True)
    return unconjugated(_root)(input) if input.size else input


@op(kinds="c", name="linalg.logm", differentiable=False)
def logm(input: TensorLike, name: str | None = None) -> Tensor:  # noqa: A002
    """The principal logarithms of square complex matrices (..., n, n), the inverse of `tf.linalg.expm`.

    By inverse scaling and squaring: square roots until the matrix is near 1, then Gauss-Legendre quadrature of the
    integral of X (1 + t X)^-1 (Higham 2008, 11.5).

    >>> import addax as tf
    >>> tf.linalg.logm([[1.0 + 0j, 0j], [0j, 1.0 + 0j]]).numpy().real.round(4).tolist()
    [[0.0, 0.0], [0.0, 0.0]]
    """
    matrices("logm", input, square=True)
    if not input.size:
        return input
    x = input.astype(np.complex128)
    eye = jnp.eye(x.shape[-1], dtype=x.dtype)

    def far(state: Any) -> Any:
        root, count = state
        return jnp.any(jnp.max(jnp.sum(jnp.abs(root - eye), -1), -1) > 0.25) & (count < 40)

    def halve(state: Any) -> Any:
        root, count = state
        return _denman_beavers(root, 20), count + 1

    near, count = lax.while_loop(far, halve, (x, jnp.zeros((), np.int32)))
    rest, total = near - eye, jnp.zeros_like(x)
    for node, weight in zip(*np.polynomial.legendre.leggauss(12), strict=True):
        total = total + weight / 2 * jnp.linalg.solve(eye + (node + 1) / 2 * rest, rest)
    return (total * 2.0 ** count.astype(np.float64)).astype(input.dtype)
