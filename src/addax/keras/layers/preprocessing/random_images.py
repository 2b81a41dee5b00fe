"""Random changes of images while training: RandomFlip, RandomRotation, RandomZoom, and more."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from addax.core import context, failures, random
from addax.core.shapes import TensorShape
from addax.core.spec import TensorSpec
from addax.keras import graph
from addax.keras.layers.arguments import placed, register, when
from addax.keras.layers.base import Layer
from addax.keras.layers.preprocessing import color_adjustments, placed_images, warped_images
from addax.keras.layers.preprocessing.base import as_tensor
from addax.keras.layers.preprocessing.image_layer import ImageLayer
from addax.keras.layers.preprocessing.placed_images import Transforming
from addax.keras.layers.preprocessing.rescaling import (
    check_interpolation,
    check_layout,
    in_size,
    resized,
    smart_resize,
    with_channels_last,
)
from addax.ops import augmentation as ops
from addax.ops import clip, image_random
from addax.ops.random_generator import Generator

_FILL_MODES = ("reflect", "wrap", "constant", "nearest")


class RandomLayer(Transforming, Layer):
    """What layers that change images at random share: a stream of numbers, `training`, images alone or in a dict."""

    def __init__(
        self, seed: int | None = None, *, rng_type: str = "stateful", force_generator: bool = True,
        data_format: str | None = None, bounding_box_format: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.data_format = check_layout(data_format)
        self.bounding_box_format = bounding_box_format
        self.seed = seed
        self.rng_type = rng_type
        self._generator: Generator | None = None

    def build(self, input_shape: Any) -> None:
        """Makes the stream of random numbers: TensorFlow's for this seed."""
        if self._generator is None:
            with context.init_scope():
                self._generator = Generator.from_seed(random.initial_seed() if self.seed is None else int(self.seed))
        super().build(input_shape)

    def _changed(self, images: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define _changed.")

    def _kept(self, images: Any) -> Any:
        """What becomes of images when nothing is random."""
        return images

    def call(self, inputs: Any, training: Any = True) -> Any:
        """The images, changed if `training`."""
        if self._takes(inputs):
            return self._transforms.call(inputs, training)
        if isinstance(inputs, dict):  # {"images": ..., "labels": ...}
            return {**inputs, "images": self.call(inputs["images"], training)}
        inputs = as_tensor(inputs, self.compute_dtype)
        change, keep = (with_channels_last(code, self.data_format) for code in (self._changed, self._kept))
        return when(training, lambda: change(self._checked(inputs)), lambda: keep(inputs))

    def _checked(self, images: Any) -> Any:
        if len(images.shape) not in (3, 4):
            raise failures.UnfitError(
                "Expected the input image to be rank 3 or 4. "
                f"Received: inputs.shape = {tuple(images.shape)} in layer {self.name}."
            )
        return images

    def _uniform(self, images: Any, low: float, high: float) -> Any:
        """A number for each image."""
        return self._drawn((images.shape[0] if len(images.shape) == 4 else 1,), low, high)

    def _drawn(self, shape: tuple[int, ...], low: float, high: float, dtype: str = "float32") -> Any:
        assert self._generator is not None
        return self._generator.uniform(shape, low, high, dtype)

    def _seed(self) -> Any:
        """A seed for a stateless op."""
        assert self._generator is not None
        return self._generator.make_seeds()[:, 0]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        given = {"data_format": self.data_format, "bounding_box_format": self.bounding_box_format}
        used = {name: value for name, value in given.items() if value is not None}
        return {**super().get_config(), "rng_type": self.rng_type, "seed": self.seed, **used}

    @property
    def _shared(self) -> dict[str, Any]:
        """What the counterpart takes too."""
        return {
            "data_format": self.data_format, "seed": self.seed, "bounding_box_format": self.bounding_box_format,
            "dtype": self.dtype_policy,
        }  # fmt: skip


def bounds(
    factor: Any, name: str, low: float = -math.inf, high: float = math.inf, *, ordered: bool = True
) -> tuple[float, float]:
    """A factor as (lower, upper): a number f stands for (-f, f).

    Raises:
        ValueError: upper < lower where they have to be `ordered`, or out of range.
    """
    if isinstance(factor, list | tuple) and len(factor) != 2:
        raise ValueError(f"`{name}` must be a number or (lower, upper). Received: {factor}")
    pair = (float(factor[0]), float(factor[1])) if isinstance(factor, list | tuple) else (-float(factor), float(factor))
    if ordered and pair[1] < pair[0]:
        raise ValueError(f"`{name}` cannot have upper bound less than lower bound. Received: {factor}")
    if min(pair) < low or max(pair) > high:
        raise ValueError(f"`{name}` must have values between {low} and {high}. Received: {factor}")
    return pair


class RandomFlip(RandomLayer):
    """Images mirrored, each with probability 1/2.

    Args:
        mode: "horizontal", "vertical" or "horizontal_and_vertical".
        seed: for the same changes in each run.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.RandomFlip("horizontal")(tf.ones((1, 4, 4, 3))).shape
    TensorShape([1, 4, 4, 3])
    """

    def __init__(self, mode: str = "horizontal_and_vertical", seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(seed=seed, **kwargs)
        if mode not in ("horizontal", "vertical", "horizontal_and_vertical"):
            raise ValueError(f"RandomFlip layer {self.name} received an unknown mode argument {mode}")
        self.mode = mode

    def _changed(self, images: Any) -> Any:
        if "horizontal" in self.mode:
            images = image_random.stateless_random_flip_left_right(images, self._seed())
        if "vertical" in self.mode:
            images = image_random.stateless_random_flip_up_down(images, self._seed())
        return images

    def _counterpart(self) -> ImageLayer:
        return placed_images.Flipping(self.mode, **self._shared)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return placed(super().get_config(), "seed", mode=self.mode)


class _Transformed(RandomLayer):
    """What layers that move pixels share: how to fill and interpolate."""

    def __init__(self, fill_mode: str, interpolation: str, seed: int | None, fill_value: float, **kwargs: Any) -> None:
        super().__init__(seed=seed, **kwargs)
        if fill_mode not in _FILL_MODES:
            raise NotImplementedError(
                f"Unknown `fill_mode` {fill_mode}. Only `reflect`, `wrap`, `constant` and `nearest` are supported."
            )
        if interpolation not in ("nearest", "bilinear"):
            raise NotImplementedError(
                f"Unknown `interpolation` {interpolation}. Only `nearest` and `bilinear` are supported."
            )
        self.fill_mode = fill_mode
        self.interpolation = interpolation
        self.fill_value = fill_value

    @property
    def _filling(self) -> tuple[str, str, float]:
        return self.fill_mode, self.interpolation, float(self.fill_value)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {"fill_mode": self.fill_mode, "fill_value": self.fill_value, "interpolation": self.interpolation}
        return placed(super().get_config(), "seed", **own)


class RandomRotation(_Transformed):
    """Images turned around their centre.

    Args:
        factor: the largest angle as a share of a full turn, or (lowest, highest); positive is counter-clockwise.
        fill_mode: what lies outside: "reflect", "wrap", "constant" or "nearest".
        interpolation: "bilinear" or "nearest".
        seed: for the same changes in each run.
        fill_value: for "constant".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.RandomRotation(0.2)(tf.ones((1, 4, 4, 3))).shape
    TensorShape([1, 4, 4, 3])
    """

    def __init__(
        self, factor: Any, fill_mode: str = "reflect", interpolation: str = "bilinear", seed: int | None = None,
        fill_value: float = 0.0, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(fill_mode, interpolation, seed, fill_value, **kwargs)
        self.factor = factor
        self.lower, self.upper = bounds(factor, "factor")

    def _changed(self, images: Any) -> Any:
        turn = 2 * math.pi
        return ops.rotate(images, self._uniform(images, self.lower * turn, self.upper * turn), *self._filling)

    def _counterpart(self) -> ImageLayer:
        filling = {"fill_mode": self.fill_mode, "fill_value": self.fill_value}
        pair = (self.lower, self.upper)
        return warped_images.Turning(pair, self.interpolation, **filling, **self._shared)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return placed(super().get_config(), "fill_mode", factor=self.factor)


class RandomTranslation(_Transformed):
    """Images moved.

    Args:
        height_factor: the largest move as a share of the height, or (lowest, highest); positive is down.
        width_factor: the same for the width; positive is right.
        fill_mode: what lies outside: "reflect", "wrap", "constant" or "nearest".
        interpolation: "bilinear" or "nearest".
        seed: for the same changes in each run.
        fill_value: for "constant".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.RandomTranslation(0.1, 0.1)(tf.ones((1, 4, 4, 3))).shape
    TensorShape([1, 4, 4, 3])
    """

    def __init__(
        self, height_factor: Any, width_factor: Any, fill_mode: str = "reflect", interpolation: str = "bilinear",
        seed: int | None = None, fill_value: float = 0.0, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(fill_mode, interpolation, seed, fill_value, **kwargs)
        self.height_factor = height_factor
        self.width_factor = width_factor
        self._heights = bounds(height_factor, "height_factor", -1.0, 1.0)
        self._widths = bounds(width_factor, "width_factor", -1.0, 1.0)

    def _changed(self, images: Any) -> Any:
        down = self._uniform(images, *self._heights)
        return ops.translate(images, down, self._uniform(images, *self._widths), *self._filling)

    def _counterpart(self) -> ImageLayer:
        filling = {"fill_mode": self.fill_mode, "fill_value": self.fill_value}
        factors = {"factor": self._heights, "width_factor": self._widths}
        return warped_images.Shifting(interpolation=self.interpolation, **factors, **filling, **self._shared)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return placed(
            super().get_config(), "fill_mode", height_factor=self.height_factor, width_factor=self.width_factor
        )


class RandomZoom(_Transformed):
    """Images enlarged (factors below 0) or made smaller (above 0).

    Args:
        height_factor: the largest factor, or (lowest, highest).
        width_factor: the same for the width; None keeps the aspect.
        fill_mode: what lies outside: "reflect", "wrap", "constant" or "nearest".
        interpolation: "bilinear" or "nearest".
        seed: for the same changes in each run.
        fill_value: for "constant".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.RandomZoom(0.2)(tf.ones((1, 4, 4, 3))).shape
    TensorShape([1, 4, 4, 3])
    """

    def __init__(
        self, height_factor: Any, width_factor: Any = None, fill_mode: str = "reflect", interpolation: str = "bilinear",
        seed: int | None = None, fill_value: float = 0.0, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(fill_mode, interpolation, seed, fill_value, **kwargs)
        self.height_factor = height_factor
        self.width_factor = width_factor
        self._heights = bounds(height_factor, "height_factor", -1.0, 1.0, ordered=False)
        self._widths = None if width_factor is None else bounds(width_factor, "width_factor", -1.0, ordered=False)

    def _changed(self, images: Any) -> Any:
        vertical = self._uniform(images, 1.0 + self._heights[0], 1.0 + self._heights[1])
        across = vertical
        if self._widths is not None:
            across = self._uniform(images, 1.0 + self._widths[0], 1.0 + self._widths[1])
        return ops.zoom(images, vertical, across, *self._filling)

    def _counterpart(self) -> ImageLayer:
        rest = self.interpolation, self.fill_mode, self.fill_value
        return placed_images.Zooming(self._heights, self._widths, *rest, **self._shared)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return placed(
            super().get_config(), "fill_mode", height_factor=self.height_factor, width_factor=self.width_factor
        )


class RandomContrast(RandomLayer):
    """Distances from each channel's mean times a random factor, cut at the ends of the range.

    Args:
        factor: the largest change of the factor from 1, or (down, up), each from 0 to 1.
        seed: for the same changes in each run.
        value_range: (lowest, highest) value of images; results are cut at them.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.RandomContrast(0.2)(tf.ones((1, 4, 4, 3))).shape
    TensorShape([1, 4, 4, 3])
    """

    def __init__(self, factor: Any, seed: int | None = None, *, value_range: Any = (0, 255), **kwargs: Any) -> None:
        super().__init__(seed=seed, **kwargs)
        self.factor = factor
        self.value_range = (value_range[0], value_range[1])
        self.lower, self.upper = (factor[0], factor[1]) if isinstance(factor, list | tuple) else (factor, factor)
        if self.lower < 0.0 or self.upper < 0.0 or self.lower > 1.0:
            raise ValueError(
                f"`factor` argument cannot have negative values or values greater than 1. Received: factor={factor}"
            )

    def _changed(self, images: Any) -> Any:
        changed = image_random.stateless_random_contrast(images, 1.0 - self.lower, 1.0 + self.upper, self._seed())
        return clip.clip_by_value(changed, *self.value_range)

    def _counterpart(self) -> ImageLayer:
        return color_adjustments.Contrasting((self.lower, self.upper), self.value_range, **self._shared)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {} if self.value_range == (0, 255) else {"value_range": self.value_range}
        return placed(super().get_config(), "seed", factor=self.factor, **own)


class RandomBrightness(RandomLayer):
    """A random share of the value range added to images.

    Args:
        factor: the largest share, or (lowest, highest), from -1 to 1.
        value_range: (lowest, highest) value of the images; results are cut at them.
        seed: for the same changes in each run.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.RandomBrightness(0.2)(tf.ones((1, 4, 4, 3))).shape
    TensorShape([1, 4, 4, 3])
    """

    def __init__(self, factor: Any, value_range: Any = (0, 255), seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(seed=seed, **kwargs)
        pair = bounds(abs(factor) if isinstance(factor, int | float) else sorted(factor), "factor", -1.0, 1.0)
        self._factor = [pair[0], pair[1]]
        if not isinstance(value_range, list | tuple) or len(value_range) != 2:
            raise ValueError(f"The `value_range` argument should be a list of two numbers. Received: {value_range}")
        self._value_range = sorted(value_range)

    def _changed(self, images: Any) -> Any:
        low, high = self._value_range
        return ops.brightness(images, self._uniform(images, *self._factor), (float(low), float(high)))

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The input's shape."""
        return TensorShape(input_shape)

    def _counterpart(self) -> ImageLayer:
        return color_adjustments.Brightening(self._factor, self._value_range, **self._shared)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return placed(super().get_config(), "seed", factor=self._factor, value_range=self._value_range)


class RandomCrop(RandomLayer):
    """A window at a random place, the same for a batch; outside of training, the centre.

    Args:
        height: of the window.
        width: of the window.
        seed: for the same changes in each run.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.RandomCrop(2, 3)(tf.ones((1, 4, 4, 3))).shape
    TensorShape([1, 2, 3, 3])
    """

    def __init__(self, height: int, width: int, seed: int | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("autocast", False)
        super().__init__(seed=seed, **kwargs)
        self.height = height
        self.width = width

    def _changed(self, images: Any) -> Any:
        rows, columns = images.shape.as_list()[-3:-1]
        if rows < self.height or columns < self.width:
            return self._kept(images)
        return ops.crop(images, self._drawn((2,), 0, 2**31 - 1, "int32"), self.height, self.width)

    def _kept(self, images: Any) -> Any:
        return smart_resize(self._checked(images), self.height, self.width, "bilinear", self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The input's shape with the window's size."""
        return in_size(input_shape, self.height, self.width, self.data_format)

    def _counterpart(self) -> ImageLayer:
        return placed_images.Cropping(self.height, self.width, **self._shared)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return placed(super().get_config(), "seed", height=self.height, width=self.width)


class _RandomSize(RandomLayer):
    """Images stretched along one axis; the size of the output is drawn, so it runs eagerly."""

    _axis = -3

    def __init__(self, factor: Any, interpolation: str = "bilinear", seed: int | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("autocast", False)
        super().__init__(seed=seed, **kwargs)
        self.factor = factor
        self._bounds = bounds(factor, "factor", -1.0)
        self.interpolation = check_interpolation(interpolation)

    def _changed(self, images: Any) -> Any:
        sizes = images.shape.as_list()[-3:-1]
        drawn = self._drawn((), 1.0 + self._bounds[0], 1.0 + self._bounds[1])
        place = self._axis + 3
        sizes[place] = max(int(np.float32(sizes[place]) * np.float32(float(drawn))), 1)
        return resized(images, *sizes, self.interpolation, self.compute_dtype)

    def call(self, inputs: Any, training: Any = True) -> Any:
        """The images, stretched if `training`; else as they are, integers too."""
        if not isinstance(inputs, dict) and isinstance(training, bool | int | None.__class__) and not training:
            images = as_tensor(inputs)
            return as_tensor(images, self.compute_dtype) if images.dtype.is_floating else images
        return super().call(inputs, training)

    def _infer(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        spec = self.compute_output_signature(TensorSpec(args[0].shape, args[0].dtype))
        return graph.KerasTensor(spec.shape, spec.dtype)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The input's shape, the axis unknown."""
        shape = TensorShape(input_shape).as_list()
        shape[self._axis + (self.data_format == "channels_first")] = None
        return TensorShape(shape)

    def compute_output_signature(self, input_signature: Any) -> TensorSpec:
        """Shape and dtype of the output."""
        return TensorSpec(self.compute_output_shape(input_signature.shape), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return placed(super().get_config(), "seed", factor=self.factor, interpolation=self.interpolation)


class RandomHeight(_RandomSize):
    """Images of a random height, the same for a batch.

    Args:
        factor: the largest change as a share of the height, or (lowest, highest).
        interpolation: as for `Resizing`.
        seed: for the same changes in each run.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.RandomHeight(0.2)(tf.ones((1, 4, 5, 3)), training=False).shape
    TensorShape([1, 4, 5, 3])
    """


class RandomWidth(_RandomSize):
    """Images of a random width, the same for a batch.

    Args: as for `RandomHeight`.

    >>> import addax as tf
    >>> tf.keras.layers.RandomWidth(0.2)(tf.ones((1, 4, 5, 3)), training=False).shape
    TensorShape([1, 4, 5, 3])
    """

    _axis = -2


register(
    RandomFlip, RandomRotation, RandomTranslation, RandomZoom, RandomContrast, RandomBrightness, RandomCrop,
    RandomHeight, RandomWidth,
)  # fmt: skip
