"""Discrete Fourier and cosine transforms."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import convert, dtypes, errors
from addax.core.convert import TensorLike
from addax.core.dispatch import UnfitError, op
from addax.core.tensor import Tensor

__all__ = [
    "dct",
    "fft",
    "fft2d",
    "fft3d",
    "fftnd",
    "fftshift",
    "idct",
    "ifft",
    "ifft2d",
    "ifft3d",
    "ifftnd",
    "ifftshift",
    "irfft",
    "irfft2d",
    "irfft3d",
    "irfftnd",
    "rfft",
    "rfft2d",
    "rfft3d",
    "rfftnd",
]

_TRANSFORMS = {
    "fft": jnp.fft.fftn,
    "ifft": jnp.fft.ifftn,
    "rfft": jnp.fft.rfftn,
    "irfft": jnp.fft.irfftn,
}


def _transform(who: str, kind: str, x: Any, lengths: Any, axes: tuple[int, ...], norm: Any = None) -> Any:
    real_in = kind == "rfft"
    if x.dtype.kind != ("f" if real_in else "c") or x.dtype.itemsize == 2:
        wanted = "a float32 or float64" if real_in else "a complex"
        raise UnfitError(
            errors.message(
                f"tf.signal.{who}",
                expected=f"{wanted} input",
                received=f"dtype {dtypes.from_numpy(x.dtype).name}",
                hint="cast it: tf.cast(x, tf.complex64)" if not real_in else None,
            )
        )
    if x.ndim < len(axes) or any(not -x.ndim <= axis < x.ndim for axis in axes):
        raise errors.InvalidArgumentError(
            errors.message(
                f"tf.signal.{who}", expected=f"an input with the axes {axes}", received=f"shape {tuple(x.shape)}"
            )
        )
    if norm not in (None, "backward", "ortho", "forward"):
        raise ValueError(f"tf.signal.{who}: norm must be None, 'backward', 'ortho' or 'forward', received {norm!r}.")
    if lengths is not None:
        lengths = tuple(int(n) for n in (lengths if isinstance(lengths, tuple) else (lengths,)))
        if len(lengths) != len(axes):
            raise errors.InvalidArgumentError(
                errors.message(f"tf.signal.{who}", expected=f"{len(axes)} fft_lengths", received=f"{lengths}")
            )
    return _TRANSFORMS[kind](x, s=lengths, axes=axes, norm=norm)


def _as(data: Any, dtype: Any) -> Any:
    """Data that is no tensor as these transforms' kernels take it: in single precision, as in TensorFlow."""
    if hasattr(data, "__tf_value__") or hasattr(data, "__symbolic_call__") or isinstance(data, Tensor):
        return data
    if isinstance(data, list | tuple) and any(isinstance(item, Tensor) for item in data):
        return data
    array = np.asarray(data)
    if array.dtype.kind == "c" and np.dtype(dtype).kind != "c" or array.dtype.kind not in "fciub":
        return data  # refused with the op's own words
    return convert.convert_to_tensor(array.astype(dtype))


@op(name="signal.complex_transform")
def _complex_transform(input: TensorLike, who, rank):  # noqa: A002
    return _transform(who, who.removesuffix(f"{rank}d"), input, None, tuple(range(-rank, 0)))


def fft(input: Any, name: str | None = None) -> Tensor:  # noqa: A002
    """The discrete Fourier transform of the last dimension of a complex tensor.

    >>> import addax as tf
    >>> tf.signal.fft(tf.constant([1, 0], tf.complex64)).numpy()
    array([1.+0.j, 1.+0.j], dtype=complex64)
    """
    return _complex_transform(_as(input, np.complex64), "fft", 1)


def ifft(input: Any, name: str | None = None) -> Tensor:  # noqa: A002
    """The inverse of `tf.signal.fft`.

    >>> import addax as tf
    >>> tf.signal.ifft(tf.constant([1, 1], tf.complex64)).numpy()
    array([1.+0.j, 0.+0.j], dtype=complex64)
    """
    return _complex_transform(_as(input, np.complex64), "ifft", 1)


def fft2d(input: Any, name: str | None = None) -> Tensor:  # noqa: A002
    """The Fourier transform of the last 2 dimensions of a complex tensor.

    >>> import addax as tf
    >>> tf.signal.fft2d(tf.ones([1, 2], tf.complex64)).numpy()
    array([[2.+0.j, 0.+0.j]], dtype=complex64)
    """
    return _complex_transform(_as(input, np.complex64), "fft2d", 2)


def ifft2d(input: Any, name: str | None = None) -> Tensor:  # noqa: A002
    """The inverse of `tf.signal.fft2d`.

    >>> import addax as tf
    >>> tf.signal.ifft2d(tf.ones([1, 2], tf.complex64)).numpy()
    array([[1.+0.j, 0.+0.j]], dtype=complex64)
    """
    return _complex_transform(_as(input, np.complex64), "ifft2d", 2)


def fft3d(input: Any, name: str | None = None) -> Tensor:  # noqa: A002
    """The Fourier transform of the last 3 dimensions of a complex tensor.

    >>> import addax as tf
    >>> tf.signal.fft3d(tf.ones([1, 1, 2], tf.complex64)).numpy().ravel()
    array([2.+0.j, 0.+0.j], dtype=complex64)
    """
    return _complex_transform(_as(input, np.complex64), "fft3d", 3)


def ifft3d(input: Any, name: str | None = None) -> Tensor:  # noqa: A002
    """The inverse of `tf.signal.fft3d`.

    >>> import addax as tf
    >>> tf.signal.ifft3d(tf.ones([1, 1, 2], tf.complex64)).numpy().ravel()
    array([1.+0.j, 0.+0.j], dtype=complex64)
    """
    return _complex_transform(_as(input, np.complex64), "ifft3d", 3)


@op(name="signal.rfft")
def _rfft(input_tensor: TensorLike, fft_length, rank):
    who = "rfft" if rank == 1 else f"rfft{rank}d"
    return _transform(who, "rfft", input_tensor, fft_length, tuple(range(-rank, 0)))


@op(name="signal.irfft")
def _irfft(input_tensor: TensorLike, fft_length, rank):
    who = "irfft" if rank == 1 else f"irfft{rank}d"
    return _transform(who, "irfft", input_tensor, fft_length, tuple(range(-rank, 0)))


def rfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """The Fourier transform of the last dimension of a real tensor: the n // 2 + 1 frequencies of 0 and more.

    Args:
        input_tensor: a float32 or float64 tensor.
        fft_length: a list of one length to cut or pad to.
        name: ignored.

    Returns:
        A complex tensor.

    Raises:
        InvalidArgumentError: another dtype.

    >>> import addax as tf
    >>> tf.signal.rfft([1.0, 0.0]).numpy()
    array([1.+0.j, 1.+0.j], dtype=complex64)
    """
    return _rfft(_as(input_tensor, np.float32), fft_length, 1)


def irfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """The inverse of `tf.signal.rfft`; without `fft_length` the result has an even length.

    Args:
        input_tensor: a complex tensor.
        fft_length: a list of the length of the result.
        name: ignored.

    >>> import addax as tf
    >>> tf.signal.irfft(tf.constant([1, 1], tf.complex64)).numpy().tolist()
    [1.0, 0.0]
    """
    return _irfft(_as(input_tensor, np.complex64), fft_length, 1)


def rfft2d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """`tf.signal.rfft` of the last 2 dimensions.

    >>> import addax as tf
    >>> tf.signal.rfft2d([[1.0, 0.0]]).numpy()
    array([[1.+0.j, 1.+0.j]], dtype=complex64)
    """
    return _rfft(_as(input_tensor, np.float32), fft_length, 2)


def irfft2d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """`tf.signal.irfft` of the last 2 dimensions.

    >>> import addax as tf
    >>> tf.signal.irfft2d(tf.constant([[1, 1]], tf.complex64)).numpy().tolist()
    [[1.0, 0.0]]
    """
    return _irfft(_as(input_tensor, np.complex64), fft_length, 2)


def rfft3d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """`tf.signal.rfft` of the last 3 dimensions.

    >>> import addax as tf
    >>> tf.signal.rfft3d([[[1.0, 0.0]]]).numpy().ravel()
    array([1.+0.j, 1.+0.j], dtype=complex64)
    """
    return _rfft(_as(input_tensor, np.float32), fft_length, 3)


def irfft3d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """`tf.signal.irfft` of the last 3 dimensions.

    >>> import addax as tf
    >>> tf.signal.irfft3d(tf.constant([[[1, 1]]], tf.complex64)).numpy().ravel().tolist()
    [1.0, 0.0]
    """
    return _irfft(_as(input_tensor, np.complex64), fft_length, 3)


@op(name="signal.fftnd")
def _fftnd(input_tensor: TensorLike, fft_length, axes, norm, kind):
    if axes is None:
        count = input_tensor.ndim if fft_length is None else len(fft_length)
        axes = tuple(range(-count, 0))
    axes = axes if isinstance(axes, tuple) else (axes,)
    return _transform(f"{kind}nd", kind, input_tensor, fft_length, axes, norm)


def fftnd(
    input_tensor: Any, fft_length: Any = None, axes: Any = None, norm: str | None = None, name: str | None = None
) -> Tensor:
    """The Fourier transform over chosen axes of a complex tensor.

    Args:
        input_tensor: a complex tensor.
        fft_length: lengths to cut or pad the axes to.
        axes: the axes, by default the last ones (all, without `fft_length`).
        norm: "backward" (the default: the inverse divides by n), "ortho" (both by sqrt(n)) or "forward".
        name: ignored.

    Raises:
        ValueError: an unknown `norm`.
        InvalidArgumentError: axes or lengths that do not fit.

    >>> import addax as tf
    >>> tf.signal.fftnd(tf.ones([2], tf.complex64)).numpy()
    array([2.+0.j, 0.+0.j], dtype=complex64)
    """
    return _fftnd(input_tensor, fft_length, axes, norm, "fft")


def ifftnd(
    input_tensor: Any, fft_length: Any = None, axes: Any = None, norm: str | None = None, name: str | None = None
) -> Tensor:
    """The inverse of `tf.signal.fftnd`.

    >>> import addax as tf
    >>> tf.signal.ifftnd(tf.ones([2], tf.complex64)).numpy()
    array([1.+0.j, 0.+0.j], dtype=complex64)
    """
    return _fftnd(input_tensor, fft_length, axes, norm, "ifft")


def rfftnd(
    input_tensor: Any, fft_length: Any = None, axes: Any = None, norm: str | None = None, name: str | None = None
) -> Tensor:
    """`tf.signal.fftnd` of a real tensor: of the last axis only the frequencies of 0 and more.

    >>> import addax as tf
    >>> tf.signal.rfftnd([1.0, 0.0]).numpy()
    array([1.+0.j, 1.+0.j], dtype=complex64)
    """
    return _fftnd(input_tensor, fft_length, axes, norm, "rfft")


def irfftnd(
    input_tensor: Any, fft_length: Any = None, axes: Any = None, norm: str | None = None, name: str | None = None
) -> Tensor:
    """The inverse of `tf.signal.rfftnd`.

    >>> import addax as tf
    >>> tf.signal.irfftnd(tf.ones([2], tf.complex64)).numpy().tolist()
    [1.0, 0.0]
    """
    return _fftnd(input_tensor, fft_length, axes, norm, "irfft")


@op(name="signal.fftshift")
def fftshift(x: TensorLike, axes=None, name: str | None = None) -> Tensor:
    """Move the zero frequency to the middle of axes (None: of all).

    >>> import addax as tf
    >>> tf.signal.fftshift([0, 1, 2, -2, -1]).numpy().tolist()
    [-2, -1, 0, 1, 2]
    """
    return jnp.fft.fftshift(x, axes)


@op(name="signal.ifftshift")
def ifftshift(x: TensorLike, axes=None, name: str | None = None) -> Tensor:
    """The inverse of `tf.signal.fftshift`.

    >>> import addax as tf
    >>> tf.signal.ifftshift([-2, -1, 0, 1, 2]).numpy().tolist()
    [0, 1, 2, -2, -1]
    """
    return jnp.fft.ifftshift(x, axes)


# ---------------------------------------------------------------------------- cosine transforms


def _resized(x: Any, n: int) -> Any:
    size = x.shape[-1]
    return x[..., :n] if n <= size else jnp.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, n - size)])


def cosine_transform(x: Any, kind: int, norm: str | None) -> Any:
    """The DCT of types 1 to 4 of the last dimension (Rao and Yip 1990), by Fourier transforms."""
    n, dtype = x.shape[-1], x.dtype
    if kind == 1:
        return jnp.real(jnp.fft.rfft(jnp.concatenate([x, x[..., -2:0:-1]], -1))).astype(dtype)
    if kind == 2:
        turn = 2 * np.exp(-1j * np.pi * np.arange(n) / (2 * n))
        out = jnp.real(jnp.fft.rfft(x, n=2 * n)[..., :n] * jnp.asarray(turn, _complex(dtype)))
        if norm == "ortho":
            out = out * jnp.asarray(np.where(np.arange(n) == 0, 0.5, np.sqrt(0.5)) / np.sqrt(n), dtype)
        return out
    if kind == 3:
        weight = np.where(np.arange(n) == 0, np.sqrt(n), np.sqrt(n / 2)) if norm == "ortho" else np.full(n, float(n))
        turn = 2 * weight * np.exp(1j * np.pi * np.arange(n) / (2 * n))
        return jnp.fft.irfft(x * jnp.asarray(turn, _complex(dtype)), n=2 * n)[..., :n]
    out = cosine_transform(_resized(x, 2 * n), 2, None)[..., 1::2]
    return out * jnp.asarray(np.sqrt(0.5 / n), dtype) if norm == "ortho" else out


def _complex(dtype: Any) -> Any:
    return np.result_type(dtype, np.complex64)


@op(kinds="fc", name="signal.dct")
def _dct(input: TensorLike, kind, n, axis, norm):  # noqa: A002
    if input.dtype.kind == "c":
        raise AssertionError(
            errors.message("tf.signal.dct", expected="input of dtype float32 or float64", received={"input": input})
        )
    if kind not in (1, 2, 3, 4):
        raise ValueError(f"tf.signal.dct: Types I, II, III and IV (I)DCT are supported, received type={kind!r}.")
    if norm not in (None, "ortho"):
        raise ValueError(f"tf.signal.dct: Unknown normalization. Expected None or 'ortho', got: {norm!r}.")
    if kind == 1 and norm == "ortho":
        raise ValueError("tf.signal.dct: Normalization is not supported for the Type-I DCT.")
    if n is not None and n < 1:
        raise ValueError(f"tf.signal.dct: n should be a positive integer, received {n}.")
    x = jnp.moveaxis(input, axis, -1)
    x = x if n is None else _resized(x, int(n))
    if kind == 1 and x.shape[-1] < 2:
        raise ValueError("tf.signal.dct: Type-I DCT requires the dimension to be greater than one.")
    return jnp.moveaxis(cosine_transform(x, kind, norm), -1, axis)


def dct(
    input: Any,  # noqa: A002
    type: int = 2,  # noqa: A002
    n: Any = None,
    axis: int = -1,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The discrete cosine transform.

    Args:
        input: a float32 or float64 tensor.
        type: 1, 2, 3 or 4.
        n: the length to cut or pad to.
        axis: the axis to transform.
        norm: None or "ortho" (types 2 to 4), which makes the transform orthonormal.
        name: ignored.

    Raises:
        ValueError: an unknown type or norm.

    >>> import addax as tf
    >>> tf.signal.dct([1.0, 1.0]).numpy().round(4).tolist()
    [4.0, 0.0]
    """
    return _dct(input, type, n, axis, norm)


def idct(
    input: Any,  # noqa: A002
    type: int = 2,  # noqa: A002
    n: Any = None,
    axis: int = -1,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The inverse cosine transform, up to a factor of 1 / (2 n) (2 (n - 1) for type 1) unless norm is "ortho".

    Args:
        input: a float32 or float64 tensor.
        type: the type of the transform to invert.
        n: the length to cut or pad to.
        axis: the axis to transform.
        norm: None or "ortho".
        name: ignored.

    Raises:
        ValueError: an unknown type or norm.

    >>> import addax as tf
    >>> tf.signal.idct(tf.signal.dct([1.0, 3.0], norm="ortho"), norm="ortho").numpy().round(4).tolist()
    [1.0, 3.0]
    """
    return _dct(input, {1: 1, 2: 3, 3: 2, 4: 4}.get(type, type), n, axis, norm)
