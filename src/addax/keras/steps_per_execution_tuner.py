"""Finding the number of steps per execution while a loop of the user's own trains."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import numpy as np

_log = logging.getLogger("addax")


class StepsPerExecutionTuner:
    """Changes a variable, the number of steps in a call, so that more steps are done in a second.

    Args:
        optimizer: its `iterations` tell how many steps were done.
        spe_variable: an integer `tf.Variable` with the steps in a call.
        interval: seconds between two measurements.
        change_spe_interval: measurements between two changes.
        change_threshold: the share by which the throughput has to change to count as faster or slower.

    Whatever made it faster is done again (half as many steps more, or half of them less), what made it slower is
    turned around. `fit` finds its own number of steps, by timing chunks; this is for other loops.

    >>> import addax as tf
    >>> optimizer, steps = tf.keras.optimizers.SGD(), tf.Variable(1, dtype="int64")
    >>> tuner = tf.keras.utils.StepsPerExecutionTuner(optimizer, steps)
    >>> thread = tuner.start()
    >>> # ... loop: train `steps` batches in a call
    >>> tuner.stop()
    """

    def __init__(
        self,
        optimizer: Any,
        spe_variable: Any,
        interval: float = 5,
        change_spe_interval: int = 10,
        change_threshold: float = 0.1,
    ) -> None:
        self.optimizer = optimizer
        self._steps_per_execution = spe_variable
        self.interval = interval
        self.change_spe_interval = change_spe_interval
        self.spe_change_threshold = change_threshold
        self.steps_per_execution_stop_event = threading.Event()
        self.thread: threading.Thread | None = None

    @property
    def steps_per_execution(self) -> Any:
        """The variable; setting it assigns, and makes the value the one to come back to."""
        return self._steps_per_execution

    @steps_per_execution.setter
    def steps_per_execution(self, value: int) -> None:
        self._steps_per_execution.assign(value)
        self.init_spe = value

    def start(self) -> threading.Thread:
        """Measure and tune every `interval` seconds, in a thread, which is returned."""
        if self.thread is not None and self.thread.is_alive():
            return self.thread
        self._begin()
        self.thread = threading.Thread(target=self._repeat, daemon=True)
        self.thread.start()
        return self.thread

    def stop(self) -> None:
        """Let the thread end."""
        self.steps_per_execution_stop_event.set()

    def _repeat(self) -> None:
        while not self.steps_per_execution_stop_event.is_set():
            self._measure_and_tune(time.time())
            self.steps_per_execution_stop_event.wait(self.interval)

    def _begin(self) -> None:
        self.start_time = time.time()
        self.init_iterations = int(self.optimizer.iterations.numpy())
        self.init_spe = int(self._steps_per_execution.numpy())
        self._last = (self.init_iterations, self.start_time)
        self.rgsps: list[float] = []  # recent steps per second
        self.avg_rgsps = self.prev_avg_rgsps = 0.0
        self.spe_tune_last_action_add = True
        self.spe_measurement_count = 0

    def _measure_and_tune(self, now: float) -> None:
        self.spe_measurement_count += 1
        done = int(self.optimizer.iterations.numpy())
        iterations, then = self._last
        seconds = now - then
        self.rgsps.append((done - iterations) / seconds if seconds > 0 else 0.0)
        del self.rgsps[: -self.change_spe_interval]
        if done == 0:  # nothing was trained yet
            self.start_time = now
            return
        self._last = (done, now)
        # No step since the last measurement: an epoch has ended, or validation runs.
        if self.spe_measurement_count % self.change_spe_interval or not self.rgsps[-1]:
            return
        try:
            self._tune()
        except RuntimeError:
            _log.exception("The tuner of steps per execution failed.")

    def _tune(self) -> None:
        self.avg_rgsps = sum(self.rgsps) / len(self.rgsps)
        variable = self._steps_per_execution
        steps = int(variable.numpy())
        again, back = (1.5, 0.5) if self.spe_tune_last_action_add else (0.5, 1.5)
        factor = 1.0
        if self.avg_rgsps > (1 + self.spe_change_threshold) * self.prev_avg_rgsps:
            factor = again
        elif self.avg_rgsps < (1 - self.spe_change_threshold) * self.prev_avg_rgsps:
            factor = back
            self.spe_tune_last_action_add = not self.spe_tune_last_action_add
        if steps <= 0:
            steps = self.init_spe
        elif steps < variable.dtype.max / 1.5:
            steps = int(np.round(steps * factor))
        variable.assign(steps)
        self.prev_avg_rgsps = self.avg_rgsps
