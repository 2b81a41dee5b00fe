"""Gamma and Poisson numbers: those of TensorFlow for the same seed."""

import numpy as np
import pytest

import addax as tf

GAMMA = {  # by parameter: eight numbers of the seed (1, 2), as float64, measured
    2.0: [
        2.817273560438536,
        1.9241365690766064,
        3.336006692616804,
        2.218280489673604,
        2.2619924202884416,
        1.4950694623057916,
        3.1218413172052464,
        1.9545731295168123,
    ],
    0.5: [
        0.06695361383821083,
        0.62823544551181,
        0.18136731678689116,
        0.04758991859990008,
        0.17356313969932474,
        0.8720740992762177,
        0.8285455375486722,
        0.3413399161551738,
    ],
    1.0: [
        3.4994423583437104,
        1.7193092981478832,
        2.2487352006448047,
        1.89350913788573,
        0.22994833614986177,
        1.1978731947487329,
        0.0173364180945746,
        1.868276355562767,
    ],
    0.7: [
        0.20284612282246706,
        0.9106530593860899,
        0.4318533482641585,
        0.1494904209848704,
        0.37858545719411757,
        1.0804441519074752,
        1.256318080009762,
        0.5913414428231584,
    ],
}
POISSON = {  # by rate
    0.5: [3, 2, 1, 3, 0, 2, 0, 2],
    3.0: [5, 5, 4, 6, 3, 6, 0, 6],
    10.0: [14, 12, 15, 18, 7, 13, 10, 10],
    50.0: [59, 55, 60, 58, 43, 56, 50, 49],
    1000.0: [1038, 1021, 1046, 1037, 970, 1019, 1002, 997],
}


@pytest.mark.parametrize("alpha", GAMMA)
def test_gamma_numbers(alpha):
    found = tf.random.stateless_gamma([8], (1, 2), alpha=alpha, dtype=tf.float64)
    np.testing.assert_allclose(found, GAMMA[alpha], rtol=1e-14)


def test_streams_of_one_parameter_follow_one_another():
    found = tf.random.stateless_gamma([2, 2], (1, 2), alpha=[[0.3, 1.0]], beta=[[1.0], [2.0]], dtype=tf.float64)
    flat = tf.random.stateless_gamma([4], (1, 2), alpha=1.0, dtype=tf.float64)
    assert found.shape == (2, 2) and float(found[1, 1]) == float(flat[3]) / 2.0


@pytest.mark.parametrize("rate", POISSON)
def test_poisson_numbers(rate):
    assert tf.random.stateless_poisson([8], (1, 2), lam=rate).numpy().tolist() == POISSON[rate]


def test_rates_of_both_kinds_together():
    found = tf.random.stateless_poisson([3, 2, 2], (1, 2), lam=[[0.3, 11.0], [2.5, 70.0]])
    assert found.numpy().reshape(3, 4).tolist() == [[1, 20, 0, 74], [2, 8, 6, 69], [1, 14, 1, 66]]


def test_parameters_at_the_edge():
    assert np.isnan(tf.random.stateless_gamma([2], (1, 2), alpha=-1.0)).all()
    assert tf.random.stateless_gamma([2], (1, 2), alpha=0.0).numpy().tolist() == [np.finfo(np.float32).tiny] * 2
    assert tf.random.stateless_poisson([2], (1, 2), lam=-1.0).numpy().tolist() == [0, 0]
    for draw in (tf.random.stateless_gamma, tf.random.stateless_poisson):
        with pytest.raises(tf.errors.InvalidArgumentError, match="ends with"):
            draw([3, 2], (1, 2), [1.0, 2.0, 3.0])


def test_gradient_of_the_parameter():
    alpha = tf.constant([0.5, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(alpha)
        drawn = tf.random.stateless_gamma([3, 2], (1, 2), alpha=alpha)
    np.testing.assert_allclose(tape.gradient(drawn, alpha), [2.6393623, 3.2333708], rtol=1e-4)
