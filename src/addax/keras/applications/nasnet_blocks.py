"""NASNet: cells found by search (Zoph et al., arXiv:1707.07012)."""

from __future__ import annotations

from typing import Any

from addax.keras import layers
from addax.keras.applications.building import Architecture, same_pads


class Cells:
    """Makes cells; each takes the results of the two cells before it."""

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def normalized(self, x: Any, name: str) -> Any:
        """Batch normalization."""
        return layers.BatchNormalization(axis=self.axis, momentum=0.9997, epsilon=1e-3, name=name)(x)

    def conv(self, x: Any, filters: int, size: int, name: str, **options: Any) -> Any:
        """A convolution without a bias."""
        return layers.Conv2D(filters, size, use_bias=False, kernel_initializer="he_normal", name=name, **options)(x)

    def _separable(self, x: Any, filters: int, size: int, name: str, stride: int = 1) -> Any:
        """ReLU, separable convolution, normalization, twice; the first may halve the image."""
        options: dict[str, Any] = {"use_bias": False, "kernel_initializer": "he_normal"}
        x = layers.Activation("relu")(x)
        padding = "same"
        if stride == 2:
            x, padding = layers.ZeroPadding2D(same_pads(x, size), name=f"separable_conv_1_pad_{name}")(x), "valid"
        x = layers.SeparableConv2D(
            filters, size, strides=stride, padding=padding, name=f"separable_conv_1_{name}", **options
        )(x)
        x = layers.Activation("relu")(self.normalized(x, f"separable_conv_1_bn_{name}"))
        x = layers.SeparableConv2D(filters, size, padding="same", name=f"separable_conv_2_{name}", **options)(x)
        return self.normalized(x, f"separable_conv_2_bn_{name}")

    def _adjusted(self, earlier: Any, x: Any, filters: int, cell: str) -> Any:
        """The earlier result in the size and width of this cell."""
        if earlier is None:
            return x
        spatial = 2 if self.axis == 3 else 3
        if earlier.shape[spatial] != x.shape[spatial]:
            earlier = layers.Activation("relu", name=f"adjust_relu_1_{cell}")(earlier)
            shifted = layers.ZeroPadding2D(((0, 1), (0, 1)))(earlier)
            shifted = layers.Cropping2D(((1, 0), (1, 0)))(shifted)
            parts = []
            for n, part in enumerate((earlier, shifted), 1):
                part = layers.AveragePooling2D(1, strides=2, name=f"adjust_avg_pool_{n}_{cell}")(part)
                parts.append(self.conv(part, filters // 2, 1, f"adjust_conv_{n}_{cell}", padding="same"))
            return self.normalized(layers.concatenate(parts), f"adjust_bn_{cell}")
        if earlier.shape[self.axis] != filters:
            earlier = layers.Activation("relu")(earlier)
            earlier = self.conv(earlier, filters, 1, f"adjust_conv_projection_{cell}", padding="same")
            return self.normalized(earlier, f"adjust_bn_{cell}")
        return earlier

    def normal(self, x: Any, earlier: Any, filters: int, cell: str) -> tuple[Any, Any]:
        """A cell that keeps the size; returns its result and what the next takes as the earlier one."""
        p = self._adjusted(earlier, x, filters, cell)
        h = self.conv(layers.Activation("relu")(x), filters, 1, f"normal_conv_1_{cell}", padding="same")
        h = self.normalized(h, f"normal_bn_1_{cell}")

        def average(y: Any, side: str) -> Any:
            return layers.AveragePooling2D(3, strides=1, padding="same", name=f"normal_{side}_{cell}")(y)

        def summed(parts: list[Any], n: int) -> Any:
            return layers.add(parts, name=f"normal_add_{n}_{cell}")

        first = summed(
            [
                self._separable(h, filters, 5, f"normal_left1_{cell}"),
                self._separable(p, filters, 3, f"normal_right1_{cell}"),
            ],
            1,
        )
        second = summed(
            [
                self._separable(p, filters, 5, f"normal_left2_{cell}"),
                self._separable(p, filters, 3, f"normal_right2_{cell}"),
            ],
            2,
        )
        third = summed([average(h, "left3"), p], 3)
        fourth = summed([average(p, "left4"), average(p, "right4")], 4)
        fifth = summed([self._separable(h, filters, 3, f"normal_left5_{cell}"), h], 5)
        return layers.concatenate([p, first, second, third, fourth, fifth], name=f"normal_concat_{cell}"), x

    def reduction(self, x: Any, earlier: Any, filters: int, cell: str) -> tuple[Any, Any]:
        """A cell that halves the size."""
        p = self._adjusted(earlier, x, filters, cell)
        h = self.conv(layers.Activation("relu")(x), filters, 1, f"reduction_conv_1_{cell}", padding="same")
        h = self.normalized(h, f"reduction_bn_1_{cell}")
        padded = layers.ZeroPadding2D(same_pads(h, 3), name=f"reduction_pad_1_{cell}")(h)

        def halved(y: Any, size: int, side: str) -> Any:
            return self._separable(y, filters, size, f"reduction_{side}_{cell}", stride=2)

        first = layers.add([halved(h, 5, "left1"), halved(p, 7, "right1")], name=f"reduction_add_1_{cell}")
        largest = layers.MaxPooling2D(3, strides=2, name=f"reduction_left2_{cell}")(padded)
        second = layers.add([largest, halved(p, 7, "right2")], name=f"reduction_add_2_{cell}")
        mean = layers.AveragePooling2D(3, strides=2, name=f"reduction_left3_{cell}")(padded)
        third = layers.add([mean, halved(p, 5, "right3")], name=f"reduction_add3_{cell}")
        near = layers.AveragePooling2D(3, strides=1, padding="same", name=f"reduction_left4_{cell}")(first)
        fourth = layers.add([second, near])
        left = self._separable(first, filters, 3, f"reduction_left4_{cell}")
        largest = layers.MaxPooling2D(3, strides=2, name=f"reduction_right5_{cell}")(padded)
        fifth = layers.add([left, largest], name=f"reduction_add4_{cell}")
        return layers.concatenate([second, third, fourth, fifth], name=f"reduction_concat_{cell}"), x


def nasnet(arch: Architecture, penultimate: int, repeats: int, first_filters: int, skips: bool) -> Any:
    """A NASNet; `penultimate` filters at its end, `repeats` normal cells between reductions."""
    make = Cells(arch.axis)
    filters = penultimate // 24
    x = make.conv(arch.inputs, first_filters, 3, "stem_conv1", strides=2, padding="valid")
    x = make.normalized(x, "stem_bn1")
    x, p = make.reduction(x, None, filters // 4, "stem_1")
    x, p = make.reduction(x, p, filters // 2, "stem_2")
    for stage in range(3):
        if stage:
            x, before = make.reduction(x, p, filters * 2**stage, f"reduce_{stage * repeats}")
            p = p if skips else before
        for n in range(repeats):
            x, p = make.normal(x, p, filters * 2**stage, str(stage * repeats + n + (stage > 0)))
    x = layers.Activation("relu")(x)
    return arch.model(arch.head(x, pool=None), "NASNet")
