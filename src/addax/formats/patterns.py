"""Regular expressions out of files: those whose search may take for ever are refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

__all__ = ["check_patterns"]

_REPEATED_GROUP = re.compile(r"\)\s*[*+{?]")
_REPETITION = re.compile(r"[*+{]")
_MOST_REPETITIONS = 3
_LONGEST = 256


def check_patterns(patterns: Iterable[Any], who: str, argument: str) -> None:
    """Look at patterns that a config holds.

    Args:
        patterns: the patterns.
        who: the class whose config it is, for the message.
        argument: where in the config they are.

    Raises:
        ValueError: one that is no string, is long, repeats a group or has more than three repetitions: repetitions
            inside repetitions, and many behind each other, may take for ever to fail.

    Example:
        >>> from addax.formats.patterns import check_patterns
        >>> check_patterns(["(a+)+$"], "Muon", "exclude_layers")
        Traceback (most recent call last):
        ...
        ValueError: Muon: a config's exclude_layers may hold simple patterns only (at most 3 repetitions, none of a group, 256 characters), received '(a+)+$'.
          To do: make the object in Python.
    """  # noqa: E501
    for pattern in patterns:
        known = isinstance(pattern, str) and len(pattern) <= _LONGEST and not _REPEATED_GROUP.search(pattern)
        if not known or len(_REPETITION.findall(pattern)) > _MOST_REPETITIONS:
            raise ValueError(
                f"{who}: a config's {argument} may hold simple patterns only (at most {_MOST_REPETITIONS} repetitions, "
                f"none of a group, {_LONGEST} characters), received {pattern!r:.80}.\n"
                "  To do: make the object in Python."
            )
