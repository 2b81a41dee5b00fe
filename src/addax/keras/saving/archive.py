"""The `.keras` archive: config.json, metadata.json, model.weights.h5 and assets, as Keras 2.12 and later write it."""

from __future__ import annotations

import datetime
import json
import os
import tempfile
from collections.abc import Mapping
from typing import Any, BinaryIO

from addax.formats import hdf5
from addax.formats.atomic import atomic_write
from addax.formats.errors import CorruptFileError
from addax.formats.hdf5_writer import HDF5Writer
from addax.formats.json_text import read_json
from addax.formats.zip_writer import ZipWriter
from addax.formats.zips import SafeZip
from addax.keras import registry
from addax.keras.saving import adapted, trackables, translate, weights_h5
from addax.keras.saving.construction import from_description, require_model

CONFIG = "config.json"
METADATA = "metadata.json"
WEIGHTS = "model.weights.h5"
ASSETS = "assets"
KERAS_VERSION = "2.21.0"
# A description of a large model is a few MB.
_MAX_JSON = 64 * 2**20


# ---------------------------------------------------------------------------- writing


def save(model: Any, path: str, include_optimizer: bool = True) -> None:
    """Write a model with its weights, compile settings and optimizer state.

    Args:
        model: the model.
        path: the file; what is there is replaced once the new one is whole.
        include_optimizer: write compile settings and the optimizer's state too.

    Raises:
        TypeError: something in the model has no config.
    """
    described = translate.portable(adapted.described(model, False))
    if not include_optimizer:
        described.pop("compile_config", None)
    texts = {
        METADATA: json.dumps(
            {"keras_version": KERAS_VERSION, "date_saved": datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S")}
        ),
        CONFIG: json.dumps(described),
    }
    with atomic_write(path, "w+b") as file, ZipWriter(file) as archive:
        for name, text in texts.items():
            archive.bytes(name, text.encode("utf-8"))
        with archive.stream(WEIGHTS) as member, HDF5Writer(member) as out:
            weights_h5.write(model, out, include_optimizer, without=adapted.has_bins)
        with tempfile.TemporaryDirectory(prefix="addax-") as folder:
            _save_assets(model, archive, folder)


def _save_assets(model: Any, archive: ZipWriter, folder: str) -> None:
    """What layers keep beside their variables (vocabularies), each in a folder of its own."""
    for number, (place, item) in enumerate(trackables.walk(model)):
        if not hasattr(item, "save_assets"):
            continue
        own = os.path.join(folder, f"assets{number}")
        os.mkdir(own)
        item.save_assets(own)
        for name in sorted(os.listdir(own)):
            archive.file("/".join(part for part in (ASSETS, place, name) if part), os.path.join(own, name))


# ---------------------------------------------------------------------------- reading


def load(path: str, custom_objects: Mapping[str, Any] | None, compile: bool, safe_mode: bool | None) -> Any:
    """The model that a `.keras` archive holds; see `load_model`.

    Raises:
        CorruptFileError: the archive is damaged, or its parts do not fit together.
    """
    from concurrent.futures import ThreadPoolExecutor  # 4 ms, which `import addax` should not take

    with SafeZip(path) as archive:
        config = read_json(
            archive.read(CONFIG, _MAX_JSON), file=path, member=CONFIG, max_bytes=_MAX_JSON, allow_nan=True
        )
        if not isinstance(config, dict):
            raise CorruptFileError(path, "does not describe a model", member=CONFIG, received=type(config).__name__)
        metadata = read_json(archive.read(METADATA, 1 << 20), file=path, member=METADATA)
        version = str(metadata.get("keras_version", "")) if isinstance(metadata, dict) else ""
        config = translate.from_file(config, version)
        if not compile:
            config.pop("compile_config", None)
        size = archive.size(WEIGHTS) if WEIGHTS in archive else os.path.getsize(path)
        with ThreadPoolExecutor(1, "addax-files") as pool:  # checks the weights while the model is made
            weights = pool.submit(weights_of, archive, path)
            with from_description(config, path, CONFIG, size), registry.SafeModeScope(safe_mode):
                model = registry.deserialize_keras_object(config, custom_objects, safe_mode, kinds=("model", "layer"))
            require_model(model, path, CONFIG, config)
            _set_weights(model, weights.result(), path, False)
        _load_assets(model, archive, path)
    return model


def load_weights(model: Any, path: str, skip_mismatch: bool) -> None:
    """Set a model's weights (and optimizer state) from a `.keras` archive."""
    with SafeZip(path) as archive:
        _set_weights(model, weights_of(archive, path), path, skip_mismatch)


def weights_of(archive: SafeZip, path: str) -> BinaryIO:
    """The file of weights in an archive, its checksum checked."""
    hdf5.import_library()  # takes its time, and here it may be beside what else is done
    if WEIGHTS not in archive:
        names = ", ".join(archive.names[:8])
        raise CorruptFileError(path, "is missing from the archive", member=WEIGHTS, received=f"members: {names}")
    return archive.window(WEIGHTS)


def _set_weights(model: Any, weights: BinaryIO, path: str, skip_mismatch: bool) -> None:
    with hdf5.open_hdf5(weights, name=f"{path}:{WEIGHTS}") as file:
        weights_h5.Reader(model, file, f"{path}:{WEIGHTS}", skip_mismatch).load()


def _load_assets(model: Any, archive: SafeZip, path: str) -> None:
    """Hand each layer the folder of its assets, copied out of the archive under safe names."""
    if not any(name.startswith(f"{ASSETS}/") for name in archive.names):
        return
    with tempfile.TemporaryDirectory(prefix="addax-") as folder:
        for number, (place, item) in enumerate(trackables.walk(model)):
            if not hasattr(item, "load_assets"):
                continue
            start = f"{ASSETS}/{place}/" if place else f"{ASSETS}/"
            own = os.path.join(folder, f"assets{number}")
            os.mkdir(own)
            found = False
            for name in archive.names:
                rest = name[len(start) :]
                if name.startswith(start) and rest and "/" not in rest:
                    with open(os.path.join(own, rest), "wb") as file:
                        file.write(archive.read(name))
                    found = True
            if found:
                item.load_assets(own)
