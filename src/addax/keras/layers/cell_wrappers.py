"""Wrappers of recurrent cells: tf.nn.RNNCellDropoutWrapper, RNNCellResidualWrapper and RNNCellDeviceWrapper."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from addax.core import context, devices, dtypes, errors, trees
from addax.core.shapes import TensorShape
from addax.core.tensor import Tensor
from addax.keras import registry
from addax.keras.layers.arguments import register
from addax.keras.layers.base import Layer
from addax.keras.layers.cell_states import first_states
from addax.keras.layers.rnn import AbstractRNNCell, unbuilt
from addax.ops import elementwise, normalization, random

__all__ = ["DeviceWrapper", "DropoutWrapper", "ResidualWrapper"]


class CellWrapper(AbstractRNNCell):
    """A cell around another one, whose states and sizes are its own.

    Args:
        cell: the cell.
        **kwargs: as for every `Layer`.
    """

    def __init__(self, cell: Any, **kwargs: Any) -> None:
        if not callable(getattr(cell, "call", None)):
            raise AttributeError(
                errors.message(type(self).__name__, expected="a recurrent cell with `call`", received=f"{cell!r:.80}")
            )
        super().__init__(**kwargs)
        self.cell = cell

    @property
    def state_size(self) -> Any:
        """The size or sizes of the cell's states."""
        return self.cell.state_size

    @property
    def output_size(self) -> Any:
        """The size of the cell's output."""
        return self.cell.output_size

    def build(self, inputs_shape: Any) -> None:
        """Build the cell; its weights are named after the wrapper."""
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell.build(inputs_shape)
            self.cell.built = True
        self.built = True

    def get_initial_state(self, inputs: Any = None, batch_size: Any = None, dtype: Any = None) -> Any:
        """The cell's first states."""
        own = getattr(self.cell, "get_initial_state", None)
        if own is not None:
            return own(inputs=inputs, batch_size=batch_size, dtype=dtype)
        return first_states(self.cell, inputs, batch_size, dtype)

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """The cell's first states: zeros.

        Args:
            batch_size: how many samples.
            dtype: the type of the states.
        """
        own = getattr(self.cell, "zero_state", None)
        return own(batch_size, dtype) if own is not None else self.get_initial_state(None, batch_size, dtype)

    # Methods of TensorFlow's older layers.

    def apply(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Call the layer."""
        return self(inputs, *args, **kwargs)

    def add_update(self, updates: Any, inputs: Any = None) -> None:
        """Add updates; nothing is done with `inputs`."""
        super().add_update(updates)

    def get_losses_for(self, inputs: Any) -> Any:
        """The losses, whichever inputs they are of."""
        return self.losses

    def get_updates_for(self, inputs: Any) -> Any:
        """The updates, whichever inputs they are of."""
        return self.updates

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "cell": registry.serialize_keras_object(self.cell)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """Make the wrapper from what `get_config` returned."""
        config = dict(config)
        return cls(registry.deserialize("layer", unbuilt(config.pop("cell")), custom_objects), **config)


class DropoutWrapper(CellWrapper):
    """A cell with dropout of its inputs, states and outputs, in training and inference alike.

    Args:
        cell: the cell.
        input_keep_prob: the share of inputs that is kept; 1 keeps all.
        output_keep_prob: the share of outputs.
        state_keep_prob: the share of states that are handed on.
        variational_recurrent: drop the same units in all steps and calls (https://arxiv.org/abs/1512.05287).
        input_size: the size(s) of inputs, for variational_recurrent with input_keep_prob < 1.
        dtype: the type of inputs, states and outputs; variational_recurrent needs it.
        seed: an int.
        dropout_state_filter_visitor: called with each part of the states: whether it is dropped from.
        **kwargs: as for every `Layer`.

    Raises:
        TypeError: no cell, or a visitor that cannot be called.
        ValueError: a share outside of [0, 1], or a dtype or input_size that is missing.

    >>> import addax as tf
    >>> cell = tf.nn.RNNCellDropoutWrapper(tf.keras.layers.SimpleRNNCell(4), input_keep_prob=0.5)
    >>> tf.keras.layers.RNN(cell)(tf.ones((2, 3, 5))).shape
    TensorShape([2, 4])
    """

    def __init__(
        self, cell: Any, input_keep_prob: Any = 1.0, output_keep_prob: Any = 1.0, state_keep_prob: Any = 1.0,
        variational_recurrent: bool = False, input_size: Any = None, dtype: Any = None, seed: int | None = None,
        dropout_state_filter_visitor: Callable[[Any], bool] | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(cell, **({} if dtype is None else {"dtype": dtype}), **kwargs)
        if dropout_state_filter_visitor is not None and not callable(dropout_state_filter_visitor):
            raise TypeError("DropoutWrapper: dropout_state_filter_visitor must be callable.")
        shares = {"input": input_keep_prob, "state": state_keep_prob, "output": output_keep_prob}
        for name, share in shares.items():
            known = float(share) if not isinstance(share, Tensor) or not share.is_symbolic else None
            if known is not None and not 0 <= known <= 1:
                raise ValueError(f"DropoutWrapper: Parameter {name}_keep_prob must be between 0 and 1: {known}")
        self._shares = shares
        self._visitor = dropout_state_filter_visitor
        self._variational, self._input_size, self._seed = variational_recurrent, input_size, seed
        self._masks: dict[tuple[str, int], Any] = {}
        if variational_recurrent:
            if dtype is None:
                raise ValueError("DropoutWrapper: When variational_recurrent=True, dtype must be provided.")
            if _drops(input_keep_prob) and input_size is None:
                raise ValueError(
                    "DropoutWrapper: When variational_recurrent=True and input_keep_prob < 1.0 or is unknown, "
                    "input_size must be provided."
                )
            self._draw_masks(dtypes.as_dtype(dtype))

    @property
    def wrapped_cell(self) -> Any:
        """The cell."""
        return self.cell

    def _draw_masks(self, dtype: dtypes.DType) -> None:
        sizes = {"input": self._input_size, "state": self.cell.state_size, "output": self.cell.output_size}
        with context.init_scope():
            for kind, size in sizes.items():
                if not _drops(self._shares[kind]):
                    continue
                for place, part in enumerate(_sizes(size)):
                    drawn = random.uniform([1, *part], dtype=dtype, seed=self._seed_of(kind, place))
                    self._masks[kind, place] = drawn

    def _seed_of(self, kind: str, place: int) -> int | None:
        if self._seed is None:
            return None
        text = f"{self._seed}{kind}_{place}".encode()
        return int(hashlib.md5(text, usedforsecurity=False).hexdigest()[:8], 16) & 0x7FFFFFFF

    def _dropped(self, kind: str, values: Any) -> Any:
        share = self._shares[kind]
        if not _drops(share):
            return values
        made = []
        for place, value in enumerate(trees.flatten(values)):
            if kind == "state" and self._visitor is not None and not self._visitor(value):
                made.append(value)
            elif self._variational:
                kept = elementwise.floor(self._masks[kind, place] + share)
                made.append(value / share * kept)
            else:
                made.append(normalization.dropout(value, rate=1 - share, seed=self._seed_of(kind, place)))
        return trees.pack(values, made)

    def call(self, inputs: Any, state: Any, **kwargs: Any) -> Any:
        """One step: (output, new states)."""
        output, after = self.cell.call(self._dropped("input", inputs), state, **kwargs)
        return self._dropped("output", output), self._dropped("state", after)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {
            **{f"{kind}_keep_prob": self._shares[kind] for kind in ("input", "output", "state")},
            "variational_recurrent": self._variational, "input_size": self._input_size, "seed": self._seed,
        }  # fmt: skip
        if self._visitor is not None:
            own["dropout_state_filter_visitor"] = self._visitor
        return {**super().get_config(), **own}


def _drops(share: Any) -> bool:
    return isinstance(share, Tensor) or share < 1


def _sizes(sizes: Any) -> list[list[int]]:
    """Sizes of states, inputs or outputs as shapes, without the batch."""
    if isinstance(sizes, int):
        return [[sizes]]
    if isinstance(sizes, TensorShape):
        return [sizes.as_list()]
    return [shape for part in sizes for shape in _sizes(part)]


class ResidualWrapper(CellWrapper):
    """A cell whose inputs are added to its outputs.

    Args:
        cell: the cell, whose outputs have the shape of its inputs.
        residual_fn: called with (inputs, outputs) instead of adding them.
        **kwargs: as for every `Layer`.

    Raises:
        ValueError: outputs of another shape, when it is called without residual_fn.

    >>> import addax as tf
    >>> cell = tf.nn.RNNCellResidualWrapper(tf.keras.layers.GRUCell(5))
    >>> tf.keras.layers.RNN(cell)(tf.ones((2, 3, 5))).shape
    TensorShape([2, 5])
    """

    def __init__(self, cell: Any, residual_fn: Callable[[Any, Any], Any] | None = None, **kwargs: Any) -> None:
        super().__init__(cell, **kwargs)
        self._residual_fn = residual_fn

    def call(self, inputs: Any, state: Any, **kwargs: Any) -> Any:
        """One step: (output, new states)."""
        outputs, after = self.cell.call(inputs, state, **kwargs)
        return (self._residual_fn or _added)(inputs, outputs), after

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {} if self._residual_fn is None else {"residual_fn": self._residual_fn}
        return {**super().get_config(), **own}


def _added(inputs: Any, outputs: Any) -> Any:
    for one, other in zip(trees.flatten(inputs), trees.flatten(outputs), strict=True):
        if not one.shape.is_compatible_with(other.shape):
            raise ValueError(
                errors.message(
                    "ResidualWrapper",
                    expected=f"Shapes {one.shape} and {other.shape}, of inputs and outputs, to be the same",
                    hint="make the cell as wide as its inputs, or give a residual_fn",
                )
            )
    return trees.map_structure(lambda one, other: one + other, inputs, outputs)


class DeviceWrapper(CellWrapper):
    """A cell that runs on a device.

    Args:
        cell: the cell.
        device: as for tf.device.
        **kwargs: as for every `Layer`.

    >>> import addax as tf
    >>> cell = tf.nn.RNNCellDeviceWrapper(tf.keras.layers.SimpleRNNCell(4), "cpu:0")
    >>> tf.keras.layers.RNN(cell)(tf.ones((2, 3, 5))).shape
    TensorShape([2, 4])
    """

    def __init__(self, cell: Any, device: Any, **kwargs: Any) -> None:
        super().__init__(cell, **kwargs)
        self._device = device

    def call(self, inputs: Any, state: Any, **kwargs: Any) -> Any:
        """One step: (output, new states)."""
        with devices.device(self._device):
            return self.cell.call(inputs, state, **kwargs)

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """The cell's first states, on the device."""
        with devices.device(self._device):
            return super().zero_state(batch_size, dtype)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {**super().get_config(), "device": self._device}


register(DropoutWrapper, ResidualWrapper, DeviceWrapper)
