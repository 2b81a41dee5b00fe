"""What Keras's convolution layers compute: convolution, bias and activation in one op."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp

from addax.core import errors, failures
from addax.core.convert import FreeLike
from addax.core.dispatch import op
from addax.ops import division
from addax.ops.correlation import correlate, spread
from addax.ops.layers import activate
from addax.ops.pooling import _max, _mean
from addax.ops.windows import Windows, from_last, padded, shifts, to_last, windows

_WHO = "keras.layers.Conv"
_LOCAL = "keras.layers.LocallyConnected"


def layer_windows(
    x: Any, kernel: Any, strides: tuple[int, ...], padding: str, dilations: tuple[int, ...], who: str = _WHO
) -> Windows:
    """Windows over a channels-last input; "causal" looks back only."""
    pads: Any = padding.upper()
    if padding == "causal":
        pads = [(0, 0), *(((k - 1) * d, 0) for k, d in zip(kernel, dilations, strict=True)), (0, 0)]
    return windows(who, x.shape[1:-1], kernel, strides, dilations, pads, False)


def _finish(y: Any, bias: Any, activation: Any, first: bool) -> Any:
    if bias is not None:
        y = y + bias.astype(y.dtype)
    if activation == "softmax" and first:  # along the last axis of what the user sees
        return activate(from_last(y, first), activation)
    return from_last(activate(y, activation), first)


def need_floats(x: Any, kernel: Any, who: str) -> None:
    """Refuse whole numbers and bools: the kernel would be rounded to them."""
    if jnp.issubdtype(x.dtype, jnp.inexact) or not jnp.issubdtype(kernel.dtype, jnp.inexact):
        return
    raise failures.RefusedDtypeError(
        errors.message(
            who,
            expected="an input of the kernel's dtype",
            received={"x": x, "kernel": kernel},
            hint=f"tf.cast(x, tf.{kernel.dtype.name}), or keras.layers.Rescaling in front",
        )
    )


@op(name=_WHO, convolves=True)
def conv(
    x: FreeLike, kernel: FreeLike, bias: FreeLike | None, strides: tuple[int, ...], padding: str, first: bool,
    dilations: tuple[int, ...], activation: Any,
) -> Any:  # fmt: skip
    """A convolution over the last n + 1 axes of x; axes before them are batches.

    Args:
        x: (batch, ..., *sizes, channels), or channels before the sizes.
        kernel: (*window, channels / groups, filters).
        bias: (filters,), or None.
        strides: n steps.
        padding: "valid", "same" or "causal".
        first: whether channels come first.
        dilations: n steps within a window.
        activation: a key of `layers.ACTIVATIONS`, or None.
    """
    need_floats(x, kernel, _WHO)
    n = kernel.ndim - 2
    lead = x.shape[: x.ndim - n - 1]
    flat = to_last(x.reshape(math.prod(lead), *x.shape[len(lead) :]), first)
    groups, rest = divmod(flat.shape[-1], kernel.shape[-2])
    if rest or not groups or kernel.shape[-1] % groups:
        raise errors.InvalidArgumentError(
            errors.message(
                _WHO,
                expected=f"as many input channels as the kernel takes ({kernel.shape[-2]}), or a multiple for groups",
                received={"x": x, "kernel": kernel},
            )
        )
    w = layer_windows(flat, kernel.shape[:n], strides, padding, dilations)
    y = _finish(correlate(flat, kernel.astype(x.dtype), w), bias, activation, first)
    return y.reshape(*lead, *y.shape[1:])


@op(name=_WHO + "Transpose", convolves=True)
def conv_transpose(
    x: FreeLike, kernel: FreeLike, bias: FreeLike | None, sizes: tuple[int, ...], strides: tuple[int, ...],
    padding: str, first: bool, dilations: tuple[int, ...], activation: Any,
) -> Any:  # fmt: skip
    """The transpose of a convolution whose input has spatial `sizes`; the kernel is (*window, filters, channels)."""
    need_floats(x, kernel, _WHO + "Transpose")
    n = kernel.ndim - 2
    x = to_last(x, first)
    kernel = kernel.astype(x.dtype)
    forward = jax.ShapeDtypeStruct((x.shape[0], *sizes, kernel.shape[-2]), x.dtype)
    w = layer_windows(forward, kernel.shape[:n], strides, padding, dilations, _WHO + "Transpose")
    if w.out != x.shape[1:-1]:
        raise errors.InvalidArgumentError(
            errors.message(
                _WHO + "Transpose",
                expected=f"an output size whose convolution has the input's sizes {tuple(x.shape[1:-1])}",
                received=f"output sizes {sizes}, whose convolution has {w.out}",
                hint="change output_padding, strides or padding",
            )
        )
    return _finish(spread(x, kernel, forward.shape, w), bias, activation, first)


def _depthwise(x: Any, kernel: Any, strides: Any, padding: str, dilations: Any) -> Any:
    need_floats(x, kernel, "keras.layers.DepthwiseConv")
    n = kernel.ndim - 2
    w = layer_windows(x, kernel.shape[:n], strides, padding, dilations)
    return correlate(x, kernel.reshape(*kernel.shape[:n], 1, -1).astype(x.dtype), w)


@op(name="keras.layers.DepthwiseConv", convolves=True)
def depthwise_conv(
    x: FreeLike, kernel: FreeLike, bias: FreeLike | None, strides: tuple[int, ...], padding: str, first: bool,
    dilations: tuple[int, ...], activation: Any,
) -> Any:  # fmt: skip
    """Each channel convolved with its own filters; the kernel is (*window, channels, multiplier)."""
    return _finish(_depthwise(to_last(x, first), kernel, strides, padding, dilations), bias, activation, first)


@op(name="keras.layers.SeparableConv", convolves=True)
def separable_conv(
    x: FreeLike, depthwise: FreeLike, pointwise: FreeLike, bias: FreeLike | None, strides: tuple[int, ...],
    padding: str, first: bool, dilations: tuple[int, ...], activation: Any,
) -> Any:  # fmt: skip
    """A depthwise convolution, then a mix of channels; the pointwise kernel is (1, ..., channels, filters)."""
    deep = _depthwise(to_last(x, first), depthwise, strides, padding, dilations)
    ones = (1,) * len(strides)
    points = layer_windows(deep, ones, ones, "valid", ones)
    return _finish(correlate(deep, pointwise.astype(deep.dtype), points), bias, activation, first)


# ---------------------------------------------------------------------------- pooling


@op(name="keras.layers.Pooling")
def pool(x: FreeLike, kind: str, window: tuple[int, ...], strides: tuple[int, ...], padding: str, first: bool) -> Any:
    """The maximum ("max") or mean ("average") over windows."""
    x = to_last(x, first)
    w = layer_windows(x, window, strides, padding, (1,) * len(window), f"keras.layers.{kind.title()}Pooling")
    return from_last((_max if kind == "max" else _mean)(x, w), first)


@op(name="keras.layers.GlobalPooling")
def global_pool(x: FreeLike, kind: str, first: bool, keepdims: bool) -> Any:
    """The maximum ("max") or mean ("average") over all spatial axes."""
    axes = tuple(range(2, x.ndim)) if first else tuple(range(1, x.ndim - 1))
    if kind == "max":
        return _greatest(x, axes, keepdims)
    return division.mean(x, axes, keepdims)


def _greatest(x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    return jnp.max(x, axes, keepdims=keepdims)


@op(name="keras.layers.GlobalAveragePooling1D")
def masked_mean(x: FreeLike, mask: FreeLike, first: bool, keepdims: bool) -> Any:
    """The mean over the time steps that the mask (batch, time) keeps."""
    steps = 2 if first else 1
    weights = jnp.expand_dims(mask.astype(x.dtype), 1 if first else 2)
    return jnp.sum(x * weights, steps, keepdims=keepdims) / jnp.sum(weights, steps, keepdims=keepdims)


# ---------------------------------------------------------------------------- locally connected


@op(name=_LOCAL)
def locally_connected_patches(
    x: FreeLike, kernel: FreeLike, bias: FreeLike | None, window: tuple[int, ...], strides: tuple[int, ...],
    first: bool, activation: Any,
) -> Any:  # fmt: skip
    """Every output position has a kernel of its own: kernel (positions, window * channels, filters).

    With channels first, the kernel's rows are (channels, window), and the bias (places, filters) is read as (filters,
    places), as Keras does; so that its files fit.
    """
    need_floats(x, kernel, _LOCAL)
    x = to_last(x, first)
    w = layer_windows(x, window, strides, "valid", (1,) * len(window))
    patches = _patches(x, w)  # (batch, *out, positions of the window, channels)
    if first:
        patches = jnp.moveaxis(patches, -1, -2)
    rows = patches.reshape(x.shape[0], math.prod(w.out), kernel.shape[1])
    y = jnp.einsum("bpk,pkf->bpf", rows, kernel.astype(x.dtype)).reshape(x.shape[0], *w.out, kernel.shape[-1])
    return _finish_local(from_last(y, first), bias, activation)


def _patches(x: Any, w: Windows) -> Any:
    return jnp.stack([part for _, part in shifts(padded(x, w), w)], -2)


def _finish_local(y: Any, bias: Any, activation: Any) -> Any:
    return activate(y if bias is None else y + bias.reshape(y.shape[1:]).astype(y.dtype), activation)


@op(name=_LOCAL)
def locally_connected_dense(
    x: FreeLike, kernel: FreeLike, mask: FreeLike, bias: FreeLike | None, out: tuple[int, ...], activation: Any
) -> Any:
    """One masked matrix product from all inputs (kernel's leading axes) to all outputs (of shape `out`)."""
    need_floats(x, kernel, _LOCAL)
    size = math.prod(x.shape[1:])
    matrix = (kernel * mask.astype(kernel.dtype)).reshape(size, -1).astype(x.dtype)
    return _finish_local((x.reshape(x.shape[0], size) @ matrix).reshape(x.shape[0], *out), bias, activation)


@op(name=_LOCAL)
def locally_connected_sparse(
    x: FreeLike, kernel: FreeLike, rows: FreeLike, columns: FreeLike, bias: FreeLike | None, out: tuple[int, ...],
    activation: Any,
) -> Any:  # fmt: skip
    """One sparse matrix product: kernel[i] goes from input columns[i] to output rows[i]."""
    need_floats(x, kernel, _LOCAL)
    flat = x.reshape(x.shape[0], math.prod(x.shape[1:]))
    products = flat[:, columns] * kernel.astype(x.dtype)
    y = jnp.zeros((x.shape[0], math.prod(out)), x.dtype).at[:, rows].add(products)
    return _finish_local(y.reshape(x.shape[0], *out), bias, activation)
