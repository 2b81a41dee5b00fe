"""Optimizers and decays of `tf.compat.v1.train`, with TensorFlow's numbers."""

import numpy as np
import pytest

import addax as tf
from addax import keras

train = tf.compat.v1.train

# Three steps down v * v from [1, 2], then the gradients, one more step, and the slots: measured from TensorFlow 2.21.
CASES = {
    "GradientDescent": ((0.1,), {}, [0.512, 1.024], [0.4096, 0.8192], {}),
    "Momentum": ((0.1, 0.9), {}, [0.062, 0.124], [-0.3086, -0.6172], {"momentum": [3.706, 7.412]}),
    "Adam": ((0.1,), {}, [0.70159, 1.7006], [0.60394, 1.6015], {"m": [0.57599, 1.2636], "v": [0.01175, 0.05488]}),
    "Adagrad": ((0.1,), {}, [0.7823, 1.7763], [0.73819, 1.7291], {"accumulator": [12.584, 56.584]}),
    "Adadelta": (
        (0.1,), {}, [0.99986, 1.9999], [0.99982, 1.9998],
        {"accum": [0.74187, 2.9677], "accum_update": [3.8304e-8, 3.8305e-8]},
    ),
    "Ftrl": (
        (0.1,), {}, [0.63789, 1.6237], [0.5972, 1.5778], {"accum": [9.8292, 50.045], "linear": [-18.723, -111.62]},
    ),
    "RMSProp": (
        (0.1,), {"momentum": 0.9, "centered": True}, [0.15209, 0.75666], [-0.20654, 0.175],
        {"mg": [0.40268, 0.95875], "momentum": [0.35863, 0.58166], "rms": [1.2726, 3.6401]},
    ),
    "ProximalGradientDescent": ((0.1, 0.01, 0.01), {}, [0.50803, 1.0185], [0.40502, 0.81299], {}),
    "ProximalAdagrad": ((0.1,), {}, [0.7823, 1.7763], [0.73819, 1.7291], {"accumulator": [12.584, 56.584]}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_steps_and_slots(name):
    args, options, third, fourth, slots = CASES[name]
    v, optimizer = tf.Variable([1.0, 2.0]), getattr(train, f"{name}Optimizer")(*args, **options)
    for _ in range(3):
        optimizer.minimize(lambda: tf.reduce_sum(v * v), var_list=[v])
    np.testing.assert_allclose(v.numpy(), third, rtol=2e-4)
    pairs = optimizer.compute_gradients(lambda: tf.reduce_sum(v * v))
    np.testing.assert_allclose(pairs[0][0].numpy(), 2 * v.numpy(), rtol=1e-6)
    optimizer.apply_gradients(pairs)
    np.testing.assert_allclose(v.numpy(), fourth, rtol=2e-4)
    assert optimizer.get_slot_names() == list(slots) and optimizer.get_name() == name
    for slot, expected in slots.items():
        np.testing.assert_allclose(optimizer.get_slot(v, slot).numpy(), expected, rtol=2e-4)


SPARSE = {
    "GradientDescent": ((), [0.64, 1.28], [1.8, 2.16]), "Adam": ((), [0.80041, 1.8002], [4.8001, 5.8]),
    "Momentum": ((0.9,), [0.46, 0.92], [0.0, 0.0]), "Adagrad": ((), [0.83474, 1.8315], [4.83, 5.8299]),
    "RMSProp": ((), [0.68725, 1.5595], [4.4663, 5.4636]), "Ftrl": ((), [0.68578, 1.6771], [4.7516, 5.7513]),
}  # fmt: skip


@pytest.mark.parametrize("name", SPARSE)
def test_rows(name):
    args, first, last = SPARSE[name]
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    optimizer = getattr(train, f"{name}Optimizer")(0.1, *args)
    for _ in range(2):
        optimizer.minimize(lambda: tf.reduce_sum(tf.gather(v, [0, 2, 2]) ** 2))
    np.testing.assert_allclose(v.numpy(), [first, [3.0, 4.0], last], rtol=2e-4, atol=1e-5)


def test_names_counters_and_refusals():
    v, steps = tf.Variable([1.0, 2.0]), tf.Variable(0, dtype=tf.int64)
    optimizer = train.AdamOptimizer(0.1)
    optimizer.minimize(lambda: tf.reduce_sum(v * v), steps)
    assert int(steps) == 1
    names = ["Variable/Adam:0", "Variable/Adam_1:0", "beta1_power:0", "beta2_power:0"]
    assert [each.name for each in optimizer.variables()] == names
    with pytest.raises(RuntimeError, match="should be a function"):
        optimizer.minimize(tf.reduce_sum(v * v))
    with pytest.raises(ValueError, match="No gradients provided"):
        optimizer.apply_gradients([(None, v)])


def test_in_a_function_and_in_keras():
    v, optimizer = tf.Variable([1.0, 2.0]), train.AdamOptimizer(0.1)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(v * v)
        optimizer.apply_gradients([(tape.gradient(loss, v), v)])

    step(), step()
    np.testing.assert_allclose(v.numpy(), [0.80041, 1.8002], rtol=1e-4)
    model = keras.Sequential([keras.layers.Dense(1, input_shape=(2,), kernel_initializer="ones")])
    model.compile(train.AdamOptimizer(0.1), "mse")
    history = model.fit(np.ones((4, 2), "f"), np.ones((4, 1), "f"), epochs=3, verbose=0).history
    np.testing.assert_allclose(history["loss"], [1.0, 0.49, 0.165881], rtol=1e-4)


def test_a_checkpoint_keeps_slots(tmp_path):
    v, optimizer = tf.Variable([1.0, 2.0]), train.AdamOptimizer(0.1)
    for _ in range(3):
        optimizer.minimize(lambda: tf.reduce_sum(v * v), var_list=[v])
    path = tf.train.Checkpoint(o=optimizer, v=v).save(str(tmp_path / "c"))
    names = {name for name, _ in tf.train.list_variables(path)}
    ends = "/.ATTRIBUTES/VARIABLE_VALUE"
    assert {f"o/beta1_power{ends}", f"v/.OPTIMIZER_SLOT/o/m{ends}", f"v/.OPTIMIZER_SLOT/o/v{ends}"} <= names
    w, other = tf.Variable([0.0, 0.0]), train.AdamOptimizer(0.1)
    tf.train.Checkpoint(o=other, v=w).restore(path)
    other.minimize(lambda: tf.reduce_sum(w * w), var_list=[w])
    np.testing.assert_allclose(w.numpy(), [0.60394, 1.6015], rtol=1e-4)


DECAYS = [
    ("exponential_decay", (0.1, 5, 10, 0.9), 0.094868), ("exponential_decay", (0.1, 15, 10, 0.9, True), 0.09),
    ("polynomial_decay", (0.1, 5, 10, 0.01, 2.0), 0.0325), ("polynomial_decay", (0.1, 25, 10, 0.01, 1.0, True), 0.025),
    ("piecewise_constant", (5, [3, 6], [1.0, 0.5, 0.1]), 0.5), ("inverse_time_decay", (0.1, 5, 10, 0.5), 0.08),
    ("natural_exp_decay", (0.1, 5, 10, 0.5), 0.07788), ("cosine_decay", (0.1, 5, 10), 0.05),
    ("cosine_decay_restarts", (0.1, 15, 10), 0.085355), ("linear_cosine_decay", (0.1, 5, 10), 0.0251),
    ("noisy_linear_cosine_decay", (0.1, 5, 10, 0.0), 0.0251),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args", "expected"), DECAYS)
def test_decays(name, args, expected):
    rate = getattr(train, name)(*args)()
    assert rate.dtype == tf.float32
    np.testing.assert_allclose(float(rate), expected, rtol=1e-4)


def test_a_rate_that_decays_with_the_steps():
    v, steps = tf.Variable([1.0, 2.0]), tf.Variable(0, dtype=tf.int64)
    optimizer = train.GradientDescentOptimizer(train.exponential_decay(0.1, steps, 1, 0.5))
    for _ in range(3):
        optimizer.minimize(lambda: tf.reduce_sum(v * v), steps, var_list=[v])
    np.testing.assert_allclose(v.numpy(), [0.684, 1.368], rtol=1e-5)
