"""A tour: every big feature once. Read it from the top; run it with `pytest tests/test_tour.py`."""

import numpy as np
import pytest

import addax as tf
from addax import keras
from addax.compat.alias import uninstall_alias
from addax.keras import layers

X = np.random.default_rng(0).normal(size=(200, 4)).astype("float32")
Y = (X @ np.array([[1.0], [-2.0], [0.5], [3.0]]) + 0.3).astype("float32")


def test_tensors_and_variables():
    x = tf.constant([[5, 2], [1, 3]])
    assert str(x) == "tf.Tensor(\n[[5 2]\n [1 3]], shape=(2, 2), dtype=int32)"
    np.testing.assert_array_equal(tf.matmul(x, x)[0] + 1, [28, 17])
    assert tf.Variable([1.0, 2.0]).assign_add([1.0, 1.0]).numpy().tolist() == [2.0, 3.0]
    with pytest.raises(tf.errors.InvalidArgumentError, match="tf.cast"):  # dtypes never mix silently
        tf.constant(1) + tf.constant(1.0)


def test_gradients():
    x = tf.Variable(3.0)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as tape:
            y = x**3
        first = tape.gradient(y, x)
    assert (float(first), float(outer.gradient(first, x))) == (27.0, 18.0)
    c = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(c)
        squares = c * c
    assert tape.jacobian(squares, c).numpy().tolist() == [[2.0, 0.0], [0.0, 4.0]]


def test_functions_are_compiled_once_per_signature():
    traces = []

    @tf.function
    def collatz(n):
        traces.append(n)
        steps = tf.constant(0)
        while n > 1:  # a loop over a tensor becomes a loop of XLA's
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        return steps

    assert [int(collatz(tf.constant(n))) for n in (6, 7, 27)] == [8, 16, 111] and len(traces) == 1


def test_datasets():
    even = tf.data.Dataset.range(10).map(lambda n: n * n).filter(lambda n: n % 2 == 0).batch(3)
    assert [batch.numpy().tolist() for batch in even] == [[0, 4, 16], [36, 64]]
    pairs = tf.data.Dataset.from_tensor_slices((X, Y)).shuffle(200, seed=1).batch(64).prefetch(tf.data.AUTOTUNE)
    assert [len(x) for x, _ in pairs] == [64, 64, 64, 8]


class Linear(layers.Layer):  # a layer of one's own: weights are made when the first input is seen
    def build(self, input_shape):
        self.w = self.add_weight(name="w", shape=(input_shape[-1], 1), initializer="glorot_uniform")
        self.b = self.add_weight(name="b", shape=(1,), initializer="zeros")

    def call(self, inputs):
        self.add_loss(1e-6 * tf.reduce_sum(tf.square(self.w)))
        return tf.matmul(inputs, self.w) + self.b


def sequential():
    return keras.Sequential([layers.Dense(16, activation="relu", input_shape=(4,)), layers.Dropout(0.05), Linear()])


def functional():
    inputs = keras.Input(shape=(4,), name="measurements")
    x = layers.BatchNormalization(momentum=0.9)(layers.Dense(16, activation=tf.nn.relu)(inputs))
    return keras.Model(inputs, Linear()(layers.Concatenate()([x, inputs])), name="functional")


class Subclassed(keras.Model):  # with a training step of its own
    def __init__(self):
        super().__init__()
        self.hidden, self.out = layers.Dense(16, activation="relu"), Linear()

    def call(self, inputs):
        return self.out(self.hidden(inputs))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compiled_loss(y, self(x, training=True), regularization_losses=self.losses)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {metric.name: metric.result() for metric in self.metrics}


@pytest.mark.parametrize("build", [sequential, functional, Subclassed])
def test_models_train_evaluate_and_predict(build, capsys, tmp_path):
    keras.utils.set_random_seed(0)
    model, seen, decay = build(), [], keras.optimizers.schedules.ExponentialDecay(0.05, 100, 0.9)
    model.compile(keras.optimizers.Adam(decay), loss="mse", metrics=["mae"])
    stop = keras.callbacks.EarlyStopping("val_loss", patience=20, restore_best_weights=True)
    note = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))
    keep = keras.callbacks.ModelCheckpoint(str(tmp_path / "best.weights.h5"), save_weights_only=True)
    history = model.fit(X, Y, batch_size=32, epochs=25, validation_split=0.2, callbacks=[stop, note, keep])
    assert "Epoch 2/25\n5/5 [====" in capsys.readouterr().out
    assert history.history["loss"][-1] < 0.1 * history.history["loss"][0]
    assert seen == history.epoch and (tmp_path / "best.weights.h5").exists()
    assert model.evaluate(tf.data.Dataset.from_tensor_slices((X, Y)).batch(50), verbose=0)[0] < 1.0
    np.testing.assert_allclose(model.predict(X, verbose=0), model(X), rtol=1e-4, atol=1e-5)


def test_a_loop_of_ones_own():
    keras.utils.set_random_seed(0)
    model, optimizer, mean = sequential(), keras.optimizers.Adam(0.02), keras.metrics.Mean()

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = keras.losses.MeanSquaredError()(y, model(x, training=True))
        optimizer.minimize(loss, model.trainable_weights, tape=tape)
        mean.update_state(loss)

    first = float(keras.losses.MeanSquaredError()(Y, model(X)))
    for x, y in tf.data.Dataset.from_tensor_slices((X, Y)).repeat(5).batch(20):
        step(x, y)
    assert float(mean.result()) < 0.7 * first


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_saved_models_come_back_and_train_on(tmp_path, suffix):
    model, path = functional(), tmp_path / f"model{suffix}"
    model.compile("adam", "mse")
    model.fit(X, Y, verbose=0)
    model.save(path)
    again = keras.models.load_model(path, custom_objects={"Linear": Linear})
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))
    losses = [each.fit(X, Y, shuffle=False, verbose=0).history["loss"][0] for each in (model, again)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)  # the optimizer's state came along


def test_programs_for_tensorflow_run_unchanged_and_errors_help(request):
    tf.install_alias()
    request.addfinalizer(uninstall_alias)
    exec("import tensorflow\nfrom tensorflow.keras.layers import Dense\nimport tf_keras", scope := {})
    assert scope["tensorflow"].keras.layers.Dense is scope["Dense"] is keras.layers.Dense
    with pytest.raises(ValueError, match="(?s)'adma'.*adam"):
        keras.optimizers.get("adma")
    with pytest.raises(AttributeError, match="did you mean 'matmul'"):
        tf.matmull  # noqa: B018
