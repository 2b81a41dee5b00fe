"""One seed for Python, NumPy and tf.random."""

import random

import numpy as np
import pytest

from addax.core import random as tf_random
from addax.keras.seeding import set_random_seed


def draw():
    return random.random(), np.random.rand(), tf_random.next_key().numpy().tolist()


def test_the_same_seed_draws_the_same_numbers():
    set_random_seed(7)
    first = draw()
    assert draw() != first
    set_random_seed(7)
    assert draw() == first
    set_random_seed(8)
    assert draw() != first


def test_any_integer_is_a_seed():
    set_random_seed(-1)
    set_random_seed(2**40)


def test_other_things_are_not():
    with pytest.raises(ValueError, match="integer"):
        set_random_seed(1.5)


def test_initial_weights_are_those_of_tensorflow():
    from addax.keras import layers, models

    set_random_seed(1)
    model = models.Sequential([layers.Input((20, 8)), layers.Conv1D(4, 3), layers.LSTM(6), layers.Dense(3)])
    firsts = [w.reshape(-1)[:2].tolist() for w in model.get_weights() if w.any() and w.ndim > 1]
    expected = [  # of TensorFlow 2.21 with tf_keras
        [-0.19677582383155823, 0.295936644077301], [0.08449119329452515, -0.09042790532112122],
        [0.12423741817474365, -0.20426589250564575],
    ]  # fmt: skip
    np.testing.assert_allclose(firsts[:3], expected, rtol=1e-5)


def test_unseeded_weights_follow_pythons_generator():
    from addax.keras import initializers

    random_state, known = random.getstate(), tf_random._initial
    tf_random._initial = None
    try:
        random.seed(1)
        one = initializers.GlorotUniform()((2, 2)).numpy()
        random.seed(1)
        seed = random.randint(1, int(1e9))
        assert np.array_equal(one, initializers.GlorotUniform(seed)((2, 2)).numpy())
    finally:
        tf_random._initial = known
        random.setstate(random_state)


def test_set_seed_leaves_initial_weights_to_set_random_seed():
    from addax.keras import initializers

    known = tf_random._initial, tf_random._initial_stays
    try:
        set_random_seed(31)
        one, two = (initializers.GlorotUniform()((3, 3)).numpy() for _ in range(2))
        set_random_seed(31)
        assert np.array_equal(one, initializers.GlorotUniform()((3, 3)).numpy())
        tf_random.set_seed(1)
        assert np.array_equal(two, initializers.GlorotUniform()((3, 3)).numpy())
        np.testing.assert_allclose(two.sum(), 1.9345123767852783, rtol=1e-5)
    finally:
        tf_random._initial, tf_random._initial_stays = known
