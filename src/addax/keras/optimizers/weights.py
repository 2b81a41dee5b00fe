"""The variables of an optimizer, and their values as arrays and in files."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np

from addax.core import dtypes, errors
from addax.core.jax_programs import list_for_jax
from addax.core.tape import GradientTape
from addax.core.tensor import Tracer
from addax.core.trace import MustRunOnce
from addax.core.variable import Variable
from addax.distribute.layouts import place_like
from addax.keras import initializers
from addax.keras.config import floatx
from addax.keras.optimizers.step import true_dtype
from addax.keras.stateless import StatelessOptimizer
from addax.ops import casting, creation


@list_for_jax
class CallableList(list):
    """`optimizer.variables`, which older programs call as `optimizer.variables()`."""

    def __call__(self) -> CallableList:
        """The list itself."""
        return self


@functools.cache
def takes_learning_rate(kind: type) -> bool:
    """Whether a class of optimizers has an `update_step` that takes the learning rate, as Keras 3's have."""
    return len(inspect.signature(kind.update_step).parameters) > 3  # type: ignore[attr-defined]


class OptimizerWeights(StatelessOptimizer):
    """What is done with an optimizer's variables as a list, whatever its algorithm."""

    name: str
    loss_scale_factor: float | None
    _variables: list[Variable]

    @property
    def built(self) -> bool:
        """Whether slot variables were made."""
        return bool(getattr(self, "_built", False)) or getattr(self, "_index_dict", None) is not None

    def _get_variable_index(self, variable: Any) -> int:
        """Where a variable stands among those that the optimizer was built for; Keras 3's name."""
        return self._position(variable)  # type: ignore[attr-defined]

    @property
    def variables(self) -> CallableList:
        """The counter and the slot variables, in the order in which they are saved."""
        return CallableList(self._variables)

    def get_weights(self) -> list[np.ndarray]:
        """The values of `variables` as NumPy arrays."""
        return [variable.numpy() for variable in self.variables]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set the values of `variables`, in their order.

        Raises:
            ValueError: the optimizer is not built, or a shape or the number of weights differs.
        """
        if not self.built:
            raise ValueError(
                "You are calling `set_weights()` on an optimizer that has not yet been built. "
                "Please call `optimizer.build(trainable_variables)` first."
            )
        arrays = [np.asarray(weight) for weight in weights]
        if len(arrays) != len(self.variables):
            raise ValueError(
                f"Optimizer '{self.name}' has {len(self.variables)} variables. Received: {len(arrays)} weights."
            )
        for variable, array in zip(self.variables, arrays, strict=True):
            if tuple(variable.shape) != array.shape:
                raise ValueError(
                    f"Optimizer variable {variable.name} has shape {variable.shape}, which is not compatible with the "
                    f"provided weight's shape {array.shape}."
                )
        for variable, array in zip(self.variables, arrays, strict=True):
            variable.assign(array)

    def save_own_variables(self, store: Any) -> None:
        """Put the values of `variables` into a store (a mapping), under "0", "1", ..."""
        for i, variable in enumerate(self.variables):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Take the values of `variables` from a store of `save_own_variables`; warns where the count differs."""
        if len(store.keys()) != len(self.variables):
            errors.warn_once(
                ("load_own_variables", self.name, len(self.variables), len(store.keys())),
                f"Skipping variable loading for optimizer '{self.name}', because it has {len(self.variables)} "
                f"variables whereas the saved optimizer has {len(store.keys())} variables.",
            )
            return
        for i, variable in enumerate(self.variables):
            variable.assign(np.asarray(store[str(i)]))

    def add_variable(
        self, shape: Any, dtype: Any = None, initializer: Any = "zeros", name: str | None = None
    ) -> Variable:
        """Make a variable of the optimizer's own.

        Args:
            shape: its shape (None: a scalar).
            dtype: its dtype, by default `keras.backend.floatx()`.
            initializer: a name, or a function of (shape, dtype).
            name: its name.

        Returns:
            The variable, which `variables` lists from now on.
        """
        dtype = dtypes.as_dtype(dtype or floatx())
        shape = () if shape is None else tuple(int(size) for size in shape)
        if initializer == "zeros":
            value = np.zeros(shape, dtype.np)
        else:
            value = (initializers.get(initializer) if isinstance(initializer, str) else initializer)(shape, dtype)
        variable = Variable(value, name=name, dtype=dtype, trainable=False)
        self._variables.append(variable)
        return variable

    def add_variable_from_reference(
        self,
        model_variable: Any = None,
        variable_name: Any = None,
        shape: Any = None,
        initial_value: Any = None,
        *,
        reference_variable: Any = None,
        name: str | None = None,
        initializer: Any = None,
    ) -> Variable:
        """Make a slot variable for a model's variable.

        Args:
            model_variable: the variable of the model.
            variable_name: the slot's name; the variable is called `{variable_name}/{model_variable's name}`.
            shape: its shape, by default the model variable's.
            initial_value: its value, by default zeros.
            reference_variable: Keras 3's name of `model_variable`.
            name: Keras 3's name of `variable_name`.
            initializer: of the value, or its name; in Keras 3 the third argument.

        Returns:
            The variable, which `variables` lists from now on.
        """
        model_variable = reference_variable if model_variable is None else model_variable
        variable_name = name if variable_name is None else variable_name
        if isinstance(shape, str) or callable(shape):
            shape, initializer = None, shape
        dtype = true_dtype(model_variable)
        if initializer is not None and initializer != "zeros":
            initial_value = initializers.get(initializer)(tuple(model_variable.shape), dtype)
        if initial_value is None:
            shape = tuple(model_variable.shape) if shape is None else tuple(int(size) for size in shape)
            initial_value = np.zeros(shape, dtype.np)
        elif isinstance(getattr(initial_value, "_value", None), Tracer):
            raise MustRunOnce(f"{type(self).__name__} starts slot variables from values of the function being traced")
        variable = Variable(
            initial_value, name=f"{variable_name}/{model_variable._shared_name}", dtype=dtype, trainable=False
        )
        place_like(variable, model_variable)
        self._variables.append(variable)
        return variable

    # ------------------------------------------------------------------ what optimizers of Keras 3 call

    def add_optimizer_variables(
        self, trainable_variables: Sequence[Any], name: str | Sequence[str], initializer: Any = "zeros"
    ) -> Any:
        """Slot variables of the model's variables: a list of them, or a tuple of lists, one for each name.

        Args:
            trainable_variables: the model's variables.
            name: of the slot, or of several.
            initializer: of their values, or one for each name.
        """
        names = [name] if isinstance(name, str) else list(name)
        ways = initializer if isinstance(initializer, list | tuple) else [initializer] * len(names)

        def made(slot: str, way: Any) -> list[Any]:
            draw = initializers.get(way)
            return [
                self.add_variable_from_reference(v, slot, initial_value=draw(tuple(v.shape), v.dtype))  # type: ignore[attr-defined]
                for v in trainable_variables
            ]

        slots = tuple([made(slot, way) for slot, way in zip(names, ways, strict=True)])
        return slots[0] if isinstance(name, str) else slots

    def assign(self, variable: Variable, value: Any) -> None:
        """Give a variable a value."""
        variable.assign(casting.cast(value, variable.dtype))

    def assign_add(self, variable: Variable, value: Any) -> None:
        """Add to a variable."""
        variable.assign_add(casting.cast(value, variable.dtype))

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """Subtract from a variable."""
        variable.assign_sub(casting.cast(value, variable.dtype))

    def scale_loss(self, loss: Any) -> Any:
        """The loss whose gradients `apply_gradients` takes: multiplied by `loss_scale_factor`, if there is one.

        >>> import addax as tf
        >>> tf.keras.optimizers.SGD(loss_scale_factor=4.0).scale_loss(2.0)
        8.0
        """
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def _scaled_pairs(self, loss: Any, var_list: Any, tape: GradientTape | None) -> list[tuple[Any, Any]]:
        """`compute_gradients` of the scaled loss."""
        if callable(loss) or tape is None:
            scaled = (lambda: self.scale_loss(loss())) if callable(loss) else loss
            return self.compute_gradients(scaled, var_list, tape)  # type: ignore[attr-defined]
        slope = creation.ones_like(loss) * self.loss_scale_factor
        return list(zip(tape.gradient(loss, var_list, output_gradients=slope), var_list, strict=True))
