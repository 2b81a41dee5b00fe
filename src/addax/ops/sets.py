"""Sets along the last axis of tensors: intersection, union, difference, size. They run on the host."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import convert, errors
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor
from addax.ops.sparse_tensor import SparseTensor


def _sets(value: Any) -> tuple[dict[tuple[int, ...], list[Any]], tuple[int, ...], Any]:
    """(the members of each set by its place, the shape of places, dtype)."""
    if isinstance(value, SparseTensor):
        indices = concrete(value.indices, "sets")
        values = concrete(value.values, "sets")
        found: dict[tuple[int, ...], list[Any]] = {}
        for place, item in zip(indices.tolist(), values.tolist(), strict=True):
            found.setdefault(tuple(place[:-1]), []).append(item)
        return found, value.known_shape()[:-1], values.dtype
    array = concrete(convert.convert_to_tensor(value), "sets")
    if array.ndim < 2:
        raise errors.InvalidArgumentError(
            errors.message("tf.sets", expected="tensors of rank >= 2", received={"a": array})
        )
    return {place: array[place].tolist() for place in np.ndindex(array.shape[:-1])}, array.shape[:-1], array.dtype


def _combined(who: str, a: Any, b: Any, combine: Any) -> SparseTensor:
    first, places, dtype = _sets(a)
    second, other_places, other_dtype = _sets(b)
    if dtype != other_dtype:
        raise TypeError(f"{who}: expected sets of one dtype (Types don't match), received {dtype} and {other_dtype}.")
    if places != other_places:
        raise errors.InvalidArgumentError(
            f"{who}: expected sets of one shape, received {places} and {other_places} in front of their members."
        )
    indices, values, widest = [], [], 0
    for place in np.ndindex(*places):
        members = sorted(combine(set(first.get(place, ())), set(second.get(place, ()))))
        widest = max(widest, len(members))
        indices += [[*place, i] for i in range(len(members))]
        values += members
    table = np.array(indices, np.int64).reshape(-1, len(places) + 1)
    made = np.array(values, object) if dtype.kind == "O" else np.array(values, dtype)
    return SparseTensor(convert.constant(table), convert.constant(made), (*places, widest))


def intersection(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """What is in both sets, along the last axis.

    Args:
        a: a tensor (n, ..., members), or a sparse one.
        b: the same with equal leading axes.
        validate_indices: ignored; order does not matter here.

    >>> import addax as tf
    >>> tf.sets.intersection([[1, 2, 3]], [[2, 3, 4]]).values.numpy().tolist()
    [2, 3]
    """
    return _combined("tf.sets.intersection", a, b, lambda x, y: x & y)


def union(a: Any, b: Any, validate_indices: bool = True) -> SparseTensor:
    """What is in one set or the other; see `intersection`.

    >>> import addax as tf
    >>> tf.sparse.to_dense(tf.sets.union([[1, 2]], [[2, 3]])).numpy().tolist()
    [[1, 2, 3]]
    """
    return _combined("tf.sets.union", a, b, lambda x, y: x | y)


def difference(a: Any, b: Any, aminusb: bool = True, validate_indices: bool = True) -> SparseTensor:
    """What is in a but not in b (or, with aminusb False, the other way round); see `intersection`.

    >>> import addax as tf
    >>> tf.sparse.to_dense(tf.sets.difference([[1, 2]], [[2, 3]])).numpy().tolist()
    [[1]]
    """
    return _combined("tf.sets.difference", a, b, lambda x, y: x - y if aminusb else y - x)


def size(a: Any, validate_indices: bool = True) -> Tensor:
    """The number of different members of each set of a sparse tensor, as int32.

    >>> import addax as tf
    >>> tf.sets.size(tf.sparse.from_dense([[1, 2, 2], [3, 0, 0]])).numpy().tolist()
    [2, 1]
    """
    if not isinstance(a, SparseTensor):
        raise TypeError(f"tf.sets.size: Expected `SparseTensor`, got {type(a).__name__}.")
    found, places, _ = _sets(a)
    out = np.zeros(places, np.int32)
    for place, members in found.items():
        out[place] = len(set(members))
    return convert.constant(out)
