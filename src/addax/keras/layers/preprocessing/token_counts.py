"""What lookup layers count while they adapt: kept by checkpoints under the names that Keras' layers give it."""

from __future__ import annotations

import collections
import copy
import functools
from typing import Any

import numpy as np

_PIECES = ("table-keys", "table-values")


class TokenCounts(collections.Counter[Any]):
    """How often each token (bytes or an int) was seen; a table to checkpoints.

    Args:
        text: whether tokens are texts.

    >>> from addax.keras.layers.preprocessing.token_counts import TokenCounts
    >>> counts = TokenCounts(text=False)
    >>> counts.update([3, 5, 3])
    >>> counts._checkpoint_save()["table-values"].tolist()
    [2, 1]
    """

    _checkpoint_pieces = {"table": _PIECES}

    def __init__(self, *, text: bool) -> None:
        super().__init__()
        self.text = text

    def __reduce__(self) -> Any:
        return functools.partial(TokenCounts, text=self.text), (), None, None, iter(self.items())

    def copy(self) -> TokenCounts:
        """The same counts."""
        return copy.copy(self)

    def _checkpoint_children(self) -> dict[str, Any]:
        return {}

    def _checkpoint_save(self) -> dict[str, np.ndarray]:
        keys = np.empty(len(self), object if self.text else np.int64)
        keys[:] = list(self)
        return dict(zip(_PIECES, (keys, np.array(list(self.values()), np.int64)), strict=True))

    def _checkpoint_load(self, tensors: dict[str, np.ndarray]) -> None:
        keys, values = (tensors[name] for name in _PIECES)
        if keys.shape != values.shape or keys.ndim != 1 or values.dtype.kind != "i" or self.text != (keys.dtype == "O"):
            raise ValueError(
                f"A lookup layer's counts: expected vectors of {'texts' if self.text else 'integers'} and of integers, "
                f"received {keys.dtype} {keys.shape} and {values.dtype} {values.shape}."
            )
        self.clear()
        super().update(dict(zip(keys.tolist(), values.tolist(), strict=True)))


class Documents:
    """How many documents were seen; an integer variable to checkpoints, but none of the layer's weights."""

    def __init__(self) -> None:
        self.count = 0

    def _checkpoint_children(self) -> dict[str, Any]:
        return {}

    def _checkpoint_save(self) -> dict[str, np.ndarray]:
        return {"VARIABLE_VALUE": np.asarray(self.count, np.int64)}

    def _checkpoint_load(self, tensors: dict[str, np.ndarray]) -> None:
        value = tensors["VARIABLE_VALUE"]
        if value.shape or value.dtype.kind != "i":
            raise ValueError(f"A lookup layer's count of documents: expected an integer, received {value.dtype}.")
        self.count = int(value)
