"""Keras 3's transformations of layers that Keras 2 has too: flips, zooms, windows, sizes; and `Transforming`.

Keras 2's layers keep their random numbers for images alone. Boxes and masks came with Keras 3, so where they are among
the inputs, and where a transformation is asked for, the layer's counterpart here does the work.
"""

from __future__ import annotations

from typing import Any

from addax.core import context
from addax.keras import random as draws
from addax.keras.layers.preprocessing.base import as_tensor
from addax.keras.layers.preprocessing.image_layer import ImageLayer
from addax.keras.layers.preprocessing.warped_images import WarpingLayer
from addax.keras.ops import bounding_boxes, image
from addax.keras.ops.promotion import tensor
from addax.ops import array, casting, clip, image_warp, joining, reductions


class Transforming:
    """What gives a layer Keras 3's methods: the class says by `_counterpart` which layer of Keras 3's does the work."""

    def _counterpart(self) -> ImageLayer:
        raise NotImplementedError(f"{type(self).__name__} must define _counterpart.")

    @property
    def _transforms(self) -> ImageLayer:
        made = self.__dict__.get("_made_counterpart")
        if made is None:
            with context.init_scope():
                made = self._counterpart()
            self.__dict__["_made_counterpart"] = made  # past the tracking: it has no part in weights
        return made

    def _takes(self, inputs: Any) -> bool:
        """Whether there is more than images (and labels) to change."""
        return isinstance(inputs, dict) and ("bounding_boxes" in inputs or "segmentation_masks" in inputs)

    def get_random_transformation(self, data: Any, training: Any = True, seed: Any = None) -> Any:
        """What is to happen to images, drawn at random; the other methods apply it.

        Args:
            data: images, or a dict of them and what goes with them.
            training: outside of it nothing is drawn.
            seed: an integer or a `keras.random.SeedGenerator`; by default one made of the layer's `seed`.
        """
        return self._transforms.get_random_transformation(data, training, seed)

    def transform_images(self, images: Any, transformation: Any = None, training: Any = True) -> Any:
        """Images (one, or a batch), changed as `get_random_transformation` said if `training`."""
        return self._transforms.transform_images(images, transformation, training)

    def transform_labels(self, labels: Any, transformation: Any = None, training: Any = True) -> Any:
        """A batch of labels."""
        return self._transforms.transform_labels(labels, transformation, training)

    def transform_bounding_boxes(self, bounding_boxes: Any, transformation: Any, training: Any = True) -> Any:
        """A batch of bounding boxes, {"boxes": (batch, boxes, 4), "labels": (batch, boxes)}."""
        return self._transforms.transform_bounding_boxes(bounding_boxes, transformation, training)

    def transform_segmentation_masks(self, segmentation_masks: Any, transformation: Any = None, training: Any = True):
        """Masks (one, or a batch), moved as the images are."""
        return self._transforms.transform_segmentation_masks(segmentation_masks, transformation, training)

    def transform_single_image(self, image: Any, transformation: Any, training: Any = True) -> Any:
        """One image."""
        return self._transforms.transform_single_image(image, transformation, training)

    def transform_single_label(self, label: Any, transformation: Any, training: Any = True) -> Any:
        """The label of one image."""
        return self._transforms.transform_single_label(label, transformation, training)

    def transform_single_bounding_box(self, bounding_box: Any, transformation: Any, training: Any = True) -> Any:
        """The bounding boxes of one image."""
        return self._transforms.transform_single_bounding_box(bounding_box, transformation, training)

    def transform_single_segmentation_mask(self, segmentation_mask: Any, transformation: Any, training: Any = True):
        """One mask."""
        return self._transforms.transform_single_segmentation_mask(segmentation_mask, transformation, training)


def _with_boxes(boxes: dict[str, Any], parts: list[Any]) -> dict[str, Any]:
    return {**boxes, "boxes": joining.stack(parts, -1)}


def _sides(boxes: dict[str, Any]) -> list[Any]:
    made = tensor(boxes["boxes"])
    return [made[..., i] for i in range(4)]


class Flipping(ImageLayer):
    """Images mirrored, each with probability 1/2: `RandomFlip` with Keras 3's transformations."""

    _moves = True

    def __init__(self, mode: str, data_format: str | None, seed: int | None, **kwargs: Any) -> None:
        super().__init__(seed, data_format, **kwargs)
        self.mode = mode

    def _draw(self, images: Any, seed: Any) -> dict[str, Any]:
        shape = (images.shape[0], 1, 1, 1) if len(images.shape) == 4 else (1, 1, 1)
        return {"flips": draws.uniform(shape, seed=seed) <= 0.5, "input_shape": tuple(images.shape)}

    def _changed(self, images: Any, transformation: Any) -> Any:
        flips = transformation["flips"]
        for name, axis in (("horizontal", -2), ("vertical", -3)):
            if name in self.mode:
                place = len(images.shape) + axis + self._first
                images = array.where(flips, array.reverse(images, [place]), images)
        return images

    def _changed_boxes(self, boxes: dict[str, Any], transformation: Any) -> dict[str, Any]:
        shape = transformation["input_shape"]
        sizes = (shape[-2], shape[-1]) if self._first else (shape[-3], shape[-2])
        made = bounding_boxes.convert_format(boxes, str(self.bounding_box_format), "rel_xyxy", *sizes)
        flips = array.reshape(tensor(transformation["flips"]), (-1, 1))
        x1, y1, x2, y2 = _sides(made)
        if "horizontal" in self.mode:
            x1, x2 = array.where(flips, 1 - x2, x1), array.where(flips, 1 - x1, x2)
        if "vertical" in self.mode:
            y1, y2 = array.where(flips, 1 - y2, y1), array.where(flips, 1 - y1, y2)
        cut = bounding_boxes.clip_to_image_size(_with_boxes(made, [x1, y1, x2, y2]), *sizes, "rel_xyxy")
        return bounding_boxes.convert_format(cut, "rel_xyxy", str(self.bounding_box_format), *sizes)


class Zooming(WarpingLayer):
    """Images enlarged or made smaller: `RandomZoom` with Keras 3's transformations."""

    def __init__(
        self, heights: tuple[float, float], widths: tuple[float, float] | None, interpolation: str, fill_mode: str,
        fill_value: float, data_format: str | None, seed: int | None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(interpolation, fill_mode, fill_value, seed, data_format, **kwargs)
        self.heights, self.widths = heights, widths

    def _draw(self, images: Any, seed: Any) -> dict[str, Any]:
        shape = (self._count(images), 1)
        tall = draws.uniform(shape, 1.0 + self.heights[0], 1.0 + self.heights[1], seed=seed)
        wide = tall
        if self.widths is not None:
            wide = draws.uniform(shape, 1.0 + self.widths[0], 1.0 + self.widths[1], seed=seed)
        return {"height_zoom": tall, "width_zoom": wide, "input_shape": tuple(images.shape)}

    def _warped(self, images: Any, transformation: Any, interpolation: str) -> Any:
        height, width, _ = self._sizes(images)
        zooms = (transformation["width_zoom"], transformation["height_zoom"])
        matrices = image_warp.zoom_matrices(*zooms, height, width)
        return image_warp.placed(images, matrices, *self._rules(interpolation), self._first)

    def _changed_boxes(self, boxes: dict[str, Any], transformation: Any) -> dict[str, Any]:
        made = self._converted(boxes, "xyxy", transformation)
        seen = []
        tall, wide = self._image_sizes(transformation)
        for zoom, size in ((transformation["width_zoom"], wide), (transformation["height_zoom"], tall)):
            zoom = tensor(zoom)  # (batch, 1)
            start = (size - 1.0) / 2.0 * (1.0 - zoom)
            seen.append((start, start + size * zoom))
        parts = []
        for i, side in enumerate(_sides(made)):  # as shares of what is seen
            start, end = seen[i % 2]
            parts.append((clip.clip_by_value(side, start, end) - start) / (end - start))
        return self._cut(_with_boxes(made, parts), "rel_xyxy", transformation)


class Window(ImageLayer):
    """A part of images cut out, or all of them in another size: (top, left) with a height and a width."""

    _moves = True
    _always = True

    def __init__(self, height: int, width: int, data_format: str | None, seed: int | None = None, **kwargs: Any):
        super().__init__(seed, data_format, **kwargs)
        self.height, self.width = height, width
        self._image_sizes = height, width

    def _rows_and_columns(self, images: Any) -> tuple[int, int]:
        height, width, _ = self._sizes(images)
        if height is None or width is None:
            raise ValueError(
                f"{type(self).__name__} needs images of known height and width. Received: "
                f"images.shape={tuple(images.shape)}"
            )
        return int(height), int(width)

    def _centre(self, rows: int, columns: int) -> tuple[int, int, int, int]:
        """The largest window of the target's aspect: top, left, height and width."""
        high = max(min(rows, int(columns * self.height / self.width)), 1)
        wide = max(min(columns, int(rows * self.width / self.height)), 1)
        return int((rows - high) / 2), int((columns - wide) / 2), high, wide

    def _cut_out(self, images: Any, window: tuple[Any, Any, int, int], interpolation: str) -> Any:
        top, left, high, wide = window
        shape = images.shape.as_list()
        begin = [0, 0, top, left] if self._first else [0, top, left, 0]
        size = [shape[0], shape[1], high, wide] if self._first else [shape[0], high, wide, shape[3]]
        part = array.slice(images, joining.stack([casting.cast(n, "int32") for n in begin]), size)
        if (high, wide) == (self.height, self.width):
            return part
        made = image.resize(part, (self.height, self.width), interpolation, data_format=self.data_format)
        return casting.cast(made, images.dtype)

    def _boxes_in(self, boxes: dict[str, Any], window: tuple[Any, ...], rows: Any, columns: Any) -> dict[str, Any]:
        top, left, high, wide = (casting.cast(tensor(n), "float32") for n in window)
        made = bounding_boxes.convert_format(boxes, str(self.bounding_box_format), "xyxy", rows, columns)
        parts = []
        for i, side in enumerate(_sides(made)):
            start, size, target = ((left, wide, self.width), (top, high, self.height))[i % 2]
            parts.append((clip.clip_by_value(side, start, start + size) - start) * (target / size))
        cut = bounding_boxes.clip_to_image_size(_with_boxes(made, parts), self.height, self.width)
        return bounding_boxes.convert_format(cut, "xyxy", str(self.bounding_box_format), self.height, self.width)

    def _changed_boxes(self, boxes: dict[str, Any], transformation: Any) -> dict[str, Any]:
        return self._boxes_in(boxes, *self._window_of(transformation))

    def _window_of(self, transformation: Any) -> tuple[tuple[Any, ...], int, int]:
        """The window, and the sizes of the images that it was chosen for."""
        raise NotImplementedError(f"{type(self).__name__} must define _window_of.")

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape with the window's size."""
        shape = list(input_shape)
        at = len(shape) - (2 if self._first else 3)
        shape[at : at + 2] = [self.height, self.width]
        return tuple(shape)


class Cropping(Window):
    """A window at a random place, the same for a batch: `RandomCrop` with Keras 3's transformations.

    Images that are not larger than the window, and all outside of training, are cut to its aspect and resized.
    """

    def get_random_transformation(self, data: Any, training: Any = True, seed: Any = None) -> Any:
        """Where the window begins: (top, left)."""
        images = data["images"] if isinstance(data, dict) else data
        images = images if hasattr(images, "shape") else as_tensor(images)
        self._check(images)
        rows, columns = self._rows_and_columns(images)
        self._image_sizes = rows, columns
        if not training or rows <= self.height or columns <= self.width:
            return self._centre(rows, columns)[:2]
        key = self.generator if seed is None else seed
        drawn = [draws.uniform((), 0.0, float(n), seed=key) for n in (rows - self.height + 1, columns - self.width + 1)]
        return tuple(casting.cast(each, "int32") for each in drawn)

    def _window(self, transformation: Any, rows: int, columns: int) -> tuple[Any, Any, int, int]:
        top, left = transformation
        if isinstance(top, int) and (top, left) == self._centre(rows, columns)[:2]:
            return self._centre(rows, columns)
        return top, left, self.height, self.width

    def _changed(self, images: Any, transformation: Any) -> Any:
        return self._cut_out(images, self._window(transformation, *self._rows_and_columns(images)), "bilinear")

    def _changed_masks(self, masks: Any, transformation: Any) -> Any:
        return self._cut_out(masks, self._window(transformation, *self._rows_and_columns(masks)), "nearest")

    def _window_of(self, transformation: Any) -> tuple[tuple[Any, ...], int, int]:
        sizes = self._image_sizes
        return self._window(transformation, *sizes), *sizes


class Centering(Window):
    """The centre of images; what is smaller is cut to the aspect and enlarged: `CenterCrop` as Keras 3 has it."""

    def _draw(self, images: Any, seed: Any) -> dict[str, Any]:
        return {"input_shape": tuple(images.shape)}

    def _window(self, rows: int, columns: int) -> tuple[int, int, int, int]:
        if rows < self.height or columns < self.width:
            return self._centre(rows, columns)
        return (rows - self.height) // 2, (columns - self.width) // 2, self.height, self.width

    def _changed(self, images: Any, transformation: Any) -> Any:
        return self._cut_out(images, self._window(*self._rows_and_columns(images)), "bilinear")

    def _window_of(self, transformation: Any) -> tuple[tuple[Any, ...], int, int]:
        shape = list(transformation["input_shape"])
        rows, columns = (shape[-2], shape[-1]) if self._first else (shape[-3], shape[-2])
        return self._window(rows, columns), rows, columns


class Fitting(Window):
    """Images of another size: `Resizing` as Keras 3 has it. `layer` is that `Resizing`."""

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        super().__init__(layer.height, layer.width, layer.data_format, **kwargs)
        self._resize = layer._resized_by
        self._interpolation = layer.interpolation
        self._cropped, self._padded = layer.crop_to_aspect_ratio, layer.pad_to_aspect_ratio

    def get_random_transformation(self, data: Any, training: Any = True, seed: Any = None) -> Any:
        """The height and the width of the images."""
        images = data["images"] if isinstance(data, dict) else data
        images = images if hasattr(images, "shape") else as_tensor(images)
        self._check(images)
        return self._sizes(images)[:2]

    def _changed(self, images: Any, transformation: Any) -> Any:
        return self._resize(images, self._interpolation)

    def _changed_masks(self, masks: Any, transformation: Any) -> Any:
        return casting.cast(self._resize(masks, "nearest"), masks.dtype)

    def _window_of(self, transformation: Any) -> tuple[tuple[Any, ...], int, int]:
        rows, columns = transformation
        if self._cropped:
            return self._centre(rows, columns), rows, columns
        if self._padded:  # the window is larger than the image
            scale = min(self.height / rows, self.width / columns)
            top, left = (
                (target - size * scale) // 2 / scale for target, size in ((self.height, rows), (self.width, columns))
            )
            return (-top, -left, self.height / scale, self.width / scale), rows, columns
        return (0, 0, rows, columns), rows, columns

    def _changed_boxes(self, boxes: dict[str, Any], transformation: Any) -> dict[str, Any]:
        given = tensor(boxes["boxes"])
        none = reductions.reduce_all(given == -1, -1) | reductions.reduce_all(given == 0, -1)  # stand for no box
        made = super()._changed_boxes(boxes, transformation)
        kept = array.where(array.expand_dims(none, -1), array.zeros_like(made["boxes"]), made["boxes"])
        return {**made, "boxes": kept}
