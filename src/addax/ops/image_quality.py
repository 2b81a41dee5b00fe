"""Measures of images: total variation, PSNR, SSIM, edges."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import errors
from addax.core.convert import FreeLike, TensorLike
from addax.core.dispatch import op
from addax.core.tensor import Tensor
from addax.ops.absolute import absolute
from addax.ops.correlation import correlate
from addax.ops.image_color import convert
from addax.ops.windows import windows


@op(name="image.total_variation")
def total_variation(images: FreeLike, name: str | None = None) -> Tensor:
    """The sum of absolute differences between neighbouring pixels, per image.

    Args:
        images: (height, width, channels), or a batch of them.
        name: ignored.

    >>> import addax as tf
    >>> tf.image.total_variation(tf.reshape([1.0, 3.0], [1, 2, 1])).numpy()
    np.float32(2.0)
    """
    if images.ndim not in (3, 4):
        raise ValueError(f"tf.image.total_variation: 'images' must be either 3 or 4-dimensional, not {images.ndim}.")
    axes = tuple(range(images.ndim - 3, images.ndim))
    down = images[..., 1:, :, :] - images[..., :-1, :, :]
    across = images[..., :, 1:, :] - images[..., :, :-1, :]
    return absolute(down).sum(axes).astype(images.dtype) + absolute(across).sum(axes).astype(images.dtype)


def _check_pair(who: str, a: Any, b: Any) -> None:
    if a.ndim < 3 or a.shape[-3:] != b.shape[-3:]:
        raise ValueError(
            errors.message(who, expected="images of equal height, width and channels", received={"img1": a, "img2": b})
        )


def _scaled(max_val: float, dtype: Any) -> float:
    """`max_val` in the units that `convert` gives images of `dtype`."""
    return float(max_val) if dtype.kind in "fV" else float(max_val) / np.iinfo(dtype).max


@op(name="image.psnr")
def psnr(a: FreeLike, b: FreeLike, max_val: Any, name: str | None = None) -> Tensor:
    """The peak signal-to-noise ratio in decibels, per image.

    Args:
        a: images (..., height, width, channels).
        b: images of the same size; their dtype may be another (integers are taken for shares of their largest).
        max_val: the largest possible difference, e.g. 255 for uint8.
        name: ignored.

    >>> import addax as tf
    >>> round(float(tf.image.psnr(tf.zeros([2, 2, 1]), tf.ones([2, 2, 1]) * 0.1, 1.0)), 3)
    20.0
    """
    _check_pair("tf.image.psnr", a, b)
    top = np.float32(_scaled(max_val, a.dtype))
    a, b = convert(a, np.dtype(np.float32)), convert(b, np.dtype(np.float32))
    error = jnp.mean(jnp.square(a - b), (-3, -2, -1))
    return (20 * jnp.log(top) / np.float32(np.log(10))) - np.float32(10 / np.log(10)) * jnp.log(error)


# ---------------------------------------------------------------------------- SSIM


def _blur(x: Any, size: int, sigma: float) -> Any:
    """A Gaussian window over each channel, without padding: one dimension after the other."""
    place = np.arange(size, dtype=np.float32) - (size - 1) / 2.0
    line = np.exp(-0.5 * np.square(place) / np.square(np.float32(sigma)))
    line = np.tile((line / line.sum()).astype(np.float32)[:, None, None], (1, 1, x.shape[-1]))
    out = x.reshape((-1, *x.shape[-3:]))
    for filters in (line[:, None], line[None]):
        w = windows("ssim", out.shape[1:-1], filters.shape[:2], (1, 1), (1, 1), "VALID", False)
        out = correlate(out, jnp.asarray(filters, x.dtype), w)
    return out.reshape(x.shape[:-3] + out.shape[1:])


def _ssim_parts(a: Any, b: Any, top: float, size: int, sigma: float, k1: float, k2: float) -> tuple[Any, Any]:
    """(the whole index, its contrast-structure part) at each place and channel (Wang et al. 2004)."""
    c1, c2 = np.float32((k1 * top) ** 2), np.float32((k2 * top) ** 2)
    mean_a, mean_b = _blur(a, size, sigma), _blur(b, size, sigma)
    product = mean_a * mean_b * 2.0
    squares = jnp.square(mean_a) + jnp.square(mean_b)
    luminance = (product + c1) / (squares + c1)
    both = _blur(a * b, size, sigma) * 2.0
    each = _blur(jnp.square(a) + jnp.square(b), size, sigma)
    structure = (both - product + c2) / (each - squares + c2)
    return luminance * structure, structure


def _check_window(who: str, a: Any, size: int) -> None:
    if min(a.shape[-3:-1]) < size:
        raise errors.InvalidArgumentError(
            errors.message(
                who, expected=f"images of at least {size} x {size}, the filter", received={"img1": a},
                hint="use a smaller filter_size",
            )
        )  # fmt: skip


@op(name="image.ssim", convolves=True)
def ssim(
    img1: TensorLike,
    img2: TensorLike,
    max_val: Any,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    return_index_map: bool = False,
) -> Tensor:
    """The structural similarity of images, in [-1, 1].

    Source: Wang et al. 2004, "Image quality assessment: from error visibility to structural similarity".

    Args:
        img1: images (..., height, width, channels).
        img2: images of the same dtype and size.
        max_val: the largest possible value, e.g. 255 for uint8.
        filter_size: the size of the Gaussian window.
        filter_sigma: its standard deviation.
        k1: constant of the luminance term.
        k2: constant of the contrast term.
        return_index_map: whether to return the index at each place instead of its mean.

    >>> import addax as tf
    >>> image = tf.ones([1, 11, 11, 1])
    >>> tf.image.ssim(image, image, max_val=1.0).numpy().tolist()
    [1.0]
    """
    _check_pair("tf.image.ssim", img1, img2)
    _check_window("tf.image.ssim", img1, filter_size)
    top = _scaled(max_val, img1.dtype)
    a, b = convert(img1, np.dtype(np.float32)), convert(img2, np.dtype(np.float32))
    index, _ = _ssim_parts(a, b, top, filter_size, filter_sigma, k1, k2)
    return index.mean(-1) if return_index_map else index.mean((-3, -2)).mean(-1)


@op(name="image.ssim_multiscale", convolves=True)
def ssim_multiscale(
    img1: TensorLike,
    img2: TensorLike,
    max_val: Any,
    power_factors: Any = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333),
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Tensor:
    """The structural similarity of images over several scales, each half the size of the one before.

    Source: Wang et al. 2003, "Multiscale structural similarity for image quality assessment".

    Args:
        img1: images (..., height, width, channels).
        img2: images of the same dtype and size.
        max_val: the largest possible value.
        power_factors: the weight of each scale.
        filter_size: the size of the Gaussian window.
        filter_sigma: its standard deviation.
        k1: constant of the luminance term.
        k2: constant of the contrast term.

    >>> import addax as tf
    >>> image = tf.ones([1, 22, 22, 1])
    >>> tf.image.ssim_multiscale(image, image, max_val=1.0, power_factors=(0.5, 0.5)).numpy().tolist()
    [1.0]
    """
    _check_pair("tf.image.ssim_multiscale", img1, img2)
    top = _scaled(max_val, img1.dtype)
    a, b = convert(img1, np.dtype(np.float32)), convert(img2, np.dtype(np.float32))
    parts = []
    for scale in range(len(power_factors)):
        if scale:
            a, b = _halved(a), _halved(b)
        _check_window("tf.image.ssim_multiscale", a, filter_size)
        index, structure = _ssim_parts(a, b, top, filter_size, filter_sigma, k1, k2)
        parts.append((structure if scale < len(power_factors) - 1 else index).mean((-3, -2)))
    stacked = jnp.stack([jnp.maximum(part, 0) for part in parts], -1)
    return jnp.prod(stacked ** np.asarray(power_factors, np.float32), -1).mean(-1)


def _halved(x: Any) -> Any:
    """Means of 2 x 2 pixels; odd sides repeat their last pixel."""
    pads = [(0, 0)] * (x.ndim - 3) + [(0, x.shape[-3] % 2), (0, x.shape[-2] % 2), (0, 0)]
    x = jnp.pad(x, pads, mode="symmetric")
    rows, columns = x.shape[-3] // 2, x.shape[-2] // 2
    return x.reshape((*x.shape[:-3], rows, 2, columns, 2, x.shape[-1])).mean((-4, -2))


# ---------------------------------------------------------------------------- edges


@op(name="image.image_gradients")
def image_gradients(image: FreeLike) -> Any:
    """(dy, dx): the difference to the next pixel below and on the right, zero at the border.

    Args:
        image: (batch, height, width, channels).

    >>> import addax as tf
    >>> down, right = tf.image.image_gradients(tf.reshape(tf.range(4.0), [1, 2, 2, 1]))
    >>> down.numpy().ravel().tolist(), right.numpy().ravel().tolist()
    ([2.0, 2.0, 0.0, 0.0], [1.0, 0.0, 1.0, 0.0])
    """
    if image.ndim != 4:
        raise ValueError(f"tf.image.image_gradients expects a 4D tensor [batch_size, h, w, d], not {image.shape}.")
    down = jnp.pad(image[:, 1:] - image[:, :-1], [(0, 0), (0, 1), (0, 0), (0, 0)])
    across = jnp.pad(image[:, :, 1:] - image[:, :, :-1], [(0, 0), (0, 0), (0, 1), (0, 0)])
    return down, across


@op(name="image.sobel_edges")
def sobel_edges(image: FreeLike) -> Tensor:
    """Sobel's edge filters.

    Args:
        image: (batch, height, width, channels).

    Returns:
        (batch, height, width, channels, 2): edges along y and along x.

    >>> import addax as tf
    >>> tf.image.sobel_edges(tf.reshape(tf.range(9.0), [1, 3, 3, 1])).numpy()[0, 1, 1].tolist()
    [[24.0, 8.0]]
    """
    x = jnp.pad(image, [(0, 0), (1, 1), (1, 1), (0, 0)], mode="reflect")
    rows, columns = image.shape[1:3]

    def at(i: int, j: int) -> Any:
        return x[:, i : i + rows, j : j + columns]

    along_y = -at(0, 0) - 2 * at(0, 1) - at(0, 2) + at(2, 0) + 2 * at(2, 1) + at(2, 2)
    along_x = -at(0, 0) - 2 * at(1, 0) - at(2, 0) + at(0, 2) + 2 * at(1, 2) + at(2, 2)
    return jnp.stack([along_y, along_x], -1)
