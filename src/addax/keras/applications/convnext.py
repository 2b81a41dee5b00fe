"""ConvNeXt of five sizes; they scale pictures themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.keras.applications.building import Architecture
from addax.keras.applications.convnext_blocks import convnext
from addax.keras.applications.imagenet_utils import decode_predictions as decode_predictions
from addax.keras.applications.imagenet_utils import same as preprocess_input
from addax.keras.applications.model_names import takes_name


def _make(who: str, name: str) -> Callable[..., Any]:
    def build(
        model_name: str = name, include_top: bool = True, include_preprocessing: bool = True,
        weights: str | None = "imagenet", input_tensor: Any = None, input_shape: Any = None,
        pooling: str | None = None, classes: int = 1000, classifier_activation: Any = "softmax",
    ) -> Any:  # fmt: skip
        arch = Architecture(
            who, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation
        )
        return convnext(model_name, name.removeprefix("convnext_"), arch, include_preprocessing)

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
        model_name: the name of the model, and what the names of its layers begin with.
        include_preprocessing: begin with the scaling that pictures (values 0 to 255) need.

    Raises:
        ValueError: arguments that do not fit each other.
    """
    return takes_name(build)


ConvNeXtTiny = _make("ConvNeXtTiny", "convnext_tiny")
ConvNeXtSmall = _make("ConvNeXtSmall", "convnext_small")
ConvNeXtBase = _make("ConvNeXtBase", "convnext_base")
ConvNeXtLarge = _make("ConvNeXtLarge", "convnext_large")
ConvNeXtXLarge = _make("ConvNeXtXLarge", "convnext_xlarge")
