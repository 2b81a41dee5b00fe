"""CSVLogger: the logs of each epoch in a CSV file."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from typing import IO, Any

import numpy as np

from addax.keras.callbacks.callback import Callback


class CSVLogger(Callback):
    """Writes a line for each epoch: its number and the logs' values, by name.

    Args:
        filename: the file.
        separator: between the fields.
        append: go on in an existing file instead of beginning it anew.

    >>> import addax as tf
    >>> callback = tf.keras.callbacks.CSVLogger("training.csv", append=True)
    """

    def __init__(self, filename: Any, separator: str = ",", append: bool = False) -> None:
        super().__init__()
        self.filename = os.fspath(filename)
        self.sep = separator
        self.append = append
        self.append_header = True
        self.keys: list[str] | None = None
        self.writer: Any = None
        self.csv_file: IO[str] | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Open the file."""
        if self.append and os.path.exists(self.filename):
            with open(self.filename, encoding="utf-8") as stream:
                self.append_header = not stream.readline()
        self.csv_file = open(self.filename, "a" if self.append else "w", encoding="utf-8", newline="")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write the epoch's line, and before the first one the header."""
        logs = logs or {}
        assert self.csv_file is not None, "CSVLogger.on_epoch_end before on_train_begin"
        if self.keys is None:
            self.keys = sorted(logs)
            if not any(key.startswith("val_") for key in self.keys):
                # Validation may come in later epochs only; its columns have to be there from the start.
                self.keys += ["val_" + key for key in self.keys]
        if self.writer is None:
            fields = ["epoch", *self.keys]
            self.writer = csv.DictWriter(self.csv_file, fieldnames=fields, delimiter=self.sep, lineterminator="\n")
            if self.append_header:
                self.writer.writeheader()
        self.writer.writerow({"epoch": epoch, **{key: _field(logs.get(key, "NA")) for key in self.keys}})
        self.csv_file.flush()

    def on_train_end(self, logs: Any = None) -> None:
        """Close the file."""
        if self.csv_file is not None:
            self.csv_file.close()
        self.writer = None


def _field(value: Any) -> Any:
    if isinstance(value, str) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return value
    if isinstance(value, Iterable):
        return f'"[{", ".join(map(str, value))}]"'
    return value
