"""Sliding windows: strides, dilations, paddings and data formats, as convolutions and pools take them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
from jax import lax

from addax.core import errors
from addax.core.failures import UnfitError
from addax.core.sizes import is_open

_FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}


@dataclass(frozen=True)
class Windows:
    """Windows over n spatial dimensions of a channels-last tensor (batch, *sizes, channels)."""

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    pads: tuple[tuple[int, int], ...]
    out: tuple[int, ...]  # how many windows along each dimension


def channels_first(who: str, data_format: Any, n: int) -> bool:
    """Whether the channels are dimension 1; checks that the format is one of n spatial dimensions."""
    if data_format is None:
        return False
    last, first = _FORMATS[n]
    if data_format not in (last, first):
        raise UnfitError(f"tf.nn.{who}: data_format must be {last!r} or {first!r}, received {data_format!r}.")
    return data_format == first


def to_last(x: Any, first: bool) -> Any:
    """Channels-first to channels-last, where needed."""
    return jnp.moveaxis(x, 1, -1) if first else x


def from_last(x: Any, first: bool) -> Any:
    """Channels-last back to channels-first, where needed."""
    return jnp.moveaxis(x, -1, 1) if first else x


def per_dimension(who: str, what: str, value: Any, n: int, first: bool) -> tuple[int, ...]:
    """A stride, dilation or window size per spatial dimension, from a number or a list of 1, n or n + 2 numbers."""
    if value is None:
        return (1,) * n
    given = tuple(value) if isinstance(value, list | tuple) else (value,)
    given = tuple(int(each) for each in given)
    if len(given) == 1:
        given = given * n
    elif len(given) == n + 2:
        spatial = given[2:] if first else given[1:-1]
        rest = (given[0], given[1] if first else given[-1])
        if rest != (1, 1):
            raise errors.InvalidArgumentError(
                errors.message(
                    f"tf.nn.{who}",
                    expected=f"{what} of 1 in the batch and channel dimensions",
                    received=f"{what}={given}",
                )
            )
        given = spatial
    if len(given) != n:
        raise ValueError(f"tf.nn.{who}: {what} should be of length 1, {n} or {n + 2}, received {value!r}.")
    if any(each < 1 for each in given):
        raise UnfitError(f"tf.nn.{who}: {what} must be positive, received {value!r}.")
    return given


def named_padding(who: str, padding: Any) -> None:
    """Refuse pairs of numbers, where TensorFlow knows paddings by name only."""
    if not isinstance(padding, str | bytes):
        raise TypeError(f'tf.nn.{who}: expected string for argument "padding", received {padding!r}.')


def windows(
    who: str, sizes: Any, kernel: Any, strides: tuple[int, ...], dilations: tuple[int, ...], padding: Any, first: bool
) -> Windows:
    """The windows over spatial `sizes`.

    Args:
        who: the op, for messages.
        sizes: the spatial sizes of the input.
        kernel: the window's sizes.
        strides: the steps between windows.
        dilations: the steps between the elements of a window.
        padding: "SAME", "VALID", or pairs of numbers for all dimensions (batch and channels included).
        first: whether those pairs are in channels-first order.

    Raises:
        UnfitError: an unknown padding.
        InvalidArgumentError: the window is larger than the padded input.
    """
    sizes = tuple(s if is_open([s]) else int(s) for s in sizes)
    kernel = tuple(int(k) for k in kernel)
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    pads = _pads(who, sizes, reach, strides, padding, first)
    out = []
    for size, span, stride, (before, after) in zip(sizes, reach, strides, pads, strict=True):
        count = (size + before + after - span) // stride + 1
        if not is_open([size]) and size + before + after < span:
            raise errors.InvalidArgumentError(
                errors.message(
                    f"tf.nn.{who}",
                    expected=f"an input at least as large as the window {tuple(reach)} (negative dimension size)",
                    received=f"spatial sizes {sizes}, padding {padding!r}",
                    hint='use padding "SAME", a smaller window, or a larger input',
                )
            )
        out.append(count)
    return Windows(kernel, tuple(strides), tuple(dilations), pads, tuple(out))


def _pads(who: str, sizes: Any, reach: Any, strides: Any, padding: Any, first: bool) -> tuple[tuple[int, int], ...]:
    if isinstance(padding, str):
        if padding == "VALID":
            return ((0, 0),) * len(sizes)
        if padding == "SAME":
            return tuple(same_pads(*each) for each in zip(sizes, reach, strides, strict=True))
        raise UnfitError(f'tf.nn.{who}: padding must be "SAME", "VALID" or a list of pairs, received {padding!r}.')
    pairs = [tuple(int(p) for p in pair) for pair in padding]
    if len(pairs) != len(sizes) + 2 or any(len(pair) != 2 for pair in pairs):
        raise ValueError(
            f"tf.nn.{who}: explicit padding must be a list of {len(sizes) + 2} pairs, one per dimension, "
            f"received {padding!r}."
        )
    spatial = pairs[2:] if first else pairs[1:-1]
    rest = (pairs[0], pairs[1] if first else pairs[-1])
    if any(pair != (0, 0) for pair in rest) or any(p < 0 for pair in pairs for p in pair):
        raise ValueError(
            f"tf.nn.{who}: explicit padding must be 0 in the batch and channel dimensions and nowhere negative, "
            f"received {padding!r}."
        )
    return tuple(spatial)  # type: ignore[return-value]


def same_pads(size: int, reach: int, stride: int) -> tuple[int, int]:
    """SAME padding: ceil(size / stride) windows; an odd number of pads puts the larger half at the end."""
    total = (-(-size // stride) - 1) * stride + reach - size
    if reach < stride:  # else it is never negative
        total = max(total, 0)
    return total // 2, total - total // 2


def padded(x: Any, w: Windows, value: Any = 0) -> Any:
    """`x` (batch, *sizes, channels) with the padding of the windows, filled with `value`."""
    if not any(map(any, w.pads)):
        return x
    config = [(0, 0, 0), *((before, after, 0) for before, after in w.pads), (0, 0, 0)]
    return lax.pad(x, jnp.asarray(value, x.dtype), config)


def by_phase(x: Any, axis: int, step: int) -> Any:
    """An axis as two: the number of the step, and the place in it. Slices with steps are slow, also their gradients."""
    size = x.shape[axis]
    steps = -(-size // step)
    pads = [(0, steps * step - size, 0) if i == axis else (0, 0, 0) for i in range(x.ndim)]
    x = lax.pad(x, jnp.zeros((), x.dtype), pads)
    return x.reshape(*x.shape[:axis], steps, step, *x.shape[axis + 1 :])


def shifts(x: Any, w: Windows) -> Iterator[tuple[tuple[int, ...], Any]]:
    """For each position in the window, in row-major order: (position, the elements of all windows at it).

    `x` is padded already; each item has the shape (batch, *w.out, channels).
    """
    for position in itertools.product(*map(range, w.kernel)):
        start = [0, *(i * d for i, d in zip(position, w.dilations, strict=True)), 0]
        steps = [1, *w.strides, 1]
        stop = [
            x.shape[0],
            *(b + (n - 1) * s + 1 for b, n, s in zip(start[1:-1], w.out, w.strides, strict=True)),
            x.shape[-1],
        ]
        yield position, lax.slice(x, start, stop, steps)
