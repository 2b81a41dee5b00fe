"""What a path of a model or of weights means: the format by suffix when writing, by content when reading."""

from __future__ import annotations

import errno
import os
from typing import Any

from addax.core import errors
from addax.formats.limits import open_regular

FORMATS = {"keras": "keras", "keras_v3": "keras", "h5": "h5", "hdf5": "h5", "tf": "tf", "tensorflow": "tf"}
_ZIP = b"PK\x03\x04"
_HDF5 = b"\x89HDF\r\n\x1a\n"


def as_path(filepath: Any) -> str:
    """A path as str.

    Raises:
        TypeError: not a path.
    """
    try:
        path = os.fspath(filepath)
    except TypeError:
        raise TypeError(
            f"filepath: expected a path (str or os.PathLike), received {type(filepath).__name__}."
        ) from None
    return os.path.expanduser(path.decode() if isinstance(path, bytes) else path)


def format_to_write(path: str, save_format: str | None) -> str:
    """The format of a whole model: "keras", "h5" or "tf" (a folder).

    Raises:
        ValueError: an unknown save_format.
    """
    if save_format is not None:
        found = FORMATS.get(str(save_format).lower())
        if found is None:
            raise ValueError(
                "Unknown `save_format` argument. Expected one of 'keras', 'tf', or 'h5'. "
                f"Received: save_format={save_format}"
            )
        if found == "keras" and not path.endswith(".keras"):
            raise ValueError(f"Invalid `filepath` argument: expected a `.keras` extension. Received: filepath={path}")
        return found
    if path.endswith(".keras"):
        return "keras"
    return "h5" if path.endswith((".h5", ".hdf5")) else "tf"


class MissingFileError(errors.NotFoundError, FileNotFoundError):
    """There is nothing at a path: TensorFlow's error for checkpoints, Python's for files."""

    def __init__(self, message: str) -> None:
        super().__init__(None, None, message)
        self.errno = errno.ENOENT

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self),)


def _beside(path: str) -> str:
    """What to do about a missing file: the nearest name in its folder."""
    folder, name = os.path.split(os.path.abspath(path))
    if not os.path.isdir(folder):
        return f".\n  To do: check the path; there is no folder {folder} either."
    found = errors.suggest(name, os.listdir(folder))
    return f".\n  To do: check the path{'; ' + found if found else ', and that the file was saved there.'}"


def content(path: str) -> str:
    """What is at a path: "keras" (a zip archive), "h5", "safetensors", "folder", "checkpoint" (a prefix) or "other".

    Raises:
        OSError: nothing is there.
    """
    if os.path.isdir(path):
        return "folder"
    if not os.path.exists(path):
        if os.path.exists(path + ".index"):
            return "checkpoint"
        raise MissingFileError(f"No file or directory found at {path}{_beside(path)}")
    with open_regular(path) as file:
        start = file.read(9)
        if start.startswith(_ZIP):
            return "keras"
        offset = 0
        while offset < 1 << 20:  # HDF5 may stand behind a block of the user's, at 512, 1024, ...
            file.seek(offset)
            if file.read(8) == _HDF5:
                return "h5"
            offset = 512 if offset == 0 else offset * 2
    return "safetensors" if _is_safetensors(start, os.path.getsize(path)) else "other"


def _is_safetensors(start: bytes, size: int) -> bool:
    """Whether a file of `size` bytes begins as one: with the length of a JSON header, and the header."""
    length = int.from_bytes(start[:8], "little")
    return start[8:] == b"{" and 2 <= length <= size - 8


def may_overwrite(path: str, overwrite: bool) -> bool:
    """Whether to write, asking on the terminal where something is there and `overwrite` is False."""
    if overwrite or not os.path.exists(path):
        return True
    answer = input(f"[WARNING] {path} already exists - overwrite? [y/n]").strip().lower()
    while answer not in ("y", "n"):
        answer = input('Enter "y" (overwrite) or "n" (cancel).').strip().lower()
    return answer == "y"


def make_folder(path: str) -> None:
    """Make the folder of a file."""
    folder = os.path.dirname(path)
    if folder:
        os.makedirs(folder, exist_ok=True)
