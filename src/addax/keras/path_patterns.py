"""What belongs to paths of layers or variables, by patterns of the paths."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from typing import Any

__all__ = ["PathPatterns"]


class PathPatterns(MutableMapping):
    """Values by patterns, each looked up by itself or by a path that all of it matches.

    Subclasses say what values there may be, and what a path has that no pattern matches.
    """

    _found: dict[str, Any]  # values by pattern

    def _value(self, given: Any) -> Any:
        """What is kept of a value that was given."""
        raise NotImplementedError

    def _otherwise(self) -> Any:
        """What a path has that no pattern matches."""
        raise NotImplementedError

    def __getitem__(self, key: str) -> Any:
        """What a pattern has, or the only pattern that all of a path matches.

        Raises:
            ValueError: several patterns match.
        """
        if key in self._found:
            return self._found[key]
        matching = [pattern for pattern in self._found if re.fullmatch(pattern, key)]
        if len(matching) > 1:
            raise ValueError(f"{type(self).__name__}: the path {key!r} matches several patterns: {matching}.")
        return self._found[matching[0]] if matching else self._otherwise()

    def __setitem__(self, key: str, value: Any) -> None:
        if key in self._found:
            raise ValueError(f"{type(self).__name__}: {key!r} is there already, with {self._found[key]}.")
        self._found[key] = self._value(value)

    def __delitem__(self, key: str) -> None:
        del self._found[key]

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)
