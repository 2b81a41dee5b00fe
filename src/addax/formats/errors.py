"""What a file reader of Addax raises: who (file, member, byte), what was expected, what was found.

The classes are plain Python and subclasses of both ValueError and OSError, as loaders of TensorFlow and Keras raise
either. Rooms that speak TensorFlow's error types (`DataLossError`, ...) wrap these.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

__all__ = [
    "CorruptFileError",
    "ChecksumError",
    "TruncatedFileError",
    "UnsafeFileError",
    "TooLargeError",
    "UnsupportedFormatError",
]


class CorruptFileError(ValueError, OSError):
    """A file that cannot be read as what it claims to be.

    Args:
        file: path of the file.
        problem: what is wrong, as a phrase ("wrong checksum of a record").
        member: name of the part of the file that is wrong (archive member, dataset, record), or None.
        offset: byte at which it was noticed, or None.
        expected: what was expected, or None.
        received: what was found, or None.
        hint: what to do next, or None.

    Example:
        >>> from addax.formats.errors import CorruptFileError
        >>> print(CorruptFileError("a.npz", "unreadable header", member="x.npy", offset=10))
        a.npz: member 'x.npy' at byte 10: unreadable header
    """

    def __init__(
        self,
        file: str | os.PathLike[str],
        problem: str,
        *,
        member: str | None = None,
        offset: int | None = None,
        expected: object = None,
        received: object = None,
        hint: str | None = None,
    ) -> None:
        self.file = os.fspath(file)
        self.problem = problem
        self.member = member
        self.offset = offset
        self.expected = expected
        self.received = received
        self.hint = hint
        super().__init__(self._text())

    def _text(self) -> str:
        place = [] if self.member is None else [f"member {_short(self.member)!r}"]
        if self.offset is not None:
            place.append(f"at byte {self.offset}")
        text = f"{self.file}: " + (" ".join(place) + ": " if place else "") + self.problem
        if self.expected is not None:
            text += f"; expected {self.expected}"
        if self.received is not None:
            text += f"; received {self.received}"
        if self.hint is not None:
            text += f". {self.hint}"
        return text

    def __str__(self) -> str:
        return self._text()

    def __reduce__(self):
        state = {k: self.__dict__[k] for k in ("member", "offset", "expected", "received", "hint")}
        return _rebuild, (type(self), self.file, self.problem, state)


class ChecksumError(CorruptFileError):
    """A stored checksum does not match the bytes."""


class TruncatedFileError(CorruptFileError):
    """The file ends before the data that it announces."""


class UnsafeFileError(CorruptFileError):
    """The file asks for what is never done for a file: leave the target folder, follow a link, run a pickle."""


class TooLargeError(UnsafeFileError):
    """The file announces or unpacks to more than the limit."""


class UnsupportedFormatError(CorruptFileError):
    """The file is well formed but of a version or kind that is not read."""


def with_others(problems: Sequence[CorruptFileError], hint: str) -> CorruptFileError:
    """The first of several problems of a file, none of which changed anything; it says how many others there are.

    Example:
        >>> from addax.formats.errors import CorruptFileError, with_others
        >>> print(with_others([CorruptFileError("a.h5", "is missing", member=name) for name in "xyz"], "save it again"))
        a.h5: member 'x': is missing. 2 others do not fit either (y, z). Nothing was changed. To do: save it again
    """
    first, others = problems[0], ""
    if len(problems) > 1:
        more = ", ".join(str(each.member) for each in problems[1:4])
        ending = ", ..." if len(problems) > 4 else ""
        count = "1 other does" if len(problems) == 2 else f"{len(problems) - 1} others do"
        others = f"{count} not fit either ({more}{ending}). "
    return type(first)(
        first.file, first.problem, member=first.member, expected=first.expected, received=first.received,
        hint=f"{others}Nothing was changed. To do: {hint}",
    )  # fmt: skip


def _rebuild(kind: type[CorruptFileError], file: str, problem: str, state: dict) -> CorruptFileError:
    return kind(file, problem, **state)


def _short(name: str) -> str:
    return name if len(name) <= 120 else name[:100] + f"... ({len(name)} characters)"
