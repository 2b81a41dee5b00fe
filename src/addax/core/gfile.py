"""tf.io.gfile: files and directories by path, local or remote."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import IO, Any

from addax.core import errors
from addax.core.file_system import FileStatistics, scheme_of, schemes, system_of, text_of, translated

_MODES = ("r", "w", "a", "r+", "w+", "a+")
_BLOCK = 1 << 20
_MAGIC = re.compile(r"[*?\[]")


class GFile:
    """A file, opened when it is first used.

    Args:
        name: the path.
        mode: "r", "w", "a", "r+", "w+" or "a+"; with "b" behind it for bytes.

    Raises:
        InvalidArgumentError: another mode.

    >>> import addax as tf, tempfile
    >>> path = tf.io.gfile.join(tempfile.mkdtemp(), "a.txt")
    >>> with tf.io.gfile.GFile(path, "w") as file:
    ...     file.write("text")
    >>> tf.io.gfile.GFile(path).read()
    'text'
    """

    def __init__(self, name: Any, mode: str = "r") -> None:
        plain = mode.replace("b", "")
        if plain not in _MODES:
            raise errors.InvalidArgumentError(
                None, None, f"mode is not 'r' or 'w' or 'a' or 'r+' or 'w+' or 'a+': received {mode!r} (GFile)"
            )
        self._path, self._name, self._mode = text_of(name), name, mode
        self._plain, self._binary = plain, "b" in mode
        self._file: IO[bytes] | None = None

    @property
    def name(self) -> Any:
        """The path, as it was given."""
        return self._name

    @property
    def mode(self) -> str:
        """The mode, as it was given."""
        return self._mode

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            system, path = system_of(self._path)
            with translated(self._path):
                self._file = system.open(path, self._plain + "b")
        return self._file

    def _readable(self) -> IO[bytes]:
        if self._plain not in ("r", "r+", "w+", "a+"):
            raise errors.PermissionDeniedError(None, None, f"File isn't open for reading: {self._path} ({self._mode})")
        return self._opened()

    def _given(self, data: bytes) -> Any:
        return data if self._binary else data.decode("utf-8")

    def write(self, file_content: Any) -> None:
        """Write text or bytes.

        Raises:
            PermissionDeniedError: the file is open for reading.
            TypeError: neither text nor bytes.
        """
        if self._plain == "r":
            raise errors.PermissionDeniedError(None, None, f"File isn't open for writing: {self._path} ({self._mode})")
        if isinstance(file_content, str):
            file_content = file_content.encode("utf-8")
        if not isinstance(file_content, bytes | bytearray | memoryview):
            raise TypeError(f"Expected binary or unicode string, got {file_content!r:.80} (GFile.write)")
        file = self._opened()
        with translated(self._path):
            file.write(file_content)

    def read(self, n: int = -1) -> Any:
        """Up to `n` bytes from here on, or all, as text or bytes.

        Raises:
            NotFoundError: there is no such file.
            PermissionDeniedError: the file is open for writing.
        """
        file = self._readable()
        with translated(self._path):
            return self._given(file.read(n))

    def readline(self) -> Any:
        """The next line with its end; empty at the end of the file."""
        file = self._readable()
        with translated(self._path):
            return self._given(file.readline())

    def readlines(self) -> list[Any]:
        """The lines from here on, with their ends."""
        return list(self)

    def seek(self, offset: int | None = None, whence: int = 0, position: int | None = None) -> None:
        """Go to a byte: from the beginning (whence 0), from here (1) or from the end (2). `position`: older spelling.

        Raises:
            OutOfRangeError: behind the end of the file.
            InvalidArgumentError: before its beginning, or another `whence`.
        """
        if offset is None and position is None:
            raise TypeError("seek(): offset argument required")
        offset = offset if offset is not None else position
        if whence not in (0, 1, 2):
            raise errors.InvalidArgumentError(
                None, None, f"Invalid whence argument: {whence}. Valid values are 0, 1, or 2."
            )
        file = self._readable()
        size = self.size()
        target = int(offset) + (0, file.tell(), size)[whence]  # type: ignore[arg-type]
        if target < 0:
            raise errors.InvalidArgumentError(None, None, f"Seeking to a negative position: {target}")
        if target > size:
            raise errors.OutOfRangeError(None, None, f"reached end of file: {target} of {size} bytes ({self._path})")
        file.seek(target)

    def seekable(self) -> bool:
        """Whether `seek` works: yes."""
        return True

    def tell(self) -> int:
        """The byte that is read or written next."""
        return self._opened().tell()

    def size(self) -> int:
        """The bytes of the file as it is on disk."""
        return stat(self._path).length

    def flush(self) -> None:
        """Hand what was written to the operating system."""
        if self._file is not None and self._plain != "r":
            with translated(self._path):
                self._file.flush()

    def close(self) -> None:
        """Finish; closing twice does nothing."""
        file, self._file = self._file, None
        if file is not None:
            with translated(self._path):
                file.close()

    def next(self) -> Any:
        """The next line; StopIteration at the end."""
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    __next__ = next

    def __iter__(self) -> GFile:
        return self

    def __enter__(self) -> GFile:
        return self

    def __exit__(self, unused_type: Any, unused_value: Any, unused_traceback: Any) -> None:
        self.close()

    def __del__(self) -> None:
        file = getattr(self, "_file", None)
        if file is not None:
            file.close()


def exists(path: Any) -> bool:
    """Whether there is a file or directory at a path.

    >>> import addax as tf
    >>> tf.io.gfile.exists("/surely/not")
    False
    """
    system, inner = system_of(text_of(path))
    return system.exists(inner)


def isdir(path: Any) -> bool:
    """Whether there is a directory at a path.

    >>> import tempfile
    >>> import addax as tf
    >>> folder = tempfile.mkdtemp()
    >>> tf.io.gfile.isdir(folder), tf.io.gfile.isdir(folder + "/other")
    (True, False)
    """
    system, inner = system_of(text_of(path))
    return system.isdir(inner)


def listdir(path: Any) -> list[str]:
    """The names in a directory, in no order.

    Raises:
        NotFoundError: it is no directory.

    >>> import tempfile
    >>> import addax as tf
    >>> folder = tempfile.mkdtemp()
    >>> tf.io.gfile.mkdir(folder + "/a")
    >>> tf.io.gfile.listdir(folder)
    ['a']
    """
    text = text_of(path)
    system, inner = system_of(text)
    if not system.isdir(inner):
        raise errors.NotFoundError(None, None, f"Could not find directory {text}")
    with translated(text):
        return system.names(inner)


def mkdir(path: Any) -> None:
    """Make a directory. One that is there is left as it is.

    Raises:
        NotFoundError: the directory above is not there.

    >>> import tempfile
    >>> import addax as tf
    >>> folder = tempfile.mkdtemp()
    >>> tf.io.gfile.mkdir(folder + "/a")
    >>> tf.io.gfile.isdir(folder + "/a")
    True
    """
    text = text_of(path)
    system, inner = system_of(text)
    with translated(text):
        if not system.isdir(inner):
            system.mkdir(inner)


def makedirs(path: Any) -> None:
    """Make a directory and those above it; they may be there.

    Raises:
        FailedPreconditionError: something on the way is a file.

    >>> import tempfile
    >>> import addax as tf
    >>> folder = tempfile.mkdtemp()
    >>> tf.io.gfile.makedirs(folder + "/a/b")
    >>> tf.io.gfile.isdir(folder + "/a/b")
    True
    """
    text = text_of(path)
    system, inner = system_of(text)
    try:
        system.makedirs(inner)
    except (FileExistsError, NotADirectoryError):
        raise errors.FailedPreconditionError(None, None, f"{text} is not a directory") from None
    except OSError as error:
        with translated(text):
            raise error


def remove(path: Any) -> None:
    """Remove a file.

    Raises:
        NotFoundError: there is none.
        FailedPreconditionError: it is a directory.

    >>> import tempfile
    >>> import addax as tf
    >>> folder = tempfile.mkdtemp()
    >>> tf.io.write_file(folder + "/a.txt", "words")
    >>> tf.io.gfile.remove(folder + "/a.txt")
    >>> tf.io.gfile.exists(folder + "/a.txt")
    False
    """
    text = text_of(path)
    system, inner = system_of(text)
    with translated(text):
        system.remove(inner)


def rmtree(path: Any) -> None:
    """Remove a directory and all that is in it (or a file).

    Raises:
        NotFoundError: there is none.

    >>> import tempfile
    >>> import addax as tf
    >>> folder = tempfile.mkdtemp()
    >>> tf.io.gfile.rmtree(folder)
    >>> tf.io.gfile.exists(folder)
    False
    """
    text = text_of(path)
    system, inner = system_of(text)
    if not system.exists(inner):
        raise errors.NotFoundError(None, None, f"{text} not found")
    with translated(text):
        if system.isdir(inner):
            system.rmtree(inner)
        else:
            system.remove(inner)


def copy(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Copy a file; from one file system to another, too.

    Raises:
        NotFoundError: there is no such file.
        AlreadyExistsError: the target is there and `overwrite` is not set.

    >>> import tempfile
    >>> import addax as tf
    >>> folder = tempfile.mkdtemp()
    >>> tf.io.write_file(folder + "/a.txt", "words")
    >>> tf.io.gfile.copy(folder + "/a.txt", folder + "/b.txt")
    >>> tf.io.read_file(folder + "/b.txt").numpy()
    b'words'
    """
    source, target = text_of(src), text_of(dst)
    (source_system, source_path), (target_system, target_path) = system_of(source), system_of(target)
    _check_target(target, overwrite)
    with translated(source), source_system.open(source_path, "rb") as reader:
        with translated(target), target_system.open(target_path, "wb") as writer:
            while block := reader.read(_BLOCK):
                writer.write(block)


def _check_target(target: str, overwrite: bool) -> None:
    if not overwrite and exists(target):
        raise errors.AlreadyExistsError(None, None, f"file already exists: {target} (overwrite=True replaces it)")


def rename(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Move a file or directory.

    Raises:
        NotFoundError: there is none.
        AlreadyExistsError: the target is there and `overwrite` is not set.

    >>> import tempfile
    >>> import addax as tf
    >>> folder = tempfile.mkdtemp()
    >>> tf.io.write_file(folder + "/a.txt", "words")
    >>> tf.io.gfile.rename(folder + "/a.txt", folder + "/b.txt")
    >>> tf.io.gfile.listdir(folder)
    ['b.txt']
    """
    source, target = text_of(src), text_of(dst)
    (source_system, source_path), (target_system, target_path) = system_of(source), system_of(target)
    _check_target(target, overwrite)
    if source_system is target_system:
        with translated(source):
            source_system.rename(source_path, target_path)
        return
    if source_system.isdir(source_path):
        raise errors.UnimplementedError(
            None, None, f"{source}: a directory cannot be moved to another file system ({target}); copy its files."
        )
    copy(source, target, overwrite)
    remove(source)


def stat(path: Any) -> FileStatistics:
    """The length, time of change and kind of a file or directory.

    Raises:
        NotFoundError: there is none.

    >>> import tempfile
    >>> import addax as tf
    >>> folder = tempfile.mkdtemp()
    >>> tf.io.write_file(folder + "/a.txt", "words")
    >>> tf.io.gfile.stat(folder + "/a.txt").length
    5
    """
    text = text_of(path)
    system, inner = system_of(text)
    with translated(text):
        return system.stat(inner)


def glob(pattern: Any) -> list[str]:
    """The paths that match a pattern, or one of several: `*`, `?` and `[...]` within a name.

    >>> import os, tempfile
    >>> import addax as tf
    >>> folder = tempfile.mkdtemp()
    >>> tf.io.write_file(folder + "/a.txt", "words")
    >>> [os.path.basename(path) for path in tf.io.gfile.glob(folder + "/*.txt")]
    ['a.txt']
    """
    patterns = [pattern] if isinstance(pattern, str | bytes | os.PathLike) else pattern
    found: list[str] = []
    for each in patterns:
        text = text_of(each)
        system, inner = system_of(text)
        prefix = text[: len(text) - len(inner)]
        if not prefix and not os.path.dirname(text) and _MAGIC.search(text):
            prefix = "./"  # as TensorFlow names what it finds where we are
        with translated(text):
            found += [prefix + name for name in system.glob(inner)]
    return found


def walk(
    top: Any, topdown: bool = True, onerror: Callable[[Exception], Any] | None = None
) -> Iterator[tuple[str, list[str], list[str]]]:
    """All directories from one on.

    Args:
        top: where to begin.
        topdown: whether a directory comes before those in it.
        onerror: called with the error where a directory cannot be read; by default it is passed over.

    Yields:
        (directory, names of directories in it, names of files in it).

    >>> import tempfile
    >>> import addax as tf
    >>> folder = tempfile.mkdtemp()
    >>> tf.io.write_file(folder + "/a.txt", "words")
    >>> [(folders, files) for _, folders, files in tf.io.gfile.walk(folder)]
    [([], ['a.txt'])]
    """
    here = text_of(top)
    try:
        names = sorted(listdir(here))
    except errors.NotFoundError as error:
        if onerror is not None:
            onerror(error)
        return
    folders = [name for name in names if isdir(join(here, name))]
    files = [name for name in names if name not in set(folders)]
    if topdown:
        yield here, folders, files
    for name in folders:
        yield from walk(join(here, name), topdown, onerror)
    if not topdown:
        yield here, folders, files


def join(path: Any, *paths: Any) -> Any:
    """Parts of a path as one; what is absolute begins anew.

    >>> import addax as tf
    >>> tf.io.gfile.join("gs://bucket", "a", "b")
    'gs://bucket/a/b'
    """
    first = os.fspath(path)
    if scheme_of(text_of(first)):
        import posixpath  # remote paths have one separator on every computer

        return posixpath.join(first, *paths)
    return os.path.join(first, *paths)


def get_registered_schemes() -> list[str]:
    """The schemes ("file", "s3", ...) that paths may have here.

    >>> import addax as tf
    >>> "file" in tf.io.gfile.get_registered_schemes()
    True
    """
    return schemes()
