"""Philox draws: the numbers of TensorFlow 2.21 on a CPU, recorded for the seed (7, -3) unless said otherwise."""

import numpy as np
import pytest

import addax as tf
from addax.core import philox

SEED = [7, -3]
draw = tf.random


def crop():
    return tf.image.stateless_random_crop(tf.reshape(tf.range(100), (10, 10, 1)), [3, 3, 1], [1, 2])[..., 0]


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        (lambda: draw.stateless_uniform([5], SEED), [0.4346422, 0.06527591, 0.74761295, 0.14876413, 0.5897864]),
        (lambda: draw.stateless_uniform([3], SEED, dtype=tf.float64), [0.47713778, 0.98090411, 0.71829159]),
        (lambda: draw.stateless_uniform([4], SEED, dtype=tf.float16), [0.589, 0.74, 0.4453, 0.676]),
        (lambda: draw.stateless_uniform([3], SEED, dtype=tf.bfloat16), [0.710938, 0.921875, 0.5625]),
        (lambda: draw.stateless_uniform([2], SEED, None, None, tf.uint32), [2125963867, 973626102]),
        (lambda: draw.stateless_uniform([5], SEED, -3, 1000, tf.int32), [49, 960, 102, 692, 193]),
        (lambda: draw.stateless_uniform([3], SEED, -3, 1000, tf.int64), [723, 678, 785]),
        (lambda: draw.stateless_uniform([2], [1, 2], -(2**31), 2**31 - 1, tf.int32), [-1041495508, -409430799]),
        (lambda: draw.stateless_uniform([2], [3, 4], 2, 5), [2.7298622, 4.950519]),
        (lambda: draw.stateless_uniform([], [1, 2]), 0.8440604),
        (lambda: draw.stateless_normal([5], SEED), [0.51473767, 1.1838536, 0.6135526, 0.45309275, 0.93150365]),
        (lambda: draw.stateless_normal([3], SEED, dtype=tf.float64), [-0.14561078, 1.20776548, 0.36099545]),
        (lambda: draw.stateless_normal([2], [3, 4], 2, 5), [1.1303308, 10.3617735]),
        (
            lambda: draw.stateless_truncated_normal([6], SEED),
            [0.51473767, 1.1838536, 0.6135526, 0.45309275, 1.0124135, -0.01778952],
        ),
        (lambda: draw.stateless_truncated_normal([3], SEED, dtype=tf.float64), [-0.14561078, 1.20776548, -0.28848605]),
        (lambda: draw.split(SEED, 2), [[2125963867, 973626102], [694137288, -2129458508]]),
        (lambda: draw.split(tf.constant(SEED, tf.int64), 1), [[4181692268747924059, -9145954649354817080]]),
        (lambda: draw.fold_in(SEED, 5), [2125963867, 5]),
        (lambda: draw.fold_in(SEED, tf.constant(5, tf.int64)), [4181692268747924059, 5]),
        (lambda: draw.experimental.stateless_shuffle(tf.range(6), SEED), [1, 3, 2, 5, 0, 4]),
        (lambda: tf.nn.experimental.stateless_dropout(tf.ones([8]), 0.5, [1, 2]), [2, 0, 2, 0, 0, 2, 0, 0]),
        (crop, [[41, 42, 43], [51, 52, 53], [61, 62, 63]]),
        (lambda: tf.image.stateless_random_brightness(tf.zeros([1, 1, 1]), 0.5, [1, 2]), [[[0.34406042]]]),
    ],
)  # fmt: skip
def test_stateless_draws(drawn, expected):
    tolerance = 1e-3 if drawn().dtype in (tf.float16, tf.bfloat16) else 3e-7
    np.testing.assert_allclose(np.asarray(drawn(), np.asarray(expected).dtype), expected, rtol=tolerance, atol=2e-7)


def test_images_that_are_flipped():
    images = tf.reshape(tf.range(96.0), (8, 2, 2, 3))
    flipped = tf.image.stateless_random_flip_left_right(images, [1, 2])[:, 0, 0, 0]
    assert flipped.numpy().tolist() == [3, 12, 27, 36, 48, 63, 72, 84]


def test_a_generator():
    made = tf.random.Generator.from_seed(1234)
    assert made.state.numpy().tolist() == [1234, 0, 0] and made.algorithm == 1
    np.testing.assert_allclose(made.uniform([3]), [0.3581475, 0.11322761, 0.56670904], rtol=1e-6)
    assert made.state.numpy().tolist() == [2002, 0, 0]
    np.testing.assert_allclose(made.normal([2, 3])[0], [1.1264246, -1.0338292, 0.25710702], rtol=1e-6)
    np.testing.assert_allclose(made.truncated_normal([3]), [-0.00286504, -0.69419545, -0.478955], rtol=1e-5)
    assert made.uniform([2], 5, 10, tf.int32).numpy().tolist() == [5, 5]
    assert made.uniform_full_int([2]).numpy().tolist() == [10985932249870102663, 8989441819010609658]
    assert made.make_seeds(2).numpy().tolist() == [[-8011759062544157638, 5830123041989737674], [0, 0]]
    children = made.split(2)
    assert [child.state.numpy().tolist() for child in children] == [
        [0, 0, -1723169384922343483],
        [0, 0, 2721854723098062781],
    ]
    assert made.skip(3).numpy().tolist() == [6354, 0, 0] and made.state.numpy().tolist() == [7122, 0, 0]


def test_states_of_generators():
    made = tf.random.Generator.from_seed(-5)
    assert made.state.numpy().tolist() == [-5, -1, -1]
    made.reset([-1, -1, 3])
    np.testing.assert_allclose(made.uniform([4]), [0.4554547, 0.9778563, 0.42480254, 0.11497343], rtol=1e-6)
    assert made.state.numpy().tolist() == [1023, 0, 3]  # the counter has 128 bits and starts over
    assert tf.random.create_rng_state([1, 2, 3, 4], "philox").numpy().tolist() == [1, 2, 3]
    assert tf.random.create_rng_state(2**64 - 1, "threefry").numpy().tolist() == [-1, 0]
    with pytest.raises(ValueError, match="shape"):
        tf.random.Generator.from_state([1, 2], "philox")
    with pytest.raises(ValueError, match="counter"):
        tf.random.Generator.from_key_counter(5, 3, "philox")


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: draw.stateless_uniform([2], [1, 2], 0, 10, tf.int8), ValueError),
        (lambda: draw.stateless_uniform([2], [1, 2], 0, 10, tf.uint32), ValueError),
        (lambda: draw.stateless_uniform([2], [1, 2], None, 5, tf.int32), ValueError),
        (lambda: draw.stateless_uniform([2], [1.0, 2.0]), tf.errors.InvalidArgumentError),
        (lambda: draw.stateless_uniform([2], [1, 2, 3]), tf.errors.InvalidArgumentError),
        (lambda: draw.stateless_uniform([2], [1, 2], alg="x"), ValueError),
        (lambda: draw.stateless_uniform([2], [1, 2], alg="threefry"), tf.errors.InvalidArgumentError),
    ],
)
def test_refusals(call, error):
    with pytest.raises(error):
        call()


def test_the_host_draws_the_same():
    place = philox.seeded(np.array(SEED), np)
    assert place.dtype == np.uint64
    for kind in (philox.uniform, philox.truncated_normal, philox.normal):
        expected = getattr(draw, f"stateless_{kind.__name__}")([3, 5], SEED)
        drawn = kind(place, (3, 5), np.dtype(np.float32), np)
        np.testing.assert_allclose(drawn, expected, rtol=1e-5, atol=1e-6)
