"""Variables as arguments of a tf.function: one program for all that look alike, as in TensorFlow."""

import numpy as np

import addax as tf


def test_one_trace_for_variables_of_a_kind():
    traces = []

    @tf.function
    def f(a, b):
        traces.append(1)
        a.assign_add(tf.ones_like(a) * b)
        return a + b

    a, b, wide = tf.Variable(1.0), tf.Variable(2.0), tf.Variable([1.0, 1.0])
    assert [float(f(*each)) for each in ((a, b), (b, a), (a, a), (b, b))] == [5.0, 8.0, 12.0, 20.0]
    assert (a.numpy(), b.numpy()) == (6.0, 10.0) and len(traces) == 2  # two variables, and twice the same
    assert f(wide, a).numpy().tolist() == [13.0, 13.0] and len(traces) == 3
    assert f.experimental_get_tracing_count() == 3


def test_gradients_and_lists():
    f = tf.function(lambda pair: tf.add_n([each * each for each in pair]))
    a, b, c = (tf.Variable(float(each)) for each in (1, 2, 3))
    f([a, b])
    with tf.GradientTape() as tape:
        y = f([c, b])
    assert [float(each) for each in tape.gradient(y, [c, b])] == [6.0, 4.0]
    assert f.experimental_get_tracing_count() == 1 and len(f.experimental_compile_stats()) == 2


def test_large_variables_that_are_overwritten():
    @tf.function
    def f(v):
        v.assign(v * 2.0 + 1.0)
        return tf.reduce_sum(v)

    many = [tf.Variable(tf.fill([80, 80], float(each))) for each in range(3)]
    assert [float(f(each)) for each in [*many, *many]] == [6400.0 * n for n in (1, 3, 5, 3, 7, 11)]
    assert [float(each[0, 0]) for each in many] == [3.0, 7.0, 11.0]


def test_what_is_found_by_the_variable_is_its_own():
    optimizer = tf.keras.optimizers.SGD(0.5, momentum=0.5)
    a, b = tf.Variable(0.0), tf.Variable(10.0)
    optimizer.build([a, b])

    @tf.function
    def step(v, slope):
        optimizer.apply_gradients([(slope, v)])

    for _ in range(2):
        step(a, tf.constant(1.0))
        step(b, tf.constant(-1.0))
    np.testing.assert_allclose([a.numpy(), b.numpy()], [-1.25, 11.25])


def test_a_variable_that_the_function_has_anyway():
    a, b = tf.Variable(1.0), tf.Variable(5.0)

    @tf.function
    def f(v):
        return v * 10.0 + a

    assert [float(f(each)) for each in (a, b, a, tf.Variable(2.0))] == [11.0, 51.0, 11.0, 21.0]
