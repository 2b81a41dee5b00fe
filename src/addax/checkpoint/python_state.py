"""tf.train.experimental.PythonState: state in Python that is kept in checkpoints."""

from __future__ import annotations

import abc
from typing import Any

import numpy as np


class PythonState(abc.ABC):
    """State that is no variable, kept in checkpoints as a string; subclasses write and read it.

    >>> import addax as tf, tempfile
    >>> class Count(tf.train.experimental.PythonState):
    ...     n = 0
    ...     def serialize(self):
    ...         return str(self.n)
    ...     def deserialize(self, string_value):
    ...         self.n = int(string_value)
    >>> count = Count()
    >>> count.n = 7
    >>> checkpoint = tf.train.Checkpoint(count=count)
    >>> path = checkpoint.save(tempfile.mkdtemp() + "/a")
    >>> count.n = 0
    >>> _ = checkpoint.restore(path)
    >>> count.n
    7
    """

    @abc.abstractmethod
    def serialize(self) -> str | bytes:
        """The state as a string."""

    @abc.abstractmethod
    def deserialize(self, string_value: str) -> None:
        """Take over the state of a string that `serialize` gave."""

    def _checkpoint_children(self) -> dict[str, Any]:
        return {}

    def _checkpoint_save(self) -> dict[str, np.ndarray]:
        text = self.serialize()
        out = np.empty((), object)
        out[()] = text.encode() if isinstance(text, str) else bytes(text)
        return {"py_state": out}

    def _checkpoint_load(self, tensors: dict[str, np.ndarray]) -> None:
        text = tensors["py_state"].item()
        self.deserialize(text.decode() if isinstance(text, bytes) else text)
