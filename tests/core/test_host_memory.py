"""Arrays that XLA reads where they are: contents, no copy, their life."""

import gc
import weakref

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

from addax.core import host_memory


def off_boundary(rows, shape=(64,), dtype=np.float32, offset=16):
    """An array that begins `offset` bytes past a boundary."""
    size = rows * int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.empty(size + 128, np.uint8)
    start = -memory.ctypes.data % host_memory.ALIGNMENT + offset
    array = memory[start : start + size].view(dtype).reshape(rows, *shape)
    array[:] = np.random.default_rng(0).integers(100, size=array.shape)
    return array


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8, np.int64, ml_dtypes.bfloat16, np.bool_])
@pytest.mark.parametrize("offset", [0, 16, 40])
def test_rows_are_those_of_the_array_and_nothing_is_copied(dtype, offset):
    array = off_boundary(5000, (24, 12), dtype, offset)
    rows = host_memory.in_place(array)
    assert rows.flat.unsafe_buffer_pointer() == array.ctypes.data - offset
    assert rows.skip * array.itemsize == offset
    picked = np.array([4999, 0, 7, 7], np.int32)
    np.testing.assert_array_equal(jax.jit(lambda rows, at: rows.take(at))(rows, picked), array[picked])
    sliced = jax.jit(lambda rows, at: rows.slice(at, 3))(rows, jnp.int32(4997))
    np.testing.assert_array_equal(sliced, array[4997:])


def test_vectors_of_scalars():
    array = off_boundary(400_000, ())
    rows = host_memory.in_place(array)
    np.testing.assert_array_equal(rows.take(jnp.array([399_999, 0], jnp.int32)), array[[399_999, 0]])


def test_the_array_lives_as_long_as_its_rows():
    array = off_boundary(5000)
    rows, known = host_memory.in_place(array), weakref.ref(array)
    del array
    gc.collect()
    assert known() is not None
    np.testing.assert_array_equal(rows.take(jnp.array([5], jnp.int32)), known()[[5]])
    del rows
    gc.collect()
    assert known() is None


def test_what_cannot_be_read_in_place():
    assert host_memory.in_place(off_boundary(10)) is None  # small: a copy is cheaper than a program of its own
    assert host_memory.in_place(off_boundary(9000)[:, ::2]) is None
    odd = np.ndarray((300_000,), np.float32, buffer=bytearray(1_200_064), offset=1)
    if odd.ctypes.data % 4:
        assert host_memory.in_place(odd) is None


def test_a_memory_mapped_file(tmp_path):
    np.save(tmp_path / "x.npy", off_boundary(5000))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    rows = host_memory.in_place(mapped)
    np.testing.assert_array_equal(rows.take(jnp.array([4999, 3], jnp.int32)), mapped[[4999, 3]])


def test_one_program_serves_arrays_wherever_they_begin():
    traces = []

    @jax.jit
    def second(rows):
        traces.append(rows)
        return rows.slice(np.int32(1), 1)

    memory = np.arange(host_memory.LEAST // 4 + 5000, dtype=np.float32)
    base = -memory.ctypes.data % 4096 // 4
    for first in (base + 32, base + 33, base + 36, base + 47):
        array = memory[first : first + host_memory.LEAST // 4].reshape(-1, 2)
        np.testing.assert_array_equal(second(host_memory.in_place(array)), array[1:2])
    assert len(traces) == 1


def test_memory_beyond_the_last_page_is_not_lent():
    memory = np.arange(host_memory.LEAST // 4 + 5000, dtype=np.float32)
    end = (-memory.ctypes.data % 4096) // 4 + host_memory.LEAST // 4  # where a page ends
    array = memory[end - host_memory.LEAST // 4 : end]
    rows = host_memory.in_place(array)
    assert rows.flat.shape[0] == rows.skip + array.size
    np.testing.assert_array_equal(rows.slice(np.int32(array.size - 2), 2), array[-2:])
