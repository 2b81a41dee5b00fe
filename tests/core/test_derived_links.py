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
    "stopped": (lambda x, w: tf.stop_gradient(x) * x, ["--"]),
    "deep": (lambda x, w: tf.sin(x) @ w, ["vv", "v-"]),
    "row of a variable": (lambda x, w: tf.cast(tf.identity(x), tf.float64), ["--"]),
}


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
