"""Half precision, rounded where TensorFlow rounds.

In float32 the order of roundings changes the last digit; in bfloat16 the last digit is half a percent.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax


@jax.custom_jvp
def tanh(x: Any) -> Any:
    """The hyperbolic tangent y, of gradient g (1 - y y)."""
    return jnp.tanh(x)


@tanh.defjvp
def _push_tanh(primals: Any, tangents: Any) -> Any:
    y = tanh(*primals)
    return y, tangents[0] * (1 - y * y)


@jax.custom_jvp
def sigmoid(x: Any) -> Any:
    """The logistic function y, of gradient (g y) (1 - y)."""
    return jax.nn.sigmoid(x)


@sigmoid.defjvp
def _push_sigmoid(primals: Any, tangents: Any) -> Any:
    y = sigmoid(*primals)
    return y, tangents[0] * y * (1 - y)


# Derivatives that activations have where their result is y; the ones that TensorFlow's graphs fuse with a product.
_OF_RESULT: dict[str | None, Callable[[Any, Any], Any]] = {
    None: lambda g, y: g,
    "linear": lambda g, y: g,
    "relu": lambda g, y: jnp.where(y > 0, g, jnp.zeros((), g.dtype)),
    "elu": lambda g, y: jnp.where(y < 0, g * (y + 1), g),
    "tanh": lambda g, y: g * (1 - y * y),
    "sigmoid": lambda g, y: g * y * (1 - y),
}


def is_fused(dtype: Any, activation: str | None) -> bool:
    """Whether TensorFlow's graphs make one kernel of a product, its bias and this activation."""
    return dtype == jnp.bfloat16 and activation in _OF_RESULT


def fused(x: Any, kernel: Any, bias: Any, product: Any, activation: str | None, activate: Callable[..., Any]) -> Any:
    """activation(x @ kernel + bias), rounded once; derivatives are those of steps that are rounded one by one.

    Args:
        x: of shape (..., features), bfloat16.
        kernel: of shape (features, units).
        bias: of shape (units,).
        product: x @ kernel + bias, each rounded: what derivatives flow through.
        activation: the name of one that `is_fused`.
        activate: (float32 array, name) -> the activation.
    """
    wide = jnp.matmul(x, kernel, preferred_element_type=jnp.float32) + bias.astype(jnp.float32)
    return _with_derivative(activation, lax.stop_gradient(activate(wide, activation).astype(x.dtype)), product)


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _with_derivative(activation: str | None, y: Any, before: Any) -> Any:
    """y, with the derivative that the activation of `before` has at y."""
    return y


@_with_derivative.defjvp
def _push_result(activation: str | None, primals: Any, tangents: Any) -> Any:
    return primals[0], _OF_RESULT[activation](tangents[1], primals[0])
