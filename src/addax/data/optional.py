"""tf.experimental.Optional: a value, or none."""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core import convert, errors
from addax.core.spec import TypeSpec
from addax.core.tensor import Tensor
from addax.data import elements


class Optional:
    """A value that may be absent: what `Iterator.get_next_as_optional` gives.

    >>> import addax as tf
    >>> some = tf.data.experimental.Optional.from_value(42)
    >>> bool(some.has_value()), int(some.get_value())
    (True, 42)
    """

    def __init__(self, value: Any, spec: Any, present: bool) -> None:
        self._value, self._spec, self._present = value, spec, present

    @staticmethod
    def from_value(value: Any) -> Optional:
        """An optional that holds `value`."""
        element = elements.from_user(value)
        return Optional(elements.to_tensors(element), elements.spec_of(element), True)

    @staticmethod
    def empty(element_spec: Any) -> Optional:
        """An optional without a value, of the kind that `element_spec` says."""
        return Optional(None, element_spec, False)

    @property
    def element_spec(self) -> Any:
        """The structure of specs of the value."""
        return self._spec

    def has_value(self, name: str | None = None) -> Tensor:
        """Whether there is a value, as a bool tensor."""
        return convert.tensor_of(np.asarray(self._present))

    def get_value(self, name: str | None = None) -> Any:
        """The value.

        Raises:
            tf.errors.InvalidArgumentError: there is none.
        """
        if not self._present:
            raise errors.InvalidArgumentError(None, None, "The given optional does not have a value.")
        return self._value

    def _dataset_element_spec(self) -> Any:
        return OptionalSpec(self._spec)

    @property
    def _type_spec(self) -> Any:
        return OptionalSpec(self._spec)


class OptionalSpec(TypeSpec):
    """The spec of a `tf.experimental.Optional`.

    Args:
        element_spec: the structure of specs of the value.

    >>> import addax as tf
    >>> tf.OptionalSpec(tf.TensorSpec([], tf.int64)).value_type
    <class 'addax.data.optional.Optional'>
    """

    __slots__ = ("_element_spec",)

    def __init__(self, element_spec: Any) -> None:
        self._element_spec = element_spec

    def _serialize(self) -> tuple[Any, ...]:
        return (tuple(elements.flatten_specs(self._element_spec)),)

    def most_specific_common_supertype(self, others: Any) -> Any:
        """The most specific spec that all are subtypes of; None where there is none."""
        merged = self._element_spec
        for other in others:
            if not isinstance(other, OptionalSpec):
                return None
            try:
                merged = elements.merge_specs(merged, other._element_spec)
            except (TypeError, ValueError):
                return None
        return OptionalSpec(merged)

    @classmethod
    def from_value(cls, value: Any) -> OptionalSpec:
        """The spec of an optional."""
        return cls(value.element_spec)

    @property
    def value_type(self) -> type:
        """`tf.experimental.Optional`."""
        return Optional

    def __repr__(self) -> str:
        return f"OptionalSpec({self._element_spec!r},)"
