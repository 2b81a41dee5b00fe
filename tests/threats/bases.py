"""Good files, which cases then spoil, and the ways in which a description of a model reaches Addax."""

from __future__ import annotations

import copy
import functools
import io
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from attempts import Attempt, Box

import addax as tf
from addax.formats import protobuf
from addax.formats.hdf5_writer import HDF5Writer
from addax.formats.npz import write_npz

keras = tf.keras
L = keras.layers
_store: dict[str, str] = {}


def net(name: str = "net") -> Any:
    """A small model with an optimizer that has state."""
    model = keras.Sequential([L.Dense(4, input_shape=(3,), name="first"), L.Dense(2, name="last")], name=name)
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    return model


@functools.cache
def victim() -> Any:
    """The model that failed loads must leave as it is."""
    return net()


def other() -> Any:
    """A model of the same layers and other numbers, so that a load that half happens is seen."""
    model = net()
    for number, variable in enumerate(model.variables):
        variable.assign(np.full(variable.shape, number + 0.5, variable.dtype.np))
    return model


def warm_up(folder: str) -> None:
    """Make the good files, and load each once, so that everything lazy is there."""
    base = os.path.join(os.path.dirname(folder), "good")
    os.makedirs(base)
    model = other()
    for key, name in (("keras", "m.keras"), ("h5", "m.h5"), ("folder", "m")):
        _store[key] = os.path.join(base, name)
        model.save(_store[key])
        keras.models.load_model(_store[key])
        victim().load_weights(_store[key]) if key != "folder" else None
    for key, name in (("weights", "m.weights.h5"), ("legacy", "w.h5"), ("checkpoint", "ckpt")):
        _store[key] = os.path.join(base, name)
        model.save_weights(_store[key])
        victim().load_weights(_store[key])
    keras.models.model_from_json(model.to_json())
    keras.models.clone_model(model)
    victim().set_weights([np.full(v.shape, 9, "float32") for v in victim().weights])


def good(key: str) -> str:
    """The path of a good file: "keras", "h5", "folder", "weights" (.weights.h5), "legacy" (.h5), "checkpoint"."""
    return _store[key]


def data(key: str) -> bytes:
    """The bytes of a good file."""
    with open(_store[key], "rb") as file:
        return file.read()


# ---------------------------------------------------------------------------- zip archives


@functools.cache
def _members() -> dict[str, bytes]:
    with zipfile.ZipFile(_store["keras"]) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def members() -> dict[str, bytes]:
    """The members of the good `.keras` archive."""
    return dict(_members())


def zipped(contents: dict[str, bytes] | list[tuple[Any, bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, value in contents.items() if isinstance(contents, dict) else contents:
            archive.writestr(name, value)
    return stream.getvalue()


# ---------------------------------------------------------------------------- HDF5 files


def edited(box: Box, key: str, edit: Callable[[Any], Any], name: str | None = None) -> str:
    """A good HDF5 file ("h5", "weights", "legacy") after `edit(h5py file)`."""
    import h5py

    path = box.path(name or {"weights": "m.weights.h5"}.get(key, "m.h5"))
    shutil.copyfile(_store[key], path)
    with h5py.File(path, "r+") as file:
        edit(file)
    return path


def with_weights(weights: bytes) -> bytes:
    """A `.keras` archive with this HDF5 file in it."""
    return zipped({**members(), "model.weights.h5": weights})


# ---------------------------------------------------------------------------- descriptions of models


def whole_config() -> dict[str, Any]:
    """The description of the good model, as in config.json."""
    return json.loads(members()["config.json"])


def with_layer(layer: Any) -> dict[str, Any]:
    """A description of a Sequential model of an input and one layer."""
    return {
        "module": "keras",
        "class_name": "Sequential",
        "registered_name": None,
        "config": {
            "name": "hostile",
            "layers": [
                {
                    "module": "keras.layers",
                    "class_name": "InputLayer",
                    "registered_name": None,
                    "config": {
                        "batch_input_shape": [None, 3],
                        "dtype": "float32",
                        "sparse": False,
                        "ragged": False,
                        "name": "i",
                    },
                },
                layer,
            ],
        },
    }


def layer(class_name: str, config: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The description of one of Keras' layers."""
    return {
        "module": "keras.layers",
        "class_name": class_name,
        "config": {"name": "gadget", **config},
        "registered_name": None,
        **more,
    }


def object_of(module: Any, class_name: Any, config: Any = None, registered: Any = None) -> dict[str, Any]:
    """The description of anything."""
    return {
        "module": module,
        "class_name": class_name,
        "config": {} if config is None else config,
        "registered_name": registered,
    }


def dense_with(**settings: Any) -> dict[str, Any]:
    """A model whose one layer is a Dense with these settings."""
    return with_layer(layer("Dense", {"units": 2, **settings}))


def keras_file(box: Box, config: Any) -> str:
    """A `.keras` archive with this config (a value, or the text itself)."""
    text = config if isinstance(config, bytes) else json.dumps(config).encode()
    return box.file(zipped({**members(), "config.json": text}), "m.keras")


def h5_file(box: Box, config: Any, training: Any = None) -> str:
    """A whole-model HDF5 file with this config."""
    path = box.path("m.h5")
    shutil.copyfile(_store["h5"], path)
    import h5py

    with h5py.File(path, "r+") as file:
        file.attrs["model_config"] = config if isinstance(config, bytes) else json.dumps(config)
        if training is not None:
            file.attrs["training_config"] = json.dumps(training)
    return path


def saved_model(box: Box, config: Any, training: Any = None, metadata: bytes | None = None) -> str:
    """A folder as TensorFlow's model.save writes it: keras_metadata.pb and a checkpoint."""
    folder = box.path("saved")
    os.makedirs(os.path.join(folder, "variables"))
    for ending in (".index", ".data-00000-of-00001"):
        shutil.copyfile(_store["checkpoint"] + ending, os.path.join(folder, "variables", "variables" + ending))
    with open(os.path.join(folder, "saved_model.pb"), "wb") as out:
        out.write(protobuf.varint_field(1, 1))
    if metadata is None:
        if isinstance(config, bytes):
            text = config
        else:
            root = {"class_name": config.get("class_name"), "config": config.get("config"), "keras_version": "2.15.0"}
            root.update({"training_config": training} if training is not None else {})
            text = json.dumps(root).encode()
        node = (
            protobuf.varint_field(2, 0)
            + protobuf.bytes_field(3, "root")
            + protobuf.bytes_field(4, "_tf_keras_sequential")
        )
        metadata = protobuf.bytes_field(1, node + protobuf.bytes_field(5, text))
    with open(os.path.join(folder, "keras_metadata.pb"), "wb") as out:
        out.write(metadata)
    return folder


def deliver(
    box: Box, config: Any, label: str = "", modes: tuple[Any, ...] = (True, None), **options: Any
) -> Iterator[Attempt]:
    """Every way in which the description of a model reaches Addax.

    Args:
        box: where files go.
        config: the description: a dict, or the bytes of a JSON text.
        label: put into the attempts' names.
        modes: values of safe_mode to load files with.
        **options: of the attempts.
    """
    load = keras.models.load_model
    label = f" {label}" if label else ""
    for safe in modes:
        path = keras_file(box, config)
        yield Attempt(
            f"load_model .keras safe_mode={safe}{label}",
            lambda p=path, s=safe: load(p, safe_mode=s),
            (os.path.basename(path), "config.json"),
            **options,
        )
        path = h5_file(box, config)
        yield Attempt(
            f"load_model .h5 safe_mode={safe}{label}",
            lambda p=path, s=safe: load(p, safe_mode=s),
            (os.path.basename(path), "model_config"),
            **options,
        )
    path = saved_model(box, config)
    # Without a usable config its compiled graph is taken, and then another of its files is at fault.
    yield Attempt(f"load_model SavedModel{label}", lambda: load(path), ("saved/", ".pb"), **options)
    text = config if isinstance(config, bytes) else json.dumps(config)
    yield Attempt(f"model_from_json{label}", lambda: keras.models.model_from_json(text), **options)
    if isinstance(config, dict):
        yield from deliver_dict(config, label, options)


def deliver_dict(config: dict[str, Any], label: str, options: dict[str, Any]) -> Iterator[Attempt]:
    """The ways that take a dict."""
    fresh = lambda: copy.deepcopy(config)
    yield Attempt(f"model_from_config{label}", lambda: keras.models.model_from_config(fresh()), **options)
    yield Attempt(
        f"saving.deserialize_keras_object{label}", lambda: keras.saving.deserialize_keras_object(fresh()), **options
    )
    yield Attempt(f"layers.deserialize{label}", lambda: L.deserialize(fresh()), **options)
    if isinstance(config.get("config"), dict) and config.get("class_name") in ("Sequential", "Functional", "Model"):
        inner = lambda: copy.deepcopy(config["config"])
        cls = keras.Sequential if config.get("class_name") == "Sequential" else keras.Model
        yield Attempt(f"{cls.__name__}.from_config{label}", lambda: cls.from_config(inner()), **options)


class Liar(L.Wrapper):
    """A layer whose config holds a description that is not its own: what clone_model is then given."""

    described: Any = None

    def get_config(self) -> dict[str, Any]:
        return {"name": "liar", "layer": copy.deepcopy(type(self).described)}

    def call(self, inputs: Any) -> Any:
        return inputs


def deliver_layer(box: Box, described: Any, label: str = "", **options: Any) -> Iterator[Attempt]:
    """A description of a layer: inside a model by every way, alone, and by clone_model."""
    yield from deliver(box, with_layer(described), label, **options)
    label = f" {label}" if label else ""
    fresh = lambda: copy.deepcopy(described)
    yield Attempt(f"layers.deserialize of the layer{label}", lambda: L.deserialize(fresh()), **options)
    lying = type("Liar", (Liar,), {"described": described})
    model = keras.Sequential([L.InputLayer(input_shape=(3,)), lying(L.Dense(1))])
    yield Attempt(f"clone_model{label}", lambda: keras.models.clone_model(model), **options)


# ---------------------------------------------------------------------------- other files


def npz_bytes(arrays: dict[str, Any]) -> bytes:
    """An .npz archive."""
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def npy_bytes(array: Any, allow_pickle: bool = False) -> bytes:
    """An .npy file."""
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=allow_pickle)
    return stream.getvalue()


__all__ = [name for name in dir() if not name.startswith("_")]
_ = (HDF5Writer, write_npz)
