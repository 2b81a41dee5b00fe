"""What one result of a function called in another depends on has a gradient of zero with respect to the others."""

import addax as tf


@tf.function
def squares(a, b):
    return {"a": a * a, "rest": [b * b, tf.constant(3), None]}


@tf.function
def one(a, b):
    return a * a


def of(function, pick):
    @tf.function
    def traced(a, b):
        with tf.GradientTape() as tape:
            tape.watch([a, b])
            result = pick(function(a, b))
        return [tf.constant(-1.0) if each is None else each for each in tape.gradient(result, [a, b])]

    return [float(each) for each in traced(tf.constant(3.0), tf.constant(2.0))]


def test_results_share_their_sources():
    assert of(squares, lambda result: result["a"]) == [6.0, 0.0]
    assert of(squares, lambda result: result["rest"][0]) == [0.0, 4.0]
    assert of(one, lambda result: result) == [6.0, -1.0]


def test_variables_count_too():
    v, w, unused = tf.Variable(3.0), tf.Variable(2.0), tf.Variable(1.0)
    pair = tf.function(lambda: (v * v, w * w))

    @tf.function
    def traced():
        with tf.GradientTape() as tape:
            first, _ = pair()
        return [tf.constant(-1.0) if each is None else each for each in tape.gradient(first, [v, w, unused])]

    assert [float(each) for each in traced()] == [6.0, 0.0, -1.0]


def test_derivatives_nest():
    @tf.function
    def traced(a, b):
        with tf.GradientTape() as outer:
            outer.watch([a, b])
            with tf.GradientTape() as tape:
                tape.watch(a)
                result = squares(a, b)["a"]
            first = tape.gradient(result, a)
        return [first, *outer.gradient(first, [a, b])]

    assert [float(each) for each in traced(tf.constant(3.0), tf.constant(2.0))] == [6.0, 2.0, 0.0]


def test_a_tape_outside_of_all_sees_results_share_their_sources():
    pair = tf.function(lambda a, b: (a * a, b + 1.0))
    x, y, z = tf.constant(3.0), tf.constant(2.0), tf.constant(1.0)
    with tf.GradientTape() as tape:
        tape.watch([x, y, z])
        out = tf.function(lambda x, y, z: (pair(x, y)[0], z)[0])(x, y, z)
    assert [None if each is None else float(each) for each in tape.gradient(out, [x, y, z])] == [6.0, 0.0, None]


def test_forward_mode_passes_calls_of_several_results():
    pair = tf.function(lambda a, b: (a * a, b + 1.0))

    @tf.function
    def traced(x, y):
        with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as acc:
            first, second = pair(x, y)
        return acc.jvp(first), acc.jvp(second, unconnected_gradients="zero")

    assert [float(each) for each in traced(tf.constant(3.0), tf.constant(2.0))] == [6.0, 0.0]
