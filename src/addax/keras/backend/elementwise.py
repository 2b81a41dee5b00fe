"""Elementwise functions and comparisons of keras.backend."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import convert, dtypes, errors
from addax.core.tensor import Tensor
from addax.keras import activations
from addax.keras.config import floatx
from addax.ops import casting, math, nn
from addax.ops import clip as clipping


def abs(x: Any) -> Tensor:  # noqa: A001
    """Absolute values.

    >>> import addax as tf
    >>> float(tf.keras.backend.abs(-2.0))
    2.0
    """
    return math.abs(x)


def cast(x: Any, dtype: Any) -> Tensor:
    """`x` as another dtype."""
    return casting.cast(x, dtype)


def cast_to_floatx(x: Any) -> Any:
    """An array (or tensor) as the default float type; arrays stay arrays.

    >>> import addax as tf
    >>> tf.keras.backend.cast_to_floatx([1, 2]).dtype.name
    'float32'
    """
    if convert.is_tensor(x) and not isinstance(x, np.ndarray):
        return casting.cast(x, floatx())
    return np.asarray(x, dtype=dtypes.as_dtype(floatx()).np)


def clip(x: Any, min_value: Any, max_value: Any) -> Tensor:
    """`x` between two bounds; None is no bound.

    >>> import addax as tf
    >>> tf.keras.backend.clip([1.0, 5.0], 2.0, 3.0).numpy().tolist()
    [2.0, 3.0]
    """
    if isinstance(min_value, int | float) and isinstance(max_value, int | float) and max_value < min_value:
        max_value = min_value
    return clipping.clip_by_value(
        x, -np.inf if min_value is None else min_value, np.inf if max_value is None else max_value
    )


def cos(x: Any) -> Tensor:
    """Cosine."""
    return math.cos(x)


def sin(x: Any) -> Tensor:
    """Sine."""
    return math.sin(x)


def exp(x: Any) -> Tensor:
    """Exponential."""
    return math.exp(x)


def log(x: Any) -> Tensor:
    """Natural logarithm."""
    return math.log(x)


def pow(x: Any, a: int) -> Tensor:  # noqa: A001
    """`x` to the power of `a`."""
    return math.pow(x, a)


def round(x: Any) -> Tensor:  # noqa: A001
    """To the nearest integer; halves to the even one."""
    return math.round(x)


def sign(x: Any) -> Tensor:
    """-1, 0 or 1."""
    return math.sign(x)


def sqrt(x: Any) -> Tensor:
    """Square root; of 0 for negative numbers.

    >>> import addax as tf
    >>> tf.keras.backend.sqrt([4.0, -1.0]).numpy().tolist()
    [2.0, 0.0]
    """
    x = convert.convert_to_tensor(x)
    return math.sqrt(clipping.clip_by_value(x, 0.0, np.inf))


def square(x: Any) -> Tensor:
    """Square."""
    return math.square(x)


def maximum(x: Any, y: Any) -> Tensor:
    """The larger of two, elementwise."""
    return math.maximum(x, y)


def minimum(x: Any, y: Any) -> Tensor:
    """The smaller of two, elementwise."""
    return math.minimum(x, y)


def equal(x: Any, y: Any) -> Tensor:
    """x == y, elementwise."""
    return math.equal(x, y)


def not_equal(x: Any, y: Any) -> Tensor:
    """x != y, elementwise."""
    return math.not_equal(x, y)


def greater(x: Any, y: Any) -> Tensor:
    """x > y, elementwise."""
    return math.greater(x, y)


def greater_equal(x: Any, y: Any) -> Tensor:
    """x >= y, elementwise."""
    return math.greater_equal(x, y)


def less(x: Any, y: Any) -> Tensor:
    """x < y, elementwise."""
    return math.less(x, y)


def less_equal(x: Any, y: Any) -> Tensor:
    """x <= y, elementwise."""
    return math.less_equal(x, y)


def relu(x: Any, alpha: Any = 0.0, max_value: Any = None, threshold: Any = 0.0) -> Tensor:
    """Rectified linear unit, with a slope below the threshold and a ceiling."""
    return activations.relu(x, alpha=alpha, max_value=max_value, threshold=threshold)


def elu(x: Any, alpha: float = 1.0) -> Tensor:
    """Exponential linear unit."""
    return activations.elu(x, alpha)


def softmax(x: Any, axis: int = -1) -> Tensor:
    """Softmax along an axis; ValueError for vectors, as in `keras.activations`."""
    if (len(x.shape) if hasattr(x, "shape") else np.ndim(x)) <= 1:
        raise ValueError(f"Cannot apply softmax to a tensor that is 1D. Received: {errors.describe(x)}")
    return nn.softmax(x, axis=axis)


def softplus(x: Any) -> Tensor:
    """log(1 + exp(x))."""
    return nn.softplus(x)


def softsign(x: Any) -> Tensor:
    """x / (1 + |x|)."""
    return nn.softsign(x)


def sigmoid(x: Any) -> Tensor:
    """1 / (1 + exp(-x))."""
    return math.sigmoid(x)


def hard_sigmoid(x: Any) -> Tensor:
    """0.2 x + 0.5, between 0 and 1."""
    return activations.hard_sigmoid(x)


def tanh(x: Any) -> Tensor:
    """Hyperbolic tangent."""
    return math.tanh(x)
