"""An op called on symbolic tensors becomes a layer, so that it is part of the model."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any

from addax.core import dtypes, failures
from addax.core.shapes import TensorShape
from addax.core.tensor import Tensor
from addax.keras import graph, naming, registry
from addax.keras.host_inference import has_strings, infer_on_host
from addax.keras.layers import op_forms
from addax.keras.layers.base import Layer
from addax.ops import function_table, table
from addax.ops.conditionals import as_tensors

_GETITEM, _MASKING = "__operators__.getitem", "compat.v1.boolean_mask"


class TFOpLambda(Layer):
    """A layer around one function of tensors; made when a TensorFlow op meets a KerasTensor.

    It is called as TensorFlow notes the call in configs (see `op_forms`).

    Args:
        function: the op; by name (`"math.reduce_sum"`) when it comes from a config.
        **kwargs: as for every layer.
    """

    _serialized_as = ("tf_keras.src.layers.core.tf_op_layer", "TFOpLambda")

    def __init__(self, function: Any, op_name: str = "", **kwargs: Any) -> None:
        if not callable(function):
            op_name, function = function, op_forms.function_of(function)
        self._function = function
        self._op_name = op_name or getattr(function, "__name__", "op")
        self._given = op_forms.reader(self._op_name, function)
        kwargs.setdefault("name", naming.unique_name(f"tf.{self._op_name}"))
        kwargs["autocast"] = False
        super().__init__(**kwargs)
        self.built = True

    def _to_inputs(self, inputs: Any) -> Any:
        return inputs

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """The function itself; its numbers, which a branch of a conditional may give, as tensors."""
        args, kwargs = self._given(args, kwargs)
        out = self._function(*args, **kwargs)
        return out if type(out) is Tensor else as_tensors(out)

    def _infer(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if (results := op_forms.RESULTS.get(self._op_name)) is not None:
            return results(*args, **kwargs)
        if self._op_name == "ensure_shape" and args[0].shape.rank is None:  # what a host function gave
            return graph.KerasTensor(TensorShape(kwargs["shape"]), args[0].dtype)
        if self._op_name.startswith("strings.") or has_strings(args, kwargs):
            return infer_on_host(self._abstract_call, args, kwargs)
        return super()._infer(args, kwargs)

    def get_build_config(self) -> dict[str, Any] | None:
        """The shapes of the first argument, which is what Keras says of op layers too."""
        if not self._inbound_nodes or not self._inbound_nodes[0].args:
            return None
        try:
            return {"input_shape": graph.map_leaves(_shape_of, self._inbound_nodes[0].args[0])}
        except (AttributeError, TypeError, ValueError):  # text, or a function
            return None

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        config = super().get_config()
        config["function"] = self._op_name
        return config


def _shape_of(leaf: Any) -> tuple[int | None, ...]:
    if isinstance(leaf, str | bytes) or leaf is None:
        raise TypeError("text has no shape")
    return () if isinstance(leaf, int | float | bool) else tuple(TensorShape(leaf.shape).as_list())


class SlicingOpLambda(TFOpLambda):
    """The layer of `x[...]`, and of `tf.boolean_mask`."""

    _serialized_as = ("tf_keras.src.layers.core.tf_op_layer", "SlicingOpLambda")

    def call(self, tensor: Any, slice_spec: Any = None, **kwargs: Any) -> Any:
        """The slice."""
        if self._op_name != _GETITEM:
            return super().call(tensor, **kwargs)
        key = tuple(slice_spec) if isinstance(slice_spec, list) else slice_spec
        return self._function(tensor, key if isinstance(key, tuple) or _is_mask(key) else (key,))

    def _infer(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if _is_mask(kwargs.get("slice_spec")):
            return infer_on_host(self._abstract_call, args, kwargs, varied=True)
        return super()._infer(args, kwargs)


def _is_mask(key: Any) -> bool:
    return getattr(getattr(key, "dtype", None), "name", None) == "bool"


class SymbolicCallError(TypeError):
    """Raised through a public function whose call, as a whole, becomes a layer."""


# What an operator calls for integers.
_OF_INTEGERS = {
    "math.logical_and": "bitwise.bitwise_and", "math.logical_or": "bitwise.bitwise_or",
    "math.logical_xor": "bitwise.bitwise_xor", "math.logical_not": "bitwise.invert",
}  # fmt: skip
# Functions that change their arguments before they call an op of the same name.
_BY_THEMSELVES = frozenset(
    "image.adjust_gamma image.convert_image_dtype nn.avg_pool nn.max_pool one_hot strided_slice".split()
)


_PUBLIC = failures.refusing("")(table.canonical_name).__code__
_DEEPEST = 12  # calls between a public function and the ops it is made of


def _public_around() -> str | None:
    """The public function that is being computed, by its name in configs; None if there is none to make a layer of."""
    frame: Any = sys._getframe(2)
    for _ in range(_DEEPEST):
        if frame is None:
            return None
        if frame.f_code is _PUBLIC:
            return _name_in_table(frame.f_locals["who"])
        frame = frame.f_back
    return None


def _of_host(inp: Any, Tout: Any, **rest: Any) -> Any:  # noqa: N803
    """What `tf.py_function` and `tf.numpy_function` give of symbolic tensors: nobody knows the shapes."""
    return graph.map_leaves(lambda dtype: graph.KerasTensor(TensorShape(None), dtypes.as_dtype(dtype)), Tout)


_OF_HOST = ("py_function", "numpy_function")
op_forms.RESULTS.update(dict.fromkeys(_OF_HOST, _of_host))


def _name_in_table(who: str) -> str | None:
    name = who.removeprefix("tf.")
    if name in _OF_HOST:
        return name
    for each in (name, f"math.{name}", f"nn.{name}", f"linalg.{name}"):
        if each in function_table.functions():
            return each
    return name if op_forms.of_keras(name) is not None else None


def _among(item: Any, depth: int = 3) -> bool:
    """Whether there are symbolic tensors in arguments; no deeper than functions of tensors take them."""
    if isinstance(item, list | tuple | dict) and depth:
        return any(_among(part, depth - 1) for part in (item.values() if isinstance(item, dict) else item))
    return isinstance(item, graph.KerasTensor)


def _take_over(error: Exception, who: str, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """What `failures.take_over` is: one layer for a function that symbolic tensors do not get through."""
    if not isinstance(error, TypeError | ValueError | AttributeError) or not _among((args, kwargs)):
        return NotImplemented
    name = _name_in_table(who)
    if name is None or any(
        each.kind is each.VAR_POSITIONAL for each in inspect.signature(function).parameters.values()
    ):
        return NotImplemented
    bound = inspect.signature(function).bind(*args, **kwargs)
    if name in _OF_HOST:
        layer = TFOpLambda(lambda inp, **rest: function(inp=inp, **rest), name)
        return layer(bound.arguments.pop("inp"), **bound.arguments)
    if name in op_forms.FORMS or name in op_forms.GENERATED:
        bound.apply_defaults()
        bound.arguments.pop("name", None)
        return _call(function, *op_forms.noted(name, bound.arguments, False))
    return _call(function, name, dict(bound.arguments))


def make(function: Callable[..., Any], name: str, arguments: dict[str, Any]) -> Any:
    """What `graph.op_layer` is: call `function` symbolically through a new layer."""
    operator = graph.operator.get()
    name = operator or table.canonical_name(function, name)
    if not operator and name not in function_table.functions():
        name = function_table.name_of(function) or name
    if not operator and (name not in function_table.functions() or name in _BY_THEMSELVES):
        around = _public_around()
        if around is not None and not (around == name and name.startswith("keras.")):  # these are found as they are
            raise SymbolicCallError(around)
    if operator is not None:
        first = graph.symbolic_leaves(arguments)[0]
        name = _OF_INTEGERS.get(name, name) if first.dtype.is_integer else name
    if name == _GETITEM:
        spec = arguments["key"]
        spec = spec[0] if isinstance(spec, list | tuple) and len(spec) == 1 else spec
        return SlicingOpLambda(function, name)(arguments["x"], slice_spec=spec)
    function = op_forms.public(name) or function
    return _call(function, *op_forms.noted(name, arguments, operator is not None))


def _call(function: Callable[..., Any], name: str, arguments: dict[str, Any]) -> Any:
    first = next(iter(arguments))
    kind = SlicingOpLambda if name == _MASKING else TFOpLambda
    return kind(function, name)(arguments.pop(first), **arguments)


registry.register("layer", TFOpLambda)
registry.register("layer", SlicingOpLambda)
graph.op_layer = make
failures.take_over = _take_over
