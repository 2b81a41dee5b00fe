"""What layers compute, as functions: convolutions, pooling, products, normalization, dropout, losses."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import convert
from addax.core.tensor import Tensor
from addax.keras import losses, naming
from addax.keras.backend import arrays
from addax.keras.config import image_data_format
from addax.ops import array, conv_layers, math, nn, normalization, sparse_arithmetic


def _first(data_format: str | None) -> bool:
    data_format = image_data_format() if data_format is None else data_format
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(f"Unknown data_format: {data_format}")
    return data_format == "channels_first"


def _sizes(value: Any, n: int) -> tuple[int, ...]:
    return (value,) * n if isinstance(value, int) else tuple(int(each) for each in value)


def _padding(padding: str, causal: bool = False) -> str:
    name = padding.lower()
    if name not in ("same", "valid") and not (causal and name == "causal"):
        raise ValueError(f"Invalid padding: {padding}. Expected 'same' or 'valid'{', or causal' if causal else ''}.")
    return name


def _conv(x: Any, kernel: Any, strides: Any, padding: str, data_format: Any, dilation_rate: Any, n: int) -> Tensor:
    return conv_layers.conv(
        x,
        kernel,
        None,
        _sizes(strides, n),
        _padding(padding, n == 1),
        _first(data_format),
        _sizes(dilation_rate, n),
        None,
    )


def conv1d(
    x: Any, kernel: Any, strides: int = 1, padding: str = "valid", data_format: str | None = None,
    dilation_rate: int = 1,
) -> Tensor:  # fmt: skip
    """Convolution of (batch, steps, channels) with (width, channels, filters); padding also "causal".

    >>> from addax.keras import backend as K
    >>> K.conv1d(K.ones((1, 3, 1)), K.ones((2, 1, 1))).numpy().tolist()
    [[[2.0], [2.0]]]
    """
    return _conv(x, kernel, strides, padding, data_format, dilation_rate, 1)


def conv2d(
    x: Any, kernel: Any, strides: Any = (1, 1), padding: str = "valid", data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Tensor:  # fmt: skip
    """Convolution of images with (rows, columns, channels, filters).

    >>> import addax as tf
    >>> tf.keras.backend.conv2d(tf.ones((1, 3, 3, 1)), tf.ones((2, 2, 1, 1))).shape
    TensorShape([1, 2, 2, 1])
    """
    return _conv(x, kernel, strides, padding, data_format, dilation_rate, 2)


def conv3d(
    x: Any, kernel: Any, strides: Any = (1, 1, 1), padding: str = "valid", data_format: str | None = None,
    dilation_rate: Any = (1, 1, 1),
) -> Tensor:  # fmt: skip
    """Convolution of volumes with (depth, rows, columns, channels, filters).

    >>> from addax.keras import backend as K
    >>> K.conv3d(K.ones((1, 3, 3, 3, 1)), K.ones((2, 2, 2, 1, 4))).shape
    TensorShape([1, 2, 2, 2, 4])
    """
    return _conv(x, kernel, strides, padding, data_format, dilation_rate, 3)


def conv2d_transpose(
    x: Any, kernel: Any, output_shape: Any, strides: Any = (1, 1), padding: str = "valid",
    data_format: str | None = None, dilation_rate: Any = (1, 1),
) -> Tensor:  # fmt: skip
    """The transpose of a convolution: kernel (rows, columns, filters, channels), result of `output_shape`.

    >>> from addax.keras import backend as K
    >>> K.conv2d_transpose(K.ones((1, 2, 2, 1)), K.ones((2, 2, 3, 1)), (1, 4, 4, 3), strides=(2, 2)).shape
    TensorShape([1, 4, 4, 3])
    """
    first = _first(data_format)
    sizes = tuple(int(n) for n in (output_shape[2:] if first else output_shape[1:-1]))
    return conv_layers.conv_transpose(
        x, kernel, None, sizes, _sizes(strides, 2), _padding(padding), first, _sizes(dilation_rate, 2), None
    )


def depthwise_conv2d(
    x: Any, depthwise_kernel: Any, strides: Any = (1, 1), padding: str = "valid", data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Tensor:  # fmt: skip
    """Convolution of each channel by itself.

    Args:
        x: (batch, rows, columns, channels), or channels before rows.
        depthwise_kernel: (rows, columns, channels, multiplier).
        strides: (rows, columns).
        padding: "valid" or "same".
        data_format: by default `image_data_format()`.
        dilation_rate: (rows, columns).

    >>> from addax.keras import backend as K
    >>> K.depthwise_conv2d(K.ones((1, 3, 3, 2)), K.ones((2, 2, 2, 3))).shape
    TensorShape([1, 2, 2, 6])
    """
    return conv_layers.depthwise_conv(
        x,
        depthwise_kernel,
        None,
        _sizes(strides, 2),
        _padding(padding),
        _first(data_format),
        _sizes(dilation_rate, 2),
        None,
    )


def separable_conv2d(
    x: Any, depthwise_kernel: Any, pointwise_kernel: Any, strides: Any = (1, 1), padding: str = "valid",
    data_format: str | None = None, dilation_rate: Any = (1, 1),
) -> Tensor:  # fmt: skip
    """Convolution of each channel by itself, then a mix of channels.

    Args:
        x: (batch, rows, columns, channels), or channels before rows.
        depthwise_kernel: (rows, columns, channels, multiplier).
        pointwise_kernel: (1, 1, channels * multiplier, filters).
        strides: (rows, columns).
        padding: "valid" or "same".
        data_format: by default `image_data_format()`.
        dilation_rate: (rows, columns).

    >>> from addax.keras import backend as K
    >>> K.separable_conv2d(K.ones((1, 3, 3, 2)), K.ones((2, 2, 2, 1)), K.ones((1, 1, 2, 5))).shape
    TensorShape([1, 2, 2, 5])
    """
    return conv_layers.separable_conv(
        x, depthwise_kernel, pointwise_kernel, None, _sizes(strides, 2), _padding(padding), _first(data_format),
        _sizes(dilation_rate, 2), None,
    )  # fmt: skip


def _pool(x: Any, size: Any, strides: Any, padding: str, data_format: Any, mode: str, n: int) -> Tensor:
    kinds = {"max": "max", "avg": "average"}
    if mode not in kinds:
        raise ValueError(f"Invalid pooling mode: {mode!r}. Expected 'max' or 'avg'.")
    if padding not in ("same", "valid"):
        raise ValueError(f"Invalid padding: {padding!r}. Expected 'same' or 'valid'.")
    return conv_layers.pool(x, kinds[mode], _sizes(size, n), _sizes(strides, n), padding, _first(data_format))


def pool2d(
    x: Any, pool_size: Any, strides: Any = (1, 1), padding: str = "valid", data_format: str | None = None,
    pool_mode: str = "max",
) -> Tensor:  # fmt: skip
    """Maximum ("max") or mean ("avg") of windows of images.

    >>> from addax.keras import backend as K
    >>> K.pool2d(K.constant([[[[1.0], [2.0]], [[3.0], [4.0]]]]), (2, 2), pool_mode="avg").numpy().ravel().tolist()
    [2.5]
    """
    return _pool(x, pool_size, strides, padding, data_format, pool_mode, 2)


def pool3d(
    x: Any, pool_size: Any, strides: Any = (1, 1, 1), padding: str = "valid", data_format: str | None = None,
    pool_mode: str = "max",
) -> Tensor:  # fmt: skip
    """Maximum ("max") or mean ("avg") of windows of volumes.

    >>> from addax.keras import backend as K
    >>> K.pool3d(K.ones((1, 4, 4, 4, 1)), (2, 2, 2), strides=(2, 2, 2)).shape
    TensorShape([1, 2, 2, 2, 1])
    """
    return _pool(x, pool_size, strides, padding, data_format, pool_mode, 3)


def local_conv1d(inputs: Any, kernel: Any, kernel_size: Any, strides: Any, data_format: str | None = None) -> Tensor:
    """Convolution of (batch, steps, channels) with other weights (steps, width * channels, filters) each place.

    >>> from addax.keras import backend as K
    >>> kernel = K.constant([[[1.0], [1.0]], [[2.0], [2.0]]])
    >>> K.local_conv1d(K.ones((1, 3, 1)), kernel, (2,), (1,)).numpy().tolist()
    [[[2.0], [4.0]]]
    """
    steps = int(kernel.shape[0])
    return _local(inputs, kernel, tuple(kernel_size), tuple(strides), (steps,), data_format)


def local_conv2d(
    inputs: Any, kernel: Any, kernel_size: Any, strides: Any, output_shape: Any, data_format: str | None = None
) -> Tensor:
    """Convolution of images with other weights (places, rows * columns * channels, filters) at each place.

    >>> from addax.keras import backend as K
    >>> K.local_conv2d(K.ones((1, 2, 2, 1)), K.ones((1, 4, 1)), (2, 2), (1, 1), (1, 1)).numpy().tolist()
    [[[[4.0]]]]
    """
    return _local(inputs, kernel, tuple(kernel_size), tuple(strides), tuple(output_shape), data_format)


def _local(inputs: Any, kernel: Any, size: Any, strides: Any, places: Any, data_format: Any) -> Tensor:
    first = _first(data_format)
    n = len(places)
    patches = []
    grid = np.stack(np.meshgrid(*[np.arange(count) for count in places], indexing="ij"), -1).reshape(-1, n)
    for place in grid:
        window = tuple(slice(int(p) * s, int(p) * s + k) for p, s, k in zip(place, strides, size, strict=True))
        part = inputs[(slice(None), slice(None), *window)] if first else inputs[(slice(None), *window, slice(None))]
        patches.append(array.reshape(part, (1, -1, int(np.prod([int(m) for m in part.shape[1:]])))))
    made = math.matmul(array.concat(patches, 0), kernel)  # (places, batch, filters)
    made = array.reshape(made, (*places, -1, int(kernel.shape[-1])))
    axes = (n, n + 1, *range(n)) if first else (n, *range(n), n + 1)
    return array.transpose(made, axes)


def dot(x: Any, y: Any) -> Tensor:
    """Product of matrices; of higher ranks, along the last axis of x and the last but one of y.

    >>> import addax as tf
    >>> tf.keras.backend.dot(tf.ones((2, 3, 4)), tf.ones((4, 5))).shape
    TensorShape([2, 3, 5])
    """
    if arrays.is_sparse(x):
        return sparse_arithmetic.sparse_dense_matmul(x, y)
    if len(x.shape) == 2 and len(y.shape) == 2:
        return math.matmul(x, y)
    return math.tensordot(x, y, [[len(x.shape) - 1], [max(len(y.shape) - 2, 0)]])


def batch_dot(x: Any, y: Any, axes: Any = None) -> Tensor:
    """Products of the rows of two batches, summed along an axis of each.

    Args:
        x: (batch, ...), 2 or more axes.
        y: (batch, ...), 2 or more axes.
        axes: the axis of each to sum along, as a number or two; by default the last of x and the last but one of y.

    >>> from addax.keras import backend as K
    >>> K.batch_dot(K.ones((3, 2, 4)), K.ones((3, 4, 5))).shape
    TensorShape([3, 2, 5])
    """
    from addax.keras.layers import Dot  # the same product, as a layer

    x_rank, y_rank = len(x.shape), len(y.shape)
    if x_rank < 2 or y_rank < 2:
        raise ValueError(
            f"Cannot do batch_dot on inputs with rank < 2. Received inputs with shapes {x.shape} and {y.shape}."
        )
    if axes is None:
        axes = [x_rank - 1, y_rank - 1 if y_rank == 2 else y_rank - 2]
    axes = [axes, axes] if isinstance(axes, int) else [int(a) for a in axes]
    axes = [axes[0] % x_rank, axes[1] % y_rank]
    return Dot(axes=tuple(axes), name=naming.unique_name("tf.keras.backend.batch_dot"), autocast=False)([x, y])


def bias_add(x: Any, bias: Any, data_format: str | None = None) -> Tensor:
    """`x` plus a bias: one number for each channel, or for each place and channel.

    >>> from addax.keras import backend as K
    >>> K.bias_add(K.zeros((1, 2)), K.constant([1.0, 2.0])).numpy().tolist()
    [[1.0, 2.0]]
    """
    first = _first(data_format)
    rank = len(x.shape)
    shape = [int(n) for n in bias.shape]
    if len(shape) not in (1, rank - 1):
        raise ValueError(f"Unexpected bias dimensions {len(shape)}. Expected it to be 1 or {rank - 1} dimensions")
    if len(shape) == 1:
        return nn.bias_add(x, bias, data_format="NC" + "DHW"[-(rank - 2) :] if first and rank > 2 else None)
    shape = [1, shape[-1], *shape[:-1]] if first else [1, *shape]
    return math.add(x, array.reshape(bias, shape))


def batch_normalization(
    x: Any, mean: Any, var: Any, beta: Any, gamma: Any, axis: int = -1, epsilon: float = 1e-3
) -> Tensor:
    """(x - mean) / sqrt(var + epsilon) * gamma + beta, for statistics of an axis.

    Args:
        x: a tensor.
        mean: (channels,).
        var: (channels,).
        beta: (channels,) or None.
        gamma: (channels,) or None.
        axis: of the channels.
        epsilon: added to the variance.

    >>> from addax.keras import backend as K
    >>> one, zero = K.constant([1.0]), K.constant([0.0])
    >>> K.batch_normalization(K.constant([[3.0]]), one, K.constant([4.0]), zero, one, epsilon=0.0).numpy().tolist()
    [[1.0]]
    """
    rank = len(x.shape)

    def along(value: Any) -> Any:
        if value is None or not hasattr(value, "shape") or len(value.shape) != 1 or axis in (-1, rank - 1):
            return value
        return array.reshape(value, [-1 if i == axis % rank else 1 for i in range(rank)])

    return normalization.batch_normalization(x, along(mean), along(var), along(beta), along(gamma), epsilon)


def normalize_batch_in_training(
    x: Any, gamma: Any, beta: Any, reduction_axes: Any, epsilon: float = 1e-3
) -> tuple[Tensor, Tensor, Tensor]:
    """A batch normalized by its own statistics: (result, mean, variance).

    Args:
        x: a tensor.
        gamma: (channels,) or None.
        beta: (channels,) or None.
        reduction_axes: all but that of the channels.
        epsilon: added to the variance.

    >>> from addax.keras import backend as K
    >>> x, one, zero = K.constant([[1.0], [3.0]]), K.constant([1.0]), K.constant([0.0])
    >>> made, mean, variance = K.normalize_batch_in_training(x, one, zero, [0], epsilon=0.0)
    >>> mean.numpy().tolist(), variance.numpy().tolist()
    ([2.0], [1.0])
    """
    axes = list(reduction_axes)
    mean, variance = nn.moments(x, axes)
    rank = len(x.shape)
    if rank == 4 and axes == [0, 1, 2]:  # TensorFlow's fused op gives the variance of a sample
        count = np.prod([int(x.shape[axis]) for axis in axes])
        unbiased = math.multiply(variance, convert.convert_to_tensor(count / max(count - 1, 1), variance.dtype))
    else:
        unbiased = variance
    if sorted(axes) != list(range(rank))[:-1]:
        target = [1 if axis in axes else int(x.shape[axis]) for axis in range(rank)]
        wide = [None if v is None else array.reshape(v, target) for v in (mean, variance, beta, gamma)]
    else:
        wide = [mean, variance, beta, gamma]
    return nn.batch_normalization(x, *wide, epsilon), mean, unbiased


def dropout(x: Any, level: float, noise_shape: Any = None, seed: int | None = None) -> Tensor:
    """`x` with a share `level` of its elements set to 0, the others scaled up.

    Args:
        x: a tensor.
        level: in [0, 1).
        noise_shape: 1 for axes along which elements stay or go together.
        seed: an integer.

    >>> from addax.keras import backend as K
    >>> sorted(set(K.dropout(K.ones((100,)), 0.5).numpy().tolist()))
    [0.0, 2.0]
    """
    return nn.dropout(x, rate=level, noise_shape=noise_shape, seed=seed)


def in_top_k(predictions: Any, targets: Any, k: int) -> Tensor:
    """Whether each target is among the k highest predictions.

    Args:
        predictions: (batch, classes), floats.
        targets: (batch,), integers.
        k: how many.

    >>> from addax.keras import backend as K
    >>> K.in_top_k(K.constant([[0.1, 0.6, 0.3]]), [2], 2).numpy().tolist()
    [True]
    """
    return nn.in_top_k(targets, predictions, k)


def _elementwise(loss: Any, target: Any, output: Any, **options: Any) -> Tensor:
    """A loss that averages over the last axis, as one value for each element."""
    target, output = convert.convert_to_tensor(target), convert.convert_to_tensor(output)
    source = getattr(output, "_keras_logits", None) if type(output) is Tensor else None
    output = array.expand_dims(output, -1)
    if source is not None:  # what it was made of
        kind, _, axis = source[0].partition(":")
        along = int(axis or -1)
        if kind == "softmax":
            kind = f"softmax:{along - 1 if along < 0 else along}"
        output._keras_logits = (kind, array.expand_dims(source[1], -1))
    return loss(array.expand_dims(target, -1), output, **options)


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Tensor:
    """Binary cross entropy of each element.

    Args:
        target: probabilities.
        output: probabilities or logits of the same shape.
        from_logits: whether `output` is logits.

    >>> from addax.keras import backend as K
    >>> print(K.binary_crossentropy(K.constant([1.0, 0.0]), K.constant([0.5, 0.5])).numpy().round(4))
    [0.6931 0.6931]
    """
    return _elementwise(losses.binary_crossentropy, target, output, from_logits=from_logits)


def binary_focal_crossentropy(
    target: Any, output: Any, apply_class_balancing: bool = False, alpha: float = 0.25, gamma: float = 2.0,
    from_logits: bool = False,
) -> Tensor:  # fmt: skip
    """Binary focal cross entropy of each element.

    Source: Lin et al. 2017, arXiv:1708.02002.

    Args:
        target: probabilities.
        output: probabilities or logits of the same shape.
        apply_class_balancing: whether class 1 weighs `alpha` and class 0 the rest.
        alpha: see above.
        gamma: how much less sure predictions weigh.
        from_logits: whether `output` is logits.

    >>> from addax.keras import backend as K
    >>> print(K.binary_focal_crossentropy(K.constant([1.0, 0.0]), K.constant([0.5, 0.5])).numpy().round(4))
    [0.1733 0.1733]
    """
    return _elementwise(
        losses.binary_focal_crossentropy, target, output, apply_class_balancing=apply_class_balancing, alpha=alpha,
        gamma=gamma, from_logits=from_logits,
    )  # fmt: skip


def categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Tensor:
    """Cross entropy of one-hot targets and probabilities along an axis.

    Args:
        target: probabilities.
        output: probabilities (made to sum to 1) or logits of the same shape.
        from_logits: whether `output` is logits.
        axis: of the classes.

    >>> from addax.keras import backend as K
    >>> print(K.categorical_crossentropy(K.constant([[0.0, 1.0]]), K.constant([[0.5, 0.5]])).numpy().round(4))
    [0.6931]
    """
    return losses.categorical_crossentropy(target, output, from_logits=from_logits, axis=axis)


def categorical_focal_crossentropy(
    target: Any, output: Any, alpha: float = 0.25, gamma: float = 2.0, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """Focal cross entropy of one-hot targets and probabilities along an axis.

    Source: Lin et al. 2017, arXiv:1708.02002.

    Args:
        target: probabilities.
        output: probabilities (made to sum to 1) or logits of the same shape.
        alpha: a factor, of all classes or one for each.
        gamma: how much less sure predictions weigh.
        from_logits: whether `output` is logits.
        axis: of the classes.

    >>> from addax.keras import backend as K
    >>> loss = K.categorical_focal_crossentropy(K.constant([[0.0, 1.0]]), K.constant([[0.5, 0.5]]))
    >>> print(loss.numpy().round(4))
    [0.0433]
    """
    return losses.categorical_focal_crossentropy(
        target, output, alpha=alpha, gamma=gamma, from_logits=from_logits, axis=axis
    )


def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1, ignore_class: int | None = None
) -> Tensor:
    """Cross entropy of class numbers and probabilities along an axis.

    Args:
        target: integers.
        output: probabilities or logits with one more axis.
        from_logits: whether `output` is logits.
        axis: of the classes.
        ignore_class: a class whose places give 0.

    >>> from addax.keras import backend as K
    >>> print(K.sparse_categorical_crossentropy([1], K.constant([[0.5, 0.5]])).numpy().round(4))
    [0.6931]
    """
    return losses.sparse_categorical_crossentropy(
        target, output, from_logits=from_logits, axis=axis, ignore_class=ignore_class
    )
