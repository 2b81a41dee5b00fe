"""Weights as safetensors files: arrays by the names of variables (https://github.com/huggingface/safetensors)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from addax.formats.atomic import atomic_write
from addax.formats.errors import CorruptFileError
from addax.formats.memory import aligned
from addax.keras.saving.assignments import Assignments, finalize

SUFFIX = ".safetensors"
_MAPPED = 64 << 20  # bytes
_DTYPES = {
    "bool": "BOOL", "uint8": "U8", "int8": "I8", "uint16": "U16", "int16": "I16", "float16": "F16", "bfloat16": "BF16",
    "uint32": "U32", "int32": "I32", "float32": "F32", "uint64": "U64", "int64": "I64", "float64": "F64",
}  # fmt: skip
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
    """Write a model's weights.

    Raises:
        TypeError: a dtype that such files do not have.
    """
    found = {name: variable.for_reading() for name, variable in names_of(model).items()}
    header: dict[str, Any] = {"__metadata__": {"format": "addax", "model": str(model.name)}}
    order = sorted(found, key=lambda name: (-found[name].dtype.itemsize, name))  # so that all begin where they may
    at = 0
    for name in order:
        array = found[name]
        if array.dtype.name not in _DTYPES:
            raise TypeError(f"{path}: weight {name!r}: dtype {array.dtype.name} cannot be stored in such files.")
        header[name] = {
            "dtype": _DTYPES[array.dtype.name], "shape": list(array.shape), "data_offsets": [at, at + array.nbytes],
        }  # fmt: skip
        at += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with atomic_write(path) as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in order:
            array = found[name]
            if sys.byteorder == "big":
                array = array.byteswap()
            file.write(memoryview(np.ascontiguousarray(array).reshape(-1).view(np.uint8)))


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
    variables = names_of(model)
    try:
        with library.safe_open(path, framework="numpy") as file:
            stored = set(file.keys())
        missing = [] if by_name else [name for name in variables if name not in stored]
        for name in missing:
            plan.problem(name, f"is missing; the model has a variable of shape {tuple(variables[name].shape)} here")
        for name, array in _arrays(library, path, [name for name in variables if name in stored]):
            plan.add(variables[name], array, name)
        extra = sorted(stored - set(variables))
    except library.SafetensorError as error:
        raise CorruptFileError(path, f"damaged ({error})") from None
    if extra and not by_name:
        plan.problem(extra[0], f"has no variable in the model; {len(extra)} arrays have none")
    plan.finish(skip_mismatch=skip_mismatch)
    finalize(model)


def _arrays(library: Any, path: str, names: list[str]) -> Iterator[tuple[str, np.ndarray]]:
    """Names and arrays of a file, which is opened anew now and then: what was read of it stays mapped into memory."""
    left = iter(names)
    while True:
        taken = 0
        with library.safe_open(path, framework="numpy") as file:
            for name in left:
                array = aligned(file.get_tensor(name))  # XLA takes this copy over
                yield name, array
                taken += array.nbytes
                if taken > _MAPPED:
                    break
            else:
                return
