"""From Python and NumPy to tensors, by TensorFlow's dtype rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import jax
import numpy as np

from addax.core import context, dtypes, errors
from addax.core.shapes import TensorShape
from addax.core.tensor import NotCompilable, Tensor, Tracer
from addax.core.transfer import as_object_array, kept, may_stay, small_tensor, to_device

jax.config.update("jax_enable_x64", True)  # TensorFlow has int64 and float64 tensors

# What ops take as a tensor. Three names for one type: the dispatcher reads them (see dispatch.py).
TensorLike: TypeAlias = Any  #: shares its dtype with the op's other TensorLike arguments
FreeLike: TypeAlias = Any  #: has a dtype of its own
TensorList: TypeAlias = Any  #: a list of tensors that share the dtype
FreeList: TypeAlias = Any  #: a list of tensors with dtypes of their own

_JaxArray = jax.Array
_INT32_MIN, _INT32_MAX = -(2**31), 2**31 - 1


# Types of other rooms (ragged, sparse, KerasTensor, pandas, ...) that know how to become a tensor.
_converters: list[tuple[type, Callable[..., Any]]] = []


def register_conversion(base_type: Any, conversion_func: Callable[..., Any], priority: int = 100) -> None:
    """Teach `convert_to_tensor` a type: `conversion_func(value, dtype, name, as_ref)` returns a tensor.

    Args:
        base_type: the type, or a tuple of types.
        conversion_func: called with the value, the wanted dtype (or None), a name and False.
        priority: accepted for TensorFlow's signature; later registrations win.

    >>> import addax as tf
    >>> class Celsius:
    ...     degrees = 20.0
    >>> def convert(value, dtype=None, name=None, as_ref=False):
    ...     return tf.constant(value.degrees)
    >>> tf.register_tensor_conversion_function(Celsius, convert)
    >>> tf.add(Celsius(), 1.5).numpy()
    np.float32(21.5)
    """
    for each in base_type if isinstance(base_type, tuple) else (base_type,):
        _converters.insert(0, (each, conversion_func))


def python_dtype(value: Any) -> np.dtype | None:
    """The dtype TensorFlow gives a Python scalar: int32 (int64 if it must be), float32, bool, complex128, string."""
    kind = type(value)
    if kind is bool:
        return np.dtype(bool)
    if kind is int:
        return np.dtype(np.int32) if _INT32_MIN <= value <= _INT32_MAX else np.dtype(np.int64)
    if kind is float:
        return np.dtype(np.float32)
    if kind is complex:
        return np.dtype(np.complex128)
    return None


_scalars: dict[np.dtype, dict[Any, Any]] = {}


def scalar(value: Any, dtype: np.dtype) -> Any:
    """A Python scalar as a JAX array; the usual ones (0, 1, 0.5, a learning rate) are kept."""
    return _scalar(value, dtype)[0]


def scalar_tensor(value: Any, dtype: np.dtype) -> Tensor:
    """A Python scalar as a tensor."""
    made, host = _scalar(value, dtype)
    tensor = Tensor(made)
    if host is not None and not context.state.devices:
        tensor._host = host
    return tensor


def _scalar(value: Any, dtype: np.dtype) -> tuple[Any, Any]:
    """(JAX's array, NumPy's scalar or None) of a Python scalar."""
    of_type = _scalars.get(dtype)
    if of_type is None:
        of_type = _scalars[dtype] = {}
    # A hash cannot tell 0.0 from -0.0, nor True from 1.
    key = (value, value.__class__) if value or value.__class__ is int else str(value)
    found = of_type.get(key)
    if found is None:
        host = checked_cast(value, dtype)
        found = to_device(host), host[()] if may_stay(host) else None
        if len(of_type) >= 512:
            of_type.clear()
        of_type[key] = found
    return found


def checked_cast(value: Any, dtype: np.dtype, listed: bool = False) -> np.ndarray:
    """Python or NumPy data as an array of `dtype`, refusing what TensorFlow refuses (1.5 as int32, 1 as bool).

    Integers that are too large wrap around, as TensorFlow's do. `listed` says that an array was a list before.
    """
    array = np.asarray(value)
    if array.dtype == dtype:
        return array
    have, want = array.dtype.kind, dtype.kind
    if array.size:
        from_python = listed or not isinstance(value, np.ndarray | np.generic)
        if have == "O" and from_python and all(isinstance(item, int) for item in array.reshape(-1).tolist()):
            raise ValueError(f"Can't convert Python sequence with out-of-range integer to Tensor: {value!r:.60}.")
        if type(value) is int and array.dtype == np.uint64 and not _holds_large(dtype):
            raise ValueError(f"Can't convert Python sequence with out-of-range integer to Tensor: {value}.")
        lossy = want in "iu" and have in "fc" or want == "b" and have != "b"
        lossy = lossy or have == "b" and dtype.name not in _OF_BOOLS
        if from_python and (lossy or have == "c" and want != "c") or have in "OSU":
            raise TypeError(_cannot(value, dtype))
    return array.astype(dtype)


def _cannot(value: Any, dtype: np.dtype) -> str:
    text = repr(value)
    return errors.message(
        "conversion to a tensor",
        expected=f"values of type {dtypes.from_numpy(dtype).name}",
        received=text if len(text) < 100 else text[:97] + "...",
        hint=f"convert them first (tf.cast(x, tf.{dtypes.from_numpy(dtype).name})), or leave the dtype out",
    )


def value_of(
    x: Any, dtype: np.dtype | None = None, prefer: np.dtype | None = None, place: Callable[[Any], Any] = to_device
) -> Any:
    """The JAX (or object) array of anything tensor-like.

    `dtype` must come out; `prefer` comes out if Python or NumPy data can have it (the dtype of the other operand).
    `place` makes the array of NumPy's.
    """
    if isinstance(x, Tensor):
        value = x._value
        if dtype is not None and value.dtype != dtype:
            raise ValueError(
                f"Tensor conversion requested dtype {dtypes.from_numpy(dtype).name} for a tensor of dtype "
                f"{x.dtype.name}: {errors.describe(x)}. Cast it: tf.cast(x, tf.{dtypes.from_numpy(dtype).name})."
            )
        return value
    kind = type(x)
    if kind is float or kind is int or kind is bool:
        own = python_dtype(x)
        if dtype is None and prefer is not None:
            if kind is bool and prefer.kind == "V":
                return scalar(float(x), prefer)  # as beside the other floating dtypes, though TensorFlow refuses it
            dtype = prefer if _fits(own, prefer) else own
        if dtype is None or dtype.kind != "O":
            return scalar(x, dtype if dtype is not None else own)
    if hasattr(x, "__tf_value__"):  # variables
        return value_of(Tensor(x.__tf_value__()), dtype)
    if isinstance(x, _JaxArray):
        return x if dtype is None or x.dtype == dtype else value_of(Tensor(x), dtype)
    for base, function in _converters:
        if isinstance(x, base):
            made = function(x, None if dtype is None else dtypes.from_numpy(dtype), None, False)
            if made is not NotImplemented:
                return value_of(made, dtype)
    if isinstance(x, np.ndarray | np.generic):
        return _from_numpy(x, dtype, prefer, place)
    return _from_python(x, dtype, prefer, place)


def _fits(own: np.dtype | None, prefer: np.dtype) -> bool:
    """Whether Python data of dtype `own` may take the other operand's dtype."""
    if own is None:
        return False
    if own.kind == "b":
        return prefer.name in _OF_BOOLS
    if prefer.kind == "b":
        return False
    if own.kind in "iu":
        return prefer.kind != "O"
    if own.kind == "f":
        return prefer.kind in "fcV"
    return own.kind == prefer.kind


def _from_numpy(x: Any, dtype: np.dtype | None, prefer: np.dtype | None, place: Callable[[Any], Any]) -> Any:
    if x.dtype.kind in "Mm" or x.dtype.names is not None:
        raise ValueError(f"cannot make a tensor of NumPy's {x.dtype}, an unsupported type: make numbers of it first.")
    if x.dtype.kind in "OSU":
        array = as_object_array(x) if x.dtype.kind != "O" or not _numeric(x) else np.array(x.tolist())
        if array.dtype.kind == "O" and dtype is not None and dtype.kind != "O":
            raise ValueError(_cannot(x, dtype))
        return array if array.dtype.kind == "O" else _from_numpy(array, dtype, prefer, place)
    if dtype is None and prefer is not None and (x.dtype.kind == prefer.kind or _both_floating(x.dtype, prefer)):
        dtype = prefer
    if dtype is not None and dtype != x.dtype:
        if dtype.kind == "O":
            raise ValueError(_cannot(x, dtype))
        x = checked_cast(x, dtype)
    return place(x)


def _both_floating(a: np.dtype, b: np.dtype) -> bool:
    return a.kind in "fV" and b.kind in "fV"


def _numeric(x: np.ndarray) -> bool:
    first = x.reshape(-1)[:1].tolist()
    return bool(first) and not isinstance(first[0], str | bytes)


def _from_python(x: Any, dtype: np.dtype | None, prefer: np.dtype | None, place: Callable[[Any], Any]) -> Any:
    """Lists, strings, shapes and everything else that is not a tensor or array yet."""
    if x is None:
        raise ValueError("None values are not supported: expected a tensor, an array or a number, received None.")
    if isinstance(x, TensorShape):
        return _from_python(x.as_list(), dtype, prefer or np.dtype(np.int32), place)
    if isinstance(x, dtypes.DType):
        raise ValueError(f"cannot make a tensor of the dtype {x!r}, an unsupported type.")
    if isinstance(x, list | tuple) and _holds_tensors(x):
        return _stack(x, dtype, prefer)
    if hasattr(x, "__array__") and not isinstance(x, list | tuple):
        return _from_numpy(np.asarray(x), dtype, prefer, place)
    array = _nested(x)
    if array.dtype.kind in "OSU":
        if dtype is not None and dtype.kind != "O":
            raise TypeError(_cannot(x, dtype))
        return as_object_array(array)
    if dtype is not None and dtype.kind == "O" and not array.size:
        return array.astype(object)
    _refuse_mixed(x, array, dtype or prefer)
    own = _python_list_dtype(x, array)
    if dtype is None and prefer is None and own == np.float32 and array.dtype == np.float64:
        with np.errstate(over="ignore"):
            lost = np.isfinite(array) & np.isinf(array.astype(np.float32))
        if lost.any():
            raise ValueError(f"Can't convert Python sequence with a value out of range for a float32: {x!r:.60}.")
    if dtype is None:
        dtype = prefer if prefer is not None and _fits(own, prefer) else own
    if dtype.kind == "O":
        raise TypeError(_cannot(x, dtype))
    plain = array if own == array.dtype else x
    return place(checked_cast(plain, dtype, listed=True) if own != dtype else array.astype(dtype))


# What Python's bools can become.
_OF_BOOLS = ("bool", "int32", "int64", "uint64", "float16", "float32", "float64", "complex128")


def _refuse_mixed(x: Any, array: np.ndarray, dtype: np.dtype | None) -> None:
    """Refuse nested numbers whose first says another kind than the rest, as [True, 2] does; a dtype may help."""
    leaf = x
    while isinstance(leaf, list | tuple) and leaf:
        leaf = leaf[0]
    have = array.dtype.kind
    if isinstance(leaf, bool | np.bool_):
        if have == "b" and type(leaf) is np.bool_ and dtype is not None and dtype.kind in "iufc":
            raise TypeError(_cannot(x, dtype))
        fits = dtype is not None and dtype.name in _OF_BOOLS[1:] and type(leaf) is bool
        mixed = have != "b" and not (fits and (have in "iu" or dtype.kind in "fc"))  # type: ignore[union-attr]
    else:
        mixed = have == "c" and isinstance(leaf, int | float)
    if mixed:
        raise ValueError(f"Can't convert Python sequence with mixed types to Tensor: {x!r:.80}.")
    if array.dtype == np.uint64 and type(leaf) is int and (dtype is None or not _holds_large(dtype)):
        raise ValueError(f"Can't convert Python sequence with out-of-range integer to Tensor: {x!r:.60}.")


def _holds_large(dtype: np.dtype) -> bool:
    """Whether Python's integers from 2 ** 63 can become values of this dtype."""
    return dtype.kind in "fV" or dtype == np.uint64


def _nested(x: Any) -> np.ndarray:
    try:
        array = np.array(x)
    except UnicodeDecodeError:  # text and bytes side by side
        array = np.array(x, object)
    except ValueError:
        raise ValueError(
            errors.message(
                "conversion to a tensor",
                expected="a rectangular sequence (rows of equal length)",
                received=repr(x)[:100],
                hint="pad the rows, or use tf.ragged.constant",
            )
        ) from None
    if array.dtype.kind in "SU":
        array = np.array(x, object)  # fixed-width strings lose zero bytes at their end
    if array.dtype.kind == "O":
        flat = [item for item in array.reshape(-1).tolist() if not isinstance(item, str | bytes)]
        if flat:
            what = type(flat[0]).__name__
            raise ValueError(
                f"Attempt to convert a value ({x!r:.100}) with an unsupported type (<class '{what}'>) to a Tensor."
            )
    return array


def _python_list_dtype(x: Any, array: np.ndarray) -> np.dtype:
    """The dtype of nested numbers: integers have 32 bits if these suffice; NumPy's first decides what floats become."""
    leaf = x
    while isinstance(leaf, list | tuple) and leaf:
        leaf = leaf[0]
    if isinstance(leaf, np.ndarray | np.generic) and array.dtype.kind == "f" and leaf.dtype.kind in "fiu":
        return leaf.dtype if leaf.dtype.kind == "f" else np.dtype(np.float32)
    if array.dtype.kind == "c":
        return np.dtype(np.complex128)
    if isinstance(leaf, np.ndarray | np.generic) and array.dtype.kind not in "iu":
        return array.dtype
    if array.dtype == np.float64:
        return np.dtype(np.float32)
    if array.dtype.kind in "iu":
        fits = not array.size or (array.min() >= _INT32_MIN and array.max() <= _INT32_MAX)
        return np.dtype(np.int32) if fits else array.dtype
    return array.dtype


def _holds_tensors(x: Any) -> bool:
    for item in x:
        if isinstance(item, Tensor | _JaxArray) or hasattr(item, "__tf_value__"):
            return True
        if isinstance(item, list | tuple) and _holds_tensors(item):
            return True
    return False


def _numbers_beside(x: Any, dtype: np.dtype) -> list[Any]:
    """The items beside tensors: NumPy's numbers take the tensors' dtype."""
    return [
        item.astype(dtype) if isinstance(item, np.ndarray | np.generic) and item.dtype.kind in "biufc" else item
        for item in x
    ]


def _stack(x: Any, dtype: np.dtype | None, prefer: np.dtype | None) -> Any:
    """A list with tensors inside: packed along a new first axis (Python numbers take the tensors' dtype)."""
    data = (int, float, bool, complex, np.ndarray, np.generic)
    first = next((value_of(item) for item in x if not isinstance(item, data)), None)
    if first is not None and dtype is None and not isinstance(first, np.ndarray):
        prefer = first.dtype
        x = _numbers_beside(x, prefer)
    parts = [value_of(item, dtype, prefer) for item in x]
    shapes = {tuple(part.shape) for part in parts}
    kinds = {part.dtype for part in parts}
    if len(shapes) > 1 or len(kinds) > 1:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.stack (a list of tensors as one tensor)",
                expected="equal shapes and dtypes",
                received=", ".join(errors.describe(Tensor(part)) for part in parts[:6]),
            )
        )
    if parts and isinstance(parts[0], np.ndarray):
        return np.stack(parts)
    if any(isinstance(part, Tracer) for part in parts):
        return jax.numpy.stack(parts)
    if context.state.trace is None:
        return jax.numpy.stack(parts)
    with jax.ensure_compile_time_eval():
        return jax.numpy.stack(parts)


def numpy_dtype(dtype: Any) -> np.dtype | None:
    """The NumPy dtype of anything that names a dtype; None stays None."""
    return None if dtype is None else dtypes.as_dtype(dtype).np


def convert_to_tensor(value: Any, dtype: Any = None, dtype_hint: Any = None, name: str | None = None) -> Any:
    """Turn Python numbers, lists, NumPy arrays and variables into a tensor; tensors come back as they are.

    Args:
        value: what to convert. Python ints become int32, floats float32; NumPy arrays keep their dtype.
        dtype: the dtype that must come out; a tensor of another dtype is an error, not a cast.
        dtype_hint: the dtype to take where the data can have it.
        name: ignored; eager tensors have no names.

    Returns:
        A `tf.Tensor`.

    Raises:
        ValueError: ragged rows, or a tensor of another dtype.
        TypeError: the values do not fit `dtype`.

    >>> import addax as tf
    >>> tf.convert_to_tensor([1, 2]).dtype
    tf.int32
    """
    if type(value) is Tensor and (dtype is None or value._host is not None and value._host.dtype == dtype):
        return value
    kind = type(value)
    if dtype is None and dtype_hint is None and (kind is float or kind is int or kind is bool):
        return scalar_tensor(value, python_dtype(value))
    if hasattr(value, "__symbolic_call__"):
        if dtype is not None and value.dtype != dtypes.as_dtype(dtype):
            raise ValueError(f"expected a symbolic tensor of dtype {dtypes.as_dtype(dtype).name}, received {value!r}.")
        return value
    tensor = value if type(value) is Tensor else None
    want = numpy_dtype(dtype)
    if tensor is not None and want is not None and tensor._form.dtype == want:
        return tensor
    if getattr(value, "__composite_call__", None) is not None and isinstance(value, Tensor):
        return value if dtype is None else _quantized(value, dtype)
    if want is not None and want.names is not None:
        return _quantized(value, dtype)
    hint = numpy_dtype(dtype_hint)
    if hint is not None and want is None and isinstance(value, np.ndarray | np.generic):
        value = value if value.dtype.kind in "OSU" or hint.kind == "O" else np.asarray(value).astype(hint)
    made = value_of(value, want, hint, kept)
    return tensor if tensor is not None else _identified(value, made)


def _identified(value: Any, made: Any) -> Tensor:
    """A tensor of a variable's value must stay connected to the variable on tapes."""
    if hasattr(value, "__tf_value__"):
        return value.read_value()
    if hasattr(value, "__tf_dense__"):  # IndexedSlices, which tapes see through
        return value.__tf_dense__()
    if isinstance(value, list | tuple) and _holds_tensors(value):
        from addax.core.dispatch import pack  # dispatch imports this file; packing has to be seen by tapes

        return pack(value if made.dtype.kind == "O" else _numbers_beside(value, made.dtype), made.dtype)
    return _tensor(made)


def tensor_of(array: Any) -> Tensor:
    """A tensor of NumPy's array."""
    return _tensor(kept(array))


def _tensor(made: Any) -> Tensor:
    """A tensor of what `kept` gave."""
    return small_tensor(made) if type(made) is np.ndarray and made.dtype.kind != "O" else Tensor(made)


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Tensor:
    """A tensor of the given values.

    Args:
        value: a number, string, nested list or NumPy array.
        dtype: the dtype of the result (any way TensorFlow names one); by default that of the data, with Python ints
            as int32 and floats as float32.
        shape: the shape of the result; a single value is repeated, otherwise the values are reshaped.
        name: ignored; eager tensors have no names.

    Returns:
        A `tf.Tensor`.

    Raises:
        TypeError: the values do not fit `dtype`.
        ValueError: rows of unequal length.

    >>> import addax as tf
    >>> tf.constant(-1.0, shape=[2])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([-1., -1.], dtype=float32)>
    """
    want = numpy_dtype(dtype)
    if want is not None and want.names is not None:
        return _quantized(value, dtype, shape)
    kind = type(value)
    if shape is None and (kind is float or kind is int or kind is bool) and (want is None or want.kind != "O"):
        return scalar_tensor(value, python_dtype(value) if want is None else want)
    if isinstance(value, Tensor):
        if shape is None and value._host is not None and (want is None or want == value._host.dtype):
            return _tensor(np.asarray(value._host))
        made = value._value
        if want is not None and made.dtype != want:
            if isinstance(made, Tracer):
                raise NotCompilable("tf.constant of a symbolic tensor with another dtype; use tf.cast.")
            made = to_device(np.asarray(made).astype(want))
    else:
        if want is not None and isinstance(value, np.ndarray) and value.dtype.kind not in "OSU" and want.kind != "O":
            value = value.astype(want)  # unlike convert_to_tensor, constant casts arrays
        made = value_of(value, want, None, kept)
    if shape is None:
        return _tensor(made)
    return _tensor(_shaped(made, tuple(int(size) for size in TensorShape(shape).as_list())))


def _quantized(value: Any, dtype: Any, shape: Any = None) -> Any:
    """Integers as a tensor of a quantized dtype."""
    from addax.core import quantized  # a kind of tensor that few programs have; it imports this file

    kind = dtypes.as_dtype(dtype)
    if shape is not None:
        value = constant(value, kind.np[0], shape)
    return quantized.make(value, kind)


def _shaped(made: Any, shape: tuple[int, ...]) -> Any:
    if tuple(made.shape) == shape:
        return made
    host = np.asarray(made)
    if host.size == 1:
        host = np.broadcast_to(host.reshape(()), shape)
    elif host.size == int(np.prod(shape)):
        host = host.reshape(shape)
    else:
        raise TypeError(
            errors.message(
                "tf.constant",
                expected=f"{int(np.prod(shape))} values, or one, for the shape {shape}",
                received=f"{host.size} values",
            )
        )
    return host if host.dtype.kind == "O" else kept(np.ascontiguousarray(host))


def is_tensor(x: Any) -> bool:
    """Whether `x` is a tensor, a variable, or another of TensorFlow's array types.

    >>> import addax as tf
    >>> tf.is_tensor(tf.Variable(1)), tf.is_tensor([1])
    (True, False)
    """
    if isinstance(x, type):
        return False
    return (
        isinstance(x, Tensor)
        or hasattr(x, "__tf_value__")
        or hasattr(x, "__symbolic_call__")
        or getattr(x, "__is_tf_composite__", False)
    )


def is_symbolic_tensor(tensor: Any) -> bool:
    """Whether `tensor` stands for a value of a function that is being traced (or of a Keras model).

    >>> import addax as tf
    >>> tf.is_symbolic_tensor(tf.constant(1))
    False
    """
    return isinstance(tensor, Tensor) and tensor.is_symbolic or hasattr(tensor, "__symbolic_call__")
