"""RegNet X and Y; they scale pictures themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.keras.applications.building import Architecture
from addax.keras.applications.imagenet_utils import decode_predictions as decode_predictions
from addax.keras.applications.imagenet_utils import same as preprocess_input
from addax.keras.applications.model_names import takes_name
from addax.keras.applications.regnet_blocks import regnet


def _make(who: str, name: str) -> Callable[..., Any]:
    def build(
        model_name: str = name, include_top: bool = True, include_preprocessing: bool = True,
        weights: str | None = "imagenet", input_tensor: Any = None, input_shape: Any = None,
        pooling: str | None = None, classes: int = 1000, classifier_activation: Any = "softmax",
    ) -> Any:  # fmt: skip
        arch = Architecture(
            who, include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation
        )
        return regnet(model_name, name[-4:], arch, include_preprocessing)

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


RegNetX002 = _make("RegNetX002", "regnetx002")
RegNetX004 = _make("RegNetX004", "regnetx004")
RegNetX006 = _make("RegNetX006", "regnetx006")
RegNetX008 = _make("RegNetX008", "regnetx008")
RegNetX016 = _make("RegNetX016", "regnetx016")
RegNetX032 = _make("RegNetX032", "regnetx032")
RegNetX040 = _make("RegNetX040", "regnetx040")
RegNetX064 = _make("RegNetX064", "regnetx064")
RegNetX080 = _make("RegNetX080", "regnetx080")
RegNetX120 = _make("RegNetX120", "regnetx120")
RegNetX160 = _make("RegNetX160", "regnetx160")
RegNetX320 = _make("RegNetX320", "regnetx320")
RegNetY002 = _make("RegNetY002", "regnety002")
RegNetY004 = _make("RegNetY004", "regnety004")
RegNetY006 = _make("RegNetY006", "regnety006")
RegNetY008 = _make("RegNetY008", "regnety008")
RegNetY016 = _make("RegNetY016", "regnety016")
RegNetY032 = _make("RegNetY032", "regnety032")
RegNetY040 = _make("RegNetY040", "regnety040")
RegNetY064 = _make("RegNetY064", "regnety064")
RegNetY080 = _make("RegNetY080", "regnety080")
RegNetY120 = _make("RegNetY120", "regnety120")
RegNetY160 = _make("RegNetY160", "regnety160")
RegNetY320 = _make("RegNetY320", "regnety320")
