"""Memory that XLA takes over without a copy."""

import numpy as np
import pytest

from addax.formats.memory import ALIGNMENT, aligned, aligned_empty, aligned_zeros


def starts(array):
    return array.__array_interface__["data"][0] % ALIGNMENT


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (5,), (7, 3), (1 << 20,)])
@pytest.mark.parametrize("dtype", ["float32", "int8", "complex128", "bool"])
def test_new_arrays(shape, dtype):
    for make in (aligned_empty, aligned_zeros):
        array = make(shape, dtype)
        assert array.shape == shape and array.dtype == dtype and array.flags.writeable
        assert starts(array) == 0 or not array.size  # an empty one is nowhere
    assert not aligned_zeros(shape, dtype).any()


def test_an_array_is_copied_only_if_it_must_be():
    there = aligned_empty((100,), "f4")
    assert aligned(there) is there
    for array in (np.arange(100, dtype="u1")[1:], np.arange(12.0).reshape(3, 4).T[1:]):
        copy = aligned(array)
        assert starts(copy) == 0
        np.testing.assert_array_equal(copy, array)
