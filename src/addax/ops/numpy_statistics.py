"""NumPy's statistics that TensorFlow has no op for: what NaN leaves, quantiles, counts, correlations."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import op


def _axes(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list | tuple) else axis


@op(name="numpy.reduce")
def reduce(x: FreeLike, which: str, axis: Any, keepdims: bool) -> Any:
    """NumPy's reduction of this name along axes: "nanmax", "nanmin", "nanmean", "median", "nanmedian"."""
    return getattr(jnp, which)(x, axis=_axes(axis), keepdims=keepdims)


@op(name="numpy.sum_of")
def sum_of(x: FreeLike, which: str, axis: Any, keepdims: bool, dtype: Any) -> Any:
    """The "sum", "prod", "nansum" or "nanprod", added up in a dtype."""
    return getattr(jnp, which)(x, axis=_axes(axis), keepdims=keepdims, dtype=dtype)


@op(name="numpy.extreme")
def extreme(x: FreeLike, initial: TensorLike, axis: Any, keepdims: bool, largest: bool) -> Any:
    """The largest or smallest along axes and a number."""
    return (jnp.max if largest else jnp.min)(x, axis=_axes(axis), keepdims=keepdims, initial=initial.astype(x.dtype))


@op(name="numpy.index_of", differentiable=False)
def index_of(x: FreeLike, which: str, axis: Any, keepdims: bool) -> Any:
    """The index that "argmax", "argmin", "nanargmax" or "nanargmin" finds along an axis."""
    if x.dtype.kind in "biu":
        which = which.removeprefix("nan")
    return getattr(jnp, which)(x, axis=axis, keepdims=keepdims).astype(np.int32)


@op(name="numpy.variance")
def variance(x: TensorLike, axis: Any, keepdims: bool, root: bool, nan: bool) -> Any:
    """The variance along axes or its root, computed in 32 bits at least."""
    wide = x.astype(np.float32) if x.dtype.itemsize == 2 else x
    function = {(False, False): jnp.var, (True, False): jnp.std, (False, True): jnp.nanvar, (True, True): jnp.nanstd}
    return function[root, nan](wide, axis=_axes(axis), keepdims=keepdims).astype(x.dtype)


@op(name="numpy.quantile")
def quantile(x: TensorLike, q: TensorLike, axis: Any, method: str, keepdims: bool, nan: bool) -> Any:
    """The numbers under which a share `q` of the numbers lies; the axes of q come first."""
    return (jnp.nanquantile if nan else jnp.quantile)(x, q, axis=_axes(axis), method=method, keepdims=keepdims)


@op(name="numpy.cumulative")
def cumulative(x: FreeLike, which: str, axis: Any, dtype: Any) -> Any:
    """The "cumsum", "cumprod", "nancumsum" or "nancumprod" along an axis, flat for None."""
    return getattr(jnp, which)(x, axis=axis, dtype=dtype)


@op(name="numpy.average", kinds="fc")
def average(x: TensorLike, weights: TensorLike, axis: Any) -> Any:
    """The weighted mean along axes."""
    return jnp.average(x, axis=_axes(axis), weights=weights)


@op(name="numpy.corrcoef", kinds="fc")
def corrcoef(x: TensorLike) -> Any:
    """The correlation of each row with each."""
    return jnp.corrcoef(x)


@op(name="numpy.correlate", kinds="fciu", convolves=True)
def correlate(x: TensorLike, y: TensorLike, mode: str) -> Any:
    """The sums of products of two vectors at each shift."""
    return jnp.correlate(x, y, mode)


@op(name="numpy.trapezoid", kinds="fc")
def trapezoid(y: TensorLike, x: TensorLike | None, dx: float, axis: int) -> Any:
    """The area under points along an axis, by trapezoids."""
    return jnp.trapezoid(y, x, dx, axis)


@op(name="numpy.digitize", differentiable=False)
def digitize(x: TensorLike, bins: TensorLike) -> Any:
    """In which of the bins, given by their borders in order, each number lies."""
    return jnp.digitize(x, bins).astype(np.int32)


@op(name="numpy.histogram", differentiable=False)
def histogram(x: TensorLike, bins: int, limits: Any) -> Any:
    """(how many numbers are in each of equal bins, their borders)."""
    wide = x if x.dtype.kind == "f" else x.astype(np.float32)
    counts, borders = jnp.histogram(wide, bins, limits)
    return counts.astype(wide.dtype), borders.astype(wide.dtype)


@op(name="numpy.histogram_between", differentiable=False)
def histogram_between(x: TensorLike, borders: TensorLike) -> Any:
    """How many numbers are between borders."""
    return jnp.histogram(x, borders)[0].astype(x.dtype)


@op(name="numpy.bincount")
def bincount(x: FreeLike, weights: FreeLike | None, length: int) -> Any:
    """How often each integer occurs in a vector or in each row, or the sum of its weights."""
    hot = x[..., None] == jnp.arange(length, dtype=x.dtype)
    if weights is None:
        return jnp.sum(hot, axis=-2, dtype=np.int32)
    return jnp.sum(jnp.where(hot, weights[..., None], 0), axis=-2, dtype=weights.dtype)


@op(name="numpy.isin", differentiable=False)
def isin(x: TensorLike, y: TensorLike, invert: bool) -> Any:
    """Whether each element of x is one of y's."""
    return jnp.isin(x, y, invert=invert)


@op(name="numpy.argpartition", differentiable=False)
def argpartition(x: FreeLike, kth: int, axis: int) -> Any:
    """Indices that put the kth element in its place, the smaller ones before it."""
    return jnp.argpartition(x, kth, axis).astype(np.int32)
