"""ResNet-RS of 50 to 420 layers; they scale pictures themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.keras.applications.building import Architecture
from addax.keras.applications.imagenet_utils import decode_predictions as decode_predictions
from addax.keras.applications.imagenet_utils import same as preprocess_input
from addax.keras.applications.model_names import takes_name
from addax.keras.applications.resnet_rs_blocks import resnet_rs


def _make(who: str, depth: int) -> Callable[..., Any]:
    def build(
        include_top: bool = True, weights: str | None = "imagenet", classes: int = 1000, input_shape: Any = None,
        input_tensor: Any = None, pooling: str | None = None, classifier_activation: Any = "softmax",
        include_preprocessing: bool = True,
    ) -> Any:  # fmt: skip
        arch = Architecture(
            who, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation
        )
        return resnet_rs(f"resnet-rs-{depth}", depth, arch, include_preprocessing)

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


ResNetRS50 = _make("ResNetRS50", 50)
ResNetRS101 = _make("ResNetRS101", 101)
ResNetRS152 = _make("ResNetRS152", 152)
ResNetRS200 = _make("ResNetRS200", 200)
ResNetRS270 = _make("ResNetRS270", 270)
ResNetRS350 = _make("ResNetRS350", 350)
ResNetRS420 = _make("ResNetRS420", 420)
