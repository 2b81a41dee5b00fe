"""Records of CSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from addax.core import dtypes, errors
from addax.core.spec import TensorSpec
from addax.data.node import END, UNKNOWN, Node, NodeIterator
from addax.data.nodes.records import translated
from addax.data.seeds import Pass
from addax.formats.lines import MAX_LINE
from addax.formats.streams import open_stream


class CsvNode(Node):
    """One tuple of scalars per line of the files.

    `defaults` has a NumPy scalar per column that is read, or a dtype where a field must not be empty.
    """

    label = "CsvDatasetV2"

    def __init__(
        self, files: list[str], defaults: Sequence[Any], compression: str, buffer: int, header: bool, delim: str,
        quotes: bool, na_value: str, columns: list[int] | None, encoding: str = "utf-8",
    ) -> None:  # fmt: skip
        super().__init__()
        self.files, self.defaults = files, list(defaults)
        self.compression, self.buffer, self.header = compression, buffer, header
        self.delim, self.quotes, self.na_value, self.columns = delim, quotes, na_value, columns
        self.encoding = encoding
        self.kinds = [d if isinstance(d, dtypes.DType) else dtypes.from_numpy(d.dtype) for d in self.defaults]

    @property
    def spec(self) -> Any:
        return tuple([TensorSpec([], kind) for kind in self.kinds])

    def cardinality(self) -> int:
        return UNKNOWN

    def iterator(self, run: Pass) -> NodeIterator:
        return CsvIterator(self)

    def read(self, path: str) -> Iterator[list[str]]:
        """The fields of each line of a file."""
        with open_stream(path, self.compression, self.buffer, MAX_LINE) as file:
            text = io.TextIOWrapper(file, encoding=self.encoding, errors="surrogateescape", newline="")
            quoting = csv.QUOTE_MINIMAL if self.quotes else csv.QUOTE_NONE
            rows = csv.reader(text, delimiter=self.delim, quoting=quoting, strict=self.quotes)
            for number, row in enumerate(rows):
                if row and not (self.header and number == 0):
                    yield row


class CsvIterator(NodeIterator):
    """Reads one file after the other."""

    def __init__(self, node: CsvNode) -> None:
        self._node = node
        self._file = 0
        self._line = 0
        self._reading: Iterator[list[str]] | None = None

    def _row(self) -> list[str] | None:
        while self._file < len(self._node.files):
            path = self._node.files[self._file]
            if self._reading is None:
                self._reading, self._line = self._node.read(path), 0
            try:
                row = next(self._reading, None)
            except csv.Error as error:
                self._leave()
                text = f"{path}: {error} (CsvDataset, record {self._line})"
                raise errors.InvalidArgumentError(None, None, text) from None
            except Exception as error:
                self._leave()
                raise translated(error, path) from error
            if row is not None:
                self._line += 1
                return row
            self._leave()
        return None

    def _leave(self) -> None:
        self._reading = None
        self._file += 1

    def next(self) -> Any:
        row = self._row()
        return END if row is None else self._parsed(row)

    def _parsed(self, row: list[str]) -> tuple[np.ndarray, ...]:
        node = self._node
        if node.columns is None:
            if len(row) != len(node.defaults):
                raise self._wrong(f"Expect {len(node.defaults)} fields but have {len(row)} in record")
            fields = row
        else:
            if max(node.columns, default=-1) >= len(row):
                raise self._wrong(f"Expect at least {max(node.columns) + 1} fields but have {len(row)} in record")
            fields = [row[column] for column in node.columns]
        made = []
        for number, (field, default, kind) in enumerate(zip(fields, node.defaults, node.kinds, strict=True)):
            made.append(self._field(number, field, default, kind))
        return tuple(made)

    def _field(self, number: int, field: str, default: Any, kind: dtypes.DType) -> np.ndarray:
        if field == "" or field == self._node.na_value:
            if isinstance(default, dtypes.DType):
                raise self._wrong(f"Field {number} is required but missing in record!")
            return np.asarray(default)
        if kind == dtypes.string:
            out = np.empty((), object)
            out[()] = field.encode(self._node.encoding, "surrogateescape")
            return out
        try:
            return np.asarray(int(field) if kind.is_integer else float(field), kind.np)
        except (ValueError, OverflowError):
            raise self._wrong(f"Field {number} in record is not a valid {kind.name}: {field}") from None

    def _wrong(self, text: str) -> errors.InvalidArgumentError:
        path = self._node.files[min(self._file, len(self._node.files) - 1)]
        return errors.InvalidArgumentError(None, None, f"{text} (CsvDataset: {path}, record {self._line - 1})")

    def state(self) -> Any:
        return {"file": self._file, "line": self._line if self._reading is not None else 0}

    def restore(self, state: Any) -> None:
        self._file, self._reading = int(state["file"]), None
        for _ in range(int(state["line"])):
            self._row()
