"""ResNet of 50, 101 and 152 layers, and what its pictures need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.keras.applications import imagenet_utils
from addax.keras.applications.building import Architecture
from addax.keras.applications.imagenet_utils import decode_predictions as decode_predictions
from addax.keras.applications.model_names import takes_name
from addax.keras.applications.residual_blocks import resnet


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Pictures (values 0 to 255) as these models take them; see `imagenet_utils.preprocess_input`, mode "caffe".

    >>> import numpy as np
    >>> from addax.keras.applications import resnet
    >>> resnet.preprocess_input(np.zeros((1, 1, 1, 3))).ravel().round(3)
    array([-103.939, -116.779, -123.68 ])
    """
    return imagenet_utils.preprocess_input(x, data_format, mode="caffe")


def _activation(who: str, options: dict[str, Any]) -> Any:
    unknown = set(options) - {"classifier_activation"}
    if unknown:
        raise ValueError(f"keras.applications.{who}: unknown argument(s): {sorted(unknown)}.")
    return options.get("classifier_activation", "softmax")


def _make(who: str, counts: tuple[int, ...]) -> Callable[..., Any]:
    def build(
        include_top: bool = True, weights: str | None = "imagenet", input_tensor: Any = None, input_shape: Any = None,
        pooling: str | None = None, classes: int = 1000,
        **kwargs: Any,
    ) -> Any:  # fmt: skip
        activation = _activation(who, kwargs)
        arch = Architecture(who, include_top, weights, input_tensor, input_shape, pooling, classes, activation)
        return resnet(who.lower(), counts, arch)

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


ResNet50 = _make("ResNet50", (3, 4, 6, 3))
ResNet101 = _make("ResNet101", (3, 4, 23, 3))
ResNet152 = _make("ResNet152", (3, 8, 36, 3))
