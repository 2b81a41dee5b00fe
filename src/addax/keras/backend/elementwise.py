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
    """`x` as another dtype.

    >>> from addax.keras import backend as K
    >>> K.cast(K.constant([1.7, 2.0]), "int32").numpy().tolist()
    [1, 2]
    """
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
    """Cosine.

    >>> from addax.keras import backend as K
    >>> print(K.cos(K.constant([0.0, 1.0])).numpy().round(4))
    [1.     0.5403]
    """
    return math.cos(x)


def sin(x: Any) -> Tensor:
    """Sine.

    >>> from addax.keras import backend as K
    >>> print(K.sin(K.constant([0.0, 1.0])).numpy().round(4))
    [0.     0.8415]
    """
    return math.sin(x)


def exp(x: Any) -> Tensor:
    """Exponential.

    >>> from addax.keras import backend as K
    >>> print(K.exp(K.constant([0.0, 1.0])).numpy().round(4))
    [1.     2.7183]
    """
    return math.exp(x)


def log(x: Any) -> Tensor:
    """Natural logarithm.

    >>> from addax.keras import backend as K
    >>> print(K.log(K.constant([1.0, 10.0])).numpy().round(4))
    [0.     2.3026]
    """
    return math.log(x)


def pow(x: Any, a: int) -> Tensor:  # noqa: A001
    """`x` to the power of `a`.

    >>> from addax.keras import backend as K
    >>> K.pow(K.constant([2.0, 3.0]), 2).numpy().tolist()
    [4.0, 9.0]
    """
    return math.pow(x, a)


def round(x: Any) -> Tensor:  # noqa: A001
    """To the nearest integer; halves to the even one.

    >>> from addax.keras import backend as K
    >>> K.round(K.constant([0.5, 1.5, 1.2])).numpy().tolist()
    [0.0, 2.0, 1.0]
    """
    return math.round(x)


def sign(x: Any) -> Tensor:
    """-1, 0 or 1.

    >>> from addax.keras import backend as K
    >>> K.sign([-3, 0, 2]).numpy().tolist()
    [-1, 0, 1]
    """
    return math.sign(x)


def sqrt(x: Any) -> Tensor:
    """Square root; of 0 for negative numbers.

    >>> import addax as tf
    >>> tf.keras.backend.sqrt([4.0, -1.0]).numpy().tolist()
    [2.0, 0.0]
    """
    x = x if hasattr(x, "flat_values") else convert.convert_to_tensor(x)
    return math.sqrt(clipping.clip_by_value(x, 0.0, np.inf))


def square(x: Any) -> Tensor:
    """Square.

    >>> from addax.keras import backend as K
    >>> K.square([2, -3]).numpy().tolist()
    [4, 9]
    """
    return math.square(x)


def maximum(x: Any, y: Any) -> Tensor:
    """The larger of two, elementwise.

    >>> from addax.keras import backend as K
    >>> K.maximum([1, 5], [3, 3]).numpy().tolist()
    [3, 5]
    """
    return math.maximum(x, y)


def minimum(x: Any, y: Any) -> Tensor:
    """The smaller of two, elementwise.

    >>> from addax.keras import backend as K
    >>> K.minimum([1, 5], [3, 3]).numpy().tolist()
    [1, 3]
    """
    return math.minimum(x, y)


def equal(x: Any, y: Any) -> Tensor:
    """x == y, elementwise.

    >>> from addax.keras import backend as K
    >>> K.equal([1, 2], [1, 3]).numpy().tolist()
    [True, False]
    """
    return math.equal(x, y)


def not_equal(x: Any, y: Any) -> Tensor:
    """x != y, elementwise.

    >>> from addax.keras import backend as K
    >>> K.not_equal([1, 2], [1, 3]).numpy().tolist()
    [False, True]
    """
    return math.not_equal(x, y)


def greater(x: Any, y: Any) -> Tensor:
    """x > y, elementwise.

    >>> from addax.keras import backend as K
    >>> K.greater([1, 2, 3], [2, 2, 2]).numpy().tolist()
    [False, False, True]
    """
    return math.greater(x, y)


def greater_equal(x: Any, y: Any) -> Tensor:
    """x >= y, elementwise.

    >>> from addax.keras import backend as K
    >>> K.greater_equal([1, 2, 3], [2, 2, 2]).numpy().tolist()
    [False, True, True]
    """
    return math.greater_equal(x, y)


def less(x: Any, y: Any) -> Tensor:
    """x < y, elementwise.

    >>> from addax.keras import backend as K
    >>> K.less([1, 2, 3], [2, 2, 2]).numpy().tolist()
    [True, False, False]
    """
    return math.less(x, y)


def less_equal(x: Any, y: Any) -> Tensor:
    """x <= y, elementwise.

    >>> from addax.keras import backend as K
    >>> K.less_equal([1, 2, 3], [2, 2, 2]).numpy().tolist()
    [True, True, False]
    """
    return math.less_equal(x, y)


def relu(x: Any, alpha: Any = 0.0, max_value: Any = None, threshold: Any = 0.0) -> Tensor:
    """Rectified linear unit, with a slope below the threshold and a ceiling.

    Args:
        x: a tensor of floats.
        alpha: the slope below the threshold.
        max_value: the ceiling.
        threshold: where the unit begins.

    >>> from addax.keras import backend as K
    >>> K.relu(K.constant([-2.0, 1.0, 9.0]), alpha=0.5, max_value=6.0).numpy().tolist()
    [-1.0, 1.0, 6.0]
    """
    return activations.relu(x, alpha=alpha, max_value=max_value, threshold=threshold)


def elu(x: Any, alpha: float = 1.0) -> Tensor:
    """Exponential linear unit.

    Args:
        x: a tensor of floats.
        alpha: minus the limit for small x.

    >>> from addax.keras import backend as K
    >>> print(K.elu(K.constant([-1.0, 2.0])).numpy().round(4))
    [-0.6321  2.    ]
    """
    return activations.elu(x, alpha)


def softmax(x: Any, axis: int = -1) -> Tensor:
    """Softmax along an axis; ValueError for vectors, as in `keras.activations`.

    >>> from addax.keras import backend as K
    >>> K.softmax(K.constant([[1.0, 1.0]])).numpy().tolist()
    [[0.5, 0.5]]
    """
    if (len(x.shape) if hasattr(x, "shape") else np.ndim(x)) <= 1:
        raise ValueError(f"Cannot apply softmax to a tensor that is 1D. Received: {errors.describe(x)}")
    return activations.softmax(x, axis)


def softplus(x: Any) -> Tensor:
    """log(1 + exp(x)).

    >>> from addax.keras import backend as K
    >>> print(K.softplus(K.constant([0.0, 1.0])).numpy().round(4))
    [0.6931 1.3133]
    """
    return nn.softplus(x)


def softsign(x: Any) -> Tensor:
    """x / (1 + |x|).

    >>> from addax.keras import backend as K
    >>> K.softsign(K.constant([-1.0, 3.0])).numpy().tolist()
    [-0.5, 0.75]
    """
    return nn.softsign(x)


def sigmoid(x: Any) -> Tensor:
    """1 / (1 + exp(-x)).

    >>> from addax.keras import backend as K
    >>> print(K.sigmoid(K.constant([0.0, 2.0])).numpy().round(4))
    [0.5    0.8808]
    """
    return activations.sigmoid(x)


def hard_sigmoid(x: Any) -> Tensor:
    """0.2 x + 0.5, between 0 and 1.

    >>> from addax.keras import backend as K
    >>> K.hard_sigmoid(K.constant([-3.0, 0.0, 3.0])).numpy().tolist()
    [0.0, 0.5, 1.0]
    """
    return activations.hard_sigmoid(x)


def tanh(x: Any) -> Tensor:
    """Hyperbolic tangent.

    >>> from addax.keras import backend as K
    >>> print(K.tanh(K.constant([0.0, 1.0])).numpy().round(4))
    [0.     0.7616]
    """
    return math.tanh(x)
