"""trace_count counts compilations, and only those inside."""

import numpy as np
import pytest

import addax as tf
from addax.testing import trace_count


def test_counts_each_signature_once():
    halve = tf.function(lambda x: x / 2.0)
    inputs = [tf.ones((n,)) for n in (2, 3)]
    with trace_count() as count:
        for x in inputs * 3:
            halve(x)
    assert (count.compilations, count.names) == (2, ["jit(run)"] * 2)
    halve(tf.ones((5,)))
    assert count.compilations == 2  # the block is over


def test_too_many_are_an_error():
    square = tf.function(lambda x: x * x)
    x = tf.ones((7,))
    with pytest.raises(AssertionError, match=r"1 programs were compiled where at most 0 should be: jit\(run\)"):
        with trace_count(at_most=0):
            square(x)
    with trace_count(at_most=0):
        square(x)


def test_blocks_nest_and_do_not_hide_errors():
    x = tf.ones((9,))
    with pytest.raises(KeyError), trace_count(at_most=0), trace_count() as inner:
        tf.function(lambda x: x + 3.0)(x)
        raise KeyError
    assert inner.compilations == 1


def test_handing_arrays_over_is_not_counted():
    square = tf.function(lambda x: x * x)
    array = np.zeros((3, 11), np.float32)
    square(array)
    with trace_count(at_most=0):
        for _ in range(40):  # a shape that comes often gets a program that hands it over
            square(array)
