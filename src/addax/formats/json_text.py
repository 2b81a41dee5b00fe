"""Reading JSON that others wrote: bounded in size, depth and number of values, no repeated keys, nothing but JSON."""

from __future__ import annotations

import json
import os
from typing import Any

from addax.formats.errors import CorruptFileError, TooLargeError

__all__ = ["read_json"]

MAX_BYTES = 64 * 2**20
MAX_DEPTH = 200
# An empty list takes 30 times the bytes of its text. Counted in the text, before there are any.
MAX_CONTAINERS = 1 << 19
MAX_VALUES = 1 << 23


def read_json(
    data: bytes | str,
    *,
    file: str | os.PathLike[str],
    member: str | None = None,
    max_bytes: int = MAX_BYTES,
    max_depth: int = MAX_DEPTH,
    allow_nan: bool = False,
) -> Any:
    """What a JSON text says.

    Args:
        data: the text, as UTF-8 bytes or str.
        file: path to name in errors.
        member: archive member or attribute to name in errors.
        max_bytes: longest text admitted.
        max_depth: deepest nesting admitted.
        allow_nan: admit NaN, Infinity and -Infinity, which Python writes but JSON lacks.

    Raises:
        CorruptFileError: not JSON, a repeated key, or (TooLargeError) over a limit.

    Example:
        >>> from addax.formats.json_text import read_json
        >>> read_json(b'{"a": [1, 2]}', file="config.json")
        {'a': [1, 2]}
    """
    if len(data) > max_bytes:
        raise TooLargeError(
            file, "JSON too long", member=member, expected=f"at most {max_bytes} bytes", received=f"{len(data)}"
        )
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
    except UnicodeDecodeError as error:
        raise CorruptFileError(
            file, f"JSON that is not UTF-8 ({error.reason})", member=member, offset=error.start
        ) from None
    containers, values = text.count("[") + text.count("{"), text.count(",")
    if containers > MAX_CONTAINERS or values > MAX_VALUES:
        raise TooLargeError(
            file, "JSON of too many parts", member=member,
            expected=f"at most {MAX_CONTAINERS} lists and objects, {MAX_VALUES} values",
            received=f"up to {containers} and {values}",
        )  # fmt: skip
    too_deep = TooLargeError(file, "JSON nested too deep", member=member, expected=f"at most {max_depth} levels")

    def constant(name: str) -> float:
        if not allow_nan:
            raise CorruptFileError(file, f"JSON holds {name}, which is no JSON number", member=member)
        return float(name.replace("Infinity", "inf"))

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(items)
        if len(result) != len(items):
            seen: set[str] = set()
            repeated = next(key for key, _ in items if key in seen or seen.add(key))
            raise CorruptFileError(file, f"JSON repeats the key {repeated[:80]!r}", member=member)
        return result

    try:
        made = json.loads(text, parse_constant=constant, object_pairs_hook=pairs)
    except CorruptFileError:
        raise
    except json.JSONDecodeError as error:
        raise CorruptFileError(file, f"not valid JSON ({error.msg})", member=member, offset=error.pos) from None
    except RecursionError:
        raise too_deep from None
    except ValueError as error:  # a number of thousands of digits
        raise CorruptFileError(file, f"unreadable JSON ({error})", member=member) from None
    if containers > max_depth and _deeper_than(made, max_depth):
        raise too_deep
    return made


def _deeper_than(value: Any, most: int) -> bool:
    """Whether lists and objects are nested deeper; level by level, as recursion itself is what is to be avoided."""
    level = [value] if isinstance(value, list | dict) else []
    for _ in range(most):
        inside = (part for each in level for part in (each.values() if isinstance(each, dict) else each))
        level = [part for part in inside if isinstance(part, list | dict)]
    return bool(level)
