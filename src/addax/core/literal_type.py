"""Values that are their own type as arguments of functions (TraceType): dtypes and shapes."""

from __future__ import annotations

from typing import Any


class LiteralType:
    """What `tf.types.experimental.TraceType` asks for, of values that are known without tensors."""

    __slots__ = ()

    def flatten(self) -> list[Any]:
        """[]: a value of this type is known without tensors."""
        return []

    def to_tensors(self, value: Any) -> list[Any]:
        """[]: a value of this type is known without tensors."""
        return []

    def from_tensors(self, tensors: Any) -> Any:
        """The value itself, which needs no tensors."""
        return self

    def placeholder_value(self, placeholder_context: Any) -> Any:
        """The value itself: it stands for itself."""
        return self

    def cast(self, value: Any, cast_context: Any) -> Any:
        """The value, if it is this one.

        Raises:
            TypeError: it is another.
        """
        if value != self:
            raise TypeError(f"Cannot cast {value!r} to {self!r}.")
        return value
