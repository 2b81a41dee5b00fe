"""TensorFlow checkpoints: named tensors in an index file (a sorted string table) and data shards.

`PREFIX.index` maps names to (dtype, shape, shard, offset, size, CRC); `PREFIX.data-00000-of-00001` holds the bytes.
Formats: tensorflow/core/protobuf/tensor_bundle.proto, and LevelDB's table format (doc/table_format.md).
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np

from addax.formats import protobuf, tensor_slices
from addax.formats.atomic import atomic_write
from addax.formats.crc32c import crc32c, mask
from addax.formats.errors import (
    ChecksumError,
    CorruptFileError,
    TooLargeError,
    TruncatedFileError,
    UnsupportedFormatError,
)
from addax.formats.limits import open_regular, unpacked_limit
from addax.formats.memory import aligned_empty, read_at, run_all

__all__ = ["Entry", "Piece", "TensorBundle", "write_bundle"]

_MAGIC = 0xDB4775248B80FB57
_FOOTER = 48
_MAX_INDEX = 1 << 30
_BLOCK = 1 << 16
_LARGE = 1 << 20  # bytes; smaller tensors are not worth a thread
_STRING = 7
# Numbers of types in TensorFlow's types.proto.
DTYPES = {
    1: np.dtype(np.float32), 2: np.dtype(np.float64), 3: np.dtype(np.int32), 4: np.dtype(np.uint8),
    5: np.dtype(np.int16), 6: np.dtype(np.int8), 8: np.dtype(np.complex64), 9: np.dtype(np.int64),
    10: np.dtype(np.bool_), 14: np.dtype(ml_dtypes.bfloat16), 17: np.dtype(np.uint16), 18: np.dtype(np.complex128),
    19: np.dtype(np.float16), 22: np.dtype(np.uint32), 23: np.dtype(np.uint64),
}  # fmt: skip
NUMBERS = {dtype: number for number, dtype in DTYPES.items()}


@dataclasses.dataclass(frozen=True)
class Entry:
    """What the index says of a tensor. `dtype` is None for strings; a tensor in slices has its bytes in theirs."""

    dtype: np.dtype | None
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    crc: int
    slices: tuple[tensor_slices.Slice, ...] = ()


# ---------------------------------------------------------------------------- reading


class TensorBundle(Mapping):
    """A checkpoint opened for reading; a mapping of names to `Entry`.

    Args:
        prefix: the path without `.index`.

    Raises:
        FileNotFoundError: there is no index or a shard is missing.
        CorruptFileError: damaged; the message names the file and the tensor.

    Example:
        >>> import os, tempfile, numpy as np
        >>> from addax.formats.tensor_bundle import TensorBundle, write_bundle
        >>> prefix = os.path.join(tempfile.mkdtemp(), "ckpt")
        >>> write_bundle(prefix, {"v": np.array([1.0, 2.0], np.float32)})
        >>> TensorBundle(prefix).read("v")
        array([1., 2.], dtype=float32)
    """

    def __init__(self, prefix: str | os.PathLike[str]) -> None:
        self.prefix = os.fspath(prefix)
        self.index = self.prefix + ".index"
        with open_regular(self.index) as file:
            size = os.fstat(file.fileno()).st_size
            if size > _MAX_INDEX:
                raise TooLargeError(self.index, "index too large", received=f"{size} bytes")
            data = file.read()
        try:
            pairs = _ordered(data, self.index)
            header = protobuf.message_fields(pairs.pop(b"", b""))
            self.shards = int(header.get(1, [1])[-1])
            if header.get(2, [0])[-1] != 0:
                raise UnsupportedFormatError(self.index, "is of a big-endian machine")
            # The keys of slices begin with a zero byte, which no name does.
            self._pieces = {
                key: self._entry(repr(key), protobuf.message_fields(value))
                for key, value in pairs.items()
                if key[:1] == b"\0"
            }
            self._entries = {}
            for key, value in pairs.items():
                if key not in self._pieces:
                    name = self._name(key)
                    self._entries[name] = self._entry(name, protobuf.message_fields(value))
        except protobuf.WireError as error:
            raise CorruptFileError(self.index, f"damaged index ({error})") from None

    def _name(self, key: bytes) -> str:
        try:
            return key.decode("utf-8")
        except UnicodeDecodeError:
            raise CorruptFileError(self.index, "a name that is not UTF-8", member=repr(key[:100])) from None

    def _entry(self, name: str, found: dict[int, list[Any]]) -> Entry:
        kind = int(found.get(1, [0])[-1])
        if kind not in DTYPES and kind != _STRING:
            raise UnsupportedFormatError(
                self.index, "has a dtype that is not read", member=name, received=f"type {kind}"
            )
        shape = []
        for part in protobuf.message_fields(bytes(found.get(2, [b""])[-1])).get(2, []):
            shape.append(protobuf.signed(int(protobuf.message_fields(bytes(part)).get(1, [0])[-1])))
        shard, offset, size = (int(found.get(number, [0])[-1]) for number in (3, 4, 5))
        dtype = DTYPES.get(kind)
        if any(n < 0 for n in shape) or not 0 <= shard < max(self.shards, 1) or offset < 0 or size < 0:
            raise CorruptFileError(self.index, "has an impossible shape or place", member=name, received=f"{shape}")
        if 7 in found:
            return self._sliced(name, dtype, tuple(shape), found[7])
        if dtype is not None and math.prod(shape) * dtype.itemsize != size:
            raise CorruptFileError(
                self.index, "has another size than its shape", member=name,
                expected=f"{math.prod(shape) * dtype.itemsize} bytes: {dtype} {tuple(shape)}", received=f"{size} bytes",
            )  # fmt: skip
        crc = found.get(6, [b"\0\0\0\0"])[-1]
        if not isinstance(crc, bytes) or len(crc) != 4:
            raise CorruptFileError(self.index, "has no checksum of 4 bytes", member=name)
        return Entry(dtype, tuple(shape), shard, offset, size, struct.unpack("<I", crc)[0])

    def _sliced(self, name: str, dtype: np.dtype | None, shape: tuple[int, ...], messages: list[Any]) -> Entry:
        """A tensor in slices, each of which has an entry of its own."""
        try:
            slices = tuple([tensor_slices.parsed(bytes(message), shape) for message in messages])
        except ValueError as error:
            raise CorruptFileError(self.index, f"has an impossible slice: {error}", member=name) from None
        if dtype is None or sum(tensor_slices.volume(each) for each in slices) != math.prod(shape):
            raise CorruptFileError(self.index, "has slices that are not the whole tensor", member=name)
        for each in slices:
            piece = self._pieces.get(tensor_slices.key(name, each))
            if piece is None or piece.dtype != dtype or piece.shape != tuple(length for _, length in each):
                raise CorruptFileError(self.index, "has a slice without values of its shape", member=name)
        return Entry(dtype, shape, 0, 0, math.prod(shape) * dtype.itemsize, 0, slices)

    def __getitem__(self, name: str) -> Entry:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def read(self, name: str) -> np.ndarray:
        """The values of a tensor, its CRC checked; strings as an object array of bytes.

        Raises:
            KeyError: there is no such tensor.
            CorruptFileError: damaged, or outside of its shard.
        """
        entry = self._entries[name]
        return self._joined(name, entry) if entry.slices else self._read(name, entry)

    def _joined(self, name: str, entry: Entry) -> np.ndarray:
        """The values of a tensor in slices."""
        used = {self._pieces[tensor_slices.key(name, each)].shard for each in entry.slices}
        room = sum(os.path.getsize(_shard(self.prefix, number, self.shards)) for number in used)
        if entry.size > room:
            raise TruncatedFileError(
                self.index, "has slices of more bytes than its shards", member=name, expected=f"at most {room} bytes",
                received=f"{entry.size}",
            )  # fmt: skip
        whole = aligned_empty(entry.shape, entry.dtype)
        filled = np.zeros(entry.shape, bool)  # slices of the right size in all might still lie over each other
        for each in entry.slices:
            place = tuple([slice(start, start + length) for start, length in each])
            whole[place] = self._read(name, self._pieces[tensor_slices.key(name, each)])
            filled[place] = True
        if not filled.all():
            raise CorruptFileError(self.index, "has slices that lie over each other", member=name)
        return whole

    def _read(self, name: str, entry: Entry) -> np.ndarray:
        path = _shard(self.prefix, entry.shard, self.shards)
        with open_regular(path) as file:
            length = os.fstat(file.fileno()).st_size
            if entry.offset + entry.size > length:
                raise TruncatedFileError(
                    path, "ends before the tensor does", member=name, expected=f"{entry.offset + entry.size} bytes",
                    received=f"{length} bytes",
                )  # fmt: skip
            data = aligned_empty((entry.size,), np.uint8)
            if read_at(file, entry.offset, memoryview(data)) < entry.size:
                raise TruncatedFileError(path, "ended while the tensor was read", member=name)
        if entry.dtype is None:
            return _strings(data.tobytes(), entry, path, name)
        if mask(crc32c(data)) != entry.crc:
            raise ChecksumError(path, "wrong checksum of a tensor", member=name)
        array = data.view(entry.dtype).reshape(entry.shape)
        return array.byteswap() if sys.byteorder == "big" else array

    def read_all(self, names: Iterable[str]) -> dict[str, np.ndarray]:
        """The values of many tensors, read on several threads; see `read`."""
        names = list(dict.fromkeys(names))
        large = [name for name in names if self._entries[name].size >= _LARGE]
        found = dict(zip(large, run_all([partial(self.read, name) for name in large]), strict=True))
        return {name: found[name] if name in found else self.read(name) for name in names}


def _strings(data: bytes, entry: Entry, path: str, name: str) -> np.ndarray:
    """Lengths as varints, their CRC, then the bytes."""
    count, at, lengths = math.prod(entry.shape), 0, []
    if count > len(data):
        raise CorruptFileError(path, "announces more strings than it holds", member=name, received=f"{count}")
    try:
        for _ in range(count):
            length, at = protobuf.read_varint(data, at)
            lengths.append(length)
    except protobuf.WireError as error:
        raise CorruptFileError(path, f"damaged lengths of strings ({error})", member=name) from None
    if at + 4 + sum(lengths) != len(data):
        raise CorruptFileError(path, "strings of other lengths than announced", member=name)
    plain = _plain_lengths(lengths)
    if struct.unpack_from("<I", data, at)[0] != mask(crc32c(plain)):
        raise ChecksumError(path, "wrong checksum of the lengths of strings", member=name)
    if mask(crc32c(plain + data[at:])) != entry.crc:
        raise ChecksumError(path, "wrong checksum of a tensor", member=name)
    at += 4
    found = np.empty(count, object)
    for index, length in enumerate(lengths):
        found[index] = data[at : at + length]
        at += length
    return found.reshape(entry.shape)


def _plain_lengths(lengths: list[int]) -> bytes:
    """Lengths as the checksum sees them."""
    return b"".join(struct.pack("<I" if length < 1 << 32 else "<Q", length) for length in lengths)


def _ordered(data: bytes, path: str) -> dict[bytes, bytes]:
    """The pairs of a table, whose keys must rise: none stands there twice, however often a block is listed.

    Raises:
        CorruptFileError: they do not, or (TooLargeError) keys that share their beginnings add up to too much.
    """
    pairs: dict[bytes, bytes] = {}
    last, left = None, unpacked_limit(len(data))
    for key, value in _table(data, path):
        if last is not None and key <= last:
            raise CorruptFileError(
                path, "names out of order, or the same twice", member=repr(key[:100].decode("utf-8", "replace"))
            )
        left -= len(key)
        if left < 0:
            raise TooLargeError(path, "names of too many bytes", expected=f"at most {unpacked_limit(len(data))}")
        pairs[key] = value
        last = key
    return pairs


def _table(data: bytes, path: str) -> Iterator[tuple[bytes, bytes]]:
    """The pairs of a sorted string table."""
    if len(data) < _FOOTER or struct.unpack_from("<Q", data, len(data) - 8)[0] != _MAGIC:
        raise CorruptFileError(path, "not the index of a checkpoint", received=f"{len(data)} bytes")
    footer = data[-_FOOTER:]
    at = 0
    handles = []
    for _ in range(4):
        value, at = protobuf.read_varint(footer, at)
        handles.append(value)
    for _, handle in _entries(_block(data, handles[2], handles[3], path), path):
        offset, at = protobuf.read_varint(handle, 0)
        size, _ = protobuf.read_varint(handle, at)
        yield from _entries(_block(data, offset, size, path), path)


def _block(data: bytes, offset: int, size: int, path: str) -> bytes:
    end = offset + size
    if end + 5 > len(data):
        raise TruncatedFileError(path, "a block lies outside of the index", offset=offset)
    if struct.unpack_from("<I", data, end + 1)[0] != mask(crc32c(data[offset : end + 1])):
        raise ChecksumError(path, "wrong checksum of a block", offset=offset)
    if data[end] != 0:
        raise UnsupportedFormatError(path, "a compressed block", offset=offset, received=f"compression {data[end]}")
    return data[offset:end]


def _entries(block: bytes, path: str) -> Iterator[tuple[bytes, bytes]]:
    if len(block) < 4:
        raise CorruptFileError(path, "an empty block")
    restarts = struct.unpack_from("<I", block, len(block) - 4)[0]
    end = len(block) - 4 * (restarts + 1)
    if end < 0:
        raise CorruptFileError(path, "a block with impossible restarts")
    at, key = 0, b""
    while at < end:
        shared, at = protobuf.read_varint(block, at)
        fresh, at = protobuf.read_varint(block, at)
        length, at = protobuf.read_varint(block, at)
        if shared > len(key) or at + fresh + length > end:
            raise CorruptFileError(path, "a block with impossible entries", offset=at)
        key = key[:shared] + block[at : at + fresh]
        at += fresh
        yield key, block[at : at + length]
        at += length


# ---------------------------------------------------------------------------- writing


class Piece(NamedTuple):
    """What a shard holds of a tensor: all of it, or a slice of the whole of this shape."""

    name: str
    array: np.ndarray
    shape: tuple[int, ...] = ()
    place: tensor_slices.Slice | None = None


def write_bundle(
    prefix: str | os.PathLike[str], tensors: Mapping[str, np.ndarray], plan: Sequence[Sequence[Piece]] | None = None
) -> None:
    """Write a checkpoint; the index, which makes it visible, comes last.

    Over a checkpoint of as many shards one more is written, which is empty: the shards of the old index stay what they
    were until the new one is there.

    Args:
        prefix: the path without `.index`.
        tensors: arrays by name; object arrays hold bytes.
        plan: what each shard holds; by default there is one, of all tensors.

    Raises:
        TypeError: a dtype that checkpoints do not have.
    """
    prefix = os.fspath(prefix)
    if plan is None:
        plan = [[Piece(name, tensors[name]) for name in sorted(tensors, key=lambda each: each.encode("utf-8"))]]
    old = _shards_of(prefix)
    shards = len(plan) + (old == len(plan))
    header = protobuf.varint_field(1, shards) + protobuf.bytes_field(3, protobuf.varint_field(1, 1))
    pairs = [(b"", header)]
    sliced: dict[str, tuple[Piece, list[tensor_slices.Slice]]] = {}
    with ThreadPoolExecutor(1, "addax-files") as pool:
        for number in range(shards):
            with atomic_write(_shard(prefix, number, shards)) as file:
                offset = 0
                for piece in plan[number] if number < len(plan) else ():
                    entry, size = _written(piece, file, number, offset, pool)
                    offset += size
                    if piece.place is None:
                        pairs.append((piece.name.encode("utf-8"), entry))
                    else:
                        pairs.append((tensor_slices.key(piece.name, piece.place), entry))
                        sliced.setdefault(piece.name, (piece, []))[1].append(piece.place)
    for name, (piece, places) in sliced.items():
        kind = NUMBERS[piece.array.dtype.newbyteorder("=")]
        message = protobuf.varint_field(1, kind) + protobuf.bytes_field(2, _dims(piece.shape))
        message += b"".join(protobuf.bytes_field(7, tensor_slices.message(place)) for place in places)
        pairs.append((name.encode("utf-8"), message))
    pairs.sort(key=lambda pair: pair[0])
    with atomic_write(prefix + ".index") as file:
        file.write(_written_table(pairs))
    for number in range(old):
        with contextlib.suppress(OSError):
            os.unlink(_shard(prefix, number, old))


def _written(piece: Piece, file: Any, shard: int, offset: int, pool: ThreadPoolExecutor) -> tuple[bytes, int]:
    """Write a piece; returns (its entry, its size)."""
    array = np.asarray(piece.array)
    data, check, kind = _bytes_of(array, piece.name)
    large = check is None and len(data) >= _LARGE
    crc = pool.submit(crc32c, data) if large else None  # while it is written
    file.write(data)
    if check is None:
        check = mask(crc.result() if crc is not None else crc32c(data))
    return _entry_message(kind, array.shape, shard, offset, len(data), check), len(data)


def _shard(prefix: str, number: int, shards: int) -> str:
    return f"{prefix}.data-{number:05d}-of-{shards:05d}"


def _shards_of(prefix: str) -> int:
    """How many shards the checkpoint at a prefix has; 0 where none stands that can be read."""
    try:
        shards = TensorBundle(prefix).shards
    except OSError:  # CorruptFileError, too
        return 0
    return shards if shards < 1000 else 0


def _bytes_of(array: np.ndarray, name: str) -> tuple[bytes | memoryview, int | None, int]:
    """(bytes, their masked CRC if it is not simply theirs, number of the dtype)."""
    if array.dtype.kind in "OSU":
        texts = [each if isinstance(each, bytes) else str(each).encode("utf-8") for each in array.ravel().tolist()]
        lengths = [len(each) for each in texts]
        plain = _plain_lengths(lengths)
        check = struct.pack("<I", mask(crc32c(plain)))
        tail = check + b"".join(texts)
        return b"".join(protobuf.varint(n) for n in lengths) + tail, mask(crc32c(plain + tail)), _STRING
    number = NUMBERS.get(array.dtype.newbyteorder("="))
    if number is None:
        raise TypeError(f"checkpoint tensor {name!r}: dtype {array.dtype} cannot be stored")
    array = np.ascontiguousarray(array, array.dtype.newbyteorder("<") if array.dtype.kind != "V" else None)
    return memoryview(array.reshape(-1).view(np.uint8)), None, number


def _dims(shape: tuple[int, ...]) -> bytes:
    return b"".join(protobuf.bytes_field(2, protobuf.varint_field(1, n) if n else b"") for n in shape)


def _entry_message(kind: int, shape: tuple[int, ...], shard: int, offset: int, size: int, crc: int) -> bytes:
    made = protobuf.varint_field(1, kind) + protobuf.bytes_field(2, _dims(shape))
    made += protobuf.varint_field(3, shard) if shard else b""
    made += protobuf.varint_field(4, offset) if offset else b""
    made += protobuf.varint_field(5, size) if size else b""
    return made + protobuf.varint(6 << 3 | protobuf.FIXED32) + struct.pack("<I", crc)


def _written_table(pairs: list[tuple[bytes, bytes]]) -> bytes:
    out = bytearray()
    index: list[tuple[bytes, bytes]] = []
    group: list[tuple[bytes, bytes]] = []
    size = 0
    for position, (key, value) in enumerate(pairs):
        group.append((key, value))
        size += len(key) + len(value)
        if size >= _BLOCK or position == len(pairs) - 1:
            index.append((key, _append_block(out, group)))
            group, size = [], 0
    meta = _append_block(out, [])
    whole = _append_block(out, index)
    out += (meta + whole).ljust(_FOOTER - 8, b"\x00") + struct.pack("<Q", _MAGIC)
    return bytes(out)


def _append_block(out: bytearray, pairs: list[tuple[bytes, bytes]]) -> bytes:
    """Add a block; returns its place. Every entry is a restart point: names are not shortened."""
    body, restarts = bytearray(), []
    for key, value in pairs:
        restarts.append(len(body))
        body += protobuf.varint(0) + protobuf.varint(len(key)) + protobuf.varint(len(value)) + key + value
    body += b"".join(struct.pack("<I", at) for at in restarts or [0]) + struct.pack("<I", max(len(restarts), 1))
    offset = len(out)
    out += body
    out += b"\x00" + struct.pack("<I", mask(crc32c(bytes(body) + b"\x00")))
    return protobuf.varint(offset) + protobuf.varint(len(body))
