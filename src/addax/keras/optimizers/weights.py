"""The variables of an optimizer, and their values as arrays and in files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from addax.core import errors
from addax.core.jax_programs import list_for_jax
from addax.core.variable import Variable
from addax.keras.stateless import StatelessOptimizer


@list_for_jax
class CallableList(list):
    """`optimizer.variables`, which older programs call as `optimizer.variables()`."""

    def __call__(self) -> CallableList:
        """The list itself."""
        return self


class OptimizerWeights(StatelessOptimizer):
    """What is done with an optimizer's variables as a list, whatever its algorithm."""

    name: str
    _variables: list[Variable]

    @property
    def variables(self) -> CallableList:
        """The counter and the slot variables, in the order in which they are saved."""
        return CallableList(self._variables)

    def get_weights(self) -> list[np.ndarray]:
        """The values of `variables` as NumPy arrays."""
        return [variable.numpy() for variable in self._variables]

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
        if len(arrays) != len(self._variables):
            raise ValueError(
                f"Optimizer '{self.name}' has {len(self._variables)} variables. Received: {len(arrays)} weights."
            )
        for variable, array in zip(self._variables, arrays, strict=True):
            if tuple(variable.shape) != array.shape:
                raise ValueError(
                    f"Optimizer variable {variable.name} has shape {variable.shape}, which is not compatible with the "
                    f"provided weight's shape {array.shape}."
                )
        for variable, array in zip(self._variables, arrays, strict=True):
            variable.assign(array)

    def save_own_variables(self, store: Any) -> None:
        """Put the values of `variables` into a store (a mapping), under "0", "1", ..."""
        for i, variable in enumerate(self._variables):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Take the values of `variables` from a store of `save_own_variables`; warns where the count differs."""
        if len(store.keys()) != len(self._variables):
            errors.warn_once(
                ("load_own_variables", self.name, len(self._variables), len(store.keys())),
                f"Skipping variable loading for optimizer '{self.name}', because it has {len(self._variables)} "
                f"variables whereas the saved optimizer has {len(store.keys())} variables.",
            )
            return
        for i, variable in enumerate(self._variables):
            variable.assign(np.asarray(store[str(i)]))
