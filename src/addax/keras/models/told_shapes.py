"""Layers of an edited config: built for the shapes their descriptions name, made anew where they are called for others.

Descriptions say in "build_config" what a layer was built for. Who edits a config (more filters in the layer before)
leaves that as it was: the first call then asks for other variables than the layer has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from addax.core import errors
from addax.core.shapes import TensorShape
from addax.keras import registry
from addax.keras.layers.base import Layer
from addax.keras.layers.build_shapes import build_shape


def made_for(layer: Layer, description: Mapping[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Layer:
    """Call a layer for the first time; one that was built for other shapes is made anew, and that one called.

    Args:
        layer: what was made from the description.
        description: {"class_name", "config", "build_config"?, ...}.
        args: of the call, with symbolic tensors.
        kwargs: of the call.

    Returns:
        The layer that was called.

    >>> import addax as tf
    >>> from addax.keras.models.told_shapes import made_for
    >>> description = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 2}}
    >>> description["build_config"] = {"input_shape": (None, 3)}
    >>> layer = tf.keras.layers.deserialize(description)
    >>> layer.kernel.shape, made_for(layer, description, (tf.keras.Input((5,)),), {}).kernel.shape
    (TensorShape([3, 2]), TensorShape([5, 2]))
    """
    told = description.get("build_config")
    if isinstance(told, Mapping) and not _fit(told.get("input_shape"), build_shape(args, kwargs)):
        layer = anew(description)
    try:
        layer(*args, **kwargs)
    except (errors.OpError, ValueError, TypeError):
        if not layer.built or not _is_told(description):  # parts of the layer may be built for other shapes
            raise
        layer = anew(description)
        layer(*args, **kwargs)
    return layer


def anew(description: Mapping[str, Any]) -> Layer:
    """The layer of a description, with nothing in it built."""
    plain = {key: value for key, value in _untold(description).items() if key != "shared_object_id"}
    return registry.deserialize_keras_object(plain, kinds=("layer", "model"))


def _untold(part: Any) -> Any:
    """A description without the shapes that layers in it were built for."""
    if isinstance(part, Mapping):
        drop = _says_shape(part)
        return {key: _untold(value) for key, value in part.items() if not (drop and key == "build_config")}
    return [_untold(each) for each in part] if isinstance(part, list | tuple) else part


def _is_told(part: Any) -> bool:
    if isinstance(part, Mapping):
        return _says_shape(part) or any(_is_told(value) for value in part.values())
    return isinstance(part, list | tuple) and any(_is_told(each) for each in part)


def _says_shape(part: Mapping[str, Any]) -> bool:
    """Whether this describes a layer by what it was called on; those that keep other things there are left alone."""
    told = part.get("build_config")
    return "class_name" in part and isinstance(told, Mapping) and set(told) == {"input_shape"}


def _fit(told: Any, called: Any) -> bool:
    """Whether shapes agree where both are known; structures that cannot be compared are left to the call."""
    if isinstance(called, TensorShape):
        if called.rank is None or not isinstance(told, list | tuple):
            return True
        sizes = called.as_list()
        same = (None in pair or pair[0] == pair[1] for pair in zip(told, sizes, strict=False))
        return len(told) == len(sizes) and all(same)
    if isinstance(called, Mapping):
        given = told if isinstance(told, Mapping) else {}
        return all(_fit(given[key], part) for key, part in called.items() if key in given)
    if isinstance(called, list | tuple) and isinstance(told, list | tuple) and len(told) == len(called):
        return all(map(_fit, told, called))
    return True
