"""Compiled programs are kept on disk from one run to the next, so that a program starts fast the second time.

The cache is JAX's own, under the user's cache folder, bounded in size, least recently used programs leaving first.
`ADDAX_COMPILATION_CACHE=off` turns it off, `ADDAX_COMPILATION_CACHE=/some/folder` moves it; a folder that is set for
JAX itself (`JAX_COMPILATION_CACHE_DIR`) is left alone.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import jax

MOST_BYTES = 2 * 1024**3
# Programs that compile faster than this are not worth a file.
LEAST_SECONDS = 0.05
_SETTING = "ADDAX_COMPILATION_CACHE"


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
    jax.config.update("jax_compilation_cache_max_size", MOST_BYTES)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", LEAST_SECONDS)
    return folder
