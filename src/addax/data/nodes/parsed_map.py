"""Dataset.map of functions that begin by parsing a record: records are taken in blocks."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import errors
from addax.data import buffer_bytes, elements, functions
from addax.data.node import END, Node, NodeIterator, pass_over
from addax.data.nodes.generator import GeneratorNode
from addax.data.parsed_first import ParsedFirst
from addax.data.seeds import Pass

_BLOCK = 128


def reads_ahead(node: Node) -> bool:
    """Whether elements may be taken before they are asked for: no generator of the user's would notice."""
    return not isinstance(node, GeneratorNode) and all(reads_ahead(child) for child in node.inputs)


class ParsedMapIterator(NodeIterator):
    """Parses and computes a block of elements at a time. An error comes after the elements before it."""

    def __init__(
        self, child: NodeIterator, function: functions.UserFunction, parsed: ParsedFirst, run: Pass, pieces: bool
    ) -> None:
        self._in_pieces = pieces  # whether the input comes in pieces
        self._child, self._function, self._parsed = child, function, parsed
        self._streams = functions.Streams(run.key(function)) if parsed.streams else None
        self._number = 0
        self._waiting: list[bytes] = []  # records behind a bad one
        self._child_error: Exception | None = None  # met behind them
        self._begin()

    def _begin(self) -> None:
        streams = None if self._streams is None else self._streams.state()
        child = self._child.state()
        self._before = {"child": child, "streams": streams, "number": self._number, "waiting": list(self._waiting)}
        self._rows: Any = None
        self._count = self._at = 0
        self._error: Exception | None = None

    def _records(self, count: int) -> list[bytes]:
        """The next records; an error of the input comes after those before it."""
        records, self._waiting = self._waiting[:count], self._waiting[count:]
        if not records and self._child_error is not None:
            error, self._child_error = self._child_error, None
            raise error
        if self._waiting or self._child_error is not None:
            return records
        try:
            while len(records) < count and (some := self._some(count - len(records))):
                records += some
        except Exception as error:
            if not records:
                raise
            self._child_error = error
        return records

    def _some(self, count: int) -> list[bytes]:
        """Some records of the input; none at its end."""
        if self._in_pieces:
            got, rows = self._child.piece(count)
            return rows.tolist() if got else []
        element = self._child.next()
        return [] if element is END else [np.asarray(element).item()]

    def _read(self, count: int) -> bool:
        """Make the next block; False at the end."""
        error = self._error
        self._begin()
        if error is not None:
            raise error
        records = self._records(count)
        if not records:
            return False
        try:
            self._rows, self._count = self._parsed.many(records, self._streams), len(records)
        except errors.InvalidArgumentError as problem:
            self._up_to_the_bad_one(records, problem)
        self._number += self._count + (self._error is not None)
        return True

    def _up_to_the_bad_one(self, records: list[bytes], problem: Exception) -> None:
        """Keep what is before the first record that cannot be parsed, and its error for afterwards."""
        self._error, sound = problem, 0
        for sound, record in enumerate(records):
            try:
                self._function.call_eagerly(_scalar(record))
            except Exception as error:
                where = self._number + sound
                self._error = functions.explained(error, self._function.who, where, self._function.place)
                break
        self._waiting = records[sound + 1 :] + self._waiting
        if sound:
            self._rows, self._count = self._parsed.many(records[:sound], self._streams), sound

    def next(self) -> Any:
        while self._at == self._count:
            if not self._read(_BLOCK):
                return END
        self._at += 1
        return elements.row(self._rows, self._at - 1)

    def chunk(self, count: int) -> tuple[int, Any]:
        parts, got = [], 0
        while got < count:
            try:
                if self._at == self._count and not self._read(max(1, count - got)):
                    break
            except Exception:
                pass_over(self, count - got - 1)  # a batch that fails is gone as a whole, as TensorFlow's
                raise
            take = min(count - got, self._count - self._at)
            if take:
                parts.append(elements.slice_rows(self._rows, self._at, self._at + take))
            self._at += take
            got += take
        return got, elements.join(parts) if parts else None

    def piece(self, count: int) -> tuple[int, Any]:
        while self._at == self._count:
            if not self._read(max(_BLOCK, count)):
                return 0, None
        first = self._at
        self._at = min(first + count, self._count)
        return self._at - first, elements.slice_rows(self._rows, first, self._at)

    def held(self) -> tuple[int, int]:
        left = self._count - self._at
        bytes_ = buffer_bytes.bytes_of(self._rows) * left // self._count if left else 0
        return left + len(self._waiting), bytes_ + sum(map(len, self._waiting))

    def state(self) -> Any:
        return {"before": self._before, "at": self._at}

    def restore(self, state: Any) -> None:
        before = state["before"]
        self._child.restore(before["child"])
        self._number, self._waiting = int(before["number"]), list(before["waiting"])
        self._child_error = None
        if self._streams is not None:
            self._streams.restore(before["streams"])
        self._begin()
        for _ in range(int(state["at"])):
            self.next()

    def close(self) -> None:
        self._child.close()


def _scalar(record: bytes) -> np.ndarray:
    out = np.empty((), object)
    out[()] = record
    return out
