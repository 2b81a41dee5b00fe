"""Compiled programs are kept on disk from one run to the next, so that a program starts fast the second time.

The cache is JAX's own, under the user's cache folder, bounded in size, least recently used programs leaving first. JAX
would bound it itself, but with each program that it writes, reading the whole folder under a lock that all other
processes wait for; so `trim` does it here, once a day, as a program ends.
`ADDAX_COMPILATION_CACHE=off` turns it off, `ADDAX_COMPILATION_CACHE=/some/folder` moves it; a folder that is set for
JAX itself (`JAX_COMPILATION_CACHE_DIR`) is left alone.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import time
import warnings
from pathlib import Path

import jax

MOST_BYTES = 2 * 1024**3
# Programs that compile faster are not worth a file. Ops by themselves take 10 ms and more: with those in files too, a
# script of 66 of them started twice as fast the second time.
LEAST_SECONDS = 0.005
_SETTING = "ADDAX_COMPILATION_CACHE"
_STAMP = "trimmed"  # its time is when the folder was last looked through
_OFTEN = 24 * 3600.0  # seconds


def default_directory() -> Path:
    """The user's cache folder of this kind of system, `addax/xla` inside."""
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    elif os.name == "nt":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "addax" / "xla"


def enable() -> Path | None:
    """Turn the cache on, as the environment asks.

    Returns:
        The folder in use, None if the cache is off or left to JAX's own settings.
    """
    setting = os.environ.get(_SETTING, "")
    if setting.lower() in ("off", "0", "false", "no"):
        return None
    if jax.config.jax_compilation_cache_dir is not None:
        return None
    try:
        folder = Path(setting) if setting else default_directory()
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # no home, or not writable: the program runs all the same
        return None
    if not os.access(folder, os.W_OK):
        return None
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", LEAST_SECONDS)
    # Another process may be writing the file: the program is compiled then, and there is nothing to be done about it.
    warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation cache", UserWarning)
    atexit.register(_trim_now_and_then, folder)
    return folder


def trim(folder: Path, most: int = MOST_BYTES) -> int:
    """Remove the programs that were not used for longest until the folder holds at most `most` bytes.

    Returns:
        How many files were removed.
    """
    files = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(("-cache", "-atime")):
                with contextlib.suppress(OSError):  # another process removed it
                    status = entry.stat()
                    files.append((max(status.st_atime, status.st_mtime), status.st_size, entry.path))
    total, removed = sum(size for _, size, _ in files), 0
    for _, size, path in sorted(files):
        if total <= most:
            break
        with contextlib.suppress(OSError):
            os.remove(path)
            removed += 1
        total -= size
    return removed


def _trim_now_and_then(folder: Path) -> None:
    stamp = folder / _STAMP
    with contextlib.suppress(OSError):
        if not stamp.exists() or time.time() - stamp.stat().st_mtime > _OFTEN:
            stamp.touch()
            trim(folder)
