"""`keras.ops`: segments, order statistics, special functions and Fourier transforms (Keras 3's keras.ops.math)."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.keras.ops.function import function
from addax.keras.ops.promotion import common_floats, floats, tensor
from addax.ops import (
    casting,
    comparison,
    elementwise,
    fourier,
    gathering,
    joining,
    matrix_functions,
    numpy_linalg,
    ranking,
    reductions,
    shaping,
    unfolding,
)


def _segment(who: str, data: Any, segment_ids: Any, num_segments: int | None, ordered: bool) -> Any:
    ids = tensor(segment_ids)
    if num_segments is None:
        if ids.is_symbolic:
            raise ValueError(f"keras.ops.segment_{who}: `num_segments` must be set where a function is compiled.")
        num_segments = int(np.max(ids.numpy(), initial=-1)) + 1
    return numpy_linalg.segments(tensor(data), ids, int(num_segments), who, bool(ordered))


@function
def segment_sum(data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False) -> Any:  # noqa: A002
    """The sum of the rows of each segment.

    Args:
        data: a tensor.
        segment_ids: the segment of each row; rows of segments that do not exist are left out.
        num_segments: how many there are; by default one more than the largest id.
        sorted: whether the ids are in order, which can be faster.

    >>> from addax.keras import ops
    >>> ops.segment_sum([1, 2, 3], [1, 0, 1], 2).numpy().tolist()
    [2, 4]
    """
    return _segment("sum", data, segment_ids, num_segments, sorted)


@function
def segment_max(data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False) -> Any:  # noqa: A002
    """The maximum of each segment; the lowest number where it has no rows.

    Args:
        data: rows (n, ...).
        segment_ids: integers (n,): which segment each row belongs to.
        num_segments: how many there are; by default the largest id and one.
        sorted: a promise that the ids are in order; the result does not depend on it.

    >>> from addax.keras import ops
    >>> ops.segment_max([1, 5, 3], [0, 0, 1]).numpy().tolist()
    [5, 3]
    """
    return _segment("max", data, segment_ids, num_segments, sorted)


@function
def segment_min(data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False) -> Any:  # noqa: A002
    """The minimum of each segment; the highest number where it has no rows.

    >>> from addax.keras import ops
    >>> ops.segment_min([1, 5, 3], [0, 0, 1]).numpy().tolist()
    [1, 3]
    """
    return _segment("min", data, segment_ids, num_segments, sorted)


@function
def segment_prod(data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False) -> Any:  # noqa: A002
    """The product of each segment.

    >>> from addax.keras import ops
    >>> ops.segment_prod([1, 5, 3], [0, 0, 1]).numpy().tolist()
    [5, 3]
    """
    return _segment("prod", data, segment_ids, num_segments, sorted)


@function
def top_k(x: Any, k: int, sorted: bool = True) -> Any:  # noqa: A002
    """The k largest numbers along the last axis, and where they are.

    >>> from addax.keras import ops
    >>> values, places = ops.top_k([5.0, 9.0, 7.0], 2)
    >>> values.numpy().tolist(), places.numpy().tolist()
    ([9.0, 7.0], [1, 2])
    """
    return tuple(ranking.top_k(tensor(x), k, sorted))


@function
def in_top_k(targets: Any, predictions: Any, k: int) -> Any:
    """Whether fewer than k predictions are larger than the target's.

    >>> from addax.keras import ops
    >>> ops.in_top_k([0, 1], [[0.1, 0.7], [0.3, 0.4]], 1).numpy().tolist()
    [False, True]
    """
    places, numbers = tensor(targets), floats(predictions)
    rank = len(numbers.shape) - 1
    own = gathering.gather(numbers, shaping.expand_dims(places, -1), batch_dims=rank, axis=rank)
    own = gathering.where(elementwise.is_nan(own), tensor(-np.inf, own.dtype), own)
    larger = reductions.reduce_sum(casting.cast(comparison.greater(numbers, own), "int32"), -1)
    return comparison.less(larger, k)


@function
def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """log(sum(exp(x))) along axes.

    >>> from addax.keras import ops
    >>> ops.logsumexp([0.0, 0.0]).numpy().round(4)
    np.float32(0.6931)
    """
    return reductions.reduce_logsumexp(floats(x), list(axis) if isinstance(axis, tuple) else axis, keepdims)


@function
def rsqrt(x: Any) -> Any:
    """1 / sqrt(x).

    >>> from addax.keras import ops
    >>> ops.rsqrt([4, 16]).numpy().tolist()
    [0.5, 0.25]
    """
    return elementwise.rsqrt(floats(x))


@function
def erf(x: Any) -> Any:
    """The error function.

    >>> from addax.keras import ops
    >>> print(ops.erf([0.0, 1.0]).numpy().round(4))
    [0.     0.8427]
    """
    return elementwise.erf(floats(x))


@function
def erfc(x: Any) -> Any:
    """1 - erf(x).

    >>> from addax.keras import ops
    >>> print(ops.erfc([0.0, 1.0]).numpy().round(4))
    [1.     0.1573]
    """
    return elementwise.erfc(floats(x))


@function
def erfinv(x: Any) -> Any:
    """The inverse of `erf`.

    >>> from addax.keras import ops
    >>> print(ops.erfinv([0.0, 0.5]).numpy().round(4))
    [0.     0.4769]
    """
    made = floats(x)
    wide = casting.cast(made, "float32") if made.dtype.size < 4 else made  # there is no erfinv of half precision
    return casting.cast(elementwise.erfinv(wide), made.dtype)


@function
def logdet(x: Any) -> Any:
    """The logarithm of the absolute determinant.

    >>> from addax.keras import ops
    >>> print(ops.logdet([[1.0, 0.0], [0.0, 2.0]]).numpy().round(4))
    0.6931
    """
    return matrix_functions.slogdet(floats(x))[1]


@function
def cdist(x: Any, y: Any) -> Any:
    """The distances between rows: (..., m, d) and (..., n, d) to (..., m, n).

    >>> from addax.keras import ops
    >>> ops.cdist([[0.0, 0.0]], [[3.0, 4.0]]).numpy().tolist()
    [[5.0]]
    """
    first, second = common_floats(x, y)
    if len(first.shape) < 2 or len(second.shape) < 2:
        raise ValueError("`cdist` inputs must have rank >= 2")
    if first.shape[-1] != second.shape[-1]:
        raise ValueError("Last dimension of inputs to `cdist` must match")
    apart = shaping.expand_dims(first, -2) - shaping.expand_dims(second, -3)
    return elementwise.sqrt(reductions.reduce_sum(apart * apart, -1))


@function
def extract_sequences(x: Any, sequence_length: int, sequence_stride: int) -> Any:
    """Windows along the last axis.

    >>> from addax.keras import ops
    >>> ops.extract_sequences([1.0, 2.0, 3.0, 4.0, 5.0], 3, 2).numpy().tolist()
    [[1.0, 2.0, 3.0], [3.0, 4.0, 5.0]]
    """
    return unfolding.sequences(tensor(x), int(sequence_length), int(sequence_stride))


# ---------------------------------------------------------------------------- Fourier transforms


def _complex(x: Any) -> Any:
    if not isinstance(x, tuple | list) or len(x) != 2:
        raise ValueError(f"Input `x` should be a tuple of two tensors - real and imaginary. Received: x={x}")
    real, imag = (tensor(each) for each in x)
    if tuple(real.shape) != tuple(imag.shape):
        raise ValueError(
            "Input `x` should be a tuple of two tensors - real and imaginary. Both should have the same shape. "
            f"Received: x[0].shape = {tuple(real.shape)}, x[1].shape = {tuple(imag.shape)}"
        )
    if not real.dtype.is_floating or not imag.dtype.is_floating:
        raise ValueError(f"At least one tensor in input `x` is not of type float. Received: x={x}.")
    return casting.complex(real, imag)


def _parts(x: Any) -> tuple[Any, Any]:
    return casting.real(x), casting.imag(x)


@function
def fft(x: Any) -> Any:
    """The discrete Fourier transform along the last axis, of (real, imaginary) and to such a pair.

    >>> from addax.keras import ops
    >>> real, imaginary = ops.fft((ops.ones(2), ops.zeros(2)))
    >>> real.numpy().tolist()
    [2.0, 0.0]
    """
    return _parts(fourier.fft(_complex(x)))


@function
def fft2(x: Any) -> Any:
    """The discrete Fourier transform along the last two axes.

    Args:
        x: (real, imaginary), both (..., rows, columns).
    Returns:
        (real, imaginary)

    >>> from addax.keras import ops
    >>> real, imaginary = ops.fft2(([[1.0, 2.0], [3.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]]))
    >>> real.numpy().tolist()
    [[10.0, -2.0], [-4.0, 0.0]]
    """
    return _parts(fourier.fft2d(_complex(x)))


@function
def ifft2(x: Any) -> Any:
    """The inverse of `fft2`.

    >>> from addax.keras import ops
    >>> real, imaginary = ops.ifft2(([[10.0, -2.0], [-4.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]))
    >>> real.numpy().tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    return _parts(fourier.ifft2d(_complex(x)))


@function
def rfft(x: Any, fft_length: int | None = None) -> Any:
    """The half of the discrete Fourier transform of real numbers that says all: (real, imaginary).

    Args:
        x: (..., samples), real.
        fft_length: how many samples: more are cut off, fewer filled up with zeros.

    >>> from addax.keras import ops
    >>> real, imaginary = ops.rfft([1.0, 0.0, 0.0, 0.0])
    >>> real.numpy().tolist(), imaginary.numpy().tolist()
    ([1.0, 1.0, 1.0], [0.0, 0.0, 0.0])
    """
    return _parts(fourier.rfft(floats(x), None if fft_length is None else [fft_length]))


@function
def irfft(x: Any, fft_length: int | None = None) -> Any:
    """The inverse of `rfft`.

    Args:
        x: (real, imaginary), both (..., fft_length // 2 + 1).
        fft_length: how many samples to return.

    >>> from addax.keras import ops
    >>> ops.irfft(([1.0, 1.0, 1.0], [0.0, 0.0, 0.0])).numpy().tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    return fourier.irfft(_complex(x), None if fft_length is None else [fft_length])


def _window(window: Any, length: int, size: int, dtype: Any) -> Any:
    left = (size - length) // 2
    if window is None:
        return tensor(np.ones(size), dtype)
    if isinstance(window, str):
        if window not in ("hann", "hamming"):
            raise ValueError(
                f'If a string is passed to `window`, it must be one of `"hann"`, `"hamming"`. Received: window={window}'
            )
        share = 0.5 if window == "hann" else 0.54
        window = share - (1 - share) * np.cos(2 * np.pi * np.arange(length) / length)
    made = np.asarray(window)
    if made.shape != (length,):
        raise ValueError(
            f"The shape of `window` must be equal to [sequence_length]. Received: window shape={made.shape}"
        )
    return tensor(np.pad(made, (left, size - length - left)), dtype)


@function
def stft(
    x: Any, sequence_length: int, sequence_stride: int, fft_length: int, window: Any = "hann", center: bool = True
) -> Any:
    """The short-time Fourier transform of real signals.

    Args:
        x: (..., samples), float32 or float64.
        sequence_length: the samples of a window.
        sequence_stride: the samples between windows.
        fft_length: the length of the transform, at least sequence_length.
        window: "hann", "hamming", numbers, or None.
        center: whether to reflect the signal at both ends, so that windows are centered.

    Returns:
        (real, imaginary), each (..., windows, fft_length // 2 + 1).

    >>> from addax.keras import ops
    >>> real, imaginary = ops.stft([0.0, 1.0, 0.0, -1.0, 0.0, 1.0, 0.0, -1.0], 4, 2, 4)
    >>> real.shape
    TensorShape([5, 3])
    """
    made = tensor(x)
    if made.dtype.name not in ("float32", "float64"):
        raise TypeError(f"Invalid input type. Expected `float32` or `float64`. Received: input type={made.dtype.name}")
    if fft_length < sequence_length:
        raise ValueError(
            "`fft_length` must equal or larger than `sequence_length`. "
            f"Received: sequence_length={sequence_length}, fft_length={fft_length}"
        )
    bent = _window(window, sequence_length, fft_length, made.dtype)
    return numpy_linalg.short_time_spectra(made, bent, fft_length, sequence_stride, bool(center))


@function
def istft(
    x: Any, sequence_length: int, sequence_stride: int, fft_length: int, length: int | None = None,
    window: Any = "hann", center: bool = True,
) -> Any:  # fmt: skip
    """The inverse of `stft`; `length` cuts the signal.

    Args:
        x: (real, imaginary), as `stft` returns them.
        sequence_length: the samples of a window.
        sequence_stride: the samples between windows.
        fft_length: the length of the transform.
        length: how many samples to return.
        window: as for `stft`.
        center: as for `stft`.

    >>> from addax.keras import ops
    >>> x = [0.0, 1.0, 0.0, -1.0, 0.0, 1.0, 0.0, -1.0]
    >>> ops.istft(ops.stft(x, 4, 2, 4), 4, 2, 4, length=8).numpy().round(4)
    array([ 0.,  1.,  0., -1.,  0.,  1.,  0., -1.], dtype=float32)
    """
    real, imag = x
    made = tensor(real)
    bent = _window(window, sequence_length, fft_length, made.dtype)
    factor = 1.0 if window is not None else fft_length / sequence_stride
    out = numpy_linalg.from_short_time_spectra(made, tensor(imag), bent, fft_length, sequence_stride, factor)
    start = fft_length // 2 if center else 0
    stop = start + length if length is not None else -(fft_length // 2) if center else None
    return out[..., start:stop]


@function
def view_as_complex(x: Any) -> Any:
    """(..., 2) real numbers as complex ones.

    >>> from addax.keras import ops
    >>> ops.view_as_complex([[1.0, 2.0]]).numpy().tolist()
    [(1+2j)]
    """
    made = floats(x)
    if len(made.shape) < 1 or made.shape[-1] != 2:
        raise ValueError(f"Last dimension of input must be size 2 (real and imaginary). Received shape: {made.shape}")
    return casting.complex(made[..., 0], made[..., 1])


@function
def view_as_real(x: Any) -> Any:
    """Complex numbers as (..., 2) real ones.

    >>> from addax.keras import ops
    >>> ops.view_as_real(ops.convert_to_tensor([1 + 2j])).numpy().tolist()
    [[1.0, 2.0]]
    """
    made = tensor(x)
    return joining.stack([casting.real(made), casting.imag(made)], -1)
