"""Divisors and bits of integers."""

from __future__ import annotations

from typing import Any

from addax.core import errors
from addax.core.convert import TensorLike
from addax.core.dispatch import op
from addax.core.tensor import Tensor
from addax.ops import bitwise, comparison, numpy_elementwise
from addax.ops.tnp.promotion import (
    as_tensor,
    dtype_of,
    promote_numbers,
)


def _bits(function: Any, logical: Any, x1: Any, x2: Any) -> Tensor:
    x, y = promote_numbers(x1, x2)
    return logical(x, y) if dtype_of(x).kind == "b" else function(x, y)


def bitwise_and(x1: Any, x2: Any) -> Tensor:
    """The bits that both have.

    >>> import addax.experimental.numpy as np
    >>> np.bitwise_and([6], [3]).numpy().tolist()
    [2]
    """
    return _bits(bitwise.bitwise_and, comparison.logical_and, x1, x2)


def bitwise_or(x1: Any, x2: Any) -> Tensor:
    """The bits that one of both has.

    >>> import addax.experimental.numpy as np
    >>> np.bitwise_or([6], [3]).numpy().tolist()
    [7]
    """
    return _bits(bitwise.bitwise_or, comparison.logical_or, x1, x2)


def bitwise_xor(x1: Any, x2: Any) -> Tensor:
    """The bits that exactly one of both has.

    >>> import addax.experimental.numpy as np
    >>> np.bitwise_xor([6], [3]).numpy().tolist()
    [5]
    """
    return _bits(bitwise.bitwise_xor, comparison.logical_xor, x1, x2)


def bitwise_not(x: Any) -> Tensor:
    """All bits turned over.

    >>> import addax.experimental.numpy as np
    >>> np.bitwise_not([6, 0]).numpy().tolist()
    [-7, -1]
    """
    made = as_tensor(x)
    return comparison.logical_not(made) if dtype_of(made).kind == "b" else bitwise.invert(made)


@op(name="experimental.numpy.gcd", kinds="iu", differentiable=False)
def _gcd(x: TensorLike, y: TensorLike, least_multiple: bool) -> Any:
    return numpy_elementwise.gcd.body(x, y, least_multiple)


def _integers(x1: Any, x2: Any, who: str) -> list[Any]:
    made = promote_numbers(x1, x2)
    if dtype_of(made[0]).kind not in "iu":
        raise ValueError(
            errors.message(
                f"tf.experimental.numpy.{who}: Arguments to {who} must be integers",
                received={"x1": made[0], "x2": made[1]},
            )
        )
    return made


def gcd(x1: Any, x2: Any) -> Tensor:
    """The greatest common divisor of integers.

    Raises:
        ValueError: other numbers.

    >>> import addax.experimental.numpy as np
    >>> np.gcd([12, 9], 8).numpy().tolist()
    [4, 1]
    """
    return _gcd(*_integers(x1, x2, "gcd"), False)


def lcm(x1: Any, x2: Any) -> Tensor:
    """The least common multiple of integers; see `gcd`.

    >>> import addax.experimental.numpy as np
    >>> np.lcm([4, 3], 6).numpy().tolist()
    [12, 6]
    """
    return _gcd(*_integers(x1, x2, "lcm"), True)
