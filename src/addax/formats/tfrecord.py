"""TFRecord files: records framed by their length and two masked CRC-32Cs, plain or in a GZIP or ZLIB stream.

Layout of a record, little endian: uint64 length, uint32 CRC of the length, data, uint32 CRC of the data
(https://www.tensorflow.org/tutorials/load_data/tfrecord).
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from addax.formats.crc32c import masked_crc32c, masked_crc32c_many, masked_crc32c_spans
from addax.formats.errors import ChecksumError, CorruptFileError, TooLargeError, TruncatedFileError
from addax.formats.limits import open_regular, unpacked_limit

__all__ = ["COMPRESSIONS", "TFRecordOptions", "TFRecordWriter", "frame", "read_tfrecord_blocks", "read_tfrecords"]

COMPRESSIONS = ("", "GZIP", "ZLIB")
_BLOCK = 1 << 20
_LENGTH = struct.Struct("<Q")


def compression_name(compression_type: str | None, who: str = "TFRecord") -> str:
    """The canonical name of a compression: "", "GZIP" or "ZLIB"."""
    name = "" if compression_type is None else compression_type
    if name == "NONE":
        name = ""
    if name not in COMPRESSIONS:
        raise ValueError(f"{who}: expected compression_type '', 'GZIP' or 'ZLIB'; received {compression_type!r}")
    return name


def frame(record: bytes) -> bytes:
    """A record with its length and checksums around it.

    Example:
        >>> from addax.formats.tfrecord import frame
        >>> len(frame(b"abc"))
        19
    """
    length = struct.pack("<Q", len(record))
    crcs = struct.pack("<I", masked_crc32c(length)), struct.pack("<I", masked_crc32c(record))
    return length + crcs[0] + record + crcs[1]


class _ZlibReader:
    """A file-like reader of a (multi-member) GZIP or a ZLIB stream; damage raises an error naming the file."""

    def __init__(self, stream: BinaryIO, path: str, wbits: int) -> None:
        self._stream = stream
        self._path = path
        self._wbits = wbits
        self._decoder = zlib.decompressobj(wbits)
        self._pending = b""
        self._started = False
        self._damage: CorruptFileError | None = None  # met behind bytes that were handed out

    def read(self, size: int) -> bytes:
        """Up to `size` bytes. An error comes when all bytes before the damage have been read."""
        parts, have = [], 0
        while have < size:
            if self._damage is not None:
                raise self._damage
            try:
                piece = self._step(size - have)
            except CorruptFileError as error:
                if not parts:
                    raise
                self._damage = error
                break
            if not piece:
                break
            parts.append(piece)
            have += len(piece)
        return b"".join(parts)

    def _step(self, size: int) -> bytes:
        while True:
            if self._decoder.eof:
                rest = self._decoder.unused_data or self._stream.read(_BLOCK)
                if not rest:
                    return b""
                self._decoder, self._pending = zlib.decompressobj(self._wbits), rest
            if not self._pending:
                self._pending = self._stream.read(_BLOCK)
            if not self._pending:
                if not self._started:
                    return b""  # an empty file holds no records
                raise TruncatedFileError(
                    self._path, "corrupt: the compressed stream is truncated", offset=self._stream.tell()
                )
            self._started = True
            try:
                data = self._decoder.decompress(self._pending, min(size, _BLOCK))
            except zlib.error as error:
                at = self._stream.tell()
                raise CorruptFileError(
                    self._path, f"corrupt: not a compressed stream of the given type ({error})", offset=at
                ) from None
            self._pending = self._decoder.unconsumed_tail
            if data:
                return data


def unpacking(stream: BinaryIO, path: str, compression: str) -> _ZlibReader:
    """A reader (of `read(size)`) of a stream's bytes uncompressed: "GZIP" or "ZLIB"; errors name the path."""
    return _ZlibReader(stream, path, 31 if compression == "GZIP" else 15)


def read_tfrecords(
    path: str | os.PathLike[str],
    compression_type: str | None = "",
    buffer_size: int = _BLOCK,
    max_record_bytes: int = 1 << 31,
) -> Iterator[bytes]:
    """The records of a TFRecord file, in order.

    Args:
        path: the file.
        compression_type: "" (or None), "GZIP" or "ZLIB".
        buffer_size: bytes read and checked at once.
        max_record_bytes: longest record that is admitted, in bytes.

    Yields:
        bytes, one a record. Every record before a damaged one is yielded.

    Raises:
        FileNotFoundError: there is no such file.
        CorruptFileError: a checksum is wrong (ChecksumError) or the file ends early (TruncatedFileError); the message
            names the file and the byte (of the uncompressed stream).

    Example:
        >>> import os, tempfile
        >>> from addax.formats.tfrecord import TFRecordWriter, read_tfrecords
        >>> path = os.path.join(tempfile.mkdtemp(), "a.tfrecord")
        >>> with TFRecordWriter(path) as writer:
        ...     writer.write(b"one")
        >>> list(read_tfrecords(path))
        [b'one']
    """
    for records in read_tfrecord_blocks(path, compression_type, buffer_size, max_record_bytes):
        yield from records


def read_tfrecord_blocks(
    path: str | os.PathLike[str],
    compression_type: str | None = "",
    buffer_size: int = _BLOCK,
    max_record_bytes: int = 1 << 31,
) -> Iterator[list[bytes]]:
    """As `read_tfrecords`, as many records at a time as are read and checked at once."""
    name = compression_name(compression_type)
    path = os.fspath(path)
    with open_regular(path) as stream:
        source = stream if not name else unpacking(stream, path, name)
        if name:  # a compressed record of the same byte repeated would take a thousand times the file
            max_record_bytes = min(max_record_bytes, unpacked_limit(os.fstat(stream.fileno()).st_size))
        yield from _blocks(source, path, max(buffer_size, 1 << 12), max_record_bytes)


def _blocks(source, path: str, block: int, max_record_bytes: int) -> Iterator[list[bytes]]:
    buffer, offset, ended = b"", 0, False
    damage: CorruptFileError | None = None  # of the stream, behind the buffer
    while True:
        frames = _Frames(buffer, max_record_bytes)
        records, end = frames.whole()
        if records:
            yield records
        if frames.damage is not None:
            raise frames.error(path, offset)
        if damage is not None:
            raise damage
        buffer, offset = buffer[end:], offset + end
        if ended and buffer:
            raise TruncatedFileError(
                path,
                "corrupt record: the file is truncated inside it",
                offset=offset,
                expected=f"{frames.needed} bytes",
                received=f"{len(buffer)} bytes",
            )
        if ended:
            return
        wanted = max(block, frames.needed - len(buffer))
        more, damage = _read_up_to(source, wanted)
        ended = len(more) < wanted
        buffer += more


def _read_up_to(source, size: int) -> tuple[bytes, CorruptFileError | None]:
    """`size` bytes or all that is left, a block at a time: a length that lies does not allocate. And what ended it."""
    parts, damage = [], None
    while size > 0:
        try:
            piece = source.read(min(size, 1 << 24))
        except CorruptFileError as error:
            damage = error
            break
        if not piece:
            break
        parts.append(piece)
        size -= len(piece)
    return b"".join(parts), damage


class _Frames:
    """The frames in a buffer that begins with one: walked by their lengths, then checked all at once.

    Attributes:
        needed: bytes from the first unfinished frame on that are sure to be wanted.
        damage: what is wrong with the first damaged frame, and its place in the buffer; None where all are sound.
    """

    def __init__(self, buffer: bytes, max_record_bytes: int) -> None:
        self._buffer, self._max = buffer, max_record_bytes
        self.needed = 12
        self.damage: tuple[str, int, int] | None = None

    def whole(self) -> tuple[list[bytes], int]:
        """The sound and complete records at the beginning, and where their frames end."""
        sizes, at, even = self._sizes()
        if not len(sizes):
            return [], 0
        data, end = np.frombuffer(self._buffer, np.uint8), len(self._buffer)
        excess = _first(sizes > self._max)
        last = int(sizes[-1])
        sizes = sizes.astype(np.int64)  # only the last one can be absurd: the others end inside the buffer
        starts = np.cumsum(np.concatenate([[0], sizes[:-1] + 16]))
        lengths = starts[:1] if even else starts  # equal lengths have one checksum
        crcs = masked_crc32c_spans(data, lengths, np.full(len(lengths), 8))
        wrong = _first(_stored(data, starts + 8) != crcs)
        count = len(sizes)
        if wrong is not None and (excess is None or wrong <= excess):
            count = wrong
            self.damage = ("length", int(starts[wrong]), 0)
        elif excess is not None:
            count = excess
            self.damage = ("size", int(starts[excess]), last)
        elif at > end:
            count -= 1
            self.needed = last + 16
        starts, stops = starts[:count] + 12, starts[:count] + 12 + sizes[:count]
        spans = zip(starts.tolist(), stops.tolist(), strict=True)
        records = [self._buffer[start:stop] for start, stop in spans]
        bad = _first(_stored(data, stops) != masked_crc32c_many(records))
        if bad is not None:
            self.damage, count = ("data", int(starts[bad]) - 12, 0), bad
        return records[:count], int(stops[count - 1]) + 4 if count else 0

    def _sizes(self) -> tuple[np.ndarray, int, bool]:
        """The lengths of the frames, uint64; where the last one ends; whether all are equal."""
        buffer, end = self._buffer, len(self._buffer)
        if end < 12:
            return np.empty(0, np.uint64), 0, True
        (length,) = _LENGTH.unpack_from(buffer)
        step = length + 16
        places = max(1, (end - 12) // step + 1)  # of frames as long as the first
        even = np.ndarray((places,), "<u8", buffer, strides=(step if places > 1 else 8,)) == length
        if even.all():
            return np.full(places, length, np.uint64), places * step, True
        lengths, at, read = [], 0, _LENGTH.unpack_from
        while at + 12 <= end:
            (length,) = read(buffer, at)
            lengths.append(length)
            at += length + 16
        return np.array(lengths, np.uint64), at, False

    def error(self, path: str, offset: int) -> CorruptFileError:
        """The damage as an error, for a buffer that begins at a byte of a file."""
        assert self.damage is not None
        what, at, length = self.damage
        if what == "length":
            return ChecksumError(
                path,
                "corrupt record: wrong checksum of its length",
                offset=offset + at,
                hint="Is it a TFRecord file, and is compression_type right?",
            )
        if what == "data":
            return ChecksumError(path, "corrupt record: wrong checksum of its data", offset=offset + at)
        return TooLargeError(
            path,
            "corrupt record: it announces more than the limit",
            offset=offset + at,
            expected=f"at most {self._max} bytes",
            received=f"{length} bytes",
        )


def _stored(data: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The uint32 that stand at some places."""
    return data[places[:, None] + np.arange(4)].view("<u4")[:, 0]


def _first(wrong: np.ndarray) -> int | None:
    return int(wrong.argmax()) if wrong.any() else None


class TFRecordOptions:
    """How a TFRecord file is compressed.

    Args:
        compression_type: "", "GZIP", "ZLIB", None or another TFRecordOptions.
        flush_mode: how much `flush` makes readable: `zlib.Z_SYNC_FLUSH` and the like, or None for TensorFlow's
            default, none.
        input_buffer_size: bytes gathered before they are compressed.
        output_buffer_size: bytes gathered before they are written.
        window_bits: 8 to 15, base two logarithm of the compression window (the container is chosen by the type).
        compression_level: 0 to 9, or -1 for zlib's default.
        compression_method: `zlib.DEFLATED`, the only method there is.
        mem_level: 1 to 9.
        compression_strategy: `zlib.Z_DEFAULT_STRATEGY` and the like.

    Raises:
        ValueError: an argument outside these.

    Example:
        >>> from addax.formats.tfrecord import TFRecordOptions
        >>> TFRecordOptions("GZIP", compression_level=9).compression_type
        'GZIP'
    """

    def __init__(
        self,
        compression_type: str | TFRecordOptions | None = None,
        flush_mode: int | None = None,
        input_buffer_size: int | None = None,
        output_buffer_size: int | None = None,
        window_bits: int | None = None,
        compression_level: int | None = None,
        compression_method: int | None = None,
        mem_level: int | None = None,
        compression_strategy: int | None = None,
    ) -> None:
        if isinstance(compression_type, TFRecordOptions):
            compression_type = compression_type.compression_type
        self.compression_type = compression_name(compression_type, "TFRecordOptions")
        if compression_method not in (None, zlib.DEFLATED):
            raise ValueError(
                f"TFRecordOptions: expected compression_method {zlib.DEFLATED} (deflate); "
                f"received {compression_method!r}"
            )
        if window_bits is not None and not 8 <= abs(window_bits) % 16 <= 15:
            raise ValueError(f"TFRecordOptions: expected window_bits from 8 to 15; received {window_bits!r}")
        if compression_level is not None and not -1 <= compression_level <= 9:
            raise ValueError(
                f"TFRecordOptions: expected compression_level from -1 to 9; received {compression_level!r}"
            )
        if mem_level is not None and not 1 <= mem_level <= 9:
            raise ValueError(f"TFRecordOptions: expected mem_level from 1 to 9; received {mem_level!r}")
        self.flush_mode = flush_mode
        self.input_buffer_size = input_buffer_size
        self.output_buffer_size = output_buffer_size
        self.window_bits = window_bits
        self.compression_level = compression_level
        self.compression_method = compression_method
        self.mem_level = mem_level
        self.compression_strategy = compression_strategy

    @classmethod
    def get_compression_type_string(cls, options: TFRecordOptions | str | None) -> str:
        """The compression of some options as a string: "", "GZIP" or "ZLIB"."""
        return cls(options).compression_type

    def _compressor(self):
        if not self.compression_type:
            return None
        window = 15 if self.window_bits is None else max(9, abs(self.window_bits) % 16)
        return zlib.compressobj(
            -1 if self.compression_level is None else self.compression_level,
            zlib.DEFLATED,
            window + (16 if self.compression_type == "GZIP" else 0),
            zlib.DEF_MEM_LEVEL if self.mem_level is None else self.mem_level,
            zlib.Z_DEFAULT_STRATEGY if self.compression_strategy is None else self.compression_strategy,
        )


class TFRecordWriter:
    """Writes a TFRecord file, record by record. A file at `path` is replaced as soon as the writer is made.

    Args:
        path: the file.
        options: a TFRecordOptions, or a compression type: "", "GZIP" or "ZLIB".

    Example:
        >>> import pathlib, tempfile
        >>> from addax.formats.tfrecord import TFRecordWriter
        >>> path = pathlib.Path(tempfile.mkdtemp(), "a.tfrecord")
        >>> with TFRecordWriter(path, "GZIP") as writer:
        ...     writer.write(b"data")
        >>> path.read_bytes()[:2]
        b'\\x1f\\x8b'
    """

    def __init__(self, path: str | os.PathLike[str], options: TFRecordOptions | str | None = None) -> None:
        self._options = options if isinstance(options, TFRecordOptions) else TFRecordOptions(options)
        self._path = os.fspath(path)
        self._compressor = self._options._compressor()
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._gather = self._options.input_buffer_size or 1 << 18
        self._file: BinaryIO | None = open(self._path, "wb", buffering=self._options.output_buffer_size or 1 << 18)

    def write(self, record: bytes) -> None:
        """Append a record.

        Raises:
            TypeError: the record is not bytes.
            ValueError: the writer is closed.
        """
        if not isinstance(record, (bytes, bytearray, memoryview)):
            raise TypeError(
                f"TFRecordWriter.write: expected bytes; received {type(record).__name__}. "
                "Encode text (text.encode()) and serialize messages (message.SerializeToString())."
            )
        self._opened()
        framed = frame(bytes(record))
        self._pending.append(framed)
        self._pending_bytes += len(framed)
        if self._pending_bytes >= self._gather:
            self._drain()

    def _opened(self) -> BinaryIO:
        if self._file is None:
            raise ValueError(f"TFRecordWriter: {self._path} is closed")
        return self._file

    def _drain(self) -> None:
        data = b"".join(self._pending)
        self._pending, self._pending_bytes = [], 0
        if self._compressor is not None:
            data = self._compressor.compress(data)
        self._opened().write(data)

    def flush(self) -> None:
        """Hand what was written to the operating system (a compressed stream as far as `flush_mode` says)."""
        file = self._opened()
        self._drain()
        if self._compressor is not None and self._options.flush_mode not in (None, zlib.Z_NO_FLUSH, zlib.Z_FINISH):
            file.write(self._compressor.flush(self._options.flush_mode))
        file.flush()

    def close(self) -> None:
        """Finish the file. Closing twice does nothing."""
        if self._file is None:
            return
        self._drain()
        if self._compressor is not None:
            self._file.write(self._compressor.flush(zlib.Z_FINISH))
        self._file.close()
        self._file = None

    def __enter__(self) -> TFRecordWriter:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
