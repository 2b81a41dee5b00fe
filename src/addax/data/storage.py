"""Elements on disk: folders of TFRecord files with a description, for `save`, `snapshot` and `cache(filename)`.

A folder appears whole or not at all: it is written beside its place and renamed when complete.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from addax.core import dtypes, errors, trees
from addax.core.spec import NoneTensorSpec, RaggedTensorSpec, SparseTensorSpec, TensorSpec
from addax.data import composites, elements
from addax.formats.atomic import atomic_directory
from addax.formats.errors import CorruptFileError
from addax.formats.json_text import MAX_BYTES, read_json
from addax.formats.limits import open_regular
from addax.formats.tfrecord import TFRecordWriter, read_tfrecords

_VERSION = 1
_NAME = "dataset.json"
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
    plain = {None: "", "": "", "NONE": "", "AUTO": "", "GZIP": "GZIP", "ZLIB": "ZLIB"}
    if name not in plain:
        raise ValueError(f"Dataset.save: expected compression None, 'GZIP' or 'ZLIB', received {name!r}.")
    return plain[name]


class Writer:
    """Writes a folder of elements, in one or more shards. Nothing is at `path` before `commit`."""

    def __init__(self, path: str, spec: Any, compression: str = "") -> None:
        self._compression = compression
        self._described = spec_to_json(spec)
        self._path = os.path.abspath(path)
        os.makedirs(os.path.dirname(self._path), exist_ok=True)
        self._context = atomic_directory(self._path)
        self._folder = self._context.__enter__()
        self._writers: dict[int, TFRecordWriter] = {}
        self._count = 0

    def write(self, element: Any, shard: int = 0) -> None:
        """Append an element to a shard."""
        writer = self._writers.get(shard)
        if writer is None:
            writer = TFRecordWriter(os.path.join(self._folder, _shard_name(shard)), self._compression)
            self._writers[shard] = writer
        writer.write(encode(element))
        self._count += 1

    def commit(self) -> None:
        """Put the folder in its place."""
        for writer in self._writers.values():
            writer.close()
        kept = {
            "version": _VERSION, "compression": self._compression, "count": self._count,
            "element_spec": self._described, "shards": sorted(self._writers),
        }  # fmt: skip
        with open(os.path.join(self._folder, _NAME), "w", encoding="utf-8") as file:
            json.dump(kept, file)
        self._context.__exit__(None, None, None)

    def abort(self) -> None:
        """Remove what was written."""
        for writer in self._writers.values():
            writer.close()
        error = InterruptedError("writing was given up")
        try:
            self._context.__exit__(InterruptedError, error, None)
        except InterruptedError:
            return


def _shard_name(shard: int) -> str:
    return f"elements-{shard:05d}.tfrecord"


class Folder:
    """A folder that `Writer` wrote.

    Raises:
        tf.errors.NotFoundError: there is none.
        tf.errors.DataLossError: it is damaged.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            description = os.path.join(path, _NAME)
            with open_regular(description) as file:
                kept = read_json(file.read(MAX_BYTES + 1), file=description)
            self.compression = compression_of(kept["compression"])
            self.count = int(kept["count"])
            self.spec = spec_from_json(kept["element_spec"])
            self.shards = [int(shard) for shard in kept["shards"]]
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
        path = os.path.join(self.path, _shard_name(shard))
        try:
            for record in read_tfrecords(path, self.compression):
                yield decode(record, self.spec if spec is None else spec, path)
        except FileNotFoundError:
            raise errors.NotFoundError(None, None, f"{path}: a shard of the saved dataset is missing.") from None
        except CorruptFileError as error:
            raise errors.DataLossError(None, None, str(error)) from None
