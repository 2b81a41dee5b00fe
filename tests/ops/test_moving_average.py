"""tf.train.ExponentialMovingAverage; numbers measured from TensorFlow."""

import pytest

import addax as tf


@pytest.mark.parametrize("updates, expected", [(None, 1.1), (3, 1.6923077)])
def test_averages(updates, expected):
    variable, other = tf.Variable(1.0, name="v"), tf.Variable([1.0, 2.0], name="w")
    averages = tf.train.ExponentialMovingAverage(0.9, updates)
    averages.apply([variable, other])
    assert float(averages.average(variable)) == 1.0
    variable.assign(2.0)
    tf.function(averages.apply)([variable])
    assert float(averages.average(variable)) == pytest.approx(expected)
    assert averages.average(other).numpy().tolist() == [1.0, 2.0] and averages.average(tf.Variable(1.0)) is None
    assert averages.average_name(variable) == "v/ExponentialMovingAverage"
    assert list(averages.variables_to_restore()) == [f"{name}/ExponentialMovingAverage" for name in "vw"]


def test_averages_in_checkpoints(tmp_path):
    variable = tf.Variable(1.0, name="v")
    averages = tf.train.ExponentialMovingAverage(0.5)
    averages.apply([variable])
    path = tf.train.Checkpoint(averages=averages).save(str(tmp_path / "a"))
    variable.assign(3.0)
    averages.apply()
    assert float(averages.average(variable)) == 2.0
    tf.train.Checkpoint(averages=averages).restore(path)
    assert float(averages.average(variable)) == 1.0


@pytest.mark.parametrize("wrong", [lambda: tf.constant(1.0), lambda: tf.Variable(1)])
def test_refused(wrong):
    with pytest.raises(TypeError):
        tf.train.ExponentialMovingAverage(0.9).apply([wrong()])
