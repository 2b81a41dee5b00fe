"""tf.io.read_file and write_file: whole files as strings."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import convert, errors, gfile, unknown_shapes
from addax.core.dispatch import from_host
from addax.core.file_system import system_of, text_of, translated
from addax.core.tensor import NotCompilable, Tensor, Tracer
from addax.core.variable import Variable


def _strings(who: str, value: Any) -> np.ndarray:
    made = convert.value_of(value)
    if isinstance(made, Tracer):
        raise NotCompilable(f"{who} works with files, which XLA cannot")
    if made.dtype.kind != "O":
        raise TypeError(f"{who}: Cannot convert {value!r:.80} to EagerTensor of dtype string")
    return made


def _scalar(who: str, value: Any, what: str) -> bytes:
    made = _strings(who, value)
    if made.ndim:
        raise errors.InvalidArgumentError(
            f"{who}: Input {what} tensor must be scalar, but had shape: {list(made.shape)}"
        )
    return made[()]


def read_file(filename: Any, name: str | None = None) -> Tensor:
    """The bytes of a file.

    Args:
        filename: string (): the path.
        name: ignored.

    Returns:
        string ().

    Raises:
        NotFoundError: there is no such file.

    >>> import addax as tf, tempfile, os
    >>> path = os.path.join(tempfile.mkdtemp(), "a")
    >>> tf.io.write_file(path, "text")
    >>> tf.io.read_file(path).numpy()
    b'text'
    """
    if unknown_shapes.probed() is not None:
        return from_host(b"")
    path = text_of(_scalar("tf.io.read_file", filename, "filename"))
    system, inner = system_of(path)
    with translated(path), system.open(inner, "rb") as file:
        return from_host(file.read())


def write_file(filename: Any, contents: Any, name: str | None = None) -> None:
    """Write a string to a file, making the directories above it.

    Args:
        filename: string (): the path.
        contents: string (): the bytes.
        name: ignored.

    Raises:
        TypeError: contents that are no string.
        FailedPreconditionError: the path is a directory.

    >>> import tempfile
    >>> import addax as tf
    >>> folder = tempfile.mkdtemp()
    >>> tf.io.write_file(folder + "/new/a.txt", "words")
    >>> tf.io.read_file(folder + "/new/a.txt").numpy()
    b'words'
    """
    who = "tf.io.write_file"
    data = _scalar(who, contents, "contents")
    path = text_of(_scalar(who, filename, "filename"))
    system, inner = system_of(path)
    above = inner.rpartition("/")[0]
    with translated(path):
        if above and not system.isdir(above):
            system.makedirs(above)
        with system.open(inner, "wb") as file:
            file.write(data)


def matching_files(pattern: Any, name: str | None = None) -> Tensor:
    """The files that match patterns.

    Args:
        pattern: string: one or more patterns, with `*`, `?` and `[...]`.
        name: ignored.

    Returns:
        string (n,), in order.

    >>> import os, tempfile
    >>> import addax as tf
    >>> folder = tempfile.mkdtemp()
    >>> tf.io.write_file(folder + "/a.txt", "words")
    >>> [os.path.basename(path) for path in tf.io.matching_files(folder + "/*.txt").numpy()]
    [b'a.txt']
    """
    found: set[str] = set()
    for each in _strings("tf.io.matching_files", pattern).reshape(-1).tolist():
        found.update(gfile.glob(each))
    out = np.empty(len(found), object)
    out[:] = [path.encode() for path in sorted(found)]
    return Tensor(out)


def match_filenames_once(pattern: Any, name: str | None = None) -> Variable:
    """The files that match patterns, as a variable, so that they are looked for once.

    Args:
        pattern: string: one or more patterns.
        name: of the variable.

    Returns:
        A Variable, string (n,), that is not trained.

    >>> import tempfile
    >>> import addax as tf
    >>> folder = tempfile.mkdtemp()
    >>> tf.io.write_file(folder + "/a.txt", "words")
    >>> len(tf.io.match_filenames_once(folder + "/*.txt").numpy())
    1
    """
    return Variable(matching_files(pattern), trainable=False, name=name)
