"""Python in the middle of a program: py_function, numpy_function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from addax.core import context, convert, dtypes, errors, unknown_shapes
from addax.core.shapes import TensorShape
from addax.core.tensor import NotCompilable, Tensor

_state = context.state


_UNKNOWN = TensorShape(None)


def _converted(who: str, result: Any, types: Any, given: Sequence[Any] = ()) -> Any:
    """What the function returned, as tensors of the promised dtypes; `given` are arrays that others know too."""
    if types is None or (isinstance(types, list | tuple) and not types):
        return None if types is None else []
    several = isinstance(types, list | tuple)
    results = list(result) if several and isinstance(result, list | tuple) else [result]
    wanted = list(types) if several else [types]
    if len(results) != len(wanted):
        raise errors.InvalidArgumentError(
            errors.message(who, expected=f"{len(wanted)} results, as Tout says", received=f"{len(results)}")
        )
    made = []
    for value, kind in zip(results, wanted, strict=True):
        kind = dtypes.as_dtype(getattr(kind, "dtype", kind))
        tensor = convert.convert_to_tensor(value, None if isinstance(value, Tensor | np.ndarray | np.generic) else kind)
        if tensor.dtype != kind:
            raise errors.InvalidArgumentError(
                errors.message(
                    who, expected=f"a result of dtype {kind.name}, as Tout says", received={"result": tensor}
                )
            )
        if not any(tensor._value is each for each in given) and not isinstance(value, int | float):
            unknown_shapes.note(tensor._value, _UNKNOWN)
        made.append(tensor)
    return made if several else made[0]


def made_up(types: Any, shape: tuple[int, ...]) -> Any:
    """Results of the promised dtypes, of a function that is not called."""
    if isinstance(types, list | tuple):
        return [made_up(kind, shape) for kind in types]
    if types is None:
        return None
    kind = dtypes.as_dtype(getattr(types, "dtype", types))
    value = np.full(shape, b"", object) if kind == dtypes.string else np.ones(shape, kind.np)
    tensor = convert.convert_to_tensor(value)
    unknown_shapes.note(tensor._value, _UNKNOWN)
    return tensor


def _must_be_eager(who: str) -> None:
    if _state.trace is not None:
        raise NotCompilable(f"{who} calls Python while the function runs, and its results have no known shapes")


def py_function(func: Callable[..., Any], inp: Sequence[Any], Tout: Any, name: str | None = None) -> Any:  # noqa: N803
    """The result of a Python function called with eager tensors; gradients flow through its ops.

    A `tf.function` that calls it runs eagerly.

    Args:
        func: a function of tensors.
        inp: its arguments.
        Tout: the dtype of the result, or a list of them; an empty list for none.
        name: ignored.

    >>> import addax as tf
    >>> tf.py_function(lambda x: x.numpy() + 1.0, [tf.constant(2.0)], tf.float32).numpy()
    np.float32(3.0)
    """
    _must_be_eager("tf.py_function")
    shape = unknown_shapes.probed()
    if shape is not None:
        return made_up(Tout, shape)
    given = [each if hasattr(each, "__is_tf_composite__") else convert.convert_to_tensor(each) for each in inp]
    return _converted("tf.py_function", func(*given), Tout, [getattr(each, "_value", None) for each in given])


def numpy_function(
    func: Callable[..., Any],
    inp: Sequence[Any],
    Tout: Any,
    stateful: bool = True,
    name: str | None = None,  # noqa: N803
) -> Any:
    """The result of a Python function called with NumPy arrays; no gradients.

    A `tf.function` that calls it runs eagerly.

    Args:
        func: a function of arrays.
        inp: its arguments.
        Tout: the dtype of the result, or a list of them.
        stateful: has no effect; the function is called each time.
        name: ignored.

    >>> import addax as tf
    >>> tf.numpy_function(lambda x: x * 2, [tf.constant([1.0])], tf.float32).numpy().tolist()
    [2.0]
    """
    _must_be_eager("tf.numpy_function")
    shape = unknown_shapes.probed()
    if shape is not None:
        return made_up(Tout, shape)
    result = func(*[convert.convert_to_tensor(each).numpy() for each in inp])
    return _converted("tf.numpy_function", result, Tout)
