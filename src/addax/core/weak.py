"""Weak tensors: values of Python numbers, which take the dtype of the tensors beside them.

They exist in the dtype conversion modes "safe" and "all" of
`tf.experimental.numpy.experimental_enable_numpy_behavior` only. While nothing stands beside them they are int32,
float32 or complex128.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from addax.core import dtypes, errors
from addax.core.dtypes import DType
from addax.core.tensor import Tensor


class Mode:
    """The dtype conversion mode: "off", "legacy", "safe" or "all".

    Attributes:
        name: the mode.
        active: whether it is one with weak tensors.
    """

    def __init__(self) -> None:
        self.name = "off"
        self.active = False

    def enter(self, name: str) -> None:
        """Change the mode."""
        self.name, self.active = name, name in ("safe", "all")


mode = Mode()


class WeakTensor(Tensor):
    """A tensor of a Python number (or of what was computed of such alone), whose dtype gives way."""

    __slots__ = ()

    def __tf_value__(self) -> Any:
        return self._value

    def value(self) -> Tensor:
        """The tensor."""
        return self

    read_value = value

    def __repr__(self) -> str:
        return super().__repr__()[:-1] + ", weak=True>"


_CAN_BE_WEAK = frozenset(
    (dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64, dtypes.complex128)
)  # fmt: skip


def weakened(tensor: Any) -> Any:
    """A tensor as a weak one, where its dtype can be weak; the same object, which tapes know."""
    if type(tensor) is Tensor and tensor.dtype in _CAN_BE_WEAK:
        tensor.__class__ = WeakTensor
    return tensor


def is_weak(value: Any) -> bool:
    """Whether `value` is a weak tensor, a Python number that is no bool, or a list of such."""
    if isinstance(value, list | tuple):
        return bool(value) and all(is_weak(item) for item in value)
    return isinstance(value, WeakTensor) or type(value) in (int, float, complex)


class Kind(NamedTuple):
    """A dtype, and whether it gives way."""

    dtype: DType
    weak: bool


_PYTHON = {int: dtypes.int32, float: dtypes.float32, complex: dtypes.complex128, bool: dtypes.bool}


def kind_of(value: Any) -> Kind:
    """The dtype of a value, and whether it gives way."""
    if isinstance(value, list | tuple):
        kinds = [kind_of(item) for item in value]
        found = kinds[0] if kinds else Kind(dtypes.float32, True)
        for each in kinds[1:]:
            found = combined(found, each)[0]
        return found
    python = _PYTHON.get(type(value))
    if python is not None:
        return Kind(python, python is not dtypes.bool)
    if isinstance(value, range):
        return Kind(dtypes.int32, True)
    if isinstance(value, str | bytes):
        return Kind(dtypes.string, False)
    if isinstance(value, DType | np.dtype | type):
        return Kind(dtypes.as_dtype(value), False)
    return Kind(
        dtypes.as_dtype(getattr(value, "dtype", None) or np.asarray(value).dtype), isinstance(value, WeakTensor)
    )


# Bits of whole numbers that a float holds exactly, sign left out.
_EXACT = {dtypes.bfloat16: 8, dtypes.float16: 11, dtypes.float32: 24, dtypes.float64: 53}
_COMPLEX_OF = {1: dtypes.complex64, 2: dtypes.complex64, 4: dtypes.complex64, 8: dtypes.complex128}
_SIGNED = {1: dtypes.int8, 2: dtypes.int16, 4: dtypes.int32, 8: dtypes.int64}
_WEAK_DOUBLE = Kind(dtypes.float64, True)


def combined(a: Kind, b: Kind) -> tuple[Kind, bool]:
    """What two dtypes become beside each other, and whether that is safe: no bits of either can be lost.

    >>> from addax.core import dtypes
    >>> from addax.core.weak import Kind, combined
    >>> combined(Kind(dtypes.int8, False), Kind(dtypes.uint16, False))
    (Kind(dtype=tf.int32, weak=False), False)
    """
    if a == b:
        return a, True
    if _rank(a.dtype) > _rank(b.dtype) or _rank(a.dtype) == _rank(b.dtype) and a.weak:
        a, b = b, a  # now b is of the higher kind, or the weak one of two of a kind
    low, high = a.dtype, b.dtype
    if not (low.is_numeric or low.is_bool) or not (high.is_numeric or high.is_bool):
        raise TypeError(f"dtypes {low.name} and {high.name} have no common one")
    if low.is_bool:
        return b, True
    if a.weak and b.weak:
        return (a if _rank(low) == _rank(high) and low.size > high.size else b), True
    if b.weak:
        return _beside_weak(a, b)
    if a.weak:
        return b, True
    return _strong(low, high)


def _rank(dtype: DType) -> int:
    return 0 if dtype.is_bool else 1 if dtype.is_integer else 2 if dtype.is_floating else 3


def _beside_weak(a: Kind, b: Kind) -> tuple[Kind, bool]:
    """A strong dtype of a kind that is not above that of the weak one."""
    if _rank(a.dtype) == _rank(b.dtype):
        return a, True
    if a.dtype.is_integer:
        wide = a.dtype.size == 8
        if b.dtype.is_floating:
            return _WEAK_DOUBLE, b.dtype is dtypes.float64 and not wide
        return Kind(dtypes.complex128, True), not wide
    # floats beside a weak complex number
    double = a.dtype is dtypes.float64
    return Kind(dtypes.complex128 if double else dtypes.complex64, False), double


def _strong(low: DType, high: DType) -> tuple[Kind, bool]:
    if _rank(high) == 1:
        return _integers(low, high)
    if _rank(high) == 3:
        if low.is_integer:
            return Kind(high, False), _holds(high.real_dtype, low)
        if low.is_floating:
            wide = low is dtypes.float64 and high is dtypes.complex64
            return Kind(dtypes.complex128 if wide else high, False), not wide
        return Kind(dtypes.complex128, False), True
    if low.is_integer:
        return Kind(high, False), _holds(high, low)
    if low.size == high.size:  # float16 and bfloat16
        return Kind(dtypes.float32, False), False
    return Kind(low if low.size > high.size else high, False), True


def _holds(floating: DType, integer: DType) -> bool:
    bits = 8 * integer.size - (not integer.is_unsigned)
    return bits <= _EXACT[floating]


def _integers(low: DType, high: DType) -> tuple[Kind, bool]:
    if low.is_unsigned == high.is_unsigned:
        return Kind(low if low.size > high.size else high, False), True
    signed, unsigned = (high, low) if low.is_unsigned else (low, high)
    if signed.size > unsigned.size:
        return Kind(signed, False), True
    if unsigned.size == 8:
        return _WEAK_DOUBLE, False
    return Kind(_SIGNED[2 * unsigned.size], False), False


def common(who: str, *values: Any) -> Kind:
    """What the operands of an op become in the mode that was entered.

    Raises:
        TypeError: mode "safe", and bits could be lost.
    """
    kinds = [kind_of(value) for value in values]
    found = kinds[0]
    for each in kinds[1:]:
        made, safe = combined(found, each)
        if not safe and mode.name == "safe":
            raise TypeError(
                errors.message(
                    who,
                    expected=f"dtypes of which the common one, {made.dtype.name}, holds every value (dtype conversion "
                    "mode 'safe')",
                    received=", ".join(kind.dtype.name + " (weak)" * kind.weak for kind in kinds),
                    hint="cast one of them, or enter mode 'all'",
                )
            )
        found = made
    return found
