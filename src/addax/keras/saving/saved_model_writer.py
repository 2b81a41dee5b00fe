"""Keras models as SavedModel folders: their calls compiled, their variables, and Keras' own description of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from addax.checkpoint.saved_model.save import write
from addax.core import trees
from addax.core.shapes import TensorShape
from addax.core.spec import TensorSpec
from addax.formats import saved_model as files
from addax.keras import registry
from addax.keras.layers.base import Layer
from addax.keras.layers.preprocessing.index_lookup import IndexLookup
from addax.keras.layers.served import call_specs, identifier
from addax.keras.metrics import Metric
from addax.keras.saving import adapted, legacy_h5, translate

METADATA = "keras_metadata.pb"


def save(
    model: Any, path: str, include_optimizer: bool = True, signatures: Any = None, options: Any = None,
    save_traces: bool = True,
) -> None:  # fmt: skip
    """Write a model as a folder that `load_model` and `tf.saved_model.load` read, here and in TensorFlow.

    Args:
        model: the model.
        path: the folder.
        include_optimizer: write compile settings and the optimizer's state.
        signatures: as for `tf.saved_model.save`.
        options: a `tf.saved_model.SaveOptions`.
        save_traces: write the model's calls; without them it can only be loaded with its Python class.
    """
    write(
        model, path, signatures, options,
        {METADATA: lambda nodes: _metadata(nodes, include_optimizer)},
        serve=save_traces, without=() if include_optimizer else ("optimizer",), quiet=True,
    )  # fmt: skip


def _metadata(nodes: Sequence[Any], include_optimizer: bool) -> bytes:
    paths = _paths(nodes)
    made = []
    for number, node in enumerate(nodes):
        if not isinstance(node.item, Layer) or isinstance(node.item, Metric):
            continue
        if node.item.built or not number or isinstance(node.item, IndexLookup):  # these are never built by themselves
            text = json.dumps(_described(node.item, number == 0, include_optimizer), default=_encoded)
            made.append({
                **({"node_id": number} if number else {}),
                "node_path": paths[number],
                "identifier": identifier(node.item),
                "metadata": text,
                "version": {"producer": 2, "min_consumer": 1},
            })  # fmt: skip
    return files.CODEC.encode("SavedMetadata", {"nodes": made})


def _paths(nodes: Sequence[Any]) -> dict[int, str]:
    found = {0: "root"}
    for number, node in enumerate(nodes):  # nearest first, so parents come before children
        for name, child in node.children.items():
            found.setdefault(child, f"{found.get(number, 'root')}.{name}")
    return found


def _described(layer: Any, is_root: bool, include_optimizer: bool) -> dict[str, Any]:
    model = hasattr(layer, "layers") and hasattr(layer, "fit")
    config = _config(layer, model)
    made: dict[str, Any] = {
        "name": layer.name,
        "trainable": bool(layer.trainable),
        "expects_training_arg": bool(layer._layer_call.takes_training),
        "dtype": layer.dtype,
        "batch_input_shape": None,
        "stateful": bool(getattr(layer, "stateful", False)),
        "must_restore_from_config": False,
        "preserve_input_structure_in_config": False,
        "autocast": bool(getattr(layer, "_autocast", True)),
        "class_name": config["class_name"],
        "config": _tupled(config["config"]),
    }
    shape = layer.__dict__.get("_build_input_shape")
    if shape is not None:
        made["build_input_shape"] = _shape(shape)
    if not model:
        return made
    made["is_graph_network"] = layer.__dict__.get("_graph") is not None
    specs = call_specs(layer)
    if specs is not None and all(isinstance(leaf, TensorSpec) for leaf in trees.flatten(specs)):
        made["save_spec"] = _spec(specs)
        made["full_save_spec"] = _tuple([[made["save_spec"]], {}])
    made["keras_version"] = legacy_h5.KERAS_VERSION
    made["backend"] = "tensorflow"
    if config["config"] is not None:
        made["model_config"] = {"class_name": config["class_name"], "config": made["config"]}
    if is_root and include_optimizer and layer._is_compiled and getattr(layer, "optimizer", None) is not None:
        made["training_config"] = legacy_h5._training_config(layer)
    return made


def _config(layer: Any, model: bool) -> dict[str, Any]:
    """{"class_name", "config"}; config is None where the class does not say."""
    try:
        if model:
            return legacy_h5.model_config(layer)
        return translate.legacy(adapted.described(layer, True))
    except (NotImplementedError, TypeError):
        return {"class_name": registry.get_registered_name(type(layer)), "config": None}


def _tupled(value: Any) -> Any:
    """JSON with tuples written so that they are tuples again."""
    if isinstance(value, tuple):
        return _tuple([_tupled(part) for part in value])
    if isinstance(value, list):
        return [_tupled(part) for part in value]
    if isinstance(value, dict):
        return {key: _tupled(part) for key, part in value.items()}
    return value


def _tuple(items: list[Any]) -> dict[str, Any]:
    return {"class_name": "__tuple__", "items": items}


def _shape(shape: Any) -> Any:
    if isinstance(shape, dict):
        return {key: _shape(part) for key, part in shape.items()}
    if isinstance(shape, TensorShape):
        return {"class_name": "TensorShape", "items": shape.as_list() if shape.rank is not None else None}
    if all(part is None or isinstance(part, int) for part in shape):
        return {"class_name": "TensorShape", "items": list(shape)}
    return [_shape(part) for part in shape]


def _spec(specs: Any) -> Any:
    if isinstance(specs, TensorSpec):
        items = [{"class_name": "TensorShape", "items": specs.shape.as_list()}, specs.dtype.name, specs.name]
        return {"class_name": "TypeSpec", "type_spec": "tf.TensorSpec", "serialized": _tuple(items)}
    if isinstance(specs, dict):
        return {key: _spec(part) for key, part in specs.items()}
    return [_spec(part) for part in specs]


def _encoded(value: Any) -> Any:
    if isinstance(value, TensorShape):
        return _shape(value)
    return registry.serialize_keras_object(value)
