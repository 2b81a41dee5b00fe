"""KerasFileEditor: look into a file of weights, change it, and save it anew."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.formats.atomic import atomic_write
from addax.formats.hdf5 import HDF5Dataset, HDF5Group, open_hdf5
from addax.formats.hdf5_writer import HDF5Writer
from addax.formats.json_text import read_json
from addax.formats.zips import SafeZip
from addax.keras.losses import Loss
from addax.keras.saving import archive, paths, trackables

Weights = dict[str, Any]  # names to arrays, and to more of this


class KerasFileEditor:
    """What is in a `.keras` or `.weights.h5` file: shows it, compares it with a model, and edits it.

    Objects are named as in the file: `"layers/dense_2"`, or `"dense_2"` where there is one of that name. Their weights
    are arrays by name: `"0"`, `"1"`, ... (The `vars` groups of the file are left out of paths.)

    Args:
        filepath: the file.

    Raises:
        ValueError: another kind of file.
        CorruptFileError: a damaged or hostile file.

    >>> import tempfile
    >>> import addax as tf
    >>> path = tempfile.mkdtemp() + "/own.weights.h5"
    >>> tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,))]).save_weights(path)
    >>> editor = tf.keras.saving.KerasFileEditor(path)  # doctest: +ELLIPSIS
    Keras model file '...own.weights.h5'
    >>> editor.rename_object("dense", "head")
    >>> editor.summary()
    Weights structure
      > layers
          └─ head
              ├─ 0: shape=(3, 2), dtype=float32
              └─ 1: shape=(2,), dtype=float32
    """

    def __init__(self, filepath: Any) -> None:
        path = paths.as_path(filepath)
        self.filepath = path
        self.config: Any = None
        self.metadata: Any = None
        self.model: Any = None
        self.object_metadata: dict[str, dict[str, Any]] = {}
        if path.endswith(".keras"):
            with SafeZip(path) as opened:
                self.config = read_json(opened.read(archive.CONFIG), file=path, member=archive.CONFIG)
                self.metadata = read_json(opened.read(archive.METADATA), file=path, member=archive.METADATA)
                with open_hdf5(archive.weights_of(opened, path), name=f"{path}:{archive.WEIGHTS}") as file:
                    self.weights_dict = self._read(file, "")
        elif path.endswith(".weights.h5"):
            with open_hdf5(path) as file:
                self.weights_dict = self._read(file, "")
        else:
            raise ValueError(
                f"Invalid filename: expected a `.keras` or `.weights.h5` extension. Received: filepath={path}"
            )
        print(f"Keras model file '{path}'")
        if isinstance(self.metadata, dict):
            version, date = self.metadata.get("keras_version"), self.metadata.get("date_saved")
            print(f"Saved with Keras {version} - date: {date}")

    def _read(self, group: HDF5Group, path: str) -> Weights:
        """The arrays of a group and those below, without groups that hold none."""
        attributes = group.attributes
        if attributes:
            self.object_metadata[path] = attributes
        found: Weights = {}
        for name in sorted(group.keys(), key=lambda name: name != "vars"):
            part = group[name]
            if isinstance(part, HDF5Dataset):
                found[name] = part.read()
                continue
            inner = self._read(part, path if name == "vars" else f"{path}/{name}")
            if name == "vars":
                found.update(inner)
            elif inner:
                found[name] = inner
        return found

    # ------------------------------------------------------------------ looking

    def summary(self) -> None:
        """Print the objects of the file and their weights, as a tree."""
        print("Weights structure")
        self._print_tree(self.weights_dict, "  ", "", True)

    def _print_tree(self, weights: Weights, lead: str, path: str, top: bool) -> None:
        for index, (name, value) in enumerate(weights.items()):
            last = index == len(weights) - 1
            sign = "> " if top and index == 0 else "└─ " if last else "├─ "
            if isinstance(value, dict):
                own = self.object_metadata.get(f"{path}/{name}", {}).get("name")
                print(f"{lead}{sign}{name}" + (f" ('{own}')" if own else ""))
                self._print_tree(value, lead + ("    " if last else "│   "), f"{path}/{name}", False)
            else:
                print(f"{lead}{sign}{name}: shape={np.shape(value)}, dtype={np.asarray(value).dtype}")

    def compare(self, reference_model: Any) -> dict[str, Any]:
        """Print where the file and a model differ.

        Args:
            reference_model: the model, built.

        Returns:
            `{"status": "success" or "error", "error_count": ..., "match_count": ...}`.
        """
        print("Running comparison")
        model, file = _shapes_of(reference_model), _flat(self.weights_dict, "")
        ends = "reference model", "saved file"
        errors = [self._missing(place, model, file, *ends) for place in _only_in(model, file)]
        errors += [self._missing(place, file, model, *reversed(ends)) for place in _only_in(file, model)]
        matches = 0
        for place in model:
            if place in file and model[place] != file[place]:
                errors.append(
                    f"...Weight shape mismatch for {place}\n    In reference model: shape={model[place]}\n"
                    f"    In saved file: shape={file[place]}"
                )
            matches += place in file and model[place] == file[place]
        for error in errors:
            print(error)
        print("─" * 21)
        if errors:
            many = "" if len(errors) == 1 else "s"
            print(f"Found {len(errors)} error{many}: saved file is not compatible with the reference model")
        else:
            print("Comparison successful: saved file is compatible with the reference model")
            print(f"    Found {matches} matching weight{'' if matches == 1 else 's'}")
        return {"status": "error" if errors else "success", "error_count": len(errors), "match_count": matches}

    @staticmethod
    def _missing(place: str, there: dict[str, Any], other: dict[str, Any], here: str, away: str) -> str:
        if place in there:
            return f"...Weight {place} present in {here}, missing from {away}"
        names = {each[len(place) + 1 :].partition("/")[0]: None for each in there if each.startswith(f"{place}/")}
        return (
            f"...Object {place} present in {here}, missing from {away}\n"
            f"    In {here}, {place} contains the following keys: {list(names)}"
        )

    # ------------------------------------------------------------------ editing

    def rename_object(self, object_name: str, new_name: str) -> None:
        """Give an object another name.

        Args:
            object_name: its name or path.
            new_name: the new name, without a path.

        Raises:
            ValueError: there is no such object, several have the name, or the new name is a path.
        """
        if "/" in new_name:
            raise ValueError(
                f"Argument `new_name` should be a leaf name, not a full path name. Received: new_name='{new_name}'"
            )
        holder, name = self._find(object_name)
        holder[new_name] = holder.pop(name)

    def delete_object(self, object_name: str) -> None:
        """Remove an object and what is in it.

        Args:
            object_name: its name or path.

        Raises:
            ValueError: there is no such object, or several have the name.
        """
        holder, name = self._find(object_name)
        del holder[name]

    def add_object(self, object_path: str, weights: Weights) -> None:
        """Add an object.

        Args:
            object_path: its path, in an object that is there (`"layers/dense_2"`).
            weights: arrays by name: `{"0": kernel, "1": bias}`.

        Raises:
            ValueError: what it is to be in is not there, or `weights` is no dict.
        """
        _check_weights(weights)
        *outer, name = object_path.split("/")
        holder = self.weights_dict
        for each in outer:
            if not isinstance(holder.get(each), dict):
                raise ValueError(f"Path '{'/'.join(outer)}' not found in model.")
            holder = holder[each]
        holder[name] = weights

    def add_weights(self, object_name: str, weights: Weights) -> None:
        """Add weights to an object, or replace those of the same names.

        Args:
            object_name: its name or path.
            weights: arrays by name.

        Raises:
            ValueError: there is no such object, several have the name, or `weights` is no dict.
        """
        _check_weights(weights)
        holder, name = self._find(object_name)
        holder[name].update(weights)

    def delete_weight(self, object_name: str, weight_name: str) -> None:
        """Remove a weight of an object.

        Args:
            object_name: the object's name or path.
            weight_name: the weight's name, `"0"` say.

        Raises:
            ValueError: there is no such object or weight.
        """
        holder, name = self._find(object_name)
        if weight_name not in holder[name]:
            raise ValueError(
                f"Weight {weight_name} not found in object {object_name}. Weights found: {list(holder[name])}"
            )
        del holder[name][weight_name]

    def _find(self, name: str) -> tuple[Weights, str]:
        """What holds an object, and the object's name in it."""
        if "/" in name:
            *outer, last = name.split("/")
            holder: Any = self.weights_dict
            for each in outer:
                holder = holder.get(each) if isinstance(holder, dict) else None
            if not isinstance(holder, dict) or last not in holder:
                raise ValueError(f"Path '{name}' not found in model.")
            return holder, last
        holders = [each for each in _dicts(self.weights_dict) if name in each]
        if len(holders) > 1:
            raise ValueError(f"Name '{name}' occurs more than once in the model; try passing a complete path")
        if not holders:
            raise ValueError(
                f"Source name '{name}' does not appear in the model. Use `editor.summary()` to list all objects."
            )
        return holders[0], name

    # ------------------------------------------------------------------ saving

    def save(self, filepath: Any) -> None:
        """Write the weights as they are now.

        Args:
            filepath: a path that ends in `.weights.h5`.

        Raises:
            ValueError: another ending.
        """
        path = paths.as_path(filepath)
        if not path.endswith(".weights.h5"):
            raise ValueError(
                f"Invalid `filepath` argument: expected a `.weights.h5` extension. Received: filepath={path}"
            )
        with atomic_write(path, "w+b") as file, HDF5Writer(file) as out:
            _write(out, self.weights_dict, "")

    def resave_weights(self, filepath: Any) -> None:
        """The same as `save`."""
        self.save(filepath)


def _check_weights(weights: Any) -> None:
    if not isinstance(weights, dict):
        raise ValueError(
            "Argument `weights` should be a dict where keys are weight names (usually '0', '1', etc.) and values are "
            f"NumPy arrays. Received: type(weights)={type(weights)}"
        )


def _dicts(weights: Weights) -> list[Weights]:
    return [weights, *[each for value in weights.values() if isinstance(value, dict) for each in _dicts(value)]]


def _write(out: HDF5Writer, weights: Weights, path: str) -> None:
    for name, value in weights.items():
        if isinstance(value, dict):
            _write(out, value, f"{path}{name}/")
        else:
            out.dataset(f"{path}vars/{name}", value)


def _flat(weights: Weights, path: str) -> dict[str, tuple[int, ...]]:
    """The shapes of all weights by their paths."""
    found: dict[str, tuple[int, ...]] = {}
    for name, value in weights.items():
        place = f"{path}/{name}"
        found.update(_flat(value, place) if isinstance(value, dict) else {place: tuple(np.shape(value))})
    return found


def _shapes_of(model: Any) -> dict[str, tuple[int, ...]]:
    """The shapes of a model's weights by the paths that they would have in a file."""
    found: dict[str, tuple[int, ...]] = {}
    for place, item in trackables.walk(model):
        if isinstance(item, Loss):
            continue
        start = f"/{place}" if place else ""
        values = trackables.written_values(item)
        found.update({f"{start}/{name}": tuple(np.shape(value)) for name, value in values.items()})
    return found


def _only_in(first: dict[str, Any], second: dict[str, Any]) -> list[str]:
    """The outermost places of the first that the second lacks."""
    found: dict[str, None] = {}
    for path in first:
        parts = path.split("/")
        for end in range(2, len(parts) + 1):
            place = "/".join(parts[:end])
            if place not in second and not any(other.startswith(f"{place}/") for other in second):
                found[place] = None
                break
    return list(found)
