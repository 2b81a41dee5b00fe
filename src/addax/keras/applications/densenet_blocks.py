"""DenseNet: every layer sees all layers before it (Huang et al., arXiv:1608.06993)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from addax.keras import layers
from addax.keras.applications.building import Architecture

GROWTH = 32


def densenet(name: str, blocks: Sequence[int], arch: Architecture) -> Any:
    """A DenseNet with as many layers in its four blocks as `blocks` says."""

    def normalized(x: Any, prefix: str, bn: str = "_bn", relu: str = "_relu") -> Any:
        x = layers.BatchNormalization(axis=arch.axis, epsilon=1.001e-5, name=prefix + bn)(x)
        return layers.Activation("relu", name=prefix + relu)(x)

    def convolved(x: Any, filters: int, size: int, name: str, **options: Any) -> Any:
        return layers.Conv2D(filters, size, use_bias=False, name=name, **options)(x)

    x = layers.ZeroPadding2D(((3, 3), (3, 3)))(arch.inputs)
    x = normalized(convolved(x, 64, 7, "conv1/conv", strides=2), "conv1", "/bn", "/relu")
    x = layers.MaxPooling2D(3, strides=2, name="pool1")(layers.ZeroPadding2D(((1, 1), (1, 1)))(x))
    for stage, count in enumerate(blocks, 2):
        for n in range(1, count + 1):
            prefix = f"conv{stage}_block{n}"
            y = convolved(normalized(x, prefix + "_0"), 4 * GROWTH, 1, prefix + "_1_conv")
            y = convolved(normalized(y, prefix + "_1"), GROWTH, 3, prefix + "_2_conv", padding="same")
            x = layers.Concatenate(axis=arch.axis, name=prefix + "_concat")([x, y])
        if stage < 5:
            prefix = f"pool{stage}"
            x = normalized(x, prefix)
            x = convolved(x, x.shape[arch.axis] // 2, 1, prefix + "_conv")
            x = layers.AveragePooling2D(2, strides=2, name=prefix + "_pool")(x)
    return arch.model(arch.head(normalized(x, "", "bn", "relu")), name)
