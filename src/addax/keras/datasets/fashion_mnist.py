"""Fashion-MNIST: articles of clothing in MNIST's format (Zalando, MIT licence, arXiv:1708.07747)."""

from __future__ import annotations

import os

import numpy as np

from addax.formats.idx import read_idx
from addax.keras.datasets.download import dataset_file

__all__ = ["load_data"]

_FILES = {
    "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
}

Pair = tuple[np.ndarray, np.ndarray]


def load_data(cache_dir: str | os.PathLike[str] | None = None) -> tuple[Pair, Pair]:
    """Load Fashion-MNIST: 60,000 training and 10,000 test images of ten classes of clothing.

    Args:
        cache_dir: the cache folder; default `$KERAS_HOME`, or `~/.keras`.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: uint8 images (60000, 28, 28) and (10000, 28, 28), uint8 labels (60000,)
        and (10000,): 0 T-shirt/top, 1 trouser, 2 pullover, 3 dress, 4 coat, 5 sandal, 6 shirt, 7 sneaker, 8 bag,
        9 ankle boot.

    Raises:
        DownloadError: no valid local files and no network; see `mnist.load_data`.
        CorruptFileError: a damaged file.

    Example:
        >>> import addax as tf
        >>> (x_train, y_train), _ = tf.keras.datasets.fashion_mnist.load_data()  # doctest: +SKIP
    """
    subdir = os.path.join("datasets", "fashion-mnist")
    paths = [dataset_file(name, digest, cache_dir=cache_dir, subdir=subdir) for name, digest in _FILES.items()]
    y_train, x_train, y_test, x_test = [read_idx(path) for path in paths]
    return (x_train, y_train), (x_test, y_test)
