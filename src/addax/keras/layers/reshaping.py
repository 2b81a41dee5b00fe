"""Layers that change a tensor's shape, not its values: Flatten, Reshape, Permute, RepeatVector."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from addax.core import context, errors
from addax.core.shapes import TensorShape
from addax.keras.layers import arguments
from addax.keras.layers.base import Layer
from addax.keras.layers.input_spec import InputSpec
from addax.keras.layers.shape_rules import by_rule_of_any
from addax.ops import array


class Flatten(Layer):
    """Everything but the batch as one axis.

    Args:
        data_format: "channels_first" inputs are flattened as if channels came last.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.Flatten()(tf.zeros((2, 3, 4))).shape
    TensorShape([2, 12])
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = arguments.data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Any) -> Any:
        """The inputs, reshaped."""
        shape = inputs.shape.as_list()
        if self.data_format == "channels_first" and len(shape) > 2:
            inputs = array.transpose(inputs, (0, *range(2, len(shape)), 1))
        return array.reshape(inputs, (shape[0], int(np.prod(shape[1:], dtype=np.int64))))

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """(batch, product of the rest)."""
        shape = TensorShape(input_shape).as_list()
        rest = shape[1:]
        return TensorShape([shape[0], None if None in rest else int(np.prod(rest, dtype=np.int64))])

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "data_format": self.data_format}


class Reshape(Layer):
    """Each example in another shape.

    Args:
        target_shape: the shape without the batch; one size may be -1.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.Reshape((-1, 2))(tf.zeros((1, 6))).shape
    TensorShape([1, 3, 2])
    """

    def __init__(self, target_shape: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target_shape = tuple(operator.index(n) for n in target_shape)

    def _sizes(self, shape: list[int | None], symbolic: bool) -> list[int | None]:
        """The target with -1 filled in; checked against an example of this shape."""
        target: list[int | None] = list(self.target_shape)
        unknown = [i for i, n in enumerate(target) if n == -1]
        known = int(np.prod([n for n in target if n != -1], dtype=np.int64))
        message = errors.message(
            f"Layer {self.name} (Reshape): total size of new array must be unchanged",
            expected=f"as many values per example as the target shape {self.target_shape} holds",
            received=f"input_shape = {shape}, output_shape = {list(self.target_shape)}",
        )
        if len(unknown) > 1:
            kind = ValueError if symbolic else errors.InvalidArgumentError
            raise kind(f"Reshape: target_shape must hold at most one -1. Received: {self.target_shape}")
        if None in shape:
            return [None if n == -1 else n for n in target]
        size = int(np.prod(shape, dtype=np.int64))
        if unknown:
            if known == 0 or size % known:
                raise _mismatch(message, symbolic)
            target[unknown[0]] = size // known
        elif size != known:
            raise _mismatch(message, symbolic)
        return target

    def call(self, inputs: Any) -> Any:
        """The inputs, reshaped."""
        shape = inputs.shape.as_list()
        return array.reshape(inputs, (shape[0], *self._sizes(shape[1:], context.state.trace is not None)))

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The batch, then the target shape."""
        shape = TensorShape(input_shape).as_list()
        return TensorShape([shape[0], *self._sizes(shape[1:], True)])

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "target_shape": self.target_shape}


def _mismatch(message: str, symbolic: bool) -> Exception:
    """TensorFlow's error for a size that does not fit: of shape inference where it is symbolic, else of the op."""
    return ValueError(message) if symbolic else errors.InvalidArgumentError(message)


class Permute(Layer):
    """The axes of each example in another order.

    Args:
        dims: the axes, counted from 1: (2, 1) swaps the two axes after the batch.
        **kwargs: as for every `Layer`.

    Raises:
        ValueError: `dims` is not a permutation of 1, 2, ...

    >>> import addax as tf
    >>> tf.keras.layers.Permute((2, 1))(tf.zeros((5, 3, 4))).shape
    TensorShape([5, 4, 3])
    """

    def __init__(self, dims: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                "Invalid permutation argument `dims` for Permute Layer. The set of indices in `dims` must be "
                f"consecutive and start from 1. Received dims={dims}"
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs: Any) -> Any:
        """The inputs, transposed."""
        return array.transpose(inputs, (0, *self.dims))

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """The sizes in the new order."""
        shape = TensorShape(input_shape).as_list()
        return TensorShape([shape[0], *(shape[axis] for axis in self.dims)])

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "dims": self.dims}


class RepeatVector(Layer):
    """Each vector n times: (batch, features) to (batch, n, features).

    Args:
        n: how often.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> tf.keras.layers.RepeatVector(3)(tf.zeros((2, 4))).shape
    TensorShape([2, 3, 4])
    """

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(n, int | np.integer):
            raise TypeError(f"Expected an integer value for `n`, got {type(n)}.")
        self.n = int(n)
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs: Any) -> Any:
        """The inputs, repeated."""
        return array.tile(array.expand_dims(inputs, 1), (1, self.n, 1))

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """(batch, n, features)."""
        shape = TensorShape(input_shape).as_list()
        return TensorShape([shape[0], self.n, shape[1]])

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "n": self.n}


arguments.register(Flatten, Reshape, Permute, RepeatVector)
by_rule_of_any(Flatten, Reshape, Permute, RepeatVector)
