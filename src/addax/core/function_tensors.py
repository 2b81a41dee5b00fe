"""Inputs and outputs of a concrete function as it shows them: tensors by name, shape and dtype, without a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from addax.core import dtypes, trees
from addax.core.spec import TensorSpec
from addax.core.tensor import Tensor


class FunctionTensor(TensorSpec):
    """A tensor of a traced function. It equals the spec of its shape and dtype.

    >>> import addax as tf
    >>> f = tf.function(lambda x: x + 1).get_concrete_function(tf.TensorSpec([None, 2], name="x"))
    >>> f.inputs, f.structured_outputs
    ([<tf.Tensor 'x:0' shape=(None, 2) dtype=float32>], <tf.Tensor 'Identity:0' shape=(None, 2) dtype=float32>)
    """

    __slots__ = ()

    def get_shape(self) -> Any:
        """The shape; the older spelling of `.shape`."""
        return self.shape

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TensorSpec) and self._key[:2] == other._key[:2]

    def __hash__(self) -> int:
        return hash(self._key[:2])

    def __repr__(self) -> str:
        shape = "<unknown>" if self.shape.rank is None else self.shape
        return f"<tf.Tensor '{self.name}' shape={shape} dtype={self.dtype.name}>"

    def __str__(self) -> str:
        shape = f", shape={self.shape}" if self.shape.rank is not None else ""
        return f'Tensor("{self.name}"{shape}, dtype={self.dtype.name})'


def outputs_of(structure: Any) -> tuple[Any, list[FunctionTensor]]:
    """What a function returns with its tensors named, and those tensors, in the order of `tf.nest`.

    Args:
        structure: what it returns, tensors as specs.
    """
    found: list[FunctionTensor] = []

    def named(leaf: Any) -> Any:
        if not isinstance(leaf, TensorSpec | Tensor):
            return leaf
        number = f"_{len(found)}" if found else ""
        found.append(FunctionTensor(leaf.shape, leaf.dtype, f"Identity{number}:0"))
        return found[-1]

    return trees.map_structure(named, structure, expand_composites=True), found


def inputs_of(specs: Sequence[Any], names: Sequence[str | None], captured: Sequence[Any]) -> list[FunctionTensor]:
    """What a function takes: its tensors, then what it has from outside, of variables their resources.

    Args:
        specs: of its tensors.
        names: what those are called; None for nothing.
        captured: tensors and variables.
    """
    found = [
        FunctionTensor(spec.shape, spec.dtype, f"{name or 'Placeholder'}:0")
        for spec, name in zip(specs, names, strict=True)
    ]
    for number, each in enumerate(captured):
        if isinstance(each, Tensor):
            found.append(FunctionTensor(each.shape, each.dtype, f"captured_{number}:0"))
        else:
            found.append(FunctionTensor([], dtypes.resource, f"{each.name.partition(':')[0]}/resource:0"))
    return found
