"""Images under windows, and spread over their range of values, of Keras 3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from addax.keras import random as draws
from addax.keras.layers import arguments
from addax.keras.layers.preprocessing.image_layer import ColorLayer, Factor, chosen, factor_pair
from addax.ops import histogram_equalization as histograms
from addax.ops import image_filters as ops


class RandomSharpness(ColorLayer):
    """In training, images are blurred or sharpened.

    Args:
        factor: from 0 (blurred) over 0.5 (as it is) to 1 (sharp): the largest number, or (lowest, highest).
        value_range: (lowest, highest) value of images; results are cut at them.
        data_format: "channels_last" or "channels_first".
        seed: for the same changes in each run.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> image = tf.reshape(tf.constant([0.0, 0.0, 0.0, 0.0, 13.0, 0.0, 0.0, 0.0, 0.0]), (1, 3, 3, 1))
    >>> tf.keras.layers.RandomSharpness((0.0, 0.0))(image).numpy().ravel().round(3).tolist()
    [1.0, 1.0, 1.0, 1.0, 5.0, 1.0, 1.0, 1.0, 1.0]
    """

    def __init__(
        self, factor: Factor, value_range: Sequence[float] = (0, 255), data_format: str | None = None,
        seed: int | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, seed, data_format, **kwargs)
        self.factor = factor_pair(factor, "factor", 0.0, 1.0)

    def _draw(self, images: Any, seed: Any) -> dict[str, Any]:
        return {"factor": draws.uniform((self._count(images),), *self.factor, seed=seed)}

    def _changed(self, images: Any, transformation: Any) -> Any:
        return ops.sharpen(images, transformation["factor"], self._values, self._first)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "factor": self.factor}


class RandomGaussianBlur(ColorLayer):
    """In training, some images are seen through a bell.

    Args:
        factor: the largest probability of a change, or (lowest, highest).
        kernel_size: the bell's size in pixels, odd, or (width, height).
        sigma: the largest standard deviation of the bell, or (lowest, highest), from 0 to 1; one is drawn for each
            direction, the same for all images.
        value_range: (lowest, highest) value of images; results are cut at them.
        data_format: "channels_last" or "channels_first".
        seed: for the same changes in each run.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> image = tf.constant([[[[0.0], [100.0], [0.0]]]])
    >>> layer = tf.keras.layers.RandomGaussianBlur((1.0, 1.0), sigma=(1.0, 1.0))
    >>> layer(image).numpy().astype("float64").ravel().round(1).tolist()
    [12.4, 20.4, 12.4]
    """

    def __init__(
        self, factor: Factor = 1.0, kernel_size: int | Sequence[int] = 3, sigma: Factor = 1.0,
        value_range: Sequence[float] = (0, 255), data_format: str | None = None, seed: int | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, seed, data_format, **kwargs)
        self.factor = factor_pair(factor, "factor", 0.0, 1.0)
        sizes = tuple(kernel_size) if isinstance(kernel_size, list | tuple) else (kernel_size, kernel_size)
        if len(sizes) != 2 or not all(isinstance(n, int) and n > 0 and n % 2 for n in sizes):
            raise ValueError(f"`kernel_size` must be an odd number, or two. Received: kernel_size={kernel_size}")
        self.kernel_size = sizes
        self.sigma = factor_pair(sigma, "sigma", 0.0, 1.0)

    def _draw(self, images: Any, seed: Any) -> dict[str, Any]:
        apply = chosen(self.factor, self._count(images), seed)
        width = draws.uniform((2,), *self.sigma, self.compute_dtype, seed)
        return {"should_apply_blur": apply, "blur_factor": width + 1e-6}

    def _changed(self, images: Any, transformation: Any) -> Any:
        if transformation is None:
            return images
        sigma, apply = transformation["blur_factor"], transformation["should_apply_blur"]
        return ops.blur(images, sigma, apply, self.kernel_size, self._values, self._first)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {"factor": self.factor, "kernel_size": self.kernel_size, "sigma": self.sigma}
        return {**super().get_config(), **own}


class Equalization(ColorLayer):
    """In training, each channel's values are spread evenly over their range, by the histogram of all images given.

    Args:
        value_range: (lowest, highest) value of images.
        bins: of the histogram.
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> images = tf.constant([[[[10.0], [11.0], [12.0]]]])
    >>> tf.keras.layers.Equalization()(images).numpy().ravel().tolist()
    [0.0, 128.0, 255.0]
    """

    def __init__(
        self, value_range: Sequence[float] = (0, 255), bins: int = 256, data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(value_range, None, data_format, **kwargs)
        if bins < 2:
            raise ValueError(f"`bins` must be at least 2. Received: bins={bins}")
        self.bins = bins

    def _changed(self, images: Any, transformation: Any) -> Any:
        return histograms.equalize(images, self.bins, self._values, self._first)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        config = {**super().get_config(), "bins": self.bins}
        del config["seed"]
        return config


class ContrastLimitedAdaptiveHistogramEqualization(ColorLayer):
    """Values of each channel spread over their range tile by tile, with bounded contrast, in training or not (CLAHE).

    Args:
        value_range: (lowest, highest) value of images.
        clip_limit: the largest slope, as a multiple of an even histogram's; 0 for no limit.
        tile_grid_size: how many tiles (down, across).
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> layer = tf.keras.layers.ContrastLimitedAdaptiveHistogramEqualization(tile_grid_size=(1, 1), clip_limit=0)
    >>> layer(tf.constant([[[[10.0], [11.0], [12.0]]]])).numpy().ravel().tolist()
    [85.0, 170.0, 255.0]
    """

    _always = True

    def __init__(
        self, value_range: Sequence[float] = (0, 255), clip_limit: float = 4.0,
        tile_grid_size: Sequence[int] = (8, 8), data_format: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, None, data_format, **kwargs)
        sizes = isinstance(tile_grid_size, list | tuple) and [n for n in tile_grid_size if isinstance(n, int) and n > 0]
        if not sizes or len(sizes) != 2:
            raise ValueError(f"`tile_grid_size` must be two positive integers. Received: {tile_grid_size}")
        self.clip_limit = clip_limit
        self.tile_grid_size = tuple(tile_grid_size)

    def _changed(self, images: Any, transformation: Any) -> Any:
        limit = float(self.clip_limit)
        return histograms.equalize_tiles(images, limit, self.tile_grid_size, self._values, self._first)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {"clip_limit": self.clip_limit, "tile_grid_size": self.tile_grid_size}
        config = {**super().get_config(), **own}
        del config["seed"]
        return config


arguments.register(
    RandomSharpness, RandomGaussianBlur, Equalization, ContrastLimitedAdaptiveHistogramEqualization
)  # fmt: skip
