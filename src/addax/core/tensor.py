"""Tensor: an immutable array with TensorFlow's face."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from addax.core import context, dtypes, errors, printing, unknown_shapes
from addax.core.shapes import TensorShape

Tracer = jax.core.Tracer
_relaxing = context.relaxing


class Tensor:
    """An n-dimensional array of one dtype; what every op takes and returns.

    Tensors are made by `tf.constant`, `tf.convert_to_tensor` and by ops, not by calling this class. The value is a
    JAX array (or a tracer of one, while a function is traced), or for `tf.string` a NumPy object array on the host.

    >>> import addax as tf
    >>> tf.constant([[5, 2], [1, 3]]) + 1
    <tf.Tensor: shape=(2, 2), dtype=int32, numpy=
    array([[6, 3],
           [2, 4]], dtype=int32)>
    """

    __slots__ = (
        "__weakref__", "_host", "_jax", "_keras_history", "_keras_logits", "_keras_mask", "_later", "_name", "_origin",
    )  # fmt: skip
    __array_priority__ = 100

    def __init__(self, value: Any) -> None:
        self._host = None  # NumPy's array of a small tensor, see small_tensors.py
        self._jax = value

    @property
    def _value(self) -> Any:
        value = self._jax
        if value is None:
            if self._host is not None:  # a small tensor, which XLA is to see now
                value = self._jax = to_xla(self._host)
            elif hasattr(self, "_later"):
                self._later[0].compute()
                value = self._jax
        return value

    @_value.setter
    def _value(self, value: Any) -> None:
        self._jax = value

    @property
    def _memory(self) -> Any:
        """The array that is there, NumPy's of a small tensor: for what asks about it or reads it."""
        return self._value if self._host is None else self._host

    @property
    def _form(self) -> Any:
        """What knows dtype and shape; of a value that is still to come (see deferral.py) it is not the array."""
        if self._host is not None:
            return self._host
        value = self._jax
        return self._later[1] if value is None and hasattr(self, "_later") else value

    # ------------------------------------------------------------------ what it is

    @property
    def dtype(self) -> dtypes.DType:
        """The element type."""
        return dtypes.from_numpy(self._form.dtype)

    @property
    def shape(self) -> TensorShape:
        """The shape, as `tf.TensorShape`."""
        sizes = self._form.shape
        if _relaxing and context.state.relaxed:
            return shown_shape(sizes)
        return TensorShape.of(sizes)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._form.ndim

    @property
    def device(self) -> str:
        """Where the value lives, in TensorFlow's words."""
        return device_name(self._value)

    @property
    def name(self) -> str:
        """The name in the graph of the function that is being traced; eager tensors have none, as in TensorFlow."""
        return _in_graph(self, "name").name

    @property
    def op(self) -> Any:
        """The `tf.Operation` that makes it, in the graph of the function that is being traced."""
        return _in_graph(self, "op").op

    @property
    def graph(self) -> Any:
        """The graph of the function that is being traced."""
        return _in_graph(self, "graph").graph

    @property
    def is_symbolic(self) -> bool:
        """Whether this stands for a value of a function that is being traced."""
        return self._host is None and isinstance(self._jax, Tracer)

    def get_shape(self) -> TensorShape:
        """The shape; the older spelling of `.shape`."""
        return self.shape

    def set_shape(self, shape: Any) -> None:
        """Check that the shape is compatible with `shape` (there is little to refine: shapes are known).

        Datasets whose functions return results of `py_function` have the shapes that were set here.

        Raises:
            ValueError: the shape of this tensor does not fit.
        """
        if not self.shape.is_compatible_with(shape):
            raise ValueError(
                errors.message("Tensor.set_shape", expected=f"a shape compatible with {self.shape}", received=shape)
            )
        unknown_shapes.said(self._value, shape)

    # ------------------------------------------------------------------ out to Python and NumPy

    def numpy(self) -> Any:
        """The value as a NumPy array of its own (a scalar for rank 0, `bytes` for a scalar string)."""
        array = self._read("Tensor.numpy()")
        if array.ndim == 0:
            return array[()]
        return array.copy()  # callers may write into it; np.asarray(tensor) shows the memory itself, read-only

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = self._read("numpy.asarray(tensor)")
        if dtype is not None and array.dtype != dtype:
            return array.astype(dtype)
        return array.copy() if copy else array

    def _read(self, who: str) -> np.ndarray:
        """The value's memory, which is not to be written to."""
        if context.state.tapes:
            context.left_tapes(self)
        if self._host is None:
            if isinstance(self._value, Tracer):
                raise not_concrete(who, self._value)
            return np.asarray(self._value)
        array = np.asarray(self._host)
        array.flags.writeable = False
        return array

    def __jax_array__(self) -> Any:
        return self._value

    def __dlpack__(self, **options: Any) -> Any:
        return self._value.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self._value.__dlpack_device__()

    def __bool__(self) -> bool:
        if self._host is None and isinstance(self._value, Tracer):
            raise errors.OperatorNotAllowedInGraphError(
                "Using a symbolic tensor as a Python bool is not possible while a function is traced.\n"
                f"  Received: {errors.describe(self)}.\n"
                "  To do: write `if`/`while` in the body of the @tf.function itself, where AutoGraph turns them into "
                "tf.cond/tf.while_loop, or call tf.cond."
            )
        value = self._memory
        if value.size != 1:
            raise ValueError(
                errors.message(
                    "a tensor as a Python bool",
                    expected="one element: the truth value of several is ambiguous",
                    received=errors.describe(self),
                    hint="tf.reduce_all(x) or tf.reduce_any(x)",
                )
            )
        return bool(np.asarray(value))

    def __int__(self) -> int:
        return self._as_python(int)

    def __float__(self) -> float:
        return self._as_python(float)

    def __complex__(self) -> complex:
        return self._as_python(complex)

    def __index__(self) -> int:
        return self._as_python(operator.index)

    def _as_python(self, kind: Callable[[Any], Any]) -> Any:
        array = self.__array__()
        try:
            return kind(array[()] if array.ndim == 0 else array)
        except (TypeError, ValueError, OverflowError) as error:
            raise type(error)(
                errors.message(
                    f"a tensor as a Python {kind.__name__}",
                    expected=f"one number ({error})",
                    received=errors.describe(self),
                )
            ) from None

    def __len__(self) -> int:
        value = self._form
        if not value.ndim:
            raise TypeError("A scalar tensor has no len().")
        return value.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        if not self.ndim:
            raise TypeError("A scalar tensor cannot be iterated over.")
        if self.is_symbolic:
            raise errors.OperatorNotAllowedInGraphError(
                "Iterating over a symbolic tensor in Python is not possible while a function is traced.\n"
                f"  Received: {errors.describe(self)}.\n"
                "  To do: write a `for` in the body of the @tf.function itself, which AutoGraph turns into a loop of "
                "the compiled function, or take it apart with tf.unstack."
            )
        return self._rows()

    def _rows(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __contains__(self, item: Any) -> bool:
        return bool(np.any(self.__array__() == np.asarray(item)))

    def __format__(self, spec: str) -> str:
        if self.is_symbolic:
            return format(str(self), spec)
        return format(self.numpy(), spec)  # without a spec as well: f"{tensor}" is the bare number, as in TensorFlow

    def __round__(self, digits: int | None = None) -> Any:
        return round(self.numpy(), digits)

    def __repr__(self) -> str:
        if self.is_symbolic:
            return printing.symbolic_repr(self, getattr(self, "_name", None))
        return printing.tensor_repr(np.asarray(self._memory), self.dtype)

    def __str__(self) -> str:
        if self.is_symbolic:
            return printing.symbolic_str(self, getattr(self, "_name", None))
        return printing.tensor_str(np.asarray(self._memory), self.dtype)

    # ------------------------------------------------------------------ identity

    def __hash__(self) -> int:
        raise TypeError("Tensor is unhashable. Use tensor.ref() as the key instead.")

    def ref(self) -> Reference:
        """A hashable reference, for use as a key of a dict or member of a set."""
        return Reference(self)

    def experimental_ref(self) -> Reference:
        """The older name of `ref`."""
        return self.ref()

    def __copy__(self) -> Tensor:
        return Tensor(self._value)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        return Tensor(self._value)

    def __reduce__(self) -> Any:
        from addax.core.convert import constant  # convert imports this file

        return constant, (np.asarray(self._value),)

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """Not available: TensorFlow 1's sessions are gone; use `.numpy()`."""
        raise NotImplementedError("Tensor.eval belongs to TensorFlow 1's sessions; use tensor.numpy().")


to_xla: Any = None  # NumPy's array as JAX's; convert.py, which imports this file, puts it here


class NeedsGraph(RuntimeError):
    """A traced function asks what one of its tensors is called; it is traced again with a record of its operations."""


def _in_graph(tensor: Tensor, what: str) -> Any:
    """What a symbolic tensor is in the graph of its function."""
    trace = context.state.trace
    if trace is not None and isinstance(tensor._value, Tracer):
        found = None if trace.recorder is None else trace.recorder.tensor_of(tensor)
        if found is not None:
            return found
        if trace.offers_graph and not _is_own(sys._getframe(2)):
            raise NeedsGraph(f"Tensor.{what} is there in the body of a tf.function only.")
    raise AttributeError(f"Tensor.{what} is undefined when eager execution is enabled.")


class Reference:
    """A hashable handle of a tensor or variable; two are equal if they are of the same object."""

    __slots__ = ("_target",)

    def __init__(self, target: Any) -> None:
        self._target = target

    def deref(self) -> Any:
        """The object this refers to."""
        return self._target

    def __hash__(self) -> int:
        return id(self._target)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reference) and self._target is other._target

    def __repr__(self) -> str:
        return f"<Reference wrapping {self._target!r}>"


def device_name(value: Any) -> str:
    """TensorFlow's name of the device an array lives on."""
    if isinstance(value, Tracer):
        return ""
    if isinstance(value, np.ndarray):
        return "/job:localhost/replica:0/task:0/device:CPU:0"
    device = next(iter(value.devices()))
    kind = {"cuda": "GPU", "rocm": "GPU", "gpu": "GPU"}.get(device.platform, device.platform.upper())
    return f"/job:localhost/replica:0/task:0/device:{kind}:{device.id}"


def shown_shape(sizes: Any) -> TensorShape:
    """A shape as the caller of the caller sees it: Addax's own code with symbols for open sizes, users with None."""
    frame = sys._getframe(2)
    while frame is not None and frame.f_globals.get("__name__") in _PASSES_ON:
        frame = frame.f_back
    if frame is not None and _is_own(frame):
        return TensorShape.of(sizes)
    return TensorShape.of(tuple(size if isinstance(size, int) else None for size in sizes))


_PASSES_ON = ("addax.core.tensor", "addax.core.autograph")


def _is_own(frame: Any) -> bool:
    name = frame.f_globals.get("__name__") or ""
    return name.startswith("addax.") and not frame.f_code.co_filename.startswith("<doctest")


class NotCompilable(TypeError):
    """Raised while a function is traced by what XLA cannot compile; the function then runs eagerly."""


class GoesThroughData(NotCompilable):
    """Raised by a loop over a dataset: Python has to take the elements."""


def not_concrete(who: str, value: Any) -> NotCompilable:
    """The error for wanting a value that is not known while a function is traced."""
    return NotCompilable(
        errors.message(
            who,
            expected="a tensor whose value is known",
            received=f"a symbolic tensor of shape {tuple(value.shape)}, {value.dtype}, of a function being traced",
            hint="return the tensor from the function, or use tf.py_function for code that needs its value",
        )
    )
