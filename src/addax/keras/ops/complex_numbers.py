"""`keras.ops`: parts of complex numbers."""

from __future__ import annotations

from typing import Any

from addax.keras.ops.function import function
from addax.keras.ops.promotion import floats, tensor
from addax.ops import arithmetic, casting, creation
from addax.ops.tnp import complex_numbers


@function
def real(x: Any) -> Any:
    """The real part.

    >>> from addax.keras import ops
    >>> ops.real([1 + 2j, 3]).numpy().tolist()
    [1.0, 3.0]
    """
    return complex_numbers.real(tensor(x))


@function
def imag(x: Any) -> Any:
    """The imaginary part; zeros where there is none.

    >>> from addax.keras import ops
    >>> ops.imag([1 + 2j, 3]).numpy().tolist()
    [2.0, 0.0]
    """
    return complex_numbers.imag(tensor(x))


@function
def angle(x: Any) -> Any:
    """The angle of complex numbers, in radians.

    >>> from addax.keras import ops
    >>> print(ops.angle([1j, -1]).numpy().round(4))
    [1.5708 3.1416]
    """
    made = floats(x)
    if made.dtype.is_complex:
        return casting.angle(made)
    return arithmetic.atan2(creation.zeros_like(made), made)  # NaN stays NaN, and -0. is on the other side


@function
def conjugate(x: Any) -> Any:
    """The complex conjugate.

    >>> from addax.keras import ops
    >>> ops.conjugate([1 + 2j]).numpy().tolist()
    [(1-2j)]
    """
    made = tensor(x)
    return casting.conj(made) if made.dtype.is_complex else made


@function
def conj(x: Any) -> Any:
    """The complex conjugate.

    >>> from addax.keras import ops
    >>> ops.conj([1 + 2j]).numpy().tolist()
    [(1-2j)]
    """
    return conjugate(x)


@function
def isreal(x: Any) -> Any:
    """Whether the imaginary part is 0.

    >>> from addax.keras import ops
    >>> ops.isreal([1 + 0j, 1j]).numpy().tolist()
    [True, False]
    """
    return complex_numbers.isreal(tensor(x))
