"""SwapEMAWeights: evaluate and save with the optimizer's averaged weights."""

from __future__ import annotations

from typing import Any

from addax.keras.callbacks.callback import Callback


class SwapEMAWeights(Callback):
    """Puts the optimizer's moving averages into the model for evaluation, prediction and, if wanted, saving.

    Args:
        swap_on_epoch: swap at the end of each epoch as well, so that callbacks after this one (ModelCheckpoint) save
            the averages; the weights return at the beginning of the next epoch.

    The optimizer has to be made with `use_ema=True`.

    >>> import addax as tf
    >>> callback = tf.keras.callbacks.SwapEMAWeights(swap_on_epoch=True)
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._swapped = False

    def _swap(self) -> None:
        optimizer = getattr(self.model.optimizer, "inner_optimizer", self.model.optimizer)
        if not getattr(optimizer, "use_ema", False):
            raise ValueError("SwapEMAWeights must be used with an optimizer that has `use_ema=True`.")
        if not getattr(optimizer, "_built", False):
            return  # nothing was trained yet
        for variable in self.model.trainable_variables:
            average = optimizer._average_of(variable)
            value, mean = variable.value(), average.value()
            variable.assign(mean)
            average.assign(value)
        self._swapped = not self._swapped

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Train on with the weights themselves."""
        if self._swapped:
            self._swap()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Show the averages to the callbacks after this one."""
        if self.swap_on_epoch and not self._swapped:
            self._swap()

    def on_train_end(self, logs: Any = None) -> None:
        """Leave the weights themselves; `fit` ends with what the optimizer makes final."""
        if self._swapped:
            self._swap()

    def on_test_begin(self, logs: Any = None) -> None:
        """Evaluate with the averages."""
        if not self._swapped:
            self._swap()

    def on_test_end(self, logs: Any = None) -> None:
        """Back to the weights."""
        if self._swapped:
            self._swap()

    def on_predict_begin(self, logs: Any = None) -> None:
        """Predict with the averages."""
        if not self._swapped:
            self._swap()

    def on_predict_end(self, logs: Any = None) -> None:
        """Back to the weights."""
        if self._swapped:
            self._swap()
