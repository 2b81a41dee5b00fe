"""tf.quantization.fake_quant_*: numbers rounded to the steps of a range, with the range itself trainable.

Source: Jacob et al., Quantization and Training of Neural Networks for
Efficient Integer-Arithmetic-Only Inference, 2018.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from addax.core import errors
from addax.core.convert import TensorLike
from addax.core.dispatch import op
from addax.core.tensor import Tensor
from addax.ops.quantization import single

__all__ = [
    "fake_quant_with_min_max_args",
    "fake_quant_with_min_max_args_gradient",
    "fake_quant_with_min_max_vars",
    "fake_quant_with_min_max_vars_gradient",
    "fake_quant_with_min_max_vars_per_channel",
    "fake_quant_with_min_max_vars_per_channel_gradient",
]


class FakeQuantGradient(NamedTuple):
    """Gradients with respect to the numbers and to both ends of the range."""

    backprops_wrt_input: Tensor
    backprop_wrt_min: Tensor
    backprop_wrt_max: Tensor


def _steps(who: str, bits: int, narrow: bool) -> tuple[int, int]:
    if not 2 <= bits <= 16:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.quantization.{who}",
                expected="num_bits must be between 2 and 16, inclusive",
                received=f"num_bits {bits}",
            )
        )
    return (1 if narrow else 0), (1 << bits) - 1


def _nudged(low: Any, high: Any, least: int, most: int) -> tuple[Any, Any, Any]:
    """The range moved so that 0.0 is one of its steps: (low, high, step), as float64 numbers of float32's precision."""
    low, high = low.astype(np.float64), high.astype(np.float64)
    step = single(single(high - low) / (most - least))
    zero = single(least - single(low / jnp.where(step == 0, 1, step)))
    zero = jnp.where(zero < least, least, jnp.where(zero > most, most, jnp.floor(zero + 0.5)))
    return single((least - zero) * step), single((most - zero) * step), step


def _rounded(x: Any, low: Any, high: Any, least: int, most: int) -> Any:
    bottom, top, step = _nudged(low, high, least, most)
    by = single(1 / jnp.where(step == 0, 1, step))
    zero = jnp.floor(single(single(-bottom * by) + 0.5))
    kept = jnp.maximum(jnp.minimum(x.astype(np.float64), top), bottom)
    steps = single(single(kept - bottom) * by)
    out = jnp.floor(single(single(steps - zero) + 0.5)) * step
    return jnp.where((low == 0) & (high == 0), jnp.zeros_like(x), out.astype(x.dtype))


def _parts(slope: Any, x: Any, low: Any, high: Any, least: int, most: int) -> tuple[Any, Any, Any]:
    """A gradient divided up: (within the range, below it, above it)."""
    bottom, top, _ = _nudged(low, high, least, most)
    empty = (low == 0) & (high == 0)
    zero = jnp.zeros_like(slope)
    below, above = (x < bottom) & ~empty, (x > top) & ~empty
    return jnp.where(below | above, zero, slope), jnp.where(below, slope, zero), jnp.where(above, slope, zero)


def _fake_quant(x: Any, low: Any, high: Any, least: int, most: int) -> Any:
    @jax.custom_jvp
    def quantize(x: Any, low: Any, high: Any) -> Any:
        return _rounded(x, low, high, least, most)

    @quantize.defjvp
    def _(values: Any, slopes: Any) -> Any:
        ones = jnp.ones_like(values[0])
        inside, below, above = _parts(ones, *values, least, most)
        return quantize(*values), inside * slopes[0] + below * slopes[1] + above * slopes[2]

    return quantize(x, low, high)


def _check_limits(low: float, high: float) -> None:
    if not low < high:
        raise errors.InvalidArgumentError(
            errors.message(
                "tf.quantization.fake_quant_with_min_max_args",
                expected="min has to be smaller than max",
                received=f"min {low}, max {high}",
            )
        )


@op(kinds="f")
def fake_quant_with_min_max_args(
    inputs: TensorLike,
    min=-6,
    max=6,
    num_bits=8,
    narrow_range=False,
    name: str | None = None,  # noqa: A002
) -> Tensor:
    """Numbers rounded to one of 2**num_bits steps from `min` to `max`; the range is moved so that 0 is a step.

    The gradient is 1 within the range, 0 outside.

    Args:
        inputs: a float32 tensor.
        min: the lower end of the range.
        max: the upper end.
        num_bits: 2 to 16.
        narrow_range: leave the lowest step out.
        name: ignored.

    Raises:
        InvalidArgumentError: an empty range, or num_bits out of range.

    >>> import addax as tf
    >>> tf.quantization.fake_quant_with_min_max_args([0.2, 5.0], -1.5, 1.5, num_bits=2).numpy().tolist()
    [0.0, 1.0]
    """
    least, most = _steps("fake_quant_with_min_max_args", num_bits, narrow_range)
    _check_limits(min, max)
    return _fake_quant(inputs, jnp.float32(min), jnp.float32(max), least, most)


@op(kinds="f")
def fake_quant_with_min_max_args_gradient(
    gradients: TensorLike,
    inputs: TensorLike,
    min=-6,  # noqa: A002
    max=6,  # noqa: A002
    num_bits=8,
    narrow_range=False,
    name: str | None = None,
) -> Tensor:
    """The gradient of `fake_quant_with_min_max_args`: `gradients` where `inputs` are within the range.

    Args:
        gradients: what flows back, of the shape of `inputs`.
        inputs: what was quantized.
        min: the lower end of the range.
        max: the upper end.
        num_bits: 2 to 16.
        narrow_range: leave the lowest step out.
        name: ignored.

    >>> import addax as tf
    >>> tf.quantization.fake_quant_with_min_max_args_gradient([1.0, 1.0], [0.0, 7.0]).numpy().tolist()
    [1.0, 0.0]
    """
    least, most = _steps("fake_quant_with_min_max_args_gradient", num_bits, narrow_range)
    _check_limits(min, max)
    return _parts(gradients, inputs, jnp.float32(min), jnp.float32(max), least, most)[0]


def _check_scalars(who: str, low: Any, high: Any) -> None:
    for name, limit in (("min", low), ("max", high)):
        if limit.ndim:
            raise errors.InvalidArgumentError(
                errors.message(
                    f"tf.quantization.{who}",
                    expected=f"`{name}` must be rank 0",
                    received={name: limit},
                    hint="fake_quant_with_min_max_vars_per_channel has a range per channel",
                )
            )


def _check_channels(who: str, x: Any, low: Any, high: Any) -> None:
    for name, limit in (("min", low), ("max", high)):
        if limit.ndim != 1 or not x.ndim or limit.shape[0] != x.shape[-1]:
            raise errors.InvalidArgumentError(
                errors.message(
                    f"tf.quantization.{who}",
                    expected=f"{name} with one value per channel, the last axis of inputs",
                    received={"inputs": x, name: limit},
                )
            )


@op(kinds="f")
def fake_quant_with_min_max_vars(
    inputs: TensorLike,
    min: TensorLike,  # noqa: A002
    max: TensorLike,  # noqa: A002
    num_bits=8,
    narrow_range=False,
    name: str | None = None,
) -> Tensor:
    """Numbers rounded to one of 2**num_bits steps of a range that can be trained.

    Gradients: to `inputs` within the range, to `min` from what lies below, to `max` from what lies above.

    Args:
        inputs: a float32 tensor.
        min: the lower end of the range, a scalar.
        max: the upper end, a scalar.
        num_bits: 2 to 16.
        narrow_range: leave the lowest step out.
        name: ignored.

    Raises:
        InvalidArgumentError: limits that are no scalars, or num_bits out of range.

    >>> import addax as tf
    >>> tf.quantization.fake_quant_with_min_max_vars([0.2, 5.0], -1.5, 1.5, num_bits=2).numpy().tolist()
    [0.0, 1.0]
    """
    least, most = _steps("fake_quant_with_min_max_vars", num_bits, narrow_range)
    _check_scalars("fake_quant_with_min_max_vars", min, max)
    return _fake_quant(inputs, min, max, least, most)


@op(kinds="f")
def _vars_gradient(
    gradients: TensorLike, inputs: TensorLike, low: TensorLike, high: TensorLike, bits, narrow, channels
):
    least, most = _steps("fake_quant_with_min_max_vars_gradient", bits, narrow)
    if channels:
        _check_channels("fake_quant_with_min_max_vars_per_channel_gradient", inputs, low, high)
    else:
        _check_scalars("fake_quant_with_min_max_vars_gradient", low, high)
    axes = tuple(range(inputs.ndim - 1)) if channels else None
    inside, below, above = _parts(gradients, inputs, low, high, least, most)
    return inside, jnp.sum(below, axes), jnp.sum(above, axes)


def fake_quant_with_min_max_vars_gradient(
    gradients: Any,
    inputs: Any,
    min: Any,  # noqa: A002
    max: Any,  # noqa: A002
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> FakeQuantGradient:
    """The gradients of `fake_quant_with_min_max_vars`.

    Args:
        gradients: what flows back, of the shape of `inputs`.
        inputs: what was quantized.
        min: the lower end of the range, a scalar.
        max: the upper end.
        num_bits: 2 to 16.
        narrow_range: leave the lowest step out.
        name: ignored.

    Returns:
        (backprops_wrt_input, backprop_wrt_min, backprop_wrt_max).

    >>> import addax as tf
    >>> g = tf.quantization.fake_quant_with_min_max_vars_gradient([1.0, 2.0], [0.0, 7.0], -1.0, 1.0)
    >>> g.backprops_wrt_input.numpy().tolist(), float(g.backprop_wrt_max)
    ([1.0, 0.0], 2.0)
    """
    return FakeQuantGradient(*_vars_gradient(gradients, inputs, min, max, num_bits, narrow_range, False))


@op(kinds="f")
def fake_quant_with_min_max_vars_per_channel(
    inputs: TensorLike,
    min: TensorLike,  # noqa: A002
    max: TensorLike,  # noqa: A002
    num_bits=8,
    narrow_range=False,
    name: str | None = None,
) -> Tensor:
    """`fake_quant_with_min_max_vars` with a range for each channel.

    Args:
        inputs: a float32 tensor of shape (..., channels).
        min: the lower ends of the ranges, of shape (channels,).
        max: the upper ends.
        num_bits: 2 to 16.
        narrow_range: leave the lowest step out.
        name: ignored.

    Raises:
        InvalidArgumentError: not one limit per channel, or num_bits out of range.

    >>> import addax as tf
    >>> tf.quantization.fake_quant_with_min_max_vars_per_channel([[5.0, 5.0]], [0.0, 0.0], [1.0, 2.0]).numpy().tolist()
    [[1.0, 2.0]]
    """
    least, most = _steps("fake_quant_with_min_max_vars_per_channel", num_bits, narrow_range)
    _check_channels("fake_quant_with_min_max_vars_per_channel", inputs, min, max)
    return _fake_quant(inputs, min, max, least, most)


def fake_quant_with_min_max_vars_per_channel_gradient(
    gradients: Any,
    inputs: Any,
    min: Any,  # noqa: A002
    max: Any,  # noqa: A002
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> FakeQuantGradient:
    """The gradients of `fake_quant_with_min_max_vars_per_channel`.

    Args:
        gradients: what flows back, of the shape of `inputs`.
        inputs: what was quantized, of shape (..., channels).
        min: the lower ends of the ranges, of shape (channels,).
        max: the upper ends.
        num_bits: 2 to 16.
        narrow_range: leave the lowest step out.
        name: ignored.

    Returns:
        (backprops_wrt_input, backprop_wrt_min, backprop_wrt_max).

    >>> import addax as tf
    >>> g = tf.quantization.fake_quant_with_min_max_vars_per_channel_gradient([[1.0]], [[7.0]], [-1.0], [1.0])
    >>> g.backprop_wrt_max.numpy().tolist()
    [1.0]
    """
    return FakeQuantGradient(*_vars_gradient(gradients, inputs, min, max, num_bits, narrow_range, True))
