"""Shapes: reshaping, moving axes, turning, repeating."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import errors
from addax.core.convert import FreeLike
from addax.core.dispatch import op
from addax.core.shapes import TensorShape
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor
from addax.ops import joining, shaping
from addax.ops.tnp.creation import _dims
from addax.ops.tnp.promotion import as_tensor, dtype_of


def shape(a: Any) -> TensorShape:
    """The shape.

    >>> import addax.experimental.numpy as np
    >>> np.shape([[1, 2]])
    TensorShape([1, 2])
    """
    return as_tensor(a).shape


def ndim(a: Any) -> int:
    """The number of dimensions.

    >>> import addax.experimental.numpy as np
    >>> np.ndim([[1, 2]])
    2
    """
    return getattr(a, "ndim") if hasattr(a, "ndim") else len(as_tensor(a).shape)  # noqa: B009


def size(x: Any, axis: Any = None) -> Any:
    """The number of elements.

    Raises:
        NotImplementedError: an axis is given, which TensorFlow does not take either.

    >>> import addax.experimental.numpy as np
    >>> np.size([[1, 2]])
    np.int64(2)
    """
    if axis is not None:
        raise NotImplementedError("axis argument is not supported in the current `np.size` implementation")
    if not hasattr(x, "shape") and np.isscalar(x):
        return 1
    return np.int64(np.prod(as_tensor(x).shape.as_list()))


def isscalar(num: Any) -> bool:
    """Whether it is a number or a string, or a tensor without dimensions.

    >>> import addax.experimental.numpy as np
    >>> np.isscalar(3), np.isscalar([3])
    (True, False)
    """
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
    """The elements in a row.

    >>> import addax.experimental.numpy as np
    >>> np.ravel([[1, 2], [3, 4]]).numpy().tolist()
    [1, 2, 3, 4]
    """
    return shaping.reshape(as_tensor(a), [-1])


def flatten(a: Any, order: str = "C") -> Tensor:
    """The elements in a row; see `reshape`.

    >>> import addax.experimental.numpy as np
    >>> np.flatten([[1, 2], [3, 4]], order="F").numpy().tolist()
    [1, 3, 2, 4]
    """
    return reshape(a, -1, order)


def squeeze(a: Any, axis: Any = None) -> Tensor:
    """Without dimensions of length 1: all of them, or those of `axis`.

    >>> import addax.experimental.numpy as np
    >>> np.squeeze([[1], [2]]).numpy().tolist()
    [1, 2]
    """
    return shaping.squeeze(as_tensor(a), axis)


def expand_dims(a: Any, axis: int) -> Tensor:
    """With a new dimension of length 1.

    >>> import addax.experimental.numpy as np
    >>> np.expand_dims([1, 2], 1).numpy().tolist()
    [[1], [2]]
    """
    return shaping.expand_dims(as_tensor(a), axis)


def broadcast_to(array: Any, shape: Any) -> Tensor:
    """Repeated to a larger shape.

    >>> import addax.experimental.numpy as np
    >>> np.broadcast_to([1, 2], (2, 2)).numpy().tolist()
    [[1, 2], [1, 2]]
    """
    return shaping.broadcast_to(as_tensor(array), _dims(shape))


def broadcast_arrays(*args: Any, **kwargs: Any) -> Any:
    """All in the shape that they broadcast to.

    Args:
        *args: tensors.
        **kwargs: `subok`, which must be False.

    Raises:
        ValueError: another keyword, or subok.

    >>> import addax.experimental.numpy as np
    >>> [each.numpy().tolist() for each in np.broadcast_arrays([1, 2], [[3]])]
    [[[1, 2]], [[3, 3]]]
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
    """With at least one dimension; a list for several arrays.

    >>> import addax.experimental.numpy as np
    >>> np.atleast_1d(3).numpy().tolist()
    [3]
    """
    return _atleast(1, arys, lambda dims: [1])


def atleast_2d(*arys: Any) -> Any:
    """With at least two dimensions, new ones first; a list for several arrays.

    >>> import addax.experimental.numpy as np
    >>> np.atleast_2d([1, 2]).numpy().tolist()
    [[1, 2]]
    """
    return _atleast(2, arys, lambda dims: [1] * (2 - len(dims)) + dims)


def atleast_3d(*arys: Any) -> Any:
    """With at least three dimensions: of a vector the middle one; a list for several arrays.

    >>> import addax.experimental.numpy as np
    >>> np.atleast_3d([1, 2]).shape
    TensorShape([1, 2, 1])
    """
    return _atleast(3, arys, lambda dims: [[1, 1, 1], [1, *dims, 1], [*dims, 1]][len(dims)])


# ---------------------------------------------------------------------------- axes


def transpose(a: Any, axes: Any = None) -> Tensor:
    """Axes in another order, the reverse by default.

    >>> import addax.experimental.numpy as np
    >>> np.transpose([[1, 2], [3, 4]]).numpy().tolist()
    [[1, 3], [2, 4]]
    """
    made = as_tensor(a)
    if axes is None:
        return shaping.transpose(made)
    order = list(_dims(axes))
    return shaping.transpose(made, [axis + len(made.shape) if axis < 0 else axis for axis in order])


def swapaxes(a: Any, axis1: int, axis2: int) -> Tensor:
    """Two axes changed for each other.

    Raises:
        IndexError: an axis out of range.

    >>> import addax.experimental.numpy as np
    >>> np.swapaxes(np.ones((2, 3, 4)), 0, 2).shape
    TensorShape([4, 3, 2])
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
    """The other way round along an axis, or along all.

    >>> import addax.experimental.numpy as np
    >>> np.flip([[1, 2], [3, 4]], axis=1).numpy().tolist()
    [[2, 1], [4, 3]]
    """
    made = as_tensor(m)
    if axis is not None and not isinstance(axis, int | np.integer):
        raise TypeError(f"tf.experimental.numpy.flip: expected an int or None for axis, received {axis!r}.")
    if not len(made.shape):
        return made
    return joining.reverse(made, list(range(len(made.shape))) if axis is None else [axis])


def flipud(m: Any) -> Tensor:
    """The other way round along the first axis.

    >>> import addax.experimental.numpy as np
    >>> np.flipud([[1, 2], [3, 4]]).numpy().tolist()
    [[3, 4], [1, 2]]
    """
    made = as_tensor(m)
    return flip(made, 0) if len(made.shape) else made


def fliplr(m: Any) -> Tensor:
    """The other way round along the second axis.

    >>> import addax.experimental.numpy as np
    >>> np.fliplr([[1, 2], [3, 4]]).numpy().tolist()
    [[2, 1], [4, 3]]
    """
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


# ---------------------------------------------------------------------------- repeating


def repeat(a: Any, repeats: Any, axis: int | None = None) -> Tensor:
    """Each element several times.

    Args:
        a: a tensor.
        repeats: how many times: an int, or one for each place along the axis.
        axis: the axis; flat by default.

    Raises:
        ValueError: another number of repeats.

    >>> import addax.experimental.numpy as np
    >>> np.repeat([1, 2], [1, 3]).numpy().tolist()
    [1, 2, 2, 2]
    """
    made, counts = as_tensor(a), np.asarray(concrete(as_tensor(repeats), "experimental.numpy.repeat"))
    length = int(np.prod(made.shape.as_list())) if axis is None else made.shape[axis]
    if counts.ndim and counts.shape[0] not in (1, length):
        raise ValueError(f"Dimensions {length} and {counts.shape[0]} are not compatible")
    return joining.repeat(made, counts, axis)


def tile(a: Any, reps: Any) -> Tensor:
    """The whole array repeated along its axes; see `numpy.tile`.

    >>> import addax.experimental.numpy as np
    >>> np.tile([1, 2], [2, 2]).numpy().tolist()
    [[1, 2, 1, 2], [1, 2, 1, 2]]
    """
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
