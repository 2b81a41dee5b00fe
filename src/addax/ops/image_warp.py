"""Images read at other places: interpolation at coordinates, affine maps, perspectives, blurs."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import op
from addax.ops.color_augmentation import for_images
from addax.ops.windows import from_last, to_last


def _read(image: Any, places: Any, order: int, mode: str, value: float) -> Any:
    return jax.scipy.ndimage.map_coordinates(image, list(places), order, mode, value)


@op
def map_coordinates(x: FreeLike, coordinates: FreeLike, order, mode, value):
    """x at coordinates (one row per dimension): order 0 takes the nearest element, 1 interpolates."""
    return _read(x, coordinates, order, mode, value)


@op
def projected(images: FreeLike, matrices: FreeLike, order, mode, value, perspective):
    """Each image (batch, height, width, channels) read at (x, y) taken to (a0 x + a1 y + a2, b0 x + b1 y + b2).

    Args:
        images: the images.
        matrices: (batch, 8): a0, a1, a2, b0, b1, b2, c0, c1.
        order: 0 or 1, as for `map_coordinates`.
        mode: what lies outside.
        value: with mode "constant".
        perspective: whether to divide by c0 x + c1 y + 1.
    """
    height, width = images.shape[1:3]
    rows, columns = jnp.meshgrid(jnp.arange(height), jnp.arange(width), indexing="ij")

    def one(image: Any, m: Any) -> Any:
        x = m[0] * columns + m[1] * rows + m[2]
        y = m[3] * columns + m[4] * rows + m[5]
        if perspective:
            below = m[6] * columns + m[7] * rows + 1
            x, y = x / below, y / below
        channel = lambda plane: _read(plane, (y, x), order, mode, value)  # noqa: E731
        return jax.vmap(channel, in_axes=-1, out_axes=-1)(image)

    return jax.vmap(one)(images, jnp.broadcast_to(matrices, (images.shape[0], 8)))


@op(kinds="f")
def homography(start: TensorLike, end: TensorLike):
    """The 8 numbers of the perspective that takes 4 points (batch, 4, 2) of `end` to those of `start`."""
    (a, b), (x, y) = (start[..., 0], start[..., 1]), (end[..., 0], end[..., 1])
    zero, one = jnp.zeros_like(x), jnp.ones_like(x)
    upper = jnp.stack([x, y, one, zero, zero, zero, -a * x, -a * y], -1)
    lower = jnp.stack([zero, zero, zero, x, y, one, -b * x, -b * y], -1)
    return jnp.linalg.solve(jnp.concatenate([upper, lower], 1), jnp.concatenate([a, b], -1)[..., None])[..., 0]


def _columns(count: Any, *columns: Any) -> Any:
    return jnp.stack([jnp.broadcast_to(jnp.asarray(column, np.float32), (count,)) for column in columns], 1)


@op(name="keras.layers.RandomShear")
def sheared(x: FreeLike, amounts: FreeLike, order, mode, value, first):
    """A batch with rows moved by shares of y and columns by shares of x, (batch, 2)."""
    across, down = (amounts[:, i].astype(np.float32) for i in range(2))
    return placed.body(x, _columns(amounts.shape[0], 1, across, 0, down, 1, 0, 0, 0), order, mode, value, first)


@op
def placed(x: FreeLike, matrices: FreeLike, order, mode, value, first):
    """`projected` of a batch whose channels may come first."""
    last = to_last(x, first)
    return from_last(projected.body(last, matrices, order, mode, value, False), first).astype(x.dtype)


@op(name="keras.layers.RandomPerspective")
def in_perspective(x: FreeLike, start: FreeLike, end: FreeLike, chosen: FreeLike, order, value, first):
    """Chosen images seen from where four points (x, y) come to lie at others; both (batch, 4, 2)."""
    matrices = homography.body(start.astype(np.float32), end.astype(np.float32))
    made = projected.body(to_last(x, first), matrices, order, "constant", value, True)
    return jnp.where(for_images(chosen), from_last(made, first), x).astype(x.dtype)


@op
def shift_matrices(shifts: FreeLike) -> Any:
    """Maps that move images by (x, y) pixels each, (batch, 8)."""
    return _columns(shifts.shape[0], 1, 0, -shifts[:, 0], 0, 1, -shifts[:, 1], 0, 0)


@op
def zoom_matrices(across: FreeLike, down: FreeLike, height, width) -> Any:
    """Maps that show images scaled around their centers by (batch, 1) factors each, (batch, 8)."""
    x, y = across[:, 0].astype(np.float32), down[:, 0].astype(np.float32)
    left, top = np.float32((width - 1) / 2) * (1 - x), np.float32((height - 1) / 2) * (1 - y)
    return _columns(across.shape[0], x, 0, left, 0, y, top, 0, 0)


@op
def turn_matrices(degrees: FreeLike, height, width) -> Any:
    """Maps that turn images around their centers, (batch, 8)."""
    angle = degrees.astype(np.float32) * np.float32(np.pi / 180)
    cos, sin = jnp.cos(angle), jnp.sin(angle)
    x, y = np.float32(0.5) * (width - 1), np.float32(0.5) * (height - 1)
    rows = (cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos)
    return _columns(degrees.shape[0], *rows, 0, 0)


@op(kinds="f")
def displaced(images: TensorLike, dx: TensorLike, dy: TensorLike, order, mode, value):
    """Each image (batch, height, width, channels) read at (x + dx, y + dy)."""
    rows, columns = jnp.meshgrid(jnp.arange(images.shape[1]), jnp.arange(images.shape[2]), indexing="ij")

    def one(image: Any, dx: Any, dy: Any) -> Any:
        channel = lambda plane: _read(plane, (rows + dy, columns + dx), order, mode, value)  # noqa: E731
        return jax.vmap(channel, in_axes=-1, out_axes=-1)(image)

    return jax.vmap(one)(images, dx, dy)


@op(kinds="f", convolves=True)
def filtered(images: TensorLike, kernel: FreeLike):
    """Each channel of (batch, height, width, channels) under a window (h, w), with zeros around."""
    channels = images.shape[-1]
    weights = jnp.tile(kernel.astype(images.dtype)[:, :, None, None], (1, 1, 1, channels))
    return jax.lax.conv_general_dilated(
        images, weights, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"), feature_group_count=channels,
        precision=jax.lax.Precision.HIGHEST,
    )  # fmt: skip


@op(kinds="f")
def scale_and_translate(images: TensorLike, scale: FreeLike, translation: FreeLike, shape, axes, method, antialias):
    """Images scaled and moved along some axes into another shape."""
    return jax.image.scale_and_translate(images, tuple(shape), tuple(axes), scale, translation, method, antialias)


@op
def resized(images: FreeLike, height, width, first, method, antialias):
    """(..., height, width, channels) in another size, with JAX's kernels; integers are rounded."""
    shape = list(images.shape)
    at = len(shape) - (2 if first else 3)
    shape[at : at + 2] = [height, width]
    method = {"bicubic": "cubic"}.get(method, method)
    if jnp.issubdtype(images.dtype, jnp.floating):  # bfloat16 too
        return jax.image.resize(images, shape, method, antialias)
    out = jax.image.resize(images.astype(np.float32), shape, method, antialias)
    low, high = np.iinfo(images.dtype).min, np.iinfo(images.dtype).max
    return jnp.clip(jnp.round(out), low, high).astype(images.dtype)
