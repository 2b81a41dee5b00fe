"""`keras.ops`: sums, extremes, means and running totals along axes, with and without NaN.

`axis` is an int, several, or None for all; `keepdims` says whether the axes stay, with length 1. Small integers are
added up as int32 or uint32.
"""

from __future__ import annotations

from typing import Any

from addax.keras.ops.function import function
from addax.keras.ops.promotion import common_floats, floats, is_integer, tensor
from addax.ops import numpy_statistics as statistics
from addax.ops import reductions
from addax.ops.casting import cast
from addax.ops.tnp import logic
from addax.ops.tnp import reductions as tnp


def _wide(x: Any) -> Any:
    """A tensor, small integers and bools as int32 or uint32."""
    made = tensor(x)
    if is_integer(made) and made.dtype.size < 4:
        return cast(made, "uint32" if made.dtype.is_unsigned else "int32")
    return made


def _in(made: Any, dtype: Any) -> Any:
    """A tensor in the dtype that is asked for, if one is."""
    return made if dtype is None else cast(made, dtype)


# ---------------------------------------------------------------------------- sums and means


@function
def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: A001
    """The sum along axes.

    >>> from addax.keras import ops
    >>> ops.sum([[True, False], [True, True]], axis=0).numpy().tolist()
    [2, 1]
    """
    return reductions.reduce_sum(_wide(x), axis, bool(keepdims))


@function
def prod(x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """The product along axes, in `dtype` if given.

    >>> from addax.keras import ops
    >>> ops.prod([[1, 2], [3, 4]], axis=0).numpy().tolist()
    [3, 8]
    """
    made = _wide(x) if dtype is None else tensor(x, dtype)
    return reductions.reduce_prod(made, axis, bool(keepdims))


@function
def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean along axes; that of integers is a float.

    >>> from addax.keras import ops
    >>> ops.mean([[1, 2], [3, 5]], axis=1).numpy().tolist()
    [1.5, 4.0]
    """
    made = floats(x)
    if made.dtype.size == 2:  # as many 16-bit numbers lose too much
        return cast(reductions.reduce_mean(cast(made, "float32"), axis, bool(keepdims)), made.dtype)
    return reductions.reduce_mean(made, axis, bool(keepdims))


@function
def average(x: Any, axis: Any = None, weights: Any = None) -> Any:
    """The mean along axes, weighted.

    Args:
        x: a tensor.
        axis: the axes.
        weights: of x's shape, or one for each place along the axis.

    >>> from addax.keras import ops
    >>> ops.average([1.0, 3.0], weights=[3.0, 1.0]).numpy()
    np.float32(1.5)
    """
    if weights is None:
        return reductions.reduce_mean(floats(x), axis)
    made, given = common_floats(x, weights)
    return statistics.average(made, given, axis)


@function
def var(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The variance along axes.

    >>> from addax.keras import ops
    >>> ops.var([1.0, 3.0]).numpy()
    np.float32(1.0)
    """
    return statistics.variance(floats(x), axis, bool(keepdims), False, False)


@function
def std(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The standard deviation along axes.

    >>> from addax.keras import ops
    >>> ops.std([[1.0, 3.0], [2.0, 2.0]], axis=1).numpy().tolist()
    [1.0, 0.0]
    """
    return statistics.variance(floats(x), axis, bool(keepdims), True, False)


@function
def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """The sums up to each element along an axis, flat by default.

    >>> from addax.keras import ops
    >>> ops.cumsum([[1, 2], [3, 4]]).numpy().tolist()
    [1, 3, 6, 10]
    """
    return _running("cumsum", x, axis, dtype)


@function
def cumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """The products up to each element along an axis, flat by default.

    >>> from addax.keras import ops
    >>> ops.cumprod([1, 2, 3]).numpy().tolist()
    [1, 2, 6]
    """
    return _running("cumprod", x, axis, dtype)


def _running(which: str, x: Any, axis: Any, dtype: Any) -> Any:
    made = tensor(x) if dtype is None else tensor(x, dtype)
    made = cast(made, "int32") if made.dtype.is_bool else made
    which = which.removeprefix("nan") if is_integer(made) else which
    return statistics.cumulative(made, which, axis, made.dtype.name)


# ---------------------------------------------------------------------------- extremes


def _extreme(x: Any, axis: Any, keepdims: bool, initial: Any, largest: bool) -> Any:
    made = tensor(x)
    if initial is not None:
        return statistics.extreme(made, tensor(initial, made.dtype), axis, bool(keepdims), largest)
    return (tnp.max if largest else tnp.min)(made, axis, bool(keepdims))


@function
def max(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:  # noqa: A001
    """The largest along axes; `initial` counts too, and stands for an empty axis.

    >>> from addax.keras import ops
    >>> ops.max([[1, 5], [3, 4]], axis=1).numpy().tolist()
    [5, 4]
    """
    return _extreme(x, axis, keepdims, initial, True)


@function
def min(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:  # noqa: A001
    """The smallest along axes; `initial` counts too, and stands for an empty axis.

    >>> from addax.keras import ops
    >>> ops.min([[1, 5], [3, 4]], axis=1, initial=2).numpy().tolist()
    [1, 2]
    """
    return _extreme(x, axis, keepdims, initial, False)


@function
def amax(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest along axes.

    >>> from addax.keras import ops
    >>> ops.amax([[1, 5], [3, 4]], axis=1).numpy().tolist()
    [5, 4]
    """
    return _extreme(x, axis, keepdims, None, True)


@function
def amin(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The smallest along axes.

    >>> from addax.keras import ops
    >>> ops.amin([[1, 5], [3, 4]], axis=1).numpy().tolist()
    [1, 3]
    """
    return _extreme(x, axis, keepdims, None, False)


@function
def ptp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest minus the smallest along axes.

    >>> from addax.keras import ops
    >>> ops.ptp([1, 5, 3]).numpy()
    np.int32(4)
    """
    made = tensor(x)
    return _extreme(made, axis, keepdims, None, True) - _extreme(made, axis, keepdims, None, False)


@function
def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The index (int32) of the largest along an axis, flat by default.

    >>> from addax.keras import ops
    >>> ops.argmax([[1, 5], [3, 4]], axis=1).numpy().tolist()
    [1, 1]
    """
    return statistics.index_of(tensor(x), "argmax", axis, bool(keepdims))


@function
def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The index (int32) of the smallest along an axis, flat by default.

    >>> from addax.keras import ops
    >>> ops.argmin([[1, 5], [3, 4]]).numpy()
    np.int32(0)
    """
    return statistics.index_of(tensor(x), "argmin", axis, bool(keepdims))


# ---------------------------------------------------------------------------- truth


@function
def all(x: Any, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: A001
    """Whether everything along the axes is not 0.

    >>> from addax.keras import ops
    >>> ops.all([[1, 0], [2, 3]], axis=1).numpy().tolist()
    [False, True]
    """
    return logic.all(tensor(x), axis, bool(keepdims))


@function
def any(x: Any, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: A001
    """Whether something along the axes is not 0.

    >>> from addax.keras import ops
    >>> ops.any([[0, 0], [2, 3]], axis=1).numpy().tolist()
    [False, True]
    """
    return logic.any(tensor(x), axis, bool(keepdims))


@function
def count_nonzero(x: Any, axis: Any = None) -> Any:
    """How many elements along axes are not 0, as int32.

    >>> from addax.keras import ops
    >>> ops.count_nonzero([0, 2, 3]).numpy()
    np.int32(2)
    """
    return cast(tnp.count_nonzero(tensor(x), axis), "int32")


# ---------------------------------------------------------------------------- without NaN


def _without_nan(which: str, x: Any, axis: Any, keepdims: bool) -> Any:
    made = _wide(x) if which in ("nansum", "nanprod") else tensor(x)
    if is_integer(made):
        whole = {"nansum": sum, "nanprod": prod, "nanmax": max, "nanmin": min, "nanmean": mean}
        return whole[which](made, axis, keepdims)
    if which in ("nansum", "nanprod"):
        return statistics.sum_of(made, which, axis, bool(keepdims), made.dtype.name)
    return statistics.reduce(made, which, axis, bool(keepdims))


@function
def nansum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum along axes of what is not NaN.

    >>> from addax.keras import ops
    >>> ops.nansum([1.0, float("nan"), 2.0]).numpy()
    np.float32(3.0)
    """
    return _without_nan("nansum", x, axis, keepdims)


@function
def nanprod(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The product along axes of what is not NaN.

    >>> from addax.keras import ops
    >>> ops.nanprod([3.0, float("nan"), 2.0]).numpy()
    np.float32(6.0)
    """
    return _without_nan("nanprod", x, axis, keepdims)


@function
def nanmax(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest along axes of what is not NaN.

    >>> from addax.keras import ops
    >>> ops.nanmax([1.0, float("nan"), 2.0]).numpy()
    np.float32(2.0)
    """
    return _without_nan("nanmax", x, axis, keepdims)


@function
def nanmin(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The smallest along axes of what is not NaN.

    >>> from addax.keras import ops
    >>> ops.nanmin([1.0, float("nan"), 2.0]).numpy()
    np.float32(1.0)
    """
    return _without_nan("nanmin", x, axis, keepdims)


@function
def nanmean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean along axes of what is not NaN; NaN where nothing is left.

    >>> from addax.keras import ops
    >>> ops.nanmean([1.0, float("nan"), 2.0]).numpy()
    np.float32(1.5)
    """
    return _without_nan("nanmean", x, axis, keepdims)


@function
def nanvar(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The variance along axes of what is not NaN.

    >>> from addax.keras import ops
    >>> ops.nanvar([1.0, float("nan"), 3.0]).numpy()
    np.float32(1.0)
    """
    return statistics.variance(floats(x), axis, bool(keepdims), False, True)


@function
def nanstd(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The standard deviation along axes of what is not NaN.

    >>> from addax.keras import ops
    >>> ops.nanstd([1.0, float("nan"), 3.0]).numpy()
    np.float32(1.0)
    """
    return statistics.variance(floats(x), axis, bool(keepdims), True, True)


@function
def nanargmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The index (int32) of the largest that is not NaN; -1 where all are.

    >>> from addax.keras import ops
    >>> ops.nanargmax([1.0, float("nan"), 2.0]).numpy()
    np.int32(2)
    """
    return statistics.index_of(tensor(x), "nanargmax", axis, bool(keepdims))


@function
def nanargmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The index (int32) of the smallest that is not NaN; -1 where all are.

    >>> from addax.keras import ops
    >>> ops.nanargmin([float("nan"), 1.0, 2.0]).numpy()
    np.int32(1)
    """
    return statistics.index_of(tensor(x), "nanargmin", axis, bool(keepdims))


@function
def nancumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """The sums up to each element along an axis, with 0 for NaN.

    >>> from addax.keras import ops
    >>> ops.nancumsum([1.0, float("nan"), 2.0]).numpy().tolist()
    [1.0, 1.0, 3.0]
    """
    return _running("nancumsum", x, axis, dtype)


@function
def nancumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
    """The products up to each element along an axis, with 1 for NaN.

    >>> from addax.keras import ops
    >>> ops.nancumprod([3.0, float("nan"), 2.0]).numpy().tolist()
    [3.0, 3.0, 6.0]
    """
    return _running("nancumprod", x, axis, dtype)


# ---------------------------------------------------------------------------- quantiles


@function
def median(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The number in the middle along axes, the mean of two for an even count.

    >>> from addax.keras import ops
    >>> ops.median([1.0, 9.0, 2.0, 4.0]).numpy()
    np.float32(3.0)
    """
    return statistics.reduce(floats(x), "median", axis, bool(keepdims))


@function
def nanmedian(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The number in the middle along axes of what is not NaN.

    >>> from addax.keras import ops
    >>> ops.nanmedian([1.0, float("nan"), 9.0, 2.0]).numpy()
    np.float32(2.0)
    """
    return statistics.reduce(floats(x), "nanmedian", axis, bool(keepdims))


def _quantile(x: Any, q: Any, axis: Any, method: str, keepdims: bool, nan: bool, per: float = 1.0) -> Any:
    made = floats(x)
    share = tensor(q, made.dtype)
    return statistics.quantile(made, share if per == 1.0 else share / per, axis, method, bool(keepdims), nan)


@function
def quantile(x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Any:
    """The numbers below which a share lies.

    Args:
        x: a tensor.
        q: shares between 0 and 1; their axes come first in the result.
        axis: the axes.
        method: what is between two numbers: "linear", "lower", "higher", "midpoint", "nearest".
        keepdims: whether the axes stay.

    >>> from addax.keras import ops
    >>> ops.quantile([1, 2, 3, 5], [0.5, 1.0]).numpy().tolist()
    [2.5, 5.0]
    """
    return _quantile(x, q, axis, method, keepdims, False)


@function
def nanquantile(x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Any:
    """The numbers below which a share lies of what is not NaN; see `quantile`.

    >>> from addax.keras import ops
    >>> ops.nanquantile([0.0, float("nan"), 10.0], 0.25).numpy()
    np.float32(2.5)
    """
    return _quantile(x, q, axis, method, keepdims, True)


@function
def percentile(x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Any:
    """The numbers below which `q` percent lie; see `quantile`.

    >>> from addax.keras import ops
    >>> ops.percentile([0.0, 10.0], [25, 50]).numpy().tolist()
    [2.5, 5.0]
    """
    return _quantile(x, q, axis, method, keepdims, False, 100.0)


@function
def nanpercentile(x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Any:
    """The numbers below which `q` percent lie of what is not NaN; see `quantile`.

    >>> from addax.keras import ops
    >>> ops.nanpercentile([0.0, float("nan"), 10.0], 25).numpy()
    np.float32(2.5)
    """
    return _quantile(x, q, axis, method, keepdims, True, 100.0)
