"""Changes of images by numbers that were drawn, one op each: (images, numbers) -> images.

Images are (batch, height, width, channels) or a single one without the batch; each of a batch is changed by itself.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core.convert import FreeLike
from addax.core.dispatch import op


def _batched(change: Callable[..., Any]) -> Callable[..., Any]:
    """Let a change of batches take single images too."""

    @functools.wraps(change)
    def wrapped(x: Any, *drawn: Any) -> Any:
        return change(x[None], *drawn)[0] if x.ndim == 3 else change(x, *drawn)

    return wrapped


# ---------------------------------------------------------------------------- geometry


def _mapped(at: Any, size: int, mode: str) -> Any:
    """Coordinates outside of an image brought back into it, by a fill mode."""
    if mode == "constant":
        return at
    if mode == "reflect":
        at = jnp.mod(at, 2.0 * size)  # d c b a | a b c d | d c b a: -0.5 and size - 0.5 are the mirrors
        below = jnp.where(at >= size, 2.0 * size - 1.0 - at, at)
        return jnp.clip(below, 0, size - 1)
    if mode == "wrap":
        turn = max(size - 1, 1)  # TensorFlow counts the turns by size - 1, and moves by size
        low, high = at + size * (jnp.floor(-at / turn) + 1), at - size * jnp.floor(at / turn)
        return jnp.clip(jnp.where(at < 0, low, jnp.where(at > size - 1, high, at)), 0, size - 1)
    return jnp.clip(at, 0, size - 1)


def _read(images: Any, rows: Any, columns: Any, fill: Any) -> Any:
    height, width = images.shape[1:3]
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    batch = jnp.arange(images.shape[0])[:, None, None]
    values = images[batch, jnp.clip(rows, 0, height - 1), jnp.clip(columns, 0, width - 1)]
    return jnp.where(inside[..., None], values, fill)


def _nearest(at: Any) -> Any:
    """The nearest whole number; halves away from 0, as TensorFlow rounds positions."""
    whole = jnp.trunc(at)
    return (whole + jnp.sign(at) * (jnp.abs(at - whole) >= 0.5)).astype(np.int32)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4))
def transform(images: Any, matrices: Any, fill_mode: str, interpolation: str, fill_value: float) -> Any:
    """Images under projective maps from output to input positions.

    The gradient is TensorFlow's, which is not the derivative: what comes back is moved by the inverse maps.

    Args:
        images: (batch, height, width, channels).
        matrices: (batch, 8): a0 .. b2, c0, c1 of (x, y) -> ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k) with
            k = c0 x + c1 y + 1.
        fill_mode: "constant", "reflect", "wrap" or "nearest".
        interpolation: "nearest" or "bilinear".
        fill_value: outside, for "constant".
    """
    height, width = images.shape[1:3]
    y, x = jnp.meshgrid(jnp.arange(height, dtype=np.float32), jnp.arange(width, dtype=np.float32), indexing="ij")
    m = [matrices[:, i, None, None] for i in range(8)]
    k = m[6] * x + m[7] * y + 1
    columns = _mapped((m[0] * x + m[1] * y + m[2]) / k, width, fill_mode)
    rows = _mapped((m[3] * x + m[4] * y + m[5]) / k, height, fill_mode)
    fill = jnp.asarray(fill_value, images.dtype)
    if interpolation == "nearest":
        return _read(images, _nearest(rows), _nearest(columns), fill)
    top, left = jnp.floor(rows), jnp.floor(columns)
    down, right = (rows - top)[..., None].astype(images.dtype), (columns - left)[..., None].astype(images.dtype)
    top, left = top.astype(np.int32), left.astype(np.int32)
    upper = _read(images, top, left, fill) * (1 - right) + _read(images, top, left + 1, fill) * right
    lower = _read(images, top + 1, left, fill) * (1 - right) + _read(images, top + 1, left + 1, fill) * right
    return upper * (1 - down) + lower * down


def _transform_forward(images: Any, matrices: Any, *options: Any) -> tuple[Any, Any]:
    return transform(images, matrices, *options), matrices


def _transform_back(fill_mode: str, interpolation: str, _fill: float, matrices: Any, g: Any) -> tuple[Any, Any]:
    square = jnp.pad(matrices, ((0, 0), (0, 1)), constant_values=1).reshape(-1, 3, 3)
    inverse = jnp.linalg.inv(square).reshape(-1, 9)
    back = transform(g, inverse[:, :8] / inverse[:, 8:], fill_mode, interpolation, 0.0)
    return back, jnp.zeros_like(matrices)


transform.defvjp(_transform_forward, _transform_back)


def _matrices(count: int, *columns: Any) -> Any:
    return jnp.stack([jnp.broadcast_to(jnp.asarray(column, np.float32), (count,)) for column in columns], 1)


@op(name="keras.layers.RandomRotation")
def rotate(x: FreeLike, angle: FreeLike, fill_mode: str, interpolation: str, fill_value: float):
    """Images turned by angles in radians."""

    def change(x: Any, angle: Any) -> Any:
        count, height, width = x.shape[:3]
        cos, sin = jnp.cos(angle), jnp.sin(angle)
        across, along = width - 1, height - 1
        dx = (across - (cos * across - sin * along)) / 2
        dy = (along - (sin * across + cos * along)) / 2
        matrices = _matrices(count, cos, -sin, dx, sin, cos, dy, 0, 0)
        return transform(x, matrices, fill_mode, interpolation, fill_value)

    return _batched(change)(x, angle)


@op(name="keras.layers.RandomTranslation")
def translate(
    x: FreeLike, down: FreeLike, right: FreeLike, fill_mode: str, interpolation: str, fill_value: float
) -> Any:
    """Images moved by shares of their height and width."""

    def change(x: Any, down: Any, right: Any) -> Any:
        count, height, width = x.shape[:3]
        dy, dx = down * height, right * width
        return transform(x, _matrices(count, 1, 0, -dx, 0, 1, -dy, 0, 0), fill_mode, interpolation, fill_value)

    return _batched(change)(x, down, right)


@op(name="keras.layers.RandomZoom")
def zoom(
    x: FreeLike, vertical: FreeLike, across: FreeLike, fill_mode: str, interpolation: str, fill_value: float
) -> Any:
    """Images enlarged (factors below 1) or made smaller."""

    def change(x: Any, vertical: Any, across: Any) -> Any:
        count, height, width = x.shape[:3]
        dx, dy = (width - 1) / 2 * (1 - across), (height - 1) / 2 * (1 - vertical)
        return transform(
            x, _matrices(count, across, 0, dx, 0, vertical, dy, 0, 0), fill_mode, interpolation, fill_value
        )

    return _batched(change)(x, vertical, across)


@op(name="keras.layers.RandomCrop")
def crop(x: FreeLike, drawn: FreeLike, height: int, width: int) -> Any:
    """A window of a size at a place that two large integers say, the same for all images."""
    rows, columns = (drawn[i] % (x.shape[i - 3] - size + 1) for i, size in enumerate((height, width)))
    zero = jnp.zeros((), rows.dtype)
    start = (*[zero] * (x.ndim - 3), rows, columns, zero)
    return jax.lax.dynamic_slice(x, start, (*x.shape[:-3], height, width, x.shape[-1]))


@op(name="keras.layers.RandomBrightness")
def brightness(x: FreeLike, share: FreeLike, value_range: tuple[float, float]) -> Any:
    """Shares of the value range added, cut at its ends."""

    def change(x: Any, share: Any) -> Any:
        moved = share[:, None, None, None] * np.float32(value_range[1] - value_range[0])
        return jnp.clip(x + moved.astype(x.dtype), *value_range)

    return _batched(change)(x, share)
