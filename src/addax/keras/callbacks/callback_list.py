"""CallbackList: all callbacks of a run as one."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import Any

from addax.core import trees
from addax.keras.callbacks.callback import _needs
from addax.keras.callbacks.history import History
from addax.keras.callbacks.progbar_logger import ProgbarLogger
from addax.keras.callbacks.protocol import NEVER, WHENEVER
from addax.keras.progress import python_value

_TIMED_BATCHES = 5
_SLOW = 0.001  # seconds; a faster hook is no reason to warn


class CallbackList:
    """Calls the hooks of several callbacks.

    The loop that runs batches asks `until_look(mode)` how many batches it may run at once, calls `on_*_batch_begin`
    with the first and `on_*_batch_end` with the last of them.

    Args:
        callbacks: a callback, or a nest of them.
        add_history: add a `History` if there is none.
        add_progbar: add a `ProgbarLogger` if there is none.
        model: the model.
        **params: the parameters of the run.

    >>> import addax as tf
    >>> callbacks = tf.keras.callbacks.CallbackList([tf.keras.callbacks.History()])
    >>> callbacks.until_look("train")
    inf
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        self.callbacks: list[Any] = trees.flatten(callbacks) if callbacks else []
        self._progbar = next((each for each in self.callbacks if isinstance(each, ProgbarLogger)), None)
        self._history = next((each for each in self.callbacks if isinstance(each, History)), None)
        if self._history is None and add_history:
            self._history = History()
            self.callbacks.append(self._history)
        if self._progbar is None and add_progbar:
            self._progbar = ProgbarLogger(count_mode="steps")
            self.callbacks.append(self._progbar)
        self.model: Any = None
        self.params: dict[str, Any] = {}
        if model is not None:
            self.set_model(model)
        if params:
            self.set_params(params)
        self._listeners: dict[str, list[Any]] = {}
        self._hook_seconds: dict[str, list[float]] = {}
        self._batch_seconds: list[float] = []
        self._batch_started = 0.0
        self._timed = True

    def append(self, callback: Any) -> None:
        """Add a callback."""
        self.callbacks.append(callback)
        self._listeners.clear()

    def set_params(self, params: dict[str, Any]) -> None:
        """Tell all callbacks the parameters of the run."""
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)
        self._listeners = {}

    def set_model(self, model: Any) -> None:
        """Tell all callbacks the model."""
        self.model = model
        if self._history is not None:
            model.history = self._history
        for callback in self.callbacks:
            if not hasattr(callback, "set_model"):
                raise AttributeError(
                    f"callbacks: expected instances of keras.callbacks.Callback. Received: {callback!r:.80} "
                    f"({type(callback).__name__}), which has no `set_model`."
                )
            callback.set_model(model)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.callbacks)

    # ------------------------------------------------------------------ batches

    def _listening(self, mode: str) -> list[Any]:
        """The callbacks with batch hooks of a mode; asked anew at the beginning of each run."""
        found = self._listeners.get(mode)
        if found is None:
            found = self._listeners[mode] = [each for each in self.callbacks if _needs(each, mode) != NEVER]
        return found

    def until_look(self, mode: str) -> float:
        """How many batches may run before a batch hook must be called.

        Args:
            mode: "train", "test" or "predict".

        Returns:
            At least 1; infinity where nobody minds.
        """
        return min((_needs(each, mode) for each in self._listening(mode)), default=WHENEVER)

    def wants_logs(self, mode: str) -> bool:
        """Whether anybody would read the logs of a batch's end."""
        return bool(self._listening(mode))

    def _batch_begin(self, mode: str, batch: int, logs: Any) -> None:
        listening = self._listening(mode)
        if not listening:
            return
        self._call(listening, f"on_{mode}_batch_begin", batch, logs)
        self._batch_started = time.perf_counter()

    def _batch_end(self, mode: str, batch: int, logs: Any) -> None:
        listening = self._listening(mode)
        if not listening:
            return
        if self._timed and batch >= 1:
            self._batch_seconds.append(time.perf_counter() - self._batch_started)
        self._call(listening, f"on_{mode}_batch_end", batch, logs)
        if self._timed and len(self._batch_seconds) >= _TIMED_BATCHES:
            self._warn_of_slow_hooks()

    def _call(self, listening: list[Any], hook: str, batch: int, logs: Any) -> None:
        logs = _logs(logs, listening)
        if not self._timed:
            for callback in listening:
                _run(callback, hook, batch, logs)
            return
        started = time.perf_counter()
        for callback in listening:
            _run(callback, hook, batch, logs)
        self._hook_seconds.setdefault(hook, []).append(time.perf_counter() - started)

    def _warn_of_slow_hooks(self) -> None:
        """Say so, once, if the hooks take longer than the batches."""
        batch_time = sum(self._batch_seconds) / len(self._batch_seconds)
        for hook, seconds in self._hook_seconds.items():
            hook_time = sum(seconds) / len(seconds)
            if hook_time > max(batch_time, _SLOW):
                logging.getLogger("addax").warning(
                    "Callback method `%s` is slow compared to the batch time (batch time: %.4fs vs `%s` time: %.4fs). "
                    "Check your callbacks.", hook, batch_time, hook, hook_time,
                )  # fmt: skip
        self._timed = False
        self._hook_seconds, self._batch_seconds = {}, []

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before a training batch."""
        self._batch_begin("train", batch, logs)

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """After a training batch."""
        self._batch_end("train", batch, logs)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before a training batch, or the first of several."""
        self._batch_begin("train", batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """After a training batch, or the last of several."""
        self._batch_end("train", batch, logs)

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before an evaluation batch, or the first of several."""
        self._batch_begin("test", batch, logs)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """After an evaluation batch, or the last of several."""
        self._batch_end("test", batch, logs)

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before a prediction batch, or the first of several."""
        self._batch_begin("predict", batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """After a prediction batch, or the last of several."""
        self._batch_end("predict", batch, logs)

    # ------------------------------------------------------------------ epochs and runs

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Before an epoch."""
        logs = _logs(logs, self.callbacks)
        for callback in self.callbacks:
            _run(callback, "on_epoch_begin", epoch, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """After an epoch; what a callback adds to the logs, later ones see."""
        logs = _logs(logs, self.callbacks)
        for callback in self.callbacks:
            _run(callback, "on_epoch_end", epoch, logs)

    def _run_hook(self, hook: str, logs: Any) -> None:
        if hook.endswith("_begin"):
            self._listeners.clear()
        logs = _logs(logs, self.callbacks)
        for callback in self.callbacks:
            _run(callback, hook, logs)

    def on_train_begin(self, logs: Any = None) -> None:
        """When `fit` begins."""
        self._run_hook("on_train_begin", logs)

    def on_train_end(self, logs: Any = None) -> None:
        """When `fit` ends."""
        self._run_hook("on_train_end", logs)

    def on_test_begin(self, logs: Any = None) -> None:
        """When an evaluation begins."""
        self._run_hook("on_test_begin", logs)

    def on_test_end(self, logs: Any = None) -> None:
        """When an evaluation ends."""
        self._run_hook("on_test_end", logs)

    def on_predict_begin(self, logs: Any = None) -> None:
        """When a prediction begins."""
        self._run_hook("on_predict_begin", logs)

    def on_predict_end(self, logs: Any = None) -> None:
        """When a prediction ends."""
        self._run_hook("on_predict_end", logs)

    def make_logs(self, model: Any, logs: dict[str, Any], outputs: Any, mode: str, prefix: str = "") -> dict[str, Any]:
        """Add a batch's outputs to logs, for loops of one's own.

        Args:
            model: the model, whose `metrics_names` say what the outputs are.
            logs: what to add to.
            outputs: the results of a "train" or "test" step, in the order of `metrics_names`; else kept whole.
            mode: "train", "test" or "predict".
            prefix: put before the names.

        Returns:
            `logs`; unchanged where there is no callback.
        """
        if not self.callbacks:
            return logs
        names = model.metrics_names
        if mode in ("train", "test") and names:
            logs.update({prefix + name: output for name, output in zip(names, outputs, strict=False)})
        else:
            logs["outputs"] = outputs
        return logs

    def resume_point(self) -> tuple[int, int] | None:
        """(epoch, step) where an interrupted run goes on, if a callback restored one when `fit` began."""
        return next((at for each in self.callbacks if (at := getattr(each, "_resume_point", None)) is not None), None)

    def resume_order(self) -> Any:
        """The random state with which that epoch began, and so drew the order of its rows; None if it is not known."""
        return next((at for each in self.callbacks if (at := getattr(each, "_resume_order", None)) is not None), None)


def _run(callback: Any, hook: str, *arguments: Any) -> None:
    """Call a hook; what it raises names it."""
    try:
        getattr(callback, hook)(*arguments)
    except Exception as error:
        where = f"{arguments[0]}, ..." if len(arguments) > 1 else ""
        error.add_note(
            f"  In the callback {type(callback).__name__}.{hook}({where}); the model is as the last step left it."
        )
        raise


def _logs(logs: Any, listening: list[Any]) -> Any:
    """Logs as their readers want them: Python numbers, unless all of them take tensors."""
    if logs is None:
        return {}
    if all(getattr(each, "_supports_tf_logs", False) for each in listening):
        return logs
    return trees.map_structure(python_value, logs)
