"""Convolutions, pooling and normalization of TensorFlow's graphs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from addax.ops import array, math, nn

if TYPE_CHECKING:
    from addax.checkpoint.saved_model.graph_run import GraphNode


def _format(node: GraphNode) -> str:
    return node.text("data_format", "NHWC")


def _padding(node: GraphNode) -> Any:
    name = node.text("padding", "VALID")
    if name != "EXPLICIT":
        return name
    flat = node.attr("explicit_paddings", [])
    return [flat[i : i + 2] for i in range(0, len(flat), 2)]


def _convolution(op: Callable[..., Any]) -> Callable[..., Any]:
    def handler(node: GraphNode, given: Sequence[Any]) -> Any:
        rank = len(given[0].shape)
        return op(
            given[0], given[1], strides=node.attr("strides"), padding=_padding(node),
            data_format=node.text("data_format", "NHWC" if rank == 4 else "NDHWC"),
            dilations=node.attr("dilations", [1] * rank),
        )  # fmt: skip

    return handler


def _depthwise(node: GraphNode, given: Sequence[Any]) -> Any:
    dilations = node.attr("dilations", [1, 1, 1, 1])
    first = 2 if _format(node) == "NCHW" else 1
    return nn.depthwise_conv2d(
        given[0], given[1], strides=node.attr("strides"), padding=_padding(node), data_format=_format(node),
        dilations=dilations[first : first + 2],
    )  # fmt: skip


def _transposed(node: GraphNode, given: Sequence[Any]) -> Any:
    sizes, filters, grown = given
    return nn.conv2d_transpose(
        grown, filters, np.asarray(sizes.numpy()).tolist(), strides=node.attr("strides"), padding=_padding(node),
        data_format=_format(node), dilations=node.attr("dilations", [1, 1, 1, 1]),
    )  # fmt: skip


def _pool(op: Callable[..., Any]) -> Callable[..., Any]:
    def handler(node: GraphNode, given: Sequence[Any]) -> Any:
        rank = len(given[0].shape)
        return op(
            given[0], ksize=node.attr("ksize"), strides=node.attr("strides"), padding=_padding(node),
            data_format=node.text("data_format", "NHWC" if rank == 4 else "NDHWC"),
        )  # fmt: skip

    return handler


def _batch_norm(node: GraphNode, given: Sequence[Any]) -> list[Any]:
    """y, the statistics to keep, and what TensorFlow hands to its gradient."""
    x, scale, offset, mean, variance = given
    first = _format(node) == "NCHW"
    axes = [0, 2, 3] if first else [0, 1, 2]
    epsilon = node.attr("epsilon", 1e-4)
    factor = node.attr("exponential_avg_factor", 1.0)
    new_mean, new_variance = mean, variance
    if node.attr("is_training", True):
        wide = math.cast(x, scale.dtype)
        batch_mean, batch_variance = nn.moments(wide, axes)
        count = float(np.prod([x.shape[axis] for axis in axes]))
        unbiased = batch_variance * (count / max(count - 1.0, 1.0))
        if factor == 1.0:
            new_mean, new_variance = batch_mean, unbiased
        else:
            new_mean = mean * (1.0 - factor) + batch_mean * factor
            new_variance = variance * (1.0 - factor) + unbiased * factor
        mean, variance = batch_mean, batch_variance
    if first:
        scale, offset, mean, variance = (array.reshape(each, [1, -1, 1, 1]) for each in (scale, offset, mean, variance))
    y = nn.batch_normalization(math.cast(x, scale.dtype), mean, variance, offset, scale, epsilon)
    return [math.cast(y, x.dtype), new_mean, new_variance, mean, variance, mean]


def _bias_add(node: GraphNode, given: Sequence[Any]) -> Any:
    return nn.bias_add(given[0], given[1], data_format=_format(node))


def _cross_entropy(op: Callable[..., Any]) -> Callable[..., Any]:
    return lambda node, given: [op(labels=given[1], logits=given[0]), given[0]]


LAYERS: dict[str, Callable[..., Any]] = {
    "AvgPool": _pool(nn.avg_pool),
    "AvgPool3D": _pool(nn.avg_pool3d),
    "BiasAdd": _bias_add,
    "BiasAddV1": lambda node, given: nn.bias_add(*given),
    "Conv2D": _convolution(nn.conv2d),
    "Conv2DBackpropInput": _transposed,
    "Conv3D": _convolution(nn.conv3d),
    "DepthwiseConv2dNative": _depthwise,
    "FusedBatchNorm": _batch_norm,
    "FusedBatchNormV3": _batch_norm,
    "MaxPool": _pool(nn.max_pool),
    "MaxPool3D": _pool(nn.max_pool3d),
    "SoftmaxCrossEntropyWithLogits": _cross_entropy(nn.softmax_cross_entropy_with_logits),
    "SparseSoftmaxCrossEntropyWithLogits": _cross_entropy(nn.sparse_softmax_cross_entropy_with_logits),
}
