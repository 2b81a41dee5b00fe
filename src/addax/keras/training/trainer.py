"""compile, fit, evaluate, predict; and the steps they are made of, to be overridden."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import errors, trees
from addax.core.tape import GradientTape
from addax.core.variable import Variable
from addax.keras import callbacks as callbacks_module
from addax.keras import optimizers
from addax.keras.metrics import Metric
from addax.keras.training import data as arrays
from addax.keras.training import loop, sources
from addax.keras.training.compiled_loss import CompiledLoss
from addax.keras.training.compiled_metrics import CompiledMetrics
from addax.keras.training.data import Batches, Rows, unpack
from addax.keras.training.labels import check_targets
from addax.keras.training.loop import Pass, Programs, to_floats
from addax.ops import array

_COMPILE_ARGUMENTS = ["optimizer", "loss", "metrics", "loss_weights", "weighted_metrics", "run_eagerly",
                      "steps_per_execution", "jit_compile", "pss_evaluation_shards"]  # fmt: skip


class Trainer:
    """The training half of a model."""

    def _init_training(self) -> None:
        self._is_compiled = False
        self.optimizer: Any = None
        self.loss: Any = None
        self.compiled_loss: CompiledLoss | None = None
        self.compiled_metrics: CompiledMetrics | None = None
        self.stop_training = False
        self.history: Any = None
        self._run_eagerly: bool | None = None
        self._jit_compile: bool | None = None
        self._steps_per_execution_fixed: int | None = None
        self._compile_arguments: dict[str, Any] = {}
        self.train_function: Callable[..., Any] | None = None
        self.test_function: Callable[..., Any] | None = None
        self.predict_function: Callable[..., Any] | None = None
        self._forget_programs()

    def _forget_programs(self) -> None:
        object.__setattr__(self, "_programs", Programs())

    # ------------------------------------------------------------------ compile

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
            **kwargs: `sample_weight_mode`, `target_tensors`, `distribute` of older Keras must be None.

        Raises:
            ValueError: a name that is not known, or loss and outputs that do not fit.
            TypeError: an unknown argument.
        """
        self._check_compile_arguments(kwargs, pss_evaluation_shards)
        self.optimizer = optimizers.get(optimizer)
        names = self.output_names  # type: ignore[attr-defined]
        if isinstance(loss, CompiledLoss):
            self.compiled_loss = loss
        else:
            _check_loss(loss, names)
            self.compiled_loss = CompiledLoss(loss, loss_weights, names)
        self.compiled_metrics = CompiledMetrics(metrics, weighted_metrics, names)
        if names is not None:
            _check_names(metrics, names, "metrics")
            _check_names(loss_weights, names, "loss_weights")
        self.loss = loss
        self._run_eagerly = run_eagerly
        self._jit_compile = jit_compile
        fixed = steps_per_execution not in (None, "auto")
        self._steps_per_execution_fixed = int(steps_per_execution) if fixed else None
        self._compile_arguments = {
            "optimizer": self.optimizer, "loss": loss, "metrics": metrics, "loss_weights": loss_weights,
            "weighted_metrics": weighted_metrics, "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution, "jit_compile": jit_compile,
        }  # fmt: skip
        self._forget_programs()
        self._is_compiled = True

    def _check_compile_arguments(self, kwargs: dict[str, Any], shards: Any) -> None:
        for name in ("sample_weight_mode", "target_tensors", "distribute", "cloning", "experimental_run_tf_function"):
            kwargs.pop(name, None)
        for name in kwargs:
            near = errors.nearest(name, _COMPILE_ARGUMENTS)
            if not near:
                raise TypeError(
                    f"Model.compile: Invalid keyword argument(s) in `compile`: {sorted(kwargs)}. "
                    f"Valid ones: {_COMPILE_ARGUMENTS}."
                )
            warnings.warn(
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

    @property
    def distribute_strategy(self) -> Any:
        """The strategy under which the model was made."""
        from addax import distribute

        return distribute.get_strategy()

    def get_compile_config(self) -> dict[str, Any]:
        """The arguments of `compile`, as plain data."""
        from addax.keras import registry

        return {key: registry.serialize_keras_object(value) for key, value in self._compile_arguments.items()}

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

    def _require_compiled(self) -> None:
        if not self._is_compiled:
            raise RuntimeError(
                f"Model {self.name!r}: You must compile your model before training/testing. "  # type: ignore[attr-defined]
                "Use `model.compile(optimizer, loss)`."
            )

    # ------------------------------------------------------------------ steps

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
            loss = self.compute_loss(x, y, y_pred, sample_weight)
        self._validate_target_and_loss(y, loss)
        self.optimizer.minimize(loss, self.trainable_variables, tape=tape)  # type: ignore[attr-defined]
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def test_step(self, data: Any) -> dict[str, Any]:
        """One evaluation step; see `train_step`."""
        x, y, sample_weight = unpack(data)
        y_pred = self(x, training=False)  # type: ignore[operator]
        self.compute_loss(x, y, y_pred, sample_weight)
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def predict_step(self, data: Any) -> Any:
        """One prediction step: the model's outputs for x."""
        x, _, _ = unpack(data)
        return self(x, training=False)  # type: ignore[operator]

    def compute_loss(self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None) -> Any:
        """The total loss: compiled losses plus those that layers added."""
        del x
        return self.compiled_loss(  # type: ignore[misc]
            y, y_pred, sample_weight, regularization_losses=self.losses  # type: ignore[attr-defined]
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
            raise TypeError(
                f"Target data is missing. Your model was compiled with loss={self.loss}, and therefore expects target "
                "data to be provided in `fit()`."
            )
        if loss is None:
            raise TypeError(
                "No loss found. You may have forgotten to provide a `loss` argument in the `compile()` method."
            )

    def make_train_function(self, force: bool = False) -> Callable[..., Any]:
        """A function that takes an iterator of batches and runs one training step."""
        if self.train_function is None or force:
            self.train_function = lambda iterator: self.train_step(next(iterator))
        return self.train_function

    def make_test_function(self, force: bool = False) -> Callable[..., Any]:
        """A function that takes an iterator of batches and runs one evaluation step."""
        if self.test_function is None or force:
            self.test_function = lambda iterator: self.test_step(next(iterator))
        return self.test_function

    def make_predict_function(self, force: bool = False) -> Callable[..., Any]:
        """A function that takes an iterator of batches and runs one prediction step."""
        if self.predict_function is None or force:
            self.predict_function = lambda iterator: self.predict_step(next(iterator))
        return self.predict_function

    # ------------------------------------------------------------------ metrics

    @property
    def metrics(self) -> list[Metric]:
        """The loss mean, the compiled metrics and those of layers."""
        found: list[Metric] = []
        if self._is_compiled:
            if self.compiled_loss is not None and self.compiled_loss.built:
                found += self.compiled_loss.metrics
            elif self.compiled_loss is not None:
                found += self.compiled_loss.metrics[:1]
            if self.compiled_metrics is not None:
                found += self.compiled_metrics.metrics
        for layer in self._flatten_layers():  # type: ignore[attr-defined]
            found += layer._flatten_metrics()
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
        found = list(self.variables)  # type: ignore[attr-defined]
        if self.optimizer is not None:
            own = getattr(self.optimizer, "variables", [])
            found += list(own() if callable(own) and not isinstance(own, list) else own)
        for metric in self.metrics:
            found += metric.variables
        return [v for v in {id(v): v for v in found}.values() if isinstance(v, Variable)]

    # ------------------------------------------------------------------ fit

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: Any = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
    ) -> Any:
        """Train for a number of epochs.

        Args:
            x: arrays, tensors, pandas data (or lists or dicts of them), a dataset, generator or Sequence.
            y: targets, in the structure of the outputs; None if x yields them.
            batch_size: examples per step; 32 by default. Not for datasets, which are batched already.
            epochs: the number of the epoch to stop before.
            verbose: 0 silent, 1 a bar per epoch, 2 a line per epoch, "auto" 1.
            callbacks: a list of `keras.callbacks.Callback`.
            validation_split: the share of x and y, at their end, that is kept for validation.
            validation_data: (x, y) or (x, y, sample_weight), or a dataset.
            shuffle: whether rows are shuffled before each epoch; "batch" shuffles whole batches.
            class_weight: {class: weight}.
            sample_weight: weights of the rows, by output if there are several.
            initial_epoch: the number of the first epoch.
            steps_per_epoch: steps after which an epoch ends.
            validation_steps: steps of validation.
            validation_batch_size: examples per validation step.
            validation_freq: validate every so many epochs, or a list of epochs (from 1).
            max_queue_size: batches that wait, for Sequences with workers.
            workers: threads (or processes) that load Sequences.
            use_multiprocessing: processes in place of threads.

        Returns:
            A `History`; `.history` lists loss and metrics by epoch.

        Raises:
            RuntimeError: the model is not compiled.
            ValueError: arguments that do not fit each other.
        """
        self._require_compiled()
        if validation_split and validation_data is None:
            parts, held_out = arrays.split((x, y, sample_weight), validation_split)
            x, y, sample_weight = parts
            validation_data = arrays.pack(*held_out)
        source = sources.source(
            x, y, sample_weight, batch_size=batch_size, steps=steps_per_epoch, shuffle=shuffle,
            class_weight=class_weight, what="fit", workers=workers, use_multiprocessing=use_multiprocessing,
            max_queue_size=max_queue_size,
        )  # fmt: skip
        self._check_source(source)
        validation = self._validation_source(
            validation_data, validation_batch_size or (batch_size if not isinstance(source, Batches) else None),
            validation_steps, workers, use_multiprocessing, max_queue_size,
        )  # fmt: skip
        limit = _limit(source, steps_per_epoch, "fit", epochs)
        listeners = self._listeners(callbacks, verbose, epochs, _steps(source, limit), True)
        self.stop_training = False
        self._train(source, listeners, epochs, initial_epoch, limit, validation, validation_steps, validation_freq)
        return self.history

    def _listeners(self, callbacks: Any, verbose: Any, epochs: int, steps: Any, history: bool) -> Any:
        verbose = 1 if verbose == "auto" else int(verbose)
        if isinstance(callbacks, callbacks_module.CallbackList):
            return callbacks
        return callbacks_module.CallbackList(
            callbacks, add_history=history, add_progbar=verbose != 0, model=self, verbose=verbose, epochs=epochs,
            steps=steps,
        )  # fmt: skip

    def _train(
        self, source: Any, listeners: Any, epochs: int, initial_epoch: int, limit: Any, validation: Any,
        validation_steps: Any, validation_freq: Any,
    ) -> None:  # fmt: skip
        listeners.on_train_begin()
        resumed = listeners.resume_point()
        if resumed is not None:
            initial_epoch = max(initial_epoch, resumed[0])
        logs: dict[str, Any] = {}
        iterator: Any = None
        for epoch in range(initial_epoch, epochs):
            self.reset_metrics()
            listeners.on_epoch_begin(epoch)
            logs, short, iterator = self._train_epoch(source, listeners, limit, iterator)
            if getattr(source, "epoch_end", None) is not None:
                source.epoch_end()
            if validation is not None and _due(epoch, validation_freq):
                found = self.evaluate(
                    validation, steps=validation_steps, callbacks=listeners, return_dict=True, _nested=True
                )
                logs = {**logs, **{f"val_{name}": value for name, value in found.items()}}
            listeners.on_epoch_end(epoch, logs)
            if self.stop_training or short:
                break
        listeners.on_train_end(logs)

    def _train_epoch(self, source: Any, listeners: Any, limit: Any, iterator: Any) -> tuple[dict[str, Any], bool, Any]:
        """One epoch: (logs, whether the data ended too early, the iterator to go on with)."""
        last: list[Any] = [None]

        def end(step: int, result: Any) -> bool:
            last[0] = result
            listeners.on_train_batch_end(step, result)
            return self.stop_training

        look = _look(listeners, "train")
        this_pass = Pass(self, "train", self.train_step, look, listeners.on_train_batch_begin, end)
        going_on = iterator if isinstance(source, Batches) and (limit is not None or source.endless) else None
        count, short, iterator = loop.run(source, this_pass, limit, going_on)
        if isinstance(source, Batches) and source.steps is not None and limit == source.steps and not source.endless:
            iterator = None  # a pass is over: start the next one anew
        if count == 0:
            raise ValueError(
                "Unexpected result of `train_function` (Empty Logs): the data gave no batch.\n"
                "  To do: check that the dataset, generator or Sequence yields at least one batch."
            )
        if short:
            errors.warn_once(
                ("ran out", id(source)),
                f"Your input ran out of data after {count} of {int(limit)} steps; interrupting training. Make sure that "
                "your dataset or generator can generate at least `steps_per_epoch * epochs` batches (use `.repeat()`).",
            )
        return to_floats(last[0]), short, iterator

    def _validation_source(
        self, data: Any, batch_size: Any, steps: Any, workers: int, use_multiprocessing: bool, max_queue_size: int
    ) -> Any:
        if data is None:
            return None
        if isinstance(data, list | tuple):
            x, y, weight = unpack(tuple(data))
            if isinstance(data, list) and len(data) > 3:
                raise ValueError(f"validation_data: expected (x, y) or (x, y, sample_weight), received {len(data)} items.")
        else:
            x, y, weight = data, None, None
        source = sources.source(
            x, y, weight, batch_size=batch_size if arrays.is_array_like(x) else None, steps=steps, what="evaluate",
            workers=workers, use_multiprocessing=use_multiprocessing, max_queue_size=max_queue_size,
        )  # fmt: skip
        self._check_source(source)
        return source

    def _check_source(self, source: Any) -> None:
        """Refuse labels that cannot be right before the first step changes anything."""
        if not isinstance(source, Rows):
            return
        check_targets(self, source)
        graph = getattr(self, "_graph", None)
        if graph is not None and self.compiled_loss is not None and self.compiled_metrics is not None:
            # Before the step is traced, so that the means' variables are there and one trace does.
            if not self.compiled_loss.built:
                self.compiled_loss.build(graph.outputs)
            _, y, _ = unpack(source.data)
            if not self.compiled_metrics.built and y is not None and self.compiled_metrics.wanted:
                self.compiled_metrics.build(graph.outputs, y)

    # ------------------------------------------------------------------ evaluate

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        return_dict: bool = False,
        _nested: bool = False,
    ) -> Any:
        """The loss and metrics on data, without training.

        Args:
            x: as for `fit`.
            y: targets.
            batch_size: examples per step; 32 by default.
            verbose: 0 silent, 1 a bar, 2 a line, "auto" 1.
            sample_weight: weights of the rows.
            steps: steps to run; by default all.
            callbacks: a list of callbacks.
            max_queue_size: batches that wait, for Sequences with workers.
            workers: threads (or processes) that load Sequences.
            use_multiprocessing: processes in place of threads.
            return_dict: return {name: value} in place of a list.

        Returns:
            The loss, a list [loss, *metrics], or a dict.

        Raises:
            RuntimeError: the model is not compiled.
        """
        self._require_compiled()
        source = sources.source(
            x, y, sample_weight, batch_size=batch_size, steps=steps, what="evaluate", workers=workers,
            use_multiprocessing=use_multiprocessing, max_queue_size=max_queue_size,
        )  # fmt: skip
        self._check_source(source)
        limit = _limit(source, steps, "evaluate", 1)
        listeners = callbacks if _nested else self._listeners(callbacks, verbose, 1, _steps(source, limit), False)
        last: list[Any] = [None]

        def end(step: int, result: Any) -> bool:
            last[0] = result
            listeners.on_test_batch_end(step, result)
            return False

        self.reset_metrics()
        listeners.on_test_begin()
        look = _look(listeners, "test")
        this_pass = Pass(self, "test", self.test_step, look, listeners.on_test_batch_begin, end)
        count, short, _ = loop.run(source, this_pass, limit, None)
        if count == 0:
            raise ValueError("Model.evaluate: the data gave no batch.")
        logs = to_floats(last[0])
        listeners.on_test_end(logs)
        if return_dict:
            return logs
        values = _in_order(logs, self.metrics_names)
        return values[0] if len(values) == 1 else values

    # ------------------------------------------------------------------ predict

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
    ) -> Any:
        """The model's outputs for data, as NumPy arrays.

        Args:
            x: as for `fit`.
            batch_size: examples per step; 32 by default.
            verbose: 0 silent, 1 a bar, 2 a line, "auto" 1.
            steps: steps to run; by default all.
            callbacks: a list of callbacks.
            max_queue_size: batches that wait, for Sequences with workers.
            workers: threads (or processes) that load Sequences.
            use_multiprocessing: processes in place of threads.

        Returns:
            Arrays in the structure of the outputs, examples on the first axis.

        Raises:
            ValueError: no data.
        """
        source = sources.source(
            x, batch_size=batch_size, steps=steps, what="predict", workers=workers,
            use_multiprocessing=use_multiprocessing, max_queue_size=max_queue_size,
        )  # fmt: skip
        limit = _limit(source, steps, "predict", 1)
        listeners = self._listeners(callbacks, verbose, 1, _steps(source, limit), False)
        collected: list[Any] = []

        def end(step: int, result: Any) -> bool:
            outputs, count = result
            host = trees.map_structure(lambda leaf: _rows_of_steps(np.asarray(leaf), count), outputs)
            collected.append(host)
            listeners.on_predict_batch_end(step, {"outputs": host})
            return False

        listeners.on_predict_begin()
        look = _look(listeners, "predict")
        this_pass = Pass(self, "predict", self.predict_step, look, listeners.on_predict_batch_begin, end, collect=True)
        loop.run(source, this_pass, limit, None)
        listeners.on_predict_end()
        if not collected:
            raise ValueError(
                "Unexpected result of `predict_function` (Empty batch_outputs): the data gave no batch.\n"
                "  To do: check that x is not empty."
            )
        return trees.map_structure(lambda *parts: np.concatenate(parts) if len(parts) > 1 else parts[0], *collected)

    # ------------------------------------------------------------------ single batches

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        reset_metrics: bool = True,
        return_dict: bool = False,
    ) -> Any:
        """One training step on one batch; see `fit`."""
        return self._on_batch("train", self.train_step, x, y, sample_weight, class_weight, reset_metrics, return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, reset_metrics: bool = True, return_dict: bool = False
    ) -> Any:
        """One evaluation step on one batch; see `evaluate`."""
        return self._on_batch("test", self.test_step, x, y, sample_weight, None, reset_metrics, return_dict)

    def _on_batch(
        self, kind: str, step: Any, x: Any, y: Any, sample_weight: Any, class_weight: Any, reset: bool, as_dict: bool
    ) -> Any:
        self._require_compiled()
        source = arrays.rows_of(x, y, sample_weight, 1 << 40, False, f"{kind}_on_batch", class_weight)
        self._check_source(source)
        last: list[Any] = [None]

        def end(step: int, result: Any) -> bool:
            last[0] = result
            return True

        if reset:
            self.reset_metrics()
        Pass(self, kind, step, lambda step: 1, lambda step: None, end).run_rows(source, 1)
        logs = to_floats(last[0])
        if as_dict:
            return logs
        values = _in_order(logs, self.metrics_names)
        return values[0] if len(values) == 1 else values

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch, as NumPy arrays."""
        source = arrays.rows_of(x, None, None, 1 << 40, False, "predict_on_batch")
        found: list[Any] = []

        def end(step: int, result: Any) -> bool:
            found.append(trees.map_structure(lambda leaf: _rows_of_steps(np.asarray(leaf), 1), result[0]))
            return True

        Pass(self, "predict", self.predict_step, lambda s: 1, lambda s: None, end, collect=True).run_rows(source, 1)
        return found[0]


_KIND_OF = {"metrics": "metric", "weighted_metrics": "metric"}


def _look(listeners: Any, mode: str) -> Callable[[int], float]:
    """How many steps may run before a callback has to look."""
    return lambda step: listeners.until_look(mode)


def _check_loss(loss: Any, names: list[str] | None) -> None:
    """Resolve names and dict keys of losses now, so that a typo is told at compile."""
    from addax.keras.training.compiled_loss import _as_loss

    for each in trees.flatten(loss):
        if isinstance(each, str):
            _as_loss(each)
    if isinstance(loss, dict) and names is not None:
        _check_names(loss, names, "loss")
    if isinstance(loss, list | tuple) and names is not None and len(loss) not in (1, len(names)):
        raise ValueError(
            errors.message(
                "Model.compile, loss", expected=f"one loss for each of the {len(names)} outputs {names}",
                received=f"{len(loss)} losses",
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
                    received=f"Unknown entry {key!r}", hint=errors.suggest(key, names) or None,
                )
            )  # fmt: skip


def _limit(source: Any, steps: Any, what: str, epochs: int) -> Any:
    """The steps of a pass: the user's, or what the source knows."""
    if steps is not None and steps != -1:
        if int(steps) < 1:
            raise ValueError(f"Model.{what}: expected at least one step, received {steps}.")
        return int(steps)
    if isinstance(source, Rows):
        return None
    if source.steps == float("inf"):
        raise ValueError(
            "When passing an infinitely repeating dataset, please specify a `steps_per_epoch` value so that epoch level "
            "callbacks continue to work (or `steps` for evaluate and predict). "
            "This can be skipped only with a dataset that ends."
        )
    return source.steps


def _steps(source: Any, limit: Any) -> int | None:
    """The steps of a pass, as far as known."""
    known = source.steps if limit is None else min(limit, source.steps) if isinstance(source, Rows) else limit
    return None if known is None else int(known)


def _due(epoch: int, frequency: Any) -> bool:
    """Whether validation runs after this epoch (numbered from 0)."""
    if isinstance(frequency, list | tuple | set):
        return epoch + 1 in frequency
    if int(frequency) < 1:
        raise ValueError(f"`validation_freq` can not be less than 1, received {frequency}.")
    return (epoch + 1) % int(frequency) == 0


def _in_order(logs: dict[str, Any], names: list[str]) -> list[Any]:
    ordered = [logs[name] for name in names if name in logs]
    return ordered + [value for name, value in logs.items() if name not in names]


def _rows_of_steps(collected: np.ndarray, count: int) -> np.ndarray:
    """Collected outputs [steps, batch, ...] as rows [steps * batch, ...]."""
    used = collected[:count]
    if used.ndim < 2:
        return used
    return used.reshape((-1, *used.shape[2:]))


__all__ = ["Trainer", "array"]
