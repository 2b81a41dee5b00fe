"""timeseries_dataset_from_array: windows of a series as a dataset."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import convert
from addax.data import Dataset
from addax.ops import array


def timeseries_dataset_from_array(
    data: Any, targets: Any, sequence_length: int, sequence_stride: int = 1, sampling_rate: int = 1,
    batch_size: int | None = 128, shuffle: bool = False, seed: int | None = None, start_index: int | None = None,
    end_index: int | None = None,
) -> Dataset:  # fmt: skip
    """Windows of a series, with the target that belongs to the start of each.

    Args:
        data: the series, by time along the first axis.
        targets: `targets[i]` belongs to the window that starts at i; None for windows alone.
        sequence_length: steps of a window.
        sequence_stride: times between the starts of windows.
        sampling_rate: times between the steps of a window.
        batch_size: windows in a batch; None for single windows.
        shuffle: draw windows in random order.
        seed: of the order.
        start_index: times before it are not used.
        end_index: times from it on are not used.

    Returns:
        A dataset of windows, or of (windows, targets); empty where no window fits.

    Raises:
        ValueError: numbers that make no window, or indices outside of the data.

    >>> import numpy as np, addax as tf
    >>> windows = tf.keras.utils.timeseries_dataset_from_array(np.arange(5), None, 3)
    >>> [batch.numpy().tolist() for batch in windows]
    [[[0, 1, 2], [1, 2, 3], [2, 3, 4]]]
    """
    data = _array(data)
    start = 0 if start_index is None else start_index
    end = len(data) if end_index is None else end_index
    _check(len(data), start, end, sequence_length, sequence_stride, sampling_rate)
    count = end - start - (sequence_length - 1) * sampling_rate
    if targets is not None:
        targets = _array(targets)
        count = min(count, len(targets))
        targets = targets[start:end]  # the first window's target is that of its first row
    starts = np.arange(0, count, sequence_stride, dtype="int64" if count >= 2**31 else "int32")
    if shuffle:
        seed = int(np.random.randint(1_000_000)) if seed is None else seed
        np.random.RandomState(seed).shuffle(starts)
    offsets = np.arange(sequence_length, dtype=starts.dtype) * sampling_rate + start
    made = Dataset.from_tensor_slices(starts)
    if shuffle:
        made = made.shuffle(buffer_size=(batch_size or 128) * 8, seed=seed)
    if batch_size is not None:
        made = made.batch(batch_size)

    def window(first: Any) -> Any:
        places = array.expand_dims(first, -1) + offsets
        return (
            array.gather(data, places)
            if targets is None
            else (array.gather(data, places), array.gather(targets, first))
        )

    return made.map(window)


def _array(values: Any) -> np.ndarray:
    """Lists become what tensors of them hold: int32 and float32."""
    return np.asarray(convert.convert_to_tensor(values) if isinstance(values, list | tuple) else values)


def _check(length: int, start: int, end: int, steps: int, stride: int, rate: int) -> None:
    if steps <= 0:
        raise ValueError(f"`sequence_length` must be higher than 0. Received: sequence_length={steps}.")
    for name, value, top in (("sequence_stride", stride, length), ("sampling_rate", rate, length)):
        if value <= 0 or value >= top:
            raise ValueError(
                f"`{name}` must be higher than 0 and lower than the length of the data. Received: {name}={value}, "
                f"for data of length {top}."
            )
    if not 0 <= start < length or not 0 < end <= length:
        raise ValueError(
            f"`start_index` and `end_index` must lie in the data. Received: start_index={start}, end_index={end}, for "
            f"data of length {length}."
        )
    if end <= start:
        raise ValueError(
            f"`end_index` must be higher than `start_index`. Received: start_index={start}, and end_index={end}."
        )
