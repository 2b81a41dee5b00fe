"""One trace of Python for many shapes: a signature in which some sizes are left open, by the user or by experience.

Python sees None for an open size (`x.shape`), as in TensorFlow. Underneath it is a symbol of `jax.export`, which
Addax's own code sees, and each shape that comes gets a program of its own out of that one trace (specialization.py).
Where a function cannot be traced so (it has to know an open size, or has a custom gradient), nothing is lost but that
attempt: it is traced for each shape, and Python sees the sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax import export

from addax.core import context
from addax.core.signature import in_order
from addax.core.sizes import scope_of
from addax.core.spec import TensorSpec
from addax.core.specialization import specialized
from addax.core.tensor import NotCompilable
from addax.core.trace import Lifted

_MOST_PATTERNS = 4  # of sizes that are equal in one call and not in another

Shapes = Sequence[tuple[int, ...]]
Make = Callable[[list[jax.ShapeDtypeStruct]], tuple[Lifted, Any]]


class NoProgram(Exception):  # noqa: N818
    """There is no trace with open sizes for a call."""


class Relaxation:
    """A signature with open sizes.

    Args:
        shapes: those of its tensors, None for each open size.
    """

    def __init__(self, shapes: Sequence[Sequence[int | None]]) -> None:
        self.shapes = [tuple(shape) for shape in shapes]
        self._traced: list[_Traced] = []

    @property
    def open(self) -> bool:
        """Whether there is an open size."""
        return any(None in shape for shape in self.shapes)

    def covers(self, shapes: Shapes) -> bool:
        """Whether a call's shapes are these, with numbers for what is open."""
        pairs = zip(self.shapes, shapes, strict=True)
        return all(a is None or a == b for pair in pairs for a, b in zip(*pair, strict=True))

    def relax_to(self, shapes: Shapes) -> None:
        """Leave open what differs in a call."""
        if not self.covers(shapes):
            pairs = zip(self.shapes, shapes, strict=True)
            self.shapes = [tuple(a if a == b else None for a, b in zip(*pair, strict=True)) for pair in pairs]
            self._traced = []

    def program(self, arrays: Sequence[Any], make: Make) -> tuple[Lifted, Any] | None:
        """The program for the shapes of a call: (the program, what `make` noted).

        Args:
            arrays: what has the shapes and dtypes of the call.
            make: traces the function for shapes with symbols; gives the program and a note.

        Returns:
            None where the function has to be traced for these shapes alone.
        """
        shapes = [tuple(array.shape) for array in arrays]
        if not self.open or any(0 in shape for shape in shapes):
            return None
        for each in self._traced:
            sizes = each.sizes_for(shapes)
            if sizes is not None:
                return each.program(arrays, sizes)
        if len(self._traced) == _MOST_PATTERNS:
            return None
        traced = _Traced(self.shapes, arrays)
        self._traced.append(traced)
        with _relaxed():
            traced.trace(make)
        return traced.program(arrays, traced.sizes_for(shapes) or {})


class _Traced:
    """A trace for symbols: equal sizes of the same axis share one, as a batch does in (x, y)."""

    def __init__(self, shapes: Sequence[Sequence[int | None]], arrays: Sequence[Any]) -> None:
        names: dict[tuple[int, int], str] = {}
        self._names: list[tuple[int | str, ...]] = []
        for shape, array in zip(shapes, arrays, strict=True):
            self._names.append(
                tuple(
                    names.setdefault((axis, array.shape[axis]), f"n{len(names)}") if size is None else size
                    for axis, size in enumerate(shape)
                )
            )
        scope = scope_of(self._names)
        self._made: tuple[Lifted, Any] | None = None
        self._symbolic = [
            jax.ShapeDtypeStruct(
                export.symbolic_shape(",".join(map(str, parts)), scope=scope) if parts else (), array.dtype
            )
            for parts, array in zip(self._names, arrays, strict=True)
        ]

    def sizes_for(self, shapes: Shapes) -> dict[str, int] | None:
        """What the symbols are in a call; None where it does not fit."""
        sizes: dict[str, int] = {}
        for parts, shape in zip(self._names, shapes, strict=True):
            for part, size in zip(parts, shape, strict=True):
                if (sizes.setdefault(part, size) if isinstance(part, str) else part) != size:
                    return None
        return sizes

    def trace(self, make: Make) -> None:
        """Trace the function, if it can be."""
        try:
            self._made = make(self._symbolic)
        except Exception:  # of any type: JAX's, ours, the user's who expects a number
            self._made = None

    def program(self, arrays: Sequence[Any], sizes: dict[str, int]) -> tuple[Lifted, Any] | None:
        """The program for given sizes, and what `make` noted; None where there is none."""
        if self._made is None:
            return None
        lifted, note = self._made
        inputs = [jax.ShapeDtypeStruct(v._value.shape, v._value.dtype) for v in lifted.variables]
        inputs += [jax.ShapeDtypeStruct(tuple(array.shape), array.dtype) for array in arrays]
        try:
            closed = jax.make_jaxpr(specialized(lifted.closed, sizes))(*inputs)
        except NotCompilable:  # a part that knows the symbols only
            self._made = None
            return None
        except Exception:  # sizes that do not fit, as a trace for them says better
            return None
        return Lifted(closed, lifted.variables, lifted.written, lifted.out_tree, lifted.new), note


class _relaxed:  # noqa: N801
    """While Python is traced with open sizes."""

    def __enter__(self) -> None:
        self._before = context.state.relaxed
        context.relaxing.append(True)
        context.state.relaxed = True

    def __exit__(self, *_: Any) -> None:
        context.state.relaxed = self._before
        context.relaxing.pop()


# ---------------------------------------------------------------------------- signatures


def without_sizes(key: Any) -> Any:
    """The key of a signature with ranks in the places of shapes."""
    if isinstance(key, tuple):
        if len(key) == 2 and isinstance(key[1], np.dtype) and isinstance(key[0], tuple):
            return (len(key[0]), key[1])
        return tuple(without_sizes(part) for part in key)
    return key


def declared(signature: Any) -> list[TensorSpec] | None:
    """The specs of a declared signature in the order in which calls list their tensors; None if there are others."""
    found: list[TensorSpec] = []

    def walk(item: Any) -> bool:
        if isinstance(item, TensorSpec):
            found.append(item)
            return True
        if isinstance(item, dict):
            return all(walk(item[key]) for key in in_order(item))
        return isinstance(item, list | tuple) and all(walk(part) for part in item)

    return found if walk(signature) else None
