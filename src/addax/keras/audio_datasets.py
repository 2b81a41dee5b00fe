"""Datasets of the WAV files in a folder, one folder inside for each class."""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np

from addax.data import Dataset
from addax.formats.limits import open_regular
from addax.keras import directory_datasets as folders
from addax.ops import audio, host_function
from addax.ops.ragged_tensor import RaggedTensor

_WAV = (".wav",)
_ZEROS, _BETA = 16, 9.0  # zero crossings on each side, and the shape of the window, of the resampling filter


def audio_dataset_from_directory(
    directory: Any, labels: Any = "inferred", label_mode: str | None = "int", class_names: Any = None,
    batch_size: int | None = 32, sampling_rate: int | None = None, output_sequence_length: int | None = None,
    ragged: bool = False, shuffle: bool = True, seed: int | None = None, validation_split: float | None = None,
    subset: str | None = None, follow_links: bool = False, verbose: bool = True,
) -> Any:  # fmt: skip
    """A dataset of the `.wav` files (16 bits a sample) in a folder.

    Args:
        directory: the folder, with one folder for each class in it if `labels` is "inferred".
        labels: "inferred", None, or a list of numbers in the files' order.
        label_mode: "int", "categorical" (one-hot), "binary" (0 or 1 as float), or None for sound alone.
        class_names: the folders in the order of their numbers; by default sorted.
        batch_size: None for single sounds.
        sampling_rate: samples per second to convert to, by a windowed sinc filter; None for those of the file.
        output_sequence_length: samples to cut or fill each file to, before its rate is converted; None for all, and
            the longest in a batch decides.
        ragged: sounds of their own lengths, as ragged tensors.
        shuffle: draw the files in random order, each epoch another.
        seed: of the order.
        validation_split: the share of the files that are kept for validation.
        subset: "training", "validation" or "both".
        follow_links: whether to look into linked folders.
        verbose: whether to print how many files there are.

    Returns:
        A dataset of float32 sounds (batch, samples, channels) in [-1, 1], with labels; it has `class_names` and
        `file_paths`. For subset "both" two of them.

    Raises:
        ValueError: arguments that do not fit together, or no files.

    >>> import os, tempfile, addax as tf
    >>> folder = tempfile.mkdtemp()
    >>> os.mkdir(os.path.join(folder, "bark"))
    >>> tf.io.write_file(os.path.join(folder, "bark", "a.wav"), tf.audio.encode_wav([[0.0], [0.5]], 8000))
    >>> for sound, label in tf.keras.utils.audio_dataset_from_directory(folder):
    ...     print(sound.shape, label.numpy())
    Found 1 files belonging to 1 classes.
    (1, 2, 1) [0]
    """
    folders._check(label_mode, labels, class_names, validation_split, subset, shuffle, seed)
    if ragged and output_sequence_length is not None:
        raise ValueError("Cannot set both `ragged` and `output_sequence_length`")
    if sampling_rate is not None and not isinstance(sampling_rate, int):
        raise ValueError(f"`sampling_rate` should have an integer value. Received: sampling_rate={sampling_rate}")
    if sampling_rate is not None and sampling_rate <= 0:
        raise ValueError(f"`sampling_rate` should be higher than 0. Received: sampling_rate={sampling_rate}")
    if labels is None or label_mode is None:
        labels = label_mode = None
    seed = folders._seed(shuffle, seed)
    listing = folders._list(os.fspath(directory), labels, _WAV, class_names, shuffle, seed, follow_links, verbose)
    if label_mode == "binary" and len(listing.class_names) != 2:
        raise ValueError(
            f'When passing `label_mode="binary"`, there must be exactly 2 class_names. Received: {listing.class_names}'
        )
    length = -1 if output_sequence_length is None else output_sequence_length

    def read(path: Any) -> np.ndarray:
        with open_regular(path.decode() if isinstance(path, bytes) else str(path)) as file:
            sound, rate = audio.decode_wav(file.read(), desired_samples=length)
        samples = sound.numpy()
        return samples if sampling_rate is None else _resampled(samples, int(rate), sampling_rate)

    def load(path: Any) -> Any:
        sound = host_function.numpy_function(read, [path], "float32")
        sound.set_shape((output_sequence_length if sampling_rate is None else None, None))
        return sound

    return folders._datasets(
        listing,
        lambda part: _finish(part, load, label_mode, shuffle, seed, batch_size, ragged, output_sequence_length),
        validation_split,
        subset,
    )


def _finish(
    listing: Any, load: Any, label_mode: Any, shuffle: bool, seed: Any, batch_size: int | None, ragged: bool,
    length: int | None,
) -> Dataset:  # fmt: skip
    """Files in their order of the epoch, read and batched. Shuffling moves names, not contents."""
    made = folders._labelled(listing, Dataset.from_tensor_slices(np.array(listing.paths)), label_mode)
    labelled = listing.labels is not None and label_mode is not None
    if shuffle:
        made = made.shuffle(buffer_size=batch_size * 8 if batch_size else 1024, seed=seed)
    make = (lambda path: RaggedTensor.from_tensor(load(path))) if ragged else load
    made = made.map((lambda path, label: (make(path), label)) if labelled else make)
    if batch_size is not None and (ragged or length is not None):
        made = made.batch(batch_size)
    elif batch_size is not None:
        shape = [None, None]
        label_shape = [len(listing.class_names)] if label_mode == "categorical" else [1] * (label_mode == "binary")
        made = made.padded_batch(batch_size, padded_shapes=(shape, label_shape) if labelled else shape)
    made = made.prefetch(-1)
    made.class_names = listing.class_names
    made.file_paths = listing.paths
    return made


def _resampled(samples: np.ndarray, rate_in: int, rate_out: int) -> np.ndarray:
    """(samples, channels) at another rate: a sinc under a Kaiser window, cut off at the lower of both rates.

    Output `i` lies at input position `i * down / up`; outputs `up` apart lie equally between samples, and share
    their weights.
    """
    common = math.gcd(rate_in, rate_out)
    up, down = rate_out // common, rate_in // common
    if up == down or not len(samples):
        return samples
    cutoff = min(1.0, up / down)
    reach = math.ceil(_ZEROS / cutoff)
    count = -(-len(samples) * up // down)
    padded = np.pad(samples.astype(np.float64), ((reach, reach + down + 1), (0, 0)))
    made = np.empty((count, samples.shape[1]))
    for phase in range(min(up, count)):
        first, rest = divmod(phase * down, up)
        distance = np.arange(-reach, reach + 1) - rest / up
        window = np.i0(_BETA * np.sqrt(np.clip(1 - (distance / (reach + 1)) ** 2, 0, 1))) / np.i0(_BETA)
        weights = cutoff * np.sinc(cutoff * distance) * window
        starts = np.arange(len(range(phase, count, up))) * down + first
        blocks = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0)
        made[phase::up] = blocks[starts] @ weights
    return made.astype(np.float32)
