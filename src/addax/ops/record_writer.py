"""tf.io.TFRecordWriter: the writer of TFRecord files, with TensorFlow's errors."""

from __future__ import annotations

import os
from typing import BinaryIO

from addax.core import errors
from addax.core.file_system import translated
from addax.formats import tfrecord


class TFRecordWriter(tfrecord.TFRecordWriter):
    """Writes a TFRecord file, record by record. A file at `path` is replaced as soon as the writer is made.

    Args:
        path: the file.
        options: a `tf.io.TFRecordOptions`, or a compression type: "", "GZIP" or "ZLIB".

    Raises:
        tf.errors.NotFoundError: the folder is not there.
        tf.errors.FailedPreconditionError: on writing, the writer is closed.

    >>> import addax as tf, os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "a.tfrecord")
    >>> with tf.io.TFRecordWriter(path) as writer:
    ...     writer.write(b"data")
    >>> [record.numpy() for record in tf.data.TFRecordDataset(path)]
    [b'data']
    """

    def __init__(self, path: str | os.PathLike[str], options: tfrecord.TFRecordOptions | str | None = None) -> None:
        with translated(os.fspath(path)):
            super().__init__(path, options)

    def _opened(self) -> BinaryIO:
        if self._file is None:
            raise errors.FailedPreconditionError(None, None, f"Writer is closed. (TFRecordWriter: {self._path})")
        return self._file
