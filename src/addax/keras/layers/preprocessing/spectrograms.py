"""Spectrograms of audio as layers of Keras 3."""

from __future__ import annotations

from typing import Any

from addax.core import errors
from addax.core.shapes import TensorShape
from addax.keras import config, initializers
from addax.keras.initializers.fourier import check_window
from addax.keras.layers import arguments
from addax.keras.layers.base import Layer
from addax.keras.layers.input_spec import InputSpec
from addax.keras.layers.preprocessing.base import as_tensor
from addax.ops import casting, signal
from addax.ops import spectrograms as ops

_MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


class STFTSpectrogram(Layer):
    """Spectrograms by a convolution whose kernels begin as those of the short-time Fourier transform, and may learn.

    Args:
        mode: "log" (of magnitudes), "magnitude", "psd" (power), "real", "imag", "angle" or "stft" (real parts, then
            imaginary ones).
        frame_length: the samples of a frame.
        frame_step: the samples between frames; by default half a frame.
        fft_length: the length of the transform; by default the power of 2 from `frame_length` on.
        window: a name in `scipy.signal.windows`, numbers, or None.
        periodic: whether the window is that of a periodic signal.
        scaling: "density", "spectrum" or None; see `tf.keras.initializers.STFT`.
        padding: "valid" or "same".
        expand_dims: whether channels are an axis of their own in the output.
        data_format: "channels_last" for (batch, samples, channels), or "channels_first".
        **kwargs: as for every `Layer`.

    Raises:
        ValueError: sizes that do not fit, an unknown mode, window, scaling or padding.

    >>> import addax as tf
    >>> tf.keras.layers.STFTSpectrogram(frame_length=8)(tf.ones((1, 32, 1))).shape
    TensorShape([1, 7, 5])
    """

    def __init__(
        self, mode: str = "log", frame_length: int = 256, frame_step: int | None = None, fft_length: int | None = None,
        window: Any = "hann", periodic: bool = False, scaling: str | None = "density", padding: str = "valid",
        expand_dims: bool = False, data_format: str | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        if frame_step is not None and not 1 <= frame_step <= frame_length:
            raise ValueError(
                "`frame_step` should be a positive integer not greater than `frame_length`. "
                f"Received frame_step={frame_step}, frame_length={frame_length}"
            )
        if fft_length is not None and fft_length < frame_length:
            raise ValueError(
                "`fft_length` should be not less than `frame_length`. "
                f"Received fft_length={fft_length}, frame_length={frame_length}"
            )
        if fft_length is not None and fft_length & (fft_length - 1):
            errors.warn_once(
                ("STFTSpectrogram", fft_length),
                f"`fft_length` is recommended to be a power of two. Received fft_length={fft_length}",
            )
        if mode not in _MODES:
            raise ValueError(f"Output mode is invalid, it must be one of {', '.join(_MODES)}. Received: mode={mode}")
        if padding not in ("valid", "same"):
            raise ValueError(f"Padding is invalid, it should be 'valid', 'same'. Received: padding={padding}")
        super().__init__(**kwargs)
        self.mode = mode
        self.frame_length = frame_length
        self.frame_step = frame_step
        self._stride = frame_step or frame_length // 2
        self.fft_length = fft_length
        self._fft_length = fft_length or 1 << (frame_length - 1).bit_length()
        self.window = check_window(window, scaling)
        self.periodic = periodic
        self.scaling = scaling
        self.padding = padding
        self.expand_dims = expand_dims
        self.data_format = arguments.data_format(data_format)
        self.input_spec = InputSpec(ndim=3)
        self.real_kernel: Any = None
        self.imag_kernel: Any = None

    def build(self, input_shape: Any) -> None:
        """Make the kernels that the mode needs."""
        shape = (self.frame_length, 1, self._fft_length // 2 + 1)
        for side, other in (("real", "imag"), ("imag", "real")):
            if self.mode != other:
                first = initializers.STFT(side, self.window, self.scaling, self.periodic)
                setattr(self, f"{side}_kernel", self.add_weight(f"{side}_kernel", shape, initializer=first))
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        """The spectrograms.

        Raises:
            TypeError: signals that are not floating.
        """
        inputs = as_tensor(inputs)
        if not inputs.dtype.is_floating:
            raise TypeError(
                "Invalid input type. Expected `float16`, `float32` or `float64`. "
                f"Received: input type={inputs.dtype.name}"
            )
        return ops.spectrogram(
            inputs, self.real_kernel, self.imag_kernel, self.mode, self._stride, self.padding == "same",
            self.data_format == "channels_first", self.expand_dims, config.epsilon(),
        )  # fmt: skip

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """(batch, frames, frequencies * channels), or with channels in the place that the layout says."""
        batch, *sizes = TensorShape(input_shape).as_list()
        first = self.data_format == "channels_first"
        channels, samples = sizes if first else sizes[::-1]
        frames = None
        if samples is not None:
            frames = ops.frame_count(samples, self.frame_length, self._stride, self.padding == "same")
        bands = (self._fft_length // 2 + 1) * (2 if self.mode == "stft" else 1)
        if self.expand_dims:
            return TensorShape([batch, channels, frames, bands] if first else [batch, frames, bands, channels])
        bands = None if channels is None else bands * channels
        return TensorShape([batch, bands, frames] if first else [batch, frames, bands])

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {
            **super().get_config(), "mode": self.mode, "frame_length": self.frame_length,
            "frame_step": self.frame_step, "fft_length": self.fft_length, "window": self.window,
            "periodic": self.periodic, "scaling": self.scaling, "padding": self.padding,
            "data_format": self.data_format, "expand_dims": self.expand_dims,
        }  # fmt: skip


class MelSpectrogram(Layer):
    """Mel spectrograms of audio (batch, samples): (batch, bands, frames), by default in decibels.

    Args:
        fft_length: the length of the transform.
        sequence_stride: the samples between frames.
        sequence_length: the samples of a frame; by default `fft_length`.
        window: "hann", "hamming", numbers, or None.
        sampling_rate: samples per second.
        num_mel_bins: how many bands.
        min_freq: where the lowest band begins, in hertz.
        max_freq: where the highest band ends; by default half the sampling rate.
        power_to_db: whether the output is in decibels.
        top_db: the range in decibels below the loudest value of all.
        mag_exp: the exponent of magnitudes: 2 for power.
        min_power: the least power.
        ref_power: the power of 0 dB.
        **kwargs: as for every `Layer`.

    Raises:
        ValueError: frames longer than the transform; at the call: signals of another rank than 1 and 2.

    >>> import addax as tf
    >>> layer = tf.keras.layers.MelSpectrogram(fft_length=64, sequence_stride=32, num_mel_bins=8)
    >>> layer(tf.ones((1, 320))).shape
    TensorShape([1, 8, 11])
    """

    def __init__(
        self, fft_length: int = 2048, sequence_stride: int = 512, sequence_length: int | None = None,
        window: Any = "hann", sampling_rate: int = 16000, num_mel_bins: int = 128, min_freq: float = 20.0,
        max_freq: float | None = None, power_to_db: bool = True, top_db: float = 80.0, mag_exp: float = 2.0,
        min_power: float = 1e-10, ref_power: float = 1.0, **kwargs: Any,
    ) -> None:  # fmt: skip
        sequence_length = sequence_length or fft_length
        if fft_length < sequence_length:
            raise ValueError(
                "`fft_length` must be greater than or equal to `sequence_length`. "
                f"Received: sequence_length={sequence_length}, fft_length={fft_length}"
            )
        super().__init__(**kwargs)
        self.fft_length = fft_length
        self.sequence_stride = sequence_stride
        self.sequence_length = sequence_length
        self.window = window
        self.sampling_rate = sampling_rate
        self.num_mel_bins = num_mel_bins
        self.min_freq = min_freq
        self.max_freq = max_freq or int(sampling_rate / 2)
        self.power_to_db = power_to_db
        self.top_db = top_db
        self.mag_exp = mag_exp
        self.min_power = min_power
        self.ref_power = ref_power

    def call(self, inputs: Any) -> Any:
        """The spectrograms."""
        inputs = as_tensor(inputs, "float64" if self.compute_dtype == "float64" else "float32")
        if len(inputs.shape) not in (1, 2):
            raise ValueError(
                f"Expected signals (samples,) or (batch, samples). Received: inputs.shape={tuple(inputs.shape)} in "
                f"layer {self.name}."
            )
        from addax.keras.ops.math import stft  # here, because the room is large

        real, imag = stft(inputs, self.sequence_length, self.sequence_stride, self.fft_length, self.window)
        matrix = signal.linear_to_mel_weight_matrix(
            self.num_mel_bins, self.fft_length // 2 + 1, self.sampling_rate, self.min_freq, self.max_freq
        )
        out = ops.mel_spectrogram(
            real, imag, matrix, float(self.mag_exp), self.power_to_db, float(self.min_power), float(self.ref_power),
            float(self.top_db),
        )  # fmt: skip
        return casting.cast(out, self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """(batch, bands, frames)."""
        *batch, samples = TensorShape(input_shape).as_list()
        count = None
        if samples is not None:
            count = 1 + (samples + self.fft_length // 2 * 2 - self.fft_length) // self.sequence_stride
        return TensorShape([*batch, self.num_mel_bins, count])

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {
            **super().get_config(), "fft_length": self.fft_length, "sequence_stride": self.sequence_stride,
            "sequence_length": self.sequence_length, "window": self.window, "sampling_rate": self.sampling_rate,
            "num_mel_bins": self.num_mel_bins, "min_freq": self.min_freq, "max_freq": self.max_freq,
            "power_to_db": self.power_to_db, "top_db": self.top_db, "mag_exp": self.mag_exp,
            "min_power": self.min_power, "ref_power": self.ref_power,
        }  # fmt: skip


arguments.register(STFTSpectrogram, MelSpectrogram)
