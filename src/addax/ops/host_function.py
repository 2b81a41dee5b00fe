"""Python in the middle of a program: py_function, numpy_function."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from addax.core import context, convert, dtypes, errors, trees, unknown_shapes
from addax.core.shapes import TensorShape
from addax.core.tensor import NotCompilable, Tensor

_state = context.state


_UNKNOWN = TensorShape(None)


def _converted(who: str, result: Any, types: Any, given: Sequence[Any] = ()) -> Any:
    """What the function returned, as tensors of the promised dtypes; `given` are arrays that others know too."""
    if types is None or (isinstance(types, list | tuple) and not types):
        return None if types is None else []
    if isinstance(types, trees.CompositeSpec):
        return _fitting(who, result, types)
    several = isinstance(types, list | tuple)
    results = list(result) if several and isinstance(result, list | tuple) else [result]
    wanted = list(types) if several else [types]
    if len(results) != len(wanted):
        raise errors.InvalidArgumentError(
            errors.message(who, expected=f"{len(wanted)} results, as Tout says", received=f"{len(results)}")
        )
    made = []
    for value, kind in zip(results, wanted, strict=True):
        if isinstance(kind, trees.CompositeSpec):
            made.append(_fitting(who, value, kind))
            continue
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


def _fitting(who: str, value: Any, spec: Any) -> Any:
    if not spec.is_compatible_with(value):
        raise errors.InvalidArgumentError(errors.message(who, expected=f"{spec}, as Tout says", received=value))
    return value


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


_AS_TENSORFLOW = (  # what TensorFlow makes of exceptions in functions that it calls
    ((ValueError, TypeError), errors.InvalidArgumentError),
    (StopIteration, errors.OutOfRangeError),
    (MemoryError, errors.ResourceExhaustedError),
    (NotImplementedError, errors.UnimplementedError),
    (Exception, errors.UnknownError),
)


def _called(who: str, func: Callable[..., Any], given: Sequence[Any]) -> Any:
    """`func(*given)`; what it raises is TensorFlow's type, with the function's words."""
    try:
        with context.at_once():
            return func(*given)
    except (errors.OpError, NotCompilable):
        raise
    except Exception as error:
        kind = next(ours for theirs, ours in _AS_TENSORFLOW if isinstance(error, theirs))
        name = getattr(func, "__name__", type(func).__name__)
        raise kind(f"{who}: {type(error).__name__} in {name}: {error}") from error


def _must_be_eager(who: str) -> None:
    if _state.trace is not None:
        raise NotCompilable(f"{who} calls Python while the function runs, and its results have no known shapes")


def _decorator(who: str, function: Callable[..., Any], inp: Any, Tout: Any, **options: Any) -> Any:  # noqa: N803
    """What makes a function of tensors of a Python function: `who` above a definition."""
    if Tout is None:
        raise _missing(who, "Tout")
    if inp is not None:
        raise TypeError(f"Don't set the `inp` argument when using {who} as a decorator (`func=None`).")

    def decorator(func: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(func)
        def of_tensors(*inp: Any) -> Any:
            return function(func, inp, Tout, **options)

        return of_tensors

    return decorator


def _missing(who: str, name: str) -> TypeError:
    return TypeError(
        f"Missing required argument: '{name}'\n  If using {who} as a decorator, set `Tout`\n  **by name** above the "
        f"function:\n  `@{who}(Tout=tout)`"
    )


def py_function(
    func: Callable[..., Any] | None = None,
    inp: Sequence[Any] | None = None,
    Tout: Any = None,  # noqa: N803
    name: str | None = None,
) -> Any:
    """The result of a Python function called with eager tensors; gradients flow through its ops.

    A `tf.function` that calls it runs eagerly. Without `func` it is a decorator: `@tf.py_function(Tout=tf.float32)`.

    Args:
        func: a function of tensors.
        inp: its arguments.
        Tout: the dtype of the result or its spec (`tf.RaggedTensorSpec`), or a list of them; an empty list for none.
        name: ignored.

    Raises:
        InvalidArgumentError: the function raises a ValueError or TypeError, or its results are not what Tout says;
            other errors of the function's have TensorFlow's types likewise.

    >>> import addax as tf
    >>> tf.py_function(lambda x: x.numpy() + 1.0, [tf.constant(2.0)], tf.float32).numpy()
    np.float32(3.0)
    """
    if func is None:
        return _decorator("tf.py_function", py_function, inp, Tout)
    if inp is None or Tout is None:
        raise _missing("tf.py_function", "Tout" if Tout is None else "inp")
    _must_be_eager("tf.py_function")
    shape = unknown_shapes.probed()
    if shape is not None:
        return made_up(Tout, shape)
    given = [each if hasattr(each, "__is_tf_composite__") else convert.convert_to_tensor(each) for each in inp]
    return _converted(
        "tf.py_function",
        _called("tf.py_function", func, given),
        Tout,
        [getattr(each, "_value", None) for each in given],
    )


def numpy_function(
    func: Callable[..., Any] | None = None,
    inp: Sequence[Any] | None = None,
    Tout: Any = None,  # noqa: N803
    stateful: bool = True,
    name: str | None = None,
) -> Any:
    """The result of a Python function called with NumPy arrays; no gradients.

    A `tf.function` that calls it runs eagerly. Without `func` it is a decorator: `@tf.numpy_function(Tout=tf.float32)`.

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
    if func is None:
        return _decorator("tf.numpy_function", numpy_function, inp, Tout, stateful=stateful)
    if inp is None or Tout is None:
        raise _missing("tf.numpy_function", "Tout" if Tout is None else "inp")
    _must_be_eager("tf.numpy_function")
    shape = unknown_shapes.probed()
    if shape is not None:
        return made_up(Tout, shape)
    given = [convert.convert_to_tensor(each).numpy() for each in inp]
    result = _called("tf.numpy_function", func, given) if _state.stands_in else func(*given)  # as TensorFlow's
    if result is None:
        return None
    return _converted("tf.numpy_function", result, Tout)
