"""How a call of a traced function looks: a key of its shapes, dtypes and Python values, and the tensors in it."""

from __future__ import annotations

import dataclasses
from typing import Any

import jax
import numpy as np

from addax.core import convert
from addax.core.structures import as_mapping
from addax.core.tensor import Tensor
from addax.core.variable import Variable


class Signature:
    """How a call looks: a hashable key, and the tensors among the arguments."""

    __slots__ = ("key", "rebuild", "tensors")

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.tensors: list[Any] = []
        self.key = (self._walk(args), self._walk(kwargs) if kwargs else None)

    def _walk(self, item: Any) -> Any:
        kind = type(item)
        if kind is Tensor or isinstance(item, Tensor):
            if isinstance(item._value, np.ndarray):  # strings are not compiled; each value is its own signature
                return ("text", item._value.shape, tuple(item._value.reshape(-1).tolist()))
            self.tensors.append(item)
            return (item._value.shape, item._value.dtype)
        if kind in (int, float, bool, str, bytes, type(None), complex):
            return (kind, item)
        if kind is tuple or kind is list:
            return (kind, *[self._walk(part) for part in item])
        if isinstance(item, dict):
            return (kind, *[(key, self._walk(item[key])) for key in item])
        if isinstance(item, tuple):
            return (kind, *[self._walk(part) for part in item])
        if isinstance(item, np.ndarray | np.generic):
            if item.dtype.kind in "OSU":
                return ("text", item.shape, tuple(np.asarray(item).reshape(-1).tolist()))
            tensor = Tensor(convert.to_device(item))
            self.tensors.append(tensor)
            return (item.shape, item.dtype)
        if isinstance(item, jax.Array):
            self.tensors.append(Tensor(item))
            return (item.shape, item.dtype)
        if dataclasses.is_dataclass(item) and not isinstance(item, type):
            return (kind, *[self._walk(getattr(item, f.name)) for f in dataclasses.fields(item)])
        if hasattr(item, "__tf_flatten__"):
            metadata, parts = item.__tf_flatten__()
            return (kind, _hashed(metadata), *[self._walk(part) for part in parts])
        return _identity(item)


def _hashed(item: Any) -> Any:
    try:
        hash(item)
    except TypeError:
        return _identity(item)
    return item


def _identity(item: Any) -> Any:
    """Other Python objects: by identity where the object lives, so that a dead one is not mistaken for another."""
    if isinstance(item, Variable):
        return ("variable", id(item))  # the function that is kept under this key holds it
    try:
        hash(item)
        return item
    except TypeError:
        return ("object", id(item))


def replace_tensors(item: Any, tensors: Any) -> Any:
    """The arguments again, with the tensors of a signature replaced, in its order."""
    kind = type(item)
    if kind is Tensor or isinstance(item, Tensor):
        return item if isinstance(item._value, np.ndarray) else next(tensors)
    if kind is tuple or kind is list:
        return kind(replace_tensors(part, tensors) for part in item)
    if isinstance(item, dict):
        made = {key: replace_tensors(item[key], tensors) for key in item}
        return made if kind is dict else as_mapping(kind, list(made.items()))
    if isinstance(item, tuple):
        return kind(*[replace_tensors(part, tensors) for part in item])
    if isinstance(item, np.ndarray | np.generic):
        return item if item.dtype.kind in "OSU" else next(tensors)
    if isinstance(item, jax.Array):
        return next(tensors)
    if dataclasses.is_dataclass(item) and not isinstance(item, type):
        return kind(**{f.name: replace_tensors(getattr(item, f.name), tensors) for f in dataclasses.fields(item)})
    if hasattr(item, "__tf_flatten__"):
        metadata, parts = item.__tf_flatten__()
        return kind.__tf_unflatten__(metadata, tuple(replace_tensors(part, tensors) for part in parts))
    return item
