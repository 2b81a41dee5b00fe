"""Sizes that are not known while a program with open dimensions is written: tensors that can still decide shapes."""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import export

from addax.core.tensor import Tensor


class SizesTensor(Tensor):
    """A tensor of sizes, some of which are symbols: what `tf.shape` returns where dimensions are open.

    As a shape it gives its symbols; in other ops it is a tensor like any other, whose values come when the program
    runs.

    Args:
        sizes: a size or a tuple of sizes: ints and symbols of `jax.export`.
        dtype: the NumPy dtype of the tensor.
    """

    __slots__ = ("sizes",)

    def __init__(self, sizes: Any, dtype: Any) -> None:
        parts = [jnp.asarray(size, dtype) for size in sizes] if isinstance(sizes, tuple) else jnp.asarray(sizes, dtype)
        super().__init__(jnp.stack(parts) if isinstance(parts, list) else parts)
        self.sizes = sizes

    def __getitem__(self, key: Any) -> Any:
        if isinstance(self.sizes, tuple) and isinstance(key, int | slice | np.integer):
            return SizesTensor(self.sizes[key], self._value.dtype)
        return super().__getitem__(key)  # type: ignore[misc]

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self.sizes)))


def is_open(sizes: Any) -> bool:
    """Whether a shape has symbols among its sizes."""
    return any(not isinstance(size, int | np.integer) for size in sizes)


_MOST_SYMBOLS = 3  # of a shape: their products are doubled by each


def scope_of(shapes: Iterable[Iterable[int | str]]) -> export.SymbolicScope:
    """A scope for the symbols of these shapes that knows how their products compare.

    All sizes are 1 or more, so that `batch * length >= batch`: without being told, JAX cannot say whether the
    `batch * (length - 1)` rows of a shortened sequence are a size at all.

    Args:
        shapes: sizes: numbers, and names of symbols.

    >>> from addax.core.sizes import scope_of
    >>> from jax import export
    >>> batch, length = export.symbolic_shape("b, n", scope=scope_of([("b", "n")]))
    >>> batch * (length - 1) >= 0
    True
    """
    known: dict[str, None] = {}
    for shape in shapes:
        names = list(dict.fromkeys(str(size) for size in shape if not str(size).isdigit()))[:_MOST_SYMBOLS]
        for count in range(2, len(names) + 1):
            for some in combinations(names, count):
                for one in some:
                    known[f"{'*'.join(some)} >= {'*'.join(name for name in some if name != one)}"] = None
    return export.SymbolicScope(tuple(known))


class _Asked(threading.local):
    """The numbers that open sizes would have to be, by the names of their symbols, since somebody cleared them."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}


asked = _Asked()


def differ(a: Any, b: Any) -> bool:
    """Whether two sizes that have to be equal are not; of an open one is noted which number would fit.

    >>> from addax.core.sizes import differ
    >>> differ(3, 4)
    True
    """
    if a == b:
        return False
    for size, other in ((a, b), (b, a)):
        if not isinstance(size, int | np.integer) and isinstance(other, int | np.integer):
            asked.numbers[str(size)] = int(other)
    return True


def _calculated(name: str, function: Callable[[Any, Any], Any], swapped: bool) -> Callable[..., Any]:
    def method(self: SizesTensor, other: Any) -> Any:
        size = other.sizes if isinstance(other, SizesTensor) else other
        scalar = isinstance(size, int | np.integer) or isinstance(other, SizesTensor)
        if isinstance(self.sizes, tuple) or isinstance(size, tuple) or not scalar:
            return getattr(super(SizesTensor, self), name)(other)
        a, b = (size, self.sizes) if swapped else (self.sizes, size)
        return SizesTensor(function(a, b), self._value.dtype)

    return method


for _word in ("add", "sub", "mul", "floordiv", "mod"):
    for _swapped in (False, True):
        _name = f"__{'r' if _swapped else ''}{_word}__"
        setattr(SizesTensor, _name, _calculated(_name, getattr(operator, _word), _swapped))
