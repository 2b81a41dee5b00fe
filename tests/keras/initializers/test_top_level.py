from addax.core import dtypes
from addax.keras import config, initializers, saving


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


def test_files_name_the_classes_of_tensorflow():
    first = initializers.constant_initializer(2)
    found = initializers.serialize(first)
    assert found == {
        "module": "tensorflow.python.ops.init_ops_v2", "class_name": "Constant", "config": {"value": 2},
        "registered_name": "Constant",
    }  # fmt: skip
    assert initializers.serialize(first, use_legacy_format=True) == {"class_name": "Constant", "config": {"value": 2}}
    for again in (initializers.deserialize(found), saving.deserialize_keras_object(found)):
        assert again((1,)).numpy().tolist() == [2.0]
    assert initializers.zeros_initializer.__name__ == "Zeros"
