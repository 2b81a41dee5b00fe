"""MobileNetV3: found by search, with squeeze-and-excite and hard swish (Howard et al., arXiv:1905.02244)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.keras import layers
from addax.keras.applications.building import Architecture, same_pads
from addax.keras.applications.mobilenet_blocks import divisible

# Of each block: expansion, filters, kernel, stride, squeeze-and-excite, hard swish instead of ReLU.
SMALL = [
    (1, 16, 3, 2, True, False), (72 / 16, 24, 3, 2, False, False), (88 / 24, 24, 3, 1, False, False),
    (4, 40, 5, 2, True, True), *[(6, 40, 5, 1, True, True)] * 2, *[(3, 48, 5, 1, True, True)] * 2,
    (6, 96, 5, 2, True, True), *[(6, 96, 5, 1, True, True)] * 2,
]  # fmt: skip
LARGE = [
    (1, 16, 3, 1, False, False), (4, 24, 3, 2, False, False), (3, 24, 3, 1, False, False), (3, 40, 5, 2, True, False),
    *[(3, 40, 5, 1, True, False)] * 2, (6, 80, 3, 2, False, True), (2.5, 80, 3, 1, False, True),
    *[(2.3, 80, 3, 1, False, True)] * 2, *[(6, 112, 3, 1, True, True)] * 2, (6, 160, 5, 2, True, True),
    *[(6, 160, 5, 1, True, True)] * 2,
]  # fmt: skip


def _relu(x: Any) -> Any:
    return layers.ReLU()(x)


def _hard_sigmoid(x: Any) -> Any:
    return layers.ReLU(6.0)(x + 3.0) * (1.0 / 6.0)


def _hard_swish(x: Any) -> Any:
    return layers.Multiply()([x, _hard_sigmoid(x)])


class Blocks:
    """Makes inverted residuals with the activations and kernels of a variant."""

    def __init__(self, axis: int, alpha: float, minimal: bool) -> None:
        self.axis, self.alpha, self.minimal = axis, alpha, minimal
        self.swish: Callable[[Any], Any] = _relu if minimal else _hard_swish

    def normalized(self, x: Any, name: str) -> Any:
        """Batch normalization."""
        return layers.BatchNormalization(axis=self.axis, epsilon=1e-3, momentum=0.999, name=name)(x)

    def _excited(self, x: Any, prefix: str) -> Any:
        channels = x.shape[self.axis]
        y = layers.GlobalAveragePooling2D(keepdims=True, name=prefix + "AvgPool")(x)
        y = layers.Conv2D(divisible(channels * 0.25), 1, padding="same", name=prefix + "Conv")(y)
        y = layers.ReLU(name=prefix + "Relu")(y)
        y = layers.Conv2D(channels, 1, padding="same", name=prefix + "Conv_1")(y)
        return layers.Multiply(name=prefix + "Mul")([x, _hard_sigmoid(y)])

    def block(self, x: Any, number: int, spec: tuple[Any, ...]) -> Any:
        """One inverted residual."""
        expansion, filters, kernel, stride, excite, swish = spec
        kernel, excite = (3, False) if self.minimal else (kernel, excite)
        activation = self.swish if swish else _relu
        prefix = f"expanded_conv_{number}/" if number else "expanded_conv/"
        channels, y = x.shape[self.axis], x
        out = divisible(filters * self.alpha)
        if number:
            y = layers.Conv2D(
                divisible(channels * expansion), 1, padding="same", use_bias=False, name=prefix + "expand"
            )(y)
            y = activation(self.normalized(y, prefix + "expand/BatchNorm"))
        if stride == 2:
            y = layers.ZeroPadding2D(same_pads(y, kernel), name=prefix + "depthwise/pad")(y)
        y = layers.DepthwiseConv2D(
            kernel, strides=stride, padding="same" if stride == 1 else "valid", use_bias=False,
            name=prefix + "depthwise",
        )(y)  # fmt: skip
        y = activation(self.normalized(y, prefix + "depthwise/BatchNorm"))
        if excite:
            y = self._excited(y, prefix + "squeeze_excite/")
        y = layers.Conv2D(out, 1, padding="same", use_bias=False, name=prefix + "project")(y)
        y = self.normalized(y, prefix + "project/BatchNorm")
        return layers.Add(name=prefix + "Add")([x, y]) if stride == 1 and channels == out else y


def mobilenet_v3(
    name: str, arch: Architecture, specs: list[Any], last: int, alpha: float, minimal: bool, dropout: float,
    preprocessing: bool,
) -> Any:  # fmt: skip
    """MobileNetV3; `last` is the width of the layer before the classifier."""
    make = Blocks(arch.axis, alpha, minimal)
    x = layers.Rescaling(scale=1.0 / 127.5, offset=-1.0)(arch.inputs) if preprocessing else arch.inputs
    x = layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False, name="Conv")(x)
    x = make.swish(make.normalized(x, "Conv/BatchNorm"))
    for number, spec in enumerate(specs):
        x = make.block(x, number, spec)
    x = layers.Conv2D(divisible(x.shape[arch.axis] * 6), 1, padding="same", use_bias=False, name="Conv_1")(x)
    x = make.swish(make.normalized(x, "Conv_1/BatchNorm"))
    if not arch.include_top:
        return arch.model(arch.pooled(x), name)
    last = divisible(last * alpha) if alpha > 1.0 else last
    x = layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = make.swish(layers.Conv2D(last, 1, padding="same", use_bias=True, name="Conv_2")(x))
    if dropout > 0:
        x = layers.Dropout(dropout)(x)
    x = layers.Flatten()(layers.Conv2D(arch.classes, 1, padding="same", name="Logits")(x))
    return arch.model(layers.Activation(arch.activation, name="Predictions")(x), name)
