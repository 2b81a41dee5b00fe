"""SidecarEvaluator: evaluates the checkpoints of a training that runs in another process."""

from __future__ import annotations

import logging
from typing import Any

from addax.checkpoint.checkpoint import Checkpoint
from addax.checkpoint.files import list_variables
from addax.checkpoint.polling import checkpoints_iterator
from addax.core import errors

_log = logging.getLogger("addax")
_PATIENCE = 30.0  # seconds until it says that no checkpoint comes


class SidecarEvaluator:
    """Loads each new checkpoint of a folder into a model and evaluates it.

    Args:
        model: compiled, of the structure of the one that is trained.
        data: as for `model.evaluate`.
        checkpoint_dir: the folder where checkpoints of `tf.train.Checkpoint(model=..., optimizer=...)` or of
            `ModelCheckpoint(save_weights_only=True)` appear.
        steps: how many batches of the data.
        max_evaluations: the number of the last checkpoint; it ends after that. None: it never ends.
        callbacks: of the evaluation.

    >>> import addax as tf, os, tempfile
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(2,))])
    >>> model.compile("sgd", "mse")
    >>> folder = tempfile.mkdtemp()
    >>> path = tf.train.Checkpoint(model=model, optimizer=model.optimizer).save(os.path.join(folder, "ckpt"))
    >>> data = tf.data.Dataset.from_tensors((tf.ones((4, 2)), tf.ones((4, 1))))
    >>> tf.keras.utils.SidecarEvaluator(model, data, folder, max_evaluations=1).start()  # doctest: +ELLIPSIS
    1/1 - ...
    """

    def __init__(
        self,
        model: Any,
        data: Any,
        checkpoint_dir: Any,
        steps: int | None = None,
        max_evaluations: int | None = None,
        callbacks: Any = None,
    ) -> None:
        self.model = model
        self.data = data
        self.checkpoint_dir = checkpoint_dir
        self.steps = steps
        self.max_evaluations = max_evaluations
        self.callbacks = callbacks or []

    def start(self) -> None:
        """Evaluate until the last checkpoint was seen."""
        for path in checkpoints_iterator(self.checkpoint_dir, timeout=_PATIENCE, timeout_fn=self._none_yet):
            try:
                self._load(path)
            except errors.UnavailableError:
                raise
            except (errors.OpError, OSError) as error:  # the training may be writing it still, or have removed it
                _log.info("SidecarEvaluator could not load %s, and goes on: %s", path, error)
                continue
            logs = self.model.evaluate(
                self.data, steps=self.steps, callbacks=self.callbacks, verbose=2, return_dict=True
            )
            _log.info("Evaluated %s: %s", path, logs)
            if self.max_evaluations and int(str(path).rpartition("-")[2]) >= self.max_evaluations:
                return

    def _none_yet(self) -> bool:
        _log.info(
            "SidecarEvaluator: no new checkpoint in %s for %.0f seconds; it waits on.", self.checkpoint_dir, _PATIENCE
        )
        return False

    def _load(self, path: str) -> None:
        """Weights, and the optimizer's state where it is there."""
        parts = {name.partition("/")[0] for name, _ in list_variables(path)}
        if "model" not in parts:
            self.model.load_weights(path)
            return
        optimizer = self.model.optimizer
        held = {"model": self.model} if optimizer is None else {"model": self.model, "optimizer": optimizer}
        Checkpoint(**held).restore(path).expect_partial()


class SidecarEvaluatorExperimental(SidecarEvaluator):
    """`SidecarEvaluator` under its name in `tf.keras.experimental`, which logs that there is a newer one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _log.warning(
            "`tf.keras.experimental.SidecarEvaluator` endpoint is deprecated and will be removed in a future release. "
            "Please use `tf.keras.utils.SidecarEvaluator`."
        )
        super().__init__(*args, **kwargs)
