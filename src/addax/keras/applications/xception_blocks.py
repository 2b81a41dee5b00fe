"""Xception: depthwise separable convolutions throughout (Chollet, arXiv:1610.02357)."""

from __future__ import annotations

from typing import Any

from addax.keras import layers
from addax.keras.applications.building import Architecture


def xception(name: str, arch: Architecture) -> Any:
    """Xception."""

    def normalized(x: Any, name: str | None = None) -> Any:
        return layers.BatchNormalization(axis=arch.axis, name=name)(x)

    def relu(x: Any, name: str) -> Any:
        return layers.Activation("relu", name=name)(x)

    def separable(x: Any, filters: int, name: str) -> Any:
        x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
        return normalized(x, name + "_bn")

    x = arch.inputs
    for n, (filters, stride) in enumerate(((32, 2), (64, 1)), 1):
        prefix = f"block1_conv{n}"
        x = layers.Conv2D(filters, 3, strides=stride, use_bias=False, name=prefix)(x)
        x = relu(normalized(x, prefix + "_bn"), prefix + "_act")
    for block in range(2, 14):
        prefix = f"block{block}_sepconv"
        halving = {2: (128, 128), 3: (256, 256), 4: (728, 728), 13: (728, 1024)}.get(block)
        y, shortcut = x, x
        if halving:
            shortcut = layers.Conv2D(halving[1], 1, strides=2, padding="same", use_bias=False)(x)
            shortcut = normalized(shortcut)
        for n, filters in enumerate(halving or (728, 728, 728), 1):
            if not (block == 2 and n == 1):
                y = relu(y, f"{prefix}{n}_act")
            y = separable(y, filters, f"{prefix}{n}")
        if halving:
            y = layers.MaxPooling2D(3, strides=2, padding="same", name=f"block{block}_pool")(y)
        x = layers.add([y, shortcut])
    for n, filters in enumerate((1536, 2048), 1):
        x = relu(separable(x, filters, f"block14_sepconv{n}"), f"block14_sepconv{n}_act")
    return arch.model(arch.head(x) if arch.include_top else arch.pooled(x, (None, None)), name)
