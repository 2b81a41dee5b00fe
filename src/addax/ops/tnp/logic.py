"""Comparisons, and what holds of arrays."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import op
from addax.core.tensor import Tensor
from addax.ops import comparison
from addax.ops.reductions import reduce_all, reduction_axes
from addax.ops.tnp.promotion import as_tensor, promote

_BOOL = np.dtype(bool)


def equal(x1: Any, x2: Any) -> Tensor:
    """Whether x1 == x2, element by element.

    >>> import addax.experimental.numpy as np
    >>> np.equal([1, 2], [1.0, 3.0]).numpy().tolist()
    [True, False]
    """
    return comparison.equal(*promote(x1, x2))


def not_equal(x1: Any, x2: Any) -> Tensor:
    """Whether x1 != x2, element by element.

    >>> import addax.experimental.numpy as np
    >>> np.not_equal([1, 2], [1.0, 3.0]).numpy().tolist()
    [False, True]
    """
    return comparison.not_equal(*promote(x1, x2))


@op(name="experimental.numpy.compare_bools", kinds="b", differentiable=False)
def _compare_bools(x: TensorLike, y: TensorLike, which: str) -> Any:
    return getattr(jnp, which)(x, y)


def _ordered(function: Any, x1: Any, x2: Any) -> Tensor:
    x, y = promote(x1, x2)
    return _compare_bools(x, y, function.__name__) if x.dtype.is_bool else function(x, y)


def less(x1: Any, x2: Any) -> Tensor:
    """Whether x1 < x2, element by element.

    >>> import addax.experimental.numpy as np
    >>> np.less([1, 2, 3], 2).numpy().tolist()
    [True, False, False]
    """
    return _ordered(comparison.less, x1, x2)


def less_equal(x1: Any, x2: Any) -> Tensor:
    """Whether x1 <= x2, element by element.

    >>> import addax.experimental.numpy as np
    >>> np.less_equal([1, 2, 3], 2).numpy().tolist()
    [True, True, False]
    """
    return _ordered(comparison.less_equal, x1, x2)


def greater(x1: Any, x2: Any) -> Tensor:
    """Whether x1 > x2, element by element.

    >>> import addax.experimental.numpy as np
    >>> np.greater([1, 2, 3], 2).numpy().tolist()
    [False, False, True]
    """
    return _ordered(comparison.greater, x1, x2)


def greater_equal(x1: Any, x2: Any) -> Tensor:
    """Whether x1 >= x2, element by element.

    >>> import addax.experimental.numpy as np
    >>> np.greater_equal([1, 2, 3], 2).numpy().tolist()
    [False, True, True]
    """
    return _ordered(comparison.greater_equal, x1, x2)


def _truth(x: Any) -> Tensor:
    return as_tensor(as_tensor(x), _BOOL)


def logical_and(x1: Any, x2: Any) -> Tensor:
    """Whether neither is 0.

    >>> import addax.experimental.numpy as np
    >>> np.logical_and([1, 0], [True, True]).numpy().tolist()
    [True, False]
    """
    return comparison.logical_and(_truth(x1), _truth(x2))


def logical_or(x1: Any, x2: Any) -> Tensor:
    """Whether one is not 0.

    >>> import addax.experimental.numpy as np
    >>> np.logical_or([1, 0], [False, False]).numpy().tolist()
    [True, False]
    """
    return comparison.logical_or(_truth(x1), _truth(x2))


def logical_xor(x1: Any, x2: Any) -> Tensor:
    """Whether exactly one is not 0.

    >>> import addax.experimental.numpy as np
    >>> np.logical_xor([True, True], [False, True]).numpy().tolist()
    [True, False]
    """
    return comparison.logical_xor(_truth(x1), _truth(x2))


def logical_not(x: Any) -> Tensor:
    """Whether it is 0.

    >>> import addax.experimental.numpy as np
    >>> np.logical_not([1, 0]).numpy().tolist()
    [False, True]
    """
    return comparison.logical_not(_truth(x))


@op(name="experimental.numpy.any", differentiable=False)
def _any(a: FreeLike, axis: Any, keepdims: bool, every: bool) -> Any:
    axes = reduction_axes("experimental.numpy." + ("all" if every else "any"), axis, a.ndim)
    return (jnp.all if every else jnp.any)(a != 0, axis=axes, keepdims=keepdims)


def any(a: Any, axis: Any = None, keepdims: Any = None) -> Tensor:  # noqa: A001
    """Whether something along the axes is not 0.

    Args:
        a: a tensor.
        axis: ints, or one; all by default.
        keepdims: whether the axes stay, with length 1.

    >>> import addax.experimental.numpy as np
    >>> np.any([[0, 0], [2, 3]], axis=1).numpy().tolist()
    [False, True]
    """
    return _any(as_tensor(a), axis, bool(keepdims), False)


def all(a: Any, axis: Any = None, keepdims: Any = None) -> Tensor:  # noqa: A001
    """Whether nothing along the axes is 0; see `any`.

    >>> import addax.experimental.numpy as np
    >>> np.all([[1, 0], [2, 3]], axis=1).numpy().tolist()
    [False, True]
    """
    return _any(as_tensor(a), axis, bool(keepdims), True)


@op(name="experimental.numpy.isclose", differentiable=False)
def _isclose(a: TensorLike, b: TensorLike, rtol: float, atol: float, equal_nan: bool) -> Any:
    if a.dtype.kind in "biu":
        return a == b
    near = jnp.abs(a - b) <= atol + rtol * jnp.abs(b)
    return near | (jnp.isnan(a) & jnp.isnan(b)) if equal_nan else near


def isclose(a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Whether |a - b| <= atol + rtol |b|, element by element; integers have to be equal.

    As in TensorFlow, an infinity is not close to itself.

    Args:
        a: a tensor.
        b: a tensor.
        rtol: the relative tolerance.
        atol: the absolute tolerance.
        equal_nan: whether NaN is close to NaN.

    >>> import addax as tf
    >>> tf.experimental.numpy.isclose([1.0, 2.0], [1.0 + 1e-9, 2.1]).numpy().tolist()
    [True, False]
    """
    return _isclose(*promote(a, b), float(rtol), float(atol), bool(equal_nan))


def allclose(a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Whether all elements are close; see `isclose`.

    >>> import addax.experimental.numpy as np
    >>> bool(np.allclose([1.0, 2.0], [1.000001, 2.0]))
    True
    """
    return reduce_all(isclose(a, b, rtol, atol, equal_nan))


def array_equal(a1: Any, a2: Any) -> Tensor:
    """Whether shapes and elements are the same.

    >>> import addax.experimental.numpy as np
    >>> bool(np.array_equal([1, 2], [1, 2])), bool(np.array_equal([1, 2], [[1, 2]]))
    (True, False)
    """
    x, y = promote(a1, a2)
    if x.shape.as_list() != y.shape.as_list():
        return as_tensor(False)
    return reduce_all(comparison.equal(x, y))
