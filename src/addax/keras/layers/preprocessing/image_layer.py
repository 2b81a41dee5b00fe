"""ImageLayer: Keras 3's layers over images, which draw a transformation, then apply it to all that belongs together.

Their numbers come from a `keras.random.SeedGenerator`, so a seed gives what it gives in Keras 3 on JAX.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from addax.core import dtypes
from addax.keras import random as draws
from addax.keras.layers import arguments
from addax.keras.layers.base import Layer
from addax.keras.layers.preprocessing.base import as_tensor
from addax.keras.ops import bounding_boxes
from addax.ops import array

Factor = float | Sequence[float]
_KEYS = ("images", "labels", "bounding_boxes", "segmentation_masks")


class ImageLayer(Layer):
    """A base class: subclasses define `_draw` and `_changed`; those that move pixels also `_boxes`.

    `call` takes images, one or a batch of them, or a dict of "images" and what goes with them: "labels",
    "segmentation_masks", "bounding_boxes" (a dict of "boxes" and "labels").
    """

    _moves = False  # pixels, so that masks and boxes change with the images
    _keeps_integers = False  # where others compute in floats
    _always = False  # in training or not

    def __init__(
        self, seed: int | None = None, data_format: str | None = None, bounding_box_format: str | None = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.seed = seed
        self.data_format = arguments.data_format(data_format)
        self.bounding_box_format = bounding_box_format
        self.generator = draws.SeedGenerator(seed)

    # ------------------------------------------------------------------------ what subclasses define

    def _draw(self, images: Any, seed: Any) -> Any:
        """What happens to images, by numbers drawn with `seed`; None for nothing that is random."""
        return None

    def _changed(self, images: Any, transformation: Any) -> Any:
        """A batch of images, changed."""
        return images

    def _changed_masks(self, masks: Any, transformation: Any) -> Any:
        """A batch of masks, changed like images."""
        return self._changed(masks, transformation) if self._moves else masks

    def _changed_boxes(self, boxes: dict[str, Any], transformation: Any) -> dict[str, Any]:
        """A batch of bounding boxes, changed like images."""
        if self._moves:
            raise NotImplementedError(f"{type(self).__name__} has no rule for bounding boxes.")
        return boxes

    def _changed_labels(self, labels: Any, transformation: Any) -> Any:
        """A batch of labels, changed like images."""
        return labels

    # ------------------------------------------------------------------------ Keras 3's protocol

    def get_random_transformation(self, data: Any, training: Any = True, seed: Any = None) -> Any:
        """What is to happen to images, drawn at random; the other methods apply it.

        Args:
            data: images, or a dict of them and what goes with them.
            training: outside of it nothing is drawn.
            seed: an integer or a `keras.random.SeedGenerator`; by default the layer's own.
        """
        if isinstance(training, bool) and not training and not self._always:
            return None
        images = data["images"] if isinstance(data, dict) else data
        images = images if hasattr(images, "shape") else as_tensor(images)
        self._check(images)
        return self._draw(images, self.generator if seed is None else seed)

    def transform_images(self, images: Any, transformation: Any = None, training: Any = True) -> Any:
        """Images (one, or a batch), changed as `get_random_transformation` said if `training`."""
        images = self._as_images(images)
        self._check(images)
        return self._applied(self._changed, images, transformation, training, len(images.shape) == 3)

    def transform_segmentation_masks(self, segmentation_masks: Any, transformation: Any, training: Any = True) -> Any:
        """Masks (one, or a batch), moved as the images are."""
        if not self._moves:
            return segmentation_masks
        masks = as_tensor(segmentation_masks)
        return self._applied(self._changed_masks, masks, transformation, training, len(masks.shape) == 3)

    def transform_labels(self, labels: Any, transformation: Any, training: Any = True) -> Any:
        """A batch of labels."""
        return self._applied(self._changed_labels, labels, transformation, training, False)

    def transform_bounding_boxes(self, bounding_boxes: Any, transformation: Any, training: Any = True) -> Any:
        """A batch of bounding boxes, {"boxes": (batch, boxes, 4), "labels": (batch, boxes)}."""
        return self._applied(self._changed_boxes, bounding_boxes, transformation, training, False)

    def transform_single_image(self, image: Any, transformation: Any, training: Any = True) -> Any:
        """One image."""
        return self.transform_images(image, transformation, training)

    def transform_single_segmentation_mask(self, segmentation_mask: Any, transformation: Any, training: Any = True):
        """One mask."""
        return self.transform_segmentation_masks(segmentation_mask, transformation, training)

    def transform_single_label(self, label: Any, transformation: Any, training: Any = True) -> Any:
        """The label of one image."""
        return self.transform_labels(_one(as_tensor(label)), transformation, training)[0]

    def transform_single_bounding_box(self, bounding_box: Any, transformation: Any, training: Any = True) -> Any:
        """The bounding boxes of one image."""
        batch = {key: _one(as_tensor(value)) for key, value in bounding_box.items()}
        made = self.transform_bounding_boxes(batch, transformation, training)
        return {key: value[0] for key, value in made.items()}

    def call(self, inputs: Any, training: Any = True) -> Any:
        """The images and what goes with them, changed if `training`."""
        if isinstance(training, bool) or self._always:
            return self._all(inputs, bool(training) or self._always)
        return arguments.when(training, lambda: self._all(inputs, True), lambda: self._all(inputs, False))

    # ------------------------------------------------------------------------ how

    def _all(self, inputs: Any, training: bool) -> Any:
        if not isinstance(inputs, dict):
            inputs = self._as_images(inputs)
            return self.transform_images(inputs, self.get_random_transformation(inputs, training), training)
        images = self._as_images(inputs["images"])
        drawn = self.get_random_transformation({**inputs, "images": images}, training)
        made = {**inputs, "images": self.transform_images(images, drawn, training)}
        single = len(images.shape) == 3
        if "bounding_boxes" in inputs:
            if not self.bounding_box_format:
                raise ValueError(
                    f"{type(self).__name__} received 'bounding_boxes' but does not know their format. Pass "
                    "`bounding_box_format` to its constructor, e.g. `bounding_box_format='xyxy'`."
                )
            boxes = bounding_boxes.dense(inputs["bounding_boxes"])
            change = self.transform_single_bounding_box if single else self.transform_bounding_boxes
            made["bounding_boxes"] = change(boxes, drawn, training)
        if "labels" in inputs:
            change = self.transform_single_label if single else self.transform_labels
            made["labels"] = change(as_tensor(inputs["labels"]), drawn, training)
        if "segmentation_masks" in inputs:
            made["segmentation_masks"] = self.transform_segmentation_masks(
                inputs["segmentation_masks"], drawn, training
            )
        return made

    def _applied(self, change: Any, value: Any, transformation: Any, training: Any, single: bool) -> Any:
        def changed() -> Any:
            return change(_one(value), transformation)[0] if single else change(value, transformation)

        return changed() if self._always else arguments.when(training, changed, lambda: value)

    def _as_images(self, images: Any) -> Any:
        if self._keeps_integers:
            images = as_tensor(images)
            return images if dtypes.as_dtype(images.dtype).is_integer else as_tensor(images, self.compute_dtype)
        return as_tensor(images, self.compute_dtype)

    def _check(self, images: Any) -> None:
        if len(images.shape) not in (3, 4):
            raise ValueError(
                f"{type(self).__name__} takes an image (rank 3) or a batch of images (rank 4). "
                f"Received: inputs.shape={tuple(images.shape)}"
            )

    def _count(self, images: Any) -> Any:
        """How many images there are."""
        return images.shape[0] if len(images.shape) == 4 else 1

    def _sizes(self, images: Any) -> tuple[Any, Any, Any]:
        """Rows, columns and channels of images."""
        sizes = images.shape.as_list()[-3:] if hasattr(images.shape, "as_list") else list(images.shape)[-3:]
        return tuple(sizes[1:] + sizes[:1]) if self._first else tuple(sizes)

    @property
    def _first(self) -> bool:
        return self.data_format == "channels_first"

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        config = {**super().get_config(), "data_format": self.data_format, "seed": self.seed}
        if self.bounding_box_format is not None:
            config["bounding_box_format"] = self.bounding_box_format
        return config


def _one(value: Any) -> Any:
    return array.expand_dims(value, 0)


def ordered_range(value_range: Any) -> list[float]:
    """(lowest, highest) value of images.

    Raises:
        ValueError: not two different numbers.
    """
    if not isinstance(value_range, list | tuple) or len(value_range) != 2 or value_range[0] == value_range[1]:
        raise ValueError(
            f"The `value_range` argument should be a list of two different numbers. Received: value_range={value_range}"
        )
    return sorted(value_range)


class ColorLayer(ImageLayer):
    """What layers share that change colors: the range of values."""

    def __init__(
        self, value_range: Sequence[float], seed: int | None = None, data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(seed, data_format, **kwargs)
        self.value_range = ordered_range(value_range)

    @property
    def _values(self) -> tuple[float, float]:
        return float(self.value_range[0]), float(self.value_range[1])

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "value_range": self.value_range}


def factor_pair(factor: Any, name: str, low: float, high: float, both_signs: bool = False) -> tuple[float, float]:
    """A factor as (lower, upper): a number f stands for (0 or `low`, f), or (-f, f) with `both_signs`.

    Raises:
        ValueError: something else, or out of range.
    """
    several = isinstance(factor, list | tuple)
    parts = list(factor) if several else [factor]
    numbers = all(isinstance(part, int | float) and not isinstance(part, bool) for part in parts)
    if not numbers or len(parts) != (2 if several else 1) or not all(low <= part <= high for part in parts):
        raise ValueError(
            f"The `{name}` argument should be a number (or a list of two numbers) in the range [{low}, {high}]. "
            f"Received: {name}={factor}"
        )
    if several:
        return (min(parts), max(parts))
    size = abs(parts[0])
    return (-size if both_signs else max(-size, low)), size


def chosen(factor: tuple[float, float], count: Any, seed: Any) -> Any:
    """Whether each of some images is to change, with probabilities that are drawn from a range."""
    probabilities = draws.uniform((count,), factor[0], factor[1], seed=seed)
    return draws.uniform((count,), 0.0, 1.0, seed=seed) < probabilities
