"""What a compiled function tells the host at its top level is told when the program is over."""

import pytest

import addax as tf
from addax.core.executable import _jitted
from addax.core.host_calls import HostCalls


def program(function, *arguments):
    concrete = function.get_concrete_function(*arguments)
    return concrete._executable


def printing():
    v = tf.Variable(1.0)

    @tf.function
    def step(x):
        tf.print("before", v)
        v.assign_add(x)
        tf.print("after", v, "and a constant", 3)
        return x * 2.0, [v + 1.0]

    return v, step


def test_messages_come_in_order_with_the_values_of_their_place(capfd):
    v, step = printing()
    doubled, (more,) = step(tf.constant(2.0))
    doubled, (more,) = step(tf.constant(3.0))
    assert capfd.readouterr().err.split("\n")[:-1] == [
        "before 1",
        "after 3 and a constant 3",
        "before 3",
        "after 6 and a constant 3",
    ]
    assert (float(doubled), float(more), float(v)) == (6.0, 7.0, 6.0)


def test_such_a_program_does_not_call_the_host_so_it_can_be_kept_on_disk():
    _, step = printing()
    executable = program(step, tf.constant(2.0))
    arrays = [], [v._array for v in executable._kept], [tf.constant(2.0)._value]
    text = _jitted(*executable._parts()).lower(*arrays).as_text()
    assert "callback" not in text


def test_under_a_tape_too(capfd):
    v, step = printing()
    with tf.GradientTape() as tape:
        x = tf.constant(2.0)
        tape.watch(x)
        doubled, _ = step(x)
    assert float(tape.gradient(doubled, x)) == 2.0
    assert capfd.readouterr().err.split("\n")[0] == "before 1"


def test_messages_of_loops_and_branches_come_when_they_run(capfd):
    @tf.function
    def count(n):
        tf.print("start")
        for i in tf.range(n):
            if i == 1:
                tf.print("one")
        tf.print("end")
        return n

    count(tf.constant(3))
    assert HostCalls.of(program(count, tf.constant(3)).lifted.closed) is None
    assert capfd.readouterr().err.split() == ["start", "one", "end"]


def test_what_comes_before_a_loop_does_not_wait_for_it():
    @tf.function
    def count(n):
        tf.print("start")
        while n < 10:
            n += 1
        return n

    assert HostCalls.of(program(count, tf.constant(3)).lifted.closed) is None


def test_a_check_that_fails_is_raised():
    @tf.function
    def root(x):
        tf.debugging.assert_non_negative(x, message="a root needs this")
        return tf.sqrt(x)

    assert float(root(tf.constant(4.0))) == 2.0
    with pytest.raises(tf.errors.InvalidArgumentError, match="a root needs this"):
        root(tf.constant(-4.0))
    assert float(root(tf.constant(9.0))) == 3.0
