"""Weights in several HDF5 files of bounded size, and a JSON file that says which is where, as Keras 3 writes them."""

from __future__ import annotations

import contextlib
import json
import os
import warnings
from typing import Any

import numpy as np

from addax.formats.atomic import atomic_write
from addax.formats.hdf5_shards import open_shards
from addax.formats.hdf5_writer import HDF5Writer
from addax.keras.saving import weights_h5

_GIGABYTE = 1024**3


class _Shards:
    """Writes like an `HDF5Writer`, into a new file where one is full; nothing is replaced before all are written."""

    def __init__(self, index: str, most: float, stack: contextlib.ExitStack) -> None:
        self._folder, name = os.path.split(index)
        self._base = os.path.splitext(name)[0].replace(".weights", "")
        self._most, self._stack = most, stack
        self._count = self._size = 0
        self.total = 0
        self.places: dict[str, list[str]] = {}
        self._next()

    def _next(self) -> None:
        self._name = f"{self._base}_{self._count:05}.weights.h5"
        self._count += 1
        self._size = 0
        file = self._stack.enter_context(atomic_write(os.path.join(self._folder, self._name), "w+b"))
        self._out = self._stack.enter_context(HDF5Writer(file))

    def group(self, path: str) -> None:
        """Groups are made where they get arrays."""

    def dataset(self, path: str, array: Any) -> None:
        """Store an array in the file that has room, or a new one."""
        size = np.asarray(array).nbytes
        if size > self._most:
            raise ValueError(
                f"The size of {path} is {size / _GIGABYTE:.3g} GB which exceeds the maximum shard size "
                f"{self._most / _GIGABYTE:.3g} GB. You can increase the `max_shard_size` parameter to accommodate the "
                "size."
            )
        if self._size + size > self._most:
            self._next()
        self._out.dataset(path, array)
        self._size += size
        self.total += size
        names = self.places.setdefault("/" + path.rpartition("/")[0], [])
        if self._name not in names:
            names.append(self._name)

    def link(self, path: str, existing: str) -> None:
        """A second name of a group, if the file that is being written has all of it."""
        if self.places.get(f"/{existing}/vars") == [self._name]:
            self._out.link(path, existing)
            self.places[f"/{path}/vars"] = [self._name]


def save(model: Any, path: str, max_shard_size: float) -> None:
    """Write a model's weights, and its optimizer's state, to files of at most `max_shard_size` GB.

    Raises:
        ValueError: another ending than `.weights.json`, or an array that is larger.
    """
    if not path.endswith(("weights.h5", "weights.json")):
        raise ValueError(
            f"The filename must end in `.weights.json` when `max_shard_size` is specified. Received: filepath={path}"
        )
    if not path.endswith(".json"):
        renamed = path.removesuffix(".h5") + ".json"
        warnings.warn(
            f"Saving sharded weights requires `*.json` as the extension. The original path: {path} will be renamed to "
            f"{renamed}.",
            stacklevel=2,
        )
        path = renamed
    with contextlib.ExitStack() as stack:
        out = _Shards(path, float(max_shard_size) * _GIGABYTE, stack)
        weights_h5.write(model, out)  # type: ignore[arg-type]
    places = {place: names if len(names) > 1 else names[0] for place, names in out.places.items()}
    with atomic_write(path, "w") as file:
        file.write(json.dumps({"metadata": {"total_size": out.total}, "weight_map": places}, indent=4))


def load(model: Any, path: str, skip_mismatch: bool) -> None:
    """Set a model's weights from the files that an index names."""
    with open_shards(path) as root:
        weights_h5.Reader(model, root, path, skip_mismatch).load()
