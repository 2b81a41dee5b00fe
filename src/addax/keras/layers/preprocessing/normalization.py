"""Normalization: features shifted and scaled to mean 0 and variance 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import convert, errors
from addax.core.shapes import TensorShape
from addax.keras import graph
from addax.keras.layers.arguments import register
from addax.keras.layers.preprocessing.base import PreprocessingLayer, as_tensor
from addax.ops import categorical as ops
from addax.ops.shaping import broadcast_static_shape


class Normalization(PreprocessingLayer):
    """(inputs - mean) / sqrt(variance), with mean and variance of data that `adapt` looks at.

    Args:
        axis: the axis or axes that have a mean and variance of their own; None for one of each.
        mean: a mean, if it is known; needs `variance`.
        variance: a variance, if it is known.
        invert: whether to go back: inputs * sqrt(variance) + mean.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> layer = tf.keras.layers.Normalization()
    >>> layer.adapt([[1.0], [3.0]])
    >>> layer(tf.constant([[1.0], [3.0]])).numpy().tolist()
    [[-1.0], [1.0]]
    """

    def __init__(
        self, axis: Any = -1, mean: Any = None, variance: Any = None, invert: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.axis = () if axis is None else tuple(axis) if isinstance(axis, list | tuple) else (axis,)
        if (mean is None) != (variance is None):
            raise ValueError(
                "When setting values directly, both `mean` and `variance` must be set. "
                f"Got mean: {mean} and variance: {variance}"
            )
        self.input_mean = mean
        self.input_variance = variance
        self.invert = invert
        self._statistics: tuple[Any, Any] | None = None

    def build(self, input_shape: Any) -> None:
        """Create mean, variance and count, if they are not given."""
        if (
            isinstance(input_shape, list | tuple)
            and input_shape
            and isinstance(input_shape[0], list | tuple | TensorShape)
        ):
            raise ValueError(f"Normalization accepts only a single input. Received: {input_shape}")
        shape = TensorShape(input_shape).as_list()
        rank = len(shape)
        if any(not -rank <= axis < rank for axis in self.axis):
            raise ValueError(
                f"All `axis` values must be in the range [-ndim, ndim). Found ndim: `{rank}`, axis: {self.axis}"
            )
        self._keep = sorted(axis % rank for axis in self.axis)
        for axis in self._keep:
            if shape[axis] is None:
                raise ValueError(
                    "All `axis` values to be kept must have known shape. Got axis: "
                    f"{self.axis}, input shape: {tuple(shape)}, with unknown axis at index: {axis}"
                )
        self._reduce = [axis for axis in range(rank) if axis not in self._keep]
        own = tuple(shape[axis] for axis in self._keep)
        self._broadcast = tuple(shape[axis] if axis in self._keep else 1 for axis in range(rank))
        if self.input_mean is None:
            rules: dict[str, Any] = {"shape": own, "dtype": self.compute_dtype, "trainable": False}
            self.adapt_mean = self.add_weight("mean", initializer="zeros", **rules)
            self.adapt_variance = self.add_weight("variance", initializer="ones", **rules)
            self.count = self.add_weight("count", shape=(), dtype="int64", initializer="zeros", trainable=False)
        super().build(input_shape)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Take a batch into the mean and variance."""
        if self.input_mean is not None:
            raise ValueError(
                "Cannot `adapt` a Normalization layer that is initialized with static `mean` and `variance`, you "
                f"passed mean {self.input_mean} and variance {self.input_variance}."
            )
        batch = np.asarray(as_tensor(data)).astype(np.float64)
        if batch.ndim == 0 or (batch.ndim == 1 and len(self._broadcast) == 2):
            batch = batch.reshape(-1, 1)
        size = int(np.prod([batch.shape[axis] for axis in self._reduce]))
        mean, variance = batch.mean(tuple(self._reduce)), batch.var(tuple(self._reduce))
        before = int(self.count.numpy())
        old_mean, old_variance = (np.float64(v.numpy()) for v in (self.adapt_mean, self.adapt_variance))
        share = size / (before + size)
        total = mean * share + old_mean * (1 - share)
        spread = (variance + (mean - total) ** 2) * share + (old_variance + (old_mean - total) ** 2) * (1 - share)
        for variable, value in ((self.adapt_mean, total), (self.adapt_variance, spread), (self.count, before + size)):
            variable.assign(np.asarray(value, variable.dtype.np))

    def reset_state(self) -> None:
        """Forget mean and variance."""
        if self.input_mean is None and self.built:
            self.adapt_mean.assign(np.zeros(self.adapt_mean.shape.as_list(), self.adapt_mean.dtype.np))
            self.adapt_variance.assign(np.ones(self.adapt_variance.shape.as_list(), self.adapt_variance.dtype.np))
            self.count.assign(np.int64(0))

    def finalize_state(self) -> None:
        """Shape mean and variance for `call`."""
        if not self.built:
            return
        if self.input_mean is not None:
            values = [np.asarray(v, self.compute_dtype) for v in (self.input_mean, self.input_variance)]
            try:
                parts = [np.broadcast_to(v.reshape(self._fitting(v)), self._broadcast) for v in values]
            except ValueError:
                raise ValueError(
                    errors.message(
                        f"Layer {self.name} (Normalization)",
                        expected=f"mean and variance that can be broadcast to {self._broadcast}, the kept axes",
                        received=f"mean of shape {values[0].shape}, variance of shape {values[1].shape}",
                        hint=f"give one value for each size of axis {self.axis}, or one number",
                    )
                ) from None
        else:
            parts = [variable.numpy().reshape(self._broadcast) for variable in (self.adapt_mean, self.adapt_variance)]
        self._statistics = tuple(convert.convert_to_tensor(np.asarray(part, self.compute_dtype)) for part in parts)  # type: ignore[assignment]

    def _fitting(self, value: np.ndarray) -> tuple[int, ...]:
        return self._broadcast if value.size == np.prod(self._broadcast) else value.shape

    @property
    def mean(self) -> Any:
        """The mean, in the rank of the inputs."""
        return None if self._statistics is None else self._statistics[0]

    @property
    def variance(self) -> Any:
        """The variance, in the rank of the inputs."""
        return None if self._statistics is None else self._statistics[1]

    def call(self, inputs: Any) -> Any:
        """The normalized inputs."""
        inputs = as_tensor(inputs, self.compute_dtype)
        assert self._statistics is not None
        return ops.standardize(inputs, *self._statistics, self.invert)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def _infer(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        # An adapted layer knows sizes that its symbolic input does not say.
        return graph.KerasTensor(broadcast_static_shape(args[0].shape, self._broadcast), self.compute_dtype)

    def load_own_variables(self, store: Any) -> None:
        """Take mean, variance and count from a saved model."""
        for i, variable in enumerate(self.weights):
            variable.assign(np.asarray(store[str(i)]))
        self.finalize_state()

    def set_weights(self, weights: Any) -> None:
        """Set mean, variance and count."""
        super().set_weights(weights)
        self.finalize_state()

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {
            **super().get_config(),
            "axis": self.axis,
            "invert": self.invert,
            "mean": _plain(self.input_mean),
            "variance": _plain(self.input_variance),
        }


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, int | float):
        return value
    return np.asarray(value).tolist()


register(Normalization)
