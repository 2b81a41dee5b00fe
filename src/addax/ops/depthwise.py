"""Depthwise and separable convolutions, and the gradients of the depthwise one."""

from __future__ import annotations

from typing import Any

import jax

from addax.core import errors
from addax.core.convert import TensorLike, convert_to_tensor
from addax.core.dispatch import op
from addax.core.tensor import Tensor
from addax.ops.blocks import with_space_to_batch
from addax.ops.convolution import conv2d
from addax.ops.correlation import correlate, transposed
from addax.ops.windows import channels_first, from_last, per_dimension, to_last, windows

__all__ = [
    "depthwise_conv2d",
    "depthwise_conv2d_backprop_filter",
    "depthwise_conv2d_backprop_input",
    "separable_conv2d",
]


@op(kinds="f", name="nn.depthwise_conv2d", convolves=True)
def _depthwise(input: TensorLike, filter: TensorLike, strides, padding, data_format, dilations):  # noqa: A002
    first = channels_first("depthwise_conv2d", data_format, 2)
    x = to_last(input, first)
    if input.ndim != 4 or filter.ndim != 4 or filter.shape[2] != x.shape[-1]:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.nn.depthwise_conv2d",
                expected="4-dimensional input and filter, the filter's dimension 2 as long as the input has channels",
                received=f"input {tuple(input.shape)}, filter {tuple(filter.shape)}",
            )
        )
    steps = per_dimension("depthwise_conv2d", "strides", strides, 2, first)
    apart = per_dimension("depthwise_conv2d", "dilations", dilations, 2, first)
    w = windows("depthwise_conv2d", x.shape[1:-1], filter.shape[:2], steps, apart, padding, first)
    kernel = filter.reshape(*filter.shape[:2], 1, -1)
    return from_last(correlate(x, kernel, w), first)


def depthwise_conv2d(
    input: Any,  # noqa: A002
    filter: Any,  # noqa: A002
    strides: Any,
    padding: Any,
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The 2-D convolution of each channel by itself with its own filters.

    Args:
        input: a tensor of shape (batch, height, width, channels).
        filter: a tensor of shape (height, width, channels, multiplier).
        strides: 4 numbers, [1, stride, stride, 1].
        padding: "SAME", "VALID", or 4 pairs.
        data_format: "NHWC" (default) or "NCHW".
        dilations: 2 numbers, or one.
        name: ignored.

    Returns:
        A tensor with channels * multiplier channels: those of the first channel, then of the second, ...

    Raises:
        InvalidArgumentError: channels or sizes that do not fit.

    >>> import addax as tf
    >>> tf.nn.depthwise_conv2d(tf.ones([1, 2, 2, 2]), tf.ones([2, 2, 2, 1]), [1, 1, 1, 1], "VALID").numpy()[0, 0, 0]
    array([4., 4.], dtype=float32)
    """
    return _dilated(input, filter, strides, padding, data_format or "NHWC", dilations)


def _dilated(x: Any, filters: Any, strides: Any, padding: Any, data_format: str, dilations: Any) -> Tensor:
    """Strides of dilated windows are steps among the elements that a window sees, as TensorFlow has it."""
    first = channels_first("depthwise_conv2d", data_format, 2)
    apart = per_dimension("depthwise_conv2d", "dilations", dilations, 2, first)
    steps = per_dimension("depthwise_conv2d", "strides", strides, 2, first)
    if max(apart) == 1 or max(steps) == 1 or padding not in ("SAME", "VALID"):
        return _depthwise(x, filters, strides, padding, data_format, dilations)
    filters = filters if hasattr(filters, "shape") else convert_to_tensor(filters)

    def within(x: Any, num_spatial_dims: int, padding: str) -> Tensor:
        return _depthwise(x, filters, strides, padding, data_format, None)

    return with_space_to_batch(x, apart, padding, within, tuple(filters.shape)[:2], data_format=data_format)


def separable_conv2d(
    input: Any,  # noqa: A002
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: Any,
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """A depthwise convolution followed by a 1 x 1 convolution that mixes the channels (Chollet 2017).

    Args:
        input: a tensor of shape (batch, height, width, channels).
        depthwise_filter: a tensor of shape (height, width, channels, multiplier).
        pointwise_filter: a tensor of shape (1, 1, channels * multiplier, outputs).
        strides: 4 numbers, [1, stride, stride, 1].
        padding: "SAME", "VALID", or 4 pairs.
        data_format: "NHWC" (default) or "NCHW".
        dilations: 2 numbers, or one.
        name: ignored.

    Raises:
        InvalidArgumentError: channels or sizes that do not fit.

    >>> import addax as tf
    >>> x, depth, point = tf.ones([1, 2, 2, 2]), tf.ones([2, 2, 2, 1]), tf.ones([1, 1, 2, 1])
    >>> tf.nn.separable_conv2d(x, depth, point, [1, 1, 1, 1], "VALID").numpy().ravel().tolist()
    [8.0]
    """
    deep = _dilated(input, depthwise_filter, strides, padding, data_format or "NHWC", dilations)
    return conv2d(deep, pointwise_filter, 1, "VALID", data_format or "NHWC", None)


@op(kinds="f", name="nn.depthwise_conv2d_backprop_input", convolves=True)
def _depthwise_input(
    filter: TensorLike, out_backprop: TensorLike, input_sizes, strides, padding, data_format, dilations
):  # noqa: A002
    shape = jax.ShapeDtypeStruct(tuple(input_sizes), filter.dtype)

    def forward(x: Any) -> Any:
        return _depthwise.body(x, filter, strides, padding, data_format, dilations)

    return transposed(forward, shape, out_backprop)


def depthwise_conv2d_backprop_input(
    input_sizes: Any,
    filter: Any,  # noqa: A002
    out_backprop: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The gradient of `tf.nn.depthwise_conv2d` with respect to its input.

    Args:
        input_sizes: the shape of the input.
        filter: the filter of the forward convolution.
        out_backprop: the gradient of its result.
        strides: as in the forward convolution.
        padding: as in the forward convolution.
        data_format: as in the forward convolution.
        dilations: as in the forward convolution.
        name: ignored.

    >>> import addax as tf
    >>> grad = tf.ones([1, 1, 1, 2])
    >>> tf.nn.depthwise_conv2d_backprop_input([1, 2, 2, 2], tf.ones([2, 2, 2, 1]), grad, [1, 1, 1, 1], "VALID").shape
    TensorShape([1, 2, 2, 2])
    """
    return _depthwise_input(filter, out_backprop, input_sizes, strides, padding, data_format, dilations)


@op(kinds="f", name="nn.depthwise_conv2d_backprop_filter", convolves=True)
def _depthwise_filter(
    input: TensorLike, out_backprop: TensorLike, filter_sizes, strides, padding, data_format, dilations
):  # noqa: A002
    shape = jax.ShapeDtypeStruct(tuple(filter_sizes), input.dtype)

    def forward(filters: Any) -> Any:
        return _depthwise.body(input, filters, strides, padding, data_format, dilations)

    return transposed(forward, shape, out_backprop)


def depthwise_conv2d_backprop_filter(
    input: Any,  # noqa: A002
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The gradient of `tf.nn.depthwise_conv2d` with respect to its filter.

    Args:
        input: the input of the forward convolution.
        filter_sizes: the shape of its filter.
        out_backprop: the gradient of its result.
        strides: as in the forward convolution.
        padding: as in the forward convolution.
        data_format: as in the forward convolution.
        dilations: as in the forward convolution.
        name: ignored.

    >>> import addax as tf
    >>> grad = tf.ones([1, 1, 1, 2])
    >>> tf.nn.depthwise_conv2d_backprop_filter(tf.ones([1, 2, 2, 2]), [2, 2, 2, 1], grad, [1, 1, 1, 1], "VALID").shape
    TensorShape([2, 2, 2, 1])
    """
    return _depthwise_filter(input, out_backprop, filter_sizes, strides, padding, data_format, dilations)
