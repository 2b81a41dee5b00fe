"""Keras models in folders that TensorFlow's `model.save(path)` wrote: keras_metadata.pb and a checkpoint of variables.

The model is made from its config. Subclassed models as a rule have none, and a config may name what is not known here:
then the traced functions in saved_model.pb are the model (`revived.py`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from addax.checkpoint.checkpoint import Checkpoint
from addax.core import errors
from addax.formats import protobuf
from addax.formats.errors import CorruptFileError, TooLargeError, UnsupportedFormatError
from addax.formats.json_text import read_json
from addax.formats.limits import open_regular
from addax.keras import registry
from addax.keras.saving import legacy_h5, translate
from addax.keras.saving.construction import from_description, require_model

METADATA = "keras_metadata.pb"
_VARIABLES = os.path.join("variables", "variables")
_MAX_BYTES = 64 * 2**20


def is_saved_model(folder: str) -> bool:
    """Whether TensorFlow wrote a model to this folder."""
    return os.path.isfile(os.path.join(folder, "saved_model.pb"))


def load(folder: str, custom_objects: Mapping[str, Any] | None, compile: bool, safe_mode: bool | None) -> Any:
    """The Keras model of a SavedModel folder; see `load_model`.

    Raises:
        CorruptFileError: damaged, or without Keras' description.
    """
    metadata = _root_metadata(folder)
    config = {"class_name": metadata.get("class_name"), "config": metadata.get("config")}
    if (
        not isinstance(config["config"], dict)
        or metadata.get("is_graph_network") is False
        and not _known(config, custom_objects)
    ):
        return _revived(folder, metadata, custom_objects, compile, safe_mode)
    try:
        return _described(folder, metadata, config, custom_objects, compile, safe_mode)
    except (TypeError, ValueError) as error:
        if not registry.of_unknown_name(error):
            raise
        try:
            revived = _revived(folder, metadata, custom_objects, compile, safe_mode)
        except (TypeError, ValueError):  # what the description says is what is wrong
            raise error from None
        errors.warn(
            f"{folder}: the model could not be made from its description ({error}). Its traced functions are used "
            "instead, without its layers.\n  To do: name your own classes and functions in `custom_objects`.",
            stacklevel=4,
        )
        return revived


def _described(
    folder: str, metadata: Mapping[str, Any], config: Any, custom_objects: Mapping[str, Any] | None, compile: bool,
    safe_mode: bool | None,
) -> Any:  # fmt: skip
    """The model that the description says."""
    path = os.path.join(folder, METADATA)
    config = translate.from_file(_plain(config), str(metadata.get("keras_version", "")))
    config = _with_contents(config, folder)
    size = _bytes_of_variables(folder)
    with (
        registry.CustomObjectScope(custom_objects or {}), registry.SafeModeScope(safe_mode),
        from_description([config, metadata.get("training_config")], path, "root", size),
    ):  # fmt: skip
        model = registry.deserialize_keras_object(config, custom_objects, safe_mode, kinds=("model", "layer"))
        require_model(model, path, "root", config)
        shape = _plain(metadata.get("build_input_shape"))
        if not model.built and shape is not None:
            model.build(tuple(shape) if all(n is None or isinstance(n, int) for n in shape) else shape)
        settings = metadata.get("training_config")
        if compile and isinstance(settings, dict):
            model.compile(**legacy_h5.compile_arguments(_plain(settings), custom_objects))
    Checkpoint(root=model).read(os.path.join(folder, _VARIABLES)).expect_partial()
    return model


def _known(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None) -> bool:
    """Whether the model's class is there."""
    name = str(config["class_name"])
    return (
        registry.get_registered_object(name, custom_objects) is not None or registry.builtin("model", name) is not None
    )


def _revived(
    folder: str, metadata: Mapping[str, Any], custom_objects: Mapping[str, Any] | None, compile: bool,
    safe_mode: bool | None,
) -> Any:  # fmt: skip
    from addax.keras.saving.revived import revive  # reads the graph, which takes time to import

    model = revive(folder, str(metadata.get("name", "model")), str(metadata.get("class_name")))
    settings, path = metadata.get("training_config"), os.path.join(folder, METADATA)
    with (
        registry.CustomObjectScope(custom_objects or {}), registry.SafeModeScope(safe_mode),
        from_description([settings], path, "root", _bytes_of_variables(folder)),
    ):  # fmt: skip
        if compile and isinstance(settings, dict):
            model.compile(**legacy_h5.compile_arguments(_plain(settings), custom_objects))
    Checkpoint(root=model).read(os.path.join(folder, _VARIABLES)).expect_partial()
    return model


def _with_contents(config: Any, folder: str) -> Any:
    """The config with what preprocessing layers learned, if there are any."""
    names = ("StringLookup", "IntegerLookup", "TextVectorization")
    if not any(f"'{name}'" in str(config) for name in names):
        return config
    from addax.keras.saving import saved_tables  # reads the graph, which takes time to import

    return saved_tables.fill_in(config, folder)


def _root_metadata(folder: str) -> dict[str, Any]:
    path = os.path.join(folder, METADATA)
    if not os.path.isfile(path):
        raise UnsupportedFormatError(
            folder, "holds a SavedModel that is no Keras model", expected=f"a file {METADATA}",
            hint="its tensors can be read with tf.train.load_checkpoint(folder + '/variables/variables')",
        )  # fmt: skip
    with open_regular(path) as file:
        if os.fstat(file.fileno()).st_size > _MAX_BYTES:
            raise TooLargeError(path, "description too long", expected=f"at most {_MAX_BYTES} bytes")
        data = file.read()
    try:
        for node in protobuf.message_fields(data).get(1, []):
            found = protobuf.message_fields(bytes(node))  # type: ignore[arg-type]
            if bytes(found.get(3, [b""])[-1]) == b"root":
                made = read_json(
                    bytes(found.get(5, [b""])[-1]), file=path, member="root", max_bytes=_MAX_BYTES, allow_nan=True
                )
                if isinstance(made, dict):
                    return made
    except protobuf.WireError as error:
        raise CorruptFileError(path, f"damaged ({error})") from None
    raise CorruptFileError(path, "describes no model", expected="an entry for 'root'")


def _plain(value: Any) -> Any:
    """JSON with tuples and shapes written as {"class_name": "__tuple__", "items"} as plain lists."""
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        if value.get("class_name") in ("__tuple__", "TensorShape") and isinstance(value.get("items"), list):
            return tuple(_plain(part) for part in value["items"])
        return {key: _plain(part) for key, part in value.items()}
    return value


def _bytes_of_variables(folder: str) -> int:
    place = os.path.join(folder, "variables")
    if not os.path.isdir(place):
        return 0
    return sum(os.path.getsize(os.path.join(place, name)) for name in os.listdir(place))
