"""Losses of Keras 3; the numbers are its own, on JAX."""

import numpy as np
import pytest

import addax as tf

MASKS = np.float32([[[0, 1], [1, 0.5]], [[1, 1], [0, 0.2]]])
FOUND = np.float32([[[0.2, 0.9], [0.7, 0.3]], [[0.6, 0.5], [0.1, 0.4]]])
EMBEDDINGS = np.float32([[0.1, 0.9], [0.5, 0.5], [0.2, -0.3], [-0.4, 0.2]])
losses = tf.keras.losses


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (losses.Dice(), 0.30238098),
        (losses.Dice(axis=(1, 2)), 0.30903891),
        (losses.Dice(reduction="none", axis=-1), [[0.14285713, 0.32], [0.29032254, 0.77142859]]),
        (losses.Tversky(), 0.30238098),
        (losses.Tversky(0.3, 0.7, axis=(1, 2)), 0.27439520),
    ],
)
def test_overlaps(loss, expected):
    assert np.allclose(loss(MASKS, FOUND), expected, atol=2e-7)


def test_noisy_labels():
    found = np.float32([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.3, 0.3, 0.4]])
    for q, expected in ((0.5, 0.50419182), (0.2, 0.55569410)):
        loss = losses.CategoricalGeneralizedCrossEntropy(q)
        assert np.allclose([loss([0, 1, 2], found), loss([[0], [1], [2]], found)], expected)
    with pytest.raises(ValueError, match="interval"):
        losses.CategoricalGeneralizedCrossEntropy(1.0)


def test_circles_and_their_gradient():
    labels = np.array([0, 0, 1, 1])
    assert np.allclose(
        losses.Circle(reduction="none")(labels, EMBEDDINGS), [0.44887650, 0.01266579, 83.376198, 80.317131]
    )
    assert np.allclose(losses.Circle(2.0, 0.3, remove_diagonal=False)(labels, EMBEDDINGS), 2.48288322)
    x = tf.Variable(EMBEDDINGS)
    with tf.GradientTape() as tape:
        loss = losses.Circle(gamma=2.0, margin=0.3)(labels, x)
    assert np.allclose(
        tape.gradient(loss, x),
        [[-0.44336301, -0.26467574], [-0.04571316, -0.64080590], [0.82612890, -0.65122163], [-0.46362677, 0.71333122]],
    )


def test_circles_of_long_embeddings_and_of_labels_without_pairs():
    labels, found = np.array([0, 0, 1, 2]), EMBEDDINGS * 2
    assert np.allclose(losses.Circle(reduction="none")(labels, found), [0.46956554, 2.7609551e-06, 0.0, 0.0])
    assert np.allclose(losses.Circle()(labels, found), 0.23478416)
    assert np.allclose(losses.Circle()(labels, found, sample_weight=[1.0, 2.0, 3.0, 4.0]), 0.23478553)
    x = tf.keras.Input((2,))
    model = tf.keras.Model(x, x)
    model.compile("sgd", losses.Circle())
    assert np.allclose(model.evaluate(found, labels, verbose=0), 0.23478416)


def test_weights_of_overlaps_of_everything():
    weights, expected = np.float32([1.0, 3.0]), [0.30238098, 0.90714294]
    assert np.allclose(losses.Dice(reduction="none")(MASKS, FOUND, sample_weight=weights), expected)
    assert np.allclose(losses.Dice(reduction="sum")(MASKS, FOUND, sample_weight=weights), 1.20952392)
    assert np.allclose(losses.Tversky(0.3, 0.7)(MASKS, FOUND, sample_weight=weights), 0.53500009)
    assert np.allclose(losses.Tversky(0.3, 0.7)(MASKS, FOUND, sample_weight=2.0), 0.53500009)
    dice = losses.Dice(reduction="mean_with_sample_weight")
    assert np.allclose(dice(MASKS, FOUND, sample_weight=weights), 0.30238098)


def test_names_and_configs():
    assert tf.keras.losses.get("dice") is losses.dice
    again = tf.keras.losses.deserialize(tf.keras.losses.serialize(losses.Tversky(0.3, axis=(1, 2))))
    assert np.allclose(again(MASKS, FOUND), losses.Tversky(0.3, axis=(1, 2))(MASKS, FOUND))
