"""Tensors of the quantized dtypes (qint8, quint8, qint16, ...): integers that stand for a range of numbers."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from addax.core import convert, dtypes, errors, printing
from addax.core.tensor import Tensor, Tracer

#: Ops that move values without computing with them: their results are quantized as their inputs are.
_MOVING = frozenset(
    "broadcast_to concat expand_dims fill gather gather_nd identity pad repeat reshape reverse roll slice split "
    "squeeze stack strided_slice tile transpose unstack where".split()
)
_READING = frozenset("_cast bitcast cast equal not_equal rank shape shape_n size".split())


class QuantizedTensor(Tensor):
    """A tensor of a quantized dtype; its array has the integer dtype of the same width.

    What moves values (`tf.reshape`, `tf.concat`, `tf.gather`, ...) gives quantized tensors; arithmetic is refused.
    `tf.quantization.dequantize` gives the numbers that the values stand for.

    >>> import addax as tf
    >>> q = tf.quantization.quantize([-1.0, 0.5], -1.0, 1.0, tf.qint8).output
    >>> tf.reshape(q, [2, 1]).dtype
    tf.qint8
    """

    __slots__ = ("_dtype",)

    def __init__(self, value: Any, dtype: dtypes.DType) -> None:
        super().__init__(value)
        self._dtype = dtype

    @property
    def dtype(self) -> dtypes.DType:
        """The quantized dtype."""
        return self._dtype

    def __repr__(self) -> str:
        if isinstance(self._value, Tracer):
            return printing.symbolic_repr(self)
        return printing.tensor_repr(np.asarray(self._value), self._dtype)

    def __str__(self) -> str:
        if isinstance(self._value, Tracer):
            return printing.symbolic_str(self)
        return printing.tensor_str(np.asarray(self._value), self._dtype)

    def __composite_call__(self, function: Any, arrays: Any, static: Any, made: Any) -> Any:
        """An op of `dispatch` on quantized tensors."""
        kinds = {leaf._dtype for leaf in _leaves(arrays) if isinstance(leaf, QuantizedTensor)}
        if made.name not in _MOVING | _READING or (made.name in _MOVING and len(kinds) > 1):
            raise errors.InvalidArgumentError(
                errors.message(
                    f"tf.{made.name}",
                    expected="tensors of numbers",
                    received=", ".join(sorted(f"a {kind.name} tensor" for kind in kinds)),
                    hint="tf.quantization.dequantize(x, min_range, max_range) gives the numbers they stand for",
                )
            )
        given = dict(zip(made.statics, static, strict=True))
        given.update({name: _plain(array) for (name, _), array in zip(made.groups, arrays, strict=True)})
        result = function(**given)
        return quantized(result, next(iter(kinds))) if made.name in _MOVING else result


def _leaves(arrays: Any) -> list[Any]:
    return [leaf for array in arrays for leaf in (array if isinstance(array, list | tuple) else [array])]


def _plain(array: Any) -> Any:
    if isinstance(array, list | tuple):
        return [_plain(each) for each in array]
    return Tensor(array._value) if isinstance(array, QuantizedTensor) else array


def quantized(result: Any, dtype: dtypes.DType) -> Any:
    """Integer tensors, or lists of them, as quantized tensors of `dtype`."""
    if isinstance(result, list | tuple):
        return type(result)([quantized(each, dtype) for each in result])
    return QuantizedTensor(result._value, dtype)


def integers(dtype: dtypes.DType) -> np.dtype:
    """The integer dtype in which values of a quantized dtype are held."""
    return np.dtype(dtype.np[0])


def make(value: Any, dtype: dtypes.DType) -> QuantizedTensor:
    """Python numbers, arrays or integer tensors as a quantized tensor of `dtype`; the values are taken as they are."""
    if isinstance(value, QuantizedTensor):
        if value.dtype is not dtype:
            raise ValueError(
                f"Tensor conversion requested dtype {dtype.name} for a tensor of dtype {value.dtype.name}."
            )
        return value
    held = integers(dtype)
    array = value._value if isinstance(value, Tensor) else value if isinstance(value, jax.Array) else np.asarray(value)
    if isinstance(array, np.ndarray):
        array = convert.to_device(convert.checked_cast(array, held))
    return QuantizedTensor(array.astype(held), dtype)
