"""Comparison of two tensors, and logic of bools."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import errors
from addax.core.convert import TensorLike, convert_to_tensor
from addax.core.dispatch import UnfitError, op
from addax.core.tensor import Tensor

__all__ = [
    "equal",
    "equal_or_false",
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "not_equal",
    "not_equal_or_true",
]


def _check_text(who: str, x: Any, y: Any) -> None:
    if x.dtype != y.dtype:
        kinds = [each.dtype.name if each.dtype.kind != "O" else "string" for each in (x, y)]
        raise UnfitError(
            errors.message(who, expected="two tensors of one dtype", received=f"x {kinds[0]}, y {kinds[1]}")
        )


def _equal_text(x: Any, y: Any, name: Any = None) -> np.ndarray:
    _check_text("tf.equal", x, y)
    return np.asarray(np.equal(x, y), bool)


def _different_text(x: Any, y: Any, name: Any = None) -> np.ndarray:
    _check_text("tf.not_equal", x, y)
    return np.asarray(np.not_equal(x, y), bool)


@op(host=_equal_text, small=np.equal)
def equal(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Whether x == y, element by element with broadcasting.

    >>> import addax as tf
    >>> tf.equal([1, 2], 2).numpy().tolist()
    [False, True]
    """
    return jnp.equal(x, y)


@op(host=_different_text, small=np.not_equal)
def not_equal(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Whether x != y, element by element with broadcasting.

    >>> import addax as tf
    >>> tf.not_equal([1, 2], 2).numpy().tolist()
    [True, False]
    """
    return jnp.not_equal(x, y)


def equal_or_false(x: Any, y: Any, incompatible_shape_error: bool = False) -> Any:
    """What the operator `==` does: `equal`, and False where the shapes do not broadcast."""
    return equal(x, y) if incompatible_shape_error or _broadcastable(x, y) else convert_to_tensor(False)


def not_equal_or_true(x: Any, y: Any, incompatible_shape_error: bool = False) -> Any:
    """What the operator `!=` does: `not_equal`, and True where the shapes do not broadcast."""
    return not_equal(x, y) if incompatible_shape_error or _broadcastable(x, y) else convert_to_tensor(True)


def _broadcastable(x: Any, y: Any) -> bool:
    if type(x) is Tensor and type(y) is Tensor and x._form.shape == y._form.shape:
        return True
    if type(y) in (int, float, bool, str, bytes):
        return True
    mine = getattr(x, "shape", None)
    other = getattr(y, "shape", None)
    if mine is None or other is None:
        return True
    mine, other = tuple(mine), tuple(other)
    return all(
        a == b or a == 1 or b == 1 or a is None or b is None for a, b in zip(mine[::-1], other[::-1], strict=False)
    )


@op(kinds="fiu", small=np.less)
def less(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Whether x < y, element by element with broadcasting.

    >>> import addax as tf
    >>> tf.less([1, 2], 2).numpy().tolist()
    [True, False]
    """
    return jnp.less(x, y)


@op(kinds="fiu", small=np.less_equal)
def less_equal(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Whether x <= y, element by element with broadcasting.

    >>> import addax as tf
    >>> tf.less_equal([1, 3], 2).numpy().tolist()
    [True, False]
    """
    return jnp.less_equal(x, y)


@op(kinds="fiu", small=np.greater)
def greater(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Whether x > y, element by element with broadcasting.

    >>> import addax as tf
    >>> tf.greater([1, 3], 2).numpy().tolist()
    [False, True]
    """
    return jnp.greater(x, y)


@op(kinds="fiu", small=np.greater_equal)
def greater_equal(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Whether x >= y, element by element with broadcasting.

    >>> import addax as tf
    >>> tf.greater_equal([1, 2], 2).numpy().tolist()
    [False, True]
    """
    return jnp.greater_equal(x, y)


# ---------------------------------------------------------------------------- logic


@op(kinds="b", small=np.logical_and)
def logical_and(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Whether both x and y are true (bool tensors, with broadcasting).

    >>> import addax as tf
    >>> tf.logical_and([True, False], True).numpy().tolist()
    [True, False]
    """
    return jnp.logical_and(x, y)


@op(kinds="b", small=np.logical_or)
def logical_or(x: TensorLike, y: TensorLike, name: str | None = None) -> Tensor:
    """Whether x or y is true (bool tensors, with broadcasting).

    >>> import addax as tf
    >>> tf.logical_or([True, False], False).numpy().tolist()
    [True, False]
    """
    return jnp.logical_or(x, y)


@op(kinds="b", small=np.logical_not)
def logical_not(x: TensorLike, name: str | None = None) -> Tensor:
    """Whether x is false (a bool tensor).

    >>> import addax as tf
    >>> tf.logical_not([True, False]).numpy().tolist()
    [False, True]
    """
    return jnp.logical_not(x)


@op(kinds="b", small=np.logical_xor)
def logical_xor(x: TensorLike, y: TensorLike, name: str | None = "LogicalXor") -> Tensor:
    """Whether exactly one of x and y is true (bool tensors, with broadcasting).

    >>> import addax as tf
    >>> tf.math.logical_xor([True, False], True).numpy().tolist()
    [False, True]
    """
    return jnp.logical_xor(x, y)
