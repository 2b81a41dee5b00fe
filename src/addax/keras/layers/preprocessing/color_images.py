"""Changes of each value of images, of Keras 3: AutoContrast, Solarization, RandomInvert, RandomPosterization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from addax.keras import random as draws
from addax.keras.layers import arguments
from addax.keras.layers.preprocessing.image_layer import ColorLayer, Factor, chosen, factor_pair
from addax.ops import color_augmentation as ops
from addax.ops import creation


class AutoContrast(ColorLayer):
    """Each channel of each image stretched over the whole range of values, in training and otherwise.

    Args:
        value_range: (lowest, highest) value of images.
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> images = tf.constant([[[[50.0], [100.0]]]])
    >>> tf.keras.layers.AutoContrast()(images).numpy().ravel().round(2).tolist()
    [0.0, 255.0]
    """

    _always = True

    def __init__(
        self, value_range: Sequence[float] = (0, 255), *, data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(value_range, None, data_format, **kwargs)

    def _changed(self, images: Any, transformation: Any) -> Any:
        return ops.stretch(images, self._values, self._first)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {key: value for key, value in super().get_config().items() if key != "seed"}


class Solarization(ColorLayer):
    """In training, a random value is added to images, and what is then above a random threshold is inverted.

    Args:
        addition_factor: the largest share of the range that is added, or (lowest, highest), from 0 to 1.
        threshold_factor: the same for the threshold; 0 inverts everything.
        value_range: (lowest, highest) value of images.
        seed: for the same changes in each run.
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.Solarization()(tf.constant([[[[55.0]]]])).numpy().ravel().tolist()
    [200.0]
    """

    def __init__(
        self, addition_factor: Factor = 0.0, threshold_factor: Factor = 0.0, value_range: Sequence[float] = (0, 255),
        seed: int | None = None, *, data_format: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, seed, data_format, **kwargs)
        self.addition_factor = factor_pair(addition_factor, "addition_factor", 0.0, 1.0)
        self.threshold_factor = factor_pair(threshold_factor, "threshold_factor", 0.0, 1.0)

    def _draw(self, images: Any, seed: Any) -> dict[str, Any]:
        shape = (self._count(images), 1, 1, 1)

        def drawn(factor: tuple[float, float]) -> Any:  # Keras takes only the upper bounds as shares of 255
            return draws.uniform(shape, factor[0], factor[1] * 255, self.compute_dtype, seed)

        return {"additions": drawn(self.addition_factor), "thresholds": drawn(self.threshold_factor)}

    def _changed(self, images: Any, transformation: Any) -> Any:
        return ops.solarize(images, transformation["additions"], transformation["thresholds"], self._values)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {"addition_factor": self.addition_factor, "threshold_factor": self.threshold_factor}
        return {**super().get_config(), **own}


class RandomInvert(ColorLayer):
    """In training, images are inverted with a probability that is drawn for each.

    Args:
        factor: the largest probability, or (lowest, highest).
        value_range: (lowest, highest) value of images.
        seed: for the same changes in each run.
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.RandomInvert(factor=(1.0, 1.0))(tf.constant([[[[55.0]]]])).numpy().ravel().tolist()
    [200.0]
    """

    def __init__(
        self, factor: Factor = 1.0, value_range: Sequence[float] = (0, 255), seed: int | None = None,
        data_format: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, seed, data_format, **kwargs)
        self.factor = factor_pair(factor, "factor", 0.0, 1.0)

    def _draw(self, images: Any, seed: Any) -> dict[str, Any]:
        return {"apply_inversion": chosen(self.factor, self._count(images), seed)}

    def _changed(self, images: Any, transformation: Any) -> Any:
        return ops.invert(images, transformation["apply_inversion"], self._values[1])

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "factor": self.factor}


class RandomPosterization(ColorLayer):
    """In training, images keep a random number of bits per value.

    Args:
        factor: how many bits, from 1 to 8: the largest number, or (lowest, highest), both whole; the highest is
            excluded unless both are the same.
        value_range: (lowest, highest) value of images.
        data_format: "channels_last" or "channels_first".
        seed: for the same changes in each run.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.RandomPosterization((4, 4))(tf.constant([[[[55.0]]]])).numpy().ravel().tolist()
    [48.0]
    """

    def __init__(
        self, factor: Factor, value_range: Sequence[float] = (0, 255), data_format: str | None = None,
        seed: int | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, seed, data_format, **kwargs)
        self.factor = factor_pair(factor, "factor", 1, 8)

    def _draw(self, images: Any, seed: Any) -> dict[str, Any]:
        low, high, shape = int(self.factor[0]), int(self.factor[1]), (self._count(images),)
        same = low == high
        bits = creation.fill(shape, low) if same else draws.randint(shape, low, high, "uint8", seed)
        return {"shift_factor": 8 - bits}

    def _changed(self, images: Any, transformation: Any) -> Any:
        return ops.posterize(images, transformation["shift_factor"], self._values)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "factor": self.factor}


arguments.register(AutoContrast, Solarization, RandomInvert, RandomPosterization)
