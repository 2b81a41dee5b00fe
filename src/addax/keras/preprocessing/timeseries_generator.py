"""TimeseriesGenerator: windows of a series as batches."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from addax.keras.data_sequence import Sequence


class TimeseriesGenerator(Sequence):
    """Windows of a series with the target after each, in batches.

    Args:
        data: the series, by time along the first axis.
        targets: one for each time of `data`.
        length: times from the first of a window to its target.
        sampling_rate: times between the steps of a window.
        stride: times between windows.
        start_index: where the first window starts.
        end_index: where the last window ends; the end of the data by default.
        shuffle: draw windows at random.
        reverse: steps from last to first.
        batch_size: windows in a batch.

    >>> import numpy as np, addax as tf
    >>> numbers = np.arange(5)
    >>> windows = tf.keras.preprocessing.sequence.TimeseriesGenerator(numbers, numbers, length=2, batch_size=8)
    >>> [part.tolist() for part in windows[0]]
    [[[0, 1], [1, 2], [2, 3]], [2, 3, 4]]
    """

    def __init__(
        self, data: Any, targets: Any, length: int, sampling_rate: int = 1, stride: int = 1, start_index: int = 0,
        end_index: int | None = None, shuffle: bool = False, reverse: bool = False, batch_size: int = 128,
    ) -> None:  # fmt: skip
        if len(data) != len(targets):
            raise ValueError(
                f"Data and targets have to be of same length. Data length is {len(data)} while target length is "
                f"{len(targets)}"
            )
        self.data, self.targets = data, targets
        self.length, self.sampling_rate, self.stride = length, sampling_rate, stride
        self.start_index = start_index + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle, self.reverse, self.batch_size = shuffle, reverse, batch_size
        if self.start_index > self.end_index:
            raise ValueError(
                f"`start_index+length={self.start_index} > end_index={self.end_index}` is disallowed, as no part of "
                "the sequence would be left to be used as current step."
            )

    def __len__(self) -> int:
        return (self.end_index - self.start_index + self.batch_size * self.stride) // (self.batch_size * self.stride)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        if self.shuffle:
            rows = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)
        else:
            first = self.start_index + self.batch_size * self.stride * index
            rows = np.arange(first, min(first + self.batch_size * self.stride, self.end_index + 1), self.stride)
        samples = np.array([self.data[row - self.length : row : self.sampling_rate] for row in rows])
        targets = np.array([self.targets[row] for row in rows])
        return (samples[:, ::-1, ...], targets) if self.reverse else (samples, targets)

    def get_config(self) -> dict[str, Any]:
        """The settings, data and targets as JSON texts."""

        def text(values: Any, what: str) -> str:
            values = values.tolist() if isinstance(values, np.ndarray) else values
            try:
                return json.dumps(values)
            except TypeError as error:
                raise TypeError(f"{what} not JSON Serializable: {values!r:.100}") from error

        return {
            "data": text(self.data, "Data"),
            "targets": text(self.targets, "Targets"),
            "length": self.length,
            "sampling_rate": self.sampling_rate,
            "stride": self.stride,
            "start_index": self.start_index,
            "end_index": self.end_index,
            "shuffle": self.shuffle,
            "reverse": self.reverse,
            "batch_size": self.batch_size,
        }

    def to_json(self, **kwargs: Any) -> str:
        """The generator as JSON."""
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)
