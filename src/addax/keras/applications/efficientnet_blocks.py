"""EfficientNet and EfficientNetV2: depth, width and size scaled together (Tan & Le, arXiv:1905.11946, 2104.00298)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from addax.keras import layers
from addax.keras.applications.building import Architecture, same_pads
from addax.keras.initializers import constant_initializer

# Of each stage of B0: kernel, blocks, filters, expansion, stride.
_STAGES = [
    (3, 1, 16, 1, 1), (3, 2, 24, 6, 2), (5, 2, 40, 6, 2), (3, 3, 80, 6, 2), (5, 3, 112, 6, 1), (5, 4, 192, 6, 2),
    (3, 1, 320, 6, 1),
]  # fmt: skip
# Of each variant: width, depth, size (pixels), dropout.
SCALES = {
    "b0": (1.0, 1.0, 224, 0.2), "b1": (1.0, 1.1, 240, 0.2), "b2": (1.1, 1.2, 260, 0.3), "b3": (1.2, 1.4, 300, 0.3),
    "b4": (1.4, 1.8, 380, 0.4), "b5": (1.6, 2.2, 456, 0.4), "b6": (1.8, 2.6, 528, 0.5), "b7": (2.0, 3.1, 600, 0.5),
}  # fmt: skip
_MEAN, _DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
_CONV = {
    "class_name": "VarianceScaling",
    "config": {"scale": 2.0, "mode": "fan_out", "distribution": "truncated_normal"},
}
_DENSE = {"class_name": "VarianceScaling", "config": {"scale": 1.0 / 3.0, "mode": "fan_out", "distribution": "uniform"}}
DROP = 0.2  # of whole blocks, growing with depth

# V2. Of each stage: blocks, fused, filters, expansion, stride.
_V2_B = [
    (1, True, 16, 1, 1), (2, True, 32, 4, 2), (2, True, 48, 4, 2), (3, False, 96, 4, 2), (5, False, 112, 6, 1),
    (8, False, 192, 6, 2),
]  # fmt: skip
_V2_S = [
    (2, True, 24, 1, 1), (4, True, 48, 4, 2), (4, True, 64, 4, 2), (6, False, 128, 4, 2), (9, False, 160, 6, 1),
    (15, False, 256, 6, 2),
]  # fmt: skip
_V2_M = [
    (3, True, 24, 1, 1), (5, True, 48, 4, 2), (5, True, 80, 4, 2), (7, False, 160, 4, 2), (14, False, 176, 6, 1),
    (18, False, 304, 6, 2), (5, False, 512, 6, 1),
]  # fmt: skip
_V2_L = [
    (4, True, 32, 1, 1), (7, True, 64, 4, 2), (7, True, 96, 4, 2), (10, False, 192, 4, 2), (19, False, 224, 6, 1),
    (25, False, 384, 6, 2), (7, False, 640, 6, 1),
]  # fmt: skip
# Of each variant: stages, first filters, width, depth, size.
V2_SCALES = {
    "b0": (_V2_B, 32, 1.0, 1.0, 224), "b1": (_V2_B, 32, 1.0, 1.1, 240), "b2": (_V2_B, 32, 1.1, 1.2, 260),
    "b3": (_V2_B, 32, 1.2, 1.4, 300), "s": (_V2_S, 24, 1.0, 1.0, 384), "m": (_V2_M, 24, 1.0, 1.0, 480),
    "l": (_V2_L, 32, 1.0, 1.0, 480),
}  # fmt: skip


def _width(filters: float, scale: float, second: bool = False) -> int:
    """A scaled number of filters, a multiple of 8; V1 avoids losing more than a tenth."""
    wanted = filters * scale
    nearest = max(8, int(wanted + 4) // 8 * 8)
    return nearest + 8 if not second and nearest < 0.9 * wanted else nearest


class Blocks:
    """Makes the layers of either version."""

    def __init__(self, axis: int, momentum: float) -> None:
        self.axis, self.momentum = axis, momentum

    def conv(self, x: Any, filters: int, size: int, name: str, **options: Any) -> Any:
        """A convolution without a bias."""
        options.setdefault("padding", "same")
        return layers.Conv2D(filters, size, use_bias=False, kernel_initializer=_CONV, name=name, **options)(x)

    def depthwise(self, x: Any, size: int, stride: int, name: str, padding: str) -> Any:
        """A depthwise convolution without a bias."""
        return layers.DepthwiseConv2D(
            size, strides=stride, padding=padding, use_bias=False, depthwise_initializer=_CONV, name=name
        )(x)

    def normalized(self, x: Any, norm: str, activation: str | None = None) -> Any:
        """Batch normalization and, if named, swish."""
        x = layers.BatchNormalization(axis=self.axis, momentum=self.momentum, name=norm)(x)
        return layers.Activation("swish", name=activation)(x) if activation else x

    def excited(self, x: Any, squeezed: int, prefix: str) -> Any:
        """Channels weighted by what the whole image says."""
        channels = x.shape[self.axis]
        shape = (1, 1, channels) if self.axis == 3 else (channels, 1, 1)
        y = layers.GlobalAveragePooling2D(name=prefix + "se_squeeze")(x)
        y = layers.Reshape(shape, name=prefix + "se_reshape")(y)
        options: dict[str, Any] = {"padding": "same", "kernel_initializer": _CONV}
        y = layers.Conv2D(squeezed, 1, activation="swish", name=prefix + "se_reduce", **options)(y)
        y = layers.Conv2D(channels, 1, activation="sigmoid", name=prefix + "se_expand", **options)(y)
        return layers.multiply([x, y], name=prefix + "se_excite")

    def added(self, y: Any, x: Any, drop: float, prefix: str) -> Any:
        """A block's result plus its input, the block dropped now and then."""
        if drop > 0:
            y = layers.Dropout(drop, noise_shape=(None, 1, 1, 1), name=prefix + "drop")(y)
        return layers.add([y, x], name=prefix + "add")

    def inverted(self, x: Any, kernel: int, filters: int, expansion: int, stride: int, drop: float, prefix: str) -> Any:
        """V1's inverted residual."""
        channels, y = x.shape[self.axis], x
        if expansion != 1:
            y = self.conv(y, channels * expansion, 1, prefix + "expand_conv")
            y = self.normalized(y, prefix + "expand_bn", prefix + "expand_activation")
        if stride == 2:
            y = layers.ZeroPadding2D(same_pads(y, kernel), name=prefix + "dwconv_pad")(y)
        y = self.depthwise(y, kernel, stride, prefix + "dwconv", "valid" if stride == 2 else "same")
        y = self.normalized(y, prefix + "bn", prefix + "activation")
        y = self.excited(y, max(1, int(channels * 0.25)), prefix)
        y = self.normalized(self.conv(y, filters, 1, prefix + "project_conv"), prefix + "project_bn")
        return self.added(y, x, drop, prefix) if stride == 1 and channels == filters else y

    def second(self, x: Any, fused: bool, filters: int, expansion: int, stride: int, drop: float, prefix: str) -> Any:
        """V2's blocks: a full convolution in place of the expansion and the depthwise one (fused), or V1's."""
        channels, y = x.shape[self.axis], x
        if expansion != 1:
            size, step = (3, stride) if fused else (1, 1)
            y = self.conv(y, channels * expansion, size, prefix + "expand_conv", strides=step)
            y = self.normalized(y, prefix + "expand_bn", prefix + "expand_activation")
        if not fused:
            y = self.depthwise(y, 3, stride, prefix + "dwconv2", "same")
            y = self.normalized(y, prefix + "bn", prefix + "activation")
            y = self.excited(y, max(1, int(channels * 0.25)), prefix)
        whole = fused and expansion == 1
        y = self.conv(y, filters, 3 if whole else 1, prefix + "project_conv", strides=stride if whole else 1)
        y = self.normalized(y, prefix + "project_bn", prefix + "project_activation" if whole else None)
        return self.added(y, x, drop, prefix) if stride == 1 and channels == filters else y


def _prefixes(counts: Sequence[int], total: int) -> list[tuple[int, bool, str, float]]:
    """Of each block: its stage, whether it is the stage's first, its name, its dropout (`DROP` at `total` blocks)."""
    found: list[tuple[int, bool, str, float]] = []
    for stage, count in enumerate(counts):
        for n in range(count):
            found.append((stage, n == 0, f"block{stage + 1}{chr(97 + n)}_", DROP * len(found) / total))
    return found


def efficientnet(name: str, arch: Architecture) -> Any:
    """EfficientNet; the end of `name` says which."""
    width, depth, _, dropout = SCALES[name[-2:]]
    make = Blocks(arch.axis, 0.99)
    x = layers.Rescaling(1.0 / 255.0)(arch.inputs)
    x = layers.Normalization(axis=arch.axis)(x)
    if arch.weights == "imagenet":  # the published normalization has divided by the variance
        x = layers.Rescaling([1.0 / math.sqrt(each) for each in _DEVIATION])(x)
    x = layers.ZeroPadding2D(same_pads(x, 3), name="stem_conv_pad")(x)
    x = make.conv(x, _width(32, width), 3, "stem_conv", strides=2, padding="valid")
    x = make.normalized(x, "stem_bn", "stem_activation")
    counts = [math.ceil(depth * count) for _, count, *_ in _STAGES]
    for stage, first, prefix, drop in _prefixes(counts, sum(counts)):
        kernel, _, filters, expansion, stride = _STAGES[stage]
        x = make.inverted(x, kernel, _width(filters, width), expansion, stride if first else 1, drop, prefix)
    x = make.conv(x, _width(1280, width), 1, "top_conv")
    x = make.normalized(x, "top_bn", "top_activation")
    return arch.model(_classified(x, arch, dropout, "zeros"), name)


def efficientnet_v2(name: str, arch: Architecture, preprocessing: bool) -> Any:
    """EfficientNetV2; the end of `name` says which."""
    variant = name.rpartition("-")[2]
    stages, first_filters, width, depth, _ = V2_SCALES[variant]
    make = Blocks(arch.axis, 0.9)
    x = arch.inputs
    if preprocessing and variant.startswith("b") and x.shape[arch.axis] == 3:
        x = layers.Rescaling(scale=1.0 / 255)(x)
        if arch.axis == 3:
            x = layers.Normalization(mean=_MEAN, variance=[each**2 for each in _DEVIATION], axis=arch.axis)(x)
    elif preprocessing:
        x = layers.Rescaling(scale=1.0 / 128.0, offset=-1)(x)
    x = make.conv(x, _width(first_filters, width, True), 3, "stem_conv", strides=2)
    x = make.normalized(x, "stem_bn", "stem_activation")
    # The published dropout grows with the blocks of the unscaled model, so that of deeper ones ends above DROP.
    unscaled = [count for count, *_ in stages]
    for stage, first, prefix, drop in _prefixes([math.ceil(depth * count) for count in unscaled], sum(unscaled)):
        _, fused, filters, expansion, stride = stages[stage]
        x = make.second(x, fused, _width(filters, width, True), expansion, stride if first else 1, drop, prefix)
    x = make.conv(x, _width(1280, width, True), 1, "top_conv")
    x = make.normalized(x, "top_bn", "top_activation")
    return arch.model(_classified(x, arch, 0.2, constant_initializer(0)), name)


def _classified(x: Any, arch: Architecture, dropout: float, bias: Any) -> Any:
    if not arch.include_top:
        return arch.pooled(x)
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    x = layers.Dropout(dropout, name="top_dropout")(x)
    return layers.Dense(
        arch.classes,
        activation=arch.activation,
        kernel_initializer=_DENSE,
        bias_initializer=bias,
        name="predictions",
    )(x)
