"""Shapes: reshaping, moving axes, joining and splitting, repeating, turning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import errors
from addax.core.convert import FreeLike, TensorList
from addax.core.dispatch import op
from addax.core.shapes import TensorShape
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor
from addax.ops import joining, shaping
from addax.ops.tnp.creation import _dims
from addax.ops.tnp.promotion import as_tensor, dtype_of, promote

_Arrays = Sequence[Any]


def shape(a: Any) -> TensorShape:
    """The shape."""
    return as_tensor(a).shape


def ndim(a: Any) -> int:
    """The number of dimensions."""
    return getattr(a, "ndim") if hasattr(a, "ndim") else len(as_tensor(a).shape)  # noqa: B009


def size(x: Any, axis: Any = None) -> Any:
    """The number of elements.

    Raises:
        NotImplementedError: an axis is given, which TensorFlow does not take either.
    """
    if axis is not None:
        raise NotImplementedError("axis argument is not supported in the current `np.size` implementation")
    if not hasattr(x, "shape") and np.isscalar(x):
        return 1
    return np.int64(np.prod(as_tensor(x).shape.as_list()))


def isscalar(num: Any) -> bool:
    """Whether it is a number or a string, or a tensor without dimensions."""
    if isinstance(num, Tensor) or hasattr(num, "__tf_value__"):
        return len(num.shape) == 0
    return bool(np.isscalar(num))


# ---------------------------------------------------------------------------- shapes


@op(name="experimental.numpy.reshape")
def _reshape_columns(a: FreeLike, shape: Any) -> Any:
    return jnp.reshape(a, shape, order="F")


def reshape(a: Any, newshape: Any, order: str = "C") -> Tensor:
    """The same elements in another shape.

    Args:
        a: a tensor.
        newshape: ints, or one; one of them may be -1.
        order: "C", rows first, or "F", columns first.

    Raises:
        ValueError: another order.
        InvalidArgumentError: another number of elements.

    >>> import addax as tf
    >>> tf.experimental.numpy.reshape([[1, 2], [3, 4]], -1, order="F").numpy().tolist()
    [1, 3, 2, 4]
    """
    if order not in ("C", "F"):
        raise ValueError(f"tf.experimental.numpy.reshape: Unsupported order argument {order}")
    dims = _dims(newshape)
    return shaping.reshape(as_tensor(a), dims) if order == "C" else _reshape_columns(as_tensor(a), dims)


def ravel(a: Any) -> Tensor:
    """The elements in a row."""
    return shaping.reshape(as_tensor(a), [-1])


def flatten(a: Any, order: str = "C") -> Tensor:
    """The elements in a row; see `reshape`."""
    return reshape(a, -1, order)


def squeeze(a: Any, axis: Any = None) -> Tensor:
    """Without dimensions of length 1: all of them, or those of `axis`."""
    return shaping.squeeze(as_tensor(a), axis)


def expand_dims(a: Any, axis: int) -> Tensor:
    """With a new dimension of length 1."""
    return shaping.expand_dims(as_tensor(a), axis)


def broadcast_to(array: Any, shape: Any) -> Tensor:
    """Repeated to a larger shape."""
    return shaping.broadcast_to(as_tensor(array), _dims(shape))


def broadcast_arrays(*args: Any, **kwargs: Any) -> Any:
    """All in the shape that they broadcast to.

    Args:
        *args: tensors.
        **kwargs: `subok`, which must be False.

    Raises:
        ValueError: another keyword, or subok.
    """
    if set(kwargs) - {"subok"}:
        raise ValueError(f"tf.experimental.numpy.broadcast_arrays: Received unsupported arguments {list(kwargs)}.")
    if kwargs.get("subok"):
        raise ValueError("tf.experimental.numpy.broadcast_arrays: subok=True is not supported.")
    made = [as_tensor(each) for each in args]
    if len(made) < 2:
        return tuple(made)
    whole = made[0].shape
    for each in made[1:]:
        whole = shaping.broadcast_static_shape(whole, each.shape)
    return [shaping.broadcast_to(each, tuple(whole)) for each in made]


def _atleast(rank: int, arrays: tuple[Any, ...], padded: Any) -> Any:
    made = [as_tensor(each) for each in arrays]
    out = [shaping.reshape(each, padded(each.shape.as_list())) if len(each.shape) < rank else each for each in made]
    return out[0] if len(out) == 1 else out


def atleast_1d(*arys: Any) -> Any:
    """With at least one dimension; a list for several arrays."""
    return _atleast(1, arys, lambda dims: [1])


def atleast_2d(*arys: Any) -> Any:
    """With at least two dimensions, new ones first; a list for several arrays."""
    return _atleast(2, arys, lambda dims: [1] * (2 - len(dims)) + dims)


def atleast_3d(*arys: Any) -> Any:
    """With at least three dimensions: of a vector the middle one; a list for several arrays."""
    return _atleast(3, arys, lambda dims: [[1, 1, 1], [1, *dims, 1], [*dims, 1]][len(dims)])


# ---------------------------------------------------------------------------- axes


def transpose(a: Any, axes: Any = None) -> Tensor:
    """Axes in another order, the reverse by default."""
    made = as_tensor(a)
    if axes is None:
        return shaping.transpose(made)
    order = list(_dims(axes))
    return shaping.transpose(made, [axis + len(made.shape) if axis < 0 else axis for axis in order])


def swapaxes(a: Any, axis1: int, axis2: int) -> Tensor:
    """Two axes changed for each other.

    Raises:
        IndexError: an axis out of range.
    """
    made = as_tensor(a)
    order = list(range(len(made.shape)))
    try:
        order[axis1], order[axis2] = order[axis2], order[axis1]
    except IndexError:
        raise IndexError(
            errors.message(
                "tf.experimental.numpy.swapaxes",
                expected=f"axes of a tensor with {len(order)} dimensions",
                received=f"{axis1}, {axis2}",
            )
        ) from None
    return shaping.transpose(made, order)


def moveaxis(a: Any, source: Any, destination: Any) -> Tensor:
    """Axes moved to other places, the rest in order.

    Args:
        a: a tensor.
        source: an int, or ints.
        destination: as many.

    Raises:
        ValueError: another number of destinations.

    >>> import addax as tf
    >>> tf.experimental.numpy.moveaxis(tf.zeros([1, 2, 3]), 0, -1).shape
    TensorShape([2, 3, 1])
    """
    made = as_tensor(a)
    rank = len(made.shape)
    start, end = _dims(source), _dims(destination)
    if len(start) != len(end):
        raise ValueError("tf.experimental.numpy.moveaxis: The lengths of source and destination must equal")
    for axis in (*start, *end):
        if not -rank <= axis < rank:
            raise errors.InvalidArgumentError(
                errors.message(
                    "tf.experimental.numpy.moveaxis",
                    expected=f"axes of a tensor with {rank} dimensions",
                    received=f"{axis}",
                )
            )
    start, end = [axis % rank for axis in start], [axis % rank for axis in end]
    order = [axis for axis in range(rank) if axis not in start]
    for where, axis in sorted(zip(end, start, strict=True)):
        order.insert(where, axis)
    return shaping.transpose(made, order)


def flip(m: Any, axis: int | None = None) -> Tensor:
    """The other way round along an axis, or along all."""
    made = as_tensor(m)
    if axis is not None and not isinstance(axis, int | np.integer):
        raise TypeError(f"tf.experimental.numpy.flip: expected an int or None for axis, received {axis!r}.")
    if not len(made.shape):
        return made
    return joining.reverse(made, list(range(len(made.shape))) if axis is None else [axis])


def flipud(m: Any) -> Tensor:
    """The other way round along the first axis."""
    made = as_tensor(m)
    return flip(made, 0) if len(made.shape) else made


def fliplr(m: Any) -> Tensor:
    """The other way round along the second axis."""
    made = as_tensor(m)
    return joining.reverse(made, [1]) if len(made.shape) else made


def rot90(m: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Tensor:
    """Turned by k times 90 degrees, from the first of the axes to the second.

    >>> import addax as tf
    >>> tf.experimental.numpy.rot90([[1, 2], [3, 4]]).numpy().tolist()
    [[2, 4], [1, 3]]
    """
    made = as_tensor(m)
    rank = len(made.shape)
    first, second = axes
    if not all(-rank <= axis < rank for axis in axes) or (first - second) % max(rank, 1) == 0:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.experimental.numpy.rot90",
                expected=f"two axes of a tensor with {rank} dimensions",
                received=f"axes={axes}",
            )
        )
    turns = k % 4
    if turns == 0:
        return made
    if turns == 2:
        return joining.reverse(made, [first % rank, second % rank])
    if turns == 1:
        return swapaxes(joining.reverse(made, [second % rank]), first, second)
    return joining.reverse(swapaxes(made, first, second), [second % rank])


def roll(a: Any, shift: Any, axis: Any = None) -> Tensor:
    """Moved along axes, what falls out comes in at the other end; in a row by default.

    >>> import addax as tf
    >>> tf.experimental.numpy.roll([1, 2, 3], 1).numpy().tolist()
    [3, 1, 2]
    """
    made = as_tensor(a)
    if axis is not None:
        return joining.roll(made, shift, axis)
    flat = joining.roll(shaping.reshape(made, [-1]), int(np.sum(concrete(as_tensor(shift), "roll"))), 0)
    return shaping.reshape(flat, made.shape)


# ---------------------------------------------------------------------------- joining


def _common(arrays: Any) -> list[Any]:
    if not isinstance(arrays, list | tuple):
        arrays = list(as_tensor(arrays)._rows())
    return promote(*arrays) if arrays else []


@op(name="experimental.numpy.concatenate")
def _stacked_along(values: TensorList, rank: int, axis: int) -> Any:
    grown = {1: jnp.atleast_1d, 2: jnp.atleast_2d, 3: jnp.atleast_3d}[rank]
    return jnp.concatenate([grown(value) for value in values], axis=axis)


def concatenate(arys: Any, axis: int | None = 0) -> Tensor:
    """Arrays joined along an axis, in their common dtype; flat arrays for axis None.

    >>> import addax as tf
    >>> tf.experimental.numpy.concatenate([[1, 2], [3.5]]).numpy().tolist()
    [1.0, 2.0, 3.5]
    """
    made = _common(arys if isinstance(arys, list | tuple) else [arys])
    if axis is None:
        return joining.concat([shaping.reshape(each, [-1]) for each in made], 0)
    return joining.concat(made, axis)


def stack(arrays: Any, axis: int = 0) -> Tensor:
    """Arrays of one shape packed along a new axis, in their common dtype."""
    if isinstance(arrays, list | tuple):
        return joining.stack(_common(arrays), axis)
    made = as_tensor(arrays)
    return made if axis == 0 else joining.stack(list(made._rows()), axis)


def _grown(arrays: Any, rank: int, axis: int) -> Tensor:
    made = _common([as_tensor(each) for each in arrays])  # lists count as arrays here, not as the numbers in them
    if not made:
        raise ValueError("tf.experimental.numpy: need at least one array to join.")
    return _stacked_along(made, rank, axis)


def hstack(tup: Any) -> Tensor:
    """Arrays side by side: joined along the second axis, vectors along their only one."""
    made = [as_tensor(each) for each in tup]
    return _grown(made, 1, 0 if made and len(made[0].shape) <= 1 else 1)


def vstack(tup: Any) -> Tensor:
    """Arrays one below the other: joined along the first axis, vectors as rows."""
    return _grown(tup, 2, 0)


def dstack(tup: Any) -> Tensor:
    """Arrays one behind the other: joined along the third axis."""
    return _grown(tup, 3, 2)


def append(arr: Any, values: Any, axis: int | None = None) -> Tensor:
    """`values` joined to the end of `arr` along an axis; flat arrays by default."""
    first, second = promote(as_tensor(arr), as_tensor(values))  # numbers are arrays here, int64 or float64
    if axis is None:
        return joining.concat([shaping.reshape(first, [-1]), shaping.reshape(second, [-1])], 0)
    return joining.concat([first, second], axis)


def meshgrid(*xi: Any, **kwargs: Any) -> list[Tensor]:
    """The coordinates of the points of a grid, one array for each vector.

    Args:
        *xi: vectors.
        **kwargs: `indexing`, "xy" or "ij".

    Raises:
        ValueError: `sparse=True`, `copy=False`, another indexing.

    >>> import addax as tf
    >>> tf.experimental.numpy.meshgrid([1, 2], [3])[1].numpy().tolist()
    [[3, 3]]
    """
    if kwargs.get("sparse"):
        raise ValueError(
            f"Function `meshgrid` does not support returning sparse arrays yet. Received: sparse={kwargs['sparse']}"
        )
    if not kwargs.get("copy", True):
        raise ValueError(f"Function `meshgrid` only supports copy=True. Received: copy={kwargs['copy']}")
    indexing = kwargs.get("indexing", "xy")
    if indexing not in ("xy", "ij"):
        raise ValueError(f"Argument `indexing` parameter must be either 'xy' or 'ij', got '{indexing}'")
    made = [shaping.reshape(as_tensor(each), [-1]) for each in xi]
    order = list(range(len(made)))
    if indexing == "xy" and len(made) > 1:
        order[:2] = [1, 0]
    sizes = [0] * len(made)
    for place, each in zip(order, made, strict=True):
        sizes[place] = each.shape[0]
    out = []
    for place, each in zip(order, made, strict=True):
        dims = [1] * len(made)
        dims[place] = -1
        out.append(shaping.broadcast_to(shaping.reshape(each, dims), sizes))
    return out


# ---------------------------------------------------------------------------- splitting and repeating


@op(name="experimental.numpy.split")
def _split(ary: FreeLike, where: Any, axis: int) -> Any:
    return list(jnp.split(ary, where, axis))


def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    """Parts along an axis: as many equal ones, or cut before the given indices.

    Raises:
        InvalidArgumentError: parts would not be equal.
    """
    made = as_tensor(ary)
    if not isinstance(indices_or_sections, list | tuple | np.ndarray | Tensor):
        return joining.split(made, int(indices_or_sections), axis)
    limit = made.shape[axis]
    where = [min(int(each), limit) if each >= 0 else int(each) for each in _dims(indices_or_sections)]
    return _split(made, where, axis)


def _split_axis(ary: Any, where: Any, axis: int, least: int) -> list[Tensor]:
    made = as_tensor(ary)
    if len(made.shape) < least:
        raise IndexError(
            errors.message(
                "tf.experimental.numpy.split",
                expected=f"an array of at least {least} dimensions",
                received={"ary": made},
            )
        )
    return split(made, where, axis)


def hsplit(ary: Any, indices_or_sections: Any) -> list[Tensor]:
    """Parts side by side: split along the second axis (a vector along its only one)."""
    made = as_tensor(ary)
    return _split_axis(made, indices_or_sections, 0 if len(made.shape) == 1 else 1, 1)


def vsplit(ary: Any, indices_or_sections: Any) -> list[Tensor]:
    """Parts one below the other: split along the first axis."""
    return _split_axis(ary, indices_or_sections, 0, 2)


def dsplit(ary: Any, indices_or_sections: Any) -> list[Tensor]:
    """Parts one behind the other: split along the third axis."""
    return _split_axis(ary, indices_or_sections, 2, 3)


def repeat(a: Any, repeats: Any, axis: int | None = None) -> Tensor:
    """Each element several times.

    Args:
        a: a tensor.
        repeats: how many times: an int, or one for each place along the axis.
        axis: the axis; flat by default.

    Raises:
        ValueError: another number of repeats.
    """
    made, counts = as_tensor(a), np.asarray(concrete(as_tensor(repeats), "experimental.numpy.repeat"))
    length = int(np.prod(made.shape.as_list())) if axis is None else made.shape[axis]
    if counts.ndim and counts.shape[0] not in (1, length):
        raise ValueError(f"Dimensions {length} and {counts.shape[0]} are not compatible")
    return joining.repeat(made, counts, axis)


def tile(a: Any, reps: Any) -> Tensor:
    """The whole array repeated along its axes; see `numpy.tile`."""
    made, times = as_tensor(a), [int(each) for each in np.ravel(concrete(as_tensor(reps), "experimental.numpy.tile"))]
    rank = max(len(times), len(made.shape))
    made = shaping.reshape(made, [1] * (rank - len(made.shape)) + made.shape.as_list())
    return joining.tile(made, [1] * (rank - len(times)) + times)


_MODES = ("constant", "reflect", "symmetric")


def pad(array: Any, pad_width: Any, mode: str, **kwargs: Any) -> Tensor:
    """Wider at its ends.

    Args:
        array: a tensor.
        pad_width: how much before and after, one pair for each axis.
        mode: "constant", "reflect" or "symmetric".
        **kwargs: `constant_values`, 0 by default.

    Raises:
        ValueError: another mode.
        InvalidArgumentError: not one pair for each axis.

    >>> import addax as tf
    >>> tf.experimental.numpy.pad([1, 2], [[1, 0]], "constant", constant_values=9).numpy().tolist()
    [9, 1, 2]
    """
    if mode not in _MODES:
        raise ValueError(f"tf.experimental.numpy.pad: Unsupported padding mode: {mode}")
    made = as_tensor(array)
    return joining.pad(made, pad_width, mode, as_tensor(kwargs.get("constant_values", 0), dtype_of(made)))
