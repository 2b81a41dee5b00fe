"""save_model and load_model: whole models, by every form of path that Keras 2 takes."""

from __future__ import annotations

import errno
import os
import warnings
from collections.abc import Mapping
from typing import Any

from addax.formats.errors import CorruptFileError
from addax.keras.initial_values import Postponed
from addax.keras.layers.base import Layer
from addax.keras.saving import archive, legacy_h5, paths, saved_model

# A folder holds the same archive as a `.keras` file, under this name.
IN_FOLDER = "model.keras"


def save_model(
    model: Any,
    filepath: Any,
    overwrite: bool = True,
    save_format: str | None = None,
    include_optimizer: bool = True,
    signatures: Any = None,
    options: Any = None,
    save_traces: bool = True,
) -> None:
    """Save a model: architecture, weights, compile settings and the optimizer's state.

    Args:
        model: the model.
        filepath: the path. `.keras` is Keras' own archive, `.h5` and `.hdf5` are the older HDF5 files; any other path
            is a folder, which `load_model` reads again.
        overwrite: replace what is there; otherwise ask on the terminal.
        save_format: "keras", "h5" or "tf" (a folder), instead of by suffix.
        include_optimizer: write compile settings and the optimizer's state; not for `.keras`, which always has them.
        signatures: functions that a folder serves, as for `tf.saved_model.save`; by default the model's predictions.
        options: a `tf.saved_model.SaveOptions`, for folders.
        save_traces: write the model's calls, compiled, into a folder.

    Raises:
        ValueError: an unknown format, or arguments that the format does not have.
        TypeError: something in the model cannot be described.

    The file is written whole or not at all: what stood there stays until the new one is complete.

    >>> import addax as tf, os, tempfile
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,))])
    >>> path = os.path.join(tempfile.mkdtemp(), "model.keras")
    >>> tf.keras.models.save_model(model, path)
    >>> tf.keras.models.load_model(path).output_shape
    (None, 2)
    """
    if not isinstance(model, Layer) or not hasattr(model, "layers"):
        raise ValueError(f"save_model(model): expected a keras Model, received {type(model).__name__}.")
    path = paths.as_path(filepath)
    form = paths.format_to_write(path, save_format)
    if form == "keras":
        given = {"include_optimizer": include_optimizer is not True, "signatures": signatures is not None,
                 "options": options is not None, "save_traces": save_traces is not True}  # fmt: skip
        unsupported = [name for name, used in given.items() if used]
        if unsupported:
            raise ValueError(f"The following argument(s) are not supported with the native Keras format: {unsupported}")
    if form != "tf" and os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, "save_model: a folder stands where the file is to be written", path)
    if not paths.may_overwrite(path, overwrite):
        return
    if not model.built:
        warnings.warn(
            "You are saving a model that has not yet been built. It might not contain any weights yet. Consider "
            "building the model first by calling it on some data."
        )
    paths.make_folder(path)
    if form == "h5":
        legacy_h5.save(model, path, include_optimizer)
    elif form == "keras":
        archive.save(model, path)
    else:
        from addax.keras.saving import saved_model_writer  # takes time to import, and most programs write files

        saved_model_writer.save(model, path, include_optimizer, signatures, options, save_traces)


def load_model(
    filepath: Any,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool | None = True,
    options: Any = None,
) -> Any:
    """Load a model that was saved with `model.save`, by any version of Keras.

    Args:
        filepath: a `.keras` or HDF5 file, or a folder (TensorFlow's SavedModels of Keras models too); what it is is
            seen from its contents.
        custom_objects: classes and functions of the caller's own by name, where they are not registered.
        compile: compile the model as it was, and restore the optimizer's state.
        safe_mode: False lets code from the file run (lambdas). Only for files you trust.
        options: a `tf.saved_model.LoadOptions`, which asks for nothing here.

    Returns:
        The model.

    Raises:
        OSError: nothing is there.
        ValueError: the file is damaged (the message names the member), or holds code in safe mode.
        TypeError: it names a class or function that is not known.

    >>> import addax as tf, os, tempfile
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,))])
    >>> path = os.path.join(tempfile.mkdtemp(), "model")
    >>> model.save(path)
    >>> tf.keras.models.load_model(path).output_shape
    (None, 2)
    """
    del options
    with Postponed():
        return _load(paths.as_path(filepath), custom_objects, compile, safe_mode)


def _load(path: str, custom_objects: Mapping[str, Any] | None, compile: bool, safe_mode: bool | None) -> Any:
    found = paths.content(path)
    if found == "folder":
        inner = os.path.join(path, IN_FOLDER)
        if not os.path.exists(inner) and saved_model.is_saved_model(path):
            return saved_model.load(path, custom_objects, compile, safe_mode)
        if not os.path.exists(inner):
            have = ", ".join(sorted(os.listdir(path))[:6]) or "nothing"
            raise CorruptFileError(
                path, "this folder holds no model", expected=f"a file {IN_FOLDER}", received=have,
                hint="save with model.save(path)",
            )  # fmt: skip
        path, found = inner, "keras"
    if found == "keras":
        return archive.load(path, custom_objects, compile, safe_mode)
    if found == "h5":
        return legacy_h5.load(path, custom_objects, compile, safe_mode)
    if found == "checkpoint":
        raise OSError(
            errno.EINVAL, "This is a checkpoint of weights, not a whole model. To do: build the model and call "
            "model.load_weights", path,
        )  # fmt: skip
    raise CorruptFileError(
        path, "not a model file", expected="a .keras archive, an HDF5 file or a folder that model.save wrote",
        received=f"{os.path.getsize(path)} bytes of something else",
        hint="To do: check that it was saved or downloaded whole, and save it again if not",
    )  # fmt: skip
