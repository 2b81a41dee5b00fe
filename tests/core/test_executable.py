"""Programs of traced functions: what they are given, where they run, and what they leave in memory."""

import gc
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

import addax as tf
from addax.core.executable import Executable, by_donation
from addax.core.structures import flatten_result
from addax.core.trace import lift

SPEC = jax.ShapeDtypeStruct((), np.float32)


def lifted(function, variables, arguments=(SPEC,)):
    return lift(lambda *tensors: flatten_result(function(*tensors)), arguments, variables)


def resident():
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_donation():
    large, small = tf.Variable(np.zeros(4096, "float32")), tf.Variable(0.0)
    assert [len(part) for part in by_donation([small, large])] == [1, 1]

    def f(x):
        large.assign_add(tf.fill([4096], x))
        small.assign_add(x)
        return large[0] + small

    run = Executable(lifted(f, [small, large]))
    handed = large.value()
    assert float(run([np.float32(1)])[0]) == 2.0
    inside = large._array  # nobody else has it: the next call takes it
    assert float(run([np.float32(1)])[0]) == 4.0
    assert handed.numpy().max() == 0.0 and inside.is_deleted()
    assert large.numpy().max() == 2.0


def test_variables_in_other_places():
    first, second = tf.Variable(1.0), tf.Variable(10.0)
    run = Executable(lifted(lambda x: first.assign_add(x) + 0.0, [first]))
    other = run.rebound([second], run._stats)
    assert float(run([np.float32(2)])[0]) == 3.0 and float(other([np.float32(2)])[0]) == 12.0
    assert (float(first), float(second)) == (3.0, 12.0)


def test_arrays_on_another_device():
    devices = jax.devices("cpu")
    run = Executable(lifted(lambda x: x * 2.0, []))
    assert float(run([jax.device_put(np.float32(1), devices[0])])[0]) == 2.0
    found = run([jax.device_put(np.float32(3), devices[-1])])[0]
    assert float(found) == 6.0 and found.devices() == {devices[-1]}
    assert float(run([jax.device_put(np.float32(4), devices[0])])[0]) == 8.0


def test_arrays_within_a_program_of_jax():
    run = Executable(lifted(lambda x: tf.square(x), []))
    assert float(run([np.float32(3)])[0]) == 9.0
    assert float(jax.jit(lambda x: run([x])[0])(np.float32(4))) == 16.0
    assert float(jax.grad(lambda x: run([x])[0])(np.float32(4))) == 8.0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_the_text_of_programs_is_not_kept():
    kept = []

    def grown(sizes):
        before = resident()
        for size in sizes:
            kept.append(Executable(lifted(lambda x, size=size: tf.pad(tf.reshape(x, [1]), [[size, 0]]), [])))
            kept[-1]([np.float32(1)])
        return resident() - before

    grown(range(1, 20))
    assert grown(range(100, 120)) < 20 * 0.7e6  # with their texts it was 1.5 MB each
