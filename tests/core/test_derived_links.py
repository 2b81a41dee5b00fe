"""Second derivatives that nothing flows back through: None, where TensorFlow has None."""

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
