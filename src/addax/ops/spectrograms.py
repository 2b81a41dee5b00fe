"""Spectrograms by learned kernels, and mel spectrograms in decibels."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core.convert import FreeLike
from addax.core.dispatch import op


def frame_count(samples: int, length: int, stride: int, same: bool) -> int:
    """How many frames a signal has."""
    return -(-samples // stride) if same else max(0, -(-(samples - length + 1) // stride))


@op(name="keras.layers.STFTSpectrogram")
def spectrogram(
    signals: FreeLike, real: FreeLike | None, imag: FreeLike | None, mode: str, stride: int, same: bool, first: bool,
    spread: bool, epsilon: float,
) -> Any:  # fmt: skip
    """Signals (batch, samples, channels), or channels first, in frames times kernels (length, 1, frequencies).

    Args:
        signals: the signals.
        real: the kernel of real parts, None for mode "imag".
        imag: that of imaginary parts, None for mode "real".
        mode: "log", "magnitude", "psd", "real", "imag", "angle" or "stft" (real parts, then imaginary ones).
        stride: samples between frames.
        same: whether zeros are added at both ends, so that the number of frames is that of strides.
        first: whether channels come first.
        spread: whether channels are an axis of their own in the result.
        epsilon: the least magnitude.
    """
    signals = signals if first else jnp.swapaxes(signals, 1, 2)
    length = (imag if real is None else real).shape[0]
    samples = signals.shape[2]
    count = frame_count(samples, length, stride, same)
    if count < 1:
        raise ValueError(f"STFTSpectrogram: expected at least {length} samples (frame_length). Received: {samples}.")
    if same:
        missing = max((count - 1) * stride + length - samples, 0)
        signals = jnp.pad(signals, ((0, 0), (0, 0), (missing // 2, missing - missing // 2)))
    frames = signals[:, :, np.arange(count)[:, None] * stride + np.arange(length)]
    parts = [None if each is None else frames @ each[:, 0].astype(frames.dtype) for each in (real, imag)]
    out = _measured(parts[0], parts[1], mode, epsilon)  # (batch, channels, frames, frequencies)
    if spread:
        return out if first else out.transpose(0, 2, 3, 1)
    out = out.transpose(0, 1, 3, 2).reshape(out.shape[0], -1, count)
    return out if first else out.transpose(0, 2, 1)


def _measured(real: Any, imag: Any, mode: str, epsilon: float) -> Any:
    if mode in ("real", "imag"):
        return real if mode == "real" else imag
    if mode == "angle":
        return jnp.arctan2(imag, real)
    if mode == "stft":
        return jnp.concatenate([real, imag], -1)
    power = jnp.square(real) + jnp.square(imag)
    if mode == "psd":  # what negative frequencies have belongs to their positive ones
        return power.at[..., 1:-1].multiply(2)
    least = jnp.asarray(epsilon, power.dtype)
    magnitude = jnp.sqrt(jnp.maximum(power, least))
    return magnitude if mode == "magnitude" else jnp.log(jnp.maximum(magnitude, least))


@op(name="keras.layers.MelSpectrogram")
def mel_spectrogram(
    real: FreeLike, imag: FreeLike, matrix: FreeLike, exponent: float, decibels: bool, least: float, reference: float,
    top: float,
) -> Any:  # fmt: skip
    """Spectra (..., frames, frequencies) as mel bands (..., bands, frames).

    Args:
        real: the spectra's real parts.
        imag: their imaginary parts.
        matrix: (frequencies, bands).
        exponent: of the magnitudes: 2 for power.
        decibels: whether the result is in decibels.
        least: the least power.
        reference: the power of 0 dB.
        top: the range in decibels, below the loudest of all.
    """
    out = jnp.power(jnp.sqrt(jnp.square(real) + jnp.square(imag)), exponent) @ matrix.astype(real.dtype)
    if decibels:
        out = 10.0 * (jnp.log10(jnp.maximum(out, least)) - float(np.log10(max(abs(reference), least))))
        out = jnp.maximum(out, jnp.max(out) - top)
    return jnp.swapaxes(out, -1, -2)
