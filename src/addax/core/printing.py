"""The text forms of tensors and variables, letter for letter as TensorFlow writes them.

Pure functions over NumPy arrays; NumPy itself writes the elements, so `numpy.set_printoptions` has its say.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core.dtypes import DType
from addax.core.shapes import TensorShape


def elements_repr(array: np.ndarray) -> str:
    """What stands after `numpy=` in a repr: a Python number or bytes for rank 0, `array(...)` otherwise.

    A text of several lines starts on a line of its own.
    """
    array = np.asarray(array)
    text = repr(array.item()) if array.ndim == 0 else repr(array)
    return "\n" + text if "\n" in text else text


def elements_str(array: np.ndarray) -> str:
    """The elements as `print` shows them: `[1. 2.]`; a text of several lines starts on a line of its own."""
    text = str(np.asarray(array))
    return "\n" + text if "\n" in text else text


def tensor_repr(array: np.ndarray, dtype: DType) -> str:
    """`repr` of an eager tensor.

    Args:
        array: its value; an object array of bytes for strings.
        dtype: its dtype.

    Returns:
        The text, e.g. "<tf.Tensor: shape=(2,), dtype=int32, numpy=array([1, 2], dtype=int32)>".

    Example:
        >>> import numpy as np
        >>> from addax.core import dtypes, printing
        >>> printing.tensor_repr(np.float32(2), dtypes.float32)
        '<tf.Tensor: shape=(), dtype=float32, numpy=2.0>'
    """
    array = np.asarray(array)
    return f"<tf.Tensor: shape={array.shape}, dtype={dtype.name}, numpy={elements_repr(array)}>"


def tensor_str(array: np.ndarray, dtype: DType) -> str:
    """`str` of an eager tensor.

    Args:
        array: its value; an object array of bytes for strings.
        dtype: its dtype.

    Returns:
        The text, e.g. "tf.Tensor([1 2], shape=(2,), dtype=int32)".

    Example:
        >>> import numpy as np
        >>> from addax.core import dtypes, printing
        >>> printing.tensor_str(np.array([1, 2], np.int32), dtypes.int32)
        'tf.Tensor([1 2], shape=(2,), dtype=int32)'
    """
    array = np.asarray(array)
    return f"tf.Tensor({elements_str(array)}, shape={array.shape}, dtype={dtype.name})"


def variable_repr(name: str, shape: Any, dtype: DType, array: np.ndarray | None) -> str:
    """`repr` and `str` of a variable.

    Args:
        name: its name with the output number, e.g. "Variable:0".
        shape: its declared shape, which may be partly unknown.
        dtype: its dtype.
        array: its value; None where it has none that could be shown, as while a function is traced.

    Returns:
        The text, e.g. "<tf.Variable 'Variable:0' shape=() dtype=float32, numpy=1.5>".

    Example:
        >>> import numpy as np
        >>> from addax.core import dtypes, printing
        >>> printing.variable_repr("v:0", (), dtypes.float32, np.float32(1.5))
        "<tf.Variable 'v:0' shape=() dtype=float32, numpy=1.5>"
    """
    value = "" if array is None else f", numpy={elements_repr(array)}"
    return f"<tf.Variable {name!r} shape={_shape(shape)} dtype={dtype.name}{value}>"


variable_str = variable_repr


def _shape(shape: Any) -> str:
    return str(_known(shape))


def _known(shape: Any) -> TensorShape:
    """A shape with None for what is a symbol."""
    if not isinstance(shape, TensorShape):
        return TensorShape(shape)
    sizes = shape.dims
    return TensorShape(None if sizes is None else [size if isinstance(size, int) else None for size in sizes])


def _output_name(name: str | None) -> str:
    name = name or "Tensor"
    return name if ":" in name else name + ":0"


def symbolic_repr(tensor: Any, name: str | None = None) -> str:
    """`repr` of a tensor of a function that is being traced: "<tf.Tensor 'x:0' shape=(2,) dtype=float32>".

    Args:
        tensor: anything with a `shape` and a `dtype`.
        name: what the tensor is called; the number of its output is added where it lacks one. "Tensor" by default.
    """
    return f"<tf.Tensor {_output_name(name)!r} shape={_shape(tensor.shape)} dtype={tensor.dtype.name}>"


def symbolic_str(tensor: Any, name: str | None = None) -> str:
    """`str` of a tensor of a function that is being traced: 'Tensor("x:0", shape=(2,), dtype=float32)'.

    Args:
        tensor: anything with a `shape` and a `dtype`.
        name: what the tensor is called; the number of its output is added where it lacks one. "Tensor" by default.
    """
    shape = _known(tensor.shape)
    shown = "" if shape.rank is None else f", shape={shape}"
    return f'Tensor("{_output_name(name)}"{shown}, dtype={tensor.dtype.name})'
