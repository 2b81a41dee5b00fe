"""LossScaleOptimizer: scaling, skipped steps, delegation."""

import numpy as np
import pytest

import addax as tf
from addax.core import errors
from addax.keras import optimizers
from addax.keras.optimizers import LossScaleOptimizer


@pytest.fixture(autouse=True)
def fresh_warnings():
    errors.forget_warnings()


def make(cls=optimizers.SGD, **options):
    return LossScaleOptimizer(cls(0.5), **{"initial_scale": 4.0, "dynamic_growth_steps": 2, **options})


@pytest.mark.parametrize("traced", [False, True])
@pytest.mark.parametrize("cls", [optimizers.SGD, optimizers.legacy.SGD])
def test_steps_with_and_without_finite_gradients(cls, traced):
    optimizer, v = make(cls), tf.Variable([1.0, 2.0])

    def step(grad):
        with tf.GradientTape() as tape:
            scaled = optimizer.get_scaled_loss(tf.reduce_sum(v * grad))
        grads = optimizer.get_unscaled_gradients(tape.gradient(scaled, [v]))
        optimizer.apply_gradients(zip(grads, [v], strict=True))
        return scaled

    step = tf.function(step) if traced else step
    seen = []
    for grad in ([1.0, 1.0], [2.0, 0.0], [float("inf"), 1.0], [1.0, 1.0]):
        step(tf.constant(grad))
        seen.append((v.numpy().tolist(), float(optimizer.loss_scale), int(optimizer.dynamic_counter)))
    assert seen == [
        ([0.5, 1.5], 4.0, 1),
        ([-0.5, 1.5], 8.0, 0),
        ([-0.5, 1.5], 4.0, 0),
        ([-1.0, 1.0], 4.0, 1),
    ]
    assert int(optimizer.iterations) == 4


def test_minimize_scales_by_itself():
    optimizer, v = make(), tf.Variable(2.0)
    optimizer.minimize(lambda: v * v, [v])
    assert float(v) == 0.0
    with tf.GradientTape() as tape:
        loss = v * 3.0
    optimizer.minimize(loss, [v], tape=tape)
    assert float(v) == -1.5


def test_a_fixed_scale():
    optimizer, v = LossScaleOptimizer(optimizers.SGD(1.0), dynamic=False, initial_scale=8.0), tf.Variable([1.0])
    assert optimizer.get_unscaled_gradients([tf.constant([8.0]), None])[1] is None
    assert float(optimizer.get_scaled_loss(lambda: tf.constant(2.0))()) == 16.0
    optimizer.apply_gradients([(tf.constant([1.0]), v)])
    assert float(v[0]) == 0.0
    assert (optimizer.dynamic, optimizer.dynamic_counter, optimizer.dynamic_growth_steps) == (False, None, None)


def test_forgotten_scaling_warns():
    optimizer, v = make(), tf.Variable([1.0])
    with pytest.warns(UserWarning, match="forgot to call LossScaleOptimizer.get_scaled_loss"):
        optimizer.apply_gradients([(tf.constant([1.0]), v)])


def test_options_are_the_inner_optimizers():
    optimizer = make()
    optimizer.learning_rate = 0.25
    optimizer.momentum = 0.5
    assert float(optimizer.inner_optimizer.learning_rate) == 0.25 == float(optimizer.lr)
    assert optimizer.inner_optimizer.momentum == 0.5 == optimizer.momentum
    v = tf.Variable([1.0], name="v")
    optimizer.build([v])
    assert [each.name for each in optimizer.variables] == ["iteration:0", "m/v:0"]
    with pytest.raises(AttributeError):
        _ = optimizer.nothing


def test_config_round_trip():
    optimizer = make()
    config = optimizers.serialize(optimizer)
    again = optimizers.deserialize(config)
    assert isinstance(again, LossScaleOptimizer) and isinstance(again.inner_optimizer, optimizers.SGD)
    assert again.get_config() == optimizer.get_config()
    assert (again.initial_scale, again.dynamic_growth_steps) == (4.0, 2)


def test_defaults_and_errors():
    optimizer = LossScaleOptimizer(optimizers.SGD())
    assert (optimizer.initial_scale, optimizer.dynamic_growth_steps) == (32768.0, 2000)
    for make_it, error in [
        (lambda: LossScaleOptimizer("sgd"), TypeError),
        (lambda: LossScaleOptimizer(optimizer), TypeError),
        (lambda: LossScaleOptimizer(optimizer.inner_optimizer), ValueError),
        (lambda: LossScaleOptimizer(optimizers.SGD(), dynamic=1), TypeError),
        (lambda: LossScaleOptimizer(optimizers.SGD(), dynamic=False), ValueError),
        (
            lambda: LossScaleOptimizer(optimizers.SGD(), dynamic=False, initial_scale=1.0, dynamic_growth_steps=2),
            ValueError,
        ),
    ]:
        with pytest.raises(error):
            make_it()


def test_float16_gradients():
    optimizer = make()
    (grad,) = optimizer.get_unscaled_gradients([tf.constant(np.float16([4.0]))])
    assert grad.dtype.name == "float16" and float(grad[0]) == 1.0


def test_names_of_slots_lie_outside_of_the_optimizer():
    optimizer = tf.keras.mixed_precision.LossScaleOptimizer(tf.keras.optimizers.SGD(0.1))
    variable = tf.Variable([1.0], name="kernel")
    optimizer.get_scaled_loss(1.0)
    optimizer.apply_gradients([(optimizer.get_unscaled_gradients([tf.constant([1.0])])[0], variable)])
    assert [each.name for each in optimizer.variables] == ["iteration:0", "m/kernel:0"]


@pytest.mark.parametrize(
    ("inner", "name"),
    [("optimizers.SGD", "LossScaleOptimizerV3"), ("optimizers.legacy.SGD", "LossScaleOptimizer")],
)
def test_serialized_as_keras_names_its_two_classes(inner, name):
    make = tf.keras.optimizers.legacy.SGD if "legacy" in inner else tf.keras.optimizers.SGD
    scaled = tf.keras.mixed_precision.LossScaleOptimizer(make(0.5))
    described = tf.keras.optimizers.serialize(scaled)
    assert described["module"] == "tf_keras.src.mixed_precision.loss_scale_optimizer"
    assert described["class_name"] == described["registered_name"] == name
    assert tf.keras.optimizers.serialize(scaled, use_legacy_format=True)["class_name"] == name
    for config in (described, tf.keras.optimizers.serialize(scaled, use_legacy_format=True)):
        again = tf.keras.optimizers.deserialize(config)
        assert type(again) is type(scaled)
        assert type(again.inner_optimizer) is make


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_minimize_with_a_legacy_optimizer(name):
    """What `fit` does under mixed_float16 with an optimizer of tf.keras.optimizers.legacy."""
    v, w = tf.Variable([1.0, -2.0]), tf.Variable([1.0, -2.0])
    scaled = LossScaleOptimizer(getattr(optimizers.legacy, name)(0.1), initial_scale=4.0)
    scaled.minimize(lambda: tf.reduce_sum(v * v), [v])
    getattr(optimizers.legacy, name)(0.1).minimize(lambda: tf.reduce_sum(w * w), [w])
    np.testing.assert_allclose(v.numpy(), w.numpy(), rtol=1e-6)
    assert int(scaled.iterations) == 1


def test_fit_under_mixed_precision_with_a_legacy_optimizer():
    layer = tf.keras.layers.Dense(1, dtype="mixed_float16", kernel_initializer="ones")
    model = tf.keras.Sequential([layer])
    model.compile(LossScaleOptimizer(optimizers.legacy.SGD(0.5), initial_scale=4.0), "mse")
    model.fit(np.ones((2, 2)), np.zeros((2, 1)), verbose=0)
    assert layer.kernel.numpy().ravel().tolist() == [-1.0, -1.0] and layer.bias.numpy().tolist() == [-2.0]
