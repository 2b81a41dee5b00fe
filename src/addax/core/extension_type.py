"""Extension types: classes of the user's own, made of tensors, that travel like tensors.

A class that derives from `ExtensionType` names its fields by annotations. From them it gets a constructor, conversion
and checking of values, equality, a spec, and the ways of `trees.CompositeTensor`: through tf.nest, tf.function, tf.data
and Keras's layers.
"""

from __future__ import annotations

import abc
import inspect
import sys
import typing
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from addax.core import convert, errors, extension_fields, trees
from addax.core.convert import FreeList
from addax.core.dispatch import op
from addax.core.extension_fields import converted, join, split
from addax.core.spec import TypeSpec, spec_of
from addax.core.tensor import Tensor

_RESERVED_PREFIX = "_tf_extension_type"
_NO_DEFAULT = inspect.Parameter.empty


class Field(typing.NamedTuple):
    """A field of an extension type."""

    name: str
    annotation: Any
    default: Any


def _annotations(cls: type) -> dict[str, Any]:
    """The types of the fields that a class itself names; text is read in its module and where the class stands."""

    def holder() -> None: ...

    holder.__annotations__ = cls.__dict__.get("__annotations__", {})
    frame: Any = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    module = vars(sys.modules[cls.__module__]) if cls.__module__ in sys.modules else {}
    try:
        hints = typing.get_type_hints(holder, module, {**frame.f_locals, **vars(cls)})
    except NameError as error:
        raise TypeError(
            f"{cls.__name__}: the annotations of its fields cannot be read: {error}. Name types that the module knows."
        ) from None
    return {name: hint for name, hint in hints.items() if typing.get_origin(hint) is not typing.ClassVar}


def _fields_of(cls: type) -> tuple[Field, ...]:
    fields: dict[str, Field] = {}
    for base in cls.__mro__[:0:-1]:
        for field in base.__dict__.get("_fields", ()):
            fields[field.name] = field
    for name, annotation in _annotations(cls).items():
        if name == "self" or name.startswith(_RESERVED_PREFIX):
            raise ValueError(f"The field annotations for {cls.__name__} are invalid. Field '{name}' is reserved.")
        extension_fields.check_annotation(name, annotation)
        default = cls.__dict__.get(name, _NO_DEFAULT)
        if default is not _NO_DEFAULT:
            try:
                default = converted(name, annotation, default)
            except TypeError as error:
                raise TypeError(f"{cls.__name__}: default value for {error}") from None
        fields[name] = Field(name, annotation, default)
    return tuple(fields.values())


def _signature(cls: type, fields: Sequence[Field], defaults: bool) -> inspect.Signature:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    try:
        return inspect.Signature([
            inspect.Parameter(
                field.name, kind, annotation=field.annotation, default=field.default if defaults else _NO_DEFAULT
            )
            for field in fields
        ])  # fmt: skip
    except ValueError as error:
        raise ValueError(f"{cls.__name__}: fields without a default stand before those with one: {error}.") from None


class ExtensionTypeMetaclass(abc.ABCMeta):
    """Makes classes with annotated fields."""

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> None:
        super().__init__(name, bases, namespace)
        cls._fields: tuple[Field, ...] = (
            _fields_of(cls) if any(isinstance(base, ExtensionTypeMetaclass) for base in bases) else ()
        )
        cls._own_init = any("__init__" in base.__dict__ for base in cls.__mro__ if base.__dict__.get("_user_made"))
        if not cls._own_init:
            cls.__signature__ = _signature(cls, cls._fields, True)
        else:
            own = inspect.signature(cls.__init__)
            cls.__signature__ = own.replace(parameters=list(own.parameters.values())[1:])
        cls.Spec = _spec_class(cls, namespace.get("Spec"))

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if not cls.__dict__.get("_user_made"):
            raise AssertionError(
                f"Cannot create an instance of {cls.__name__} because {cls.__name__} is an abstract base class."
            )
        made = cls.__new__(cls)
        if cls._own_init:
            made.__init__(*args, **kwargs)
        else:
            bound = cls.__signature__.bind(*args, **kwargs)
            bound.apply_defaults()
            made.__dict__.update(bound.arguments)
        made._complete()
        return made


def _spec_class(cls: Any, given: Any) -> Any:
    """The class of the type's specs; what the user wrote in a nested `class Spec` is kept."""
    space = (
        {key: value for key, value in vars(given).items() if key not in ("__dict__", "__weakref__")} if given else {}
    )
    parent = next((base.Spec for base in cls.__mro__[1:] if "Spec" in base.__dict__), ExtensionTypeSpec)
    if isinstance(given, type) and issubclass(given, ExtensionTypeSpec):
        return given
    space |= {"__module__": cls.__module__, "__qualname__": f"{cls.__qualname__}.Spec", "_registered_value_type": cls}
    made: Any = type("Spec", (parent,), space)
    if "__init__" not in space and not parent.__dict__.get("_own_init"):
        made.__signature__ = _signature(cls, cls._fields, False)
    made._own_init = "__init__" in space or parent.__dict__.get("_own_init", False)
    return made


class ExtensionTypeSpec(TypeSpec, trees.CompositeSpec):
    """The spec of an extension type: its fields, with specs for tensors. `T.Spec` is that of the type T.

    Args:
        *args: the fields, in order.
        **kwargs: fields by name.

    Raises:
        TypeError: a field is missing, or of another type.

    >>> import addax as tf
    >>> class Pair(tf.experimental.ExtensionType):
    ...     first: tf.Tensor
    ...     second: tf.Tensor
    >>> Pair.Spec(tf.TensorSpec([]), tf.TensorSpec([2])).second.shape
    TensorShape([2])
    """

    _own_init = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if self._registered_value_type is None:
            raise TypeError(f"Can't instantiate abstract class {type(self).__name__} with abstract method value_type")
        bound = type(self).__signature__.bind(*args, **kwargs)  # type: ignore[attr-defined]
        self._fill(bound.arguments)

    def _fill(self, values: dict[str, Any]) -> None:
        cls: Any = self._registered_value_type
        missing = {field.name for field in cls._fields} - set(values)
        if missing:
            raise ValueError(f"{type(self).__qualname__}: Missing required fields: {missing}")
        made = {field.name: converted(field.name, field.annotation, values[field.name], True) for field in cls._fields}
        self.__dict__.update(made)
        object.__setattr__(self, "_key", tuple(made.items()))

    def __getattr__(self, name: str) -> Any:
        # A constructor of the user's own sets fields one by one; the rest is made of them when it is first asked for.
        if name == "_key":
            self._fill(dict(self.__dict__))
            return self._key
        raise AttributeError(f"{type(self).__qualname__} has no attribute {name!r}", name=name)

    @classmethod
    def _of_fields(cls, values: dict[str, Any]) -> Any:
        made = cls.__new__(cls)
        made._fill(values)
        return made

    @classmethod
    def from_value(cls, value: Any) -> Any:
        """The spec of an instance."""
        return value._type_spec

    @classmethod
    def _deserialize(cls, parts: tuple[Any, ...]) -> Any:
        return cls._of_fields(dict(parts))

    @property
    def _component_specs(self) -> tuple[Any, ...]:
        parts: list[Any] = []
        for _, value in self._key:
            split(value, parts)
        return tuple(parts)

    def _to_components(self, value: Any) -> tuple[Any, ...]:
        return value.__tf_flatten__()[1]

    def _from_components(self, components: Sequence[Any]) -> Any:
        cls: Any = self.value_type
        static = tuple((name, split(value, [])) for name, value in self._key)
        return cls.__tf_unflatten__(static, tuple(components))

    def _batch(self, batch_size: int | None) -> Any:
        return self._encoder.batch(self, batch_size)

    def _unbatch(self) -> Any:
        return self._encoder.unbatch(self)

    @property
    def _encoder(self) -> ExtensionTypeBatchEncoder:
        found = getattr(self.value_type, "__batch_encoder__", None)
        if found is None:
            raise TypeError(
                errors.message(
                    f"{self.value_type.__name__}",
                    expected="an extension type whose values can be stacked",
                    hint="derive it from tf.experimental.BatchableExtensionType",
                )
            )
        return found

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self._key)
        return f"{type(self).__qualname__}({shown})"


class ExtensionType(trees.CompositeTensor, metaclass=ExtensionTypeMetaclass):
    """The base of types made of tensors, whose fields are named by annotations.

    A field is a tf.Tensor, another extension type, a tf.RaggedTensor, an int, float, bool, str, bytes, None, tf.DType
    or tf.TensorShape, or a tuple, Mapping, Union or Optional of such. Values are converted and checked when an instance
    is made, by its constructor or one of the user's, and do not change afterwards. `__validate__`, if there is one,
    runs last, and may raise.

    Raises:
        TypeError: a value that its field cannot hold.
        AttributeError: a field is assigned to later.

    Example:
        >>> import addax as tf
        >>> class Masked(tf.experimental.ExtensionType):
        ...     values: tf.Tensor
        ...     mask: tf.Tensor
        ...     def filled(self, value):
        ...         return tf.where(self.mask, self.values, value)
        >>> tf.function(lambda m: m.filled(0))(Masked([1, 2], [True, False])).numpy().tolist()
        [1, 0]
        >>> Masked([1, 2], [True, False])._type_spec.mask
        TensorSpec(shape=(2,), dtype=tf.bool, name=None)
    """

    __hash__ = None  # type: ignore[assignment]
    Spec: Any

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._user_made = True

    def _complete(self) -> None:
        """Convert and check the fields that the constructor set; from now on they stay."""
        cls: Any = type(self)
        values = self.__dict__
        missing = {field.name for field in cls._fields if field.name not in values and field.default is _NO_DEFAULT}
        if missing:
            raise ValueError(f"{cls.__name__}: Missing required fields: {missing}")
        for field in cls._fields:
            values[field.name] = converted(field.name, field.annotation, values.get(field.name, field.default))
        extra = set(values) - {field.name for field in cls._fields}
        if extra:
            raise ValueError(f"{cls.__name__}: Got unexpected fields: {extra}")
        validate = getattr(self, "__validate__", None)
        values["_frozen"] = True
        if validate is not None:
            validate()

    def __setattr__(self, name: str, value: Any) -> None:
        if "_frozen" in self.__dict__:
            raise AttributeError(
                f"Cannot mutate attribute `{name}` outside the custom constructor of ExtensionType "
                f"({type(self).__name__})."
            )
        self.__dict__[name] = value

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"Cannot mutate attribute `{name}` of ExtensionType ({type(self).__name__}).")

    def _values(self) -> dict[str, Any]:
        return {field.name: self.__dict__[field.name] for field in type(self)._fields}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._values().items())})"

    def __eq__(self, other: object) -> Any:
        if type(other) is not type(self):
            return False
        (static, _), (others, _) = self.__tf_flatten__(), other.__tf_flatten__()  # type: ignore[attr-defined]
        mine, its = (trees.flatten(each, expand_composites=True) for each in (self, other))
        if static != others or len(mine) != len(its):
            return False
        return _all_equal(mine, its)

    def __ne__(self, other: object) -> Any:
        same = self.__eq__(other)
        return ~same if isinstance(same, Tensor) else not same

    def __composite_call__(self, function: Any, arrays: Any, static: Any, made: Any) -> Any:
        if made.name == "identity":
            parts = trees.flatten(self, expand_composites=True)
            return trees.pack(self, [function(part) for part in parts], expand_composites=True)
        return convert.convert_to_tensor(self)  # which refuses it

    @property
    def _type_spec(self) -> Any:
        kept = self.__dict__.get("_known_spec")
        if kept is None:
            kept = type(self).Spec._of_fields({name: _as_spec(value) for name, value in self._values().items()})
            self.__dict__["_known_spec"] = kept
        return kept

    def __tf_flatten__(self) -> tuple[Any, tuple[Any, ...]]:
        parts: list[Any] = []
        static = tuple((name, split(value, parts)) for name, value in self._values().items())
        return static, tuple(parts)

    @classmethod
    def __tf_unflatten__(cls, metadata: Any, parts: tuple[Any, ...]) -> Any:
        rest = iter(parts)
        values = {name: join(static, rest) for name, static in metadata}
        if any(isinstance(part, TypeSpec) for part in parts):
            return cls.Spec._of_fields(values)
        made = cls.__new__(cls)
        made.__dict__.update(values, _frozen=True)
        return made


ExtensionType._user_made = False


def _as_spec(value: Any) -> Any:
    """A field of a value as the field of its spec."""
    if isinstance(value, trees.CompositeTensor):
        return value._type_spec
    if isinstance(value, Tensor) or hasattr(value, "__symbolic_call__"):
        return spec_of(value)
    if isinstance(value, tuple):
        return tuple([_as_spec(item) for item in value])
    if isinstance(value, extension_fields.ImmutableDict):
        return extension_fields.ImmutableDict({key: _as_spec(item) for key, item in value.items()})
    return value


def _equal_on_host(mine: Any, its: Any) -> np.ndarray:
    pairs = zip(mine, its, strict=True)
    return np.asarray(all(a.shape == b.shape and bool(np.all(a == b)) for a, b in pairs))


@op(name="ExtensionType.__eq__", differentiable=False, host=_equal_on_host)
def _all_equal(mine: FreeList, its: FreeList) -> Any:
    same = jnp.asarray(True)
    for a, b in zip(mine, its, strict=True):
        if a.shape != b.shape or a.dtype != b.dtype:
            return jnp.asarray(False)
        same = same & jnp.all(a == b)
    return same


def as_dict(value: Any) -> dict[str, Any]:
    """The fields of an extension type by name.

    Args:
        value: an instance of a subclass of `tf.experimental.ExtensionType`.

    >>> import addax as tf
    >>> class Point(tf.experimental.ExtensionType):
    ...     x: int
    ...     y: int
    >>> tf.experimental.extension_type.as_dict(Point(1, 2))
    {'x': 1, 'y': 2}
    """
    return value._values()


class ExtensionTypeBatchEncoder:
    """How values of a BatchableExtensionType are stacked into one, and taken apart.

    This one stacks each field. A subclass in `__batch_encoder__` of a type can do otherwise, for values whose
    tensors have different shapes.

    >>> import addax as tf
    >>> class Pair(tf.experimental.BatchableExtensionType):
    ...     first: tf.Tensor
    ...     __batch_encoder__ = tf.experimental.ExtensionTypeBatchEncoder()
    >>> [int(pair.first) for pair in tf.data.Dataset.from_tensor_slices(Pair([1, 2]))]
    [1, 2]
    """

    def batch(self, spec: Any, batch_size: int | None) -> Any:
        """The spec of `batch_size` values stacked.

        Args:
            spec: the spec of one value.
            batch_size: how many; None where that is not known.
        """
        return _with_specs(spec, lambda each: each._batch(batch_size))

    def unbatch(self, spec: Any) -> Any:
        """The spec of one of the values that a spec is of.

        Args:
            spec: the spec of stacked values.
        """
        return _with_specs(spec, lambda each: each._unbatch())

    def encode(self, spec: Any, value: Any, minimum_rank: int = 0) -> Any:
        """A value as a structure of tensors (or composite ones) that can be stacked and sliced.

        Args:
            spec: its spec.
            value: the value.
            minimum_rank: how many dimensions each tensor has to have: those that are stacked.
        """
        return spec._to_components(value)

    def decode(self, spec: Any, encoded_value: Any) -> Any:
        """The value that was encoded.

        Args:
            spec: its spec.
            encoded_value: a structure as `encode` makes it.
        """
        return spec._from_components(encoded_value)

    def encoding_specs(self, spec: Any) -> Any:
        """The specs of what `encode` makes of values of a spec, in the same structure.

        Args:
            spec: the spec of values.
        """
        return spec._component_specs


def _with_specs(spec: Any, change: Any) -> Any:
    made: dict[str, Any] = {}
    for name, value in spec._key:
        parts: list[Any] = []
        static = split(value, parts)
        made[name] = join(static, iter([change(each) for each in parts]))
    return type(spec)._of_fields(made)


class BatchableExtensionType(ExtensionType):
    """An extension type whose values can be stacked and sliced, as tf.data does it; see `ExtensionType`.

    Example:
        >>> import addax as tf
        >>> class Pair(tf.experimental.BatchableExtensionType):
        ...     a: tf.Tensor
        ...     b: tf.Tensor
        >>> data = tf.data.Dataset.from_tensor_slices(Pair([1, 2, 3], [4.0, 5.0, 6.0]))
        >>> next(iter(data.batch(2))).a.numpy().tolist()
        [1, 2]
    """

    __batch_encoder__ = ExtensionTypeBatchEncoder()


BatchableExtensionType._user_made = False
