"""Second derivatives that nothing flows back through: None, where TensorFlow has None."""

import numpy as np
import pytest

import addax as tf

# What d(dy/dx), d(dy/dw) are with respect to (x, w): "v" a value, "-" None; as TensorFlow 2.21 answers.
CASES = {
    "scaled": (lambda x, w: x * 3.0, ["--"]),
    "negative": (lambda x, w: -x, ["--"]),
    "product": (lambda x, w: x * w, ["-v", "v-"]),
    "matmul": (lambda x, w: x @ w, ["-v", "v-"]),
    "quotient": (lambda x, w: x / w, ["-v", "vv"]),
    "square": (lambda x, w: x * x, ["v-"]),
    "sum": (lambda x, w: tf.reduce_sum(x), ["--"]),
    "part": (lambda x, w: x[0], ["--"]),
    "larger": (lambda x, w: tf.maximum(x, w), ["--", "--"]),
    "chosen": (lambda x, w: tf.where(x > 0.0, x, w), ["--", "--"]),
    "relu": (lambda x, w: tf.nn.relu(x), ["v-"]),
    "relu of a product": (lambda x, w: tf.nn.relu(x @ w), ["vv", "vv"]),
    "pooled": (lambda x, w: tf.nn.max_pool2d(x[None, :, :, None], 2, 2, "VALID"), ["v-"]),
    "rows": (lambda x, w: tf.gather(x, [0, 0, 1]), ["--"]),
    "rows of a product": (lambda x, w: tf.gather(x * 2.0, [1]) * w[0], ["-v", "v-"]),
    "own gradient": (lambda x, w: linear(x) + w, ["--", "--"]),
    "own product": (lambda x, w: product(x, w), ["-v"]),
    "computed again": (lambda x, w: tf.recompute_grad(lambda a: a * 2.0)(x), ["--"]),
    "stopped": (lambda x, w: tf.stop_gradient(x) * x, ["--"]),
    "deep": (lambda x, w: tf.sin(x) @ w, ["vv", "v-"]),
    "row of a variable": (lambda x, w: tf.cast(tf.identity(x), tf.float64), ["--"]),
}


# The same where the function is compiled and the tapes are outside.
COMPILED = {
    "sum": (lambda x, w: x + w, ["--", "--"]),
    "scaled": (lambda x, w: x * 3.0, ["v-"]),
    "product": (lambda x, w: x * w, ["vv", "vv"]),
    "rows": (lambda x, w: tf.gather(x, [0]), ["--"]),
    "larger": (lambda x, w: tf.maximum(tf.transpose(x), w), ["--", "--"]),
    "chosen": (lambda x, w: tf.where(x > 0.0, x, w), ["--", "--"]),
    "relu": (lambda x, w: tf.nn.relu(x) - w, ["vv", "vv"]),
    "two results": (lambda x, w: (x * x, w + w), ["vv", "vv"]),
    "one of two": (lambda x, w: (x * x, tf.stop_gradient(w)), ["v-"]),
}


@tf.custom_gradient
def linear(x):
    return x * 2.0, lambda upstream: upstream * 2.0


@tf.custom_gradient
def product(x, w):
    return x * w, lambda upstream: (upstream * w, None)


def second(f, x, w):
    with tf.GradientTape(persistent=True) as outer:
        outer.watch([x, w])
        with tf.GradientTape() as tape:
            tape.watch([x, w])
            y = f(x, w)
        first = [each for each in tape.gradient(y, [x, w]) if each is not None]
    return [outer.gradient(each, [x, w]) for each in first]


@pytest.mark.parametrize("case", CASES)
def test_none_and_zeros(case):
    f, expected = CASES[case]
    x, w = tf.constant([[1.0, -2.0], [3.0, 0.5]]), tf.constant([[2.0, 1.0], [-1.0, 3.0]])
    compiled = tf.function(lambda a, b: second(f, a, b))
    for way in (second, second, second, lambda f, a, b: compiled(a, b)):  # rules one by one, then as one program
        found = way(f, x, w)
        assert ["".join("-" if each is None else "v" for each in row) for row in found] == expected


@pytest.mark.parametrize("case", COMPILED)
def test_none_and_zeros_of_a_function(case):
    f, expected = COMPILED[case]
    x, w = tf.constant([[1.0, -2.0], [3.0, 0.5]]), tf.constant([[2.0, 1.0], [-1.0, 3.0]])
    compiled = tf.function(f)
    for _ in range(3):
        found = second(compiled, x, w)
        assert ["".join("-" if each is None else "v" for each in row) for row in found] == expected


def test_a_gradient_compiled_inside():
    x, w = tf.constant([[1.0, -2.0], [3.0, 0.5]]), tf.constant([[2.0, 1.0], [-1.0, 3.0]])

    @tf.function
    def first(x, w):
        with tf.GradientTape() as tape:
            tape.watch([x, w])
            y = tf.nn.relu(x @ w) + x
        return tape.gradient(y, [x, w])

    with tf.GradientTape(persistent=True) as outer:
        outer.watch([x, w])
        of_x, of_w = first(x, w)
    assert [outer.gradient(each, x) is None for each in (of_x, of_w)] == [False, False]
    assert float(tf.reduce_sum(tf.abs(outer.gradient(of_w, w)))) == 0.0


def holds(y):
    return tf.reduce_sum(y) > 0.0


def thrice(step):
    return lambda x, y, z: tf.while_loop(
        lambda i, a: i < 3, lambda i, a: (i + 1, step(a, y, i)), [tf.constant(0), x + z]
    )[1]


def dropped(x, y, z):
    return tf.while_loop(lambda i, a, b: i < 3, lambda i, a, b: (i + 1, a + y, b * b), [tf.constant(0), x + z, z])


def summing(x, y, z):
    total = x
    for _ in tf.range(3):
        total = total + y
    return total + z


def maybe(x, y, z):
    made = z * z
    if tf.reduce_sum(y) > 50.0:
        made = made + tf.nn.relu(x - 0.4)
    return made


# Measured: the first derivatives by x, y and z, then for each of them that there is, the derivatives of that one.
CONTROL_FLOW = {
    "products": (lambda x, y, z: tf.cond(holds(y), lambda: x * y + z, lambda: x - z), "vvv vvv vvv vvv"),
    "sine": (lambda x, y, z: tf.cond(holds(y), lambda: tf.sin(x) * y + z, lambda: x - z), "vvv vvv vvv vvv"),
    "relu": (lambda x, y, z: tf.cond(holds(y), lambda: tf.nn.relu(x) + z, lambda: y), "vvv vvv vvv vvv"),
    "maximum": (lambda x, y, z: tf.cond(holds(y), lambda: tf.maximum(x + y, y) + z, lambda: y), "vvv --- --- ---"),
    "constants": (lambda x, y, z: tf.cond(holds(y), lambda: (x + y) * 2.0, lambda: z), "vvv --- --- ---"),
    "not all": (lambda x, y, z: tf.cond(holds(y), lambda: tf.exp(x), lambda: z), "v-v v-v v-v"),
    "where": (lambda x, y, z: tf.cond(holds(y), lambda: tf.where(x > y, x, z), lambda: z), "v-v --- ---"),
    "one of two": (lambda x, y, z: tf.cond(holds(y), lambda: (tf.tanh(x), z), lambda: (y, z))[1], "vvv vvv vvv vvv"),
    "if": (maybe, "v-v v-v v-v"),
    "loop of sums": (thrice(lambda a, y, i: a + y), "vvv --- --- ---"),
    "loop of choices": (thrice(lambda a, y, i: tf.where(a > 0, a, y)), "vvv --- --- ---"),
    "loop of constants": (thrice(lambda a, y, i: a * 2.0 + y), "vvv vvv vvv vvv"),
    "loop of maxima": (thrice(lambda a, y, i: tf.maximum(a, y)), "vvv vvv vvv vvv"),
    "loop of squares": (thrice(lambda a, y, i: a + y * y), "vvv vvv vvv vvv"),
    "loop with a product": (lambda x, y, z: dropped(x, y, z)[1], "vvv vvv vvv vvv"),
    "loop for nothing": (lambda x, y, z: (dropped(x, y, z), x + y)[1], "vv- --- ---"),
    "for": (summing, "vvv --- --- ---"),
}


def both(f, sources):
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(sources)
        with tf.GradientTape() as tape:
            tape.watch(sources)
            out = f(*sources)
        first = tape.gradient(out, sources)
    rows = [first] + [outer.gradient(each, sources) for each in first if each is not None]
    return " ".join("".join("-" if each is None else "v" for each in row) for row in rows)


@pytest.mark.parametrize("case", CONTROL_FLOW)
def test_derivatives_of_conditionals_and_loops(case):
    f, expected = CONTROL_FLOW[case]
    found = []

    @tf.function
    def inside(x, y, z):
        found.append(both(f if case not in ("if", "for") else tf.function(f), [x, y, z]))

    sources = [tf.constant([1.0, 2.0]), tf.constant([0.5, 0.6]), tf.constant([0.2, 0.3])]
    inside(*sources)
    assert [both(tf.function(f), sources), *found] == [expected, expected]


def test_a_conditional_that_nothing_comes_of_counts_for_nothing():
    def f(x, y, z):
        tf.cond(holds(y), lambda: x * y, lambda: z)
        return x + z

    assert both(tf.function(f), [tf.constant(1.0), tf.constant(2.0), tf.constant(3.0)]) == "v-v --- ---"


@pytest.mark.parametrize("compiled", [False, True])
def test_a_constant_divided_in_a_branch_is_curved(compiled):
    x = tf.constant([0.5, 2.0])

    def second(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.cond(tf.reduce_sum(x) > 0, lambda: 3.0 / (x + 1.0), lambda: x)
            first = inner.gradient(y, x)
        return outer.gradient(first, x)

    found = (tf.function(second) if compiled else second)(x)
    np.testing.assert_allclose(found, 6.0 / (np.array([0.5, 2.0]) + 1.0) ** 3, rtol=1e-5)
