"""InceptionResNetV2 and what its pictures need."""

from __future__ import annotations

from typing import Any

from addax.keras.applications import imagenet_utils
from addax.keras.applications.building import Architecture
from addax.keras.applications.imagenet_utils import decode_predictions as decode_predictions
from addax.keras.applications.inception_blocks import inception_resnet_v2 as _build
from addax.keras.applications.model_names import takes_name


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Pictures (values 0 to 255) as these models take them; see `imagenet_utils.preprocess_input`, mode "tf".

    >>> import numpy as np
    >>> from addax.keras.applications import inception_resnet_v2
    >>> inception_resnet_v2.preprocess_input(np.array([[[[0.0, 127.5, 255.0]]]])).ravel().tolist()
    [-1.0, 0.0, 1.0]
    """
    return imagenet_utils.preprocess_input(x, data_format, mode="tf")


@takes_name
def InceptionResNetV2(
    include_top: bool = True, weights: str | None = "imagenet", input_tensor: Any = None, input_shape: Any = None,
    pooling: str | None = None, classes: int = 1000, classifier_activation: Any = "softmax",
    **kwargs: Any,
) -> Any:  # fmt: skip
    """The network InceptionResNetV2 (arXiv:1602.07261); images of 299 by 299 pixels, at least 75.

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
    if kwargs:
        raise ValueError(f"keras.applications.InceptionResNetV2: unknown argument(s): {sorted(kwargs)}.")
    arch = Architecture(
        "InceptionResNetV2",
        include_top,
        weights,
        input_tensor,
        input_shape,
        pooling,
        classes,
        classifier_activation,
        size=299,
        least=75,
    )
    return _build("inception_resnet_v2", arch)
