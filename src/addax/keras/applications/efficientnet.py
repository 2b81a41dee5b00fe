"""EfficientNet B0 to B7; they scale pictures themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.keras.applications.building import Architecture
from addax.keras.applications.efficientnet_blocks import SCALES, efficientnet
from addax.keras.applications.imagenet_utils import decode_predictions as decode_predictions
from addax.keras.applications.imagenet_utils import same as preprocess_input
from addax.keras.applications.model_names import takes_name


def _make(who: str) -> Callable[..., Any]:
    def build(
        include_top: bool = True, weights: str | None = "imagenet", input_tensor: Any = None, input_shape: Any = None,
        pooling: str | None = None, classes: int = 1000, classifier_activation: Any = "softmax",
        **kwargs: Any,
    ) -> Any:  # fmt: skip
        if kwargs:
            raise TypeError(f"keras.applications.{who}: unknown argument(s): {sorted(kwargs)}.")
        arch = Architecture(
            who,
            include_top,
            weights,
            input_tensor,
            input_shape,
            pooling,
            classes,
            classifier_activation,
            size=SCALES[who[-2:].lower()][2],
        )
        return efficientnet(who.lower(), arch)

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
        TypeError: unknown arguments.
    """
    return takes_name(build)


EfficientNetB0 = _make("EfficientNetB0")
EfficientNetB1 = _make("EfficientNetB1")
EfficientNetB2 = _make("EfficientNetB2")
EfficientNetB3 = _make("EfficientNetB3")
EfficientNetB4 = _make("EfficientNetB4")
EfficientNetB5 = _make("EfficientNetB5")
EfficientNetB6 = _make("EfficientNetB6")
EfficientNetB7 = _make("EfficientNetB7")
