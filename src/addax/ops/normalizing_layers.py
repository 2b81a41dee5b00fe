"""The arithmetic of Keras' normalizations, each as one op, with its moving averages."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from addax.core.convert import FreeLike
from addax.core.dispatch import op
from addax.core.sizes import is_open


def _along(x: Any, vector: Any, axes: tuple[int, ...], dtype: Any) -> Any:
    """A parameter over some axes of x, in x's rank."""
    if vector is None:
        return None
    shape = [x.shape[a] if a in axes else 1 for a in range(x.ndim)]
    return vector.astype(dtype).reshape(shape)


def _wide(dtype: Any) -> Any:
    """Statistics of 16-bit floats are taken in 32 bits."""
    return np.dtype(np.float32) if np.dtype(dtype).itemsize < 4 else np.dtype(dtype)


def _normalize(x: Any, mean: Any, variance: Any, gamma: Any, beta: Any, epsilon: float) -> Any:
    scale = lax.rsqrt(variance + jnp.asarray(epsilon, variance.dtype))
    if gamma is not None:
        scale = scale * gamma
    shift = -mean * scale
    if beta is not None:
        shift = shift + beta
    return x * scale + shift


def _moments(x: Any, axes: tuple[int, ...], weights: Any = None) -> tuple[Any, Any]:
    """Mean and variance with kept dimensions; `weights` broadcast against x."""
    if weights is None:
        mean = jnp.mean(x, axes, keepdims=True)
        return mean, jnp.mean(jnp.square(x - lax.stop_gradient(mean)), axes, keepdims=True) - jnp.square(
            mean - lax.stop_gradient(mean)
        )
    weights = jnp.broadcast_to(weights, x.shape).astype(x.dtype)
    total = jnp.sum(weights, axes, keepdims=True)
    total = jnp.where(total == 0, jnp.ones_like(total), total)
    mean = jnp.sum(x * weights, axes, keepdims=True) / total
    return mean, jnp.sum(weights * jnp.square(x - mean), axes, keepdims=True) / total


def _weights(mask: Any) -> Any:
    """What a mask over all but the last axis counts; it broadcasts as TensorFlow's weighted moments have it."""
    return None if mask is None else jnp.expand_dims(mask, -1)


@op(name="keras.layers.BatchNormalization")
def batch_norm_inference(
    x: FreeLike, gamma: FreeLike | None, beta: FreeLike | None, mean: FreeLike, variance: FreeLike,
    axes: tuple[int, ...], epsilon: float,
) -> Any:  # fmt: skip
    """Normalize with given statistics, which lie along `axes` of x."""
    wide = _wide(x.dtype)
    if 0 in x.shape:  # whatever became of the statistics, gradients are 0
        mean, variance = jnp.zeros_like(mean), jnp.ones_like(variance)
    parts = [_along(x, v, axes, wide) for v in (mean, variance, gamma, beta)]
    return _normalize(x.astype(wide), *parts, epsilon).astype(x.dtype)


@op(name="keras.layers.BatchNormalization")
def batch_norm_training(
    x: FreeLike, gamma: FreeLike | None, beta: FreeLike | None, moving_mean: FreeLike, moving_variance: FreeLike,
    mask: FreeLike | None, axes: tuple[int, ...], epsilon: float, momentum: float, unbiased: bool,
) -> Any:  # fmt: skip
    """Normalize with the statistics of the batch.

    Args:
        x: the inputs.
        gamma: scale along `axes`, or None.
        beta: offset along `axes`, or None.
        moving_mean: the running mean, before this batch.
        moving_variance: the running variance, before this batch.
        mask: which positions count (an axis of channels follows), or None for all.
        axes: the axes that keep their own statistics.
        epsilon: added to the variance.
        momentum: of the running statistics.
        unbiased: whether the running variance takes n / (n - 1) times the batch's, as TensorFlow's fused kernel.

    Returns:
        (outputs, new running mean, new running variance)
    """
    wide = _wide(x.dtype)
    over = tuple(a for a in range(x.ndim) if a not in axes)
    wide_x = x.astype(wide)
    mean, variance = _moments(wide_x, over, _weights(mask))
    used = (jnp.zeros_like(mean), jnp.ones_like(variance)) if unbiased and 0 in x.shape else (mean, variance)
    y = _normalize(wide_x, *used, _along(x, gamma, axes, wide), _along(x, beta, axes, wide), epsilon)
    count = math.prod(x.shape[a] for a in over) or 1
    mean, variance = lax.stop_gradient((mean, variance))
    if unbiased and is_open([count]):
        size = jnp.asarray(count, variance.dtype)
        variance = variance * (size / jnp.maximum(size - 1, 1))
    elif unbiased and count > 1:
        variance = variance * (count / (count - 1))
    rate = jnp.asarray(1 - momentum, moving_mean.dtype) if x.size else jnp.zeros((), moving_mean.dtype)

    def moved(moving: Any, batch: Any) -> Any:
        return moving - (moving - batch.reshape(moving.shape).astype(moving.dtype)) * rate

    return y.astype(x.dtype), moved(moving_mean, mean), moved(moving_variance, variance)


@op(name="keras.layers.BatchNormalization (renorm)")
def batch_renorm_training(
    x: FreeLike, gamma: FreeLike | None, beta: FreeLike | None, moving_mean: FreeLike, moving_variance: FreeLike,
    moving_stddev: FreeLike, renorm_mean: FreeLike, renorm_stddev: FreeLike, r_max: FreeLike, r_min: FreeLike,
    d_max: FreeLike, mask: FreeLike | None, mean: FreeLike | None, variance: FreeLike | None, axes: tuple[int, ...],
    epsilon: float, momentum: float, renorm_momentum: float,
) -> Any:  # fmt: skip
    """Batch renormalization (Ioffe 2017, arXiv:1702.03275): the batch's statistics corrected towards running ones.

    `mean` and `variance` are those of all replicas' batches, in x's rank; None for those of this one.

    Returns:
        (outputs, then the new moving mean, variance, stddev, renorm mean, renorm stddev)
    """
    wide = _wide(x.dtype)
    over = tuple(a for a in range(x.ndim) if a not in axes)
    wide_x = x.astype(wide)
    if mean is None or variance is None:
        mean, variance = _moments(wide_x, over, _weights(mask))
    stddev = jnp.sqrt(variance + jnp.asarray(epsilon, wide))
    running_mean, running_stddev = _along(x, renorm_mean, axes, wide), _along(x, renorm_stddev, axes, wide)
    running_stddev = jnp.maximum(running_stddev, jnp.sqrt(jnp.asarray(epsilon, wide)))
    r = lax.stop_gradient(jnp.clip(stddev / running_stddev, r_min.astype(wide), r_max.astype(wide)))
    limit = d_max.astype(wide)
    d = lax.stop_gradient(jnp.clip((mean - running_mean) / running_stddev, -limit, limit))
    scale, offset = _along(x, gamma, axes, wide), _along(x, beta, axes, wide)
    corrected = d if scale is None else d * scale
    offset = corrected if offset is None else corrected + offset
    scale = r if scale is None else r * scale
    y = _normalize(wide_x, mean, variance, scale, offset, epsilon)
    flat = [lax.stop_gradient(v) for v in (mean, variance, stddev)]

    def moved(moving: Any, batch: Any, rate: float) -> Any:
        return moving - (moving - batch.reshape(moving.shape).astype(moving.dtype)) * jnp.asarray(
            1 - rate, moving.dtype
        )

    spread = moved(moving_stddev, flat[2], momentum)
    squared = jnp.maximum(spread * spread - jnp.asarray(epsilon, spread.dtype), 0)  # Keras: not a mean of variances
    return (
        y.astype(x.dtype),
        moved(moving_mean, flat[0], momentum),
        squared.astype(moving_variance.dtype),
        spread,
        moved(renorm_mean, flat[0], renorm_momentum),
        moved(renorm_stddev, flat[2], renorm_momentum),
    )


@op(name="keras.layers.LayerNormalization")
def layer_norm(
    x: FreeLike, gamma: FreeLike | None, beta: FreeLike | None, axes: tuple[int, ...], epsilon: float
) -> Any:
    """Each example normalized over `axes`, then scaled and shifted by parameters over these axes."""
    wide = _wide(x.dtype)
    wide_x = x.astype(wide)
    mean = jnp.mean(wide_x, axes, keepdims=True)
    centered = wide_x - mean
    variance = jnp.mean(jnp.square(centered), axes, keepdims=True)
    y = centered * lax.rsqrt(variance + jnp.asarray(epsilon, wide))
    scale, offset = _along(x, gamma, axes, wide), _along(x, beta, axes, wide)
    y = y if scale is None else y * scale
    return (y if offset is None else y + offset).astype(x.dtype)


@op(name="keras.layers.RMSNormalization")
def rms_norm(x: FreeLike, scale: FreeLike, axes: tuple[int, ...], epsilon: float) -> Any:
    """x over its root mean square along `axes`, then scaled by a parameter over these axes."""
    wide = _wide(x.dtype)
    wide_x = x.astype(wide)
    square = jnp.mean(jnp.square(wide_x), axes, keepdims=True)
    y = wide_x * lax.rsqrt(square + jnp.asarray(epsilon, wide)) * _along(x, scale, axes, wide)
    return y.astype(x.dtype)


@op(name="keras.layers.GroupNormalization")
def group_norm(
    x: FreeLike, gamma: FreeLike | None, beta: FreeLike | None, mask: FreeLike | None, groups: int, axis: int,
    epsilon: float,
) -> Any:  # fmt: skip
    """Channels in groups, each normalized over itself and all positions of an example (Wu and He 2018).

    With axis 0 the last axis of x keeps its own statistics, and a mask broadcasts against x's last axes, as in Keras;
    one that does not (Keras refuses it) is over x's first axes.
    """
    wide = _wide(x.dtype)
    axis %= x.ndim
    channels = x.shape[axis]
    split = (*x.shape[:axis], groups, channels // groups, *x.shape[axis + 1 :])
    parts = x.astype(wide).reshape(split)
    over = tuple(a for a in range(1, parts.ndim) if a != (axis or parts.ndim - 1))
    weights = None
    if mask is not None:
        fits = mask.ndim <= x.ndim and all(a in (1, b) for a, b in zip(mask.shape[::-1], x.shape[::-1], strict=False))
        mask = mask if fits else mask.reshape(mask.shape + (1,) * (x.ndim - mask.ndim))
        weights = jnp.broadcast_to(mask, x.shape).reshape(split)
    mean, variance = _moments(parts, over, weights)
    shape = [1] * parts.ndim
    shape[axis], shape[axis + 1] = groups, channels // groups
    scale = None if gamma is None else gamma.astype(wide).reshape(shape)
    offset = None if beta is None else beta.astype(wide).reshape(shape)
    return _normalize(parts, mean, variance, scale, offset, epsilon).reshape(x.shape).astype(x.dtype)


@op(name="keras.layers.SpectralNormalization")
def spectral_norm(weight: FreeLike, vector: FreeLike, iterations: int) -> Any:
    """A weight over its largest singular value, by power iteration (Miyato et al. 2018, arXiv:1802.05957).

    Returns:
        (the normalized weight, the new left vector (1, columns))
    """
    matrix = weight.reshape(-1, weight.shape[-1])
    u = vector.astype(matrix.dtype)

    def unit(v: Any) -> Any:
        return v * lax.rsqrt(jnp.maximum(jnp.sum(v * v), jnp.asarray(1e-12, v.dtype)))

    for _ in range(iterations):
        v = unit(u @ matrix.T)
        u = unit(v @ matrix)
    sigma = (v @ matrix) @ u.T
    return weight / sigma.reshape(()), u


@op(name="sqrt")
def square_root(x: FreeLike) -> Any:
    """The square root, for the initial values of standard deviations."""
    return jnp.sqrt(x)


@op(name="keras.layers.UnitNormalization")
def unit_norm(x: FreeLike, axes: tuple[int, ...]) -> Any:
    """x over its Euclidean length along `axes`."""
    square = jnp.sum(x * x, axes, keepdims=True)
    low = jnp.asarray(1e-12, x.dtype)
    return x * lax.rsqrt(jnp.where(square >= low, square, low))
