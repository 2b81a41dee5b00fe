"""An op called on symbolic tensors becomes a layer, so that it is part of the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.core.tensor import Tensor
from addax.keras import graph, naming, registry
from addax.keras.host_inference import has_strings, infer_on_host
from addax.keras.layers.base import Layer
from addax.ops import products, table
from addax.ops.conditionals import as_tensors


class TFOpLambda(Layer):
    """A layer around one function of tensors; made when a TensorFlow op meets a KerasTensor.

    Args:
        function: the op; by name (`"math.reduce_sum"`) when it comes from a config.
        **kwargs: as for every layer.
    """

    _serialized_as = ("tf_keras.src.layers.core.tf_op_layer", "TFOpLambda")

    def __init__(self, function: Any, op_name: str = "", **kwargs: Any) -> None:
        if not callable(function):
            op_name, function = function, _find(function)
        self._function = function
        self._op_name = op_name or getattr(function, "__name__", "op")
        kwargs.setdefault("name", naming.unique_name(f"tf.{self._op_name}"))
        kwargs["autocast"] = False
        super().__init__(**kwargs)
        self.built = True

    def _to_inputs(self, inputs: Any) -> Any:
        return inputs

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """The function itself; its numbers, which a branch of a conditional may give, as tensors."""
        out = self._function(*args, **kwargs)
        return out if type(out) is Tensor else as_tensors(out)

    def _infer(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self._op_name.startswith("strings.") or has_strings(args, kwargs):
            return infer_on_host(self._abstract_call, args, kwargs)
        return super()._infer(args, kwargs)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        config = super().get_config()
        config["function"] = self._op_name
        return config


class SlicingOpLambda(TFOpLambda):
    """The layer of `x[...]`."""

    _serialized_as = ("tf_keras.src.layers.core.tf_op_layer", "SlicingOpLambda")

    def call(self, tensor: Any, slice_spec: Any) -> Any:
        """The slice."""
        key = tuple(slice_spec) if isinstance(slice_spec, list) else slice_spec
        return self._function(tensor, key if isinstance(key, tuple) else (key,))


_known: dict[str, Callable[..., Any]] = {}
_GETITEM = "__operators__.getitem"
# Names that TensorFlow's configs have besides the canonical ones.
_ALIASES = {
    "__operators__.add": "math.add", "__operators__.eq": "math.equal", "__operators__.ne": "math.not_equal",
    "compat.v1.floor_div": "math.floordiv",
}  # fmt: skip
# Ops whose function of version 2 calls the one of version 1, which is the one that TensorFlow notes.
_VERSION_1 = frozenset("gather nn.conv1d nn.crelu norm pad shape squeeze transpose".split())
_RENAMED = {"nn.softplus": "math.softplus"}


def _find(name: str) -> Callable[..., Any]:
    """An op by the name in a config; only ops of Addax are in the table."""
    if not isinstance(name, str):
        raise TypeError(f"TFOpLambda: expected the name of an op, received {name!r:.100}.")
    plain = _ALIASES.get(name, name).removeprefix("compat.v1.")
    ops = table.pure_ops()
    places = (plain, f"math.{plain}", f"nn.{plain}", f"linalg.{plain}", plain.replace("math.", "nn."))
    found = next((ops[each] for each in places if each in ops), None)
    known = _known.get(name)
    if plain == "einsum":
        found = products._einsum  # which takes the tensors as one list
    found = found or (known if known is not None and table.is_pure(known, name) else None)
    if found is None and name.startswith("keras.ops."):
        found = _keras_op(name)
    if found is None:
        raise ValueError(
            f"Unknown op {name!r:.100} in the config of a TFOpLambda layer; it is looked up among TensorFlow's ops "
            "of tensors, never imported."
        )
    return found


def _keras_op(name: str) -> Callable[..., Any] | None:
    """A function of `keras.ops` by its name in a config."""
    from addax.keras import ops  # few models have them, and the room is large
    from addax.keras.ops.function import functions

    found = functions.get(name) if hasattr(ops, name.rpartition(".")[2]) else None
    return found if found is not None and table.is_pure(found, name) else None


def make(function: Callable[..., Any], name: str, arguments: dict[str, Any]) -> Any:
    """What `graph.op_layer` is: call `function` symbolically through a new layer."""
    name = name if name in _ALIASES else table.canonical_name(function, name)
    name = f"compat.v1.{name}" if name in _VERSION_1 else _RENAMED.get(name, name)
    _known.setdefault(name, function)
    arguments = dict(arguments)
    if name == _GETITEM:
        layer: TFOpLambda = SlicingOpLambda(function, name)
        arguments = {"slice_spec" if key == "key" else key: value for key, value in arguments.items()}
    else:
        layer = TFOpLambda(function, name)
    first = next(iter(arguments))
    args = (arguments.pop(first),)
    return layer(*args, **arguments)


registry.register("layer", TFOpLambda)
registry.register("layer", SlicingOpLambda)
graph.op_layer = make
