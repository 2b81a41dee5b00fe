"""How the data sets are shuffled and split into training and test data."""

from __future__ import annotations

import numpy as np

__all__ = ["shuffled", "split"]

Pair = tuple[np.ndarray, np.ndarray]


def shuffled(x: np.ndarray, y: np.ndarray, rng: np.random.RandomState) -> Pair:
    """Both arrays in one random order (the Mersenne twister of NumPy's RandomState, as Keras shuffles them)."""
    order = np.arange(len(x))
    rng.shuffle(order)
    return x[order], y[order]


def split(x: np.ndarray, y: np.ndarray, test_split: float) -> tuple[Pair, Pair]:
    """`(x_train, y_train), (x_test, y_test)`, the last part being for testing."""
    count = int(len(x) * (1 - test_split))
    return (x[:count].copy(), y[:count].copy()), (x[count:].copy(), y[count:].copy())
