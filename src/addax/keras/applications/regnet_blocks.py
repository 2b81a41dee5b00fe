"""RegNet: regular networks, X plain and Y with squeeze-and-excite (Radosavovic et al., arXiv:2003.13678)."""

from __future__ import annotations

from typing import Any

from addax.keras import layers, naming
from addax.keras.applications.building import Architecture
from addax.ops import math as ops_math

# Of each variant: blocks and widths of the four stages, channels in a group of the convolutions.
VARIANTS = {
    "x002": ((1, 1, 4, 7), (24, 56, 152, 368), 8), "x004": ((1, 2, 7, 12), (32, 64, 160, 384), 16),
    "x006": ((1, 3, 5, 7), (48, 96, 240, 528), 24), "x008": ((1, 3, 7, 5), (64, 128, 288, 672), 16),
    "x016": ((2, 4, 10, 2), (72, 168, 408, 912), 24), "x032": ((2, 6, 15, 2), (96, 192, 432, 1008), 48),
    "x040": ((2, 5, 14, 2), (80, 240, 560, 1360), 40), "x064": ((2, 4, 10, 1), (168, 392, 784, 1624), 56),
    "x080": ((2, 5, 15, 1), (80, 240, 720, 1920), 120), "x120": ((2, 5, 11, 1), (224, 448, 896, 2240), 112),
    "x160": ((2, 6, 13, 1), (256, 512, 896, 2048), 128), "x320": ((2, 7, 13, 1), (336, 672, 1344, 2520), 168),
    "y002": ((1, 1, 4, 7), (24, 56, 152, 368), 8), "y004": ((1, 3, 6, 6), (48, 104, 208, 440), 8),
    "y006": ((1, 3, 7, 4), (48, 112, 256, 608), 16), "y008": ((1, 3, 8, 2), (64, 128, 320, 768), 16),
    "y016": ((2, 6, 17, 2), (48, 120, 336, 888), 24), "y032": ((2, 5, 13, 1), (72, 216, 576, 1512), 24),
    "y040": ((2, 6, 12, 2), (128, 192, 512, 1088), 64), "y064": ((2, 7, 14, 2), (144, 288, 576, 1296), 72),
    "y080": ((2, 4, 10, 1), (168, 448, 896, 2016), 56), "y120": ((2, 5, 11, 1), (224, 448, 896, 2240), 112),
    "y160": ((2, 4, 11, 1), (224, 448, 1232, 3024), 112), "y320": ((2, 5, 12, 1), (232, 696, 1392, 3712), 232),
}  # fmt: skip


def _conv(x: Any, filters: int, size: int, name: str, **options: Any) -> Any:
    return layers.Conv2D(filters, size, use_bias=False, kernel_initializer="he_normal", name=name, **options)(x)


def _normalized(x: Any, prefix: str, relu: bool = True) -> Any:
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=prefix + "_bn")(x)
    return layers.ReLU(name=prefix + "_relu")(x) if relu else x


def _excited(x: Any, squeezed: int, prefix: str) -> Any:
    y = layers.GlobalAveragePooling2D(keepdims=True, name=prefix + "_gap")(x)
    options = {"kernel_initializer": "he_normal"}
    y = layers.Conv2D(squeezed, 1, activation="relu", name=prefix + "_squeeze", **options)(y)
    y = layers.Conv2D(x.shape[-1], 1, activation="sigmoid", name=prefix + "_excite", **options)(y)
    return ops_math.multiply(y, x)


def _block(x: Any, filters: int, group: int, stride: int, excite: bool, prefix: str) -> Any:
    channels, groups, skip = x.shape[-1], max(1, filters // group), x
    if stride > 1 or channels != filters:
        skip = _conv(x, filters, 1, prefix + "_skip_1x1", strides=stride)
        skip = layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=prefix + "_skip_bn")(skip)
    y = _normalized(_conv(x, filters, 1, prefix + "_conv_1x1_1"), prefix + "_conv_1x1_1")
    y = _conv(y, filters, 3, prefix + "_conv_3x3", strides=stride, groups=groups, padding="same")
    y = _normalized(y, prefix + "_conv_3x3")
    if excite:
        y = _excited(y, int(channels * 0.25), prefix + "_squeeze_and_excite")
    y = _normalized(_conv(y, filters, 1, prefix + "_conv_1x1_2"), prefix + "_conv_1x1_2", relu=False)
    return layers.ReLU(name=prefix + "_exit_relu")(y + skip)


def regnet(name: str, kind: str, arch: Architecture, preprocessing: bool) -> Any:
    """A RegNet of one of `VARIANTS`; all its layers' names begin with `name`."""
    depths, widths, group = VARIANTS[kind]
    letter = kind[0].upper()
    x = (
        layers.Rescaling(scale=1.0 / 255.0, name=name + "_prestem_rescaling")(arch.inputs)
        if preprocessing
        else arch.inputs
    )
    x = _normalized(_conv(x, 32, 3, name + "_stem_conv", strides=2, padding="same"), name + "_stem")
    for stage, (count, width) in enumerate(zip(depths, widths, strict=True)):
        for n in range(count):
            prefix = f"{name}_Stage_{stage}_{letter}Block_{n}"
            x = _block(x, width, group, 1 if n else 2, letter == "Y", prefix)
    if not arch.include_top:
        return arch.model(arch.pooled(x, (None, None)), name)
    number = naming.get_uid("head")  # the published models name their heads so; their classifiers give logits
    x = layers.GlobalAveragePooling2D(name=f"{number}_head_gap")(x)
    return arch.model(layers.Dense(arch.classes, name=f"{number}head_dense")(x), name)
