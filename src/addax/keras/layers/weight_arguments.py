"""The arguments of `Layer.add_weight` as Keras 3 has them, beside those of Keras 2."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from addax.core.shapes import TensorShape
from addax.core.variable import VariableAggregation

F = TypeVar("F", bound=Callable[..., Any])

# What stands behind the shape where that comes first.
_ORDER = ("shape", "initializer", "dtype", "trainable", "autocast", "regularizer", "constraint", "aggregation")


def with_keras_3(add_weight: F) -> F:
    """`add_weight` that also takes the shape first, `autocast`, and an aggregation's name."""

    @functools.wraps(add_weight)
    def public(self: Any, *args: Any, **kwargs: Any) -> Any:
        if args and isinstance(args[0], tuple | list | TensorShape | int):
            kwargs.update(zip(_ORDER, args, strict=False))
            args = args[len(_ORDER) :]
        if "autocast" in kwargs:
            kwargs["experimental_autocast"] = kwargs.pop("autocast")
        how = kwargs.get("aggregation")
        if isinstance(how, str):
            names = [each.lower() for each in VariableAggregation.__members__]
            if how not in names:
                raise ValueError(
                    f"Layer {self.name}, add_weight: aggregation must be one of {names}. Received: {how!r}"
                )
            kwargs["aggregation"] = VariableAggregation[how.upper()]
        return add_weight(self, *args, **kwargs)

    return public  # type: ignore[return-value]
