"""Random numbers by NumPy's names, drawn from TensorFlow's global generator."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import dtypes
from addax.core import random as state
from addax.core.tensor import Tensor
from addax.ops import random as draws
from addax.ops.casting import cast
from addax.ops.shaping import broadcast_static_shape
from addax.ops.tnp.creation import _dims
from addax.ops.tnp.promotion import as_tensor, default_float, wanted


def seed(s: int) -> None:
    """Set the global seed, as `tf.random.set_seed` does.

    Args:
        s: an int.

    >>> import addax.experimental.numpy as np
    >>> np.random.seed(1)
    >>> first = np.random.rand(2)
    >>> np.random.seed(1)
    >>> (np.random.rand(2) == first).numpy().all()
    np.True_
    """
    state.set_seed(int(s))


def _size(size: Any) -> tuple[int, ...]:
    return () if size is None else _dims(size)


def randn(*args: int) -> Tensor:
    """Draws of the standard normal distribution, of a shape given as ints.

    >>> import addax.experimental.numpy as np
    >>> np.random.randn(2, 3).shape
    TensorShape([2, 3])
    """
    return standard_normal(args)


def standard_normal(size: Any = None) -> Tensor:
    """Draws of the standard normal distribution.

    Args:
        size: the shape; a single number by default.

    >>> import addax.experimental.numpy as np
    >>> np.random.standard_normal((2, 3)).shape
    TensorShape([2, 3])
    """
    return draws.normal(_size(size), dtype=dtypes.from_numpy(default_float()))


def uniform(low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Tensor:
    """Draws from [low, high).

    Args:
        low: a number or tensor.
        high: a number or tensor.
        size: the shape; by default what low and high broadcast to.

    >>> import addax.experimental.numpy as np
    >>> draws = np.random.uniform(2.0, 3.0, (100,)).numpy()
    >>> draws.min() >= 2.0, draws.max() < 3.0
    (np.True_, np.True_)
    """
    lower, upper = (as_tensor(each, default_float()) for each in (low, high))
    shape = tuple(broadcast_static_shape(lower.shape, upper.shape)) if size is None else _size(size)
    unit = draws.uniform(shape, dtype=dtypes.from_numpy(default_float()))
    return lower + unit * (upper - lower)


def random(size: Any = None) -> Tensor:
    """Draws from [0, 1); see `uniform`.

    >>> import addax.experimental.numpy as np
    >>> np.random.random((2, 3)).shape
    TensorShape([2, 3])
    """
    return uniform(0.0, 1.0, size)


def rand(*size: int) -> Tensor:
    """Draws from [0, 1), of a shape given as ints.

    >>> import addax.experimental.numpy as np
    >>> np.random.rand(2, 3).shape
    TensorShape([2, 3])
    """
    return uniform(0.0, 1.0, size)


def poisson(lam: Any = 1.0, size: Any = None) -> Tensor:
    """Draws of Poisson distributions.

    Args:
        lam: the means, a number or a tensor.
        size: how many of each: the result has the shape size + lam.shape.

    >>> import addax.experimental.numpy as np
    >>> np.random.poisson([1.0, 5.0], (3,)).shape
    TensorShape([3, 2])
    """
    means = as_tensor(lam, default_float())
    return cast(draws.poisson(_size(size), means, means.dtype), dtypes.int64)


def randint(low: int, high: int | None = None, size: Any = None, dtype: Any = np.int64) -> Tensor:
    """Integers from [low, high), or [0, low) for one argument.

    Args:
        low: an int.
        high: an int.
        size: the shape; a single number by default.
        dtype: int32 or int64 (others are cast).

    Raises:
        ValueError: a dtype that is no integer.
        InvalidArgumentError: nothing lies between.

    >>> import addax.experimental.numpy as np
    >>> draws = np.random.randint(2, 4, (100,)).numpy()
    >>> sorted(set(draws.tolist()))
    [2, 3]
    """
    if high is None:
        low, high = 0, low
    kind = wanted(dtype)
    if kind.kind not in "iu":
        raise ValueError(f"tf.experimental.numpy.random.randint: {dtype!r} is not an integer dtype.")
    drawn = kind if kind in (np.int32, np.int64) else np.dtype(np.int64)
    made = draws.uniform(_size(size), low, high, dtypes.from_numpy(drawn))
    return cast(made, dtypes.from_numpy(kind))
