"""Dropout and its kin: parts of the inputs are replaced at random while training."""

from __future__ import annotations

from typing import Any

from addax.core.shapes import TensorShape
from addax.keras.layers import arguments
from addax.keras.layers.base import Layer
from addax.keras.layers.input_spec import InputSpec
from addax.keras.layers.shape_rules import by_rule
from addax.ops import layers as ops


class _Noisy(Layer):
    """A layer that changes its inputs while training only, and keeps their shape and mask."""

    def __init__(self, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = seed
        self.supports_masking = True

    def _changed(self, inputs: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define _changed.")

    def _idle(self) -> bool:
        """Whether there is nothing to do even in training."""
        return False

    def call(self, inputs: Any, training: Any = None) -> Any:
        """The inputs, changed if `training`."""
        if self._idle():
            return inputs
        return arguments.when(training, lambda: self._changed(inputs), lambda: inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape


class Dropout(_Noisy):
    """A share of the inputs is 0 while training, and the others are scaled up so that the mean stays.

    Args:
        rate: the share, from 0 to 1.
        noise_shape: the shape of the mask, with 1 where it is to be shared and None for the input's own size.
        seed: for the same masks in each run.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.Dropout(0.5)(tf.ones((1, 2)), training=False).numpy().tolist()
    [[1.0, 1.0]]
    """

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(seed=seed, **kwargs)
        self.rate = arguments.rate(rate)
        self.noise_shape = noise_shape

    def _get_noise_shape(self, inputs: Any) -> Any:
        """The shape of the mask for these inputs; subclasses may have their own."""
        return self.noise_shape

    def _idle(self) -> bool:
        return self.rate == 0

    def _changed(self, inputs: Any) -> Any:
        return ops.dropout(inputs, arguments.noise(self), self.rate, self._get_noise_shape(inputs))

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "rate": self.rate, "noise_shape": self.noise_shape, "seed": self.seed}


class SpatialDropout1D(Dropout):
    """Drops whole channels of inputs of shape (batch, time, channels).

    Args:
        rate: the share of channels.
        **kwargs: `seed`, and as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.SpatialDropout1D(0.5)(tf.ones((2, 5, 3))).shape
    TensorShape([2, 5, 3])
    """

    def __init__(self, rate: float, **kwargs: Any) -> None:
        super().__init__(rate, **kwargs)
        self.input_spec = InputSpec(ndim=3)

    def _get_noise_shape(self, inputs: Any) -> Any:
        return (None, 1, None)


class SpatialDropout2D(Dropout):
    """Drops whole channels of images.

    Args:
        rate: the share of channels.
        data_format: "channels_last" or "channels_first".
        **kwargs: `seed`, and as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.SpatialDropout2D(0.5)(tf.ones((2, 5, 5, 3))).shape
    TensorShape([2, 5, 5, 3])
    """

    _rank = 2

    def __init__(self, rate: float, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(rate, **kwargs)
        self.data_format = arguments.data_format(data_format)
        self.input_spec = InputSpec(ndim=self._rank + 2)

    def _get_noise_shape(self, inputs: Any) -> Any:
        ones = (1,) * self._rank
        return (None, None, *ones) if self.data_format == "channels_first" else (None, *ones, None)


class SpatialDropout3D(SpatialDropout2D):
    """Drops whole channels of volumes.

    Args:
        rate: the share of channels.
        data_format: "channels_last" or "channels_first".
        **kwargs: `seed`, and as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.SpatialDropout3D(0.5)(tf.ones((2, 4, 4, 4, 3))).shape
    TensorShape([2, 4, 4, 4, 3])
    """

    _rank = 3


class _Gaussian(_Noisy):
    """Noise that Keras 2 answers a TensorShape for, whatever it is asked with."""

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The input's shape."""
        return TensorShape(input_shape)


class GaussianDropout(_Gaussian):
    """Multiplies with normal noise of mean 1 while training.

    Args:
        rate: sets the noise's standard deviation, sqrt(rate / (1 - rate)).
        seed: for the same noise in each run.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.GaussianDropout(0.1)(tf.ones((1, 2))).numpy().tolist()
    [[1.0, 1.0]]
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(seed=seed, **kwargs)
        self.rate = rate

    def _idle(self) -> bool:
        return not 0 < self.rate < 1

    def _changed(self, inputs: Any) -> Any:
        return ops.gaussian_dropout(inputs, arguments.noise(self), self.rate)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}


class AlphaDropout(_Gaussian):
    """Dropout that keeps mean and variance, for networks of selu (Klambauer et al. 2017, arXiv:1706.02515).

    Args:
        rate: the share that is dropped.
        noise_shape: the shape of the mask, as for Dropout.
        seed: for the same masks in each run.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.AlphaDropout(0.1)(tf.ones((1, 2))).numpy().tolist()
    [[1.0, 1.0]]
    """

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(seed=seed, **kwargs)
        self.rate = rate
        self.noise_shape = noise_shape

    def _idle(self) -> bool:
        return not 0 < self.rate < 1

    def _changed(self, inputs: Any) -> Any:
        return ops.alpha_dropout(inputs, arguments.noise(self), self.rate, self.noise_shape)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}


class GaussianNoise(_Gaussian):
    """Adds normal noise of mean 0 while training.

    Args:
        stddev: the noise's standard deviation.
        seed: for the same noise in each run.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.GaussianNoise(0.1)(tf.ones((1, 2))).numpy().tolist()
    [[1.0, 1.0]]
    """

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(seed=seed, **kwargs)
        self.stddev = stddev

    def _changed(self, inputs: Any) -> Any:
        return ops.gaussian_noise(inputs, arguments.noise(self), self.stddev)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "stddev": self.stddev, "seed": self.seed}


arguments.register(
    Dropout, SpatialDropout1D, SpatialDropout2D, SpatialDropout3D, GaussianDropout, AlphaDropout, GaussianNoise
)
by_rule(Dropout, SpatialDropout1D, SpatialDropout2D, SpatialDropout3D, GaussianDropout, AlphaDropout, GaussianNoise)
