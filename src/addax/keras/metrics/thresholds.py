"""Thresholds between positive and negative predictions."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.keras import allowance
from addax.keras import config as settings

NEGATIVE = -1e10  # what predictions outside the top k count as


def checked(thresholds: Any, default: float = 0.5) -> list[float]:
    """A list of thresholds.

    Args:
        thresholds: a number, a sequence of numbers, or None for `default`.
        default: as it says.

    Raises:
        ValueError: one outside [0, 1].
    """
    if thresholds is not None:
        found = [float(t) for t in np.ravel(np.asarray(thresholds, dtype=object)) if t is not None]
        bad = [t for t in np.ravel(np.asarray(thresholds, dtype=object)) if t is None or not 0 <= t <= 1]
        if bad:
            raise ValueError(f"Threshold values must be in [0, 1]. Received: {bad}")
        return found
    return [default]


def even_steps(thresholds: list[float]) -> int:
    """How many thresholds there are, if they are evenly spaced from 0 to 1; otherwise 0."""
    count = len(thresholds)
    if count < 3:
        return 0
    even = np.arange(count, dtype=np.float64) / (count - 1)
    return count if np.allclose(thresholds, even, atol=settings.epsilon()) else 0


def spread(num_thresholds: int) -> list[float]:
    """The inner thresholds of `num_thresholds` evenly spaced ones."""
    allowance.spend("a metric's thresholds", (num_thresholds,), 32)  # a Python float in a list
    return [(i + 1) * 1.0 / (num_thresholds - 1) for i in range(num_thresholds - 2)]
