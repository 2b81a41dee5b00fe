"""Results of Python functions, of which TensorFlow's programs would not know the shapes.

`py_function` and `numpy_function` run eagerly here, so that their results do have shapes; a dataset whose function
returns one says nevertheless, as TensorFlow's does, that its elements may have any, or what `set_shape` said.
"""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np

from addax.core.shapes import TensorShape


class _Probing(threading.local):
    shape: tuple[int, ...] | None = None


_probing = _Probing()


@contextlib.contextmanager
def probing(shape: tuple[int, ...]) -> Iterator[None]:
    """While it lasts, Python functions of this thread's programs are not called: their results have this shape."""
    outer, _probing.shape = _probing.shape, shape
    try:
        yield
    finally:
        _probing.shape = outer


def probed() -> tuple[int, ...] | None:
    """The shape to make up results of Python functions with; None where they are called."""
    return _probing.shape


def many() -> int | None:
    """While shapes are asked for, how many things there are where any number may be: rows of a picture, values."""
    return None if _probing.shape is None else 2 + len(_probing.shape)


_noted: dict[int, tuple[weakref.ref[Any], TensorShape]] = {}


def note(array: Any, shape: TensorShape) -> None:
    """No more is known of the shape of an array than this."""
    number = id(array)
    _noted[number] = weakref.ref(array, lambda _: _noted.pop(number, None)), shape


def said(array: Any, shape: Any) -> None:
    """Somebody says what the shape of an array is."""
    known = known_of(array)
    if known is not None:
        note(array, known.merge_with(shape))


def known_of(array: Any) -> TensorShape | None:
    """What is known of the shape of such a result; None for other arrays, which have the shape that they have."""
    found = _noted.get(id(array))
    return found[1] if found is not None and found[0]() is array else None


def carried(tensor: Any) -> Any:
    """A tensor as a NumPy array, of whose shape no more is known than of the tensor's."""
    array = np.asarray(tensor)
    known = known_of(tensor._value)
    if known is not None and known_of(array) is None:
        note(array, known)
    return array
