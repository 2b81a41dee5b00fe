"""ConvNeXt: convolutions arranged as in a transformer (Liu et al., arXiv:2201.03545)."""

from __future__ import annotations

from typing import Any

from addax.keras import layers
from addax.keras.applications.building import Architecture
from addax.keras.models import Sequential
from addax.keras.registry import register_keras_serializable

# Of each variant: blocks and widths of the four stages.
VARIANTS = {
    "tiny": ((3, 3, 9, 3), (96, 192, 384, 768)),
    "small": ((3, 3, 27, 3), (96, 192, 384, 768)),
    "base": ((3, 3, 27, 3), (128, 256, 512, 1024)),
    "large": ((3, 3, 27, 3), (192, 384, 768, 1536)),
    "xlarge": ((3, 3, 27, 3), (256, 512, 1024, 2048)),
}
# Of ImageNet's channels, values 0 to 255.
_MEAN, _DEVIATION = (0.485 * 255, 0.456 * 255, 0.406 * 255), (0.229 * 255, 0.224 * 255, 0.225 * 255)
_SCALE = 1e-6  # what the result of a block is scaled by at first


@register_keras_serializable("Addax")
class LayerScale(layers.Layer):
    """A learned factor for each channel (Touvron et al., arXiv:2103.17239).

    Args:
        init_values: the factors at first.
        projection_dim: the number of channels.
        kwargs: as of `Layer`.
    """

    def __init__(self, init_values: float, projection_dim: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.init_values = init_values
        self.projection_dim = projection_dim

    def build(self, input_shape: Any) -> None:
        """Make the factors."""
        self.gamma = self.add_weight(
            name="gamma", shape=(self.projection_dim,), initializer=_constant(self.init_values), trainable=True
        )
        super().build(input_shape)

    def call(self, x: Any) -> Any:
        """x times the factors."""
        return x * self.gamma

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "init_values": self.init_values, "projection_dim": self.projection_dim}


def _constant(value: float) -> Any:
    from addax.keras import initializers

    return initializers.Constant(value)


def _block(x: Any, width: int, prefix: str) -> Any:
    y = layers.Conv2D(width, 7, padding="same", groups=width, name=prefix + "_depthwise_conv")(x)
    y = layers.LayerNormalization(epsilon=1e-6, name=prefix + "_layernorm")(y)
    y = layers.Dense(4 * width, name=prefix + "_pointwise_conv_1")(y)
    y = layers.Activation("gelu", name=prefix + "_gelu")(y)
    y = layers.Dense(width, name=prefix + "_pointwise_conv_2")(y)
    y = LayerScale(_SCALE, width, name=prefix + "_layer_scale")(y)
    return x + layers.Activation("linear", name=prefix + "_identity")(y)


def convnext(name: str, kind: str, arch: Architecture, preprocessing: bool) -> Any:
    """A ConvNeXt of one of `VARIANTS`; all its layers' names begin with `name`."""
    depths, widths = VARIANTS[kind]
    x = arch.inputs
    if preprocessing:
        x = _normalized(x, arch, name + "_prestem_normalization")
    stem = [
        layers.Conv2D(widths[0], 4, strides=4, name=name + "_stem_conv"),
        layers.LayerNormalization(epsilon=1e-6, name=name + "_stem_layernorm"),
    ]
    x = Sequential(stem, name=name + "_stem")(x)
    for stage, (count, width) in enumerate(zip(depths, widths, strict=True)):
        if stage:
            prefix = f"{name}_downsampling_"
            down = [
                layers.LayerNormalization(epsilon=1e-6, name=f"{prefix}layernorm_{stage - 1}"),
                layers.Conv2D(width, 2, strides=2, name=f"{prefix}conv_{stage - 1}"),
            ]
            x = Sequential(down, name=f"{prefix}block_{stage - 1}")(x)
        for n in range(count):
            x = _block(x, width, f"{name}_stage_{stage}_block_{n}")
    if not arch.include_top:
        x = layers.LayerNormalization(epsilon=1e-6)(arch.pooled(x, (None, None)))
        return arch.model(x, name)
    x = layers.GlobalAveragePooling2D(name=name + "_head_gap")(x)
    x = layers.LayerNormalization(epsilon=1e-6, name=name + "_head_layernorm")(x)
    return arch.model(layers.Dense(arch.classes, activation=arch.activation, name=name + "_head_dense")(x), name)


def _normalized(x: Any, arch: Architecture, name: str) -> Any:
    variance = [each**2 for each in _DEVIATION]
    if arch.axis == 3:
        return layers.Normalization(mean=list(_MEAN), variance=variance, name=name)(x)
    x = layers.Permute((2, 3, 1))(x)
    return layers.Permute((3, 1, 2))(layers.Normalization(mean=list(_MEAN), variance=variance, name=name)(x))
