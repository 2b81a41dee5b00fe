"""Unpacking an archive into a folder: everything is checked and unpacked aside first, then moved into place."""

from __future__ import annotations

import os
import secrets
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO

from addax.formats.errors import CorruptFileError, UnsafeFileError
from addax.formats.tar import is_tar, read_tar
from addax.formats.zips import SafeZip

__all__ = ["archive_kind", "extract_archive"]


def archive_kind(path: str | os.PathLike[str], kinds: Iterable[str] = ("tar", "zip")) -> str | None:
    """Which of "tar" and "zip" a file is by its content, tried in the order of `kinds`, or None.

    Raises:
        CorruptFileError: a compressed file that is damaged at its start.
    """
    for kind in kinds:
        if kind not in ("tar", "zip"):
            raise ValueError(
                f"archive_format: expected 'auto', 'tar', 'zip', None or a list of them; received {kind!r}"
            )
        if (kind == "tar" and is_tar(path)) or (kind == "zip" and os.path.isfile(path) and zipfile.is_zipfile(path)):
            return kind
    return None


def extract_archive(
    path: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    kinds: Iterable[str] = ("tar", "zip"),
    max_bytes: int | None = None,
) -> bool:
    """Unpack a tar or zip archive into a folder.

    Args:
        path: the archive.
        folder: where to; made if it is absent. Files of the same names are replaced, others stay.
        kinds: the kinds tried, in order.
        max_bytes: most bytes it may unpack to; default 100 times the file, plus 64 MiB.

    Returns:
        True, or False if it is no archive of these kinds.

    Raises:
        CorruptFileError: damaged or refused; nothing was put into the folder then.

    Example:
        >>> import os, tempfile, zipfile
        >>> from addax.formats.extract import extract_archive
        >>> folder = tempfile.mkdtemp()
        >>> with zipfile.ZipFile(os.path.join(folder, "a.zip"), "w") as out:
        ...     out.writestr("d/a.txt", "hi")
        >>> extract_archive(os.path.join(folder, "a.zip"), folder), os.listdir(os.path.join(folder, "d"))
        (True, ['a.txt'])
    """
    kind = archive_kind(path, kinds)
    if kind is None:
        return False
    folder = os.path.abspath(os.fspath(folder))
    os.makedirs(folder, exist_ok=True)
    aside = os.path.join(folder, f".unpacking.{secrets.token_hex(6)}.partial")
    os.mkdir(aside)
    try:
        for name, stream in _members(path, kind, max_bytes):
            try:
                _write(os.path.join(aside, *name.split("/")), stream)
            except CorruptFileError:
                raise
            except OSError as error:  # no room, a name too long for the file system, a folder where a file stands
                text = f"{os.fspath(path)}: member {name[:100]!r} cannot be unpacked: {error.strerror or error}"
                raise type(error)(error.errno, text) from None
        _check_targets(path, aside, folder)
        _move(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return True


def _members(path: str | os.PathLike[str], kind: str, max_bytes: int | None) -> Iterator[tuple[str, IO[bytes] | None]]:
    if kind == "tar":
        yield from read_tar(path, max_bytes=max_bytes)
        return
    with SafeZip(path, max_bytes=max_bytes) as archive:
        for name in archive.names:
            with archive.open(name) as stream:
                yield name, stream


def _write(target: str, stream: IO[bytes] | None) -> None:
    os.makedirs(target if stream is None else os.path.dirname(target), exist_ok=True)
    if stream is not None:
        with open(target, "xb") as file:
            while piece := stream.read(1 << 20):
                file.write(piece)


def _check_targets(path: str | os.PathLike[str], aside: str, folder: str) -> None:
    """Refuse to write through a link that already stands in the folder, or to replace a folder by a file."""
    for here, folders, files in os.walk(aside):
        relative = os.path.relpath(here, aside)
        for name in folders + files:
            target = os.path.normpath(os.path.join(folder, relative, name))
            if os.path.islink(target):
                problem = "would be written where a symbolic link stands"
            elif os.path.isdir(target) != (name in folders) and os.path.lexists(target):
                problem = "would replace a folder by a file, or a file by a folder"
            else:
                continue
            raise UnsafeFileError(path, problem, member=os.path.relpath(target, folder), hint=f"Remove {target}")


def _move(source: str, target: str) -> None:
    for name in os.listdir(source):
        here, there = os.path.join(source, name), os.path.join(target, name)
        if os.path.isdir(here) and os.path.isdir(there):
            _move(here, there)
        else:
            os.replace(here, there)
