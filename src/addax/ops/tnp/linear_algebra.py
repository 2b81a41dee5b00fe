"""Products of arrays, diagonals and triangles, differences and polynomials."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import errors
from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import op
from addax.core.tensor import Tensor
from addax.ops import products
from addax.ops.tnp.promotion import as_tensor, promote, wanted

# ---------------------------------------------------------------------------- products


@op(name="experimental.numpy.product", kinds="fciub")
def _product(a: TensorLike, b: TensorLike, which: str) -> Any:
    if which == "vdot":  # of NumPy; XLA's wants vectors
        return jnp.dot(jnp.conj(a).reshape(-1), b.reshape(-1))
    return getattr(jnp, which)(a, b)


def dot(a: Any, b: Any) -> Tensor:
    """The product of the last axis of `a` with the second last of `b` (the last of a vector; numbers multiply).

    >>> import addax as tf
    >>> int(tf.experimental.numpy.dot([1, 2], [3, 4]))
    11
    """
    return _product(*promote(a, b), "dot")


def matmul(x1: Any, x2: Any) -> Tensor:
    """The matrix product; vectors count as a row on the left and as a column on the right.

    Raises:
        ValueError: a number.

    >>> import addax.experimental.numpy as np
    >>> np.matmul([[1, 2], [3, 4]], [1, 1]).numpy().tolist()
    [3, 7]
    """
    x, y = promote(x1, x2)
    if not len(x.shape) or not len(y.shape):
        raise ValueError(
            errors.message(
                "tf.experimental.numpy.matmul",
                expected="arrays of at least one dimension",
                received={"x1": x, "x2": y},
                hint="multiply by a number with *",
            )
        )
    if len(x.shape) > 1 and len(y.shape) > 1:
        return products.matmul(x, y)
    return _product(x, y, "matmul")


def inner(a: Any, b: Any) -> Tensor:
    """The product of the last axes; numbers multiply.

    >>> import addax.experimental.numpy as np
    >>> np.inner([[1, 2], [0, 1]], [3, 4]).numpy().tolist()
    [11, 4]
    """
    return _product(*promote(a, b), "inner")


def outer(a: Any, b: Any) -> Tensor:
    """Each element of `a` times each of `b`, both in a row.

    >>> import addax.experimental.numpy as np
    >>> np.outer([1, 2], [3, 4]).numpy().tolist()
    [[3, 4], [6, 8]]
    """
    return _product(*promote(a, b), "outer")


def vdot(a: Any, b: Any) -> Tensor:
    """The product of both in a row, `a` conjugated.

    >>> import addax.experimental.numpy as np
    >>> np.vdot([[1, 2]], [[3, 4]]).numpy().item()
    11
    """
    return _product(*promote(a, b), "vdot")


def kron(a: Any, b: Any) -> Tensor:
    """Each element of `a` times the whole of `b`, as one array.

    >>> import addax as tf
    >>> tf.experimental.numpy.kron([1, 10], [1, 2]).numpy().tolist()
    [1, 2, 10, 20]
    """
    return _product(*promote(a, b), "kron")


def tensordot(a: Any, b: Any, axes: Any = 2) -> Tensor:
    """Summed products over axes; see `tf.tensordot`.

    >>> import addax.experimental.numpy as np
    >>> np.tensordot([[1, 2], [3, 4]], [[1, 0], [0, 1]], axes=1).numpy().tolist()
    [[1, 2], [3, 4]]
    """
    return products.tensordot(*promote(a, b), axes)


def einsum(subscripts: str, *operands: Any, **kwargs: Any) -> Tensor:
    """Sums of products, said by letters; see `tf.einsum`.

    Args:
        subscripts: e.g. "ij,jk->ik".
        *operands: as many arrays.
        **kwargs: `optimize`, as tf.einsum takes it; `casting` and `order` as NumPy's defaults.

    Raises:
        ValueError: another keyword.

    >>> import addax as tf
    >>> tf.experimental.numpy.einsum("ij->i", [[1, 2], [3, 4]]).numpy().tolist()
    [3, 7]
    """
    unknown = set(kwargs) - {"casting", "order", "optimize", "out", "dtype"}
    if unknown or kwargs.get("out") is not None:
        raise ValueError(f"tf.experimental.numpy.einsum: unsupported arguments {sorted(unknown) or ['out']}.")
    if str(kwargs.get("casting", "safe")) not in ("safe", "no", "equiv"):
        raise ValueError(f"casting policy not supported: {kwargs['casting']}")
    if str(kwargs.get("order", "K")) not in ("K", "C"):
        raise ValueError(f"order policy not supported: {kwargs['order']}")
    given = kwargs.get("dtype")
    made = promote(*operands) if given is None else [as_tensor(each, wanted(given)) for each in operands]
    return products.einsum(subscripts, *made)


@op(name="experimental.numpy.cross", kinds="fciu")
def _cross(a: TensorLike, b: TensorLike, axisa: int, axisb: int, axisc: int) -> Any:
    a, b = jnp.moveaxis(a, axisa, -1), jnp.moveaxis(b, axisb, -1)
    if a.shape[-1] == 2 and b.shape[-1] == 2:
        return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    a, b = _in_space(a), _in_space(b)
    made = jnp.stack([
        a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1],
        a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2],
        a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0],
    ], axis=-1)  # fmt: skip
    return jnp.moveaxis(made, -1, axisc)


def _in_space(a: Any) -> Any:
    return a if a.shape[-1] == 3 else jnp.concatenate([a, jnp.zeros((*a.shape[:-1], 1), a.dtype)], -1)


def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Tensor:
    """The cross product of vectors of 2 or 3 numbers; of two with 2, its last number.

    Args:
        a: vectors along `axisa`.
        b: vectors along `axisb`.
        axisa: the axis of a's vectors.
        axisb: the axis of b's vectors.
        axisc: the axis of the result's vectors.
        axis: if given, all three.

    Raises:
        FailedPreconditionError: vectors of other lengths.

    >>> import addax as tf
    >>> tf.experimental.numpy.cross([1, 0, 0], [0, 1, 0]).numpy().tolist()
    [0, 0, 1]
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    x, y = promote(a, b)
    if x.shape[axisa] not in (2, 3) or y.shape[axisb] not in (2, 3):
        raise errors.FailedPreconditionError(
            errors.message(
                "tf.experimental.numpy.cross", expected="vectors of 2 or 3 numbers", received={"a": x, "b": y}
            )
        )
    return _cross(x, y, axisa, axisb, axisc)


@op(name="experimental.numpy.polyval", kinds="fciu")
def _polyval(p: TensorLike, x: TensorLike) -> Any:
    return jnp.polyval(p, x)


def polyval(p: Any, x: Any) -> Tensor:
    """A polynomial at x, its coefficients from the highest power on.

    >>> import addax as tf
    >>> int(tf.experimental.numpy.polyval([1, 2, 3], 2))
    11
    """
    return _polyval(*promote(p, x))


@op(name="experimental.numpy.diff")
def _diff(a: FreeLike, n: int, axis: int) -> Any:
    return jnp.diff(a, n, axis)


def diff(a: Any, n: int = 1, axis: int = -1) -> Tensor:
    """Each element minus the one before, n times; bools: whether they differ.

    Raises:
        ValueError: a negative n.
        IndexError: an axis out of range.

    >>> import addax.experimental.numpy as np
    >>> np.diff([1, 4, 9]).numpy().tolist()
    [3, 5]
    """
    made = as_tensor(a)
    if n < 0:
        raise ValueError(f"tf.experimental.numpy.diff: Argument `order` must be a non-negative integer. Received: {n}")
    rank = len(made.shape)
    if not -rank <= axis < rank:
        raise IndexError(f"tf.experimental.numpy.diff: axis {axis} of an array with {rank} dimensions.")
    return _diff(made, int(n), axis)


# ---------------------------------------------------------------------------- diagonals and triangles


@op(name="experimental.numpy.diag")
def _diag(v: FreeLike, k: int) -> Any:
    return jnp.diag(v, k)


def diag(v: Any, k: int = 0) -> Tensor:
    """The k-th diagonal of a matrix, or the matrix with a vector on it.

    Raises:
        ValueError: more than two dimensions.
        InvalidArgumentError: a number.

    >>> import addax.experimental.numpy as np
    >>> np.diag([1, 2]).numpy().tolist()
    [[1, 0], [0, 2]]
    >>> np.diag([[1, 2], [3, 4]]).numpy().tolist()
    [1, 4]
    """
    made = as_tensor(v)
    if len(made.shape) > 2:
        raise ValueError(f"tf.experimental.numpy.diag: Shape {made.shape} must have rank at most 2")
    if not len(made.shape):
        raise errors.InvalidArgumentError(
            errors.message("tf.experimental.numpy.diag", expected="a vector or a matrix", received={"v": made})
        )
    return _diag(made, k)


@op(name="experimental.numpy.diagflat")
def _diagflat(v: FreeLike, k: int) -> Any:
    return jnp.diagflat(v, k)


def diagflat(v: Any, k: int = 0) -> Tensor:
    """The matrix with the elements of `v`, in a row, on its k-th diagonal.

    >>> import addax.experimental.numpy as np
    >>> np.diagflat([[1, 2]]).numpy().tolist()
    [[1, 0], [0, 2]]
    """
    return _diagflat(as_tensor(v), k)


@op(name="experimental.numpy.diagonal")
def _diagonal(a: FreeLike, offset: int, axis1: int, axis2: int) -> Any:
    return jnp.diagonal(a, offset, axis1, axis2)


def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The diagonals of the planes of two axes, along a new last axis.

    >>> import addax.experimental.numpy as np
    >>> np.diagonal([[1, 2], [3, 4]]).numpy().tolist()
    [1, 4]
    """
    return _diagonal(as_tensor(a), offset, axis1, axis2)


@op(name="experimental.numpy.trace", kinds="fciu")
def _trace(a: TensorLike, offset: int, axis1: int, axis2: int) -> Any:
    return jnp.sum(jnp.diagonal(a, offset, axis1, axis2), axis=-1, dtype=a.dtype)


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Tensor:
    """The sum of a diagonal; see `diagonal`.

    Args:
        a: a tensor.
        offset: which diagonal.
        axis1: an axis.
        axis2: another.
        dtype: the dtype of the sum; by default that of `a`, for integers int64.

    >>> import addax.experimental.numpy as np
    >>> np.trace([[1, 2], [3, 4]]).numpy().item()
    5
    """
    made = as_tensor(a)
    if dtype is not None:
        made = as_tensor(made, wanted(dtype))
    return _trace(made, offset, axis1, axis2)


@op(name="experimental.numpy.tril")
def _triangle(m: FreeLike, k: int, lower: bool) -> Any:
    return jnp.tril(m, k) if lower else jnp.triu(m, k)


def _triangle_of(who: str, m: Any, k: int) -> Tensor:
    made = as_tensor(m)
    if len(made.shape) < 2:
        raise ValueError(f"tf.experimental.numpy.{who}: Argument to {who} must have rank at least 2")
    return _triangle(made, k, who == "tril")


def tril(m: Any, k: int = 0) -> Tensor:
    """What lies on and below the k-th diagonal of matrices, zeros above.

    >>> import addax.experimental.numpy as np
    >>> np.tril([[1, 2], [3, 4]]).numpy().tolist()
    [[1, 0], [3, 4]]
    """
    return _triangle_of("tril", m, k)


def triu(m: Any, k: int = 0) -> Tensor:
    """What lies on and above the k-th diagonal of matrices, zeros below.

    >>> import addax.experimental.numpy as np
    >>> np.triu([[1, 2], [3, 4]]).numpy().tolist()
    [[1, 2], [0, 4]]
    """
    return _triangle_of("triu", m, k)


def diag_indices(n: int, ndim: int = 2) -> tuple[Tensor, ...]:
    """The indices of the diagonal of an array of `ndim` axes of length n.

    >>> import addax.experimental.numpy as np
    >>> [each.numpy().tolist() for each in np.diag_indices(2)]
    [[0, 1], [0, 1]]
    """
    return (as_tensor(np.arange(n, dtype=np.int32)),) * ndim
