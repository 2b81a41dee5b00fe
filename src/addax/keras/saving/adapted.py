"""What preprocessing layers learned in `adapt`, put into their descriptions where a file keeps it nowhere else.

A lookup layer's vocabulary gives its output's size, and HDF5 files have no place for it; learned bin boundaries are no
variables. Constructors of these layers take both.
"""

from __future__ import annotations

from typing import Any

from addax.keras.layers.base import Layer

_LOOKUPS = ("StringLookup", "IntegerLookup", "TextVectorization")


def fill_in(config: Any, model: Any, every_mode: bool) -> Any:
    """A model's description with what its layers learned.

    Args:
        config: what `serialize_keras_object(model)` gives.
        model: the model.
        every_mode: for lookup layers of "int" mode too, which archives keep as assets.
    """
    learned = {layer.name: layer for layer in model._flatten_layers() if _has_learned(layer, every_mode)}
    return _filled(config, learned) if learned else config


def _has_learned(layer: Layer, every_mode: bool) -> bool:
    kind = type(layer).__name__
    if kind == "Discretization":
        return layer.input_bin_boundaries is None and bool(layer.bin_boundaries)  # type: ignore[attr-defined]
    if kind not in _LOOKUPS or not every_mode and layer.get_config()["output_mode"] == "int":
        return False
    return len(layer.get_vocabulary(include_special_tokens=False)) > 0  # type: ignore[attr-defined]


def _filled(config: Any, learned: dict[str, Any]) -> Any:
    if isinstance(config, list | tuple):
        return [_filled(part, learned) for part in config]
    if not isinstance(config, dict):
        return config
    made = {key: _filled(value, learned) for key, value in config.items()}
    inner = made.get("config")
    layer = learned.get(inner.get("name")) if isinstance(inner, dict) and isinstance(inner.get("name"), str) else None
    if layer is None or made.get("class_name") != type(layer).__name__:
        return made
    if type(layer).__name__ == "Discretization":
        inner.update(bin_boundaries=[float(each) for each in layer.bin_boundaries], num_bins=None)
    elif inner.get("vocabulary") is None:
        words = [each.decode() if isinstance(each, bytes) else each for each in layer.get_vocabulary()]
        inner["vocabulary"] = [each if isinstance(each, str) else int(each) for each in words]
        weights = getattr(getattr(layer, "_lookup_layer", layer), "idf_weights", None)
        if weights is not None:
            inner["idf_weights"] = [float(each) for each in weights[: len(words)]]
    return made
