"""Keys made on the host are those that compiled code makes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import addax as tf
from addax.core import random


@given(st.integers(0, 2**62), st.integers(0, 2**32 - 1))
def test_a_key_of_the_host_is_the_compiled_one(seed, counter):
    stream = random.RandomState(seed)
    stream.state.assign([seed, counter])
    assert stream.next_on_host() == np.asarray(random.key_of(np.int64(seed), np.int64(counter))).tolist()
    assert stream.state.numpy().tolist() == [seed, counter + 1]


def test_both_ways_take_turns_on_one_stream():
    tf.random.set_seed(3)
    first = [random.next_key().numpy().tolist() for _ in range(3)]
    tf.random.set_seed(3)
    stream = random.global_state()
    assert [stream.next_on_host(), random.next_key().numpy().tolist(), stream.next_on_host()] == first
