"""The fields of extension types: which annotations there are, and what values they take."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from addax.core import convert, dtypes, errors, trees
from addax.core.shapes import TensorShape
from addax.core.spec import TensorSpec, TypeSpec
from addax.core.tensor import Tensor

_PLAIN = (int, float, str, bytes, bool, type(None))
_UNIONS = (typing.Union, types.UnionType)


class ImmutableDict(Mapping[Any, Any]):
    """A dict that does not change, so that it can be hashed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._items = dict(*args, **kwargs)

    def __getitem__(self, key: Any) -> Any:
        return self._items[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._items.items(), key=lambda pair: str(pair[0]))))

    def __repr__(self) -> str:
        return f"ImmutableDict({self._items!r})"


class Slot:
    """Where a tensor stands in a structure that holds the rest."""

    _only: Slot | None = None

    def __new__(cls) -> Slot:
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __repr__(self) -> str:
        return "*"


SLOT = Slot()


def check_annotation(field: str, annotation: Any) -> None:
    """Refuse annotations that no field can have.

    Raises:
        TypeError: such as list, dict and Any, whose values could change or be anything.
    """
    if annotation is None or annotation in _PLAIN or annotation in (dtypes.DType, TensorShape):
        return
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if (
        isinstance(annotation, type)
        and origin is None
        and (issubclass(annotation, Tensor | trees.CompositeTensor | TypeSpec) or hasattr(annotation, "__tf_flatten__"))
    ):
        return
    if origin is tuple and arguments:
        for each in arguments:
            if each is not Ellipsis:
                check_annotation(field, each)
        return
    if origin in (Mapping, typing.Mapping) and len(arguments) == 2:
        for each in arguments:
            check_annotation(field, each)
        return
    if origin in _UNIONS:
        for each in arguments:
            check_annotation(field, each)
        return
    name = getattr(annotation, "__name__", None) if isinstance(annotation, type) else None
    raise TypeError(
        errors.message(
            f"In field {field!r}: Unsupported type annotation {name or annotation!r}",
            hint="use tf.Tensor, another extension type, tf.RaggedTensor, int, float, bool, str, bytes, None, "
            "tf.DType, tf.TensorShape, or tuple, Mapping, Union and Optional of such",
        )
    )


def _wrong(path: str, annotation: Any, value: Any) -> TypeError:
    wanted = getattr(annotation, "__name__", None) or str(annotation)
    return TypeError(f"{path}: expected {wanted!r}, got {type(value).__name__!r}")


def converted(path: str, annotation: Any, value: Any, in_spec: bool = False) -> Any:
    """A value as a field of this annotation holds it.

    Args:
        path: the field, for messages.
        annotation: its type.
        value: what the constructor was given.
        in_spec: whether this is the field of a spec, where specs stand for tensors.

    Raises:
        TypeError: a value of another type.
    """
    if annotation is None or annotation is type(None):
        if value is not None:
            raise _wrong(path, type(None), value)
        return None
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is tuple:
        return _tuple(path, arguments, value, in_spec)
    if origin in (Mapping, typing.Mapping):
        if not isinstance(value, Mapping):
            raise _wrong(path, annotation, value)
        of_key, of_item = arguments
        return ImmutableDict({
            converted(f"{path} (key)", of_key, key): converted(f"{path}[{key!r}]", of_item, item, in_spec)
            for key, item in value.items()
        })  # fmt: skip
    if origin in _UNIONS:
        return _one_of(path, annotation, arguments, value, in_spec)
    return _single(path, annotation, value, in_spec)


def _tuple(path: str, arguments: Any, value: Any, in_spec: bool) -> Any:
    if not isinstance(value, list | tuple):
        raise _wrong(path, tuple, value)
    if arguments[-1:] == (Ellipsis,):
        arguments = (arguments[0],) * len(value)
    if len(arguments) != len(value):
        raise TypeError(f"{path}: expected {len(arguments)} items, got {len(value)}")
    pairs = zip(arguments, value, strict=True)
    return tuple([converted(f"{path}[{i}]", each, item, in_spec) for i, (each, item) in enumerate(pairs)])


def _one_of(path: str, annotation: Any, arguments: Any, value: Any, in_spec: bool) -> Any:
    # What fits as it is comes before what would have to be converted: 3 stays an int for Union[tf.Tensor, int].
    for each in sorted(arguments, key=lambda kind: kind is Tensor):
        try:
            return converted(path, each, value, in_spec)
        except (TypeError, ValueError):
            continue
    raise _wrong(path, annotation, value)


def _single(path: str, annotation: Any, value: Any, in_spec: bool) -> Any:
    if annotation is dtypes.DType:
        return dtypes.as_dtype(value)
    if annotation is TensorShape:
        return TensorShape(value)
    if annotation in _PLAIN:
        if type(value) is not annotation and not (isinstance(value, annotation) and annotation is not int):
            raise _wrong(path, annotation, value)
        return value
    if in_spec:
        return _spec(path, annotation, value)
    if annotation is Tensor:
        if isinstance(value, Tensor) or hasattr(value, "__symbolic_call__"):
            return value
        if isinstance(value, trees.CompositeTensor):
            raise _wrong(path, annotation, value)
        try:
            return convert.convert_to_tensor(value)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{path}: {error}") from None
    if not isinstance(value, annotation):
        raise _wrong(path, annotation, value)
    return value


def _spec(path: str, annotation: Any, value: Any) -> Any:
    if annotation is Tensor:
        if not isinstance(value, TensorSpec):
            raise _wrong(path, TensorSpec, value)
        return value
    held = value._registered_value_type if isinstance(value, TypeSpec) else object
    if held is not None and not issubclass(held, annotation):
        raise _wrong(path, f"spec of {annotation.__name__}", value)
    return value


# ---------------------------------------------------------------------------- taking apart


def _is_part(value: Any) -> bool:
    return isinstance(value, Tensor | trees.CompositeTensor) or hasattr(value, "__symbolic_call__")


def split(value: Any, parts: list[Any]) -> Any:
    """A field's value with SLOT for each tensor, which are put into `parts`."""
    if _is_part(value) or isinstance(value, TypeSpec):
        parts.append(value)
        return SLOT
    if isinstance(value, tuple):
        return tuple([split(item, parts) for item in value])
    if isinstance(value, ImmutableDict):
        return ImmutableDict({key: split(value[key], parts) for key in sorted(value, key=str)})
    return value


def join(static: Any, parts: Iterator[Any]) -> Any:
    """The opposite of `split`."""
    if static is SLOT:
        return next(parts)
    if isinstance(static, tuple):
        return tuple([join(item, parts) for item in static])
    if isinstance(static, ImmutableDict):
        return ImmutableDict({key: join(static[key], parts) for key in static})
    return static
