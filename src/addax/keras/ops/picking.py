"""`keras.ops`: elements picked by index, by condition and in order; counts of values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import convert, errors
from addax.core.static_arguments import concrete
from addax.keras.ops.creation import sizes
from addax.keras.ops.function import function, named
from addax.keras.ops.promotion import common, floats, narrow, tensor
from addax.ops import elementwise, gathering, mapping, numpy_arrays, reductions, shaping, sorting
from addax.ops import numpy_statistics as statistics
from addax.ops.casting import cast
from addax.ops.tnp import indexing, selection


@function
def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """x1 where the condition is not 0, x2 elsewhere; of the condition alone, where it is not 0 (see `nonzero`).

    Raises:
        ValueError: one of x1 and x2 alone.

    >>> from addax.keras import ops
    >>> ops.where([True, False], 1, 2.5).numpy().tolist()
    [1.0, 2.5]
    """
    truth = cast(tensor(condition), "bool")
    if x1 is None and x2 is None:
        return nonzero(truth)
    if x1 is None or x2 is None:
        raise ValueError(
            errors.message("keras.ops.where", expected="both of x1 and x2, or neither", received={"x1": x1, "x2": x2})
        )
    return gathering.where(truth, *common(x1, x2))


@function
def nonzero(x: Any) -> Any:
    """The indices (int32) of what is not 0, a tuple of one vector for each axis.

    >>> from addax.keras import ops
    >>> [each.numpy().tolist() for each in ops.nonzero([[0, 3], [5, 0]])]
    [[0, 1], [1, 0]]
    """
    return tuple([narrow(each) for each in selection.nonzero(tensor(x))])


@function
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """Of several choices the first whose condition holds, `default` where none does.

    >>> from addax.keras import ops
    >>> x = ops.array([1, 5, 9])
    >>> ops.select([x < 3, x < 7], [x * 10, x * 100]).numpy().tolist()
    [10, 500, 0]
    """
    if len(condlist) != len(choicelist):
        raise ValueError(
            errors.message(
                "keras.ops.select",
                expected="as many choices as conditions",
                received=f"{len(condlist)} conditions, {len(choicelist)} choices",
            )
        )
    out, *choices = common(default, *choicelist)
    for condition, choice in zip(reversed(condlist), reversed(choices), strict=True):
        out = gathering.where(cast(tensor(condition), "bool"), choice, out)
    return out


# ---------------------------------------------------------------------------- by index


def get_item(x: Any, key: Any) -> Any:
    """`x[key]`, by NumPy's rules.

    >>> from addax.keras import ops
    >>> ops.get_item([[1, 2], [3, 4]], (slice(None), 1)).numpy().tolist()
    [2, 4]
    """
    parts = key if isinstance(key, tuple) else (key,)
    plain = all(part is None or part is Ellipsis or isinstance(part, int | slice) for part in parts)
    return x[key] if plain and hasattr(x, "__symbolic_call__") else _get_item(x, key)


@named("get_item")
def _get_item(x: Any, key: Any) -> Any:
    return indexing.getitem(tensor(x), key)


@function
def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Slices by index along an axis, flat by default; negative indices count from the end.

    >>> from addax.keras import ops
    >>> ops.take([[1, 2], [3, 4]], [-1], axis=0).numpy().tolist()
    [[3, 4]]
    """
    return numpy_arrays.take(tensor(x), tensor(indices), axis)


@function
def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Of each line along an axis (flat by default) the elements that its own indices say.

    >>> from addax.keras import ops
    >>> ops.take_along_axis([[5, 6], [7, 8]], [[1], [0]], axis=1).numpy().tolist()
    [[6], [7]]
    """
    return numpy_arrays.take_along_axis(tensor(x), tensor(indices), axis)


@function
def unravel_index(indices: Any, shape: Any) -> Any:
    """Flat indices as coordinates in a shape, a tuple of one tensor for each axis.

    >>> from addax.keras import ops
    >>> [each.numpy().tolist() for each in ops.unravel_index([1, 5], (2, 3))]
    [[0, 1], [1, 2]]
    """
    return tuple(numpy_arrays.unravel_index(tensor(indices), tuple(sizes(shape))))


# ---------------------------------------------------------------------------- in order


@function
def sort(x: Any, axis: int | None = -1) -> Any:
    """In order along an axis; flat for None.

    >>> from addax.keras import ops
    >>> ops.sort([3, 1, 2]).numpy().tolist()
    [1, 2, 3]
    """
    return numpy_arrays.sort(tensor(x), axis)


@function
def argsort(x: Any, axis: int | None = -1) -> Any:
    """The indices (int32) that sort along an axis; flat for None. Equal elements keep their order.

    >>> from addax.keras import ops
    >>> ops.argsort([3, 1, 2]).numpy().tolist()
    [1, 2, 0]
    """
    made = tensor(x)
    return numpy_arrays.argsort(made, axis if len(made.shape) else None)


@function
def argpartition(x: Any, kth: int, axis: int | None = -1) -> Any:
    """Indices (int32) that put the kth element in its place along an axis, with no larger one before it.

    >>> from addax.keras import ops
    >>> int(ops.argpartition([5, 1, 3], 1)[1])
    2
    """
    made = tensor(x)
    made, axis = (shaping.reshape(made, [-1]), 0) if axis is None else (made, axis)
    return statistics.argpartition(made, int(kth), axis)


@function
def searchsorted(sorted_sequence: Any, values: Any, side: str = "left") -> Any:
    """Where values would be inserted into a sorted vector, as int32.

    Args:
        sorted_sequence: a vector in order.
        values: a tensor.
        side: "left": before equal elements, "right": behind them.

    Raises:
        ValueError: the sequence is no vector.

    >>> from addax.keras import ops
    >>> ops.searchsorted([1, 3, 5], [3, 4], side="right").numpy().tolist()
    [2, 2]
    """
    made, wanted = common(sorted_sequence, values)
    if len(made.shape) != 1:
        raise ValueError(
            errors.message("keras.ops.searchsorted", expected="a vector in order", received={"sorted_sequence": made})
        )
    wanted, sizes = shaping.reshape(wanted, [-1]), tuple(wanted.shape)
    found = sorting.searchsorted(made, wanted, side)
    if wanted.dtype.is_floating:  # NaN comes last, as sort puts it
        numbers = made.shape[0] - reductions.reduce_sum(cast(elementwise.is_nan(made), found.dtype))
        found = gathering.where(elementwise.is_nan(wanted), numbers if side == "left" else made.shape[0], found)
    return shaping.reshape(found, sizes)


@function
def digitize(x: Any, bins: Any) -> Any:
    """In which of the bins (int32) each number lies; `bins` are their borders in order.

    >>> from addax.keras import ops
    >>> ops.digitize([0.5, 1.0, 9.0], [1.0, 2.0]).numpy().tolist()
    [0, 1, 2]
    """
    return statistics.digitize(*common(x, bins))


# ---------------------------------------------------------------------------- counts


@function
def unique(
    x: Any,
    sorted: bool = True,  # noqa: A002
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    """The distinct values in order.

    Args:
        x: a tensor.
        sorted: whether they have to be in order; they are.
        return_index: whether to return also where each is first.
        return_inverse: whether to return also which of them each element is.
        return_counts: whether to return also how often each occurs.
        axis: the axis whose slices are compared; the elements by default.
        size: how many to return, so that the shape is known: the rest is cut off, or filled up.
        fill_value: what to fill up with; the smallest value by default.

    >>> from addax.keras import ops
    >>> values, counts = ops.unique([3, 1, 3], return_counts=True)
    >>> values.numpy().tolist(), counts.numpy().tolist()
    ([1, 3], [1, 2])
    """
    made = tensor(x)
    if size is None:
        array = concrete(made, "keras.ops.unique")
        values, *found = np.unique(array, True, True, True, axis, equal_nan=False)
        parts = [convert.convert_to_tensor(values), *[convert.constant(each, "int32") for each in found]]
    else:
        parts = numpy_arrays.unique(made, None if fill_value is None else tensor(fill_value, made.dtype), axis, size)
    wanted = (True, return_index, return_inverse, return_counts)
    kept = [part for part, asked in zip(parts, wanted, strict=True) if asked]
    return kept[0] if len(kept) == 1 else tuple(kept)


@function
def bincount(x: Any, weights: Any = None, minlength: int = 0, sparse: bool = False) -> Any:
    """How often each integer occurs in a vector, or in each row of a matrix.

    Args:
        x: integers of 0 and more; how many counts there are depends on them, so they must be known.
        weights: what each counts, 1 by default.
        minlength: how many counts there are at least.
        sparse: whether the result is a `tf.SparseTensor`.

    >>> from addax.keras import ops
    >>> ops.bincount([0, 1, 1, 3]).numpy().tolist()
    [1, 2, 0, 1]
    """
    made = tensor(x)
    given = None if weights is None else tensor(weights)
    array = concrete(made, "keras.ops.bincount")
    length = max(int(minlength), int(array.max()) + 1 if array.size else 0)
    found = statistics.bincount(made, given, length)
    if not sparse:
        return found
    from addax.ops.sparse_tensor import from_dense  # few programs need it

    return from_dense(found)


@function
def histogram(x: Any, bins: Any = 10, range: Any = None) -> Any:  # noqa: A002
    """(how many numbers are in each bin, the borders of the bins).

    Args:
        x: a tensor.
        bins: how many bins of one width, or their borders in order.
        range: the lowest and the highest border; those of the numbers by default.

    >>> from addax.keras import ops
    >>> counts, edges = ops.histogram([1.0, 2.0, 2.5], bins=2, range=(0, 4))
    >>> counts.numpy().tolist(), edges.numpy().tolist()
    ([1.0, 2.0], [0.0, 2.0, 4.0])
    """
    if isinstance(bins, int | np.integer):
        return tuple(statistics.histogram(tensor(x), int(bins), None if range is None else tuple(range)))
    made, borders = common(floats(x), bins)
    return statistics.histogram_between(made, borders), borders


# ---------------------------------------------------------------------------- functions of slices


def vectorize(pyfunc: Callable[..., Any], *, excluded: Any = None, signature: str | None = None) -> Callable[..., Any]:
    """A function of slices as one of whole tensors.

    Args:
        pyfunc: takes and returns tensors without axes, or of the axes in `signature`.
        excluded: places and names of arguments that are handed over as they are.
        signature: the axes of one call, e.g. "(m,k),(k)->(m)".

    >>> from addax.keras import ops
    >>> ops.vectorize(lambda a, b: a * b)([1, 2], [[1], [2]]).numpy().tolist()
    [[1, 2], [2, 4]]
    """
    left_out = set(excluded or ())
    inputs = None if signature is None else signature.replace(" ", "").split("->")[0].strip("()").split("),(")

    def vectorized(*args: Any, **kwargs: Any) -> Any:
        places = [place for place in range(len(args)) if place not in left_out]
        made = [tensor(args[place]) for place in places]
        counts = [0] * len(made) if inputs is None else [len([n for n in each.split(",") if n]) for each in inputs]
        names = [name for name in kwargs if name not in left_out]
        if inputs is not None and (names or len(counts) != len(made)):
            raise ValueError(
                errors.message(
                    "keras.ops.vectorize",
                    expected=f"{len(counts)} arguments by place, as in {signature}",
                    received=f"{len(made)} by place, {len(names)} by name",
                )
            )
        made += [tensor(kwargs[name]) for name in names]
        counts += [0] * len(names)
        shapes = [each.shape.as_list() for each in made]
        outer = np.broadcast_shapes(*[shape[: len(shape) - n] for shape, n in zip(shapes, counts, strict=True)])
        rows = [
            shaping.reshape(
                shaping.broadcast_to(each, (*outer, *shape[len(shape) - n :])), (-1, *shape[len(shape) - n :])
            )
            for each, shape, n in zip(made, shapes, counts, strict=True)
        ]

        def one(slices: Any) -> Any:
            whole = list(args)
            for place, value in zip(places, slices, strict=False):
                whole[place] = value
            named = dict(zip(names, slices[len(places) :], strict=True))
            result = pyfunc(*whole, **{**kwargs, **named})
            return tuple([tensor(each) for each in result]) if isinstance(result, tuple) else tensor(result)

        found = mapping.vectorized_map(one, tuple(rows))
        several = isinstance(found, tuple)
        out = [shaping.reshape(each, (*outer, *each.shape[1:])) for each in (found if several else (found,))]
        return tuple(out) if several else out[0]

    return vectorized
