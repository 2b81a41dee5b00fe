"""Layers that repeat steps and pixels, or interpolate between them: UpSampling1D, UpSampling2D, UpSampling3D."""

from __future__ import annotations

from typing import Any

from addax.core import errors
from addax.core.shapes import TensorShape
from addax.keras.layers import arguments
from addax.keras.layers.base import Layer
from addax.keras.layers.input_spec import InputSpec
from addax.keras.layers.shape_rules import by_rule
from addax.ops import array, image_resize
from addax.ops import layers as ops

_INTERPOLATIONS = ("area", "bicubic", "bilinear", "gaussian", "lanczos3", "lanczos5", "mitchellcubic", "nearest")


class UpSampling1D(Layer):
    """Each time step several times.

    Args:
        size: how often.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.UpSampling1D(2)(tf.constant([[[1.0], [2.0]]])).numpy().ravel().tolist()
    [1.0, 1.0, 2.0, 2.0]
    """

    def __init__(self, size: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = int(size)
        self.input_spec = InputSpec(ndim=3)

    def call(self, inputs: Any) -> Any:
        """The repeated steps."""
        return ops.repeat(inputs, (self.size,), False)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The longer shape."""
        return _larger(input_shape, (self.size,), False)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "size": self.size}


class UpSampling2D(Layer):
    """Images enlarged by whole factors.

    Args:
        size: the factors of height and width, or one for both.
        data_format: "channels_last" or "channels_first".
        interpolation: "nearest" repeats pixels; "bilinear", "bicubic", "area", "gaussian", "lanczos3", "lanczos5" and
            "mitchellcubic" as in `tf.image.resize`.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.UpSampling2D()(tf.ones((1, 2, 3, 1))).shape
    TensorShape([1, 4, 6, 1])
    """

    def __init__(
        self, size: Any = (2, 2), data_format: str | None = None, interpolation: str = "nearest", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.data_format = arguments.data_format(data_format)
        self.size = arguments.tuple_of(size, 2, "size")
        interpolation = interpolation.lower() if isinstance(interpolation, str) else interpolation
        if interpolation not in _INTERPOLATIONS:
            raise NotImplementedError(
                f'`interpolation` argument should be one of: {sorted(_INTERPOLATIONS)}. Received: "{interpolation}".'
            )
        self.interpolation = interpolation
        self.input_spec = InputSpec(ndim=4)

    def call(self, inputs: Any) -> Any:
        """The enlarged images."""
        first = self.data_format == "channels_first"
        if self.interpolation == "nearest":
            return ops.repeat(inputs, self.size, first)
        if first:
            inputs = array.transpose(inputs, (0, 2, 3, 1))
        height, width = inputs.shape[1] * self.size[0], inputs.shape[2] * self.size[1]
        outputs = image_resize.resize(inputs, (height, width), method=self.interpolation)
        return array.transpose(outputs, (0, 3, 1, 2)) if first else outputs

    @property
    def _symbolic_dtype(self) -> str:
        return self.compute_dtype if self.interpolation == "nearest" else "float32"  # as resizing gives them

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The larger shape."""
        return _larger(input_shape, self.size, self.data_format == "channels_first")

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {"size": self.size, "data_format": self.data_format, "interpolation": self.interpolation}
        return {**super().get_config(), **own}


class UpSampling3D(Layer):
    """Volumes enlarged by whole factors.

    Args:
        size: three factors, or one for all.
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.UpSampling3D()(tf.ones((1, 2, 2, 2, 1))).shape
    TensorShape([1, 4, 4, 4, 1])
    """

    def __init__(self, size: Any = (2, 2, 2), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = arguments.data_format(data_format)
        self.size = arguments.tuple_of(size, 3, "size")

    def call(self, inputs: Any) -> Any:
        """The repeated voxels; Keras asks for no rank here, but there must be axes to repeat."""
        if len(inputs.shape) < 4:
            raise IndexError(
                errors.message(
                    f"Layer {self.name} (UpSampling3D)",
                    expected="inputs with three axes of space and one of channels behind the batch",
                    received=errors.describe(inputs),
                )
            )
        return ops.repeat(inputs, self.size, self.data_format == "channels_first")

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The larger shape."""
        return _larger(input_shape, self.size, self.data_format == "channels_first")

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "size": self.size, "data_format": self.data_format}


def _larger(input_shape: Any, factors: tuple[int, ...], first: bool) -> TensorShape:
    shape = TensorShape(input_shape).as_list()
    start = 2 if first else 1
    for i, factor in enumerate(factors):
        size = shape[start + i]
        shape[start + i] = None if size is None else size * factor
    return TensorShape(shape)


arguments.register(UpSampling1D, UpSampling2D, UpSampling3D)
by_rule(UpSampling1D, UpSampling2D, UpSampling3D)
