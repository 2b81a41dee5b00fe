"""tf.data.experimental.make_csv_dataset: CSV files with headers as batches of columns."""

from __future__ import annotations

import collections
import csv
import glob
import io
import os
from typing import Any

import numpy as np

from addax.core import dtypes, errors
from addax.data import elements
from addax.data.arguments import integer, positive
from addax.data.dataset import Dataset
from addax.data.file_datasets import _BUFFER, _default
from addax.data.nodes.csv import CsvNode
from addax.data.nodes.records import compression_of, translated
from addax.formats.lines import MAX_LINE
from addax.formats.streams import open_stream

_KINDS = (dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64, dtypes.string)
_WHO = "make_csv_dataset"


def make_csv_dataset(
    file_pattern: Any, batch_size: Any, column_names: Any = None, column_defaults: Any = None,
    label_name: str | None = None, select_columns: Any = None, field_delim: str = ",", use_quote_delim: bool = True,
    na_value: str = "", header: bool = True, num_epochs: Any = None, shuffle: bool = True,
    shuffle_buffer_size: Any = 10000, shuffle_seed: Any = None, prefetch_buffer_size: Any = None,
    num_parallel_reads: Any = None, sloppy: bool = False, num_rows_for_inference: Any = 100,
    compression_type: Any = None, ignore_errors: bool = False, encoding: str = "utf-8",
) -> Dataset:  # fmt: skip
    r"""CSV files as batches: a dict of columns, or (dict of columns, label column).

    Args:
        file_pattern: a glob pattern, or a list of them.
        batch_size: lines in a batch.
        column_names: the names of all columns; by default the first line of the first file.
        column_defaults: a dtype or default per column that is read; by default found out from the first lines.
        label_name: the column that is the label.
        select_columns: names or numbers of the columns to read.
        field_delim: what separates fields.
        use_quote_delim: quotes group characters.
        na_value: another word for "empty".
        header: the files begin with a line of names.
        num_epochs: how often to go through the files; None for ever.
        shuffle: random order.
        shuffle_buffer_size: how many lines to draw from.
        shuffle_seed: makes the order the same in every run of the program.
        prefetch_buffer_size: how many batches to make ahead; chosen by default.
        num_parallel_reads: how many files to read at a time; their lines come in turns.
        sloppy: lines of files read at the same time come as they get ready.
        num_rows_for_inference: how many lines to look at for `column_defaults`; None for all.
        compression_type: "" (or None), "GZIP" or "ZLIB".
        ignore_errors: leave out lines that cannot be read.
        encoding: of the files.

    Returns:
        A dataset.

    Raises:
        ValueError: no file matches, column names that are double or missing, or a label that is no column.

    >>> import tempfile
    >>> import addax as tf
    >>> path = tempfile.mkdtemp() + "/a.csv"
    >>> tf.io.write_file(path, "x,label\n1,0\n2,1\n")
    >>> data = tf.data.experimental.make_csv_dataset(path, 2, label_name="label", num_epochs=1, shuffle=False)
    >>> columns, labels = next(iter(data))
    >>> columns["x"].numpy().tolist(), labels.numpy().tolist()
    ([1, 2], [0, 1])
    """
    if not any(glob.glob(os.fsdecode(each)) for each in np.asarray(elements.from_user(file_pattern)).reshape(-1)):
        raise ValueError(f"No files match `file_pattern` {file_pattern}.")
    files = [os.fsdecode(name) for name in Dataset.list_files(file_pattern, shuffle=False).as_numpy_iterator()]
    compression = compression_of(compression_type, _WHO)
    plain = CsvNode(files, [], compression, _BUFFER, False, field_delim, use_quote_delim, na_value, None, encoding)
    names = _column_names(plain, column_names, header)
    chosen = _chosen(names, select_columns)
    if column_defaults is None:
        defaults = _inferred(plain, names, chosen, header, num_rows_for_inference, na_value)
    else:
        defaults = [_default(value) for value in column_defaults]
        if len(defaults) == len(names) and len(chosen) != len(names):
            defaults = [defaults[number] for number in chosen]
    if len(defaults) != len(chosen):
        raise ValueError(
            f"{_WHO}: expected {len(chosen)} column_defaults, one per column read, received {len(defaults)}."
        )
    kept = [names[number] for number in chosen]
    if label_name is not None and label_name not in kept:
        raise ValueError(
            f"`label_name` provided must be one of the columns. {_WHO}: received {label_name!r} of {kept}."
        )

    def lines(file: list[str]) -> Dataset:
        return Dataset(
            CsvNode(
                file, defaults, compression, _BUFFER, header, field_delim, use_quote_delim, na_value, chosen, encoding
            )
        )

    if num_parallel_reads is not None and len(files) > 1:
        data = Dataset.from_tensor_slices(np.array([os.fsencode(file) for file in files], object)).interleave(
            lambda file: lines([os.fsdecode(file.numpy())]), deterministic=not sloppy,
            cycle_length=integer(num_parallel_reads, _WHO, "num_parallel_reads"), num_parallel_calls=num_parallel_reads,
        )  # fmt: skip
    else:
        data = lines(files)
    if ignore_errors:
        data = data.ignore_errors()
    if shuffle:
        data = data.shuffle(positive(shuffle_buffer_size, _WHO, "shuffle_buffer_size"), shuffle_seed)
    data = data.repeat(num_epochs).batch(batch_size, drop_remainder=num_epochs is None)

    def named(*columns: Any) -> Any:
        features = collections.OrderedDict(zip(kept, columns, strict=True))
        if label_name is None:
            return features
        label = features.pop(label_name)
        return features, label

    return data.map(named).prefetch(1 if prefetch_buffer_size is None else prefetch_buffer_size)


def _first_rows(plain: CsvNode, path: str, count: int | None) -> list[list[str]]:
    try:
        with open_stream(path, plain.compression, plain.buffer, MAX_LINE) as file:
            text = io.TextIOWrapper(file, encoding=plain.encoding, errors="surrogateescape", newline="")
            quoting = csv.QUOTE_MINIMAL if plain.quotes else csv.QUOTE_NONE
            rows = []
            for row in csv.reader(text, delimiter=plain.delim, quoting=quoting):
                rows.append(row)
                if count is not None and len(rows) == count:
                    break
            return rows
    except OSError as error:
        raise translated(error, path) from error


def _column_names(plain: CsvNode, given: Any, header: bool) -> list[str]:
    if given is None:
        if not header:
            raise ValueError("Must specify column names if no header is available. (make_csv_dataset)")
        firsts = [(_first_rows(plain, path, 1) or [[]])[0] for path in plain.files]
        if any(first != firsts[0] for first in firsts):
            raise ValueError(
                "All input CSV files should have the same column names in the header row. (make_csv_dataset)"
            )
        given = firsts[0]
    names = [str(name) for name in given]
    if len(set(names)) != len(names):
        raise ValueError(f"Cannot have duplicate column names. (make_csv_dataset: received {names})")
    return names


def _chosen(names: list[str], select: Any) -> list[int]:
    if select is None:
        return list(range(len(names)))
    numbers = []
    for column in select:
        if isinstance(column, str):
            if column not in names:
                raise ValueError(f"make_csv_dataset: no column {column!r} to select. {errors.suggest(column, names)}")
            numbers.append(names.index(column))
        else:
            numbers.append(integer(column, _WHO, "every column"))
            if not 0 <= numbers[-1] < len(names):
                raise ValueError(f"make_csv_dataset: expected columns from 0 to {len(names) - 1}, received {column}.")
    if len(set(numbers)) != len(numbers):
        raise ValueError(f"make_csv_dataset: expected every column once, received {list(select)}.")
    return sorted(numbers)


def _inferred(
    plain: CsvNode, names: list[str], chosen: list[int], header: bool, count: Any, na_value: str
) -> list[np.ndarray]:
    """A default per column, of the narrowest dtype that all its values in the first lines have."""
    kinds = [-1] * len(chosen)  # a column without any value is one of strings
    left = None if count is None else int(count)
    for path in plain.files:
        rows = _first_rows(plain, path, None if left is None else left + header)[1 if header else 0 :]
        for row in rows:
            if row and len(row) != len(names):
                raise ValueError(
                    f"make_csv_dataset: {path}: expected {len(names)} fields in each line, received {len(row)}."
                )
            for place, number in enumerate(chosen):
                if row and row[number] not in ("", na_value):
                    kinds[place] = max(kinds[place], _kind(row[number]))
        if left is not None:
            left -= len(rows)
            if left <= 0:
                break
    empty = np.empty((), object)
    empty[()] = b""
    return [empty if _KINDS[kind] == dtypes.string else np.zeros((), _KINDS[kind].np) for kind in kinds]


def _kind(text: str) -> int:
    try:
        value = int(text)
        return 0 if -(2**31) <= value < 2**31 else 1 if -(2**63) <= value < 2**63 else 2
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return 4
    return 2 if not np.isfinite(number) or abs(number) <= float(np.finfo(np.float32).max) else 3
