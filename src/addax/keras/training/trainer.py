"""fit, evaluate, predict: passes over data with callbacks around them."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from addax.core import errors, random, trees
from addax.core.interruption import interruptible
from addax.core.tracebacks import filtered
from addax.keras import callbacks as callbacks_module
from addax.keras import config
from addax.keras.training import data as arrays
from addax.keras.training import held_out, joining, loop, sources
from addax.keras.training.ahead import ahead
from addax.keras.training.data import Batches, Rows, unpack
from addax.keras.training.generators import Generators
from addax.keras.training.loop import Cursor, Pass, to_floats
from addax.keras.training.non_finite import Watch
from addax.keras.training.replicated import in_scope
from addax.keras.training.steps import Steps


class Trainer(Steps, Generators):
    """The training half of a model: loops over data."""

    # ------------------------------------------------------------------ fit

    @filtered
    @in_scope
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
        *,
        debug_nans: bool = False,
    ) -> Any:
        """Train for a number of epochs.

        Args:
            x: arrays, tensors, pandas data (or lists or dicts of them), a dataset, generator or Sequence.
            y: targets, in the structure of the outputs; None if x yields them.
            batch_size: examples per step; 32 by default. Not for datasets, which are batched already.
            epochs: the number of the epoch to stop before.
            verbose: 0 silent, 1 a bar per epoch, 2 a line per epoch, "auto" 1.
            callbacks: a list of `keras.callbacks.Callback`.
            validation_split: the share of the data, at its end, that is kept for validation; whole batches of a dataset
                of known size or a Sequence (whose on_epoch_end is then not called).
            validation_data: (x, y) or (x, y, sample_weight), or a dataset.
            shuffle: whether rows are shuffled before each epoch; "batch" shuffles whole batches.
            class_weight: {class: weight}; by output as a dict of dicts or a list.
            sample_weight: weights of the rows, by output if there are several.
            initial_epoch: the number of the first epoch.
            steps_per_epoch: steps after which an epoch ends.
            validation_steps: steps of validation.
            validation_batch_size: examples per validation step.
            validation_freq: validate every so many epochs, or a list of epochs (from 1).
            max_queue_size: batches that wait, for Sequences with workers.
            workers: threads (or processes) that load Sequences.
            use_multiprocessing: processes in place of threads.
            debug_nans: run eagerly (slowly), and stop at the first value that is not finite, saying where it was.

        Returns:
            A `History`; `.history` lists loss and metrics by epoch.

        Raises:
            RuntimeError: the model is not compiled.
            ValueError: arguments that do not fit each other.
            tf.errors.InvalidArgumentError: with debug_nans, a value that is not finite; with the epoch, the batch, the
                layer and the tensor. Variables are as after the last whole step.
        """
        self._require_compiled()
        if isinstance(epochs, str):
            raise TypeError(f"Model.fit: expected an integer number of epochs. Received: epochs={epochs!r}.")
        if int(epochs) < 1:
            raise ValueError(f"Model.fit: Expected epochs to be positive. Received is {epochs}.")
        epochs = config.smaller(epochs, config.max_epochs())
        if validation_split and validation_data is None:
            (x, y, sample_weight), validation_data = held_out.split(x, y, sample_weight, validation_split)
        class_weight = arrays.OutputClassWeights.of(class_weight, self.output_names, self._output_keys)  # type: ignore[attr-defined]
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
        self._watch = Watch(self) if debug_nans else None
        validated = validation if validation_steps is None and _due(initial_epoch, validation_freq) else None
        self._ahead = None if debug_nans else ahead(self, source, validated, limit, listeners)
        try:
            with interruptible(), self._as_compiled:
                self._train(
                    source, listeners, epochs, initial_epoch, limit, validation, validation_steps, validation_freq
                )
        finally:
            self._watch = self._ahead = None
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
        self._restart_counter("train")
        self.__dict__["_own_functions"] = {}
        listeners.on_train_begin()
        resumed = listeners.resume_point() or (0, 0)
        initial_epoch = max(initial_epoch, resumed[0])
        logs: dict[str, Any] = {}
        # With steps_per_epoch, epochs go on in the data where the last one ended.
        rows_go_on = isinstance(source, Rows) and limit is not None
        iterator: Any = Cursor(max(epochs - initial_epoch, 1)) if rows_go_on else None
        for epoch in range(initial_epoch, epochs):
            first = resumed[1] if epoch == resumed[0] and isinstance(source, Rows) and limit is None else 0
            if not first:
                self.reset_metrics()
            if self._watch is not None:
                self._watch.epoch = epoch
            listeners.on_epoch_begin(epoch)
            if first:
                iterator = Cursor(1)
                with random.replayed(listeners.resume_order()):
                    iterator.start(source, first)
            logs, short, iterator = self._train_epoch(source, listeners, limit, iterator, first)
            if first:
                iterator = None
            if validation is not None and _due(epoch, validation_freq):
                found = self.evaluate(
                    validation, steps=validation_steps, callbacks=listeners, return_dict=True, _nested=True
                )
                logs = {**logs, **{f"val_{name}": value for name, value in found.items()}}
            listeners.on_epoch_end(epoch, logs)
            if self.stop_training:
                break  # before the data hear of the epoch's end, as in TensorFlow
            source.end_of_pass()
            if short:
                break
        if epochs > 0 and hasattr(self.optimizer, "finalize_variable_values"):
            self.optimizer.finalize_variable_values(self.trainable_variables)
        self.__dict__.pop("_own_functions", None)
        listeners.on_train_end(logs)

    def _train_epoch(
        self, source: Any, listeners: Any, limit: Any, iterator: Any, first: int = 0
    ) -> tuple[dict[str, Any], bool, Any]:  # fmt: skip
        """One epoch, from batch `first` on: (logs, whether the data ended too early, the iterator to go on with)."""
        last: list[Any] = [None]

        def end(step: int, result: Any) -> bool:
            last[0] = result
            listeners.on_train_batch_end(step, result)
            return self.stop_training

        look = _look(listeners, "train", self._steps_per_execution_fixed)
        this_pass = Pass(self, "train", look, listeners.on_train_batch_begin, end)
        this_pass.done = first
        this_pass.ahead, self._ahead = self._ahead, None
        going_on = None if isinstance(source, Batches) and limit is None and not source.endless else iterator
        begun = time.perf_counter()
        count, short, iterator = loop.run(source, this_pass, limit, going_on)
        if isinstance(source, Batches):
            this_pass.waiting.report(self, time.perf_counter() - begun)
        if isinstance(source, Batches) and (
            source.anew or source.steps is not None and limit == source.steps and not source.endless
        ):
            iterator = None  # a pass is over: start the next one anew
        short = _gave_none(source, count, "train") or short
        if short:
            _warn_of_end(source, count, limit, "fit", "interrupting training", "`steps_per_epoch * epochs`")
        logs = self._logs_of_pass(self.get_metrics_result() if last[0] is None else last[0], "train_step")
        return logs, short, iterator

    def _logs_of_pass(self, logs: Any, step: str) -> dict[str, Any]:
        """A pass's logs: the metrics' results where a step of the user's own returns values under just their names."""
        if getattr(type(self), step) is not getattr(Steps, step) and isinstance(logs, dict):
            try:
                results = self.get_metrics_result()
            except TypeError:
                return to_floats(logs)
            logs = results if results.keys() == logs.keys() else logs
        return to_floats(logs)

    def _validation_source(
        self, data: Any, batch_size: Any, steps: Any, workers: int, use_multiprocessing: bool, max_queue_size: int
    ) -> Any:
        if data is None:
            return None
        if isinstance(data, list | tuple):
            x, y, weight = unpack(tuple(data))
            if isinstance(data, list) and len(data) > 3:
                raise ValueError(
                    f"validation_data: expected (x, y) or (x, y, sample_weight), received {len(data)} items."
                )
        else:
            x, y, weight = data, None, None
        source = sources.source(
            x, y, weight, batch_size=batch_size if arrays.is_array_like(x) else None, steps=steps, what="evaluate",
            workers=workers, use_multiprocessing=use_multiprocessing, max_queue_size=max_queue_size,
        )  # fmt: skip
        self._check_source(source)
        return source

    def _check_source(self, source: Any) -> None:
        """Build losses and metrics where outputs and targets are known, so that one trace of the step does."""
        if not isinstance(source, Rows):
            return
        graph = getattr(self, "_graph", None)
        own = type(self)
        plain = all(getattr(own, part) is getattr(Steps, part) for part in ("train_step", "test_step", "compute_loss"))
        if plain and graph is not None and self.compiled_loss is not None and self.compiled_metrics is not None:
            if not self.compiled_loss.built:
                self.compiled_loss.build(graph.outputs)
            _, y, _ = unpack(source.data)
            if not self.compiled_metrics.built and y is not None and self.compiled_metrics.wanted:
                self.compiled_metrics.build(graph.outputs, y)

    # ------------------------------------------------------------------ evaluate

    @filtered
    @in_scope
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
        self._restart_counter("test")
        listeners.on_test_begin()
        look = _look(listeners, "test", self._steps_per_execution_fixed)
        this_pass = Pass(self, "test", look, listeners.on_test_batch_begin, end)
        count, short, _ = loop.run(source, this_pass, limit, None)
        if _gave_none(source, count, "test") or short:
            _warn_of_end(source, count, limit, "evaluate", "evaluating on what there was", "`steps`")
        source.end_of_pass()
        logs = self._logs_of_pass(last[0], "test_step")
        listeners.on_test_end(logs)
        if return_dict:
            return logs
        values = _in_order(logs, self.metrics_names)
        return values[0] if len(values) == 1 else values

    # ------------------------------------------------------------------ predict

    @filtered
    @in_scope
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
            parts = [_as_rows(*part) for part in result]
            host = parts[0] if len(parts) == 1 else trees.map_structure(lambda *each: joining.joined(each), *parts)
            collected.append(host)
            listeners.on_predict_batch_end(step, {"outputs": host})
            return False

        self._restart_counter("predict")
        listeners.on_predict_begin()
        look = _look(listeners, "predict", self._steps_per_execution_fixed)
        this_pass = Pass(self, "predict", look, listeners.on_predict_batch_begin, end, collect=True)
        count, short, _ = loop.run(source, this_pass, limit, None)
        source.end_of_pass()
        listeners.on_predict_end()
        if short and count:
            _warn_of_end(source, count, limit, "predict", "predicting for what there was", "`steps`")
        if not collected:
            raise ValueError(
                "Unexpected result of `predict_function` (Empty batch_outputs): the data gave no batch.\n"
                "  To do: check that x is not empty."
            )
        return trees.map_structure(lambda *parts: joining.joined(parts), *collected)

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
        class_weight = arrays.OutputClassWeights.of(class_weight, self.output_names, self._output_keys)  # type: ignore[attr-defined]
        self._require_compiled()
        with self._as_compiled:
            return self._on_batch("train", x, y, sample_weight, class_weight, reset_metrics, return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, reset_metrics: bool = True, return_dict: bool = False
    ) -> Any:
        """One evaluation step on one batch; see `evaluate`."""
        return self._on_batch("test", x, y, sample_weight, None, reset_metrics, return_dict)

    @in_scope
    def _on_batch(
        self, kind: str, x: Any, y: Any, sample_weight: Any, class_weight: Any, reset: bool, as_dict: bool
    ) -> Any:
        self._require_compiled()
        if reset:  # even where the data are refused
            self.reset_metrics()
        source = sources.in_one_batch(x, y, sample_weight, f"{kind}_on_batch", class_weight)
        self._check_source(source)
        last: list[Any] = [None]

        def end(step: int, result: Any) -> bool:
            last[0] = result
            return True

        _one_step(source, Pass(self, kind, lambda step: 1, lambda step: None, end))
        logs = to_floats(last[0])
        if as_dict:
            return logs
        values = _in_order(logs, self.metrics_names)
        return values[0] if len(values) == 1 else values

    @in_scope
    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch, as NumPy arrays."""
        source = sources.in_one_batch(x, None, None, "predict_on_batch")
        found: list[Any] = []

        def end(step: int, result: Any) -> bool:
            found.append(_as_rows(*result[0]))
            return True

        _one_step(source, Pass(self, "predict", lambda s: 1, lambda s: None, end, collect=True))
        return trees.map_structure(lambda leaf: joining.joined([leaf]), found[0])


def _gave_none(source: Any, count: int, kind: str) -> bool:
    """Whether data that was there in an earlier pass has come to its end.

    Raises:
        ValueError: there was none from the beginning.
    """
    if count and isinstance(source, Batches):
        source.has_given = True
    if count == 0 and not (isinstance(source, Batches) and (source.has_given or source.expected)):
        raise ValueError(
            f"Unexpected result of `{kind}_function` (Empty Logs): the data gave no batch.\n"
            "  To do: check that the dataset, generator or Sequence yields at least one batch."
        )
    return count == 0


def _warn_of_end(source: Any, count: int, limit: Any, what: str, then: str, wanted: str) -> None:
    """Say once for each call that its data ended before the steps that were asked for."""
    if source.ran_out:
        return
    source.ran_out = True
    steps = int(source.expected if limit is None else limit)
    warnings.warn(
        f"Model.{what}: Your input ran out of data after {count} of {steps} steps; {then}. Make sure that your "
        f"dataset or generator can generate at least {wanted} batches (use `.repeat()`).",
        errors.AddaxWarning, stacklevel=3,
    )  # fmt: skip


def _look(listeners: Any, mode: str, fixed: int | None) -> Callable[[int], float]:
    """How many steps may run before a callback has to look; never less than `steps_per_execution`, as in Keras."""
    return lambda step: max(listeners.until_look(mode), fixed or 1)


def _limit(source: Any, steps: Any, what: str, epochs: int) -> Any:
    """The steps of a pass: the user's, or what the source knows; no more than the global limit."""
    most = config.max_steps_per_epoch()
    if most is not None:
        steps = config.smaller(None if steps == -1 else steps, most)
    if steps is not None and steps != -1:
        if int(steps) < 1:
            raise ValueError(f"Model.{what}: expected at least one step, received {steps}.")
        return int(steps)
    if isinstance(source, Rows):
        return None
    if source.steps == float("inf"):
        raise ValueError(
            "When passing an infinitely repeating dataset, please specify a `steps_per_epoch` value so that epoch "
            "level callbacks continue to work (or `steps` for evaluate and predict). "
            "This can be skipped only with a dataset that ends."
        )
    return source.steps


def _steps(source: Any, limit: Any) -> int | None:
    """The steps of a pass, as far as known."""
    known = source.steps if limit is None else limit
    return None if known is None else int(known)


def _due(epoch: int, frequency: Any) -> bool:
    """Whether validation runs after this epoch (numbered from 0)."""
    if isinstance(frequency, list | tuple | set):
        return epoch + 1 in frequency
    if not isinstance(frequency, int | np.integer):
        raise ValueError(
            f"Expected `validation_freq` to be a list or int. Received: validation_freq={frequency} of the type "
            f"{type(frequency)}."
        )
    if int(frequency) < 1:
        raise ValueError(f"`validation_freq` can not be less than 1, received {frequency}.")
    return (epoch + 1) % int(frequency) == 0


def _in_order(logs: dict[str, Any], names: list[str]) -> list[Any]:
    ordered = [logs[name] for name in names if name in logs]
    return ordered + [logs[name] for name in sorted(logs) if name not in names]


def _one_step(source: Rows | Batches, this_pass: Pass) -> None:
    if isinstance(source, Rows):
        this_pass.run_rows(source, 1)
    else:
        this_pass.run_batches(source.make(), 1)


def _as_rows(collected: Any, count: int) -> Any:
    """The collected outputs of so many steps, each as rows on the host."""
    return trees.map_structure(lambda leaf: _rows_of_steps(leaf, count), collected)


def _rows_of_steps(collected: Any, count: int) -> Any:
    """Collected outputs [steps, batch, ...] as rows [steps * batch, ...]; ragged and sparse ones are of one step."""
    if sources.is_composite(collected):
        return collected
    used = np.asarray(collected)[:count]
    if used.ndim < 2:
        return used
    return used.reshape((-1, *used.shape[2:]))
