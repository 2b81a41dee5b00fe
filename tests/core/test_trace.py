"""Lifting: variables become inputs and outputs of a pure function, and nothing leaks from a trace."""

import threading

import jax
import numpy as np
import pytest

import addax as tf
from addax.core import context, trace
from addax.core.executable import Executable
from addax.core.structures import flatten_result
from addax.core.tensor import NotCompilable, Tensor, Tracer
from addax.core.trace import abstract, lift, reachable

SPEC = jax.ShapeDtypeStruct((), np.float32)


def lifted(function, variables, arguments=(SPEC,)):
    return lift(lambda *tensors: flatten_result(function(*tensors)), arguments, variables)


def test_only_what_is_used_is_kept():
    a, b, unused = tf.Variable(1.0), tf.Variable(2.0), tf.Variable(3.0)

    def f(x):
        a.assign_add(x * b)
        return a + 0.0

    found = lifted(f, [unused, b, a, a])
    assert [v is w for v, w in zip(found.variables, (b, a), strict=True)] == [True, True]
    assert len(found.written) == 1 and found.written[0] is a and not found.new
    out, after = found.pure([np.float32(10), np.float32(1)], [np.float32(3)])
    assert float(out[0]) == float(after[0]) == 31.0
    assert float(a.numpy()) == 1.0


def test_what_was_not_guessed_is_found_by_tracing_again():
    hidden, calls = {"v": tf.Variable(2.0)}, []

    def f(x):
        calls.append(1)
        return x * hidden["v"]

    found = lifted(f, [])
    assert len(calls) == 2 and found.variables[0] is hidden["v"]
    assert Executable(found)([np.float32(4)])[0] == 8.0


def test_functions_that_never_settle():
    def creates(x):
        return x * tf.Variable(1.0)

    with pytest.raises(ValueError, match="create variables on a call after the first"):
        lifted(creates, [])
    variables = [tf.Variable(1.0) for _ in range(9)]
    following = iter(variables)
    with pytest.raises(NotCompilable, match="other variables each time"):
        lifted(lambda x: x * next(following), [])


def test_variables_keep_their_arrays_while_traced():
    v, seen = tf.Variable([1.0, 2.0]), {}

    def f(x):
        seen["symbolic"] = isinstance(v._value, Tracer)
        v.assign_add([x, x])
        other = threading.Thread(target=lambda: seen.update(thread=v.numpy().tolist(), sum=(v + 1.0).numpy().tolist()))
        other.start()
        other.join()
        with tf.init_scope():
            seen["init"] = v.numpy().tolist()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        lifted(f, [v])
    assert seen == {"symbolic": True, "thread": [1.0, 2.0], "sum": [2.0, 3.0], "init": [1.0, 2.0]}
    assert v.numpy().tolist() == [1.0, 2.0] and context.state.trace is None and context.state.quiet


def test_variables_made_inside():
    made = []

    def f(x):
        if not made:
            made.append(tf.Variable(lambda: tf.constant(2.0)))
        made[0].assign_add(x)
        return made[0] + 0.0

    found = lifted(f, [])
    assert found.new[0] is made[0] and float(made[0].numpy()) == 2.0
    assert Executable(found)([np.float32(1)])[0] == 3.0 and float(made[0].numpy()) == 3.0


def test_nested_traces_tell_the_outer_one():
    v = tf.Variable(2.0)

    def f(x):
        return tf.cond(x > 0.0, lambda: v.assign_add(x) + 0.0, lambda: v - x)

    run = Executable(lifted(f, []))
    assert [float(run([np.float32(x)])[0]) for x in (1, -1)] == [3.0, 4.0]
    assert float(v.numpy()) == 3.0


def test_reachable():
    v = [tf.Variable(float(i)) for i in range(6)]

    class Holder:
        def __init__(self):
            self.own = v[0]
            self.me = self

        def method(self, x=v[1]):
            return self.own + x

    def closure():
        return v[2]

    closed, partial = closure, __import__("functools").partial(lambda a, b: a, v[3])
    found = reachable([Holder().method, {"k": (closed, {"s": [v[4]]})}, partial, tf.function(lambda: v[5])])
    ids = {id(each) for each in found}
    assert all(id(each) in ids for each in v)
    assert len(ids) == len(found)


def test_abstract_computes_and_changes_nothing():
    v = tf.Variable([1.0, 2.0])

    def f(x):
        v.assign(v * 100.0)
        return {"y": x @ tf.ones([3, 5]), "none": None, "v": v + 1.0}

    shapes, _ = abstract(f, [jax.ShapeDtypeStruct((7, 3), np.float32)])
    assert [None if s is None else tuple(s.shape) for s in shapes] == [None, (2,), (7, 5)]
    assert v.numpy().tolist() == [1.0, 2.0]


def test_threads_trace_one_after_another():
    inside, most, done = [], [], []

    def f(x):
        inside.append(1)
        most.append(len(inside))
        inside.pop()
        return x + 1.0

    threads = [threading.Thread(target=lambda: done.append(lifted(f, []))) for _ in range(4)]
    with trace.tracing:
        for thread in threads:
            thread.start()
        assert not done
    for thread in threads:
        thread.join()
    assert most == [1] * 4 and len(done) == 4


def once(function, lasting, variables=()):
    """Trace with variables taken as they come; (what was lifted, the values after a call with 3)."""
    calls = []

    def counted(*tensors):
        calls.append(1)
        return flatten_result(function(*tensors))

    found = lift(counted, (SPEC,), variables, lasting=lambda: lasting)
    out, after = found.pure([v.numpy() for v in found.variables], [np.float32(3)])
    return found, len(calls), [float(value) for value in (*out, *after)]


def test_one_trace_takes_variables_as_they_come():
    a, b, c = tf.Variable(1.0), tf.Variable(2.0), tf.Variable(5.0)

    def f(x):
        a.assign_add(x * b)
        c.assign(x)
        return a * b

    found, calls, values = once(f, (), [b])
    assert calls == 1 and values == [14.0, 7.0, 3.0] and {id(v) for v in found.written} == {id(a), id(c)}
    assert {id(v) for v in found.variables} == {id(a), id(b), id(c)}


def test_one_trace_makes_variables_that_last():
    held = []

    def f(x):
        if not held:
            held.append(tf.Variable(4.0))
        return held[0] + x

    found, calls, values = once(f, held)
    assert calls == 1 and values == [7.0] and found.variables == held
    made = []

    def g(x):
        made.append(tf.Variable(1.0))
        return made[-1] + x

    with pytest.raises(ValueError, match="create variables on a call after the first one"):
        once(g, ())


def test_variables_first_read_inside_of_another_transformation():
    a = tf.Variable(2.0)

    def f(x):
        product = jax.jit(lambda array: array * a.value()._value)(x._value)
        return a + Tensor(product)

    found, calls, values = once(f, ())
    assert calls == 2 and values == [8.0] and found.variables == [a]
