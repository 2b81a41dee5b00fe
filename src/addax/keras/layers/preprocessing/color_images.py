"""Changes of colors while training, of Keras 3: AutoContrast, Solarization, RandomInvert, RandomPosterization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from addax.keras.layers import arguments
from addax.keras.layers.preprocessing.random_images import RandomLayer
from addax.ops import color_augmentation as ops

Factor = float | Sequence[float]


class ColorLayer(RandomLayer):
    """What layers that change colors share: the range of values, the layout."""

    def __init__(self, value_range: Sequence[float], seed: int | None, data_format: str | None, **kwargs: Any) -> None:
        super().__init__(seed=seed, **kwargs)
        if not isinstance(value_range, list | tuple) or len(value_range) != 2 or value_range[0] == value_range[1]:
            raise ValueError(
                "The `value_range` argument should be a list of two different numbers. "
                f"Received: value_range={value_range}"
            )
        self.value_range = sorted(value_range)
        self.data_format = arguments.data_format(data_format)

    @property
    def _values(self) -> tuple[float, float]:
        return float(self.value_range[0]), float(self.value_range[1])

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        config = {**super().get_config(), "data_format": self.data_format, "value_range": self.value_range}
        del config["rng_type"]  # Keras 3's layers do not know it
        return config


def factor_pair(factor: Any, name: str, low: float, high: float) -> tuple[float, float]:
    """A factor as (lower, upper): a number f stands for (`low`, f), or (-f, f) where that is in range.

    Raises:
        ValueError: something else, or out of range.
    """
    several = isinstance(factor, list | tuple)
    parts = list(factor) if several else [factor]
    numbers = all(isinstance(part, int | float) and not isinstance(part, bool) for part in parts)
    if not numbers or len(parts) != (2 if several else 1) or not all(low <= part <= high for part in parts):
        raise ValueError(
            f"The `{name}` argument should be a number (or a list of two numbers) in the range [{low}, {high}]. "
            f"Received: {name}={factor}"
        )
    lower, upper = sorted(parts) if several else (max(-parts[0], low), parts[0])
    return lower, upper


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

    def __init__(
        self, value_range: Sequence[float] = (0, 255), *, data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(value_range, None, data_format, **kwargs)

    def _changed(self, images: Any) -> Any:
        return ops.stretch(images, self._values, self.data_format == "channels_first")

    _kept = _changed

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

    def _changed(self, images: Any) -> Any:
        # Keras takes the lower bounds as they are, the upper ones as shares of 255.
        drawn = [self._uniform(images, low, high * 255) for low, high in (self.addition_factor, self.threshold_factor)]
        return ops.solarize(images, *drawn, self._values)

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

    def _changed(self, images: Any) -> Any:
        probabilities = self._uniform(images, *self.factor)
        return ops.invert(images, probabilities, self._uniform(images, 0.0, 1.0), self._values[1])

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

    def _changed(self, images: Any) -> Any:
        low, high = int(self.factor[0]), int(self.factor[1])
        count = images.shape[0] if len(images.shape) == 4 else 1
        return ops.posterize(images, self._drawn((count,), low, max(high, low + 1), "int32"), self._values)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "factor": self.factor}


arguments.register(AutoContrast, Solarization, RandomInvert, RandomPosterization)
