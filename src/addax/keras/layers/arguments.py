"""Arguments that many layers share: sizes per dimension, layouts, and what goes with a weight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import context, convert, errors, random, trees
from addax.keras import activations, config, constraints, initializers, registry, regularizers
from addax.keras.layers.base import Layer
from addax.ops import activations as nn
from addax.ops import array, casting, elementwise
from addax.ops.layers import ACTIVATIONS

_OF_WEIGHTS = {"initializer": initializers, "regularizer": regularizers, "constraint": constraints}

# Activations that ops compute in the same dispatch, by function.
_FUSED: dict[Any, str | None] = {getattr(activations, name): name for name in ACTIVATIONS if hasattr(activations, name)}
_FUSED.update({None: None, activations.linear: None})
for _function in (
    nn.relu,
    nn.elu,
    nn.selu,
    nn.softplus,
    nn.softsign,
    nn.softmax,
    elementwise.tanh,
    elementwise.sigmoid,
):
    _FUSED[_function] = _function.__name__  # tf.nn.relu and its like


# Their inputs are remembered on their outputs, which makes cross-entropies exact, so they run by themselves.
_OF_LOGITS = (activations.softmax, activations.sigmoid)


def fused(activation: Callable[[Any], Any] | None, of_output: bool = False) -> tuple[bool, str | None]:
    """Whether ops are to compute an activation, and by which name (None: the identity).

    Args:
        activation: a function, or None.
        of_output: whether its result is what the layer returns.
    """
    if of_output and any(activation is each for each in _OF_LOGITS):
        return False, None
    if of_output and context.state.trace is not None and getattr(getattr(activation, "op", None), "sought", None):
        return False, None  # nor do tf.nn.softmax and tf.sigmoid, which are sought in what is traced
    try:
        return True, _FUSED[activation]
    except (KeyError, TypeError):
        return False, None


def fused_of_cell(cell: Any) -> tuple[str | None, str | None] | None:
    """The names of a recurrent cell's activation and of its gates' for ops, or None where one has none; see `fused`."""
    known, activation = fused(cell.activation)
    gates_known, gate = fused(getattr(cell, "recurrent_activation", None))
    return (activation, gate) if known and gates_known else None


def set_weight_options(layer: Layer, **options: Any) -> None:
    """Set `kernel_initializer` and its like from objects, names or configs."""
    for name, value in options.items():
        setattr(layer, name, _OF_WEIGHTS[name.rpartition("_")[2]].get(value))


def weight_config(layer: Layer, *weights: str) -> dict[str, Any]:
    """The initializers, regularizers and constraints of weights, for `get_config`."""
    return {
        f"{weight}_{suffix}": module.serialize(getattr(layer, f"{weight}_{suffix}"))
        for suffix, module in _OF_WEIGHTS.items()
        for weight in weights
    }


def placed(config: dict[str, Any], before: str, **entries: Any) -> dict[str, Any]:
    """A config with more entries before one of its own: files keep the order, and people compare them."""
    names = list(config)
    spot = names.index(before)
    return {**{name: config[name] for name in names[:spot]}, **entries, **{name: config[name] for name in names[spot:]}}


def with_activity_regularizer(layer: Layer, config: dict[str, Any], before: str) -> dict[str, Any]:
    """A config with the layer's activity regularizer, which Keras names between regularizers and constraints."""
    return placed(config, before, activity_regularizer=serialize_activity_regularizer(layer))


def weight_options(layer: Layer, weight: str) -> dict[str, Any]:
    """The initializer, regularizer and constraint of a weight, for `add_weight`."""
    return {suffix: getattr(layer, f"{weight}_{suffix}") for suffix in _OF_WEIGHTS}


def fresh(option: Any) -> Any:
    """An initializer like this one, for a weight that is to have other numbers; other options as they are."""
    copied = isinstance(option, initializers.Initializer)
    return type(option).from_config(option.get_config()) if copied else option


def serialize_activation(activation: Any) -> Any:
    """An activation for `get_config`."""
    return activations.serialize(activation)


def serialize_activity_regularizer(layer: Layer) -> Any:
    """The activity regularizer for `get_config`."""
    return regularizers.serialize(layer.activity_regularizer)


def tuple_of(value: Any, n: int, name: str, allow_zero: bool = False) -> tuple[int, ...]:
    """An int or n ints as a tuple of n ints.

    Raises:
        ValueError: something else, or sizes that are not positive (0 with `allow_zero`).
    """
    parts = (value,) * n if isinstance(value, int | np.integer) else value
    try:
        parts = tuple(parts)
    except TypeError:
        parts = ()
    whole = len(parts) == n and all(isinstance(part, int | np.integer) for part in parts)
    if not whole:
        raise ValueError(f"The `{name}` argument must be an integer or a tuple of {n} integers. Received: {value}")
    low = 0 if allow_zero else 1
    if any(part < low for part in parts):
        raise ValueError(
            f"The `{name}` argument must be a tuple of {n} integers, each at least {low}. Received: {value}"
        )
    return tuple(int(part) for part in parts)


def data_format(value: Any) -> str:
    """A layout, by default Keras's global one.

    Raises:
        ValueError: neither "channels_last" nor "channels_first".
    """
    value = config.image_data_format() if value is None else str(value).lower()
    if value not in ("channels_first", "channels_last"):
        raise ValueError(
            f'The `data_format` argument must be one of "channels_first", "channels_last". Received: {value}'
            + _question(value, ("channels_first", "channels_last"))
        )
    return value


def padding(value: Any, causal: bool = False) -> str:
    """A padding.

    Raises:
        ValueError: not "valid", "same" or, where it exists, "causal".
    """
    allowed = ("valid", "same", "causal") if causal else ("valid", "same")
    lowered = str(value).lower()
    if lowered not in allowed:
        if lowered == "causal":
            raise ValueError("Causal padding is only supported for `Conv1D` and `SeparableConv1D`.")
        raise ValueError(
            f"The `padding` argument must be one of {allowed}. Received: {value}" + _question(lowered, allowed)
        )
    return lowered


def _question(name: str, candidates: tuple[str, ...]) -> str:
    asked = errors.suggest(name, candidates)
    return f"; {asked}" if asked else ""


def rate(value: Any, name: str = "rate") -> Any:
    """A share in [0, 1].

    Raises:
        ValueError: outside of it.
    """
    if isinstance(value, int | float) and not 0 <= value <= 1:
        raise ValueError(f"Invalid value {value} received for `{name}`, expected a value between 0 and 1.")
    return value


def noise(layer: Layer) -> Any:
    """The random key of a layer's next draw: from the stream of its seed, or the global one."""
    return random.next_key(layer.seed)


def when(condition: Any, yes: Callable[[], Any], no: Callable[[], Any]) -> Any:
    """`yes()` or `no()`; both, and a choice among their tensors, where the condition is symbolic."""
    if condition is None or isinstance(condition, bool | int | np.bool_):
        return yes() if condition else no()
    condition = casting.cast(convert.convert_to_tensor(condition), "bool")
    if not condition.is_symbolic:
        return yes() if bool(condition) else no()
    return trees.map_structure(lambda a, b: array.where(condition, a, b), yes(), no())


def channel_size(shape: Any, axis: int, layer: Layer) -> int:
    """The size of a dimension that must be known when a layer is built.

    Raises:
        ValueError: it is None.
    """
    size = shape[axis]
    if size is None:
        raise ValueError(
            f"The axis {axis} of the inputs to `{type(layer).__name__}` should be defined. Found `None`. "
            f"Full input shape received: {tuple(shape)}"
        )
    return int(size)


def register(*layers: type[Layer]) -> None:
    """Enter built-in layers into the table that saved models are looked up in."""
    for layer in layers:
        registry.register("layer", layer)
