"""UpdateEmbeddingCallback: the vocabulary of a DynamicEmbedding follows the data while a model is trained."""

from __future__ import annotations

import threading
from typing import Any

from addax.keras.callbacks.callback import Callback
from addax.keras.timed_thread import TimedThread
from addax.ops import creation


class UpdateEmbeddingCallback(TimedThread, Callback):
    """Calls `update_embeddings` of a layer every so many seconds, and clears the optimizer's slots of its vectors.

    The seconds are counted by a thread; the update itself is made between two batches, when no step runs.

    Args:
        dynamic_embedding_layer: a `DynamicEmbedding` of the model.
        interval: in seconds.

    >>> import addax as tf
    >>> layer = tf.keras.layers.experimental.DynamicEmbedding(2, 3, tf.constant(["a", "b"]))
    >>> tf.keras.callbacks.experimental.UpdateEmbeddingCallback(layer, interval=60).interval
    60
    """

    def __init__(self, dynamic_embedding_layer: Any, interval: float) -> None:
        TimedThread.__init__(self, interval)
        Callback.__init__(self)
        self._dynamic_embedding_layer = dynamic_embedding_layer
        self._epoch = 0
        self._due = threading.Event()

    def on_interval(self) -> None:
        """The time is over: the next end of a batch updates."""
        self._due.set()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Notes the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Updates, where it is time."""
        if not self._due.is_set():
            return
        self._due.clear()
        layer = self._dynamic_embedding_layer
        layer.update_embeddings(None)
        vectors = layer.embedding_layer.embeddings
        optimizer = getattr(self.model, "optimizer", None)
        variables = getattr(optimizer, "variables", ())
        for variable in variables() if callable(variables) else variables:
            if variable is not vectors and vectors.name.rpartition(":")[0] in variable.name:
                variable.assign(creation.zeros_like(variable))
