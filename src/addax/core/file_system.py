"""File systems by the scheme of a path: the local one, and with fsspec installed s3://, gs:// and the rest.

Errors are TensorFlow's, whatever the file system raises.
"""

from __future__ import annotations

import glob as globbing
import os
import shutil
import stat as stat_codes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, NamedTuple

from addax.core import errors


class FileStatistics(NamedTuple):
    """What is known of a file.

    Attributes:
        length: bytes.
        mtime_nsec: when it was changed, in nanoseconds since 1970.
        is_directory: whether it is a directory.
    """

    length: int
    mtime_nsec: int
    is_directory: bool


def text_of(path: Any) -> str:
    """A path as text.

    Raises:
        TypeError: no path.

    >>> from addax.core.file_system import text_of
    >>> text_of(b"a/b")
    'a/b'
    """
    if isinstance(path, os.PathLike):
        path = os.fspath(path)
    if hasattr(path, "numpy"):
        path = path.numpy()
    if isinstance(path, bytes):
        return os.fsdecode(path)
    if not isinstance(path, str):
        raise TypeError(f"Expected binary or unicode string, got {path!r:.80} (a path)")
    return path


def scheme_of(path: str) -> str:
    """What stands before "://" in a path, or "".

    >>> from addax.core.file_system import scheme_of
    >>> scheme_of("gs://bucket/a"), scheme_of("/tmp/a")
    ('gs', '')
    """
    head, separator, _ = path.partition("://")
    return head if separator and head.replace("+", "").replace("-", "").replace(".", "").isalnum() else ""


def as_tensorflow_error(error: BaseException, path: str) -> errors.OpError | None:
    """An error of the operating system as TensorFlow's type; None for errors of other kinds."""
    if isinstance(error, errors.OpError):
        return error
    for kind, made, text in _ERRORS:
        if isinstance(error, kind):
            return made(None, None, f"{path}; {text or error}")
    return errors.UnknownError(None, None, f"{path}; {error}") if isinstance(error, OSError) else None


_ERRORS: tuple[tuple[Any, type[errors.OpError], str], ...] = (
    (FileNotFoundError, errors.NotFoundError, "No such file or directory"),
    (FileExistsError, errors.AlreadyExistsError, "File exists"),
    (PermissionError, errors.PermissionDeniedError, "Permission denied"),
    (IsADirectoryError, errors.FailedPreconditionError, "Is a directory"),
    (NotADirectoryError, errors.FailedPreconditionError, "Not a directory"),
)


@contextmanager
def translated(path: str) -> Iterator[None]:
    """Raise errors of the operating system as TensorFlow's."""
    try:
        yield
    except errors.OpError:
        raise
    except OSError as error:
        raise as_tensorflow_error(error, path) from error  # type: ignore[misc]


class LocalFileSystem:
    """The computer's own files."""

    def open(self, path: str, mode: str) -> IO[bytes]:
        """A binary file."""
        if os.path.isdir(path):
            raise IsADirectoryError(path)
        return open(path, mode)  # noqa: SIM115

    def exists(self, path: str) -> bool:
        """Whether there is such a file or directory."""
        return os.path.exists(path)

    def isdir(self, path: str) -> bool:
        """Whether it is a directory."""
        return os.path.isdir(path)

    def names(self, path: str) -> list[str]:
        """What is in a directory."""
        return os.listdir(path)

    def mkdir(self, path: str) -> None:
        """Make a directory in one that is there."""
        os.mkdir(path)

    def makedirs(self, path: str) -> None:
        """Make a directory and those above it."""
        os.makedirs(path, exist_ok=True)

    def remove(self, path: str) -> None:
        """Remove a file."""
        if os.path.isdir(path):
            raise IsADirectoryError(path)
        os.remove(path)

    def rmtree(self, path: str) -> None:
        """Remove a directory and all that is in it."""
        shutil.rmtree(path)

    def rename(self, source: str, target: str) -> None:
        """Move a file or directory; what is at the target is replaced."""
        os.replace(source, target)

    def stat(self, path: str) -> FileStatistics:
        """Its size, time and kind."""
        found = os.stat(path)
        return FileStatistics(found.st_size, found.st_mtime_ns, stat_codes.S_ISDIR(found.st_mode))

    def glob(self, pattern: str) -> list[str]:
        """The files and directories that match a pattern, in order."""
        return sorted(globbing.glob(pattern, include_hidden=True))


class RemoteFileSystem:
    """Files that fsspec reaches.

    Args:
        scheme: "s3", "gs", "memory" and the like.
    """

    def __init__(self, scheme: str) -> None:
        import fsspec  # type: ignore[import-not-found]  # an extra, and only for such paths

        self._scheme = scheme
        self._system = fsspec.filesystem(scheme)

    def open(self, path: str, mode: str) -> IO[bytes]:
        """A binary file."""
        return self._system.open(path, mode)

    def exists(self, path: str) -> bool:
        """Whether there is such a file or directory."""
        return bool(self._system.exists(path))

    def isdir(self, path: str) -> bool:
        """Whether it is a directory."""
        return bool(self._system.isdir(path))

    def names(self, path: str) -> list[str]:
        """What is in a directory."""
        return [name.rstrip("/").rsplit("/", 1)[-1] for name in self._system.ls(path, detail=False)]

    def mkdir(self, path: str) -> None:
        """Make a directory in one that is there."""
        self._system.mkdir(path, create_parents=False)

    def makedirs(self, path: str) -> None:
        """Make a directory and those above it."""
        self._system.makedirs(path, exist_ok=True)

    def remove(self, path: str) -> None:
        """Remove a file."""
        self._system.rm_file(path)

    def rmtree(self, path: str) -> None:
        """Remove a directory and all that is in it."""
        self._system.rm(path, recursive=True)

    def rename(self, source: str, target: str) -> None:
        """Move a file or directory."""
        self._system.mv(source, target, recursive=self.isdir(source))

    def stat(self, path: str) -> FileStatistics:
        """Its size, time and kind."""
        found = self._system.info(path)
        changed = found.get("mtime") or found.get("LastModified") or found.get("updated") or found.get("created") or 0
        seconds = changed.timestamp() if hasattr(changed, "timestamp") else changed
        nanoseconds = int(float(seconds) * 1e9) if isinstance(seconds, int | float) else 0
        return FileStatistics(int(found.get("size") or 0), nanoseconds, found["type"] == "directory")

    def glob(self, pattern: str) -> list[str]:
        """The files and directories that match a pattern, in order."""
        return sorted(self._system.unstrip_protocol(name) for name in self._system.glob(pattern))


FileSystem = LocalFileSystem | RemoteFileSystem
_LOCAL = LocalFileSystem()
_remote: dict[str, RemoteFileSystem] = {}


def system_of(path: str) -> tuple[FileSystem, str]:
    """The file system of a path, and the path as that knows it.

    Raises:
        UnimplementedError: there is none for its scheme.
    """
    scheme = scheme_of(path)
    if scheme in ("", "file"):
        return _LOCAL, path[len("file://") :] if scheme else path
    if scheme not in _remote:
        try:
            _remote[scheme] = RemoteFileSystem(scheme)
        except (ImportError, ValueError) as error:
            raise errors.UnimplementedError(
                None, None,
                f"File system scheme '{scheme}' not implemented (file: '{path}'). Addax reaches it by fsspec: "
                f"pip install fsspec, and what {scheme}:// needs ({error}).",
            ) from None  # fmt: skip
    return _remote[scheme], path


def schemes() -> list[str]:
    """The schemes that paths may have.

    >>> from addax.core.file_system import schemes
    >>> "file" in schemes()
    True
    """
    try:
        from fsspec import available_protocols  # type: ignore[import-not-found]  # an extra
    except ImportError:
        return ["file", ""]
    return ["file", "", *sorted(set(available_protocols()) - {"file"})]
