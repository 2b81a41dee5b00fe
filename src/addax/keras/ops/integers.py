"""`keras.ops`: divisors and bits of integers."""

from __future__ import annotations

from typing import Any

from addax.keras.ops.function import function
from addax.keras.ops.promotion import common, numbers, tensor
from addax.ops import bitwise, comparison
from addax.ops import numpy_elementwise as more
from addax.ops.tnp import integers as tnp


@function
def gcd(x1: Any, x2: Any) -> Any:
    """The greatest common divisor of integers.

    >>> from addax.keras import ops
    >>> ops.gcd([12, 9], 8).numpy().tolist()
    [4, 1]
    """
    return more.gcd(*common(x1, x2), False)


@function
def lcm(x1: Any, x2: Any) -> Any:
    """The least common multiple of integers.

    >>> from addax.keras import ops
    >>> ops.lcm([4, 3], 6).numpy().tolist()
    [12, 6]
    """
    return more.gcd(*common(x1, x2), True)


@function
def bitwise_and(x: Any, y: Any) -> Any:
    """The bits that both have.

    >>> from addax.keras import ops
    >>> ops.bitwise_and([6], [3]).numpy().tolist()
    [2]
    """
    return tnp.bitwise_and(*common(x, y))


@function
def bitwise_or(x: Any, y: Any) -> Any:
    """The bits that one of both has.

    >>> from addax.keras import ops
    >>> ops.bitwise_or([6], [3]).numpy().tolist()
    [7]
    """
    return tnp.bitwise_or(*common(x, y))


@function
def bitwise_xor(x: Any, y: Any) -> Any:
    """The bits that exactly one of both has.

    >>> from addax.keras import ops
    >>> ops.bitwise_xor([6], [3]).numpy().tolist()
    [5]
    """
    return tnp.bitwise_xor(*common(x, y))


@function
def bitwise_invert(x: Any) -> Any:
    """All bits turned over.

    >>> from addax.keras import ops
    >>> ops.bitwise_invert([6, 0]).numpy().tolist()
    [-7, -1]
    """
    made = tensor(x)
    return comparison.logical_not(made) if made.dtype.is_bool else bitwise.invert(made)


@function
def bitwise_not(x: Any) -> Any:
    """All bits turned over.

    >>> from addax.keras import ops
    >>> ops.bitwise_not([6, 0]).numpy().tolist()
    [-7, -1]
    """
    return bitwise_invert(x)


@function
def bitwise_left_shift(x: Any, y: Any) -> Any:
    """The bits of x moved up by y places.

    >>> from addax.keras import ops
    >>> ops.bitwise_left_shift([1, 3], 2).numpy().tolist()
    [4, 12]
    """
    return more.shift(*numbers(x, y), True)


@function
def left_shift(x: Any, y: Any) -> Any:
    """The bits of x moved up by y places.

    >>> from addax.keras import ops
    >>> ops.left_shift([1, 3], 2).numpy().tolist()
    [4, 12]
    """
    return bitwise_left_shift(x, y)


@function
def bitwise_right_shift(x: Any, y: Any) -> Any:
    """The bits of x moved down by y places.

    >>> from addax.keras import ops
    >>> ops.bitwise_right_shift([8, -8], 2).numpy().tolist()
    [2, -2]
    """
    return more.shift(*numbers(x, y), False)


@function
def right_shift(x: Any, y: Any) -> Any:
    """The bits of x moved down by y places.

    >>> from addax.keras import ops
    >>> ops.right_shift([8, -8], 2).numpy().tolist()
    [2, -2]
    """
    return bitwise_right_shift(x, y)
