"""DenseNet of 121, 169 and 201 layers, and what its pictures need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.keras.applications import imagenet_utils
from addax.keras.applications.building import Architecture
from addax.keras.applications.densenet_blocks import densenet
from addax.keras.applications.imagenet_utils import decode_predictions as decode_predictions
from addax.keras.applications.model_names import takes_name


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Pictures (values 0 to 255) as these models take them; see `imagenet_utils.preprocess_input`, mode "torch".

    >>> import numpy as np
    >>> from addax.keras.applications import densenet
    >>> densenet.preprocess_input(np.full((1, 1, 1, 3), 255.0)).ravel().round(3)
    array([2.249, 2.429, 2.64 ])
    """
    return imagenet_utils.preprocess_input(x, data_format, mode="torch")


def _make(who: str, blocks: tuple[int, ...]) -> Callable[..., Any]:
    def build(
        include_top: bool = True, weights: str | None = "imagenet", input_tensor: Any = None, input_shape: Any = None,
        pooling: str | None = None, classes: int = 1000, classifier_activation: Any = "softmax",
    ) -> Any:  # fmt: skip
        arch = Architecture(
            who, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation
        )
        return densenet(who.lower(), blocks, arch)

    build.__name__ = build.__qualname__ = who
    build.__doc__ = f"""{who}, a `keras.Model`.

    Args:
        include_top: with the classifier at the end.
        weights: None (drawn), "imagenet" (downloaded once, under Keras's cache folder) or the path of a weights file.
        input_tensor: a symbolic tensor to start from.
        input_shape: the shape of an image, without the batch.
        pooling: without the classifier: None (all positions), "avg" or "max".
        classes: outputs of the classifier.
        classifier_activation: of the classifier; None for logits.

    Raises:
        ValueError: arguments that do not fit each other.
    """
    return takes_name(build)


DenseNet121 = _make("DenseNet121", (6, 12, 24, 16))
DenseNet169 = _make("DenseNet169", (6, 12, 32, 32))
DenseNet201 = _make("DenseNet201", (6, 12, 48, 32))
