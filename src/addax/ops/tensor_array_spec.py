"""tf.TensorArraySpec: what is known of a TensorArray before it exists."""

from __future__ import annotations

from typing import Any

from addax.core import dtypes
from addax.core.shapes import TensorShape
from addax.core.spec import TypeSpec
from addax.ops.tensor_array import TensorArray


class TensorArraySpec(TypeSpec):
    """The spec of a `tf.TensorArray`.

    Args:
        element_shape: the shape of an element, which may be partly unknown.
        dtype: the dtype of the elements.
        dynamic_size: whether writes behind the end make it longer.
        infer_shape: whether all elements must have one shape.

    >>> import addax as tf
    >>> tf.TensorArraySpec([2], tf.int32)
    TensorArraySpec(TensorShape([2]), tf.int32, False, True)
    """

    __slots__ = ()

    def __init__(
        self,
        element_shape: Any = None,
        dtype: Any = dtypes.float32,
        dynamic_size: bool = False,
        infer_shape: bool = True,
    ) -> None:
        self._key = (TensorShape(element_shape), dtypes.as_dtype(dtype), bool(dynamic_size), bool(infer_shape))

    @property
    def value_type(self) -> type:
        """`tf.TensorArray`."""
        return TensorArray

    @staticmethod
    def from_value(value: TensorArray) -> TensorArraySpec:
        """The spec of a TensorArray."""
        return TensorArraySpec(value.element_shape, value.dtype, value.dynamic_size, value._same_shape)

    def is_compatible_with(self, other: Any) -> bool:  # type: ignore[override]
        """Whether a spec, or a TensorArray, could stand for the same thing."""
        return super().is_compatible_with(
            TensorArraySpec.from_value(other) if isinstance(other, TensorArray) else other
        )
