"""`tf.summary.scalar`: a number."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core.errors import UnimplementedError, message
from addax.core.tensor import Tensor
from addax.summary.events import encode_metadata
from addax.summary.writer import summary_scope, write_made

__all__ = ["scalar"]


def scalar(name: str, data: Any, step: Any = None, description: str | None = None) -> Tensor:
    """Write a number.

    Args:
        name: its name; the tag is the name behind the open name scopes.
        data: a number or a tensor of rank 0; kept as float32.
        step: an int, or an integer tensor or variable; default the thread's step.
        description: a text about it, in Markdown.

    Returns:
        a bool tensor: whether it was written.

    Raises:
        ValueError: not of rank 0, or no step is set.
        UnimplementedError: a string.

    Example:
        >>> import tempfile, addax as tf
        >>> with tf.summary.create_file_writer(tempfile.mkdtemp()).as_default():
        ...     for step in range(3):
        ...         _ = tf.summary.scalar("loss", 1 / (1 + step), step=step)
    """

    def value(array: np.ndarray) -> np.ndarray:
        if array.shape != ():
            received = {"data": array}
            raise ValueError(message(f"tf.summary.scalar({name!r})", expected="a scalar shape", received=received))
        if array.dtype.kind not in "biuf" and array.dtype.name != "bfloat16":
            raise UnimplementedError(
                message(f"tf.summary.scalar({name!r})", expected="a real number", received={"data": array})
            )
        return array.astype(np.float32)

    with summary_scope(name, "scalar_summary") as (tag, _):
        return write_made(tag, data, value, step, encode_metadata("scalars", description=description))
