"""BackupAndRestore: go on after an interruption."""

from __future__ import annotations

import os
import signal
import threading
import warnings
from typing import Any

import numpy as np

from addax.core import random
from addax.core.trace import reachable
from addax.core.variable import Variable
from addax.formats import npz
from addax.formats.errors import CorruptFileError
from addax.keras.callbacks.callback import Callback, overridden_by_user
from addax.keras.callbacks.protocol import NEVER, WHENEVER
from addax.keras.optimizers import legacy

_FILE = "training_state.npz"
_PREVIOUS = "previous_training_state.npz"


class BackupAndRestore(Callback):
    """Backs up the state of training, and puts it back when `fit` is called again after an interruption.

    The state is the model's, the optimizer's and the metrics' variables, the random state, and where training was. With
    data in memory, `fit` goes on with the batch after the last backup, in the same order; other data starts the epoch
    anew. When `fit` ends normally the backup is removed, and the
    folder stays. The backup before the last one is kept beside it, for the case
    that the last one cannot be read.

    Args:
        backup_dir: a folder for this one training.
        save_freq: "epoch", a number of batches, or False for none.
        delete_checkpoint: False leaves the backup in place at the end.
        save_before_preemption: back up when the process is told to end (SIGTERM), after the running step.
        double_checkpoint: False keeps the last backup only.

    Raises:
        ValueError: neither save_freq nor save_before_preemption.

    >>> import addax as tf
    >>> callback = tf.keras.callbacks.BackupAndRestore("backup", save_freq=1000)
    """

    def __init__(
        self,
        backup_dir: Any,
        save_freq: int | str | bool = "epoch",
        delete_checkpoint: bool = True,
        save_before_preemption: bool = False,
        double_checkpoint: bool = True,
    ) -> None:
        super().__init__()
        self._supports_tf_logs = True
        if not save_freq and not save_before_preemption:
            raise ValueError("Either `save_freq` or `save_before_preemption` must be set.")
        if save_freq and save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(f'Unrecognized save_freq: {save_freq}. Expected save_freq are "epoch" or integer')
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = save_freq
        self.delete_checkpoint = delete_checkpoint
        self.save_before_preemption = save_before_preemption
        self.double_checkpoint = double_checkpoint
        self._batches_count = 0
        self._last_batch = -1
        self._current_epoch = 0
        self._resume_point: tuple[int, int] | None = None
        self._resume_order: Any = None
        self._order: Any = None  # the random state when the epoch began
        self._preempted = threading.Event()
        self._previous_handler: Any = None
        self._own_file: Any = None  # what this training last read or wrote
        self._warned = False

    @property
    def _path(self) -> str:
        return os.path.join(self.backup_dir, _FILE)

    @property
    def _previous(self) -> str:
        return os.path.join(self.backup_dir, _PREVIOUS)

    def _by_batches(self) -> bool:
        return isinstance(self.save_freq, int) and not isinstance(self.save_freq, bool)

    def _implements_train_batch_hooks(self) -> bool:
        return self._by_batches() or self.save_before_preemption or overridden_by_user(self, "train")

    def _batches_until_look(self, mode: str) -> float:
        if self._by_batches():
            return self.save_freq - self._batches_count
        return WHENEVER if self.save_before_preemption else NEVER

    # ------------------------------------------------------------------ hooks

    def on_train_begin(self, logs: Any = None) -> None:
        """Put a backup back, if there is one."""
        self._resume_point = self._resume_order = None
        self._batches_count = 0
        if getattr(self.model, "built", True):
            _make_slots(self.model.optimizer, list(self.model.trainable_variables))
        self._restore()
        if self.save_before_preemption and threading.current_thread() is threading.main_thread():
            self._previous_handler = signal.signal(signal.SIGTERM, lambda *_: self._preempted.set())

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Note the epoch."""
        self._current_epoch = epoch
        going_on = self._resume_point is not None and self._resume_point[0] == epoch
        self._order = self._resume_order if going_on else random.global_state().state.numpy()
        self._last_batch = self._resume_point[1] - 1 if self._resume_point and self._resume_point[0] == epoch else -1

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Back up, if it is time or the process is about to end."""
        # A loop that cannot begin in the middle of an epoch begins it anew.
        self._batches_count += batch - self._last_batch if batch > self._last_batch else batch + 1
        self._last_batch = batch
        if self._by_batches() and self._batches_count >= self.save_freq:
            self._batches_count = 0
            self._back_up(self._current_epoch, batch + 1)
        if self._preempted.is_set():
            self._back_up(self._current_epoch, batch + 1)
            self._end_process()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Back up, if it is time or the process is about to end."""
        if self.save_freq == "epoch" or self._preempted.is_set():
            self._back_up(epoch + 1, 0)
        if self._preempted.is_set():
            self._end_process()

    def on_train_end(self, logs: Any = None) -> None:
        """Remove the backup; the folder stays."""
        self._give_signal_back()
        if self.delete_checkpoint:
            for path in (self._path, self._previous):
                if os.path.exists(path):
                    os.remove(path)

    def _give_signal_back(self) -> None:
        if self._previous_handler is not None:
            signal.signal(signal.SIGTERM, self._previous_handler)
            self._previous_handler = None

    def _end_process(self) -> None:
        self._preempted.clear()
        self._give_signal_back()
        signal.raise_signal(signal.SIGTERM)

    # ------------------------------------------------------------------ the state

    def _state(self) -> dict[str, Variable]:
        """All variables that training changes, by a name that the next process finds again."""
        weights = list(self.model.weights)
        streams = random.variables()
        known = {id(variable) for variable in [*weights, *streams]}
        state = {f"model/{i}": variable for i, variable in enumerate(weights)}
        state.update({f"random/{variable.name}": variable for variable in streams})
        for part, root in (("layers", list(self.model.layers)), ("optimizer", self.model.optimizer)):
            found = [variable for variable in reachable(root) if id(variable) not in known]
            known.update(id(variable) for variable in found)
            state.update({f"{part}/{i}": variable for i, variable in enumerate(found)})
        measured = [variable for metric in self.model.metrics for variable in metric.variables]
        state.update({f"metrics/{i}": v for i, v in enumerate(measured) if id(v) not in known})
        return state

    def _back_up(self, epoch: int, batch: int) -> None:
        os.makedirs(self.backup_dir, exist_ok=True)
        arrays = {name: _stored(np.asarray(variable.numpy())) for name, variable in self._state().items()}
        arrays.update(position=np.array([epoch, batch], np.int64), order=np.asarray(self._order))
        if os.path.exists(self._path):
            self._look_for_others()
            if self.double_checkpoint:
                self._keep_previous()
        npz.write_npz(self._path, arrays)
        self._own_file = _identity(self._path)

    def _keep_previous(self) -> None:
        """Give the last backup a second name, which stays when the next one takes its place."""
        name = f"{self._previous}.{os.getpid()}.partial"
        try:
            os.link(self._path, name)
            os.replace(name, self._previous)
        except OSError:  # a file system without links
            os.replace(self._path, self._previous)

    def _look_for_others(self) -> None:
        """Warn where another training writes to the same folder: each would go on from the other's state."""
        if _identity(self._path) != self._own_file and not self._warned:
            self._warned = True
            warnings.warn(
                f"BackupAndRestore: {self._path} was written by another training meanwhile.\n"
                "  To do: give each training a backup_dir of its own."
            )

    def _restore(self) -> None:
        """Put the last backup back; the one before it, with a warning, where the last one cannot be read."""
        if os.path.exists(self._path):
            try:
                saved = npz.read_npz(self._path)
            except CorruptFileError as error:
                if not os.path.exists(self._previous):
                    raise
                warnings.warn(f"BackupAndRestore: the last backup cannot be read ({error}). The one before it is used.")
                self._put_back(npz.read_npz(self._previous), self._previous)
            else:
                self._put_back(saved, self._path)
            self._own_file = _identity(self._path)
        elif os.path.exists(self._previous):  # ended between putting it aside and writing the next
            self._put_back(npz.read_npz(self._previous), self._previous)

    def _put_back(self, saved: dict[str, np.ndarray], path: str) -> None:
        """Check all of a backup, then set all variables."""
        position, order = saved.pop("position", None), saved.pop("order", None)
        if position is None or position.shape != (2,) or position.dtype.kind != "i" or (position < 0).any():
            raise CorruptFileError(
                path, "says not where training was", member="position", expected="an epoch and a batch"
            )
        state = self._state()
        current = random.global_state().state
        if order is not None and (order.shape != tuple(current.shape) or order.dtype != current.dtype.np):
            raise CorruptFileError(
                path, "holds a random state of another algorithm or version", member="order",
                expected=f"{current.dtype.name} {tuple(current.shape)}", received=f"{order.dtype} {order.shape}",
            )  # fmt: skip
        problems = [
            name
            for name in sorted(set(saved) | set(state))
            if not name.startswith(("random/", "metrics/"))
            and (name not in saved or name not in state or not _fits(saved[name], state[name]))
        ]
        if problems:
            raise ValueError(
                f"BackupAndRestore: the backup {path} is not of this model and optimizer "
                f"(they differ in {', '.join(problems[:5])}).\n  To do: take another backup_dir, or remove this one."
            )
        for name, variable in state.items():
            if name in saved and _fits(saved[name], variable):
                variable.assign(saved[name].astype(variable.dtype.np, copy=False))
        self._resume_point, self._resume_order = (int(position[0]), int(position[1])), order


def _stored(array: np.ndarray) -> np.ndarray:
    """An array as a file of NumPy holds it: bfloat16 as float32."""
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else array


def _fits(array: np.ndarray, variable: Variable) -> bool:
    wanted = np.float32 if variable.dtype.name == "bfloat16" else variable.dtype.np
    return array.shape == tuple(variable.shape) and array.dtype == wanted


def _identity(path: str) -> tuple[int, int]:
    """What tells a file from the one that replaces it."""
    found = os.stat(path)
    return found.st_ino, found.st_mtime_ns


def _make_slots(optimizer: Any, variables: list[Any]) -> None:
    """Make the optimizer's variables now, so that a backup finds all of its own."""
    if isinstance(optimizer, legacy.Optimizer):
        optimizer._build_scoped(variables)
    elif optimizer is not None and not getattr(optimizer, "_built", False):
        optimizer._build_scoped(variables, None)
