"""Nadam in functions. Numbers measured from TensorFlow 2.21 with Keras 2."""

import numpy as np
import pytest

import addax as tf

# The first three steps: three variables and the product of momenta. What makes variables is traced twice.
BEFORE = [[0.8855, 0.3855, 2.9069, 0.0676], [0.76926, 0.27724, 2.80215, 0.00491], [0.6407, 0.15669, 2.68653, 0.00011]]
INSIDE = [[0.8855, 0.4069, 2.91113, 0.01758], [0.77062, 0.29898, 2.80679, 0.00034], [0.64217, 0.17846, 2.69117, 3e-05]]


@pytest.mark.parametrize(("built", "expected"), [(True, BEFORE), (False, INSIDE)], ids=["before", "inside"])
def test_steps_of_a_function(built, expected):
    variables = [tf.Variable([1.0, -2.0]), tf.Variable([0.5]), tf.Variable([3.0])]
    optimizer = tf.keras.optimizers.Nadam(0.1, beta_1=0.5)
    if built:
        optimizer.build(variables)

    @tf.function
    def step(k):
        grads = [tf.cast(k + i + 1, tf.float32) * tf.ones_like(v) for i, v in enumerate(variables)]
        optimizer.apply_gradients(zip(grads, variables, strict=True))

    for k, wanted in enumerate(expected):
        step(tf.constant(k))
        found = [float(v[0]) for v in variables] + [float(optimizer._u_product)]
        np.testing.assert_allclose(found, wanted, atol=1e-5)


FLOAT64 = {  # two steps
    "Nadam": [0.816362181425769, -2.1952988329196326],
    "Ftrl": [0.31641236345968715, -1.8693122809009464],
    "SGD": [0.8805999979421497, -2.4582000061810017],
    "Lion": [0.7999999970197678, -2.2000000029802322],
}


@pytest.mark.parametrize("name", list(FLOAT64))
def test_numbers_are_cast_to_float64_by_way_of_float32(name):
    options = {"weight_decay": 0.1} if name == "SGD" else {}
    optimizer = getattr(tf.keras.optimizers, name)(0.1, **options)
    variable = tf.Variable([1.0, -2.0], dtype=tf.float64)
    for second in (2.0, 3.0):
        optimizer.apply_gradients([(tf.constant([0.5, second], tf.float64), variable)])
    np.testing.assert_allclose(variable.numpy(), FLOAT64[name], rtol=1e-13)
    if name == "Lion":
        expected = [0.009949990558624222, 0.049799952697753724]
        np.testing.assert_allclose(optimizer.variables[1].numpy(), expected, rtol=1e-13)
