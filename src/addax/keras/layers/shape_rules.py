"""Symbolic calls of built-in layers without a trace: where a layer knows its output's shape, that is all a graph needs.

Subclasses of the user's are traced, since their `call` may be anything.
"""

from __future__ import annotations

from typing import Any

from addax.core.shapes import TensorShape
from addax.keras import activations, registry
from addax.keras.graph import KerasTensor
from addax.keras.layers.base import Layer
from addax.keras.layers.input_spec import check_inputs

_OPTIONS = {"training", "mask"}


def by_rule(*classes: type[Layer]) -> None:
    """Let these layers answer symbolic calls by `compute_output_shape`, in their compute dtype.

    Args:
        classes: layers from floating tensors to a floating tensor, whose `compute_output_shape` needs no trace.
    """
    for cls in classes:
        cls._infer = _rule(cls, "f")  # type: ignore[method-assign]


def by_rule_of_integers(*classes: type[Layer]) -> None:
    """The same for layers that take integers (Embedding)."""
    for cls in classes:
        cls._infer = _rule(cls, "fi")  # type: ignore[method-assign]


def by_rule_of_any(*classes: type[Layer]) -> None:
    """The same for layers that move values and take every dtype: what is not floating keeps its own."""
    for cls in classes:
        cls._infer = _rule(cls, "fi?", keeps=True)  # type: ignore[method-assign]


def _rule(cls: type[Layer], kinds: str, keeps: bool = False) -> Any:
    traced = cls._infer

    def _infer(self: Layer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if type(self) is not cls or len(args) != 1 or not _OPTIONS.issuperset(kwargs) or kwargs.get("mask") is not None:
            return traced(self, args, kwargs)
        inputs = args[0]
        parts = inputs if isinstance(inputs, list) else [inputs]
        if not all(type(part) is KerasTensor and _kind(part) in kinds for part in parts) or not _plain(self):
            return traced(self, args, kwargs)
        if self.input_spec is not None:
            check_inputs(self.input_spec, inputs, self._name)
        rule = getattr(self, "_symbolic_shape", self.compute_output_shape)
        shape = rule([part.shape for part in parts] if inputs is parts else inputs.shape)
        if not isinstance(shape, TensorShape | tuple):  # several outputs
            return traced(self, args, kwargs)
        if any(size is not None and size <= 0 for size in TensorShape(shape).as_list()):
            return traced(self, args, kwargs)  # which says what is wrong
        if keeps and _kind(parts[0]) != "f":
            return KerasTensor(shape, parts[0].dtype)
        return KerasTensor(shape, getattr(self, "_symbolic_dtype", self.compute_dtype))

    return _infer


def _kind(tensor: KerasTensor) -> str:
    return "f" if tensor.dtype.is_floating else "i" if tensor.dtype.is_integer else "?"


def _plain(layer: Layer) -> bool:
    """Whether a layer computes in a float dtype, and its activation keeps shapes."""
    activation = getattr(layer, "activation", None)
    if activation is not None and registry.kind_of(activation) != "activation":
        return False
    if activation is activations.softmax and isinstance(layer.input_spec, type(None)):
        return False  # it refuses vectors, which only a trace would tell
    return layer.compute_dtype in ("float32", "float64", "float16", "bfloat16")
