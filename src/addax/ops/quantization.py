"""tf.quantization: numbers as small integers that stand for a range, and training with what that does to them.

The formulas are those of TensorFlow's reference kernels (tensorflow.org/api_docs/python/tf/quantization); they are
computed in float32, whatever the width of the integers.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import dtypes, errors
from addax.core.convert import FreeLike, FreeList, TensorLike, TensorList, convert_to_tensor
from addax.core.dispatch import op
from addax.core.quantized import QuantizedTensor, integers
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor

__all__ = ["dequantize", "quantize", "quantize_and_dequantize", "quantize_and_dequantize_v2", "quantized_concat"]

_MODES = ("MIN_COMBINED", "MIN_FIRST", "SCALED")
_QUANTIZED = (dtypes.qint8, dtypes.quint8, dtypes.qint32, dtypes.qint16, dtypes.quint16)


class QuantizeResult(NamedTuple):
    """Quantized values, and the range that they stand for."""

    output: Any
    output_min: Tensor
    output_max: Tensor


def _one_of(who: str, argument: str, value: Any, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.quantization.{who}", expected=f"{argument} to be one of {allowed}", received=repr(value)
            )
        )


def _quantized_type(who: str, kind: Any) -> dtypes.DType:
    found = dtypes.as_dtype(kind)
    if found not in _QUANTIZED:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.quantization.{who}",
                expected="one of the dtypes " + ", ".join(each.name for each in _QUANTIZED),
                received=found.name,
            )
        )
    return found


def _along(limit: Any, rank: int, axis: int) -> Any:
    """Limits of slices in a shape that broadcasts along `axis`; -1: one limit for all."""
    return limit if axis < 0 else limit.reshape([-1 if i == axis else 1 for i in range(rank)])


def _axis(who: str, axis: Any, rank: int) -> int:
    axis = -1 if axis is None else int(axis)
    if axis >= 0:
        if axis >= rank:
            raise errors.InvalidArgumentError(
                errors.message(f"tf.quantization.{who}", expected=f"axis < {rank}, the rank", received=f"axis {axis}")
            )
        return axis
    if axis < -1 and axis >= -rank:
        return axis + rank
    if axis < -1:
        raise errors.InvalidArgumentError(
            errors.message(f"tf.quantization.{who}", expected=f"axis >= {-rank}", received=f"axis {axis}")
        )
    return -1


def single(x: Any) -> Any:
    """Float64 numbers rounded to float32's precision.

    Every step of the formulas is rounded like this: left to itself, XLA fuses products with sums and multiplies by the
    reciprocals of constants, and numbers that lie half-way between two integers would go to the other one.
    """
    return jax.lax.reduce_precision(x, 8, 23)


def wide(x: Any) -> Any:
    """Float32 numbers as float64; other dtypes as they are."""
    return x.astype(np.float64) if x.dtype == np.float32 else x


def rounded(x: Any) -> Any:
    """What was computed from `wide` numbers, at the precision that the numbers have."""
    return single(x) if x.dtype == np.float64 else x


def _half_away(x: Any) -> Any:
    """Rounding with halves away from zero."""
    return jnp.where(x < 0, -jnp.floor(-x + 0.5), jnp.floor(x + 0.5))


def _scale(low: int, high: int, minimum: Any, maximum: Any, limit: float = float(np.finfo(np.float32).max)) -> Any:
    """Steps per unit, such that both ends of the range fit."""
    below, above = _sides(low, high, minimum, maximum, limit)
    return jnp.minimum(below, above)


def _sides(low: int, high: int, minimum: Any, maximum: Any, limit: float) -> tuple[Any, Any]:
    """Steps per unit, as each end of the range asks for it."""
    below = jnp.where(low * minimum > 0, rounded(low / jnp.where(minimum == 0, 1, minimum)), limit)
    above = jnp.where(high * maximum > 0, rounded(high / jnp.where(maximum == 0, 1, maximum)), limit)
    return below, above


# ---------------------------------------------------------------------------- to integers and back


@op(name="quantization.quantize", differentiable=False)
def _quantize(
    input: FreeLike, min_range: FreeLike, max_range: FreeLike, held, mode, round_mode, narrow_range, axis, ensure
):
    info = np.iinfo(held)
    axis = _axis("quantize", axis, input.ndim)
    size = 1 if axis < 0 else input.shape[axis]
    for name, limit in (("min_range", min_range), ("max_range", max_range)):
        if limit.size != size:
            raise errors.InvalidArgumentError(
                errors.message("tf.quantization.quantize", expected=f"{name} of {size} values", received={name: limit})
            )
    low = jnp.minimum(jnp.float32(0), min_range)
    gap = jnp.maximum(1.0, jnp.maximum(jnp.abs(min_range), jnp.abs(max_range))) * jnp.float32(ensure)
    high = jnp.maximum(jnp.float32(0), jnp.maximum(max_range, low + gap))
    x, low, high = wide(input), wide(low), wide(high)
    if mode == "SCALED":
        least = info.min + (1 if narrow_range else 0)
        scale = _scale(least, info.max, low, high)
        low, high = single(least / scale), single(info.max / scale)
        a, b, by = (_along(each, input.ndim, axis) for each in (low, high, scale))
        scaled = single(jnp.clip(x, a, b) * by)
        whole = jnp.round(scaled) if round_mode == "HALF_TO_EVEN" else _half_away(scaled)
    elif mode == "MIN_FIRST":
        whole = _by_steps(x, _along(low, input.ndim, axis), _along(high, input.ndim, axis), info)
    else:
        a, b = _along(low, input.ndim, axis), _along(high, input.ndim, axis)
        scale = single(single(jnp.float64(info.max) - info.min) / single(b - a))
        scaled = single(single(jnp.clip(x, a, b) - a) * scale)
        whole = _half_away(single(scaled + info.min)) if info.min < 0 else jnp.floor(single(scaled + 0.5))
    return _clipped(whole, info), low.astype(np.float32), high.astype(np.float32)


def _clipped(rounded: Any, info: Any) -> Any:
    """Rounded numbers as integers, those out of range as the nearest."""
    return jnp.clip(rounded.astype(np.float64), info.min, info.max).astype(info.dtype)


def _by_steps(x: Any, low: Any, high: Any, info: Any) -> Any:
    """Steps from the bottom of the range, which is itself rounded to a step (MIN_FIRST)."""
    span = single(high - low)
    scale = (2.0**info.bits - 1) / jnp.where(span == 0, 1, span)
    moved = _half_away(x * scale) - _half_away(low * scale) + info.min
    return jnp.where(span == 0, float(info.min), moved)


def quantize(
    input: Any,  # noqa: A002  (TensorFlow's names throughout)
    min_range: Any,
    max_range: Any,
    T: Any,  # noqa: N803
    mode: str = "MIN_COMBINED",
    round_mode: str = "HALF_AWAY_FROM_ZERO",
    name: str | None = None,
    narrow_range: bool = False,
    axis: int | None = None,
    ensure_minimum_range: float = 0.01,
) -> QuantizeResult:
    """Numbers as integers that stand for a range.

    Args:
        input: a float32 tensor.
        min_range: the number for which the lowest integer stands; with `axis` one per slice.
        max_range: the number for which the highest stands.
        T: the dtype: `tf.qint8`, `quint8`, `qint16`, `quint16` or `qint32`.
        mode: "MIN_COMBINED" (integers spread evenly over the range), "MIN_FIRST" (0.0 is an integer exactly) or
            "SCALED" (0.0 is 0, the range is symmetric).
        round_mode: "HALF_AWAY_FROM_ZERO", or for SCALED "HALF_TO_EVEN".
        name: ignored.
        narrow_range: for SCALED, leave the lowest integer out.
        axis: the axis along which slices have ranges of their own; None for one range.
        ensure_minimum_range: how wide the range is at least.

    Returns:
        (output, output_min, output_max): a tensor of dtype `T` and the range that was used.

    Raises:
        InvalidArgumentError: an unknown mode or dtype, an empty range, or an input of another dtype.

    >>> import addax as tf
    >>> tf.quantization.quantize([1.0, 2.0, -3.0], -4.0, 4.0, tf.qint8).output.numpy().tolist()
    [31, 63, -96]
    """
    kind = _quantized_type("quantize", T)
    _one_of("quantize", "mode", mode, _MODES)
    _one_of("quantize", "round_mode", round_mode, ("HALF_AWAY_FROM_ZERO", "HALF_TO_EVEN"))
    if round_mode == "HALF_TO_EVEN" and mode != "SCALED":
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.quantization.quantize", expected="mode SCALED with round_mode HALF_TO_EVEN", received=f"mode {mode}"
            )
        )
    tensor = _float32("quantize", "input", input)
    low, high = _float32("quantize", "min_range", min_range), _float32("quantize", "max_range", max_range)
    _check_range("quantize", low, high)
    found = _quantize(
        tensor, low, high, integers(kind).name, mode, round_mode, narrow_range, axis, float(ensure_minimum_range)
    )
    return QuantizeResult(QuantizedTensor(found[0]._value, kind), found[1], found[2])


def _float32(who: str, argument: str, value: Any) -> Tensor:
    tensor = convert_to_tensor(value, dtype_hint=dtypes.float32)
    if tensor.dtype != dtypes.float32:
        raise errors.InvalidArgumentError(
            errors.message(f"tf.quantization.{who}", expected=f"{argument} of float32", received={argument: tensor})
        )
    return tensor


def _check_range(who: str, low: Tensor, high: Tensor) -> None:
    """Refuse an empty range, where the limits are known."""
    if low.is_symbolic or high.is_symbolic:
        return
    if not np.all(concrete(low, who) < concrete(high, who)):
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.quantization.{who}",
                expected="input_max_range must be larger than input_min_range: min_range < max_range",
                received=f"min_range {low.numpy()}, max_range {high.numpy()}",
            )
        )


@op(name="quantization.dequantize", differentiable=False)
def _dequantize(input: FreeLike, min_range: FreeLike, max_range: FreeLike, mode, axis, narrow_range, dtype):
    info = np.iinfo(input.dtype)
    axis = _axis("dequantize", axis, input.ndim)
    low, high = _along(wide(min_range), input.ndim, axis), _along(wide(max_range), input.ndim, axis)
    x = single(input.astype(np.float64))
    if mode == "MIN_COMBINED":
        step = single(single(high - low) / single(jnp.float64(info.max) - info.min))
        out = single(single(x - info.min) * step) + low
    elif mode == "MIN_FIRST":
        out = _from_steps(input, low, high, info)
    else:
        least = info.min + (1 if narrow_range else 0)
        step = single(high / info.max)
        out = x * (step if info.min == 0 else jnp.maximum(single(low / least), step))
    return out.astype(np.float32).astype(dtypes.as_dtype(dtype).np)


def _from_steps(quantized: Any, low: Any, high: Any, info: Any) -> Any:
    """What MIN_FIRST's integers stand for."""
    step = single(single(high - low) / (2.0**info.bits - 1))
    bottom = jnp.where(high == low, low, single(_half_away(single(low / jnp.where(step == 0, 1, step))) * step))
    return bottom + (quantized.astype(np.float64) - info.min) * step


def dequantize(
    input: Any,  # noqa: A002
    min_range: Any,
    max_range: Any,
    mode: str = "MIN_COMBINED",
    name: str | None = None,
    axis: int | None = None,
    narrow_range: bool = False,
    dtype: Any = dtypes.float32,
) -> Tensor:
    """The numbers that quantized integers stand for.

    Args:
        input: a tensor of a quantized dtype.
        min_range: the number for which the lowest integer stands; with `axis` one per slice.
        max_range: the number for which the highest stands.
        mode: as for `quantize`.
        name: ignored.
        axis: the axis along which slices have ranges of their own.
        narrow_range: for SCALED, whether the lowest integer was left out.
        dtype: `tf.float32` or `tf.bfloat16`.

    Raises:
        InvalidArgumentError: an input that is not quantized, or an unknown mode or dtype.

    >>> import addax as tf
    >>> q = tf.quantization.quantize([1.0], -4.0, 4.0, tf.quint8, mode="SCALED")
    >>> tf.quantization.dequantize(q.output, q.output_min, q.output_max, mode="SCALED").numpy().round(2).tolist()
    [1.0]
    """
    tensor = input if isinstance(input, QuantizedTensor) else convert_to_tensor(input)
    _quantized_type("dequantize", tensor.dtype)
    _one_of("dequantize", "mode", mode, _MODES)
    wanted = dtypes.as_dtype(dtype)
    _one_of("dequantize", "dtype", wanted.name, ("float32", "bfloat16"))
    low, high = _float32("dequantize", "min_range", min_range), _float32("dequantize", "max_range", max_range)
    return _dequantize(Tensor(tensor._value), low, high, mode, axis, narrow_range, wanted)


@op(name="quantization.quantized_concat", differentiable=False)
def _requantized_concat(values: TensorList, lows: FreeList, highs: FreeList, axis):
    info = np.iinfo(values[0].dtype)
    low = jnp.minimum(jnp.float32(0), jnp.min(jnp.stack(lows)))
    high = jnp.max(jnp.stack(highs))
    if info.min < 0:
        high = jnp.maximum(jnp.abs(low), jnp.abs(high))
        low = -high
    parts = []
    for value, a, b in zip(values, lows, highs, strict=True):
        meant = single(_from_steps(value, wide(a), wide(b), info))
        again = _clipped(_by_steps(meant, wide(low), wide(high), info), info)
        parts.append(jnp.where((a == low) & (b == high), value, again))
    return jnp.concatenate(parts, axis), low, high


def quantized_concat(
    concat_dim: Any, values: Any, input_mins: Any, input_maxes: Any, name: str | None = None
) -> QuantizeResult:
    """Quantized tensors (of mode MIN_FIRST) joined along an axis, with one range for all.

    Args:
        concat_dim: the axis.
        values: tensors of one quantized dtype.
        input_mins: for each the number for which its lowest integer stands.
        input_maxes: for each the number for which its highest integer stands.
        name: ignored.

    Returns:
        (output, output_min, output_max).

    Raises:
        InvalidArgumentError: tensors that are not quantized, or not as many limits as tensors.

    >>> import addax as tf
    >>> q = tf.quantization.quantize([1.0], 0.0, 4.0, tf.quint8, mode="MIN_FIRST").output
    >>> tf.quantization.quantized_concat(0, [q, q], [0.0, 0.0], [4.0, 4.0]).output.numpy().tolist()
    [64, 64]
    """
    kinds = {_quantized_type("quantized_concat", value.dtype) for value in values}
    lows = [_float32("quantized_concat", "input_mins", each) for each in input_mins]
    highs = [_float32("quantized_concat", "input_maxes", each) for each in input_maxes]
    if len(kinds) != 1 or not len(values) == len(lows) == len(highs):
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.quantization.quantized_concat",
                expected="values of one dtype, and as many input_mins and input_maxes",
                received=f"dtypes {sorted(kind.name for kind in kinds)}, {len(values)} values, {len(lows)} input_mins, "
                f"{len(highs)} input_maxes",
            )
        )
    axis = int(concrete(concat_dim, "quantization.quantized_concat"))
    found = _requantized_concat([Tensor(value._value) for value in values], lows, highs, axis)
    return QuantizeResult(QuantizedTensor(found[0]._value, kinds.pop()), found[1], found[2])


# ---------------------------------------------------------------------------- what quantizing does to numbers


def _through(x: Any, low: Any, high: Any, signed, bits, given, mode, narrow, axis) -> Any:
    """Numbers after quantizing and dequantizing, as floats of their own dtype."""
    least = (-(1 << (bits - 1)) + (1 if narrow else 0)) if signed else 0
    most = (1 << (bits - 1)) - 1 if signed else (1 << bits) - 1
    dtype, keep = x.dtype, rounded if x.dtype == np.float32 else (lambda value: value)
    if not given:
        axes = tuple(i for i in range(x.ndim) if i != axis) if axis >= 0 else None
        low, high = jnp.min(x, axes), jnp.max(x, axes)
    low, high = _along(low, x.ndim, axis).astype(dtype), _along(high, x.ndim, axis).astype(dtype)
    x, low, high = wide(x), wide(low), wide(high)
    below, above = _sides(least, most, low, high, float(jnp.finfo(dtype).max))
    from_below = below < above
    scale = jnp.where(from_below, below, above).astype(x.dtype)
    step = keep(jnp.where(from_below, low / (least or 1), high / most).astype(x.dtype))
    low, high = jnp.where(from_below, low, keep(least * step)), jnp.where(from_below, keep(most * step), high)
    kept = jnp.maximum(jnp.minimum(x, high.astype(x.dtype)), low.astype(x.dtype)) if given else x
    scaled = keep(kept * scale)
    half = jnp.asarray(0.5, x.dtype)
    whole = jnp.round(scaled) if mode == "HALF_TO_EVEN" else jnp.floor(keep(scaled + half))
    return (whole * step).astype(dtype)


def _check_through(who: str, x: Any, low: Any, high: Any, signed, bits, mode, axis) -> int:
    _one_of(who, "round_mode", mode, ("HALF_TO_EVEN", "HALF_UP"))
    if not 0 < bits < (62 if signed else 63):
        raise errors.InvalidArgumentError(
            errors.message(f"tf.quantization.{who}", expected="num_bits of 1 to 61", received=f"num_bits {bits}")
        )
    axis = _axis(who, axis, x.ndim)
    size = 1 if axis < 0 else x.shape[axis]
    if not low.size == high.size == size:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.quantization.{who}",
                expected=f"input_min and input_max of {size} values",
                received={"input_min": low, "input_max": high},
            )
        )
    return axis


@op(kinds="f")
def _quantize_and_dequantize(
    input: TensorLike, input_min: TensorLike, input_max: TensorLike, signed, bits, given, mode, narrow, axis, clips
):
    who = "quantize_and_dequantize"
    axis = _check_through(who, input, input_min, input_max, signed, bits, mode, axis)

    @jax.custom_jvp
    def through(x: Any, low: Any, high: Any) -> Any:
        return _through(x, low, high, signed, bits, given, mode, narrow, axis)

    @through.defjvp
    def _(values: Any, slopes: Any) -> Any:
        x, low, high = values
        slope = slopes[0]
        if clips:
            inside = (x >= _along(low, x.ndim, axis)) & (x <= _along(high, x.ndim, axis))
            slope = jnp.where(inside, slope, jnp.zeros_like(slope))
        return through(*values), slope

    return through(input, input_min, input_max)


def quantize_and_dequantize_v2(
    input: Any,  # noqa: A002
    input_min: Any,
    input_max: Any,
    signed_input: bool = True,
    num_bits: int = 8,
    range_given: bool = False,
    round_mode: str = "HALF_TO_EVEN",
    name: str | None = None,
    narrow_range: bool = False,
    axis: int | None = None,
) -> Tensor:
    """What numbers are after being quantized (mode SCALED) and dequantized; for training that is to be quantized later.

    The gradient is 1 where `input` is within [input_min, input_max], 0 elsewhere.

    Args:
        input: a floating tensor.
        input_min: the least number of the range; with `axis` one per slice.
        input_max: the greatest.
        signed_input: whether the integers are signed.
        num_bits: their width.
        range_given: whether the range is that of the limits (True) or of the numbers themselves.
        round_mode: "HALF_TO_EVEN" or "HALF_UP".
        name: ignored.
        narrow_range: leave the lowest integer out.
        axis: the axis along which slices have ranges of their own.

    Raises:
        InvalidArgumentError: num_bits or round_mode out of range, or a range that is empty.

    >>> import addax as tf
    >>> tf.quantization.quantize_and_dequantize_v2([0.3, 9.0], -1.0, 1.0, num_bits=3, range_given=True).numpy()
    array([0.33333334, 1.        ], dtype=float32)
    """
    return _quantized_range(
        input, input_min, input_max, signed_input, num_bits, range_given, round_mode, narrow_range, axis, True
    )


def quantize_and_dequantize(
    input: Any,  # noqa: A002
    input_min: Any,
    input_max: Any,
    signed_input: bool = True,
    num_bits: int = 8,
    range_given: bool = False,
    round_mode: str = "HALF_TO_EVEN",
    name: str | None = None,
    narrow_range: bool = False,
    axis: int | None = None,
) -> Tensor:
    """As `quantize_and_dequantize_v2`, with a gradient of 1 everywhere (deprecated in TensorFlow).

    Args:
        input: a floating tensor.
        input_min: the least number of the range.
        input_max: the greatest.
        signed_input: whether the integers are signed.
        num_bits: their width.
        range_given: whether the range is that of the limits or of the numbers themselves.
        round_mode: "HALF_TO_EVEN" or "HALF_UP".
        name: ignored.
        narrow_range: leave the lowest integer out.
        axis: the axis along which slices have ranges of their own.

    >>> import addax as tf
    >>> tf.quantization.quantize_and_dequantize([0.3], -1.0, 1.0, num_bits=3, range_given=True).numpy().tolist()
    [0.3333333432674408]
    """
    return _quantized_range(
        input, input_min, input_max, signed_input, num_bits, range_given, round_mode, narrow_range, axis, False
    )


def _quantized_range(x, low, high, signed, bits, given, mode, narrow, axis, clips):
    x = convert_to_tensor(x)
    low, high = convert_to_tensor(low, dtype_hint=x.dtype), convert_to_tensor(high, dtype_hint=x.dtype)
    known = not (low.is_symbolic or high.is_symbolic) if isinstance(low, Tensor) and isinstance(high, Tensor) else False
    if given and known and np.any(concrete(low, "quantize") > concrete(high, "quantize")):
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.quantization.quantize_and_dequantize",
                expected="input_min <= input_max",
                received=f"Invalid range: input_min {low.numpy()} > input_max {high.numpy()}",
            )
        )
    return _quantize_and_dequantize(x, low, high, bool(signed), int(bits), bool(given), mode, bool(narrow), axis, clips)
