"""One seed for everything random."""

from __future__ import annotations

import random as python_random

import numpy as np

from addax.core import random


def set_random_seed(seed: int) -> None:
    """Seed Python's `random`, NumPy's global generator and `tf.random`, so that a program draws the same numbers again.

    Args:
        seed: an integer.

    Raises:
        ValueError: not an integer.

    >>> import addax as tf
    >>> tf.keras.utils.set_random_seed(1)
    """
    if not isinstance(seed, int):
        raise ValueError(f"Expected `seed` argument to be an integer. Received: seed={seed} (of type {type(seed)})")
    python_random.seed(seed)
    np.random.seed(seed % 2**32)
    random.set_seed(seed)
    random.set_initial_seed(seed)
