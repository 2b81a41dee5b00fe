"""Convolutions in 1, 2 and 3 dimensions; `correlation` computes them."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import errors
from addax.core.convert import TensorLike
from addax.core.dispatch import op
from addax.core.tensor import Tensor
from addax.ops.correlation import correlate
from addax.ops.windows import channels_first, from_last, named_padding, per_dimension, to_last, windows

__all__ = ["atrous_conv2d", "conv1d", "conv2d", "conv3d", "convolution"]

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


@op(kinds="fi", name="nn.conv1d", convolves=True)
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


@op(kinds="fi", name="nn.conv2d", convolves=True)
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


@op(kinds="fi", name="nn.conv3d", convolves=True)
def _conv3d(input: TensorLike, filters: TensorLike, strides, padding, data_format, dilations):  # noqa: A002
    named_padding("conv3d", padding)
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
        strides: the steps between windows: a list of 1, 3 or 5 numbers.
        padding: "SAME" or "VALID".
        data_format: "NDHWC" or "NCDHW".
        dilations: the steps between the elements of a window.
        name: ignored.

    Returns:
        A tensor of shape (..., new depth, new height, new width, outputs).

    Raises:
        InvalidArgumentError: channels or sizes that do not fit.
        ValueError: unknown padding or data format.

    >>> import addax as tf
    >>> tf.nn.conv3d(tf.ones([1, 2, 2, 2, 1]), tf.ones([2, 2, 2, 1, 1]), [1] * 5, "VALID").numpy().ravel().tolist()
    [8.0]
    """
    if not isinstance(strides, list | tuple):
        raise TypeError(f"tf.nn.conv3d: expected list for argument 'strides', 5 numbers, received {strides!r}.")
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
