"""Initializer, and the initializers that draw nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import convert, dtypes, errors, philox_host, random
from addax.core.shapes import TensorShape
from addax.core.tensor import Tensor
from addax.keras import config as settings
from addax.keras import registry

_PARTITION_ARGUMENTS = ("partition_shape", "partition_offset", "layout")


class Initializer:
    """Base class of initializers; subclasses define `__call__(shape, dtype=None, **kwargs)`.

    >>> import addax as tf
    >>> class Sevens(tf.keras.initializers.Initializer):
    ...     def __call__(self, shape, dtype=None, **kwargs):
    ...         return tf.fill(shape, 7.0)
    >>> tf.keras.layers.Dense(1, bias_initializer=Sevens())(tf.zeros([1, 2])).numpy().tolist()
    [[7.0]]
    """

    def clone(self) -> Any:
        """Another initializer with this one's configuration.

        >>> import addax as tf
        >>> tf.keras.initializers.GlorotUniform(seed=3).clone().seed
        3
        """
        return type(self).from_config(self.get_config())

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """The initial value.

        Args:
            shape: its shape.
            dtype: its dtype; by default `floatx()`.
            **kwargs: for partitioned variables: partition_shape, partition_offset, layout.

        Returns:
            A tensor.
        """
        raise NotImplementedError("Initializer subclasses must implement the `__call__()` method.")

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Initializer:
        """An initializer from what `get_config` returned."""
        return cls(**{key: value for key, value in config.items() if key != "dtype"})


class Seeded(Initializer):
    """An initializer that draws, with a seed of its own or the next one of the program's, taken at its first call."""

    seed: int | None
    _chosen: int | None = None
    _told = False

    def seed_in_use(self) -> int:
        """The seed of every call; see `addax.core.random.initial_seed`."""
        if hasattr(self.seed, "next"):  # a `keras.random.SeedGenerator`: each call has other numbers
            first, second = (int(n) for n in np.asarray(self.seed.next()))
            return first ^ second << 31
        if self.seed is not None:
            return int(self.seed)
        if self._chosen is None:
            self._chosen = random.initial_seed()
        elif not self._told:
            self._told = True
            errors.warn(
                f"The initializer {type(self).__name__} is unseeded and being called multiple times, which will return "
                "identical values each time (even if the initializer is unseeded). Please update your code to provide "
                "a seed to the initializer, or avoid using the same initializer instance more than once.",
                stacklevel=3,
            )
        return self._chosen

    def seed_for(self, kwargs: dict[str, Any]) -> int | tuple[int, int]:
        """The seed of a call: for a part of a variable, one that where it begins is folded into."""
        seed, offset = self.seed_in_use(), kwargs.get("partition_offset")
        part = 0 if offset is None else hash(offset)
        if not part:
            return seed
        start = philox_host.position(seed)
        return int(philox_host.words(start, np.zeros(1, np.uint64)).view(np.int64)[0, 0]), part


def whole_only(name: str, kwargs: dict[str, Any]) -> None:
    """Refuse to make a part of a variable.

    Raises:
        ValueError: the shape or the offset of a part is given.
    """
    for key in ("partition_shape", "partition_offset"):
        if kwargs.get(key) is not None:
            raise ValueError(f"{name} initializer doesn't support partition-related arguments. Received: {key}.")


def dims(shape: Any, kwargs: dict[str, Any]) -> tuple[int, ...]:
    """The shape to make: that of the partition, if one is asked for."""
    for key in kwargs:
        if key not in _PARTITION_ARGUMENTS:
            raise TypeError(
                f"Unknown keyword arguments: {list(kwargs)}. Allowed keyword arguments: {list(_PARTITION_ARGUMENTS)}."
            )
    shape = kwargs.get("partition_shape") if kwargs.get("partition_shape") is not None else shape
    if isinstance(shape, Tensor):
        shape = shape.numpy().tolist()
    if isinstance(shape, int):
        shape = (shape,)
    elif not (isinstance(shape, tuple) and all(type(size) is int for size in shape)):
        shape = tuple(int(size) for size in (shape if isinstance(shape, list) else TensorShape(shape).as_list()))
    if shape and min(shape) < 0:
        raise errors.InvalidArgumentError(
            errors.message("An initializer, shape", expected="sizes of 0 or more", received=str(shape))
        )
    return shape


def number_dtype(dtype: Any) -> dtypes.DType:
    """A dtype of numbers or bools; by default `floatx()`.

    Raises:
        ValueError: strings and other things.
    """
    made = dtypes.as_dtype(settings.floatx() if dtype is None else dtype)
    if not (made.is_floating or made.is_integer or made.is_complex or made.is_bool):
        raise ValueError(f"Expected numeric or boolean dtype, got {made!r}.")
    return made


def float_dtype(dtype: Any) -> dtypes.DType:
    """A floating dtype; by default `floatx()`.

    Raises:
        ValueError: another dtype.
    """
    made = dtypes.as_dtype(settings.floatx() if dtype is None else dtype)
    if not made.is_floating:
        raise ValueError(f"Expected floating point type, got {made!r}.")
    return made


def _filled(shape: tuple[int, ...], value: Any, dtype: dtypes.DType) -> Tensor:
    return Tensor(convert.to_device(np.full(shape, value, dtype.np)))


class Zeros(Initializer):
    """All zeros.

    >>> import addax as tf
    >>> tf.keras.initializers.Zeros()(shape=(2,)).numpy().tolist()
    [0.0, 0.0]
    """

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """Zeros of a shape; see `Initializer`."""
        return _filled(dims(shape, kwargs), 0, number_dtype(dtype))


class Ones(Initializer):
    """All ones.

    >>> import addax as tf
    >>> tf.keras.initializers.Ones()(shape=(2,)).numpy().tolist()
    [1.0, 1.0]
    """

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """Ones of a shape; see `Initializer`."""
        return _filled(dims(shape, kwargs), 1, number_dtype(dtype))


class Constant(Initializer):
    """A given value everywhere, or given values.

    Args:
        value: a number, or an array of the shape that will be asked for.

    >>> import addax as tf
    >>> tf.keras.initializers.Constant(3.0)(shape=(2,)).numpy().tolist()
    [3.0, 3.0]
    """

    def __init__(self, value: Any = 0) -> None:
        self.value = value

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """The value in a shape; see `Initializer`.

        Raises:
            TypeError: the value is a tensor of another dtype.
        """
        made = dtypes.as_dtype(settings.floatx() if dtype is None else dtype)
        if isinstance(self.value, Tensor) and self.value.dtype != made:
            raise TypeError(
                errors.message(
                    "keras.initializers.Constant",
                    expected=f"a tensor of the dtype that is asked for, {made.name}",
                    received=self.value,
                    hint=f"cast it, tf.cast(value, tf.{made.name}), or pass a number or a NumPy array",
                )
            )
        return convert.constant(self.value, dtype=made, shape=dims(shape, kwargs))

    def get_config(self) -> dict[str, Any]:
        """The value."""
        return {"value": self.value}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Constant:
        """Make one from a config, in which an array may be described as model files do."""
        value = config.get("value", 0)
        if isinstance(value, dict) and value.get("class_name") in ("__numpy__", "__tensor__"):
            value = registry.deserialize_keras_object(value)
        return cls(**{**config, "value": value})


class Identity(Initializer):
    """A diagonal matrix.

    Args:
        gain: the value on the diagonal.

    >>> import addax as tf
    >>> tf.keras.initializers.Identity()(shape=(2, 2)).numpy().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """The matrix; see `Initializer`.

        Raises:
            ValueError: the shape is not a matrix's, or a part of a variable is asked for.
        """
        whole_only("Identity", kwargs)
        made, size = float_dtype(dtype), dims(shape, kwargs)
        if len(size) != 2:
            raise ValueError(
                "Identity matrix initializer can only be used for 2D matrices. "
                f"Received: shape={size} of rank {len(size)}."
            )
        return Tensor(convert.to_device((self.gain * np.eye(*size)).astype(made.np)))

    def get_config(self) -> dict[str, Any]:
        """The gain."""
        return {"gain": self.gain}


registry.register("initializer", Zeros, "zeros", "zero")
registry.register("initializer", Ones, "ones", "one")
registry.register("initializer", Constant, "constant")
registry.register("initializer", Identity, "identity", "IdentityInitializer")
