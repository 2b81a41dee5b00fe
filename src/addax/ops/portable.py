"""Functions that XLA's newest form has as one operation, in operations which every reader of a program knows.

A program that is written for others (`context.state.portable`) must not hold composites: TensorFlow 2.21 refuses them.
Elsewhere, and for complex numbers, these are JAX's own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from addax.core.context import state

__all__ = ["arccos", "arccosh", "arcsin", "arcsinh", "arctanh", "cosh", "erf", "sinh", "top_k"]

_LOG_2 = math.log(2.0)
# Taylor's coefficients of erf(x) / x in x^2, enough for |x| < 1/2.
_SMALL = [(-1) ** n * 2 / math.sqrt(math.pi) / (math.factorial(n) * (2 * n + 1)) for n in range(13)]
# Chebyshev's of log(exp(x^2) erfc(x) / t), t = 2 / (2 + x) from 0 to 0.8: fitted to 2e-15.
_LARGE = [
    -0.7831870727240604,
    0.5058947933173407,
    0.02016533229570047,
    -0.004150784270483821,
    -0.0006929393033133209,
    8.061304448079471e-05,
    2.585099951076489e-05,
    -2.453241361828389e-06,
    -1.06656289503867e-06,
    1.095613619220364e-07,
    4.618283728468945e-08,
    -6.305089221250083e-09,
    -1.963331182233106e-09,
    3.979370031557209e-10,
    7.359696139048627e-11,
    -2.461956003645832e-11,
    -1.769753254993959e-12,
    1.380786400900383e-12,
    -4.60586472156532e-14,
    -6.389491492303401e-14,
    9.90729190958637e-15,
]


def _either(usual: Callable[[Any], Any], plain: Callable[[Any], Any], slope: Callable[[Any], Any]) -> Callable:
    """A function of real numbers: JAX's, or where a program has to be portable a plain one with its derivative."""
    apart = jax.custom_jvp(plain)
    apart.defjvp(lambda primals, tangents: (apart(*primals), slope(*primals) * tangents[0]))

    def function(x: Any) -> Any:
        if not state.portable or x.dtype.kind not in "fV":
            return usual(x)
        return apart(x) if x.dtype.itemsize > 2 else apart(x.astype(np.float32)).astype(x.dtype)

    return function


def _sinh(x: Any) -> Any:
    grown = jnp.expm1(jnp.abs(x))
    small = jnp.sign(x) * (grown + grown / (grown + 1)) / 2
    return jnp.where(jnp.abs(x) < 1, small, jnp.exp(x - _LOG_2) - jnp.exp(-x - _LOG_2))


def _cosh(x: Any) -> Any:
    return jnp.exp(x - _LOG_2) + jnp.exp(-x - _LOG_2)


def _arcsinh(x: Any) -> Any:
    size = jnp.abs(x)
    large = size > jnp.sqrt(jnp.finfo(x.dtype).max) / 2  # whose square is none
    safe = jnp.where(large, 1, size)
    found = jnp.log1p(safe + safe * safe / (1 + jnp.sqrt(safe * safe + 1)))
    return jnp.sign(x) * jnp.where(large, jnp.log(size) + _LOG_2, found)


def _arccosh(x: Any) -> Any:
    large = x > jnp.sqrt(jnp.finfo(x.dtype).max) / 2
    safe = jnp.where(large, 2, x)
    found = jnp.log1p(safe - 1 + jnp.sqrt(safe + 1) * jnp.sqrt(safe - 1))
    return jnp.where(large, jnp.log(x) + _LOG_2, found)


def _erf(x: Any) -> Any:
    size, square = jnp.abs(x), x * x
    near = jnp.zeros_like(x)
    for coefficient in reversed(_SMALL):
        near = near * jnp.where(size < 0.5, square, 0) + coefficient
    t = 2 / (2 + size)
    place = t / 0.4 - 1
    b, after = jnp.zeros_like(x), jnp.zeros_like(x)
    for coefficient in reversed(_LARGE[1:]):
        b, after = 2 * place * b - after + coefficient, b
    rest = t * jnp.exp(-square + place * b - after + _LARGE[0])
    return jnp.where(size < 0.5, x * near, jnp.sign(x) * (1 - jnp.where(jnp.isinf(size), 0, rest)))


sinh = _either(jnp.sinh, _sinh, lambda x: cosh(x))
cosh = _either(jnp.cosh, _cosh, lambda x: sinh(x))
arcsin = _either(
    jnp.arcsin, lambda x: 2 * jnp.arctan2(x, 1 + jnp.sqrt((1 - x) * (1 + x))), lambda x: lax.rsqrt((1 - x) * (1 + x))
)
arccos = _either(
    jnp.arccos, lambda x: 2 * jnp.arctan2(jnp.sqrt(1 - x), jnp.sqrt(1 + x)), lambda x: -lax.rsqrt((1 - x) * (1 + x))
)
arcsinh = _either(jnp.arcsinh, _arcsinh, lambda x: lax.rsqrt(x * x + 1))
arccosh = _either(jnp.arccosh, _arccosh, lambda x: lax.rsqrt((x - 1) * (x + 1)))
arctanh = _either(jnp.arctanh, lambda x: (jnp.log1p(x) - jnp.log1p(-x)) / 2, lambda x: 1 / ((1 - x) * (1 + x)))
erf = _either(lax.erf, _erf, lambda x: 2 / math.sqrt(math.pi) * jnp.exp(-x * x))


def top_k(x: Any, k: int) -> tuple[Any, Any]:
    """The k largest along the last axis and their places, the first of equal ones first."""
    if not state.portable or x.dtype.kind not in "fiuV":
        return lax.top_k(x, k)
    places = lax.broadcasted_iota(np.int32, x.shape, x.ndim - 1)
    # Order turned round, equal ones staying in theirs; NaN is the largest.
    key = ~x if x.dtype.kind in "iu" else jnp.where(jnp.isnan(x), -jnp.inf, -x)
    _, values, order = lax.sort((key, x, places), dimension=-1, is_stable=True, num_keys=1)
    return values[..., :k], order[..., :k]
