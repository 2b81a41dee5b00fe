"""Pictures into the form that published models learned from, and their answers into words."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import convert, errors
from addax.formats.json_text import read_json
from addax.formats.limits import open_regular
from addax.keras.config import floatx, image_data_format
from addax.keras.files import get_file
from addax.keras.graph import KerasTensor
from addax.ops import array, casting, normalization

_CLASSES = "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"
_CLASSES_MD5 = "c2c37ea517e94d9795004a39431a14cb"
_MODES = ("caffe", "tf", "torch")
# Mean and deviation of ImageNet: of R, G, B with values 0 to 1 (torch); of B, G, R with values 0 to 255 (caffe).
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_MEAN_BGR = (103.939, 116.779, 123.68)
_names: list[list[str]] = []


def preprocess_input(x: Any, data_format: str | None = None, mode: str = "caffe") -> Any:
    """Pictures with values 0 to 255 in the form that a model learned from.

    Args:
        x: a NumPy array or tensor of shape (height, width, 3) or (batch, height, width, 3). NumPy arrays of floats are
            changed in place, as TensorFlow does.
        data_format: "channels_last" or "channels_first"; by default the global setting.
        mode: "caffe" (B, G, R, zero mean), "tf" (-1 to 1) or "torch" (0 to 1, then zero mean and unit deviation).

    Returns:
        An array or tensor of x's shape, in floating point.

    Raises:
        ValueError: an unknown mode or data format.

    >>> import numpy as np
    >>> preprocess_input(np.array([[[0, 127.5, 255]]]), mode="tf").ravel().tolist()
    [-1.0, 0.0, 1.0]
    """
    if mode not in _MODES:
        raise ValueError(f"Expected mode to be one of `caffe`, `tf` or `torch`. Received: mode={mode}")
    data_format = data_format or image_data_format()
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(
            "Expected data_format to be one of `channels_first` or `channels_last`. "
            f"Received: data_format={data_format}"
        )
    axis = -1 if data_format == "channels_last" else -3
    if isinstance(x, np.ndarray):
        return _of_array(x, axis, mode)
    return _of_tensor(x, axis, mode)


def same(x: Any, data_format: str | None = None) -> Any:
    """Pictures as they are (values 0 to 255): the model itself begins with what they need.

    Args:
        x: a NumPy array or tensor.
        data_format: accepted for the signature that all models share.

    Returns:
        x.

    >>> import numpy as np
    >>> from addax.keras.applications import efficientnet
    >>> float(efficientnet.preprocess_input(np.full((1, 2, 2, 3), 255.0)).max())
    255.0
    """
    return x


def _of_array(x: np.ndarray, axis: int, mode: str) -> np.ndarray:
    if not np.issubdtype(x.dtype, np.floating):
        x = x.astype(floatx())
    if mode == "tf":
        x /= 127.5
        x -= 1.0
        return x
    if mode == "caffe":
        x = np.flip(x, axis)
    colors = x[(..., slice(3), *[slice(None)] * (-1 - axis))]  # further channels have no mean
    shape = [3 if n == x.ndim + axis else 1 for n in range(x.ndim)]
    if mode == "torch":
        x /= 255.0
        colors -= np.reshape(_MEAN, shape).astype(x.dtype)
        colors /= np.reshape(_DEVIATION, shape).astype(x.dtype)
        return x
    colors -= np.reshape(_MEAN_BGR, shape).astype(x.dtype)
    return x


def _of_tensor(x: Any, axis: int, mode: str) -> Any:
    if not isinstance(x, KerasTensor):
        x = convert.convert_to_tensor(x)
    if not x.dtype.is_floating:
        x = casting.cast(x, floatx())
    dtype = x.dtype.as_numpy_dtype
    if mode == "tf":
        return x / 127.5 - 1.0
    rank = len(x.shape)
    shape = [3 if n == rank + axis else 1 for n in range(rank)]
    if axis == -1 and rank > 1:  # in Keras's ops, which models of symbolic pictures name their layers by
        if mode == "caffe":
            return normalization.bias_add(x[..., ::-1], (-np.asarray(_MEAN_BGR)).astype(dtype))
        moved = normalization.bias_add(x / 255.0, (-np.asarray(_MEAN)).astype(dtype))
        return moved / np.asarray(_DEVIATION).astype(dtype)
    if mode == "torch":
        return (x / 255.0 - np.reshape(_MEAN, shape).astype(dtype)) / np.reshape(_DEVIATION, shape).astype(dtype)
    return array.reverse(x, [axis]) - np.reshape(_MEAN_BGR, shape).astype(dtype)


def decode_predictions(preds: Any, top: int = 5) -> list[list[tuple[str, str, float]]]:
    """The likeliest classes of ImageNet, in words.

    The list of classes is downloaded once, into `models` under Keras's cache folder.

    Args:
        preds: an array of shape (samples, 1000).
        top: how many classes.

    Returns:
        For each sample its likeliest classes: (WordNet's number, name, score), the best first.

    Raises:
        ValueError: another shape.
    """
    scores = np.asarray(preds)
    if scores.ndim != 2 or scores.shape[1] != 1000:
        raise ValueError(
            errors.message(
                "decode_predictions", expected="a batch of predictions (samples, 1000)",
                received=f"array with shape {scores.shape}", hint="it is for models with ImageNet's 1,000 classes",
            )
        )  # fmt: skip
    if not _names:
        path = get_file("imagenet_class_index.json", _CLASSES, cache_subdir="models", file_hash=_CLASSES_MD5)
        with open_regular(path) as file:
            index = read_json(file.read(), file=path)
        _names.extend(index[str(n)] for n in range(1000))
    found = []
    for row in scores:
        best = row.argsort()[-top:][::-1]
        found.append([(*_names[n], row[n]) for n in best])
    return found
