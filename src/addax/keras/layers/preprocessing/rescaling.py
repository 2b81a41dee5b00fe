"""Layers over images that are the same in training and inference: Rescaling, Resizing, CenterCrop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.core import errors
from addax.core.shapes import TensorShape
from addax.keras.layers import arguments
from addax.keras.layers.arguments import register
from addax.keras.layers.base import Layer
from addax.keras.layers.preprocessing import placed_images
from addax.keras.layers.preprocessing.base import as_tensor, is_ragged
from addax.keras.layers.preprocessing.image_layer import ImageLayer
from addax.keras.layers.preprocessing.placed_images import Transforming
from addax.keras.ops import image
from addax.ops import array, casting, image_resize
from addax.ops import categorical as ops

INTERPOLATIONS = ("bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic")


class Rescaling(Layer):
    """inputs * scale + offset.

    Args:
        scale: a number, or one per channel.
        offset: the same.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.Rescaling(2.0, offset=-1)(tf.constant([0.0, 1.0])).numpy().tolist()
    [-1.0, 1.0]
    """

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = scale
        self.offset = offset

    def call(self, inputs: Any) -> Any:
        """The rescaled inputs."""
        if is_ragged(inputs):
            return inputs.with_flat_values(self.call(inputs.flat_values))
        return ops.rescale(as_tensor(inputs), self.scale, self.offset, self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "scale": self.scale, "offset": self.offset}


def check_images(layer: Layer, images: Any) -> None:
    """Refuse what is neither an image nor a batch of them.

    Raises:
        InvalidArgumentError: another rank than 3 and 4.
    """
    if len(images.shape) not in (3, 4):
        raise errors.InvalidArgumentError(
            errors.message(
                f"Layer {layer.name} ({type(layer).__name__})",
                expected="images (height, width, channels) or a batch of them (rank 3 or 4)",
                received={"inputs": images},
                hint="add the missing dimensions: x[..., tf.newaxis] for images without channels",
            )
        )


def resized(images: Any, height: int, width: int, interpolation: str, dtype: Any) -> Any:
    """Images of another size, in a dtype."""
    return casting.cast(image_resize.resize(images, (height, width), method=interpolation), dtype)


def smart_resize(images: Any, height: int, width: int, interpolation: str, dtype: Any) -> Any:
    """Images cut around their centre to the aspect of the target, then resized to it."""
    rows, columns = (int(n) for n in images.shape.as_list()[-3:-1])
    cut_rows = min(int(columns * height / width), rows)
    cut_columns = min(int(rows * width / height), columns)
    top, left = int((rows - cut_rows) / 2), int((columns - cut_columns) / 2)
    part = images[..., top : top + cut_rows, left : left + cut_columns, :]
    return resized(part, height, width, interpolation, dtype)


def check_layout(data_format: str | None) -> str | None:
    """A layout of images; None, which Keras 2's layers stay with, is "channels_last".

    Raises:
        ValueError: an unknown one.
    """
    return None if data_format is None else arguments.data_format(data_format)


def with_channels_last(change: Callable[[Any], Any], data_format: str | None) -> Callable[[Any], Any]:
    """A change of images (..., height, width, channels) for images in a layout."""
    if data_format != "channels_first":
        return change

    def changed(images: Any) -> Any:
        single = len(images.shape) == 3
        made = change(array.transpose(images, [1, 2, 0] if single else [0, 2, 3, 1]))
        return array.transpose(made, [2, 0, 1] if single else [0, 3, 1, 2])

    return changed


def in_size(input_shape: Any, height: int, width: int, data_format: str | None) -> TensorShape:
    """The shape of images in a layout with another size."""
    shape = TensorShape(input_shape).as_list()
    if data_format == "channels_first":
        return TensorShape([*shape[:-2], height, width])
    return TensorShape([*shape[:-3], height, width, shape[-1]])


class _Sized(Transforming, Layer):
    """What layers with a target size share."""

    def __init__(
        self, height: int, width: int, data_format: str | None, bounding_box_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.bounding_box_format = bounding_box_format
        self.height = height
        self.width = width
        self.data_format = check_layout(data_format)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The input's shape with the target size."""
        return in_size(input_shape, self.height, self.width, self.data_format)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        given = {"data_format": self.data_format, "bounding_box_format": self.bounding_box_format}
        used = {name: value for name, value in given.items() if value is not None}
        return {**super().get_config(), "height": self.height, "width": self.width, **used}


class Resizing(_Sized):
    """Images of another size.

    Args:
        height: of the output.
        width: of the output.
        interpolation: "bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian" or "mitchellcubic".
        crop_to_aspect_ratio: whether to cut borders off rather than distort.
        pad_to_aspect_ratio: whether to add borders rather than distort.
        fill_mode: "constant", with `pad_to_aspect_ratio`.
        fill_value: of the borders.
        antialias: whether to blur images that become smaller.
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.Resizing(4, 6)(tf.ones((1, 8, 8, 3))).shape
    TensorShape([1, 4, 6, 3])
    """

    def __init__(
        self,
        height: int,
        width: int,
        interpolation: str = "bilinear",
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False,
        fill_mode: str = "constant",
        fill_value: float = 0.0,
        antialias: bool = False,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(height, width, data_format, **kwargs)
        check_interpolation(interpolation)
        self.interpolation = interpolation
        if crop_to_aspect_ratio and pad_to_aspect_ratio:
            raise ValueError("Only one of `pad_to_aspect_ratio` & `crop_to_aspect_ratio` can be `True`.")
        self.crop_to_aspect_ratio = crop_to_aspect_ratio
        self.pad_to_aspect_ratio = pad_to_aspect_ratio
        self.fill_mode = fill_mode
        self.fill_value = fill_value
        self.antialias = antialias

    def call(self, inputs: Any) -> Any:
        """The resized images."""
        if isinstance(inputs, dict):
            return self._transforms.call(inputs)
        return self._resized_by(as_tensor(inputs), self.interpolation)

    def _counterpart(self) -> ImageLayer:
        layout = {"bounding_box_format": self.bounding_box_format, "dtype": self.dtype_policy}
        return placed_images.Fitting(self, **layout)

    def _resized_by(self, images: Any, interpolation: str) -> Any:
        """Images in the layer's layout, resized."""
        return with_channels_last(lambda each: self._resized(each, interpolation), self.data_format)(images)

    def _resized(self, images: Any, interpolation: str) -> Any:
        interpolation = interpolation.lower()
        if self.pad_to_aspect_ratio or self.antialias:
            made = image.resize(
                images, (self.height, self.width), interpolation, self.antialias, self.crop_to_aspect_ratio,
                self.pad_to_aspect_ratio, self.fill_mode, self.fill_value, "channels_last",
            )  # fmt: skip
            return casting.cast(made, self.compute_dtype)
        change = smart_resize if self.crop_to_aspect_ratio else resized
        return change(images, self.height, self.width, interpolation, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {"interpolation": self.interpolation, "crop_to_aspect_ratio": self.crop_to_aspect_ratio}
        newer = {
            "pad_to_aspect_ratio": (self.pad_to_aspect_ratio, False), "fill_mode": (self.fill_mode, "constant"),
            "fill_value": (self.fill_value, 0.0), "antialias": (self.antialias, False),
        }  # fmt: skip
        used = {name: value for name, (value, default) in newer.items() if value != default}
        return {**super().get_config(), **own, **used}


class CenterCrop(_Sized):
    """The centre of images; images that are smaller are cut to the aspect and enlarged.

    Args:
        height: of the output.
        width: of the output.
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.CenterCrop(2, 2)(tf.ones((1, 4, 4, 3))).shape
    TensorShape([1, 2, 2, 3])
    """

    def __init__(self, height: int, width: int, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(height, width, data_format, autocast=False, **kwargs)

    def call(self, inputs: Any) -> Any:
        """The centres."""
        if isinstance(inputs, dict):
            return self._transforms.call(inputs)
        inputs = as_tensor(inputs, self.compute_dtype)
        check_images(self, inputs)
        return with_channels_last(self._centre, self.data_format)(inputs)

    def _counterpart(self) -> ImageLayer:
        layout = {"data_format": self.data_format, "bounding_box_format": self.bounding_box_format}
        return placed_images.Centering(self.height, self.width, **layout, dtype=self.dtype_policy)

    def _centre(self, images: Any) -> Any:
        rows, columns = (int(n) for n in images.shape.as_list()[-3:-1])
        if rows < self.height or columns < self.width:
            return smart_resize(images, self.height, self.width, "bilinear", self.compute_dtype)
        if self.height <= 0 or self.width <= 0:
            raise ValueError(
                f"CenterCrop: the height and width of what is cut out must be > 0. Received: height={self.height}, "
                f"width={self.width}."
            )
        top, left = int((rows - self.height) / 2), int((columns - self.width) / 2)
        return images[..., top : top + self.height, left : left + self.width, :]


def check_interpolation(value: str) -> str:
    """An interpolation.

    Raises:
        ValueError: an unknown one.
    """
    lowered = str(value).lower()
    if lowered not in INTERPOLATIONS:
        raise NotImplementedError(
            f"Value not recognized for `interpolation`: {value}. Supported values are: {list(INTERPOLATIONS)}"
        )
    return lowered


register(Rescaling, Resizing, CenterCrop)
