"""Blocks in which variables have other values."""

import jax
import numpy as np

import addax as tf
from addax.core import random
from addax.core.stateless import Stateless, UserStep


def test_reads_see_the_values_and_assignments_stay_in_the_block():
    v, other = tf.Variable(1.0), tf.Variable(10.0)
    with Stateless([(v, np.float32(5))]) as block:
        v.assign_add(other)
        other.assign(0.0)
        assert float(v) == 15 and float(other) == 0
    assert float(block.current(v)) == 15 and (float(v), float(other)) == (1, 10)


def test_functions_of_ours_inside_and_around():
    v = tf.Variable(1.0)
    double = tf.function(lambda: v.assign(v * 2.0))

    @tf.function
    def around(x):
        with Stateless([(v, x._value)]) as block:
            double()
            return tf.identity(block.current(v)), v.read_value()

    assert [float(each) for each in around(tf.constant(4.0))] == [8, 8]
    assert float(v) == 1


def test_a_compiled_program_draws_other_numbers_each_time_and_the_same_after_a_seed():
    @jax.jit
    def draw():
        with Stateless():
            return tf.random.uniform([3]), tf.random.uniform([3])

    def runs():
        tf.random.set_seed(3)
        return np.array([draw() for _ in range(3)])

    first = runs()
    assert len(np.unique(first)) == 18
    assert (runs() == first).all()


def test_draws_outside_of_programs_go_on():
    before = random.global_state().state.numpy()
    with Stateless():
        tf.random.uniform([])
    assert random.global_state().state.numpy()[1] == before[1] + 1


def test_blocks_inside_of_a_users_step_draw_numbers_of_their_own():
    def draw():
        with Stateless():
            return tf.random.uniform([3])._value

    @tf.function
    def step():
        with UserStep():
            return [tf.convert_to_tensor(jax.jit(lambda: draw())()) for _ in range(2)]

    assert len(np.unique([step(), step()])) == 12
