"""`compile`: the optimizer, losses and metrics of a model."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from addax.core import context, errors, trees
from addax.keras import optimizers
from addax.keras.training.compiled_loss import CompiledLoss, _as_loss
from addax.keras.training.compiled_metrics import CompiledMetrics
from addax.keras.training.compiled_trainability import CompiledTrainability
from addax.keras.training.loop import Programs
from addax.keras.training.replicated import Distributed
from addax.keras.training.state_trees import StateTrees
from addax.keras.training.step_counters import StepCounters
from addax.keras.training.steps_per_execution import StepsPerExecution

_COMPILE_ARGUMENTS = ["optimizer", "loss", "metrics", "loss_weights", "weighted_metrics", "run_eagerly",
                      "steps_per_execution", "jit_compile", "pss_evaluation_shards"]  # fmt: skip


class Compiling(Distributed, StateTrees, StepCounters, StepsPerExecution):
    """The part of a model that knows what it is trained with."""

    def _init_training(self) -> None:
        self._strategy = context.state.strategy
        self._is_compiled = False
        self.optimizer: Any = None
        self.loss: Any = None
        self.compiled_loss: CompiledLoss | None = None
        self.compiled_metrics: CompiledMetrics | None = None
        self.stop_training = False
        self._watch: Any = None  # looks for values that are not finite
        self._ahead: Any = None  # makes programs before they are needed
        self.history: Any = None
        self._run_eagerly: bool | None = None
        self._jit_compile: bool | None = None
        self._set_steps_per_execution(None)
        self._compile_arguments: dict[str, Any] = {}
        self._optimizer_name: str | None = None
        self.train_function: Callable[..., Any] | None = None
        self.test_function: Callable[..., Any] | None = None
        self.predict_function: Callable[..., Any] | None = None
        self._forget_programs()

    def _forget_programs(self) -> None:
        object.__setattr__(self, "_programs", Programs())

    def __reduce__(self) -> Any:
        make, (cls, kept) = super().__reduce__()  # type: ignore[misc]
        functions = dict.fromkeys(("train_function", "test_function", "predict_function", "_trains", "_own_functions"))
        return make, (cls, {**kept, **functions})  # a copy makes its own

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        metrics: Any = None,
        loss_weights: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool | None = None,
        steps_per_execution: Any = None,
        jit_compile: bool | None = None,
        pss_evaluation_shards: Any = 0,
        *,
        auto_scale_loss: bool = True,
        **kwargs: Any,
    ) -> None:
        """Set the optimizer, loss and metrics for training.

        Args:
            optimizer: a name or an optimizer.
            loss: a name, function or loss; by output as a list or dict.
            metrics: names, functions or metrics; by output as a list of lists or a dict.
            loss_weights: factors of the losses, by output as a list or dict.
            weighted_metrics: metrics that use sample and class weights.
            run_eagerly: run steps as plain Python, for debugging.
            steps_per_execution: steps in a compiled chunk; by default, or with "auto", found by timing.
            jit_compile: accepted; every step is compiled by XLA.
            pss_evaluation_shards: must be 0; there are no parameter servers.
            auto_scale_loss: whether the optimizer of a model of policy mixed_float16 becomes a `LossScaleOptimizer`.
            **kwargs: `sample_weight_mode`, `target_tensors`, `distribute` of older Keras must be None.

        Raises:
            ValueError: a name that is not known, or loss and outputs that do not fit.
            TypeError: an unknown argument.
        """
        self._check_compile_arguments(kwargs, pss_evaluation_shards)
        if self._strategy is not None or context.state.strategy is not None:
            self._check_scopes([metrics, weighted_metrics])
        made = optimizers.get(optimizer)
        self.optimizer = _scaled(made, self) if auto_scale_loss else made
        if run_eagerly and jit_compile:
            raise ValueError("Model.compile: You cannot enable `run_eagerly` and `jit_compile` at the same time.")
        names = self.output_names  # type: ignore[attr-defined]
        graph = getattr(self, "_graph", None)
        keys = self._output_keys or names  # type: ignore[attr-defined]  # what dicts may name: outputs, or parts of
        if names is not None and graph is not None and isinstance(graph.outputs, dict) and keys is names:  # a structure
            keys = [*names, *(key for key in graph.outputs if key not in names)]
        if isinstance(loss, CompiledLoss):
            self.compiled_loss = loss
        else:
            _check_loss(loss, names, keys)
            self.compiled_loss = CompiledLoss(loss, loss_weights, names)
        self.compiled_metrics = CompiledMetrics(metrics, weighted_metrics, names)
        if keys is not None:
            _check_names(metrics, keys, "metrics")
            _check_names(loss_weights, keys, "loss_weights")
        self.loss = loss
        self._run_eagerly = run_eagerly
        self._jit_compile = jit_compile
        self._set_steps_per_execution(steps_per_execution)
        self._optimizer_name = optimizer if isinstance(optimizer, str) else None
        self._compile_arguments = {
            "optimizer": self.optimizer, "loss": loss, "metrics": metrics, "loss_weights": loss_weights,
            "weighted_metrics": weighted_metrics, "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution, "jit_compile": jit_compile,
        }  # fmt: skip
        self._forget_programs()
        object.__setattr__(self, "_trains", CompiledTrainability(self))
        self._is_compiled = True

    def _check_compile_arguments(self, kwargs: dict[str, Any], shards: Any) -> None:
        for name in ("sample_weight_mode", "target_tensors", "distribute", "cloning", "experimental_run_tf_function"):
            kwargs.pop(name, None)
        for name in kwargs:
            near = errors.nearest(name, _COMPILE_ARGUMENTS)
            if not near:
                raise TypeError(
                    errors.message(
                        "Model.compile",
                        expected=f"arguments of compile: {', '.join(_COMPILE_ARGUMENTS)}",
                        received=f"Invalid keyword argument(s) in `compile()`: {sorted(kwargs)}",
                        hint="leave them out, or check how they are spelt",
                    )
                )
            warnings.warn(  # courses have `optimizers=`, which Keras 2 once took in silence
                f"Model.compile: unknown argument {name!r}; did you mean {near[0]!r}? It is ignored.",
                errors.AddaxWarning, stacklevel=4,
            )  # fmt: skip
        if shards:
            raise ValueError("Model.compile: pss_evaluation_shards needs parameter servers, which Addax does not have.")

    @property
    def run_eagerly(self) -> bool:
        """Whether steps run as plain Python."""
        return bool(self._run_eagerly) or self.dynamic  # type: ignore[attr-defined]

    @run_eagerly.setter
    def run_eagerly(self, value: bool) -> None:
        self._run_eagerly = value

    @property
    def jit_compile(self) -> bool | None:
        """As given to compile."""
        return self._jit_compile

    def get_compile_config(self) -> dict[str, Any]:
        """The arguments of `compile`, as plain data."""
        from addax.keras import registry

        found = {key: registry.serialize_keras_object(value) for key, value in self._compile_arguments.items()}
        name = self._optimizer_name
        if name is not None and found["optimizer"] == registry.serialize_keras_object(optimizers.get(name)):
            found["optimizer"] = name  # as it was given; one whose settings were changed since is written down whole
        return found

    @property
    def compiled(self) -> bool:
        """Whether `compile` was called."""
        return self._is_compiled

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile with what `get_compile_config` returned."""
        from addax.keras import registry

        made = {
            key: registry.deserialize_keras_object(value, kinds=(_KIND_OF.get(key, key),))
            for key, value in config.items() if key in _COMPILE_ARGUMENTS
        }  # fmt: skip
        self.compile(**made)
        if self.built and hasattr(self.optimizer, "build"):  # type: ignore[attr-defined]
            self.optimizer.build(self.trainable_variables)  # type: ignore[attr-defined]

    @property
    def _as_compiled(self) -> CompiledTrainability:
        """In which those layers train that did at `compile`; a copy of a model is compiled as it was copied."""
        found = self.__dict__.get("_trains")
        if found is None:
            found = CompiledTrainability(self)
            object.__setattr__(self, "_trains", found)
        return found

    def _require_compiled(self) -> None:
        if not self._is_compiled:
            raise RuntimeError(
                f"Model {self.name!r}: You must compile your model before training/testing. "  # type: ignore[attr-defined]
                "Use `model.compile(optimizer, loss)`.\n  Received: a model that was not compiled.\n"
                "  To do: call model.compile(optimizer='adam', loss=...) first (your own train_step needs no loss)."
            )


_KIND_OF = {"metrics": "metric", "weighted_metrics": "metric"}


def _scaled(optimizer: Any, model: Any) -> Any:
    """Under mixed_float16, an optimizer that scales the loss, so that small gradients survive."""
    if model.dtype_policy.name != "mixed_float16" or isinstance(optimizer, optimizers.LossScaleOptimizer):
        return optimizer
    return optimizers.LossScaleOptimizer(optimizer)


def _check_loss(loss: Any, names: list[str] | None, keys: list[str] | None) -> None:
    """Resolve names and dict keys of losses now, so that a typo is told at compile."""
    for each in trees.flatten(loss):
        if isinstance(each, str):
            _as_loss(each)
    if isinstance(loss, dict) and keys is not None:
        _check_names(loss, keys, "loss")
    if isinstance(loss, list | tuple) and names is not None and len(loss) not in (1, len(names)):
        raise ValueError(
            errors.message(
                "Model.compile, loss", expected=f"one loss for each of the {len(names)} outputs {names}",
                received=f"{len(loss)} losses",
                hint="pass a list in the order of the outputs (None for no loss), or a dict by name",
            )
        )  # fmt: skip


def _check_names(given: Any, names: list[str], what: str) -> None:
    if not isinstance(given, dict):
        return
    for key in given:
        if key not in names:
            raise ValueError(
                errors.message(
                    f"Model.compile, {what}", expected=f"keys among the output names {names}",
                    received=f"Unknown entry {key!r}",
                    hint=errors.suggest(key, names) or "give the output layer this name (name=...), or pass a list",
                )
            )  # fmt: skip
