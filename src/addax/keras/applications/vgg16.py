"""VGG16 and what its pictures need."""

from __future__ import annotations

from typing import Any

from addax.keras.applications import imagenet_utils
from addax.keras.applications.building import Architecture
from addax.keras.applications.imagenet_utils import decode_predictions as decode_predictions
from addax.keras.applications.model_names import takes_name
from addax.keras.applications.vgg import vgg


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Pictures (values 0 to 255) as these models take them; see `imagenet_utils.preprocess_input`, mode "caffe".

    >>> import numpy as np
    >>> from addax.keras.applications import vgg16
    >>> vgg16.preprocess_input(np.zeros((1, 1, 1, 3))).ravel().round(3)
    array([-103.939, -116.779, -123.68 ])
    """
    return imagenet_utils.preprocess_input(x, data_format, mode="caffe")


@takes_name
def VGG16(
    include_top: bool = True, weights: str | None = "imagenet", input_tensor: Any = None, input_shape: Any = None,
    pooling: str | None = None, classes: int = 1000, classifier_activation: Any = "softmax",
) -> Any:  # fmt: skip
    """The network VGG16 (arXiv:1409.1556).

    Args:
        include_top: with the classifier at the end.
        weights: None (drawn), "imagenet" (downloaded once, under Keras's cache folder) or the path of a weights file.
        input_tensor: a symbolic tensor to start from.
        input_shape: the shape of an image, without the batch.
        pooling: without the classifier: None (all positions), "avg" or "max".
        classes: outputs of the classifier.
        classifier_activation: of the classifier; None for logits.

    Returns:
        A `keras.Model`.

    Raises:
        ValueError: arguments that do not fit each other.
    """
    arch = Architecture(
        "VGG16", include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation
    )
    return vgg("vgg16", arch)
