"""Schedule objects: calls, configs, dicts."""

import numpy as np
import pytest

import addax as tf
from addax.keras import registry
from addax.keras.optimizers import schedules

RATE = {"initial_learning_rate": 0.1}
CONFIGS = [
    ("ExponentialDecay", {**RATE, "decay_steps": 3, "decay_rate": 0.5, "staircase": True}),
    ("InverseTimeDecay", {**RATE, "decay_steps": 3, "decay_rate": 0.5, "staircase": False}),
    ("PiecewiseConstantDecay", {"boundaries": [2, 4], "values": [0.3, 0.2, 0.1]}),
    ("PolynomialDecay", {**RATE, "decay_steps": 3, "end_learning_rate": 0.01, "power": 2.0, "cycle": True}),
    ("CosineDecay", {**RATE, "decay_steps": 5, "alpha": 0.1, "warmup_target": 0.2, "warmup_steps": 2}),
    ("CosineDecayRestarts", {**RATE, "first_decay_steps": 2, "t_mul": 1.5, "m_mul": 0.8, "alpha": 0.1}),
]


@pytest.mark.parametrize("name, config", CONFIGS, ids=[name for name, _ in CONFIGS])
def test_schedules_round_trip_and_take_any_step(name, config):
    schedule = getattr(schedules, name)(**config)
    assert schedule.get_config() == {**config, "name": None}
    described = schedules.serialize(schedule)
    assert (described["module"], described["class_name"]) == ("keras.optimizers.schedules", name)
    again = schedules.deserialize(described)
    old = schedules.deserialize(schedules.serialize(schedule, use_legacy_format=True))
    for step in (0, np.int64(3), tf.constant(4, tf.int64), tf.Variable(5), tf.constant(2.0)):
        found = schedule(step)
        assert found.dtype.name == "float32" and found.shape.rank == 0
        assert float(found) == float(again(step)) == float(old(step))


@pytest.mark.parametrize("name, config", CONFIGS, ids=[name for name, _ in CONFIGS])
def test_schedules_are_the_same_in_a_function(name, config):
    schedule = getattr(schedules, name)(**config)
    traced = tf.function(lambda step: schedule(step))
    for step in (0, 3, 7):
        np.testing.assert_allclose(float(traced(tf.constant(step))), float(schedule(step)), rtol=1e-6)


def test_boundaries_and_values_have_to_fit():
    with pytest.raises(ValueError, match="1 less"):
        schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2])


def test_a_schedule_of_ones_own():
    class Ramp(schedules.LearningRateSchedule):
        def __init__(self, slope):
            self.slope = slope

        def __call__(self, step):
            return self.slope * tf.cast(step, tf.float32)

        def get_config(self):
            return {"slope": self.slope}

    with registry.CustomObjectScope({"Ramp": Ramp}):
        again = schedules.deserialize(schedules.serialize(Ramp(0.5)))
    assert isinstance(again, Ramp) and float(again(3)) == 1.5
    with pytest.raises(NotImplementedError, match="__call__"):
        schedules.LearningRateSchedule()(1)
    with pytest.raises(NotImplementedError, match="get_config"):
        schedules.LearningRateSchedule().get_config()


def test_unknown_names():
    with pytest.raises(ValueError, match="CosineDecay"):
        schedules.deserialize({"class_name": "CosinDecay", "config": {}})


def test_piecewise_rates_of_whole_numbers():
    schedule = schedules.PiecewiseConstantDecay([2], [1, 2])
    assert schedule(2).dtype == schedule(tf.constant(3, tf.int64)).dtype == tf.int32
    assert [int(schedule(step)) for step in (2, 3)] == [1, 2]
    variable = tf.Variable([1.0])
    tf.keras.optimizers.SGD(schedule).apply_gradients([(tf.constant([0.5]), variable)])
    assert variable.numpy().tolist() == [0.5]
    with pytest.raises(IndexError, match="out of range"):
        schedules.PiecewiseConstantDecay([], [1.0])(0)


def test_numbers_beside_a_float64_rate_are_cast_by_way_of_float32():
    """Measured from TensorFlow 2.21."""
    found = schedules.ExponentialDecay(np.float64(0.5), 4, 0.3)(3)
    assert float(found) == pytest.approx(0.20268002926139053, rel=1e-14)
