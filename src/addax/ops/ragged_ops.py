"""How ops take ragged tensors: elementwise ones go to the values, reductions to rows; joining and picking of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import convert, errors
from addax.core.convert import FreeLike
from addax.core.dispatch import Op, concrete, op
from addax.core.tensor import Tensor
from addax.ops import joining
from addax.ops.gathering import gather
from addax.ops.ragged_tensor import RaggedTensor, host, ints
from addax.ops.shaping import expand_dims, reshape

_UNARY = frozenset(
    """
    abs acos acosh angle asin asinh atan atanh cast ceil conj cos cosh digamma elu erf erfc exp expm1 floor gelu
    identity imag invert is_finite is_inf is_nan leaky_relu lgamma log log1p log_sigmoid logical_not negative
    ones_like real reciprocal relu relu6 rint round rsqrt saturate_cast selu sigmoid sign silu sin sinh softplus
    softsign sqrt square stop_gradient swish tan tanh zeros_like bitwise_or_logical_not
    """.split()
)
_NARY = frozenset(
    """
    add add_n atan2 bitwise_and bitwise_or bitwise_or_logical_and bitwise_or_logical_or bitwise_or_logical_xor
    bitwise_xor clip_by_value div_no_nan divide equal floordiv floormod greater greater_equal less less_equal
    logical_and logical_or logical_xor maximum minimum mod multiply multiply_no_nan not_equal pow realdiv
    squared_difference subtract truediv truncatediv truncatemod where xdivy xlogy
    """.split()
)
_REDUCTIONS = {
    "reduce_sum": "sum", "reduce_mean": "mean", "reduce_max": "max", "reduce_min": "min", "reduce_prod": "prod",
    "reduce_any": "any", "reduce_all": "all",
}  # fmt: skip


def call(function: Callable[..., Any], arrays: Any, static: Any, made: Op) -> Any:
    """An op with a ragged tensor among its arguments."""
    name = made.name.rsplit(".", 1)[-1]
    options = dict(zip(made.statics, static, strict=True))
    ragged = next(each for each in _parts(arrays) if isinstance(each, RaggedTensor))
    if name in _UNARY or name in _NARY or "equal" in name:
        fitted = [_fitted(array, ragged) for array in arrays]
        names = [argument for argument, _ in made.groups]
        out = function(**dict(zip(names, fitted, strict=True)), **options)
        return ragged.with_flat_values(out)
    if name in _REDUCTIONS:
        return reduce(ragged, _REDUCTIONS[name], options.get("axis"), bool(options.get("keepdims", False)))
    if name == "softmax":
        return softmax(ragged, options.get("axis", -1))
    if name == "expand_dims":
        return expand(ragged, options["axis"])
    if name == "reverse":
        return reverse(ragged, options["axis"])
    if name == "tile":
        return tile(ragged, options["multiples"])
    if name == "gather":  # dense params, ragged indices
        params, indices = arrays
        return indices.with_flat_values(gather(params, indices.flat_values))
    if name == "size":
        return ints(ragged.flat_values._value.size, np.int32)
    raise errors.InvalidArgumentError(
        errors.message(
            f"tf.{made.name}", expected="a tensor", received=f"a ragged tensor of shape {ragged.shape}",
            hint="pad it with its to_tensor(), or work on its rows with tf.map_fn",
        )
    )  # fmt: skip


def _parts(arrays: Any) -> list[Any]:
    found: list[Any] = []
    for array in arrays:
        found += array if isinstance(array, list | tuple) else [array]
    return found


def _fitted(array: Any, ragged: RaggedTensor) -> Any:
    """An operand beside `ragged`, as flat values."""
    if isinstance(array, list | tuple) and any(isinstance(each, RaggedTensor) for each in array):
        return [_fitted(each, ragged) for each in array]
    if isinstance(array, RaggedTensor):
        if array is not ragged and not _same_rows(array, ragged):
            raise errors.InvalidArgumentError(
                errors.message(
                    "ragged tensors together: Inputs must have identical ragged splits",
                    received=f"{[s.numpy().tolist() for s in array.nested_row_splits]} and "
                    f"{[s.numpy().tolist() for s in ragged.nested_row_splits]}",
                )
            )
        return array.flat_values
    if array is None or isinstance(array, bool | int | float | complex | str | bytes):
        return array
    dense = convert.convert_to_tensor(array)
    shape = dense.shape.as_list()
    whole = ragged.ragged_rank + len(ragged.flat_values.shape)
    if len(shape) <= whole - ragged.ragged_rank - 1 or not shape:
        return dense  # about inner dimensions only
    shape = [1] * (whole - len(shape)) + shape
    if any(size != 1 for size in shape[1 : ragged.ragged_rank + 1]):
        raise errors.InvalidArgumentError(
            errors.message(
                "a tensor with a ragged tensor", expected="size 1 along ragged dimensions", received={"tensor": dense}
            )
        )
    rows = reshape(dense, [shape[0], *shape[ragged.ragged_rank + 1 :]])
    if shape[0] == 1:
        return rows
    index = np.arange(ragged.nrows_known())
    for level in ragged.nested_row_splits:
        index = np.repeat(index, np.diff(host(level))) if level is ragged.row_splits else _deeper(index, level)
    return gather(rows, ints(index))


def _deeper(index: np.ndarray, splits: Tensor) -> np.ndarray:
    return np.repeat(index, np.diff(host(splits)))


def _same_rows(a: RaggedTensor, b: RaggedTensor) -> bool:
    if a.ragged_rank != b.ragged_rank:
        return False
    pairs = zip(a.nested_row_splits, b.nested_row_splits, strict=True)
    return all(x is y or np.array_equal(host(x), host(y)) for x, y in pairs)


# ---------------------------------------------------------------------------- reductions


@op(name="segment")
def _segment(values: FreeLike, rows: FreeLike, count: int, how: str) -> Any:
    if how in ("any", "all"):
        reduced = jax.ops.segment_max if how == "any" else jax.ops.segment_min
        out = reduced(values.astype(np.int32), rows, count)
        return (out > 0) if how == "any" else (out > 0) | (out == np.iinfo(np.int32).max)
    sizes = jax.ops.segment_sum(jnp.ones(rows.shape, np.int32), rows, count)
    wide = sizes.reshape((count,) + (1,) * (values.ndim - 1))
    if how == "mean":
        return jax.ops.segment_sum(values, rows, count) / wide.astype(values.dtype)
    out = getattr(jax.ops, f"segment_{how}")(values, rows, count)
    if how in ("max", "min") and values.dtype.kind in "fV":
        limits = jnp.finfo(values.dtype)
        out = jnp.where(wide > 0, out, np.asarray(limits.min if how == "max" else limits.max, values.dtype))
    return out


def reduce(ragged: RaggedTensor, how: str, axis: Any, keepdims: bool) -> Any:
    """A reduction over axes of a ragged tensor."""
    if axis is None:
        return _dense(how)(ragged.flat_values)
    if isinstance(axis, list | tuple):
        out: Any = ragged
        rank = ragged.ragged_rank + len(ragged.flat_values.shape)
        for each in sorted((a % rank for a in axis), reverse=True):
            out = _dense(how)(out, axis=each, keepdims=keepdims)
        return out
    rank = ragged.ragged_rank + len(ragged.flat_values.shape)
    axis = int(concrete(convert.convert_to_tensor(axis), "reduce")) % rank
    if axis == 0:
        out = _over_rows(ragged, how)
    elif axis == 1:
        if isinstance(ragged.values, RaggedTensor):
            out = _over_middle(ragged, how)
        else:
            out = _segment(ragged.values, ragged.value_rowids(), ragged.nrows_known(), how)
    else:
        out = ragged.with_values(_dense(how)(ragged.values, axis=axis - 1))
    return expand_dims(out, axis) if keepdims else out


def _dense(how: str) -> Callable[..., Any]:
    from addax.ops import reductions  # whose functions come back here for ragged tensors

    return getattr(reductions, f"reduce_{how}")


def _over_rows(ragged: RaggedTensor, how: str) -> Any:
    """Axis 0: column by column, over the rows that have it."""
    splits = host(ragged.row_splits)
    columns = np.arange(splits[-1]) - np.repeat(splits[:-1], np.diff(splits))
    width = int(np.diff(splits).max(initial=0))
    if isinstance(ragged.values, RaggedTensor):
        order = np.argsort(columns, kind="stable")
        regrouped = gather_rows(ragged.values, ints(order), None, 0)
        grouped = RaggedTensor.from_row_lengths(regrouped, ints(np.bincount(columns, minlength=width)))
        return _over_middle(grouped, how)
    return _segment(ragged.values, ints(columns), width, how)


def _over_middle(ragged: RaggedTensor, how: str) -> Any:
    """Axis 1 of a ragged tensor of ragged rows: each row becomes the reduction over its own rows."""
    return joining_rows([_over_rows(_row(ragged, i), how) for i in range(ragged.nrows_known())])


def joining_rows(rows: Sequence[Any]) -> Any:
    """Rows (tensors or ragged tensors) as one ragged tensor."""
    lengths = [len(row) if isinstance(row, RaggedTensor) else row.shape[0] for row in rows]
    values = concat(rows, 0) if any(isinstance(r, RaggedTensor) for r in rows) else joining.concat(list(rows), 0)
    return RaggedTensor.from_row_lengths(values, ints(np.array(lengths, np.int64)))


def softmax(ragged: RaggedTensor, axis: Any) -> RaggedTensor:
    """Softmax over the innermost rows."""
    from addax.ops import arithmetic, elementwise

    if isinstance(ragged.values, RaggedTensor):
        return ragged.with_values(softmax(ragged.values, axis))
    rows, count = ragged.value_rowids(), ragged.nrows_known()
    top = gather(_segment(ragged.values, rows, count, "max"), rows)
    powers = elementwise.exp(arithmetic.subtract(ragged.values, top))
    total = gather(_segment(powers, rows, count, "sum"), rows)
    return ragged.with_values(arithmetic.divide(powers, total))


# ---------------------------------------------------------------------------- rows


def _row(ragged: RaggedTensor, index: int) -> Any:
    splits = host(ragged.row_splits)
    begin, end = int(splits[index]), int(splits[index + 1])
    return (
        getitem(ragged.values, slice(begin, end))
        if isinstance(ragged.values, RaggedTensor)
        else ragged.values[begin:end]
    )


def gather_rows(ragged: RaggedTensor, indices: Any, axis: Any, batch_dims: int) -> Any:
    """Rows of a ragged tensor, by number."""
    if axis not in (None, 0) or batch_dims:
        raise errors.InvalidArgumentError("tf.gather of a ragged tensor: expected axis 0 and batch_dims 0.")
    if isinstance(indices, RaggedTensor):
        return indices.with_flat_values(gather_rows(ragged, indices.flat_values, None, 0))
    picked = host(indices)
    count = ragged.nrows_known()
    if picked.size and (picked.min() < 0 or picked.max() >= count):
        raise errors.InvalidArgumentError(f"tf.gather: indices {picked.tolist()} are not in [0, {count})")
    splits = host(ragged.row_splits)
    lengths = np.diff(splits)[picked.reshape(-1)]
    starts = splits[:-1][picked.reshape(-1)]
    where = np.concatenate([np.arange(a, a + n) for a, n in zip(starts, lengths, strict=True)] or [np.zeros(0, int)])
    inner = ragged.values
    values = gather_rows(inner, ints(where), None, 0) if isinstance(inner, RaggedTensor) else gather(inner, ints(where))
    out = RaggedTensor.from_row_lengths(values, ragged._ints(lengths), validate=False)
    for size in reversed(picked.shape[1:]):
        out = RaggedTensor.from_uniform_row_length(out, size)
    return out if picked.ndim else _row(out, 0)


def getitem(ragged: RaggedTensor, key: Any) -> Any:
    """`ragged[key]`: ints, slices, None and ellipsis; a ragged dimension takes slices."""
    items = key if isinstance(key, tuple) else (key,)
    if Ellipsis in [item for item in items if not isinstance(item, Tensor)]:
        spot = next(i for i, item in enumerate(items) if item is Ellipsis)
        rank = ragged.ragged_rank + len(ragged.flat_values.shape)
        spare = rank - sum(1 for item in items if item is not None and item is not Ellipsis)
        items = (*items[:spot], *[slice(None)] * spare, *items[spot + 1 :])
    if not items:
        return ragged
    first, rest = items[0], items[1:]
    if first is None:
        return expand(getitem(ragged, rest) if rest else ragged, 0)
    count = ragged.nrows_known()
    if isinstance(first, slice):
        bounds = [None if part is None else int(part) for part in (first.start, first.stop, first.step)]
        rows = np.arange(count)[slice(*bounds)]
        out = ragged if len(rows) == count and bounds[2] in (None, 1) else gather_rows(ragged, ints(rows), None, 0)
        return _inside(out, rest) if rest else out
    index = int(host(first))
    if not -count <= index < count:
        raise errors.InvalidArgumentError(
            f"x[...]: slice index {index} of dimension 0 out of bounds: there are {count} rows"
        )
    row = _row(ragged, index % count)
    return row[rest if len(rest) > 1 else rest[0]] if rest else row


def _inside(ragged: RaggedTensor, items: tuple[Any, ...]) -> Any:
    """Indexing of each row."""
    first, rest = items[0], items[1:]
    if first is None:
        return expand(ragged, 1)
    if not isinstance(first, slice):
        raise ValueError(f"Cannot index into an inner ragged dimension: {first!r}; use a slice, or to_tensor().")
    bounds = [None if part is None else int(part) for part in (first.start, first.stop, first.step)]
    splits = host(ragged.row_splits)
    wheres = [np.arange(a, b)[slice(*bounds)] for a, b in zip(splits[:-1], splits[1:], strict=True)]
    where = ints(np.concatenate(wheres or [np.zeros(0, int)]))
    inner = ragged.values
    values = gather_rows(inner, where, None, 0) if isinstance(inner, RaggedTensor) else gather(inner, where)
    out = RaggedTensor.from_row_lengths(values, ragged._ints([len(each) for each in wheres]), validate=False)
    if not rest:
        return out
    return out.with_values(_inside(values, rest) if isinstance(values, RaggedTensor) else values[(slice(None), *rest)])


def expand(ragged: Any, axis: Any) -> Any:
    """A new axis of size 1."""
    if not isinstance(ragged, RaggedTensor):
        return expand_dims(ragged, axis)
    rank = ragged.ragged_rank + len(ragged.flat_values.shape)
    axis = axis + rank + 1 if axis < 0 else axis
    if axis == 0:
        return RaggedTensor(ragged, ragged._ints([0, ragged.nrows_known()]), ragged.nrows_known())
    if axis == 1:
        return RaggedTensor(ragged, ragged._ints(np.arange(ragged.nrows_known() + 1)), 1)
    return ragged.with_values(expand(ragged.values, axis - 1))


def reverse(ragged: RaggedTensor, axis: Any) -> RaggedTensor:
    """Rows, or the values of each row, in the opposite order."""
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    rank = ragged.ragged_rank + len(ragged.flat_values.shape)
    out: Any = ragged
    for each in (a % rank for a in axes):
        if each == 0:
            out = gather_rows(out, ints(np.arange(out.nrows_known())[::-1]), None, 0)
        elif each == 1:
            out = _inside(out, (slice(None, None, -1),))
        else:
            inner = out.values
            out = out.with_values(
                reverse(inner, each - 1) if isinstance(inner, RaggedTensor) else joining.reverse(inner, [each - 1])
            )
    return out


def tile(ragged: RaggedTensor, multiples: Any) -> RaggedTensor:
    """Rows, and the values of each row, repeated."""
    first, second, *rest = multiples
    inner = ragged.values
    if any(size != 1 for size in rest):
        deeper = (1, *rest)
        ragged = ragged.with_values(
            tile(inner, deeper) if isinstance(inner, RaggedTensor) else joining.tile(inner, deeper)
        )
    out = concat([ragged] * second, 1) if second > 1 else ragged
    return concat([out] * first, 0) if first > 1 else out


def _ragged(value: Any, rank: int) -> RaggedTensor:
    if isinstance(value, RaggedTensor):
        return value
    return RaggedTensor.from_tensor(convert.convert_to_tensor(value), ragged_rank=rank)


def concat(values: Sequence[Any], axis: Any) -> Any:
    """Ragged tensors joined along an axis."""
    rank = max(each.ragged_rank for each in values if isinstance(each, RaggedTensor))
    parts = [_ragged(each, rank) for each in values]
    whole = rank + len(parts[0].flat_values.shape)
    axis = axis % whole
    if axis == 0:
        inner = [part.values for part in parts]
        joined = concat(inner, 0) if any(isinstance(i, RaggedTensor) for i in inner) else joining.concat(inner, 0)
        lengths = np.concatenate([np.diff(host(part.row_splits)) for part in parts])
        return RaggedTensor.from_row_lengths(joined, parts[0]._ints(lengths), validate=False)
    if axis == 1:
        counts = {part.nrows_known() for part in parts}
        if len(counts) != 1:
            raise errors.InvalidArgumentError(f"tf.concat of ragged tensors: numbers of rows differ: {sorted(counts)}.")
        stacked = concat(parts, 0)
        count = counts.pop()
        order = np.arange(count * len(parts)).reshape(len(parts), count).T.reshape(-1)
        mixed = gather_rows(stacked, ints(order), None, 0)
        lengths = np.sum([np.diff(host(part.row_splits)) for part in parts], axis=0)
        return RaggedTensor.from_row_lengths(mixed.values, parts[0]._ints(lengths), validate=False)
    inner = [part.values for part in parts]
    joined = concat(inner, axis - 1) if isinstance(inner[0], RaggedTensor) else joining.concat(inner, axis - 1)
    return parts[0].with_values(joined)


def stack(values: Sequence[Any], axis: Any) -> RaggedTensor:
    """Ragged tensors stacked along a new axis."""
    rank = max((each.ragged_rank for each in values if isinstance(each, RaggedTensor)), default=1)
    parts = [_ragged(each, rank) for each in values]
    return concat([expand(part, axis) for part in parts], axis)
