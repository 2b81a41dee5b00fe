"""Initializers that draw random weights.

With a seed, an initializer gives TensorFlow's numbers for that seed, the same at every call. Without one, its seed is
the next of a stream that `set_random_seed` starts, so that its numbers are TensorFlow's as well.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from addax.core import convert, dtypes
from addax.keras import config as settings
from addax.keras import registry
from addax.keras.initializers import draw
from addax.keras.initializers.base import Seeded, dims, float_dtype, whole_only
from addax.ops import array, decompositions, linalg
from addax.ops import math as ops_math

Axes = Sequence[int] | None
_TRUNCATED_STD = 0.87962566103423978  # of a standard normal cut off at two standard deviations


class RandomUniform(Seeded):
    """Values spread evenly from `minval` to `maxval`.

    Args:
        minval: the lower end.
        maxval: the upper end; not reached.
        seed: an integer for the same values at every call.

    >>> import addax as tf
    >>> tf.keras.initializers.RandomUniform(0.0, 1.0, seed=1)(shape=(2, 3)).shape
    TensorShape([2, 3])
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None) -> None:
        self.minval = minval
        self.maxval = maxval
        self.seed = seed

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """Random values; see `Initializer`. Integer dtypes give integers.

        Raises:
            ValueError: a dtype that is neither floating nor integer.
        """
        made = dtypes.as_dtype(settings.floatx() if dtype is None else dtype)
        if not made.is_floating and not made.is_integer:
            raise ValueError(f"Expected float or integer dtype, got {made!r}.")
        return draw.uniform(dims(shape, kwargs), self.minval, self.maxval, made, self.seed_for(kwargs))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"minval": self.minval, "maxval": self.maxval, "seed": self.seed}


class RandomNormal(Seeded):
    """Values of a normal distribution.

    Args:
        mean: the mean.
        stddev: the standard deviation.
        seed: an integer for the same values at every call.

    >>> import addax as tf
    >>> tf.keras.initializers.RandomNormal(stddev=1.0, seed=1)(shape=(2, 3)).shape
    TensorShape([2, 3])
    """

    _draw = staticmethod(draw.normal)

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        self.mean = mean
        self.stddev = stddev
        self.seed = seed

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """Random values; see `Initializer`."""
        return self._draw(dims(shape, kwargs), self.mean, self.stddev, float_dtype(dtype), self.seed_for(kwargs))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"mean": self.mean, "stddev": self.stddev, "seed": self.seed}


class TruncatedNormal(RandomNormal):
    """Values of a normal distribution, none more than two standard deviations from the mean.

    Args:
        mean: the mean, before the cut.
        stddev: the standard deviation, before the cut.
        seed: an integer for the same values at every call.

    >>> import addax as tf
    >>> values = tf.keras.initializers.TruncatedNormal(stddev=1.0, seed=1)(shape=(100,))
    >>> bool(tf.reduce_max(tf.abs(values)) <= 2)
    True
    """

    _draw = staticmethod(draw.truncated_normal)


def fans(shape: tuple[int, ...], inputs: Axes = None, outputs: Axes = None) -> tuple[int, int]:
    """The number of inputs and of outputs of a weight: a vector, a matrix [in, out], or a kernel [..., in, out].

    With the axes of both, these are what counts.
    """
    if inputs is not None and outputs is not None:
        return math.prod(shape[axis] for axis in inputs), math.prod(shape[axis] for axis in outputs)
    if len(shape) < 1:
        return 1, 1
    if len(shape) == 1:
        return shape[0], shape[0]
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


class VarianceScaling(Seeded):
    """Values whose variance is `scale` over the number of inputs, outputs, or their mean.

    Args:
        scale: above 0.
        mode: "fan_in", "fan_out" or "fan_avg".
        distribution: "truncated_normal" (or "normal"), "untruncated_normal" or "uniform".
        seed: an integer for the same values at every call.
        input_axes: which axes are inputs, given together with `output_axes`; by default all but the last.
        output_axes: which axes are outputs.

    Raises:
        ValueError: another scale, mode or distribution.

    >>> import addax as tf
    >>> tf.keras.initializers.VarianceScaling(scale=2.0, seed=1)(shape=(2, 3)).shape
    TensorShape([2, 3])
    """

    def __init__(
        self, scale: float = 1.0, mode: str = "fan_in", distribution: str = "truncated_normal",
        seed: int | None = None, input_axes: Axes = None, output_axes: Axes = None,
    ) -> None:  # fmt: skip
        if scale <= 0.0:
            raise ValueError(f"`scale` must be positive float. Received: scale={scale}.")
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ValueError(
                f"Invalid `mode` argument: {mode}. Please use one of the {{'fan_in', 'fan_out', 'fan_avg'}}."
            )
        distribution = distribution.lower()
        distribution = "truncated_normal" if distribution == "normal" else distribution
        if distribution not in ("uniform", "truncated_normal", "untruncated_normal"):
            raise ValueError(
                f"Invalid `distribution` argument: {distribution}. Allowed distributions: "
                "{'uniform', 'truncated_normal', 'untruncated_normal'}."
            )
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.seed = seed
        self.input_axes = input_axes
        self.output_axes = output_axes

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """Random values; see `Initializer`."""
        made = float_dtype(dtype)
        size = dims(shape, kwargs)
        fan_in, fan_out = fans(size, self.input_axes, self.output_axes)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}[self.mode]
        variance = self.scale / max(1.0, fan)
        if self.distribution == "truncated_normal":
            return draw.truncated_normal(size, 0.0, math.sqrt(variance) / _TRUNCATED_STD, made, self.seed_for(kwargs))
        if self.distribution == "untruncated_normal":
            return draw.normal(size, 0.0, math.sqrt(variance), made, self.seed_for(kwargs))
        limit = math.sqrt(3.0 * variance)
        return draw.uniform(size, -limit, limit, made, self.seed_for(kwargs))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        own = {"scale": self.scale, "mode": self.mode, "distribution": self.distribution, "seed": self.seed}
        return {**own, **self._axes}

    @property
    def _axes(self) -> dict[str, Any]:
        """The axes, where they are given: Keras 2 does not know them."""
        axes = {"input_axes": self.input_axes, "output_axes": self.output_axes}
        return {name: list(value) for name, value in axes.items() if value is not None}


class _Fixed(VarianceScaling):
    """Variance scaling of a fixed kind, which configs do not repeat."""

    KIND: tuple[float, str, str]

    def __init__(self, seed: int | None = None, input_axes: Axes = None, output_axes: Axes = None) -> None:
        super().__init__(*self.KIND, seed, input_axes, output_axes)

    def get_config(self) -> dict[str, Any]:
        """The seed, and the axes where they are given."""
        return {"seed": self.seed, **self._axes}


class GlorotUniform(_Fixed):
    """Spread evenly up to sqrt(6 / (inputs + outputs)) (Glorot & Bengio 2010).

    Args:
        seed: an integer for the same values at every call.
        input_axes: which axes are inputs, given together with `output_axes`; by default all but the last.
        output_axes: which axes are outputs.

    >>> import addax as tf
    >>> tf.keras.initializers.GlorotUniform(seed=1)(shape=(2, 3)).shape
    TensorShape([2, 3])
    """

    KIND = (1.0, "fan_avg", "uniform")


class GlorotNormal(_Fixed):
    """Truncated normal of variance 2 / (inputs + outputs) (Glorot & Bengio 2010).

    Args:
        seed: an integer for the same values at every call.
        input_axes: which axes are inputs, given together with `output_axes`; by default all but the last.
        output_axes: which axes are outputs.

    >>> import addax as tf
    >>> tf.keras.initializers.GlorotNormal(seed=1)(shape=(2, 3)).shape
    TensorShape([2, 3])
    """

    KIND = (1.0, "fan_avg", "truncated_normal")


class LecunNormal(_Fixed):
    """Truncated normal of variance 1 / inputs (LeCun et al. 1998).

    Args:
        seed: an integer for the same values at every call.
        input_axes: which axes are inputs, given together with `output_axes`; by default all but the last.
        output_axes: which axes are outputs.

    >>> import addax as tf
    >>> tf.keras.initializers.LecunNormal(seed=1)(shape=(2, 3)).shape
    TensorShape([2, 3])
    """

    KIND = (1.0, "fan_in", "truncated_normal")


class LecunUniform(_Fixed):
    """Spread evenly up to sqrt(3 / inputs) (LeCun et al. 1998).

    Args:
        seed: an integer for the same values at every call.
        input_axes: which axes are inputs, given together with `output_axes`; by default all but the last.
        output_axes: which axes are outputs.

    >>> import addax as tf
    >>> tf.keras.initializers.LecunUniform(seed=1)(shape=(2, 3)).shape
    TensorShape([2, 3])
    """

    KIND = (1.0, "fan_in", "uniform")


class HeNormal(_Fixed):
    """Truncated normal of variance 2 / inputs (He et al. 2015).

    Args:
        seed: an integer for the same values at every call.
        input_axes: which axes are inputs, given together with `output_axes`; by default all but the last.
        output_axes: which axes are outputs.

    >>> import addax as tf
    >>> tf.keras.initializers.HeNormal(seed=1)(shape=(2, 3)).shape
    TensorShape([2, 3])
    """

    KIND = (2.0, "fan_in", "truncated_normal")


class HeUniform(_Fixed):
    """Spread evenly up to sqrt(6 / inputs) (He et al. 2015).

    Args:
        seed: an integer for the same values at every call.
        input_axes: which axes are inputs, given together with `output_axes`; by default all but the last.
        output_axes: which axes are outputs.

    >>> import addax as tf
    >>> tf.keras.initializers.HeUniform(seed=1)(shape=(2, 3)).shape
    TensorShape([2, 3])
    """

    KIND = (2.0, "fan_in", "uniform")


class Orthogonal(Seeded):
    """An orthogonal matrix (Saxe et al. 2014); kernels are made from a matrix [all but the last axis, last axis].

    Args:
        gain: a factor.
        seed: an integer for the same values at every call.

    >>> import addax as tf
    >>> q = tf.keras.initializers.Orthogonal(seed=1)(shape=(3, 3))
    >>> bool(tf.reduce_max(tf.abs(tf.matmul(q, q, transpose_b=True) - tf.eye(3))) < 1e-5)
    True
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        self.gain = gain
        self.seed = seed

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """The matrix; see `Initializer`.

        Raises:
            ValueError: a shape of fewer than two axes, or a part of a variable is asked for.
        """
        whole_only("Orthogonal", kwargs)
        made, size = float_dtype(dtype), dims(shape, kwargs)
        if len(size) < 2:
            raise ValueError(
                "The tensor to initialize must be at least two-dimensional. "
                f"Received: shape={size} of rank {len(size)}."
            )
        rows, columns = math.prod(size[:-1]), size[-1]
        whole = max(rows, columns), min(rows, columns)
        values = draw.normal(whole, 0.0, 1.0, made, self.seed_in_use())
        if values.is_symbolic:
            q, r = decompositions.qr(values)
            q = ops_math.multiply(q, ops_math.sign(linalg.diag_part(r)))
            q = linalg.matrix_transpose(q) if rows < columns else q
            return ops_math.multiply(array.reshape(q, size), convert.constant(self.gain, made))
        kind = np.float64 if made.name == "float64" else np.float32
        q, r = np.linalg.qr(values.numpy().astype(kind))
        q = q * np.sign(np.diag(r))  # so that the matrix is spread evenly over all orthogonal ones
        q = q.T if rows < columns else q
        return draw.finish(kind(self.gain) * q.reshape(size), made)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"gain": self.gain, "seed": self.seed}


registry.register("initializer", RandomUniform, "random_uniform", "uniform")
registry.register("initializer", RandomNormal, "random_normal", "normal")
registry.register("initializer", TruncatedNormal, "truncated_normal")
registry.register("initializer", VarianceScaling, "variance_scaling")
registry.register("initializer", GlorotUniform, "glorot_uniform")
registry.register("initializer", GlorotNormal, "glorot_normal")
registry.register("initializer", LecunNormal, "lecun_normal")
registry.register("initializer", LecunUniform, "lecun_uniform")
registry.register("initializer", HeNormal, "he_normal")
registry.register("initializer", HeUniform, "he_uniform")
registry.register("initializer", Orthogonal, "orthogonal", "OrthogonalInitializer")
