"""What lookup layers learned, from SavedModels of TensorFlow, which keep it in tables and variables only."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from addax.checkpoint.saved_model.graph_tables import Table
from addax.checkpoint.saved_model.load import load
from addax.core.variable import Variable
from addax.formats import saved_model as files
from addax.formats.json_text import read_json
from addax.keras.saving.adapted import filled

METADATA = "keras_metadata.pb"
_LOOKUPS = ("StringLookup", "IntegerLookup", "TextVectorization")
_MAX_BYTES = 64 * 2**20


def fill_in(config: Any, folder: str) -> Any:
    """A model's config with the vocabularies that its layers learned.

    Args:
        config: of the model, from `keras_metadata.pb`.
        folder: the SavedModel.
    """
    wanted = _without_contents(folder)
    if not wanted:
        return config
    root = load(folder)
    learned = {}
    for path, described in wanted.items():
        found = _learned(_at(root, path), described)
        if found:
            learned[described["config"]["name"], described["class_name"]] = found
    return filled(config, lambda inner, kind: inner.update(learned.get((inner["name"], str(kind)), {})))


def _without_contents(folder: str) -> dict[str, dict[str, Any]]:
    """The descriptions of layers that learned something that their config does not say, by their paths."""
    path = os.path.join(folder, METADATA)
    found = {}
    for node in files.read_message(path, "SavedMetadata", _MAX_BYTES).get("nodes", []):
        text = node.get("metadata", "")
        if not any(f'"{name}"' in text for name in _LOOKUPS):
            continue
        described = read_json(
            text.encode(), file=path, member=node.get("node_path"), max_bytes=_MAX_BYTES, allow_nan=True
        )
        config = described.get("config") if isinstance(described, dict) else None
        if not isinstance(config, dict) or not isinstance(config.get("name"), str):
            continue
        kind = described.get("class_name")
        if kind in _LOOKUPS and config.get("vocabulary") is None:
            found[node.get("node_path", "")] = described
    return found


def _at(root: Any, path: str) -> Any:
    item = root
    for name in path.split(".")[1:]:
        if isinstance(item, list):
            item = item[int(name)] if name.isdigit() and int(name) < len(item) else None
        elif isinstance(item, Mapping):
            item = item.get(name)
        else:
            item = getattr(item, "_parts", {}).get(name)
    return item


def _learned(item: Any, described: Mapping[str, Any]) -> dict[str, Any]:
    parts, config = getattr(item, "_parts", {}), described["config"]
    if "_lookup_layer" in parts:
        parts = parts["_lookup_layer"]._parts
    table = parts.get("lookup_table")
    if not isinstance(table, Table) or not len(table.keys):
        return {}
    words = _ordered(table)
    weights = parts.get("idf_weights")
    if config.get("output_mode") == "tf_idf" and isinstance(weights, Variable):
        numbers = weights.numpy().tolist()
        words = [config.get("oov_token", "[UNK]")] * config.get("num_oov_indices", 1) + words
        return {"vocabulary": words, "idf_weights": numbers[: len(words)]}  # behind them there may be padding
    return {"vocabulary": words}


def _ordered(table: Table) -> list[Any]:
    """The words of a table in the order of their numbers."""
    words, numbers = table.keys, table.values
    if numbers.dtype == object or numbers.dtype.kind not in "iu":  # inverted: from numbers to words
        words, numbers = numbers, words
    order = np.argsort(numbers.astype(np.int64), kind="stable")
    return [word.decode() if isinstance(word, bytes) else int(word) for word in words[order].tolist()]
