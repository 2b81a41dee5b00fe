"""Progress bars, and where Keras prints its messages."""

from __future__ import annotations

import logging
import math
import os
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from addax.core.tensor import Tensor
from addax.core.variable import Variable

_interactive = True
_LOG_INTERVAL = 60.0  # seconds between two lines of one bar in a log file


def enable_interactive_logging() -> None:
    """Print progress and messages to standard output (the default).

    >>> import addax as tf
    >>> tf.keras.utils.enable_interactive_logging()
    """
    global _interactive
    _interactive = True


def disable_interactive_logging() -> None:
    """Send progress and messages to the `logging` module, logger "addax", instead of standard output.

    >>> from addax import keras
    >>> keras.utils.disable_interactive_logging()
    >>> keras.utils.is_interactive_logging_enabled()
    False
    >>> keras.utils.enable_interactive_logging()
    """
    global _interactive
    _interactive = False


def is_interactive_logging_enabled() -> bool:
    """Whether progress and messages go to standard output.

    >>> from addax import keras
    >>> keras.utils.is_interactive_logging_enabled()
    True
    """
    return _interactive


def print_message(message: str, line_break: bool = True) -> None:
    """Print a message of Keras's, or log it; see `disable_interactive_logging`."""
    if not _interactive:
        text = message.strip("\b\r\n")
        if text:
            logging.getLogger("addax").info(text)
        return
    try:
        sys.stdout.write(message + "\n" if line_break else message)
    except UnicodeEncodeError:  # a terminal of another encoding
        sys.stdout.write(message.encode("ascii", "replace").decode() + ("\n" if line_break else ""))
    sys.stdout.flush()


def numpy_value(value: Any) -> Any:
    """A tensor's or variable's value as a NumPy number or array of its dtype."""
    return np.asarray(value.numpy())[()] if isinstance(value, Tensor | Variable) else value


def python_value(value: Any) -> Any:
    """A logged value as Python and NumPy have it: a number for a scalar, an array for more."""
    if isinstance(value, Tensor | Variable):
        value = value.numpy()
    if isinstance(value, np.ndarray | np.generic):
        return value.item() if np.ndim(value) == 0 else value
    return value


class Progbar:
    """A progress bar with the values of metrics, as Keras prints it.

    On a terminal and in a notebook the line is drawn over; in a file only finished bars are written (and a line a
    minute meanwhile).

    Args:
        target: the number of units expected, None if unknown.
        width: of the bar, in characters.
        verbose: 1 for the bar, 2 for one line at the end, 0 for nothing.
        interval: the least time between two drawings, in seconds.
        stateful_metrics: names of values that are shown as they are; the others are averaged over units.
        unit_name: "step" or "sample".
        stateless_metrics: instead of `stateful_metrics`: names of the values that are averaged.

    Raises:
        ValueError: both `stateful_metrics` and `stateless_metrics`.

    >>> import addax as tf
    >>> bar = tf.keras.utils.Progbar(2, verbose=2)
    >>> bar.update(2, [("loss", 0.5)])
    2/2 - 0s - loss: 0.5000 - ...s/epoch - ...s/step
    """

    def __init__(
        self,
        target: int | None,
        width: int = 30,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
        *,
        stateless_metrics: Iterable[str] | None = None,
    ) -> None:
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError(
                "Only one of `stateful_metrics` and `stateless_metrics` can be given: which values are shown as they "
                f"are, or which are averaged. Received: {list(stateful_metrics)} and {list(stateless_metrics)}"
            )
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        self.stateful_metrics = set(stateful_metrics or ())
        self.stateless_metrics = None if stateless_metrics is None else set(stateless_metrics)
        self._dynamic_display = _redraws()
        self._total_width = 0
        self._seen_so_far = 0
        self._values: dict[str, list[Any]] = {}  # name -> [sum, number of units]
        self._start = time.time()
        self._last_update = 0.0 if self._dynamic_display else self._start
        self._after_first_step: float | None = None

    def _update_stateful_metrics(self, names: Iterable[str]) -> None:
        self.stateful_metrics = self.stateful_metrics.union(names)

    def wants(self, current: int) -> bool:
        """Whether an update now would be drawn; a caller can save itself the work of finding the values."""
        if self.verbose != 1:
            return False
        interval = self.interval if self._dynamic_display else _LOG_INTERVAL
        return time.time() - self._last_update >= interval or current == self.target

    def update(
        self, current: int, values: Iterable[tuple[str, Any]] | None = None, finalize: bool | None = None
    ) -> None:
        """Go to `current` units.

        Args:
            current: units done so far.
            values: pairs (name, value).
            finalize: whether this is the end of the bar; by default when the target is reached.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        self._collect(current, values or ())
        now = time.time()
        if self.verbose == 1:
            interval = self.interval if self._dynamic_display else _LOG_INTERVAL
            if now - self._last_update < interval and not finalize:
                self._time_first(current, now)
                return
            print_message(self._bar_line(current, now, finalize), line_break=False)
        elif self.verbose == 2 and finalize:
            print_message(self._summary_line(current, now), line_break=False)
        self._last_update = now

    def add(self, n: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """Go on by `n` units."""
        self.update(self._seen_so_far + n, values)

    def _collect(self, current: int, values: Iterable[tuple[str, Any]]) -> None:
        units = max(current - self._seen_so_far, 1)
        for name, value in values:
            averaged = self.stateless_metrics
            if name in self.stateful_metrics if averaged is None else name not in averaged:
                self._values[name] = [value, 1]
            elif name in self._values:
                self._values[name] = [self._values[name][0] + value * units, self._values[name][1] + units]
            else:
                self._values[name] = [value * units, units]
        self._seen_so_far = current

    def _shown_values(self, plain: Callable[[float], bool]) -> str:
        """The values, as numbers of 4 decimals where `plain` says so and with exponents otherwise."""
        text = ""
        for name, (total, units) in self._values.items():
            try:
                mean = float(np.mean(np.asarray(python_value(total)) / max(1, units)))
            except (TypeError, ValueError):  # a value that is no number is shown as it is
                text += f" - {name}: {total}"
                continue
            text += f" - {name}: {mean:.4f}" if plain(mean) else f" - {name}: {mean:.4e}"
        return text

    def _bar_line(self, current: int, now: float, finalize: bool) -> str:
        if self.target is None:
            bar = f"{current:7d}/Unknown"
        else:
            digits = len(str(self.target))
            done = int(self.width * (current / self.target)) if self.target else self.width
            done = min(done, self.width)
            arrow = ("=" * (done - 1) + (">" if current < self.target else "=")) if done > 0 else ""
            bar = f"{current:{digits}d}/{self.target} [{arrow}{'.' * (self.width - done)}]"
        per_unit = self._time_first(current, now)
        if self.target is None or finalize:
            info = f" - {now - self._start:.0f}s{_per_unit(per_unit, self.unit_name)}"
        else:
            info = f" - ETA: {_clock(per_unit * (self.target - current))}"
        info += self._shown_values(lambda mean: abs(mean) > 1e-3)
        if not self._dynamic_display:
            return f"{bar}{info}\n"
        width = len(bar) + len(info)
        line = "\b" * self._total_width + "\r" + bar + info + " " * max(0, self._total_width - width)
        self._total_width = width
        return line + "\n" if finalize else line

    def _summary_line(self, current: int, now: float) -> str:
        target = self.target if self.target is not None else current
        took = now - self._start
        line = f"{current:{len(str(target))}d}/{target} - {took:.0f}s{self._shown_values(lambda mean: mean > 1e-3)}"
        line += f" -{_per_unit(took, 'epoch')} -{_per_unit(took / max(target, 1), self.unit_name)}"
        return line + "\n"

    def _time_first(self, current: int, now: float) -> float:
        """Seconds a unit, the first one (which compiles) left out as soon as others are done."""
        if not current:
            return 0.0
        if self._after_first_step is not None and current > 1:
            first, units = self._after_first_step, current - 1
            return (now - first) / units
        if current == 1:
            self._after_first_step = now
        return (now - self._start) / current


def _redraws() -> bool:
    """Whether standard output can draw over a line: a terminal, a notebook, PyCharm's console."""
    terminal = hasattr(sys.stdout, "isatty") and sys.stdout.isatty()
    return terminal or "ipykernel" in sys.modules or "PYCHARM_HOSTED" in os.environ


def _per_unit(seconds: float, unit: str) -> str:
    if seconds >= 1 or seconds == 0:
        return f" {seconds:.0f}s/{unit}"
    if seconds >= 1e-3:
        return f" {seconds * 1e3:.0f}ms/{unit}"
    return f" {seconds * 1e6:.0f}us/{unit}"


def _clock(seconds: float) -> str:
    if not math.isfinite(seconds):
        return "?"
    whole = int(seconds)
    if seconds > 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}" if seconds > 60 else f"{whole}s"
