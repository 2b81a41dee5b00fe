"""HDF5 files of Keras 2: whole models (config, compile settings, weights, optimizer state), and weights alone."""

from __future__ import annotations

import collections
import json
import os
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from addax.formats.atomic import atomic_write
from addax.formats.errors import CorruptFileError
from addax.formats.hdf5 import HDF5Dataset, HDF5Group, open_hdf5
from addax.formats.hdf5_writer import HDF5Writer
from addax.formats.json_text import read_json
from addax.keras import optimizers, registry
from addax.keras.layers.base import Layer
from addax.keras.saving import adapted, translate
from addax.keras.saving.assignments import Assignments, finalize
from addax.keras.saving.construction import from_description, require_model
from addax.keras.saving.legacy_weights import convert

KERAS_VERSION = "2.21.0"
_MAX_JSON = 64 * 2**20
# Names that `compile` gives a meaning by the shape of the outputs.
_BY_SHAPE = ("accuracy", "acc", "crossentropy", "ce")


# ---------------------------------------------------------------------------- writing


def save(model: Any, path: str, include_optimizer: bool = True) -> None:
    """Write a whole model.

    Args:
        model: the model.
        path: the file; what is there is replaced once the new one is whole.
        include_optimizer: write compile settings and optimizer state too.
    """
    texts = {
        "keras_version": KERAS_VERSION,
        "backend": "tensorflow",
        "model_config": json.dumps(model_config(model)),
    }
    with_optimizer = include_optimizer and getattr(model, "optimizer", None) is not None
    if with_optimizer and model._is_compiled:
        texts["training_config"] = json.dumps(_training_config(model))
    with atomic_write(path, "w+b") as file, HDF5Writer(file) as out:
        for name, text in texts.items():
            out.attribute("/", name, text)
        out.group("model_weights")
        _write_weights(model, out, "model_weights")
        if with_optimizer:
            _write_optimizer(model.optimizer, out)


def save_weights(model: Any, path: str) -> None:
    """Write the weights of a model alone."""
    with atomic_write(path, "w+b") as file, HDF5Writer(file) as out:
        _write_weights(model, out, "/")


def model_config(model: Any) -> dict[str, Any]:
    """{"class_name", "config"} of a model, its layers in the older form.

    Raises:
        NotImplementedError: a subclassed model without `get_config`.
    """
    if getattr(model, "_graph", None) is None and type(model).__name__ != "Sequential" and not _has_config(model):
        raise NotImplementedError(
            "Saving the model to HDF5 format requires the model to be a Functional model or a Sequential model. It "
            "does not work for subclassed models, because such models are defined via the body of a Python method, "
            "which isn't safely serializable. Consider saving to the Tensorflow SavedModel format (by setting "
            'save_format="tf") or using `save_weights`.'
        )
    return translate.legacy(adapted.described(model, True))


def _has_config(model: Any) -> bool:
    return not type(model).get_config.__module__.startswith("addax.")


def _training_config(model: Any) -> dict[str, Any]:
    settings = {**model._compile_arguments, **_metrics_by_output(model)}
    made = {
        key: _older_form(settings.get(key)) for key in ("loss", "metrics", "weighted_metrics", "loss_weights")
    }  # fmt: skip
    optimizer = model.optimizer
    scaled = isinstance(optimizer, optimizers.LossScaleOptimizer)
    made["optimizer_config"] = {
        "class_name": translate.LOSS_SCALE_NAME if scaled else registry.get_registered_name(type(optimizer)),
        "config": registry.serialize_keras_object(optimizer)["config"],
    }
    return made


def _metrics_by_output(model: Any) -> dict[str, Any]:
    """The metrics that `compile` was given as objects by output, if they are known: "acc" says less than they do."""
    known = getattr(model, "compiled_metrics", None)
    if known is None or not getattr(known, "built", False):
        return {}
    pairs = (("metrics", known.unweighted_metrics), ("weighted_metrics", known.weighted_metrics))
    return {key: found for key, found in pairs if model._compile_arguments.get(key) is not None}


def _older_form(value: Any) -> Any:
    """Losses and metrics as {"class_name", "config"} or names, in the structure that `compile` was given."""
    if isinstance(value, Mapping):
        return {key: _older_form(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_older_form(part) for part in value]
    if callable(value):
        made = registry.serialize_legacy(value)
        if isinstance(made, dict):
            made["config"] = {key: registry.serialize_keras_object(part) for key, part in made["config"].items()}
        return made
    return value.item() if isinstance(value, np.generic) else value


def _write_weights(model: Any, out: HDF5Writer, root: str) -> None:
    out.texts(root, "layer_names", [layer.name for layer in model.layers])
    out.attribute(root, "backend", "tensorflow")
    out.attribute(root, "keras_version", KERAS_VERSION)
    base = root.rstrip("/")
    for layer in sorted(model.layers, key=lambda each: each.name):
        _write_group(out, f"{base}/{layer.name}", legacy_order(layer))
    _write_group(out, f"{base}/top_level_model_weights", model._saved_variables())


def legacy_order(layer: Layer) -> list[Any]:
    """A layer's variables in the order of these files: the trainable ones, then the others."""
    return list({id(v): v for v in [*layer.trainable_weights, *layer.non_trainable_weights]}.values())


def _write_group(out: HDF5Writer, path: str, variables: list[Any]) -> None:
    out.group(path)
    names: list[str] = []
    for variable in variables:
        name, count = variable.name, 1
        while name in names:  # two variables of one name: the list of names tells them apart
            name, count = f"{variable.name}_{count}", count + 1
        names.append(name)
    out.texts(path, "weight_names", names)
    for name, variable in zip(names, variables, strict=True):
        out.dataset(f"{path}/{name}", variable.for_reading())


def _optimizer_variables(optimizer: Any) -> list[Any]:
    found = optimizer.variables if isinstance(optimizer, optimizers.Optimizer) else optimizer.weights
    return list(found() if callable(found) and not isinstance(found, list) else found)


def _write_optimizer(optimizer: Any, out: HDF5Writer) -> None:
    variables = _optimizer_variables(optimizer)
    if variables:
        _write_group(out, "optimizer_weights", variables)


# ---------------------------------------------------------------------------- reading


def load(path: str, custom_objects: Mapping[str, Any] | None, compile: bool, safe_mode: bool | None) -> Any:
    """The model that a file holds; see `load_model`.

    Raises:
        CorruptFileError: damaged, or no whole model.
    """
    with open_hdf5(path) as file, registry.CustomObjectScope(custom_objects or {}), registry.SafeModeScope(safe_mode):
        attributes = file.attributes
        if "model_config" not in attributes:
            raise CorruptFileError(
                path, "No model config found in the file", expected="a file written by model.save",
                received=f"attributes {sorted(attributes)}; it may hold weights only",
                hint="build the model, then call model.load_weights(path)",
            )  # fmt: skip
        config = _json(attributes["model_config"], path, "model_config")
        config = translate.from_file(config, str(attributes.get("keras_version", "")))
        with from_description(config, path, "model_config", os.path.getsize(path)):
            model = registry.deserialize_keras_object(config, custom_objects, safe_mode, kinds=("model", "layer"))
        require_model(model, path, "model_config", config)
        plan = Assignments(path)
        if "model_weights" not in file:
            raise CorruptFileError(path, "is missing", member="model_weights")
        _plan_in_order(model, file["model_weights"], plan)
        if compile:
            _compile(model, attributes, file, path, custom_objects, plan)
        plan.finish()
    finalize(model)
    return model


def _json(text: Any, path: str, member: str) -> Any:
    if not isinstance(text, str):
        raise CorruptFileError(path, "is no text", member=member, received=type(text).__name__)
    made = read_json(text, file=path, member=member, max_bytes=_MAX_JSON, allow_nan=True)
    if not isinstance(made, dict):
        raise CorruptFileError(path, "is no JSON object", member=member, received=type(made).__name__)
    return made


def _compile(model: Any, attributes: Any, file: HDF5Group, path: str, custom_objects: Any, plan: Assignments) -> None:
    if "training_config" not in attributes:
        warnings.warn(
            "No training configuration found in the save file, so the model was *not* compiled. Compile it manually."
        )
        return
    settings = _json(attributes["training_config"], path, "training_config")
    with from_description(settings, path, "training_config", os.path.getsize(path)):
        model.compile(**compile_arguments(settings, custom_objects))
        optimizer = model.optimizer
        if isinstance(optimizer, optimizers.Optimizer):
            optimizer.build(model.trainable_variables)
    if "optimizer_weights" not in file:
        return
    if not isinstance(optimizer, optimizers.Optimizer):
        optimizer._create_all_weights(model.trainable_variables)
    own, saved = _optimizer_variables(optimizer), _group_arrays(file["optimizer_weights"])
    if len(saved) == 1:
        own = own[:1]  # saved before its first step: the counter alone
    fits = len(own) == len(saved) and all(tuple(v.shape) == a.shape for v, (_, a) in zip(own, saved, strict=True))
    if not fits:
        warnings.warn(
            "Error in loading the saved optimizer state. As a result, your model is starting with a freshly "
            f"initialized optimizer ({len(own)} variables expected, {len(saved)} found, or of other shapes)."
        )
        return
    for variable, (name, array) in zip(own, saved, strict=True):
        plan.add(variable, array, f"optimizer_weights/{name}")


def compile_arguments(settings: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The arguments of `compile` that a `training_config` describes."""
    with registry.CustomObjectScope(custom_objects or {}):
        config = dict(settings["optimizer_config"])
        name = str(config.get("class_name", ""))
        if registry.get_registered_object(name) is None:
            config["class_name"] = name.rpartition(">")[2]
        made = {"optimizer": optimizers.deserialize(config), "loss_weights": settings.get("loss_weights")}
        made["loss"] = _nested("loss", settings.get("loss"))
        for key in ("metrics", "weighted_metrics"):
            made[key] = _nested("metric", settings.get(key))
    return made


def _nested(kind: str, config: Any) -> Any:
    """A structure of losses or metrics."""
    if config is None or isinstance(config, str) and registry.builtin(kind, config) is not None:
        return config  # `compile` knows it, and logs it under this name
    if isinstance(config, str) and config.lower() in _BY_SHAPE:
        return config
    if isinstance(config, str) or isinstance(config, Mapping) and "class_name" in config:
        return registry.deserialize(kind, config)
    if isinstance(config, Mapping):
        return {key: _nested(kind, part) for key, part in config.items()}
    if isinstance(config, list | tuple):
        return [_nested(kind, part) for part in config]
    raise ValueError(
        "Saved configuration not understood. Configuration should be a dictionary, string, tuple or list. "
        f"Received: config={config!r:.200}."
    )


def load_weights(model: Any, root: HDF5Group, path: str, by_name: bool, skip_mismatch: bool) -> None:
    """Set a model's weights from a group of layers, by order or by name; all are checked before any is set."""
    plan = Assignments(path)
    if by_name:
        _plan_by_name(model, root, plan, skip_mismatch)
    else:
        _plan_in_order(model, root, plan)
    plan.finish()
    finalize(model)


def _texts(group: HDF5Group, name: str) -> list[str]:
    """A list of texts in an attribute, or in the pieces name0, name1, ... of one.

    Raises:
        CorruptFileError: one of them stands there twice.
    """
    attributes = group.attributes
    found: list[str] = []
    if name in attributes:
        found = [str(each) for each in _as_list(attributes[name])]
    else:
        index = 0
        while f"{name}{index}" in attributes:
            found += [str(each) for each in _as_list(attributes[f"{name}{index}"])]
            index += 1
    if len(set(found)) < len(found):
        twice = next(each for each, count in collections.Counter(found).items() if count > 1)
        raise CorruptFileError(group._file, f"names {twice!r:.100} twice", member=f"{group.path}@{name}")
    return found


def _as_list(value: Any) -> list[Any]:
    return value.tolist() if isinstance(value, np.ndarray) else list(value) if isinstance(value, list) else [value]


def _group_arrays(group: Any) -> list[tuple[str, HDF5Dataset]]:
    """The arrays of a layer's group, in order."""
    if not isinstance(group, HDF5Group):
        raise CorruptFileError(group._file, "is an array where a group is expected", member=group.path)
    found = []
    for name in _texts(group, "weight_names"):
        array = group[name]
        if not isinstance(array, HDF5Dataset):
            raise CorruptFileError(group._file, "is a group where an array is expected", member=f"{group.path}/{name}")
        found.append((name, array))
    return found


def _version(root: HDF5Group) -> tuple[str, str | None]:
    attributes = root.attributes
    return str(attributes.get("keras_version", "1")), attributes.get("backend")


def _plan_in_order(model: Any, root: Any, plan: Assignments) -> None:
    """The layers with weights, one after another."""
    version = _version(root)
    layers = [layer for layer in model.layers if legacy_order(layer)]
    saved = [(name, _group_arrays(root[name])) for name in _texts(root, "layer_names")]
    saved = [(name, arrays) for name, arrays in saved if arrays]
    if len(saved) != len(layers):
        raise CorruptFileError(
            plan.file, "Layer count mismatch when loading weights from file", member=root.path,
            expected=f"{len(layers)} layers with weights: {[layer.name for layer in layers]!s:.300}",
            received=f"{len(saved)}: {[name for name, _ in saved]!s:.300}",
            hint="by_name=True loads what has the same name",
        )  # fmt: skip
    for layer, (name, arrays) in zip(layers, saved, strict=True):
        _plan_layer(layer, name, arrays, version, plan)
    _plan_top_level(model, root, plan, False)


def _plan_layer(
    layer: Layer, name: str, arrays: list[tuple[str, HDF5Dataset]], version: Any, plan: Assignments
) -> bool:
    own = legacy_order(layer)
    converted = convert(layer, arrays, *version)
    if len(converted) != len(own):
        plan.problem(
            name,
            f"Weight count mismatch for layer {layer.name!r} ({name!r} in the file): the layer expects {len(own)} "
            f"weights {[f'{v.name} {tuple(v.shape)}' for v in own]!s:.300}, the file has {len(converted)}",
        )
        return False
    return all([plan.add(v, a, f"{name}/{n}") for v, (n, a) in zip(own, converted, strict=True)])


def _plan_top_level(model: Any, root: HDF5Group, plan: Assignments, skip_mismatch: bool) -> None:
    if "top_level_model_weights" not in root:
        return
    own, arrays = model._saved_variables(), _group_arrays(root["top_level_model_weights"])
    if len(own) == len(arrays):
        for variable, (name, array) in zip(own, arrays, strict=True):
            plan.add(variable, array, f"top_level_model_weights/{name}")
        return
    text = f"the model expects {len(own)} weights of its own, the file has {len(arrays)}"
    if skip_mismatch:
        warnings.warn(f"Skipping loading top-level weights for model due to mismatch in number of weights: {text}")
    else:
        plan.problem("top_level_model_weights", f"Weight count mismatch for top-level weights: {text}")


def _plan_by_name(model: Any, root: HDF5Group, plan: Assignments, skip_mismatch: bool) -> None:
    version = _version(root)
    for name in _texts(root, "layer_names"):
        arrays = _group_arrays(root[name])
        for layer in model.layers:
            if layer.name != name:
                continue
            trial = Assignments(plan.file) if skip_mismatch else plan
            before = len(trial._pairs)
            _plan_layer(layer, name, arrays, version, trial)
            if skip_mismatch:
                for problem in trial._problems:
                    warnings.warn(f"Skipping loading weights for layer {name!r}: {problem}")
                plan._pairs += trial._pairs[before:]
    _plan_top_level(model, root, plan, skip_mismatch)
