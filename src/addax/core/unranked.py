"""Arguments of a traced function whose rank its `input_signature` leaves open.

XLA knows no arrays without a rank, so that such a function is traced for each rank that it is called with. Its code
sees an unknown shape nevertheless, as in TensorFlow, and decides alike; Addax's own code sees the shape. Only the
argument itself is like that: what is computed of it has a rank, and None for the sizes.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from typing import Any

from addax.core.shapes import TensorShape
from addax.core.tensor import _PASSES_ON, Tensor, _is_own, shown_shape


def _is_ours() -> bool:
    """Whether Addax's own code asks."""
    frame: Any = sys._getframe(2)
    while frame is not None and frame.f_globals.get("__name__") in _PASSES_ON:
        frame = frame.f_back
    return frame is not None and _is_own(frame)


class UnrankedTensor(Tensor):
    """A tensor whose shape is not known to users' code, until they set it."""

    __slots__ = ()

    @property
    def shape(self) -> TensorShape:
        """The shape: unknown."""
        return TensorShape.of(self._value.shape) if _is_ours() else TensorShape(None)

    @property
    def ndim(self) -> Any:  # type: ignore[override]
        """The number of dimensions: None."""
        return self._value.ndim if _is_ours() else None

    def get_shape(self) -> TensorShape:
        """The shape; the older spelling of `.shape`."""
        return TensorShape.of(self._value.shape) if _is_ours() else TensorShape(None)

    def set_shape(self, shape: Any) -> None:
        """Check that the shape is compatible with `shape`, which is known from now on."""
        known = shown_shape(self._value.shape)
        if TensorShape(shape).rank is not None:
            self.__class__ = Tensor  # type: ignore[assignment]
            Tensor.set_shape(self, shape if known.rank is not None else None)

    def __repr__(self) -> str:
        return f"<tf.Tensor '{self._called()}' shape=<unknown> dtype={self.dtype.name}>"

    def __str__(self) -> str:
        return f'Tensor("{self._called()}", dtype={self.dtype.name})'

    def _called(self) -> str:
        return f"{getattr(self, '_name', None) or 'Tensor'}:0"


def hide_ranks(tensors: Sequence[Tensor], places: Collection[int]) -> list[Tensor]:
    """Tensors of which those at `places` have shapes that users' code does not know."""
    made = [UnrankedTensor(each._value) if place in places else each for place, each in enumerate(tensors)]
    for before, after in zip(tensors, made, strict=True):
        if after is not before and getattr(before, "_name", None):
            after._name = before._name
    return made
