"""Bitwise operations on integers, and what `& | ^ ~` do."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import lax

from addax.core.convert import TensorLike
from addax.core.dispatch import op
from addax.core.tensor import Tensor

__all__ = ["bitwise_and", "bitwise_or", "bitwise_xor", "invert", "left_shift", "right_shift"]


@op(kinds="iu", name="bitwise.bitwise_and")
def bitwise_and(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """The bits that are set in both x and y.

    >>> import addax as tf
    >>> tf.bitwise.bitwise_and([6], [3]).numpy().tolist()
    [2]
    """
    return jnp.bitwise_and(x, y)


@op(kinds="iu", name="bitwise.bitwise_or")
def bitwise_or(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """The bits that are set in x or y.

    >>> import addax as tf
    >>> tf.bitwise.bitwise_or([6], [3]).numpy().tolist()
    [7]
    """
    return jnp.bitwise_or(x, y)


@op(kinds="iu", name="bitwise.bitwise_xor")
def bitwise_xor(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """The bits that are set in exactly one of x and y.

    >>> import addax as tf
    >>> tf.bitwise.bitwise_xor([6], [3]).numpy().tolist()
    [5]
    """
    return jnp.bitwise_xor(x, y)


@op(kinds="iu", name="bitwise.invert")
def invert(x: TensorLike, name: str | None = None) -> Tensor:
    """All bits of x flipped.

    >>> import addax as tf
    >>> tf.bitwise.invert([0, 5]).numpy().tolist()
    [-1, -6]
    """
    return jnp.bitwise_not(x)


def _shift(shift: object, x: object, y: object) -> object:
    # Shifts by less than 0 or by more than the width are undefined in C; TensorFlow limits them to the width - 1.
    x, y = jnp.broadcast_arrays(x, y)
    return shift(x, jnp.clip(y, 0, np.iinfo(x.dtype).bits - 1).astype(x.dtype))  # type: ignore[operator]


@op(kinds="iu", name="bitwise.left_shift")
def left_shift(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """x with its bits moved up by y places; y is limited to the places there are.

    >>> import addax as tf
    >>> tf.bitwise.left_shift([1, 3], [4, 1]).numpy().tolist()
    [16, 6]
    """
    return _shift(lax.shift_left, x, y)


@op(kinds="iu", name="bitwise.right_shift")
def right_shift(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """x with its bits moved down by y places; negative numbers stay negative.

    >>> import addax as tf
    >>> tf.bitwise.right_shift([16, -4], [4, 1]).numpy().tolist()
    [1, -2]
    """
    return _shift(lax.shift_right_arithmetic if x.dtype.kind == "i" else lax.shift_right_logical, x, y)


# ---------------------------------------------------------------------------- the operators & | ^ ~


@op(kinds="iub", name="logical_and (x & y)")
def bitwise_or_logical_and(x: TensorLike, y: TensorLike) -> Tensor:
    """What `x & y` does: logic on bools, bits on integers."""
    return jnp.bitwise_and(x, y)


@op(kinds="iub", name="logical_or (x | y)")
def bitwise_or_logical_or(x: TensorLike, y: TensorLike) -> Tensor:
    """What `x | y` does: logic on bools, bits on integers."""
    return jnp.bitwise_or(x, y)


@op(kinds="iub", name="math.logical_xor (x ^ y)")
def bitwise_or_logical_xor(x: TensorLike, y: TensorLike) -> Tensor:
    """What `x ^ y` does: logic on bools, bits on integers."""
    return jnp.bitwise_xor(x, y)


@op(kinds="iub", name="logical_not (~x)")
def bitwise_or_logical_not(x: TensorLike) -> Tensor:
    """What `~x` does: logic on bools, bits on integers."""
    return jnp.bitwise_not(x)
