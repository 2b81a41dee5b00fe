"""Writes that happen whole or not at all: temp file in the same folder, fsync, rename.

After a crash at any moment the target is the previous one or the new one. What a killed process may leave is a file
whose name starts with a dot and ends in `.partial`.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator
from typing import IO, Any

__all__ = ["atomic_write", "atomic_directory", "sync_directory"]


def _partial_name(path: str) -> str:
    folder, name = os.path.split(path)
    # A long target name must not make the temporary one too long for the file system (255 bytes as a rule).
    return os.path.join(folder, f".{name[:100]}.{secrets.token_hex(6)}.partial")


def sync_directory(folder: str | os.PathLike[str]) -> None:
    """Make renames in a folder durable (nothing to do where folders cannot be opened, as on Windows)."""
    try:
        descriptor = os.open(os.fspath(folder) or ".", os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:  # some file systems refuse to sync a folder; the rename itself stays atomic
        pass
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike[str], mode: str = "wb", **options: Any) -> Iterator[IO[Any]]:
    """Write a file whole or not at all.

    Args:
        path: the file to create or replace. A symbolic link there is replaced, not followed.
        mode: "wb" (bytes) or "w" (text).
        **options: as for `open` (encoding, newline, buffering).

    Yields:
        An open file. When the block ends the file is synced and renamed to `path`; on an exception it is removed and
        whatever stood at `path` stays as it was.

    Raises:
        ValueError: a mode other than "wb", "w", "w+b" or "w+".

    Example:
        >>> import pathlib, tempfile
        >>> from addax.formats.atomic import atomic_write
        >>> path = pathlib.Path(tempfile.mkdtemp(), "a.txt")
        >>> with atomic_write(path, "w", encoding="utf-8") as file:
        ...     _ = file.write("whole")
        >>> path.read_text()
        'whole'
    """
    if mode not in ("wb", "w", "w+b", "wb+", "w+"):
        raise ValueError(f"atomic_write(mode): expected 'wb', 'w', 'w+b' or 'w+'; received {mode!r}")
    path = os.path.abspath(os.fspath(path))
    partial = _partial_name(path)
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(partial, flags, 0o666)  # 0o666 less the umask: the permissions any new file gets
    try:
        with os.fdopen(descriptor, mode, **options) as file:
            with contextlib.suppress(OSError):
                mode_bits = os.lstat(path).st_mode
                if stat.S_ISREG(mode_bits):
                    os.chmod(partial, stat.S_IMODE(mode_bits) & 0o777)
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(partial)
        raise
    sync_directory(os.path.dirname(path))


@contextlib.contextmanager
def atomic_directory(path: str | os.PathLike[str]) -> Iterator[str]:
    """Write a folder whole or not at all.

    Args:
        path: the folder to create or replace.

    Yields:
        The path of an empty folder beside it, to be filled. When the block ends its files are synced and it takes the
        place of `path`; on an exception it is removed.

    Raises:
        NotADirectoryError: something other than a folder stands at `path`.

    Example:
        >>> import os, pathlib, tempfile
        >>> from addax.formats.atomic import atomic_directory
        >>> path = pathlib.Path(tempfile.mkdtemp(), "model")
        >>> with atomic_directory(path) as folder:
        ...     _ = pathlib.Path(folder, "a").write_text("1")
        >>> os.listdir(path)
        ['a']
    """
    path = os.path.abspath(os.fspath(path))
    if os.path.lexists(path) and (os.path.islink(path) or not os.path.isdir(path)):
        raise NotADirectoryError(
            errno.ENOTDIR, "expected a folder or nothing to replace; received a file or link", path
        )
    partial = _partial_name(path)
    os.mkdir(partial)
    try:
        yield partial
        for folder, _, files in os.walk(partial):
            for name in files:
                _sync_file(os.path.join(folder, name))
            sync_directory(folder)
        _exchange_into_place(partial, path)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    sync_directory(os.path.dirname(path))


def _sync_file(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _exchange_into_place(partial: str, path: str) -> None:
    if not os.path.exists(path):
        os.rename(partial, path)
        return
    if _exchange(partial, path):
        shutil.rmtree(partial, ignore_errors=True)
        return
    # No atomic exchange here: the old folder steps aside for a moment, whole, under a name of its own.
    aside = _partial_name(path)
    os.rename(path, aside)
    try:
        os.rename(partial, path)
    except BaseException:
        os.rename(aside, path)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _exchange(first: str, second: str) -> bool:
    """Swap two paths in one step (Linux renameat2); False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    at_cwd, exchange = -100, 2
    return rename(at_cwd, os.fsencode(first), at_cwd, os.fsencode(second), exchange) == 0
