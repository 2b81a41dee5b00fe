"""The host's Philox draws what the ops draw."""

import numpy as np
import pytest

from addax.core import philox, philox_host


@pytest.mark.parametrize("name", ["uniform", "normal", "truncated_normal"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("dims", [(7, 5), (17001,), (0,), ()])
def test_the_numbers_are_those_of_the_ops(name, dtype, dims):
    position = philox_host.position(5)
    made = getattr(philox_host, name)(position, dims, dtype)
    known = getattr(philox, name)(position, dims, np.dtype(dtype), np)
    assert made.dtype == known.dtype and made.shape == dims
    np.testing.assert_array_equal(made, known)


@pytest.mark.parametrize("seed", [0, 1, -5, 2**40 + 3, 2**63 - 1])
def test_positions(seed):
    assert np.array_equal(philox_host.position(seed), philox.seeded(np.array([seed, 0], np.int64), np))


def test_the_counter_carries_over():
    position = philox_host.position(1)
    position[0] = np.uint64(2**64 - 3)
    known = philox.uniform(position, (40,), np.dtype("float32"), np)
    assert np.array_equal(philox_host.uniform(position, (40,), "float32"), known)
