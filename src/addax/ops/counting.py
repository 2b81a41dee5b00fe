"""Counts of values and of pairs of classes; order and permutations of sequences; polynomials; Sobol points."""

from __future__ import annotations

import warnings
from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import dtypes, errors
from addax.core.convert import FreeLike, TensorLike, TensorList, convert_to_tensor, value_of
from addax.core.dispatch import UnfitError, op
from addax.core.static_arguments import concrete
from addax.core.tensor import NotCompilable, Tensor, Tracer
from addax.ops.shaping import cast_to

__all__ = [
    "bincount",
    "confusion_matrix",
    "histogram_fixed_width",
    "histogram_fixed_width_bins",
    "invert_permutation",
    "is_non_decreasing",
    "is_strictly_increasing",
    "polyval",
    "sobol_sample",
]

# ---------------------------------------------------------------------------- counts


@op(name="math.bincount")
def _bincount(arr: FreeLike, weights: FreeLike | None, size, rows, binary, dtype):
    values = arr.reshape(-1) if not rows else arr
    amounts = jnp.ones(values.shape, dtype) if weights is None else weights.reshape(values.shape)
    index = jnp.where(values < 0, size, values)
    if not rows:
        base = jnp.zeros((size,), amounts.dtype)
        counts = base.at[index].add(amounts, mode="drop")
    else:
        base = jnp.zeros((values.shape[0], size), amounts.dtype)
        counts = base.at[jnp.arange(values.shape[0])[:, None], index].add(amounts, mode="drop")
    return (counts > 0).astype(amounts.dtype) if binary else counts


def _bins(arr: Any, minlength: Any, maxlength: Any) -> int:
    """How many bins there are: up to the largest value, at least minlength, at most maxlength."""
    low = None if minlength is None else int(concrete(minlength, "math.bincount"))
    high = None if maxlength is None else int(concrete(maxlength, "math.bincount"))
    value = value_of(arr)
    if isinstance(value, Tracer):
        if low is None or low != high:
            raise NotCompilable(
                "tf.math.bincount: the number of bins is the largest value, which is not known while the function is "
                "traced. Give minlength and maxlength the same value."
            )
        return low
    host = np.asarray(value)
    if host.size and host.min() < 0:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.math.bincount", expected="Input arr must be non-negative", received=f"{host.min()} in arr"
            )
        )
    size = int(host.max()) + 1 if host.size else 0
    size = size if low is None else max(size, low)
    return size if high is None else min(size, high)


def bincount(
    arr: Any,
    weights: Any = None,
    minlength: Any = None,
    maxlength: Any = None,
    dtype: Any = dtypes.int32,
    name: str | None = None,
    axis: int | None = None,
    binary_output: bool = False,
) -> Tensor:
    """How often each integer occurs.

    Args:
        arr: a tensor of integers of 0 and more, of rank 1 or 2 where `axis` is -1.
        weights: what each occurrence counts, of arr's shape; by default 1.
        minlength: at least so many bins.
        maxlength: at most so many bins; larger values are left out.
        dtype: the dtype of the counts where there are no weights.
        name: ignored.
        axis: None or 0 counts over everything, -1 each row by itself.
        binary_output: whether to return 1 for everything that occurs.

    Returns:
        A tensor of shape (bins,), or (rows, bins) with axis=-1.

    Raises:
        InvalidArgumentError: negative values.
        ValueError: another axis.

    >>> import addax as tf
    >>> tf.math.bincount([1, 1, 3]).numpy().tolist()
    [0, 2, 0, 1]
    """
    if axis not in (None, 0, -1):
        raise ValueError(f"tf.math.bincount: Unsupported value for argument axis={axis}. Only 0 and -1 are supported.")
    if hasattr(arr, "__is_tf_composite__"):
        from addax.ops import sparse_counting  # about types that stand above this file

        return sparse_counting.counts(arr, weights, minlength, maxlength, dtype, axis, binary_output)
    arr = convert_to_tensor(arr, dtype_hint=dtypes.int32)
    if arr.dtype.is_floating and not arr._value.size:
        arr = convert_to_tensor(np.zeros(arr.shape, np.int32))
    if arr.dtype.is_floating or arr.dtype.is_bool or arr.dtype.is_complex:
        arr = cast_to(arr, np.dtype(np.int32))  # as TensorFlow's are
    if not arr.dtype.is_integer:
        raise errors.InvalidArgumentError(
            errors.message("tf.math.bincount", expected="an integer arr", received=f"dtype {arr.dtype.name}")
        )
    if weights is not None:
        weights = convert_to_tensor(weights)
        if weights.shape != arr.shape:
            raise errors.InvalidArgumentError(
                errors.message(
                    "tf.math.bincount",
                    expected="weights of arr's shape",
                    received=f"arr {arr.shape}, weights {weights.shape}",
                )
            )
        if binary_output:
            raise UnfitError(
                errors.message("tf.math.bincount", expected="binary_output without weights", received="both")
            )
    rows = axis == -1 and arr.shape.rank == 2
    return _bincount(
        arr, weights, _bins(arr, minlength, maxlength), rows, bool(binary_output), dtypes.as_dtype(dtype).np
    )


@op(name="math.confusion_matrix")
def _confusion(labels: FreeLike, predictions: FreeLike, weights: FreeLike | None, size, dtype):
    want = dtypes.as_dtype(dtype).np
    labels, predictions = _squeezed(labels, predictions)
    if labels.shape != predictions.shape:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.math.confusion_matrix",
                expected="labels and predictions of the same shape",
                received=f"labels {tuple(labels.shape)}, predictions {tuple(predictions.shape)}",
            )
        )
    amounts = jnp.ones(labels.shape, want) if weights is None else jnp.broadcast_to(weights.astype(want), labels.shape)
    rows = jnp.where(labels < 0, size, labels)
    columns = jnp.where(predictions < 0, size, predictions)
    return jnp.zeros((size, size), want).at[rows, columns].add(amounts, mode="drop")


def _squeezed(labels: Any, predictions: Any) -> tuple[Any, Any]:
    """Drop a last dimension of 1 that only one of them has."""
    if labels.ndim == predictions.ndim + 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    elif predictions.ndim == labels.ndim + 1 and predictions.shape[-1] == 1:
        predictions = predictions[..., 0]
    return labels, predictions


def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: Any = None,
    weights: Any = None,
    dtype: Any = dtypes.int32,
    name: str | None = None,
) -> Tensor:
    """How often each true class (row) was predicted as each class (column).

    Args:
        labels: the true classes, integers.
        predictions: the predicted classes, integers.
        num_classes: how many classes there are; by default one more than the largest.
        weights: what each pair counts; by default 1.
        dtype: the dtype of the result.
        name: ignored.

    Returns:
        A tensor of shape (num_classes, num_classes).

    Raises:
        InvalidArgumentError: shapes that differ, or classes out of range (where they are known).

    >>> import addax as tf
    >>> tf.math.confusion_matrix([0, 1, 1], [0, 0, 1]).numpy().tolist()
    [[1, 0], [1, 1]]
    """
    labels, predictions = (
        cast_to(each, np.dtype(np.int64)) if each.dtype.np.kind in "fcV" else each
        for each in (convert_to_tensor(labels), convert_to_tensor(predictions))
    )
    known = {}
    for what, tensor in (("labels", labels), ("predictions", predictions)):
        if not isinstance(tensor._value, Tracer):
            known[what] = np.asarray(tensor._value)
        elif num_classes is None:
            raise NotCompilable("tf.math.confusion_matrix: give num_classes where labels are not known while tracing.")
    if num_classes is None:
        num_classes = max((int(value.max()) for value in known.values() if value.size), default=-1) + 1
    size = int(concrete(num_classes, "math.confusion_matrix"))
    for what, value in known.items():
        if value.size and (value.min() < 0 or value.max() >= size):
            problem = "contains negative values" if value.min() < 0 else "out of bound"
            raise errors.InvalidArgumentError(
                errors.message(
                    "tf.math.confusion_matrix",
                    expected=f"{what} in the range [0, {size})",
                    received=f"`{what}` {problem}: from {value.min()} to {value.max()}",
                )
            )
    kind = dtypes.as_dtype(dtype)
    if kind is dtypes.bool:  # which pairs there are
        return cast_to(_confusion(labels, predictions, None, size, dtypes.int32), kind.np)
    return _confusion(labels, predictions, weights, size, kind)


# ---------------------------------------------------------------------------- histograms


@op(kinds="fi", name="histogram_fixed_width_bins", differentiable=False)
def _bins_of(values: TensorLike, value_range: TensorLike, nbins, dtype):
    low, high = value_range.astype(np.float64)
    place = jnp.floor((values.astype(np.float64) - low) / (high - low) * nbins)
    return jnp.clip(place, 0, nbins - 1).astype(dtypes.as_dtype(dtype).np)


def _check_bins(value_range: Any, nbins: Any, dtype: Any) -> int:
    limits, count = (np.asarray(concrete(each, "histogram_fixed_width")) for each in (value_range, nbins))
    kind = dtypes.as_dtype(dtype)
    fit = limits.shape == (2,) and limits.dtype.kind in "fiuV" and limits[0] < limits[1]
    if not fit or count.ndim or count.dtype.kind not in "iu" or count < 1 or kind.name not in ("int32", "int64"):
        raise UnfitError(
            errors.message(
                "tf.histogram_fixed_width",
                expected="an int nbins > 0, value_range[0] < value_range[1], and dtype int32 or int64",
                received=f"nbins {nbins!r}, value_range {limits.tolist()}, dtype {kind.name}",
            )
        )
    return int(count)


def histogram_fixed_width_bins(
    values: Any, value_range: Any, nbins: Any = 100, dtype: Any = dtypes.int32, name: str | None = None
) -> Tensor:
    """The bin of a histogram with bins of equal width that each value falls into.

    Args:
        values: a tensor of numbers.
        value_range: (low, high); values outside belong to the first and last bins.
        nbins: how many bins.
        dtype: int32 or int64.
        name: ignored.

    Raises:
        ValueError: nbins below 1, or an empty range.

    >>> import addax as tf
    >>> tf.histogram_fixed_width_bins([-1.0, 0.0, 4.0], [0.0, 5.0], nbins=5).numpy().tolist()
    [0, 0, 4]
    """
    count = _check_bins(value_range, nbins, dtype)
    return _bins_of(values, value_range, count, dtypes.as_dtype(dtype))


def histogram_fixed_width(
    values: Any, value_range: Any, nbins: Any = 100, dtype: Any = dtypes.int32, name: str | None = None
) -> Tensor:
    """How many values fall into each bin of a histogram with bins of equal width.

    Args:
        values: a tensor of numbers.
        value_range: (low, high); values outside count in the first and last bins.
        nbins: how many bins.
        dtype: int32 or int64.
        name: ignored.

    Returns:
        A tensor of shape (nbins,).

    Raises:
        ValueError: nbins below 1, or an empty range.

    >>> import addax as tf
    >>> tf.histogram_fixed_width([-1.0, 0.0, 1.5, 15.0], [0.0, 5.0], nbins=5).numpy().tolist()
    [2, 1, 0, 0, 1]
    """
    count = _check_bins(value_range, nbins, dtype)
    values = convert_to_tensor(values)
    known = values._value
    if not isinstance(known, Tracer) and known.dtype.kind == "f" and np.isnan(known).any():
        raise errors.InvalidArgumentError(
            errors.message("tf.histogram_fixed_width", expected="values that are no NaN", received={"values": values})
        )
    place = histogram_fixed_width_bins(values, value_range, count)
    return _bincount(place, None, count, False, False, dtypes.as_dtype(dtype).np)


# ---------------------------------------------------------------------------- sequences


@op(only="int32 int64", name="math.invert_permutation")
def _invert_permutation(x: TensorLike):
    if x.ndim != 1:
        raise errors.InvalidArgumentError(
            errors.message("tf.math.invert_permutation", expected="a vector", received=f"shape {tuple(x.shape)}")
        )
    return jnp.zeros_like(x).at[x].set(jnp.arange(x.shape[0], dtype=x.dtype))


def invert_permutation(x: Any, name: str | None = None) -> Tensor:
    """The permutation that undoes x: the position of each number.

    Args:
        x: a vector of integers that holds 0 to n - 1 once each.
        name: ignored.

    Raises:
        InvalidArgumentError: x is no permutation (where it is known).

    >>> import addax as tf
    >>> tf.math.invert_permutation([2, 0, 1]).numpy().tolist()
    [1, 2, 0]
    """
    x = convert_to_tensor(x)
    value = x._value
    if not isinstance(value, Tracer) and value.ndim == 1:
        host = np.asarray(value)
        if not np.array_equal(np.sort(host), np.arange(host.size)):
            raise errors.InvalidArgumentError(
                errors.message(
                    "tf.math.invert_permutation",
                    expected=f"each number from 0 to {host.size - 1} once",
                    received=f"{host.tolist()[:20]} (a number is out of range or duplicated in the input)",
                )
            )
    return _invert_permutation(x)


def _numeric(who: str, x: Any) -> None:
    if x.dtype.kind not in "fViu":
        raise UnfitError(
            f"tf.math.{who}: expected x to be of real numbers, received {dtypes.from_numpy(x.dtype).name}."
        )


@op(name="math.is_non_decreasing")
def is_non_decreasing(x: TensorLike, name: str | None = None) -> Tensor:
    """Whether no element of x (flattened) is smaller than the one before it.

    >>> import addax as tf
    >>> bool(tf.math.is_non_decreasing([1, 1, 2]))
    True
    """
    _numeric("is_non_decreasing", x)
    flat = x.reshape(-1)
    return jnp.all(flat[1:] >= flat[:-1])


@op(name="math.is_strictly_increasing")
def is_strictly_increasing(x: TensorLike, name: str | None = None) -> Tensor:
    """Whether each element of x (flattened) is larger than the one before it.

    >>> import addax as tf
    >>> bool(tf.math.is_strictly_increasing([1, 1, 2]))
    False
    """
    _numeric("is_strictly_increasing", x)
    flat = x.reshape(-1)
    return jnp.all(flat[1:] > flat[:-1])


@op(kinds="fciu", name="math.polyval")
def _polyval(coeffs: TensorList, x: TensorLike):
    total = jnp.zeros_like(x)
    for coefficient in coeffs:
        total = total * x + coefficient
    return total


def polyval(coeffs: Any, x: Any, name: str | None = None) -> Tensor:
    """The value of a polynomial at x, by Horner's rule.

    Args:
        coeffs: a list of coefficients, that of the highest power first.
        x: a tensor.
        name: ignored.

    Raises:
        ValueError: `coeffs` is no list.

    >>> import addax as tf
    >>> tf.math.polyval([1.0, 2.0, 3.0], 2.0).numpy()
    np.float32(11.0)
    """
    if not isinstance(coeffs, list):
        raise ValueError(f"tf.math.polyval: coeffs must be a list, received {type(coeffs).__name__}.")
    return _polyval(coeffs, x)


def sobol_sample(
    dim: Any, num_results: Any, skip: Any = 0, dtype: Any = dtypes.float32, name: str | None = None
) -> Tensor:
    """Points of the Sobol sequence, which fill the unit cube evenly (Joe and Kuo 2008).

    Args:
        dim: the number of dimensions.
        num_results: how many points.
        skip: how many points to leave out first.
        dtype: float32 or float64.
        name: ignored.

    Returns:
        A tensor of shape (num_results, dim).

    Raises:
        InvalidArgumentError: dim or num_results below 1, or a negative skip.

    >>> import addax as tf
    >>> tf.math.sobol_sample(2, 2).numpy().tolist()
    [[0.5, 0.5], [0.75, 0.25]]
    """
    from scipy.stats import qmc  # heavy, and needed here alone

    size, count, first = (int(concrete(value, "math.sobol_sample")) for value in (dim, num_results, skip))
    if not 1 <= size <= 21201 or count < 1 or first < 0 or dtypes.as_dtype(dtype).name not in ("float32", "float64"):
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.math.sobol_sample",
                expected="dim from 1 to 21201, num_results of at least 1, skip of at least 0, dtype float32 or float64",
                received=f"dim={size}, num_results={count}, skip={first}, dtype {dtype!r}",
            )
        )
    points = qmc.Sobol(size, scramble=False)
    points.fast_forward(first + 1)  # the first point of all is 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about counts that are no power of 2
        drawn = points.random(count)
    return convert_to_tensor(drawn.astype(dtypes.as_dtype(dtype).np))
