"""`tf.summary.text`: words."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core.errors import message
from addax.core.tensor import Tensor
from addax.summary.events import encode_metadata
from addax.summary.writer import summary_scope, write_made

__all__ = ["text"]


def text(name: str, data: Any, step: Any = None, description: str | None = None) -> Tensor:
    """Write text.

    Args:
        name: its name; the tag is the name behind the open name scopes.
        data: a string in UTF-8 and Markdown, or a tensor of strings (rank 1 and 2 are shown as tables).
        step: an int, or an integer tensor or variable; default the thread's step.
        description: a text about it, in Markdown.

    Returns:
        a bool tensor: whether it was written.

    Raises:
        TypeError: not strings.
        ValueError: no step is set.

    Example:
        >>> import tempfile, addax as tf
        >>> with tf.summary.create_file_writer(tempfile.mkdtemp()).as_default():
        ...     _ = tf.summary.text("note", "learning rate **halved**", step=1)
    """

    def value(array: np.ndarray) -> np.ndarray:
        if array.dtype.kind not in "SUO":
            raise TypeError(message(f"tf.summary.text({name!r})", expected="strings", received={"data": array}))
        return array

    with summary_scope(name, "text_summary") as (tag, _):
        return write_made(tag, data, value, step, encode_metadata("text", description=description))
