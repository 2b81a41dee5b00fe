"""Bounding boxes: their formats, overlaps, and what becomes of them when images are moved."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core.convert import FreeLike
from addax.core.dispatch import op

FORMATS = (
    "xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw", "rel_xyxy", "rel_yxyx", "rel_xywh", "rel_center_xywh",
)  # fmt: skip
EPSILON = 1e-7


def _sizes(height: Any, width: Any, dtype: Any) -> Any:
    """(width, height, width, height), per box where they are arrays."""
    pair = [jnp.asarray(size).astype(dtype) for size in (width, height)]
    return jnp.stack(jnp.broadcast_arrays(*pair, *pair), -1)


def _rows_first(kind: str) -> bool:
    return kind.endswith(("yxyx", "yxhw"))


def corners(boxes: Any, kind: str) -> Any:
    """Boxes of an absolute format as (left, top, right, bottom); for bodies."""
    if _rows_first(kind):
        boxes = boxes[..., np.array([1, 0, 3, 2])]
    first, second = boxes[..., :2], boxes[..., 2:]
    if kind.startswith("center"):
        first, second = first - second / 2, first + second / 2
    elif kind == "xywh":
        second = first + second
    return jnp.concatenate([first, second], -1)


def _in_format(boxes: Any, kind: str) -> Any:
    first, second = boxes[..., :2], boxes[..., 2:]
    if kind.startswith("center"):
        first, second = first + (second - first) / 2, second - first
    elif kind == "xywh":
        second = second - first
    made = jnp.concatenate([first, second], -1)
    return made[..., np.array([1, 0, 3, 2])] if _rows_first(kind) else made


@op(name="keras.utils.bounding_boxes.convert_format")
def convert(boxes: FreeLike, height: FreeLike | None, width: FreeLike | None, source: str, target: str) -> Any:
    """Boxes (..., 4) of one format in another; sizes of images are needed between relative and absolute ones."""
    relative = source.startswith("rel_"), target.startswith("rel_")
    if source == target:
        return boxes
    made = corners(boxes, source.removeprefix("rel_"))
    if relative[0] != relative[1]:
        sizes = _sizes(height, width, boxes.dtype)
        made = made * sizes if relative[0] else made / sizes
    return _in_format(made, target.removeprefix("rel_"))


@op(name="keras.utils.bounding_boxes.clip_to_image_size")
def clip(boxes: FreeLike, height: FreeLike, width: FreeLike) -> Any:
    """Corners, cut at the sides of the image; and whether anything is left."""
    made = jnp.clip(boxes, 0, _sizes(height, width, boxes.dtype))
    return made, (made[..., 2] - made[..., 0]) * (made[..., 3] - made[..., 1]) > 0


def _area(boxes: Any) -> Any:
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])


def _common(a: Any, b: Any) -> Any:
    sides = jnp.minimum(a[..., 2:], b[..., 2:]) - jnp.maximum(a[..., :2], b[..., :2])
    return jnp.maximum(sides, 0).prod(-1)


@op(name="keras.utils.bounding_boxes.compute_iou")
def overlaps(boxes1: FreeLike, boxes2: FreeLike) -> Any:
    """The intersection over the union of each of (..., m, 4) corners with each of (..., n, 4)."""
    a, b = boxes1[..., :, None, :], boxes2[..., None, :, :]
    common = _common(a, b)
    return common / (_area(a) + _area(b) - common + EPSILON)


@op(name="keras.utils.bounding_boxes.compute_ciou")
def complete_overlaps(boxes1: FreeLike, boxes2: FreeLike) -> Any:
    """The complete intersection over union of pairs of corners (Zheng et al. 2020)."""
    common = _common(boxes1, boxes2)
    wide1, tall1 = (boxes1[..., i + 2] - boxes1[..., i] for i in range(2))
    wide2, tall2 = (boxes2[..., i + 2] - boxes2[..., i] for i in range(2))
    tall1, tall2 = tall1 + EPSILON, tall2 + EPSILON
    share = common / (wide1 * tall1 + wide2 * tall2 - common + 2 * EPSILON)
    around = jnp.maximum(boxes1[..., 2:], boxes2[..., 2:]) - jnp.minimum(boxes1[..., :2], boxes2[..., :2])
    middle1, middle2 = ((b[..., :2] + b[..., 2:]) / 2 for b in (boxes1, boxes2))
    apart = ((middle1 - middle2) ** 2).sum(-1) / ((around**2).sum(-1) + EPSILON)
    shape = 4 / np.pi**2 * (jnp.arctan(wide2 / tall2) - jnp.arctan(wide1 / tall1)) ** 2
    return share - (apart + shape * shape / (shape - share + (1 + EPSILON)))


def _around(points: Any) -> Any:
    """The corners of the box around points (..., n, 2)."""
    return jnp.concatenate([points.min(-2), points.max(-2)], -1)


def _points(boxes: Any) -> Any:
    """The four corners (..., 4, 2) of boxes."""
    return jnp.stack([boxes[..., np.array(pair)] for pair in ((0, 1), (2, 1), (2, 3), (0, 3))], -2)


@op(name="keras.utils.bounding_boxes.affine_transform")
def turned(
    boxes: FreeLike, angle: FreeLike, move: FreeLike, scale: FreeLike, shear: FreeLike, sizes: FreeLike,
    center: FreeLike,
) -> Any:  # fmt: skip
    """The boxes (batch, n, 4) around corners that are turned and sheared (degrees), scaled, and moved.

    Args:
        boxes: corners.
        angle: (batch,).
        move: (2, batch): by shares of the width and the height.
        scale: (batch,).
        shear: (2, batch), along x and y.
        sizes: (2,): width and height of the images.
        center: (2,) or (2, batch): what stays in place, as shares of width and height.
    """
    turn, lean, rise = (-jnp.asarray(each) * (np.pi / 180) for each in (angle, shear[0], shear[1]))
    middle = [center[i] * (sizes[i] - 1) for i in range(2)]
    moved = [middle[i] - move[i] * (sizes[i] - 1) for i in range(2)]
    a = jnp.cos(turn - rise) / jnp.cos(rise)
    b = a * jnp.tan(lean) + jnp.sin(turn)
    c = -jnp.sin(turn - rise) / jnp.cos(rise)
    d = jnp.cos(turn) - c * jnp.tan(lean)
    rows = [(d * scale, -b * scale), (-c * scale, a * scale)]
    x, y = _points(boxes.astype(a.dtype))[..., 0], _points(boxes.astype(a.dtype))[..., 1]
    made = []
    for (over, down), stays in zip(rows, middle, strict=True):
        rest = stays - over * moved[0] - down * moved[1]
        made.append(over[:, None, None] * x + down[:, None, None] * y + rest[:, None, None])
    return _around(jnp.stack(made, -1))


@op
def sheared(boxes: FreeLike, amounts: FreeLike) -> Any:
    """Relative corners (batch, n, 4) around what images sheared by (batch, 2) amounts show, as Keras counts it."""
    across, down = amounts[:, :1].astype(boxes.dtype), amounts[:, 1:].astype(boxes.dtype)
    left, top, right, bottom = (boxes[..., i] for i in range(4))
    left, right = (
        left - across * jnp.where(across < 0, top, bottom),
        right - across * jnp.where(across < 0, bottom, top),
    )
    top = top - down * jnp.where(down > 0, right, left)
    bottom = bottom - down * jnp.where(down > 0, left, right)
    return jnp.stack([left, top, right, bottom], -1)


@op
def in_perspective(boxes: FreeLike, matrices: FreeLike) -> Any:
    """The boxes around corners (batch, n, 4) seen in a perspective, (batch, 8) from where they come to lie."""
    matrix = jnp.concatenate([matrices, jnp.ones_like(matrices[:, :1])], -1).reshape(-1, 3, 3)
    points = _points(boxes).astype(matrix.dtype)
    points = jnp.concatenate([points, jnp.ones_like(points[..., :1])], -1)
    seen = jnp.einsum("bij,bnpj->bnpi", jnp.linalg.inv(matrix), points, precision="highest")
    return _around(seen[..., :2] / seen[..., 2:])
