"""tf.type_spec_from_value: the spec of any value that TensorFlow's functions take."""

from __future__ import annotations

from typing import Any

from addax.core import convert, dtypes
from addax.core.shapes import TensorShape
from addax.core.spec import TensorSpec, TypeSpec, spec_of


def type_spec_from_value(value: Any) -> TypeSpec:
    """The spec of a tensor, a composite tensor, a dataset, or of what converts to a tensor.

    Args:
        value: the value.

    Returns:
        A `tf.TypeSpec`.

    Raises:
        TypeError: there is no spec for such values.

    >>> import addax as tf
    >>> tf.type_spec_from_value(tf.data.Dataset.range(2)).element_spec
    TensorSpec(shape=(), dtype=tf.int64, name=None)
    >>> tf.type_spec_from_value([1.0, 2.0])
    TensorSpec(shape=(2,), dtype=tf.float32, name=None)
    """
    found = spec_of(value)
    if found is None:
        found = getattr(value, "_type_spec", None)
    if isinstance(found, TypeSpec):
        return found
    try:
        array = convert.value_of(value)
        return TensorSpec(TensorShape(array.shape), dtypes.from_numpy(array.dtype))
    except (TypeError, ValueError):
        raise TypeError(f"Could not build a `TypeSpec` for {value!r:.80} with type {type(value).__name__}.") from None
