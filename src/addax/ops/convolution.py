"""Convolutions in 1, 2 and 3 dimensions.

On a CPU, XLA's convolution is fast forward, but its gradients are slow where it matters most: inside the compiled
loop of a training epoch they were measured 10 to 30 times slower than outside. So gradients are those of a matrix
product of patches (im2col), or of a sum of products of shifted inputs where the patches would be large. Elsewhere
they are XLA's own.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.custom_derivatives import SymbolicZero

from addax.core import errors
from addax.core.context import state as _state
from addax.core.convert import TensorLike
from addax.core.dispatch import op
from addax.core.sizes import is_open
from addax.core.tensor import Tensor
from addax.ops.windows import Windows, channels_first, from_last, padded, per_dimension, shifts, to_last, windows

__all__ = ["atrous_conv2d", "conv1d", "conv2d", "conv3d", "convolution"]

_LARGEST_PATCHES = 2**26  # elements; beyond it patches are not laid out in memory
_LETTERS = {1: "W", 2: "HW", 3: "DHW"}

# ---------------------------------------------------------------------------- the computation


def _on_cpu() -> bool:
    return jax.default_backend() == "cpu" and not _state.portable


def correlate(x: Any, filters: Any, w: Windows) -> Any:
    """The convolution of x (batch, *sizes, channels) with filters (*kernel, channels of a group, outputs)."""
    if not _on_cpu():
        return _xla(x, filters, w)
    # Points are a matrix product; XLA's convolution in 3 dimensions is slow in loops too.
    if len(w.kernel) == 3 or math.prod(w.kernel) == 1 and x.shape[-1] == filters.shape[-2]:
        return _by_products(x, filters, w)
    return _with_gradients_by_products(x, filters, w)


def _xla(x: Any, filters: Any, w: Windows) -> Any:
    letters = _LETTERS[len(w.kernel)]
    layout = (f"N{letters}C", f"{letters}IO", f"N{letters}C")
    pads = w.pads
    if is_open([size for pair in pads for size in pair]):  # they depend on sizes that come later
        x, pads = padded(x, w), ((0, 0),) * len(pads)
    return lax.conv_general_dilated(
        x,
        filters,
        w.strides,
        pads,
        rhs_dilation=w.dilations,
        dimension_numbers=layout,
        feature_group_count=x.shape[-1] // filters.shape[-2],
        preferred_element_type=x.dtype,
    )


_with_gradients_by_products = jax.custom_jvp(_xla, nondiff_argnums=(2,))


def _change(w: Windows, primals: tuple[Any, Any], tangents: tuple[Any, Any]) -> tuple[Any, Any]:
    """The convolution is linear in the input and in the filters; reverse mode transposes these products."""
    x, filters = primals
    out = _with_gradients_by_products(x, filters, w)
    parts = [
        _by_products(*operands, w)
        for operands, moved in (((tangents[0], filters), tangents[0]), ((x, tangents[1]), tangents[1]))
        if not isinstance(moved, SymbolicZero)
    ]
    return out, sum(parts[1:], start=parts[0]) if parts else jnp.zeros_like(out)


_with_gradients_by_products.defjvp(_change, symbolic_zeros=True)


def transposed(function: Any, like: Any, out: Any) -> Any:
    """What the gradient of a linear function's result says of its argument.

    Args:
        function: linear, of one array.
        like: an array, or the shape and dtype of one, such as the function takes.
        out: the gradient of the result.
    """
    return jax.vjp(function, jnp.zeros(like.shape, like.dtype))[1](out)[0]


def _by_products(x: Any, filters: Any, w: Windows) -> Any:
    positions, channels, outputs = math.prod(w.kernel), x.shape[-1], filters.shape[-1]
    groups = channels // filters.shape[-2]
    x = padded(x, w)
    if groups > 1:
        return _grouped(x, filters, w, groups)
    if positions * channels * x.shape[0] * math.prod(w.out) > _LARGEST_PATCHES:
        products = (_dot(part, filters[position]) for position, part in shifts(x, w))
        return sum(products, start=jnp.zeros((), x.dtype))
    patches = [part for _, part in shifts(x, w)]
    rows = patches[0] if positions == 1 else jnp.concatenate(patches, -1)
    out = _dot(rows.reshape(-1, positions * channels), filters.reshape(-1, outputs))
    return out.reshape(x.shape[0], *w.out, outputs)


def _dot(a: Any, b: Any) -> Any:
    return jnp.matmul(a, b, preferred_element_type=a.dtype)


def _grouped(x: Any, filters: Any, w: Windows, groups: int) -> Any:
    """Each group of channels has its own filters; outputs are ordered group by group."""
    per_group, outputs = filters.shape[-2], filters.shape[-1]
    if per_group == 1:  # depthwise: products of elements
        total = sum(
            part[..., None] * filters[position].reshape(groups, outputs // groups) for position, part in shifts(x, w)
        )
        return total.reshape(x.shape[0], *w.out, outputs)
    patches = jnp.stack([part for _, part in shifts(x, w)], -2)  # (batch, *out, positions, channels)
    patches = patches.reshape(*patches.shape[:-1], groups, per_group)
    kernel = filters.reshape(-1, per_group, groups, outputs // groups)
    out = jnp.einsum("...pgc,pcgo->...go", patches, kernel, preferred_element_type=x.dtype)
    return out.reshape(x.shape[0], *w.out, outputs)


# ---------------------------------------------------------------------------- checks and forward ops


def _check(who: str, x: Any, filters: Any, n: int, first: bool) -> None:
    if x.ndim < n + 2 or filters.ndim != n + 2:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.nn.{who}",
                expected=f"an input of {n + 2} (or more) dimensions and filters of {n + 2}",
                received=f"input {tuple(x.shape)}, filters {tuple(filters.shape)}",
            )
        )
    channels = x.shape[x.ndim - n - 1] if first else x.shape[-1]
    if (
        not filters.shape[-2]
        or channels % filters.shape[-2]
        or filters.shape[-1] % (channels // filters.shape[-2] or 1)
    ):
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.nn.{who}",
                expected="as many input channels as the filters take (or a multiple, for groups): "
                f"the filters take {filters.shape[-2]}, the input has {channels}",
                received=f"input {tuple(x.shape)}, filters {tuple(filters.shape)}",
                hint="check data_format and the layer that made the input",
            )
        )


def _conv(who: str, x: Any, filters: Any, strides: Any, padding: Any, data_format: Any, dilations: Any, n: int) -> Any:
    first = channels_first(who, data_format, n)
    _check(who, x, filters, n, first)
    lead = x.shape[: x.ndim - n - 1]
    x = to_last(x.reshape(-1, *x.shape[x.ndim - n - 1 :]), first)
    steps = per_dimension(who, "strides", strides, n, first)
    apart = per_dimension(who, "dilations", dilations, n, first)
    w = windows(who, x.shape[1:-1], filters.shape[:n], steps, apart, padding, first)
    out = from_last(correlate(x, filters, w), first)
    return out.reshape(*lead, *out.shape[1:])


@op(kinds="fi", name="nn.conv1d")
def _conv1d(input: TensorLike, filters: TensorLike, stride, padding, data_format, dilations):  # noqa: A002
    return _conv("conv1d", input, filters, stride, padding, data_format, dilations, 1)


def conv1d(
    input: Any,  # noqa: A002
    filters: Any,
    stride: Any,
    padding: Any,
    data_format: str | None = "NWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The 1-D convolution (cross-correlation) of sequences with filters.

    Args:
        input: a tensor of shape (..., length, channels).
        filters: a tensor of shape (width, channels, outputs) and the same dtype.
        stride: the step between windows.
        padding: "SAME", "VALID", or pairs for each dimension.
        data_format: "NWC" or "NCW".
        dilations: the step between the elements of a window.
        name: ignored.

    Returns:
        A tensor of shape (..., new length, outputs).

    Raises:
        InvalidArgumentError: channels or sizes that do not fit.
        ValueError: unknown padding or data format.

    >>> import addax as tf
    >>> tf.nn.conv1d(tf.ones([1, 4, 1]), tf.ones([2, 1, 1]), 1, "VALID").numpy().ravel().tolist()
    [2.0, 2.0, 2.0]
    """
    return _conv1d(input, filters, stride, padding, data_format or "NWC", dilations)


@op(kinds="fi", name="nn.conv2d")
def _conv2d(input: TensorLike, filters: TensorLike, strides, padding, data_format, dilations):  # noqa: A002
    return _conv("conv2d", input, filters, strides, padding, data_format, dilations, 2)


def conv2d(
    input: Any,  # noqa: A002
    filters: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The 2-D convolution (cross-correlation) of images with filters.

    Args:
        input: a tensor of shape (..., height, width, channels), or (batch, channels, height, width) with "NCHW".
        filters: a tensor of shape (height, width, channels, outputs) and the same dtype. With fewer channels than
            the input has, the input is convolved in groups.
        strides: the steps between windows: a number, or a list of 1, 2 or 4.
        padding: "SAME", "VALID", or 4 pairs, one for each dimension.
        data_format: "NHWC" or "NCHW".
        dilations: the steps between the elements of a window: a number, or a list of 1, 2 or 4.
        name: ignored.

    Returns:
        A tensor of shape (..., new height, new width, outputs).

    Raises:
        InvalidArgumentError: channels or sizes that do not fit.
        ValueError: unknown padding or data format.

    >>> import addax as tf
    >>> tf.nn.conv2d(tf.ones([1, 3, 3, 1]), tf.ones([2, 2, 1, 1]), 1, "VALID").numpy().ravel().tolist()
    [4.0, 4.0, 4.0, 4.0]
    """
    return _conv2d(input, filters, strides, padding, data_format or "NHWC", dilations)


@op(kinds="fi", name="nn.conv3d")
def _conv3d(input: TensorLike, filters: TensorLike, strides, padding, data_format, dilations):  # noqa: A002
    return _conv("conv3d", input, filters, strides, padding, data_format, dilations, 3)


def conv3d(
    input: Any,  # noqa: A002
    filters: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = "NDHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The 3-D convolution (cross-correlation) of volumes with filters.

    Args:
        input: a tensor of shape (..., depth, height, width, channels).
        filters: a tensor of shape (depth, height, width, channels, outputs) and the same dtype.
        strides: the steps between windows: a number, or a list of 1, 3 or 5.
        padding: "SAME", "VALID", or 5 pairs.
        data_format: "NDHWC" or "NCDHW".
        dilations: the steps between the elements of a window.
        name: ignored.

    Returns:
        A tensor of shape (..., new depth, new height, new width, outputs).

    Raises:
        InvalidArgumentError: channels or sizes that do not fit.
        ValueError: unknown padding or data format.

    >>> import addax as tf
    >>> tf.nn.conv3d(tf.ones([1, 2, 2, 2, 1]), tf.ones([2, 2, 2, 1, 1]), 1, "VALID").numpy().ravel().tolist()
    [8.0]
    """
    return _conv3d(input, filters, strides, padding, data_format or "NDHWC", dilations)


def convolution(
    input: Any,  # noqa: A002
    filters: Any,
    strides: Any = None,
    padding: Any = "VALID",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The convolution in 1, 2 or 3 dimensions, as the rank of `filters` says.

    Args:
        input: a tensor of shape (batch, *sizes, channels), or (batch, channels, *sizes).
        filters: a tensor of shape (*kernel, channels, outputs) and the same dtype.
        strides: a number or a list (None is 1).
        padding: "SAME", "VALID", or pairs.
        data_format: e.g. "NHWC" or "NCHW".
        dilations: a number or a list (None is 1).
        name: ignored.

    Raises:
        ValueError: filters of another rank than 3, 4 or 5.
        InvalidArgumentError: channels or sizes that do not fit.

    >>> import addax as tf
    >>> tf.nn.convolution(tf.ones([1, 4, 1]), tf.ones([2, 1, 1])).numpy().ravel().tolist()
    [2.0, 2.0, 2.0]
    """
    n = len(filters.shape) - 2 if hasattr(filters, "shape") else np.ndim(filters) - 2
    if n not in (1, 2, 3):
        raise ValueError(f"tf.nn.convolution: filters must have 3, 4 or 5 dimensions, received {n + 2}.")
    function = {1: _conv1d, 2: _conv2d, 3: _conv3d}[n]
    last = {1: "NWC", 2: "NHWC", 3: "NDHWC"}[n]
    return function(input, filters, 1 if strides is None else strides, padding, data_format or last, dilations)


def atrous_conv2d(value: Any, filters: Any, rate: int, padding: Any, name: str | None = None) -> Tensor:
    """`tf.nn.conv2d` with steps of 1 between windows and of `rate` within them.

    >>> import addax as tf
    >>> tf.nn.atrous_conv2d(tf.ones([1, 3, 3, 1]), tf.ones([2, 2, 1, 1]), 2, "VALID").numpy().ravel().tolist()
    [4.0]
    """
    return _conv2d(value, filters, 1, padding, "NHWC", rate)
