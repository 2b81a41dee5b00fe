"""Writing zip archives: members of bytes or of files, always with the same bytes for the same contents."""

from __future__ import annotations

import os
import shutil
import zipfile
from typing import IO

__all__ = ["ZipWriter"]


class ZipWriter:
    """A zip archive that is being written; its members are stored as they are, not compressed.

    Args:
        file: an open binary file.

    Example:
        >>> import io
        >>> from addax.formats.zip_writer import ZipWriter
        >>> memory = io.BytesIO()
        >>> with ZipWriter(memory) as out:
        ...     out.bytes("config.json", b"{}")
        >>> memory.getvalue()[:2]
        b'PK'
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)

    def bytes(self, name: str, data: bytes) -> None:
        """Add a member."""
        self._zip.writestr(zipfile.ZipInfo(name), data)

    def file(self, name: str, path: str | os.PathLike[str]) -> None:
        """Add a member with the contents of a file, copied in pieces."""
        info = zipfile.ZipInfo(name)
        info.file_size = os.path.getsize(path)
        with open(path, "rb") as source, self._zip.open(info, "w") as member:
            shutil.copyfileobj(source, member, 1 << 20)

    def close(self) -> None:
        """Write the directory of the archive."""
        self._zip.close()

    def __enter__(self) -> ZipWriter:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
