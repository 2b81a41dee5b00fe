"""Dropout and its kin."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
ONES = tf.ones((200, 50))


def test_dropout_keeps_the_mean_and_scales():
    tf.random.set_seed(1)
    out = np.asarray(L.Dropout(0.25)(ONES, training=True))
    assert set(np.unique(out.round(5))) == {0.0, np.float32(1.33333)}
    assert abs((out == 0).mean() - 0.25) < 0.02


def test_noise_shape_shares_the_mask():
    out = np.asarray(L.Dropout(0.5, noise_shape=(None, 1))(ONES, training=True))
    assert (out.min(1) == out.max(1)).all() and 0 < (out == 0).mean() < 1


def test_spatial_dropout_drops_channels():
    out = np.asarray(L.SpatialDropout2D(0.5)(tf.ones((20, 3, 3, 8)), training=True))
    assert (out.min((1, 2)) == out.max((1, 2))).all()
    first = np.asarray(L.SpatialDropout2D(0.5, "channels_first")(tf.ones((20, 8, 3, 3)), training=True))
    assert (first.min((2, 3)) == first.max((2, 3))).all()


@pytest.mark.parametrize(
    ("layer", "deviation"),
    [(L.GaussianDropout(0.2), 0.5), (L.GaussianNoise(0.3), 0.3)],
)
def test_gaussian_noise_has_its_mean_and_deviation(layer, deviation):
    tf.random.set_seed(2)
    out = np.asarray(layer(ONES, training=True))
    assert abs(out.mean() - 1) < 0.02 and abs(out.std() - deviation) < 0.02


def test_alpha_dropout_keeps_mean_and_variance():
    tf.random.set_seed(3)
    x = np.random.default_rng(0).standard_normal((300, 200)).astype("float32")
    out = np.asarray(L.AlphaDropout(0.2)(x, training=True))
    assert abs(out.mean()) < 0.02 and abs(out.std() - 1) < 0.02


def test_a_seed_repeats_the_masks_after_set_seed():
    def draw():
        tf.random.set_seed(5)
        return np.asarray(L.Dropout(0.5, seed=7)(ONES, training=True))

    np.testing.assert_array_equal(draw(), draw())


def test_a_compiled_function_draws_anew_and_training_may_be_symbolic():
    layer = L.Dropout(0.5)

    @tf.function
    def call(training):
        return layer(ONES, training=training)

    a, b, c = call(tf.constant(True)), call(tf.constant(True)), call(tf.constant(False))
    assert not np.array_equal(a, b)
    np.testing.assert_array_equal(c, ONES)


def test_rates_out_of_range_and_integers_are_refused():
    with pytest.raises(ValueError, match="rate"):
        L.Dropout(1.5)
    with pytest.raises(tf.errors.InvalidArgumentError, match="floating"):
        L.Dropout(0.5)(tf.constant([1, 2]), training=True)


def test_alpha_dropout_answers_a_tensor_shape():
    assert L.AlphaDropout(0.1).compute_output_shape((None, 3)) == tf.TensorShape([None, 3])
    assert isinstance(L.AlphaDropout(0.1).compute_output_shape((None, 3)), tf.TensorShape)
