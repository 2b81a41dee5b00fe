"""Many serialized `tf.train.Example`s as columns: all values of a feature one behind the other.

Records of one writer mostly have the same features in the same order. So the way through a record is learnt
from one of them, and all records are followed along it at once, with NumPy; those that go another way teach theirs.
Records that are unlike the others are read one by one.
Schema: tensorflow/core/example/example.proto and feature.proto.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from addax.formats import protobuf
from addax.formats.example_paths import HEADER, Cursor, Step, Template, path_of
from addax.formats.example_records import TAGS, entries, feature_values, spans_of
from addax.formats.protobuf import BYTES, WireError

__all__ = [
    "Column",
    "ExampleColumns",
    "KindError",
    "RecordError",
    "decode_varints",
    "ranges",
]

DTYPES = {"bytes": object, "float": np.float32, "int64": np.int64}
_FEW = 4  # records that are worth no path of their own
_MOST_PATHS = 8


class RecordError(ValueError):
    """A record that is no Example; `index` says which."""

    def __init__(self, index: int, problem: str) -> None:
        self.index = index
        super().__init__(f"record {index}: {problem}")


class KindError(RecordError):
    """A feature of another kind than was asked for."""

    def __init__(self, index: int, key: str, expected: str, found: str) -> None:
        self.key, self.expected, self.found = key, expected, found
        super().__init__(index, f"feature {key!r} holds {found}, expected {expected}")


@dataclass
class Column:
    """One feature of many records.

    Attributes:
        values: all values, record after record: float32, int64, or bytes in an object array.
        counts: int64 (records,), how many values each record has.
        present: bool (records,), whether the record has the feature at all.
    """

    values: np.ndarray
    counts: np.ndarray
    present: np.ndarray


def ranges(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The numbers from each start on, `lengths` many, one range behind the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(starts - (ends - lengths), lengths)


def decode_varints(data: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Varints one behind the other.

    Args:
        data: uint8 (n,).

    Returns:
        int64 values, and the place of the last byte of each.

    Example:
        >>> import numpy as np
        >>> from addax.formats.example_columns import decode_varints
        >>> decode_varints(np.array([5, 0xAC, 2], np.uint8))[0]
        array([  5, 300])
    """
    last = np.flatnonzero(data < 0x80)
    if len(last) == len(data):
        return data.astype(np.int64), last
    if not len(last):
        return np.zeros(0, np.int64), last
    first = np.empty_like(last)
    first[0], first[1:] = 0, last[:-1] + 1
    widths = last - first + 1
    widest = int(widths.max())
    if widest > 10:
        raise WireError("varint of more than 10 bytes", int(first[widths.argmax()]))
    value = (data[first] & np.uint8(0x7F)).astype(np.uint64)
    for place in range(1, widest):
        longer = np.flatnonzero(widths > place)
        more = (data[first[longer] + place] & np.uint8(0x7F)).astype(np.uint64)
        value[longer] |= more << np.uint64(7 * place)
    return value.view(np.int64), last


class _Places:
    """Where the payload of a feature lies in each record; its kind by tag, 0 where a record has none."""

    def __init__(self, count: int) -> None:
        self.start = np.zeros(count, np.int64)
        self.stop = np.zeros(count, np.int64)
        self.tag = np.zeros(count, np.uint8)


class ExampleColumns:
    """Reads features out of many records at once; learns their layout from them.

    Args:
        kinds: which features, and for each its kind: "bytes", "float" or "int64".

    Example:
        >>> from addax.formats.example import Example, Feature, Features, Int64List
        >>> from addax.formats.example_columns import ExampleColumns
        >>> make = lambda *v: Example(features=Features(feature={"a": Feature(int64_list=Int64List(value=v))}))
        >>> records = [make(1, 2).SerializeToString(), make(3).SerializeToString()]
        >>> columns = ExampleColumns({"a": "int64"}).parse(records)
        >>> columns["a"].values, columns["a"].counts
        (array([1, 2, 3]), array([2, 1]))
    """

    def __init__(self, kinds: Mapping[str, str]) -> None:
        self._kinds = {key.encode(): kind for key, kind in kinds.items()}
        self._paths: list[list[Step]] = []
        self._template: Template | None = None
        self._tries = _MOST_PATHS  # templates that may still turn out to be good for one batch only

    def parse(self, records: Sequence[bytes]) -> dict[str, Column]:
        """The columns of some records.

        Raises:
            RecordError: a record is no Example.
            KindError: a feature has another kind.
        """
        if len(records) < _FEW:
            return self._few(records)
        lengths = np.fromiter(map(len, records), np.int64, len(records))
        room = 128 + HEADER + 8  # so that a window over the longest key never leaves the buffer
        data = b"".join([*records, bytes(room)])
        ends = np.cumsum(lengths)
        starts = ends - lengths
        places = {key: _Places(len(records)) for key in self._kinds}
        buffer = np.frombuffer(data, np.uint8)
        left = self._along_paths(records, buffer, starts, ends, places)
        extra = b"".join(self._singly(records, left, len(data), places))
        if extra:
            data += extra + bytes(room)
            buffer = np.frombuffer(data, np.uint8)
        return {key.decode(): self._column(key, data, buffer, places[key]) for key in self._kinds}

    def _few(self, records: Sequence[bytes]) -> dict[str, Column]:
        """The columns of so few records that NumPy would not pay."""
        values: dict[bytes, list[Any]] = {key: [] for key in self._kinds}
        counts: dict[bytes, list[int]] = {key: [] for key in self._kinds}
        present: dict[bytes, list[bool]] = {key: [] for key in self._kinds}
        for index, record in enumerate(records):
            try:
                spans = {key: (start, end) for key, start, end in entries(record, 0, len(record))}
                for key, kind in self._kinds.items():
                    found, these = feature_values(record, *spans[key]) if key in spans else (None, [])
                    if found not in (None, kind):
                        raise KindError(index, key.decode(), kind, str(found))
                    values[key] += these
                    counts[key].append(len(these))
                    present[key].append(found is not None)
            except WireError as error:
                raise RecordError(index, str(error)) from None
        made = {}
        for key, kind in self._kinds.items():
            array = np.empty(len(values[key]), DTYPES[kind])
            array[:] = values[key]
            made[key.decode()] = Column(array, np.array(counts[key], np.int64), np.array(present[key], bool))
        return made

    def _along_paths(
        self, records: Sequence[bytes], buffer: np.ndarray, starts: np.ndarray, ends: np.ndarray, places: Any
    ) -> np.ndarray:
        """Read what lies along known paths and those that come up; returns the records that do not."""
        even = bool((ends == np.arange(1, len(ends) + 1) * ends[0]).all())
        if even and self._as_template(buffer, starts, places):
            return np.empty(0, np.int64)
        left = np.arange(len(records))
        cursor = Cursor(buffer, starts)
        cursor.text(b"\x0a")
        cursor.ends(cursor.length(), ends)
        begin = cursor.at
        odd, left = left[~cursor.good], left[cursor.good]
        used, idle = [], []
        for path in self._paths:
            before = len(left)
            if before:
                left = self._follow(path, buffer, left, begin, ends, places)
            (used if len(left) < before else idle).append(path)
        learnt = 0
        while len(left) >= _FEW and learnt < _MOST_PATHS:
            learnt += 1
            try:
                path = path_of(records[left[0]])
            except WireError:
                path = None
            remaining = left if path is None else self._follow(path, buffer, left, begin, ends, places)
            if path is None or len(remaining) == len(left):  # the record leads nowhere itself
                odd, left = np.append(odd, left[0]), left[1:]
                continue
            left = remaining
            used.append(path)
        if learnt or idle:
            self._paths = [*used, *idle][:_MOST_PATHS]
        if even and len(used) == 1 and not len(odd) + len(left) and self._tries:
            self._tries -= 1
            self._template = Template(records[0], used[0])
        return np.concatenate([odd, left])

    def _as_template(self, buffer: np.ndarray, starts: np.ndarray, places: Any) -> bool:
        """Read records of one length as those before them, if their tags and lengths are the same."""
        template = self._template
        if template is None or template.length != starts[1] or not template.holds(buffer, len(starts)):
            return False
        for key, place in places.items():
            if key in template.spans:
                start, stop, place.tag[:] = template.spans[key]
                place.start, place.stop = starts + start, starts + stop
        self._tries = _MOST_PATHS
        return True

    def _follow(
        self, path: Sequence[Step], buffer: np.ndarray, which: np.ndarray, begin: np.ndarray, ends: np.ndarray,
        places: Any,
    ) -> np.ndarray:  # fmt: skip
        """Follow a path through some records; returns those that leave it."""
        on, at, found = which, begin[which], []
        for step in path:
            spans = step.together(buffer, np.minimum(at, len(buffer) - len(step.key) - HEADER)) if len(on) else None
            if spans is None:
                cursor = Cursor(buffer, at)
                spans = step.each(cursor)
                cursor.good &= spans[1] <= ends[on]
                if not cursor.good.all():
                    kept = cursor.good
                    on = on[kept]
                    spans = spans[0][kept], spans[1][kept]
                    found = [(each, start[kept], stop[kept]) for each, start, stop in found]
                if not len(on):
                    return which
            at = spans[1]
            if step.key in places:
                found.append((step, *spans))
        done = at == ends[on]
        everything = len(on) == len(begin) and done.all()
        for step, start, stop in found:
            place = places[step.key]
            if everything:
                place.start, place.stop = start, stop
                place.tag[:] = step.tag
            else:
                rows = on[done]
                place.start[rows], place.stop[rows], place.tag[rows] = start[done], stop[done], step.tag
        return which[:0] if everything else np.setdiff1d(which, on[done], assume_unique=True)

    def _singly(self, records: Sequence[bytes], left: np.ndarray, at: int, places: Any) -> list[bytes]:
        """Read records one by one; what they hold, laid out as usual, to be put behind the buffer at `at`."""
        extra: list[bytes] = []
        for index in sorted(left.tolist()):
            record = records[index]
            try:
                spans = {key: (start, end) for key, start, end in entries(record, 0, len(record))}
                for key in self._kinds:
                    if key in spans:
                        found, values = feature_values(record, *spans[key])
                        payload = _payload(found, values)
                        place = places[key]
                        place.start[index], place.stop[index] = at, at + len(payload)
                        place.tag[index] = TAGS.get(found or "", 0)
                        extra.append(payload)
                        at += len(payload)
            except WireError as error:
                raise RecordError(index, str(error)) from None
        return extra

    def _column(self, key: bytes, data: bytes, buffer: np.ndarray, place: _Places) -> Column:
        kind = self._kinds[key]
        present = place.tag == TAGS[kind]
        if not present.all():
            other = (place.tag != 0) & ~present
            if other.any():
                index = int(other.argmax())
                found = next(name for name, tag in TAGS.items() if tag == place.tag[index])
                raise KindError(index, key.decode(), kind, found)
        try:
            if kind == "bytes":
                values, counts = _bytes_values(data, buffer, place.start, place.stop)
            else:
                values, counts = _numbers(buffer, place.start, place.stop, kind)
        except RecordError as error:
            raise RecordError(error.index, f"feature {key.decode()!r}: {error}") from None
        return Column(values, counts, present)


def _payload(kind: str | None, values: Sequence[Any]) -> bytes:
    if kind == "bytes":
        return b"".join(protobuf.bytes_field(1, value) for value in values)
    if kind == "float":
        return protobuf.packed_floats(values)
    return protobuf.packed_varints(values) if kind == "int64" else b""


# ---------------------------------------------------------------------------- payloads


def _pieces(buffer: np.ndarray, start: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The bytes from each start on, one piece behind the other."""
    size = int(lengths[0]) if len(lengths) else 0
    if size and (lengths == size).all():
        window = np.ndarray((len(buffer) - size + 1,), f"V{size}", buffer, strides=(1,))
        return window[start].view(np.uint8) if size > 1 else buffer[start]
    return buffer[ranges(start, lengths)]


def _numbers(buffer: np.ndarray, start: np.ndarray, stop: np.ndarray, kind: str) -> tuple[np.ndarray, np.ndarray]:
    lengths = stop - start
    data = _pieces(buffer, start, lengths)
    if kind == "float":
        if (lengths & 3).any():
            raise RecordError(int((lengths & 3).argmax()), "packed floats that are no multiple of 4 bytes")
        return data.view("<f4"), lengths >> 2
    try:
        values, last = decode_varints(data)
    except WireError as error:
        raise RecordError(int(np.searchsorted(np.cumsum(lengths), error.offset, "right")), error.problem) from None
    if len(values) == len(data):
        return values, lengths
    ends = np.cumsum(lengths)
    open_ended = (lengths > 0) & (data[np.maximum(ends, 1) - 1] > 0x7F)
    if open_ended.any():
        raise RecordError(int(open_ended.argmax()), "truncated varint")
    return values, np.diff(np.searchsorted(last, ends), prepend=0)


def _bytes_values(
    data: bytes, buffer: np.ndarray, start: np.ndarray, stop: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The items of lists of bytes: every first item, every second, and so on; few long lists one by one."""
    rows = np.flatnonzero(stop > start)
    at, rounds = start[rows], []
    while len(rows) > 64 or (len(rows) and not rounds):
        cursor = Cursor(buffer, at)
        cursor.text(b"\x0a")
        ends = cursor.length() + cursor.at
        cursor.good &= ends <= stop[rows]
        if not cursor.good.all():
            break  # they are looked at closely below
        rounds.append((rows, cursor.at, ends))
        more = ends < stop[rows]
        rows, at = rows[more], ends[more]
    if len(rows):
        rounds.append(_items_singly(data, rows, at, stop))
    if not rounds:
        return np.empty(0, object), np.zeros(len(start), np.int64)
    owner, first, last = (np.concatenate(each) for each in zip(*rounds, strict=True)) if rounds[1:] else rounds[0]
    if rounds[1:]:
        order = np.argsort(owner, kind="stable")
        owner, first, last = owner[order], first[order], last[order]
    values = np.empty(len(owner), object)
    values[:] = [data[a:b] for a, b in zip(first.tolist(), last.tolist(), strict=True)]
    return values, np.bincount(owner, minlength=len(start))


def _items_singly(data: bytes, rows: np.ndarray, at: np.ndarray, stop: np.ndarray) -> tuple[np.ndarray, ...]:
    owners, starts, stops = [], [], []
    for row, first in zip(rows.tolist(), at.tolist(), strict=True):
        try:
            for number, kind, a, b in spans_of(data, first, int(stop[row])):
                if number == 1 and kind == BYTES:
                    owners.append(row)
                    starts.append(a)
                    stops.append(b)
        except WireError as error:
            raise RecordError(row, str(error)) from None
    return np.array(owners, np.int64), np.array(starts, np.int64), np.array(stops, np.int64)
