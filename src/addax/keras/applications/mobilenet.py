"""MobileNet and what its pictures need."""

from __future__ import annotations

from typing import Any

from addax.keras.applications import imagenet_utils
from addax.keras.applications.building import Architecture
from addax.keras.applications.imagenet_utils import decode_predictions as decode_predictions
from addax.keras.applications.mobilenet_blocks import mobilenet_v1, published_size
from addax.keras.applications.model_names import takes_name


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Pictures (values 0 to 255) as these models take them; see `imagenet_utils.preprocess_input`, mode "tf".

    >>> import numpy as np
    >>> from addax.keras.applications import mobilenet
    >>> mobilenet.preprocess_input(np.array([[[[0.0, 127.5, 255.0]]]])).ravel().tolist()
    [-1.0, 0.0, 1.0]
    """
    return imagenet_utils.preprocess_input(x, data_format, mode="tf")


@takes_name
def MobileNet(
    input_shape: Any = None, alpha: float = 1.0, depth_multiplier: int = 1, dropout: float = 1e-3,
    include_top: bool = True,
    weights: str | None = "imagenet", input_tensor: Any = None, pooling: str | None = None, classes: int = 1000,
    classifier_activation: Any = "softmax", **kwargs: Any,
) -> Any:  # fmt: skip
    """The network MobileNet, for small machines (arXiv:1704.04861).

    Args:
        input_shape: the shape of an image, without the batch.
        alpha: the width, as a part of the usual one.
        depth_multiplier: depthwise filters for each channel.
        dropout: before the classifier, 0 to 1.
        include_top: with the classifier at the end.
        weights: None (drawn), "imagenet" (downloaded once, under Keras's cache folder) or the path of a weights file.
        input_tensor: a symbolic tensor to start from.
        pooling: without the classifier: None (all positions), "avg" or "max".
        classes: outputs of the classifier.
        classifier_activation: of the classifier; None for logits.
        kwargs: none are known.

    Returns:
        A `keras.Model`.

    Raises:
        ValueError: arguments that do not fit each other.

    >>> from addax import keras
    >>> model = keras.applications.MobileNet((32, 32, 3), alpha=0.25, weights=None, classes=10)
    >>> model.output_shape
    (None, 10)
    """
    if kwargs:
        raise ValueError(f"keras.applications.MobileNet: unknown argument(s): {sorted(kwargs)}.")
    size = published_size("MobileNet", input_shape, weights, alpha, (0.25, 0.50, 0.75, 1.0))
    arch = Architecture(
        "MobileNet", include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation, size=size
    )
    return mobilenet_v1(f"mobilenet_{alpha:0.2f}_{arch.named_size}", arch, alpha, depth_multiplier, dropout)
