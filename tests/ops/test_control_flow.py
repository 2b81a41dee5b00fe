"""Conditionals and loops: Python's eagerly, XLA's in a function; same results, same gradients."""

import numpy as np
import pytest

import addax as tf

VECTOR = tf.constant([1.0, 2.0, 3.0])


def both(function, *args):
    """The results of a function run eagerly and compiled, after checking that they agree."""
    eager, compiled = function(*args), tf.function(function)(*args)
    for a, b in zip(tf.nest.flatten(eager), tf.nest.flatten(compiled), strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-5)
    return tf.nest.map_structure(lambda t: np.asarray(t).tolist(), eager)


@pytest.mark.parametrize(("pred", "expected"), [(1, [36.0, 24.0, 18.0, 0.0]), (-1, [11.0, 2.0, 0.0, 1.0])])
def test_cond_and_its_gradients(pred, expected):
    v, w = tf.Variable(2.0), tf.Variable(5.0)

    def f(p, a):
        with tf.GradientTape() as tape:
            tape.watch(a)
            b = a * 2.0  # captured by the branches
            y = tf.cond(p > 0, lambda: a * b * v, lambda: b + w)
        return [y, *tape.gradient(y, [a, v, w], unconnected_gradients="zero")]

    assert both(f, tf.constant(pred), tf.constant(3.0)) == expected


def test_cond_under_a_tape_outside():
    v = tf.Variable(2.0)
    f = tf.function(lambda p, a: tf.cond(p, lambda: a * v, lambda: a))
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(tf.constant(True), x)
    assert [g.numpy() for g in tape.gradient(y, [x, v])] == [2.0, 3.0]


def test_variables_written_in_branches_and_bodies():
    v = tf.Variable(1.0)

    @tf.function
    def f(p):
        tf.cond(p > 0, lambda: v.assign_add(10.0), lambda: v.assign(0.0))
        tf.while_loop(lambda i: i < 3, lambda i: [i + int(v.assign_add(1.0) is not None)], [tf.constant(0)])
        return v + 0.0

    assert f(tf.constant(1)).numpy() == 14.0 and v.numpy() == 14.0
    assert f(tf.constant(-1)).numpy() == 3.0
    v.assign(2.0)
    tf.function(lambda: v.assign_add(1.0))()
    assert tf.constant(2.0).numpy() == 2.0  # the constant that was assigned was not donated


def test_while_loops_and_their_gradients():
    v = tf.Variable(2.0)

    def f(n, a):
        with tf.GradientTape() as tape:
            tape.watch(a)
            _, y = tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, y * a * v), (0, a), maximum_iterations=10)
        return [y, *tape.gradient(y, [a, v])]

    assert both(f, tf.constant(3), tf.constant(3.0)) == [648.0, 864.0, 972.0]
    assert both(lambda n: tf.while_loop(lambda i: i < n, lambda i: [i + 3], [tf.constant(0)]), tf.constant(10)) == [12]
    assert both(lambda: tf.while_loop(lambda i: True, lambda i: i + 1, [0], maximum_iterations=4)) == [4]


def test_a_gradient_of_unknown_length():
    @tf.function
    def f(n, a):
        with tf.GradientTape() as tape:
            tape.watch(a)
            _, y = tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, y * a), (0, a))
        return tape.gradient(y, a)

    assert f(tf.constant(2), tf.constant(3.0)).numpy() == 27.0
    assert f(tf.constant(0), tf.constant(3.0)).numpy() == 1.0
    assert f.experimental_get_tracing_count() == 1


def test_tensor_arrays_in_loops():
    def f(n, x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            ta = tf.TensorArray(tf.float32, size=4)
            _, ta, _ = tf.while_loop(
                lambda i, *_: i < n,
                lambda i, ta, x: (i + 1, ta.write(i, x * x), x * 2.0),
                (0, ta, x),
                maximum_iterations=4,
            )
            y = ta.gather([0, 1, 2])
        return [y, tape.gradient(y, x)]

    assert both(f, tf.constant(3), tf.constant([1.0, 2.0])) == [[[1, 4], [4, 16], [16, 64]], [42, 84]]


def test_choices():
    assert both(lambda i: tf.switch_case(i, [lambda: 1.0, lambda: 2.0], default=lambda: 9.0), tf.constant(7)) == 9
    assert both(lambda i: tf.switch_case(i, {0: lambda: 1.0, 1: lambda: 2.0}), tf.constant(7)) == 2
    assert both(lambda x: tf.case([(x < 2, lambda: 10), (x < 5, lambda: 20)], default=lambda: 30), tf.constant(3)) == 20
    with pytest.raises(tf.errors.InvalidArgumentError, match="None of the conditions"):
        tf.case([(tf.constant(False), lambda: 1)])
    with pytest.raises(tf.errors.InvalidArgumentError, match="more than one"):
        tf.function(lambda x: tf.case([(x > 1, lambda: 1), (x > 2, lambda: 2)], exclusive=True))(tf.constant(3))


@pytest.mark.parametrize(
    "mapped",
    [
        lambda a, c, v: tf.map_fn(lambda r: r * c * v, a), lambda a, c, v: tf.vectorized_map(lambda r: r * c * v, a),
        lambda a, c, v: tf.scan(lambda s, r: s * r + c * v, a),
        lambda a, c, v: tf.scan(lambda s, r: s * r + c * v, a, tf.constant(1.0), reverse=True),
        lambda a, c, v: tf.foldl(lambda s, r: s * r + v, a), lambda a, c, v: tf.foldr(lambda s, r: s * c - r * v, a),
    ],
)  # fmt: skip
def test_mapping_eager_and_compiled(mapped):
    v = tf.Variable(2.0)

    def f(a):
        with tf.GradientTape() as tape:
            tape.watch(a)
            y = mapped(a, tf.reduce_sum(a), v)
        return [y, *tape.gradient(y, [a, v])]

    both(f, VECTOR)


def test_mapping_values():
    assert (
        tf.map_fn(lambda r: (r + 1, tf.cast(r, tf.int32)), VECTOR, fn_output_signature=(tf.float32, tf.int32))[1].dtype
        == tf.int32
    )
    assert tf.scan(lambda a, x: a + x, VECTOR, reverse=True).numpy().tolist() == [6, 5, 3]
    assert tf.map_fn(lambda r: r * 2, tf.zeros([0, 3])).shape == (0, 3)
    noise = tf.function(lambda: tf.map_fn(lambda r: tf.random.normal([]), VECTOR))()
    assert len(set(noise.numpy().tolist())) == 3


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda p: tf.cond(p, lambda: 1.0, lambda: 2), TypeError, "same types"),
        (lambda p: tf.cond(p, lambda: (1.0, 2.0), lambda: 2.0), TypeError, "structure"),
        (lambda p: tf.cond(p, 1, lambda: 2.0), TypeError, "callable"),
        (lambda p: tf.while_loop(lambda i: p, lambda i: [tf.cast(i, tf.float32)], [0]), TypeError, "dtype"),
        (lambda p: tf.while_loop(lambda i: p, lambda i, j: [i], [0, 1]), ValueError, "structures"),
        (lambda p: tf.map_fn(lambda x: x, tf.constant(1)), ValueError, "1\\+ dimensional"),
        (lambda p: tf.map_fn(lambda x: tf.cast(x, tf.int32), VECTOR), tf.errors.InvalidArgumentError, "signature"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        tf.function(call)(tf.constant(True))


def test_host_functions_run_eagerly():
    double = tf.function(lambda x: tf.numpy_function(lambda a: a * 2, [x], tf.float32))
    with pytest.warns(UserWarning, match="runs eagerly"):
        assert double(VECTOR).numpy().tolist() == [2, 4, 6]
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = tf.py_function(lambda t: t * t, [x], tf.float32)
    assert tape.gradient(y, x).numpy() == 6
    with pytest.raises(tf.errors.InvalidArgumentError, match="Tout"):
        tf.py_function(lambda t: t, [1], tf.float32)
