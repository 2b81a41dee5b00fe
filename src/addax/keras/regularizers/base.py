"""Regularizers: penalties on weights or outputs, added to the loss."""

from __future__ import annotations

import math
from typing import Any

from addax.core import convert
from addax.core.tensor import Tensor
from addax.keras import config as settings
from addax.keras import registry
from addax.ops import penalties


def _checked(value: Any) -> float:
    """A penalty as the default float type holds it.

    Raises:
        ValueError: not a finite number.
    """
    if not isinstance(value, int | float) or isinstance(value, bool):
        try:
            value = float(value.numpy() if hasattr(value, "numpy") else _refuse(value))
        except (TypeError, AttributeError):
            _refuse(value)
    if math.isnan(value) or math.isinf(value):
        raise ValueError(
            f"Value {value} is not a valid regularization penalty number, an infinite number or NaN are not valid "
            "values."
        )
    return settings.rounded(value)


def _refuse(value: Any) -> Any:
    if hasattr(value, "item"):  # NumPy scalars
        return value.item()
    raise ValueError(f"Value {value} is not a valid regularization penalty number, expected an int or float value.")


class Regularizer:
    """Base class of regularizers; subclasses define `__call__`.

    >>> import addax as tf
    >>> class Tiny(tf.keras.regularizers.Regularizer):
    ...     def __call__(self, x):
    ...         return 1e-3 * tf.reduce_sum(x)
    >>> round(float(Tiny()(tf.ones([2]))), 4)
    0.002
    """

    def __call__(self, x: Any) -> Any:
        """The penalty.

        Args:
            x: a weight or an output.

        Returns:
            A scalar tensor.
        """
        return 0.0

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments.

        Raises:
            NotImplementedError: the subclass does not define it.
        """
        raise NotImplementedError(f"{self} does not implement get_config()")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Regularizer:
        """A regularizer from what `get_config` returned."""
        return cls(**config)


def _tensor(x: Any) -> Any:
    return x if isinstance(x, Tensor) or hasattr(x, "__tf_value__") else convert.convert_to_tensor(x)


def _only(given: dict[str, Any], old: str, value: Any) -> Any:
    """The value of an argument that had another name in older Keras."""
    value = given.pop(old, value)
    if given:
        raise TypeError(f"Argument(s) not recognized: {given}")
    return value


class L1L2(Regularizer):
    """l1 sum |x| + l2 sum x².

    Args:
        l1: factor of the absolute values.
        l2: factor of the squares.

    >>> import addax as tf
    >>> float(tf.keras.regularizers.L1L2(l1=0.5, l2=0.25)([1.0, -2.0]))
    2.75
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = _checked(0.0 if l1 is None else l1)
        self.l2 = _checked(0.0 if l2 is None else l2)

    def __call__(self, x: Any) -> Any:
        """The penalty of a tensor."""
        x = _tensor(x)
        if not self.l1 and not self.l2 and not hasattr(x, "__symbolic_call__"):
            return convert.constant(0.0, dtype=x.dtype)
        return penalties.l1_l2(x, self.l1 or None, self.l2 or None)

    def get_config(self) -> dict[str, Any]:
        """The factors."""
        return {"l1": self.l1, "l2": self.l2}


class L1(Regularizer):
    """l1 sum |x|.

    Args:
        l1: the factor.
        **kwargs: `l`, the factor's name in older Keras.

    >>> import addax as tf
    >>> float(tf.keras.regularizers.L1(0.5)([1.0, -2.0]))
    1.5
    """

    def __init__(self, l1: float = 0.01, **kwargs: Any) -> None:
        l1 = _only(kwargs, "l", l1)
        self.l1 = _checked(0.01 if l1 is None else l1)

    def __call__(self, x: Any) -> Any:
        """The penalty of a tensor."""
        return penalties.l1_l2(_tensor(x), self.l1)

    def get_config(self) -> dict[str, Any]:
        """The factor."""
        return {"l1": self.l1}


class L2(Regularizer):
    """l2 sum x².

    Args:
        l2: the factor.
        **kwargs: `l`, the factor's name in older Keras.

    >>> import addax as tf
    >>> float(tf.keras.regularizers.L2(0.5)([1.0, -2.0]))
    2.5
    """

    def __init__(self, l2: float = 0.01, **kwargs: Any) -> None:
        l2 = _only(kwargs, "l", l2)
        self.l2 = _checked(0.01 if l2 is None else l2)

    def __call__(self, x: Any) -> Any:
        """The penalty of a tensor."""
        return penalties.l1_l2(_tensor(x), None, self.l2)

    def get_config(self) -> dict[str, Any]:
        """The factor."""
        return {"l2": self.l2}


class OrthogonalRegularizer(Regularizer):
    """Penalizes rows (or columns) of a matrix that are not orthogonal: factor times the mean |cosine| of pairs.

    Args:
        factor: the factor.
        mode: "rows" or "columns".

    Raises:
        ValueError: another mode; at the call: not a matrix.

    >>> import addax as tf
    >>> float(tf.keras.regularizers.OrthogonalRegularizer(0.5)([[1.0, 0.0], [1.0, 0.0]]))
    0.5
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = _checked(factor)
        if mode not in ("rows", "columns"):
            raise ValueError(
                f'Invalid value for argument `mode`. Expected one of {{"rows", "columns"}}. Received: mode={mode}'
            )
        self.mode = mode

    def __call__(self, inputs: Any) -> Any:
        """The penalty of a matrix."""
        inputs = _tensor(inputs)
        if len(inputs.shape) != 2:
            raise ValueError(
                f"Inputs to OrthogonalRegularizer must have rank 2. Received: inputs.shape == {inputs.shape}"
            )
        return penalties.orthogonality(inputs, self.factor, self.mode)

    def get_config(self) -> dict[str, Any]:
        """The factor and mode."""
        return {"factor": self.factor, "mode": self.mode}


def l1_l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """An `L1L2` regularizer, with factors of 0.01 by default.

    >>> import addax as tf
    >>> float(tf.keras.regularizers.l1_l2(l1=0.5, l2=0.25)([1.0, -2.0]))
    2.75
    """
    return L1L2(l1=l1, l2=l2)


registry.register("regularizer", L1L2, "l1_l2")
registry.register("regularizer", L1, "l1")
registry.register("regularizer", L2, "l2")
registry.register("regularizer", OrthogonalRegularizer, "orthogonal_regularizer")
