"""The files of the data sets: found locally or downloaded, and checked against their published hash."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from addax.formats.errors import CorruptFileError
from addax.keras.files import DownloadError, cache_folder, file_digest, get_file

if TYPE_CHECKING:
    import numpy as np

__all__ = ["ORIGIN", "TRUST_LOCAL", "dataset_file", "dataset_folder", "read_arrays"]

ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
TRUST_LOCAL = "ADDAX_DATASETS_TRUST_LOCAL"


def dataset_file(
    name: str,
    file_hash: str,
    *,
    path: str | None = None,
    origin: str | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    subdir: str = "datasets",
) -> str:
    """The path of a data set's file, downloaded if it is not there.

    Args:
        name: the file's name at its origin.
        file_hash: its SHA-256 (MD5 where no other was published).
        path: what to call it in the cache, or an absolute path; default its name.
        origin: its URL; default the folder of Keras' data sets and its name.
        cache_dir: the cache folder; default `$KERAS_HOME`, or `~/.keras`.
        subdir: folder under it.

    Returns:
        Path of the file. A local file of another hash is used only if the environment variable
        ADDAX_DATASETS_TRUST_LOCAL is 1 at the time of the call (for reduced or altered copies of a data set).

    Raises:
        DownloadError: there is no valid local file and it cannot be downloaded; the message says what can be done.
    """
    target = _target(path or name, cache_dir, subdir)
    if _trusted(target):
        return target
    origin = origin or ORIGIN + name
    try:
        return get_file(path or name, origin, file_hash=file_hash, cache_subdir=subdir, cache_dir=cache_dir)
    except (DownloadError, ValueError) as error:
        if isinstance(error, CorruptFileError):
            raise
        raise DownloadError(_advice(name, origin, target, file_hash, error)) from error


def dataset_folder(name: str, file_hash: str, origin: str, cache_dir: str | os.PathLike[str] | None) -> str:
    """The folder of a data set that is published as `name`.tar.gz, downloaded and unpacked if it is not there.

    With ADDAX_DATASETS_TRUST_LOCAL=1 a folder that is there is used as it is.
    """
    target = _target(name, cache_dir, "datasets")
    if _trusted(target):
        return target
    archive = target + ".tar.gz"
    trusted = _trusted(archive)
    try:
        return get_file(name, origin, untar=True, file_hash=None if trusted else file_hash, cache_dir=cache_dir)
    except (DownloadError, ValueError) as error:
        if isinstance(error, CorruptFileError):
            raise
        raise DownloadError(_advice(name + ".tar.gz", origin, archive, file_hash, error)) from error


def read_arrays(path: str, members: list[str], integer_lists: bool = False) -> dict[str, np.ndarray]:
    """The arrays of an .npz file; see `addax.formats.npz.read_npz`."""
    from addax.formats.npz import read_npz  # here, so that `import addax` does not load what only data sets need

    return read_npz(path, members=members, integer_lists=integer_lists)


def _target(name: str, cache_dir: str | os.PathLike[str] | None, subdir: str) -> str:
    base = cache_folder() if cache_dir is None else os.path.expanduser(os.fspath(cache_dir))
    return os.path.join(base, subdir, name)


def _trusted(target: str) -> bool:
    return os.environ.get(TRUST_LOCAL) == "1" and os.path.exists(target)


def _advice(name: str, origin: str, target: str, file_hash: str, error: Exception) -> str:
    kind = "SHA-256" if len(file_hash) == 64 else "MD5"
    lines = [
        f"keras.datasets: {name} is neither in the cache nor could it be downloaded.",
        f"  Tried: {origin}",
        f"  Because: {error}",
        f"  By hand: download it elsewhere and put it at {target} ({kind} {file_hash}), or set KERAS_HOME or cache_dir "
        "to a folder that has it.",
    ]
    if os.path.isfile(target):
        digest = file_digest(target, "sha256" if len(file_hash) == 64 else "md5")
        lines.append(
            f"  The file that is there has {kind} {digest}; to use it all the same, set the environment variable "
            f"{TRUST_LOCAL}=1."
        )
    lines.append(
        "  Without any download: sklearn.datasets.load_digits() has 1,797 real handwritten digits; `make demo` trains "
        "on them."
    )
    return "\n".join(lines)
