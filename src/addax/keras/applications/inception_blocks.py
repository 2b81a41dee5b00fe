"""Inception: convolutions of several sizes side by side (Szegedy et al., arXiv:1512.00567 and 1602.07261)."""

from __future__ import annotations

from typing import Any

from addax.keras import layers
from addax.keras.applications.building import Architecture
from addax.keras.registry import register_keras_serializable


class Inception:
    """Makes branches and their ends."""

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def conv(
        self, x: Any, filters: int, size: Any, strides: int = 1, padding: str = "same", name: str | None = None
    ) -> Any:
        """A convolution, batch normalization without a factor, ReLU."""
        x = layers.Conv2D(filters, size, strides=strides, padding=padding, use_bias=False, name=name)(x)
        x = layers.BatchNormalization(axis=self.axis, scale=False, name=name and name + "_bn")(x)
        return layers.Activation("relu", name=name and name + "_ac")(x)

    def chain(self, x: Any, *specs: tuple[int, Any]) -> Any:
        """Convolutions one after the other: (filters, size) each."""
        for filters, size in specs:
            x = self.conv(x, filters, size)
        return x

    def halved(self, x: Any, *specs: tuple[int, Any]) -> Any:
        """The same, the last one over every second place."""
        *first, (filters, size) = specs
        return self.conv(self.chain(x, *first), filters, size, strides=2, padding="valid")

    def averaged(self, x: Any, filters: int) -> Any:
        """An average of neighbours and a convolution."""
        return self.conv(layers.AveragePooling2D(3, strides=1, padding="same")(x), filters, 1)

    def joined(self, branches: list[Any], name: str | None = None) -> Any:
        """The branches' channels one after the other."""
        return layers.Concatenate(axis=self.axis, name=name)(branches)

    def stem(self, x: Any) -> Any:
        """The first layers of both networks."""
        x = self.conv(x, 32, 3, strides=2, padding="valid")
        x = self.conv(self.conv(x, 32, 3, padding="valid"), 64, 3)
        x = layers.MaxPooling2D(3, strides=2)(x)
        x = self.conv(self.conv(x, 80, 1, padding="valid"), 192, 3, padding="valid")
        return layers.MaxPooling2D(3, strides=2)(x)


def inception_v3(name: str, arch: Architecture) -> Any:
    """Inception V3."""
    make = Inception(arch.axis)
    x = make.stem(arch.inputs)
    for n, pooled in enumerate((32, 64, 64)):
        branches = [make.chain(x, (64, 1)), make.chain(x, (48, 1), (64, 5)), make.chain(x, (64, 1), (96, 3), (96, 3))]
        x = make.joined([*branches, make.averaged(x, pooled)], f"mixed{n}")
    branches = [make.halved(x, (384, 3)), make.halved(x, (64, 1), (96, 3), (96, 3))]
    x = make.joined([*branches, layers.MaxPooling2D(3, strides=2)(x)], "mixed3")
    across, down = (1, 7), (7, 1)
    for n, width in enumerate((128, 160, 160, 192), 4):
        branches = [
            make.chain(x, (192, 1)),
            make.chain(x, (width, 1), (width, across), (192, down)),
            make.chain(x, (width, 1), (width, down), (width, across), (width, down), (192, across)),
        ]
        x = make.joined([*branches, make.averaged(x, 192)], f"mixed{n}")
    branches = [make.halved(x, (192, 1), (320, 3)), make.halved(x, (192, 1), (192, across), (192, down), (192, 3))]
    x = make.joined([*branches, layers.MaxPooling2D(3, strides=2)(x)], "mixed8")
    for n in range(2):
        first = make.chain(x, (320, 1))
        second = make.chain(x, (384, 1))
        second = make.joined([make.conv(second, 384, (1, 3)), make.conv(second, 384, (3, 1))], f"mixed9_{n}")
        third = make.chain(x, (448, 1), (384, 3))
        third = make.joined([make.conv(third, 384, (1, 3)), make.conv(third, 384, (3, 1))])
        x = make.joined([first, second, third, make.averaged(x, 192)], f"mixed{9 + n}")
    return arch.model(arch.head(x) if arch.include_top else arch.pooled(x, (None, None)), name)


@register_keras_serializable("Addax")
class CustomScaleLayer(layers.Layer):
    """The first input plus the second times a number.

    Args:
        scale: the number.
        kwargs: as of `Layer`.
    """

    def __init__(self, scale: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = scale

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "scale": self.scale}

    def call(self, inputs: Any) -> Any:
        """The sum."""
        return inputs[0] + inputs[1] * self.scale


def inception_resnet_v2(name: str, arch: Architecture) -> Any:
    """Inception-ResNet V2."""
    make = Inception(arch.axis)

    def block(x: Any, kind: str, number: int, branches: list[Any], scale: float, relu: bool = True) -> Any:
        prefix = f"{kind}_{number}"
        y = make.joined(branches, prefix + "_mixed")
        y = layers.Conv2D(x.shape[arch.axis], 1, padding="same", name=prefix + "_conv")(y)
        x = CustomScaleLayer(scale)([x, y])
        return layers.Activation("relu", name=prefix + "_ac")(x) if relu else x

    x = make.stem(arch.inputs)
    branches = [make.chain(x, (96, 1)), make.chain(x, (48, 1), (64, 5)), make.chain(x, (64, 1), (96, 3), (96, 3))]
    x = make.joined([*branches, make.averaged(x, 64)], "mixed_5b")
    for n in range(1, 11):
        branches = [make.chain(x, (32, 1)), make.chain(x, (32, 1), (32, 3)), make.chain(x, (32, 1), (48, 3), (64, 3))]
        x = block(x, "block35", n, branches, 0.17)
    branches = [make.halved(x, (384, 3)), make.halved(x, (256, 1), (256, 3), (384, 3))]
    x = make.joined([*branches, layers.MaxPooling2D(3, strides=2)(x)], "mixed_6a")
    for n in range(1, 21):
        branches = [make.chain(x, (192, 1)), make.chain(x, (128, 1), (160, (1, 7)), (192, (7, 1)))]
        x = block(x, "block17", n, branches, 0.1)
    branches = [make.halved(x, (256, 1), (384, 3)), make.halved(x, (256, 1), (288, 3))]
    branches += [make.halved(x, (256, 1), (288, 3), (320, 3)), layers.MaxPooling2D(3, strides=2)(x)]
    x = make.joined(branches, "mixed_7a")
    for n in range(1, 11):
        branches = [make.chain(x, (192, 1)), make.chain(x, (192, 1), (224, (1, 3)), (256, (3, 1)))]
        x = block(x, "block8", n, branches, 0.2 if n < 10 else 1.0, relu=n < 10)
    x = make.conv(x, 1536, 1, name="conv_7b")
    return arch.model(arch.head(x) if arch.include_top else arch.pooled(x, (None, None)), name)
