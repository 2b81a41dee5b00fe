"""ResNet-RS: ResNets trained and scaled anew (Bello et al., arXiv:2103.07579)."""

from __future__ import annotations

from typing import Any

from addax.keras import layers
from addax.keras.applications.building import Architecture

# Of each depth: blocks in the four groups, dropout before the classifier, whether whole blocks are dropped.
VARIANTS = {
    50: ((3, 4, 6, 3), 0.25, False), 101: ((3, 4, 23, 3), 0.25, False), 152: ((3, 8, 36, 3), 0.25, False),
    200: ((3, 24, 36, 3), 0.25, True), 270: ((4, 29, 53, 4), 0.25, True), 350: ((4, 36, 72, 4), 0.4, True),
    420: ((4, 44, 87, 4), 0.4, True),
}  # fmt: skip
_DROP = 0.1  # of blocks in the last group
_MEAN, _VARIANCE = [0.485, 0.456, 0.406], [0.229**2, 0.224**2, 0.225**2]
_CONV = {
    "class_name": "VarianceScaling",
    "config": {"scale": 2.0, "mode": "fan_out", "distribution": "truncated_normal"},
}


class Blocks:
    """Makes the layers; `axis` is that of the channels."""

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def conv(self, x: Any, filters: int, size: int, stride: int, name: str) -> Any:
        """A convolution without a bias, padded on both sides if it halves the image."""
        if stride > 1:
            before = (size - 1) // 2
            x = layers.ZeroPadding2D(((before, size - 1 - before),) * 2)(x)
        return layers.Conv2D(
            filters, size, strides=stride, padding="same" if stride == 1 else "valid", use_bias=False,
            kernel_initializer=_CONV, name=name,
        )(x)  # fmt: skip

    def normalized(self, x: Any, name: str, activation: str | None = None) -> Any:
        """Batch normalization and, if named, ReLU."""
        x = layers.BatchNormalization(axis=self.axis, momentum=0.0, epsilon=1e-5, name=name)(x)
        return layers.Activation("relu", name=activation)(x) if activation else x

    def _excited(self, x: Any, filters: int, prefix: str) -> Any:
        shape = (1, 1, x.shape[-1]) if self.axis == 3 else (x.shape[1], 1, 1)
        y = layers.GlobalAveragePooling2D(name=prefix + "_se_squeeze")(x)
        y = layers.Reshape(shape, name=prefix + "_se_reshape")(y)
        options: dict[str, Any] = {"padding": "same", "kernel_initializer": _CONV}
        squeezed = max(1, int(filters * 4 * 0.25))
        y = layers.Conv2D(squeezed, 1, activation="relu", name=prefix + "_se_reduce", **options)(y)
        y = layers.Conv2D(4 * filters, 1, activation="sigmoid", name=prefix + "_se_expand", **options)(y)
        return layers.multiply([x, y], name=prefix + "_se_excite")

    def block(self, x: Any, filters: int, stride: int, first: bool, drop: float, prefix: str) -> Any:
        """A bottleneck with squeeze-and-excite."""
        shortcut = x
        if first:
            if stride > 1:
                shortcut = layers.AveragePooling2D(2, strides=2, padding="same", name=prefix + "__projection_pooling")(
                    x
                )
            shortcut = self.conv(shortcut, 4 * filters, 1, 1, prefix + "__projection_conv")
            shortcut = self.normalized(shortcut, prefix + "__projection_batch_norm")
        y = self.conv(x, filters, 1, 1, prefix + "__conv_1")
        y = self.normalized(y, prefix + "_batch_norm_1", prefix + "__act_1")
        y = self.conv(y, filters, 3, stride, prefix + "__conv_2")
        y = self.normalized(y, prefix + "__batch_norm_2", prefix + "__act_2")
        y = self.conv(y, 4 * filters, 1, 1, prefix + "__conv_3")
        y = self._excited(self.normalized(y, prefix + "__batch_norm_3"), filters, prefix + "__se")
        if drop:
            y = layers.Dropout(drop, noise_shape=(None, 1, 1, 1), name=prefix + "__drop")(y)
        y = layers.Add()([y, shortcut])
        return layers.Activation("relu", name=prefix + "__output_act")(y)


def resnet_rs(name: str, depth: int, arch: Architecture, preprocessing: bool) -> Any:
    """A ResNet-RS of one of `VARIANTS`."""
    counts, dropout, drops = VARIANTS[depth]
    make = Blocks(arch.axis)
    x = arch.inputs
    if preprocessing:
        x = layers.Rescaling(scale=1.0 / 255)(x)
        if arch.axis == 3:
            x = layers.Normalization(mean=_MEAN, variance=_VARIANCE, axis=arch.axis)(x)
    for n, (filters, stride) in enumerate(((32, 2), (32, 1), (64, 1), (64, 2)), 1):
        x = make.conv(x, filters, 3, stride, f"stem_1_stem_conv_{n}")
        x = make.normalized(x, f"stem_1_stem_batch_norm_{n}", f"stem_1_stem_act_{n}")
    for group, (count, filters) in enumerate(zip(counts, (64, 128, 256, 512), strict=True), 2):
        drop = 2 * _DROP * group / 10 if drops else 0.0
        for n in range(count):
            stride = 2 if n == 0 and group > 2 else 1
            x = make.block(x, filters, stride, n == 0, drop, f"BlockGroup{group}__block_{n}")
    return arch.model(arch.head(x, dropout=dropout), name)
