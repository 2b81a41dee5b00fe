"""The attributes of NumPy's arrays that tensors get by `experimental_enable_numpy_behavior`, and say so before."""

from __future__ import annotations

from typing import Any

from addax.core import errors

NAMES = (
    "T", "astype", "clip", "data", "flatten", "item", "max", "mean", "min", "ravel", "reshape", "size", "tolist",
    "transpose",
)  # fmt: skip


class _NotYet:
    """An attribute that is missing, with a word on how to get it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        raise AttributeError(
            errors.message(
                f"Tensor object has no attribute '{self._name}'",
                hint="call tf.experimental.numpy.experimental_enable_numpy_behavior() once, if you are looking for "
                "NumPy's methods",
            ),
            name=self._name,
        )


def offer_numpy_attributes(cls: type) -> None:
    """Let the attributes of NumPy's arrays explain why they are missing."""
    for name in NAMES:
        setattr(cls, name, _NotYet(name))
