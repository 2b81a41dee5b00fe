"""Weights as safetensors files: arrays by the names of variables (https://github.com/huggingface/safetensors)."""

from __future__ import annotations

import contextlib
import os
import tempfile
from typing import Any

import numpy as np

from addax.formats.atomic import sync_directory
from addax.formats.errors import CorruptFileError
from addax.keras.saving.assignments import Assignments

SUFFIX = ".safetensors"
_HINT = "pip install addax[safetensors]"


def _library() -> Any:
    try:
        import safetensors
        import safetensors.numpy
    except ImportError:
        raise ImportError(
            f"Files of weights that end in {SUFFIX} need the package safetensors. To do: {_HINT}"
        ) from None
    return safetensors


def names_of(model: Any) -> dict[str, Any]:
    """A model's variables by the names that files have for them: `dense/kernel`; repeated ones are numbered.

    >>> import addax as tf
    >>> from addax.keras.saving.weights_safetensors import names_of
    >>> list(names_of(tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,), name="d")])))
    ['d/kernel', 'd/bias']
    """
    found: dict[str, Any] = {}
    for variable in model.weights:
        name = base = variable.name.removesuffix(":0")
        count = 1
        while name in found:
            name, count = f"{base}_{count}", count + 1
        found[name] = variable
    return found


def save(model: Any, path: str) -> None:
    """Write a model's weights."""
    library = _library()
    arrays = {name: np.ascontiguousarray(variable.numpy()) for name, variable in names_of(model).items()}
    # The library writes to a path, not to an open file, so the steps of `atomic_write` are made here.
    folder, name = os.path.split(os.path.abspath(path))
    descriptor, partial = tempfile.mkstemp(".partial", f".{name[:100]}.", folder)
    try:
        os.close(descriptor)
        library.numpy.save_file(arrays, partial, metadata={"format": "addax", "model": str(model.name)})
        with open(partial, "rb+") as file:
            os.fsync(file.fileno())
        os.chmod(partial, 0o666 & ~_umask())
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(partial)
        raise
    sync_directory(folder)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def load(model: Any, path: str, skip_mismatch: bool, by_name: bool) -> None:
    """Set a model's weights; all are checked before any is set.

    Args:
        model: the model.
        path: the file.
        skip_mismatch: warn of what does not fit instead of raising.
        by_name: leave variables alone that the file does not have, and arrays that the model does not have.

    Raises:
        CorruptFileError: damaged, or a variable that does not fit: its name, shape expected and found.
    """
    library = _library()
    plan = Assignments(path)
    try:
        with library.safe_open(path, framework="numpy") as file:
            stored = set(file.keys())
            for name, variable in names_of(model).items():
                if name in stored:
                    plan.add(variable, file.get_tensor(name), name)
                elif not by_name:
                    plan.problem(name, f"is missing; the model has a variable of shape {tuple(variable.shape)} here")
            extra = sorted(stored - set(names_of(model)))
    except library.SafetensorError as error:
        raise CorruptFileError(path, f"damaged ({error})") from None
    if extra and not by_name:
        plan.problem(extra[0], f"has no variable in the model; {len(extra)} arrays have none")
    plan.finish(skip_mismatch=skip_mismatch)
