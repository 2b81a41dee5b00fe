"""Inverses and solutions of linear equations: general, triangular, least squares, banded."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from addax.core import errors
from addax.core.context import state as _state
from addax.core.convert import TensorLike, TensorList, convert_to_tensor
from addax.core.dispatch import op
from addax.core.tensor import Tensor, Tracer
from addax.ops.arithmetic import unconjugated
from addax.ops.decompositions import adjoint_of, lapacks, matrices

__all__ = [
    "banded_triangular_solve",
    "cholesky_solve",
    "inv",
    "lstsq",
    "pinv",
    "solve",
    "triangular_solve",
    "tridiagonal_matmul",
    "tridiagonal_solve",
]


def _refuse_singular(who: str, out: Any) -> None:
    """An exactly singular matrix leaves infinities; where the result is known, that is an error as in TensorFlow."""
    if _state.trace is not None or type(out) is not Tensor or isinstance(out._value, Tracer):
        return
    if not np.all(np.isfinite(np.asarray(out._value))):
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.linalg.{who}",
                expected="finite matrices that can be inverted",
                received="a singular one: Input matrix is not invertible",
                hint="use tf.linalg.pinv or tf.linalg.lstsq, or add a small multiple of tf.eye",
            )
        )


def _fits(who: str, matrix: Any, rhs: Any, broadcast: bool) -> None:
    batch_fits = broadcast or matrix.shape[:-2] == rhs.shape[:-2]
    if rhs.ndim < 2 or not batch_fits or rhs.shape[-2] != matrix.shape[-2]:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.linalg.{who}",
                expected=f"rhs of shape ({', '.join(map(str, (*matrix.shape[:-2], matrix.shape[-2])))}, columns)",
                received=f"matrix {tuple(matrix.shape)}, rhs {tuple(rhs.shape)}",
                hint="a single right hand side is a matrix of one column: rhs[:, tf.newaxis]",
            )
        )


@op(kinds="fc", name="linalg.inv")
def _inv(input: TensorLike, adjoint):  # noqa: A002
    matrices("inv", input, square=True)
    wide = lapacks(input)
    return jnp.linalg.inv(adjoint_of(wide) if adjoint else wide).astype(input.dtype)


def inv(input: Any, adjoint: bool = False, name: str | None = None) -> Tensor:  # noqa: A002
    """The inverses of square matrices.

    Args:
        input: a floating or complex tensor of shape (..., n, n).
        adjoint: whether to invert the conjugate transposes.
        name: ignored.

    Raises:
        InvalidArgumentError: matrices that are not square or (outside compiled functions) not invertible.

    >>> import addax as tf
    >>> tf.linalg.inv([[2.0, 0.0], [0.0, 4.0]]).numpy().tolist()
    [[0.5, 0.0], [0.0, 0.25]]
    """
    out = _inv(input, bool(adjoint))
    _refuse_singular("inv", out)
    return out


@op(kinds="fc", name="linalg.solve")
def _solve(matrix: TensorLike, rhs: TensorLike, adjoint):
    matrices("solve", matrix, square=True)
    _fits("solve", matrix, rhs, broadcast=False)
    return jnp.linalg.solve(adjoint_of(matrix) if adjoint else matrix, rhs)


def solve(matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """The x with matrix x = rhs.

    Args:
        matrix: a floating or complex tensor of shape (..., n, n).
        rhs: a tensor of shape (..., n, columns).
        adjoint: whether to solve with the conjugate transposes.
        name: ignored.

    Raises:
        InvalidArgumentError: shapes that do not fit or (outside compiled functions) a matrix that is not invertible.

    >>> import addax as tf
    >>> tf.linalg.solve([[2.0, 0.0], [0.0, 4.0]], [[2.0], [8.0]]).numpy().tolist()
    [[1.0], [2.0]]
    """
    out = _solve(matrix, rhs, bool(adjoint))
    _refuse_singular("solve", out)
    return out


def _triangular(matrix: Any, rhs: Any, lower: bool, adjoint: bool) -> Any:
    batch = jnp.broadcast_shapes(matrix.shape[:-2], rhs.shape[:-2])
    matrix = jnp.broadcast_to(matrix, batch + matrix.shape[-2:])
    rhs = jnp.broadcast_to(rhs, batch + rhs.shape[-2:])
    return lax.linalg.triangular_solve(
        matrix, rhs, left_side=True, lower=lower, transpose_a=adjoint, conjugate_a=adjoint
    )


@op(kinds="fc", name="linalg.triangular_solve")
def _triangular_solve(matrix: TensorLike, rhs: TensorLike, lower, adjoint):
    matrices("triangular_solve", matrix, square=True)
    _fits("triangular_solve", matrix, rhs, broadcast=True)
    return _triangular(matrix, rhs, bool(lower), bool(adjoint))


def triangular_solve(
    matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """The x with matrix x = rhs, of triangular matrices; leading dimensions broadcast.

    Args:
        matrix: a tensor of shape (..., n, n), of which one triangle is read.
        rhs: a tensor of shape (..., n, columns).
        lower: which triangle.
        adjoint: whether to solve with the conjugate transposes.
        name: ignored.

    Raises:
        InvalidArgumentError: shapes that do not fit.

    >>> import addax as tf
    >>> tf.linalg.triangular_solve([[2.0, 0.0], [1.0, 1.0]], [[2.0], [3.0]]).numpy().tolist()
    [[1.0], [2.0]]
    """
    return _triangular_solve(matrix, rhs, bool(lower), bool(adjoint))


@op(kinds="fc", name="linalg.cholesky_solve")
def cholesky_solve(chol: TensorLike, rhs: TensorLike, name: str | None = None) -> Tensor:
    """The x with A x = rhs, where chol = `tf.linalg.cholesky(A)`.

    Args:
        chol: lower triangular matrices, shape (..., n, n).
        rhs: a tensor of shape (..., n, columns).
        name: ignored.

    Raises:
        InvalidArgumentError: shapes that do not fit.

    >>> import addax as tf
    >>> tf.linalg.cholesky_solve([[2.0, 0.0], [0.0, 1.0]], [[4.0], [3.0]]).numpy().tolist()
    [[1.0], [3.0]]
    """
    matrices("cholesky_solve", chol, square=True)
    _fits("cholesky_solve", chol, rhs, broadcast=True)
    return _triangular(chol, _triangular(chol, rhs, True, False), True, True)


# ---------------------------------------------------------------------------- least squares


@op(kinds="fc", name="linalg.lstsq")
def _lstsq(matrix: TensorLike, rhs: TensorLike, l2_regularizer, fast):
    matrices("lstsq", matrix)
    _fits("lstsq", matrix, rhs, broadcast=True)
    rows, columns = matrix.shape[-2:]
    if not fast:
        return _pinv(matrix, float(np.finfo(np.zeros((), matrix.dtype).real.dtype).eps) * max(rows, columns)) @ rhs
    transposed = adjoint_of(matrix)
    tall = rows >= columns
    gram = transposed @ matrix if tall else matrix @ transposed
    gram = gram + jnp.asarray(l2_regularizer, matrix.dtype) * jnp.eye(gram.shape[-1], dtype=matrix.dtype)
    root = lax.linalg.cholesky(gram, symmetrize_input=True)

    def by_root(right: Any) -> Any:
        return _triangular(root, _triangular(root, right, True, False), True, True)

    return by_root(transposed @ rhs) if tall else transposed @ by_root(rhs)


def lstsq(matrix: Any, rhs: Any, l2_regularizer: float = 0.0, fast: bool = True, name: str | None = None) -> Tensor:
    """The x with the least |matrix x - rhs|^2 + l2_regularizer |x|^2 (and, where there are many, the least |x|).

    Args:
        matrix: a floating or complex tensor of shape (..., m, n).
        rhs: a tensor of shape (..., m, columns).
        l2_regularizer: the weight of |x|^2.
        fast: whether to solve the normal equations by Cholesky, which needs full rank and squares the condition number;
            otherwise the singular value decomposition is used, without the regularizer.
        name: ignored.

    Raises:
        InvalidArgumentError: shapes that do not fit.

    >>> import addax as tf
    >>> tf.linalg.lstsq([[1.0], [1.0]], [[1.0], [3.0]]).numpy().round(4).tolist()
    [[2.0]]
    """
    return _lstsq(matrix, rhs, float(l2_regularizer), bool(fast))


def _pinv(a: Any, rcond: Any) -> Any:
    u, s, vh = jnp.linalg.svd(a, full_matrices=False)
    limit = jnp.asarray(rcond, s.dtype)[..., None] * jnp.max(s, -1, keepdims=True, initial=0)
    large = s > limit
    inverse = jnp.where(large, 1 / jnp.where(large, s, jnp.ones_like(s)), jnp.zeros_like(s))
    return adjoint_of(vh) @ (inverse[..., None].astype(a.dtype) * adjoint_of(u))


@op(kinds="f", name="linalg.pinv")
def _pseudo_inverse(a: TensorLike, rcond):
    matrices("pinv", a)
    if rcond is None:
        rcond = 10.0 * max(a.shape[-2:]) * float(np.finfo(np.zeros((), a.dtype).real.dtype).eps)
    return _pinv(a, rcond)


def pinv(a: Any, rcond: Any = None, validate_args: bool = False, name: str | None = None) -> Tensor:
    """The Moore-Penrose pseudoinverses of matrices.

    Args:
        a: a floating tensor of shape (..., m, n).
        rcond: singular values up to rcond times the largest count as 0 (by default 10 max(m, n) eps).
        validate_args: shapes are checked either way.
        name: ignored.

    Returns:
        A tensor of shape (..., n, m).

    >>> import addax as tf
    >>> tf.linalg.pinv([[2.0, 0.0], [0.0, 0.0]]).numpy().tolist()
    [[0.5, 0.0], [0.0, 0.0]]
    """
    return _pseudo_inverse(a, rcond)


# ---------------------------------------------------------------------------- bands


@op(kinds="fc", name="linalg.banded_triangular_solve")
def _banded(bands: TensorLike, rhs: TensorLike, lower, adjoint):
    if bands.ndim < 2 or rhs.ndim < 2 or bands.shape[-1] != rhs.shape[-2]:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.linalg.banded_triangular_solve",
                expected="bands of shape (..., k, n) and rhs of shape (..., n, columns)",
                received=f"bands {tuple(bands.shape)}, rhs {tuple(rhs.shape)}",
            )
        )
    count, n = bands.shape[-2:]
    full = jnp.zeros((*bands.shape[:-2], n, n), bands.dtype)
    for offset in range(min(count, n)):
        places = np.arange(n - offset)
        if lower:  # the main diagonal first; shorter ones end at the right
            full = full.at[..., places + offset, places].set(bands[..., offset, offset:])
        else:  # the main diagonal last; shorter ones start at the left
            full = full.at[..., places, places + offset].set(bands[..., count - 1 - offset, : n - offset])
    return _triangular(full, rhs, lower, adjoint)


def banded_triangular_solve(
    bands: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """The x with A x = rhs, of a triangular A given by its diagonals.

    Args:
        bands: a tensor of shape (..., k, n): for a lower A the main diagonal first, those below it aligned right; for
            an upper A the main diagonal last, those above it aligned left.
        rhs: a tensor of shape (..., n, columns).
        lower: whether A is lower triangular.
        adjoint: whether to solve with the conjugate transpose.
        name: ignored.

    Raises:
        InvalidArgumentError: shapes that do not fit.

    >>> import addax as tf
    >>> tf.linalg.banded_triangular_solve([[2.0, 1.0], [0.0, 1.0]], [[2.0], [3.0]]).numpy().tolist()
    [[1.0], [2.0]]
    """
    return _banded(bands, rhs, bool(lower), bool(adjoint))


def _diagonals(who: str, diagonals: Any, diagonals_format: str) -> list[Any]:
    """(superdiagonal, diagonal, subdiagonal), each as long as the diagonal."""
    if diagonals_format == "compact":
        packed = convert_to_tensor(diagonals)
        if packed.shape.rank is None or packed.shape.rank < 2 or packed.shape[-2] != 3:
            raise ValueError(f"tf.linalg.{who}: compact diagonals have the shape (..., 3, n), received {packed.shape}.")
        return [packed[..., 0, :], packed[..., 1, :], packed[..., 2, :]]
    if diagonals_format == "matrix":
        from addax.ops.diagonals import diag_part  # only this format takes diagonals out of matrices

        packed = diag_part(diagonals, k=(-1, 1), align="LEFT_RIGHT")
        return [packed[..., 0, :], packed[..., 1, :], packed[..., 2, :]]
    if diagonals_format != "sequence":
        raise ValueError(
            f"tf.linalg.{who}: diagonals_format must be 'compact', 'sequence' or 'matrix', got {diagonals_format!r}."
        )
    if len(diagonals) != 3:
        raise ValueError(f"tf.linalg.{who}: expected three diagonals, received {len(diagonals)}.")
    return [convert_to_tensor(each) for each in diagonals]


def _padded(above: Any, main: Any, below: Any) -> tuple[Any, Any]:
    """Bring diagonals of n - 1 numbers to n: one more at the end above, at the start below."""
    n, zero = main.shape[-1], [(0, 0)] * (main.ndim - 1)
    if above.shape[-1] == n - 1:
        above = jnp.pad(above, [*zero, (0, 1)])
    if below.shape[-1] == n - 1:
        below = jnp.pad(below, [*zero, (1, 0)])
    return above, below


def _eliminate(above: Any, main: Any, below: Any, rhs: Any, pivoting: bool, perturb: bool) -> Any:
    """Gauss's elimination, down and up again; the row axis is first, rhs is (n, ..., columns)."""
    tiny = float(np.finfo(np.zeros((), main.dtype).real.dtype).eps)

    def down(row: Any, following: Any) -> Any:
        a, b, c, r = row
        low, d, u, f = following
        if perturb:  # no pivot of 0
            a = jnp.where((a == 0) & (low == 0), jnp.asarray(tiny, a.dtype), a)
        swap = (jnp.abs(low) > jnp.abs(a)) if pivoting else jnp.zeros(a.shape, bool)
        ratio = jnp.where(swap, a, low) / jnp.where(swap, low, a)
        top = (jnp.where(swap, low, a), jnp.where(swap, d, b), jnp.where(swap, u, c), jnp.where(swap[..., None], f, r))
        rest_a = jnp.where(swap, b, d) - ratio * top[1]
        rest_b = jnp.where(swap, c, u) - ratio * top[2]
        rest_r = jnp.where(swap[..., None], r, f) - ratio[..., None] * top[3]
        return (rest_a, rest_b, jnp.zeros_like(c), rest_r), top

    first = (main[0], above[0], jnp.zeros_like(main[0]), rhs[0])
    last, rows = lax.scan(down, first, (below[1:], main[1:], above[1:], rhs[1:]))
    pivot = last[0]
    if perturb:
        pivot = jnp.where(pivot == 0, jnp.asarray(tiny, pivot.dtype), pivot)
    end = last[3] / pivot[..., None]

    def up(later: Any, row: Any) -> Any:
        next1, next2 = later
        a, b, c, r = row
        x = (r - b[..., None] * next1 - c[..., None] * next2) / a[..., None]
        return (x, next1), x

    _, solved = lax.scan(up, (end, jnp.zeros_like(end)), rows, reverse=True)
    return jnp.concatenate([solved, end[None]], 0)


@op(only="float32 float64 complex64 complex128", name="linalg.tridiagonal_solve")
def _tridiagonal_solve(diagonals: TensorList, rhs: TensorLike, transpose_rhs, conjugate_rhs, pivoting, perturb):
    above, main, below = diagonals
    above, below = _padded(above, main, below)
    vector = rhs.ndim == main.ndim
    if conjugate_rhs:
        rhs = jnp.conj(rhs)
    if vector:
        rhs = rhs[..., None]
    elif transpose_rhs:
        rhs = jnp.swapaxes(rhs, -1, -2)
    if rhs.ndim != main.ndim + 1 or rhs.shape[-2] != main.shape[-1]:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.linalg.tridiagonal_solve",
                expected=f"rhs of {main.shape[-1]} rows",
                received=f"diagonals of shape {tuple(main.shape)}, rhs {tuple(rhs.shape)}",
            )
        )
    parts = [jnp.moveaxis(each, -1, 0) for each in (above, main, below)]

    def solve(above: Any, main: Any, below: Any, rhs: Any) -> Any:
        return _eliminate(above, main, below, rhs, pivoting or perturb, perturb)

    out = jnp.moveaxis(unconjugated(solve)(*parts, jnp.moveaxis(rhs, -2, 0)), 0, -2)
    return out[..., 0] if vector else out


def tridiagonal_solve(
    diagonals: Any,
    rhs: Any,
    diagonals_format: str = "compact",
    transpose_rhs: bool = False,
    conjugate_rhs: bool = False,
    name: str | None = None,
    partial_pivoting: bool = True,
    perturb_singular: bool = False,
) -> Tensor:
    """The x with A x = rhs, of a tridiagonal A.

    Args:
        diagonals: "compact": a tensor (..., 3, n) of the diagonals above, on and below the main one, where the last
            number of the first and the first of the last do not count; "sequence": three tensors of n numbers (or
            n - 1 for the outer ones); "matrix": a tensor (..., n, n).
        rhs: a tensor of shape (..., n) or (..., n, columns).
        diagonals_format: which of these.
        transpose_rhs: whether rhs is given as (..., columns, n).
        conjugate_rhs: whether to conjugate rhs first.
        name: ignored.
        partial_pivoting: whether rows are exchanged for stability.
        perturb_singular: whether pivots of 0 are replaced by a small number, so that the result is finite.

    Raises:
        ValueError: an unknown format, or perturb_singular without partial_pivoting.
        InvalidArgumentError: shapes that do not fit.

    >>> import addax as tf
    >>> tf.linalg.tridiagonal_solve([[0.0, 0.0], [2.0, 4.0], [0.0, 0.0]], [2.0, 8.0]).numpy().tolist()
    [1.0, 2.0]
    """
    if perturb_singular and not partial_pivoting:
        raise ValueError("tf.linalg.tridiagonal_solve: perturb_singular needs partial_pivoting.")
    parts = _diagonals("tridiagonal_solve", diagonals, diagonals_format)
    return _tridiagonal_solve(
        parts, rhs, bool(transpose_rhs), bool(conjugate_rhs), bool(partial_pivoting), bool(perturb_singular)
    )


@op(only="float32 float64 complex64 complex128", name="linalg.tridiagonal_matmul")
def _tridiagonal_matmul(diagonals: TensorList, rhs: TensorLike):
    above, main, below = diagonals
    above, below = _padded(above, main, below)
    if rhs.ndim != main.ndim + 1 or rhs.shape[-2] != main.shape[-1]:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.linalg.tridiagonal_matmul",
                expected=f"rhs of shape (..., {main.shape[-1]}, columns)",
                received=f"rhs {tuple(rhs.shape)}",
            )
        )
    zero = [(0, 0)] * (rhs.ndim - 2)
    following = jnp.pad(rhs[..., 1:, :], [*zero, (0, 1), (0, 0)])
    preceding = jnp.pad(rhs[..., :-1, :], [*zero, (1, 0), (0, 0)])
    return above[..., None] * following + main[..., None] * rhs + below[..., None] * preceding


def tridiagonal_matmul(diagonals: Any, rhs: Any, diagonals_format: str = "compact", name: str | None = None) -> Tensor:
    """The product of a tridiagonal matrix and a matrix.

    Args:
        diagonals: as for `tf.linalg.tridiagonal_solve`.
        rhs: a tensor of shape (..., n, columns).
        diagonals_format: "compact", "sequence" or "matrix".
        name: ignored.

    Raises:
        ValueError: an unknown format.
        InvalidArgumentError: shapes that do not fit.

    >>> import addax as tf
    >>> tf.linalg.tridiagonal_matmul(tf.constant([[1.0, 0.0], [2.0, 4.0], [0.0, 1.0]]), [[1.0], [1.0]]).numpy().tolist()
    [[3.0], [5.0]]
    """
    return _tridiagonal_matmul(_diagonals("tridiagonal_matmul", diagonals, diagonals_format), rhs)
