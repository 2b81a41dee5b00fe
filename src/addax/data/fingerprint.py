"""A digest of a pipeline: equal for pipelines that are built alike, in this program or in another one.

`snapshot` tells by it whether the elements in a folder are those of its own input.
"""

from __future__ import annotations

import functools
import hashlib
import types
from typing import Any

import numpy as np

from addax.core import dtypes
from addax.core.shapes import TensorShape
from addax.core.spec import TypeSpec
from addax.data.functions import UserFunction
from addax.data.node import Node, Source
from addax.data.nodes.generator import GeneratorNode
from addax.data.seeds import Seeds

_PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic, dtypes.DType, TensorShape, TypeSpec)
_DEPTH = 12  # structures deeper than this are told by their types alone


def digest(node: Node) -> bytes:
    """32 bytes that stand for what a node and its inputs do.

    Kinds of steps, their numbers and texts, arrays, and the code of functions with what they refer to are looked at.
    Seeds that nobody gave are left out, and of other objects only the type is told. Lists and dicts that a generator
    refers to may change while it runs: of them the type is told.

    Example:
        >>> import addax as tf
        >>> from addax.data.fingerprint import digest
        >>> first, second, third = [tf.data.Dataset.range(n).map(lambda v: v + 1)._node for n in (3, 3, 4)]
        >>> digest(first) == digest(second), digest(first) == digest(third)
        (True, False)
    """
    made = hashlib.sha256()
    _Walk(made).visit(node, 0)
    return made.digest()


class _Walk:
    """Feeds what it meets into a hash."""

    def __init__(self, made: Any) -> None:
        self._made = made
        self._mutable = True  # whether lists and dicts count
        self._met: dict[int, Any] = {}

    def _tell(self, *items: Any) -> None:
        self._made.update(repr(items).encode())

    def visit(self, item: Any, depth: int) -> None:
        """Tell the hash of an object."""
        self._tell(type(item).__name__)
        if isinstance(item, _PLAIN):
            self._tell(item)
        elif isinstance(item, np.ndarray):
            self._array(item, depth)
        elif not self._mutable and isinstance(item, list | dict):
            return
        elif isinstance(item, tuple | list):
            self._tell(len(item))
            for part in item if depth < _DEPTH else ():
                self.visit(part, depth + 1)
        elif isinstance(item, dict):
            for key, part in item.items() if depth < _DEPTH else ():
                self._tell(key)
                self.visit(part, depth + 1)
        elif id(item) not in self._met:
            self._met[id(item)] = item
            self._object(item, depth)

    def _array(self, item: np.ndarray, depth: int) -> None:
        self._tell(str(item.dtype), item.shape)
        if item.dtype.hasobject:
            self.visit(item.reshape(-1).tolist(), depth + 1)
        else:
            self._made.update(np.ascontiguousarray(item).data if item.size else b"")

    def _object(self, item: Any, depth: int) -> None:
        if isinstance(item, types.CodeType):
            self._made.update(item.co_code)
            self._tell(item.co_names, item.co_varnames)
            self.visit(item.co_consts, depth + 1)
        elif isinstance(item, types.FunctionType):
            self._function(item)
        elif isinstance(item, types.MethodType):
            self.visit((item.__func__, item.__self__), depth + 1)
        elif isinstance(item, functools.partial):
            self.visit((item.func, item.args, item.keywords), depth + 1)
        elif isinstance(item, UserFunction):
            self.visit(item.user, depth + 1)
        elif isinstance(item, Seeds):
            self._tell(item.again, item.given)
        elif isinstance(item, Node):
            self._tell(item.cardinality(), str(item.spec))
            for name, value in sorted(vars(item).items()):
                self._tell(name)
                self._mutable = not isinstance(item, GeneratorNode)
                self.visit(value, 0)
                self._mutable = True
        elif isinstance(item, Source):
            self.visit(dict(sorted(vars(item).items())), 0)
        elif hasattr(item, "__array__") and not callable(item):
            self.visit(np.asarray(item), depth + 1)
        elif callable(item) and hasattr(item, "__dict__") and not isinstance(item, type) and depth < _DEPTH:
            self._callable(item, depth)

    def _callable(self, item: Any, depth: int) -> None:
        """An object that is called, a layer for example: its code, and those of its attributes that say something."""
        self.visit(type(item).__call__, depth + 1)
        for name, value in sorted(vars(item).items()):
            if isinstance(value, (*_PLAIN, np.ndarray, tuple, list, dict, types.FunctionType)) or callable(value):
                self._tell(name)
                self.visit(value, depth + 1)
            elif hasattr(value, "__array__"):
                self._tell(name)
                self.visit(np.asarray(value), depth + 1)

    def _function(self, item: types.FunctionType) -> None:
        self.visit(item.__code__, 0)
        self.visit((item.__defaults__, item.__kwdefaults__), 0)
        for cell in item.__closure__ or ():
            try:
                self.visit(cell.cell_contents, 0)
            except ValueError:  # not filled yet
                continue
        for name in item.__code__.co_names:
            found = item.__globals__.get(name)
            if isinstance(found, (*_PLAIN, np.ndarray, types.FunctionType)):
                self.visit(found, 0)
