"""Transposes (gradients) of convolutions, also called deconvolutions."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import errors
from addax.core.convert import TensorLike
from addax.core.dispatch import op
from addax.core.tensor import Tensor
from addax.ops.correlation import spread
from addax.ops.windows import channels_first, from_last, per_dimension, to_last, windows

__all__ = ["atrous_conv2d_transpose", "conv1d_transpose", "conv2d_transpose", "conv3d_transpose", "conv_transpose"]


@op(only="float16 bfloat16 float32 float64 int32", name="nn.conv_transpose", convolves=True)
def _transpose(input: TensorLike, filters: TensorLike, output_shape, strides, padding, data_format, dilations, who):  # noqa: A002
    """The transpose of the linear map x -> conv(x, filters): filters are (*kernel, outputs, channels)."""
    n = filters.ndim - 2
    first = channels_first(who, data_format, n)
    x = to_last(input, first)
    if input.ndim != n + 2 or x.shape[-1] != filters.shape[-1]:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.nn.{who}",
                expected=f"an input with as many channels as the filters' last dimension, {filters.shape[-1]}",
                received=f"input {tuple(input.shape)}, filters {tuple(filters.shape)} (*kernel, outputs, channels)",
            )
        )
    steps = per_dimension(who, "strides", strides, n, first)
    apart = per_dimension(who, "dilations", dilations, n, first)
    shape = tuple(int(size) for size in output_shape)
    if len(shape) == n:  # sizes alone
        sizes = shape
    elif len(shape) == n + 2:
        sizes = shape[2:] if first else shape[1:-1]
    else:
        raise ValueError(f"tf.nn.{who}: output_shape must have {n} or {n + 2} numbers, received {output_shape!r}.")
    w = windows(who, sizes, filters.shape[:n], steps, apart, padding, first)
    channels = filters.shape[-2]
    if len(shape) == n + 2 and (shape[0] != x.shape[0] or (shape[1] if first else shape[-1]) != channels):
        raise ValueError(
            f"tf.nn.{who}: output_shape {shape} does not fit: the batch is {x.shape[0]}, the filters make "
            f"{channels} channels."
        )
    if w.out != tuple(x.shape[1:-1]):
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.nn.{who}",
                expected=f"an output_shape whose convolution has the input's sizes {tuple(x.shape[1:-1])}",
                received=f"output_shape {shape}, whose convolution has {w.out}",
            )
        )
    if n == 3 and input.dtype == np.int32:
        raise errors.InvalidArgumentError(
            errors.message(f"tf.nn.{who}", expected="floating tensors", received={"input": input})
        )
    if input.dtype == np.int32:  # integers have no transposes; in float64 they are exact
        x, filters = x.astype(np.float64), filters.astype(np.float64)
    return from_last(spread(x, filters, (x.shape[0], *sizes, channels), w).astype(input.dtype), first)


def conv1d_transpose(
    input: Any,  # noqa: A002
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str | None = "NWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The transpose (gradient) of `tf.nn.conv1d`, also called deconvolution.

    Args:
        input: a tensor of shape (batch, length, channels).
        filters: a tensor of shape (width, outputs, channels).
        output_shape: the shape of the result.
        strides: the steps of the convolution.
        padding: its padding.
        data_format: "NWC" or "NCW".
        dilations: its dilations.
        name: ignored.

    Raises:
        InvalidArgumentError: channels or sizes that do not fit.

    >>> import addax as tf
    >>> tf.nn.conv1d_transpose(tf.ones([1, 2, 1]), tf.ones([2, 1, 1]), [1, 4, 1], 2).numpy().ravel().tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    return _transpose(
        input, filters, output_shape, strides, padding, data_format or "NWC", dilations, "conv1d_transpose"
    )


def conv2d_transpose(
    input: Any,  # noqa: A002
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str | None = "NHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The transpose (gradient) of `tf.nn.conv2d`, also called deconvolution (Zeiler et al. 2010).

    Args:
        input: a tensor of shape (batch, height, width, channels).
        filters: a tensor of shape (height, width, outputs, channels).
        output_shape: the shape of the result.
        strides: the steps of the convolution.
        padding: its padding.
        data_format: "NHWC" or "NCHW".
        dilations: its dilations.
        name: ignored.

    Raises:
        InvalidArgumentError: channels or sizes that do not fit.

    >>> import addax as tf
    >>> tf.nn.conv2d_transpose(tf.ones([1, 1, 1, 1]), tf.ones([2, 2, 1, 1]), [1, 2, 2, 1], 2).numpy().ravel().tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    return _transpose(
        input, filters, output_shape, strides, padding, data_format or "NHWC", dilations, "conv2d_transpose"
    )


def conv3d_transpose(
    input: Any,  # noqa: A002
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str | None = "NDHWC",
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The transpose (gradient) of `tf.nn.conv3d`, also called deconvolution.

    Args:
        input: a tensor of shape (batch, depth, height, width, channels).
        filters: a tensor of shape (depth, height, width, outputs, channels).
        output_shape: the shape of the result.
        strides: the steps of the convolution.
        padding: its padding.
        data_format: "NDHWC" or "NCDHW".
        dilations: its dilations.
        name: ignored.

    Raises:
        InvalidArgumentError: channels or sizes that do not fit.

    >>> import addax as tf
    >>> tf.nn.conv3d_transpose(tf.ones([1, 1, 1, 1, 1]), tf.ones([2, 2, 2, 1, 1]), [1, 2, 2, 2, 1], 2).shape
    TensorShape([1, 2, 2, 2, 1])
    """
    return _transpose(
        input, filters, output_shape, strides, padding, data_format or "NDHWC", dilations, "conv3d_transpose"
    )


def conv_transpose(
    input: Any,  # noqa: A002
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: Any = "SAME",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """The transpose of a convolution in 1, 2 or 3 dimensions, as the length of `output_shape` says.

    Args:
        input: a tensor of shape (batch, *sizes, channels), or (batch, channels, *sizes).
        filters: a tensor of shape (*kernel, outputs, channels).
        output_shape: the shape of the result.
        strides: the steps of the convolution.
        padding: its padding.
        data_format: e.g. "NHWC" or "NCHW".
        dilations: its dilations.
        name: ignored.

    Raises:
        ValueError: an output_shape of another length than 3, 4 or 5.

    >>> import addax as tf
    >>> tf.nn.conv_transpose(tf.ones([1, 2, 1]), tf.ones([2, 1, 1]), [1, 4, 1], 2).numpy().ravel().tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    n = int(np.shape(output_shape)[0]) - 2
    if n not in (1, 2, 3):
        raise ValueError(f"tf.nn.conv_transpose: output_shape must have 3, 4 or 5 numbers, received {output_shape!r}.")
    data_format = data_format or {1: "NWC", 2: "NHWC", 3: "NDHWC"}[n]
    return _transpose(input, filters, output_shape, strides, padding, data_format, dilations, "conv_transpose")


def atrous_conv2d_transpose(
    value: Any, filters: Any, output_shape: Any, rate: int, padding: Any, name: str | None = None
) -> Tensor:
    """The transpose of `tf.nn.atrous_conv2d`.

    >>> import addax as tf
    >>> tf.nn.atrous_conv2d_transpose(tf.ones([1, 1, 1, 1]), tf.ones([2, 2, 1, 1]), [1, 3, 3, 1], 2, "VALID").shape
    TensorShape([1, 3, 3, 1])
    """
    return _transpose(value, filters, output_shape, 1, padding, "NHWC", rate, "atrous_conv2d_transpose")
