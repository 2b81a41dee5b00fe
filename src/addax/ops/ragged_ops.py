"""How ops take ragged tensors: elementwise ones go to the values, others to what `ragged_*` files say of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import convert, errors
from addax.core.plans import Op
from addax.core.tensor import Tensor
from addax.ops import ragged_broadcasting, ragged_joining, ragged_picking, ragged_reductions
from addax.ops.gathering import gather
from addax.ops.ragged_tensor import RaggedTensor, host, ints
from addax.ops.shaping import reshape

_UNARY = frozenset(
    """
    abs acos acosh adjust_brightness adjust_gamma angle as_string asin asinh atan atanh bessel_i0 bessel_i0e bessel_i1
    bessel_i1e cast ceil check_numerics conj cos cosh digamma elu erf erfc erfcinv erfinv exp expm1 floor gelu identity
    imag invert is_finite is_inf is_nan leaky_relu lgamma log log1p log_sigmoid logical_not ndtri ndtri_exp negative
    ones_like real reciprocal reciprocal_no_nan relu relu6 rint round rsqrt saturate_cast selu sigmoid sign silu sin
    sinh softplus softsign sqrt square stop_gradient swish tan tanh zeros_like bitwise_or_logical_not hard_sigmoid mish
    """.split()
)
_NARY = frozenset(
    """
    add add_n atan2 bitwise_and bitwise_or bitwise_or_logical_and bitwise_or_logical_or bitwise_or_logical_xor
    bitwise_xor clip_by_value complex div_no_nan divide divide_no_nan equal floordiv floormod greater greater_equal
    left_shift less less_equal logical_and logical_or logical_xor maximum minimum mod multiply multiply_no_nan not_equal
    pow realdiv right_shift sigmoid_cross_entropy_with_logits squared_difference subtract truediv truncatediv
    truncatemod where xdivy xlog1py xlogy zeta
    """.split()
)


# Fused ops of Keras's layers that look at each value, or at each vector along the last axis.
_BY_VALUE = frozenset(f"keras.layers{each}" for each in (" merging", ".ReLU", ".ELU", ".ThresholdedReLU"))


def call(function: Callable[..., Any], arrays: Any, static: Any, made: Op) -> Any:
    """An op with a ragged tensor among its arguments."""
    name = made.name.split()[0].rsplit(".", 1)[-1]
    if any(hasattr(each, "__static_call__") for each in static):
        return ragged_broadcasting.call(function, arrays, static, made)
    options = dict(zip(made.statics, static, strict=True))
    ragged = next(each for each in _parts(arrays) if isinstance(each, RaggedTensor))
    if name in _UNARY or name in _NARY or "equal" in name or made.name in _BY_VALUE:
        names = [argument for argument, _ in made.groups]
        try:
            fitted = [fitted_to(array, ragged) for array in arrays]
        except errors.InvalidArgumentError as error:
            ragged, fitted = _broadcast(arrays, error)
        return ragged.with_flat_values(function(**dict(zip(names, fitted, strict=True)), **options))
    known = _LAYERS.get(made.name) or _FUNCTIONS.get(name)
    if known is not None:
        names = [argument for argument, _ in made.groups]
        return known(**dict(zip(names, arrays, strict=True)), **options)
    raise refused(made.name, ragged)


def _broadcast(arrays: Any, error: errors.InvalidArgumentError) -> tuple[RaggedTensor, list[Any]]:
    """Operands of different rows as (a tensor of the shape that they broadcast to, their flat values)."""
    parts = _parts(arrays)
    if any(part is None for part in parts):
        raise error
    try:
        made = iter(ragged_broadcasting.together(parts))
    except errors.InvalidArgumentError:
        raise error from None
    fitted = [[next(made) for _ in each] if isinstance(each, list | tuple) else next(made) for each in arrays]
    whole = next(each for each in _parts(fitted) if isinstance(each, RaggedTensor))
    return whole, [fitted_to(each, whole) for each in fitted]


def refused(name: str, ragged: RaggedTensor) -> ValueError:
    """The error of a function that takes no ragged tensors."""
    return ValueError(
        errors.message(
            f"tf.{name}", expected="a tensor", received=f"a ragged tensor of shape {ragged.shape}",
            hint="pad it with its to_tensor(), or work on its rows with tf.map_fn",
        )
    )  # fmt: skip


def _parts(arrays: Any) -> list[Any]:
    found: list[Any] = []
    for array in arrays:
        found += array if isinstance(array, list | tuple) else [array]
    return found


def fitted_to(array: Any, ragged: RaggedTensor) -> Any:
    """An operand beside `ragged`, as flat values."""
    if isinstance(array, list | tuple) and any(isinstance(each, RaggedTensor) for each in array):
        return [fitted_to(each, ragged) for each in array]
    if isinstance(array, RaggedTensor):
        if array is not ragged and not same_rows(array, ragged):
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
    other_rows = len(shape) > whole or shape[0] not in (1, ragged.nrows_known())
    if other_rows or any(size != 1 for size in shape[1 : ragged.ragged_rank + 1]):
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
        index = np.repeat(index, np.diff(host(level)))
    return gather(rows, ints(index))


def same_rows(a: RaggedTensor, b: RaggedTensor) -> bool:
    """Whether two ragged tensors have rows of the same lengths at all depths."""
    if a.ragged_rank != b.ragged_rank:
        return False
    pairs = zip(a.nested_row_splits, b.nested_row_splits, strict=True)
    return all(x is y or np.array_equal(host(x), host(y)) for x, y in pairs)


# ---------------------------------------------------------------------------- functions that are about rows


def _reduction(how: str) -> Callable[..., Any]:
    def reduce(input_tensor: Any, axis: Any = None, keepdims: bool = False, **_: Any) -> Any:
        return ragged_reductions.reduce(input_tensor, how, axis, bool(keepdims))

    return reduce


def _one_hot(
    indices: Any, depth: Any, on_value: Any = None, off_value: Any = None, axis: Any = None, dtype: Any = None
) -> Any:
    from addax.ops.creation import one_hot  # which comes here for ragged indices

    rank = len(indices.shape)
    if axis not in (None, -1, rank):
        raise ValueError(f"tf.one_hot: ragged indices need axis -1 or {rank}, received {axis}.")
    return indices.with_flat_values(one_hot(indices.flat_values, depth, on_value, off_value, -1, dtype))


def _reshape(tensor: Any, shape: Any) -> Any:
    return reshape(tensor.flat_values, [int(size) for size in np.asarray(shape).reshape(-1)])


def _dense_gather(params: Any, indices: Any, axis: Any = None, batch_dims: int = 0, **_: Any) -> Any:
    """Dense params, ragged indices."""
    return ragged_picking.gather(params, indices, axis, batch_dims)


def _size(input: Any, out_type: Any = np.int32, **_: Any) -> Tensor:
    return ints(input.flat_values._value.size, np.int32)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "reduce_sum": _reduction("sum"), "reduce_mean": _reduction("mean"), "reduce_max": _reduction("max"),
    "reduce_min": _reduction("min"), "reduce_prod": _reduction("prod"), "reduce_any": _reduction("any"),
    "reduce_all": _reduction("all"), "reduce_variance": ragged_reductions.variance,
    "reduce_std": ragged_reductions.deviation, "reduce_logsumexp": ragged_reductions.log_sum_exp,
    "softmax": ragged_reductions.softmax, "cumsum": ragged_reductions.cumulative,
    "expand_dims": ragged_joining.expand_dims, "squeeze": ragged_joining.squeeze, "reverse": ragged_picking.reverse,
    "tile": ragged_joining.tile, "matmul": ragged_joining.matmul, "gather": _dense_gather,
    "gather_nd": ragged_picking.gather_nd, "one_hot": _one_hot, "reshape": _reshape, "size": _size,
    "split": ragged_joining.split, "dynamic_partition": ragged_picking.dynamic_partition,
    "unsorted_segment_sum": ragged_reductions.unsorted("sum"), "dropout": ragged_picking.dropout,
    "unsorted_segment_mean": ragged_reductions.unsorted("mean"),
    "unsorted_segment_max": ragged_reductions.unsorted("max"),
    "unsorted_segment_min": ragged_reductions.unsorted("min"),
    "unsorted_segment_prod": ragged_reductions.unsorted("prod"), "where": ragged_picking.places,
    "reduce_join": ragged_reductions.join,
}  # fmt: skip


def _global_pool(x: Any, kind: str, first: bool, keepdims: bool) -> Any:
    rank = len(x.shape)
    axes = range(2, rank) if first else range(1, rank - 1)
    out: Any = x
    for axis in reversed(axes):
        out = _FUNCTIONS["reduce_max" if kind == "max" else "reduce_mean"](out, axis, keepdims)
    return out


def _layer_softmax(x: Any, mask: Any, axes: tuple[int, ...], robust: bool) -> Any:
    if mask is not None or axes not in ((-1,), (len(x.shape) - 1,)):
        raise refused("keras.layers.Softmax", x)
    if len(x.flat_values.shape) == 1:
        return ragged_reductions.softmax(x)
    from addax.ops.activations import softmax

    return x.with_flat_values(softmax(x.flat_values, axis=-1))


def _layer_norm(x: Any, gamma: Any, beta: Any, axes: tuple[int, ...], epsilon: float) -> Any:
    from addax.ops.normalizing_layers import layer_norm  # which comes here for ragged inputs

    if any(axis % len(x.shape) <= x.ragged_rank for axis in axes):
        raise refused("keras.layers.LayerNormalization", x)
    inner = tuple([axis % len(x.shape) - x.ragged_rank for axis in axes])
    return x.with_flat_values(layer_norm(x.flat_values, gamma, beta, inner, epsilon))


_LAYERS: dict[str, Callable[..., Any]] = {
    "keras.layers.GlobalPooling": _global_pool, "keras.layers.LayerNormalization": _layer_norm,
    "keras.layers.Softmax": _layer_softmax,
}  # fmt: skip


def by_name(name: str, ragged: RaggedTensor, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """A function that is not one op, called with a ragged tensor among its arguments."""
    known = _FUNCTIONS.get(name)
    if known is None:
        raise refused(name, ragged)
    return known(*arguments, **options)
