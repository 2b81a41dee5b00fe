"""The hyperbolic tangent of float32 on a CPU, to the bit as TensorFlow computes it there.

XLA's own is up to 4 units in the last place away from it, which a gradient of 1 - y y shows where y is near 1. This is
the same kind of approximation, a quotient of two polynomials, each product rounded before it is added. Measured: 1.4 to
2 times XLA's time on large arrays, and no value of 800,001 that differs from TensorFlow's.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

_LARGEST = np.float32(7.90738964080810547)  # from here on the quotient is 1
_ABOVE = np.array([1.394553628e-8, 2.102733560e-5, 3.520756727e-3, 1.340216100e-1], np.float32)
_BELOW = np.array([8.015776984e-7, 3.326951409e-4, 2.597254514e-2, 4.673548340e-1, 1.0], np.float32)


@jax.custom_jvp
def tanh(x: Any) -> Any:
    """The hyperbolic tangent y of an array, of gradient 1 - y y."""
    if x.dtype != np.float32 or jax.default_backend() != "cpu":
        return jnp.tanh(x)
    # JAX forgets the rule below where it differentiates a loop twice: these steps have the right slope too, even at 0.
    negative = lax.bitcast_convert_type(x, np.int32) < 0
    size = jnp.where(negative, -x, x)
    size = jnp.where(size > _LARGEST, _LARGEST, size)  # NaN stays
    square = size * size
    # The factors are positive; abs keeps the compiler from fusing products and sums to one rounding.
    above = jnp.abs(size * square * _polynomial(_ABOVE, square)) + size
    found = above / _polynomial(_BELOW, square)
    return jnp.where(negative, -found, found)


def _polynomial(factors: np.ndarray, x: Any) -> Any:
    """Coefficients from the highest power on, all positive."""
    total: Any = factors[0]
    for factor in factors[1:]:
        total = jnp.abs(total * x) + factor
    return total


@tanh.defjvp
def _change_of_tanh(primals: Any, tangents: Any) -> tuple[Any, Any]:
    (x,), (change,) = primals, tangents
    y = tanh(x)
    return y, change * (1 - y * y)
