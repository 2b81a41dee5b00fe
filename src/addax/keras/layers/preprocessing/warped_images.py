"""Images whose pixels move, of Keras 3: RandomShear, RandomPerspective, RandomElasticTransform."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import convert
from addax.keras import random as draws
from addax.keras.layers import arguments
from addax.keras.layers.preprocessing.image_layer import Factor, ImageLayer, chosen, factor_pair, ordered_range
from addax.keras.ops import bounding_boxes
from addax.ops import array, casting, image_filters, image_warp, joining
from addax.ops import bounding_boxes as boxes_ops

_ORDERS = {"nearest": 0, "bilinear": 1}


class WarpingLayer(ImageLayer):
    """What layers share that move pixels: how to interpolate, and what lies outside."""

    _moves = True
    _fill_modes: tuple[str, ...] = ("reflect", "wrap", "constant", "nearest")

    def __init__(
        self, interpolation: str, fill_mode: str, fill_value: float, seed: int | None, data_format: str | None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(seed, data_format, **kwargs)
        for name, value, known in (
            ("interpolation", interpolation, tuple(_ORDERS)), ("fill_mode", fill_mode, self._fill_modes),
        ):  # fmt: skip
            if value not in known:
                raise NotImplementedError(f"Unknown `{name}` {value}. Expected of one {known}.")
        self.interpolation = interpolation
        self.fill_mode = fill_mode
        self.fill_value = fill_value

    def _warped(self, images: Any, transformation: Any, interpolation: str) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define _warped.")

    def _changed(self, images: Any, transformation: Any) -> Any:
        return images if transformation is None else self._warped(images, transformation, self.interpolation)

    def _changed_masks(self, masks: Any, transformation: Any) -> Any:
        return masks if transformation is None else self._warped(masks, transformation, "nearest")

    def _rules(self, interpolation: str) -> tuple[int, str, float]:
        return _ORDERS[interpolation], self.fill_mode, float(self.fill_value)

    def _image_sizes(self, transformation: Any) -> tuple[Any, Any]:
        """Height and width of what was drawn for."""
        shape = list(transformation["input_shape"])
        return (shape[-2], shape[-1]) if self._first else (shape[-3], shape[-2])

    def _converted(self, boxes: dict[str, Any], target: str, transformation: Any) -> dict[str, Any]:
        source = str(self.bounding_box_format)
        return bounding_boxes.convert_format(boxes, source, target, *self._image_sizes(transformation))

    def _cut(self, boxes: dict[str, Any], source: str, transformation: Any) -> dict[str, Any]:
        sizes = self._image_sizes(transformation)
        cut = bounding_boxes.clip_to_image_size(boxes, *sizes, source)
        return bounding_boxes.convert_format(cut, source, str(self.bounding_box_format), *sizes)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {"interpolation": self.interpolation, "fill_mode": self.fill_mode, "fill_value": self.fill_value}
        return {**super().get_config(), **own}


class RandomShear(WarpingLayer):
    """In training, images are sheared, in either direction.

    Args:
        x_factor: how far rows move at most, as a share of their distance from the top, or (lowest, highest), from 0
            to 1.
        y_factor: the same for columns.
        interpolation: "bilinear" or "nearest".
        fill_mode: what lies outside: "reflect", "wrap", "constant" or "nearest".
        fill_value: for "constant".
        data_format: "channels_last" or "channels_first".
        seed: for the same changes in each run.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.RandomShear(0.3, 0.1)(tf.ones((1, 4, 4, 3))).shape
    TensorShape([1, 4, 4, 3])
    """

    def __init__(
        self, x_factor: Factor = 0.0, y_factor: Factor = 0.0, interpolation: str = "bilinear",
        fill_mode: str = "reflect", fill_value: float = 0.0, data_format: str | None = None, seed: int | None = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(interpolation, fill_mode, fill_value, seed, data_format, **kwargs)
        self.x_factor = factor_pair(x_factor, "x_factor", 0.0, 1.0, both_signs=True)
        self.y_factor = factor_pair(y_factor, "y_factor", 0.0, 1.0, both_signs=True)

    def _draw(self, images: Any, seed: Any) -> dict[str, Any]:
        shape = (self._count(images), 1)
        back = draws.uniform(shape, 0.0, 1.0, self.compute_dtype, seed)
        sign = array.where(back > 0.5, -1.0, 1.0)
        down = draws.uniform(shape, *self.y_factor, self.compute_dtype, seed)
        across = draws.uniform(shape, *self.x_factor, self.compute_dtype, seed)
        amounts = joining.concat([across, down], 1)
        return {"shear_factor": amounts * casting.cast(sign, amounts.dtype), "input_shape": tuple(images.shape)}

    def _warped(self, images: Any, transformation: Any, interpolation: str) -> Any:
        return image_warp.sheared(images, transformation["shear_factor"], *self._rules(interpolation), self._first)

    def _changed_boxes(self, boxes: dict[str, Any], transformation: Any) -> dict[str, Any]:
        made = self._converted(boxes, "rel_xyxy", transformation)
        made = {**made, "boxes": boxes_ops.sheared(made["boxes"], transformation["shear_factor"])}
        return self._cut(made, "rel_xyxy", transformation)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        # (-f, f) is what a number f stands for: the constructor takes that back, as Keras 3's does not take the pair.
        pairs = {"x_factor": self.x_factor, "y_factor": self.y_factor}
        own = {name: upper if lower == -upper else (lower, upper) for name, (lower, upper) in pairs.items()}
        return {**super().get_config(), **own}


class RandomPerspective(WarpingLayer):
    """In training, some images are seen at an angle: their corners move.

    Args:
        factor: the largest probability of a change, or (lowest, highest).
        scale: how far corners move, as a share of their distance from the upper left corner, from 0 to 1.
        interpolation: "bilinear" or "nearest".
        fill_value: what lies outside.
        seed: for the same changes in each run.
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.RandomPerspective(scale=0.5)(tf.ones((1, 4, 4, 3))).shape
    TensorShape([1, 4, 4, 3])
    """

    def __init__(
        self, factor: Factor = 1.0, scale: float = 1.0, interpolation: str = "bilinear", fill_value: float = 0.0,
        seed: int | None = None, data_format: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(interpolation, "constant", fill_value, seed, data_format, **kwargs)
        self.factor = factor_pair(factor, "factor", 0.0, 1.0)
        if not 0.0 <= scale <= 1.0:
            raise ValueError(f"The `scale` argument should be a number in the range [0,1]. Received: scale={scale}")
        self.scale = scale

    def _draw(self, images: Any, seed: Any) -> dict[str, Any]:
        count, (height, width, _) = self._count(images), self._sizes(images)
        apply = chosen(self.factor, count, seed)
        most = 0.5 * self.scale
        moves = draws.uniform((count, 4, 2), -most, most, self.compute_dtype, seed)
        right, low = width - 1, height - 1
        start = convert.constant(np.array([[[0, 0], [right, 0], [0, low], [right, low]]]), moves.dtype)
        return {
            "apply_perspective": apply, "start_points": start + array.zeros_like(moves),
            "end_points": start + start * moves, "input_shape": tuple(images.shape),
        }  # fmt: skip

    def _warped(self, images: Any, transformation: Any, interpolation: str) -> Any:
        start, end, apply = (transformation[name] for name in ("start_points", "end_points", "apply_perspective"))
        order, _, fill = self._rules(interpolation)
        return image_warp.in_perspective(images, start, end, apply, order, fill, self._first)

    def _changed_boxes(self, boxes: dict[str, Any], transformation: Any) -> dict[str, Any]:
        if transformation is None:
            return boxes
        made = self._converted(boxes, "xyxy", transformation)
        points = (convert.convert_to_tensor(transformation[name]) for name in ("start_points", "end_points"))
        seen = boxes_ops.in_perspective(made["boxes"], image_warp.homography(*points))
        apply = array.reshape(convert.convert_to_tensor(transformation["apply_perspective"]), (-1, 1, 1))
        made = {**made, "boxes": array.where(apply, casting.cast(seen, made["boxes"].dtype), made["boxes"])}
        return self._cut(made, "xyxy", transformation)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        config = {**super().get_config(), "factor": self.factor, "scale": self.scale}
        del config["fill_mode"]
        return config


class RandomElasticTransform(WarpingLayer):
    """In training, some images are distorted: each pixel moves by smooth noise.

    Args:
        factor: the largest probability of a change, or (lowest, highest).
        scale: the largest strength, or (lowest, highest), from 0 to 1; the same for all images.
        interpolation: "bilinear" or "nearest".
        fill_mode: what lies outside: "reflect", "wrap", "constant", "nearest" or "mirror".
        fill_value: for "constant".
        value_range: (lowest, highest) value of images; results are cut at them.
        seed: for the same changes in each run.
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.RandomElasticTransform()(tf.ones((1, 4, 4, 3))).shape
    TensorShape([1, 4, 4, 3])
    """

    _fill_modes = ("reflect", "wrap", "constant", "nearest", "mirror")

    def __init__(
        self, factor: Factor = 1.0, scale: Factor = 1.0, interpolation: str = "bilinear", fill_mode: str = "reflect",
        fill_value: float = 0.0, value_range: Any = (0, 255), seed: int | None = None, data_format: str | None = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(interpolation, fill_mode, fill_value, seed, data_format, **kwargs)
        self.factor = factor_pair(factor, "factor", 0.0, 1.0)
        self.scale = factor_pair(scale, "scale", 0.0, 1.0)
        self.value_range = ordered_range(value_range)

    def _draw(self, images: Any, seed: Any) -> dict[str, Any] | None:
        if self.scale[1] == 0 or self.factor[1] == 0:
            return None
        apply = chosen(self.factor, self._count(images), seed)
        share = draws.uniform((), *self.scale, self.compute_dtype, seed)
        # One key for the noise, so that masks move as their images do.
        key = seed.next() if isinstance(seed, draws.SeedGenerator) else seed
        return {"apply_transform": apply, "distortion_factor": share, "seed": key}

    def _warped(self, images: Any, transformation: Any, interpolation: str) -> Any:
        height, width, _ = self._sizes(images)
        noise = draws.normal((self._count(images), height, width), seed=transformation["seed"])
        low, high = self.value_range
        return image_filters.distort(
            images, noise, transformation["distortion_factor"], transformation["apply_transform"],
            *self._rules(interpolation), (float(low), float(high)), self._first,
        )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {"factor": self.factor, "scale": self.scale, "value_range": self.value_range}
        return {**super().get_config(), **own}


class Turning(WarpingLayer):
    """Images turned around their centers: `RandomRotation` with Keras 3's transformations."""

    def __init__(
        self, factor: Factor, interpolation: str, data_format: str | None, seed: int | None,
        fill_mode: str = "reflect", fill_value: float = 0.0, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(interpolation, fill_mode, fill_value, seed, data_format, **kwargs)
        self.factor = factor_pair(factor, "factor", -1.0, 1.0)

    def _draw(self, images: Any, seed: Any) -> dict[str, Any]:
        height, width, _ = self._sizes(images)
        low, high = (each * 360.0 for each in self.factor)
        angle = draws.uniform((self._count(images),), low, high, seed=seed)
        matrices = image_warp.turn_matrices(angle, height, width)
        return {"angle": angle, "rotation_matrix": matrices, "image_height": height, "image_width": width}

    def _warped(self, images: Any, transformation: Any, interpolation: str) -> Any:
        return image_warp.placed(images, transformation["rotation_matrix"], *self._rules(interpolation), self._first)

    def _changed_boxes(self, boxes: dict[str, Any], transformation: Any) -> dict[str, Any]:
        angle, sizes = transformation["angle"], (transformation["image_height"], transformation["image_width"])
        zero = array.zeros_like(angle)
        made = bounding_boxes.convert_format(boxes, str(self.bounding_box_format), "xyxy", *sizes)
        moved = bounding_boxes.affine_transform(made["boxes"], angle, zero, zero, zero + 1, zero, zero, *sizes)
        cut = bounding_boxes.clip_to_image_size({**made, "boxes": moved}, *sizes)
        return bounding_boxes.convert_format(cut, "xyxy", str(self.bounding_box_format), *sizes)


class Shifting(WarpingLayer):
    """Images moved: `RandomTranslation` with Keras 3's transformations."""

    def __init__(
        self, factor: Factor, interpolation: str, data_format: str | None, seed: int | None,
        fill_mode: str = "reflect", fill_value: float = 0.0, width_factor: Factor | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(interpolation, fill_mode, fill_value, seed, data_format, **kwargs)
        self.factor = factor_pair(factor, "factor", -1.0, 1.0, both_signs=width_factor is not None)
        self.width_factor = self.factor
        if width_factor is not None:
            self.width_factor = factor_pair(width_factor, "width_factor", -1.0, 1.0, both_signs=True)

    def _draw(self, images: Any, seed: Any) -> dict[str, Any]:
        (height, width, _), shape = self._sizes(images), (self._count(images), 1)
        down = draws.uniform(shape, *self.factor, seed=seed) * height
        across = draws.uniform(shape, *self.width_factor, seed=seed) * width
        return {"translations": joining.concat([across, down], 1), "input_shape": tuple(images.shape)}

    def _warped(self, images: Any, transformation: Any, interpolation: str) -> Any:
        matrices = image_warp.shift_matrices(transformation["translations"])
        return image_warp.placed(images, matrices, *self._rules(interpolation), self._first)

    def _changed_boxes(self, boxes: dict[str, Any], transformation: Any) -> dict[str, Any]:
        made = self._converted(boxes, "xyxy", transformation)
        moves = array.expand_dims(joining.concat([transformation["translations"]] * 2, 1), 1)
        return self._cut({**made, "boxes": made["boxes"] + moves}, "xyxy", transformation)


arguments.register(RandomShear, RandomPerspective, RandomElasticTransform)
