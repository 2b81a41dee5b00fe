"""`tf.summary.audio`: sounds."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from addax.core.errors import InvalidArgumentError, message
from addax.core.tensor import Tensor
from addax.formats.protobuf import varint_field
from addax.summary.events import encode_metadata
from addax.summary.writer import summary_scope, write_made

__all__ = ["audio", "encode_wav"]

_WAV = 11  # AudioPluginData.Encoding


def audio(
    name: str,
    data: Any,
    sample_rate: int,
    step: Any = None,
    max_outputs: int = 3,
    encoding: str | None = None,
    description: str | None = None,
) -> Tensor:
    """Write sounds.

    Args:
        name: their name; the tag is the name behind the open name scopes.
        data: float (clips, frames, channels), from -1 to 1.
        sample_rate: frames a second (Hz).
        step: an int, or an integer tensor or variable; default the thread's step.
        max_outputs: the first so many clips are written.
        encoding: "wav", or None for that.
        description: a text about them, in Markdown.

    Returns:
        a bool tensor: whether they were written.

    Raises:
        ValueError: not of rank 3, another encoding, or no step is set.
        InvalidArgumentError: a negative max_outputs, or a sample rate that is not positive.

    Example:
        >>> import tempfile, addax as tf
        >>> import numpy as np
        >>> tone = np.sin(np.arange(800) / 8)[None, :, None]
        >>> with tf.summary.create_file_writer(tempfile.mkdtemp()).as_default():
        ...     _ = tf.summary.audio("tone", tone, sample_rate=8000, step=1)
    """
    who = f"tf.summary.audio({name!r})"
    if encoding not in (None, "wav"):
        raise ValueError(message(who, expected="encoding 'wav'", received={"encoding": encoding}))

    def value(array: np.ndarray) -> np.ndarray:
        if array.ndim != 3:
            expected = "rank 3 (clips, frames, channels)"
            raise ValueError(message(who, expected=expected, received={"data": array}))
        if int(max_outputs) < 0 or int(sample_rate) <= 0:
            received = {"max_outputs": max_outputs, "sample_rate": sample_rate}
            raise InvalidArgumentError(message(who, expected="max_outputs >= 0, sample_rate > 0", received=received))
        clips = [encode_wav(clip, int(sample_rate)) for clip in array[: int(max_outputs)]]
        result = np.full((len(clips), 2), b"", dtype=object)  # the second column are labels, which are not shown
        result[:, 0] = clips
        return result

    with summary_scope(name, "audio_summary") as (tag, _):
        return write_made(tag, data, value, step, encode_metadata("audio", varint_field(2, _WAV), description))


def encode_wav(clip: np.ndarray, sample_rate: int) -> bytes:
    """A clip as a WAV file of 16 bits.

    Args:
        clip: float (frames, channels), from -1 to 1.
        sample_rate: frames a second (Hz).

    Example:
        >>> import numpy as np
        >>> from addax.summary.audio import encode_wav
        >>> len(encode_wav(np.zeros((3, 2)), 8000))
        56
    """
    scaled = np.asarray(clip, np.float32) * np.float32(1 << 15)
    rounded = np.trunc(scaled + np.copysign(np.float32(0.5), scaled))  # halves away from zero
    samples = np.clip(rounded, -(1 << 15), (1 << 15) - 1).astype("<i2").tobytes()
    channels = clip.shape[1]
    form = struct.pack("<HHIIHH", 1, channels, sample_rate, sample_rate * channels * 2, channels * 2, 16)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body
