"""The inputs of the recorded cases, and how a case is checked."""

import numpy as np
import pytest

import addax as tf

RAW = np.array([[1, -2, 3], [4, 0, 6]])
POSITIVE = np.array([[1, 2, 3], [4, 5, 6]])


def _inputs():
    names = {"i32": "int32", "i64": "int64", "i8": "int8", "f32": "float32", "c64": "complex64", "f64": "float64"}
    made = {name: tf.cast(tf.constant(RAW), dtype) for name, dtype in names.items()}
    made["u8"] = tf.cast(tf.constant(POSITIVE), "uint8")
    positive = {
        "pi32": "int32", "pi64": "int64", "pu8": "uint8", "pf32": "float32", "pf64": "float64",
        "pc64": "complex64", "pi8": "int8",
    }  # fmt: skip
    for name, dtype in positive.items():
        made[name] = tf.cast(tf.constant(POSITIVE), dtype)
    made |= {
        "b": tf.constant(RAW > 1), "L": [1, 2, 3], "LF": [1.0, 2.5, -3.0], "LL": [[1, 2, 3], [4, 5, 6]], "I": 3,
        "F": 0.5, "B": True, "vi": tf.constant([1, 2, 3]), "v32": tf.constant([1.0, 2.0, -3.0]),
        "m": tf.constant([[2.0, 1.0], [1.0, 3.0]]), "sq": tf.constant(np.arange(9.0).reshape(3, 3)),
        "t3": tf.constant(np.arange(24.0).reshape(2, 3, 4)), "s32": tf.constant(2.0), "npi": np.int32(3),
        "npf": np.float32(2.5), "tf": tf, "np": np, "tnp": tf.experimental.numpy,
    }  # fmt: skip
    return made


@pytest.fixture(scope="session")
def check():
    """Whether an expression gives the recorded dtype and numbers."""
    inputs = _inputs()

    def check(expression, dtype, numbers):
        made = eval(expression, dict(inputs))
        assert isinstance(made, tf.Tensor)
        assert made.dtype.name == dtype
        np.testing.assert_allclose(made.numpy(), numbers, rtol=2e-5, atol=1e-6)
        assert made.shape == np.shape(numbers)

    return check
