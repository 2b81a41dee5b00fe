"""Dataset.save and Dataset.snapshot: folders of elements, in the user's shards, and saves that go on if cut off."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import dtypes, errors
from addax.core.checkpointing import managed
from addax.core.spec import TensorSpec
from addax.core.variable import Variable
from addax.data import elements, fingerprint
from addax.data.functions import UserFunction
from addax.data.iterator import Iterator
from addax.data.node import END, Node
from addax.data.nodes.cache import FolderNode
from addax.data.seeds import Position
from addax.data.sources import read_folder
from addax.data.storage import Writer, compression_of, describe, description, encode, place_inside, shard_name
from addax.data.storage import spec_to_json as described_spec
from addax.formats.tfrecord import TFRecordWriter

_SCALAR = TensorSpec([], dtypes.int64)


class Shards:
    """The numbers of the files that elements go to, by a function of the user's; 0 without one."""

    def __init__(self, shard_func: Callable[..., Any] | None, spec: Any, who: str) -> None:
        self._function = None if shard_func is None else UserFunction(shard_func, spec, who)

    def known(self) -> Any:
        """The spec of what the function returns, where that is known; int64 scalars where there is no function."""
        found = _SCALAR if self._function is None else self._function.output_spec
        return found[0] if isinstance(found, tuple) and len(found) == 1 else found

    def __call__(self, element: Any) -> int:
        if self._function is None:
            return 0
        leaves = [np.asarray(leaf) for leaf in elements.flatten(self._function(element))]
        if len(leaves) != 1 or leaves[0].dtype != np.int64 or leaves[0].ndim:
            raise _no_number([f"{leaf.dtype} {leaf.shape}" for leaf in leaves])
        return int(leaves[0])


def _no_number(received: Any) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(
        None, None, f"`shard_func` must return a scalar int64. Received: {received}.\n  To do: tf.cast(..., tf.int64)."
    )


def save(node: Node, path: Any, compression: str | None, shard_func: Callable[..., Any] | None) -> None:
    """Write all elements of a node; see `Dataset.save`."""
    shards = Shards(shard_func, node.spec, "Dataset.save")
    known = shards.known()
    if known is not None and known != _SCALAR:
        raise _no_number(known)
    writer = Writer(os.fspath(path), node.spec, compression_of(compression))
    iterator = Position(node).iterator
    try:
        while (element := iterator.next()) is not END:
            writer.write(element, shards(element))
    except BaseException:
        writer.abort()
        raise
    finally:
        iterator.close()
    writer.commit()


def snapshot_node(
    node: Node, path: Any, compression: str | None, reader_func: Callable[..., Any] | None,
    shard_func: Callable[..., Any] | None,
) -> Node:  # fmt: skip
    """A node that writes the elements of its first whole pass, and reads them later; see `Dataset.snapshot`.

    Each pipeline has a folder of its own under `path`, named by its digest, so that it never reads another's elements.
    """
    shards = Shards(shard_func, node.spec, "Dataset.snapshot")
    known = shards.known()
    if known is not None and known not in (_SCALAR, TensorSpec([], dtypes.int32)):
        raise TypeError(
            f"Invalid `shard_func`. `shard_func` must return `tf.int64` scalar tensor but its return type is {known}."
        )
    spec = node.spec
    return FolderNode(
        node,
        os.path.join(os.fspath(path), fingerprint.digest(node).hex()[:16]),
        compression_of(compression),
        "_SnapshotDataset",
        None if shard_func is None else shards,
        lambda folder: read_folder(folder, spec, reader_func)._node,
    )


# ---------------------------------------------------------------------------- saves that go on


def save_in_steps(
    dataset: Any, path: Any, compression: str | None, shard_func: Callable[..., Any] | None, checkpoint_args: Any
) -> None:
    """Write a dataset, with checkpoints of how far that is, from which the next call goes on.

    Between two checkpoints each shard gets a file of its own, a piece. What comes after the last checkpoint is removed
    when a save goes on. The dataset is described, and so there, once all is written.

    Args:
        dataset: a `tf.data.Dataset`.
        path: the folder.
        compression: as of `Dataset.save`.
        shard_func: as of `Dataset.save`.
        checkpoint_args: arguments of `tf.train.CheckpointManager`, but for `checkpoint`.

    Raises:
        ValueError: checkpoint_args have a checkpoint in them.
        TypeError: they are not what a `CheckpointManager` takes.
    """
    if "checkpoint" in checkpoint_args:
        raise ValueError("Invalid `checkpoint_args`. `checkpoint_args` are not allowed to include 'checkpoint'.")
    pieces = Pieces(os.fspath(path), dataset.element_spec, compression_of(compression))
    shards = Shards(shard_func, dataset.element_spec, "Dataset.save")
    iterator = Iterator(dataset)
    piece, count = Variable(0, dtype=dtypes.int64), Variable(0, dtype=dtypes.int64)
    progress, manager = managed({"iterator": iterator, "piece": piece, "count": count}, checkpoint_args)
    if manager.latest_checkpoint is not None and pieces.there():
        progress.restore(manager.latest_checkpoint)
    pieces.begin(int(piece.numpy()))
    counter, written = checkpoint_args.get("step_counter"), int(count.numpy())
    since = None if manager.latest_checkpoint is None else _steps(counter)
    try:
        for element in iterator:
            host = elements.to_host(elements.from_user(element))
            pieces.write(host, shards(host))
            written += 1
            if counter is not None:
                counter.assign_add(1)
            if (
                manager.checkpoint_interval is None
                or since is None
                or _steps(counter) - since >= manager.checkpoint_interval
            ):
                since = _steps(counter)
                piece.assign(pieces.finish())
                count.assign(written)
                manager.save(check_interval=False)
    finally:
        pieces.finish()
    pieces.commit(written)


def _steps(counter: Any) -> int:
    return 0 if counter is None else int(counter.numpy())


class Pieces:
    """The folder that a save in steps writes."""

    def __init__(self, path: str, spec: Any, compression: str) -> None:
        self._path, self._compression = os.path.abspath(path), compression
        self._described = described_spec(spec)
        self._folder = place_inside(self._path, "saving")
        self._piece = 0
        self._writers: dict[int, TFRecordWriter] = {}

    def there(self) -> bool:
        """Whether an earlier call left pieces."""
        return os.path.isdir(self._folder)

    def begin(self, piece: int) -> None:
        """Go on with a piece: what is of it and later ones is removed."""
        if not piece:
            shutil.rmtree(self._folder, ignore_errors=True)
        os.makedirs(self._folder, exist_ok=True)
        for name in os.listdir(self._folder):
            if int(name.split(".")[0].split("-")[-1]) >= piece:
                os.unlink(os.path.join(self._folder, name))
        self._piece = piece

    def write(self, element: Any, shard: int) -> None:
        """Append an element to a shard's current piece."""
        writer = self._writers.get(shard)
        if writer is None:
            writer = TFRecordWriter(os.path.join(self._folder, shard_name(shard, self._piece)), self._compression)
            self._writers[shard] = writer
        writer.write(encode(element))

    def finish(self) -> int:
        """Close the current piece; the number of the next one."""
        for writer in self._writers.values():
            writer.close()
        self._writers = {}
        self._piece += 1
        return self._piece

    def commit(self, count: int) -> None:
        """Say that all is there."""
        names = sorted(os.listdir(self._folder))
        shards = [[int(number) for number in name.split(".")[0].split("-")[1:]] for name in names]
        final = place_inside(self._path)
        os.rename(self._folder, final)
        kept = description(self._compression, count, self._described, shards)
        describe(self._path, {**kept, "folder": os.path.basename(final)})
