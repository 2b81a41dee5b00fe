"""What all messages of this room have, however their fields are declared: `declared_message`, `messages`."""

from __future__ import annotations

from collections.abc import Iterable, MutableSequence
from typing import Any

__all__ = ["DecodeError", "MessageInterface", "RepeatedItems"]


class DecodeError(ValueError):
    """Bytes that are no message of the expected type."""


class RepeatedItems(MutableSequence):
    """A list of values that looks and compares like one; subclasses check what goes in."""

    _items: list[Any]

    def __getitem__(self, index):
        return self._items[index]

    def __delitem__(self, index) -> None:
        del self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return self._items == list(other) if isinstance(other, Iterable) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._items)


class MessageInterface:
    """Messages are equal where their bytes are, and are copied and pickled as bytes.

    No field is ever required, and nothing is an extension of a message.
    """

    def SerializeToString(self, deterministic: bool | None = None) -> bytes:  # noqa: N802  (protobuf's names)
        """The message as bytes."""
        raise TypeError(f"{type(self).__name__} has no fields to write")

    def SerializePartialToString(self, deterministic: bool | None = None) -> bytes:  # noqa: N802
        """The message as bytes, whether or not what is required is set (nothing is)."""
        return self.SerializeToString()

    def ByteSize(self) -> int:  # noqa: N802
        """The length of the bytes."""
        return len(self.SerializeToString())

    @classmethod
    def FromString(cls, data: bytes) -> Any:  # noqa: N802
        """The message that `data` holds.

        Raises:
            DecodeError: the bytes are no such message.
        """
        made: Any = cls()
        made.MergeFromString(data)
        return made

    def IsInitialized(self) -> bool:  # noqa: N802
        """True: no field is required."""
        return True

    def FindInitializationErrors(self) -> list[str]:  # noqa: N802
        """Required fields that are not set: none is required."""
        return []

    def DiscardUnknownFields(self) -> None:  # noqa: N802
        """Forget fields that the message does not have; they are not kept."""

    def HasExtension(self, field_descriptor: Any) -> bool:  # noqa: N802
        """Whether an extension is set; KeyError, because nothing is an extension of this message."""
        raise KeyError(f"Object {field_descriptor!r} is not a field descriptor")

    def ClearExtension(self, field_descriptor: Any) -> None:  # noqa: N802
        """Unset an extension; KeyError, because nothing is an extension of this message."""
        raise KeyError(f"Object {field_descriptor!r} is not a field descriptor")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MessageInterface) or type(other) is not type(self):
            return NotImplemented
        return self.SerializeToString() == other.SerializeToString()

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> Any:
        return type(self).FromString, (self.SerializeToString(),)

    def __repr__(self) -> str:
        return str(self)
