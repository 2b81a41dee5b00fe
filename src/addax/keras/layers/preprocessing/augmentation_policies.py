"""Random sequences of changes of images, of Keras 3: RandAugment and AugMix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from addax.keras import random as draws
from addax.keras.layers import arguments
from addax.keras.layers.preprocessing.color_adjustments import Brightening, Contrasting, RandomColorDegeneration
from addax.keras.layers.preprocessing.color_images import AutoContrast, RandomPosterization, Solarization
from addax.keras.layers.preprocessing.filtered_images import Equalization, RandomSharpness
from addax.keras.layers.preprocessing.image_layer import ColorLayer, Factor, ImageLayer, factor_pair
from addax.keras.layers.preprocessing.warped_images import RandomShear, Shifting, Turning
from addax.keras.ops.promotion import tensor
from addax.ops import array, casting, clip, conditionals, reductions

_MOVING = ("random_shear", "random_translation", "random_rotation")
_COLORS = ("random_brightness", "random_color_degeneration", "random_contrast", "random_sharpness")
_VALUES = ("random_posterization", "solarization", "auto_contrast", "equalization")


class _Policy(ColorLayer):
    """What both share: the changes that there are, of one strength."""

    _moves = True
    _names: tuple[str, ...] = ()

    def __init__(
        self, value_range: Sequence[float], factor: Factor, interpolation: str, seed: int | None,
        data_format: str | None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, seed, data_format, **kwargs)
        self.factor = pair = factor_pair(factor, "factor", 0.0, 1.0)
        self.interpolation = interpolation
        common: dict[str, Any] = {
            "data_format": self.data_format, "dtype": self.dtype_policy,
            "bounding_box_format": self.bounding_box_format,
        }  # fmt: skip
        seeded = {**common, "seed": seed}
        ranged = {**common, "value_range": value_range}
        colored = {**seeded, "value_range": value_range}
        self.random_shear = RandomShear(pair, pair, interpolation, **seeded)
        self.random_translation = Shifting(pair, interpolation, **seeded)
        self.random_rotation = Turning(pair, interpolation, **seeded)
        self.random_posterization = RandomPosterization(max(1, int(8 * pair[1])), **colored)
        self.solarization = Solarization(pair, pair, **colored)
        self.auto_contrast = AutoContrast(**ranged)
        self.equalization = Equalization(**ranged)
        if set(_COLORS) <= set(self._names):
            self.random_brightness = Brightening(pair, **colored)
            self.random_color_degeneration = RandomColorDegeneration(pair, **colored)
            self.random_contrast = Contrasting(pair, **colored)
            self.random_sharpness = RandomSharpness(pair, **colored)

    @property
    def _changes(self) -> list[ImageLayer]:
        return [getattr(self, name) for name in self._names]

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "factor": self.factor, "interpolation": self.interpolation}


class RandAugment(_Policy):
    """In training, images change in a few ways that are chosen at random, for all alike (Cubuk et al. 2020).

    There is a choice of shear, translation, rotation, brightness, color degeneration, contrast, sharpness,
    posterization, solarization, contrast stretched, and equalization.

    Args:
        value_range: (lowest, highest) value of images.
        num_ops: how many changes, one after another.
        factor: their largest strength, or (lowest, highest), from 0 to 1.
        interpolation: "bilinear" or "nearest".
        seed: for the same changes in each run.
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.RandAugment()(tf.ones((2, 4, 4, 3))).shape
    TensorShape([2, 4, 4, 3])
    """

    _names = (*_MOVING, *_COLORS, *_VALUES)

    def __init__(
        self, value_range: Sequence[float] = (0, 255), num_ops: int = 2, factor: Factor = 0.5,
        interpolation: str = "bilinear", seed: int | None = None, data_format: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, factor, interpolation, seed, data_format, **kwargs)
        self.num_ops = num_ops

    def _draw(self, images: Any, seed: Any) -> dict[str, Any]:
        which = draws.randint((self.num_ops,), 0, len(self._names), seed=seed)
        drawn = {name: getattr(self, name).get_random_transformation(images, True, seed) for name in self._names}
        return {"transforms": drawn, "layer_idxes": which}

    def _applied_in_turn(self, value: Any, transformation: Any, method: str) -> Any:
        which, drawn = tensor(transformation["layer_idxes"]), transformation["transforms"]
        for turn in range(self.num_ops):
            branches = [_branch(getattr(self, name), method, value, drawn[name]) for name in drawn]
            value = conditionals.switch_case(which[turn], branches)
        return value

    def _changed(self, images: Any, transformation: Any) -> Any:
        return self._applied_in_turn(images, transformation, "_changed")

    def _changed_masks(self, masks: Any, transformation: Any) -> Any:
        return self._applied_in_turn(masks, transformation, "_changed_masks")

    def _changed_boxes(self, boxes: dict[str, Any], transformation: Any) -> dict[str, Any]:
        return self._applied_in_turn(boxes, transformation, "_changed_boxes")

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "num_ops": self.num_ops}


def _branch(layer: ImageLayer, method: str, value: Any, transformation: Any) -> Callable[[], Any]:
    return lambda: getattr(layer, method)(value, transformation)


class _Keys(draws.SeedGenerator):
    """Keys of draws that a key decides: the same in each pass, wherever it is traced."""

    def __init__(self, key: Any) -> None:
        self._key, self._count = tensor(key), 0

    def next(self, ordered: bool = True) -> Any:
        """The key of the next draw."""
        self._count += 1
        return self._key + tensor(np.array([0, self._count], np.uint32))


class AugMix(_Policy):
    """In training, images are mixed with versions of themselves that have been through chains of random changes.

    (Hendrycks et al. 2020.) Bounding boxes stay.

    Args:
        value_range: (lowest, highest) value of images.
        num_chains: how many chains.
        chain_depth: how many changes a chain has at most.
        factor: their largest strength, or (lowest, highest), from 0 to 1.
        alpha: the parameter of the distributions of the shares of chains, and of the image itself.
        all_ops: whether brightness, color degeneration, contrast and sharpness may change too.
        interpolation: "bilinear" or "nearest".
        seed: for the same changes in each run.
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.AugMix()(tf.ones((2, 4, 4, 3))).shape
    TensorShape([2, 4, 4, 3])
    """

    def __init__(
        self, value_range: Sequence[float] = (0, 255), num_chains: int = 3, chain_depth: int = 3,
        factor: Factor = 0.3, alpha: float = 1.0, all_ops: bool = True, interpolation: str = "bilinear",
        seed: int | None = None, data_format: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        self._names = (*_MOVING, *_VALUES, *(_COLORS if all_ops else ()))
        super().__init__(value_range, factor, interpolation, seed, data_format, **kwargs)
        self.num_chains = num_chains
        self.chain_depth = chain_depth
        self.alpha = alpha
        self.all_ops = all_ops

    def _draw(self, images: Any, seed: Any) -> dict[str, Any]:
        shares = draws.gamma((self.num_chains,), self.alpha, seed=seed)
        weight = draws.beta((), self.alpha, self.alpha, seed=seed)
        # The last number stands for no change.
        steps = (self.num_chains, self.chain_depth)
        which = draws.randint(steps, 0, len(self._names) + 1, seed=seed)
        keys = casting.cast(draws.randint((*steps, 2), 0, 2**31 - 1, seed=seed), "uint32")
        chains = [
            [{"layer_idx": which[i, j], "seed": keys[i, j]} for j in range(self.chain_depth)]
            for i in range(self.num_chains)
        ]
        mixing = shares / reductions.reduce_sum(shares, keepdims=True)
        return {"chain_mixing_weights": mixing, "weight_sample": weight, "chain_transforms": chains}

    def _step(self, value: Any, step: dict[str, Any], method: str, images: Any) -> Any:
        if "layer_name" in step:  # as Keras 3 writes it
            return getattr(getattr(self, step["layer_name"]), method)(value, step["transformation"])

        def branch(layer: ImageLayer) -> Callable[[], Any]:
            return lambda: getattr(layer, method)(value, layer._draw(images, _Keys(step["seed"])))

        return conditionals.switch_case(step["layer_idx"], [*(branch(each) for each in self._changes), lambda: value])

    def _mixed(self, value: Any, transformation: Any, method: str) -> Any:
        value = casting.cast(tensor(value), self.compute_dtype)
        shares, weight = (
            casting.cast(tensor(transformation[name]), value.dtype)
            for name in ("chain_mixing_weights", "weight_sample")
        )
        made = array.zeros_like(value)
        for place, chain in enumerate(transformation["chain_transforms"]):
            changed = value
            for step in chain:
                changed = self._step(changed, step, method, value)
            made = made + changed * shares[place]
        return weight * value + (1 - weight) * made

    def _changed(self, images: Any, transformation: Any) -> Any:
        return clip.clip_by_value(self._mixed(images, transformation, "_changed"), *self._values)

    def _changed_masks(self, masks: Any, transformation: Any) -> Any:
        return self._mixed(masks, transformation, "_changed_masks")

    def _changed_boxes(self, boxes: dict[str, Any], transformation: Any) -> dict[str, Any]:
        return boxes

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {"num_chains": self.num_chains, "chain_depth": self.chain_depth}
        return {**super().get_config(), **own, "alpha": self.alpha, "all_ops": self.all_ops}


arguments.register(RandAugment, AugMix)
