"""`keras.ops` over windows: convolutions, pools, patches, and blocks as channels."""

from __future__ import annotations

from typing import Any

from addax.keras import config
from addax.keras.ops.function import function
from addax.keras.ops.promotion import common_floats, floats, tensor
from addax.ops import blocks, convolution, joining, pooling, shaping, unfolding
from addax.ops import conv_transpose as transposing

_LAST, _FIRST = {1: "NWC", 2: "NHWC", 3: "NDHWC"}, {1: "NCW", 2: "NCHW", 3: "NCDHW"}


def _layout(data_format: str | None, n: int) -> str:
    """TensorFlow's name of a layout with n dimensions between batch and channels."""
    if n not in _LAST:
        raise ValueError(f"keras.ops: inputs must have 3, 4 or 5 dimensions, received {n + 2}.")
    return _FIRST[n] if _is_first(data_format) else _LAST[n]


def _is_first(data_format: str | None) -> bool:
    name = str(data_format if data_format is not None else config.image_data_format()).lower()
    if name not in ("channels_first", "channels_last"):
        raise ValueError(
            "The `data_format` argument must be one of {'channels_first', 'channels_last'}. "
            f"Received: data_format={data_format}"
        )
    return name == "channels_first"


def _padding(padding: str) -> str:
    if padding not in ("valid", "same"):
        raise ValueError(f"Invalid padding '{padding}', must be 'same' or 'valid'.")
    return padding.upper()


def _tuple(value: Any, n: int) -> tuple[int, ...]:
    return (int(value),) * n if not isinstance(value, tuple | list) else tuple(int(each) for each in value)


@function
def conv(
    inputs: Any, kernel: Any, strides: Any = 1, padding: str = "valid", data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:  # fmt: skip
    """A convolution in 1, 2 or 3 dimensions.

    Args:
        inputs: (batch, *sizes, channels), or channels first.
        kernel: (*window, channels of a group, outputs).
        strides: a number, or one per dimension.
        padding: "valid" or "same".
        data_format: by default `image_data_format()`.
        dilation_rate: a number, or one per dimension.

    >>> from addax.keras import ops
    >>> ops.conv(ops.ones((1, 4, 1)), ops.ones((2, 1, 1))).numpy().ravel().tolist()
    [2.0, 2.0, 2.0]
    """
    x, k = common_floats(inputs, kernel)
    n = len(x.shape) - 2
    layout = _layout(data_format, n)
    return convolution.convolution(x, k, _tuple(strides, n), _padding(padding), layout, _tuple(dilation_rate, n))


@function
def depthwise_conv(
    inputs: Any, kernel: Any, strides: Any = 1, padding: str = "valid", data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:  # fmt: skip
    """Each channel with its own filters; `kernel` has the shape (*window, channels, multiplier).

    Args:
        inputs: (batch, *sizes, channels) in 1 or 2 dimensions, or channels first.
        kernel: see above.
        strides: a number, or one per dimension.
        padding: "valid" or "same".
        data_format: by default `image_data_format()`.
        dilation_rate: a number, or one per dimension.

    >>> from addax.keras import ops
    >>> ops.depthwise_conv(ops.ones((1, 4, 4, 2)), ops.ones((3, 3, 2, 2))).shape
    TensorShape([1, 2, 2, 4])
    """
    k = tensor(kernel)
    sizes = k.shape.as_list()
    k = shaping.reshape(k, [*sizes[:-2], 1, sizes[-2] * sizes[-1]])
    return conv(inputs, k, strides, padding, data_format, dilation_rate)


@function
def separable_conv(
    inputs: Any, depthwise_kernel: Any, pointwise_kernel: Any, strides: Any = 1, padding: str = "valid",
    data_format: str | None = None, dilation_rate: Any = 1,
) -> Any:  # fmt: skip
    """A depthwise convolution, then one of single points that mixes the channels.

    Args:
        inputs: (batch, *sizes, channels) in 1 or 2 dimensions, or channels first.
        depthwise_kernel: (*window, channels, multiplier).
        pointwise_kernel: (1, ..., 1, channels * multiplier, outputs).
        strides: a number, or one per dimension.
        padding: "valid" or "same".
        data_format: by default `image_data_format()`.
        dilation_rate: a number, or one per dimension.

    >>> from addax.keras import ops
    >>> ops.separable_conv(ops.ones((1, 4, 4, 2)), ops.ones((3, 3, 2, 1)), ops.ones((1, 1, 2, 5))).shape
    TensorShape([1, 2, 2, 5])
    """
    deep = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(deep, pointwise_kernel, 1, "valid", data_format)


@function
def conv_transpose(
    inputs: Any, kernel: Any, strides: Any = 1, padding: str = "valid", output_padding: Any = None,
    data_format: str | None = None, dilation_rate: Any = 1,
) -> Any:  # fmt: skip
    """The transpose of a convolution; `kernel` has the shape (*window, outputs, channels).

    Args:
        inputs: (batch, *sizes, channels), or channels first.
        kernel: see above.
        strides: how many times larger the result is.
        padding: "valid" or "same".
        output_padding: added to the result's sizes; None infers it.
        data_format: by default `image_data_format()`.
        dilation_rate: a number, or one per dimension.

    >>> from addax.keras import ops
    >>> ops.conv_transpose(ops.ones((1, 2, 1)), ops.ones((2, 1, 1)), strides=2).numpy().tolist()
    [[[1.0], [1.0], [1.0], [1.0]]]
    """
    x, k = common_floats(inputs, kernel)
    n = len(x.shape) - 2
    layout, steps, apart = _layout(data_format, n), _tuple(strides, n), _tuple(dilation_rate, n)
    sizes = x.shape.as_list()
    places = range(2, n + 2) if _is_first(data_format) else range(1, n + 1)
    extra = (None,) * n if output_padding is None else _tuple(output_padding, n)
    found, pads = list(sizes), [(0, 0)] * (n + 2)
    for i, axis in enumerate(places):
        reach = (k.shape[i] - 1) * apart[i] + 1
        cut = 0 if _padding(padding) == "VALID" else reach // 2
        if extra[i] is not None:
            found[axis] = (sizes[axis] - 1) * steps[i] + reach - 2 * cut + extra[i]
        elif cut or padding == "same":
            found[axis] = sizes[axis] * steps[i]
        else:
            found[axis] = sizes[axis] * steps[i] + max(reach - steps[i], 0)
        whole = (sizes[axis] - 1) * steps[i] + reach - found[axis]
        before = max(whole, 0) // 2
        if extra[i] is not None:  # Keras 3's rule, by which odd rests are cut off on the right
            before = max(reach - 1 - (2 * (reach - 1) - whole + 1) // 2, 0) if cut else 0
        pads[axis] = (before, whole - before)
    found[1 if _is_first(data_format) else -1] = k.shape[-2]
    if all(min(pair) >= 0 for pair in pads):
        return transposing.conv_transpose(x, k, found, steps, pads, layout, apart)
    # The result reaches beyond what any window covers: zeros there.
    least = [(max(a, 0), max(b, 0)) for a, b in pads]
    more = [(max(-a, 0), max(-b, 0)) for a, b in pads]
    inner = [n - a - b for n, (a, b) in zip(found, more, strict=True)]
    return joining.pad(transposing.conv_transpose(x, k, inner, steps, least, layout, apart), more)


def _pooled(pool: Any, x: Any, pool_size: Any, strides: Any, padding: str, data_format: str | None) -> Any:
    n = len(x.shape) - 2
    size = _tuple(pool_size, n)
    steps = size if strides is None else _tuple(strides, n)
    return pool(x, size, steps, _padding(padding), _layout(data_format, n))


@function
def max_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None
) -> Any:
    """The maximum over windows in 1, 2 or 3 dimensions; `strides` are `pool_size` by default.

    >>> from addax.keras import ops
    >>> ops.max_pool([[[1.0], [3.0], [2.0], [0.0]]], 2).numpy().ravel().tolist()
    [3.0, 2.0]
    """
    return _pooled(pooling.max_pool, tensor(inputs), pool_size, strides, padding, data_format)


@function
def average_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None
) -> Any:
    """The mean over windows in 1, 2 or 3 dimensions; padding does not count.

    Args:
        inputs: (batch, *sizes, channels), or channels first.
        pool_size: a number, or one per dimension.
        strides: between windows; by default the pool's size.
        padding: "valid" or "same".
        data_format: by default `image_data_format()`.

    >>> from addax.keras import ops
    >>> ops.average_pool([[[1.0], [3.0], [5.0], [7.0]]], 2).numpy().tolist()
    [[[2.0], [6.0]]]
    """
    return _pooled(pooling.avg_pool, floats(inputs), pool_size, strides, padding, data_format)


@function
def adaptive_average_pool(inputs: Any, output_size: Any, data_format: str | None = None) -> Any:
    """The mean over windows such that the result has this size.

    >>> from addax.keras import ops
    >>> ops.adaptive_average_pool([[[1.0], [2.0], [3.0]]], 2).numpy().ravel().tolist()
    [1.5, 2.5]
    """
    x = floats(inputs)
    return unfolding.adaptive_pool(x, _tuple(output_size, len(x.shape) - 2), True, _is_first(data_format))


@function
def adaptive_max_pool(inputs: Any, output_size: Any, data_format: str | None = None) -> Any:
    """The maximum over windows such that the result has this size.

    Args:
        inputs: (batch, *sizes, channels), or channels first.
        output_size: a number, or one per dimension.
        data_format: by default `image_data_format()`.

    >>> from addax.keras import ops
    >>> ops.adaptive_max_pool([[[1.0], [3.0], [5.0], [2.0]]], 2).numpy().tolist()
    [[[3.0], [5.0]]]
    """
    x = tensor(inputs)
    return unfolding.adaptive_pool(x, _tuple(output_size, len(x.shape) - 2), False, _is_first(data_format))


@function
def unfold(x: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """Windows as columns: (batch, channels, height, width) to (batch, channels * window, windows).

    Args:
        x: (batch, channels, height, width).
        kernel_size: of a window; a number or two, as all below.
        dilation: between the points of a window.
        padding: zeros on both sides.
        stride: between windows.

    >>> from addax.keras import ops
    >>> ops.unfold(ops.ones((1, 2, 3, 3)), 2).shape
    TensorShape([1, 8, 4])
    """
    return unfolding.unfold(tensor(x), kernel_size, dilation, padding, stride)


@function
def fold(x: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """The sums of windows that overlap; the transpose of `unfold`.

    Args:
        x: (batch, channels * window, windows).
        output_size: (height, width) of the result.
        kernel_size: of a window; a number or two, as all below.
        dilation: between the points of a window.
        padding: zeros on both sides, which are left out of the result.
        stride: between windows.

    >>> from addax.keras import ops
    >>> ops.fold(ops.ones((1, 4, 4)), (3, 3), 2).numpy()[0, 0].tolist()
    [[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]
    """
    return unfolding.fold(floats(x), output_size, kernel_size, dilation, padding, stride)


@function
def depth_to_space(x: Any, block_size: int, data_format: str = "channels_last") -> Any:
    """Channels as blocks of an image; with channels first, those of a block lie together, as in PyTorch.

    >>> from addax.keras import ops
    >>> ops.depth_to_space(ops.ones((1, 2, 2, 4)), 2).shape
    TensorShape([1, 4, 4, 1])
    """
    made, size = tensor(x), block_size
    if not _is_first(data_format):
        return blocks.depth_to_space(made, size, "NHWC")
    n, channels, height, width = made.shape.as_list()
    made = shaping.reshape(made, [n, channels // size**2, size, size, height, width])
    made = shaping.transpose(made, [0, 1, 4, 2, 5, 3])
    return shaping.reshape(made, [n, channels // size**2, height * size, width * size])


@function
def space_to_depth(x: Any, block_size: int, data_format: str = "channels_last") -> Any:
    """Blocks of an image as channels; the inverse of `depth_to_space`.

    >>> from addax.keras import ops
    >>> ops.space_to_depth(ops.ones((1, 4, 4, 1)), 2).shape
    TensorShape([1, 2, 2, 4])
    """
    made, size = tensor(x), block_size
    if not _is_first(data_format):
        return blocks.space_to_depth(made, size, "NHWC")
    n, channels, height, width = made.shape.as_list()
    made = shaping.reshape(made, [n, channels, height // size, size, width // size, size])
    made = shaping.transpose(made, [0, 1, 3, 5, 2, 4])
    return shaping.reshape(made, [n, channels * size**2, height // size, width // size])
