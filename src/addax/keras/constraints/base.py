"""Constraints: projections that optimizers apply to weights after each update."""

from __future__ import annotations

from typing import Any

from addax.core import convert, errors
from addax.core.tensor import Tensor
from addax.keras import config as settings
from addax.keras import registry
from addax.ops import penalties


class Constraint:
    """Base class of constraints; subclasses define `__call__`.

    >>> import addax as tf
    >>> class Halved(tf.keras.constraints.Constraint):
    ...     def __call__(self, w):
    ...         return w / 2
    >>> float(Halved()(tf.constant(3.0)))
    1.5
    """

    def __call__(self, w: Any) -> Any:
        """The projection.

        Args:
            w: a weight.

        Returns:
            A tensor of its shape and dtype.
        """
        return w

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Constraint:
        """A constraint from what `get_config` returned."""
        return cls(**config)


def _tensor(w: Any) -> Any:
    return w if isinstance(w, Tensor) or hasattr(w, "__tf_value__") else convert.convert_to_tensor(w)


def _check_number(who: str, value: Any) -> None:
    if isinstance(value, str) or value is None:
        raise TypeError(errors.message(who, expected="a number", received=value, hint="pass a float, such as 2.0"))


class MaxNorm(Constraint):
    """Scales weights down to a norm of at most `max_value`.

    Args:
        max_value: the largest norm.
        axis: along which norms are taken: 0 for a Dense kernel [in, out], [0, 1, 2] for a Conv2D kernel.

    >>> import addax as tf
    >>> tf.keras.constraints.MaxNorm(1.0)([[3.0], [4.0]]).numpy().round(3).tolist()
    [[0.6000000238418579], [0.800000011920929]]
    """

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        """The weight, scaled."""
        _check_number("MaxNorm, max_value", self.max_value)
        return penalties.limit_norms(_tensor(w), None, self.max_value, 1.0, self.axis, settings.epsilon())

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"max_value": self.max_value, "axis": self.axis}


class MinMaxNorm(Constraint):
    """Scales weights to a norm from `min_value` to `max_value`.

    Args:
        min_value: the smallest norm.
        max_value: the largest norm.
        rate: the share of the way to go at each step, above 0 and up to 1.
        axis: along which norms are taken.

    >>> import addax as tf
    >>> tf.keras.constraints.MinMaxNorm(0.0, 5.0)([[3.0], [4.0]]).numpy().round(3).tolist()
    [[3.0], [4.0]]
    """

    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0) -> None:
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        """The weight, scaled."""
        for name in ("min_value", "max_value", "rate"):
            _check_number(f"MinMaxNorm, {name}", getattr(self, name))
        return penalties.limit_norms(
            _tensor(w), self.min_value, self.max_value, self.rate, self.axis, settings.epsilon()
        )

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"min_value": self.min_value, "max_value": self.max_value, "rate": self.rate, "axis": self.axis}


class NonNeg(Constraint):
    """Sets negative weights to zero.

    >>> import addax as tf
    >>> tf.keras.constraints.NonNeg()([1.0, -1.0]).numpy().tolist() == [1.0, 0.0]
    True
    """

    def __call__(self, w: Any) -> Any:
        """The weight without negative entries."""
        return penalties.not_negative(_tensor(w))


class UnitNorm(Constraint):
    """Scales weights to norm 1.

    Args:
        axis: along which norms are taken.

    >>> import addax as tf
    >>> tf.keras.constraints.UnitNorm()([[3.0], [4.0]]).numpy().round(3).tolist()
    [[0.6000000238418579], [0.800000011920929]]
    """

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        """The weight, scaled."""
        return penalties.unit_norms(_tensor(w), self.axis, settings.epsilon())

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"axis": self.axis}


class RadialConstraint(Constraint):
    """Makes square convolution kernels [size, size, in, out] equal along rings around their centre.

    >>> import addax as tf
    >>> kernel = tf.reshape(tf.range(9.0), [3, 3, 1, 1])
    >>> tf.keras.constraints.RadialConstraint()(kernel)[:, :, 0, 0].numpy().tolist()
    [[4.0, 4.0, 4.0], [4.0, 0.0, 4.0], [4.0, 4.0, 4.0]]
    """

    def __call__(self, w: Any) -> Any:
        """The kernel, made radial.

        Raises:
            ValueError: not rank 4, or not square.
        """
        w = _tensor(w)
        if len(w.shape) != 4:
            raise ValueError(f"The weight tensor must have rank 4. Received weight tensor with shape: {w.shape}")
        if w.shape[0] != w.shape[1]:
            raise ValueError(f"The kernels must be square. Received weight tensor with shape: {w.shape}")
        return penalties.radial(w)


registry.register("constraint", MaxNorm, "max_norm", "maxnorm")
registry.register("constraint", MinMaxNorm, "min_max_norm")
registry.register("constraint", NonNeg, "non_neg", "nonneg")
registry.register("constraint", UnitNorm, "unit_norm", "unitnorm")
registry.register("constraint", RadialConstraint, "radial_constraint")
