"""MobileNet: depthwise separable convolutions (Howard et al., arXiv:1704.04861; Sandler et al., arXiv:1801.04381)."""

from __future__ import annotations

from typing import Any

from addax.keras import layers
from addax.keras.applications.building import Architecture, same_pads

# Of each separable convolution: (filters, stride).
V1_BLOCKS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]
# Of each inverted residual: (filters, stride, expansion).
V2_BLOCKS = [
    (16, 1, 1), (24, 2, 6), (24, 1, 6), (32, 2, 6), *[(32, 1, 6)] * 2, (64, 2, 6), *[(64, 1, 6)] * 3, *[(96, 1, 6)] * 3,
    (160, 2, 6), *[(160, 1, 6)] * 2, (320, 1, 6),
]  # fmt: skip


def divisible(value: float, divisor: int = 8, least: int | None = None) -> int:
    """The nearest multiple of `divisor` that is not more than a tenth below."""
    nearest = max(least or divisor, int(value + divisor / 2) // divisor * divisor)
    return nearest + divisor if nearest < 0.9 * value else nearest


def published_size(who: str, shape: Any, weights: Any, alpha: float, alphas: tuple[float, ...]) -> int:
    """The size of images (pixels) that names the model and its published weights: that of `shape` if there are some.

    Raises:
        ValueError: published weights of a width that there are none for.
    """
    if weights == "imagenet" and alpha not in alphas:
        raise ValueError(
            f"keras.applications.{who}: there are published weights for alpha {', '.join(map(str, alphas))}, "
            f"received {alpha}.\n  To do: take one of them, or weights=None."
        )
    sizes = [n for n in shape or () if isinstance(n, int) and n > 4]
    published = len(sizes) == 2 and sizes[0] == sizes[1] and sizes[0] in (96, 128, 160, 192, 224)
    return sizes[0] if published and not (who == "MobileNet" and sizes[0] == 96) else 224


def mobilenet_v1(name: str, arch: Architecture, alpha: float, depth_multiplier: int, dropout: float) -> Any:
    """MobileNet of width `alpha`."""

    def normalized(x: Any, prefix: str) -> Any:
        x = layers.BatchNormalization(axis=arch.axis, name=prefix + "_bn")(x)
        return layers.ReLU(6.0, name=prefix + "_relu")(x)

    x = layers.Conv2D(int(32 * alpha), 3, strides=2, padding="same", use_bias=False, name="conv1")(arch.inputs)
    x = normalized(x, "conv1")
    for n, (filters, stride) in enumerate(V1_BLOCKS, 1):
        if stride > 1:
            x = layers.ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{n}")(x)
        x = layers.DepthwiseConv2D(
            3, strides=stride, padding="same" if stride == 1 else "valid", depth_multiplier=depth_multiplier,
            use_bias=False, name=f"conv_dw_{n}",
        )(x)  # fmt: skip
        x = normalized(x, f"conv_dw_{n}")
        x = layers.Conv2D(int(filters * alpha), 1, padding="same", use_bias=False, name=f"conv_pw_{n}")(x)
        x = normalized(x, f"conv_pw_{n}")
    if not arch.include_top:
        return arch.model(arch.pooled(x, (None, None)), name)
    x = layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = layers.Dropout(dropout, name="dropout")(x)
    x = layers.Conv2D(arch.classes, 1, padding="same", name="conv_preds")(x)
    x = layers.Reshape((arch.classes,), name="reshape_2")(x)
    return arch.model(layers.Activation(arch.activation, name="predictions")(x), name)


def mobilenet_v2(name: str, arch: Architecture, alpha: float) -> Any:
    """MobileNetV2 of width `alpha`."""

    def normalized(x: Any, norm: str, relu: str | None) -> Any:
        x = layers.BatchNormalization(axis=arch.axis, epsilon=1e-3, momentum=0.999, name=norm)(x)
        return layers.ReLU(6.0, name=relu)(x) if relu else x

    def pointwise(x: Any, filters: int, name: str) -> Any:
        return layers.Conv2D(filters, 1, padding="same", use_bias=False, name=name)(x)

    first = divisible(32 * alpha)
    x = layers.Conv2D(first, 3, strides=2, padding="same", use_bias=False, name="Conv1")(arch.inputs)
    x = normalized(x, "bn_Conv1", "Conv1_relu")
    for n, (filters, stride, expansion) in enumerate(V2_BLOCKS):
        prefix = f"block_{n}_" if n else "expanded_conv_"
        channels, y = x.shape[arch.axis], x
        out = divisible(int(filters * alpha))
        if n:
            y = pointwise(y, expansion * channels, prefix + "expand")
            y = normalized(y, prefix + "expand_BN", prefix + "expand_relu")
        if stride == 2:
            y = layers.ZeroPadding2D(same_pads(y, 3), name=prefix + "pad")(y)
        y = layers.DepthwiseConv2D(
            3, strides=stride, padding="same" if stride == 1 else "valid", use_bias=False, name=prefix + "depthwise"
        )(y)
        y = normalized(y, prefix + "depthwise_BN", prefix + "depthwise_relu")
        y = normalized(pointwise(y, out, prefix + "project"), prefix + "project_BN", None)
        x = layers.Add(name=prefix + "add")([x, y]) if channels == out and stride == 1 else y
    last = divisible(1280 * alpha) if alpha > 1.0 else 1280
    x = layers.Conv2D(last, 1, use_bias=False, name="Conv_1")(x)
    x = normalized(x, "Conv_1_bn", "out_relu")
    return arch.model(arch.head(x, pool=None), name)
