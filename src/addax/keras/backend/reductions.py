"""Sums, means and other reductions of keras.backend; booleans count as numbers."""

from __future__ import annotations

from typing import Any

from addax.core import convert, dtypes
from addax.core.tensor import Tensor
from addax.keras.config import floatx
from addax.keras.graph import KerasTensor
from addax.ops import casting, math


def _numbers(x: Any) -> Any:
    """Booleans as floats."""
    if not isinstance(x, KerasTensor):
        x = convert.convert_to_tensor(x)
    return casting.cast(x, floatx()) if dtypes.as_dtype(x.dtype).name == "bool" else x


def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:  # noqa: A001
    """Sum along axes (None: all).

    >>> from addax.keras import backend as K
    >>> K.sum([[1, 2], [3, 4]], axis=1).numpy().tolist()
    [3, 7]
    """
    return math.reduce_sum(x, axis=axis, keepdims=keepdims)


def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Mean along axes (None: all).

    >>> import addax as tf
    >>> float(tf.keras.backend.mean([True, False]))
    0.5
    """
    return math.reduce_mean(_numbers(x), axis=axis, keepdims=keepdims)


def var(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Variance along axes (None: all).

    >>> from addax.keras import backend as K
    >>> K.var(K.constant([[1.0, 3.0], [2.0, 2.0]]), axis=1).numpy().tolist()
    [1.0, 0.0]
    """
    return math.reduce_variance(_numbers(x), axis=axis, keepdims=keepdims)


def std(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Standard deviation along axes (None: all).

    >>> import addax as tf
    >>> float(tf.keras.backend.std([1.0, 3.0]))
    1.0
    """
    return math.reduce_std(_numbers(x), axis=axis, keepdims=keepdims)


def max(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:  # noqa: A001
    """Maximum along axes (None: all).

    >>> from addax.keras import backend as K
    >>> K.max([[1, 5], [3, 4]], axis=1).numpy().tolist()
    [5, 4]
    """
    return math.reduce_max(x, axis=axis, keepdims=keepdims)


def min(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:  # noqa: A001
    """Minimum along axes (None: all).

    >>> from addax.keras import backend as K
    >>> K.min([[1, 5], [3, 4]], axis=1).numpy().tolist()
    [1, 3]
    """
    return math.reduce_min(x, axis=axis, keepdims=keepdims)


def prod(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Product along axes (None: all).

    >>> from addax.keras import backend as K
    >>> K.prod([[1, 2], [3, 4]], axis=1).numpy().tolist()
    [2, 12]
    """
    return math.reduce_prod(x, axis=axis, keepdims=keepdims)


def any(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:  # noqa: A001
    """Whether any is true, along axes (None: all).

    >>> from addax.keras import backend as K
    >>> K.any([[False, False], [True, False]], axis=1).numpy().tolist()
    [False, True]
    """
    return math.reduce_any(casting.cast(x, "bool"), axis=axis, keepdims=keepdims)


def all(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:  # noqa: A001
    """Whether all are true, along axes (None: all).

    >>> from addax.keras import backend as K
    >>> K.all([[True, True], [True, False]], axis=1).numpy().tolist()
    [True, False]
    """
    return math.reduce_all(casting.cast(x, "bool"), axis=axis, keepdims=keepdims)


def cumsum(x: Any, axis: int = 0) -> Tensor:
    """Running sums.

    >>> from addax.keras import backend as K
    >>> K.cumsum([1, 2, 3]).numpy().tolist()
    [1, 3, 6]
    """
    return math.cumsum(x, axis=axis)


def cumprod(x: Any, axis: int = 0) -> Tensor:
    """Running products.

    >>> from addax.keras import backend as K
    >>> K.cumprod([1, 2, 3]).numpy().tolist()
    [1, 2, 6]
    """
    return math.cumprod(x, axis=axis)


def argmax(x: Any, axis: int = -1) -> Tensor:
    """Index of the maximum.

    >>> from addax.keras import backend as K
    >>> K.argmax([[1, 5], [3, 4]]).numpy().tolist()
    [1, 1]
    """
    return math.argmax(x, axis)


def argmin(x: Any, axis: int = -1) -> Tensor:
    """Index of the minimum.

    >>> from addax.keras import backend as K
    >>> K.argmin([[1, 5], [3, 4]]).numpy().tolist()
    [0, 0]
    """
    return math.argmin(x, axis)


def l2_normalize(x: Any, axis: Any = None) -> Tensor:
    """`x` divided by its L2 norm along axes.

    >>> from addax.keras import backend as K
    >>> print(K.l2_normalize(K.constant([3.0, 4.0])).numpy().round(4))
    [0.6 0.8]
    """
    return math.l2_normalize(x, axis=axis)
