"""tf.audio: WAV files of 16 bits in memory."""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

import numpy as np

from addax.core import convert, dtypes, errors, unknown_shapes
from addax.core.dispatch import from_host
from addax.core.tensor import NotCompilable, Tensor, Tracer

_SCALE = 32768.0


class DecodeWav(NamedTuple):
    """What `decode_wav` returns: float32 (samples, channels) in [-1, 1], and int32 () samples per second."""

    audio: Tensor
    sample_rate: Tensor


def _invalid(who: str, text: str) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(f"{who}: {text}")


def _chunks(who: str, data: bytes) -> tuple[tuple[int, ...], bytes]:
    """The fields of a WAV file's format chunk and the bytes of its samples."""
    if len(data) < 12:
        raise _invalid(who, "Data too short when trying to read string")
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise _invalid(who, f"Header mismatch: Expected RIFF and WAVE but found {data[:4]!r} and {data[8:12]!r}")
    at, form = 12, None
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        body = data[at + 8 : at + 8 + size]
        if len(body) < size:
            raise _invalid(who, f"Data too short when trying to read string: chunk {name!r} of {size} bytes")
        if name == b"fmt ":
            if size < 16:
                raise _invalid(who, f"Bad format chunk size for WAV: Expected 16 or more, but got {size}")
            form = struct.unpack("<HHIIHH", body[:16])
        if name == b"data":
            if form is None:
                break
            return form, body
        at += 8 + size + size % 2
    raise _invalid(who, "no format and data chunk in the file")


def decode_wav(
    contents: Any, desired_channels: int = -1, desired_samples: int = -1, name: str | None = None
) -> DecodeWav:
    """The samples of a WAV file.

    Args:
        contents: string (): the bytes of a file with 16 bits a sample.
        desired_channels: how many channels to give: more than there are repeat the last one. -1: as many as there are.
        desired_samples: how many samples to give, cut or filled with zeros. -1: as many as there are.
        name: ignored.

    Returns:
        audio: float32 (samples, channels) in [-1, 1], and sample_rate: int32 (), per second.

    Raises:
        InvalidArgumentError: no such file.

    >>> import addax as tf
    >>> audio, rate = tf.audio.decode_wav(tf.audio.encode_wav([[0.0], [0.5]], 8000))
    >>> audio.numpy().tolist(), int(rate)
    ([[0.0], [0.5]], 8000)
    """
    who = "tf.audio.decode_wav"
    value = convert.value_of(contents)
    if isinstance(value, Tracer):
        raise NotCompilable(f"{who} reads a string, which XLA does not have")
    if value.dtype.kind != "O" or value.ndim:
        raise _invalid(who, f"contents must be scalar, got shape {list(value.shape)}")
    if (many := unknown_shapes.many()) is not None:
        sizes = [wanted if wanted >= 0 else many for wanted in (desired_samples, desired_channels)]
        return DecodeWav(convert.tensor_of(np.zeros(sizes, np.float32)), convert.constant(0, dtypes.int32))
    (kind, channels, rate, _, _, bits), body = _chunks(who, value[()])
    if kind not in (1, 0xFFFE):
        raise _invalid(who, f"Bad audio format for WAV: Expected 1 (PCM), but got {kind}")
    if bits != 16:
        raise _invalid(who, f"Can only read 16-bit WAV files, but received {bits}")
    if not channels:
        raise _invalid(who, "the file has no channels")
    count = len(body) // (2 * channels)
    audio = np.frombuffer(body, "<i2", count * channels).reshape(count, channels).astype(np.float32) / np.float32(
        _SCALE
    )
    if desired_channels >= 0:
        audio = audio[:, np.minimum(np.arange(desired_channels), channels - 1)]
    if desired_samples >= 0:
        audio = np.concatenate(
            [audio[:desired_samples], np.zeros((max(0, desired_samples - count), audio.shape[1]), np.float32)]
        )
    return DecodeWav(convert.tensor_of(audio), convert.constant(rate, dtypes.int32))


def encode_wav(audio: Any, sample_rate: Any, name: str | None = None) -> Tensor:
    """Samples as a WAV file of 16 bits.

    Args:
        audio: float32 (samples, channels) in [-1, 1]; what is outside is cut.
        sample_rate: samples per second.
        name: ignored.

    Returns:
        string (): the bytes of the file.

    Raises:
        InvalidArgumentError: another shape or rate.

    >>> import addax as tf
    >>> tf.audio.encode_wav([[0.0], [0.5]], 8000).numpy()[:4]
    b'RIFF'
    """
    who = "tf.audio.encode_wav"
    value, rate = convert.value_of(audio, np.dtype(np.float32)), convert.value_of(sample_rate)
    if isinstance(value, Tracer) or isinstance(rate, Tracer):
        raise NotCompilable(f"{who} makes a string, which XLA does not have")
    array, rate = np.asarray(value), int(np.asarray(rate))
    if array.ndim != 2:
        raise _invalid(who, f"audio must be 2-dimensional, received shape {list(array.shape)}")
    if not array.size:
        raise _invalid(who, f"audio is null: shape {list(array.shape)}")
    if not 0 < rate < 1 << 32:
        raise _invalid(who, f"sample_rate must be in (0, 2^32), got: {rate}")
    channels = array.shape[1]
    samples = np.clip(np.rint(array * np.float32(_SCALE)), -32768, 32767).astype("<i2").tobytes()
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate, rate * channels * 2, channels * 2, 16)
    head = struct.pack("<4sI4s", b"RIFF", 36 + len(samples), b"WAVE")
    return from_host(head + form + struct.pack("<4sI", b"data", len(samples)) + samples)
