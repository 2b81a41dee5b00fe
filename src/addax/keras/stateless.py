"""Layers, metrics and optimizers as pure functions of their variables' values, as Keras 3 has them for JAX programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from addax.core import context, convert
from addax.core.jax_programs import arrays_of
from addax.core.stateless import Stateless
from addax.core.tensor import Tensor
from addax.core.variable import Variable


class StatelessScope(Stateless):
    """A block in which variables have other values, and in which assignments do not change them.

    Args:
        state_mapping: pairs of a variable and the value that stands for it.
        collect_losses: whether what layers `add_loss` goes into `losses` of this block.
        initialize_variables: must be True: variables that are made inside have their values from the beginning.

    Attributes:
        losses: what was added.

    Raises:
        ValueError: a pair whose first is no variable, or whose value has another shape.

    >>> import addax as tf
    >>> v = tf.Variable(1.0)
    >>> with tf.keras.StatelessScope([(v, 5.0)]) as scope:
    ...     _ = v.assign_add(1.0)
    >>> float(scope.get_current_value(v)), float(v)
    (6.0, 1.0)
    """

    def __init__(
        self,
        state_mapping: Iterable[tuple[Any, Any]] | None = None,
        collect_losses: bool = False,
        initialize_variables: bool = True,
    ) -> None:
        if not initialize_variables:
            raise ValueError("StatelessScope: initialize_variables=False has no meaning: variables always have values")
        super().__init__([(variable, _value_for(variable, value)) for variable, value in state_mapping or ()])
        self.collect_losses = collect_losses
        self.losses: list[Any] = []

    @property
    def state_mapping(self) -> dict[int, Any]:
        """The values, by the `id` of their variable."""
        return self.values

    def add_loss(self, loss: Any) -> None:
        """Put a loss into `losses`."""
        self.losses.append(loss)

    def add_update(self, update: tuple[Variable, Any]) -> None:
        """Assign a value in this block, given as a pair (variable, value)."""
        variable, value = update
        self.write(variable, _value_for(variable, value))

    def get_current_value(self, variable: Variable) -> Any:
        """The value that a variable was assigned last, or entered with; None if neither."""
        return self.current(variable)


def _value_for(variable: Any, value: Any) -> Any:
    """A value as the array that stands for a variable."""
    if not isinstance(variable, Variable):
        raise ValueError(f"StatelessScope: expected variables as the first of the pairs. Received: {variable!r:.200}")
    if hasattr(value, "__tf_value__"):
        array = value.__tf_value__()
    else:
        array = convert.value_of(value, None, variable._value.dtype)
    if not variable.shape.is_compatible_with(tuple(array.shape)):
        raise ValueError(
            f"StatelessScope: expected values of their variables' shapes. Received: shape {tuple(array.shape)} for "
            f"variable '{variable.name}' of shape {variable.shape}."
        )
    kept = variable._value.dtype
    return array if array.dtype == kept else array.astype(kept)


def paired(who: str, argument: str, owner: str, variables: Sequence[Any], values: Sequence[Any]) -> list[Any]:
    """Pairs of variables and the values that were given for them.

    Raises:
        ValueError: another number of values.
    """
    if len(variables) != len(values):
        raise ValueError(
            f"{who}: `{argument}` must be a list of arrays, one for each of {owner} in its order. "
            f"Received a list with length {len(values)}, but expected {len(variables)} variables."
        )
    return list(zip(variables, values, strict=True))


def current_values(scope: Stateless, variables: Iterable[Variable]) -> list[Any]:
    """The arrays that variables have at the end of a block."""
    return [scope.value_of(variable) for variable in variables]


def run_stateless(pairs: Iterable[Any], function: Callable[[], Any], variables: Iterable[Any]) -> tuple[Any, list[Any]]:
    """(Arrays of what `function` returns, values of `variables` afterwards) where variables have other values."""
    with StatelessScope(pairs) as scope:
        out = arrays_of(function())
        return out, current_values(scope, variables)


def collect(loss: Tensor) -> None:
    """Tell the block around a layer's call of a loss that the layer added."""
    scope = context.state.trace
    if isinstance(scope, StatelessScope) and scope.collect_losses:
        scope.add_loss(loss)


class StatelessMetric:
    """The part of a metric that makes pure functions of it."""

    variables: list[Variable]

    def _pairs(self, method: str, values: Sequence[Any]) -> list[Any]:
        name = type(self).__name__
        return paired(f"{name}.{method}", "metric_variables", f"{name}.variables", self.variables, values)

    def stateless_update_state(self, metric_variables: Sequence[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """What the state is after a batch.

        Args:
            metric_variables: the state before it: one array for each of `variables`.
            *args: as for `update_state`.
            **kwargs: as for `update_state`.

        Returns:
            The new state, as JAX arrays.

        >>> import addax as tf
        >>> metric = tf.keras.metrics.Mean()
        >>> state = metric.stateless_update_state(metric.variables, [1.0, 3.0])
        >>> float(metric.stateless_result(state)), float(metric.result())
        (2.0, 0.0)
        """
        pairs = self._pairs("stateless_update_state", metric_variables)
        return run_stateless(pairs, lambda: self.update_state(*args, **kwargs), self.variables)[1]  # type: ignore[attr-defined]

    def stateless_result(self, metric_variables: Sequence[Any]) -> Any:
        """The metric's value for a state; see `stateless_update_state`."""
        return run_stateless(self._pairs("stateless_result", metric_variables), self.result, ())[0]  # type: ignore[attr-defined]

    def stateless_reset_state(self) -> list[Any]:
        """The state at the beginning."""
        return run_stateless((), self.reset_state, self.variables)[1]  # type: ignore[attr-defined]


class StatelessOptimizer:
    """The part of an optimizer that makes a pure function of its step."""

    variables: Any

    def stateless_apply(
        self, optimizer_variables: Sequence[Any], grads: Sequence[Any], trainable_variables: Sequence[Any]
    ) -> tuple[list[Any], list[Any]]:
        """One step.

        Args:
            optimizer_variables: one array for each of `variables`.
            grads: a gradient for each variable that the optimizer was built for.
            trainable_variables: their values.

        Returns:
            (new values of the trainable variables, new values of the optimizer's), as JAX arrays.

        Raises:
            ValueError: the optimizer is not built, or the numbers differ.

        >>> import addax as tf
        >>> v, sgd = tf.Variable(3.0), tf.keras.optimizers.SGD(0.5)
        >>> sgd.build([v])
        >>> after, state = sgd.stateless_apply(sgd.variables, [1.0], [v])
        >>> float(after[0]), int(state[0]), float(v)
        (2.5, 1, 3.0)
        """
        name = type(self).__name__
        held = getattr(self, "_model_variables", None)
        if held is None:
            raise ValueError(
                f"To call `stateless_apply`, {name} must be built (i.e. its variables must have been created).\n"
                "  To do: optimizer.build(trainable_variables)"
            )
        who, own = f"{name}.stateless_apply", list(self.variables)
        pairs = paired(who, "optimizer_variables", f"{name}.variables", own, optimizer_variables)
        pairs += paired(who, "trainable_variables", "those it was built for", held.variables, trainable_variables)
        with StatelessScope(pairs) as scope:
            self.apply(grads, held.variables)  # type: ignore[attr-defined]
            known = {id(variable) for variable, _ in pairs}
            lost = [variable.name for key, variable in scope.written.items() if key not in known]
            if lost:
                raise ValueError(
                    f"{who}: the step also changes {', '.join(lost[:3])}, which `variables` does not list. To do: "
                    "leave gradient accumulation and loss scaling to the program around the step."
                )
            return current_values(scope, held.variables), current_values(scope, own)
