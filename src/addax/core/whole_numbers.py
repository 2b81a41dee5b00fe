"""Axes and sizes among the static arguments of ops: whole numbers, and what is none is refused.

Plans of ops are kept by their static arguments, and Python has 1.0 == 1 == True. So a float is refused before there is
a plan: one that was made for 1.0 would answer for 1 from then on.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import dtypes, errors
from addax.core.failures import UnfitError
from addax.core.tensor import Tensor, Tracer

#: Arguments that are sizes; arrays of floating numbers become whole ones (see `cast`).
SIZES = frozenset(("shape", "dims", "multiples", "paddings", "begin", "size"))
#: Arguments that are whole numbers, whatever op they belong to.
NAMES = SIZES | {
    "axis", "axes", "batch_dims", "seq_axis", "batch_axis", "perm", "block_shape", "block_size", "crops", "depth",
    "shift", "k", "num", "num_segments", "num_lower", "num_upper", "frame_length", "frame_step", "noise_shape",
    "offset_height", "offset_width", "target_height", "target_width", "fft_length",
    "num_or_size_splits",
}  # fmt: skip


def cast(sizes: Any) -> Any:
    """Sizes as whole numbers, where an array or a list that starts with a tensor has floating ones: they are cast."""
    if isinstance(sizes, np.ndarray) and sizes.dtype.kind == "f":
        return sizes.astype(np.int64)
    if not isinstance(sizes, list | tuple) or not sizes:
        return sizes
    if isinstance(sizes[0], list | tuple):
        return [cast(item) for item in sizes]
    first = sizes[0]
    if (
        not isinstance(first, Tensor)
        or first._value.dtype.kind != "f"
        or first._value.ndim
        or isinstance(first._value, Tracer)
    ):
        return sizes
    return [int(np.asarray(item._value)) if isinstance(item, Tensor) else item for item in sizes]


_OTHER_INTEGERS = frozenset(("int8", "int16", "uint8", "uint16", "uint32", "uint64"))

#: Ops that take 1.0 for 1, as TensorFlow's attributes do.
_LENIENT = frozenset((
    "nn.softmax", "nn.log_softmax", "stack", "squeeze", "sort", "argsort", "reverse_sequence", "one_hot",
    "nn.space_to_depth", "nn.depth_to_space",
))  # fmt: skip
#: Ops whose whole numbers have a dtype, which bools and NumPy's floats are not cast to.
_STRICT = frozenset(("gather", "roll", "repeat", "signal.frame"))


def look(value: Any, argument: str, op: Any) -> Any:
    """A whole number, or a tuple of them, before a plan is looked up.

    Returns:
        The value; NumPy's numbers and bools, which TensorFlow takes for an axis or a size, as an int.

    Raises:
        UnfitError: it is a float, or has floats or bools in it.
    """
    kind = value.__class__
    if kind is tuple:
        for item in value:
            if item.__class__ is not int:
                _look_inside(value, argument, op)
                return value
        op.whole = value
    elif kind is float and value.is_integer() and op.name in _LENIENT and argument != "depth":
        return int(value)
    elif kind is float:
        check(value, argument, op.name)
    elif kind is bool or isinstance(value, np.bool_ | np.floating):
        if op.name in _STRICT:
            check(value if kind is bool else value.item(), argument, op.name)
        return int(value)
    return value


def _look_inside(values: Any, argument: str, op: Any) -> None:
    for item in values:
        if item.__class__ is tuple or item.__class__ is list:
            _look_inside(item, argument, op)
        elif isinstance(item, bool | np.bool_ | float | np.floating):
            check(item.item() if isinstance(item, np.generic) else item, argument, op.name)


def check_dtype(value: Any, argument: str, who: str) -> None:
    """Refuse a tensor of whole numbers that are neither int32 nor int64, which TensorFlow's kernels take."""
    if type(value) is not Tensor or value._value.dtype.name not in _OTHER_INTEGERS:
        return
    if argument == "num" or argument == "k" and value._value.dtype == np.int16:  # tf.linspace casts it
        return
    raise UnfitError(
        errors.message(
            who if who.startswith("tf.") else f"tf.{who}",
            expected=f"{argument} of int32 or int64",
            received=f"{argument} {errors.describe(value)}",
            hint=f"cast it: tf.cast({argument}, tf.int32)",
        )
    )


def index_dtype(who: str, dtype: Any) -> dtypes.DType:
    """int32 or int64, in which TensorFlow gives places and sizes; others are refused."""
    found = dtypes.as_dtype(dtype)
    if found.name not in ("int32", "int64"):
        raise UnfitError(
            errors.message(who, expected="int32 or int64 for the places or sizes", received=f"dtype {found.name}")
        )
    return found


def check(value: Any, argument: str, who: str) -> None:
    """Refuse a static argument (hashable: nested tuples) that holds a number that is not whole, or text."""
    if type(value) is int or value is None:
        return
    if type(value) is tuple:
        for item in value:
            check(item, argument, who)
    elif isinstance(value, float | complex | bool | str | bytes):
        raise UnfitError(
            errors.message(
                who if who.startswith("tf.") else f"tf.{who}",
                expected=f"{argument} of whole numbers (int32 or int64)",
                received=f"{argument} {value!r} ({type(value).__name__})",
                hint=f"write {int(value)}" if isinstance(value, float | bool) and value == value // 1 else None,
            )
        )
