"""Random changes of images: from the program's random stream, or (stateless) from a seed of two ints."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import convert, errors, philox
from addax.core import random as streams
from addax.core.convert import FreeLike
from addax.core.dispatch import op
from addax.core.tensor import Tensor
from addax.ops import image_codecs, image_color, random_boxes
from addax.ops import random as draws
from addax.ops.computed_once import computed_once
from addax.ops.image_geometry import check_rank


@op(name="image.random_flip")
def _random_flip(image: FreeLike, key: FreeLike, axis: int) -> Any:
    check_rank("tf.image.random_flip", image)
    shape = image.shape[:-3]
    if not shape:
        drawn = draws.unit(key, shape, np.dtype(np.float32))
        # A branch, not a choice between two pictures: that would be computed again for each pixel of what is fused
        # with it (a pad after it took six times as long).
        return jax.lax.cond(drawn < 0.5, lambda x: jnp.flip(x, axis), lambda x: x, image)
    mirrored = computed_once(lambda key: draws.unit(key, shape, np.dtype(np.float32)) > 0.5, key)
    return jnp.where(mirrored[..., None, None, None], jnp.flip(image, axis), image)


@op(name="image.random_crop")
def _random_crop(value: FreeLike, key: FreeLike, size: Any) -> Any:
    if len(size) != value.ndim or any(a > b for a, b in zip(size, value.shape, strict=True)):
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.image.random_crop",
                expected="Need value.shape >= size",
                received=f"{tuple(value.shape)} and {tuple(size)}",
            )
        )
    places = np.array([b - a + 1 for a, b in zip(size, value.shape, strict=True)], np.int32)
    most = np.int32(2**31 - 1)
    start = streams.position(key)
    begin = philox.integers(start, (value.ndim,), np.int32(0), most, np.dtype(np.int32)) % places
    return jax.lax.dynamic_slice(value, list(begin), size)


def _factor(who: str, key: Tensor, low: float, high: float) -> Tensor:
    if low >= high:
        raise ValueError(f"{who}: upper must be > lower, received {low} and {high}.")
    return draws._draw_uniform(who, key, (), low, high, np.float32)


def _delta(who: str, key: Tensor, most: float) -> Tensor:
    if most < 0:
        raise ValueError(f"{who}: max_delta must be non-negative, received {most}.")
    return draws._draw_uniform(who, key, (), -most, most, np.float32)


# ---------------------------------------------------------------------------- from the stream


def random_flip_left_right(image: Any, seed: int | None = None) -> Tensor:
    """Images of which each is mirrored with a chance of one half.

    Args:
        image: (height, width, channels), or a batch of them.
        seed: an int for a stream of its own.

    >>> import addax as tf
    >>> sorted(tf.image.random_flip_left_right([[[1], [2]]]).numpy().ravel().tolist())
    [1, 2]
    """
    return _random_flip(image, streams.next_key(seed), -2)


def random_flip_up_down(image: Any, seed: int | None = None) -> Tensor:
    """Images of which each is put upside down with a chance of one half; see `random_flip_left_right`.

    >>> import addax as tf
    >>> sorted(tf.image.random_flip_up_down([[[1]], [[2]]]).numpy().ravel().tolist())
    [1, 2]
    """
    return _random_flip(image, streams.next_key(seed), -3)


def random_crop(value: Any, size: Any, seed: int | None = None, name: str | None = None) -> Tensor:
    """A block of a tensor at a random place.

    Args:
        value: a tensor.
        size: the shape of the block.
        seed: an int for a stream of its own.
        name: ignored.

    >>> import addax as tf
    >>> tf.image.random_crop(tf.ones([8, 8, 3]), [4, 5, 3]).shape
    TensorShape([4, 5, 3])
    """
    return _random_crop(value, streams.next_key(seed), size)


def random_brightness(image: Any, max_delta: float, seed: int | None = None) -> Tensor:
    """`adjust_brightness` by a random number in [-max_delta, max_delta).

    >>> import addax as tf
    >>> tf.image.random_brightness(tf.zeros([2, 2, 3]), 0.1).shape
    TensorShape([2, 2, 3])
    """
    delta = _delta("tf.image.random_brightness", streams.next_key(seed), max_delta)
    return image_color.adjust_brightness(image, delta)


def random_contrast(image: Any, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """`adjust_contrast` by a random factor in [lower, upper).

    >>> import addax as tf
    >>> tf.image.random_contrast(tf.ones([2, 2, 3]), 0.5, 2.0)[0, 0].numpy().tolist()
    [1.0, 1.0, 1.0]
    """
    factor = _factor("tf.image.random_contrast", streams.next_key(seed), lower, upper)
    return image_color.adjust_contrast(image, factor)


def random_saturation(image: Any, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """`adjust_saturation` by a random factor in [lower, upper).

    >>> import addax as tf
    >>> tf.image.random_saturation(tf.ones([2, 2, 3]), 0.5, 2.0)[0, 0].numpy().tolist()
    [1.0, 1.0, 1.0]
    """
    factor = _factor("tf.image.random_saturation", streams.next_key(seed), lower, upper)
    return image_color.adjust_saturation(image, factor)


def random_hue(image: Any, max_delta: float, seed: int | None = None) -> Tensor:
    """`adjust_hue` by a random number in [-max_delta, max_delta), where max_delta is at most 0.5.

    >>> import addax as tf
    >>> tf.image.random_hue(tf.ones([2, 2, 3]), 0.2)[0, 0].numpy().tolist()
    [1.0, 1.0, 1.0]
    """
    if max_delta > 0.5:
        raise ValueError(f"tf.image.random_hue: max_delta must be <= 0.5, received {max_delta}.")
    return image_color.adjust_hue(image, _delta("tf.image.random_hue", streams.next_key(seed), max_delta))


def _quality(who: str, key: Tensor, low: int, high: int) -> int:
    if not 0 <= low < high <= 100:
        raise ValueError(f"{who}: expected 0 <= min_jpeg_quality < max_jpeg_quality <= 100, received {low} and {high}.")
    return int(draws._draw_uniform(who, key, (), low, high, np.int32))


def random_jpeg_quality(image: Any, min_jpeg_quality: int, max_jpeg_quality: int, seed: int | None = None) -> Tensor:
    """An image after saving it as JPEG of a random quality.

    >>> import addax as tf
    >>> tf.image.random_jpeg_quality(tf.zeros([8, 8, 3], tf.uint8), 75, 95).shape
    TensorShape([8, 8, 3])
    """
    quality = _quality("tf.image.random_jpeg_quality", streams.next_key(seed), min_jpeg_quality, max_jpeg_quality)
    return image_codecs.adjust_jpeg_quality(image, quality)


# ---------------------------------------------------------------------------- stateless


def stateless_random_flip_left_right(image: Any, seed: Any) -> Tensor:
    """`random_flip_left_right` from a seed of two ints.

    >>> import addax as tf
    >>> image = [[[1], [2]]]
    >>> sorted(tf.image.stateless_random_flip_left_right(image, seed=(1, 2)).numpy().ravel().tolist())
    [1, 2]
    """
    return _random_flip(image, streams.stateless_key(seed), -2)


def stateless_random_flip_up_down(image: Any, seed: Any) -> Tensor:
    """`random_flip_up_down` from a seed of two ints.

    >>> import addax as tf
    >>> image = [[[1]], [[2]]]
    >>> sorted(tf.image.stateless_random_flip_up_down(image, seed=(1, 2)).numpy().ravel().tolist())
    [1, 2]
    """
    return _random_flip(image, streams.stateless_key(seed), -3)


def stateless_random_crop(value: Any, size: Any, seed: Any, name: str | None = None) -> Tensor:
    """`random_crop` from a seed of two ints.

    >>> import addax as tf
    >>> tf.image.stateless_random_crop(tf.ones([4, 4, 3]), [2, 3, 3], seed=(1, 2)).shape
    TensorShape([2, 3, 3])
    """
    return _random_crop(value, streams.stateless_key(seed), size)


def stateless_random_brightness(image: Any, max_delta: float, seed: Any) -> Tensor:
    """`random_brightness` from a seed of two ints.

    >>> import addax as tf
    >>> image = tf.zeros([2, 2, 3])
    >>> first, second = [tf.image.stateless_random_brightness(image, 0.1, seed=(1, 2)) for _ in range(2)]
    >>> bool(tf.reduce_all(first == second))
    True
    """
    delta = _delta("tf.image.stateless_random_brightness", streams.stateless_key(seed), max_delta)
    return image_color.adjust_brightness(image, delta)


def stateless_random_contrast(image: Any, lower: float, upper: float, seed: Any) -> Tensor:
    """`random_contrast` from a seed of two ints.

    >>> import addax as tf
    >>> image = tf.ones([2, 2, 3])
    >>> tf.image.stateless_random_contrast(image, 0.5, 2.0, seed=(1, 2))[0, 0].numpy().tolist()
    [1.0, 1.0, 1.0]
    """
    factor = _factor("tf.image.stateless_random_contrast", streams.stateless_key(seed), lower, upper)
    return image_color.adjust_contrast(image, factor)


def stateless_random_saturation(image: Any, lower: float, upper: float, seed: Any = None) -> Tensor:
    """`random_saturation` from a seed of two ints.

    >>> import addax as tf
    >>> image = tf.ones([2, 2, 3])
    >>> tf.image.stateless_random_saturation(image, 0.5, 2.0, seed=(1, 2))[0, 0].numpy().tolist()
    [1.0, 1.0, 1.0]
    """
    factor = _factor("tf.image.stateless_random_saturation", streams.stateless_key(seed), lower, upper)
    return image_color.adjust_saturation(image, factor)


def stateless_random_hue(image: Any, max_delta: float, seed: Any) -> Tensor:
    """`random_hue` from a seed of two ints.

    >>> import addax as tf
    >>> tf.image.stateless_random_hue(tf.ones([2, 2, 3]), 0.2, seed=(1, 2))[0, 0].numpy().tolist()
    [1.0, 1.0, 1.0]
    """
    if max_delta > 0.5:
        raise ValueError(f"tf.image.stateless_random_hue: max_delta must be <= 0.5, received {max_delta}.")
    key = streams.stateless_key(seed)
    return image_color.adjust_hue(image, _delta("tf.image.stateless_random_hue", key, max_delta))


def stateless_random_jpeg_quality(image: Any, min_jpeg_quality: int, max_jpeg_quality: int, seed: Any) -> Tensor:
    """`random_jpeg_quality` from a seed of two ints.

    >>> import addax as tf
    >>> image = tf.zeros([8, 8, 3], tf.uint8)
    >>> tf.image.stateless_random_jpeg_quality(image, 75, 95, seed=(1, 2)).shape
    TensorShape([8, 8, 3])
    """
    key = streams.stateless_key(seed)
    quality = _quality("tf.image.stateless_random_jpeg_quality", key, min_jpeg_quality, max_jpeg_quality)
    return image_codecs.adjust_jpeg_quality(image, quality)


# ---------------------------------------------------------------------------- a random box


class SampleDistortedBoundingBox(NamedTuple):
    """A random box: where a slice of the image begins, its sizes, and the box as `draw_bounding_boxes` takes it."""

    begin: Tensor
    size: Tensor
    bboxes: Tensor


def _sample_box(
    key: Tensor, image_size: Any, bounding_boxes: Any, covered: Any, ratios: Any, areas: Any, attempts: Any, whole: Any
) -> SampleDistortedBoundingBox:
    from addax.core.static_arguments import concrete

    who = "image.sample_distorted_bounding_box"
    height, width, _ = (int(each) for each in concrete(convert.convert_to_tensor(image_size), who))
    boxes = concrete(convert.convert_to_tensor(bounding_boxes), who).reshape(-1, 4)
    if not len(boxes):
        if not whole:
            raise errors.InvalidArgumentError(
                "tf.image.sample_distorted_bounding_box: No bounding boxes provided as input. One must enable "
                "use_image_if_no_bounding_boxes if you wish to not provide any bounding boxes."
            )
        boxes = np.array([[0.0, 0.0, 1.0, 1.0]])
    need = float(concrete(covered, who))
    low, high = (0.75, 1.33) if ratios is None else tuple(ratios)
    least, most = (0.05, 1.0) if areas is None else tuple(areas)
    words = random_boxes.words(np.asarray(key._value))
    for _ in range(100 if attempts is None else int(attempts)):
        box = random_boxes.random_box(words, height, width, boxes, need, (low, high), (least, most))
        if box is not None:
            break
    else:
        box = (0, 0, height, width)
    top, left, rows, columns = box
    scaled = np.array([[[top / height, left / width, (top + rows) / height, (left + columns) / width]]], np.float32)
    return SampleDistortedBoundingBox(
        convert.constant([top, left, 0]),
        convert.constant([rows, columns, -1]),
        convert.constant(scaled),
    )


def sample_distorted_bounding_box(
    image_size: Any,
    bounding_boxes: Any,
    seed: int = 0,
    min_object_covered: Any = 0.1,
    aspect_ratio_range: Any = None,
    area_range: Any = None,
    max_attempts: int | None = None,
    use_image_if_no_bounding_boxes: bool | None = None,
    name: str | None = None,
) -> SampleDistortedBoundingBox:
    """A random box of an image that covers enough of one of the given boxes.

    Args:
        image_size: (height, width, channels).
        bounding_boxes: (1, n, 4): y1, x1, y2, x2 in [0, 1].
        seed: 0 draws from the program's stream, another int from one of its own.
        min_object_covered: which share of a box must lie inside.
        aspect_ratio_range: of width to height; (0.75, 1.33) by default.
        area_range: the share of the image; (0.05, 1) by default.
        max_attempts: after that many (100) the box is the whole image.
        use_image_if_no_bounding_boxes: whether no boxes mean the whole image, instead of an error.
        name: ignored.

    Returns:
        A named tuple (begin, size, bboxes): for `tf.slice(image, begin, size)`, and for `draw_bounding_boxes`.

    >>> import addax as tf
    >>> boxes = [[[0.0, 0.0, 1.0, 1.0]]]
    >>> begin, size, box = tf.image.sample_distorted_bounding_box([8, 8, 3], boxes, seed=1)
    >>> box.shape
    TensorShape([1, 1, 4])
    """
    key = streams.next_key(seed or None)
    return _sample_box(
        key, image_size, bounding_boxes, min_object_covered, aspect_ratio_range, area_range, max_attempts,
        use_image_if_no_bounding_boxes,
    )  # fmt: skip


def stateless_sample_distorted_bounding_box(
    image_size: Any,
    bounding_boxes: Any,
    seed: Any,
    min_object_covered: Any = 0.1,
    aspect_ratio_range: Any = None,
    area_range: Any = None,
    max_attempts: int | None = None,
    use_image_if_no_bounding_boxes: bool | None = None,
    name: str | None = None,
) -> SampleDistortedBoundingBox:
    """`sample_distorted_bounding_box` from a seed of two ints.

    >>> import addax as tf
    >>> boxes = [[[0.0, 0.0, 1.0, 1.0]]]
    >>> begin, size, box = tf.image.stateless_sample_distorted_bounding_box([8, 8, 3], boxes, seed=(1, 2))
    >>> box.shape
    TensorShape([1, 1, 4])
    """
    key = streams.stateless_key(seed)
    return _sample_box(
        key, image_size, bounding_boxes, min_object_covered, aspect_ratio_range, area_range, max_attempts,
        use_image_if_no_bounding_boxes,
    )  # fmt: skip
