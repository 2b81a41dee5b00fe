"""Angles, triangles and hyperbolas. Angles are in radians."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp

from addax.core.convert import TensorLike
from addax.core.dispatch import op
from addax.core.linearization import zero_safe
from addax.core.tensor import Tensor
from addax.ops import arithmetic, elementwise
from addax.ops.tnp.promotion import (
    as_tensor,
    dtype_of,
    inexact,
    is_number,
    promote_inexact,
)


def sin(x: Any) -> Tensor:
    """The sine of radians.

    >>> import addax.experimental.numpy as np
    >>> print(np.sin([0.0, 1.0]).numpy().round(4))
    [0.     0.8415]
    """
    return elementwise.sin(inexact(x))


def cos(x: Any) -> Tensor:
    """The cosine of radians.

    >>> import addax.experimental.numpy as np
    >>> print(np.cos([0.0, 1.0]).numpy().round(4))
    [1.     0.5403]
    """
    return elementwise.cos(inexact(x))


def tan(x: Any) -> Tensor:
    """The tangent of radians.

    >>> import addax.experimental.numpy as np
    >>> print(np.tan([0.0, 1.0]).numpy().round(4))
    [0.     1.5574]
    """
    return elementwise.tan(inexact(x))


def sinh(x: Any) -> Tensor:
    """The hyperbolic sine.

    >>> import addax.experimental.numpy as np
    >>> print(np.sinh([0.0, 1.0]).numpy().round(4))
    [0.     1.1752]
    """
    return elementwise.sinh(inexact(x))


def cosh(x: Any) -> Tensor:
    """The hyperbolic cosine.

    >>> import addax.experimental.numpy as np
    >>> print(np.cosh([0.0, 1.0]).numpy().round(4))
    [1.     1.5431]
    """
    return elementwise.cosh(inexact(x))


def tanh(x: Any) -> Tensor:
    """The hyperbolic tangent.

    >>> import addax.experimental.numpy as np
    >>> print(np.tanh([0.0, 1.0]).numpy().round(4))
    [0.     0.7616]
    """
    return elementwise.tanh(inexact(x))


def arcsin(x: Any) -> Tensor:
    """The angle in radians whose sine is x.

    >>> import addax.experimental.numpy as np
    >>> print(np.arcsin([0.0, 1.0]).numpy().round(4))
    [0.     1.5708]
    """
    return elementwise.asin(inexact(x))


def arccos(x: Any) -> Tensor:
    """The angle in radians whose cosine is x.

    >>> import addax.experimental.numpy as np
    >>> print(np.arccos([0.0, 1.0]).numpy().round(4))
    [1.5708 0.    ]
    """
    return elementwise.acos(inexact(x))


def arctan(x: Any) -> Tensor:
    """The angle in radians whose tangent is x.

    >>> import addax.experimental.numpy as np
    >>> print(np.arctan([0.0, 1.0]).numpy().round(4))
    [0.     0.7854]
    """
    return elementwise.atan(inexact(x))


def arcsinh(x: Any) -> Tensor:
    """The inverse of sinh.

    >>> import addax.experimental.numpy as np
    >>> print(np.arcsinh([0.0, 1.0]).numpy().round(4))
    [0.     0.8814]
    """
    return elementwise.asinh(inexact(x))


def arccosh(x: Any) -> Tensor:
    """The inverse of cosh.

    >>> import addax.experimental.numpy as np
    >>> print(np.arccosh([1.0, 2.0]).numpy().round(4))
    [0.    1.317]
    """
    return elementwise.acosh(inexact(x))


def arctanh(x: Any) -> Tensor:
    """The inverse of tanh.

    >>> import addax.experimental.numpy as np
    >>> print(np.arctanh([0.0, 0.5]).numpy().round(4))
    [0.     0.5493]
    """
    return elementwise.atanh(inexact(x))


def scaled(x: Any, factor: float) -> Tensor:
    """x * factor as floats."""
    made = inexact(x)
    return made * as_tensor(factor, dtype_of(made))


def deg2rad(x: Any) -> Tensor:
    """Degrees as radians.

    >>> import addax.experimental.numpy as np
    >>> print(np.deg2rad([0.0, 180.0]).numpy().round(4))
    [0.     3.1416]
    """
    return scaled(x, math.pi / 180.0)


def rad2deg(x: Any) -> Any:
    """Radians as degrees.

    >>> import addax.experimental.numpy as np
    >>> print(np.rad2deg([0.0, 1.0]).numpy().round(4))
    [ 0.     57.2958]
    """
    return x * (180.0 / math.pi) if is_number(x) else scaled(x, 180.0 / math.pi)


@op(name="experimental.numpy.sinc", kinds="fc")
def _sinc(x: TensorLike) -> Any:
    return jnp.sinc(x)


def sinc(x: Any) -> Tensor:
    """sin(pi x) / (pi x), 1 at 0.

    >>> import addax.experimental.numpy as np
    >>> print(np.sinc([0.0, 0.5]).numpy().round(4))
    [1.     0.6366]
    """
    return _sinc(inexact(x))


def arctan2(x1: Any, x2: Any) -> Tensor:
    """The angle of the points (x2, x1), in radians.

    >>> import addax.experimental.numpy as np
    >>> print(np.arctan2([1.0, 0.0], [0.0, -1.0]).numpy().round(4))
    [1.5708 3.1416]
    """
    return arithmetic.atan2(*promote_inexact(x1, x2))


@op(name="experimental.numpy.hypot", kinds="fc")
def _hypot(x: TensorLike, y: TensorLike) -> Any:
    return zero_safe(jnp.sqrt)(x * x + y * y)


def hypot(x1: Any, x2: Any) -> Tensor:
    """sqrt(x1**2 + x2**2).

    >>> import addax.experimental.numpy as np
    >>> np.hypot([3.0], [4.0]).numpy().tolist()
    [5.0]
    """
    return _hypot(*promote_inexact(x1, x2))
