"""ResNet (He et al., arXiv:1512.03385) and its second form with activations first (arXiv:1603.05027)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from addax.keras import layers
from addax.keras.applications.building import Architecture


class Residual:
    """Makes the layers of a ResNet; `axis` is that of the channels."""

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def normalized(self, x: Any, prefix: str, activated: bool = True) -> Any:
        """Batch normalization and, usually, ReLU."""
        x = layers.BatchNormalization(axis=self.axis, epsilon=1.001e-5, name=prefix + "_bn")(x)
        return layers.Activation("relu", name=prefix + "_relu")(x) if activated else x

    def block_v1(self, x: Any, filters: int, stride: int, widens: bool, prefix: str) -> Any:
        """Convolutions of 1, 3, 1 beside a shortcut; ReLU of the sum."""
        shortcut = x
        if widens:
            shortcut = layers.Conv2D(4 * filters, 1, strides=stride, name=prefix + "_0_conv")(x)
            shortcut = self.normalized(shortcut, prefix + "_0", activated=False)
        y = layers.Conv2D(filters, 1, strides=stride, name=prefix + "_1_conv")(x)
        y = self.normalized(y, prefix + "_1")
        y = layers.Conv2D(filters, 3, padding="same", name=prefix + "_2_conv")(y)
        y = self.normalized(y, prefix + "_2")
        y = layers.Conv2D(4 * filters, 1, name=prefix + "_3_conv")(y)
        y = self.normalized(y, prefix + "_3", activated=False)
        y = layers.Add(name=prefix + "_add")([shortcut, y])
        return layers.Activation("relu", name=prefix + "_out")(y)

    def block_v2(self, x: Any, filters: int, stride: int, widens: bool, prefix: str) -> Any:
        """The same with normalization and ReLU before each convolution."""
        first = self.normalized(x, prefix + "_preact")
        if widens:
            shortcut = layers.Conv2D(4 * filters, 1, strides=stride, name=prefix + "_0_conv")(first)
        else:
            shortcut = layers.MaxPooling2D(1, strides=stride)(x) if stride > 1 else x
        y = layers.Conv2D(filters, 1, strides=1, use_bias=False, name=prefix + "_1_conv")(first)
        y = self.normalized(y, prefix + "_1")
        y = layers.ZeroPadding2D(((1, 1), (1, 1)), name=prefix + "_2_pad")(y)
        y = layers.Conv2D(filters, 3, strides=stride, use_bias=False, name=prefix + "_2_conv")(y)
        y = self.normalized(y, prefix + "_2")
        y = layers.Conv2D(4 * filters, 1, name=prefix + "_3_conv")(y)
        return layers.Add(name=prefix + "_out")([shortcut, y])


def resnet(name: str, counts: Sequence[int], arch: Architecture, second: bool = False) -> Any:
    """A ResNet with `counts` blocks in its four stages; `second` for V2."""
    make = Residual(arch.axis)
    block: Callable[..., Any] = make.block_v2 if second else make.block_v1
    x = layers.ZeroPadding2D(((3, 3), (3, 3)), name="conv1_pad")(arch.inputs)
    x = layers.Conv2D(64, 7, strides=2, name="conv1_conv")(x)
    if not second:
        x = make.normalized(x, "conv1")
    x = layers.ZeroPadding2D(((1, 1), (1, 1)), name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)
    for stage, (count, filters) in enumerate(zip(counts, (64, 128, 256, 512), strict=True), 2):
        # V1 halves the picture in a stage's first block, V2 in its last.
        halving = (count if second else 1) if stage < 5 or not second else 0
        halving = 0 if stage == 2 and not second else halving
        for n in range(1, count + 1):
            x = block(x, filters, 2 if n == halving else 1, n == 1, f"conv{stage}_block{n}")
    if second:
        x = make.normalized(x, "post")
    return arch.model(arch.head(x), name)
