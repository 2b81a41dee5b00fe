"""Downloads over the network, with a progress bar.

A download goes to a file beside the target, is checked (length, hash) and only then takes the target's name: what
stands there is whole or not there, however many processes download at once and whenever they are killed.
"""

from __future__ import annotations

import hashlib
import http.client
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import IO, Any

from addax.formats.atomic import atomic_write
from addax.keras.files import DownloadError

__all__ = ["download"]

SCHEMES = ("http", "https", "ftp", "file")
TIMEOUT = 30.0  # seconds without a byte
ATTEMPTS = 3
SLOWEST = 500  # bytes a second, over the last two minutes: below it the other side is only holding the line
_BLOCK = 1 << 16


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
            if isinstance(error, urllib.error.HTTPError):
                error.close()  # the connection, which the exception keeps open
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
