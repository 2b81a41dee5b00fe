"""Type specs: what is known of a value before it exists (`tf.TensorSpec` and its relatives).

A spec is immutable and hashable. What a spec of a composite value (ragged, sparse, indexed) is made of, and how its
value is taken apart and put together again, is said here; the class of the value tells the spec its name with
`SpecClass.register_value_type(cls)`, so that this file need not know the files above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from addax.core import dtypes, trees
from addax.core.dtypes import DType
from addax.core.shapes import TensorShape


class TypeSpec:
    """The base of all specs. A subclass says in `_serialize` what it consists of.

    Two specs are equal when they are of one class and consist of the same. A spec is a subtype of another when each of
    its shapes is more specific than (or the same as) the other's and everything else is the same.

    Example:
        >>> import addax as tf
        >>> a, b = tf.TensorSpec([2, 3]), tf.TensorSpec([2, None])
        >>> a.is_subtype_of(b), b.is_subtype_of(a)
        (True, False)
        >>> isinstance(a, tf.TypeSpec)
        True
    """

    __slots__ = ("__weakref__", "_key")

    _registered_value_type: type | None = None
    _key: tuple[Any, ...]

    def _serialize(self) -> tuple[Any, ...]:
        """The parts a spec consists of, in the order that its constructor takes them."""
        return self._key

    @classmethod
    def _deserialize(cls, parts: tuple[Any, ...]) -> Any:
        return cls(*parts)

    @classmethod
    def register_value_type(cls, value_type: type) -> type:
        """Names the class of the values that this spec describes. Usable as a class decorator."""
        cls._registered_value_type = value_type
        return value_type

    @property
    def value_type(self) -> type:
        """The class of the values that this spec describes."""
        if self._registered_value_type is None:
            raise TypeError(f"{type(self).__name__}: no class of values is known for this spec.")
        return self._registered_value_type

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """Whether a spec, or a value, could stand for the same thing as this spec.

        Args:
            spec_or_value: a spec, or a tensor or composite value.

        Returns:
            True when both are of one kind, their dtypes agree and their shapes do not contradict.
        """
        other = spec_or_value if isinstance(spec_or_value, TypeSpec) else spec_of(spec_or_value)
        return type(other) is type(self) and _compatible(self._serialize(), other._serialize())

    def is_subtype_of(self, other: Any) -> bool:
        """Whether every value of this spec is a value of `other`."""
        return type(other) is type(self) and _subtype(self._serialize(), other._serialize())

    def most_specific_common_supertype(self, others: Sequence[Any]) -> Any:
        """The most specific spec that this one and all of `others` are subtypes of; None where there is none."""
        parts = self._serialize()
        for other in others:
            if type(other) is not type(self):
                return None
            parts = _supertype(parts, other._serialize())
            if parts is None:
                return None
        return self._deserialize(parts)

    def most_specific_compatible_type(self, other: Any) -> Any:
        """The most specific spec that both are compatible with. Raises ValueError where there is none."""
        found = self.most_specific_common_supertype([other])
        if found is None:
            raise ValueError(f"No TypeSpec is compatible with both {self} and {other}")
        return found

    # ------------------------------------------------------------------ values as lists of tensors

    def flatten(self) -> list[Any]:
        """The specs of the tensors that a value consists of.

        >>> import addax as tf
        >>> tf.TensorSpec([1]).flatten()
        [TensorSpec(shape=(1,), dtype=tf.float32, name=None)]
        """
        return trees.flatten(self, expand_composites=True)

    def to_tensors(self, value: Any) -> list[Any]:
        """The tensors that a value consists of."""
        return trees.flatten(value, expand_composites=True)

    def from_tensors(self, tensors: Any) -> Any:
        """The value that consists of the next of these tensors."""
        parts = [next(tensors) for _ in self.flatten()]
        return trees.pack(self, parts, expand_composites=True)

    def cast(self, value: Any, casting_context: Any) -> Any:
        """A value as one that this spec describes; TypeError where it does not fit."""
        if not self.is_compatible_with(value):
            raise TypeError(f"Cannot cast {value!r:.100} to {self!r}: its kind, shape or dtype is another.")
        return value

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return type(other) is type(self) and self._serialize() == other._serialize()  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash((type(self), self._serialize()))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self._serialize())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._serialize()))})"


def _rebuilt(cls: type[TypeSpec], parts: tuple[Any, ...]) -> TypeSpec:
    return cls._deserialize(parts)


def _compatible(a: Any, b: Any) -> bool:
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(_compatible(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, (TensorShape, TypeSpec)):
        return isinstance(b, (TensorShape, TypeSpec)) and a.is_compatible_with(b)
    return bool(a == b)


def _subtype(a: Any, b: Any) -> bool:
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(_subtype(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, (TensorShape, TypeSpec)):
        return a.is_subtype_of(b)
    return bool(a == b)


def _supertype(a: tuple[Any, ...], b: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Part by part; None where two parts are neither shapes nor specs nor equal."""
    if len(a) != len(b):
        return None
    parts: list[Any] = []
    for x, y in zip(a, b, strict=True):
        if isinstance(x, (TensorShape, TypeSpec)):
            found = x.most_specific_common_supertype([y])
        elif isinstance(x, tuple) and isinstance(y, tuple):
            found = _supertype(x, y)
        else:
            found = x if x == y else None
        if found is None and not (x is None and y is None):
            return None
        parts.append(found)
    return tuple(parts)


def spec_of(value: Any) -> TypeSpec | None:
    """The spec of a tensor (anything with a `TensorShape` and a `DType`) or composite value; None for anything else."""
    if isinstance(value, trees.CompositeTensor):
        return value._type_spec
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    if isinstance(shape, TensorShape) and isinstance(dtype, DType) and not isinstance(value, type):
        return TensorSpec(shape, dtype)
    return None


class ShapedSpec(TypeSpec):
    """A spec of values that have one shape and one dtype, which it begins with."""

    __slots__ = ()

    @property
    def shape(self) -> TensorShape:
        """The shape, which may be partly unknown."""
        return self._key[0]

    @property
    def dtype(self) -> DType:
        """The element type."""
        return self._key[1]


class TensorSpec(ShapedSpec):
    """The shape and the dtype of a tensor, and perhaps a name.

    Args:
        shape: anything `tf.TensorShape` takes; None for an unknown rank.
        dtype: anything `tf.as_dtype` takes.
        name: what the argument of a traced function is called.

    Raises:
        TypeError: for a shape or dtype that is none.

    Example:
        >>> import addax as tf
        >>> tf.TensorSpec([None, 3], tf.int32, name="x")
        TensorSpec(shape=(None, 3), dtype=tf.int32, name='x')
        >>> tf.TensorSpec([None]).is_compatible_with(tf.constant([1.0, 2.0]))
        True
    """

    __slots__ = ()

    def __init__(self, shape: Any, dtype: Any = dtypes.float32, name: str | None = None) -> None:
        self._key = (TensorShape(shape), dtypes.as_dtype(dtype), name)

    @classmethod
    def from_spec(cls, spec: Any, name: str | None = None) -> TensorSpec:
        """The spec of anything that has a shape and a dtype, such as another spec."""
        return cls(spec.shape, spec.dtype, name or getattr(spec, "name", None))

    @classmethod
    def from_tensor(cls, tensor: Any, name: str | None = None) -> TensorSpec:
        """The spec of a tensor."""
        return cls(tensor.shape, tensor.dtype, name)

    @property
    def name(self) -> str | None:
        """The name, None where it has none."""
        return self._key[2]

    @property
    def value_type(self) -> type:
        """`tf.Tensor`."""
        from addax.core.tensor import Tensor  # only this property needs the class: specs load without arrays

        return Tensor

    @property
    def _component_specs(self) -> TensorSpec:
        return self

    def flatten(self) -> list[Any]:
        """This spec: a tensor consists of itself."""
        return [self]

    def to_tensors(self, value: Any) -> list[Any]:
        """The tensor itself."""
        return [self.cast(value, None)]

    def from_tensors(self, tensors: Any) -> Any:
        """The next of these tensors."""
        return next(tensors)

    def cast(self, value: Any, casting_context: Any) -> Any:
        """A value as a tensor that this spec describes; TypeError where it does not fit."""
        from addax.core.convert import convert_to_tensor  # converting needs specs

        if not hasattr(value, "shape") or isinstance(value, np.ndarray | np.generic):
            value = convert_to_tensor(value, self.dtype)
        return super().cast(value, casting_context)

    def experimental_as_proto(self) -> Any:
        """The spec as a protocol buffer message, with `SerializeToString`.

        >>> import addax as tf
        >>> spec = tf.TensorSpec([1, None], tf.int32, "a")
        >>> tf.TensorSpec.experimental_from_proto(spec.experimental_as_proto()) == spec
        True
        """
        from addax.core.tensor_proto import shape_proto  # few programs write messages
        from addax.formats.tensor_proto import TensorSpecProto

        made = TensorSpecProto(name=self.name or "", dtype=self.dtype.as_datatype_enum)
        made.shape.CopyFrom(shape_proto(self.shape))
        return made

    @classmethod
    def experimental_from_proto(cls, proto: Any) -> Any:
        """The spec that a message holds."""
        from addax.core.tensor_proto import shape_of

        return cls(shape_of(proto.shape), dtypes.as_dtype(proto.dtype), proto.name or None)

    @classmethod
    def experimental_type_proto(cls) -> type:
        """The class of the messages."""
        from addax.formats.tensor_proto import TensorSpecProto

        return TensorSpecProto

    def is_compatible_with(self, spec_or_tensor: Any) -> bool:
        """Whether a spec or a tensor has the same dtype and a shape that does not contradict; names do not matter."""
        other = spec_or_tensor if isinstance(spec_or_tensor, TypeSpec) else spec_of(spec_or_tensor)
        return (
            isinstance(other, TensorSpec) and self.dtype is other.dtype and self.shape.is_compatible_with(other.shape)
        )

    def is_subtype_of(self, other: Any) -> bool:
        """Whether every tensor of this spec fits `other`; a name has to be the same, or this spec has none."""
        return (
            isinstance(other, TensorSpec)
            and (self.name is None or self.name == other.name)
            and self.dtype is other.dtype
            and self.shape.is_subtype_of(other.shape)
        )

    def _batch(self, batch_size: int | None) -> TensorSpec:
        """The spec of `batch_size` such tensors stacked."""
        return TensorSpec(TensorShape([batch_size]).concatenate(self.shape), self.dtype)

    def _unbatch(self) -> TensorSpec:
        """The spec of one item of such a tensor."""
        if self.shape.rank == 0:
            raise ValueError(f"{self} has no first dimension to take items from: expected a rank of at least 1.")
        return TensorSpec(self.shape[1:], self.dtype)

    def __repr__(self) -> str:
        return f"TensorSpec(shape={self.shape}, dtype={self.dtype!r}, name={self.name!r})"


class BoundedTensorSpec(TensorSpec):
    """A TensorSpec whose values lie between `minimum` and `maximum`, both included.

    Args:
        shape: anything `tf.TensorShape` takes.
        dtype: anything `tf.as_dtype` takes.
        minimum: a number or an array that broadcasts to the shape.
        maximum: a number or an array that broadcasts to the shape.
        name: as in TensorSpec.

    Raises:
        ValueError: where a bound does not broadcast to the shape.

    Example:
        >>> from addax.core import spec
        >>> spec.BoundedTensorSpec([2], "int32", 0, 5).maximum
        array(5, dtype=int32)
    """

    __slots__ = ("maximum", "minimum")

    def __init__(self, shape: Any, dtype: Any, minimum: Any, maximum: Any, name: str | None = None) -> None:
        super().__init__(shape, dtype, name)
        numpy_type = self.dtype.as_numpy_dtype
        self.minimum, self.maximum = np.array(minimum, numpy_type), np.array(maximum, numpy_type)
        for bound, array in (("minimum", self.minimum), ("maximum", self.maximum)):
            array.setflags(write=False)
            if self.shape.is_fully_defined():
                try:
                    np.broadcast_to(array, self.shape.as_list())  # type: ignore[arg-type]
                except ValueError:
                    raise ValueError(
                        f"BoundedTensorSpec: expected `{bound}` to broadcast to {self.shape}, "
                        f"received shape {array.shape}."
                    ) from None

    def _serialize(self) -> tuple[Any, ...]:
        low, high = self.minimum, self.maximum
        bounds = (low.shape, low.tobytes(), high.shape, high.tobytes())
        return (*self._key[:2], bounds, self._key[2])

    @classmethod
    def _deserialize(cls, parts: tuple[Any, ...]) -> BoundedTensorSpec:
        shape, dtype, (low_shape, low, high_shape, high), name = parts
        low_array = np.frombuffer(low, dtype.as_numpy_dtype).reshape(low_shape)
        high_array = np.frombuffer(high, dtype.as_numpy_dtype).reshape(high_shape)
        return cls(shape, dtype, low_array, high_array, name)

    def __repr__(self) -> str:
        return (
            f"BoundedTensorSpec(shape={self.shape}, dtype={self.dtype!r}, name={self.name!r}, "
            f"minimum={self.minimum!r}, maximum={self.maximum!r})"
        )


class NoneTensorSpec(TypeSpec):
    """The spec of None, as it stands in the element spec of a dataset.

    Example:
        >>> from addax.core import spec
        >>> spec.NoneTensorSpec().is_compatible_with(None)
        True
    """

    __slots__ = ()

    def __init__(self) -> None:
        self._key = ()

    @property
    def value_type(self) -> type:
        """The type of None."""
        return type(None)

    @staticmethod
    def from_value(value: None) -> NoneTensorSpec:
        """The spec of None."""
        return NoneTensorSpec()

    def most_specific_compatible_shape(self, other: Any) -> NoneTensorSpec:
        """This spec, for another like it; ValueError for any other."""
        if type(other) is not NoneTensorSpec:
            raise ValueError(f"No TypeSpec is compatible with both {self} and {other}")
        return self

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """Whether it is None, or the spec of None."""
        return spec_or_value is None or type(spec_or_value) is NoneTensorSpec


class VariableSpec(ShapedSpec):
    """What a traced function knows of a variable it is called with.

    Args:
        shape: the shape of the variable.
        dtype: its dtype.
        trainable: whether tapes watch it by themselves.
        alias_id: a number that two arguments share when they are one variable.

    Example:
        >>> from addax.core import spec
        >>> spec.VariableSpec([2])
        VariableSpec(shape=(2,), dtype=tf.float32, trainable=True, alias_id=None)
    """

    __slots__ = ()

    def __init__(
        self, shape: Any, dtype: Any = dtypes.float32, trainable: bool = True, alias_id: int | None = None
    ) -> None:
        self._key = (TensorShape(shape), dtypes.as_dtype(dtype), trainable, alias_id)

    @property
    def trainable(self) -> bool:
        """Whether tapes watch the variable by themselves."""
        return self._key[2]

    @property
    def alias_id(self) -> int | None:
        """A number that two arguments share when they are one variable."""
        return self._key[3]

    def __repr__(self) -> str:
        shape, dtype, trainable, alias_id = self._key
        return f"VariableSpec(shape={shape}, dtype={dtype!r}, trainable={trainable}, alias_id={alias_id})"
