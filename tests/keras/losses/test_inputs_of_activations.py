"""Cross-entropies of what went into an activation. Numbers measured from TensorFlow 2.21 with Keras 2."""

import numpy as np
import pytest

import addax as tf

X = np.array([[60.0, -40.0, 3.0], [2.0, -70.0, 90.0]], np.float32)
Y = np.array([[0, 1, 0], [1, 0, 0]], np.float32)
CLASSES = Y.argmax(-1)
WHOLE = {  # the loss where the activation is an operation of tf.nn in a compiled model
    ("softmax", "categorical_crossentropy"): 94.0,
    ("softmax", "sparse_categorical_crossentropy"): 94.0,
    ("softmax", "binary_crossentropy"): 10.25,  # not found: a softmax is no sigmoid
    ("sigmoid", "binary_crossentropy"): 32.19592,
    ("sigmoid", "binary_focal_crossentropy"): 32.12801,
    ("sigmoid", "categorical_crossentropy"): 8.43836,
}
FOCAL = {  # (from_logits, activation): loss by keras.losses, its gradient's first row, first row of keras.backend's
    (False, "softmax"): ([0.54517883, 0.75123352], [0.00871993, -0.00292026, -0.00201504],
                         [1.23624122, 0.37426782, 0.0250274]),
    (False, "sigmoid"): ([0.60228711, 0.72767681], [0.00868725, -0.00250675, 0.00334536],
                         [1.318645, 0.27585325, 0.21236297]),
    (True, "softmax"): ([0.42816254, 0.49269414], [0.00475756, -0.00091833, 0.00138804],
                        [0.93273628, 0.13541557, 0.21633576]),
    (True, "sigmoid"): ([0.44794285, 0.4885076], [0.00484949, -0.00083772, 0.00260838],
                        [0.94826907, 0.11750616, 0.27805328]),
}  # fmt: skip


def _models(function):
    yield tf.keras.layers.Dense(3, activation=function, use_bias=False, kernel_initializer="identity")
    yield tf.keras.layers.Activation(function)
    yield tf.keras.layers.Lambda(function)
    yield function


@pytest.mark.parametrize(("name", "loss"), list(WHOLE))
def test_operations_in_compiled_models(name, loss):
    targets = CLASSES if loss.startswith("sparse") else Y
    for layer in _models(getattr(tf.nn, name)):
        inputs = tf.keras.Input((3,))
        model = tf.keras.Model(inputs, layer(inputs))
        model.compile("sgd", loss)
        assert model.evaluate(X, targets, verbose=0) == pytest.approx(WHOLE[name, loss], rel=1e-3)


def test_training_goes_on_where_probabilities_would_be_clipped():
    model = tf.keras.Sequential(
        [tf.keras.layers.Dense(3, activation=tf.nn.softmax, use_bias=False, kernel_initializer="identity")]
    )
    model.compile("sgd", "categorical_crossentropy")
    model.fit(X, Y, verbose=0)
    expected = [[0.71, 0.3, -0.01], [-0.15, 0.8, 0.35], [0.435, 0.015, 0.55]]
    np.testing.assert_allclose(model.get_weights()[0], expected, rtol=1e-5)


def test_operations_are_not_looked_for_eagerly():
    found = tf.keras.losses.categorical_crossentropy(Y, tf.nn.softmax(tf.constant(X)))
    np.testing.assert_allclose(found, [16.118095, 16.118095], rtol=1e-5)
    model = tf.keras.Sequential([tf.keras.layers.Dense(3, activation=tf.nn.softmax, kernel_initializer="identity")])
    found = tf.keras.losses.categorical_crossentropy(Y, model(X))
    np.testing.assert_allclose(found, [16.118095, 16.118095], rtol=1e-5)


@pytest.mark.parametrize("function", ["softmax", "sigmoid"])
def test_functions_of_the_backend_are_the_activations(function):
    outputs = getattr(tf.keras.backend, function)(tf.constant(X))
    found = tf.keras.losses.categorical_crossentropy(Y, outputs)
    np.testing.assert_allclose(found, [100.0, 88.0])


@pytest.mark.filterwarnings("ignore:.binary_focal_crossentropy. received")
@pytest.mark.parametrize(("from_logits", "name"), list(FOCAL))
def test_focal_crossentropy_weighs_by_the_activation_and_takes_the_logits(from_logits, name):
    expected, slope, elements = FOCAL[from_logits, name]
    x, activation = tf.constant(X), getattr(tf.keras.activations, name)
    options = {"from_logits": from_logits, "apply_class_balancing": True, "gamma": 1.5}
    with tf.GradientTape() as tape:
        tape.watch(x)
        found = tf.keras.losses.binary_focal_crossentropy(Y, activation(x / 30.0), **options)
    np.testing.assert_allclose(found, expected, rtol=2e-6)
    np.testing.assert_allclose(tape.gradient(found, x)[0], slope, rtol=2e-3)
    found = tf.keras.backend.binary_focal_crossentropy(Y, activation(x / 30.0), **options)
    np.testing.assert_allclose(found[0], elements, rtol=5e-6)


def test_focal_crossentropy_of_a_softmax_along_another_axis():
    outputs = tf.keras.activations.softmax(tf.constant(X) / 30.0, axis=0)
    found = tf.keras.losses.binary_focal_crossentropy(Y, outputs)
    np.testing.assert_allclose(found, [0.57955855, 1.0831946], rtol=2e-6)
    found = tf.keras.backend.binary_focal_crossentropy(Y, outputs)
    np.testing.assert_allclose(found[1], [0.50399923, 0.00669436, 2.73889041], rtol=5e-6)
    loss = tf.keras.losses.BinaryFocalCrossentropy()
    found = loss(Y, tf.keras.activations.softmax(tf.constant(X) / 30.0), [1.0, 2.0])
    assert float(found) == pytest.approx(1.606333, rel=1e-6)
