"""The convolution of any kind in one op, and the gradients of 2-D convolutions as ops of their own."""

from __future__ import annotations

from typing import Any

from addax.core import errors
from addax.core.convert import TensorLike
from addax.core.dispatch import op
from addax.core.tensor import Tensor
from addax.ops.convolution import _conv
from addax.ops.correlation import transposed

__all__ = ["conv", "conv2d_backprop_filter_v2", "conv2d_backprop_input_v2"]

_FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}


def _padding(padding: Any, explicit_paddings: Any) -> Any:
    """EXPLICIT padding as pairs; other kinds as they are."""
    if padding != "EXPLICIT":
        if explicit_paddings:
            raise ValueError(
                f"explicit_paddings {explicit_paddings!r} belong to padding='EXPLICIT', received {padding!r}."
            )
        return padding
    flat = tuple(int(n) for pair in explicit_paddings for n in (pair if isinstance(pair, list | tuple) else (pair,)))
    return tuple(zip(flat[::2], flat[1::2], strict=True))


@op(kinds="fi", name="conv", convolves=True)
def _any_conv(input: TensorLike, filter: TensorLike, strides, padding, explicit, data_format, dilations, batch_dims):  # noqa: A002
    n = filter.ndim - 2
    if n not in (1, 2, 3) or data_format not in ("CHANNELS_LAST", "CHANNELS_FIRST"):
        raise ValueError(
            f"tf.conv: expected filters of 3 to 5 dimensions and data_format 'CHANNELS_LAST' or 'CHANNELS_FIRST', "
            f"received {filter.ndim} and {data_format!r}."
        )
    if input.ndim != batch_dims + n + 1:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.conv",
                expected=f"an input of {batch_dims + n + 1} dimensions, with batch_dims={batch_dims}",
                received=f"shape {tuple(input.shape)}",
            )
        )
    spelled = _FORMATS[n][data_format == "CHANNELS_FIRST"]
    return _conv("conv", input, filter, strides, _padding(padding, explicit), spelled, dilations or None, n)


def conv(
    input: Any,  # noqa: A002
    filter: Any,  # noqa: A002
    strides: Any,
    padding: str,
    explicit_paddings: Any = (),
    data_format: str = "CHANNELS_LAST",
    dilations: Any = (),
    batch_dims: int = 1,
    groups: int = 1,
    name: str | None = None,
) -> Tensor:
    """The convolution in 1, 2 or 3 dimensions, as the rank of `filter` says.

    Args:
        input: a tensor of `batch_dims` dimensions, spatial ones, and channels.
        filter: a tensor of shape (*kernel, channels / groups, outputs) and the same dtype.
        strides: a number for each dimension, 1 for batch and channels.
        padding: "SAME", "VALID" or "EXPLICIT".
        explicit_paddings: with "EXPLICIT", two numbers for each dimension.
        data_format: "CHANNELS_LAST" or "CHANNELS_FIRST".
        dilations: a number for each dimension, or nothing for 1.
        batch_dims: how many leading dimensions are batches.
        groups: into how many groups the channels are divided.
        name: ignored.

    Raises:
        InvalidArgumentError: shapes that do not fit.
        ValueError: unknown options.

    >>> import addax as tf
    >>> tf.conv(tf.ones([1, 3, 1]), tf.ones([2, 1, 1]), [1, 1, 1], "VALID").numpy().ravel().tolist()
    [2.0, 2.0]
    """
    channels = input.shape[1 if data_format == "CHANNELS_FIRST" else -1]
    if filter.shape[-2] * groups != channels:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.conv",
                expected=f"{channels} input channels to be those of the filter times groups",
                received=f"filter {filter.shape}, groups={groups}",
            )
        )
    return _any_conv(input, filter, strides, padding, explicit_paddings, data_format, dilations, batch_dims)


@op(kinds="f", name="conv2d_backprop_filter_v2", convolves=True)
def _filter_gradient(input: TensorLike, filter: TensorLike, out: TensorLike, strides, padding, data_format, dilations):  # noqa: A002
    def forward(filters: Any) -> Any:
        return _conv("conv2d_backprop_filter_v2", input, filters, strides, padding, data_format, dilations, 2)

    return transposed(forward, filter, out)


def conv2d_backprop_filter_v2(
    input: Any,  # noqa: A002
    filter: Any,  # noqa: A002
    out_backprop: Any,
    strides: Any,
    padding: str,
    use_cudnn_on_gpu: bool = True,
    explicit_paddings: Any = (),
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The gradient of `tf.nn.conv2d` with respect to its filters.

    Args:
        input: the input of the forward convolution.
        filter: a tensor of the filters' shape.
        out_backprop: the gradient of the result.
        strides: as in the forward convolution.
        padding: "SAME", "VALID" or "EXPLICIT".
        use_cudnn_on_gpu: a hint for TensorFlow's kernels; XLA chooses here.
        explicit_paddings: with "EXPLICIT", two numbers for each dimension.
        data_format: "NHWC" or "NCHW".
        dilations: as in the forward convolution.
        name: ignored.

    >>> import addax as tf
    >>> x, k, g = tf.ones([1, 2, 2, 1]), tf.ones([2, 2, 1, 1]), tf.ones([1, 1, 1, 1])
    >>> tf.conv2d_backprop_filter_v2(x, k, g, [1, 1, 1, 1], "VALID").shape
    TensorShape([2, 2, 1, 1])
    """
    pads = _padding(padding, explicit_paddings)
    return _filter_gradient(input, filter, out_backprop, strides, pads, data_format, dilations)


@op(kinds="f", name="conv2d_backprop_input_v2", convolves=True)
def _input_gradient(input: TensorLike, filter: TensorLike, out: TensorLike, strides, padding, data_format, dilations):  # noqa: A002
    def forward(x: Any) -> Any:
        return _conv("conv2d_backprop_input_v2", x, filter, strides, padding, data_format, dilations, 2)

    return transposed(forward, input, out)


def conv2d_backprop_input_v2(
    input: Any,  # noqa: A002
    filter: Any,  # noqa: A002
    out_backprop: Any,
    strides: Any,
    padding: str,
    use_cudnn_on_gpu: bool = True,
    explicit_paddings: Any = (),
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """The gradient of `tf.nn.conv2d` with respect to its input.

    Args:
        input: a tensor of the input's shape.
        filter: the filters of the forward convolution.
        out_backprop: the gradient of the result.
        strides: as in the forward convolution.
        padding: "SAME", "VALID" or "EXPLICIT".
        use_cudnn_on_gpu: a hint for TensorFlow's kernels; XLA chooses here.
        explicit_paddings: with "EXPLICIT", two numbers for each dimension.
        data_format: "NHWC" or "NCHW".
        dilations: as in the forward convolution.
        name: ignored.

    >>> import addax as tf
    >>> x, k, g = tf.ones([1, 2, 2, 1]), tf.ones([2, 2, 1, 1]), tf.ones([1, 1, 1, 1])
    >>> tf.conv2d_backprop_input_v2(x, k, g, [1, 1, 1, 1], "VALID").shape
    TensorShape([1, 2, 2, 1])
    """
    pads = _padding(padding, explicit_paddings)
    return _input_gradient(input, filter, out_backprop, strides, pads, data_format, dilations)
