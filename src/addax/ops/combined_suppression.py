"""Non-maximum suppression of all classes of a batch in one compiled program.

What it returns has fixed sizes, so unlike `tf.image.non_max_suppression` it can be part of a model.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import errors
from addax.core.convert import TensorLike
from addax.core.dispatch import op

_WHO = "tf.image.combined_non_max_suppression"


class CombinedNonMaxSuppression(NamedTuple):
    """What `combined_non_max_suppression` keeps."""

    nmsed_boxes: Any
    nmsed_scores: Any
    nmsed_classes: Any
    valid_detections: Any


def _overlaps(boxes: Any, box: Any) -> Any:
    """The intersection over union of boxes (n, 4) with one (4,); corners may come in any order."""
    low, high = jnp.minimum(boxes[:, :2], boxes[:, 2:]), jnp.maximum(boxes[:, :2], boxes[:, 2:])
    own_low, own_high = jnp.minimum(box[:2], box[2:]), jnp.maximum(box[:2], box[2:])
    area, own_area = jnp.prod(high - low, axis=1), jnp.prod(own_high - own_low)
    inner = jnp.prod(jnp.clip(jnp.minimum(high, own_high) - jnp.maximum(low, own_low), 0, None), axis=1)
    union = area + own_area - inner
    return jnp.where((area > 0) & (own_area > 0), inner / jnp.where(union > 0, union, 1), 0.0)


def _best_of_a_class(boxes: Any, scores: Any, most: int, threshold: float, least: float) -> tuple[Any, Any]:
    """Numbers and scores (-inf where there is none) of the boxes of a class that are kept, best first."""

    def keep(i: Any, state: Any) -> Any:
        left, numbers, kept = state
        best = jnp.argmax(left)
        numbers, kept = numbers.at[i].set(best.astype(np.int32)), kept.at[i].set(left[best])
        left = jnp.where(_overlaps(boxes, boxes[best]) > threshold, -jnp.inf, left)
        return left.at[best].set(-jnp.inf), numbers, kept

    left = jnp.where(scores > least, scores, -jnp.inf)
    nothing = (jnp.zeros(most, np.int32), jnp.full(most, -jnp.inf, scores.dtype))
    return jax.lax.fori_loop(0, most, keep, (left, *nothing))[1:]


def _of_an_image(boxes: Any, scores: Any, most: int, rows: int, threshold: float, least: float, clip: bool) -> Any:
    classes, shared = scores.shape[1], boxes.shape[1] == 1
    each = boxes[:, 0] if shared else jnp.moveaxis(boxes, 1, 0)
    select = jax.vmap(lambda b, s: _best_of_a_class(b, s, most, threshold, least), (None if shared else 0, 0))
    numbers, kept = select(each, scores.T)
    flat = jnp.pad(kept.reshape(-1), (0, max(0, rows - classes * most)), constant_values=-jnp.inf)
    order = jnp.argsort(-flat, stable=True)[:rows]
    best = flat[order]
    valid = best > -jnp.inf
    order = jnp.where(valid, order, 0)
    which = order // most
    found = boxes[numbers.reshape(-1)[order], 0 if shared else which]
    found = jnp.clip(found, 0, 1) if clip else found
    return (
        jnp.where(valid[:, None], found, 0), jnp.where(valid, best, 0),
        jnp.where(valid, which, 0).astype(scores.dtype), jnp.sum(valid).astype(np.int32),
    )  # fmt: skip


@op(only="float32", name="image.combined_non_max_suppression")
def _combined(
    boxes: TensorLike, scores: TensorLike, per_class, total, threshold, least, pad_per_class: bool, clip_boxes: bool
) -> Any:
    fits = boxes.ndim == 4 and scores.ndim == 3 and boxes.shape[3] == 4 and boxes.shape[:2] == scores.shape[:2]
    if not fits or boxes.shape[2] not in (1, scores.shape[2]):
        raise errors.InvalidArgumentError(
            errors.message(
                _WHO, expected="boxes (batch, n, 1 or classes, 4) and scores (batch, n, classes)",
                received={"boxes": boxes, "scores": scores},
            )
        )  # fmt: skip
    if per_class <= 0 or total <= 0 or not 0 <= threshold <= 1:
        raise errors.InvalidArgumentError(
            errors.message(
                _WHO, expected="sizes above 0 and an iou_threshold in [0, 1]",
                received=f"max_output_size_per_class {per_class}, max_total_size {total}, iou_threshold {threshold}",
            )
        )  # fmt: skip
    batch, count, classes = scores.shape
    most, rows = min(per_class, count), min(per_class * classes, total) if pad_per_class else total
    if not count * classes:
        return tuple(jnp.zeros((batch, *shape), np.float32) for shape in ((rows, 4), (rows,), (rows,))) + (
            jnp.zeros(batch, np.int32),
        )
    one = jax.vmap(lambda b, s: _of_an_image(b, s, most, rows, threshold, least, clip_boxes))
    return one(boxes, scores)


def combined_non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size_per_class: Any,
    max_total_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = float("-inf"),
    pad_per_class: bool = False,
    clip_boxes: bool = True,
    name: str | None = None,
) -> CombinedNonMaxSuppression:
    """Non-maximum suppression of each class of a batch, and the best of all classes together.

    Args:
        boxes: float (batch, n, q, 4), where q is 1 (shared by all classes) or the number of classes.
        scores: float (batch, n, classes).
        max_output_size_per_class: the most boxes to keep of a class.
        max_total_size: the most boxes to keep of an image.
        iou_threshold: the largest overlap that is allowed.
        score_threshold: boxes must score more than that.
        pad_per_class: whether results have min(max_output_size_per_class * classes, max_total_size) rows.
        clip_boxes: whether to cut boxes to [0, 1].
        name: ignored.

    Returns:
        A named tuple: nmsed_boxes (batch, m, 4), nmsed_scores (batch, m), nmsed_classes (batch, m), and
        valid_detections (batch,), how many of them count.

    Raises:
        InvalidArgumentError: shapes that do not fit each other, or a threshold outside of [0, 1].

    >>> import addax as tf
    >>> boxes = tf.constant([[[[0.0, 0.0, 1.0, 1.0]], [[0.0, 0.0, 1.0, 0.9]]]])
    >>> tf.image.combined_non_max_suppression(boxes, tf.constant([[[0.9], [0.8]]]), 2, 2).valid_detections.numpy()
    array([1], dtype=int32)
    """
    found = _combined(
        boxes, scores, max_output_size_per_class, max_total_size, iou_threshold, score_threshold, bool(pad_per_class),
        bool(clip_boxes),
    )  # fmt: skip
    return CombinedNonMaxSuppression(*found)
