"""Decompositions of matrices: Cholesky, QR, LU, singular values, eigenvalues."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from addax.core import dtypes, errors
from addax.core.convert import FreeLike, TensorLike, convert_to_tensor
from addax.core.dispatch import op
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor
from addax.core.whole_numbers import index_dtype

__all__ = [
    "cholesky",
    "eig",
    "eigh",
    "eigh_tridiagonal",
    "eigvals",
    "eigvalsh",
    "lu",
    "lu_matrix_inverse",
    "lu_reconstruct",
    "lu_solve",
    "qr",
    "svd",
]


class Qr(NamedTuple):
    """The result of `tf.linalg.qr`."""

    q: Any
    r: Any


class Lu(NamedTuple):
    """The result of `tf.linalg.lu`."""

    lu: Any
    p: Any


def matrices(who: str, x: Any, square: bool = False) -> None:
    """Refuse what is no stack of (square) matrices."""
    if x.ndim < 2:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.linalg.{who}", expected="matrices: 2 or more dimensions", received=f"shape {tuple(x.shape)}"
            )
        )
    if square and x.shape[-1] != x.shape[-2]:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.linalg.{who}",
                expected="square matrices (Input matrix must be square)",
                received=f"shape {tuple(x.shape)}",
            )
        )


def lapacks(x: Any) -> Any:
    """Matrices in a dtype that LAPACK has: float16 is computed in float32."""
    return x.astype(np.float32) if x.dtype == np.float16 else x


def adjoint_of(x: Any) -> Any:
    """The conjugate transposes of matrices."""
    return jnp.conj(jnp.swapaxes(x, -1, -2))


# ---------------------------------------------------------------------------- Cholesky, QR


@jax.custom_jvp
def _from_lower(x: Any) -> Any:
    """The Hermitian matrix with the lower triangle of x."""
    return jnp.tril(x) + adjoint_of(jnp.tril(x, -1))


@_from_lower.defjvp
def _from_lower_jvp(primals: Any, tangents: Any) -> Any:
    # Gradients go to both triangles alike, as TensorFlow has it for Cholesky.
    return _from_lower(*primals), tangents[0]


@op(kinds="fc", name="linalg.cholesky")
def cholesky(input: TensorLike, name: str | None = None) -> Tensor:  # noqa: A002
    """The lower triangular L with L L^H = input, of positive definite matrices.

    Args:
        input: a floating or complex tensor of shape (..., n, n); only its lower triangles are read.
        name: ignored.

    Returns:
        A tensor of the same shape; NaN where a matrix is not positive definite.

    Raises:
        InvalidArgumentError: matrices that are not square.

    >>> import addax as tf
    >>> tf.linalg.cholesky([[4.0, 2.0], [2.0, 2.0]]).numpy().tolist()
    [[2.0, 0.0], [1.0, 1.0]]
    """
    matrices("cholesky", input, square=True)
    return lax.linalg.cholesky(_from_lower(input), symmetrize_input=True)


@op(kinds="fc", name="linalg.qr")
def _qr(input: TensorLike, full_matrices):  # noqa: A002
    matrices("qr", input)
    rows, columns = input.shape[-2:]
    if rows < columns and not full_matrices:
        # The factors of the left square part, and the rest by q^H: differentiable, unlike LAPACK's wide case.
        q, r = (each.astype(input.dtype) for each in jnp.linalg.qr(lapacks(input[..., :rows])))
        return Qr(q, jnp.concatenate([r, adjoint_of(q) @ input[..., rows:]], -1))
    q, r = jnp.linalg.qr(lapacks(input), mode="complete" if full_matrices else "reduced")
    return Qr(q.astype(input.dtype), r.astype(input.dtype))


def qr(input: Any, full_matrices: bool = False, name: str | None = None) -> Any:  # noqa: A002
    """input = q r with orthonormal columns of q and an upper triangular r.

    Args:
        input: a floating or complex tensor of shape (..., m, n).
        full_matrices: whether q is m x m; otherwise m x min(m, n).
        name: ignored.

    Returns:
        (q, r), a named tuple.

    >>> import addax as tf
    >>> q, r = tf.linalg.qr([[1.0, 2.0], [3.0, 4.0]])
    >>> tf.matmul(q, r).numpy().round(3).tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    return _qr(input, bool(full_matrices))


# ---------------------------------------------------------------------------- LU


@op(kinds="fc", name="linalg.lu")
def _lu(input: TensorLike, output_idx_type):  # noqa: A002
    matrices("lu", input, square=True)
    packed, _, permutation = lax.linalg.lu(input)
    return Lu(packed, permutation.astype(dtypes.as_dtype(output_idx_type).np))


def lu(input: Any, output_idx_type: Any = dtypes.int32, name: str | None = None) -> Any:  # noqa: A002
    """The LU decomposition with row exchanges: input[p] = L U.

    Args:
        input: a floating or complex tensor of shape (..., n, n).
        output_idx_type: the dtype of p, int32 or int64.
        name: ignored.

    Returns:
        (lu, p), a named tuple: L (without its diagonal of ones) and U in one matrix, and the order of rows.

    >>> import addax as tf
    >>> lower_upper, p = tf.linalg.lu([[1.0, 2.0], [3.0, 4.0]])
    >>> p.numpy().tolist()
    [1, 0]
    """
    return _lu(input, index_dtype("tf.linalg.lu", output_idx_type))


def _triangles(packed: Any) -> tuple[Any, Any]:
    n = packed.shape[-1]
    return jnp.tril(packed, -1) + jnp.eye(n, dtype=packed.dtype), jnp.triu(packed)


def _check_lu(who: str, lower_upper: Any, perm: Any) -> None:
    matrices(who, lower_upper, square=True)
    if lower_upper.shape[:-1] != perm.shape:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.linalg.{who}",
                expected="lower_upper of shape (..., n, n) and perm of shape (..., n)",
                received=f"lower_upper {tuple(lower_upper.shape)}, perm {tuple(perm.shape)}",
            )
        )


@op(name="linalg.lu_reconstruct")
def _lu_reconstruct(lower_upper: TensorLike, perm: FreeLike):
    _check_lu("lu_reconstruct", lower_upper, perm)
    lower, upper = _triangles(lower_upper)
    return jnp.take_along_axis(lower @ upper, jnp.argsort(perm, -1)[..., None], -2)


def lu_reconstruct(lower_upper: Any, perm: Any, validate_args: bool = False, name: str | None = None) -> Tensor:
    """The matrix that `tf.linalg.lu` decomposed.

    Args:
        lower_upper: the first result of `tf.linalg.lu`.
        perm: the second one.
        validate_args: shapes are checked either way.
        name: ignored.

    >>> import addax as tf
    >>> tf.linalg.lu_reconstruct(*tf.linalg.lu([[1.0, 2.0], [3.0, 4.0]])).numpy().round(4).tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    return _lu_reconstruct(lower_upper, perm)


@op(name="linalg.lu_solve")
def _lu_solve(lower_upper: TensorLike, perm: FreeLike, rhs: TensorLike):
    _check_lu("lu_solve", lower_upper, perm)
    if rhs.ndim < 2 or rhs.shape[-2] != lower_upper.shape[-1]:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.linalg.lu_solve",
                expected=f"rhs of shape (..., {lower_upper.shape[-1]}, columns)",
                received=f"rhs {tuple(rhs.shape)}",
            )
        )
    batch = jnp.broadcast_shapes(lower_upper.shape[:-2], rhs.shape[:-2])
    packed = jnp.broadcast_to(lower_upper, batch + lower_upper.shape[-2:])
    rows = jnp.broadcast_to(perm, batch + perm.shape[-1:])
    right = jnp.take_along_axis(jnp.broadcast_to(rhs, batch + rhs.shape[-2:]), rows[..., None], -2)
    first = lax.linalg.triangular_solve(packed, right, left_side=True, lower=True, unit_diagonal=True)
    return lax.linalg.triangular_solve(packed, first, left_side=True, lower=False)


def lu_solve(lower_upper: Any, perm: Any, rhs: Any, validate_args: bool = False, name: str | None = None) -> Tensor:
    """The x with A x = rhs, of a matrix A decomposed by `tf.linalg.lu`.

    Args:
        lower_upper: the first result of `tf.linalg.lu`.
        perm: the second one.
        rhs: a tensor of shape (..., n, columns).
        validate_args: shapes are checked either way.
        name: ignored.

    >>> import addax as tf
    >>> tf.linalg.lu_solve(*tf.linalg.lu([[2.0, 0.0], [0.0, 4.0]]), [[2.0], [8.0]]).numpy().tolist()
    [[1.0], [2.0]]
    """
    return _lu_solve(lower_upper, perm, rhs)


def lu_matrix_inverse(lower_upper: Any, perm: Any, validate_args: bool = False, name: str | None = None) -> Tensor:
    """The inverse of a matrix decomposed by `tf.linalg.lu`.

    Args:
        lower_upper: the first result of `tf.linalg.lu`.
        perm: the second one.
        validate_args: shapes are checked either way.
        name: ignored.

    >>> import addax as tf
    >>> tf.linalg.lu_matrix_inverse(*tf.linalg.lu([[2.0, 0.0], [0.0, 4.0]])).numpy().tolist()
    [[0.5, 0.0], [0.0, 0.25]]
    """
    lower_upper = convert_to_tensor(lower_upper)
    n = int(lower_upper.shape[-1])
    return _lu_solve(lower_upper, perm, np.eye(n, dtype=lower_upper.dtype.as_numpy_dtype))


# ---------------------------------------------------------------------------- singular values


@op(kinds="fc", name="linalg.svd")
def _svd(tensor: TensorLike, full_matrices, compute_uv):
    matrices("svd", tensor)
    if not compute_uv:
        return jnp.linalg.svd(tensor, compute_uv=False)
    square = tensor.shape[-1] == tensor.shape[-2]
    u, s, vh = _full_svd(tensor) if full_matrices and not square else jnp.linalg.svd(tensor, full_matrices=False)
    return s, u, adjoint_of(vh)


@jax.custom_jvp
def _full_svd(x: Any) -> tuple[Any, Any, Any]:
    u, s, vh = jnp.linalg.svd(x, full_matrices=True)
    return u, s, vh


@_full_svd.defjvp
def _full_svd_jvp(primals: Any, tangents: Any) -> Any:
    """Giles 2008, 3.2; the vectors of the null space turn against those that have singular values."""
    (x,), (dx,) = primals, tangents
    u, s, vh = _full_svd(x)
    k, v = s.shape[-1], adjoint_of(vh)
    left, right, row = u[..., :k], v[..., :k], s[..., None, :]
    inner = adjoint_of(left) @ dx @ right
    same = jnp.eye(k, dtype=s.dtype)
    gaps = (row - s[..., None]) * (row + s[..., None])
    factors = (1 / (gaps + same) - same).astype(x.dtype)
    row = row.astype(x.dtype)
    first, second = inner * row, s[..., None].astype(x.dtype) * inner
    phases = same * (inner - adjoint_of(inner)) / (2 * row)  # of complex vectors; 0 for real ones
    du = left @ (factors * (first + adjoint_of(first)) + phases)
    dv = right @ (factors * (second + adjoint_of(second)))
    if x.shape[-2] > k:
        du = du + (dx @ right - left @ inner) / row
        du = jnp.concatenate([du, -left @ (adjoint_of(du) @ u[..., k:])], -1)
    else:
        dv = dv + (adjoint_of(dx) @ left - right @ adjoint_of(inner)) / row
        dv = jnp.concatenate([dv, -right @ (adjoint_of(dv) @ v[..., k:])], -1)
    return (u, s, vh), (du, jnp.real(jnp.diagonal(inner, axis1=-2, axis2=-1)), adjoint_of(dv))


def svd(tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: str | None = None) -> Any:
    """The singular values (largest first) and vectors: tensor = u diag(s) v^H.

    Args:
        tensor: a floating or complex tensor of shape (..., m, n).
        full_matrices: whether u and v are square.
        compute_uv: whether vectors are wanted.
        name: ignored.

    Returns:
        (s, u, v), or s alone.

    >>> import addax as tf
    >>> tf.linalg.svd([[3.0, 0.0], [0.0, 4.0]], compute_uv=False).numpy().round(4).tolist()
    [4.0, 3.0]
    """
    return _svd(tensor, bool(full_matrices), bool(compute_uv))


# ---------------------------------------------------------------------------- eigenvalues


def _hermitian(x: Any) -> Any:
    """The Hermitian matrix with the lower triangle of x, which alone gets gradients."""
    return jnp.tril(x) + adjoint_of(jnp.tril(x, -1))


@op(kinds="fc", name="linalg.eigh")
def _eigh(tensor: TensorLike, vectors):
    matrices("eigh", tensor, square=True)
    if not vectors:
        return jnp.linalg.eigvalsh(_hermitian(tensor)).astype(tensor.dtype)
    values, columns = jnp.linalg.eigh(_hermitian(tensor))
    return values.astype(tensor.dtype), columns


def eigh(tensor: Any, name: str | None = None) -> Any:
    """The eigenvalues (smallest first) and eigenvectors of Hermitian matrices.

    Args:
        tensor: a floating or complex tensor of shape (..., n, n); only its lower triangles are read.
        name: ignored.

    Returns:
        (e, v): values of shape (..., n), and vectors as the columns of (..., n, n).

    >>> import addax as tf
    >>> tf.linalg.eigh([[2.0, 0.0], [0.0, 1.0]])[0].numpy().tolist()
    [1.0, 2.0]
    """
    return _eigh(tensor, True)


def eigvalsh(tensor: Any, name: str | None = None) -> Tensor:
    """The eigenvalues of Hermitian matrices, smallest first; otherwise as `tf.linalg.eigh`.

    >>> import addax as tf
    >>> tf.linalg.eigvalsh([[2.0, 0.0], [0.0, 1.0]]).numpy().tolist()
    [1.0, 2.0]
    """
    return _eigh(tensor, False)


@jax.custom_jvp
def _eigen(x: Any) -> tuple[Any, Any]:
    return tuple(jnp.linalg.eig(x))


@_eigen.defjvp
def _eigen_jvp(primals: Any, tangents: Any) -> Any:
    # Giles 2008, "An extended collection of matrix derivative results", 3.1, with vectors kept at length 1.
    (x,), (dx,) = primals, tangents
    values, vectors = _eigen(x)
    turned = jnp.linalg.solve(vectors, dx.astype(vectors.dtype) @ vectors)
    gaps = values[..., None, :] - values[..., :, None]
    same = jnp.eye(x.shape[-1], dtype=bool)
    mixing = jnp.where(same, 0, turned / jnp.where(same, 1, gaps))
    change = vectors @ mixing
    along = jnp.sum(jnp.real(jnp.conj(vectors) * change), -2, keepdims=True)
    return (values, vectors), (jnp.diagonal(turned, axis1=-2, axis2=-1), change - vectors * along.astype(change.dtype))


@op(kinds="fc", name="linalg.eig")
def _eig(tensor: TensorLike, vectors):
    matrices("eig", tensor, square=True)
    return _eigen(tensor) if vectors else jnp.linalg.eigvals(tensor)


def eig(tensor: Any, name: str | None = None) -> Any:
    """The eigenvalues and right eigenvectors of square matrices, in no particular order.

    Args:
        tensor: a floating or complex tensor of shape (..., n, n).
        name: ignored.

    Returns:
        (e, v), complex: values of shape (..., n), and vectors of length 1 as the columns of (..., n, n).

    >>> import addax as tf
    >>> sorted(tf.linalg.eig([[2.0, 0.0], [0.0, 1.0]])[0].numpy().real.tolist())
    [1.0, 2.0]
    """
    return _eig(tensor, True)


def eigvals(tensor: Any, name: str | None = None) -> Tensor:
    """The eigenvalues of square matrices, complex and in no particular order.

    >>> import addax as tf
    >>> sorted(tf.linalg.eigvals([[2.0, 0.0], [0.0, 1.0]]).numpy().real.tolist())
    [1.0, 2.0]
    """
    return _eig(tensor, False)


@op(kinds="fc", name="linalg.eigh_tridiagonal")
def _eigh_tridiagonal(alpha: TensorLike, beta: TensorLike):
    if alpha.ndim < 1 or beta.shape[-1] != alpha.shape[-1] - 1:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.linalg.eigh_tridiagonal",
                expected="alpha of n numbers and beta of n - 1",
                received=f"alpha {tuple(alpha.shape)}, beta {tuple(beta.shape)}",
            )
        )
    n = alpha.shape[-1]
    rows, columns = np.arange(n), np.arange(n - 1)
    full = jnp.zeros((*alpha.shape, n), alpha.dtype)
    full = full.at[..., rows, rows].set(jnp.real(alpha).astype(alpha.dtype))
    full = full.at[..., columns + 1, columns].set(beta)
    values, vectors = jnp.linalg.eigh(_hermitian(lapacks(full)))
    return values.astype(jnp.real(alpha).dtype), vectors.astype(alpha.dtype)


def eigh_tridiagonal(
    alpha: Any,
    beta: Any,
    eigvals_only: bool = True,
    select: str = "a",
    select_range: Any = None,
    tol: Any = None,
    name: str | None = None,
) -> Any:
    """The eigenvalues (smallest first) of Hermitian tridiagonal matrices.

    Args:
        alpha: the main diagonal, n numbers.
        beta: the diagonal above it, n - 1 numbers.
        eigvals_only: whether vectors are left out.
        select: "a" for all, "i" for the indices `select_range` (both included), "v" for the values in the half open
            interval `select_range`.
        select_range: a pair.
        tol: the wanted absolute precision; the method used always gives full precision.
        name: ignored.

    Returns:
        The eigenvalues, or (eigenvalues, eigenvectors as columns).

    Raises:
        ValueError: an unknown `select`, or a range that is empty or missing.

    >>> import addax as tf
    >>> tf.linalg.eigh_tridiagonal([1.0, 2.0], [0.0]).numpy().tolist()
    [1.0, 2.0]
    """
    if select not in ("a", "i", "v"):
        raise ValueError(f"tf.linalg.eigh_tridiagonal: select must be 'a', 'i' or 'v', received {select!r}.")
    values, vectors = _eigh_tridiagonal(alpha, beta)
    if select != "a":
        if select_range is None or len(select_range) != 2 or select_range[0] > select_range[1]:
            raise ValueError(
                f"tf.linalg.eigh_tridiagonal: select_range must be a pair (low, high), got {select_range!r}."
            )
        low, high = select_range
        if select == "i":
            keep = slice(int(low), int(high) + 1)
        else:
            inside = concrete(values, "linalg.eigh_tridiagonal(select='v')")
            chosen = np.flatnonzero((inside > low) & (inside <= high))
            keep = slice(int(chosen[0]), int(chosen[-1]) + 1) if chosen.size else slice(0, 0)
        values, vectors = values[..., keep], vectors[..., :, keep]
    return values if eigvals_only else (values, vectors)
