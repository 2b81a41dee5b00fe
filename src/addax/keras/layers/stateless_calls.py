"""Layers as pure functions of their variables' values, as Keras 3 calls them from JAX programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from addax.core.jax_programs import arrays_of, tensors_of
from addax.core.variable import Variable
from addax.keras.stateless import StatelessScope, current_values, paired


class StatelessCalls:
    """The part of a layer that makes a pure function of its call."""

    name: str
    built: bool
    trainable_variables: Any
    non_trainable_variables: Any
    metrics: Any
    losses: Any

    def stateless_call(
        self,
        trainable_variables: Sequence[Any],
        non_trainable_variables: Sequence[Any],
        *args: Any,
        return_losses: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Call the layer with other values of its variables, which keep their own.

        It may be part of a JAX program: `jax.jit`, `jax.value_and_grad`. Random numbers are drawn anew by each run.

        Args:
            trainable_variables: an array for each of `self.trainable_variables`.
            non_trainable_variables: an array for each of `self.non_trainable_variables`.
            *args: as for a call.
            return_losses: whether to return the layer's losses as well.
            **kwargs: as for a call.

        Returns:
            (outputs, new values of the non-trainable variables), or (outputs, values, losses); JAX arrays.

        Raises:
            ValueError: the layer is not built, or another number of arrays.

        >>> import addax as tf
        >>> layer = tf.keras.layers.Dense(1, kernel_initializer="ones")
        >>> layer.build((None, 2))
        >>> y, _ = layer.stateless_call([[[1.0], [2.0]], [5.0]], [], tf.ones((1, 2)))
        >>> float(y[0, 0]), float(layer(tf.ones((1, 2)))[0, 0])
        (8.0, 2.0)
        """
        name = type(self).__name__
        who = f"{name}.stateless_call"
        if not self.built:
            raise ValueError(
                f"To call stateless_call, {name} must be built (i.e. its variables must have been already created).\n"
                "  To do: call it on data once, or its build(input_shape)."
            )
        own, rest = self.trainable_variables, self.non_trainable_variables
        pairs = paired(who, "trainable_variables", f"{name}.trainable_variables", own, trainable_variables)
        pairs += paired(
            who, "non_trainable_variables", f"{name}.non_trainable_variables", rest, non_trainable_variables
        )
        with StatelessScope(pairs) as scope:
            try:
                outputs = self(*tensors_of(args), **tensors_of(kwargs))  # type: ignore[operator]
                losses = arrays_of(list(self.losses)) if return_losses else None
            finally:
                self._forget_losses()  # type: ignore[attr-defined]
            outputs, after = arrays_of(outputs), current_values(scope, rest)
        return (outputs, after, losses) if return_losses else (outputs, after)

    @property
    def metrics_variables(self) -> list[Variable]:
        """The state of all metrics."""
        found = [variable for metric in self.metrics for variable in metric.variables]
        return list({id(variable): variable for variable in found}.values())

    @property
    def path(self) -> str | None:
        """The names of the layers that it was built in, and its own, joined by "/"; None before it is built."""
        path = self.__dict__.get("_path")
        return self.name if path is None and self.built else path
