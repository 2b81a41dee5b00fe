import numpy as np
import pytest

import addax as tf
from addax.core import dtypes
from addax.core.convert import constant
from addax.core.shapes import TensorShape
from addax.keras import initializers


def test_constants():
    assert initializers.Zeros()((2, 2), dtype="int32").numpy().tolist() == [[0, 0], [0, 0]]
    assert initializers.Ones()((2,), dtype="bool").numpy().tolist() == [True, True]
    assert initializers.Constant(2.5)((2,)).numpy().tolist() == [2.5, 2.5]
    assert initializers.Constant([1.0, 2.0])((2,), dtype="float64").dtype == dtypes.float64
    with pytest.raises(TypeError, match="2 values"):
        initializers.Constant([1.0, 2.0])((3,))
    with pytest.raises(ValueError, match="string"):
        initializers.Zeros()((2,), dtype="string")


def test_identity():
    np.testing.assert_array_equal(initializers.Identity(3.0)((2, 3)).numpy(), 3 * np.eye(2, 3))
    with pytest.raises(ValueError, match="2D"):
        initializers.Identity()((2, 2, 2))


def test_shapes_of_all_kinds():
    for shape in ((2, 3), [2, 3], TensorShape([2, 3]), constant([2, 3])):
        assert initializers.Zeros()(shape).shape == (2, 3)
    assert initializers.Zeros()(()).shape == () and initializers.Zeros()(3).shape == (3,)
    assert initializers.GlorotUniform(1)(()).shape == ()
    assert initializers.Zeros()((4, 3), partition_shape=(2, 3), partition_offset=(0, 0)).shape == (2, 3)


def test_base_class_wants_a_call():
    with pytest.raises(NotImplementedError):
        initializers.Initializer()((2,))


def test_a_constant_array_in_a_model_file(tmp_path):
    values = np.arange(6.0).reshape(3, 2)
    dense = tf.keras.layers.Dense(2, kernel_initializer=tf.keras.initializers.Constant(values), input_shape=(3,))
    tf.keras.Sequential([dense]).save(tmp_path / "m.keras")
    loaded = tf.keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(loaded.layers[0].kernel_initializer((3, 2)), values)


def test_a_part_of_a_weight_has_tensorflows_numbers():
    part = {"partition_shape": (2, 4), "partition_offset": (2, 0)}
    uniform = [[-0.45785832, 0.25346565, -0.4332242, 0.25932908], [-0.08041191, -0.22765589, 0.649389, -0.0773828]]
    np.testing.assert_allclose(initializers.GlorotUniform(seed=3)((4, 4), **part).numpy(), uniform, 1e-5)
    normal = [[-0.05774508, -0.05650116, -0.05776695, -0.05447635], [0.04087337, -0.04705583, 0.00747277, -0.03013086]]
    np.testing.assert_allclose(initializers.RandomNormal(seed=3)((4, 4), **part).numpy(), normal, 1e-5)
    for refusing in (initializers.Identity(), initializers.Orthogonal()):
        with pytest.raises(ValueError, match="doesn't support partition-related arguments"):
            refusing((4, 4), **part)


def test_uniform_numbers_end_at_1_by_default():
    drawn = initializers.RandomUniform(maxval=None, seed=3)((2, 2))
    np.testing.assert_allclose(drawn.numpy(), [[0.15570848, 0.93631244], [0.5088889, 0.83309335]], 1e-5)


def test_constant_refuses_a_tensor_of_another_dtype():
    value = tf.constant(2.0)
    assert initializers.Constant(value)((2,)).numpy().tolist() == [2.0, 2.0]
    with pytest.raises(TypeError, match="float64"):
        initializers.Constant(value)((2,), dtype="float64")
