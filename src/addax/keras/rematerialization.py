"""Rematerialization: what a layer computes on the way is computed again for the gradient, rather than kept."""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Callable, Sequence
from typing import Any

from addax.core import autograph, context, trees
from addax.core.custom_gradient import recompute_grad
from addax.keras import graph

_MODES = ("full", "activations", "larger_than", "list_of_layers", None)


class _Scopes(threading.local):
    """The scopes that this thread is inside of, innermost last."""

    open: tuple[RematScope, ...] = ()


_scopes = _Scopes()


class RematScope:
    """Layers that are made inside forget what they compute on the way, and compute it again for their gradients.

    Training takes less memory and more time; numbers stay what they are. It applies where calls are traced (`fit`,
    `tf.function`, JAX programs): a tape around eager code keeps what it recorded.

    Args:
        mode: which layers: "full", all; "activations", those with an activation, which alone is computed again;
            "larger_than", those whose outputs have more elements than `output_size_threshold`; "list_of_layers", those
            that `layer_names` names; None, none of them.
        output_size_threshold: for "larger_than".
        layer_names: for "list_of_layers".

    Raises:
        ValueError: another mode.

    Source: Chen et al., "Training Deep Nets with Sublinear Memory Cost", https://arxiv.org/abs/1604.06174

    >>> from addax import keras
    >>> with keras.RematScope(mode="list_of_layers", layer_names=["wide"]):
    ...     model = keras.Sequential([keras.layers.Dense(512, "relu", name="wide"), keras.layers.Dense(1)])
    >>> model(keras.ops.ones((2, 4))).shape
    TensorShape([2, 1])
    """

    def __init__(
        self,
        mode: str | None = "full",
        output_size_threshold: int = 1024,
        layer_names: Sequence[str] | None = None,
    ) -> None:
        if mode not in _MODES:
            raise ValueError(f"Invalid mode '{mode}'. Supported modes are: {', '.join(map(repr, _MODES))}.")
        self.mode = mode
        self.output_size_threshold = output_size_threshold
        self.layer_names = list(layer_names or [])

    def __enter__(self) -> RematScope:
        _scopes.open = (*_scopes.open, self)
        return self

    def __exit__(self, *error: object) -> None:
        _scopes.open = _scopes.open[:-1]

    def applied(self, layer: Any, call: Callable[..., Any], args: Any, kwargs: Any) -> Callable[..., Any]:
        """A layer's `call` as this scope wants it, for these arguments."""
        if context.state.trace is None:
            return call
        activation = getattr(layer, "activation", None)
        if self.mode == "activations" and activation is not None:
            return functools.partial(_forgetting_activation, layer, activation, call)
        named = self.mode == "list_of_layers" and layer.name in self.layer_names
        large = self.mode == "larger_than" and _output_size(layer, args) > self.output_size_threshold
        return recompute_grad(call) if self.mode == "full" or named or large else call


def current() -> RematScope | None:
    """The innermost open scope; None where it asks for nothing."""
    scope = _scopes.open[-1] if _scopes.open else None
    return None if scope is None or scope.mode is None else scope


def remat(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function that is computed again for its gradient: what it computes on the way is not kept.

    Args:
        f: a function of tensors, or a layer; it may use variables.

    Returns:
        A function of the same arguments and results.

    >>> from addax import keras
    >>> layer = keras.layers.Dense(3)
    >>> keras.remat(layer)(keras.ops.ones((2, 4))).shape
    TensorShape([2, 3])
    """
    forgetful = recompute_grad(f if not hasattr(f, "call") else lambda *args, **kwargs: f(*args, **kwargs))

    def rematerialized(*args: Any, **kwargs: Any) -> Any:
        return f(*args, **kwargs) if graph.is_symbolic((args, kwargs)) else forgetful(*args, **kwargs)

    return functools.update_wrapper(rematerialized, f) if hasattr(f, "__name__") else rematerialized


def _forgetting_activation(layer: Any, activation: Any, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    object.__setattr__(layer, "activation", recompute_grad(autograph.converted_method(activation)))
    try:
        return call(*args, **kwargs)
    finally:
        object.__setattr__(layer, "activation", activation)


def _output_size(layer: Any, args: Any) -> int:
    if not args:
        return 0
    shapes = layer.compute_output_shape(graph.map_leaves(lambda each: each.shape, args[0]))
    sizes = [[size or 1 for size in shape.as_list()] for shape in trees.flatten(shapes) if hasattr(shape, "as_list")]
    return sum(math.prod(each) for each in sizes)
