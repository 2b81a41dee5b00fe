"""One step of training, evaluation or prediction, as users override it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from addax.core.jax_programs import tensors_of
from addax.core.tape import GradientTape
from addax.core.variable import Variable
from addax.keras.distribution import distribution, on_divided
from addax.keras.metrics import Metric
from addax.keras.training.compiling import Compiling
from addax.keras.training.data import unpack
from addax.keras.training.jax_steps import StatelessLoss, loss_in_jax_program, step_with_state, takes_state
from addax.keras.training.own_functions import OwnFunction, over_iterator
from addax.keras.training.replicated import replicated


class Steps(StatelessLoss, Compiling):
    """The part of a model that knows what to do with a batch; the same code runs eagerly and traced."""

    def train_step(self, data: Any) -> dict[str, Any]:
        """One training step: forward, loss, gradients, update, metrics.

        Args:
            data: (x, y, sample_weight), the last ones optional.

        Returns:
            The metrics' results by name.
        """
        x, y, sample_weight = unpack(data)
        with GradientTape() as tape:
            y_pred = self(x, training=True)  # type: ignore[operator]
            loss = self._loss(x, y, y_pred, sample_weight, training=True)
        self._validate_target_and_loss(y, loss)
        self.optimizer.minimize(loss, self.trainable_variables, tape=tape)  # type: ignore[attr-defined]
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def test_step(self, data: Any) -> dict[str, Any]:
        """One evaluation step; see `train_step`."""
        x, y, sample_weight = unpack(data)
        y_pred = self(x, training=False)  # type: ignore[operator]
        self._loss(x, y, y_pred, sample_weight, training=False)
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def predict_step(self, data: Any) -> Any:
        """One prediction step: the model's outputs for x."""
        x, _, _ = unpack(data)
        return self(x, training=False)  # type: ignore[operator]

    def _loss(self, *given: Any, training: bool) -> Any:
        """What `compute_loss` says; one that is written for Keras 3 is told whether the model is in training."""
        if "training" in inspect.signature(self.compute_loss).parameters:
            return self.compute_loss(*given, training=training)
        return self.compute_loss(*given)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """The total loss: compiled losses plus those that layers added.

        Args:
            x: the inputs.
            y: the targets.
            y_pred: the outputs.
            sample_weight: weights of the samples.
            training: for subclasses that tell training from evaluation; the compiled losses are the same in both.
        """
        del training
        loss = loss_in_jax_program(self.compute_loss, x, y, y_pred, sample_weight)
        if loss is not None:
            return loss
        return self.compiled_loss(  # type: ignore[misc]
            *tensors_of((y, y_pred, sample_weight)),
            regularization_losses=self.losses,  # type: ignore[attr-defined]
        )

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any) -> dict[str, Any]:
        """Update the compiled metrics and return all results."""
        del x
        self.compiled_metrics.update_state(y, y_pred, sample_weight)  # type: ignore[union-attr]
        return self.get_metrics_result()

    def get_metrics_result(self) -> dict[str, Any]:
        """The results of all metrics by name."""
        found: dict[str, Any] = {}
        for metric in self.metrics:
            result = metric.result()
            if isinstance(result, dict):
                found.update(result)
            else:
                found[metric.name] = result
        return found

    def _validate_target_and_loss(self, y: Any, loss: Any) -> None:
        if self.loss and y is None:
            raise ValueError(
                f"Target data is missing. Your model was compiled with loss={self.loss}, and therefore expects target "
                "data to be provided in `fit()`."
            )
        if loss is None:
            raise ValueError(
                f"Model {self.name!r}: No loss found. You may have forgotten to provide a `loss` argument in the "  # type: ignore[attr-defined]
                "`compile()` method.\n  To do: model.compile(optimizer, loss=...), or add_loss in a layer."
            )

    def make_train_function(self, force: bool = False) -> Callable[..., Any]:
        """A function that runs training steps on batches of an iterator: `steps_per_execution` of them."""
        if self.train_function is None or force:
            self.train_function = over_iterator(self, "train")
        return self.train_function

    def make_test_function(self, force: bool = False) -> Callable[..., Any]:
        """A function that runs evaluation steps on batches of an iterator: `steps_per_execution` of them."""
        if self.test_function is None or force:
            self.test_function = over_iterator(self, "test")
        return self.test_function

    def make_predict_function(self, force: bool = False) -> Callable[..., Any]:
        """A function that runs prediction steps on batches of an iterator: `steps_per_execution` of them."""
        if self.predict_function is None or force:
            self.predict_function = over_iterator(self, "predict")
        return self.predict_function

    def _step_of(self, kind: str) -> tuple[Callable[[Any], Any] | OwnFunction, bool]:
        """What runs on a batch in "train", "test" or "predict", and whether it is a plain step, which can be compiled.

        A `make_train_function` of the user's own says itself what is compiled, and takes the batches of an execution.
        """
        maker = f"make_{kind}_function"
        if getattr(type(self), maker) is getattr(Steps, maker):
            name = f"{kind}_step"
            step = getattr(self, name)
            if getattr(step, "__func__", None) is not getattr(Steps, name) and takes_state(step):
                step = step_with_state(self, kind, step)
            step = replicated(self, kind, step)
            if distribution() is not None:
                step = on_divided(step)
            return (step, True) if self._watch is None else (self._watch.step(kind, step), False)
        kept = self.__dict__.get("_own_functions") if kind == "train" else None  # fit asks once, not in each epoch
        kept = {} if kept is None else kept
        if kind not in kept:
            kept[kind] = OwnFunction(getattr(self, maker)())
        return kept[kind], False

    # ------------------------------------------------------------------ metrics

    @property
    def metrics(self) -> list[Metric]:
        """The loss mean, the compiled metrics and those of layers."""
        found: list[Metric] = []
        if self._is_compiled:
            if self.compiled_loss is not None and self.compiled_loss.built:
                found += self.compiled_loss.metrics
            if self.compiled_metrics is not None:
                found += self.compiled_metrics.metrics
        for layer in self._flatten_layers():  # type: ignore[attr-defined]
            found += layer._flatten_metrics()
        symbolic = {id(metric) for _, metric in getattr(self, "_symbolic_metrics", ())}  # of layers behind all others
        found.sort(key=lambda metric: id(metric) in symbolic)
        return list({id(metric): metric for metric in found}.values())

    @property
    def metrics_names(self) -> list[str]:
        """The names under which results are reported."""
        return [metric.name for metric in self.metrics]

    def reset_metrics(self) -> None:
        """Start all metrics over."""
        for metric in self.metrics:
            metric.reset_state()

    def _all_variables(self) -> list[Variable]:
        """Variables that a step may touch: of the model, the optimizer and the metrics."""
        found = self._made_weights()  # type: ignore[attr-defined]
        if self.optimizer is not None:
            own = getattr(self.optimizer, "variables", [])
            found += list(own() if callable(own) and not isinstance(own, list) else own)
        for metric in [*(self.compiled_loss.metrics if self.compiled_loss is not None else ()), *self.metrics]:
            found += metric.variables
        return [v for v in {id(v): v for v in found}.values() if isinstance(v, Variable)]
