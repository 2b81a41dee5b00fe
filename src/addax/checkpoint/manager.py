"""CheckpointManager: the newest checkpoints of a folder, old ones deleted."""

from __future__ import annotations

import contextlib
import glob
import os
import time
from collections.abc import Callable
from typing import Any

from addax.checkpoint import files
from addax.checkpoint.checkpoint import Checkpoint, CheckpointOptions


class CheckpointManager:
    """Saves checkpoints into a folder and keeps the newest.

    Args:
        checkpoint: what to save.
        directory: the folder.
        max_to_keep: how many checkpoints stay; None keeps all.
        keep_checkpoint_every_n_hours: besides these, one of every so many hours stays.
        checkpoint_name: the first part of the files' names.
        step_counter: a variable with the number of steps, for `checkpoint_interval`.
        checkpoint_interval: `save` does nothing until so many steps have passed.
        init_fn: called by `restore_or_initialize` where there is nothing to restore.

    Raises:
        ValueError: max_to_keep below 1, or an interval without a counter.

    >>> import addax as tf, tempfile
    >>> manager = tf.train.CheckpointManager(tf.train.Checkpoint(v=tf.Variable(1.0)), tempfile.mkdtemp(), max_to_keep=1)
    >>> manager.save().endswith("ckpt-1"), manager.save().endswith("ckpt-2"), len(manager.checkpoints)
    (True, True, 1)
    """

    def __init__(
        self, checkpoint: Checkpoint, directory: Any, max_to_keep: int | None,
        keep_checkpoint_every_n_hours: float | None = None, checkpoint_name: str = "ckpt", step_counter: Any = None,
        checkpoint_interval: int | None = None, init_fn: Callable[[], Any] | None = None,
    ) -> None:  # fmt: skip
        if max_to_keep is not None and max_to_keep <= 0:
            raise ValueError(f"Expected a positive integer or `None` for `max_to_keep`, got {max_to_keep}.")
        if checkpoint_interval is not None and step_counter is None:
            raise ValueError("`step_counter` should be passed if `checkpoint_interval` is not None.")
        self._checkpoint = checkpoint
        self._directory = os.fspath(directory)
        self._max_to_keep = max_to_keep
        self._every = keep_checkpoint_every_n_hours
        self._name = checkpoint_name
        self._step_counter = step_counter
        self._interval = checkpoint_interval
        self._init_fn = init_fn
        self._last_step: int | None = None
        self._kept: dict[str, float] = {}
        self._latest: str | None = None
        self._preserved = time.time()
        self._find()

    def _find(self) -> None:
        """Take over the checkpoints that are there."""
        state = files.get_checkpoint_state(self._directory)
        if state is None:
            return
        now = time.time()
        self._latest = state.model_checkpoint_path
        paths = state.all_model_checkpoint_paths or [state.model_checkpoint_path]
        stamps = state.all_model_checkpoint_timestamps
        if len(stamps) != len(paths):
            stamps = [now] * len(paths)
        self._kept = dict(zip(paths, stamps, strict=True))
        self._preserved = state.last_preserved_timestamp or now - 1

    @property
    def directory(self) -> str:
        """The folder."""
        return self._directory

    @property
    def checkpoint(self) -> Checkpoint:
        """What is saved."""
        return self._checkpoint

    @property
    def checkpoint_interval(self) -> int | None:
        """The number of steps between saves."""
        return self._interval

    @property
    def latest_checkpoint(self) -> str | None:
        """The prefix of the newest checkpoint."""
        return self._latest

    @property
    def checkpoints(self) -> list[str]:
        """The prefixes of the checkpoints that stay for now, oldest first."""
        return list(self._kept)

    def save(
        self,
        checkpoint_number: int | None = None,
        check_interval: bool = True,
        options: CheckpointOptions | None = None,
    ) -> str | None:
        """Save.

        Args:
            checkpoint_number: the number in the name; by default `checkpoint.save_counter`.
            check_interval: whether `checkpoint_interval` counts.
            options: see `CheckpointOptions`.

        Returns:
            The prefix of the new checkpoint; None where the interval has not passed.
        """
        if self._interval is not None:
            step = int(self._step_counter.numpy())
            if check_interval and self._last_step is not None and step - self._last_step < self._interval:
                return None
            self._last_step = step
        prefix = os.path.join(self._directory, self._name)
        os.makedirs(self._directory, exist_ok=True)
        self._checkpoint.save_counter.assign_add(1)
        number = int(self._checkpoint.save_counter.numpy()) if checkpoint_number is None else int(checkpoint_number)
        path = self._checkpoint.write(f"{prefix}-{number}", options)
        self._kept.pop(path, None)
        self._kept[path] = time.time()
        self._latest = path
        # The list comes before old files go: whoever reads it finds files for every name.
        gone = self._forget_old()
        files.write_checkpoint_state(
            self._directory, path, list(self._kept), list(self._kept.values()), self._preserved
        )
        for old in gone:
            for name in glob.glob(glob.escape(old) + ".*"):
                with contextlib.suppress(OSError):
                    os.unlink(name)
        return path

    def _forget_old(self) -> list[str]:
        gone = []
        while self._max_to_keep is not None and len(self._kept) > self._max_to_keep:
            path, stamp = next(iter(self._kept.items()))
            del self._kept[path]
            if self._every is not None and stamp - self._every * 3600 >= self._preserved:
                self._preserved = stamp
                continue
            gone.append(path)
        return gone

    def restore_or_initialize(self) -> str | None:
        """Restore the newest checkpoint; where there is none, call `init_fn`.

        Returns:
            The prefix restored, or None.
        """
        if self._latest is not None:
            self._checkpoint.restore(self._latest)
            if self._step_counter is not None:
                self._last_step = int(self._step_counter.numpy())
            return self._latest
        if self._init_fn is not None:
            self._init_fn()
        return None

    def sync(self) -> None:
        """Wait for saves in the background; there are none."""
