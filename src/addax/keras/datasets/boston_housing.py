"""Boston housing: house prices of 1978 (Harrison and Rubinfeld).

One of its columns, B, assumes that racial segregation influences prices; use it to study such assumptions, and
`california_housing` otherwise.
"""

from __future__ import annotations

import os

import numpy as np

from addax.keras.datasets.download import dataset_file, read_arrays
from addax.keras.datasets.split import shuffled, split

__all__ = ["load_data"]

_SHA256 = "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"

Pair = tuple[np.ndarray, np.ndarray]


def load_data(
    path: str = "boston_housing.npz",
    test_split: float = 0.2,
    seed: int | None = 113,
    cache_dir: str | os.PathLike[str] | None = None,
) -> tuple[Pair, Pair]:
    """Load the Boston housing data: 506 districts, 13 numbers each, and their median house values.

    Args:
        path: name of the file under `datasets` in the cache folder, or an absolute path.
        test_split: part of the data that is kept for testing, 0 <= test_split < 1.
        seed: of the shuffling before the split.
        cache_dir: the cache folder; default `$KERAS_HOME`, or `~/.keras`.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: float64 (n, 13) and float64 (n,), in thousands of dollars.

    Raises:
        ValueError: test_split out of range.
        DownloadError: no valid local file and no network; see `mnist.load_data`.
        CorruptFileError: a damaged file.

    Example:
        >>> import addax as tf
        >>> (x_train, y_train), _ = tf.keras.datasets.boston_housing.load_data()  # doctest: +SKIP
    """
    if not 0 <= test_split < 1:
        raise ValueError(f"boston_housing.load_data(test_split): expected 0 <= test_split < 1; received {test_split!r}")
    data = read_arrays(dataset_file("boston_housing.npz", _SHA256, path=path, cache_dir=cache_dir), members=["x", "y"])
    return split(*shuffled(data["x"], data["y"], np.random.RandomState(seed)), test_split)
