"""The variables of an optimizer, and their values as arrays and in files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from addax.core import errors
from addax.core.jax_programs import list_for_jax
from addax.core.tape import GradientTape
from addax.core.variable import Variable
from addax.keras import initializers
from addax.keras.stateless import StatelessOptimizer
from addax.ops import casting, creation


@list_for_jax
class CallableList(list):
    """`optimizer.variables`, which older programs call as `optimizer.variables()`."""

    def __call__(self) -> CallableList:
        """The list itself."""
        return self


class OptimizerWeights(StatelessOptimizer):
    """What is done with an optimizer's variables as a list, whatever its algorithm."""

    name: str
    loss_scale_factor: float | None
    _variables: list[Variable]

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
        if not getattr(self, "_built", False):
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
