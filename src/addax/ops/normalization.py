"""Means and variances, normalization by them, biases, and dropout."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from addax.core import dtypes, errors, philox, random
from addax.core.convert import FreeLike, TensorLike, convert_to_tensor
from addax.core.dispatch import op
from addax.core.tensor import Tensor
from addax.ops.computed_once import drawn_once
from addax.ops.division import divided
from addax.ops.reductions import reduce_mean, reduction_axes
from addax.ops.rows import rows_times
from addax.ops.symbolic import takes_symbolic

__all__ = [
    "batch_norm_with_global_normalization",
    "batch_normalization",
    "bias_add",
    "dropout",
    "general_dropout",
    "local_response_normalization",
    "lrn",
    "moments",
    "normalize_moments",
    "stateless_dropout",
    "sufficient_statistics",
    "weighted_moments",
]


@op(kinds="fciu", name="nn.bias_add")
def bias_add(value: TensorLike, bias: TensorLike, data_format=None, name: str | None = None) -> Tensor:
    """value + bias, where the bias belongs to the channels.

    Args:
        value: a tensor of 2 or more dimensions.
        bias: a vector with one number per channel, of the same dtype.
        data_format: "N...C" (channels last, the default) or "NC..." (channels second).
        name: ignored.

    Raises:
        ValueError: an unknown data format.
        InvalidArgumentError: another number of biases than channels.

    >>> import addax as tf
    >>> tf.nn.bias_add([[1.0, 2.0]], [10.0, 20.0]).numpy().tolist()
    [[11.0, 22.0]]
    """
    if data_format is not None and not str(data_format).startswith("N"):
        raise ValueError(
            f"tf.nn.bias_add: data_format must be of the form `N...C` or `NC...`, received {data_format!r}."
        )
    second = data_format is not None and str(data_format).startswith("NC")
    axis = 1 if second else value.ndim - 1
    if value.ndim < 2 or bias.ndim != 1 or bias.shape[0] != value.shape[axis]:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.nn.bias_add",
                expected="a value of 2 or more dimensions and as many biases as it has channels "
                f"({'dimension 1' if second else 'the last dimension'})",
                received=f"value {tuple(value.shape)}, bias {tuple(bias.shape)}",
            )
        )
    return value + (bias.reshape((-1,) + (1,) * (value.ndim - 2)) if second else bias)


# ---------------------------------------------------------------------------- moments


def _wide(x: Any) -> Any:
    return x.astype(np.float32) if x.dtype.itemsize == 2 and x.dtype.kind in "fV" else x


@op(only="bfloat16 float16 float32 float64 int32 int64 complex64 complex128", name="nn.moments")
def _moments(x: TensorLike, axes, keepdims):
    axes = reduction_axes("nn.moments", axes, x.ndim)
    wide = _wide(x)
    mean = reduce_mean.body(wide, axes, True)
    difference = wide - lax.stop_gradient(mean)
    variance = reduce_mean.body(jnp.conj(difference) * difference, axes, True)
    if not keepdims:
        mean, variance = jnp.squeeze(mean, axes), jnp.squeeze(variance, axes)
    return mean.astype(x.dtype), variance.astype(x.dtype)


def moments(x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: str | None = None) -> Any:
    """The mean and the variance of `x` over axes; of 16-bit floats computed in float32.

    Args:
        x: a floating tensor.
        axes: the axes to average over.
        shift: has no effect in TensorFlow 2 either.
        keepdims: whether those axes stay, with length 1.
        name: ignored.

    Returns:
        (mean, variance), in x's dtype.

    >>> import addax as tf
    >>> mean, variance = tf.nn.moments([1.0, 3.0], axes=0)
    >>> float(mean), float(variance)
    (2.0, 1.0)
    """
    return _moments(x, axes, bool(keepdims))


@op(kinds="fc", name="nn.weighted_moments")
def _weighted_moments(x: TensorLike, frequency_weights: FreeLike, axes, keepdims):
    axes = reduction_axes("nn.weighted_moments", axes, x.ndim)
    wide, weights = _wide(x), frequency_weights.astype(_wide(x).dtype)
    weights = jnp.broadcast_to(weights, jnp.broadcast_shapes(weights.shape, wide.shape))
    total = jnp.sum(weights, axes, keepdims=True)
    mean = divided(jnp.sum(weights * wide, axes, keepdims=True), total)
    difference = wide - mean
    variance = divided(jnp.sum(weights * difference * difference, axes, keepdims=True), total)
    if not keepdims:
        mean, variance = jnp.squeeze(mean, axes), jnp.squeeze(variance, axes)
    return mean.astype(x.dtype), variance.astype(x.dtype)


def weighted_moments(x: Any, axes: Any, frequency_weights: Any, keepdims: bool = False, name: str | None = None) -> Any:
    """The mean and variance over axes, where each element counts as often as its weight says.

    Args:
        x: a floating tensor.
        axes: the axes to average over.
        frequency_weights: weights that broadcast to x's shape.
        keepdims: whether those axes stay, with length 1.
        name: ignored.

    Returns:
        (mean, variance), in x's dtype.

    >>> import addax as tf
    >>> mean, variance = tf.nn.weighted_moments([1.0, 4.0], 0, [2.0, 1.0])
    >>> float(mean), float(variance)
    (2.0, 2.0)
    """
    return _weighted_moments(x, frequency_weights, axes, bool(keepdims))


@op(kinds="fiuc", name="nn.sufficient_statistics")
def _sufficient_statistics(x: TensorLike, shift: TensorLike | None, axes, keepdims):
    axes = reduction_axes("nn.sufficient_statistics", axes, x.ndim)
    moved = x if shift is None else x - shift
    count = jnp.asarray(int(np.prod([x.shape[axis] for axis in axes])), x.dtype)
    first = jnp.sum(moved, axes, dtype=x.dtype, keepdims=bool(keepdims))
    return count, first, jnp.sum(moved * moved, axes, dtype=x.dtype, keepdims=bool(keepdims))


def sufficient_statistics(x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: str | None = None) -> Any:
    """What the mean and variance over axes can be computed from, in one pass.

    Args:
        x: a tensor of real numbers.
        axes: the axes to sum over.
        shift: a value near the mean, subtracted first so that the sums keep their digits; or None.
        keepdims: whether those axes stay, with length 1.
        name: ignored.

    Returns:
        (count, sum of x - shift, sum of squares of x - shift, shift).

    >>> import addax as tf
    >>> count, mean_ss, var_ss, shift = tf.nn.sufficient_statistics([1.0, 3.0], [0])
    >>> float(count), float(mean_ss), float(var_ss), shift
    (2.0, 4.0, 10.0, None)
    """
    if shift is not None:
        shift = convert_to_tensor(shift, dtype_hint=convert_to_tensor(x).dtype)
    return (*_sufficient_statistics(x, shift, axes, bool(keepdims)), shift)


@op(kinds="fc", name="nn.normalize_moments")
def _normalize_moments(counts: TensorLike, mean_ss: TensorLike, variance_ss: TensorLike, shift: TensorLike | None):
    divisor = jnp.ones((), counts.dtype) / counts
    shifted_mean = mean_ss * divisor
    mean = shifted_mean if shift is None else shifted_mean + shift
    return mean, variance_ss * divisor - shifted_mean * shifted_mean


def normalize_moments(counts: Any, mean_ss: Any, variance_ss: Any, shift: Any, name: str | None = None) -> Any:
    """The mean and variance from the result of `tf.nn.sufficient_statistics`.

    Args:
        counts: how many elements were summed.
        mean_ss: the sum of (shifted) elements.
        variance_ss: the sum of their squares.
        shift: the shift, or None.
        name: ignored.

    Returns:
        (mean, variance).

    >>> import addax as tf
    >>> mean, variance = tf.nn.normalize_moments(2.0, 4.0, 10.0, None)
    >>> float(mean), float(variance)
    (2.0, 1.0)
    """
    return _normalize_moments(counts, mean_ss, variance_ss, shift)


# ---------------------------------------------------------------------------- normalization


@op(kinds="f", name="nn.batch_normalization")
def _batch_normalization(
    x: FreeLike,
    mean: FreeLike,
    variance: FreeLike,
    offset: FreeLike | None,
    scale: FreeLike | None,
    variance_epsilon: FreeLike,
):
    inverse = lax.rsqrt(variance + variance_epsilon.astype(variance.dtype))
    if scale is not None:
        inverse = inverse * scale
    shift = -mean * inverse if offset is None else offset - mean * inverse
    return x * inverse.astype(x.dtype) + shift.astype(x.dtype)


def batch_normalization(
    x: Any, mean: Any, variance: Any, offset: Any, scale: Any, variance_epsilon: Any, name: str | None = None
) -> Tensor:
    """(x - mean) / sqrt(variance + epsilon) * scale + offset (Ioffe and Szegedy 2015).

    Args:
        x: a floating tensor.
        mean: means that broadcast to x.
        variance: variances that broadcast to x.
        offset: added at the end, or None.
        scale: multiplied with, or None.
        variance_epsilon: a small number that keeps the division finite.
        name: ignored.

    Returns:
        A tensor of x's shape and dtype.

    >>> import addax as tf
    >>> tf.nn.batch_normalization([1.0, 3.0], 2.0, 1.0, None, 2.0, 0.0).numpy().tolist()
    [-2.0, 2.0]
    """
    return _batch_normalization(x, mean, variance, offset, scale, variance_epsilon)


def batch_norm_with_global_normalization(
    input: Any,  # noqa: A002
    mean: Any,
    variance: Any,
    beta: Any,
    gamma: Any,
    variance_epsilon: Any,
    scale_after_normalization: bool,
    name: str | None = None,
) -> Tensor:
    """`tf.nn.batch_normalization` under its older name and argument names.

    Args:
        input: a floating tensor.
        mean: means that broadcast to it.
        variance: variances that broadcast to it.
        beta: the offset.
        gamma: the scale.
        variance_epsilon: a small number that keeps the division finite.
        scale_after_normalization: whether `gamma` is used.
        name: ignored.

    >>> import addax as tf
    >>> tf.nn.batch_norm_with_global_normalization([3.0], 2.0, 1.0, 1.0, 5.0, 0.0, False).numpy().tolist()
    [2.0]
    """
    return _batch_normalization(
        input, mean, variance, beta, gamma if scale_after_normalization else None, variance_epsilon
    )


@op(kinds="f", name="nn.local_response_normalization")
def lrn(
    input: TensorLike,
    depth_radius=5,
    bias=1,
    alpha=1,
    beta=0.5,
    name: str | None = None,  # noqa: A002
) -> Tensor:
    """Each element divided by (bias + alpha * sum of squares of its neighbours along the channels) ** beta.

    Krizhevsky et al. 2012.

    Args:
        input: a tensor of shape (batch, height, width, channels).
        depth_radius: how many channels on each side are neighbours.
        bias: the offset.
        alpha: the factor of the sum.
        beta: the exponent.
        name: ignored.

    Raises:
        InvalidArgumentError: another number of dimensions than 4.

    >>> import addax as tf
    >>> tf.nn.lrn(tf.ones([1, 1, 1, 1])).numpy().ravel().round(3)
    array([0.707], dtype=float32)
    """
    if input.ndim != 4:
        raise errors.InvalidArgumentError(
            errors.message("tf.nn.lrn", expected="a 4-dimensional tensor", received=f"shape {tuple(input.shape)}")
        )
    channels = input.shape[-1]
    radius = min(int(depth_radius), channels)
    place = np.arange(channels)
    near = jnp.asarray(abs(place[:, None] - place) <= radius, input.dtype)
    sums = rows_times(input * input, near)
    scale = jnp.asarray(bias, input.dtype) + jnp.asarray(alpha, input.dtype) * sums
    return input * jnp.power(scale, jnp.asarray(-beta, input.dtype))


local_response_normalization = lrn

# ---------------------------------------------------------------------------- dropout


def _noise_shape(x: Any, noise_shape: Any) -> tuple[int, ...]:
    if noise_shape is None:
        return tuple(x.shape)
    if len(noise_shape) != x.ndim:
        return tuple(int(n) for n in noise_shape)
    return tuple(size if n is None or n == -1 else int(n) for n, size in zip(noise_shape, x.shape, strict=True))


@op(kinds="f", name="nn.dropout")
def _dropout(x: TensorLike, rate: FreeLike, key: FreeLike, noise_shape):
    keep = 1.0 - rate.astype(x.dtype)
    shape = _noise_shape(x, noise_shape)
    kind = x.dtype if key.dtype == np.uint64 else np.dtype(np.float32)  # TensorFlow's, or finer
    kept = drawn_once(lambda key: philox.uniform(random.position(key), shape, kind), key, shape, x) >= rate.astype(kind)
    scaled = x * (jnp.ones((), x.dtype) / keep)
    return jnp.where(kept, scaled, jnp.zeros((), x.dtype))


def _exact(rate: Any, x: Any) -> Any:
    """A rate with all its digits, where x has them."""
    return convert_to_tensor(rate, x.dtype) if type(rate) is float and x.dtype == dtypes.float64 else rate


def _checked_rate(who: str, x: Any, rate: Any) -> None:
    """Dropout takes floats and a rate below 1."""
    if not x.dtype.is_floating:
        raise ValueError(
            errors.message(
                f"tf.nn.{who}", expected="a floating x, since it is scaled", received=f"dtype {x.dtype.name}"
            )
        )
    if isinstance(rate, int | float) and not 0 <= rate < 1:
        raise ValueError(
            f"tf.nn.{who}: `rate` must be a scalar tensor or a float in the range [0, 1), received {rate}."
        )


@takes_symbolic("nn.dropout")
def dropout(x: Any, rate: Any, noise_shape: Any = None, seed: int | None = None, name: str | None = None) -> Tensor:
    """Set elements to 0 with probability `rate` and scale the others by 1 / (1 - rate) (Srivastava et al. 2014).

    Args:
        x: a floating tensor.
        rate: the probability, from 0 to below 1.
        noise_shape: the shape of the coin tosses, which broadcasts to x's; None in it stands for x's size.
        seed: an integer for a stream of its own; by default the global stream of `tf.random.set_seed`.
        name: ignored.

    Returns:
        A tensor of x's shape; `x` itself where the rate is the number 0.

    Raises:
        ValueError: an integer x, or a rate outside its range.

    >>> import addax as tf
    >>> bool(tf.reduce_all(tf.nn.dropout(tf.ones([4]), 0.0) == 1.0))
    True
    """
    if hasattr(x, "__ragged_call__"):
        return x.__ragged_call__("dropout", x, rate, noise_shape, seed)
    x = x if hasattr(x, "__symbolic_call__") else convert_to_tensor(x)
    _checked_rate("dropout", x, rate)
    if isinstance(rate, int | float) and rate == 0:
        return x
    return _dropout(x, _exact(rate, x), random.next_key(seed), noise_shape)


def stateless_dropout(
    x: Any, rate: Any, seed: Any, rng_alg: str | None = None, noise_shape: Any = None, name: str | None = None
) -> Tensor:
    """Dropout whose coin tosses are a function of `seed`.

    Args:
        x: a floating tensor.
        rate: the probability, from 0 to below 1.
        seed: two integers.
        rng_alg: "philox" or "auto_select" (default), which are the same; "threefry" is taken for them.
        noise_shape: the shape of the coin tosses.
        name: ignored.

    Raises:
        ValueError: an integer x, a rate outside its range, an unknown generator.

    >>> import addax as tf
    >>> a, b = (tf.nn.experimental.stateless_dropout(tf.ones([8]), 0.5, seed=[1, 2]) for _ in range(2))
    >>> bool(tf.reduce_all(a == b))
    True
    """
    if rng_alg not in (None, "auto_select", "philox", "threefry"):
        raise ValueError(f"tf.nn.experimental.stateless_dropout: unknown rng_alg {rng_alg!r}.")
    x = x if hasattr(x, "__symbolic_call__") else convert_to_tensor(x)
    _checked_rate("experimental.stateless_dropout", x, rate)
    if isinstance(rate, int | float) and rate == 0:
        return x
    return _dropout(x, _exact(rate, x), random.stateless_key(seed), noise_shape)


@op(kinds="f", name="nn.experimental.general_dropout")
def _apply_noise(x: TensorLike, noise: TensorLike, rate: FreeLike):
    scaled = x * (jnp.ones((), x.dtype) / (1.0 - rate.astype(x.dtype)))
    return jnp.where(noise >= rate.astype(x.dtype), scaled, jnp.zeros((), x.dtype))


def general_dropout(
    x: Any, rate: Any, uniform_sampler: Any, noise_shape: Any = None, name: str | None = None
) -> Tensor:
    """Dropout whose coin tosses come from `uniform_sampler(shape=, dtype=)`.

    Args:
        x: a floating tensor.
        rate: the probability, from 0 to below 1.
        uniform_sampler: a function that returns a tensor of uniform numbers between 0 and 1.
        noise_shape: the shape of the coin tosses.
        name: ignored.

    Raises:
        ValueError: an integer x, or a rate outside its range.

    >>> import addax as tf
    >>> tf.nn.experimental.general_dropout(tf.ones([2]), 0.5, tf.ones).numpy().tolist()
    [2.0, 2.0]
    """
    x = x if hasattr(x, "__symbolic_call__") else convert_to_tensor(x)
    _checked_rate("experimental.general_dropout", x, rate)
    if isinstance(rate, int | float) and rate == 0:
        return x
    shape = _noise_shape(x, noise_shape)
    return _apply_noise(x, uniform_sampler(shape=shape, dtype=x.dtype), _exact(rate, x))
