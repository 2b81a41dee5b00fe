"""Lambda: any function of tensors as a layer."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from addax.core import autograph
from addax.core.shapes import TensorShape
from addax.keras import registry, serialization
from addax.keras.layers.arguments import register
from addax.keras.layers.base import Layer
from addax.ops import table


class Lambda(Layer):
    """A function as a layer.

    Args:
        function: of the inputs, and optionally of `mask` and `training`.
        output_shape: accepted for Keras's signature; a function of the input shape, or a shape without the batch. It
            answers `compute_output_shape`.
        mask: a mask, or a function of (inputs, mask) that makes one.
        arguments: keyword arguments for the function.
        **kwargs: as for every `Layer`.

    A function that uses variables should be a Layer of its own: variables in closures are not the layer's weights.

    >>> import addax as tf
    >>> tf.keras.layers.Lambda(lambda x: x**2)(tf.constant([2.0, 3.0])).numpy().tolist()
    [4.0, 9.0]
    """

    def __init__(
        self, function: Callable[..., Any], output_shape: Any = None, mask: Any = None,
        arguments: dict[str, Any] | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        if not callable(function):
            raise TypeError(f"Lambda: expected a function, received {function!r:.100}.")
        super().__init__(**kwargs)
        self.arguments = dict(arguments or {})
        self.function = function
        self.mask = mask if callable(mask) or mask is None else mask
        self.supports_masking = True
        self._output_shape = output_shape
        try:
            names = inspect.signature(function).parameters
        except (TypeError, ValueError):  # builtins do not tell
            names = {}
        self._takes = {name: name in names for name in ("mask", "training")}

    @property
    def _hands_masks_on(self) -> bool:
        return self._takes["mask"]

    def call(self, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        """What the function returns."""
        options = dict(self.arguments)
        if self._takes["mask"]:
            options["mask"] = mask
        if self._takes["training"]:
            options["training"] = training
        return autograph.converted_method(self.function)(inputs, **options)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The given mask, or what the given function makes of (inputs, mask)."""
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def compute_output_shape(self, input_shape: Any) -> Any:
        """As given by `output_shape`, otherwise inferred."""
        if self._output_shape is None:
            return super().compute_output_shape(input_shape)
        if callable(self._output_shape):
            return self._output_shape(input_shape)
        batch = TensorShape(input_shape[0] if isinstance(input_shape, list) else input_shape).as_list()[0]
        return TensorShape([batch, *self._output_shape])

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs; functions are described where the layer is saved."""
        config = {
            **super().get_config(),
            "function": op_name(self.function) or self.function,
            "function_type": _kind(self.function),
            "module": getattr(self.function, "__module__", None),
            "output_shape": self._output_shape,
            "output_shape_type": "raw" if not callable(self._output_shape) else _kind(self._output_shape),
            "output_shape_module": getattr(self._output_shape, "__module__", None),
            "arguments": dict(self.arguments),
        }
        if self.mask is not None:
            config.update(
                mask=self.mask, mask_type=_kind(self.mask), mask_module=getattr(self.mask, "__module__", None)
            )
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """Make a layer from what `get_config` returned.

        Raises:
            ValueError: the function is code from a file, in safe mode.
            TypeError: the function's name is not known.
        """
        config = dict(config)
        made: dict[str, Any] = {}
        for key in ("function", "output_shape", "mask"):
            value, kind = config.pop(key, None), config.pop(f"{key}_type", "raw")
            config.pop(f"{key}_module", None)
            if value is not None:
                made[key] = _function(value, kind, custom_objects)
        config.pop("module", None)
        return cls(**{**config, **made})


def op_name(function: Any) -> str | None:
    """The name of one of TensorFlow's ops, `math.square`; None for other functions."""
    return next((name for name, op in table.public_ops().items() if op is function), None)


def _kind(function: Any) -> str:
    if not callable(function):
        return "raw"
    return "lambda" if getattr(function, "__name__", "") == "<lambda>" else "function"


def _function(value: Any, kind: str, custom_objects: dict[str, Any] | None) -> Any:
    """A function from a config: itself, a description of it, a name, or (Keras 2's files) code."""
    if callable(value):
        return value
    if isinstance(value, dict) and "class_name" in value:
        return serialization.deserialize(value, custom_objects, registry.in_safe_mode())
    if isinstance(value, str):
        found = registry.find("op", value, custom_objects) or registry.builtin("activation", value)
        found = found or table.pure_ops().get(value)
        if found is None:
            raise TypeError(
                f"Lambda: unknown function {value!r}.\n  To do: decorate it with "
                "@keras.saving.register_keras_serializable(), or name it in `custom_objects`."
            )
        return found
    if kind in ("lambda", "function") and isinstance(value, list | tuple) and value and isinstance(value[0], str):
        described = {"class_name": "__lambda__", "config": {"value": list(value)}}
        return serialization.deserialize(described, custom_objects, registry.in_safe_mode())
    return tuple(value) if isinstance(value, list) else value


register(Lambda)
