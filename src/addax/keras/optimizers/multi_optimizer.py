"""MultiOptimizer: other optimizers for other variables, as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from addax.core import errors
from addax.formats.patterns import check_patterns
from addax.keras import registry
from addax.keras.optimizers.loss_scale import LossScaleOptimizer
from addax.keras.optimizers.optimizer import Optimizer
from addax.keras.optimizers.weights import CallableList
from addax.keras.path_patterns import PathPatterns


class OptimizerMap(PathPatterns):
    """Optimizers by patterns of variables' paths ("encoder/dense/kernel"), for `MultiOptimizer`.

    Args:
        default_optimizer: of variables that no pattern matches.
        optimizer_map: {pattern: optimizer}.

    Raises:
        TypeError: something else than an optimizer or a dict.
        ValueError: a pattern that is there already, or several that match one path.

    >>> import addax as tf
    >>> adam, sgd = tf.keras.optimizers.Adam(), tf.keras.optimizers.SGD()
    >>> found = tf.keras.optimizers.OptimizerMap(adam)
    >>> found["encoder/.*"] = sgd
    >>> found["encoder/dense/kernel"] is sgd, found["decoder/dense/kernel"] is adam
    (True, True)
    """

    _serialized_as = ("keras.optimizers", "OptimizerMap")

    def __init__(self, default_optimizer: Any, optimizer_map: dict[str, Any] | None = None) -> None:
        if not isinstance(default_optimizer, Optimizer):
            raise TypeError(f"default_optimizer must be a Keras Optimizer instance. Received: {default_optimizer}")
        if not isinstance(optimizer_map, dict | None.__class__):
            raise TypeError(f"optimizer_map must be a dictionary. Received: {optimizer_map}")
        self.default_optimizer = default_optimizer
        self._found = {key: self._value(each) for key, each in (optimizer_map or {}).items()}

    def _value(self, given: Any) -> Any:
        return _checked(given, "OptimizerMap")

    def _otherwise(self) -> Any:
        return self.default_optimizer

    def __setitem__(self, key: str, value: Any) -> None:
        if not isinstance(key, str):
            raise ValueError(f"key must be a string. Received: {key}")
        super().__setitem__(key, value)

    def __call__(self, variable: Any) -> Any:
        """The optimizer of a variable."""
        return self[variable.path]

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, serialized."""
        write = registry.serialize_keras_object
        return {
            "default_optimizer": write(self.default_optimizer),
            "optimizer_map": {key: write(each) for key, each in self._found.items()},
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> OptimizerMap:
        """A map of a config that `get_config` gave.

        Raises:
            ValueError: a pattern whose search may take for ever; files say what they like.
        """
        given = config.get("optimizer_map") or {}
        check_patterns(given, "OptimizerMap", "optimizer_map")
        read = {key: registry.deserialize_keras_object(each, custom_objects) for key, each in given.items()}
        return cls(registry.deserialize_keras_object(config["default_optimizer"], custom_objects), read)


class MultiOptimizer(Optimizer):
    """Gives each variable to one of several optimizers.

    Learning rates and other options are those of the optimizers inside (`optimizers`).

    Args:
        optimizer_map: an `OptimizerMap`, or a function that returns a variable's optimizer.
        loss_scale_factor: what losses are multiplied by, for all optimizers.
        name: of this optimizer.

    >>> import addax as tf
    >>> keras = tf.keras
    >>> a, b = keras.Variable(1.0, name="a"), keras.Variable(1.0, name="b")
    >>> rates = keras.optimizers.OptimizerMap(keras.optimizers.SGD(0.5), {"a": keras.optimizers.SGD(0.25)})
    >>> keras.optimizers.MultiOptimizer(rates).apply([tf.constant(1.0), tf.constant(1.0)], [a, b]).numpy()
    np.int64(1)
    >>> float(a), float(b)
    (0.75, 0.5)
    """

    def __init__(
        self,
        optimizer_map: OptimizerMap | Callable[[Any], Any],
        loss_scale_factor: float | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name or "multi_optimizer", loss_scale_factor=loss_scale_factor)
        self._optimizer_map = optimizer_map
        self._inner_optimizers: list[Any] = []
        if isinstance(optimizer_map, OptimizerMap):
            for inner in (*optimizer_map.values(), optimizer_map.default_optimizer):
                self._number(inner)

    def _number(self, inner: Any) -> int:
        """The place of an optimizer, new or known, among those inside."""
        for place, known in enumerate(self._inner_optimizers):
            if known is inner:
                return place
        self._inner_optimizers.append(_checked(inner, "MultiOptimizer"))
        return len(self._inner_optimizers) - 1

    @property
    def optimizers(self) -> list[Any]:
        """The optimizers inside."""
        return self._inner_optimizers

    def build(self, var_list: Sequence[Any]) -> None:
        """Give the variables out, and make the optimizers' slot variables."""
        if getattr(self, "_built", False):
            return
        super().build(var_list)
        self._owners = [self._number(self._optimizer_map(variable)) for variable in var_list]
        for place, inner in enumerate(self._inner_optimizers):
            own = [variable for variable, owner in zip(var_list, self._owners, strict=True) if owner == place]
            if own:
                inner._build_scoped(own, None)
        self._built = True

    def _shares(self, variables: Sequence[Any]) -> dict[int, list[int]]:
        """Which of the variables belong to which optimizer, by their places."""
        shares: dict[int, list[int]] = {}
        for i, variable in enumerate(variables):
            shares.setdefault(self._owners[self._position(variable)], []).append(i)
        return shares

    def _step(self, grads: list[Any], variables: list[Any]) -> None:
        for place, share in self._shares(variables).items():
            inner = self._inner_optimizers[place]
            inner._compute_current_learning_rate()
            inner._step([grads[i] for i in share], [variables[i] for i in share])
        self._iterations.assign_add(np.int64(1))

    def finalize_variable_values(self, var_list: Sequence[Any]) -> None:
        """Give variables their final values at the end of training, each by its optimizer."""
        for place, share in self._shares(var_list).items():
            self._inner_optimizers[place].finalize_variable_values([var_list[i] for i in share])

    @property
    def variables(self) -> CallableList:
        """The counter of steps, then the variables of each optimizer."""
        return CallableList([*self._variables, *[each for inner in self._inner_optimizers for each in inner.variables]])

    @property
    def learning_rate(self) -> Any:
        """There is none: each optimizer has its own.

        Raises:
            AttributeError: always.
        """
        raise AttributeError(
            errors.message(
                "MultiOptimizer.learning_rate",
                expected="the learning rate of one of the optimizers inside",
                received="a MultiOptimizer",
                hint="[inner.learning_rate for inner in optimizer.optimizers]",
            )
        )

    @learning_rate.setter
    def learning_rate(self, learning_rate: Any) -> None:
        raise AttributeError("Learning rate cannot be set on a MultiOptimizer. To do: set it on its `optimizers`.")

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "optimizer_map": registry.serialize_keras_object(self._optimizer_map),
            "loss_scale_factor": self.loss_scale_factor,
            "name": self.name,
            "is_legacy_optimizer": False,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> MultiOptimizer:
        """An optimizer of a config that `get_config` gave."""
        config = {key: value for key, value in config.items() if key != "is_legacy_optimizer"}
        known = {"OptimizerMap": OptimizerMap, **(custom_objects or {})}
        config["optimizer_map"] = registry.deserialize_keras_object(config["optimizer_map"], known)
        return cls(**config)


def _checked(inner: Any, who: str) -> Any:
    """An optimizer that may stand inside."""
    if not isinstance(inner, Optimizer):
        raise ValueError(f"{who}: expected a Keras Optimizer instance. Received: {inner}")
    if isinstance(inner, LossScaleOptimizer | MultiOptimizer):
        raise ValueError(f"{who}: optimizer cannot be a {type(inner).__name__}.")
    return inner


registry.register("optimizer", MultiOptimizer, "multioptimizer")
