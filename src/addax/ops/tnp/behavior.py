"""Tensors that behave like NumPy's arrays: operators that promote, NumPy's indexing and methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import numpy_attributes, operators, weak
from addax.core.tensor import Tensor
from addax.ops.operators import STANDARD
from addax.ops.tnp import arithmetic, creation, elementwise, linear_algebra, manipulation, reductions, weak_functions
from addax.ops.tnp.indexing import getitem
from addax.ops.tnp.promotion import promote, rules

MODES = ("off", "legacy", "safe", "all")
_UNARY = ("negative", "abs", "bitwise_or_logical_not", "getitem")
# What NumPy's arrays do otherwise than tensors: multiply bools, and vectors with @.
_ARRAYS = {"multiply": arithmetic.multiply, "matmul": linear_algebra.matmul}


def experimental_enable_numpy_behavior(prefer_float32: bool = False, dtype_conversion_mode: str = "legacy") -> None:
    """Let tensors behave like NumPy's arrays, from now on and everywhere.

    Operators (`+`, `<`, ...) bring their operands to a common dtype, `x[...]` takes lists, arrays and masks, and
    tensors have NumPy's methods: T, astype, clip, flatten, item, max, mean, min, ravel, reshape, size, tolist,
    transpose.

    Args:
        prefer_float32: whether Python's floats are float32 where nothing says otherwise, rather than float64.
        dtype_conversion_mode: how the common dtype is found: "legacy": by NumPy's rules; "off": not at all; "all":
            Python's numbers are weak, 32 bits wide, and every pair of dtypes has a common one; "safe": as "all", but
            refusing pairs whose common dtype may lose bits.

    Raises:
        ValueError: another mode.

    Example (in a program of its own, as it changes tensors for good):

        tf.experimental.numpy.experimental_enable_numpy_behavior()
        tf.constant([1, 2]) + 0.5          # float64
        tf.constant([[1, 2]]).T[[0, 1]]
    """
    if dtype_conversion_mode not in MODES:
        raise ValueError(
            "tf.experimental.numpy.experimental_enable_numpy_behavior: expected dtype_conversion_mode to be one of "
            f"{', '.join(MODES)}, received {dtype_conversion_mode!r}."
        )
    rules.prefer_float32 = bool(prefer_float32)
    rules.enabled = dtype_conversion_mode == "legacy"
    weak.mode.enter(dtype_conversion_mode)
    table: dict[str, Callable[..., Any]] = dict(STANDARD)
    if rules.enabled:
        table |= {name: _promoting(name, function) for name, function in STANDARD.items() if name not in _UNARY}
        table |= {name: _promoting(name, function) for name, function in _ARRAYS.items()}
    weak_functions.uninstall()
    if weak.mode.active:
        weak_functions.install()
        table = weak_functions.operators_of(table)
    operators.bind(table | {"getitem": getitem})
    for name, value in _METHODS.items():
        if name in vars(Tensor) and name not in _covered:
            _covered[name] = vars(Tensor)[name]
        setattr(Tensor, name, value)


def disable_numpy_behavior() -> None:
    """Tensors as they were before: for tests, which share a process."""
    rules.prefer_float32 = rules.enabled = False
    weak.mode.enter("off")
    weak_functions.uninstall()
    operators.bind(STANDARD)
    for name in _METHODS:
        if name in _covered:
            setattr(Tensor, name, _covered.pop(name))
        elif name not in numpy_attributes.NAMES and name in vars(Tensor):
            delattr(Tensor, name)
    numpy_attributes.offer_numpy_attributes(Tensor)


def _promoting(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """An operator's function that brings its operands to their common dtype first."""

    def promoted(x: Any, y: Any, **options: Any) -> Any:
        if hasattr(x, "__composite_call__") or hasattr(y, "__composite_call__"):
            return function(x, y, **options)
        return function(*promote(x, y), **options)

    if name in ("equal", "not_equal"):

        def compared(x: Any, y: Any, **options: Any) -> Any:
            try:
                return promoted(x, y, **options)
            except ValueError:  # None, or rows of different lengths: equal to no tensor
                return name == "not_equal"

        return compared
    return promoted


# ---------------------------------------------------------------------------- methods


def _reshape(self: Any, *newshape: Any, order: str = "C") -> Tensor:
    """The same elements in another shape, given as ints or as one list of them."""
    return manipulation.reshape(self, newshape[0] if len(newshape) == 1 else newshape, order)


def _transpose(self: Any, *axes: Any) -> Tensor:
    """Axes in another order, given as ints or as one list of them."""
    if not axes:
        return manipulation.transpose(self)
    return manipulation.transpose(self, axes[0] if len(axes) == 1 else axes)


def _item(self: Any, *index: Any) -> Any:
    """One element as a Python number: the only one, that of a place in a row, or of a full index."""
    return self.__array__().item(*index)


def _tolist(self: Any) -> Any:
    """The elements as nested Python lists."""
    return np.asarray(self.numpy()).tolist()


def _positive(self: Any) -> Any:
    return self


_covered: dict[str, Any] = {}  # methods that tensors have of their own, while NumPy's are in their place

_METHODS: dict[str, Any] = {
    "T": property(manipulation.transpose),
    "__pos__": _positive,
    "__round__": elementwise.around,
    "astype": creation.astype,
    "clip": arithmetic.clip,
    "data": property(_positive),
    "flatten": manipulation.flatten,
    "item": _item,
    "max": reductions.max,
    "mean": reductions.mean,
    "min": reductions.min,
    "ravel": manipulation.ravel,
    "reshape": _reshape,
    "size": property(manipulation.size),
    "tolist": _tolist,
    "transpose": _transpose,
}
