"""`keras.ops`: products, diagonals, triangles, differences, correlations."""

from __future__ import annotations

from typing import Any

from addax.core import dtypes
from addax.keras.ops.function import function, named
from addax.keras.ops.promotion import common, common_floats, floats, tensor
from addax.keras.ops.reductions import _wide
from addax.ops import matrix_functions, numpy_arrays, products
from addax.ops import numpy_statistics as statistics
from addax.ops.tnp import linear_algebra


def _wide_bytes(made: list[Any]) -> list[Any]:
    """Tensors whose products are added up: those of int8 in int32."""
    return [tensor(each, "int32") for each in made] if all(each.dtype == dtypes.int8 for each in made) else made


@function
def matmul(x1: Any, x2: Any) -> Any:
    """The product of matrices (and stacks of them), or of a matrix and a vector; of int8, int32.

    >>> from addax.keras import ops
    >>> ops.matmul([[1, 2], [3, 4]], [1, 1]).numpy().tolist()
    [3, 7]
    """
    x, y = _wide_bytes([tensor(x1), tensor(x2)])
    x, y = common(x, y)
    if len(x.shape) > 1 and len(y.shape) > 1 and not x.dtype.is_bool:
        return products.matmul(x, y, output_type=x.dtype if x.dtype.is_integer else None)
    return numpy_arrays.product(x, y, "matmul")


@function
def dot(x1: Any, x2: Any) -> Any:
    """The sums of products along the last axis of x1 and the last but one of x2.

    >>> from addax.keras import ops
    >>> ops.dot([1, 2], [3, 4]).numpy()
    np.int32(11)
    """
    return numpy_arrays.product(*common(x1, x2), "dot")


@function
def inner(x1: Any, x2: Any) -> Any:
    """The sums of products along the last axes of both.

    >>> from addax.keras import ops
    >>> ops.inner([[1, 2], [0, 1]], [3, 4]).numpy().tolist()
    [11, 4]
    """
    return numpy_arrays.product(*common(x1, x2), "inner")


@function
def outer(x1: Any, x2: Any) -> Any:
    """The products of each element with each.

    >>> from addax.keras import ops
    >>> ops.outer([1, 2], [3, 4]).numpy().tolist()
    [[3, 4], [6, 8]]
    """
    return numpy_arrays.product(*common(x1, x2), "outer")


@function
def vdot(x1: Any, x2: Any) -> Any:
    """The sum of products of all elements, x1 conjugated.

    >>> from addax.keras import ops
    >>> ops.vdot([[1, 2]], [[3, 4]]).numpy()
    np.int32(11)
    """
    return numpy_arrays.product(*common(x1, x2), "vdot")


@function
def kron(x1: Any, x2: Any) -> Any:
    """The product of each element of x1 with all of x2, side by side.

    >>> from addax.keras import ops
    >>> ops.kron([1, 2], [1, 10]).numpy().tolist()
    [1, 10, 2, 20]
    """
    return numpy_arrays.product(*common(x1, x2), "kron")


@function
def tensordot(x1: Any, x2: Any, axes: Any = 2) -> Any:
    """The sums of products along axes.

    Args:
        x1: a tensor.
        x2: a tensor.
        axes: the axes of x1 and those of x2; a number n: the last n of x1, the first n of x2.

    >>> from addax.keras import ops
    >>> ops.tensordot([[1, 2], [3, 4]], [[1, 0], [0, 1]], axes=1).numpy().tolist()
    [[1, 2], [3, 4]]
    """
    return numpy_arrays.tensordot(*common(x1, x2), axes)


def einsum(subscripts: str, *operands: Any, **kwargs: Any) -> Any:
    """Sums of products by Einstein's notation; of int8, int32.

    Args:
        subscripts: e.g. "ij,jk->ik".
        *operands: as many tensors.
        **kwargs: as tf.einsum takes them.

    >>> from addax.keras import ops
    >>> ops.einsum("ij->i", [[1, 2], [3, 4]]).numpy().tolist()
    [3, 7]
    """
    return _einsum(list(operands), subscripts, kwargs)


@named("einsum")
def _einsum(operands: Any, subscripts: str, options: Any) -> Any:
    made = common(*_wide_bytes([tensor(each) for each in operands]))
    kept = made[0].dtype
    if not (kept.is_bool or kept.is_integer) or kept in (dtypes.int32, dtypes.int64):
        return products.einsum(subscripts, *made, **dict(options))
    wide = [tensor(each, "int64") for each in made]  # tf.einsum takes no smaller ones
    return tensor(products.einsum(subscripts, *wide, **dict(options)), kept.name)


@function
def cross(x1: Any, x2: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    """The vectors that stand upright on two others.

    Args:
        x1: vectors of 2 or 3 numbers along `axisa`.
        x2: vectors of 2 or 3 numbers along `axisb`.
        axisa: the axis of x1's vectors.
        axisb: the axis of x2's vectors.
        axisc: the axis of the result's vectors.
        axis: if given, all three.

    >>> from addax.keras import ops
    >>> ops.cross([1, 0, 0], [0, 1, 0]).numpy().tolist()
    [0, 0, 1]
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    return numpy_arrays.cross(*common(x1, x2), axisa, axisb, axisc)


@function
def slogdet(x: Any) -> Any:
    """(the sign of a matrix's determinant, the logarithm of its absolute value).

    >>> from addax.keras import ops
    >>> sign, logarithm = ops.slogdet([[-2.0, 0.0], [0.0, 3.0]])
    >>> float(sign), round(float(logarithm), 4)
    (-1.0, 1.7918)
    """
    return tuple(matrix_functions.slogdet(floats(x)))


# ---------------------------------------------------------------------------- diagonals and triangles


@function
def diag(x: Any, k: int = 0) -> Any:
    """The k-th diagonal of a matrix, or a matrix with a vector on it.

    >>> from addax.keras import ops
    >>> ops.diag([1, 2]).numpy().tolist()
    [[1, 0], [0, 2]]
    >>> ops.diag([[1, 2], [3, 4]]).numpy().tolist()
    [1, 4]
    """
    return linear_algebra.diag(tensor(x), int(k))


@function
def diagflat(x: Any, k: int = 0) -> Any:
    """A matrix with the elements on its k-th diagonal.

    >>> from addax.keras import ops
    >>> ops.diagflat([[1, 2]]).numpy().tolist()
    [[1, 0], [0, 2]]
    """
    return linear_algebra.diagflat(tensor(x), int(k))


@function
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """A diagonal of the matrices along two axes, as a new last axis.

    >>> from addax.keras import ops
    >>> ops.diagonal([[1, 2], [3, 4]]).numpy().tolist()
    [1, 4]
    """
    return linear_algebra.diagonal(tensor(x), offset, axis1, axis2)


@function
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum of a diagonal of the matrices along two axes.

    >>> from addax.keras import ops
    >>> ops.trace([[1, 2], [3, 4]]).numpy()
    np.int32(5)
    """
    return linear_algebra.trace(_wide(x), offset, axis1, axis2)


@function
def tril(x: Any, k: int = 0) -> Any:
    """The matrices with zeros above the k-th diagonal.

    >>> from addax.keras import ops
    >>> ops.tril([[1, 2], [3, 4]]).numpy().tolist()
    [[1, 0], [3, 4]]
    """
    return linear_algebra.tril(tensor(x), k)


@function
def triu(x: Any, k: int = 0) -> Any:
    """The matrices with zeros below the k-th diagonal.

    >>> from addax.keras import ops
    >>> ops.triu([[1, 2], [3, 4]]).numpy().tolist()
    [[1, 2], [0, 4]]
    """
    return linear_algebra.triu(tensor(x), k)


# ---------------------------------------------------------------------------- differences and correlations


@function
def diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    """The differences of neighbours along an axis, n times over.

    >>> from addax.keras import ops
    >>> ops.diff([1, 4, 9]).numpy().tolist()
    [3, 5]
    """
    return linear_algebra.diff(tensor(a), n, axis)


@function
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """The area under points along an axis, by trapezoids.

    Args:
        y: the heights.
        x: where they are; by default `dx` apart.
        dx: their distance.
        axis: the axis.

    >>> from addax.keras import ops
    >>> float(ops.trapezoid([1, 2, 3], dx=2.0))
    8.0
    """
    if x is None:
        made = floats(y)
        return statistics.trapezoid(made, None, 1.0, axis) * tensor(dx, made.dtype)
    return statistics.trapezoid(*common_floats(y, x), 1.0, axis)


@function
def corrcoef(x: Any) -> Any:
    """The correlation of each row with each.

    >>> from addax.keras import ops
    >>> print(ops.corrcoef([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]).numpy().round(4))
    [[ 1. -1.]
     [-1.  1.]]
    """
    return statistics.corrcoef(floats(x))


@function
def correlate(x1: Any, x2: Any, mode: str = "valid") -> Any:
    """The sums of products of two vectors at each shift.

    Args:
        x1: a vector.
        x2: a vector.
        mode: "valid": where they lie over each other wholly, "same": as many as the longer one has, "full": all.

    >>> from addax.keras import ops
    >>> ops.correlate([1, 2, 3], [0, 1], mode="full").numpy().tolist()
    [1.0, 2.0, 3.0, 0.0]
    """
    return statistics.correlate(*common_floats(x1, x2), mode)
