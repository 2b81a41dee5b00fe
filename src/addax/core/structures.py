"""What a traced function returns, as flat arrays and a description from which it is rebuilt around other tensors."""

from __future__ import annotations

import dataclasses
from typing import Any

import jax
import numpy as np

from addax.core import convert, errors, trees
from addax.core.dtypes import DType
from addax.core.shapes import TensorShape
from addax.core.tensor import Tensor
from addax.core.variable import Variable


def flatten_result(result: Any, texts: bool = False) -> tuple[list[Any], Any]:
    """A function's result as (arrays, a description that rebuilds it).

    Args:
        result: a structure of tensors.
        texts: whether tensors of strings are among the arrays; otherwise they are constants of the description.
    """
    arrays: list[Any] = []
    return arrays, _describe(result, arrays, texts)


def _describe(result: Any, arrays: list[Any], texts: bool) -> Any:
    if isinstance(result, Tensor):
        if isinstance(result._value, np.ndarray) and not texts:
            return ("constant", result)
        arrays.append(result._value)
        return ("tensor", len(arrays) - 1)
    if isinstance(result, Variable):
        return ("constant", result)
    if isinstance(result, jax.Array | np.ndarray | np.generic | float | int | bool | complex) and result is not None:
        arrays.append(convert.value_of(result))
        return ("tensor", len(arrays) - 1)
    if isinstance(result, dict):
        return ("dict", type(result), [(key, _describe(value, arrays, texts)) for key, value in result.items()])
    if isinstance(result, list | tuple):
        return ("sequence", type(result), [_describe(value, arrays, texts) for value in result])
    if hasattr(result, "__tf_flatten__") and not isinstance(result, type):
        metadata, parts = result.__tf_flatten__()
        return ("flatten", type(result), metadata, [_describe(part, arrays, texts) for part in parts])
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        fields = [(f.name, _describe(getattr(result, f.name), arrays, texts)) for f in dataclasses.fields(result)]
        return ("dataclass", type(result), fields)
    if hasattr(result, "__symbolic_call__"):
        raise TypeError(
            errors.message(
                "the result of a traced function, a branch or a loop's body",
                expected="tensors",
                received=f"{result!r:.120}, which stands for a tensor of a Keras model",
                hint="put the whole step into a keras.layers.Lambda, or a layer of your own",
            )
        )
    return ("constant", result)


def tensors_of(structure: Any) -> list[Tensor]:
    """The tensors of a structure, in the order in which `flatten_result` lists their arrays."""
    found: list[Tensor] = []

    def walk(item: Any) -> None:
        if isinstance(item, Tensor):
            if not isinstance(item._value, np.ndarray):
                found.append(item)
        elif isinstance(item, dict):
            for value in item.values():
                walk(value)
        elif isinstance(item, list | tuple):
            for value in item:
                walk(value)
        elif hasattr(item, "__tf_flatten__"):
            for part in item.__tf_flatten__()[1]:
                walk(part)

    walk(structure)
    return found


def rebuild(description: Any, tensors: list[Any]) -> Any:
    """The structure that `flatten_result` took apart, around other tensors."""
    kind = description[0]
    if kind == "tensor":
        return tensors[description[1]]
    if kind == "constant":
        return description[1]
    parts = [
        (part[0], rebuild(part[1], tensors)) if kind in ("dict", "dataclass") else rebuild(part, tensors)
        for part in description[-1]
    ]
    cls = description[1]
    if kind == "dict":
        return dict(parts) if cls is dict else as_mapping(cls, parts)
    if kind == "dataclass":
        return cls(**dict(parts))
    if kind == "flatten":
        return cls.__tf_unflatten__(description[2], tuple(parts))
    return cls(*parts) if hasattr(cls, "_fields") else cls(parts)


def holds_composites(description: Any) -> bool:
    """Whether a structure that was taken apart holds values of several tensors: ragged, sparse, extension types."""
    kind = description[0]
    if kind in ("tensor", "constant", "flatten"):
        return kind == "flatten"
    parts = description[-1]
    return any(holds_composites(part[1] if kind in ("dict", "dataclass") else part) for part in parts)


def holds_text(description: Any) -> bool:
    """Whether there are strings in a structure that was taken apart."""
    kind = description[0]
    if kind in ("tensor", "constant"):
        found = description[1]
        return isinstance(found, str | bytes) or (isinstance(found, Tensor) and isinstance(found._value, np.ndarray))
    return any(holds_text(part[1] if kind in ("dict", "dataclass") else part) for part in description[-1])


def as_mapping(cls: type, parts: list[Any]) -> Any:
    """Pairs as a mapping of the type `cls`, or as a dict where that takes other arguments."""
    try:
        return cls(parts)
    except TypeError:  # a defaultdict, say
        return dict(parts)


def _returnable(leaf: Any) -> bool:
    kind = type(leaf)
    if leaf is None or isinstance(leaf, Tensor | jax.Array | trees.CompositeTensor) or dataclasses.is_dataclass(leaf):
        return not isinstance(leaf, type)
    if isinstance(leaf, TensorShape | DType):
        return False
    if any(hasattr(kind, name) for name in ("__tf_flatten__", "__symbolic_call__", "_type_spec")):
        return True
    return kind.__module__.partition(".")[0] == "addax"  # datasets, iterators, weak tensors


def result_tensors(result: Any) -> Any:
    """What a tf.function returns: numbers and strings in it as tensors, variables as what they hold."""

    def one(leaf: Any) -> Any:
        if isinstance(leaf, Variable):
            return leaf.read_value()
        if isinstance(leaf, TensorShape) and leaf.is_fully_defined():
            return convert.convert_to_tensor(leaf)
        if isinstance(leaf, bool | int | float | complex | str | bytes | np.ndarray | np.generic):
            return convert.convert_to_tensor(leaf)
        if not _returnable(leaf):
            raise TypeError(
                errors.message(
                    "the result of a tf.function",
                    expected="tensors, None, structures of them, dataclasses or extension types",
                    received=f"{leaf!r:.120} of type {type(leaf).__name__}, which is not a Tensor or ExtensionType",
                    hint="return what it is made of",
                )
            )
        return leaf

    return trees.map_structure(one, result)
