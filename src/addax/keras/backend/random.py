"""Random tensors and variables of keras.backend."""

from __future__ import annotations

from typing import Any

from addax.core.tensor import Tensor
from addax.core.variable import Variable
from addax.keras.backend.state import variable
from addax.keras.config import floatx
from addax.ops import casting, math, random


def random_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: int | None = None
) -> Tensor:
    """Normally distributed numbers.

    >>> import addax as tf
    >>> tf.keras.backend.random_normal((2, 3)).shape
    TensorShape([2, 3])
    """
    return random.normal(shape, mean, stddev, dtype or floatx(), seed)


def random_uniform(
    shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: int | None = None
) -> Tensor:
    """Numbers evenly distributed between two bounds.

    >>> from addax.keras import backend as K
    >>> draws = K.random_uniform((100,), 2.0, 3.0).numpy()
    >>> bool((draws >= 2.0).all() and (draws < 3.0).all())
    True
    """
    return random.uniform(shape, minval, maxval, dtype or floatx(), seed)


def truncated_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: int | None = None
) -> Tensor:
    """Normally distributed numbers, none further from the mean than two standard deviations.

    >>> from addax.keras import backend as K
    >>> bool((abs(K.truncated_normal((100,)).numpy()) <= 2.0).all())
    True
    """
    return random.truncated_normal(shape, mean, stddev, dtype or floatx(), seed)


def random_bernoulli(shape: Any, p: float = 0.0, dtype: Any = None, seed: int | None = None) -> Tensor:
    """1 with probability `p`, otherwise 0.

    >>> from addax.keras import backend as K
    >>> sorted(set(K.random_bernoulli((100,), p=0.5).numpy().tolist()))
    [0.0, 1.0]
    """
    return casting.cast(math.less(random.uniform(shape, seed=seed), p), dtype or floatx())


def random_binomial(shape: Any, p: float = 0.0, dtype: Any = None, seed: int | None = None) -> Tensor:
    """The older name of `random_bernoulli`.

    >>> from addax.keras import backend as K
    >>> sorted(set(K.random_binomial((100,), p=0.5).numpy().tolist()))
    [0.0, 1.0]
    """
    return random_bernoulli(shape, p, dtype, seed)


def random_normal_variable(
    shape: Any, mean: float, scale: float, dtype: Any = None, name: str | None = None, seed: int | None = None
) -> Variable:
    """A variable of normally distributed numbers.

    >>> from addax.keras import backend as K
    >>> K.random_normal_variable((2, 3), 0.0, 1.0).shape
    TensorShape([2, 3])
    """
    return variable(random_normal(shape, mean, scale, dtype, seed), dtype, name)


def random_uniform_variable(
    shape: Any, low: float, high: float, dtype: Any = None, name: str | None = None, seed: int | None = None
) -> Variable:
    """A variable of evenly distributed numbers.

    >>> from addax.keras import backend as K
    >>> K.random_uniform_variable((2, 3), 0.0, 1.0).shape
    TensorShape([2, 3])
    """
    return variable(random_uniform(shape, low, high, dtype, seed), dtype, name)
