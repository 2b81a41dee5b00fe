"""Fingerprints of SavedModels: hashes by which two of them are told apart."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from typing import Any

from addax.formats import saved_model as files

FILENAME = "fingerprint.pb"
_PARTS = (
    "saved_model_checksum", "graph_def_program_hash", "signature_def_hash", "saved_object_graph_hash",
    "checkpoint_hash",
)  # fmt: skip


def hash64(data: bytes) -> int:
    """A hash of 64 bits."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")


def write_fingerprint(folder: str, model: Mapping[str, Any], checkpoint: bytes) -> None:
    """Write the fingerprint of a SavedModel.

    Args:
        folder: where saved_model.pb is.
        model: its contents.
        checkpoint: the index of its variables.
    """
    graph = model["meta_graphs"][0]
    encode = files.CODEC.encode
    signatures = {"signature_def": dict(sorted(graph.get("signature_def", {}).items()))}
    hashes = {
        "saved_model_checksum": hash64(encode("SavedModel", model)),
        "graph_def_program_hash": hash64(encode("GraphDef", graph.get("graph_def", {}))),
        "signature_def_hash": hash64(encode("MetaGraphDef", signatures)),
        "saved_object_graph_hash": hash64(encode("SavedObjectGraph", graph.get("object_graph_def", {}))),
        "checkpoint_hash": hash64(checkpoint),
    }
    uuid = str(int.from_bytes(os.urandom(16), "little"))
    with open(os.path.join(folder, FILENAME), "wb") as file:
        file.write(encode("Fingerprint", {**hashes, "version": {"producer": 4}, "uuid": uuid}))


class Fingerprint:
    """The hashes of a SavedModel's parts; ints of 64 bits. Two are equal if all hashes are.

    Args:
        saved_model_checksum: of the whole file.
        graph_def_program_hash: of the graph and its functions.
        signature_def_hash: of the signatures.
        saved_object_graph_hash: of the objects.
        checkpoint_hash: of the variables.
        version: of the way of hashing.

    >>> import addax as tf
    >>> tf.saved_model.experimental.Fingerprint(1, 2, 3, 4, 5).singleprint()
    '2/3/4/5'
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self, saved_model_checksum: int | None = None, graph_def_program_hash: int | None = None,
        signature_def_hash: int | None = None, saved_object_graph_hash: int | None = None,
        checkpoint_hash: int | None = None, version: Any = None,
    ) -> None:  # fmt: skip
        self.saved_model_checksum = saved_model_checksum
        self.graph_def_program_hash = graph_def_program_hash
        self.signature_def_hash = signature_def_hash
        self.saved_object_graph_hash = saved_object_graph_hash
        self.checkpoint_hash = checkpoint_hash
        self.version = version

    @classmethod
    def from_proto(cls, proto: Any) -> Fingerprint:
        """A fingerprint from the bytes of a FingerprintDef, or an object with its fields.

        Raises:
            ValueError: it is neither.
        """
        if isinstance(proto, bytes):
            proto = files.CODEC.decode("Fingerprint", proto)
        if not isinstance(proto, Mapping):
            proto = {name: getattr(proto, name) for name in (*_PARTS, "version") if hasattr(proto, name)}
            if not proto:
                raise ValueError(f"Given proto could not be deserialized as fingerprint. {proto!r:.80}")
        try:
            return cls(*[int(proto.get(part, 0)) & (1 << 64) - 1 for part in _PARTS], version=proto.get("version"))
        except (TypeError, AttributeError):
            raise ValueError(f"Given proto could not be deserialized as fingerprint. {proto!r:.80}") from None

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Fingerprint) and all(getattr(self, p) == getattr(other, p) for p in _PARTS)

    def __str__(self) -> str:
        return "\n".join(["SavedModel Fingerprint", *[f"  {part}: {getattr(self, part)}" for part in _PARTS]])

    def __repr__(self) -> str:
        return f"Fingerprint({', '.join(f'{part}={getattr(self, part)}' for part in _PARTS)})"

    def singleprint(self) -> str:
        """The hashes of graph, signatures, objects and variables, joined by "/"."""
        return "/".join(str(getattr(self, part)) for part in _PARTS[1:])


def read_fingerprint(export_dir: Any) -> Fingerprint:
    """The fingerprint of a SavedModel.

    Args:
        export_dir: its folder.

    Raises:
        FileNotFoundError: it has none.
        CorruptFileError: it is damaged.

    >>> import addax as tf, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> tf.saved_model.save(tf.Module(), folder)
    >>> tf.saved_model.experimental.read_fingerprint(folder) == tf.saved_model.experimental.read_fingerprint(folder)
    True
    """
    path = os.path.join(os.fspath(export_dir), FILENAME)
    if not os.path.isfile(path):
        raise FileNotFoundError(
            f"SavedModel Fingerprint Error: Could not find fingerprint in directory: {os.fspath(export_dir)}"
        )
    return Fingerprint.from_proto(files.read_message(path, "Fingerprint", max_bytes=1 << 20))
