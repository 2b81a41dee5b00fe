"""MobileNetV2 and what its pictures need."""

from __future__ import annotations

from typing import Any

from addax.keras.applications import imagenet_utils
from addax.keras.applications.building import Architecture
from addax.keras.applications.imagenet_utils import decode_predictions as decode_predictions
from addax.keras.applications.mobilenet_blocks import mobilenet_v2, published_size
from addax.keras.applications.model_names import takes_name


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Pictures (values 0 to 255) as these models take them; see `imagenet_utils.preprocess_input`, mode "tf".

    >>> import numpy as np
    >>> from addax.keras.applications import mobilenet_v2
    >>> mobilenet_v2.preprocess_input(np.array([[[[0.0, 127.5, 255.0]]]])).ravel().tolist()
    [-1.0, 0.0, 1.0]
    """
    return imagenet_utils.preprocess_input(x, data_format, mode="tf")


@takes_name
def MobileNetV2(
    input_shape: Any = None, alpha: float = 1.0, include_top: bool = True,
    weights: str | None = "imagenet", input_tensor: Any = None, pooling: str | None = None, classes: int = 1000,
    classifier_activation: Any = "softmax", **kwargs: Any,
) -> Any:  # fmt: skip
    """The network MobileNetV2, for small machines (arXiv:1801.04381).

    Args:
        input_shape: the shape of an image, without the batch.
        alpha: the width, as a part of the usual one.
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
    """
    if kwargs:
        raise ValueError(f"keras.applications.MobileNetV2: unknown argument(s): {sorted(kwargs)}.")
    size = published_size("MobileNetV2", input_shape, weights, alpha, (0.35, 0.50, 0.75, 1.0, 1.3, 1.4))
    arch = Architecture(
        "MobileNetV2",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        size=size,
    )
    return mobilenet_v2(f"mobilenetv2_{alpha:0.2f}_{arch.named_size}", arch, alpha)
