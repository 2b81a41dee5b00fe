"""What callbacks see of a model, and what they ask of the loop that trains it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

NEVER = 0
EVERY = 1
WHENEVER = math.inf


class Model(Protocol):
    """The part of a model that the built-in callbacks use."""

    stop_training: bool
    optimizer: Any
    history: Any

    @property
    def metrics(self) -> Sequence[Any]:
        """The metrics, whose values logs hold as they are."""
        ...

    @property
    def layers(self) -> Sequence[Any]:
        """The layers, for histograms of their weights."""
        ...

    @property
    def trainable_variables(self) -> Sequence[Any]:
        """What the optimizer is built for."""
        ...

    def get_weights(self) -> Any:
        """The weights as NumPy arrays."""
        ...

    def set_weights(self, weights: Any) -> None:
        """Set the weights."""
        ...

    def save(self, filepath: Any, overwrite: bool = True, **kwargs: Any) -> None:
        """Save the whole model."""
        ...

    def save_weights(self, filepath: Any, overwrite: bool = True, **kwargs: Any) -> Any:
        """Save the weights."""
        ...

    def load_weights(self, filepath: Any, **kwargs: Any) -> Any:
        """Load weights."""
        ...


class BatchNeeds(NamedTuple):
    """How often somebody must look while batches run: NEVER, EVERY batch, every n batches, or WHENEVER it suits.

    WHENEVER means that the hook of a batch's end is wanted, but only for batches where the loop stops anyway.
    """

    train: float = NEVER
    test: float = NEVER
    predict: float = NEVER
