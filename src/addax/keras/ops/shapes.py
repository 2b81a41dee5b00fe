"""`keras.ops`: shapes, the order of axes, joining, splitting and repeating."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from addax.core import errors
from addax.core.static_arguments import concrete
from addax.keras.ops.creation import sizes
from addax.keras.ops.function import function
from addax.keras.ops.promotion import common, tensor
from addax.ops import joining, numpy_arrays, shaping


def ndim(x: Any) -> int:
    """The number of axes.

    >>> from addax.keras import ops
    >>> ops.ndim([[1, 2]])
    2
    """
    return len(x.shape) if hasattr(x, "shape") else len(tensor(x).shape)


def size(x: Any) -> Any:
    """The number of elements: an int, or of a symbolic tensor a tensor.

    >>> from addax.keras import ops
    >>> ops.size([[1, 2]])
    2
    """
    if hasattr(x, "__symbolic_call__"):
        return shaping.size(x)
    return math.prod(tensor(x).shape.as_list())


# ---------------------------------------------------------------------------- shapes


@function
def reshape(x: Any, newshape: Any) -> Any:
    """The same elements in another shape; one of its sizes may be -1.

    >>> from addax.keras import ops
    >>> ops.reshape(ops.arange(6), (2, -1)).shape
    TensorShape([2, 3])
    """
    return shaping.reshape(tensor(x), sizes(newshape))


@function
def ravel(x: Any) -> Any:
    """The elements in a row.

    >>> from addax.keras import ops
    >>> ops.ravel([[1, 2], [3, 4]]).numpy().tolist()
    [1, 2, 3, 4]
    """
    return shaping.reshape(tensor(x), (-1,))


@function
def squeeze(x: Any, axis: Any = None) -> Any:
    """Without axes of length 1: all of them, or those given.

    >>> from addax.keras import ops
    >>> ops.squeeze(ops.ones((1, 2, 1)), axis=0).shape
    TensorShape([2, 1])
    """
    return numpy_arrays.squeeze(tensor(x), axis)


@function
def expand_dims(x: Any, axis: Any) -> Any:
    """With new axes of length 1; `axis`, an int or several, are their places in the result.

    >>> from addax.keras import ops
    >>> ops.expand_dims([1, 2], (0, 2)).shape
    TensorShape([1, 2, 1])
    """
    return numpy_arrays.expand_dims(tensor(x), axis)


@function
def broadcast_to(x: Any, shape: Any) -> Any:
    """Repeated to a larger shape.

    >>> from addax.keras import ops
    >>> ops.broadcast_to([1, 2], (2, 2)).numpy().tolist()
    [[1, 2], [1, 2]]
    """
    return shaping.broadcast_to(tensor(x), sizes(shape))


@function
def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Any:
    """Wider at its ends.

    Args:
        x: a tensor.
        pad_width: how much before and after, one pair for each axis; a pair, or a number, for all.
        mode: one of NumPy's: "constant", "edge", "reflect", "symmetric", "wrap", "mean", ...
        constant_values: for "constant", 0 by default.

    Raises:
        ValueError: constant_values in another mode.

    >>> from addax.keras import ops
    >>> ops.pad([1, 2], [[1, 0]], constant_values=9).numpy().tolist()
    [9, 1, 2]
    """
    if constant_values is not None and mode != "constant":
        raise ValueError(
            errors.message(
                "keras.ops.pad", expected="constant_values in mode 'constant' only", received=f"mode='{mode}'"
            )
        )
    made = tensor(x)
    values = None if constant_values is None else tensor(constant_values, made.dtype)
    return numpy_arrays.pad(made, pad_width, mode, values)


# ---------------------------------------------------------------------------- axes


@function
def transpose(x: Any, axes: Any = None) -> Any:
    """Axes in another order, the reverse by default.

    >>> from addax.keras import ops
    >>> ops.transpose([[1, 2], [3, 4]]).numpy().tolist()
    [[1, 3], [2, 4]]
    """
    made = tensor(x)
    rank = len(made.shape)
    return shaping.transpose(made, None if axes is None else [axis % rank for axis in axes])


@function
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Two axes changed for each other.

    >>> from addax.keras import ops
    >>> ops.swapaxes(ops.ones((2, 3, 4)), 0, 2).shape
    TensorShape([4, 3, 2])
    """
    made = tensor(x)
    order = list(range(len(made.shape)))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return shaping.transpose(made, order)


@function
def moveaxis(x: Any, source: Any, destination: Any) -> Any:
    """Axes moved to other places, the rest in order.

    >>> from addax.keras import ops
    >>> ops.moveaxis(ops.ones((2, 3, 4)), 0, -1).shape
    TensorShape([3, 4, 2])
    """
    return numpy_arrays.moveaxis(tensor(x), source, destination)


@function
def flip(x: Any, axis: Any = None) -> Any:
    """The other way round along axes, along all by default.

    >>> from addax.keras import ops
    >>> ops.flip([[1, 2], [3, 4]], axis=1).numpy().tolist()
    [[2, 1], [4, 3]]
    """
    return numpy_arrays.flip(tensor(x), axis)


@function
def flipud(x: Any) -> Any:
    """The other way round along the first axis.

    >>> from addax.keras import ops
    >>> ops.flipud([[1, 2], [3, 4]]).numpy().tolist()
    [[3, 4], [1, 2]]
    """
    return numpy_arrays.flip(tensor(x), 0)


@function
def fliplr(x: Any) -> Any:
    """The other way round along the second axis.

    >>> from addax.keras import ops
    >>> ops.fliplr([[1, 2], [3, 4]]).numpy().tolist()
    [[2, 1], [4, 3]]
    """
    return numpy_arrays.flip(tensor(x), 1)


@function
def rot90(array: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    """Turned by k times 90 degrees, from the first of two axes to the second.

    Raises:
        ValueError: fewer than two axes, or twice the same.

    >>> from addax.keras import ops
    >>> ops.rot90([[1, 2], [3, 4]]).numpy().tolist()
    [[2, 4], [1, 3]]
    """
    made = tensor(array)
    if len(made.shape) < 2:
        raise ValueError(
            errors.message("keras.ops.rot90", expected="a tensor of at least 2 axes", received={"array": made})
        )
    if len(axes) != 2 or axes[0] == axes[1]:
        raise ValueError(errors.message("keras.ops.rot90", expected="two different axes", received=f"axes={axes}"))
    return numpy_arrays.turn(made, k, axes)


@function
def roll(x: Any, shift: Any, axis: Any = None) -> Any:
    """Moved along axes (in a row by default), what falls out comes in at the other end.

    >>> from addax.keras import ops
    >>> ops.roll([1, 2, 3], 1).numpy().tolist()
    [3, 1, 2]
    """
    return numpy_arrays.roll(tensor(x), shift, axis)


# ---------------------------------------------------------------------------- joining


def _items(xs: Any) -> list[Any]:
    return common(*(xs if isinstance(xs, list | tuple) else list(tensor(xs))))


@function
def concatenate(xs: Any, axis: int | None = 0) -> Any:
    """Tensors joined along an axis (flat ones for None) in their common dtype.

    >>> from addax.keras import ops
    >>> ops.concatenate([[1, 2], [3.5]]).numpy().tolist()
    [1.0, 2.0, 3.5]
    """
    made = _items(xs)
    if axis is None:
        return joining.concat([shaping.reshape(each, [-1]) for each in made], 0)
    return joining.concat(made, axis)


@function
def append(x1: Any, x2: Any, axis: int | None = None) -> Any:
    """x2 joined to the end of x1 along an axis; flat ones by default.

    >>> from addax.keras import ops
    >>> ops.append([[1, 2]], [[3, 4]], axis=0).numpy().tolist()
    [[1, 2], [3, 4]]
    """
    return concatenate([x1, x2], axis)


@function
def stack(x: Any, axis: int = 0) -> Any:
    """Tensors of one shape along a new axis, in their common dtype.

    >>> from addax.keras import ops
    >>> ops.stack([[1, 2], [3, 4]], axis=1).numpy().tolist()
    [[1, 3], [2, 4]]
    """
    return joining.stack(_items(x), axis)


@function
def hstack(xs: Any) -> Any:
    """Side by side: joined along the second axis, vectors along their only one.

    >>> from addax.keras import ops
    >>> ops.hstack([[1, 2], [3]]).numpy().tolist()
    [1, 2, 3]
    """
    made = _items(xs)
    return numpy_arrays.joined(made, 1, 0 if len(made[0].shape) <= 1 else 1)


@function
def vstack(xs: Any) -> Any:
    """One below the other: joined along the first axis, vectors as rows.

    >>> from addax.keras import ops
    >>> ops.vstack([[1, 2], [3, 4]]).numpy().tolist()
    [[1, 2], [3, 4]]
    """
    return numpy_arrays.joined(_items(xs), 2, 0)


@function
def dstack(xs: Any) -> Any:
    """One behind the other: joined along the third axis.

    >>> from addax.keras import ops
    >>> ops.dstack([[1, 2], [3, 4]]).numpy().tolist()
    [[[1, 3], [2, 4]]]
    """
    return numpy_arrays.joined(_items(xs), 3, 2)


# ---------------------------------------------------------------------------- splitting and repeating


def _where(indices_or_sections: Any) -> Any:
    if isinstance(indices_or_sections, int | np.integer):
        return int(indices_or_sections)
    found = np.asarray(concrete(tensor(indices_or_sections), "keras.ops.split"))
    return found.item() if not found.ndim else found.tolist()


@function
def split(x: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """Parts along an axis: as many equal ones, or cut before the given indices.

    Raises:
        ValueError: parts would not be equal.

    >>> from addax.keras import ops
    >>> [part.numpy().tolist() for part in ops.split([1, 2, 3], [1])]
    [[1], [2, 3]]
    """
    made, where = tensor(x), _where(indices_or_sections)
    if isinstance(where, int) and made.shape[axis] % where:
        raise ValueError(
            errors.message(
                "keras.ops.split",
                expected=f"a length along axis {axis} that {where} divides",
                received={"x": made},
                hint="use keras.ops.array_split, or give the indices to cut before",
            )
        )
    return numpy_arrays.split(made, where, axis)


@function
def array_split(x: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """Parts along an axis, as `split` makes them; the first ones are longer where they cannot be equal.

    >>> from addax.keras import ops
    >>> [each.numpy().tolist() for each in ops.array_split([1, 2, 3], 2)]
    [[1, 2], [3]]
    """
    return numpy_arrays.split(tensor(x), _where(indices_or_sections), axis)


@function
def hsplit(x: Any, indices_or_sections: Any) -> Any:
    """Parts side by side: split along the second axis (a vector along its only one).

    >>> from addax.keras import ops
    >>> [each.numpy().tolist() for each in ops.hsplit([[1, 2], [3, 4]], 2)]
    [[[1], [3]], [[2], [4]]]
    """
    made = tensor(x)
    return split(made, indices_or_sections, 0 if len(made.shape) == 1 else 1)


@function
def vsplit(x: Any, indices_or_sections: Any) -> Any:
    """Parts one below the other: split along the first axis.

    >>> from addax.keras import ops
    >>> [each.numpy().tolist() for each in ops.vsplit([[1, 2], [3, 4]], 2)]
    [[[1, 2]], [[3, 4]]]
    """
    return split(x, indices_or_sections, 0)


@function
def dsplit(x: Any, indices_or_sections: Any) -> Any:
    """Parts one behind the other: split along the third axis.

    >>> from addax.keras import ops
    >>> [each.shape for each in ops.dsplit(ops.ones((1, 2, 3)), [1])]
    [TensorShape([1, 2, 1]), TensorShape([1, 2, 2])]
    """
    return split(x, indices_or_sections, 2)


@function
def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each element several times along an axis, flat by default; `repeats` may be one for each place.

    >>> from addax.keras import ops
    >>> ops.repeat([1, 2], [1, 3]).numpy().tolist()
    [1, 2, 2, 2]
    """
    return numpy_arrays.repeat(tensor(x), repeats, axis)


@function
def tile(x: Any, repeats: Any) -> Any:
    """The whole tensor repeated along its axes.

    >>> from addax.keras import ops
    >>> ops.tile([[1, 2]], [2, 2]).numpy().tolist()
    [[1, 2, 1, 2], [1, 2, 1, 2]]
    """
    return numpy_arrays.tile(tensor(x), sizes(repeats))
