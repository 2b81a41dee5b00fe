"""Published weights: which file, where from, its hash."""

from __future__ import annotations

from functools import cache
from importlib import resources

from addax.formats.json_text import read_json
from addax.keras.files import get_file

_FROM = "https://storage.googleapis.com/"


@cache
def _table() -> dict[str, list[str | None]]:
    """By the model's name and "top" or "notop": the path under `_FROM`, the hash or None, the local name if another."""
    name = "published_weights.json"
    return read_json(resources.files(__package__).joinpath(name).read_bytes(), file=name)


def published(model: str, include_top: bool) -> str:
    """The local path of a model's published weights, downloaded if they are not there yet.

    Args:
        model: e.g. "resnet50".
        include_top: with the classifier.

    Raises:
        ValueError: there are none for this model.
        DownloadError: no network; says where a file can be put by hand.
    """
    key = f"{model} {'top' if include_top else 'notop'}"
    found = _table().get(key)
    if found is None:
        raise ValueError(
            f"keras.applications: there are no published weights for {model!r} "
            f"{'with' if include_top else 'without'} its classifier.\n"
            "  To do: take weights=None, or the path of a file."
        )
    path, file_hash, *other = found
    name = other[0] if other else str(path).rpartition("/")[2]
    return get_file(name, _FROM + str(path), cache_subdir="models", file_hash=file_hash)
