"""How a call of a traced function looks: a key of its shapes, dtypes and Python values, and the tensors in it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from addax.core import context, convert, dtypes, text_arguments
from addax.core.structures import as_mapping
from addax.core.tensor import Tensor
from addax.core.variable import Variable

_NUMBERS = frozenset((int, float, bool, complex))
_NUMBER = "number"


class Signature:
    """How a call looks: a hashable key, and the tensors among the arguments."""

    __slots__ = ("has_text", "key", "rebuild", "tensors", "variables")

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.tensors: list[Any] = []
        self.has_text = False
        self.variables: tuple[Variable, ...] = ()
        self.key = (self._walk(args), self._walk(kwargs) if kwargs else None)
        if context.state.observer is not None:  # functions traced under an observer have it inside
            self.key = (*self.key, "observed")

    def _walk(self, item: Any) -> Any:
        kind = type(item)
        if kind is Tensor or isinstance(item, Tensor):
            if isinstance(item._value, np.ndarray):  # strings are not compiled; each value is its own signature
                self.has_text = True
                return ("text", item._value.shape, tuple(item._value.reshape(-1).tolist()))
            self.tensors.append(item)
            return (item._value.shape, item._value.dtype)
        if kind in _NUMBERS:
            return (_NUMBER, item)  # as in TensorFlow, f(1.0) and f(True) run what f(1) was traced to
        if kind in (str, bytes, type(None)):
            return (kind, item)
        if kind is tuple or kind is list:
            return (kind, *[self._walk(part) for part in item])
        if isinstance(item, dict):
            return (kind, *[(key, self._walk(item[key])) for key in in_order(item)])
        if isinstance(item, tuple):
            return (kind, *[self._walk(part) for part in item])
        if isinstance(item, np.ndarray | np.generic):
            if item.dtype.kind in "OSU":
                self.has_text = True
                return ("text", item.shape, tuple(np.asarray(item).reshape(-1).tolist()))
            tensor = Tensor(convert.to_device(item))
            self.tensors.append(tensor)
            return (item.shape, item.dtype)
        if isinstance(item, jax.Array):
            self.tensors.append(Tensor(item))
            return (item.shape, item.dtype)
        if hasattr(item, "__tf_flatten__") and not isinstance(item, type):
            metadata, parts = item.__tf_flatten__()
            return (kind, _hashed(metadata), *[self._walk(part) for part in parts])
        if dataclasses.is_dataclass(item) and not isinstance(item, type):
            return (kind, *[self._walk(getattr(item, f.name)) for f in dataclasses.fields(item)])
        if isinstance(item, Variable):
            self.variables = (*self.variables, item)
        return _identity(item)

    def kinds(self) -> Any:
        """The key with shapes and dtypes of variables instead of the variables, and which of them are the same."""
        named: dict[int, Any] = {}
        for each in self.variables:
            named.setdefault(id(each), ("variable", len(named), tuple(each.shape), each.dtype, each.trainable))
        return _renamed(self.key, named)


def _renamed(key: Any, named: dict[int, Any]) -> Any:
    if not isinstance(key, tuple):
        return key
    if len(key) == 2 and key[0] == "variable":
        return named.get(key[1], key)
    return tuple([_renamed(part, named) for part in key])


def _hashed(item: Any) -> Any:
    try:
        hash(item)
    except TypeError:
        return ("object", id(item))
    return item


def _identity(item: Any) -> Any:
    """Other Python objects: by themselves, which keeps them alive, so that a dead one is not mistaken for another."""
    if isinstance(item, Variable):
        return ("variable", id(item))  # the function that is kept under this key holds it
    try:
        hash(item)
        return item
    except TypeError:
        raise TypeError(
            f"tf.function: an argument of type {type(item).__name__} cannot be told apart from others: it is not "
            f"hashable.\n  Received: {item!r:.120}.\n  To do: pass a tuple, a dict or tensors, or give the class a "
            "__hash__."
        ) from None


def in_order(item: Any) -> Any:
    """The keys of a dict in the order in which `tf.nest` lists its parts: sorted, where that is possible."""
    if len(item) < 2:
        return item
    try:
        return sorted(item)
    except TypeError:
        return item


def replace_tensors(item: Any, tensors: Any) -> Any:
    """The arguments again, with the tensors of a signature replaced, in its order."""
    kind = type(item)
    if kind is Tensor or isinstance(item, Tensor):
        return text_arguments.given(item) if isinstance(item._value, np.ndarray) else next(tensors)
    if kind is tuple or kind is list:
        return kind(replace_tensors(part, tensors) for part in item)
    if isinstance(item, dict):
        found = {key: replace_tensors(item[key], tensors) for key in in_order(item)}
        made = {key: found[key] for key in item}
        return made if kind is dict else as_mapping(kind, list(made.items()))
    if isinstance(item, tuple):
        return kind(*[replace_tensors(part, tensors) for part in item])
    if isinstance(item, np.ndarray | np.generic):
        return text_arguments.given(item) if item.dtype.kind in "OSU" else next(tensors)
    if isinstance(item, jax.Array):
        return next(tensors)
    if hasattr(item, "__tf_flatten__") and not isinstance(item, type):
        metadata, parts = item.__tf_flatten__()
        return kind.__tf_unflatten__(metadata, tuple(replace_tensors(part, tensors) for part in parts))
    if dataclasses.is_dataclass(item) and not isinstance(item, type):
        return kind(**{f.name: replace_tensors(getattr(item, f.name), tensors) for f in dataclasses.fields(item)})
    return item


# ---------------------------------------------------------------------------- what changed between two calls


def difference(old: Any, new: Any, names: Sequence[str]) -> str:
    """Where the keys of two signatures differ, in words: the argument, what it was, what it became.

    Args:
        old: the key of the signature before.
        new: the key of this one.
        names: the names of the positional parameters.
    """
    (before, old_named), (after, new_named) = old, new
    places = [*names, *(f"argument {i}" for i in range(len(names), max(len(before), len(after))))]
    found = _changes(places, before[1:], after[1:])
    old_pairs, new_pairs = dict((old_named or (dict,))[1:]), dict((new_named or (dict,))[1:])
    keywords = list({**old_pairs, **new_pairs})
    found += _changes(
        keywords, [old_pairs.get(key, _ABSENT) for key in keywords], [new_pairs.get(key, _ABSENT) for key in keywords]
    )
    return "; ".join(found[:3]) or "nothing that can be named"


_ABSENT = ("absent",)


def _changes(places: Sequence[str], old: Sequence[Any], new: Sequence[Any]) -> list[str]:
    found = []
    for i in range(max(len(old), len(new))):
        before = old[i] if i < len(old) else _ABSENT
        after = new[i] if i < len(new) else _ABSENT
        if before != after:
            found.append(_change(places[i], before, after))
    return found


def _change(place: str, old: Any, new: Any) -> str:
    """The innermost change in one argument."""
    if isinstance(old, tuple) and isinstance(new, tuple) and old[:1] == new[:1] and isinstance(old[0], type):
        if issubclass(old[0], dict) and [key for key, _ in old[1:]] == [key for key, _ in new[1:]]:
            for (key, before), (_, after) in zip(old[1:], new[1:], strict=True):
                if before != after:
                    return _change(f"{place}[{key!r}]", before, after)
        if issubclass(old[0], list | tuple) and len(old) == len(new):
            for i, (before, after) in enumerate(zip(old[1:], new[1:], strict=True)):
                if before != after:
                    return _change(f"{place}[{i}]", before, after)
    return f"{place} was {_words(old)} and became {_words(new)}"


def _words(part: Any) -> str:
    """A part of a signature's key, for people."""
    if part == _ABSENT:
        return "left out"
    if isinstance(part, tuple) and len(part) == 2:
        first, second = part
        if isinstance(second, np.dtype):
            return f"a tensor {dtypes.from_numpy(second).name} {first}"
        if first in (_NUMBER, str, bytes):
            return f"{second!r:.60}"
        if first is type(None):
            return "None"
        if first == "variable":
            return "a variable"
        if first == "object":
            return "another object"
    if isinstance(part, tuple) and part and part[0] == "text":
        return f"the strings {part[2]!r:.60}"
    if isinstance(part, tuple) and part and isinstance(part[0], type):
        inner = ", ".join(
            f"{each[0]!r}: {_words(each[1])}" if issubclass(part[0], dict) else _words(each) for each in part[1:]
        )
        return f"{part[0].__name__}({inner})"[:120]
    return f"{part!r:.80}"
