"""Per-thread state: eager or traced, tapes, name scopes."""

import threading

import pytest

import addax as tf
from addax.core import context


def test_quiet_follows_tapes_and_traces():
    assert context.state.quiet
    with tf.GradientTape() as tape:
        assert not context.state.quiet and context.state.tapes == (tape,)
        with context.isolated(None):
            assert context.state.quiet
        assert not context.state.quiet
    assert context.state.quiet


def test_states_of_threads_are_their_own():
    seen = []
    with tf.GradientTape(), tf.name_scope("outer"):
        thread = threading.Thread(target=lambda: seen.extend([context.state.quiet, tf.get_current_name_scope()]))
        thread.start()
        thread.join()
    assert seen == [True, ""]


def test_isolated_comes_back_after_an_error():
    with pytest.raises(RuntimeError), tf.GradientTape() as tape, context.isolated(None):
        raise RuntimeError
    assert context.state.quiet and not context.state.tapes
    del tape


def test_init_scope_leaves_traces_and_tapes():
    v, seen = tf.Variable(1.0), []

    @tf.function
    def f(x):
        v.assign(5.0)
        with tf.init_scope():
            seen.append((tf.executing_eagerly(), float(v.numpy())))
        return x + v

    with tf.GradientTape() as tape:
        with tf.init_scope():
            assert not context.state.tapes
            y = v * 2.0
        assert tape.gradient(y, v) is None
    assert float(f(tf.constant(1.0))) == 6.0
    assert seen[-1] == (True, 1.0)  # the assignment happens when the function runs
    assert tf.inside_function() is False


def test_functions_that_run_as_plain_python_are_functions():
    seen = []

    @tf.function
    def f(text):
        seen.append((tf.executing_eagerly(), tf.inside_function()))
        with tf.init_scope():
            seen.append((tf.executing_eagerly(), tf.inside_function()))
        tf.py_function(lambda: seen.append((tf.executing_eagerly(), tf.inside_function())), [], [])
        return tf.strings.length(text)

    with pytest.warns(match="runs eagerly"):
        assert f(tf.constant("abc")).numpy() == 3
    assert seen[-3:] == [(False, True), (True, False), (True, False)]
    assert tf.executing_eagerly() and not tf.inside_function()


def test_name_scopes():
    with tf.name_scope("a") as name:
        assert name == "a/"
        with tf.name_scope("b"):
            assert tf.get_current_name_scope() == "a/b"
            with tf.name_scope("c/"):
                assert tf.get_current_name_scope() == "c"
            with tf.name_scope(""):
                assert tf.get_current_name_scope() == ""
        assert tf.get_current_name_scope() == "a"
    with pytest.raises(ValueError, match="name must be a string, not 3"):
        tf.name_scope(3)
