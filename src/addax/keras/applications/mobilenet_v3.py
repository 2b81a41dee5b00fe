"""MobileNetV3, small and large; they scale pictures themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.keras.applications.building import Architecture
from addax.keras.applications.imagenet_utils import decode_predictions as decode_predictions
from addax.keras.applications.imagenet_utils import same as preprocess_input
from addax.keras.applications.mobilenet_v3_blocks import LARGE, SMALL, mobilenet_v3
from addax.keras.applications.model_names import takes_name

__all__ = ["decode_predictions", "preprocess_input"]


def _make(who: str, specs: list[Any], last: int) -> Callable[..., Any]:
    def build(
        input_shape: Any = None, alpha: float = 1.0, minimalistic: bool = False, include_top: bool = True,
        weights: str | None = "imagenet", input_tensor: Any = None, classes: int = 1000, pooling: str | None = None,
        dropout_rate: float = 0.2, classifier_activation: Any = "softmax", include_preprocessing: bool = True,
    ) -> Any:  # fmt: skip
        if weights == "imagenet" and (alpha not in (0.75, 1.0) or minimalistic and alpha != 1.0):
            raise ValueError(
                f"keras.applications.{who}: there are published weights for alpha 0.75 and 1.0 (minimalistic: 1.0), "
                f"received {alpha}.\n  To do: take one of them, or weights=None."
            )
        arch = Architecture(
            who, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation, flat=False
        )
        name = f"MobilenetV3{who.removeprefix('MobileNetV3').lower()}"
        arch.variant = f"_{alpha}" + ("_minimalistic" if minimalistic else "")
        return mobilenet_v3(name, arch, specs, last, alpha, minimalistic, dropout_rate, include_preprocessing)

    build.__name__ = build.__qualname__ = who
    build.__doc__ = f"""{who}, a `keras.Model`.

    Args:
        input_shape: the shape of an image, without the batch.
        alpha: the width, as a part of the usual one.
        minimalistic: without squeeze-and-excite, hard swish and 5x5 convolutions.
        include_top: with the classifier at the end.
        weights: None (drawn), "imagenet" (downloaded once, under Keras's cache folder) or the path of a weights file.
        input_tensor: a symbolic tensor to start from.
        classes: outputs of the classifier.
        pooling: without the classifier: None (all positions), "avg" or "max".
        dropout_rate: before the classifier, 0 to 1.
        classifier_activation: of the classifier; None for logits.
        include_preprocessing: begin with the scaling that pictures (values 0 to 255) need.

    Raises:
        ValueError: arguments that do not fit each other.
    """
    return takes_name(build)


MobileNetV3Small = _make("MobileNetV3Small", SMALL, 1024)
MobileNetV3Large = _make("MobileNetV3Large", LARGE, 1280)
