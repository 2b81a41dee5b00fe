"""The `checkpoint` file of a folder, which says which checkpoints it holds; and reading values by name."""

from __future__ import annotations

import dataclasses
import os
import re
from typing import Any

import numpy as np

from addax.core import dtypes, errors
from addax.formats.atomic import atomic_write
from addax.formats.limits import open_regular
from addax.formats.tensor_bundle import TensorBundle

_LINE = re.compile(r'^\s*(\w+):\s*(?:"((?:[^"\\]|\\.)*)"|([-+0-9.eE]+))\s*$')


@dataclasses.dataclass
class CheckpointState:
    """What a folder's `checkpoint` file says."""

    model_checkpoint_path: str = ""
    all_model_checkpoint_paths: list[str] = dataclasses.field(default_factory=list)
    all_model_checkpoint_timestamps: list[float] = dataclasses.field(default_factory=list)
    last_preserved_timestamp: float = 0.0


def get_checkpoint_state(checkpoint_dir: Any, latest_filename: str | None = None) -> CheckpointState | None:
    """Read a folder's `checkpoint` file; None where there is none.

    Paths in it are names inside the folder: what stands elsewhere is not looked at.

    >>> import tempfile
    >>> import addax as tf
    >>> path = tf.train.Checkpoint(x=tf.Variable([1.0, 2.0])).save(tempfile.mkdtemp() + "/ckpt")
    >>> state = tf.train.get_checkpoint_state(path.removesuffix("/ckpt-1"))
    >>> state.model_checkpoint_path == path
    True
    """
    folder = os.fspath(checkpoint_dir)
    path = os.path.join(folder, latest_filename or "checkpoint")
    if not os.path.isfile(path):
        return None
    with open_regular(path) as file:
        text = file.read(1 << 24).decode("utf-8", "replace")
    state = CheckpointState()
    for line in text.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        key, quoted, number = found.groups()
        if quoted is not None:
            name = os.path.join(folder, os.path.basename(quoted.replace('\\"', '"').replace("\\\\", "\\")))
        if key == "model_checkpoint_path" and quoted is not None:
            state.model_checkpoint_path = name
        elif key == "all_model_checkpoint_paths" and quoted is not None:
            state.all_model_checkpoint_paths.append(name)
        elif key == "all_model_checkpoint_timestamps" and number:
            state.all_model_checkpoint_timestamps.append(float(number))
        elif key == "last_preserved_timestamp" and number:
            state.last_preserved_timestamp = float(number)
    return state if state.model_checkpoint_path else None


def write_checkpoint_state(
    folder: str, latest: str, paths: list[str], timestamps: list[float] | None = None, preserved: float | None = None
) -> None:
    """Write a folder's `checkpoint` file."""

    def quoted(path: str) -> str:
        name = os.path.basename(path)
        return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'

    lines = [f"model_checkpoint_path: {quoted(latest)}"]
    lines += [f"all_model_checkpoint_paths: {quoted(path)}" for path in paths]
    lines += [f"all_model_checkpoint_timestamps: {stamp!r}" for stamp in timestamps or []]
    if preserved is not None:
        lines.append(f"last_preserved_timestamp: {preserved!r}")
    with atomic_write(os.path.join(folder, "checkpoint"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def latest_checkpoint(checkpoint_dir: Any, latest_filename: str | None = None) -> str | None:
    """The prefix of the newest checkpoint of a folder; None where there is none.

    >>> import addax as tf, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> tf.train.latest_checkpoint(folder) is None
    True
    """
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state is None or not os.path.exists(state.model_checkpoint_path + ".index"):
        return None
    return state.model_checkpoint_path


def checkpoint_exists(checkpoint_prefix: Any) -> bool:
    """Whether a checkpoint stands at a prefix."""
    return os.path.exists(os.fspath(checkpoint_prefix) + ".index")


def prefix_of(ckpt_dir_or_file: Any) -> str:
    """The prefix that a path means: of a folder, its newest.

    Raises:
        ValueError: a folder without checkpoints.
    """
    path = os.fspath(ckpt_dir_or_file)
    if os.path.isdir(path):
        found = latest_checkpoint(path)
        if found is None:
            raise ValueError(f"Couldn't find 'checkpoint' file or checkpoints in given directory {path}")
        return found
    return path.removesuffix(".index")


class MissingTensorError(errors.NotFoundError, KeyError):
    """A checkpoint has no tensor of a name."""


class CheckpointReader:
    """Reads tensors of a checkpoint by name.

    Args:
        filename: the prefix.
    """

    def __init__(self, filename: Any) -> None:
        self._bundle = TensorBundle(filename)

    def get_tensor(self, tensor_str: str) -> Any:
        """The values of a tensor: an array, or bytes for a scalar string.

        Raises:
            NotFoundError: there is none of this name.
        """
        if tensor_str not in self._bundle:
            raise MissingTensorError(None, None, f"Key {tensor_str} not found in checkpoint {self._bundle.prefix}")
        array = self._bundle.read(tensor_str)
        return array.item() if array.dtype == object and array.ndim == 0 else array if array.ndim else array[()]

    def has_tensor(self, tensor_str: str) -> bool:
        """Whether there is a tensor of this name."""
        return tensor_str in self._bundle

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        """Shapes by name."""
        return {name: list(entry.shape) for name, entry in self._bundle.items()}

    def get_variable_to_dtype_map(self) -> dict[str, Any]:
        """Dtypes by name."""
        return {
            name: dtypes.as_dtype("string") if entry.dtype is None else dtypes.from_numpy(np.dtype(entry.dtype))
            for name, entry in self._bundle.items()
        }


def load_checkpoint(ckpt_dir_or_file: Any) -> CheckpointReader:
    """A reader of a checkpoint, or of the newest of a folder.

    >>> import tempfile
    >>> import addax as tf
    >>> path = tf.train.Checkpoint(x=tf.Variable([1.0, 2.0])).save(tempfile.mkdtemp() + "/ckpt")
    >>> reader = tf.train.load_checkpoint(path)
    >>> reader.get_tensor("x/.ATTRIBUTES/VARIABLE_VALUE").tolist()
    [1.0, 2.0]
    """
    return CheckpointReader(prefix_of(ckpt_dir_or_file))


def load_variable(ckpt_dir_or_file: Any, name: str) -> Any:
    """The values of one tensor of a checkpoint.

    >>> import tempfile
    >>> import addax as tf
    >>> path = tf.train.Checkpoint(x=tf.Variable([1.0, 2.0])).save(tempfile.mkdtemp() + "/ckpt")
    >>> tf.train.load_variable(path, "x/.ATTRIBUTES/VARIABLE_VALUE").tolist()
    [1.0, 2.0]
    """
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0"))


def list_variables(ckpt_dir_or_file: Any) -> list[tuple[str, list[int]]]:
    """(name, shape) of each tensor of a checkpoint, by name.

    >>> import tempfile
    >>> import addax as tf
    >>> path = tf.train.Checkpoint(x=tf.Variable([1.0, 2.0])).save(tempfile.mkdtemp() + "/ckpt")
    >>> [(name, shape) for name, shape in tf.train.list_variables(path) if name.startswith("x/")]
    [('x/.ATTRIBUTES/VARIABLE_VALUE', [2])]
    """
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())
