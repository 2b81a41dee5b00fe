"""Operation: Keras 3's word for what can be called on symbolic tensors, with or without weights."""

from __future__ import annotations

from typing import Any

from addax.keras.layers.base import Layer


class _Kind(type(Layer)):  # type: ignore[misc]
    """Every layer is an `Operation`, as in Keras 3, whose layers inherit from it."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return super().__instancecheck__(instance) or (cls is Operation and isinstance(instance, Layer))

    def __subclasscheck__(cls, subclass: type) -> bool:
        return super().__subclasscheck__(subclass) or (cls is Operation and issubclass(subclass, Layer))


class Operation(Layer, metaclass=_Kind):
    """A base class of computations without weights: `call` computes; on symbolic tensors a call is part of a model.

    Args:
        name: among the layers of a model; by default the class's name and a number.

    >>> from addax import keras
    >>> class Scaled(keras.Operation):
    ...     def __init__(self, factor, name=None):
    ...         super().__init__(name=name)
    ...         self.factor = factor
    ...     def call(self, x):
    ...         return x * self.factor
    >>> Scaled(2.0)(keras.ops.ones((2,))).numpy().tolist()
    [2.0, 2.0]
    >>> x = keras.Input((3,))
    >>> keras.Model(x, Scaled(3.0)(x)).output_shape
    (None, 3)
    >>> isinstance(keras.layers.Dense(1), keras.Operation)
    True
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name=name, autocast=False)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs: the name, and what the constructor was called with."""
        return {"name": self.name, **self._constructor_config()}

    get_config.automatic = True  # type: ignore[attr-defined]
