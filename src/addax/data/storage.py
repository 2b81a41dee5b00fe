"""Elements on disk: folders of TFRecord files with a description, for `save`, `snapshot` and `cache(filename)`.

A folder appears whole or not at all: it is written beside its place and renamed when complete. In a folder that holds
other things, these stay: the elements get a folder of their own in it, and the description comes last.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from addax.core import dtypes, errors, trees
from addax.core.composite_specs import RaggedTensorSpec, SparseTensorSpec
from addax.core.spec import NoneTensorSpec, TensorSpec
from addax.data import composites, elements
from addax.formats.atomic import atomic_directory, atomic_write
from addax.formats.errors import CorruptFileError
from addax.formats.json_text import MAX_BYTES, read_json
from addax.formats.limits import open_regular
from addax.formats.tfrecord import TFRecordWriter, read_tfrecords

_VERSION = 1
_NAME = "dataset.json"
_OWN_FILES = re.compile(r"dataset\.json|elements-[0-9-]+\.tfrecord")
_OWN_FOLDER = re.compile(r"elements-[0-9a-f]{16}")  # the elements' own, in a folder that holds other things
# What a description of the wrong form ends in.
_UNFIT = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, errors.OpError)


# ---------------------------------------------------------------------------- specs


def spec_to_json(spec: Any) -> Any:
    """A structure of specs as JSON values."""
    if isinstance(spec, NoneTensorSpec):
        return {"none": True}
    if isinstance(spec, RaggedTensorSpec):
        return {"ragged": [spec.shape.as_list(), spec.dtype.name, spec.ragged_rank, spec.row_splits_dtype.name]}
    if isinstance(spec, SparseTensorSpec):
        return {"sparse": [spec.shape.as_list(), spec.dtype.name]}
    if isinstance(spec, TensorSpec):
        return {"tensor": [None if spec.shape.rank is None else spec.shape.as_list(), spec.dtype.name]}
    if isinstance(spec, dict):
        return {"dict": {key: spec_to_json(item) for key, item in spec.items()}}
    if isinstance(spec, tuple):
        return {"tuple": [spec_to_json(item) for item in spec]}
    raise TypeError(f"Dataset.save: elements of {spec} cannot be written to a file.")


def spec_from_json(kept: Any) -> Any:
    """The specs that `spec_to_json` described."""
    (kind, value), *rest = kept.items()
    if rest:
        raise ValueError("a spec with more than one kind")
    if kind == "none":
        return NoneTensorSpec()
    if kind == "tensor":
        return TensorSpec(*value)
    if kind == "ragged":
        return RaggedTensorSpec(*value)
    if kind == "sparse":
        return SparseTensorSpec(*value)
    if kind == "dict":
        return {str(key): spec_from_json(item) for key, item in value.items()}
    if kind == "tuple":
        return tuple([spec_from_json(item) for item in value])
    raise ValueError(f"a spec of kind {kind!r}")


# ---------------------------------------------------------------------------- elements


def encode(element: Any) -> bytes:
    """An element as bytes: a description of its arrays, then their contents."""
    described, payload = [], []
    for leaf in elements.flatten(element):
        parts = [] if leaf is None else composites.parts_of(leaf) if _composite(leaf) else [np.asarray(leaf)]
        for part in parts:
            if part.dtype.kind == "O":
                items = part.reshape(-1).tolist()
                payload.append(b"".join(items))
                described.append(["string", list(part.shape), [len(item) for item in items]])
            else:
                payload.append(np.ascontiguousarray(part).tobytes())
                described.append([dtypes.from_numpy(part.dtype).name, list(part.shape), len(payload[-1])])
    head = json.dumps(described, separators=(",", ":")).encode()
    return struct.pack("<I", len(head)) + head + b"".join(payload)


def _composite(leaf: Any) -> bool:
    return isinstance(leaf, trees.CompositeTensor)


def decode(record: bytes, spec: Any, path: str) -> Any:
    """The element that `encode` made bytes of.

    Raises:
        tf.errors.DataLossError: the bytes are not such an element.
    """
    try:
        (length,) = struct.unpack_from("<I", record)
        described = read_json(record[4 : 4 + length], file=path, member="a record's head")
        arrays, at = [], 4 + length
        for name, shape, size in described:
            array, at = _array(record, at, name, tuple(shape), size)
            arrays.append(array)
        rest = iter(arrays)
        leaves = [_leaf(each, rest) for each in elements.flatten_specs(spec)]
    except (*_UNFIT, struct.error, StopIteration) as error:
        raise errors.DataLossError(None, None, f"{path}: a record that is not an element of {spec}: {error}") from None
    return elements.pack_specs(spec, leaves)


def _array(record: bytes, at: int, name: str, shape: tuple[int, ...], size: Any) -> tuple[np.ndarray, int]:
    if name == "string":
        if any(each < 0 for each in size) or sum(size) > len(record) - at:
            raise ValueError("it ends early")
        ends = [at, *(at + np.cumsum(size, dtype=np.int64)).tolist()]
        out = np.empty(len(size), object)
        out[:] = [record[start:stop] for start, stop in zip(ends[:-1], ends[1:], strict=True)]
        return out.reshape(shape), ends[-1]
    kind = dtypes.as_dtype(name).np
    if not 0 <= size <= len(record) - at:
        raise ValueError("it ends early")
    return np.frombuffer(record[at : at + size], kind).reshape(shape), at + size


def _leaf(spec: Any, rest: Iterator[np.ndarray]) -> Any:
    if isinstance(spec, NoneTensorSpec):
        return None
    if isinstance(spec, TensorSpec):
        return next(rest)
    count = 3 if isinstance(spec, SparseTensorSpec) else len(spec._component_specs)
    return composites.built(spec, [next(rest) for _ in range(count)])


# ---------------------------------------------------------------------------- folders


def compression_of(name: str | None) -> str:
    """TensorFlow's names of compressions as those of TFRecord files.

    Raises:
        ValueError: a compression that there is not.
    """
    plain = {None: "", "": "", "NONE": "", "AUTO": "", "GZIP": "GZIP", "ZLIB": "ZLIB", "SNAPPY": "ZLIB"}
    if name not in plain:
        raise ValueError(f"Dataset.save: expected compression None, 'GZIP', 'ZLIB' or 'SNAPPY', received {name!r}.")
    return plain[name]


def _holds_other_things(path: str) -> bool:
    """Whether a folder is there that may not be replaced: with files that are no dataset's, or where we are."""
    if not os.path.isdir(path):
        return False
    found = os.listdir(path)
    strange = [name for name in found if not _OWN_FILES.fullmatch(name)]
    return bool(strange) or (bool(found) and _NAME not in found) or os.path.samefile(path, os.curdir)


class Writer:
    """Writes a folder of elements, in one or more shards. No dataset is at `path` before `commit`."""

    def __init__(self, path: str, spec: Any, compression: str = "") -> None:
        self._compression = compression
        self._described = spec_to_json(spec)
        self._path = os.path.abspath(path)
        os.makedirs(os.path.dirname(self._path), exist_ok=True)
        self._inside = place_inside(self._path) if _holds_other_things(self._path) else ""
        self._context = atomic_directory(self._inside or self._path)
        self._folder = self._context.__enter__()
        self._writers: dict[int, TFRecordWriter] = {}
        self._count = 0

    def write(self, element: Any, shard: int = 0) -> None:
        """Append an element to a shard."""
        writer = self._writers.get(shard)
        if writer is None:
            writer = TFRecordWriter(os.path.join(self._folder, shard_name(shard)), self._compression)
            self._writers[shard] = writer
        writer.write(encode(element))
        self._count += 1

    def commit(self) -> None:
        """Put the folder in its place."""
        for writer in self._writers.values():
            writer.close()
        kept = description(self._compression, self._count, self._described, [[each] for each in sorted(self._writers)])
        if not self._inside:
            with open(os.path.join(self._folder, _NAME), "w", encoding="utf-8") as file:
                json.dump(kept, file)
            self._context.__exit__(None, None, None)
            return
        self._context.__exit__(None, None, None)
        describe(self._path, {**kept, "folder": os.path.basename(self._inside)})

    def abort(self) -> None:
        """Remove what was written."""
        for writer in self._writers.values():
            writer.close()
        error = InterruptedError("writing was given up")
        try:
            self._context.__exit__(InterruptedError, error, None)
        except InterruptedError:
            return


def description(compression: str, count: int, described: Any, shards: list[list[int]]) -> dict[str, Any]:
    """What `dataset.json` says of a dataset; a shard is its number, and those of its pieces if there are several."""
    return {
        "version": _VERSION, "compression": compression, "count": count, "element_spec": described, "shards": shards,
    }  # fmt: skip


def describe(path: str, kept: dict[str, Any]) -> None:
    """Say, in one step, that a folder's dataset is this one, and remove the files of the one before."""
    with atomic_write(os.path.join(path, _NAME), "w", encoding="utf-8") as file:
        json.dump(kept, file)
    for name in os.listdir(path):
        if _OWN_FOLDER.fullmatch(name) and name != kept["folder"]:  # of a dataset before
            shutil.rmtree(os.path.join(path, name), ignore_errors=True)
        elif _OWN_FILES.fullmatch(name) and name != _NAME:
            os.unlink(os.path.join(path, name))


def place_inside(path: str, name: str | None = None) -> str:
    """Where a dataset's elements lie in a folder that holds other things; a new place without a name."""
    return os.path.join(path, f"elements-{name or secrets.token_hex(8)}")


def shard_name(shard: int, *piece: int) -> str:
    """The file of a shard, or of a piece of it."""
    return "-".join(["elements", *(f"{number:05d}" for number in (shard, *piece))]) + ".tfrecord"


class Folder:
    """A folder that `Writer` wrote.

    Raises:
        tf.errors.NotFoundError: there is none.
        tf.errors.DataLossError: it is damaged.
    """

    def __init__(self, path: str, compression: str | None = None) -> None:
        self.path = path
        try:
            description = os.path.join(path, _NAME)
            with open_regular(description) as file:
                kept = read_json(file.read(MAX_BYTES + 1), file=description)
            self.compression = compression_of(kept["compression"])
            self.count = int(kept["count"])
            self.spec = spec_from_json(kept["element_spec"])
            self._shards = [[int(number) for number in np.atleast_1d(shard)] for shard in kept["shards"]]
            self.shards = sorted({shard for shard, *_ in self._shards})
            folder = str(kept.get("folder", ""))
            if folder and not _OWN_FOLDER.fullmatch(folder):
                raise ValueError(f"no folder of elements: {folder!r}")
            self._place = os.path.join(path, folder)
            self._asked = self.compression if compression is None else compression_of(compression)
        except FileNotFoundError:
            raise errors.NotFoundError(None, None, f"{path}: there is no saved dataset here.") from None
        except _UNFIT as error:
            raise errors.DataLossError(
                None, None, f"{os.path.join(path, _NAME)}: the description is damaged: {error}"
            ) from None

    @staticmethod
    def exists(path: str) -> bool:
        """Whether a complete folder is at `path`."""
        return os.path.isfile(os.path.join(path, _NAME))

    def read(self, shard: int, spec: Any = None) -> Iterator[Any]:
        """The elements of a shard."""
        if self._asked != self.compression:
            raise errors.DataLossError(
                None, None,
                f"{self.path} was saved with compression {self.compression or None!r}, not {self._asked or None!r}.",
            )  # fmt: skip
        for numbers in self._shards:
            if numbers[0] == shard:
                yield from self._piece(os.path.join(self._place, shard_name(*numbers)), spec)

    def _piece(self, path: str, spec: Any) -> Iterator[Any]:
        wanted = self.spec if spec is None else spec
        try:
            for record in read_tfrecords(path, self.compression):
                element = decode(record, wanted, path)
                if wanted is not self.spec:
                    _check_spec(element, wanted, path)
                yield element
        except FileNotFoundError:
            raise errors.NotFoundError(None, None, f"{path}: a shard of the saved dataset is missing.") from None
        except CorruptFileError as error:
            raise errors.DataLossError(None, None, str(error)) from None


def _check_spec(element: Any, spec: Any, path: str) -> None:
    """Refuse an element that is not what the caller of `Dataset.load` said."""
    pairs = zip(elements.flatten(element), elements.flatten_specs(spec), strict=True)
    for leaf, each in pairs:
        if type(each) is TensorSpec and not each.is_compatible_with(elements.spec_of(leaf)):
            raise errors.InvalidArgumentError(
                None, None, f"{path}: expected elements of {each}, the saved ones are of {elements.spec_of(leaf)}."
            )
