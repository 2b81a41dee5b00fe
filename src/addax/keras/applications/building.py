"""What all architectures share: their input, their head, their weights."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from addax.core import errors
from addax.core.tensor import Tensor
from addax.keras import layers
from addax.keras.applications import weights as weight_files
from addax.keras.config import image_data_format
from addax.keras.graph import KerasTensor
from addax.keras.models import Model
from addax.keras.source_inputs import get_source_inputs


class Architecture:
    """The arguments that all architectures take, checked, and the layers at both ends of them.

    Args:
        who: the function, for messages.
        include_top: whether the classifier is part of the model.
        weights: None (drawn), "imagenet" (downloaded once), or a path of a weights file.
        input_tensor: a symbolic tensor to start from.
        input_shape: (height, width, channels) of an image, in the order of `image_data_format`.
        pooling: without the classifier: None, "avg" or "max".
        classes: outputs of the classifier.
        activation: of the classifier.
        size: the size of images (pixels) of the published weights.
        least: the smallest size of images.
        flat: whether the classifier needs images of a known size.

    Raises:
        ValueError: arguments that do not fit each other.
    """

    def __init__(
        self, who: str, include_top: bool, weights: Any, input_tensor: Any, input_shape: Any, pooling: str | None,
        classes: int, activation: Any, *, size: int = 224, least: int = 32, flat: bool | None = None,
    ) -> None:  # fmt: skip
        self.who, self.include_top, self.weights, self.pooling = who, include_top, weights, pooling
        self.classes, self.activation = classes, activation
        self.variant = ""  # what names the published weights beside the model's name
        self._check_weights()
        needs_size = include_top if flat is None else flat
        shape = self._shape(input_shape, size, least, needs_size)
        self.axis = 3 if image_data_format() == "channels_last" else 1
        # What MobileNets are named after: the height of images, and with published weights the size they are of.
        self.named_size = size if weights == "imagenet" else shape[0 if self.axis == 3 else 1]
        self._check_tensor(input_tensor, input_shape)
        if input_tensor is None:
            self.inputs = layers.Input(shape=shape)
        elif isinstance(input_tensor, KerasTensor):
            self.inputs = input_tensor
        else:
            self.inputs = layers.Input(tensor=input_tensor, shape=shape)
        self._given = input_tensor

    def _check_weights(self) -> None:
        weights = self.weights
        if weights is not None and weights != "imagenet" and not os.path.exists(weights):
            raise ValueError(
                errors.message(
                    f"keras.applications.{self.who}, weights",
                    expected='None, "imagenet", or the path of a weights file',
                    received=repr(weights), hint="check the path",
                )
            )  # fmt: skip
        if weights == "imagenet" and self.include_top and self.classes != 1000:
            raise ValueError(
                f'keras.applications.{self.who}: with weights="imagenet" and include_top=True, `classes` should be '
                f"1000, received {self.classes}.\n  To do: take include_top=False and add a classifier of your own."
            )
        known = self.activation in (None, "softmax") or getattr(self.activation, "__name__", "") == "softmax"
        if weights is not None and self.include_top and not known:
            raise ValueError(
                f"keras.applications.{self.who}: with given weights, classifier_activation can only be None or "
                f"'softmax', received {self.activation!r}."
            )

    def _check_tensor(self, tensor: Any, shape: Any) -> None:
        who = f"keras.applications.{self.who}, input_tensor"
        if tensor is not None and not isinstance(tensor, KerasTensor | Tensor):
            raise ValueError(
                errors.message(who, expected="a symbolic tensor", received=tensor, hint="call keras.Input(shape)")
            )
        # Only these look whether both say the same, and at one size, as Keras has it.
        if tensor is not None and shape is not None and self.who.startswith(("MobileNetV2", "MobileNetV3")):
            axis = 2 if self.axis == 3 else 1
            if tensor.shape[axis] != shape[1]:
                raise ValueError(
                    errors.message(
                        who, expected=f"axis {axis} of size {shape[1]}, as in input_shape={shape}",
                        received=f"a tensor of shape {tuple(tensor.shape)}", hint="leave input_shape out",
                    )
                )  # fmt: skip

    def _shape(self, given: Any, size: int, least: int, needs_size: bool) -> tuple[Any, ...]:
        first = image_data_format() == "channels_first"
        channels = given[0 if first else -1] if given is not None and len(given) == 3 else 3
        default = (channels, size, size) if first else (size, size, channels)
        if given is None:
            return default if needs_size else ((3, None, None) if first else (None, None, 3))
        who = f"keras.applications.{self.who}, input_shape"
        if len(given) != 3:
            raise ValueError(
                errors.message(who, expected="a tuple of three: height, width, channels", received=repr(given))
            )
        if self.weights == "imagenet" and channels != 3:
            raise ValueError(errors.message(who, expected="3 channels for the published weights", received=repr(given)))
        if self.weights == "imagenet" and needs_size and tuple(given) != default:
            raise ValueError(
                errors.message(who, expected=f"{default}, with include_top=True and published weights",
                               received=repr(given), hint="take include_top=False for images of another size")
            )  # fmt: skip
        if self.weights != "imagenet" and channels not in (1, 3):
            text = f"{who}: this model usually expects 1 or 3 input channels; it was given {channels}."
            errors.warn_once((who, channels), text, UserWarning, stacklevel=4)
        sizes = [n for n in (given[1:] if first else given[:2]) if n is not None]
        if any(n < least for n in sizes):
            raise ValueError(
                errors.message(who, expected=f"an input size of at least {least}x{least}", received=repr(given))
            )
        if needs_size and None in given:
            raise ValueError(
                errors.message(who, expected="a known size, as include_top=True needs it", received=repr(given))
            )
        return tuple(given)

    def pooled(self, x: Any, names: Sequence[str | None] = ("avg_pool", "max_pool")) -> Any:
        """What `pooling` asks for, for models without a classifier."""
        if self.pooling == "avg":
            return layers.GlobalAveragePooling2D(name=names[0])(x)
        return layers.GlobalMaxPooling2D(name=names[1])(x) if self.pooling == "max" else x

    def head(self, x: Any, pool: str | None = "avg_pool", dropout: float = 0.0) -> Any:
        """The usual end: an average of the image and a classifier, or the pooling that was asked for."""
        if not self.include_top:
            return self.pooled(x, ("avg_pool", "max_pool") if pool else (None, None))
        x = layers.GlobalAveragePooling2D(name=pool)(x)
        if dropout > 0:
            x = layers.Dropout(dropout, name="top_dropout")(x)
        return layers.Dense(self.classes, activation=self.activation, name="predictions")(x)

    def model(self, x: Any, name: str) -> Any:
        """The model, with its weights loaded."""
        sources: Any = self.inputs if self._given is None else get_source_inputs(self.inputs)
        if isinstance(sources, list) and len(sources) == 1:
            sources = sources[0]
        model = Model(sources, x, name=name)
        if self.weights == "imagenet":
            model.load_weights(weight_files.published(name + self.variant, self.include_top))
        elif self.weights is not None:
            model.load_weights(self.weights)
        return model


def same_pads(tensor: Any, kernel: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Padding before a convolution with stride 2, as the published models have it: less at the start of even sizes."""
    first = image_data_format() == "channels_first"
    sizes = tensor.shape[2:4] if first else tensor.shape[1:3]
    half = kernel // 2
    less = [0 if size is None else 1 - size % 2 for size in sizes]
    adjust = (1, 1) if sizes[0] is None else less
    return (half - adjust[0], half), (half - adjust[1], half)
