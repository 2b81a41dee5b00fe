"""Model.save_weights and Model.load_weights: weights alone, by every form of path that Keras 2 takes."""

from __future__ import annotations

import os
from typing import Any

from addax.core import errors
from addax.formats.atomic import atomic_write
from addax.formats.errors import CorruptFileError
from addax.formats.hdf5 import open_hdf5
from addax.formats.hdf5_writer import HDF5Writer
from addax.keras.saving import archive, legacy_h5, paths, weights_h5


def save_weights(
    model: Any, filepath: Any, overwrite: bool = True, save_format: str | None = None, options: Any = None,
    max_shard_size: float | None = None,
) -> Any:  # fmt: skip
    """Save a model's weights; see `Model.save_weights`.

    >>> import os, tempfile
    >>> from addax import keras
    >>> path = tempfile.mkdtemp() + "/own.weights.h5"
    >>> model = keras.Sequential([keras.layers.Dense(1, input_shape=(2,))])
    >>> keras.saving.save_weights(model, path)
    >>> os.path.exists(path)
    True
    """
    path = paths.as_path(filepath)
    require_weights(model)
    if max_shard_size is not None:
        from addax.keras.saving import weights_sharded  # large models only

        paths.make_folder(path)
        if paths.may_overwrite(path, overwrite):
            weights_sharded.save(model, path, max_shard_size)
        return None
    is_h5 = path.endswith((".h5", ".keras", ".hdf5"))
    if save_format is None:
        form = "h5" if is_h5 else "tf"
    else:
        form = {"keras": "h5"}.get(
            paths.FORMATS.get(str(save_format).lower(), ""), paths.FORMATS.get(str(save_format).lower())
        )
    if form is None:
        raise ValueError(f"Unknown format. Received: `save_format`={save_format}. Was expecting one of {{'tf', 'h5'}}.")
    if form == "tf" and is_h5:
        raise ValueError(
            'save_weights got save_format="tf"/"tensorflow", but the filepath looks like an HDF5 file. Omit the ".h5"/'
            f'".keras" when saving in TensorFlow format. Received: filepath={path}'
        )
    paths.make_folder(path)
    if save_format is None and path.endswith(".safetensors"):
        from addax.keras.saving import weights_safetensors  # needs an extra package

        if paths.may_overwrite(path, overwrite):
            weights_safetensors.save(model, path)
        return None
    if form == "tf":
        from addax.keras.saving import weights_checkpoint  # needs the checkpoint room

        return weights_checkpoint.save(model, path, overwrite, options)
    if not paths.may_overwrite(path, overwrite):
        return None
    if path.endswith(".weights.h5"):
        with atomic_write(path, "w+b") as file, HDF5Writer(file) as out:
            weights_h5.write(model, out)
    else:
        legacy_h5.save_weights(model, path)
    return None


def require_weights(model: Any) -> None:
    """Refuse a model that has no variables yet, or may lack those that its own `build` makes.

    Raises:
        ValueError: the model is not built.
    """
    if not model.built and ("build" in vars(type(model)) or not model.variables):
        raise ValueError(
            f"Weights for model {model.name!r} have not yet been created. Weights are created when the Model is first "
            "called on inputs or `build()` is called with an `input_shape`."
        )


def load_weights(
    model: Any, filepath: Any, skip_mismatch: bool = False, by_name: bool = False, options: Any = None
) -> Any:
    """Load a model's weights; see `Model.load_weights`.

    >>> import tempfile
    >>> from addax import keras
    >>> path = tempfile.mkdtemp() + "/own.weights.h5"
    >>> model = keras.Sequential([keras.layers.Dense(1, input_shape=(2,))])
    >>> model.save_weights(path)
    >>> _ = keras.saving.load_weights(model, path)
    """
    path = paths.as_path(filepath)
    if skip_mismatch and not by_name and not path.endswith((".keras", ".weights.h5", ".safetensors", "weights.json")):
        raise ValueError(
            "When calling model.load_weights, skip_mismatch can only be set to True when by_name is True or for files "
            f"named .keras or .weights.h5. Received: filepath={path}"
        )
    found = paths.content(path)
    if found == "other" and path.endswith("weights.json"):
        from addax.keras.saving import weights_sharded  # large models only

        if by_name:
            _without_names(path)
        weights_sharded.load(_built(model), path, skip_mismatch)
        return None
    if found in ("checkpoint", "folder"):
        if by_name:
            raise NotImplementedError(
                "Weights may only be loaded based on topology into Models when loading TensorFlow-formatted weights "
                "(got by_name=True to load_weights)."
            )
        from addax.keras.saving import weights_checkpoint  # needs the checkpoint room

        return weights_checkpoint.load(model, path)
    if found == "keras":
        if by_name:
            _without_names(path)
        archive.load_weights(model, path, skip_mismatch)
        return None
    if found == "safetensors":
        from addax.keras.saving import weights_safetensors  # needs an extra package

        weights_safetensors.load(_built(model), path, skip_mismatch, by_name)
        return None
    if found != "h5":
        raise CorruptFileError(
            path,
            "not a file of weights",
            expected="an HDF5 file, a .keras archive or a checkpoint",
            received=f"{os.path.getsize(path)} bytes of something else",
            hint="To do: check that it was saved or downloaded whole, and save it again if not",
        )
    with open_hdf5(path) as file:
        attributes = file.attributes
        if "layer_names" not in attributes and "model_weights" in file:
            legacy_h5.load_weights(_built(model), file["model_weights"], path, by_name, skip_mismatch)
        elif "layer_names" in attributes or "layer_names0" in attributes:
            legacy_h5.load_weights(_built(model), file, path, by_name, skip_mismatch)
        else:
            if by_name:
                _without_names(path)
            weights_h5.Reader(model, file, path, skip_mismatch).load()
    return None


def _without_names(path: str) -> None:
    """Say that `by_name` is as if it were not there, which Keras leaves unsaid."""
    errors.warn(
        f"load_weights({path!r}, by_name=True): files of this layout keep weights by their places in the model, not by "
        "names of layers; they are loaded by place.\n  To do: leave by_name out, pass skip_mismatch=True if parts "
        "differ, or save the weights as `.h5`.",
        errors.AddaxWarning,
        stacklevel=4,
    )


def _built(model: Any) -> Any:
    if not model.built:
        raise ValueError(
            "Unable to load weights saved in HDF5 format into a subclassed Model which has not created its variables "
            "yet. Call the Model first, then load the weights."
        )
    return model
