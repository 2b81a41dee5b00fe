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
