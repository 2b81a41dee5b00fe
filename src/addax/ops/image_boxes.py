"""Boxes in images: non-maximum suppression and drawing.

How many boxes are kept depends on the data, so suppression runs on the host; a tf.function that calls it runs eagerly.
"""

from __future__ import annotations

import heapq
from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import convert, errors
from addax.core.convert import FreeLike
from addax.core.dispatch import op
from addax.core.failures import RefusedDtypeError, refusing
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor

_HALF_OR_SINGLE = ("float16", "float32")


def _values(who: str, *tensors: Any) -> list[np.ndarray]:
    return [np.asarray(concrete(convert.convert_to_tensor(tensor), who)) for tensor in tensors]


def _floats(who: str, allowed: tuple[str, ...], *boxes_and_scores: Any) -> list[np.ndarray]:
    """Boxes and scores: tensors of an allowed dtype, or data, which become float32."""
    for each in boxes_and_scores:
        if isinstance(each, Tensor) and each.dtype.name not in allowed:
            raise RefusedDtypeError(
                errors.message(
                    who,
                    expected=f"boxes and scores of {' or '.join(allowed)}",
                    received=errors.describe(each),
                    hint="cast it to tf.float32",
                )
            )
    arrays = _values(who, *boxes_and_scores)
    return [array if array.dtype.name in allowed else array.astype(np.float32) for array in arrays]


def _overlaps(boxes: np.ndarray) -> np.ndarray:
    """The intersection over union of each pair of boxes (n, 4), whose corners may come in any order."""
    low = np.minimum(boxes[:, :2], boxes[:, 2:]).astype(np.float32)
    high = np.maximum(boxes[:, :2], boxes[:, 2:]).astype(np.float32)
    area = np.prod(high - low, axis=1)
    sides = np.minimum(high[:, None], high[None]) - np.maximum(low[:, None], low[None])
    inner = np.prod(np.clip(sides, 0, None), axis=2)
    union = area[:, None] + area[None] - inner
    good = (area[:, None] > 0) & (area[None] > 0)
    return np.where(good, inner / np.where(union > 0, union, 1), 0.0).astype(np.float32)


def _suppressed(
    overlaps: np.ndarray, scores: np.ndarray, most: int, threshold: float, least_score: float, sigma: float = 0.0
) -> tuple[list[int], list[float]]:
    """Indices and scores of the boxes that are kept, best first (soft if sigma > 0: Bodla et al. 2017)."""
    soft = sigma > 0
    queue = [(-float(score), i, 0) for i, score in enumerate(scores) if score > least_score]
    heapq.heapify(queue)
    kept: list[int] = []
    kept_scores: list[float] = []
    while queue and len(kept) < most:
        negative, index, begin = heapq.heappop(queue)
        score = original = -negative
        dropped = False
        for other in reversed(kept[begin:]):
            overlap = overlaps[index, other]
            if soft:
                score = float(np.float32(score) * np.exp(np.float32(-0.5 / sigma) * overlap * overlap))
            elif overlap > threshold:
                dropped = True
                break
            if score <= least_score:
                break
        if dropped:
            continue
        if score == original:
            kept.append(index)
            kept_scores.append(score)
        elif score > least_score:
            heapq.heappush(queue, (-score, index, len(kept)))
    return kept, kept_scores


def _check_boxes(who: str, boxes: np.ndarray, scores: np.ndarray) -> None:
    if boxes.ndim != 2 or boxes.shape[1] != 4 or scores.shape != boxes.shape[:1]:
        raise errors.InvalidArgumentError(
            errors.message(who, expected="boxes (n, 4) and scores (n,)", received={"boxes": boxes, "scores": scores})
        )


@refusing("tf.image.non_max_suppression")
def non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = float("-inf"),
    name: str | None = None,
) -> Tensor:
    """Which boxes to keep, best first, so that none overlaps a better one much.

    Args:
        boxes: float (n, 4): y1, x1, y2, x2.
        scores: float (n,).
        max_output_size: the most boxes to keep.
        iou_threshold: the largest overlap (intersection over union) that is allowed.
        score_threshold: boxes must score more than that.
        name: ignored.

    Returns:
        int32 indices of boxes.

    >>> import addax as tf
    >>> boxes = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.9], [2.0, 2.0, 3.0, 3.0]]
    >>> tf.image.non_max_suppression(boxes, [0.9, 0.8, 0.7], 3).numpy().tolist()
    [0, 2]
    """
    who = "tf.image.non_max_suppression"
    corners, points = _floats(who, _HALF_OR_SINGLE, boxes, scores)
    most, overlap, least = _values(who, max_output_size, iou_threshold, score_threshold)
    _check_boxes(who, corners, points)
    if not 0 <= overlap <= 1:
        raise errors.InvalidArgumentError(f"{who}: iou_threshold must be in [0, 1], received {overlap}.")
    kept, _ = _suppressed(_overlaps(corners), points, int(most), float(overlap), float(least))
    return convert.constant(np.array(kept, np.int32))


@refusing("tf.image.non_max_suppression_with_scores")
def non_max_suppression_with_scores(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = float("-inf"),
    soft_nms_sigma: Any = 0.0,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """`non_max_suppression` that returns scores too; with soft_nms_sigma > 0, overlaps lower scores instead.

    Returns:
        (int32 indices of boxes, their scores).

    >>> import addax as tf
    >>> boxes = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.9], [2.0, 2.0, 3.0, 3.0]]
    >>> kept, scores = tf.image.non_max_suppression_with_scores(boxes, [0.5, 0.75, 0.25], 3)
    >>> kept.numpy().tolist(), scores.numpy().tolist()
    ([1, 2], [0.75, 0.25])
    """
    who = "tf.image.non_max_suppression_with_scores"
    corners, points = _floats(who, _HALF_OR_SINGLE, boxes, scores)
    most, overlap, least, sigma = _values(who, max_output_size, iou_threshold, score_threshold, soft_nms_sigma)
    _check_boxes(who, corners, points)
    kept, kept_scores = _suppressed(_overlaps(corners), points, int(most), float(overlap), float(least), float(sigma))
    return convert.constant(np.array(kept, np.int32)), convert.constant(np.array(kept_scores, points.dtype))


@refusing("tf.image.non_max_suppression_overlaps")
def non_max_suppression_overlaps(
    overlaps: Any,
    scores: Any,
    max_output_size: Any,
    overlap_threshold: Any = 0.5,
    score_threshold: Any = float("-inf"),
    name: str | None = None,
) -> Tensor:
    """`non_max_suppression` from a matrix of overlaps (n, n) instead of boxes.

    >>> import addax as tf
    >>> tf.image.non_max_suppression_overlaps([[1.0, 0.9], [0.9, 1.0]], [0.5, 0.75], 2).numpy().tolist()
    [1]
    """
    who = "tf.image.non_max_suppression_overlaps"
    matrix, points = _floats(who, ("float32",), overlaps, scores)
    most, overlap, least = _values(who, max_output_size, overlap_threshold, score_threshold)
    kept, _ = _suppressed(matrix, points, int(most), float(overlap), float(least))
    return convert.constant(np.array(kept, np.int32))


@refusing("tf.image.non_max_suppression_padded")
def non_max_suppression_padded(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = float("-inf"),
    pad_to_max_output_size: bool = False,
    name: str | None = None,
    sorted_input: bool = False,
    canonicalized_coordinates: bool = False,
    tile_size: int = 512,
) -> tuple[Tensor, Tensor]:
    """`non_max_suppression` of boxes, or of batches of boxes, with results of a fixed size.

    Args:
        boxes: float (..., n, 4).
        scores: float (..., n).
        max_output_size: the most boxes to keep.
        iou_threshold: the largest overlap that is allowed.
        score_threshold: boxes must score more than that.
        pad_to_max_output_size: whether to fill up with zeros (batches always are).
        name: ignored.
        sorted_input: has no effect; scores are sorted anyway.
        canonicalized_coordinates: has no effect; corners may come in any order.
        tile_size: has no effect.

    Returns:
        (int32 indices, int32 number of valid ones).

    >>> import addax as tf
    >>> boxes, scores = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.9]], [0.5, 0.75]
    >>> kept, count = tf.image.non_max_suppression_padded(boxes, scores, 2, pad_to_max_output_size=True)
    >>> kept.numpy().tolist(), int(count)
    ([1, 0], 1)
    """
    corners, points, most, overlap, least = _values(
        "tf.image.non_max_suppression_padded", boxes, scores, max_output_size, iou_threshold, score_threshold
    )
    lead, size = points.shape[:-1], int(most)
    # Here an overlap of the limit itself is too much, and a limit of 0 lets everything pass, as in TensorFlow.
    limit = float(np.nextafter(np.float32(overlap), np.float32(-1))) if overlap > 0 else np.inf
    rows, counts = [], []
    for each, score in zip(
        corners.reshape((-1, *corners.shape[-2:])), points.reshape(-1, points.shape[-1]), strict=True
    ):
        kept, _ = _suppressed(_overlaps(each), score, size, limit, float(least))
        counts.append(len(kept))
        rows.append(kept + [0] * (size - len(kept)) if pad_to_max_output_size or lead else kept)
    indices = np.array(rows, np.int32).reshape((*lead, -1))
    return convert.constant(indices), convert.constant(np.array(counts, np.int32).reshape(lead))


# TensorFlow's colours of boxes, in turn, where none are given (RGBA).
_COLORS = np.array(
    [
        [1, 1, 0, 1], [0, 0, 1, 1], [1, 0, 0, 1], [0, 1, 0, 1], [0.5, 0, 0.5, 1], [0.5, 0.5, 0, 1], [0.5, 0, 0, 1],
        [0, 0, 0.5, 1], [0, 1, 1, 1], [1, 0, 1, 1],
    ],
    np.float32,
)  # fmt: skip


@op(name="image.draw_bounding_boxes")
def _draw(images: FreeLike, boxes: FreeLike, colors: FreeLike) -> Any:
    height, width, channels = images.shape[1:]
    palette = jnp.asarray(_COLORS) if not colors.size else colors
    if channels == 1:
        palette = jnp.ones_like(palette)
    ys, xs = jnp.arange(height)[None, :, None], jnp.arange(width)[None, None, :]
    out = images
    for i in range(boxes.shape[1]):
        edges = (boxes[:, i] * np.array([height - 1, width - 1, height - 1, width - 1], np.float32)).astype(np.int32)
        top, left, bottom, right = (edges[:, k, None, None] for k in range(4))
        within = (ys >= top) & (ys <= bottom) & (xs >= left) & (xs <= right)
        line = within & ((ys == top) | (ys == bottom) | (xs == left) | (xs == right))
        visible = (top < height) & (bottom >= 0) & (left < width) & (right >= 0) & (top <= bottom) & (left <= right)
        color = palette[i % palette.shape[0], :channels].astype(images.dtype)
        out = jnp.where((line & visible)[..., None], color, out)
    return out


def draw_bounding_boxes(images: Any, boxes: Any, colors: Any, name: str | None = None) -> Tensor:
    """Images with the outlines of boxes drawn in.

    Args:
        images: float (batch, height, width, 1, 3 or 4).
        boxes: float (batch, n, 4): y1, x1, y2, x2 in [0, 1].
        colors: (m, channels), used in turn; None for ten usual ones.
        name: ignored.

    >>> import addax as tf
    >>> tf.image.draw_bounding_boxes(tf.zeros([1, 3, 3, 1]), [[[0.0, 0.0, 1.0, 1.0]]], None).numpy().sum()
    np.float32(8.0)
    """
    return _draw(images, boxes, np.zeros((0, 4), np.float32) if colors is None else colors)
