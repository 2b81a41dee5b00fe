"""What preprocessing layers learned in `adapt`, put into their descriptions where a file keeps it nowhere else.

A lookup layer's vocabulary gives its output's size, and HDF5 files have no place for it. Learned bin boundaries follow
from the summary among a layer's weights, but Keras 2 does not compute them when it loads an archive. Constructors of
these layers take both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.keras import registry
from addax.keras.layers.base import Layer
from addax.keras.serialization import describing_shared

_LOOKUPS = ("StringLookup", "IntegerLookup", "TextVectorization")


def described(model: Any, every_mode: bool) -> Any:
    """A model's description with what its layers learned; layers that stand in several places are numbered."""
    with describing_shared() as cleaned:
        return fill_in(cleaned(registry.serialize_keras_object(model)), model, every_mode)


def fill_in(config: Any, model: Any, every_mode: bool) -> Any:
    """A model's description with what its layers learned.

    Args:
        config: what `serialize_keras_object(model)` gives.
        model: the model.
        every_mode: for lookup layers of "int" mode too, which archives keep as assets; bins only without it.
    """
    learned = {layer.name: layer for layer in model._flatten_layers() if _has_learned(layer, every_mode)}
    if not learned:
        return config
    return filled(config, lambda inner, kind: _fill_from(learned.get(inner["name"]), inner, kind))


def _has_learned(layer: Layer, every_mode: bool) -> bool:
    kind = type(layer).__name__
    if kind == "Discretization":
        return not every_mode and has_bins(layer)
    if kind not in _LOOKUPS or not every_mode and layer.get_config()["output_mode"] == "int":
        return False
    return len(layer.get_vocabulary(include_special_tokens=False)) > 0  # type: ignore[attr-defined]


def has_bins(layer: Any) -> bool:
    """Whether a layer learned bins, which archives keep in its description and not in its weights."""
    return (
        type(layer).__name__ == "Discretization" and layer.input_bin_boundaries is None and bool(layer.bin_boundaries)
    )


def filled(config: Any, fill: Callable[[dict[str, Any], Any], None]) -> Any:
    """A copy of a description; `fill(config, class name)` may add to the config of each named part, innermost first."""
    if isinstance(config, list | tuple):
        return [filled(part, fill) for part in config]
    if not isinstance(config, dict):
        return config
    made = {key: filled(value, fill) for key, value in config.items()}
    inner = made.get("config")
    if isinstance(inner, dict) and isinstance(inner.get("name"), str):
        fill(inner, made.get("class_name"))
    return made


def _fill_from(layer: Any, config: dict[str, Any], kind: Any) -> None:
    if layer is None or kind != type(layer).__name__:
        return
    if kind == "Discretization":
        config.update(bin_boundaries=[float(each) for each in layer.bin_boundaries], num_bins=None)
    elif config.get("vocabulary") is None:
        words = [each.decode() if isinstance(each, bytes) else each for each in layer.get_vocabulary()]
        config["vocabulary"] = [each if isinstance(each, str) else int(each) for each in words]
        weights = getattr(getattr(layer, "_lookup_layer", layer), "idf_weights", None)
        if weights is not None:
            config["idf_weights"] = [float(each) for each in weights.numpy()[: len(words)]]
