"""Seeds of stateless draws made from other seeds; TensorFlow's numbers."""

from __future__ import annotations

from typing import Any

from addax.core import convert
from addax.core.tensor import Tensor
from addax.ops import random
from addax.ops.joining import stack


def split(seed: Any, num: int = 2, alg: Any = "auto_select") -> Tensor:
    """New seeds from a seed.

    Args:
        seed: two ints.
        num: how many.
        alg: "philox" or "auto_select", which is the same.

    Returns:
        A tensor of shape (num, 2) and the dtype of the seed.

    >>> import addax as tf
    >>> tf.random.split([1, 2], 3).shape
    TensorShape([3, 2])
    """
    made = convert.convert_to_tensor(seed)
    return random._uniform_full(random._start(made, alg), (int(num), 2), made.dtype.np)


def fold_in(seed: Any, data: Any, alg: Any = "auto_select") -> Tensor:
    """A new seed from a seed and a number.

    Args:
        seed: two ints.
        data: an int.
        alg: "philox" or "auto_select", which is the same.

    >>> import addax as tf
    >>> tf.random.fold_in([1, 2], 5).shape
    TensorShape([2])
    """
    number = convert.convert_to_tensor(data)
    return stack([random._uniform_full(random._start(seed, alg), (), number.dtype.np), number])
