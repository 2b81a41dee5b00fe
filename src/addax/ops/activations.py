"""Activation functions."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_derivatives import SymbolicZero

from addax.core import errors
from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import op
from addax.core.inlining import traced_in_place
from addax.core.tensor import Tensor
from addax.ops import portable, small_twins
from addax.ops.casting import cast

__all__ = [
    "crelu",
    "elu",
    "gelu",
    "leaky_relu",
    "log_softmax",
    "relu",
    "relu6",
    "selu",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "swish",
]

# Klambauer et al. 2017, "Self-Normalizing Neural Networks": the fixed point of mean 0 and variance 1.
SELU_SCALE = 1.0507009873554804934193349852946
SELU_ALPHA = 1.6732632423543772848170429916717


def _number(value: float, x: Any) -> Any:
    return jnp.asarray(value, x.dtype)


@op(kinds="fiu", name="nn.relu", small=small_twins.relu)
def relu(features: TensorLike, name: str | None = None) -> Tensor:
    """max(features, 0); the gradient at 0 is 0.

    >>> import addax as tf
    >>> tf.nn.relu([-2.0, 3.0]).numpy().tolist()
    [0.0, 3.0]
    """
    return _relu(features)


@jax.custom_jvp
def _relu(x: Any) -> Any:
    return jnp.maximum(x, jnp.zeros((), x.dtype))


@_relu.defjvp
def _relu_jvp(primals: Any, tangents: Any) -> Any:
    (x,), (dx,) = primals, tangents
    return _relu(x), jnp.where(x > 0, dx, jnp.zeros_like(dx))


@op(kinds="fiu", name="nn.relu6")
def relu6(features: TensorLike, name: str | None = None) -> Tensor:
    """min(max(features, 0), 6); the gradient at 0 and 6 is 0.

    >>> import addax as tf
    >>> tf.nn.relu6([-2.0, 3.0, 9.0]).numpy().tolist()
    [0.0, 3.0, 6.0]
    """
    return _relu6(features)


@jax.custom_jvp
def _relu6(x: Any) -> Any:
    return jnp.minimum(jnp.maximum(x, jnp.zeros((), x.dtype)), jnp.asarray(6, x.dtype))


@_relu6.defjvp
def _relu6_jvp(primals: Any, tangents: Any) -> Any:
    (x,), (dx,) = primals, tangents
    return _relu6(x), jnp.where((x > 0) & (x < 6), dx, jnp.zeros_like(dx))


@op(kinds="fiu", name="nn.leaky_relu")
def _leaky_relu(features: TensorLike, alpha: FreeLike):
    x = features if features.dtype.kind not in "iu" else features.astype(np.float32)
    return jnp.where(x > 0, x, x * alpha.astype(x.dtype))


def leaky_relu(features: Any, alpha: Any = 0.2, name: str | None = None) -> Tensor:
    """features where they are positive, alpha * features elsewhere.

    Args:
        features: a tensor of real numbers (integers become float32).
        alpha: the slope below 0.
        name: ignored.

    >>> import addax as tf
    >>> tf.nn.leaky_relu([-2.0, 3.0], alpha=0.5).numpy().tolist()
    [-1.0, 3.0]
    """
    return _leaky_relu(features, alpha)


@op(kinds="f", name="nn.elu")
def elu(features: TensorLike, name: str | None = None) -> Tensor:
    """features where they are positive, exp(features) - 1 elsewhere.

    >>> import addax as tf
    >>> tf.nn.elu([-1.0, 3.0]).numpy().round(4).tolist()
    [-0.632099986076355, 3.0]
    """
    return _elu(features)


def _elu(x: Any) -> Any:
    negative = x < 0
    return jnp.where(negative, jnp.expm1(jnp.where(negative, x, jnp.zeros_like(x))), x)


@op(kinds="f", name="nn.selu")
def selu(features: TensorLike, name: str | None = None) -> Tensor:
    """scale * features where they are positive, scale * alpha * (exp(features) - 1) elsewhere.

    With its constants, layers keep mean 0 and variance 1 (Klambauer et al. 2017).

    >>> import addax as tf
    >>> tf.nn.selu([0.0, 1.0]).numpy().round(4).tolist()
    [0.0, 1.0506999492645264]
    """
    x = features
    negative = x < 0
    below = jnp.expm1(jnp.where(negative, x, jnp.zeros_like(x))) * _number(SELU_SCALE * SELU_ALPHA, x)
    return jnp.where(negative, below, x * _number(SELU_SCALE, x))


@op(kinds="f", name="nn.gelu")
def gelu(features: TensorLike, approximate=False, name: str | None = None) -> Tensor:
    """x * P(Z <= x) of a standard normal Z (Hendrycks and Gimpel 2016).

    Args:
        features: a floating tensor.
        approximate: whether to use the form with tanh.
        name: ignored.

    >>> import addax as tf
    >>> tf.nn.gelu([0.0, 1.0]).numpy().round(4).tolist()
    [0.0, 0.8413000106811523]
    """
    x, half, one = features, _number(0.5, features), _number(1.0, features)
    if approximate:
        # 0.044715 as float32 has it, for every dtype: that is TensorFlow's factor.
        inner = _number(0.7978845608028654, x) * (x + _number(float(np.float32(0.044715)), x) * (x * x * x))
        return half * x * (one + jnp.tanh(inner))
    # The root of a half as float32 has it, for every dtype: that is TensorFlow's factor.
    return half * x * (one + portable.erf(x * _number(0.7071067690849304, x)))


@op(kinds="fc", name="nn.silu")
def _silu(features: TensorLike, beta: TensorLike):
    return _swish(features, beta)


@jax.custom_jvp
def _swish(x: Any, beta: Any) -> Any:
    return x * jax.nn.sigmoid(beta * x)


@functools.partial(_swish.defjvp, symbolic_zeros=True)
def _swish_jvp(primals: Any, tangents: Any) -> Any:
    # In the order in which large x do not make infinity times zero.
    (x, beta), (dx, dbeta) = primals, tangents
    share = jax.nn.sigmoid(beta * x)
    rest = 1 - share
    by_x, by_beta = share * (1 + beta * x * rest), x * x * share * rest
    given = zip((by_x, by_beta), (dx, dbeta), strict=True)
    return x * share, sum(jnp.conj(by) * change for by, change in given if type(change) is not SymbolicZero)


def silu(features: Any, beta: Any = 1.0) -> Tensor:
    """features * sigmoid(beta * features), also called swish.

    Args:
        features: a floating tensor.
        beta: a number or tensor, cast to the dtype of features.

    >>> import addax as tf
    >>> tf.nn.silu([0.0, 1.0]).numpy().round(4).tolist()
    [0.0, 0.7311000227928162]
    """
    if type(beta) is not float and hasattr(beta, "dtype") and getattr(features, "dtype", beta.dtype) != beta.dtype:
        beta = cast(beta, features.dtype)
    return _silu(features, beta)


swish = silu


@op(kinds="f", name="nn.softplus")
def softplus(features: TensorLike, name: str | None = None) -> Tensor:
    """log(exp(features) + 1), computed so that it neither overflows nor loses digits.

    >>> import addax as tf
    >>> tf.nn.softplus([0.0, 100.0]).numpy().round(4).tolist()
    [0.6930999755859375, 100.0]
    """
    return _softplus(features)


def _softplus(x: Any) -> Any:
    return jnp.logaddexp(x, jnp.zeros((), x.dtype))


@op(kinds="f", name="nn.softsign")
def softsign(features: TensorLike, name: str | None = None) -> Tensor:
    """features / (|features| + 1).

    >>> import addax as tf
    >>> tf.nn.softsign([-1.0, 3.0]).numpy().tolist()
    [-0.5, 0.75]
    """
    return _softsign(features)


@jax.custom_jvp
def _softsign(x: Any) -> Any:
    return x / (jnp.abs(x) + _number(1.0, x))


@_softsign.defjvp
def _softsign_jvp(primals: Any, tangents: Any) -> Any:
    (x,), (dx,) = primals, tangents
    below = jnp.abs(x) + _number(1.0, x)
    return _softsign(x), dx / (below * below)  # 0 at infinity


@op(kinds="fiu", name="nn.crelu")
def crelu(features: TensorLike, axis=-1, name: str | None = None) -> Tensor:
    """relu of features and of -features, side by side along an axis, which becomes twice as long.

    >>> import addax as tf
    >>> tf.nn.crelu([-2.0, 3.0]).numpy().tolist()
    [0.0, 3.0, 2.0, 0.0]
    """
    return _relu(jnp.concatenate([features, -features], axis))


def _checked_axis(who: str, axis: Any, x: Any) -> int:
    axis = -1 if axis is None else axis
    if not -x.ndim <= axis < x.ndim:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.nn.{who}",
                expected=f"a tensor of one or more dimensions, and an axis from {-x.ndim} to {x.ndim - 1}",
                received=f"axis={axis}, logits {tuple(x.shape)}",
            )
        )
    return axis


@op(kinds="f", name="nn.softmax")
def softmax(logits: TensorLike, axis=None, name: str | None = None) -> Tensor:
    """exp(logits) / sum(exp(logits)) along an axis.

    Args:
        logits: a floating tensor.
        axis: the axis that sums to 1 (None is the last).
        name: ignored.

    Raises:
        InvalidArgumentError: a scalar, or an axis out of range.

    >>> import addax as tf
    >>> tf.nn.softmax([0.0, 0.0]).numpy().tolist()
    [0.5, 0.5]
    """
    with traced_in_place():
        return jax.nn.softmax(logits, _checked_axis("softmax", axis, logits))


softmax.op.sought = "Softmax"


@op(kinds="f", name="nn.log_softmax")
def log_softmax(logits: TensorLike, axis=None, name: str | None = None) -> Tensor:
    """logits - log(sum(exp(logits))) along an axis.

    Args:
        logits: a floating tensor.
        axis: the axis (None is the last).
        name: ignored.

    Raises:
        InvalidArgumentError: a scalar, or an axis out of range.

    >>> import addax as tf
    >>> tf.nn.log_softmax([0.0, 0.0]).numpy().round(4).tolist()
    [-0.6930999755859375, -0.6930999755859375]
    """
    return jax.nn.log_softmax(logits, _checked_axis("log_softmax", axis, logits))
