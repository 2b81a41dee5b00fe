"""Labels that cannot be right are refused before a step runs, with their values.

Compiled code cannot raise, so this looks at the labels on the host: once at data in memory, at every batch of a stream.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from addax.core.tensor import Tensor, Tracer
from addax.keras import losses as losses_module
from addax.keras.training import outputs
from addax.keras.training.data import Rows, unpack


class TargetCheck:
    """Checks targets against the losses of class indices that a model was compiled with.

    Args:
        model: a compiled model. Its outputs are known once its step was traced, so check just before the step runs.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._passed: Rows | None = None  # rows that are right, all of them

    def batch(self, data: Any) -> None:
        """Check one batch.

        Raises:
            tf.errors.InvalidArgumentError: a label outside of [0, classes), or one that is not a number.
        """
        entries = self._model.compiled_loss.class_indices() if self._model.compiled_loss is not None else []
        if entries:
            self._check(entries, unpack(data)[1], None)

    def picked(self, data: Any, order: Any) -> None:
        """Check some rows of whole arrays.

        Raises:
            tf.errors.InvalidArgumentError: a label outside of [0, classes), or one that is not a number.
        """
        entries = self._model.compiled_loss.class_indices() if self._model.compiled_loss is not None else []
        if entries:
            self._check(entries, unpack(data)[1], order)

    def rows(self, rows: Rows, order: Any) -> None:
        """Check data in memory before a pass, in which `order` are the rows that are used (None: all).

        Raises:
            tf.errors.InvalidArgumentError: a label outside of [0, classes), or one that is not a number.
        """
        if rows is self._passed or self._model.compiled_loss is None:
            return
        entries = self._model.compiled_loss.class_indices()
        if entries:
            self._check(entries, unpack(rows.data)[1], order)
        self._passed = rows

    def _check(self, entries: list[Any], y: Any, order: Any) -> None:
        loss = self._model.compiled_loss
        targets = outputs.by_output(y, loss.output_names, loss.output_specs, "y (the targets)")
        for index, classes, ignored, who in entries:
            value = targets[index]
            value = value._value if isinstance(value, Tensor) else value
            if value is None or isinstance(value, Tracer) or not hasattr(value, "dtype"):
                continue
            host = np.asarray(value)
            losses_module.check_labels(host if order is None else host[order], classes, ignored, who)
