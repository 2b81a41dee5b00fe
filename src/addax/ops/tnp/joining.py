"""Arrays joined, laid out as grids, and parted."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import errors
from addax.core.convert import FreeLike, TensorList
from addax.core.dispatch import op
from addax.core.tensor import Tensor
from addax.ops import joining, shaping
from addax.ops.tnp.creation import _dims
from addax.ops.tnp.promotion import as_tensor, promote


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
    """Arrays of one shape packed along a new axis, in their common dtype.

    >>> import addax.experimental.numpy as np
    >>> np.stack([[1, 2], [3, 4]], axis=1).numpy().tolist()
    [[1, 3], [2, 4]]
    """
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
    """Arrays side by side: joined along the second axis, vectors along their only one.

    >>> import addax.experimental.numpy as np
    >>> np.hstack([[1, 2], [3]]).numpy().tolist()
    [1, 2, 3]
    """
    made = [as_tensor(each) for each in tup]
    return _grown(made, 1, 0 if made and len(made[0].shape) <= 1 else 1)


def vstack(tup: Any) -> Tensor:
    """Arrays one below the other: joined along the first axis, vectors as rows.

    >>> import addax.experimental.numpy as np
    >>> np.vstack([[1, 2], [3, 4]]).numpy().tolist()
    [[1, 2], [3, 4]]
    """
    return _grown(tup, 2, 0)


def dstack(tup: Any) -> Tensor:
    """Arrays one behind the other: joined along the third axis.

    >>> import addax.experimental.numpy as np
    >>> np.dstack([[1, 2], [3, 4]]).numpy().tolist()
    [[[1, 3], [2, 4]]]
    """
    return _grown(tup, 3, 2)


def append(arr: Any, values: Any, axis: int | None = None) -> Tensor:
    """`values` joined to the end of `arr` along an axis; flat arrays by default.

    >>> import addax.experimental.numpy as np
    >>> np.append([[1, 2]], [[3, 4]], axis=0).numpy().tolist()
    [[1, 2], [3, 4]]
    """
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


@op(name="experimental.numpy.split")
def _split(ary: FreeLike, where: Any, axis: int) -> Any:
    return list(jnp.split(ary, where, axis))


def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    """Parts along an axis: as many equal ones, or cut before the given indices.

    Raises:
        InvalidArgumentError: parts would not be equal.

    >>> import addax.experimental.numpy as np
    >>> [each.numpy().tolist() for each in np.split([1, 2, 3], [1])]
    [[1], [2, 3]]
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
    """Parts side by side: split along the second axis (a vector along its only one).

    >>> import addax.experimental.numpy as np
    >>> [each.numpy().tolist() for each in np.hsplit([[1, 2], [3, 4]], 2)]
    [[[1], [3]], [[2], [4]]]
    """
    made = as_tensor(ary)
    return _split_axis(made, indices_or_sections, 0 if len(made.shape) == 1 else 1, 1)


def vsplit(ary: Any, indices_or_sections: Any) -> list[Tensor]:
    """Parts one below the other: split along the first axis.

    >>> import addax.experimental.numpy as np
    >>> [each.numpy().tolist() for each in np.vsplit([[1, 2], [3, 4]], 2)]
    [[[1, 2]], [[3, 4]]]
    """
    return _split_axis(ary, indices_or_sections, 0, 2)


def dsplit(ary: Any, indices_or_sections: Any) -> list[Tensor]:
    """Parts one behind the other: split along the third axis.

    >>> import addax.experimental.numpy as np
    >>> [each.shape for each in np.dsplit(np.ones((1, 2, 4)), 2)]
    [TensorShape([1, 2, 2]), TensorShape([1, 2, 2])]
    """
    return _split_axis(ary, indices_or_sections, 2, 3)
