"""MNIST: handwritten digits (Y. LeCun, C. Cortes, C. Burges)."""

from __future__ import annotations

import os

import numpy as np

from addax.keras.datasets.download import dataset_file, read_arrays

__all__ = ["load_data"]

_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"

Pair = tuple[np.ndarray, np.ndarray]


def load_data(path: str = "mnist.npz", cache_dir: str | os.PathLike[str] | None = None) -> tuple[Pair, Pair]:
    """Load MNIST: 60,000 training and 10,000 test images of handwritten digits.

    Args:
        path: name of the file under `datasets` in the cache folder, or an absolute path.
        cache_dir: the cache folder; default `$KERAS_HOME`, or `~/.keras`.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: uint8 images (60000, 28, 28) and (10000, 28, 28) of values 0 to 255,
        uint8 labels (60000,) and (10000,) of values 0 to 9.

    Raises:
        DownloadError: no valid local file and no network; the message says where a file can be put. A local file of
            another hash (a reduced copy) is used if the environment variable ADDAX_DATASETS_TRUST_LOCAL is 1.
        CorruptFileError: a damaged file.

    Example:
        >>> import addax as tf
        >>> (x_train, y_train), (x_test, y_test) = tf.keras.datasets.mnist.load_data()  # doctest: +SKIP
    """
    file = dataset_file("mnist.npz", _SHA256, path=path, cache_dir=cache_dir)
    data = read_arrays(file, members=["x_train", "y_train", "x_test", "y_test"])
    return (data["x_train"], data["y_train"]), (data["x_test"], data["y_test"])
