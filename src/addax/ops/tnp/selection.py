"""Elements picked by index, by condition and in order."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import errors
from addax.core.convert import FreeLike
from addax.core.dispatch import op
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor
from addax.ops import gathering, sorting
from addax.ops.shaping import reshape
from addax.ops.tnp.promotion import as_tensor, default_int, dtype_of, promote

_BOOL = np.dtype(bool)


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """`x` where the condition is not 0, `y` elsewhere; with the condition alone, where it is not 0 (see `nonzero`).

    Raises:
        ValueError: one of x and y alone.

    >>> import addax as tf
    >>> tf.experimental.numpy.where([True, False], 1, 2.5).numpy().tolist()
    [1.0, 2.5]
    """
    truth = as_tensor(as_tensor(condition), _BOOL)
    if x is None and y is None:
        return nonzero(truth)
    if x is None or y is None:
        raise ValueError("tf.experimental.numpy.where: Both x and y must be ndarrays, or both must be None.")
    return gathering.where(truth, *promote(x, y))


def nonzero(a: Any) -> list[Tensor]:
    """The indices of what is not 0, one vector for each axis.

    >>> import addax as tf
    >>> [each.numpy().tolist() for each in tf.experimental.numpy.nonzero([[0, 5], [7, 0]])]
    [[0, 1], [1, 0]]
    """
    made = as_tensor(a)
    if not len(made.shape):
        made = reshape(made, [1])
    found = np.nonzero(concrete(made, "experimental.numpy.nonzero"))
    return [as_tensor(each.astype(np.int64)) for each in found]


def select(condlist: Any, choicelist: Any, default: Any = 0) -> Tensor:
    """Of several choices the first whose condition holds.

    Args:
        condlist: bool tensors.
        choicelist: as many tensors.
        default: what stands where none holds.

    Raises:
        ValueError: no conditions, or another number of choices.

    >>> import addax as tf
    >>> x = tf.constant([1, 5, 9])
    >>> tf.experimental.numpy.select([x < 3, x < 7], [x * 10, x * 100]).numpy().tolist()
    [10, 500, 0]
    """
    if len(condlist) != len(choicelist):
        raise ValueError(
            f"condlist must have length equal to choicelist ({len(condlist)} vs {len(choicelist)}) "
            "(tf.experimental.numpy.select)"
        )
    if not condlist:
        raise ValueError("condlist must be non-empty (tf.experimental.numpy.select)")
    out, *choices = promote(default, *choicelist)
    for condition, choice in zip(reversed(condlist), reversed(choices), strict=True):
        out = gathering.where(as_tensor(as_tensor(condition), _BOOL), choice, out)
    return out


# ---------------------------------------------------------------------------- by index


@op(name="experimental.numpy.take")
def _take(a: FreeLike, indices: FreeLike, axis: Any, mode: str) -> Any:
    return jnp.take(a, indices, axis=axis, mode=mode)


def take(a: Any, indices: Any, axis: int | None = None, out: Any = None, mode: str = "clip") -> Tensor:
    """Slices by index.

    Args:
        a: a tensor.
        indices: integers of any shape.
        axis: the axis; flat by default.
        out: None.
        mode: what becomes of indices out of range: "clip", the nearest, or "wrap", counted round.

    Raises:
        ValueError: `out`, or another mode.

    >>> import addax as tf
    >>> tf.experimental.numpy.take([10, 20, 30], [-1, 4], mode="wrap").numpy().tolist()
    [30, 20]
    """
    if out is not None:
        raise ValueError("tf.experimental.numpy.take: out argument is not supported in take.")
    if mode not in ("clip", "wrap"):
        raise ValueError(f"tf.experimental.numpy.take: The '{mode}' mode to take is not supported.")
    return _take(as_tensor(a), as_tensor(indices), axis, mode)


@op(name="experimental.numpy.take_along_axis")
def _take_along(arr: FreeLike, indices: FreeLike, axis: int) -> Any:
    return jnp.take_along_axis(arr, indices, axis)


def take_along_axis(arr: Any, indices: Any, axis: int | None) -> Tensor:
    """Of each line along an axis the elements that its own indices say; flat for None.

    >>> import addax as tf
    >>> x = tf.constant([[3, 1], [2, 4]])
    >>> tf.experimental.numpy.take_along_axis(x, tf.experimental.numpy.argsort(x), 1).numpy().tolist()
    [[1, 3], [2, 4]]
    """
    made, which = as_tensor(arr), as_tensor(indices)
    if axis is None:
        return _take_along(reshape(made, [-1]), reshape(which, [-1]), 0)
    rank = len(made.shape)
    missing = rank - len(which.shape)
    if missing > 0:
        which = reshape(which, [1] * missing + which.shape.as_list())
    return _take_along(made, which, axis)


def compress(condition: Any, a: Any, axis: int | None = None) -> Tensor:
    """The slices along an axis (of the flat array by default) whose condition holds.

    Args:
        condition: a vector of bools; slices past its end are left out.
        a: a tensor.
        axis: the axis.

    Raises:
        ValueError: the condition is no vector.

    >>> import addax.experimental.numpy as np
    >>> np.compress([True, False, True], [1, 2, 3]).numpy().tolist()
    [1, 3]
    """
    truth, made = as_tensor(as_tensor(condition), _BOOL), as_tensor(a)
    if len(truth.shape) != 1:
        raise ValueError("tf.experimental.numpy.compress: condition must be a 1-d array.")
    if axis is None:
        made, axis = reshape(made, [-1]), 0
    held = np.flatnonzero(concrete(truth, "experimental.numpy.compress"))
    return gathering.gather(made, as_tensor(held), axis=axis)


def ix_(*args: Any) -> list[Tensor]:
    """Vectors as indices of the grid that they span; bools say which indices.

    Raises:
        ValueError: no vector, or of another dtype.

    >>> import addax as tf
    >>> [each.shape for each in tf.experimental.numpy.ix_([0, 1], [2])]
    [TensorShape([2, 1]), TensorShape([1, 1])]
    """
    out = []
    for i, each in enumerate(args):
        made = as_tensor(each)
        if len(made.shape) != 1:
            raise ValueError(f"tf.experimental.numpy.ix_: Arguments must be 1-d, got arg {i} of rank {len(made.shape)}")
        kind = dtype_of(made).kind
        if kind == "b":
            (made,) = nonzero(made)
        elif kind not in "iu":
            raise ValueError(f"tf.experimental.numpy.ix_: Only integer and bool dtypes are supported, got {made.dtype}")
        out.append(reshape(made, [-1 if place == i else 1 for place in range(len(args))]))
    return out


# ---------------------------------------------------------------------------- in order


def _refuse_order(who: str, kind: str, kinds: tuple[str, ...], order: Any) -> None:
    if kind not in kinds:
        only = " and ".join(f'kind="{each}"' for each in kinds)
        raise ValueError(
            f"tf.experimental.numpy.{who}: Invalid value for argument `kind`. Only {only} supported. "
            f"Received: kind={kind}"
        )
    if order is not None:
        raise ValueError(
            f"tf.experimental.numpy.{who}: The `order` argument is not supported. Pass order=None. Received: {order!r}"
        )


def sort(a: Any, axis: int | None = -1, kind: str = "quicksort", order: Any = None) -> Tensor:
    """Sorted along an axis; flat for None.

    Args:
        a: a tensor.
        axis: the axis.
        kind: "quicksort".
        order: None.

    Raises:
        ValueError: another kind, or an order.

    >>> import addax.experimental.numpy as np
    >>> np.sort([3, 1, 2]).numpy().tolist()
    [1, 2, 3]
    """
    _refuse_order("sort", kind, ("quicksort",), order)
    made = as_tensor(a)
    return sorting.sort(reshape(made, [-1]), axis=0) if axis is None else sorting.sort(made, axis=axis)


def argsort(a: Any, axis: int | None = -1, kind: str = "quicksort", order: Any = None) -> Tensor:
    """The indices that sort along an axis; flat for None. Equal elements keep their order.

    Args:
        a: a tensor.
        axis: the axis.
        kind: "quicksort" or "stable".
        order: None.

    Raises:
        ValueError: another kind, or an order.
        TypeError: complex numbers.

    >>> import addax.experimental.numpy as np
    >>> np.argsort([3, 1, 2]).numpy().tolist()
    [1, 2, 0]
    """
    _refuse_order("argsort", kind, ("quicksort", "stable"), order)
    made = as_tensor(a)
    if dtype_of(made).kind == "c":
        raise TypeError(
            errors.message("tf.experimental.numpy.argsort", expected="numbers that have an order", received={"a": made})
        )
    if axis is None:
        made, axis = reshape(made, [-1]), 0
    if not len(made.shape):
        return as_tensor([0], default_int())
    return as_tensor(sorting.argsort(made, axis=axis, stable=True), default_int())
