"""A step repeated inside XLA."""

import jax.numpy as jnp
import numpy as np
import pytest

import addax as tf
from addax.core import program_sharing, repeat
from addax.core.primitives import in_a_loop
from addax.core.repeat import Repeated
from addax.core.tensor import NotCompilable
from addax.testing import trace_count

ROWS = np.arange(12, dtype="float32").reshape(6, 2)


def summing(permuted=False, collect=False, size=2):
    total, count = tf.Variable([0.0, 0.0]), tf.Variable(0)

    def step(rows):
        total.assign_add(tf.reduce_sum(rows, 0))
        count.assign_add(1)
        return {"sum": total + 0.0, "rows": rows}

    spec = np.empty((size, 2), "float32")
    return Repeated(step, [spec], [total], permuted, collect), total, count


def test_batches_in_a_row():
    run, total, count = summing()
    logs = run([ROWS], None, 0, 2)
    assert logs["sum"].numpy().tolist() == ROWS[:4].sum(0).tolist()
    run([ROWS], None, 2, 3)
    assert total.numpy().tolist() == ROWS.sum(0).tolist() and int(count.numpy()) == 3
    assert {id(v) for v in run.variables} == {id(total), id(count)}


def test_one_program_for_chunks_of_every_length():
    run, total, _ = summing()
    for start, stop in ((0, 1), (0, 3), (1, 3)):
        run([ROWS], None, start, stop)
    assert run._loop.program._cache_size() == 1
    total.assign([0.0, 0.0])
    run([ROWS], None, 0, 0)
    assert total.numpy().tolist() == [0.0, 0.0]


def test_its_program_is_lowered_as_a_loop(monkeypatch):
    seen = []
    usual = repeat._Loop._step
    monkeypatch.setattr(repeat._Loop, "_step", lambda *args: (seen.append(in_a_loop()), usual(*args))[1])
    run, _, _ = summing(size=3)
    run([ROWS], None, 0, 2)
    run.once([ROWS[:3]])
    assert seen == [True, False] and not in_a_loop()


def test_rows_by_an_order():
    run, total, _ = summing(permuted=True)
    order = np.array([5, 0, 1, 1], np.int32)
    logs = run([ROWS], order, 0, 2)
    np.testing.assert_array_equal(logs["rows"], ROWS[[1, 1]])
    np.testing.assert_array_equal(total.numpy(), ROWS[order].sum(0))


def test_results_of_all_steps():
    run, _, _ = summing(collect=True)
    out = run([ROWS], None, 1, 3, 5)
    assert out["rows"].shape == [5, 2, 2]
    np.testing.assert_array_equal(out["rows"][:2], ROWS[2:].reshape(2, 2, 2))


def test_arrays_handed_out_are_not_taken():
    big = tf.Variable(np.zeros((64, 64), "float32"))
    run = Repeated(lambda rows: big.assign_add(tf.fill([64, 64], rows[0, 0])) + 0.0, [ROWS[:1]], [big], False, False)
    before = big.value()
    run([ROWS], None, 1, 3)
    middle = big.value()
    run([ROWS], None, 0, 6)
    assert before.numpy().max() == 0.0 and middle.numpy().max() == 6.0 and big.numpy().max() == 36.0


def test_what_cannot_be_compiled():
    with pytest.raises(NotCompilable):
        Repeated(lambda rows: rows.numpy(), [ROWS[:1]], [], False, False)


def test_checks_on_the_host_are_raised():
    run = Repeated(lambda rows: tf.debugging.assert_less(rows, 100.0) or rows, [ROWS[:2]], [], False, False)
    run([ROWS], None, 0, 3)
    with pytest.raises(tf.errors.InvalidArgumentError):
        run([ROWS * 100], None, 0, 3)


def test_on_device_and_wait():
    t = tf.constant([1.0])
    assert repeat.on_device(t) is t._value
    assert repeat.on_device(ROWS).shape == (6, 2)
    repeat.wait({"a": t, "b": None, "c": "text"})


def test_asking_whether_tensors_are_computed_does_not_wait(monkeypatch):
    """JAX's arrays have a `_value` of their own, which waits for it."""
    waited = []
    monkeypatch.setattr(type(jnp.zeros(2)), "_value", property(lambda array: waited.append(array)))
    structure = {"loss": tf.Variable([1.0]) + 1.0, "parts": [tf.Variable(2.0) * 2.0, None]}
    tf.abs(structure["loss"])  # registers what tensors are to JAX
    repeat.wait(structure)
    assert repeat.is_ready(structure)
    assert not waited


def test_a_single_batch_without_a_loop_gives_what_a_loop_gives():
    total = tf.Variable(1.0)

    def step(x):
        total.assign_add(tf.reduce_sum(x))
        return {"twice": x * 2.0, "total": total.value()}

    batch = np.arange(6, dtype="float32").reshape(2, 3)
    program = Repeated(step, [batch], [total], False, True)
    looped = program([batch], None, 0, 1, 1)
    single = program.once([batch])
    assert float(total) == 31.0
    np.testing.assert_array_equal(single["twice"].numpy(), looped["twice"].numpy())
    assert single["twice"].shape == (1, 2, 3)
    assert (looped["total"].numpy().tolist(), single["total"].numpy().tolist()) == ([16.0], [31.0])


def test_what_is_prepared_is_compiled_once():
    program_sharing.clear()
    run, total, _ = summing()
    rows = jnp.asarray(ROWS)
    with trace_count() as count:
        run.prepare([rows], None)
        run.prepare([rows], None)
        while not run.ready(10.0):
            pass
        run([rows], None, 0, 2)
    assert count.names == ["jit(_loop)"]
    assert total.numpy().tolist() == ROWS[:4].sum(0).tolist()
