"""How a checkpoint's tensors are divided into files: tf.train.experimental's sharding callbacks."""

from __future__ import annotations

import abc
import dataclasses
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from addax.core import convert, dtypes, errors
from addax.core.device_spec import DeviceSpec
from addax.core.shapes import TensorShape
from addax.core.tensor import Tensor
from addax.formats.tensor_bundle import Piece
from addax.formats.tensor_slices import Slice, volume

__all__ = ["MaxShardSizePolicy", "ShardByTaskPolicy", "ShardableTensor", "ShardingCallback", "planned"]

Shard = Mapping[str, Mapping[Any, Any]]  # name -> slice -> tensor
_WHO = "tf.train.CheckpointOptions(experimental_sharding_callback)"
_PLACE = re.compile(r"(\d+),(\d+)")


@dataclasses.dataclass(frozen=True)
class ShardableTensor:
    """A tensor that is about to be saved, as sharding callbacks see it.

    Args:
        _tensor_save_spec: of TensorFlow's saver; None here.
        tensor: the values.
        dtype: their type.
        device: where they are, a tf.DeviceSpec.
        name: what the checkpoint calls it.
        shape: its shape.
        slice_spec: "" for a whole tensor.
        checkpoint_key: what the checkpoint calls it.
        trackable: the object that it belongs to, where there is one.
    """

    _tensor_save_spec: Any
    tensor: Any
    dtype: dtypes.DType
    device: Any
    name: str
    shape: TensorShape
    slice_spec: Any
    checkpoint_key: str
    trackable: Any


class ShardingCallback(abc.ABC):
    """Divides tensors into shards; subclasses say how in `__call__`.

    >>> import addax as tf
    >>> class OneEach(tf.train.experimental.ShardingCallback):
    ...     @property
    ...     def description(self):
    ...         return "a file per tensor"
    ...     def __call__(self, shardable_tensors):
    ...         return [{each.checkpoint_key: {each.slice_spec: each.tensor}} for each in shardable_tensors]
    >>> options = tf.train.CheckpointOptions(experimental_sharding_callback=OneEach())
    """

    @property
    @abc.abstractmethod
    def description(self) -> str:
        """What it does, in a sentence."""

    @abc.abstractmethod
    def __call__(self, shardable_tensors: Sequence[ShardableTensor]) -> Sequence[Shard]:
        """Divide tensors.

        Args:
            shardable_tensors: what is to be saved.

        Returns:
            The shards: for each, tensors by slice (`slice_spec`, or "7 11 0,4:0,11" for rows 0 to 4 of a tensor of
            shape (7, 11)) by `checkpoint_key`.
        """


class ShardByTaskPolicy(ShardingCallback):
    """A shard for each task whose devices hold tensors; in one process, that is one.

    >>> import addax as tf
    >>> tf.train.experimental.ShardByTaskPolicy().description
    'Split tensors into shards based on their device spec task.'
    """

    @property
    def description(self) -> str:
        """What it does, in a sentence."""
        return "Split tensors into shards based on their device spec task."

    def __call__(self, shardable_tensors: Sequence[ShardableTensor]) -> list[dict[str, dict[Any, Any]]]:
        """Divide tensors; see `ShardingCallback`."""
        shards: dict[Any, dict[str, dict[Any, Any]]] = {}
        for each in shardable_tensors:
            shard = shards.setdefault(getattr(each.device, "task", None), {})
            shard.setdefault(each.checkpoint_key, {})[each.slice_spec] = each.tensor
        return list(shards.values())


class MaxShardSizePolicy(ShardingCallback):
    """Shards of at most so many bytes; tensors that do not fit into one are cut. Strings and scalars are not.

    Args:
        max_shard_size: in bytes.

    Raises:
        ValueError: a size that is no int > 0.

    >>> import addax as tf, glob, os, tempfile
    >>> options = tf.train.CheckpointOptions(
    ...     experimental_sharding_callback=tf.train.experimental.MaxShardSizePolicy(200))
    >>> prefix = os.path.join(tempfile.mkdtemp(), "ckpt")
    >>> _ = tf.train.Checkpoint(v=tf.Variable(tf.zeros([100]))).write(prefix, options)
    >>> len(glob.glob(prefix + ".data*"))
    3
    """

    def __init__(self, max_shard_size: int) -> None:
        if not isinstance(max_shard_size, int) or max_shard_size <= 0:
            raise ValueError(f"MaxShardSizePolicy: max_shard_size must be an int > 0, received {max_shard_size!r}.")
        self.max_shard_size = max_shard_size

    @property
    def description(self) -> str:
        """What it does, in a sentence."""
        return "Split tensors into shards with a max shard size."

    def __call__(self, shardable_tensors: Sequence[ShardableTensor]) -> list[dict[str, dict[Any, Any]]]:
        """Divide tensors; see `ShardingCallback`."""
        filling = _Filling(self.max_shard_size)
        for each in shardable_tensors:
            array = _array(each.tensor)
            if array.dtype == object or not array.ndim:
                size = sum(map(len, array.ravel().tolist())) if array.dtype == object else array.nbytes
                filling.put(each.checkpoint_key, each.slice_spec, each.tensor, size)
                continue
            shape = array.shape
            for place in filling.cut(tuple([(0, size) for size in shape]), array.itemsize):
                whole = volume(place) == array.size
                part = each.tensor if whole else Tensor(convert.to_device(array[_index(place)]))
                spec = each.slice_spec if whole else spec_of(shape, place)
                filling.put(each.checkpoint_key, spec, part, volume(place) * array.itemsize)
        return filling.shards


class _Filling:
    """Shards being filled up to a size, one after the other."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.shards: list[dict[str, dict[Any, Any]]] = [{}]
        self.used = 0

    def put(self, name: str, spec: Any, part: Any, size: int) -> None:
        if self.used and self.used + size > self.limit:
            self.shards.append({})
            self.used = 0
        self.shards[-1].setdefault(name, {})[spec] = part
        self.used += size

    def cut(self, place: Slice, itemsize: int) -> Iterator[Slice]:
        """The parts of a block, each of which fits into what is left of the shard when it is asked for."""
        while True:
            size, room = volume(place) * itemsize, self.limit - self.used
            if size <= room or volume(place) == 1:
                yield place
                return
            # Along which axis do most values fit, and how many of its steps?
            steps = [0 if not length else room // (size // length) * (size // length) for _, length in place]
            axis = int(np.argmax(steps))
            count = room // (size // place[axis][1])
            if not count and self.used:
                self.shards.append({})
                self.used = 0
                continue
            if not count:  # even one step along any axis is too much: cut a step along the longest
                axis, count = int(np.argmax([length for _, length in place])), 1
            first, place = _halves(place, axis, count)
            yield from self.cut(first, itemsize)


def _halves(place: Slice, axis: int, count: int) -> tuple[Slice, Slice]:
    start, length = place[axis]
    first = (*place[:axis], (start, count), *place[axis + 1 :])
    return first, (*place[:axis], (start + count, length - count), *place[axis + 1 :])


def spec_of(shape: Sequence[int], place: Slice) -> str:
    """A slice as text: the whole shape, then start and length of each dimension."""
    return " ".join(map(str, shape)) + " " + ":".join(f"{start},{length}" for start, length in place)


def _index(place: Slice) -> tuple[slice, ...]:
    return tuple([slice(start, start + length) for start, length in place])


def _array(tensor: Any) -> np.ndarray:
    return np.asarray(tensor if isinstance(tensor, np.ndarray) else convert.value_of(tensor))


# ---------------------------------------------------------------------------- from callback to files


def planned(tensors: Mapping[str, np.ndarray], owners: Mapping[str, Any], callback: Any) -> list[list[Piece]]:
    """What each shard holds, as a callback says.

    Args:
        tensors: arrays by name.
        owners: the objects that they belong to, by name.
        callback: a ShardingCallback.

    Raises:
        TypeError: the callback is none, or returns something else than shards.
        ValueError: shards that do not hold every value exactly once.
    """
    if not callable(callback):
        raise TypeError(
            errors.message(
                _WHO, expected="a tf.train.experimental.ShardingCallback", received=f"{callback!r:.80}",
                hint="MaxShardSizePolicy(bytes) and ShardByTaskPolicy() are ready to use",
            )
        )  # fmt: skip
    here = DeviceSpec(job="localhost", replica=0, task=0, device_type="CPU", device_index=0)
    given = []
    for name, array in tensors.items():
        dtype = dtypes.string if array.dtype == object else dtypes.from_numpy(array.dtype)
        shape = TensorShape(array.shape)
        made = Tensor(array) if array.dtype == object else Tensor(convert.to_device(array))
        given.append(ShardableTensor(None, made, dtype, here, name, shape, "", name, owners.get(name)))
    shards = callback(given)
    if not isinstance(shards, list | tuple) or not all(isinstance(shard, Mapping) for shard in shards):
        raise TypeError(
            errors.message(_WHO, expected="a list of shards, each a dict of dicts", received=f"{shards!r:.200}")
        )
    plan = [[piece for name, parts in shard.items() for piece in _pieces(name, parts, tensors)] for shard in shards]
    _check_complete(plan, tensors)
    return plan


def _pieces(name: str, parts: Mapping[Any, Any], tensors: Mapping[str, np.ndarray]) -> Iterator[Piece]:
    if name not in tensors or not isinstance(parts, Mapping):
        raise ValueError(
            errors.message(_WHO, expected="slices of tensors by checkpoint_key", received=f"{name!r}: {parts!r:.80}")
        )
    whole = tensors[name].shape
    for spec, tensor in parts.items():
        text, array = getattr(spec, "spec", spec), _array(tensor)
        place = tuple([(int(start), int(length)) for start, length in _PLACE.findall(text)]) if text else None
        sizes = whole if place is None else tuple([length for _, length in place])
        if array.shape != sizes or array.dtype != tensors[name].dtype or place and len(place) != len(whole):
            raise ValueError(
                errors.message(
                    _WHO, expected=f"{tensors[name].dtype} values of shape {sizes} for the slice {text!r} of {name}",
                    received=f"{array.dtype} {array.shape}",
                )
            )  # fmt: skip
        yield Piece(name, array, whole, None if place == tuple([(0, size) for size in whole]) else place)


def _check_complete(plan: Sequence[Sequence[Piece]], tensors: Mapping[str, np.ndarray]) -> None:
    held: dict[str, list[Piece]] = {}
    for piece in (piece for shard in plan for piece in shard):
        held.setdefault(piece.name, []).append(piece)
    for name, array in tensors.items():
        parts = held.get(name, [])
        places = [part.place for part in parts if part.place is not None]
        if len(parts) == 1 and not places:
            continue
        filled = np.zeros(array.shape, bool)
        for place in places:
            filled[_index(place)] = True
        if len(places) != len(parts) or not filled.all() or sum(map(volume, places)) != math.prod(array.shape):
            raise ValueError(
                errors.message(_WHO, expected=f"every value of {name} in one shard", received=f"{len(parts)} pieces")
            )
