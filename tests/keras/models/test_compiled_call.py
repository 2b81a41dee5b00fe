"""`model(x)` of plain models runs as one program, and nobody sees a difference."""

import copy
import pickle

import numpy as np
import pytest

import addax as tf

layers = tf.keras.layers
X = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")


def made(*more):
    first = [layers.Dense(3, "relu"), layers.BatchNormalization(), layers.Dropout(0.5)]
    return tf.keras.Sequential([tf.keras.Input((4,)), *first, *more, layers.Dense(2, "softmax")])


def by_layers(model, x, **options):
    """The same call layer by layer: a tape is watching."""
    with tf.GradientTape():
        return model(x, **options)


def programs(model):
    return model._graph.compiled._programs


def same(model, x):
    np.testing.assert_allclose(model(x), by_layers(model, x), rtol=1e-6)


def test_one_program_per_shape():
    model = made()
    for x in (X, X[:2], X, tf.constant(X)):
        same(model, x)
    assert len(programs(model)) == 2 and all(callable(each) for each in programs(model).values())
    np.testing.assert_array_equal(model(X), model(X, training=False))


def test_weights_and_attributes_count_at_once():
    model = made()
    before = model(X).numpy()
    model.layers[0].kernel.assign(model.layers[0].kernel * 2.0)
    same(model, X)
    assert not np.allclose(model(X), before)
    model.layers[0].activation = tf.tanh
    same(model, X)
    model.layers[-1].use_bias = False
    same(model, X)
    model.layers[0].activation = lambda x: x * 3.0  # somebody else's function is called each time
    same(model, X)
    assert not programs(model)


def test_training_tapes_and_functions_run_layer_by_layer():
    model = made()
    assert not np.allclose(model(X, training=True), model(X))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(X))
    assert None not in tape.gradient(loss, model.trainable_variables)
    np.testing.assert_allclose(tf.function(model)(X), model(X), rtol=1e-6)
    with tf.autodiff.ForwardAccumulator(model.layers[0].kernel, tf.ones([4, 3])) as forward:
        out = model(X)
    assert np.abs(forward.jvp(out)).sum() > 0


def test_losses_stay_exact_at_certain_predictions():
    model = tf.keras.Sequential([tf.keras.Input((1,)), layers.Flatten(), layers.Dense(2, "softmax", use_bias=False)])
    model.layers[-1].set_weights([np.array([[200.0, -200.0]], "float32")])
    loss = tf.keras.losses.SparseCategoricalCrossentropy()
    x = np.ones((1, 1), "float32")
    np.testing.assert_allclose(loss([1], model(x)), loss([1], by_layers(model, x)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.Lambda(lambda x: x * 2.0),
        lambda: layers.Dense(3, activity_regularizer="l2"),
        lambda: layers.Dense(3, dtype="mixed_bfloat16"),
        layers.Masking,
    ],
)
def test_what_does_more_than_compute_runs_layer_by_layer(make):
    layer = make()
    if isinstance(layer, layers.Masking):
        model = tf.keras.Sequential([tf.keras.Input((4, 1)), layer, layers.LSTM(2)])
        x = X[..., None]
    else:
        model, x = made(layer), X
    np.testing.assert_allclose(model(x), by_layers(model, x), rtol=1e-2)
    assert not model._graph.compiled._programs
    if getattr(layer, "activity_regularizer", None):
        assert len(model.losses) == 1


def test_masks_of_the_input_and_hooks_are_seen():
    model = made()
    calls = []
    original = model.layers[0].call
    model.layers[0].call = lambda inputs: calls.append(1) or original(inputs)
    model(X), model(X)
    assert len(calls) == 2
    tf.config.run_functions_eagerly(True)
    try:
        same(made(), X)
    finally:
        tf.config.run_functions_eagerly(False)


def test_errors_are_those_of_the_layer():
    with pytest.raises(ValueError, match="sequential"):
        made()(X[:, :3])


def test_several_outputs_and_structures():
    inputs = tf.keras.Input((4,))
    hidden = layers.Dense(3, "relu")(inputs)
    model = tf.keras.Model(inputs, {"a": layers.Dense(1, "sigmoid")(hidden), "b": [hidden, layers.Dense(2)(hidden)]})
    for one, other in zip(tf.nest.flatten(model(X)), tf.nest.flatten(by_layers(model, X)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)
    assert set(model(X)) == {"a", "b"} and model(X)["a"]._keras_logits[0] == "sigmoid"


def test_copies_made_after_training_are_models_of_their_own():
    model = made()
    model.compile("adam", "sparse_categorical_crossentropy")
    labels = np.zeros(5, "int32")
    model.fit(X, labels, verbose=0)
    model.predict(X, verbose=0)
    model.evaluate(X, labels, verbose=0)
    model(X)
    for copied in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(copied(X), model(X))
        before = model(X).numpy()
        copied.fit(X, labels, verbose=0)
        same(copied, X)
        np.testing.assert_array_equal(model(X), before)
        assert copied.optimizer.iterations.numpy() == 2


def test_adding_a_layer_is_noticed():
    model = made()
    assert model(X).shape == (5, 2)
    model.add(layers.Dense(7))
    assert model(X).shape == (5, 7)
    model.pop()
    same(model, X)
