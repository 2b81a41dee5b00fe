"""ProgbarLogger: the progress bar of fit, evaluate and predict."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from addax.keras.callbacks.callback import Callback
from addax.keras.callbacks.protocol import WHENEVER
from addax.keras.progress import Progbar, print_message, python_value


class ProgbarLogger(Callback):
    """Prints a progress bar with the metrics; `fit`, `evaluate` and `predict` add one unless `verbose=0`.

    Args:
        count_mode: "steps", or "samples" to count samples (logs then need "size").
        stateful_metrics: names of values that are shown as they are; the model's metrics always are.

    Raises:
        ValueError: another count_mode.

    >>> import addax as tf
    >>> tf.keras.callbacks.ProgbarLogger("steps").target is None
    True
    """

    def __init__(self, count_mode: str = "samples", stateful_metrics: Iterable[str] | None = None) -> None:
        super().__init__()
        self._supports_tf_logs = True
        if count_mode not in ("samples", "steps"):
            raise ValueError(f'Unknown `count_mode`: {count_mode}. Expected values are ["samples", "steps"]')
        self.use_steps = count_mode == "steps"
        self.stateful_metrics = set(stateful_metrics or ())
        self.seen = 0
        self._batches = 0
        self.progbar: Progbar | None = None
        self.target: int | None = None
        self.verbose = 1
        self.epochs = 1
        self._called_in_fit = False

    def set_params(self, params: dict[str, Any]) -> None:
        """Take "verbose", "epochs" and "steps" (or "samples")."""
        self.params = params
        self.verbose = params.get("verbose", 1)
        self.epochs = params.get("epochs", 1)
        self.target = params.get("steps" if self.use_steps else "samples")

    def _implements_train_batch_hooks(self) -> bool:
        # Without a known target, the number of batches is what the bar ends with.
        return self.verbose == 1 or self.target is None

    def _implements_test_batch_hooks(self) -> bool:
        return not self._called_in_fit and self._implements_train_batch_hooks()

    def _implements_predict_batch_hooks(self) -> bool:
        return self._implements_train_batch_hooks()

    def _batches_until_look(self, mode: str) -> float:
        return WHENEVER if self.use_steps else 1

    def on_train_begin(self, logs: Any = None) -> None:
        """Validation inside `fit` has no bar of its own."""
        self._called_in_fit = True

    def on_test_begin(self, logs: Any = None) -> None:
        """Begin the bar of `evaluate`."""
        if not self._called_in_fit:
            self._new_progbar()

    def on_predict_begin(self, logs: Any = None) -> None:
        """Begin the bar of `predict`."""
        self._new_progbar()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Begin the bar of an epoch."""
        self._new_progbar()
        if self.verbose and self.epochs > 1:
            print_message(f"Epoch {epoch + 1}/{self.epochs}")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Go on."""
        self._update(batch, logs)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Go on, in `evaluate`."""
        if not self._called_in_fit:
            self._update(batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """Go on."""
        self._update(batch, None)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """End the bar with the epoch's logs."""
        self._finish(logs)

    def on_test_end(self, logs: Any = None) -> None:
        """End the bar of `evaluate`."""
        if not self._called_in_fit:
            self._finish(logs)

    def on_predict_end(self, logs: Any = None) -> None:
        """End the bar of `predict`."""
        self._finish(None)

    def _new_progbar(self) -> None:
        self.seen = 0
        self.progbar = Progbar(
            target=self.target,
            verbose=self.verbose,
            stateful_metrics=self.stateful_metrics,
            unit_name="step" if self.use_steps else "sample",
        )

    def _bar(self) -> Progbar:
        if self.progbar is None:
            self._new_progbar()
        assert self.progbar is not None
        if self.model is not None:
            self.progbar._update_stateful_metrics([metric.name for metric in self.model.metrics])
        return self.progbar

    def _update(self, batch: int, logs: Any) -> None:
        logs = dict(logs or {})
        self._batches = batch + 1
        if self.use_steps:
            self.seen = batch + 1
        else:
            size, steps = logs.pop("size", 0), logs.pop("num_steps", 1)
            logs.pop("batch", None)
            self.seen += steps * size
        if self.verbose != 1:
            return
        bar = self.progbar
        if bar is None or not bar.stateful_metrics.issuperset(logs):
            bar = self._bar()
        # Values that are shown as they are need not be fetched from the device while nothing is drawn.
        if bar.wants(self.seen) or not bar.stateful_metrics.issuperset(logs):
            bar.update(self.seen, [(name, python_value(value)) for name, value in logs.items()], finalize=False)
        else:
            bar.update(self.seen, (), finalize=False)

    def _finish(self, logs: Any) -> None:
        bar = self._bar()
        if self.target is None:
            # Samples are not counted by `fit` of Keras 2, whose logs have no "size".
            self.target = self.seen or self._batches
            bar.target = self.target
        values = [(name, python_value(value)) for name, value in (logs or {}).items()]
        bar.update(self.target, values, finalize=True)
