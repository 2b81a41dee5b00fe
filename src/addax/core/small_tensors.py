"""Small tensors on a CPU: NumPy's arrays, on which ops that move, compare or add numbers are computed by NumPy.

A call of a compiled program takes 5 microseconds, NumPy's addition of a few numbers 0.4, and a program has to be
compiled for each op and shape first. So a tensor of a few numbers that a program writes down is NumPy's (`_host`), and
what ops with a NumPy twin (`@op(small=np.negative)`) make of such tensors is again. XLA's array of it is made when
something asks for it (`_value`), once. Tapes, traced functions, devices that were chosen and accelerators go the usual
way; so do other ops, and all arguments that are not small tensors and Python's numbers.

Each combination of static arguments, shapes and dtypes is first looked at by evaluating the op's body abstractly: what
that refuses goes the usual way and is refused there, and a twin that gives another shape or dtype is not used.
"""

from __future__ import annotations

import contextvars
import functools
import threading
from typing import Any

import jax
import numpy as np

from addax.core import context, transfer
from addax.core.plans import Op
from addax.core.tensor import Tensor
from addax.core.transfer import small_tensor

__all__ = ["compute", "element"]

_state = context.state
_MOST_PLANS = 512
_KEYS = (int, slice, type(None), type(...))
# These never tell of overflow or division by zero, so that nothing has to be silenced around them.
_SILENT = frozenset(
    (
        np.negative, np.absolute, np.maximum, np.minimum, np.equal, np.not_equal, np.less, np.less_equal, np.greater,
        np.greater_equal, np.logical_and, np.logical_or, np.logical_not, np.logical_xor, np.isnan, np.isinf,
        np.isfinite, np.concatenate, np.stack, np.expand_dims, np.squeeze, np.tile, np.take,
    )
)  # fmt: skip


class _Silence(threading.local):
    """`run` runs a function with NumPy's warnings off; a context belongs to one thread."""

    run: Any = None


_silence = _Silence()


def compute(op: Op, arrays: tuple[Any, ...], static: tuple[Any, ...]) -> Any:
    """The result of an op with a NumPy twin, or None where its arguments are not all small tensors and numbers."""
    values: list[Any] = []
    signature: list[Any] = [static]
    dtype, numbers = None, False
    for array in arrays:
        kind = type(array)
        if kind is Tensor:
            value = array._host
            if value is None:
                return None
            dtype = value.dtype
            signature += (value.shape, dtype.num)
        elif kind is float or kind is int:
            numbers, value = True, array
            signature.append(kind)
        elif kind is list or kind is tuple:
            value = [item._host for item in array if type(item) is Tensor and item._host is not None]
            if not value or len(value) != len(array):
                return None
            dtype = value[0].dtype
            signature += [(item.shape, item.dtype.num) for item in value]
        else:
            return None
        values.append(value)
    if dtype is None and arrays or numbers and not _numbers_fit(values, dtype):
        return None
    key = tuple(signature)
    try:
        twin = op.small_plans[key]
    except KeyError:
        twin = _learned(op, values, static, key, dtype)
    except TypeError:  # a list or tensor among the static arguments
        return None
    if twin is None:
        return None
    try:
        out = twin(*values)
    except Exception:
        return None
    if out.__class__ is list:
        return [small_tensor(item) for item in out]
    return small_tensor(out)


def _numbers_fit(values: list[Any], dtype: np.dtype) -> bool:
    """Whether Python's numbers can have the dtype as they are."""
    for value in values:
        if type(value) is float:
            if dtype.kind != "f" or not -1e38 < value < 1e38:
                return False
        elif type(value) is int and not (dtype.kind in "fi" and -(1 << 31) <= value < 1 << 31):
            return False
    return True


def _learned(op: Op, values: list[Any], static: tuple[Any, ...], key: Any, dtype: np.dtype) -> Any:
    """The twin with these static arguments, if it gives what the op's body says; kept either way."""
    twin: Any = op.small
    if op.statics:
        twin = functools.partial(twin, **dict(zip(op.statics, static, strict=True)))
    if op.small not in _SILENT:
        twin = functools.partial(_quietly, twin)
    if len(op.small_plans) >= _MOST_PLANS:
        op.small_plans.clear()
    try:
        expected = jax.eval_shape(op.plan(static).body, *[_abstract(value, dtype) for value in values])
    except Exception:
        return None  # the usual way says why
    try:
        size = sum(leaf.size for leaf in jax.tree.leaves(expected))
        if size > transfer.SMALL or not transfer.on_cpu() or _described(twin(*values)) != _described(expected):
            twin = None
    except Exception:
        twin = None
    op.small_plans[key] = twin
    return twin


def _abstract(value: Any, dtype: np.dtype) -> Any:
    if isinstance(value, list):
        return [_abstract(item, dtype) for item in value]
    if isinstance(value, float | int) and not isinstance(value, np.generic):
        return jax.ShapeDtypeStruct((), dtype)
    return jax.ShapeDtypeStruct(value.shape, value.dtype)


def _described(out: Any) -> Any:
    if isinstance(out, list | tuple):
        return [_described(item) for item in out]
    return tuple(out.shape), out.dtype


def _quietly(twin: Any, *values: Any) -> Any:
    """Call with NumPy's warnings of overflow and division off: TensorFlow gives inf and NaN without a word.

    What underflows goes the usual way: TensorFlow and XLA flush denormal numbers to zero, NumPy keeps them.
    """
    run = _silence.run
    if run is None:
        silent = contextvars.copy_context()
        silent.run(np.seterr, all="ignore", under="raise")
        run = _silence.run = silent.run
    return run(twin, *values)


def element(host: Any, key: Any) -> Tensor | None:
    """`x[key]` of a small tensor for ints, slices, None and `...` within bounds; None for everything else."""
    for part in key if type(key) is tuple else (key,):
        if type(part) not in _KEYS:
            return None
    try:
        out = host[key]
    except (IndexError, ValueError, TypeError):
        return None  # the usual way says why
    return small_tensor(out)
