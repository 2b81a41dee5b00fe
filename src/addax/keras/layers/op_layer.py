"""An op called on symbolic tensors becomes a layer, so that it is part of the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.keras import graph
from addax.keras.layers.base import Layer


class TFOpLambda(Layer):
    """A layer around one function of tensors; made when a TensorFlow op meets a KerasTensor.

    Args:
        function: the op; by name (`"math.reduce_sum"`) when it comes from a config.
        **kwargs: as for every layer.
    """

    def __init__(self, function: Any, op_name: str = "", **kwargs: Any) -> None:
        if not callable(function):
            op_name, function = function, _find(function)
        self._function = function
        self._op_name = op_name or getattr(function, "__name__", "op")
        kwargs.setdefault("name", _layer_name(self._op_name))
        kwargs["autocast"] = False
        super().__init__(**kwargs)
        self.built = True

    def _to_inputs(self, inputs: Any) -> Any:
        return inputs

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """The function itself."""
        return self._function(*args, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        config = super().get_config()
        config["function"] = self._op_name
        return config


def _layer_name(op_name: str) -> str:
    from addax.keras import naming  # a name is wanted only when a layer is made

    return naming.unique_name(f"tf.{op_name}")


_known: dict[str, Callable[..., Any]] = {}


def _find(name: str) -> Callable[..., Any]:
    """An op by the name in a config; only ops of Addax are in the table."""
    found = _known.get(name) or graph_functions().get(name)
    if found is None:
        raise ValueError(
            f"Unknown op {name!r} in the config of a TFOpLambda layer; it is looked up among TensorFlow's ops, "
            "never imported."
        )
    return found


def graph_functions() -> dict[str, Callable[..., Any]]:
    """The ops that models can hold, by name without `tf.`."""
    from addax.ops import table  # the table of all ops is built on first use

    return table.public_ops()


def make(function: Callable[..., Any], name: str, arguments: dict[str, Any]) -> Any:
    """What `graph.op_layer` is: call `function` symbolically through a new layer."""
    _known.setdefault(name, function)
    layer = TFOpLambda(function, name)
    arguments = dict(arguments)
    first = next(iter(arguments))
    args = (arguments.pop(first),)
    return layer(*args, **arguments)


graph.op_layer = make
