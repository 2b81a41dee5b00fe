"""`keras.Variable`: variables with Keras 3's arguments and names."""

from __future__ import annotations

from typing import Any

from addax.core import context, convert, dtypes
from addax.core.shapes import TensorShape
from addax.core.tensor import Tensor
from addax.core.variable import VariableAggregation, VariableSynchronization
from addax.distribute.layouts import place
from addax.keras import allowance, constraints, distribution, initializers, naming, regularizers
from addax.keras.config import floatx
from addax.keras.layers.autocast import AutoCastVariable
from addax.ops import casting


class Variable(AutoCastVariable):
    """A tensor that can be assigned to; a `tf.Variable` with the face of Keras 3.

    Args:
        initializer: the value; or a function of (shape, dtype), or the name of an initializer, with a `shape`.
        shape: the shape.
        dtype: the dtype; by default that of the value, `floatx()` where an initializer makes it.
        trainable: whether training updates it.
        autocast: whether mixed-precision layers see it in their compute dtype.
        aggregation: how copies on several devices are brought together: "none", "mean", "sum", "only_first_replica".
        synchronization: when they are: "auto", "none", "on_write", "on_read".
        name: the name, without "/"; by default "variable", numbered.
        layout: a `keras.distribution.TensorLayout`; by default, what the distribution that is set says.

    Attributes:
        value: the current value, a tensor that later assignments do not change.
        path: the name behind the open name scopes.

    Raises:
        ValueError: an initializer without a shape, a name with "/", or an unknown aggregation or synchronization.

    >>> from addax import keras
    >>> v = keras.Variable("ones", shape=(2,), name="scale")
    >>> v.assign(v * 3.0)
    <Variable path=scale, shape=(2,), dtype=float32, value=[3. 3.]>
    >>> v.value.numpy().tolist()
    [3.0, 3.0]
    """

    overwrite_with_gradient = False

    def __init__(
        self,
        initializer: Any,
        shape: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: str | None = "none",
        synchronization: str | None = "auto",
        name: str | None = None,
        layout: Any = None,
    ) -> None:
        value = _first_value(initializer, shape, dtype)
        name = naming.unique_name("variable") if name is None else name
        if not isinstance(name, str) or "/" in name:
            raise ValueError(f"Argument `name` must be a string without `/`. Received: name={name!r}")
        self._short_name, self._autocast = name, autocast
        self._regularizer: Any = None
        super().__init__(
            value, trainable, name=name, dtype=dtype,
            aggregation=VariableAggregation[_choice("aggregation", aggregation, VariableAggregation)],
            synchronization=VariableSynchronization[
                _choice("synchronization", synchronization, VariableSynchronization)
            ],
        )  # fmt: skip
        self._trainable = bool(trainable)
        if layout is not None:
            place(self, layout)
        else:
            distribution.placed(self)

    def __tf_operand__(self) -> Any:
        return super().__tf_operand__() if self._autocast else self

    @property
    def name(self) -> str:
        """The name, as it was given."""
        return self._short_name

    @property
    def value(self) -> Tensor:  # type: ignore[override]
        """The current value."""
        return self.read_value()

    @property
    def trainable(self) -> bool:
        """Whether training updates it."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)

    @property
    def regularizer(self) -> Any:
        """What of it is added to the losses of the layer that holds it."""
        return self._regularizer

    @regularizer.setter
    def regularizer(self, value: Any) -> None:
        self._regularizer = regularizers.get(value)

    @property
    def constraint(self) -> Any:
        """The projection that optimizers apply after an update."""
        return self._constraint

    @constraint.setter
    def constraint(self, value: Any) -> None:
        self._constraint = constraints.get(value)

    def __repr__(self) -> str:
        value = "" if context.state.trace is not None else f", value={self.numpy()}"
        return f"<Variable path={self.path}, shape={tuple(self.shape)}, dtype={self.dtype.name}{value}>"


def _choice(argument: str, given: str | None, among: Any) -> str:
    name = (given or "none").upper()
    if name not in among.__members__:
        raise ValueError(
            f"keras.Variable: {argument} must be one of {[each.lower() for each in among.__members__]}. "
            f"Received: {given!r}"
        )
    return name


def _first_value(initializer: Any, shape: Any, dtype: Any) -> Any:
    """The value to start with, or the function that makes it."""
    make = initializers.get(initializer) if isinstance(initializer, str) else initializer
    if not callable(make) or convert.is_tensor(make):
        value = convert.convert_to_tensor(make)
        value = value if dtype is None else casting.cast(value, dtype)
        if shape is not None and not TensorShape(shape).is_compatible_with(value.shape):
            raise ValueError(f"keras.Variable: expected a value of shape {tuple(shape)}, received {value.shape}")
        return value
    if shape is None:
        raise ValueError(
            "When creating a Variable from an initializer, the `shape` argument should be specified. "
            f"Received: initializer={make} and shape={shape}"
        )
    sizes, kind = tuple(int(size) for size in TensorShape(shape).as_list()), dtypes.as_dtype(dtype or floatx())
    allowance.spend("keras.Variable", sizes, kind.size)
    return lambda: make(sizes, dtype=kind)
