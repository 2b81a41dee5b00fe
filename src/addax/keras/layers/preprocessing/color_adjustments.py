"""Changes of images' colors as a whole, of Keras 3: gray, saturation, hue, and several at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from addax.keras import random as draws
from addax.keras.layers import arguments
from addax.keras.layers.preprocessing.image_layer import ColorLayer, Factor, ImageLayer, factor_pair
from addax.ops import array, casting
from addax.ops import color_augmentation as ops


class RandomGrayscale(ImageLayer):
    """In training, some images are made gray, with as many channels as before. Integers stay integers.

    Args:
        factor: the probability.
        data_format: "channels_last" or "channels_first".
        seed: for the same changes in each run.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> images = tf.constant([[[[10.0, 20.0, 30.0]]]])
    >>> tf.keras.layers.RandomGrayscale(1.0)(images).numpy().astype("float64").ravel().round(1).tolist()
    [18.1, 18.1, 18.1]
    """

    _keeps_integers = True

    def __init__(
        self, factor: float = 0.5, data_format: str | None = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(seed, data_format, **kwargs)
        if not 0 <= factor <= 1:
            raise ValueError(f"`factor` should be between 0 and 1. Received: factor={factor}")
        self.factor = factor

    def _draw(self, images: Any, seed: Any) -> Any:
        drawn = draws.uniform((self._count(images),), 0.0, 1.0, seed=seed)
        return array.reshape(drawn < self.factor, (-1, 1, 1, 1))

    def _changed(self, images: Any, transformation: Any) -> Any:
        return ops.grayscale(images, transformation, self._first)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "factor": self.factor}


class _Adjustment(ColorLayer):
    """What layers share that have one factor."""

    _low = -1.0

    def __init__(
        self, factor: Factor, value_range: Sequence[float] = (0, 255), data_format: str | None = None,
        seed: int | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, seed, data_format, **kwargs)
        self.factor = factor_pair(factor, "factor", self._low, 1.0)

    def _uniform(self, shape: tuple[Any, ...], seed: Any) -> Any:
        return draws.uniform(shape, *self.factor, seed=seed)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "factor": self.factor}


class RandomSaturation(_Adjustment):
    """In training, images' colors are made paler or stronger.

    Args:
        factor: f from 0 to 1 stands for saturation times f / (1 - f): 0 is gray, 0.5 the image itself; the largest
            number, or (lowest, highest).
        value_range: (lowest, highest) that the saturation is cut at.
        data_format: "channels_last" or "channels_first".
        seed: for the same changes in each run.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> images = tf.constant([[[[0.25, 0.5, 1.0]]]])
    >>> tf.keras.layers.RandomSaturation((0.0, 0.0), (0, 1))(images).numpy().ravel().tolist()
    [1.0, 1.0, 1.0]
    """

    def _draw(self, images: Any, seed: Any) -> dict[str, Any]:
        factor = self._uniform((self._count(images),), seed)
        return {"factor": factor / (1 - factor + 1e-7)}

    def _changed(self, images: Any, transformation: Any) -> Any:
        return ops.saturate(images, transformation["factor"], self._values, self._first)


class RandomHue(_Adjustment):
    """In training, the hue of images is turned, in either direction.

    Args:
        factor: the largest turn as a share of half a circle, or (lowest, highest), from 0 to 1.
        value_range: (lowest, highest) value of images.
        data_format: "channels_last" or "channels_first".
        seed: for the same changes in each run.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> images = tf.constant([[[[1.0, 0.0, 0.0]]]])
    >>> tf.keras.layers.RandomHue((1.0, 1.0), (0, 1))(images).numpy().ravel().round(3).tolist()
    [0.0, 1.0, 1.0]
    """

    _low = 0.0

    def _draw(self, images: Any, seed: Any) -> dict[str, Any]:
        count = (self._count(images),)
        back = casting.cast(draws.uniform(count, seed=seed) > 0.5, "float32")
        return {"factor": (1 - 2 * back) * self._uniform(count, seed) * 0.5}

    def _changed(self, images: Any, transformation: Any) -> Any:
        return ops.turn_hue(images, transformation["factor"], self._values, self._first)


class RandomColorDegeneration(_Adjustment):
    """In training, images are moved towards gray.

    Args:
        factor: the largest share of the way, or (lowest, highest), from 0 to 1.
        value_range: (lowest, highest) value of images.
        data_format: "channels_last" or "channels_first".
        seed: for the same changes in each run.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> images = tf.constant([[[[10.0, 20.0, 30.0]]]])
    >>> tf.keras.layers.RandomColorDegeneration((1.0, 1.0))(images).numpy().astype("float64").ravel().round(1).tolist()
    [18.1, 18.1, 18.1]
    """

    def _draw(self, images: Any, seed: Any) -> dict[str, Any]:
        return {"factor": self._uniform((self._count(images), 1, 1, 1), seed)}

    def _changed(self, images: Any, transformation: Any) -> Any:
        return ops.degenerate(images, transformation["factor"], self._values, self._first)


class Brightening(_Adjustment):
    """A random share of the range of values added: `RandomBrightness` with Keras 3's transformations."""

    def _draw(self, images: Any, seed: Any) -> dict[str, Any]:
        low, high = self._values
        return {"rgb_delta": self._uniform((self._count(images), 1, 1, 1), seed) * (high - low)}

    def _changed(self, images: Any, transformation: Any) -> Any:
        return ops.brighten(images, transformation["rgb_delta"], self._values)


class Contrasting(_Adjustment):
    """Distances from the mean times a random factor: `RandomContrast` with Keras 3's transformations.

    A factor f stands for (1, 1 + f), a pair (a, b) for (1 - a, 1 + b).
    """

    _low = 0.0

    def _draw(self, images: Any, seed: Any) -> dict[str, Any]:
        low, high = 1.0 - self.factor[0], 1.0 + self.factor[1]
        shape = (self._count(images), 1, 1, 1)
        return {"contrast_factor": draws.uniform(shape, low, high, self.compute_dtype, seed)}

    def _changed(self, images: Any, transformation: Any) -> Any:
        return ops.scale_contrast(images, transformation["contrast_factor"], self._values, self._first)


class RandomColorJitter(ColorLayer):
    """In training, brightness, contrast, saturation and hue change, one after another.

    Args:
        value_range: (lowest, highest) value of images.
        brightness_factor: as for `RandomBrightness`; None for no change.
        contrast_factor: f makes contrasts up to 1 + f times as strong, (a, b) from 1 - a to 1 + b times.
        saturation_factor: as for `RandomSaturation`.
        hue_factor: as for `RandomHue`.
        seed: for the same changes in each run.
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> layer = tf.keras.layers.RandomColorJitter(brightness_factor=(0.5, 0.5))
    >>> layer(tf.zeros((1, 1, 1, 3))).numpy().ravel().tolist()
    [127.5, 127.5, 127.5]
    """

    def __init__(
        self, value_range: Sequence[float] = (0, 255), brightness_factor: Factor | None = None,
        contrast_factor: Factor | None = None, saturation_factor: Factor | None = None,
        hue_factor: Factor | None = None, seed: int | None = None, data_format: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, seed, data_format, **kwargs)
        self.brightness_factor = brightness_factor
        self.contrast_factor = contrast_factor
        self.saturation_factor = saturation_factor
        self.hue_factor = hue_factor

        def step(kind: type[_Adjustment], factor: Factor | None) -> _Adjustment | None:
            if factor is None:
                return None
            return kind(factor, value_range, self.data_format, seed, dtype=self.dtype_policy)

        self.random_brightness = step(Brightening, brightness_factor)
        self.random_contrast = step(Contrasting, contrast_factor)
        self.random_saturation = step(RandomSaturation, saturation_factor)
        self.random_hue = step(RandomHue, hue_factor)

    @property
    def _steps(self) -> list[tuple[str, Any]]:
        steps = {
            "brightness": self.random_brightness, "contrast": self.random_contrast,
            "saturation": self.random_saturation, "hue": self.random_hue,
        }  # fmt: skip
        return [(name, step) for name, step in steps.items() if step is not None]

    def _draw(self, images: Any, seed: Any) -> dict[str, Any]:
        return {name: step._draw(images, seed) for name, step in self._steps}

    def _changed(self, images: Any, transformation: Any) -> Any:
        if transformation is None:
            transformation = self._draw(images, self.generator)  # Keras 3 draws here
        for name, step in self._steps:
            images = step._changed(images, transformation[name])
        return images

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {
            **super().get_config(), "brightness_factor": self.brightness_factor,
            "contrast_factor": self.contrast_factor, "saturation_factor": self.saturation_factor,
            "hue_factor": self.hue_factor,
        }  # fmt: skip


arguments.register(RandomGrayscale, RandomSaturation, RandomHue, RandomColorDegeneration, RandomColorJitter)
