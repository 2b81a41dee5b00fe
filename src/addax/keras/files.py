"""`tf.keras.utils.get_file`: a file from the network, kept in the cache folder."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import urllib.parse
from collections.abc import Iterable

__all__ = ["DownloadError", "cache_folder", "file_digest", "get_file"]


class DownloadError(OSError):
    """A file could not be downloaded. The message says from where, to where, why, and what can be done by hand."""


def cache_folder() -> str:
    """The folder of cached files: `$KERAS_HOME`, or `~/.keras`. Read at the time of the call."""
    return os.path.expanduser(os.environ.get("KERAS_HOME") or os.path.join("~", ".keras"))


def get_file(
    fname: str | os.PathLike[str] | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: str | Iterable[str] | None = "auto",
    cache_dir: str | os.PathLike[str] | None = None,
    force_download: bool = False,
) -> str:
    """Download a file from a URL, unless it is in the cache already.

    Args:
        fname: name of the file in the cache, or an absolute path; default the last part of `origin`.
        origin: the URL (http, https, ftp or file).
        untar: unpack a tar archive, kept as `fname` + ".tar.gz", and return the folder `fname` (older spelling of
            `extract`).
        md5_hash: MD5 of the file (older spelling of `file_hash`).
        file_hash: SHA-256 or MD5 of the file, in hexadecimal. A cached file of another hash is downloaded again; a
            downloaded one is refused.
        cache_subdir: folder under the cache folder, or an absolute path.
        hash_algorithm: "md5", "sha256" or "auto" (told by the length of the hash).
        extract: unpack the file, a tar or zip archive, beside itself.
        archive_format: kinds of archive that are tried: "auto" (tar, then zip), "tar", "zip", a list, or None.
        cache_dir: the cache folder; default `$KERAS_HOME`, or `~/.keras`.
        force_download: whether to download it although it is there.

    Returns:
        Path of the file (of the folder, with `untar`).

    Raises:
        ValueError: no origin, no name in it, an unknown scheme or hash algorithm, or a hash that does not match.
        DownloadError: the download failed.
        CorruptFileError (a ValueError): the archive is damaged, or asks for what is never done (a path out of the
            folder, a link); nothing of it is unpacked then.

    Example:
        >>> import os, pathlib, tempfile
        >>> from addax.keras.files import get_file
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> _ = (folder / "source.txt").write_text("data")
        >>> path = get_file("copy.txt", (folder / "source.txt").as_uri(), cache_dir=folder)  # doctest: +ELLIPSIS
        Downloading data from file://...
        >>> os.path.relpath(path, folder)
        'datasets/copy.txt'
    """
    if origin is None:
        raise ValueError("get_file(origin): expected the URL of the file to download; received None")
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"
    algorithm = _algorithm(hash_algorithm, file_hash)
    name = os.fspath(fname) if fname else _name_in(origin)
    folder = os.path.join(_writable_folder(cache_dir), cache_subdir)
    os.makedirs(folder, exist_ok=True)
    if untar:
        unpacked = os.path.join(folder, name.removesuffix(".tar.gz"))
        path = unpacked + ".tar.gz"
    else:
        unpacked, path = "", os.path.join(folder, name)
    if force_download or not _valid(path, file_hash, algorithm):
        from addax.keras import network  # here, as most programs find what they need in the cache

        network.download(origin, path, file_hash, algorithm)
    if untar or extract:
        from addax.formats.extract import extract_archive  # here, as few programs unpack archives
    if untar:
        if not os.path.exists(unpacked):
            extract_archive(path, folder, ["tar"])
        return unpacked
    if extract:
        extract_archive(path, folder, _kinds(archive_format))
    return path


def _kinds(archive_format: str | Iterable[str] | None) -> list[str]:
    if archive_format is None:
        return []
    if archive_format == "auto":
        return ["tar", "zip"]
    return [archive_format] if isinstance(archive_format, str) else list(archive_format)


def _algorithm(name: str, file_hash: str | None) -> str:
    if name not in ("auto", "md5", "sha256"):
        raise ValueError(f"get_file(hash_algorithm): expected 'auto', 'md5' or 'sha256'; received {name!r}")
    if name != "auto":
        return name
    return "sha256" if file_hash is not None and len(file_hash) == 64 else "md5"


def _name_in(origin: str) -> str:
    """The file name at the end of a URL; a URL must not choose another folder."""
    name = urllib.parse.unquote(urllib.parse.urlsplit(origin).path).rpartition("/")[2]
    if name in ("", ".", "..") or "\\" in name or "\x00" in name:
        raise ValueError(f"get_file(origin): {origin!r} does not end in a file name. Pass the name as fname=")
    return name


def _writable_folder(cache_dir: str | os.PathLike[str] | None) -> str:
    """The cache folder; where it cannot be written to, one of the user's own among the temporary files."""
    folder = os.path.expanduser(os.fspath(cache_dir)) if cache_dir is not None else cache_folder()
    with contextlib.suppress(OSError):
        os.makedirs(folder, exist_ok=True)
    if os.access(folder, os.W_OK):
        return folder
    own = os.path.join(tempfile.gettempdir(), f"keras-{os.getuid() if hasattr(os, 'getuid') else 'cache'}")
    os.makedirs(own, mode=0o700, exist_ok=True)
    # Anyone may create names in the temporary folder: another user's must not be trusted.
    if os.path.islink(own) or (hasattr(os, "getuid") and os.stat(own).st_uid != os.getuid()):
        raise DownloadError(f"get_file: {folder} cannot be written to, and {own} is not yours. Pass cache_dir=")
    return own


def file_digest(path: str | os.PathLike[str], algorithm: str = "sha256") -> str:
    """The hash of a file in hexadecimal.

    Args:
        path: the file.
        algorithm: "sha256" or "md5".
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()


def _valid(path: str, file_hash: str | None, algorithm: str) -> bool:
    if not os.path.exists(path):
        return False
    if file_hash is None or file_digest(path, algorithm) == file_hash.lower():
        return True
    print(
        f"A local file was found at {path}, but it is incomplete or another version: its {algorithm} is not "
        f"{file_hash}. It is downloaded again."
    )
    return False
