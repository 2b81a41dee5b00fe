"""Parts of images replaced, and images of a batch mixed, of Keras 3: RandomErasing, CutMix, MixUp."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from addax.core import convert
from addax.keras import random as draws
from addax.keras.layers import arguments
from addax.keras.layers.preprocessing.image_layer import (
    ColorLayer,
    Factor,
    ImageLayer,
    chosen,
    factor_pair,
)
from addax.ops import array, casting, clip, elementwise, gathering, joining
from addax.ops import image_filters as ops


def _span(shares: Any, length: int, seed: Any) -> tuple[Any, Any]:
    """Where parts of a length begin and end, anywhere in it."""
    size = shares * length
    start = draws.uniform([shares.shape[0]], 0.0, 1.0, shares.dtype.name, seed) * (length - size)
    return start, start + size


def _order(count: Any, seed: Any) -> Any:
    return draws.shuffle(array.range(count), seed=seed)


class RandomErasing(ColorLayer):
    """In training, a rectangle of some images is covered.

    Args:
        factor: the largest probability of a change, or (lowest, highest).
        scale: the largest share of the image, or (lowest, highest); its root is drawn for each direction.
        fill_value: what covers it: a number, or one for each of three channels; None for noise.
        value_range: (lowest, highest) value of images, at which `fill_value` is cut.
        seed: for the same changes in each run.
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> layer = tf.keras.layers.RandomErasing((1.0, 1.0), scale=(1.0, 1.0), fill_value=7)
    >>> layer(tf.zeros((1, 1, 2, 1))).numpy().ravel().tolist()
    [7.0, 7.0]
    """

    def __init__(
        self, factor: Factor = 1.0, scale: Factor = (0.02, 0.33), fill_value: Any = None,
        value_range: Sequence[float] = (0, 255), seed: int | None = None, data_format: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, seed, data_format, **kwargs)
        self.factor = factor_pair(factor, "factor", 0.0, 1.0)
        self.scale = factor_pair(scale, "scale", 0.0, 1.0)
        several = isinstance(fill_value, list | tuple)
        if fill_value is not None and not (len(fill_value) == 3 if several else isinstance(fill_value, int | float)):
            raise ValueError(
                "The `fill_value` argument should be a number (or a list of three numbers). "
                f"Received: fill_value={fill_value}"
            )
        self.fill_value = fill_value

    def _draw(self, images: Any, seed: Any) -> dict[str, Any]:
        count, (height, width, channels) = self._count(images), self._sizes(images)
        shares = elementwise.sqrt(draws.uniform((count, 2), *self.scale, self.compute_dtype, seed))
        left, right = _span(shares[:, 0], width, seed)
        top, bottom = _span(shares[:, 1], height, seed)
        boxes, _ = ops.boxes_of(left, right, top, bottom, (height, width, channels), self._first)
        apply = chosen(self.factor, count, seed)
        shape = (count, *tuple(images.shape)[-3:])
        if self.fill_value is None:
            fill = draws.normal(shape, dtype=self.compute_dtype, seed=seed) * self._values[1]
        else:
            given = np.asarray(self.fill_value, np.float32).reshape(-1)
            fill = convert.constant(given.reshape(-1, 1, 1) if self._first else given)
        fill = clip.clip_by_value(casting.cast(fill, self.compute_dtype), *self._values)
        return {"apply_erasing": apply, "batch_masks": boxes, "fill_value": fill}

    def _changed(self, images: Any, transformation: Any) -> Any:
        return ops.erase(
            images, transformation["batch_masks"], transformation["fill_value"], transformation["apply_erasing"]
        )

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {"factor": self.factor, "scale": self.scale, "fill_value": self.fill_value}
        return {**super().get_config(), **own}


class _Mixing(ImageLayer):
    """What layers share that mix the images of a batch."""

    _moves = True

    def _changed_labels(self, labels: Any, transformation: Any) -> Any:
        if transformation is None:
            return labels
        return ops.mixed(_floats(labels), transformation["mix_weight"], transformation["permutation_order"])


class CutMix(_Mixing):
    """In training, a rectangle of each image comes from another of the batch, and labels are mixed (Yun et al. 2019).

    Args:
        factor: the largest parameter of the Beta distribution of shares, or (lowest, highest), from 0 to 1.
        seed: for the same changes in each run.
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> made = tf.keras.layers.CutMix()({"images": tf.ones((2, 4, 4, 3)), "labels": tf.eye(2)})
    >>> made["labels"].numpy().sum(-1).tolist()
    [1.0, 1.0]
    """

    def __init__(
        self, factor: Factor = 1.0, seed: int | None = None, data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(seed, data_format, **kwargs)
        self.factor = factor_pair(factor, "factor", 0.0, 1.0)

    def _draw(self, images: Any, seed: Any) -> dict[str, Any] | None:
        if len(images.shape) == 3:
            return None
        count, (height, width, channels) = self._count(images), self._sizes(images)
        alpha = draws.uniform((), *self.factor, self.compute_dtype, seed) + 1e-6
        share = elementwise.sqrt(1.0 - draws.beta((count,), alpha, alpha, self.compute_dtype, seed))
        left, right = _span(share, width, seed)
        top, bottom = _span(share, height, seed)
        boxes, area = ops.boxes_of(left, right, top, bottom, (height, width, channels), self._first)
        return {"permutation_order": _order(count, seed), "batch_masks": boxes, "mix_weight": 1.0 - area}

    def _changed(self, images: Any, transformation: Any) -> Any:
        if transformation is None:
            return images
        return ops.replaced(images, transformation["batch_masks"], transformation["permutation_order"])

    def _changed_masks(self, masks: Any, transformation: Any) -> Any:
        if transformation is None:
            return masks
        boxes = transformation["batch_masks"]  # alike in all channels, of which masks may have another number
        boxes = boxes[:, :1] if self._first else boxes[..., :1]
        return ops.replaced(casting.cast(masks, self.compute_dtype), boxes, transformation["permutation_order"])

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "factor": self.factor}


class MixUp(_Mixing):
    """In training, each image and its label become a mean of two of the batch (Zhang et al. 2018).

    Bounding boxes of both are kept.

    Args:
        alpha: the parameter of the Beta distribution of shares, above 0.
        data_format: "channels_last" or "channels_first".
        seed: for the same changes in each run.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> made = tf.keras.layers.MixUp()({"images": tf.ones((2, 4, 4, 3)), "labels": tf.eye(2)})
    >>> made["labels"].numpy().sum(-1).round(5).tolist()
    [1.0, 1.0]
    """

    def __init__(
        self, alpha: float = 0.2, data_format: str | None = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(seed, data_format, **kwargs)
        if not alpha > 0:
            raise ValueError(f"`alpha` must be above 0. Received: alpha={alpha}")
        self.alpha = alpha

    def _draw(self, images: Any, seed: Any) -> dict[str, Any]:
        count = self._count(images)
        order = _order(count, seed)
        return {"mix_weight": draws.beta((count,), self.alpha, self.alpha, seed=seed), "permutation_order": order}

    def _changed(self, images: Any, transformation: Any) -> Any:
        return ops.mixed(images, transformation["mix_weight"], transformation["permutation_order"])

    def _changed_masks(self, masks: Any, transformation: Any) -> Any:
        return self._changed(_floats(masks), transformation)

    def _changed_boxes(self, boxes: dict[str, Any], transformation: Any) -> dict[str, Any]:
        order = transformation["permutation_order"]
        both = {key: joining.concat([value, gathering.gather(value, order)], 1) for key, value in boxes.items()}
        return {**boxes, **both}

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "alpha": self.alpha}


def _floats(value: Any) -> Any:
    made = convert.convert_to_tensor(value)
    return made if made.dtype.is_floating else casting.cast(made, "float32")


arguments.register(RandomErasing, CutMix, MixUp)
