"""`x[...]` as NumPy has it: with lists, arrays of indices and masks for axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import convert, errors
from addax.core.convert import FreeLike, FreeList
from addax.core.dispatch import op
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor, Tracer
from addax.ops import indexing
from addax.ops.tnp.promotion import as_tensor, dtype_of

_VALID = (
    "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays are valid "
    "indices"
)


@op(name="x[...]")
def _pick(x: FreeLike, indices: FreeList, pattern: Any) -> Any:
    left = iter(indices)
    return x[tuple(next(left) if entry == "array" else _entry(entry) for entry in pattern)]


def _entry(entry: Any) -> Any:
    if entry == "new":
        return None
    if entry == "rest":
        return Ellipsis
    return slice(*entry[1:]) if isinstance(entry, tuple) else entry


def getitem(x: Any, key: Any) -> Any:
    """`x[key]` by NumPy's rules.

    Args:
        x: a tensor or variable.
        key: ints, slices, `...`, None, lists or arrays of ints, masks; or a tuple of such.

    Raises:
        IndexError: an index of another type.
        ValueError: a single bool.
        InvalidArgumentError: an index out of bounds, or too many of them.
    """
    items = tuple(key) if isinstance(key, tuple) or _is_several(key) else (key,)
    if hasattr(x, "__symbolic_call__") or hasattr(x, "__ragged_getitem__"):
        return indexing.getitem(x, key)
    if not any(_advanced(item) for item in items):
        return indexing.getitem(x, items)
    return _pick_from(x, items)


def _is_several(key: Any) -> bool:
    """Whether a list holds an index for each axis (as `ix_` gives them), and not the ints of one."""
    kinds = Tensor | np.ndarray | slice
    return isinstance(key, list) and any(isinstance(item, kinds) or item is None or item is Ellipsis for item in key)


def _advanced(item: Any) -> bool:
    """Whether this is a list or an array, and not one of the indices that keep places apart."""
    if item is None or item is Ellipsis or isinstance(item, int | slice | np.integer) and not isinstance(item, bool):
        return False
    if isinstance(item, bool | np.bool_):
        raise ValueError("x[...]: mask cannot be scalar.")
    if isinstance(item, list | tuple):
        return True
    if isinstance(item, Tensor | np.ndarray) or hasattr(item, "__tf_value__"):
        kind = item.dtype.np.kind if hasattr(item.dtype, "np") else item.dtype.kind
        if kind not in "biu":
            raise IndexError(f"{_VALID}, got an array of {item.dtype}")
        if not len(item.shape) and kind == "b":
            raise ValueError("x[...]: mask cannot be scalar.")
        return len(item.shape) > 0
    if hasattr(item, "__index__"):
        return False
    raise IndexError(f"{_VALID}, got {item!r}")


def _pick_from(x: Any, items: tuple[Any, ...]) -> Any:
    shape = tuple(x.shape)
    pattern: list[Any] = []
    arrays: list[Any] = []
    axis = 0
    for item in _written_out(items, len(shape)):
        if item is None:
            pattern.append("new")
            continue
        if isinstance(item, slice):
            pattern.append(
                ("slice", *item.indices(shape[axis])) if item != slice(None) else ("slice", None, None, None)
            )
            if pattern[-1][2] == -1:  # down to the first one
                pattern[-1] = ("slice", pattern[-1][1], None, pattern[-1][3])
            axis += 1
            continue
        for each in _index_arrays(item):
            if axis >= len(shape):
                raise errors.InvalidArgumentError(
                    f"x[...]: too many indices: the tensor has {len(shape)} dimensions, received {items!r}"
                )
            _check_bounds(each, shape[axis], axis)
            pattern.append("array")
            arrays.append(each)
            axis += 1
    return _pick(x, arrays, tuple(pattern))


def _written_out(items: tuple[Any, ...], rank: int) -> list[Any]:
    """The items, with the axes that an ellipsis stands for as slices."""
    taken = sum(0 if item is None or item is Ellipsis else _width(item) for item in items)
    spots = [place for place, item in enumerate(items) if item is Ellipsis]
    if len(spots) > 1:
        raise IndexError("x[...]: an index can only have a single ellipsis ('...')")
    rest = [slice(None)] * max(rank - taken, 0)
    if not spots:
        return list(items)
    return [*items[: spots[0]], *rest, *items[spots[0] + 1 :]]


def _width(item: Any) -> int:
    """How many axes an item is about: a mask, as many as it has."""
    if isinstance(item, slice | int | np.integer):
        return 1
    made = as_tensor(item)
    return len(made.shape) if dtype_of(made).kind == "b" else 1


def _index_arrays(item: Any) -> list[Any]:
    """The index tensors of an item; a mask gives one for each of its axes."""
    made = as_tensor(item)
    kind = dtype_of(made).kind
    if kind == "b":
        found = np.nonzero(concrete(made, "x[...] with a mask"))
        return [convert.tensor_of(each) for each in found]
    if kind not in "iu":
        if not int(np.prod(made.shape.as_list())):
            return [as_tensor(made, np.dtype(np.int64))]
        raise IndexError(f"{_VALID}, got an array of {made.dtype}")
    return [made]


def _check_bounds(index: Tensor, size: int, axis: int) -> None:
    if isinstance(index._value, Tracer):
        return
    known = np.asarray(index._value)
    bad = known[(known < -size) | (known >= size)]
    if bad.size:
        raise errors.InvalidArgumentError(
            errors.message(
                f"x[...]: index {bad.flat[0]} of dimension {axis} out of bounds",
                expected=f"indices in [{-size}, {size})",
                received=f"{known.tolist()!r:.80}",
            )
        )
