"""CIFAR-100: small colour photographs of a hundred classes (A. Krizhevsky, 2009)."""

from __future__ import annotations

import os

import numpy as np

from addax.keras.datasets.cifar import arrange, load_batch
from addax.keras.datasets.download import dataset_folder

__all__ = ["load_data"]

_ORIGIN = "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
_SHA256 = "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"

Pair = tuple[np.ndarray, np.ndarray]


def load_data(label_mode: str = "fine", cache_dir: str | os.PathLike[str] | None = None) -> tuple[Pair, Pair]:
    """Load CIFAR-100: 50,000 training and 10,000 test colour images of 100 classes in 20 groups.

    Args:
        label_mode: "fine" for the 100 classes, "coarse" for the 20 groups.
        cache_dir: the cache folder; default `$KERAS_HOME`, or `~/.keras`.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: uint8 images (50000, 32, 32, 3) and (10000, 32, 32, 3) (channels first
        where `keras.backend.image_data_format()` says so), uint8 labels (50000, 1) and (10000, 1).

    Raises:
        ValueError: another label_mode.
        DownloadError: no valid local archive and no network; see `mnist.load_data`.
        CorruptFileError: a damaged file.

    Example:
        >>> import addax as tf
        >>> (x_train, y_train), _ = tf.keras.datasets.cifar100.load_data("coarse")  # doctest: +SKIP
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError(f"cifar100.load_data(label_mode): expected 'fine' or 'coarse'; received {label_mode!r}")
    folder = dataset_folder("cifar-100-python", _SHA256, _ORIGIN, cache_dir)
    x_train, y_train = load_batch(os.path.join(folder, "train"), label_mode + "_labels")
    x_test, y_test = load_batch(os.path.join(folder, "test"), label_mode + "_labels")
    return (arrange(x_train), y_train), (arrange(x_test), y_test)
