"""check_optimizer: good ones pass, broken ones are found."""

import pytest

import addax as tf
from addax.testing import check_optimizer

optimizers = tf.keras.optimizers


@pytest.mark.parametrize(
    ("optimizer", "config"),
    [
        (optimizers.SGD, {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}),
        (optimizers.Adam, {"learning_rate": 0.1, "clipnorm": 1.0}),
        (optimizers.RMSprop, {"learning_rate": 0.05, "centered": True}),
    ],
)
def test_good_optimizers_pass(optimizer, config):
    assert len(check_optimizer(optimizer, config)) == 9


class Plain(optimizers.Optimizer):
    def __init__(self, learning_rate=0.1, name="Plain", **kwargs):
        super().__init__(name=name, **kwargs)
        self._learning_rate = self._build_learning_rate(learning_rate)

    def update_step(self, gradient, variable):
        if isinstance(gradient, tf.IndexedSlices):
            gradient = tf.convert_to_tensor(gradient)
        variable.assign_sub(tf.cast(self.learning_rate, variable.dtype) * gradient)

    def get_config(self):
        return {**super().get_config(), "learning_rate": self._serialize_hyperparameter(self._learning_rate)}


class Uphill(Plain):
    def update_step(self, gradient, variable):
        super().update_step(-tf.convert_to_tensor(gradient), variable)


class ForgetsRate(Plain):
    def __init__(self, learning_rate, **kwargs):
        super().__init__(learning_rate, **kwargs)

    def get_config(self):
        return optimizers.Optimizer.get_config(self)


class KeepsStateElsewhere(Plain):
    step = 0

    def update_step(self, gradient, variable):
        type(self).step += 1
        super().update_step(tf.convert_to_tensor(gradient) * (1.0 + self.step), variable)


def test_an_optimizer_of_ones_own_passes():
    assert "sparse gradients as dense ones" in check_optimizer(Plain)


@pytest.mark.parametrize(
    ("optimizer", "said"),
    [
        (Uphill, "lowers a bowl: from"),
        (ForgetsRate, "config: UnfitError"),
        (KeepsStateElsewhere, "goes on from saved variables: heights"),
    ],
)
def test_broken_optimizers_are_found(optimizer, said):
    with pytest.raises(AssertionError, match=said):
        check_optimizer(optimizer, {"learning_rate": 0.01})
