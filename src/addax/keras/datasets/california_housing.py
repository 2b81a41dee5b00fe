"""California housing: house prices of the census of 1990 (Pace and Barry, 1997)."""

from __future__ import annotations

import numpy as np

from addax.keras.datasets.download import dataset_file, read_arrays
from addax.keras.datasets.split import shuffled, split

__all__ = ["load_data"]

_SHA256 = "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f"

Pair = tuple[np.ndarray, np.ndarray]


def load_data(
    version: str = "large", path: str = "california_housing.npz", test_split: float = 0.2, seed: int | None = 113
) -> tuple[Pair, Pair]:
    """Load the California housing data: 20,640 block groups, 8 numbers each, and their median house values.

    Args:
        version: "large" for all, "small" for the first 600.
        path: name of the file under `datasets` in the cache folder, or an absolute path.
        test_split: part of the data that is kept for testing, 0 <= test_split < 1.
        seed: of the shuffling before the split.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: (n, 8) and (n,), in dollars. The columns: median income, house age,
        average rooms, average bedrooms, population, average occupancy, latitude, longitude.

    Raises:
        ValueError: another version, or test_split out of range.
        DownloadError: no valid local file and no network; see `mnist.load_data`.
        CorruptFileError: a damaged file.

    Example:
        >>> import addax as tf
        >>> (x_train, y_train), _ = tf.keras.datasets.california_housing.load_data("small")  # doctest: +SKIP
    """
    if not 0 <= test_split < 1:
        raise ValueError(
            f"california_housing.load_data(test_split): expected 0 <= test_split < 1; received {test_split!r}"
        )
    if version not in ("large", "small"):
        raise ValueError(f"california_housing.load_data(version): expected 'small' or 'large'; received {version!r}")
    data = read_arrays(dataset_file("california_housing.npz", _SHA256, path=path), members=["x", "y"])
    count = 600 if version == "small" else None
    return split(*shuffled(data["x"][:count], data["y"][:count], np.random.RandomState(seed)), test_split)
