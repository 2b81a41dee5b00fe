"""Datasets of what is in files: tf.data.TextLineDataset, TFRecordDataset, FixedLengthRecordDataset, and CSV."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from addax.core import dtypes, errors
from addax.core.spec import TensorSpec
from addax.core.tensor import Tensor
from addax.data import elements
from addax.data.arguments import integer, parallel_calls
from addax.data.dataset import Dataset
from addax.data.node import Node
from addax.data.nodes.csv import CsvNode
from addax.data.nodes.records import Reader, RecordsNode, compression_of, fixed_length, text_lines, tfrecords

_BUFFER = 256 * 1024


def file_names(filenames: Any, who: str) -> Dataset:
    """File names as a dataset of strings: a dataset already, or names in any form.

    Raises:
        TypeError: something that is no name.
    """
    if isinstance(filenames, Dataset):
        if filenames.element_spec != TensorSpec([], dtypes.string):
            raise TypeError(
                f"{who}: The `filenames` argument must contain `tf.string` elements, scalars; received "
                f"{filenames.element_spec}."
            )
        return filenames
    if isinstance(filenames, os.PathLike):
        filenames = os.fspath(filenames)
    if isinstance(filenames, list | tuple):
        filenames = [os.fspath(name) if isinstance(name, os.PathLike) else name for name in filenames]
    none = isinstance(filenames, list) and not filenames
    names = np.asarray(elements.from_user(np.array([], object) if none else filenames))
    if names.dtype.kind != "O":
        raise TypeError(f"{who}: expected file names (strings), received {filenames!r:.80}.")
    return Dataset.from_tensor_slices(names.reshape(-1))


def _node(filenames: Any, reader: Reader, parallel: Any, label: str, who: str) -> Node:
    names = file_names(filenames, who)
    if parallel is None:
        return RecordsNode(names._node, reader, label)
    threads = parallel_calls(parallel, who)

    def one_file(name: Any) -> Dataset:
        return Dataset(RecordsNode(Dataset.from_tensors(name)._node, reader, label))

    node = names.interleave(one_file, cycle_length=threads, num_parallel_calls=threads)._node
    node.label = label
    return node


def _buffer(size: Any, who: str) -> int:
    return _BUFFER if size is None else max(1, integer(size, who, "buffer_size"))


_FIELDS = (dtypes.float32, dtypes.float64, dtypes.int32, dtypes.int64, dtypes.string)


class TextLineDataset(Dataset):
    """The lines of text files, without their line ends.

    Args:
        filenames: a name, a list or tensor of names, or a dataset of names.
        compression_type: "" (or None), "GZIP" or "ZLIB".
        buffer_size: bytes read at once.
        num_parallel_reads: how many files to read at a time, on threads; their lines come in turns.
        name: ignored.

    Raises:
        tf.errors.NotFoundError: while iterating, a file is not there.

    >>> import addax as tf, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "a.txt")
    >>> _ = path.write_text("one\\ntwo\\n")
    >>> [line.numpy() for line in tf.data.TextLineDataset(str(path))]
    [b'one', b'two']
    """

    def __init__(
        self, filenames: Any, compression_type: Any = None, buffer_size: Any = None, num_parallel_reads: Any = None,
        name: str | None = None,
    ) -> None:  # fmt: skip
        who = "TextLineDataset"
        reader = text_lines(compression_of(compression_type, who), _buffer(buffer_size, who))
        super().__init__(_node(filenames, reader, num_parallel_reads, "TextLineDatasetV2", who))


class TFRecordDataset(Dataset):
    """The records of TFRecord files, as strings.

    Args:
        filenames: a name, a list or tensor of names, or a dataset of names.
        compression_type: "" (or None), "GZIP" or "ZLIB".
        buffer_size: bytes read at once.
        num_parallel_reads: how many files to read at a time, on threads; their records come in turns.
        name: ignored.

    Raises:
        tf.errors.DataLossError: while iterating, a file is damaged; the message names the file and the byte.
        tf.errors.NotFoundError: while iterating, a file is not there.

    >>> import tempfile
    >>> import addax as tf
    >>> path = tempfile.mkdtemp() + "/a"
    >>> with tf.io.TFRecordWriter(path) as writer:
    ...     writer.write(b"one")
    >>> [v.numpy() for v in tf.data.TFRecordDataset(path)]
    [b'one']
    """

    def __init__(
        self, filenames: Any, compression_type: Any = None, buffer_size: Any = None, num_parallel_reads: Any = None,
        name: str | None = None,
    ) -> None:  # fmt: skip
        who = "TFRecordDataset"
        reader = tfrecords(compression_of(compression_type, who), _buffer(buffer_size, who))
        super().__init__(_node(filenames, reader, num_parallel_reads, "TFRecordDatasetV2", who))


class FixedLengthRecordDataset(Dataset):
    """Records of equal length, as strings.

    Args:
        filenames: a name, a list or tensor of names, or a dataset of names.
        record_bytes: the length of a record.
        header_bytes: bytes to pass over at the beginning of each file.
        footer_bytes: bytes to pass over at the end of each file.
        buffer_size: bytes read at once.
        compression_type: "" (or None), "GZIP" or "ZLIB".
        num_parallel_reads: how many files to read at a time, on threads; their records come in turns.
        name: ignored.

    Raises:
        tf.errors.InvalidArgumentError: while iterating, a file is not a whole number of records.

    >>> import tempfile
    >>> import addax as tf
    >>> path = tempfile.mkdtemp() + "/a"
    >>> tf.io.write_file(path, "abcdef")
    >>> [v.numpy() for v in tf.data.FixedLengthRecordDataset(path, 3)]
    [b'abc', b'def']
    """

    def __init__(
        self, filenames: Any, record_bytes: Any, header_bytes: Any = None, footer_bytes: Any = None,
        buffer_size: Any = None, compression_type: Any = None, num_parallel_reads: Any = None, name: str | None = None,
    ) -> None:  # fmt: skip
        who = "FixedLengthRecordDataset"
        size = integer(record_bytes, who, "record_bytes")
        if size < 1:
            raise errors.InvalidArgumentError(errors.message(who, expected="record_bytes of at least 1", received=size))
        header = 0 if header_bytes is None else integer(header_bytes, who, "header_bytes")
        footer = 0 if footer_bytes is None else integer(footer_bytes, who, "footer_bytes")
        reader = fixed_length(size, header, footer, compression_of(compression_type, who), _buffer(buffer_size, who))
        super().__init__(_node(filenames, reader, num_parallel_reads, "FixedLengthRecordDatasetV2", who))


class CsvDataset(Dataset):
    r"""The lines of CSV files as tuples of scalars.

    Args:
        filenames: a name, or a list or tensor of names.
        record_defaults: for each column that is read, a dtype where a field must not be empty, or a tensor: a scalar or
            one value for empty fields, an empty one where a field must not be empty.
        compression_type: "" (or None), "GZIP" or "ZLIB".
        buffer_size: bytes read at once.
        header: pass over the first line of each file.
        field_delim: what separates fields.
        use_quote_delim: quotes group characters.
        na_value: another word for "empty".
        select_cols: numbers of the columns to read, in increasing order.
        exclude_cols: numbers of the columns not to read; instead of `select_cols`.

    Raises:
        ValueError: a default of a dtype that fields cannot have.
        tf.errors.InvalidArgumentError: a delimiter of more than one character, or columns that do not fit the
            defaults; while iterating, a field that is missing or is no such number.

    >>> import tempfile
    >>> import addax as tf
    >>> path = tempfile.mkdtemp() + "/a"
    >>> tf.io.write_file(path, "1,a\n2,b\n")
    >>> [(int(n), word.numpy()) for n, word in tf.data.experimental.CsvDataset(path, [tf.int32, tf.string])]
    [(1, b'a'), (2, b'b')]
    """

    def __init__(
        self, filenames: Any, record_defaults: Any, compression_type: Any = None, buffer_size: Any = None,
        header: bool = False, field_delim: str = ",", use_quote_delim: bool = True, na_value: str = "",
        select_cols: Any = None, exclude_cols: Any = None,
    ) -> None:  # fmt: skip
        who = "CsvDataset"
        names = [os.fsdecode(name) for name in file_names(filenames, who).as_numpy_iterator()]
        defaults = [_default(value) for value in record_defaults]
        columns = None if select_cols is None else [integer(column, who, "every column") for column in select_cols]
        if columns is not None and exclude_cols is not None:
            raise ValueError("CsvDataset: expected select_cols or exclude_cols, received both.")
        if columns is not None and (len(columns) != len(defaults) or sorted(set(columns)) != columns):
            raise errors.InvalidArgumentError(
                errors.message(
                    who, expected="select_cols in increasing order, one per default",
                    received=f"{columns} for {len(defaults)} defaults",
                )
            )  # fmt: skip
        if exclude_cols is not None:
            left_out = {integer(column, who, "every column") for column in exclude_cols}
            columns = [column for column in range(len(defaults) + len(left_out)) if column not in left_out]
        if len(field_delim) != 1:
            raise errors.InvalidArgumentError(
                errors.message(who, expected="field_delim of one character", received=repr(field_delim))
            )
        compression = compression_of(compression_type, who)
        super().__init__(
            CsvNode(
                names,
                defaults,
                compression,
                _buffer(buffer_size, who),
                bool(header),
                field_delim,
                bool(use_quote_delim),
                na_value,
                columns,
            )  # fmt: skip
        )


def _default(value: Any) -> Any:
    """A default as a scalar array, or the dtype of a field that is required."""
    if isinstance(value, dtypes.DType) or (isinstance(value, type) and not isinstance(value, Tensor)):
        kind = dtypes.as_dtype(value)
        if kind not in _FIELDS:
            raise ValueError(
                f"CsvDataset: expected a dtype of {', '.join(each.name for each in _FIELDS)} as a default, received "
                f"{kind.name}."
            )
        return kind
    array = np.asarray(elements.from_user(value))
    if array.size == 0:
        return dtypes.from_numpy(array.dtype)
    if array.size > 1:
        raise ValueError(f"CsvDataset: expected defaults of at most one value each, received {value!r:.80}.")
    return array.reshape(())
