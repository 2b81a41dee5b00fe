"""Special functions: gamma, beta, zeta, Bessel and their relatives.

Those that JAX lacks are computed in float64 from integrals with exponentially convergent quadrature (DLMF 10.9, 10.32,
7.7) and asymptotic series (DLMF 10.17, 7.12); their derivatives are the known ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy.special as jsp
import numpy as np
from jax import lax

from addax.core import errors
from addax.core.convert import TensorLike
from addax.core.dispatch import op
from addax.core.tensor import Tensor

__all__ = [
    "bessel_i0",
    "bessel_i0e",
    "bessel_i1",
    "bessel_i1e",
    "bessel_j0",
    "bessel_j1",
    "bessel_k0",
    "bessel_k0e",
    "bessel_k1",
    "bessel_k1e",
    "bessel_y0",
    "bessel_y1",
    "betainc",
    "dawsn",
    "expint",
    "fresnel_cos",
    "fresnel_sin",
    "igamma",
    "igammac",
    "lbeta",
    "polygamma",
    "spence",
    "zeta",
]

# ---------------------------------------------------------------------------- gamma, beta, zeta


@op(kinds="f", name="math.igamma")
def igamma(a: TensorLike, x: TensorLike, name: str | None = None) -> Tensor:
    """The lower regularized incomplete gamma function, P(a, x); a and x are positive.

    >>> import addax as tf
    >>> tf.math.igamma(1.0, 1.0).numpy().round(4)
    np.float32(0.6321)
    """
    inside, a_inside, x_inside = _inside(a, x)
    edge = jnp.where(inside, jsp.gammainc(a_inside, x_inside), jnp.where(x > a, 1.0, 0.0))
    return jnp.where(x == 0, 0.0, jnp.where((a > 0) & (x > 0), edge, np.nan)).astype(x.dtype)


def _inside(a: Any, x: Any) -> tuple[Any, Any, Any]:
    """Where the incomplete gamma functions are computed, and arguments at which this comes to an end elsewhere too."""
    inside = (a > 0) & (x > 0) & (a < 1e13) & (x < 1e13)  # beyond, its series takes seconds
    one = jnp.ones((), x.dtype)
    return inside, jnp.where(inside, a, one), jnp.where(inside, x, one)


@op(kinds="f", name="math.igammac")
def igammac(a: TensorLike, x: TensorLike, name: str | None = None) -> Tensor:
    """The upper regularized incomplete gamma function, Q(a, x) = 1 - P(a, x).

    >>> import addax as tf
    >>> tf.math.igammac(1.0, 1.0).numpy().round(4)
    np.float32(0.3679)
    """
    inside, a_inside, x_inside = _inside(a, x)
    outside = jnp.where((x > a) | (x == np.inf), 0.0, 1.0)
    edge = jnp.where(inside, jsp.gammaincc(a_inside, x_inside), outside)
    return jnp.where((a > 0) & (x >= 0), edge, np.nan).astype(x.dtype)


@op(kinds="f", name="math.betainc")
def betainc(a: TensorLike, b: TensorLike, x: TensorLike, name: str | None = None) -> Tensor:
    """The regularized incomplete beta function I_x(a, b), for x from 0 to 1; differentiable in x.

    >>> import addax as tf
    >>> tf.math.betainc(2.0, 3.0, 0.5).numpy().round(4)
    np.float32(0.6875)
    """
    if len({each.shape for each in (a, b, x) if each.ndim}) > 1:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.math.betainc",
                expected="equal shapes (Shapes of a, b and x are inconsistent), or scalars",
                received=f"a {tuple(a.shape)}, b {tuple(b.shape)}, x {tuple(x.shape)}",
            )
        )
    a, b, x = jnp.broadcast_arrays(a, b, x)
    return _betainc(lax.stop_gradient(a), lax.stop_gradient(b), x)


betainc.op.links = (0b100,)


@jax.custom_jvp
def _betainc(a: Any, b: Any, x: Any) -> Any:
    return jsp.betainc(a, b, x)


@_betainc.defjvp
def _betainc_jvp(primals: Any, tangents: Any) -> Any:
    a, b, x = primals
    log_beta = lax.lgamma(a) + lax.lgamma(b) - lax.lgamma(a + b)
    one = jnp.ones((), x.dtype)
    slope = jnp.exp(jsp.xlog1py(b - one, -x) + jsp.xlogy(a - one, x) - log_beta)
    return _betainc(a, b, x), slope * tangents[2]


@op(kinds="f", name="math.lbeta")
def lbeta(x: TensorLike, name: str | None = None) -> Tensor:
    """log |Beta| of the numbers along the last dimension: sum(lgamma(x)) - lgamma(sum(x)).

    >>> import addax as tf
    >>> tf.math.lbeta([1.0, 2.0]).numpy().round(4)
    np.float32(-0.6931)
    """
    if not x.ndim:
        x = x[None]
    return jnp.sum(lax.lgamma(x), -1) - lax.lgamma(jnp.sum(x, -1))


@op(only="float32 float64", name="math.zeta")
def zeta(x: TensorLike, q: TensorLike, name: str | None = None) -> Tensor:
    """The Hurwitz zeta function, the sum of (q + n)^-x over n = 0, 1, ...; differentiable in q.

    >>> import addax as tf
    >>> tf.math.zeta(2.0, 1.0).numpy().round(4)
    np.float32(1.6449)
    """
    x, q = jnp.broadcast_arrays(x, q)
    return _zeta(lax.stop_gradient(x), q)


zeta.op.links = (0b10,)


@jax.custom_jvp
def _zeta(x: Any, q: Any) -> Any:
    # At the limits, where a sum in floats gives NaN.
    out = jnp.where((x > 1) & (q == np.inf), 0.0, jsp.zeta(x, q))
    limit = jnp.where(q == 1, 1.0, jnp.where(q > 1, 0.0, jnp.where(jnp.isnan(q), np.nan, np.inf)))
    out = jnp.where(x > 1e6, limit, out)
    return jnp.where(x < 1, np.nan, out).astype(q.dtype)


@_zeta.defjvp
def _zeta_jvp(primals: Any, tangents: Any) -> Any:
    x, q = primals
    return _zeta(x, q), -x * _zeta(x + jnp.ones((), x.dtype), q) * tangents[1]


@op(only="float32 float64", name="math.polygamma")
def polygamma(a: TensorLike, x: TensorLike, name: str | None = None) -> Tensor:
    """The a-th derivative of digamma at x, for whole a; NaN for others. Differentiable in x.

    >>> import addax as tf
    >>> tf.math.polygamma(1.0, 1.0).numpy().round(4)
    np.float32(1.6449)
    """
    a, x = jnp.broadcast_arrays(a, x)
    return _polygamma(lax.stop_gradient(a), x)


polygamma.op.links = (0b10,)


@jax.custom_jvp
def _polygamma(a: Any, x: Any) -> Any:
    # (-1)^(a+1) a! zeta(a + 1, x), and digamma for a = 0.
    one = jnp.ones((), x.dtype)
    sign = jnp.where(jnp.mod(a, 2) == 0, -one, one)
    value = sign * jnp.exp(lax.lgamma(a + one)) * _zeta(a + one, x)
    value = jnp.where(a == 0, lax.digamma(x), value)
    return jnp.where((a >= 0) & (a == jnp.floor(a)), value, jnp.asarray(np.nan, x.dtype))


@_polygamma.defjvp
def _polygamma_jvp(primals: Any, tangents: Any) -> Any:
    a, x = primals
    return _polygamma(a, x), _polygamma(a + jnp.ones((), a.dtype), x) * tangents[1]


# ---------------------------------------------------------------------------- Bessel, first kind, modified


@jax.custom_jvp
def _i0(x: Any) -> Any:
    return jsp.i0(x).astype(x.dtype)


@_i0.defjvp
def _i0_jvp(primals: Any, tangents: Any) -> Any:
    (x,), (dx,) = primals, tangents
    return _i0(x), _i1(x) * dx


@jax.custom_jvp
def _i1(x: Any) -> Any:
    return jsp.i1(x).astype(x.dtype)


@_i1.defjvp
def _i1_jvp(primals: Any, tangents: Any) -> Any:
    (x,), (dx,) = primals, tangents
    # At 0 it is 1/2; TensorFlow has 1 there, and so have we.
    return _i1(x), _at_zero(x, _i0(x) - _i1(x) / jnp.where(x == 0, 1, x), 1.0) * dx


@op(kinds="f", name="math.bessel_i0")
def bessel_i0(x: TensorLike, name: str | None = None) -> Tensor:
    """The modified Bessel function of the first kind, I0.

    >>> import addax as tf
    >>> tf.math.bessel_i0(1.0).numpy().round(4)
    np.float32(1.2661)
    """
    return _i0(x)


@op(kinds="f", name="math.bessel_i0e")
def bessel_i0e(x: TensorLike, name: str | None = None) -> Tensor:
    """exp(-|x|) I0(x).

    >>> import addax as tf
    >>> tf.math.bessel_i0e(1.0).numpy().round(4)
    np.float32(0.4658)
    """
    return jsp.i0e(x).astype(x.dtype)


@op(kinds="f", name="math.bessel_i1")
def bessel_i1(x: TensorLike, name: str | None = None) -> Tensor:
    """The modified Bessel function of the first kind, I1.

    >>> import addax as tf
    >>> tf.math.bessel_i1(1.0).numpy().round(4)
    np.float32(0.5652)
    """
    return _i1(x)


@op(kinds="f", name="math.bessel_i1e")
def bessel_i1e(x: TensorLike, name: str | None = None) -> Tensor:
    """exp(-|x|) I1(x).

    >>> import addax as tf
    >>> tf.math.bessel_i1e(1.0).numpy().round(4)
    np.float32(0.2079)
    """
    return jsp.i1e(x).astype(x.dtype)


# ---------------------------------------------------------------------------- computed here, in float64


def _with_slope(value: Callable[[Any], Any], slope: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function computed in float64 whose derivative is `slope`, in the dtype of its argument."""

    @jax.custom_jvp
    def function(x: Any) -> Any:
        return value(x.astype(np.float64)).astype(x.dtype)

    @function.defjvp
    def jvp(primals: Any, tangents: Any) -> Any:
        (x,), (dx,) = primals, tangents
        return function(x), slope(x).astype(x.dtype) * dx

    return function


_ANGLES = np.arange(64) * (2 * np.pi / 64)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)
_FAR = 25.0  # from here on the asymptotic series have float64's precision


def _hankel(order: int, x: Any) -> tuple[Any, Any]:
    """P and Q of the asymptotic expansions of J and Y (DLMF 10.17.3), and the phase."""
    mu, p, q, term = 4.0 * order * order, 0.0, 0.0, jnp.ones_like(x)
    for k in range(24):
        sign = 1.0 if (k // 2) % 2 == 0 else -1.0
        if k % 2 == 0:
            p = p + sign * term
        else:
            q = q + sign * term
        term = term * (mu - (2 * k + 1) ** 2) / ((k + 1) * 8.0 * x)
    return p, q


def _j(order: int, x: Any) -> Any:
    small = jnp.clip(x, -_FAR, _FAR)
    # The trapezoidal rule on a whole period is exact up to J_64(x).
    near = jnp.mean(jnp.cos(order * _ANGLES - small[..., None] * np.sin(_ANGLES)), -1)
    large = jnp.maximum(jnp.abs(x), _FAR)
    p, q = _hankel(order, large)
    phase = large - (0.5 * order + 0.25) * np.pi
    far = jnp.sqrt(2 / (np.pi * large)) * (jnp.cos(phase) * p - jnp.sin(phase) * q)
    far = far * jnp.sign(x) if order else far
    return jnp.where(jnp.abs(x) <= _FAR, near, far)


def _y_series(order: int, x: Any) -> Any:
    """Y0 and Y1 for small x (DLMF 10.8)."""
    quarter, euler = x * x / 4, np.euler_gamma
    log = jnp.log(x / 2)
    total, term, harmonic = 0.0, jnp.ones_like(x), 0.0
    if order == 0:
        for k in range(1, 30):
            term = term * -quarter / (k * k)
            harmonic += 1 / k
            total = total - harmonic * term
        return 2 / np.pi * ((log + euler) * _j(0, x) + total)
    for k in range(30):
        total = total + (2 * harmonic + 1 / (k + 1) - 2 * euler) * term
        term = term * -quarter / ((k + 1) * (k + 2))
        harmonic += 1 / (k + 1)
    return -2 / (np.pi * x) + 2 / np.pi * log * _j(1, x) - x / (2 * np.pi) * total


def _y(order: int, x: Any) -> Any:
    near = _y_series(order, jnp.clip(x, 1e-300, 4.0))
    middle = jnp.clip(x, 4.0, _FAR)[..., None]
    angles = (_NODES + 1) * (np.pi / 2)
    first = jnp.sum(_WEIGHTS * jnp.sin(middle * np.sin(angles) - order * angles), -1) / 2
    reach = jnp.arcsinh(45.0 / middle) / 2
    t = (_NODES + 1) * reach
    growth = 2.0 if order == 0 else 2 * jnp.sinh(t)
    second = jnp.sum(_WEIGHTS * reach * growth * jnp.exp(-middle * jnp.sinh(t)), -1) / np.pi
    large = jnp.maximum(x, _FAR)
    p, q = _hankel(order, large)
    phase = large - (0.5 * order + 0.25) * np.pi
    far = jnp.sqrt(2 / (np.pi * large)) * (jnp.sin(phase) * p + jnp.cos(phase) * q)
    value = jnp.where(x <= 4.0, near, jnp.where(x <= _FAR, first - second, far))
    return jnp.where(x <= 0, -np.inf, value)


_STEPS = np.arange(300) / 10.0


def _ke(order: int, x: Any) -> Any:
    """exp(x) K(x), the integral of exp(-x (cosh t - 1)) cosh(order t) over t > 0 (DLMF 10.32.9)."""
    safe = jnp.maximum(x, 1e-8)[..., None]
    # The integrand is narrow for large x, so its scale shrinks with sqrt(x).
    narrow = 1 / jnp.sqrt(1 + safe / 4)
    t = _STEPS * narrow
    integrand = jnp.exp(-safe * 2 * jnp.sinh(t / 2) ** 2) * (jnp.cosh(t) if order else 1.0)
    value = jnp.sum(np.where(_STEPS == 0, 0.05, 0.1) * narrow * integrand, -1)
    tiny = 1 / x if order else -jnp.log(x / 2) - np.euler_gamma
    value = jnp.where(x < 1e-8, tiny, jnp.where(x == np.inf, 0.0, value))
    return jnp.where(x > 0, value, np.inf)


def _dawsn(x: Any) -> Any:
    """Rybicki's sum of Gaussians (Numerical Recipes 6.9), with h = 0.2: the error is exp(-(pi / 2h)^2)."""
    h = 0.2
    even = 2 * jnp.round(x / (2 * h))
    rest = (x - even * h)[..., None]
    odd = np.arange(-41, 42, 2)
    total = jnp.sum(jnp.exp(-((rest - odd * h) ** 2)) / (even[..., None] + odd), -1) / np.sqrt(np.pi)
    total = jnp.where(jnp.abs(x) < 1e-4, x * (1 - 2 / 3 * x * x), total)
    return jnp.where(jnp.isinf(x), 0.0, total)


def _fresnel(x: Any) -> tuple[Any, Any]:
    """The integrals of cos and sin of pi t^2 / 2 from 0 to x."""
    near = jnp.clip(x, -5.0, 5.0)[..., None]
    t = near * (_NODES + 1) / 2
    half = near[..., 0] / 2
    phase = np.pi / 2 * t * t
    cos_near, sin_near = jnp.sum(_WEIGHTS * jnp.cos(phase), -1) * half, jnp.sum(_WEIGHTS * jnp.sin(phase), -1) * half
    large = jnp.clip(jnp.abs(x), 5.0, 1e150)
    z = np.pi * large * large
    f = g = 0.0
    term = jnp.ones_like(large)
    for m in range(14):  # DLMF 7.12.2 and 7.12.3
        f, g = f + term, g + term * (4 * m + 1)
        term = term * -(4 * m + 1) * (4 * m + 3) / (z * z)
    f, g = f / (np.pi * large), g / (np.pi * large * z)
    angle = np.pi / 2 * jnp.mod(large * large, 4.0)
    cos_far = 0.5 + f * jnp.sin(angle) - g * jnp.cos(angle)
    sin_far = 0.5 - f * jnp.cos(angle) - g * jnp.sin(angle)
    inside, sign = jnp.abs(x) <= 5.0, jnp.sign(x)
    return jnp.where(inside, cos_near, sign * cos_far), jnp.where(inside, sin_near, sign * sin_far)


def _at_zero(x: Any, quotient: Any, limit: float) -> Any:
    return jnp.where(x == 0, jnp.asarray(limit, x.dtype), quotient)


_j0 = _with_slope(lambda x: _j(0, x), lambda x: -_j1(x))
_j1 = _with_slope(lambda x: _j(1, x), lambda x: _at_zero(x, _j0(x) - _j1(x) / jnp.where(x == 0, 1, x), 0.5))
_y0 = _with_slope(lambda x: _y(0, x), lambda x: -_y1(x))
_y1 = _with_slope(lambda x: _y(1, x), lambda x: _y0(x) - _y1(x) / x)
_k0e = _with_slope(lambda x: _ke(0, x), lambda x: _k0e(x) - _k1e(x))
_k1e = _with_slope(lambda x: _ke(1, x), lambda x: _k1e(x) * (1 - 1 / x) - _k0e(x))
_k0 = _with_slope(lambda x: _ke(0, x) * jnp.exp(-x), lambda x: -_k1(x))
_k1 = _with_slope(lambda x: _ke(1, x) * jnp.exp(-x), lambda x: -_k0(x) - _k1(x) / x)
_dawson = _with_slope(_dawsn, lambda x: 1 - 2 * x * _dawson(x))
_fresnel_cos = _with_slope(lambda x: _fresnel(x)[0], lambda x: jnp.cos(np.pi / 2 * x * x))
_fresnel_sin = _with_slope(lambda x: _fresnel(x)[1], lambda x: jnp.sin(np.pi / 2 * x * x))
_expint = _with_slope(
    lambda x: jnp.where(x > 0, jsp.expi(jnp.where(x > 0, x, 1.0)), jnp.where(x == 0, -np.inf, np.nan)),
    lambda x: jnp.exp(x) / x,
)
_spence = _with_slope(jsp.spence, lambda x: _at_zero(x - 1, jnp.log(x) / jnp.where(x == 1, 1, 1 - x), -1.0))


@op(kinds="f", name="math.special.bessel_j0")
def bessel_j0(x: TensorLike, name: str | None = None) -> Tensor:
    """The Bessel function of the first kind, J0.

    >>> import addax as tf
    >>> tf.math.special.bessel_j0(1.0).numpy().round(4)
    np.float32(0.7652)
    """
    return _j0(x)


@op(kinds="f", name="math.special.bessel_j1")
def bessel_j1(x: TensorLike, name: str | None = None) -> Tensor:
    """The Bessel function of the first kind, J1.

    >>> import addax as tf
    >>> tf.math.special.bessel_j1(1.0).numpy().round(4)
    np.float32(0.4401)
    """
    return _j1(x)


@op(kinds="f", name="math.special.bessel_y0")
def bessel_y0(x: TensorLike, name: str | None = None) -> Tensor:
    """The Bessel function of the second kind, Y0; -inf at 0 and below.

    >>> import addax as tf
    >>> tf.math.special.bessel_y0(1.0).numpy().round(4)
    np.float32(0.0883)
    """
    return _y0(x)


@op(kinds="f", name="math.special.bessel_y1")
def bessel_y1(x: TensorLike, name: str | None = None) -> Tensor:
    """The Bessel function of the second kind, Y1; -inf at 0 and below.

    >>> import addax as tf
    >>> tf.math.special.bessel_y1(1.0).numpy().round(4)
    np.float32(-0.7812)
    """
    return _y1(x)


@op(kinds="f", name="math.special.bessel_k0")
def bessel_k0(x: TensorLike, name: str | None = None) -> Tensor:
    """The modified Bessel function of the second kind, K0; infinite at 0 and below.

    >>> import addax as tf
    >>> tf.math.special.bessel_k0(1.0).numpy().round(4)
    np.float32(0.421)
    """
    return _k0(x)


@op(kinds="f", name="math.special.bessel_k0e")
def bessel_k0e(x: TensorLike, name: str | None = None) -> Tensor:
    """exp(x) K0(x).

    >>> import addax as tf
    >>> tf.math.special.bessel_k0e(1.0).numpy().round(4)
    np.float32(1.1445)
    """
    return _k0e(x)


@op(kinds="f", name="math.special.bessel_k1")
def bessel_k1(x: TensorLike, name: str | None = None) -> Tensor:
    """The modified Bessel function of the second kind, K1; infinite at 0 and below.

    >>> import addax as tf
    >>> tf.math.special.bessel_k1(1.0).numpy().round(4)
    np.float32(0.6019)
    """
    return _k1(x)


@op(kinds="f", name="math.special.bessel_k1e")
def bessel_k1e(x: TensorLike, name: str | None = None) -> Tensor:
    """exp(x) K1(x).

    >>> import addax as tf
    >>> tf.math.special.bessel_k1e(1.0).numpy().round(4)
    np.float32(1.6362)
    """
    return _k1e(x)


@op(kinds="f", name="math.special.dawsn")
def dawsn(x: TensorLike, name: str | None = None) -> Tensor:
    """Dawson's integral, exp(-x^2) times the integral of exp(t^2) from 0 to x.

    >>> import addax as tf
    >>> tf.math.special.dawsn(1.0).numpy().round(4)
    np.float32(0.5381)
    """
    return _dawson(x)


@op(kinds="f", name="math.special.expint")
def expint(x: TensorLike, name: str | None = None) -> Tensor:
    """The exponential integral Ei(x) for x > 0; -inf at 0, NaN below.

    >>> import addax as tf
    >>> tf.math.special.expint(1.0).numpy().round(4)
    np.float32(1.8951)
    """
    return _expint(x)


@op(kinds="f", name="math.special.fresnel_cos")
def fresnel_cos(x: TensorLike, name: str | None = None) -> Tensor:
    """The integral of cos(pi t^2 / 2) from 0 to x.

    >>> import addax as tf
    >>> tf.math.special.fresnel_cos(1.0).numpy().round(4)
    np.float32(0.7799)
    """
    return _fresnel_cos(x)


@op(kinds="f", name="math.special.fresnel_sin")
def fresnel_sin(x: TensorLike, name: str | None = None) -> Tensor:
    """The integral of sin(pi t^2 / 2) from 0 to x.

    >>> import addax as tf
    >>> tf.math.special.fresnel_sin(1.0).numpy().round(4)
    np.float32(0.4383)
    """
    return _fresnel_sin(x)


@op(kinds="f", name="math.special.spence")
def spence(x: TensorLike, name: str | None = None) -> Tensor:
    """Spence's function, the integral of log(t) / (1 - t) from 1 to x; NaN below 0.

    >>> import addax as tf
    >>> tf.math.special.spence(2.0).numpy().round(4)
    np.float32(-0.8225)
    """
    return _spence(x)
