"""Records of files: TextLineDataset, TFRecordDataset, FixedLengthRecordDataset."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Any

import numpy as np

from addax.core import dtypes, errors
from addax.core.spec import TensorSpec
from addax.data.node import END, UNKNOWN, Node, NodeIterator, pieces
from addax.data.seeds import Pass
from addax.formats.errors import CorruptFileError
from addax.formats.lines import MAX_LINE
from addax.formats.streams import open_stream
from addax.formats.tfrecord import read_tfrecord_blocks

Reader = Callable[[str], Iterator[bytes]]
_BUFFER = 256 * 1024
_SKIPPED_AT_ONCE = 1024


class RecordsNode(Node):
    """The records of the files whose names the input gives, file by file."""

    def __init__(self, files: Node, reader: Reader, label: str) -> None:
        super().__init__(files)
        self.reader, self.label = reader, label

    @property
    def spec(self) -> Any:
        return TensorSpec([], dtypes.string)

    def cardinality(self) -> int:
        return UNKNOWN

    @property
    def chunkable(self) -> bool:
        return True

    @property
    def lookahead(self) -> bool:
        return False  # an error in a file comes after the records before it

    @property
    def in_pieces(self) -> bool:
        return True

    def how(self) -> str:
        return "many records at once"

    def iterator(self, run: Pass) -> NodeIterator:
        return RecordsIterator(self, run)


class RecordsIterator(NodeIterator):
    """Reads one file after the other. After an error it goes on with the next file."""

    def __init__(self, node: RecordsNode, run: Pass) -> None:
        self._node = node
        self._files = node.inputs[0].stream(run)
        self._reading: Iterator[bytes] | None = None
        self._path: str | None = None
        self._count = 0
        self._error: Exception | None = None  # met behind records that were handed out

    def _open(self, path: str) -> None:
        self._path, self._count, self._error = path, 0, None
        self._reading = self._node.reader(path)

    def next(self) -> Any:
        count, rows = self.piece(1)
        return rows[0, ...] if count else END

    def chunk(self, count: int) -> tuple[int, Any]:
        got, parts = pieces(self, count)
        return got, parts[0] if len(parts) == 1 else np.concatenate(parts) if parts else None

    def piece(self, count: int) -> tuple[int, Any]:
        while True:
            if self._reading is None:
                name = self._files.next()
                if name is END:
                    return 0, None
                self._open(os.fsdecode(np.asarray(name).item()))
            records = self._read(count)
            if records:
                rows = np.empty(len(records), object)
                rows[:] = records
                return len(records), rows

    def skip(self, count: int) -> int:
        skipped = 0
        while skipped < count:
            got = self.chunk(min(_SKIPPED_AT_ONCE, count - skipped))[0]
            if not got:
                break
            skipped += got
        return skipped

    def _read(self, count: int) -> list[bytes]:
        """Up to `count` records of the open file. At its end there are none, and it is no longer open."""
        records: list[bytes] = []
        error, self._error = self._error, None
        if error is None:
            try:
                records.extend(islice(self._reading, count))  # type: ignore[arg-type]
            except Exception as problem:
                error = problem
            self._count += len(records)
        if error is not None and records:
            self._error = error
        elif error is not None:
            self._reading = None
            raise translated(error, str(self._path)) from error
        elif not records:
            self._reading = None
        return records

    def state(self) -> Any:
        path = self._path if self._reading is not None else None
        return {"files": self._files.state(), "path": path, "count": self._count}

    def restore(self, state: Any) -> None:
        self.close()
        self._files.restore(state["files"])
        self._reading = None
        if state["path"] is not None:
            self._open(state["path"])
            left = int(state["count"])
            while left and (records := self._read(min(left, _SKIPPED_AT_ONCE))):
                left -= len(records)

    def close(self) -> None:
        close = getattr(self._reading, "close", None)
        if close is not None:
            close()


def translated(error: Exception, path: str) -> Exception:
    """An error of reading a file as TensorFlow's type."""
    if isinstance(error, errors.OpError):
        return error
    if isinstance(error, FileNotFoundError):
        return errors.NotFoundError(None, None, f"{path}; No such file or directory")
    if isinstance(error, PermissionError):
        return errors.PermissionDeniedError(None, None, f"{path}; Permission denied")
    if isinstance(error, IsADirectoryError):
        return errors.FailedPreconditionError(None, None, f"{path}; Is a directory")
    if isinstance(error, CorruptFileError):
        return errors.DataLossError(None, None, str(error) if str(error).startswith(path) else f"{path}: {error}")
    return errors.UnknownError(None, None, f"{path}: {type(error).__name__}: {error}")


def compression_of(name: Any, who: str) -> str:
    """compression_type as "", "GZIP" or "ZLIB".

    Raises:
        tf.errors.InvalidArgumentError: another one.
    """
    if isinstance(name, bytes):
        name = name.decode()
    if name not in (None, "", "GZIP", "ZLIB"):
        raise errors.InvalidArgumentError(
            errors.message(who, expected="compression_type '' (or None), 'GZIP' or 'ZLIB'", received=repr(name))
        )
    return name or ""


def text_lines(compression: str, buffer: int) -> Reader:
    """A reader of lines, without their line ends."""

    def read(path: str) -> Iterator[bytes]:
        with open_stream(path, compression, buffer, MAX_LINE) as file:
            for line in file:
                if line.endswith(b"\n"):
                    line = line[:-2] if line.endswith(b"\r\n") else line[:-1]
                yield line

    return read


def tfrecords(compression: str, buffer: int) -> Reader:
    """A reader of TFRecord files."""

    def read(path: str) -> Iterator[bytes]:
        return chain.from_iterable(read_tfrecord_blocks(path, compression, buffer))

    return read


def fixed_length(size: int, header: int, footer: int, compression: str, buffer: int) -> Reader:
    """A reader of records of `size` bytes between a header and a footer."""

    def uneven(path: str) -> Exception:
        return errors.InvalidArgumentError(
            f"{path}: Excluding the header ({header} bytes) and footer ({footer} bytes), input file has a body "
            f"length which is not an exact multiple of the record length ({size} bytes)."
        )

    def read(path: str) -> Iterator[bytes]:
        if not compression and os.path.isfile(path) and (os.path.getsize(path) - header - footer) % size:
            raise uneven(path)  # before any record, as TensorFlow does
        with open_stream(path, compression, buffer) as file:
            if len(file.read(header)) < header:
                raise errors.InvalidArgumentError(f"{path}: the file is shorter than its header of {header} bytes.")
            kept = b""
            while block := file.read(max(buffer, size + footer)):
                kept += block
                whole = max(0, len(kept) - footer) // size * size
                for start in range(0, whole, size):
                    yield kept[start : start + size]
                kept = kept[whole:]
            if len(kept) != footer:
                raise uneven(path)

    return read
