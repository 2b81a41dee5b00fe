"""Making a model from a description that others wrote: bounded in size; errors name the file and the member."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from addax.core.errors import OpError
from addax.formats.errors import CorruptFileError, TooLargeError
from addax.keras import registry
from addax.keras.allowance import LEAST, RATIO, Allowance
from addax.keras.layers.base import Layer
from addax.keras.serialization import making_shared

# Integers of layers that are no sizes; all others are rows, columns, steps or counts of something.
_NO_SIZES = frozenset(
    ("seed", "salt", "vocabulary", "num_bins", "mask_value", "mask_token", "oov_token", "invalid_value", "max_value")
)
_SMALLEST_LIMIT = 1 << 24


@contextlib.contextmanager
def from_description(config: Any, file: str, member: str, weights_bytes: int) -> Iterator[None]:
    """The scope in which a model is made from its description in a file.

    Args:
        config: the description.
        file: path of the file.
        member: the part of the file that holds the description.
        weights_bytes: bytes of the weights that come with it: what is made may take some times as much, at least
            256 MiB.

    Raises:
        TypeError: a class or function that is not known, or arguments that a class does not take.
        CorruptFileError: anything else that is wrong with the description.
    """
    with naming(file, member), Allowance(file, weights_bytes), making_shared(config):
        _check_sizes(config, file, member, weights_bytes)
        yield


def require_model(made: Any, file: str, member: str, config: Any) -> None:
    """Refuse a description of something else than a model.

    Raises:
        CorruptFileError: it has no layers.
    """
    alone = getattr(type(made), "_saved_alone", False)  # a layer that has files of its own
    if not isinstance(made, Layer) or not (alone or hasattr(made, "layers")):
        name = config.get("class_name") if isinstance(config, dict) else config
        raise CorruptFileError(file, "does not describe a model", member=member, received=f"{name!r:.100}")


@contextlib.contextmanager
def naming(file: str, member: str) -> Iterator[None]:
    """Errors inside name the file and the member; those of a wrong value are CorruptFileError, or stay TypeError."""
    try:
        yield
    except CorruptFileError as error:
        if error.file == file and error.member == member:
            raise
        raise type(error)(file, error.problem, member=_within(member, error.member), offset=error.offset,
                          expected=error.expected, received=error.received, hint=error.hint) from error  # fmt: skip
    except NotImplementedError as error:
        raise NotImplementedError(f"{file}: member {member!r}: {error}") from error
    except TypeError as error:
        kind = registry.UnknownClassError if isinstance(error, registry.UnknownClassError) else TypeError
        raise kind(f"{file}: member {member!r}: {error}") from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("builtins", "numpy", "jax", "jaxlib", "addax"):
            error.add_note(f"while making the model that {file} describes, member {member!r}")  # of a user's class
            raise
        plain = isinstance(error, ValueError | OpError)
        raise CorruptFileError(
            file, str(error) if plain else f"{type(error).__name__}: {error}", member=member
        ) from error


def _within(member: str, part: str | None) -> str:
    return member if part is None or part == member else f"{member}: {part}"


def _check_sizes(config: Any, file: str, member: str, weights_bytes: int) -> None:
    """Refuse sizes out of all proportion before a layer sees them.

    Raises:
        TooLargeError: an integer of one of Keras' own layers or metrics.
    """
    limit = max(_SMALLEST_LIMIT, max(LEAST, RATIO * weights_bytes) // 16)
    pending = [config]
    while pending:
        item = pending.pop()
        if isinstance(item, list | tuple):
            pending.extend(item)
        if not isinstance(item, dict):
            continue
        pending.extend(item.values())
        inner, name = item.get("config"), item.get("class_name")
        if not isinstance(inner, dict) or not isinstance(name, str):
            continue
        if registry.builtin("layer", name) is None and registry.builtin("metric", name) is None:
            continue
        for key, value in inner.items():
            largest = 0 if key in _NO_SIZES or isinstance(value, dict) else _largest(value)
            if largest > limit:
                raise TooLargeError(
                    file, f"{name} {inner.get('name', '')!r:.100} has a size out of proportion", member=member,
                    expected=f"{key} of at most {limit}, for {weights_bytes} bytes of weights",
                    received=str(largest) if largest < 1 << 64 else "a larger number",
                )  # fmt: skip


def _largest(value: Any) -> int:
    """The largest integer in a value and the lists in it."""
    found, pending = 0, [value]
    while pending:
        item = pending.pop()
        if isinstance(item, list | tuple):
            pending.extend(item)
        elif isinstance(item, int) and not isinstance(item, bool):
            found = max(found, item)
    return found
