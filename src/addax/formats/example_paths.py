"""The way through serialized Examples of one writer: learnt from one of them, followed by all at once, with NumPy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from addax.formats.example_records import KINDS, TAGS, entries, spans_of
from addax.formats.protobuf import BYTES

__all__ = ["HEADER", "Cursor", "Step", "Template", "path_of"]

HEADER = 24  # bytes of tags and lengths around a key, at most


class _Layout:
    """Where tags, key and lengths of a step lie when the lengths take certain numbers of bytes."""

    def __init__(self, parts: Sequence[bytes | None], head: bytes) -> None:
        mask, columns, ends = bytearray(), [], []
        self.fits = True
        for part in parts:
            if part is not None:
                self.fits &= head[len(mask) : len(mask) + len(part)] == part
                mask += b"\xff" * len(part)
                continue
            width = 1
            while head[min(len(mask) + width, len(head)) - 1] > 0x7F and width < 5:
                width += 1
            columns += [(len(mask) + byte, len(ends), 128**byte) for byte in range(width)]
            mask += b"\x80" * width  # how many bytes the length takes has to agree, not what it is
            ends.append(len(mask))
        self.size = len(mask)
        self.fits &= self.size <= len(head)
        self.mask = np.frombuffer(bytes(mask), np.uint8)
        self.template = np.frombuffer(head[: self.size], np.uint8)
        self.columns = np.array([column for column, _, _ in columns])
        self.ends = np.array(ends)
        self.weights = np.zeros((len(columns), len(ends)), np.int64)
        for row, (_, length, weight) in enumerate(columns):
            self.weights[row, length] = weight

    def holds(self, head: np.ndarray) -> bool:
        """Whether all records, of which these are the first bytes, have this layout."""
        return not ((head[:, : self.size] ^ self.template) & self.mask).any()


class Step:
    """One feature on the way through a record, as it lies there.

    Args:
        key: its name.
        tag: the byte that says its kind; 0: none is set.
        packed: whether its numbers lie in one run of bytes (otherwise: a list of bytes, or nothing).
    """

    def __init__(self, key: bytes, tag: int, packed: bool) -> None:
        self.key, self.tag, self.packed = key, tag, packed
        self.parts: list[bytes | None] = [b"\x0a", None, b"\x0a" + bytes([len(key)]) + key + b"\x12", None]
        if tag:
            self.parts += [bytes([tag]), None]
        if packed:
            self.parts += [b"\x0a", None]
        self.may_hold = packed or tag == TAGS["bytes"]
        self._layouts: list[_Layout] = []

    def together(self, buffer: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """Pass over it in all records, which have it in one layout; None where they have not.

        Returns:
            Where the payloads start and where they end.
        """
        most = len(self.key) + HEADER
        window = np.ndarray((len(buffer) - most + 1,), f"V{most}", buffer, strides=(1,))
        head = window[at].view(np.uint8).reshape(len(at), most)
        layout = next((layout for layout in self._layouts if layout.holds(head)), None)
        if layout is None:
            layout = _Layout(self.parts, head[0].tobytes())
            if not layout.fits or not layout.holds(head):
                return None
            self._layouts = [layout, *self._layouts[:3]]
        ends = (head[:, layout.columns] & np.uint8(0x7F)).astype(np.int64) @ layout.weights + layout.ends
        end = ends[:, 0]
        if (ends[:, 1:] != ends[:, :1]).any() or (not self.may_hold and (end != layout.size).any()):
            return None
        return at + layout.size, at + end

    def each(self, cursor: Cursor) -> tuple[np.ndarray, np.ndarray]:
        """Pass over it in each record by itself."""
        end = cursor.at
        for number, part in enumerate(self.parts):
            if part is not None:
                cursor.text(part)
            elif number == 1:
                end = cursor.length() + cursor.at
            else:
                cursor.ends(cursor.length(), end)
        start = cursor.at
        if not self.may_hold:
            cursor.good &= start == end
        return start, end


def path_of(record: bytes) -> list[Step] | None:
    """The way through a record; None where it is too odd to be a common one."""
    steps: dict[bytes, Step] = {}
    for key, start, end in entries(record, 0, len(record)):
        if not key or key in steps or len(key) > 0x7F or key[-1] == 0:
            return None
        tag, packed = 0, False
        if end > start:
            (number, kind, at, stop), *more = spans_of(record, start, end)
            if more or number not in KINDS or kind != BYTES:
                return None
            tag = record[start]
            if KINDS[number] != "bytes" and stop > at:
                if len(list(spans_of(record, at, stop))) > 1 or record[at] != 0x0A:
                    return None
                packed = True
        steps[key] = Step(key, tag, packed)
    return list(steps.values()) or None


class Cursor:
    """A place in each of many records, and which of them have been as expected so far."""

    def __init__(self, buffer: np.ndarray, at: np.ndarray) -> None:
        self._buffer, self.at = buffer, at
        self._last = len(buffer) - 1
        self.good = np.ones(len(at), bool)

    def text(self, value: bytes) -> None:
        """Expect some bytes, the last of them not zero."""
        size = len(value)
        pieces = np.ndarray((len(self._buffer) - size + 1,), f"S{size}", self._buffer, strides=(1,))
        self.good &= pieces[np.minimum(self.at, len(pieces) - 1)] == value
        self.at = self.at + size

    def length(self) -> np.ndarray:
        """Read a varint of up to 4 bytes."""
        value = self._buffer[np.minimum(self.at, self._last)].astype(np.int64)
        self.at = self.at + 1
        longer = value > 0x7F
        if not longer.any():
            return value
        value &= 0x7F
        shift = 7
        while longer.any() and shift < 28:
            more = self._buffer[np.minimum(self.at, self._last)].astype(np.int64)
            value |= np.where(longer, (more & 0x7F) << shift, 0)
            self.at = self.at + longer
            longer = longer & (more > 0x7F)
            shift += 7
        self.good &= ~longer
        return value

    def ends(self, length: np.ndarray, end: np.ndarray) -> None:
        """Expect that what is `length` long from here on ends at `end`."""
        self.good &= self.at + length == end


class Template:
    """Records of one length, with tags, names and lengths where one of them has these, bit for bit.

    Args:
        record: the one.
        path: the way through it.
    """

    def __init__(self, record: bytes, path: Sequence[Step]) -> None:
        buffer = np.frombuffer(record + bytes(1), np.uint8)
        cursor = Cursor(buffer, np.zeros(1, np.int64))
        cursor.text(b"\x0a")
        cursor.length()
        self.length, at, fixed = len(record), cursor.at, 0
        self.spans: dict[bytes, tuple[int, int, int]] = {}
        self._runs: list[tuple[int, int, np.ndarray]] = []  # bytes that are the same in all
        for step in path:
            start, end = [int(each[0]) for each in step.each(Cursor(buffer, at))]
            self.spans[step.key] = start, end, step.tag
            self._runs.append((fixed, start, buffer[fixed:start]))
            at, fixed = np.full(1, end, np.int64), end

    def holds(self, buffer: np.ndarray, count: int) -> bool:
        """Whether the first `count` records of this length in a buffer are such."""
        rows = buffer[: count * self.length].reshape(count, self.length)
        return all((rows[:, start:stop] == run).all() for start, stop, run in self._runs)
