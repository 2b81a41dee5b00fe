"""Layers, metrics and optimizers as pure functions: training loops as JAX programs (numbers of Keras 3 on JAX)."""

import jax
import numpy as np
import pytest

import addax as tf

keras = tf.keras


def train():
    x = (np.arange(24, dtype="float32").reshape(6, 4) % 7) / 7
    y = np.array([0, 1, 2, 0, 1, 2])
    inputs = keras.Input(shape=(4,))
    hidden = keras.layers.Dense(3, activation="tanh", kernel_regularizer=keras.regularizers.L2(0.01))(inputs)
    outputs = keras.layers.Dense(3)(keras.layers.BatchNormalization()(hidden))
    model = keras.Model(inputs, outputs)
    for i, v in enumerate(model.trainable_variables):
        v.assign((np.arange(np.prod(v.shape), dtype="float32").reshape(v.shape) + i) % 5 / 5)
    optimizer, loss_fn = keras.optimizers.Adam(0.1), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    accuracy = keras.metrics.SparseCategoricalAccuracy()

    def compute(trainable, fixed, measured, x, y):
        y_pred, fixed, losses = model.stateless_call(trainable, fixed, x, training=True, return_losses=True)
        loss = loss_fn(y, y_pred) + sum(losses)
        measured = accuracy.stateless_update_state(measured, y, y_pred)
        return loss, (fixed, measured)

    grad_fn = jax.value_and_grad(compute, has_aux=True)

    @jax.jit
    def step(state, data):
        trainable, fixed, own, measured = state
        (loss, (fixed, measured)), grads = grad_fn(trainable, fixed, measured, *data)
        trainable, own = optimizer.stateless_apply(own, grads, trainable)
        return loss, (trainable, fixed, own, measured)

    optimizer.build(model.trainable_variables)
    before = [v.numpy() for v in model.variables]
    state = model.trainable_variables, model.non_trainable_variables, optimizer.variables, accuracy.variables
    losses = []
    for _ in range(4):
        loss, state = step(state, (x, y))
        losses.append(float(loss))
    assert all((v.numpy() == was).all() for v, was in zip(model.variables, before, strict=True))
    return losses, float(accuracy.stateless_result(state[3])), [float(np.abs(v).sum()) for v in state[0] + state[1]]


def test_a_training_loop_in_jax():
    losses, accuracy, sums = train()
    np.testing.assert_allclose(losses, [1.15542221, 0.98133200, 0.88837260, 0.79294151], rtol=1e-6)
    assert accuracy == pytest.approx(0.58333331)
    want = [5.1052532, 1.2072194, 2.0061698, 1.2032148, 4.1678286, 0.6963996, 0.0842576, 2.8830786]
    np.testing.assert_allclose(sums, want, rtol=1e-5)


def test_dropout_draws_anew_in_each_run_of_a_compiled_call():
    model = keras.Sequential([keras.layers.Dense(64, kernel_initializer="ones"), keras.layers.Dropout(0.5)])
    model.build((None, 2))
    call = jax.jit(lambda own, x: model.stateless_call(own, [], x, training=True)[0])
    runs = [np.asarray(call(model.trainable_variables, np.ones((1, 2), np.float32))) for _ in range(2)]
    assert (runs[0] != runs[1]).any()


def test_losses_of_a_call_are_returned_and_forgotten():
    class Noting(keras.layers.Layer):
        def call(self, x):
            self.add_loss(tf.reduce_sum(x))
            return x

    layer = Noting()
    layer.build((None, 2))
    _, _, (loss,) = jax.jit(lambda x: layer.stateless_call([], [], x, return_losses=True))(np.ones((1, 2)))
    assert loss == 2 and layer.losses == []
    with keras.StatelessScope(collect_losses=True) as scope:
        layer(np.ones((1, 2), np.float32))
    assert [float(each) for each in scope.losses] == [2]


def test_what_does_not_fit_is_refused():
    layer = keras.layers.Dense(1)
    with pytest.raises(ValueError, match="must be built"):
        layer.stateless_call([], [], np.ones((1, 2)))
    layer.build((None, 2))
    with pytest.raises(ValueError, match="length 1, but expected 2"):
        layer.stateless_call([layer.kernel], [], np.ones((1, 2)))
    with pytest.raises(ValueError, match="length 0, but expected 2"):
        keras.metrics.Mean().stateless_result([])
    sgd = keras.optimizers.SGD()
    with pytest.raises(ValueError, match="must be built"):
        sgd.stateless_apply([], [], [])
    sgd.build(layer.trainable_variables)
    with pytest.raises(ValueError, match="optimizer_variables"):
        sgd.stateless_apply([], [1.0, 1.0], layer.trainable_variables)
    summing = keras.optimizers.SGD(gradient_accumulation_steps=2)
    summing.build([layer.bias])
    with pytest.raises(ValueError, match="gradient_accumulator"):
        summing.stateless_apply(summing.variables, [np.ones(1, np.float32)], [layer.bias])
    with pytest.raises(ValueError, match="expected variables"):
        keras.StatelessScope([(3, 1.0)])
    with pytest.raises(ValueError, match="shape"):
        keras.StatelessScope([(layer.bias, np.ones(2))])
    with pytest.raises(ValueError, match="initialize_variables"):
        keras.StatelessScope(initialize_variables=False)


def test_the_scope_knows_what_was_assigned():
    v, untouched = keras.Variable(1.0), keras.Variable(2.0)
    with keras.StatelessScope([(v, 3.0)]) as scope:
        scope.add_update((v, v + 1.0))
    assert float(scope.get_current_value(v)) == 4 and scope.get_current_value(untouched) is None
    assert set(scope.state_mapping) == {id(v)} and float(v) == 1


def test_metrics_start_over():
    metric = keras.metrics.Sum()
    metric.update_state(3.0)
    assert [float(each) for each in metric.stateless_reset_state()] == [0] and float(metric.result()) == 3


def test_generators_of_random_numbers_are_among_the_variables_and_not_among_the_weights():
    class Noise(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.seeds = keras.random.SeedGenerator(3)

        def call(self, x):
            return x + keras.random.uniform((2,), seed=self.seeds)

    model = keras.Sequential([Noise()])
    model.build((None, 2))
    assert model.weights == [] and [v.name for v in model.non_trainable_variables] == ["seed_generator_state:0"]
    call = jax.jit(lambda state, x: model.stateless_call([], state, x))
    first, state = call(model.variables, np.zeros((1, 2), np.float32))
    second, state = call(state, np.zeros((1, 2), np.float32))
    assert (first != second).all() and state[0].tolist() == [3, 2]


def test_the_loss_of_a_model():
    model = keras.Sequential([keras.layers.Dense(1, kernel_initializer="ones", kernel_regularizer="l2")])
    model.build((None, 2))
    model.compile("sgd", "mse")
    x, y = np.ones((4, 2), np.float32), np.zeros((4, 1), np.float32)
    model.evaluate(x, y, verbose=0)
    measured = model.metrics_variables

    @jax.jit
    def loss(own, measured):
        y_pred, _ = model.stateless_call(own, [], x)
        return model.stateless_compute_loss(own, [], measured, x, y, y_pred), model.compute_loss(x, y, y_pred)

    (total, after), again = loss(model.trainable_variables, measured)
    assert float(total) == float(again) == pytest.approx(4.02)
    assert [len(part) for part in after] == [2, 0, len(measured)]


def test_paths_of_layers_and_variables():
    layer = keras.layers.Dense(1, name="head")
    assert layer.path is None
    layer(np.ones((1, 2)))
    assert (layer.path, layer.kernel.path) == ("head", "head/kernel")
