"""Layers that add zeros around sequences, images and volumes, or cut borders off."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core.shapes import TensorShape
from addax.keras.layers import arguments
from addax.keras.layers.base import Layer
from addax.keras.layers.input_spec import InputSpec
from addax.keras.layers.shape_rules import by_rule
from addax.ops import array


def borders(value: Any, rank: int, name: str) -> tuple[tuple[int, int], ...]:
    """(before, after) for each axis, from one number, one per axis, or a pair per axis.

    Raises:
        ValueError: something else, or a negative number.
    """
    whole = (int, np.integer)
    if isinstance(value, whole):
        pairs: Any = ((value, value),) * rank
    elif rank == 1 and isinstance(value, list | tuple) and len(value) == 2 and all(isinstance(v, whole) for v in value):
        pairs = (tuple(value),)
    else:
        pairs = value
    if not isinstance(pairs, list | tuple) or len(pairs) != rank:
        raise ValueError(f"`{name}` should have {rank} elements, each an int or a pair of ints. Received: {value}.")
    pairs = tuple((p, p) if isinstance(p, whole) else tuple(p) for p in pairs)
    if any(len(pair) != 2 or any(not isinstance(n, whole) or n < 0 for n in pair) for pair in pairs):
        raise ValueError(f"`{name}` should hold pairs of integers >= 0, one per axis. Received: {value}.")
    return tuple((int(a), int(b)) for a, b in pairs)


class _Bordered(Layer):
    """What padding and cropping share."""

    rank = 0

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = arguments.data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def _start(self) -> int:
        return 2 if self.data_format == "channels_first" else 1

    def _changed(self, input_shape: Any, pairs: Any, sign: int) -> TensorShape:
        shape = TensorShape(input_shape).as_list()
        for i, pair in enumerate(pairs):
            size = shape[self._start + i]
            shape[self._start + i] = None if size is None else size + sign * sum(pair)
        return TensorShape(shape)


class ZeroPadding(_Bordered):
    """What padding layers of all ranks share."""

    def __init__(self, padding: Any = 1, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(data_format, **kwargs)
        self.padding = borders(padding, self.rank, "padding")

    @property
    def _pairs(self) -> tuple[tuple[int, int], ...]:
        return self.padding

    def call(self, inputs: Any) -> Any:
        """The inputs with zeros around."""
        before, after = ((0, 0),) * self._start, ((0, 0),) * (2 - self._start)
        return array.pad(inputs, (*before, *self._pairs, *after))

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The larger shape."""
        return self._changed(input_shape, self._pairs, 1)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "padding": self.padding, "data_format": self.data_format}


class ZeroPadding1D(ZeroPadding):
    """Zeros before and after sequences.

    Args:
        padding: how many on both sides, or a pair (before, after).
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.ZeroPadding1D((2, 1))(tf.ones((1, 3, 2))).shape
    TensorShape([1, 6, 2])
    """

    rank = 1

    def __init__(self, padding: Any = 1, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(padding, data_format or "channels_last", **kwargs)
        self.padding = self.padding[0]

    @property
    def _pairs(self) -> tuple[tuple[int, int], ...]:
        return (self.padding,)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        config = super().get_config()
        if self.data_format == "channels_last":  # all that Keras 2 has
            del config["data_format"]
        return config


class ZeroPadding2D(ZeroPadding):
    """Zeros around images.

    Args:
        padding: one number, one per axis, or a pair per axis.
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.ZeroPadding2D(((1, 0), (2, 2)))(tf.ones((1, 3, 3, 2))).shape
    TensorShape([1, 4, 7, 2])
    """

    rank = 2

    def __init__(self, padding: Any = (1, 1), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(padding, data_format, **kwargs)


class ZeroPadding3D(ZeroPadding):
    """Zeros around volumes.

    Args:
        padding: one number, one per axis, or a pair per axis.
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.ZeroPadding3D(1)(tf.ones((1, 2, 2, 2, 2))).shape
    TensorShape([1, 4, 4, 4, 2])
    """

    rank = 3

    def __init__(self, padding: Any = (1, 1, 1), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(padding, data_format, **kwargs)


class Cropping(_Bordered):
    """What cropping layers of all ranks share."""

    def __init__(self, cropping: Any, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(data_format, **kwargs)
        self.cropping = borders(cropping, self.rank, "cropping")

    @property
    def _pairs(self) -> tuple[tuple[int, int], ...]:
        return self.cropping

    def call(self, inputs: Any) -> Any:
        """The inputs without their borders."""
        shape = inputs.shape.as_list()
        for i, (before, after) in enumerate(self._pairs):
            if self.rank < 3 and before + after >= shape[self._start + i]:  # Keras leaves volumes empty
                raise ValueError(
                    f"Argument `cropping` must be greater than the input shape. Received: inputs.shape={tuple(shape)}, "
                    f"and cropping={self.cropping}"
                )
        cuts = [slice(None)] * self._start
        cuts += [slice(a, max(a, shape[self._start + i] - b)) for i, (a, b) in enumerate(self._pairs)]
        return inputs[tuple(cuts)]

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The smaller shape."""
        return self._changed(input_shape, self._pairs, -1)

    def _symbolic_shape(self, input_shape: Any) -> TensorShape:
        shape = TensorShape(input_shape).as_list()
        for i, pair in enumerate(self._pairs):
            size = shape[self._start + i]
            shape[self._start + i] = None if size is None else max(0, size - sum(pair))
        return TensorShape(shape)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "cropping": self.cropping, "data_format": self.data_format}


class Cropping1D(Cropping):
    """Sequences without their first and last steps.

    Args:
        cropping: how many on both sides, or a pair (before, after).
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.Cropping1D((2, 1))(tf.ones((1, 6, 2))).shape
    TensorShape([1, 3, 2])
    """

    rank = 1

    def __init__(self, cropping: Any = (1, 1), **kwargs: Any) -> None:
        super().__init__(cropping, "channels_last", **kwargs)
        self.cropping = self.cropping[0]

    @property
    def _pairs(self) -> tuple[tuple[int, int], ...]:
        return (self.cropping,)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        config = super().get_config()
        del config["data_format"]
        return config


class Cropping2D(Cropping):
    """Images without their borders.

    Args:
        cropping: one number, one per axis, or a pair per axis.
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.Cropping2D(1)(tf.ones((1, 4, 4, 2))).shape
    TensorShape([1, 2, 2, 2])
    """

    rank = 2

    def __init__(self, cropping: Any = ((0, 0), (0, 0)), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(cropping, data_format, **kwargs)


class Cropping3D(Cropping):
    """Volumes without their borders.

    Args:
        cropping: one number, one per axis, or a pair per axis.
        data_format: "channels_last" or "channels_first".
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.Cropping3D()(tf.ones((1, 4, 4, 4, 2))).shape
    TensorShape([1, 2, 2, 2, 2])
    """

    rank = 3

    def __init__(self, cropping: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(cropping, data_format, **kwargs)


arguments.register(ZeroPadding1D, ZeroPadding2D, ZeroPadding3D, Cropping1D, Cropping2D, Cropping3D)
by_rule(ZeroPadding1D, ZeroPadding2D, ZeroPadding3D, Cropping1D, Cropping2D, Cropping3D)
