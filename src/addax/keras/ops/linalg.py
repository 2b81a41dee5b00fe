"""`keras.ops`: linear algebra (Keras 3's keras.ops.linalg). Integers become floats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.core import trees
from addax.core.forward import ForwardAccumulator
from addax.keras.ops.function import function
from addax.keras.ops.promotion import common_floats, floats, tensor
from addax.ops import creation, decompositions, matrix_functions, numpy_linalg, products, shaping, solvers


@function
def cholesky(x: Any, upper: bool = False) -> Any:
    """The triangular matrix L with L L^T = x; with `upper`, its transpose.

    >>> from addax.keras import ops
    >>> ops.cholesky([[4.0]]).numpy().tolist()
    [[2.0]]
    """
    made = decompositions.cholesky(floats(x))
    return matrix_functions.adjoint(made) if upper else made


@function
def cholesky_inverse(x: Any, upper: bool = False) -> Any:
    """The inverse of the matrix whose Cholesky factor is x.

    Args:
        x: triangular matrices (..., n, n).
        upper: whether they are upper triangular, not lower.

    >>> from addax.keras import ops
    >>> ops.cholesky_inverse([[2.0, 0.0], [0.0, 4.0]]).numpy().tolist()
    [[0.25, 0.0], [0.0, 0.0625]]
    """
    made = floats(x)
    identity = creation.eye(made.shape[-1], dtype=made.dtype)
    inverse = solve_triangular(made, identity, lower=not upper)
    return (
        products.matmul(inverse, inverse, transpose_b=True)
        if upper
        else products.matmul(inverse, inverse, transpose_a=True)
    )


@function
def det(x: Any) -> Any:
    """The determinant.

    >>> from addax.keras import ops
    >>> ops.det([[2.0, 1.0], [0.0, 3.0]]).numpy()
    np.float32(6.0)
    """
    return matrix_functions.det(floats(x))


@function
def eig(x: Any) -> Any:
    """(eigenvalues, eigenvectors in columns), complex.

    >>> from addax.keras import ops
    >>> values, vectors = ops.eig([[2.0, 0.0], [0.0, 3.0]])
    >>> values.numpy().real.tolist()
    [2.0, 3.0]
    """
    return tuple(decompositions.eig(floats(x)))


@function
def eigh(x: Any) -> Any:
    """(eigenvalues, eigenvectors in columns) of symmetric matrices.

    >>> from addax.keras import ops
    >>> values, vectors = ops.eigh([[2.0, 0.0], [0.0, 3.0]])
    >>> values.numpy().tolist()
    [2.0, 3.0]
    """
    return tuple(decompositions.eigh(floats(x)))


@function
def inv(x: Any) -> Any:
    """The inverse.

    >>> from addax.keras import ops
    >>> ops.inv([[2.0]]).numpy().tolist()
    [[0.5]]
    """
    return solvers.inv(floats(x))


@function
def lu_factor(x: Any) -> Any:
    """(L and U in one matrix, which row each was exchanged with).

    >>> from addax.keras import ops
    >>> matrix, rows = ops.lu_factor([[0.0, 1.0], [2.0, 0.0]])
    >>> matrix.numpy().tolist(), rows.numpy().tolist()
    ([[2.0, 0.0], [0.0, 1.0]], [1, 1])
    """
    return numpy_linalg.lu_factor(floats(x))


@function
def lstsq(a: Any, b: Any, rcond: float | None = None) -> Any:
    """The x with the least |a x - b|, and of those the least one.

    Args:
        a: a matrix (m, n).
        b: (m,), or columns (m, k).
        rcond: singular values below this share of the largest count as 0.

    >>> from addax.keras import ops
    >>> print(ops.lstsq([[1.0], [1.0]], [1.0, 3.0]).numpy().round(4))
    [2.]
    """
    return numpy_linalg.lstsq(*common_floats(a, b), rcond)


@function
def matrix_rank(x: Any, tol: float | None = None) -> Any:
    """The rank: how many singular values exceed `tol` times the largest.

    Args:
        x: matrices (..., m, n).
        tol: a share of the largest singular value; by default max(m, n) times the epsilon of the dtype.

    >>> from addax.keras import ops
    >>> ops.matrix_rank([[1.0, 2.0], [2.0, 4.0]]).numpy()
    np.int32(1)
    """
    return numpy_linalg.matrix_rank(floats(x), tol)


@function
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: A002
    """The norm of vectors or matrices, with NumPy's orders.

    >>> from addax.keras import ops
    >>> ops.norm([3.0, 4.0]).numpy()
    np.float32(5.0)
    """
    return numpy_linalg.norm(floats(x), ord, tuple(axis) if isinstance(axis, list) else axis, keepdims)


@function
def pinv(x: Any, rcond: float | None = None) -> Any:
    """The pseudoinverse.

    Args:
        x: matrices (..., m, n).
        rcond: singular values below this share of the largest count as 0.

    >>> from addax.keras import ops
    >>> print(ops.pinv([[2.0, 0.0], [0.0, 0.0]]).numpy().round(4))
    [[0.5 0. ]
     [0.  0. ]]
    """
    return numpy_linalg.pinv(floats(x), rcond)


@function
def qr(x: Any, mode: str = "reduced") -> Any:
    """(q, r): an orthogonal and a triangular matrix; `mode` is "reduced" or "complete".

    >>> from addax.keras import ops
    >>> q, r = ops.qr([[1.0, 2.0], [0.0, 3.0]])
    >>> (q @ r).numpy().round(4).tolist()
    [[1.0, 2.0], [0.0, 3.0]]
    """
    if mode not in ("reduced", "complete"):
        raise ValueError(
            f"`mode` argument value not supported. Expected one of {{'reduced', 'complete'}}. Received: mode={mode}"
        )
    return numpy_linalg.qr(floats(x), mode)


@function
def solve(a: Any, b: Any) -> Any:
    """The x with a x = b.

    >>> from addax.keras import ops
    >>> ops.solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 2.0]).numpy().tolist()
    [1.0, 0.5]
    """
    return numpy_linalg.solve(*common_floats(a, b))


@function
def solve_triangular(a: Any, b: Any, lower: bool = False) -> Any:
    """The x with a x = b, of which a triangle of `a` is read.

    Args:
        a: matrices (..., n, n).
        b: (..., n), or columns (..., n, k).
        lower: whether the lower triangle is read, not the upper one.

    >>> from addax.keras import ops
    >>> ops.solve_triangular([[2.0, 2.0], [0.0, 4.0]], [[2.0], [4.0]]).numpy().tolist()
    [[0.0], [1.0]]
    """
    return numpy_linalg.triangular(*common_floats(a, b), lower)


@function
def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """(u, s, the adjoint of v): the singular value decomposition; only s without `compute_uv`.

    >>> from addax.keras import ops
    >>> print(ops.svd([[3.0, 0.0], [0.0, 2.0]], compute_uv=False).numpy().round(4))
    [3. 2.]
    """
    return numpy_linalg.svd(floats(x), full_matrices, compute_uv)


@function
def jvp(fun: Callable[..., Any], primals: Any, tangents: Any, has_aux: bool = False) -> Any:
    """A function's value, and its derivative in a direction (forward mode).

    Args:
        fun: of as many arguments as there are primals.
        primals: where, a list or tuple.
        tangents: the direction, in the same structure.
        has_aux: whether `fun` returns (value, something else), which is handed through.

    Returns:
        (value, derivative), and the something else.

    >>> from addax.keras import ops
    >>> value, slope = ops.jvp(lambda x: x * x, [ops.convert_to_tensor(3.0)], [ops.convert_to_tensor(1.0)])
    >>> slope.numpy()
    np.float32(6.0)
    """
    places = [trees.map_structure(lambda x: shaping.identity(tensor(x)), each) for each in primals]
    directions = [trees.map_structure(tensor, each) for each in tangents]
    with ForwardAccumulator(trees.flatten(places), trees.flatten(directions)) as accumulator:
        out = fun(*places)
        value, aux = out if has_aux else (out, None)
        moved = trees.map_structure(lambda x: accumulator.jvp(x, unconnected_gradients="zero"), value)
    return (value, moved, aux) if has_aux else (value, moved)
