"""Reading JSON that others wrote: bounded in size and depth, no repeated keys, nothing but JSON."""

from __future__ import annotations

import json
import os
import re
from typing import Any

from addax.formats.errors import CorruptFileError, TooLargeError

__all__ = ["read_json"]

MAX_BYTES = 64 * 2**20
MAX_DEPTH = 200
_STRINGS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")


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
    if _depth(text) > max_depth:
        raise TooLargeError(file, "JSON nested too deep", member=member, expected=f"at most {max_depth} levels")

    def constant(name: str) -> float:
        if not allow_nan:
            raise CorruptFileError(file, f"JSON holds {name}, which is no JSON number", member=member)
        return float(name.replace("Infinity", "inf"))

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(items)
        if len(result) != len(items):
            keys = [key for key, _ in items]
            repeated = next(key for key in keys if keys.count(key) > 1)
            raise CorruptFileError(file, f"JSON repeats the key {repeated[:80]!r}", member=member)
        return result

    try:
        return json.loads(text, parse_constant=constant, object_pairs_hook=pairs)
    except CorruptFileError:
        raise
    except json.JSONDecodeError as error:
        raise CorruptFileError(file, f"not valid JSON ({error.msg})", member=member, offset=error.pos) from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; nesting
        raise CorruptFileError(file, f"unreadable JSON ({error})", member=member) from None


def _depth(text: str) -> int:
    depth = deepest = 0
    for bracket in _BRACKETS.findall(_STRINGS.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest
