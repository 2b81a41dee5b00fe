"""MaxNumBoundingBoxes: as many bounding boxes for each image."""

from __future__ import annotations

from typing import Any

from addax.keras.layers import arguments
from addax.keras.layers.preprocessing.image_layer import ImageLayer
from addax.ops import joining


class MaxNumBoundingBoxes(ImageLayer):
    """Bounding boxes cut off or filled up to a number, in training or not; images and labels stay.

    Args:
        max_number: of boxes per image.
        fill_value: of boxes and labels that are added.
        **kwargs: as for every `Layer`; also `bounding_box_format`.

    >>> import addax as tf
    >>> layer = tf.keras.layers.MaxNumBoundingBoxes(2, bounding_box_format="xyxy")
    >>> boxes = {"boxes": tf.ones((1, 3, 4)), "labels": tf.constant([[5, 6, 7]])}
    >>> layer({"images": tf.ones((1, 4, 4, 3)), "bounding_boxes": boxes})["bounding_boxes"]["labels"].numpy().tolist()
    [[5, 6]]
    """

    _always = True

    def __init__(self, max_number: int, fill_value: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_number = int(max_number)
        self.fill_value = int(fill_value)

    def _changed_boxes(self, boxes: dict[str, Any], transformation: Any) -> dict[str, Any]:
        def sized(value: Any) -> Any:
            missing = max(self.max_number - int(value.shape[1]), 0)
            sides = [[0, 0], [0, missing], *[[0, 0]] * (len(value.shape) - 2)]
            return joining.pad(value[:, : self.max_number], sides, constant_values=self.fill_value)

        return {**boxes, "boxes": sized(boxes["boxes"]), "labels": sized(boxes["labels"])}

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shapes, with that number of boxes."""
        if not isinstance(input_shape, dict) or "bounding_boxes" not in input_shape:
            return input_shape
        shapes = dict(input_shape["bounding_boxes"])
        extra = set(shapes) - {"boxes", "labels"}
        if extra:
            raise KeyError(f"`bounding_boxes` may have the keys `boxes` and `labels`. Received also: {sorted(extra)}")
        sized = {key: [shape[0], self.max_number, *shape[2:]] for key, shape in shapes.items()}
        return {**input_shape, "bounding_boxes": sized}

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        config = {**super().get_config(), "max_number": self.max_number, "fill_value": self.fill_value}
        del config["seed"]
        return config


arguments.register(MaxNumBoundingBoxes)
