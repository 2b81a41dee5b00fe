"""Windows, frames and spectrograms; and (re-exported) the Fourier and cosine transforms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import dtypes, errors
from addax.core.convert import FreeLike, TensorLike, convert_to_tensor
from addax.core.dispatch import op
from addax.core.failures import UnfitError
from addax.core.static_arguments import concrete
from addax.core.tensor import Tensor
from addax.ops.fourier import (
    cosine_transform,
    dct,
    fft,
    fft2d,
    fft3d,
    fftnd,
    fftshift,
    idct,
    ifft,
    ifft2d,
    ifft3d,
    ifftnd,
    ifftshift,
    irfft,
    irfft2d,
    irfft3d,
    irfftnd,
    rfft,
    rfft2d,
    rfft3d,
    rfftnd,
)

# ---------------------------------------------------------------------------- windows


def _whole(who: str, name: str, value: Any, least: int | None = None) -> int:
    """A scalar argument as a whole number, at least `least`."""
    number = concrete(value, f"signal.{who}")
    if number.ndim or number.dtype.kind not in "iub" or (least is not None and number < least):
        bound = "" if least is None else f" of {least} or more"
        raise UnfitError(
            errors.message(f"tf.signal.{who}", expected=f"{name}, a whole number{bound} (a scalar)", received=value)
        )
    return int(number)


def _length(who: str, window_length: Any, least: int = 0) -> int:
    if isinstance(window_length, Tensor) and window_length.dtype == dtypes.int64:
        raise UnfitError(f"tf.signal.{who}: window_length must be an int32 tensor, received int64.")
    return _whole(who, "window_length", window_length, least)


def _made(who: str, values: Any, dtype: Any) -> Tensor:
    want = dtypes.as_dtype(dtype)
    if not want.is_floating:
        raise ValueError(f"tf.signal.{who}: dtype must be a floating point type. Found {want!r}.")
    return convert_to_tensor(np.asarray(values).astype(want.np))


def _raised_cosine(who: str, window_length: Any, periodic: Any, dtype: Any, a: float, b: float) -> Tensor:
    size = _length(who, window_length)
    known = concrete(periodic, f"signal.{who}")
    if known.ndim or known.dtype != np.bool_:
        raise UnfitError(errors.message(f"tf.signal.{who}", expected="periodic, a bool", received=periodic))
    if size == 1:
        return _made(who, np.ones(1), dtype)
    # A periodic window of even length is a symmetric one without its last number.
    period = size - 1 + (1 if known and size % 2 == 0 else 0)
    kind = dtypes.as_dtype(dtype).np if dtypes.as_dtype(dtype).is_floating else np.float64
    angle = np.asarray(2 * np.pi, kind) * np.arange(size).astype(kind) / np.asarray(max(period, 1), kind)
    return _made(who, np.asarray(a, kind) - np.asarray(b, kind) * np.cos(angle), dtype)


def hann_window(
    window_length: Any, periodic: bool = True, dtype: Any = dtypes.float32, name: str | None = None
) -> Tensor:
    """The Hann window, 0.5 - 0.5 cos.

    Args:
        window_length: how many numbers.
        periodic: whether an even window is made for spectra (True) or filters (False).
        dtype: a floating dtype.
        name: ignored.

    >>> import addax as tf
    >>> tf.signal.hann_window(4).numpy().tolist()
    [0.0, 0.5, 1.0, 0.5]
    """
    return _raised_cosine("hann_window", window_length, periodic, dtype, 0.5, 0.5)


def hamming_window(
    window_length: Any, periodic: bool = True, dtype: Any = dtypes.float32, name: str | None = None
) -> Tensor:
    """The Hamming window, 0.54 - 0.46 cos; arguments as for `tf.signal.hann_window`.

    >>> import addax as tf
    >>> tf.signal.hamming_window(4).numpy().round(2).tolist()
    [0.07999999821186066, 0.5400000214576721, 1.0, 0.5400000214576721]
    """
    return _raised_cosine("hamming_window", window_length, periodic, dtype, 0.54, 0.46)


def _beta(who: str, beta: Any) -> float:
    number = concrete(beta, f"signal.{who}")
    if number.ndim or number.dtype.kind not in "iufV":
        raise UnfitError(errors.message(f"tf.signal.{who}", expected="beta, a number", received=beta))
    return float(number)


def _kaiser(size: int, beta: float) -> np.ndarray:
    if size == 1:
        return np.ones(1)
    half = (size - 1) / 2
    inner = beta * np.sqrt(np.maximum(1 - ((np.arange(size) - half) / half) ** 2, 0))
    return np.i0(inner) * np.exp(-np.abs(inner)) / (np.i0(beta) * np.exp(-np.abs(beta))) * np.exp(inner - beta)


def kaiser_window(window_length: Any, beta: Any = 12.0, dtype: Any = dtypes.float32, name: str | None = None) -> Tensor:
    """The Kaiser window.

    Args:
        window_length: how many numbers.
        beta: its shape; larger is narrower.
        dtype: a floating dtype.
        name: ignored.

    >>> import addax as tf
    >>> tf.signal.kaiser_window(3, beta=0.0).numpy().tolist()
    [1.0, 1.0, 1.0]
    """
    size = _length("kaiser_window", window_length, least=1)
    return _made("kaiser_window", _kaiser(size, _beta("kaiser_window", beta)), dtype)


def kaiser_bessel_derived_window(
    window_length: Any, beta: Any = 12.0, dtype: Any = dtypes.float32, name: str | None = None
) -> Tensor:
    """The Kaiser-Bessel derived window, made for `tf.signal.mdct`; arguments as for `tf.signal.kaiser_window`.

    >>> import addax as tf
    >>> tf.signal.kaiser_bessel_derived_window(2).numpy().round(3)
    array([0.707, 0.707], dtype=float32)
    """
    half = _length("kaiser_bessel_derived_window", window_length) // 2
    running = np.cumsum(_kaiser(half + 1, _beta("kaiser_bessel_derived_window", beta)))
    rising = np.sqrt(running[:-1] / running[-1])
    return _made("kaiser_bessel_derived_window", np.concatenate([rising, rising[::-1]]), dtype)


def vorbis_window(window_length: Any, dtype: Any = dtypes.float32, name: str | None = None) -> Tensor:
    """The Vorbis power complementary window.

    Args:
        window_length: how many numbers.
        dtype: a floating dtype.
        name: ignored.

    >>> import addax as tf
    >>> tf.signal.vorbis_window(2).numpy().round(3)
    array([0.707, 0.707], dtype=float32)
    """
    size = _length("vorbis_window", window_length)
    inner = np.sin(np.pi / max(size, 1) * (np.arange(size) + 0.5))
    return _made("vorbis_window", np.sin(np.pi / 2 * inner * inner), dtype)


# ---------------------------------------------------------------------------- frames


def _framed(x: Any, length: int, step: int, pad_end: bool, pad_value: Any) -> Any:
    """Frames of the last dimension, (..., frames, length)."""
    size = x.shape[-1]
    count = -(-size // step) if pad_end else max(0, 1 + (size - length) // step)
    missing = (count - 1) * step + length - size
    if pad_end and missing > 0:
        tail = jnp.broadcast_to(pad_value.astype(x.dtype), (*x.shape[:-1], missing))
        x = jnp.concatenate([x, tail], -1)
    return x[..., np.arange(count)[:, None] * step + np.arange(length)]


@op(name="signal.frame")
def _frame(signal: TensorLike, pad_value: FreeLike, frame_length, frame_step, pad_end, axis):
    length, step = int(frame_length), int(frame_step)
    if length < 0 or step < 1:
        raise UnfitError(
            f"tf.signal.frame: frame_length and frame_step must be positive, received {length} and {step}."
        )
    if not -signal.ndim <= axis < signal.ndim:
        raise ValueError(f"tf.signal.frame: axis {axis} is out of range for a signal of shape {tuple(signal.shape)}.")
    axis %= signal.ndim
    out = _framed(jnp.moveaxis(signal, axis, -1), length, step, pad_end, pad_value)
    return jnp.moveaxis(out, (-2, -1), (axis, axis + 1))


def frame(
    signal: Any,
    frame_length: Any,
    frame_step: Any,
    pad_end: bool = False,
    pad_value: Any = 0,
    axis: int = -1,
    name: str | None = None,
) -> Tensor:
    """Overlapping frames of a signal.

    Args:
        signal: a tensor.
        frame_length: the samples of a frame.
        frame_step: the samples between the starts of frames.
        pad_end: whether to pad the end, so that a frame starts at every step; otherwise only whole frames count.
        pad_value: what to pad with.
        axis: the axis of time; it becomes two, frames and samples.
        name: ignored.

    Raises:
        ValueError: lengths below 1, or an axis out of range.

    >>> import addax as tf
    >>> tf.signal.frame([1, 2, 3, 4], 2, 1).numpy().tolist()
    [[1, 2], [2, 3], [3, 4]]
    """
    if not hasattr(signal, "__symbolic_call__"):
        signal = convert_to_tensor(signal)
        pad_value = convert_to_tensor(pad_value, signal.dtype) if pad_end else 0
        if pad_end and pad_value.shape.rank:
            raise UnfitError(errors.message("tf.signal.frame", expected="a scalar pad_value", received=pad_value))
    return _frame(signal, pad_value, frame_length, frame_step, bool(pad_end), axis)


def _overlapped(x: Any, step: int) -> Any:
    """The sum of frames (..., frames, length), each `step` after the one before."""
    frames, length = x.shape[-2:]
    if not frames:
        return jnp.zeros((*x.shape[:-2], 0), x.dtype)
    pieces = -(-length // step)
    lead = [(0, 0)] * (x.ndim - 2)
    x = jnp.pad(x, [*lead, (0, 0), (0, pieces * step - length)])
    x = x.reshape(*x.shape[:-1], pieces, step)
    total = sum(jnp.pad(x[..., i, :], [*lead, (i, pieces - 1 - i), (0, 0)]) for i in range(pieces))
    flat = total.reshape(*total.shape[:-2], -1)
    return flat[..., : (frames - 1) * step + length]


@op(kinds="fciu", name="signal.overlap_and_add")
def overlap_and_add(signal: TensorLike, frame_step, name: str | None = None) -> Tensor:
    """The signal whose frames are given; where they overlap, they are added.

    Args:
        signal: a tensor of shape (..., frames, frame_length).
        frame_step: the samples between the starts of frames.
        name: ignored.

    Returns:
        A tensor of shape (..., (frames - 1) * frame_step + frame_length).

    Raises:
        ValueError: fewer than 2 dimensions.

    >>> import addax as tf
    >>> tf.signal.overlap_and_add([[1, 2], [3, 4]], 1).numpy().tolist()
    [1, 5, 4]
    """
    if signal.ndim < 2:
        raise ValueError(f"tf.signal.overlap_and_add: expected 2 or more dimensions, received {tuple(signal.shape)}.")
    return _overlapped(signal, int(frame_step))


# ---------------------------------------------------------------------------- short-time Fourier transforms


def _window(window_fn: Callable[..., Any] | None, length: int, dtype: Any) -> Any:
    return None if window_fn is None else convert_to_tensor(window_fn(length, dtype=dtype))


@op(kinds="f", name="signal.stft")
def _stft(signals: TensorLike, window: TensorLike | None, frame_length, frame_step, fft_length, pad_end):
    frames = _framed(signals, frame_length, frame_step, pad_end, jnp.zeros((), signals.dtype))
    return jnp.fft.rfft(frames if window is None else frames * window, n=fft_length)


def stft(
    signals: Any,
    frame_length: Any,
    frame_step: Any,
    fft_length: Any = None,
    window_fn: Callable[..., Any] | None = hann_window,
    pad_end: bool = False,
    name: str | None = None,
) -> Tensor:
    """The short-time Fourier transform: spectra of windowed, overlapping frames.

    Args:
        signals: a float32 or float64 tensor of shape (..., samples).
        frame_length: the samples of a frame.
        frame_step: the samples between the starts of frames.
        fft_length: the length of the transform; by default the power of 2 that holds a frame.
        window_fn: makes the window: window_fn(frame_length, dtype=...); None for none.
        pad_end: whether to pad the end with zeros.
        name: ignored.

    Returns:
        A complex tensor of shape (..., frames, fft_length // 2 + 1).

    >>> import addax as tf
    >>> tf.signal.stft(tf.ones([8]), 4, 2).shape
    TensorShape([3, 3])
    """
    signals = signals if hasattr(signals, "__symbolic_call__") else convert_to_tensor(signals)
    length = _whole("stft", "frame_length", frame_length, 0)
    step, size = _whole("stft", "frame_step", frame_step, 1), _spectrum("stft", length, fft_length)
    return _stft(signals, _window(window_fn, length, signals.dtype), length, step, size, bool(pad_end))


def _spectrum(who: str, length: int, fft_length: Any) -> int:
    """How long the transforms of frames are."""
    if fft_length is not None:
        return _whole(who, "fft_length", fft_length, 1)
    return 1 << max(length - 1, 0).bit_length()


@op(name="signal.inverse_stft")
def _inverse_stft(stfts: FreeLike, window: FreeLike | None, frame_length, frame_step, fft_length):
    if stfts.dtype.kind != "c" or stfts.ndim < 2:
        raise UnfitError(
            errors.message(
                "tf.signal.inverse_stft",
                expected="a complex tensor (..., frames, frequencies)",
                received=f"{dtypes.from_numpy(stfts.dtype).name} {tuple(stfts.shape)}",
            )
        )
    frames = jnp.fft.irfft(stfts, n=fft_length)[..., :frame_length]
    if frames.shape[-1] < frame_length:
        frames = jnp.pad(frames, [(0, 0)] * (frames.ndim - 1) + [(0, frame_length - frames.shape[-1])])
    return _overlapped(frames if window is None else frames * window.astype(frames.dtype), frame_step)


def inverse_stft(
    stfts: Any,
    frame_length: Any,
    frame_step: Any,
    fft_length: Any = None,
    window_fn: Callable[..., Any] | None = hann_window,
    name: str | None = None,
) -> Tensor:
    """The inverse of `tf.signal.stft`, exact with `tf.signal.inverse_stft_window_fn(frame_step)`.

    Args:
        stfts: a complex tensor of shape (..., frames, frequencies).
        frame_length: the samples of a frame.
        frame_step: the samples between the starts of frames.
        fft_length: the length of the transform; by default the power of 2 that holds a frame.
        window_fn: makes the window; None for none.
        name: ignored.

    Returns:
        A real tensor of shape (..., samples).

    >>> import addax as tf
    >>> spectra = tf.signal.stft(tf.ones([8]), 4, 2)
    >>> window_fn = tf.signal.inverse_stft_window_fn(2)
    >>> tf.signal.inverse_stft(spectra, 4, 2, window_fn=window_fn).numpy()[2:6].round(4).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    stfts = stfts if hasattr(stfts, "__symbolic_call__") else convert_to_tensor(stfts)
    length, step = (
        _whole("inverse_stft", "frame_length", frame_length, 0),
        _whole("inverse_stft", "frame_step", frame_step),
    )
    size = _spectrum("inverse_stft", length, fft_length)
    return _inverse_stft(stfts, _window(window_fn, length, stfts.dtype.real_dtype), length, step, size)


def inverse_stft_window_fn(
    frame_step: Any, forward_window_fn: Callable[..., Any] = hann_window, name: str | None = None
) -> Callable[..., Tensor]:
    """The window for `tf.signal.inverse_stft` that undoes `forward_window_fn` where frames overlap.

    Args:
        frame_step: the samples between the starts of frames.
        forward_window_fn: the window function of `tf.signal.stft`.
        name: ignored.

    Returns:
        A function (frame_length, dtype) -> window.

    >>> import addax as tf
    >>> tf.signal.inverse_stft_window_fn(2)(4, dtype=tf.float32).numpy().tolist()
    [0.0, 1.0, 1.0, 1.0]
    """

    def inverse_window(frame_length: Any, dtype: Any = dtypes.float32) -> Tensor:
        length = _whole("inverse_stft_window_fn", "frame_length", frame_length, 0)
        step = _whole("inverse_stft_window_fn", "frame_step", frame_step, 1)
        forward = np.asarray(concrete(forward_window_fn(length, dtype=dtype), "signal.inverse_stft"))
        pieces = -(-length // step)
        squares = np.zeros(pieces * step, forward.dtype)
        squares[:length] = forward * forward
        total = np.tile(squares.reshape(pieces, step).sum(0), pieces)[:length]
        return _made("inverse_stft_window_fn", forward / total, dtype)

    return inverse_window


# ---------------------------------------------------------------------------- modified cosine transform


@op(kinds="f", name="signal.mdct")
def _mdct(signals: TensorLike, window: TensorLike | None, frame_length, pad_end, norm):
    half = frame_length // 2
    frames = _framed(signals, frame_length, half, pad_end, jnp.zeros((), signals.dtype))
    if window is not None:
        frames = frames * window
    a, b, c, d = jnp.split(frames, 4, -1)
    folded = jnp.concatenate([-c[..., ::-1] - d, a - b[..., ::-1]], -1)
    return cosine_transform(folded, 4, norm)


def _check_norm(who: str, norm: Any) -> None:
    if norm not in (None, "ortho"):
        raise ValueError(f"tf.signal.{who}: norm must be None or 'ortho', received {norm!r}.")


def mdct(
    signals: Any,
    frame_length: Any,
    window_fn: Callable[..., Any] | None = vorbis_window,
    pad_end: bool = False,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The modified discrete cosine transform of frames that overlap by half (Princen and Bradley 1986).

    Args:
        signals: a float32 or float64 tensor of shape (..., samples).
        frame_length: the samples of a frame, a multiple of 4.
        window_fn: makes the window; None for a rectangular one scaled by sqrt(1/2).
        pad_end: whether to pad the end with zeros.
        norm: None or "ortho".
        name: ignored.

    Returns:
        A tensor of shape (..., frames, frame_length // 2).

    Raises:
        ValueError: a frame_length that is no multiple of 4, an unknown norm.

    >>> import addax as tf
    >>> tf.signal.mdct(tf.ones([8]), 4).shape
    TensorShape([3, 2])
    """
    _check_norm("mdct", norm)
    length = _whole("mdct", "frame_length", frame_length)
    if length % 4:
        raise ValueError(f"tf.signal.mdct: The frame length must be a multiple of 4, received {length}.")
    signals = signals if hasattr(signals, "__symbolic_call__") else convert_to_tensor(signals)
    window = _mdct_window(window_fn, length, signals.dtype)
    return _mdct(signals, window, length, bool(pad_end), norm)


def _mdct_window(window_fn: Callable[..., Any] | None, length: int, dtype: Any) -> Tensor:
    if window_fn is None:
        return _made("mdct", np.full(length, np.sqrt(0.5)), dtype)
    return convert_to_tensor(window_fn(length, dtype=dtype))


@op(kinds="f", name="signal.inverse_mdct")
def _inverse_mdct(mdcts: TensorLike, window: TensorLike, norm):
    half = mdcts.shape[-1]
    folded = cosine_transform(mdcts, 4, norm)
    if norm is None:
        folded = folded * jnp.asarray(0.5 / half, mdcts.dtype)
    p, q = jnp.split(folded, 2, -1)
    frames = jnp.concatenate([q, -q[..., ::-1], -p[..., ::-1], -p], -1)
    return _overlapped(frames * window, half)


def inverse_mdct(
    mdcts: Any,
    window_fn: Callable[..., Any] | None = vorbis_window,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """The inverse of `tf.signal.mdct`; the first and last half frames are not recovered.

    Args:
        mdcts: a tensor of shape (..., frames, frame_length // 2).
        window_fn: the window of the forward transform.
        norm: as in the forward transform.
        name: ignored.

    Returns:
        A tensor of shape (..., samples).

    Raises:
        ValueError: an unknown norm.

    >>> import addax as tf
    >>> tf.signal.inverse_mdct(tf.signal.mdct(tf.ones([8]), 4)).numpy()[2:6].round(4).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    _check_norm("inverse_mdct", norm)
    mdcts = mdcts if hasattr(mdcts, "__symbolic_call__") else convert_to_tensor(mdcts)
    return _inverse_mdct(mdcts, _mdct_window(window_fn, 2 * int(mdcts.shape[-1]), mdcts.dtype), norm)


# ---------------------------------------------------------------------------- mel scale


def _mel(hertz: Any) -> Any:
    return 1127.0 * np.log1p(np.asarray(hertz, np.float64) / 700.0)  # O'Shaughnessy 1987


def linear_to_mel_weight_matrix(
    num_mel_bins: Any = 20,
    num_spectrogram_bins: Any = 129,
    sample_rate: Any = 8000,
    lower_edge_hertz: Any = 125.0,
    upper_edge_hertz: Any = 3800.0,
    dtype: Any = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """The matrix that turns spectra into mel spectra: tf.tensordot(spectra, matrix, 1).

    Args:
        num_mel_bins: how many bands.
        num_spectrogram_bins: how many frequencies the spectra have, fft_length // 2 + 1.
        sample_rate: samples per second.
        lower_edge_hertz: the lowest frequency of the bands.
        upper_edge_hertz: the highest one, at most sample_rate / 2.
        dtype: a floating dtype.
        name: ignored.

    Returns:
        A tensor of shape (num_spectrogram_bins, num_mel_bins), of triangular bands.

    Raises:
        ValueError: numbers out of range.

    >>> import addax as tf
    >>> tf.signal.linear_to_mel_weight_matrix(4, 9).shape
    TensorShape([9, 4])
    """
    who = "signal.linear_to_mel_weight_matrix"
    bands = _whole("linear_to_mel_weight_matrix", "num_mel_bins", num_mel_bins)
    bins = _whole("linear_to_mel_weight_matrix", "num_spectrogram_bins", num_spectrogram_bins, 0)
    rate, low, high = (float(concrete(v, who)) for v in (sample_rate, lower_edge_hertz, upper_edge_hertz))
    if bands < 1 or rate <= 0 or low < 0 or low >= high or high > rate / 2:
        raise ValueError(
            f"tf.{who}: expected num_mel_bins > 0, sample_rate > 0 and 0 <= lower_edge_hertz < upper_edge_hertz <= the "
            f"Nyquist frequency (sample_rate / 2); received {bands}, {rate}, {low} and {high}."
        )
    frequencies = _mel(np.linspace(0.0, rate / 2, bins)[1:])[:, None]
    edges = np.linspace(_mel(low), _mel(high), bands + 2)
    left, center, right = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (frequencies - left) / (center - left), (right - frequencies) / (right - center)
    weights = np.maximum(0.0, np.minimum(rising, falling))
    return _made("linear_to_mel_weight_matrix", np.pad(weights, [(1, 0), (0, 0)]), dtype)


@op(kinds="f", name="signal.mfccs_from_log_mel_spectrograms")
def mfccs_from_log_mel_spectrograms(log_mel_spectrograms: TensorLike, name: str | None = None) -> Tensor:
    """Mel frequency cepstral coefficients: the cosine transform (type 2, scaled as in HTK) of log mel spectra.

    Args:
        log_mel_spectrograms: a float32 or float64 tensor of shape (..., mel bands).
        name: ignored.

    Returns:
        A tensor of the same shape.

    Raises:
        ValueError: no bands.

    >>> import addax as tf
    >>> tf.signal.mfccs_from_log_mel_spectrograms([[1.0, 1.0]]).numpy().round(4).tolist()
    [[2.0, 0.0]]
    """
    bands = log_mel_spectrograms.shape[-1] if log_mel_spectrograms.ndim else 0
    if not bands:
        raise ValueError("tf.signal.mfccs_from_log_mel_spectrograms: num_mel_bins must be positive. Got: 0")
    scale = jnp.asarray(1 / np.sqrt(2.0 * bands), log_mel_spectrograms.dtype)
    return cosine_transform(log_mel_spectrograms, 2, None) * scale
