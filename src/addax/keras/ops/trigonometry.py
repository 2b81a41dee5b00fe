"""`keras.ops`: angles, triangles and hyperbolas. Angles are in radians; integers become floats."""

from __future__ import annotations

from typing import Any

from addax.keras.ops.function import function
from addax.keras.ops.promotion import common_floats, floats, tensor
from addax.ops import arithmetic, elementwise
from addax.ops import numpy_elementwise as more


@function
def sin(x: Any) -> Any:
    """The sine of an angle in radians.

    >>> from addax.keras import ops
    >>> print(ops.sin([0.0, 1.0]).numpy().round(4))
    [0.     0.8415]
    """
    return elementwise.sin(floats(x))


@function
def cos(x: Any) -> Any:
    """The cosine of an angle in radians.

    >>> from addax.keras import ops
    >>> print(ops.cos([0.0, 1.0]).numpy().round(4))
    [1.     0.5403]
    """
    return elementwise.cos(floats(x))


@function
def tan(x: Any) -> Any:
    """The tangent of an angle in radians.

    >>> from addax.keras import ops
    >>> print(ops.tan([0.0, 1.0]).numpy().round(4))
    [0.     1.5574]
    """
    return elementwise.tan(floats(x))


@function
def arcsin(x: Any) -> Any:
    """The angle of a sine.

    >>> from addax.keras import ops
    >>> print(ops.arcsin([0.0, 1.0]).numpy().round(4))
    [0.     1.5708]
    """
    return elementwise.asin(floats(x))


@function
def arccos(x: Any) -> Any:
    """The angle of a cosine.

    >>> from addax.keras import ops
    >>> print(ops.arccos([0.0, 1.0]).numpy().round(4))
    [1.5708 0.    ]
    """
    return elementwise.acos(floats(x))


@function
def arctan(x: Any) -> Any:
    """The angle of a tangent.

    >>> from addax.keras import ops
    >>> print(ops.arctan([0.0, 1.0]).numpy().round(4))
    [0.     0.7854]
    """
    return elementwise.atan(floats(x))


@function
def arctan2(x1: Any, x2: Any) -> Any:
    """The angle of the points (x2, x1), in radians.

    >>> from addax.keras import ops
    >>> print(ops.arctan2([1.0, 0.0], [0.0, -1.0]).numpy().round(4))
    [1.5708 3.1416]
    """
    return arithmetic.atan2(*common_floats(tensor(x1), tensor(x2)))  # numbers are no weaker here


@function
def sinh(x: Any) -> Any:
    """The hyperbolic sine.

    >>> from addax.keras import ops
    >>> print(ops.sinh([0.0, 1.0]).numpy().round(4))
    [0.     1.1752]
    """
    return elementwise.sinh(floats(x))


@function
def cosh(x: Any) -> Any:
    """The hyperbolic cosine.

    >>> from addax.keras import ops
    >>> print(ops.cosh([0.0, 1.0]).numpy().round(4))
    [1.     1.5431]
    """
    return elementwise.cosh(floats(x))


@function
def tanh(x: Any) -> Any:
    """The hyperbolic tangent.

    >>> from addax.keras import ops
    >>> print(ops.tanh([0.0, 1.0]).numpy().round(4))
    [0.     0.7616]
    """
    return elementwise.tanh(floats(x))


@function
def arcsinh(x: Any) -> Any:
    """The inverse of sinh.

    >>> from addax.keras import ops
    >>> print(ops.arcsinh([0.0, 1.0]).numpy().round(4))
    [0.     0.8814]
    """
    return elementwise.asinh(floats(x))


@function
def arccosh(x: Any) -> Any:
    """The inverse of cosh.

    >>> from addax.keras import ops
    >>> print(ops.arccosh([1.0, 2.0]).numpy().round(4))
    [0.    1.317]
    """
    return elementwise.acosh(floats(x))


@function
def arctanh(x: Any) -> Any:
    """The inverse of tanh.

    >>> from addax.keras import ops
    >>> print(ops.arctanh([0.0, 0.5]).numpy().round(4))
    [0.     0.5493]
    """
    return elementwise.atanh(floats(x))


@function
def sinc(x: Any) -> Any:
    """sin(pi x) / (pi x), 1 at 0.

    >>> from addax.keras import ops
    >>> print(ops.sinc([0.0, 0.5]).numpy().round(4))
    [1.     0.6366]
    """
    return more.sinc(floats(x))


@function
def hypot(x1: Any, x2: Any) -> Any:
    """sqrt(x1**2 + x2**2).

    >>> from addax.keras import ops
    >>> ops.hypot(3.0, 4.0).numpy()
    np.float32(5.0)
    """
    return more.hypot(*common_floats(x1, x2))


@function
def deg2rad(x: Any) -> Any:
    """Degrees as radians.

    >>> from addax.keras import ops
    >>> print(ops.deg2rad([0, 180]).numpy().round(4))
    [0.     3.1416]
    """
    return floats(x) * 0.017453292519943295


@function
def rad2deg(x: Any) -> Any:
    """Radians as degrees.

    >>> from addax.keras import ops
    >>> print(ops.rad2deg([0.0, 1.0]).numpy().round(4))
    [ 0.     57.2958]
    """
    return floats(x) * 57.29577951308232
