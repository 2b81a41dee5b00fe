"""What CIFAR-10 and CIFAR-100 share: a batch file, and the order of its axes."""

from __future__ import annotations

import os

import numpy as np

from addax.formats.errors import CorruptFileError
from addax.formats.limits import open_regular
from addax.keras.config import image_data_format

__all__ = ["arrange", "load_batch"]


def load_batch(path: str | os.PathLike[str], label_key: str = "labels") -> tuple[np.ndarray, np.ndarray]:
    """The images and labels of one batch file (a pickle of which nothing is run).

    Args:
        path: the file.
        label_key: name of the labels in it.

    Returns:
        uint8 images (n, 3, 32, 32), uint8 labels (n, 1).

    Raises:
        CorruptFileError: a damaged file, or one that holds anything but arrays, lists, numbers and text.
    """
    from addax.formats.pickles import read_pickled_data  # here, as only data sets need it

    with open_regular(path) as stream:
        batch = read_pickled_data(stream, file=path, encoding="bytes")
    batch = (
        {(k.decode() if isinstance(k, bytes) else k): v for k, v in batch.items()} if isinstance(batch, dict) else {}
    )
    data, labels = batch.get("data"), np.asarray(batch.get(label_key))
    fits = isinstance(data, np.ndarray) and data.dtype == np.uint8 and data.ndim == 2 and data.shape[1] == 3 * 32 * 32
    if not fits or labels.shape != data.shape[:1] or labels.dtype.kind not in "iu":
        raise CorruptFileError(path, "not a batch of CIFAR", expected=f"'data' (n, 3072) uint8 and {label_key!r} (n,)")
    return data.reshape(-1, 3, 32, 32), labels.astype(np.uint8).reshape(-1, 1)


def arrange(images: np.ndarray) -> np.ndarray:
    """Images (n, 3, 32, 32) in the axis order of `keras.backend.image_data_format()`."""
    return images.transpose(0, 2, 3, 1) if image_data_format() == "channels_last" else images
