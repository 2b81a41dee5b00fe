from addax.core import dtypes
from addax.keras import config, initializers


def test_values():
    assert initializers.zeros_initializer()((2,)).numpy().tolist() == [0.0, 0.0]
    assert initializers.ones_initializer()((2,), dtype=dtypes.int32).dtype == dtypes.int32
    made = initializers.constant_initializer([[1.0, 2.0], [3.0, 4.0]])((2, 2))
    assert made.numpy().tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert initializers.constant_initializer(3)((2,)).dtype == dtypes.int32
    assert initializers.random_normal_initializer(seed=1)((3,)).shape == (3,)
    assert initializers.random_uniform_initializer(0, 10, seed=1)((3,), dtype=dtypes.int64).dtype == dtypes.int64


def test_float32_whatever_keras_is_set_to():
    config.set_floatx("float64")
    try:
        assert initializers.zeros_initializer()((2,)).dtype == dtypes.float32
        assert initializers.Zeros()((2,)).dtype == dtypes.float64
    finally:
        config.set_floatx("float32")
