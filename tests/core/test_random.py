"""Random state: seeds, counters, streams of ops' own."""

import numpy as np

import addax as tf
from addax.core import random


def draws(count=2, **options):
    return np.stack([tf.random.uniform([3], **options) for _ in range(count)])


def test_the_global_seed_starts_everything_over():
    tf.random.set_seed(1)
    first, other = draws(), draws(seed=7)
    tf.random.set_seed(1)
    np.testing.assert_array_equal(draws(), first)
    np.testing.assert_array_equal(draws(seed=7), other)
    tf.random.set_seed(2)
    assert not np.array_equal(draws(), first) and not np.array_equal(draws(seed=7), other)
    assert not np.array_equal(first[0], first[1]) and not np.array_equal(first, other)


def test_streams_of_ops_do_not_disturb_each_other():
    tf.random.set_seed(3)
    plain = draws(4)
    tf.random.set_seed(3)
    mixed = []
    for _ in range(4):
        mixed.append(draws(1)[0])
        draws(1, seed=11)
    np.testing.assert_array_equal(np.stack(mixed), plain)


def test_state_is_a_variable():
    tf.random.set_seed(5)
    state = random.global_state().state
    before = state.numpy()
    draws(3)
    assert state.numpy().tolist() == [before[0], before[1] + 3]
    kept = state.numpy()
    expected = draws()
    state.assign(kept)
    np.testing.assert_array_equal(draws(), expected)
    assert any(variable is state for variable in random.variables())


def test_eager_and_compiled_draw_the_same():
    f = tf.function(lambda: (tf.random.normal([2]), tf.random.uniform([2], seed=4)))
    tf.random.set_seed(9)
    compiled = [np.stack(f()) for _ in range(2)]
    tf.random.set_seed(9)
    eager = [np.stack([tf.random.normal([2]), tf.random.uniform([2], seed=4)]) for _ in range(2)]
    np.testing.assert_array_equal(compiled, eager)


def test_stateless_keys():
    a, b = random.stateless_key([1, 2]), random.stateless_key(np.array([1, 2]))
    np.testing.assert_array_equal(a, b)
    assert a.shape == [3] and a.dtype == tf.uint64
    assert not np.array_equal(a, random.stateless_key([1, 3])) and not np.array_equal(a, random.stateless_key([2, 2]))
    assert not np.array_equal(random.stateless_key([-1, 2]), random.stateless_key([1, 2]))


def test_large_and_negative_seeds():
    for seed in (-1, 2**63 + 5, 0):
        tf.random.set_seed(seed)
        first = draws()
        tf.random.set_seed(seed)
        np.testing.assert_array_equal(draws(), first)


def test_host_seeds():
    tf.random.set_seed(1)
    first = [random.host_seed(), random.host_seed()]
    tf.random.set_seed(1)
    assert [random.host_seed(), random.host_seed()] == first and first[0] != first[1]


def test_a_state_of_ones_own():
    a, b = random.RandomState(3), random.RandomState(3)
    np.testing.assert_array_equal(a.next(), b.next())
    following = a.next().numpy()
    a.reset(3)
    a.next()
    np.testing.assert_array_equal(a.next(), following)


def test_seeds_are_set_inside_of_a_graph():
    tf.random.set_seed(5)
    expected = tf.random.uniform([2]).numpy()
    with tf.Graph().as_default():
        tf.random.set_seed(5)
    np.testing.assert_array_equal(tf.random.uniform([2]), expected)
