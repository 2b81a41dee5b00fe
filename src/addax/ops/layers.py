"""The arithmetic of Keras layers, each as one op: one dispatch for a projection with its bias and activation, a
normalization with its moving averages, a dropout, an attention.

Weights have dtypes of their own (`FreeLike`): under a mixed-precision policy they are float32 and are cast to the
inputs' dtype here, so that gradients come back in the dtype of the variable.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from addax.core import errors, random
from addax.core.convert import FreeLike
from addax.core.dispatch import op
from addax.core.inlining import traced_in_place
from addax.ops import activations, elementwise, half_precision
from addax.ops.computed_once import drawn_once
from addax.ops.rows import contract, rows_times

# ---------------------------------------------------------------------------- activations inside other ops


def _hard_sigmoid(x: Any) -> Any:
    # Keras 2: a line of slope 0.2 through (0, 0.5), cut at 0 and 1; the gradient passes at the borders.
    line = x * jnp.asarray(0.2, x.dtype) + jnp.asarray(0.5, x.dtype)
    kept = lax.stop_gradient(jnp.clip(line, 0, 1))
    return jnp.where((line < 0) | (line > 1), kept, line)


ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "linear": lambda x: x,
    "relu": lambda x: activations.relu.body(x),
    "sigmoid": lambda x: elementwise.sigmoid.body(x),
    "tanh": lambda x: elementwise.tanh.body(x),
    "softmax": lambda x: jax.nn.softmax(x, -1),
    "elu": lambda x: activations.elu.body(x),
    "selu": lambda x: activations.selu.body(x),
    "gelu": lambda x: activations.gelu.body(x),
    "swish": lambda x: x * jax.nn.sigmoid(x),
    "softplus": lambda x: activations.softplus.body(x),
    "softsign": lambda x: activations.softsign.body(x),
    "exponential": jnp.exp,
    "hard_sigmoid": _hard_sigmoid,
}


def activate(x: Any, name: str | None) -> Any:
    """An activation, by name, of an array; None is the identity."""
    return x if name is None else ACTIVATIONS[name](x)


def _floating(dtype: Any) -> bool:
    return jnp.issubdtype(dtype, np.inexact)


def _in(x: Any, dtype: Any) -> Any:
    return x if x is None or x.dtype == dtype else x.astype(dtype)


# ---------------------------------------------------------------------------- projections


def _no_text(inputs: Any, kernel: Any, bias: Any, activation: Any, dtype: Any) -> Any:
    raise errors.UnimplementedError(
        errors.message(
            "keras.layers.Dense: Cast string to float is not supported",
            expected="numbers",
            received=f"inputs of dtype string, shape {tuple(inputs.shape)}",
            hint="turn strings into numbers first: tf.strings.to_number, keras.layers.StringLookup, TextVectorization",
        )
    )


@op(name="keras.layers.Dense", host=_no_text)
def dense(inputs: FreeLike, kernel: FreeLike, bias: FreeLike | None, activation: Any, dtype: Any) -> Any:
    """activation(inputs @ kernel + bias) along the last axis.

    Args:
        inputs: of shape (..., features).
        kernel: of shape (features, units).
        bias: of shape (units,), or None.
        activation: a key of ACTIVATIONS or None.
        dtype: the name of the dtype to compute in.
    """
    x = inputs.astype(dtype)
    kernel = _in(kernel, x.dtype)
    with traced_in_place():
        y = half_precision.product(rows_times, x, kernel)
        if bias is not None:
            y = y + _in(bias, x.dtype)
        return activate(y, activation)


@op(name="keras.layers.EinsumDense")
def einsum_dense(inputs: FreeLike, kernel: FreeLike, bias: FreeLike | None, equation: str, activation: Any) -> Any:
    """activation(einsum(equation, inputs, kernel) + bias)."""
    y = contract(equation, inputs, _in(kernel, inputs.dtype))
    if bias is not None:
        y = y + _in(bias, y.dtype)
    return activate(y, activation)


@op(name="keras.layers bias and activation")
def bias_activation(x: FreeLike, bias: FreeLike | None, axis: int, activation: Any) -> Any:
    """activation(x + bias), the bias along `axis`."""
    if bias is not None:
        shape = [1] * x.ndim
        shape[axis] = -1
        x = x + _in(bias, x.dtype).reshape(shape)
    return activate(x, activation)


# ---------------------------------------------------------------------------- masks and element-wise functions


@op(name="keras.layers.Masking")
def differs(x: FreeLike, value: float) -> Any:
    """Whether any entry along the last axis differs from a value."""
    return jnp.any(x != jnp.asarray(value, x.dtype), -1)


@op(name="keras.layers.Masking")
def keep_different(x: FreeLike, value: float) -> Any:
    """x, with 0 where all entries along the last axis equal a value."""
    return x * jnp.any(x != jnp.asarray(value, x.dtype), -1, keepdims=True).astype(x.dtype)


@op(name="keras.layers.Softmax")
def masked_softmax(x: FreeLike, mask: FreeLike | None, axes: tuple[int, ...], robust: bool) -> Any:
    """Softmax over some axes of what the mask keeps; `robust` replaces masked inputs, otherwise they are shifted."""
    if mask is not None:
        low = jnp.asarray(-65504.0 if x.dtype == jnp.float16 else -1.0e9, x.dtype)
        if robust:
            x = jnp.where(mask if mask.dtype == bool else mask > 0.5, x, low)
        else:
            x = x + (1 - mask.astype(x.dtype)) * low
    if len(axes) > 1:  # Keras's form: where all is masked, every result rounds to 1
        return jnp.exp(x - jax.nn.logsumexp(x, axes, keepdims=True))
    return jax.nn.softmax(x, axes)


@op(name="keras.layers.ReLU")
def relu(x: FreeLike, max_value: Any, negative_slope: float, threshold: float) -> Any:
    """x from `threshold` to `max_value`, negative_slope * (x - threshold) below; gradients as TensorFlow's."""
    one = jnp.asarray
    if threshold == 0 and negative_slope == 0:
        if max_value == 6:
            return activations.relu6.body(x)
        y = activations.relu.body(x)
        return y if max_value is None else _capped(y, max_value)
    if threshold == 0 and max_value is None:
        return activations._leaky_relu.body(x, one(negative_slope))
    negative = one(negative_slope, x.dtype) * jnp.minimum(x - one(threshold, x.dtype), 0) if negative_slope else 0
    y = jnp.where(x > threshold, x, 0) if threshold else activations.relu.body(x)
    if max_value is not None:
        y = _capped(y, max_value)
    return (y + negative).astype(x.dtype)


def _capped(x: Any, high: float) -> Any:
    """min(x, high); the gradient passes at the border."""
    return jnp.where(x > high, jnp.asarray(high, x.dtype), x)


@op(name="keras.layers.PReLU")
def prelu(x: FreeLike, alpha: FreeLike) -> Any:
    """x where positive, alpha * x elsewhere (He et al. 2015, arXiv:1502.01852)."""
    return activations.relu.body(x) - _in(alpha, x.dtype) * activations.relu.body(-x)


@op(name="keras.layers.ELU")
def elu(x: FreeLike, alpha: float) -> Any:
    """x where positive, alpha * (exp(x) - 1) elsewhere."""
    y = activations.elu.body(x)
    return y if alpha == 1 else jnp.where(x > 0, y, jnp.asarray(alpha, x.dtype) * y)


@op(name="keras.layers.ThresholdedReLU")
def thresholded_relu(x: FreeLike, theta: float) -> Any:
    """x where it exceeds theta, 0 elsewhere."""
    return x * (x > jnp.asarray(theta, x.dtype)).astype(x.dtype)


# ---------------------------------------------------------------------------- noise


def _noise_shape(x: Any, noise_shape: Any) -> tuple[int, ...]:
    if noise_shape is None:
        return x.shape
    return tuple(x.shape[a] if n is None else n for a, n in enumerate(noise_shape))


def _kept(x: Any, key: Any, rate: float, noise_shape: Any) -> Any:
    """Which entries dropout keeps."""
    dims = _noise_shape(x, noise_shape)
    return drawn_once(lambda key: random.chosen(key, 1 - rate, dims), key, dims, x)


@op(name="keras.layers.Dropout")
def dropout(x: FreeLike, key: FreeLike, rate: float, noise_shape: Any) -> Any:
    """x with a share `rate` of its entries 0 and the others scaled by 1 / (1 - rate) (Srivastava et al. 2014).

    Args:
        x: a floating tensor.
        key: a random key.
        rate: in [0, 1).
        noise_shape: the shape of the mask, None in it for x's own size; broadcast over x.
    """
    if not _floating(x.dtype):
        raise errors.InvalidArgumentError(
            errors.message("tf.nn.dropout", expected="x of a floating dtype", received={"x": x}, hint="cast it first")
        )
    if rate >= 1:
        return jnp.zeros_like(x)
    keep = _kept(x, key, rate, noise_shape)
    return jnp.where(keep, x * jnp.asarray(1 / (1 - rate), x.dtype), jnp.zeros((), x.dtype))


@op(name="keras.layers.GaussianDropout")
def gaussian_dropout(x: FreeLike, key: FreeLike, rate: float) -> Any:
    """x times normal noise of mean 1 and standard deviation sqrt(rate / (1 - rate))."""
    noise = random.normal(key, x.shape, x.dtype)
    return x * (1 + noise * jnp.asarray(np.sqrt(rate / (1 - rate)), x.dtype))


@op(name="keras.layers.GaussianNoise")
def gaussian_noise(x: FreeLike, key: FreeLike, stddev: float) -> Any:
    """x plus normal noise of mean 0."""
    return x + random.normal(key, x.shape, x.dtype) * jnp.asarray(stddev, x.dtype)


@op(name="keras.layers.AlphaDropout")
def alpha_dropout(x: FreeLike, key: FreeLike, rate: float, noise_shape: Any) -> Any:
    """Dropout that keeps mean and variance of selu activations (Klambauer et al. 2017, arXiv:1706.02515)."""
    low = -activations.SELU_SCALE * activations.SELU_ALPHA
    keep = _kept(x, key, rate, noise_shape)
    a = ((1 - rate) * (1 + rate * low**2)) ** -0.5
    b = -a * low * rate
    return jnp.where(keep, x, jnp.asarray(low, x.dtype)) * jnp.asarray(a, x.dtype) + jnp.asarray(b, x.dtype)


# ---------------------------------------------------------------------------- attention


def _masked_softmax(scores: Any, allowed: Any) -> Any:
    """Softmax over the last axis, with positions that are not allowed pushed far down (Keras: by 1e9, or 65504)."""
    if allowed is not None:
        far = jnp.asarray(65504.0 if scores.dtype == jnp.float16 else 1.0e9, scores.dtype)
        scores = scores - far * (1 - allowed.astype(scores.dtype))
    return jax.nn.softmax(scores, -1)


def _dropped(weights: Any, key: Any, rate: float) -> Any:
    return weights if key is None else dropout.body(weights, key, rate, None)


@op(name="keras.layers.Attention")
def attention(
    query: FreeLike, value: FreeLike, key: FreeLike, scale: FreeLike | None, concat_weight: FreeLike | None,
    query_mask: FreeLike | None, value_mask: FreeLike | None, noise: FreeLike | None, mode: str, causal: bool,
    rate: float,
) -> Any:  # fmt: skip
    """Dot-product ("dot"), tanh of sums ("concat") or Bahdanau-style ("additive") attention of one head.

    Args:
        query: (batch, queries, dim).
        value: (batch, values, dim of values).
        key: (batch, values, dim).
        scale: a scalar, or for "additive" a vector (dim,).
        concat_weight: the scalar weight of "concat".
        query_mask: (batch, queries) bool; outputs elsewhere are 0.
        value_mask: (batch, values) bool; positions that may be attended to.
        noise: a random key if weights are dropped out.
        mode: see above.
        causal: whether position i may only see positions up to i.
        rate: of dropout.

    Returns:
        (outputs (batch, queries, dim of values), weights (batch, queries, values))
    """
    if mode == "dot":
        scores = jnp.einsum("...qd,...kd->...qk", query, key)
        scores = scores if scale is None else scores * _in(scale, scores.dtype)
    elif mode == "concat":
        sums = query[..., :, None, :] + key[..., None, :, :]
        sums = sums if scale is None else _in(scale, sums.dtype) * sums
        scores = _in(concat_weight, sums.dtype) * jnp.sum(jnp.tanh(sums), -1)
    else:
        sums = jnp.tanh(query[..., :, None, :] + key[..., None, :, :])
        scores = jnp.sum(sums if scale is None else _in(scale, sums.dtype) * sums, -1)
    allowed = None if value_mask is None else value_mask[..., None, :].astype(bool)
    if causal:
        lower = jnp.tril(jnp.ones(scores.shape[-2:], bool))
        allowed = lower if allowed is None else allowed & lower
    weights = _dropped(_masked_softmax(scores, allowed), noise, rate)
    outputs = jnp.einsum("...qk,...kd->...qd", weights, _in(value, weights.dtype))
    if query_mask is not None:
        outputs = outputs * query_mask[..., None].astype(outputs.dtype)
    return outputs, weights


@op(name="keras.layers.MultiHeadAttention")
def multi_head_attention(
    query: FreeLike, key: FreeLike, value: FreeLike, mask: FreeLike | None, noise: FreeLike | None,
    equations: tuple[str, str], key_dim: int, rate: float, axes: tuple[int, ...], robust: bool,
) -> Any:  # fmt: skip
    """Scaled dot-product attention of projected heads (Vaswani et al. 2017, arXiv:1706.03762).

    Args:
        query: (batch, ..., heads, key_dim), projected.
        key: the same, over the keys.
        value: the same, over the keys.
        mask: which keys each query may see, or None.
        noise: a random key if weights are dropped out.
        equations: einsum equations of the scores (key, query) and of the outputs (weights, value).
        key_dim: the size of a head; queries are scaled by its inverse square root.
        rate: of dropout.
        axes: the axes that are attended over; the last ones of the scores.
        robust: whether masked scores are replaced rather than shifted.

    Returns:
        (outputs per head, weights)
    """
    scores = jnp.einsum(equations[0], key, query * jnp.asarray(1.0 / np.sqrt(float(key_dim)), query.dtype))
    shape = scores.shape
    if mask is not None:
        for _ in range(scores.ndim - mask.ndim):
            mask = jnp.expand_dims(mask, -2 * len(axes) - 1)
        low = -65504.0 if scores.dtype == jnp.float16 else -1.0e9
        kept = mask.astype(scores.dtype)
        if robust:
            scores = jnp.where(mask.astype(bool), scores, jnp.asarray(low, scores.dtype))
        else:
            scores = scores + (1 - kept) * jnp.asarray(low, scores.dtype)
    outer = len(shape) - len(axes)
    flat = scores.reshape(*shape[:outer], math.prod(shape[outer:]))  # -1 has no meaning where the batch is empty
    weights = jax.nn.softmax(flat, -1).reshape(shape)
    return jnp.einsum(equations[1], _dropped(weights, noise, rate), value), weights


@op(name="keras.layers.MultiHeadAttention")
def lower_triangle(rows: int, columns: int) -> Any:
    """A causal mask (1, rows, columns): True up to the diagonal."""
    return jnp.tril(jnp.ones((1, rows, columns), bool))


@op
def band(rows: int, columns: int, width: int) -> Any:
    """A mask (1, rows, columns): True less than a width away from the diagonal."""
    return jnp.abs(jnp.arange(rows)[:, None] - jnp.arange(columns))[None] < width


@op(name="keras.layers.UpSampling")
def repeat(x: FreeLike, factors: tuple[int, ...], first: bool) -> Any:
    """Each spatial position `factor` times along its axis."""
    for i, factor in enumerate(factors):
        x = jnp.repeat(x, factor, axis=i + (2 if first else 1))
    return x


@op(name="keras.layers.RandomFourierFeatures")
def fourier_features(x: FreeLike, kernel: FreeLike, bias: FreeLike, scale: FreeLike, dtype: Any) -> Any:
    """cos(x @ kernel / scale + bias)."""
    x = x.astype(dtype)
    return jnp.cos(x @ (kernel / scale).astype(x.dtype) + bias.astype(x.dtype))


@op(name="keras.layers.RandomFourierFeatures")
def cauchy(uniform: FreeLike) -> Any:
    """Draws of a Cauchy distribution from uniform ones."""
    return jnp.tan(jnp.asarray(np.pi, uniform.dtype) * (uniform - jnp.asarray(0.5, uniform.dtype)))
