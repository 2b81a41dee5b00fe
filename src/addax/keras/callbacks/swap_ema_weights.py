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
        self._weights: list[Any] | None = None  # the weights themselves, while the averages are in the model

    def _put_averages_in(self) -> None:
        optimizer = getattr(self.model.optimizer, "inner_optimizer", self.model.optimizer)
        if not getattr(optimizer, "use_ema", False):
            raise ValueError("SwapEMAWeights must be used with an optimizer that has `use_ema=True`.")
        if self._weights is not None or not getattr(optimizer, "_built", False):
            return  # they are in, or nothing was trained yet
        variables = self.model.trainable_variables
        self._weights = [variable.read_value() for variable in variables]
        optimizer.finalize_variable_values(variables)

    def _put_weights_back(self) -> None:
        if self._weights is not None:
            for variable, value in zip(self.model.trainable_variables, self._weights, strict=True):
                variable.assign(value)
            self._weights = None

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Train on with the weights themselves."""
        self._put_weights_back()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Show the averages to the callbacks after this one."""
        if self.swap_on_epoch:
            self._put_averages_in()

    def on_train_end(self, logs: Any = None) -> None:
        """Leave the averages, which `fit` ends with."""
        self._weights = None

    def on_test_begin(self, logs: Any = None) -> None:
        """Evaluate with the averages."""
        self._put_averages_in()

    def on_test_end(self, logs: Any = None) -> None:
        """Back to the weights."""
        self._put_weights_back()

    def on_predict_begin(self, logs: Any = None) -> None:
        """Predict with the averages."""
        self._put_averages_in()

    def on_predict_end(self, logs: Any = None) -> None:
        """Back to the weights."""
        self._put_weights_back()
