"""Steps that users write for Keras 3 on JAX: `train_step(self, state, data)` returns results and the new state."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from addax.core import context
from addax.core.jax_programs import arrays_of, gives_arrays, tensors_of
from addax.core.stateless import Stateless, UserStep
from addax.core.tensor import Tensor
from addax.core.variable import Variable
from addax.keras.stateless import StatelessScope, current_values, paired
from addax.keras.training.data import unpack


def takes_state(step: Callable[..., Any]) -> bool:
    """Whether a step is one of Keras 3 on JAX."""
    try:
        return list(inspect.signature(step).parameters)[:2] == ["state", "data"]
    except (TypeError, ValueError):
        return False


def step_with_state(model: Any, kind: str, step: Callable[..., Any]) -> Callable[[Any], Any]:
    """A step of data alone, which reads the state out of the variables and puts the new one there."""

    def run(data: Any) -> Any:
        _prepare(model, kind, data)
        parts = [model.trainable_variables, model.non_trainable_variables]
        if kind == "train":
            parts.append(list(model.optimizer.variables))
        if kind != "predict":
            parts.append(model.metrics_variables)
        state = tuple([_read(variable) for variable in part] for part in parts)
        pairs = [pair for part, values in zip(parts, state, strict=True) for pair in zip(part, values, strict=True)]
        with UserStep(pairs):
            results, after = step(state, arrays_of(data))
        if kind == "predict":
            parts, after = parts[1:], (after,)
        who = f"{type(model).__name__}.{kind}_step"
        changes = [paired(who, "state", "the state", *each) for each in zip(parts, after, strict=True)]
        for variable, value in [pair for part in changes for pair in part]:
            variable.assign(Tensor(value))
        return tensors_of(results)

    return run


def _read(variable: Variable) -> Any:
    """A variable's array, which the step and the variable may hold both."""
    return variable.__tf_value__()


def _prepare(model: Any, kind: str, data: Any) -> None:
    """Make the variables that the state consists of: of the model, its optimizer and its metrics."""
    x, y, weights = unpack(data)
    loss = model.compiled_loss
    if not model.built or kind != "predict" and loss is not None and not loss.built:
        with Stateless():
            y_pred = model(x)
            if kind != "predict":
                model.compute_loss(x, y, y_pred, weights)
                model.compute_metrics(x, y, y_pred, weights)
    if kind == "train":
        with context.init_scope():
            model.optimizer.build(model.trainable_variables)


class StatelessLoss:
    """The part of a model that makes a pure function of its loss."""

    def stateless_compute_loss(
        self,
        trainable_variables: Sequence[Any],
        non_trainable_variables: Sequence[Any],
        metrics_variables: Sequence[Any],
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> tuple[Any, tuple[list[Any], list[Any], list[Any]]]:
        """The total loss, with regularization, for other values of the variables; see `stateless_call`.

        Args:
            trainable_variables: an array for each of `self.trainable_variables`.
            non_trainable_variables: an array for each of `self.non_trainable_variables`.
            metrics_variables: an array for each of `self.metrics_variables`.
            x: the inputs.
            y: the targets.
            y_pred: the outputs.
            sample_weight: weights of the samples.
            training: accepted for Keras 3's signature; losses are the same in both.

        Returns:
            (the loss, (trainable, non-trainable and metrics' variables afterwards)), JAX arrays.

        Raises:
            ValueError: another number of arrays.
        """
        del training
        who, own = f"{type(self).__name__}.stateless_compute_loss", self
        groups = {
            "trainable_variables": trainable_variables,
            "non_trainable_variables": non_trainable_variables,
            "metrics_variables": metrics_variables,
        }
        pairs = [
            pair for name, values in groups.items() for pair in paired(who, name, name, getattr(own, name), values)
        ]
        with StatelessScope(pairs) as scope:
            loss = own.compute_loss(*tensors_of((x, y, y_pred, sample_weight)))  # type: ignore[attr-defined]
            after = [current_values(scope, getattr(own, name)) for name in groups]
        return arrays_of(loss), (after[0], after[1], after[2])

    def compute_loss_and_updates(
        self,
        trainable_variables: Sequence[Any],
        non_trainable_variables: Sequence[Any],
        metrics_variables: Sequence[Any],
        x: Any,
        y: Any,
        sample_weight: Any,
        training: bool = False,
        optimizer_variables: Sequence[Any] | None = None,
    ) -> tuple[Any, tuple[Any, Any, list[Any], list[Any]]]:
        """A pure function that `jax.value_and_grad(..., has_aux=True)` takes: forward pass and loss.

        Args:
            trainable_variables: an array for each of `self.trainable_variables`.
            non_trainable_variables: an array for each of `self.non_trainable_variables`.
            metrics_variables: an array for each of `self.metrics_variables`.
            x: the inputs.
            y: the targets.
            sample_weight: weights of the samples.
            training: which way layers run.
            optimizer_variables: the optimizer's values, of which one that scales losses takes the scale.

        Returns:
            (loss, (loss before scaling, outputs, non-trainable variables and metrics' variables afterwards)).
        """
        y_pred, non_trainable_variables = self.stateless_call(  # type: ignore[attr-defined]
            trainable_variables, non_trainable_variables, x, training=training
        )
        states = (trainable_variables, non_trainable_variables, metrics_variables)
        loss, after = self.stateless_compute_loss(*states, x, y, y_pred, sample_weight, training=training)
        optimizer, scaled = getattr(self, "optimizer", None), loss
        if training and optimizer is not None and hasattr(optimizer, "get_scaled_loss"):
            pairs = [] if optimizer_variables is None else zip(optimizer.variables, optimizer_variables, strict=True)
            with StatelessScope(list(pairs)):
                scaled = arrays_of(optimizer.get_scaled_loss(tensors_of(loss)))
        return scaled, (loss, y_pred, after[1], after[2])


def loss_in_jax_program(compute: Callable[..., Any], *given: Any) -> Any:
    """A model's loss where y_pred comes out of a JAX program: an array, and metrics that stay as they are.

    Returns:
        The loss; None where y_pred is a tensor of ours.
    """
    if not gives_arrays(given):
        return None
    with Stateless():
        return arrays_of(compute(*tensors_of(given)))
