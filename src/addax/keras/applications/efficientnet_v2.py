"""EfficientNetV2 B0 to B3, S, M and L; they scale pictures themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.keras.applications.building import Architecture
from addax.keras.applications.efficientnet_blocks import V2_SCALES, efficientnet_v2
from addax.keras.applications.imagenet_utils import decode_predictions as decode_predictions
from addax.keras.applications.imagenet_utils import same as preprocess_input
from addax.keras.applications.model_names import takes_name


def _make(who: str) -> Callable[..., Any]:
    def build(
        include_top: bool = True, weights: str | None = "imagenet", input_tensor: Any = None, input_shape: Any = None,
        pooling: str | None = None, classes: int = 1000, classifier_activation: Any = "softmax",
        include_preprocessing: bool = True,
    ) -> Any:  # fmt: skip
        variant = who.removeprefix("EfficientNetV2").lower()
        arch = Architecture(
            who,
            include_top,
            weights,
            input_tensor,
            input_shape,
            pooling,
            classes,
            classifier_activation,
            size=V2_SCALES[variant][4],
        )
        return efficientnet_v2(f"efficientnetv2-{variant}", arch, include_preprocessing)

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
        include_preprocessing: begin with the scaling that pictures (values 0 to 255) need.

    Raises:
        ValueError: arguments that do not fit each other.
    """
    return takes_name(build)


EfficientNetV2B0 = _make("EfficientNetV2B0")
EfficientNetV2B1 = _make("EfficientNetV2B1")
EfficientNetV2B2 = _make("EfficientNetV2B2")
EfficientNetV2B3 = _make("EfficientNetV2B3")
EfficientNetV2S = _make("EfficientNetV2S")
EfficientNetV2M = _make("EfficientNetV2M")
EfficientNetV2L = _make("EfficientNetV2L")
