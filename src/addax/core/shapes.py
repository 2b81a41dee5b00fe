"""Static shapes: `TensorShape`, whose dimensions may be unknown (`None`) and whose rank may be unknown too."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from typing import Any

from addax.core.literal_type import LiteralType


def _dimension(value: Any) -> int | None:
    """One dimension as an int or None; TypeError or ValueError where it is neither."""
    if value is None or value.__class__ is int and value >= 0:
        return value
    value = getattr(value, "value", value)  # tf.compat.v1.Dimension
    if value is None:
        return None
    if isinstance(value, (str, bytes, float)):
        raise TypeError(f"TensorShape: expected each dimension to be an int or None, received {value!r}.")
    try:
        size = operator.index(value)
    except TypeError:
        raise TypeError(f"TensorShape: expected each dimension to be an int or None, received {value!r}.") from None
    if size < 0:
        raise ValueError(f"TensorShape: dimension {size} must be >= 0; write None for an unknown dimension.")
    return size


class TensorShape(LiteralType):
    """The static shape of a tensor: fully known, partly known (`None` dimensions), or of unknown rank.

    Args:
        dims: None for an unknown rank; an int for rank 1; a TensorShape; or an iterable of ints and Nones.

    Raises:
        TypeError: for a dimension that is not an int or None.
        ValueError: for a negative dimension.

    Example:
        >>> import addax as tf
        >>> s = tf.TensorShape([2, None])
        >>> s.rank, s[1:], s.is_fully_defined(), s + [3]
        (2, TensorShape([None]), False, TensorShape([2, None, 3]))
        >>> s == (2, None)
        True
    """

    __slots__ = ("__weakref__", "_dims")
    __match_args__ = ("dims",)

    _dims: tuple[int | None, ...] | None

    def __init__(self, dims: Any) -> None:
        if dims is None or dims.__class__ is tuple and all(d.__class__ is int and d >= 0 for d in dims):
            self._dims = dims
        elif isinstance(dims, TensorShape):
            self._dims = dims._dims
        elif isinstance(dims, (str, bytes)):
            raise TypeError(f"TensorShape: expected None, an int or an iterable of dimensions, received {dims!r}.")
        elif isinstance(dims, Iterable) and getattr(dims, "ndim", 1) != 0:
            self._dims = tuple(_dimension(d) for d in dims)
        else:
            self._dims = (_dimension(dims),)

    @classmethod
    def of(cls, dims: tuple[int | None, ...] | None) -> TensorShape:
        """The shape with exactly these dimensions, unchecked: for callers that hold a tuple of ints already."""
        shape = cls.__new__(cls)
        shape._dims = dims
        return shape

    # What it is.

    @property
    def rank(self) -> int | None:
        """The number of dimensions, None where it is unknown."""
        return None if self._dims is None else len(self._dims)

    @property
    def ndims(self) -> int | None:
        """The same as `rank`."""
        return None if self._dims is None else len(self._dims)

    @property
    def dims(self) -> list[int | None] | None:
        """The dimensions as a list, None where the rank is unknown."""
        return None if self._dims is None else list(self._dims)

    def as_list(self) -> list[int | None]:
        """The dimensions as a list. Raises ValueError where the rank is unknown."""
        return list(self._known("as_list()"))

    def num_elements(self) -> int | None:
        """The number of elements, None where it is not known."""
        if self._dims is None or None in self._dims:
            return None
        total = 1
        for size in self._dims:
            total *= size  # type: ignore[operator]
        return total

    def is_fully_defined(self) -> bool:
        """Whether the rank and every dimension are known."""
        return self._dims is not None and None not in self._dims

    def _known(self, what: str) -> tuple[int | None, ...]:
        if self._dims is None:
            raise ValueError(f"TensorShape.{what}: the rank of this shape is unknown (<unknown>).")
        return self._dims

    def __len__(self) -> int:
        return len(self._known("__len__"))

    def __bool__(self) -> bool:
        return self._dims is not None

    def __iter__(self) -> Iterator[int | None]:
        return iter(self._known("__iter__"))

    def __getitem__(self, key: int | slice) -> Any:
        """A dimension (int or None) for an int, a `TensorShape` for a slice."""
        if self._dims is not None:
            found = self._dims[key]
            return TensorShape.of(found) if key.__class__ is slice else found
        if not isinstance(key, slice):
            return None
        start, stop = key.start or 0, key.stop
        if key.step not in (None, 1):
            raise ValueError(
                f"TensorShape: steps other than 1 cannot slice a shape of unknown rank, received {key.step}."
            )
        if stop is None or start < 0 or stop < 0:
            return TensorShape.of(None)
        return TensorShape.of((None,) * max(0, stop - start))

    # Comparing.

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not TensorShape:
            try:
                other = TensorShape(other)
            except (TypeError, ValueError):
                return NotImplemented
        return self._dims == other._dims  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash(self._dims)

    def is_compatible_with(self, other: Any) -> bool:
        """Whether some fully known shape fits both this one and `other`."""
        ours, theirs = self._dims, as_shape(other)._dims
        if ours is None or theirs is None or ours == theirs:
            return True
        if len(ours) != len(theirs):
            return False
        return all(a is None or b is None or a == b for a, b in zip(ours, theirs, strict=True))

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raises ValueError where `is_compatible_with(other)` is False."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {as_shape(other)} are incompatible")

    def is_subtype_of(self, other: Any) -> bool:
        """Whether every shape that fits this one fits `other` too."""
        if not isinstance(other, TensorShape):
            return False
        if other._dims is None or self._dims == other._dims:
            return True
        if self._dims is None or len(self._dims) != len(other._dims):
            return False
        return all(b is None or a == b for a, b in zip(self._dims, other._dims, strict=True))

    # Combining.

    def merge_with(self, other: Any) -> TensorShape:
        """What is known from both shapes together. Raises ValueError where they contradict."""
        other = as_shape(other)
        if self._dims is None:
            return other
        if other._dims is None:
            return self
        self.assert_is_compatible_with(other)
        return TensorShape.of(tuple(b if a is None else a for a, b in zip(self._dims, other._dims, strict=True)))

    def concatenate(self, other: Any) -> TensorShape:
        """The dimensions of this shape followed by those of `other`."""
        other = as_shape(other)
        if self._dims is None or other._dims is None:
            return TensorShape.of(None)
        return TensorShape.of(self._dims + other._dims)

    def __add__(self, other: Any) -> TensorShape:
        return self.concatenate(other)

    def __radd__(self, other: Any) -> TensorShape:
        return as_shape(other).concatenate(self)

    def most_specific_compatible_shape(self, other: Any) -> TensorShape:
        """The shape that keeps what both agree on: None where dimensions differ, unknown where ranks differ."""
        ours, theirs = self._dims, as_shape(other)._dims
        if ours is None or theirs is None or len(ours) != len(theirs):
            return TensorShape.of(None)
        return TensorShape.of(tuple(a if a == b else None for a, b in zip(ours, theirs, strict=True)))

    def as_proto(self) -> Any:
        """The shape as a TensorShapeProto message.

        >>> import addax as tf
        >>> tf.TensorShape([3]).as_proto().SerializeToString()
        b'\\x12\\x02\\x08\\x03'
        """
        from addax.core.tensor_proto import shape_proto  # few programs write messages

        return shape_proto(self)

    def experimental_as_proto(self) -> Any:
        """The shape as a TensorShapeProto message."""
        return self.as_proto()

    @classmethod
    def experimental_from_proto(cls, proto: Any) -> TensorShape:
        """The shape that a message holds."""
        from addax.core.tensor_proto import shape_of

        return shape_of(proto)

    @classmethod
    def experimental_type_proto(cls) -> type:
        """The class of the messages."""
        from addax.formats.tensor_proto import TensorShapeProto

        return TensorShapeProto

    def most_specific_common_supertype(self, others: Iterable[Any]) -> TensorShape | None:
        """The most specific shape that all of `others` and this one are subtypes of; None where one is no shape."""
        result = self
        for other in others:
            if not isinstance(other, TensorShape):
                return None
            result = result.most_specific_compatible_shape(other)
        return result

    # Asking for a rank.

    def with_rank(self, rank: int) -> TensorShape:
        """This shape with its rank known to be `rank`. Raises ValueError where it is another."""
        if self._dims is None:
            return TensorShape.of((None,) * rank)
        if len(self._dims) != rank:
            raise ValueError(f"Shape {self} must have rank {rank}, it has rank {len(self._dims)}")
        return self

    def with_rank_at_least(self, rank: int) -> TensorShape:
        """This shape. Raises ValueError where its rank is known and smaller than `rank`."""
        if self._dims is not None and len(self._dims) < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank}, it has rank {len(self._dims)}")
        return self

    def with_rank_at_most(self, rank: int) -> TensorShape:
        """This shape. Raises ValueError where its rank is known and larger than `rank`."""
        if self._dims is not None and len(self._dims) > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank}, it has rank {len(self._dims)}")
        return self

    def assert_has_rank(self, rank: int) -> None:
        """Raises ValueError where the rank is known and is not `rank`."""
        if self._dims is not None and len(self._dims) != rank:
            raise ValueError(f"Shape {self} must have rank {rank}, it has rank {len(self._dims)}")

    def assert_same_rank(self, other: Any) -> None:
        """Raises ValueError where both ranks are known and differ."""
        other = as_shape(other)
        if self._dims is not None and other._dims is not None and len(self._dims) != len(other._dims):
            raise ValueError(f"Shapes {self} and {other} must have the same rank")

    def assert_is_fully_defined(self) -> None:
        """Raises ValueError where the rank or a dimension is unknown."""
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    # Text and pickling.

    def __str__(self) -> str:
        return "<unknown>" if self._dims is None else str(self._dims)

    def __repr__(self) -> str:
        return f"TensorShape({None if self._dims is None else list(self._dims)})"

    def __reduce__(self) -> tuple[Any, tuple[Any]]:
        return TensorShape, (self._dims,)


def as_shape(shape: Any) -> TensorShape:
    """`shape` as a `TensorShape`: itself where it is one."""
    return shape if shape.__class__ is TensorShape else TensorShape(shape)


def unknown_shape(rank: int | None = None) -> TensorShape:
    """A shape of which nothing, or only the rank, is known."""
    return TensorShape.of(None if rank is None else (None,) * rank)


def dimension_value(dimension: Any) -> Any:
    """The size that a dimension stands for: itself in TF2, `.value` of a v1 Dimension."""
    return getattr(dimension, "value", dimension)
