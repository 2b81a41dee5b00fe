"""CIFAR-10: small colour photographs of ten classes (A. Krizhevsky, 2009)."""

from __future__ import annotations

import os

import numpy as np

from addax.keras.datasets.cifar import arrange, load_batch
from addax.keras.datasets.download import dataset_folder

__all__ = ["load_data"]

_ORIGIN = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
_SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"

Pair = tuple[np.ndarray, np.ndarray]


def load_data(cache_dir: str | os.PathLike[str] | None = None) -> tuple[Pair, Pair]:
    """Load CIFAR-10: 50,000 training and 10,000 test colour images of ten classes.

    Args:
        cache_dir: the cache folder; default `$KERAS_HOME`, or `~/.keras`.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: uint8 images (50000, 32, 32, 3) and (10000, 32, 32, 3) (channels first
        where `keras.backend.image_data_format()` says so), uint8 labels (50000, 1) and (10000, 1): 0 airplane,
        1 automobile, 2 bird, 3 cat, 4 deer, 5 dog, 6 frog, 7 horse, 8 ship, 9 truck.

    Raises:
        DownloadError: no valid local archive and no network; see `mnist.load_data`.
        CorruptFileError: a damaged file.

    Example:
        >>> import addax as tf
        >>> (x_train, y_train), _ = tf.keras.datasets.cifar10.load_data()  # doctest: +SKIP
    """
    folder = dataset_folder("cifar-10-batches-py", _SHA256, _ORIGIN, cache_dir)
    batches = [load_batch(os.path.join(folder, f"data_batch_{i}")) for i in range(1, 6)]
    x_test, y_test = load_batch(os.path.join(folder, "test_batch"))
    x_train, y_train = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    return (arrange(x_train), y_train), (arrange(x_test), y_test)
