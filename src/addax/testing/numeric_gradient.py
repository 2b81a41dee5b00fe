"""tf.test.compute_gradient: a function's Jacobian by its gradients, and by small steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import convert, dtypes
from addax.core.tape import GradientTape
from addax.core.tensor import Tensor

_STEPS = {"float16": 1e-2, "bfloat16": 1e-1, "float32": 1.0 / 1024, "float64": 1e-6, "complex64": 1.0 / 1024}


def compute_gradient(f: Callable[..., Any], x: Any, delta: float | None = None) -> tuple[Any, Any]:
    """The Jacobian of a function with respect to each argument: as its gradients say, and as small steps say.

    Args:
        f: a function of tensors with one tensor as result.
        x: a list or tuple of arguments, floating or complex.
        delta: the size of the steps; by default one that suits the dtype.

    Returns:
        (of gradients, of steps): each a tuple with one matrix per argument, rows for the elements of the result and
        columns for those of the argument; a complex element has two rows or columns, real and imaginary.

    Raises:
        ValueError: x is no list or tuple.
        AssertionError: an argument of another dtype.

    >>> import addax as tf
    >>> exact, measured = tf.test.compute_gradient(lambda t: t * t, [[1.0, 2.0]])
    >>> exact[0].tolist()
    [[2.0, 0.0], [0.0, 4.0]]
    """
    if not isinstance(x, list | tuple):
        raise ValueError(
            f"`x` must be a list or tuple of values convertible to a Tensor (arguments to `f`), not a {type(x)}"
        )
    points = [convert.convert_to_tensor(each) for each in x]
    for i, point in enumerate(points):
        if not (point.dtype.is_floating or point.dtype.is_complex):
            raise AssertionError(f"Cannot compute gradient for unsupported type {point.dtype.name} of argument {i}")
    exact = tuple(_by_tape(f, points, i) for i in range(len(points)))
    measured = tuple(
        _by_steps(f, points, i, delta or _STEPS.get(point.dtype.name, 1e-6)) for i, point in enumerate(points)
    )
    return exact, measured


def _real(array: np.ndarray) -> np.ndarray:
    """The numbers of an array in one row, complex ones as two."""
    flat = np.ascontiguousarray(array).reshape(-1)
    return flat.view(flat.real.dtype) if flat.dtype.kind == "c" else flat


def _by_tape(f: Callable[..., Any], points: list[Tensor], which: int) -> np.ndarray:
    point = points[which]
    with GradientTape(persistent=True) as tape:
        tape.watch(point)
        result = f(*points)
    value = np.asarray(result.numpy())
    rows = []
    for i in range(_real(value).size):
        seed = np.zeros_like(value)
        _real_view(seed)[i] = 1
        gradient = tape.gradient(result, point, convert.convert_to_tensor(seed))
        if gradient is None:
            rows.append(np.zeros_like(_real(point.numpy())))
        else:
            if hasattr(gradient, "indices"):
                gradient = convert.convert_to_tensor(gradient)
            rows.append(_real(np.asarray(gradient.numpy())))
    columns = _real(np.asarray(point.numpy())).size
    return np.stack(rows) if rows else np.zeros((0, columns), point.dtype.real_dtype.np)


def _real_view(array: np.ndarray) -> np.ndarray:
    flat = array.reshape(-1)
    return flat.view(flat.real.dtype) if flat.dtype.kind == "c" else flat


def _by_steps(f: Callable[..., Any], points: list[Tensor], which: int, delta: float) -> np.ndarray:
    point = points[which]
    columns = []
    for i in range(_real(np.asarray(point.numpy())).size):
        ends = []
        for sign in (1, -1):
            moved = np.array(point.numpy())
            _real_view(moved if moved.ndim else moved.reshape(1))[i] += sign * delta
            given = [*points[:which], convert.convert_to_tensor(moved), *points[which + 1 :]]
            ends.append(_real(np.asarray(f(*given).numpy())).astype(np.float64))
        columns.append((ends[0] - ends[1]) / (2 * delta))
    kind = dtypes.float32.np if point.dtype.real_dtype.size < 4 else point.dtype.real_dtype.np
    if not columns:
        return np.zeros((_real(np.asarray(f(*points).numpy())).size, 0), kind)
    return np.stack(columns, 1).astype(kind)
