"""Bounding boxes (`keras.utils.bounding_boxes`): conversion between formats, clipping, overlaps, encodings."""

from __future__ import annotations

from typing import Any

from addax.keras.ops.promotion import tensor
from addax.ops import array, casting, clip, elementwise, joining, reductions
from addax.ops import bounding_boxes as ops


def _floats(boxes: Any, dtype: Any) -> Any:
    made = casting.cast(tensor(boxes), dtype)
    if made.shape[-1] != 4:
        raise ValueError(
            f"`boxes` must be a tensor with the last dimension of 4. Received: boxes.shape={tuple(made.shape)}"
        )
    return made


def dense(bounding_boxes: Any) -> dict[str, Any]:
    """{"boxes": ..., "labels": ...} as tensors of one size per image: ragged ones and lists are filled up.

    Boxes are filled with 0, labels with -1.

    Raises:
        ValueError: not such a dict, or of ranks that do not fit.
    """
    if not isinstance(bounding_boxes, dict) or "labels" not in bounding_boxes or "boxes" not in bounding_boxes:
        raise ValueError(
            "Expected `bounding_boxes` to be a dict with keys 'boxes' and 'labels'. "
            f"Received: bounding_boxes={bounding_boxes}"
        )
    boxes, labels = bounding_boxes["boxes"], bounding_boxes["labels"]
    if isinstance(boxes, list) and boxes and isinstance(boxes[0], list) and boxes[0] and isinstance(boxes[0][0], list):
        most = max(len(each) for each in boxes)
        boxes = [[*each, *[[0.0] * 4] * (most - len(each))] for each in boxes]
        labels = [[*each, *[-1] * (most - len(each))] for each in labels]
    if hasattr(boxes, "to_tensor"):
        rank = len(boxes.shape)
        boxes = boxes.to_tensor(0, shape=[None] * (rank - 1) + [4])
    if hasattr(labels, "to_tensor"):
        labels = labels.to_tensor(-1)
    made = {**bounding_boxes, "boxes": _floats(boxes, "float32"), "labels": tensor(labels)}
    ranks = len(made["boxes"].shape), len(made["labels"].shape)
    if ranks[0] not in (2, 3) or ranks[1] not in (ranks[0] - 1, ranks[0]):
        raise ValueError(
            "Expected `bounding_boxes['boxes']` of shape (boxes, 4) or (batch, boxes, 4), and their labels. Received: "
            f"boxes.shape={tuple(made['boxes'].shape)}, labels.shape={tuple(made['labels'].shape)}"
        )
    return made


def convert_format(
    boxes: Any, source: str, target: str, height: Any = None, width: Any = None, dtype: Any = "float32"
) -> Any:
    """Boxes of one format in another.

    Args:
        boxes: (..., 4), or a dict with such "boxes", of which a new one with other boxes is returned.
        source: "xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw", "rel_xyxy", "rel_yxyx", "rel_xywh" or
            "rel_center_xywh"; "rel_": as shares of the image's sizes.
        target: the same.
        height: of the image, between relative and absolute formats.
        width: the same.
        dtype: of the result.

    Raises:
        ValueError: an unknown format, or a size is missing.

    >>> from addax import keras
    >>> keras.utils.bounding_boxes.convert_format([[1, 2, 5, 8]], "xyxy", "xywh").numpy().tolist()
    [[1.0, 2.0, 4.0, 6.0]]
    """
    if isinstance(boxes, dict):
        return {**boxes, "boxes": convert_format(boxes["boxes"], source, target, height, width, dtype)}
    source, target = str(source).lower(), str(target).lower()
    if source not in ops.FORMATS or target not in ops.FORMATS:
        raise ValueError(
            f"Invalid source or target format. Supported formats: {ops.FORMATS}. Received: {source!r}, {target!r}"
        )
    relative = source.startswith("rel_") or target.startswith("rel_")
    if relative and (height is None or width is None):
        raise ValueError(
            "convert_format needs `height` and `width` for relative formats. "
            f"Received: source={source!r}, target={target!r}, height={height}, width={width}"
        )
    return ops.convert(
        _floats(boxes, dtype), *(None if n is None else tensor(n) for n in (height, width)), source, target
    )


def clip_to_image_size(
    bounding_boxes: dict[str, Any], height: Any = None, width: Any = None, bounding_box_format: str = "xyxy"
) -> dict[str, Any]:
    """Boxes cut at the sides of the image; labels of those of which nothing is left become -1.

    Args:
        bounding_boxes: a dict of "boxes" and perhaps "labels".
        height: of the image, for "xyxy".
        width: the same.
        bounding_box_format: "xyxy" or "rel_xyxy".

    >>> from addax import keras
    >>> boxes = {"boxes": [[[-1.0, 0.0, 3.0, 9.0]]], "labels": [[2]]}
    >>> keras.utils.bounding_boxes.clip_to_image_size(boxes, 4, 4)["boxes"].numpy().tolist()
    [[[0.0, 0.0, 3.0, 4.0]]]
    """
    if bounding_box_format not in ("xyxy", "rel_xyxy"):
        raise NotImplementedError(f"Boxes of format {bounding_box_format!r} cannot be cut; convert them to 'xyxy'.")
    if bounding_box_format == "rel_xyxy":
        height = width = 1
    elif height is None or width is None:
        raise ValueError("`height` and `width` must be set if `bounding_box_format='xyxy'`.")
    boxes = tensor(bounding_boxes["boxes"])
    cut, left = ops.clip(boxes, tensor(height), tensor(width))
    made = {**bounding_boxes, "boxes": cut}
    if bounding_boxes.get("labels") is not None:
        labels = tensor(bounding_boxes["labels"])
        made["labels"] = array.where(left, labels, casting.cast(-1, labels.dtype))
    return made


def _only_corners(bounding_box_format: str) -> None:
    if bounding_box_format != "xyxy":
        raise NotImplementedError(f"Only boxes of format 'xyxy' can be moved; received {bounding_box_format!r}.")


def affine_transform(
    boxes: Any, angle: Any, translate_x: Any, translate_y: Any, scale: Any, shear_x: Any, shear_y: Any, height: Any,
    width: Any, center_x: Any = None, center_y: Any = None, bounding_box_format: str = "xyxy",
) -> Any:  # fmt: skip
    """The boxes around what images show of boxes when they are turned, sheared, scaled and moved.

    Args:
        boxes: (batch, n, 4).
        angle: (batch,), in degrees.
        translate_x: (batch,), as a share of the width.
        translate_y: (batch,), as a share of the height.
        scale: (batch,).
        shear_x: (batch,), in degrees.
        shear_y: (batch,), in degrees.
        height: of the images.
        width: of the images.
        center_x: what stays in place, as a share of the width; by default 0.5.
        center_y: the same of the height.
        bounding_box_format: "xyxy".

    Returns:
        Boxes of the same shape and format, not clipped to the image.

    >>> from addax import keras
    >>> moved = keras.utils.bounding_boxes.affine_transform(
    ...     [[[0.0, 0.0, 4.0, 2.0]]], [0.0], [0.5], [0.0], [1.0], [0.0], [0.0], height=8, width=8)
    >>> moved.numpy().tolist()
    [[[3.5, 0.0, 7.5, 2.0]]]
    """
    _only_corners(bounding_box_format)

    def numbers(*values: Any) -> Any:
        return joining.stack([casting.cast(tensor(value), "float32") for value in values])

    center = numbers(0.5 if center_x is None else center_x, 0.5 if center_y is None else center_y)
    parts = numbers(translate_x, translate_y), numbers(scale)[0], numbers(shear_x, shear_y), numbers(width, height)
    return ops.turned(_floats(boxes, "float32"), numbers(angle)[0], *parts, center)


def crop(boxes: Any, top: Any, left: Any, height: Any, width: Any, bounding_box_format: str = "xyxy") -> Any:
    """What a window of a size at (top, left) shows of boxes.

    >>> from addax import keras
    >>> keras.utils.bounding_boxes.crop([[1.0, 1.0, 6.0, 4.0]], 2, 1, 3, 3).numpy().tolist()
    [[0.0, 0.0, 3.0, 2.0]]
    """
    _only_corners(bounding_box_format)
    made = _floats(boxes, "float32")
    offset = casting.cast(joining.stack([tensor(n) for n in (left, top, left, top)], -1), made.dtype)
    return ops.clip(made - offset, tensor(height), tensor(width))[0]


def pad(
    boxes: Any, top: Any, left: Any, height: Any = None, width: Any = None, bounding_box_format: str = "xyxy"
) -> Any:
    """Boxes of images to which rows were added at the top, and columns at the left.

    >>> from addax import keras
    >>> keras.utils.bounding_boxes.pad([[1.0, 1.0, 6.0, 4.0]], 2, 1).numpy().tolist()
    [[2.0, 3.0, 7.0, 6.0]]
    """
    _only_corners(bounding_box_format)
    made = _floats(boxes, "float32")
    return made + casting.cast(joining.stack([tensor(n) for n in (left, top, left, top)], -1), made.dtype)


def _image_sizes(image_shape: Any) -> tuple[Any, Any]:
    return (None, None) if image_shape is None else (image_shape[0], image_shape[1])


def compute_iou(
    boxes1: Any, boxes2: Any, bounding_box_format: str, use_masking: bool = False, mask_val: float = -1,
    image_shape: Any = None,
) -> Any:  # fmt: skip
    """The intersection over union of each box with each.

    Args:
        boxes1: (m, 4) or (batch, m, 4).
        boxes2: (n, 4) or (batch, n, 4).
        bounding_box_format: of both.
        use_masking: whether boxes of negative numbers stand for none.
        mask_val: what is returned for these.
        image_shape: (height, width, channels), for relative formats.

    Returns:
        (m, n) or (batch, m, n).

    >>> from addax import keras
    >>> keras.utils.bounding_boxes.compute_iou([[0, 0, 2, 2]], [[1, 0, 3, 2]], "xyxy").numpy().round(3).tolist()
    [[0.3330000042915344]]
    """
    if "rel" in bounding_box_format and image_shape is None:
        raise ValueError(f"`image_shape` is needed for boxes of format {bounding_box_format!r}.")
    height, width = _image_sizes(image_shape)
    made = [convert_format(b, bounding_box_format, "xyxy", height, width) for b in (boxes1, boxes2)]
    if any(len(each.shape) not in (2, 3) for each in made):
        shapes = [tuple(each.shape) for each in made]
        raise ValueError(f"compute_iou takes boxes of rank 2, or 3 with a batch. Received shapes: {shapes}")
    found = ops.overlaps(*made)
    if not use_masking:
        return found
    absent = [(made[0] < 0), (made[1] < 0)]
    first, second = (reductions.reduce_all(each, -1) for each in absent)
    none = array.expand_dims(first, -1) | array.expand_dims(second, -2)
    return array.where(none, casting.cast(mask_val, found.dtype), found)


def compute_ciou(boxes1: Any, boxes2: Any, bounding_box_format: str, image_shape: Any = None) -> Any:
    """The complete intersection over union of pairs of boxes: less for distance and for other proportions.

    >>> from addax import keras
    >>> keras.utils.bounding_boxes.compute_ciou([[0, 0, 2, 2]], [[0, 0, 2, 2]], "xyxy").numpy().round(3).tolist()
    [1.0]
    """
    if "rel" in bounding_box_format and image_shape is None:
        raise ValueError(f"`image_shape` is needed for boxes of format {bounding_box_format!r}.")
    height, width = _image_sizes(image_shape)
    return ops.complete_overlaps(
        *(convert_format(b, bounding_box_format, "xyxy", height, width) for b in (boxes1, boxes2))
    )


def _check_encoding(encoding: str, variance: Any) -> Any:
    if encoding not in ("center_xywh", "center_yxhw"):
        raise ValueError(f"The encoding should be one of 'center_xywh' or 'center_yxhw'. Received: {encoding!r}")
    if variance is None:
        return None
    made = tensor(variance, "float32")
    if made.shape[-1] != 4:
        raise ValueError(f"`variance` must be of length 4. Received: {variance}")
    return made


def encode_box_to_deltas(
    anchors: Any, boxes: Any, anchor_format: str, box_format: str, encoding_format: str = "center_yxhw",
    variance: Any = None, image_shape: Any = None,
) -> Any:  # fmt: skip
    """How boxes differ from anchors: centers in the anchor's sizes, logarithms of sizes (Girshick et al. 2014).

    >>> from addax import keras
    >>> boxes = keras.utils.bounding_boxes
    >>> boxes.encode_box_to_deltas([[0.0, 0.0, 2.0, 2.0]], [[1.0, 0.0, 3.0, 2.0]], "xyxy", "xyxy").numpy().tolist()
    [[0.0, 0.5, 0.0, 0.0]]
    """
    divisor, (height, width) = _check_encoding(encoding_format, variance), _image_sizes(image_shape)
    near = convert_format(anchors, anchor_format, encoding_format, height, width)
    made = convert_format(boxes, box_format, encoding_format, height, width)
    least = ops.EPSILON
    size, new = (clip.clip_by_value(each[..., 2:], least, float("inf")) for each in (near, made))
    deltas = joining.concat([(made[..., :2] - near[..., :2]) / size, elementwise.log(new / size)], -1)
    return deltas if divisor is None else deltas / divisor


def decode_deltas_to_boxes(
    anchors: Any, boxes_delta: Any, anchor_format: str, box_format: str, encoded_format: str = "center_yxhw",
    variance: Any = None, image_shape: Any = None,
) -> Any:  # fmt: skip
    """The inverse of `encode_box_to_deltas`; dicts of several levels too.

    Args:
        anchors: (..., 4).
        boxes_delta: (..., 4), as `encode_box_to_deltas` returns them.
        anchor_format: of the anchors.
        box_format: of the result.
        encoded_format: "center_yxhw" or "center_xywh".
        variance: four numbers by which the deltas were divided.
        image_shape: (height, width, ...), for formats relative to it.

    >>> from addax import keras
    >>> boxes = keras.utils.bounding_boxes
    >>> deltas = [[0.0, 0.5, 0.0, 0.0]]
    >>> boxes.decode_deltas_to_boxes([[0.0, 0.0, 2.0, 2.0]], deltas, "xyxy", "xyxy").numpy().tolist()
    [[1.0, 0.0, 3.0, 2.0]]
    """
    factor, (height, width) = _check_encoding(encoded_format, variance), _image_sizes(image_shape)
    if isinstance(anchors, dict):
        rest = (anchor_format, box_format, encoded_format, variance, image_shape)
        return {level: decode_deltas_to_boxes(each, boxes_delta[level], *rest) for level, each in anchors.items()}
    near = convert_format(anchors, anchor_format, encoded_format, height, width)
    deltas = _floats(boxes_delta, "float32")
    deltas = deltas if factor is None else deltas * factor
    size = near[..., 2:]
    made = joining.concat([deltas[..., :2] * size + near[..., :2], elementwise.exp(deltas[..., 2:]) * size], -1)
    return convert_format(made, encoded_format, box_format, height, width)
