"""NumPy's functions of whole arrays that TensorFlow has no op for: products, padding, picking, distinct values."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core.convert import FreeLike, TensorLike, TensorList
from addax.core.dispatch import op
from addax.ops.ordering import ascending, stable_order

# ---------------------------------------------------------------------------- products


@op(name="numpy.product")
def product(a: TensorLike, b: TensorLike, which: str) -> Any:
    """NumPy's product of this name: "dot", "matmul", "inner", "outer", "kron", "vdot"."""
    if which == "vdot":  # of NumPy; XLA's wants vectors
        return jnp.dot(jnp.conj(a).reshape(-1), b.reshape(-1))
    return getattr(jnp, which)(a, b)


@op(name="numpy.tensordot")
def tensordot(a: TensorLike, b: TensorLike, axes: Any) -> Any:
    """The sums of products along axes of both."""
    return jnp.tensordot(a, b, axes)


@op(name="numpy.cross", kinds="fciu")
def cross(a: TensorLike, b: TensorLike, axisa: int, axisb: int, axisc: int) -> Any:
    """The vectors that stand upright on two others."""
    return jnp.cross(a, b, axisa, axisb, axisc)


@op(name="numpy.vander")
def vander(x: FreeLike, count: int, increasing: bool) -> Any:
    """The powers of the numbers of a vector, one row for each."""
    return jnp.vander(x, count, increasing)


# ---------------------------------------------------------------------------- shapes


@op(name="numpy.pad")
def pad(x: FreeLike, widths: Any, mode: str, values: FreeLike | None) -> Any:
    """Wider at its ends, in one of NumPy's modes."""
    if values is None:
        return jnp.pad(x, widths, mode)
    return jnp.pad(x, widths, mode, constant_values=values.astype(x.dtype))


@op(name="numpy.split")
def split(x: FreeLike, where: Any, axis: int) -> Any:
    """Parts along an axis: so many, the first ones longer if need be, or cut before indices."""
    return list(jnp.array_split(x, where if isinstance(where, int) else list(where), axis))


@op(name="numpy.joined")
def joined(values: TensorList, rank: int, axis: int) -> Any:
    """Arrays of at least so many axes, joined along one."""
    grown = {1: jnp.atleast_1d, 2: jnp.atleast_2d, 3: jnp.atleast_3d}[rank]
    return jnp.concatenate([grown(value) for value in values], axis=axis)


@op(name="numpy.roll")
def roll(x: FreeLike, shift: Any, axis: Any) -> Any:
    """Moved along axes, what falls out comes in at the other end."""
    return jnp.roll(x, shift, axis)


@op(name="numpy.turn")
def turn(x: FreeLike, k: int, axes: Any) -> Any:
    """Turned by k times 90 degrees."""
    return jnp.rot90(x, k, axes)


@op(name="numpy.flip")
def flip(x: FreeLike, axis: Any) -> Any:
    """The other way round along axes."""
    return jnp.flip(x, axis)


@op(name="numpy.moveaxis")
def moveaxis(x: FreeLike, source: Any, destination: Any) -> Any:
    """Axes moved to other places."""
    return jnp.moveaxis(x, source, destination)


@op(name="numpy.squeeze")
def squeeze(x: FreeLike, axis: Any) -> Any:
    """Without axes of length 1."""
    return jnp.squeeze(x, axis)


@op(name="numpy.expand_dims")
def expand_dims(x: FreeLike, axis: Any) -> Any:
    """With new axes of length 1."""
    return jnp.expand_dims(x, axis)


@op(name="numpy.repeat")
def repeat(x: FreeLike, repeats: Any, axis: Any) -> Any:
    """Each element several times."""
    counts = repeats if isinstance(repeats, int) else np.asarray(repeats)
    return jnp.repeat(x, counts, axis)


@op(name="numpy.tile")
def tile(x: FreeLike, repeats: Any) -> Any:
    """The whole array several times along its axes."""
    return jnp.tile(x, repeats)


# ---------------------------------------------------------------------------- picking


@op(name="numpy.take")
def take(x: FreeLike, indices: FreeLike, axis: Any) -> Any:
    """Slices by index, negative ones from the end; NaN (of integers: the extremes) for those out of range."""
    return jnp.take(x, indices, axis)


@op(name="numpy.take_along_axis")
def take_along_axis(x: FreeLike, indices: FreeLike, axis: Any) -> Any:
    """Of each line along an axis the elements that its own indices say."""
    return jnp.take_along_axis(x, indices, axis)


@op(name="numpy.sort")
def sort(x: FreeLike, axis: Any) -> Any:
    """In order along an axis, flat for None."""
    return ascending(x.reshape(-1) if axis is None else x, -1 if axis is None else axis)


@op(name="numpy.argsort", differentiable=False)
def argsort(x: FreeLike, axis: Any) -> Any:
    """The indices that sort along an axis, flat for None."""
    return stable_order(x.reshape(-1) if axis is None else x, -1 if axis is None else axis)


@op(name="numpy.unique", differentiable=False)
def unique(x: FreeLike, fill: FreeLike | None, axis: Any, size: int) -> Any:
    """(distinct values, where each is first, which each element is, how often), cut or filled up to a size."""
    values, *found = jnp.unique(x, True, True, True, axis, equal_nan=False, size=size, fill_value=fill)
    return [values, *[each.astype(np.int32) for each in found]]


@op(name="numpy.unravel_index", differentiable=False)
def unravel_index(indices: FreeLike, shape: Any) -> Any:
    """Flat indices as coordinates, one tensor for each axis."""
    return [each.astype(indices.dtype) for each in jnp.unravel_index(indices, shape)]
