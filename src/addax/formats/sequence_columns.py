"""Serialized `tf.train.SequenceExample`s as columns: the context as for Examples, and every step of the feature lists.

Schema: tensorflow/core/example/example.proto.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from addax.formats import protobuf
from addax.formats.example_columns import DTYPES, Column, KindError, RecordError
from addax.formats.example_records import feature_values, map_entries, spans_of
from addax.formats.protobuf import BYTES, WireError

__all__ = ["StepColumn", "contexts", "step_columns"]


@dataclass
class StepColumn:
    """One feature list of many records.

    Attributes:
        steps: a Column whose records are the steps of all records, one behind the other.
        counts: int64 (records,), how many steps each record has.
        present: bool (records,), whether the record has the feature list at all.
    """

    steps: Column
    counts: np.ndarray
    present: np.ndarray


def contexts(records: Sequence[bytes]) -> list[bytes]:
    """The context of each record, as the Example that has the same features.

    Raises:
        RecordError: a record is no SequenceExample.
    """
    found = []
    for index, record in enumerate(records):
        try:
            parts = [
                record[a:b] for number, kind, a, b in spans_of(record, 0, len(record)) if (number, kind) == (1, BYTES)
            ]
        except WireError as error:
            raise RecordError(index, str(error)) from None
        found.append(protobuf.bytes_field(1, b"".join(parts)))
    return found


@dataclass
class _Gathered:
    values: list[Any] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    present: list[bool] = field(default_factory=list)


def step_columns(records: Sequence[bytes], kinds: Mapping[str, str]) -> dict[str, StepColumn]:
    """The feature lists of some records.

    Args:
        records: serialized SequenceExamples.
        kinds: which lists, and for each its kind: "bytes", "float" or "int64".

    Raises:
        RecordError: a record is no SequenceExample.
        KindError: a step has another kind.
    """
    gathered = {key: _Gathered() for key in kinds}
    for index, record in enumerate(records):
        try:
            lists = {}
            for number, kind, at, stop in spans_of(record, 0, len(record)):
                if (number, kind) == (2, BYTES):
                    lists.update({key: span for key, *span in map_entries(record, at, stop)})
            for name, into in gathered.items():
                span = lists.get(name.encode())
                into.present.append(span is not None)
                before = len(into.sizes)
                if span is not None:
                    _read_steps(record, span, index, name, kinds[name], into)
                into.counts.append(len(into.sizes) - before)
        except WireError as error:
            raise RecordError(index, str(error)) from None
    return {key: _column(each, kinds[key]) for key, each in gathered.items()}


def _read_steps(record: bytes, span: Any, index: int, name: str, expected: str, into: _Gathered) -> None:
    for number, kind, at, stop in spans_of(record, *span):
        if (number, kind) != (1, BYTES):
            continue
        found, values = feature_values(record, at, stop)
        if found not in (None, expected):
            raise KindError(index, name, expected, str(found))
        into.values += values
        into.sizes.append(len(values))


def _column(gathered: _Gathered, kind: str) -> StepColumn:
    values = np.empty(len(gathered.values), DTYPES[kind])
    values[:] = gathered.values
    sizes = np.array(gathered.sizes, np.int64)
    steps = Column(values, sizes, np.ones(len(sizes), bool))
    return StepColumn(steps, np.array(gathered.counts, np.int64), np.array(gathered.present, bool))
