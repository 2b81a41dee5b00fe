"""Random draws: distributions, seeds, shapes, dtypes, and the Generator."""

import numpy as np
import pytest

import addax as tf

COUNT = 20_000


@pytest.fixture(autouse=True)
def seeded():
    tf.random.set_seed(1)


@pytest.mark.parametrize(
    ("draw", "mean", "variance"),
    [
        (lambda: tf.random.normal([COUNT], 2.0, 3.0), 2, 9),
        (lambda: tf.random.uniform([COUNT], -1.0, 3.0), 1, 16 / 12),
        (lambda: tf.random.truncated_normal([COUNT]), 0, 0.774),
        (lambda: tf.random.uniform([COUNT], 2, 6, tf.int32), 3.5, 15 / 12),
        (lambda: tf.random.gamma([COUNT], 3.0, 2.0), 1.5, 0.75),
        (lambda: tf.random.poisson([COUNT], 3.0), 3, 3),
        (lambda: tf.random.stateless_binomial([COUNT], [1, 2], 10.0, 0.3), 3, 2.1),
        (lambda: tf.random.categorical(tf.math.log([[0.25, 0.75]]), COUNT), 0.75, 0.1875),
        (lambda: tf.random.Generator.from_seed(3).normal([COUNT], 1.0), 1, 1),
        (lambda: tf.random.stateless_parameterized_truncated_normal([COUNT], [1, 2], 0.0, 1.0, 0.0, 9.0), 0.798, 0.363),
    ],
)
def test_moments(draw, mean, variance):
    values = draw().numpy().astype(np.float64)
    np.testing.assert_allclose(values.mean(), mean, atol=0.06 * np.sqrt(variance) + 0.02)
    np.testing.assert_allclose(values.var(), variance, rtol=0.1)


def test_seeds_decide_and_draws_advance():
    a, b = tf.random.normal([3]), tf.random.normal([3])
    tf.random.set_seed(1)
    assert not np.array_equal(a, b)
    np.testing.assert_array_equal(tf.random.normal([3]), a)
    first, second = tf.random.uniform([3], seed=5), tf.random.uniform([3], seed=5)
    assert not np.array_equal(first, second)
    tf.random.set_seed(1)
    np.testing.assert_array_equal(tf.random.uniform([3], seed=5), first)


def test_a_compiled_function_draws_anew_and_as_the_eager_one_does():
    draw = tf.function(lambda: tf.random.normal([2]))
    a, b = draw(), draw()
    assert not np.array_equal(a, b)
    tf.random.set_seed(1)
    np.testing.assert_allclose(tf.random.normal([2]), a, rtol=1e-6)


def test_shapes_and_dtypes():
    assert tf.random.normal((2, 3), dtype=tf.bfloat16).dtype == tf.bfloat16
    assert tf.random.gamma((3,), [1.0, 2.0]).shape == (3, 2)
    assert tf.random.poisson((3,), [1.0, 2.0], tf.int32).dtype == tf.int32
    assert tf.random.split([1, 2], 3).shape == (3, 2)
    assert tf.random.stateless_uniform([4], [1, 2], None, None, tf.uint64).dtype == tf.uint64
    assert sorted(tf.random.shuffle(tf.range(50)).numpy()) == list(range(50))
    assert sorted(tf.random.shuffle(["a", "b"]).numpy()) == [b"a", b"b"]


def test_gradients_reach_the_parameters():
    mean, scale = tf.Variable(1.0), tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(tf.random.normal([5], mean, scale))
    by_mean, by_scale = tape.gradient(y, [mean, scale])
    assert by_mean.numpy() == 5
    np.testing.assert_allclose(by_scale, (y - 5 * mean) / scale, rtol=1e-5)


def test_generators_have_a_state():
    made = tf.random.Generator.from_seed(7)
    copy = tf.random.Generator(copy_from=made)
    first = made.uniform([3])
    np.testing.assert_array_equal(copy.uniform([3]), first)
    assert not np.array_equal(made.uniform([3]), first)
    made.reset_from_seed(7)
    made.skip(1)
    assert not np.array_equal(made.uniform([3]), first)
    assert len({float(each.normal([])) for each in made.split(3)}) == 3
    assert made.make_seeds(2).shape == (2, 2)
    assert tf.random.create_rng_state(7, "philox").numpy().tolist() == [7, 0, 0]
    in_function = tf.function(lambda: made.normal([2]))
    assert not np.array_equal(in_function(), in_function())


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: tf.random.uniform([2], dtype=tf.int32), ValueError, "Must specify maxval"),
        (lambda: tf.random.uniform([2], 5, 5, tf.int32), tf.errors.InvalidArgumentError, "minval < maxval"),
        (lambda: tf.random.normal([2], dtype=tf.int32), ValueError, "floating"),
        (lambda: tf.random.categorical([1.0], 2), tf.errors.InvalidArgumentError, "batch, classes"),
        (lambda: tf.random.Generator(), ValueError, "copy_from"),
        (lambda: tf.random.normal(3), tf.errors.InvalidArgumentError, "vector of sizes"),
        (lambda: tf.random.uniform([-1, 2]), tf.errors.InvalidArgumentError, "vector of sizes"),
        (lambda: tf.random.Generator.from_seed(1).normal((2.5, 1)), tf.errors.InvalidArgumentError, "vector of sizes"),
        (lambda: tf.random.create_rng_state(1, "none"), ValueError, "unsupported value"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_the_shape_of_a_generators_draw_may_hold_tensors():
    size = tf.constant(2)
    draws = [tf.random.Generator.from_seed(1).normal(shape) for shape in ((size, 3), [size, tf.constant(3)], [2, 3])]
    np.testing.assert_allclose(draws[0][0], [0.43842274, -0.53439844, -0.07710262], rtol=1e-6)  # TensorFlow's
    for drawn in draws:
        np.testing.assert_array_equal(drawn, draws[0])
    made = tf.random.Generator.from_seed(1)
    drawn = tf.function(lambda x: made.normal(tf.shape(x)))(tf.zeros([2, 3]))
    np.testing.assert_allclose(drawn, draws[0], rtol=1e-6)


def test_stateless_categorical_has_tensorflows_numbers():
    inf = np.inf
    draw = tf.random.stateless_categorical
    assert draw(tf.math.log([[0.5, 0.2, 0.3]]), 6, [7, 11]).numpy().tolist() == [[2, 0, 0, 2, 1, 1]]
    rows = [[1.0, 2.0, 3.0, -inf], [0.0, 0.0, 0.0, 0.0], [5.0, -inf, 1.0, 5.0]]
    expected = [[2, 2, 1, 2, 2], [2, 3, 0, 3, 3], [3, 0, 0, 0, 3]]
    assert draw(rows, 5, [1, 2]).numpy().tolist() == expected
    assert tf.function(lambda seed: draw(rows, 5, seed))(tf.constant([1, 2])).numpy().tolist() == expected
    assert draw(tf.zeros([0, 3]), 2, [1, 1]).shape == (0, 2) and draw(tf.zeros([2, 3]), 0, [1, 1]).shape == (2, 0)
    with pytest.raises(tf.errors.InvalidArgumentError):
        draw([1.0, 2.0], 1, [1, 1])
