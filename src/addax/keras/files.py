"""`tf.keras.utils.get_file`: a file from the network, kept in the cache folder.

A download goes to a file beside the target, is checked (length, hash) and only then takes the target's name: what
stands there is whole or not there, however many processes download at once and whenever they are killed.
"""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import http.client
import os
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from typing import IO, Any

from addax.formats.atomic import atomic_write
from addax.formats.extract import extract_archive

__all__ = ["DownloadError", "cache_folder", "download", "file_digest", "get_file"]

SCHEMES = ("http", "https", "ftp", "file")
TIMEOUT = 30.0  # seconds without a byte
ATTEMPTS = 3
SLOWEST = 500  # bytes a second, over the last two minutes: below it the other side is only holding the line
_BLOCK = 1 << 16


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
    if not _valid(path, file_hash, algorithm):
        download(origin, path, file_hash, algorithm)
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
    own = os.path.join(tempfile.gettempdir(), f"keras-{getpass.getuser()}")
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


def download(origin: str, path: str, file_hash: str | None = None, algorithm: str = "sha256") -> None:
    """Download a file, check it, and put it in place in one step.

    Args:
        origin: the URL.
        path: where to; a file that stands there stays as it is until the new one is whole.
        file_hash: the hash it must have, or None.
        algorithm: "sha256" or "md5".

    Raises:
        ValueError: the scheme is not http, https, ftp or file, or the hash does not match.
        DownloadError: the network failed, or fewer bytes came than were announced.
    """
    scheme = urllib.parse.urlsplit(origin).scheme.lower()
    if scheme not in SCHEMES:
        raise ValueError(f"get_file(origin): expected a URL of {', '.join(SCHEMES)}; received {origin!r}")
    print(f"Downloading data from {origin}")
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with atomic_write(path) as file:
                digest = _fetch(origin, file, algorithm)
                if file_hash is not None and digest != file_hash.lower():
                    raise ValueError(
                        f"get_file: incomplete or corrupted file: the {algorithm} of {origin} does not match; expected "
                        f"{file_hash}; received {digest}. Nothing was kept"
                    )
            return
        except (OSError, http.client.HTTPException) as error:
            final = isinstance(error, urllib.error.HTTPError) and error.code < 500 and error.code != 429
            network = isinstance(error, (urllib.error.URLError, TimeoutError, ConnectionError))
            local = scheme == "file" or (not network and getattr(error, "errno", None) is not None)  # a full disk
            if attempt == ATTEMPTS or final or local or _unreachable(error):
                raise DownloadError(
                    f"URL fetch failure on {origin}: {_reason(error)} (tried {attempt} "
                    f"{'time' if attempt == 1 else 'times'}). It would be kept at {path} and can be put there by hand"
                ) from error
            time.sleep(2.0 ** (attempt - 1))


def _unreachable(error: BaseException) -> bool:
    """No such host, or no network at all: trying again at once does not help."""
    reason = getattr(error, "reason", error)
    return isinstance(reason, OSError) and type(reason).__name__ in ("gaierror", "ConnectionRefusedError")


def _reason(error: BaseException) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"{error.code} {error.reason}"
    return str(getattr(error, "reason", None) or error) or type(error).__name__


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirection within http and https only, and never from https to http."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        old, new = req.type.lower(), urllib.parse.urlsplit(newurl).scheme.lower()
        if new not in ("http", "https") or (old == "https" and new == "http"):
            raise urllib.error.HTTPError(
                newurl, code, f"redirection from {old} to {new or 'no scheme'} refused", headers, fp
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _fetch(origin: str, file: IO[bytes], algorithm: str) -> str:
    """Copy a URL into a file; the hash of what was copied."""
    hasher = hashlib.new(algorithm, usedforsecurity=False)
    opener = urllib.request.build_opener(_Redirects)
    with opener.open(origin, timeout=TIMEOUT) as response:
        header = response.headers.get("Content-Length")
        total = int(header) if header and header.isdigit() else None
        bar = _ProgressBar(total)
        done, since, since_done = 0, time.monotonic(), 0
        while block := response.read(_BLOCK):
            file.write(block)
            hasher.update(block)
            done += len(block)
            if total is not None and done > total:
                raise OSError(f"more came than the {total} bytes announced")
            bar.update(done)
            if (now := time.monotonic()) - since > 120:
                if done - since_done < SLOWEST * 120:
                    raise TimeoutError(f"slower than {SLOWEST} bytes a second")
                since, since_done = now, done
        if total is not None and done < total:
            raise OSError(f"ended after {done} of {total} bytes")
        bar.finish(done)
    return hasher.hexdigest()


class _ProgressBar:
    """A line that grows with a download; on something other than a terminal only its last state is printed."""

    WIDTH = 30

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._start = self._last = time.monotonic()
        self._live = bool(getattr(sys.stdout, "isatty", lambda: False)())

    def update(self, done: int) -> None:
        now = time.monotonic()
        if self._live and now - self._last > 0.1:
            self._last = now
            print("\r" + self._line(done, now), end="", flush=True)

    def finish(self, done: int) -> None:
        print(("\r" if self._live else "") + self._line(done, time.monotonic(), finished=True), flush=True)

    def _line(self, done: int, now: float, finished: bool = False) -> str:
        seconds = max(now - self._start, 1e-9)
        size = f"{done / 1e6:.1f}"
        if self._total:
            part = min(1.0, done / self._total)
            filled = int(self.WIDTH * part)
            bar = "=" * filled + (">" if filled < self.WIDTH else "") + "." * (self.WIDTH - filled - 1)
            size = f"{part:4.0%} [{bar}] {size}/{self._total / 1e6:.1f}"
        rest = "" if finished or not self._total or not done else f", {seconds * (self._total / done - 1):.0f} s left"
        return f"{size} MB, {done / 1e6 / seconds:.1f} MB/s{rest}".ljust(79)
