"""Windows of images as columns and back, pools of a given output size, and attention over heads: what Keras 3 added."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from addax.core import errors
from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import op
from addax.core.result_sizes import possible


def _pair(value: Any) -> tuple[int, int]:
    return (int(value), int(value)) if not isinstance(value, tuple | list) else (int(value[0]), int(value[1]))


def _columns(x: Any, kernel: Any, dilation: Any, padding: Any, stride: Any) -> Any:
    patches = lax.conv_general_dilated_patches(
        x, _pair(kernel), _pair(stride), [(pad, pad) for pad in _pair(padding)], rhs_dilation=_pair(dilation),
        precision=lax.Precision.HIGHEST,
    )  # fmt: skip
    return patches.reshape(*patches.shape[:2], -1)


@op(kinds="fiu", convolves=True)
def unfold(x: TensorLike, kernel, dilation=1, padding=0, stride=1):
    """(batch, channels, height, width) to (batch, channels * elements of a window, windows)."""
    return _columns(x, kernel, dilation, padding, stride)


@op(kinds="f", convolves=True)
def fold(x: TensorLike, size, kernel, dilation=1, padding=0, stride=1):
    """The sums of overlapping windows: the transpose of `unfold`, to images of `size`."""
    height, width = _pair(size)
    channels = x.shape[1] // math.prod(_pair(kernel))
    shape = jax.ShapeDtypeStruct((x.shape[0], channels, height, width), x.dtype)
    transposed = jax.linear_transpose(lambda image: _columns(image, kernel, dilation, padding, stride), shape)
    return transposed(x)[0]


@op(kinds="fiuc")
def sequences(x: TensorLike, length, stride):
    """Windows of this length along the last axis: (..., windows, length)."""
    count = 1 + (x.shape[-1] - length) // stride
    if count < 1:
        return jnp.zeros((*x.shape[:-1], 0, length), x.dtype)
    return x[..., np.arange(count)[:, None] * stride + np.arange(length)]


def _bounds(size: int, out: int) -> tuple[np.ndarray, np.ndarray]:
    """Where each window starts and stops."""
    place = np.arange(out)
    return place * size // out, -((place + 1) * size // -out)


@op(kinds="fiu")
def adaptive_pool(x: TensorLike, sizes, mean, first):
    """The mean or maximum over windows that divide each dimension evenly.

    Args:
        x: (batch, *dimensions, channels), or channels first.
        sizes: of the result's dimensions.
        mean: whether to take means, not maxima.
        first: whether channels come first.
    """
    possible("adaptive_pool", jax.ShapeDtypeStruct((x.shape[0], *sizes), x.dtype))
    for i, out in enumerate(sizes):
        axis = i + (2 if first else 1)
        start, stop = (bound[:, None] for bound in _bounds(x.shape[axis], int(out)))
        offset = np.arange((stop - start).max())
        taken = jnp.take(x, np.minimum(start + offset, stop - 1), axis=axis)
        if mean:
            weights = (offset < stop - start) / (stop - start)
            shape = [1] * taken.ndim
            shape[axis : axis + 2] = weights.shape
            x = jnp.sum(taken * jnp.asarray(weights.reshape(shape), x.dtype), axis + 1)
        else:
            x = jnp.max(taken, axis + 1)
    return x


@op(kinds="f")
def scaled_dot_product_attention(
    query: TensorLike, key: TensorLike, value: TensorLike, bias: FreeLike | None, mask: FreeLike | None, scale, causal,
    soft_cap,
):  # fmt: skip
    """softmax(scale query key^T + bias) value for (batch, length, heads, depth); logits in at least float32.

    Key and value may have fewer heads (grouped queries, Ainslie et al. 2023, arXiv:2305.13245).
    """
    heads, groups = query.shape[2], key.shape[2]
    if heads % groups:
        raise errors.InvalidArgumentError(
            errors.message(
                "keras.ops.dot_product_attention", expected="a number of query heads that key's heads divide",
                received=f"query {tuple(query.shape)}, key {tuple(key.shape)}",
            )
        )  # fmt: skip
    key, value = (jnp.repeat(x, heads // groups, axis=2) if groups != heads else x for x in (key, value))
    kind = jnp.promote_types(query.dtype, jnp.float32)
    logits = jnp.einsum("btnh,bsnh->bnts", query, key, preferred_element_type=kind)
    logits = logits * jnp.asarray(1.0 / math.sqrt(query.shape[-1]) if scale is None else scale, kind)
    if soft_cap is not None:
        logits = jnp.tanh(logits / jnp.asarray(soft_cap, kind)) * jnp.asarray(soft_cap, kind)
    if bias is not None:
        logits = (logits + bias).astype(kind)
    seen = None if mask is None else mask.astype(bool)
    if causal:
        lower = jnp.tril(jnp.ones(logits.shape[-2:], bool))[None, None]
        seen = lower if seen is None else seen & lower
    if seen is not None:
        logits = jnp.where(seen, logits, jnp.asarray(-0.7 * np.finfo(np.dtype(kind)).max, kind))
    weights = jax.nn.softmax(logits, axis=-1).astype(key.dtype)
    return jnp.einsum("bnts,bsnh->btnh", weights, value)
