"""The initializers at TensorFlow's top level (tf.zeros_initializer, ...); float32 whatever `floatx()` is."""

from __future__ import annotations

from typing import Any

from addax.core import dtypes
from addax.keras.initializers.base import Constant, Ones, Zeros
from addax.keras.initializers.random import RandomNormal, RandomUniform


class zeros_initializer(Zeros):  # noqa: N801  (TensorFlow's spelling)
    """All zeros.

    >>> import addax as tf
    >>> tf.zeros_initializer()((2,)).numpy().tolist()
    [0.0, 0.0]
    """

    def __call__(self, shape: Any, dtype: Any = dtypes.float32, **kwargs: Any) -> Any:
        """Zeros of a shape and dtype."""
        return super().__call__(shape, dtype, **kwargs)


class ones_initializer(Ones):  # noqa: N801
    """All ones.

    >>> import addax as tf
    >>> tf.ones_initializer()((2,)).numpy().tolist()
    [1.0, 1.0]
    """

    def __call__(self, shape: Any, dtype: Any = dtypes.float32, **kwargs: Any) -> Any:
        """Ones of a shape and dtype."""
        return super().__call__(shape, dtype, **kwargs)


class constant_initializer(Constant):  # noqa: N801
    """A given value everywhere, or given values.

    Args:
        value: a number, or an array of as many values as the shape has.
        support_partition: accepted for TensorFlow's signature; partitions are cut from the whole.

    >>> import addax as tf
    >>> tf.constant_initializer([1.0, 2.0])((2,)).numpy().tolist()
    [1.0, 2.0]
    """

    def __init__(self, value: Any = 0, support_partition: bool = False) -> None:
        super().__init__(value)

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """The value in a shape; without a dtype, that of the value."""
        if dtype is None:
            from addax.core import convert  # for the value's own dtype only

            dtype = convert.convert_to_tensor(self.value).dtype
        return super().__call__(shape, dtype, **kwargs)


class random_normal_initializer(RandomNormal):  # noqa: N801
    """Values of a normal distribution.

    Args:
        mean: the mean.
        stddev: the standard deviation.
        seed: an integer for the same values at every call.

    >>> import addax as tf
    >>> tf.random_normal_initializer(seed=1)((2, 3)).shape
    TensorShape([2, 3])
    """

    def __call__(self, shape: Any, dtype: Any = dtypes.float32, **kwargs: Any) -> Any:
        """Random values of a shape and dtype."""
        return super().__call__(shape, dtype, **kwargs)


class random_uniform_initializer(RandomUniform):  # noqa: N801
    """Values spread evenly from `minval` to `maxval`.

    Args:
        minval: the lower end.
        maxval: the upper end; not reached.
        seed: an integer for the same values at every call.

    >>> import addax as tf
    >>> tf.random_uniform_initializer(0, 10, seed=1)((3,), dtype=tf.int32).dtype
    tf.int32
    """

    def __call__(self, shape: Any, dtype: Any = dtypes.float32, **kwargs: Any) -> Any:
        """Random values of a shape and dtype."""
        return super().__call__(shape, dtype, **kwargs)


# TensorFlow's classes are called otherwise than the names that lead to them, and files say where they lie.
for _made in (
    zeros_initializer, ones_initializer, constant_initializer, random_normal_initializer, random_uniform_initializer
):  # fmt: skip
    _made.__name__ = _made.__base__.__name__
    _made._serialized_as = ("tensorflow.python.ops.init_ops_v2", _made.__name__)
