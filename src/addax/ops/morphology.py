"""Grayscale dilation and erosion of images."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from addax.core import dtypes, errors
from addax.core.convert import TensorLike
from addax.core.dispatch import op
from addax.core.failures import RefusedDtypeError
from addax.core.tensor import Tensor
from addax.ops.arithmetic import _larger
from addax.ops.windows import padded, per_dimension, shifts, windows

__all__ = ["dilation2d", "erosion2d"]


@op(kinds="fiu", name="nn.dilation2d")
def _dilation(input: TensorLike, filters: TensorLike, strides, padding, data_format, dilations, erode):  # noqa: A002
    who = "erosion2d" if erode else "dilation2d"
    if erode and input.dtype.kind == "u":
        raise RefusedDtypeError(
            errors.message(
                "tf.nn.erosion2d", expected="floating or signed integers", received=f"input of dtype {input.dtype}"
            )
        )
    if data_format != "NHWC":
        raise ValueError(f"tf.nn.{who}: data_format must be 'NHWC', received {data_format!r}.")
    if input.ndim != 4 or filters.ndim != 3 or filters.shape[-1] != input.shape[-1]:
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.nn.{who}",
                expected="an input of 4 dimensions and filters of shape (height, width, channels)",
                received=f"input {tuple(input.shape)}, filters {tuple(filters.shape)}",
            )
        )
    x, kernel = (-input, filters[::-1, ::-1]) if erode else (input, filters)
    steps = per_dimension(who, "strides", strides, 2, False)
    apart = per_dimension(who, "dilations", dilations, 2, False)
    w = windows(who, x.shape[1:-1], kernel.shape[:2], steps, apart, padding, False)
    total: Any = None
    least = dtypes.from_numpy(x.dtype).min
    # Integers would wrap around where a filter's number is added to the least one.
    inside = None if x.dtype.kind == "f" else padded(jnp.ones(x.shape, x.dtype), w, 0)
    known = [None] * kernel[..., 0].size if inside is None else [part for _, part in shifts(inside, w)]
    for (position, part), there in zip(shifts(padded(x, w, least), w), known, strict=True):
        raised = part + kernel[position]
        outside = raised != raised if there is None else there <= 0  # NaN counts for nothing
        raised = jnp.where(outside, jnp.asarray(least, x.dtype), raised)
        total = raised if total is None else _larger(total, jnp.broadcast_to(raised, total.shape))
    return -total if erode else total


def dilation2d(
    input: Any,  # noqa: A002
    filters: Any,
    strides: Any,
    padding: str,
    data_format: str,
    dilations: Any,
    name: str | None = None,
) -> Tensor:
    """The maximum over windows of input + filters, channel by channel.

    Args:
        input: a tensor of shape (batch, height, width, channels), of real numbers.
        filters: a tensor of shape (height, width, channels) and the same dtype.
        strides: 4 numbers, [1, y, x, 1].
        padding: "SAME" or "VALID".
        data_format: "NHWC".
        dilations: 4 numbers, [1, y, x, 1].
        name: ignored.

    Raises:
        ValueError: another data format.
        InvalidArgumentError: shapes that do not fit.

    >>> import addax as tf
    >>> x = tf.reshape([1.0, 3.0, 2.0, 0.0], [1, 2, 2, 1])
    >>> tf.nn.dilation2d(x, tf.ones([2, 2, 1]), [1] * 4, "VALID", "NHWC", [1] * 4).numpy().item()
    4.0
    """
    return _dilation(input, filters, strides, padding, data_format, dilations, False)


def erosion2d(
    value: Any, filters: Any, strides: Any, padding: str, data_format: str, dilations: Any, name: str | None = None
) -> Tensor:
    """The minimum over windows of value - filters, channel by channel.

    Args:
        value: a tensor of shape (batch, height, width, channels), of real numbers.
        filters: a tensor of shape (height, width, channels) and the same dtype.
        strides: 4 numbers, [1, y, x, 1].
        padding: "SAME" or "VALID".
        data_format: "NHWC".
        dilations: 4 numbers, [1, y, x, 1].
        name: ignored.

    Raises:
        ValueError: another data format.
        InvalidArgumentError: shapes that do not fit.

    >>> import addax as tf
    >>> x = tf.reshape([1.0, 3.0, 2.0, 0.0], [1, 2, 2, 1])
    >>> tf.nn.erosion2d(x, tf.ones([2, 2, 1]), [1] * 4, "VALID", "NHWC", [1] * 4).numpy().item()
    -1.0
    """
    return _dilation(value, filters, strides, padding, data_format, dilations, True)
