"""tf.experimental: memory shared with others, optionals, small dtypes, asynchronous work."""

import warnings

import numpy as np
import pytest

import addax as tf
from addax.core import effects, errors


def test_dlpack():
    x = tf.constant([[1.0, 2.0]])
    back = tf.experimental.dlpack.from_dlpack(tf.experimental.dlpack.to_dlpack(x))
    assert back.numpy().tolist() == [[1.0, 2.0]]
    assert np.from_dlpack(x).tolist() == [[1.0, 2.0]]
    assert tf.experimental.dlpack.from_dlpack(np.arange(3)).dtype == tf.int64
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be a TF tensor"):
        tf.experimental.dlpack.to_dlpack(3)
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.experimental.dlpack.to_dlpack(tf.constant("a"))
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.experimental.dlpack.from_dlpack(3)


def test_optional():
    some = tf.experimental.Optional.from_value(tf.constant(3))
    assert int(some.get_value()) == 3 and some.element_spec == tf.TensorSpec([], tf.int32)
    none = tf.experimental.Optional.empty(some.element_spec)
    assert not none.has_value()
    with pytest.raises(tf.errors.InvalidArgumentError):
        none.get_value()


@pytest.mark.parametrize(
    "name",
    ["float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e4m3b11fnuz", "float4_e2m1fn"],
)
def test_small_floats(name):
    dtype = getattr(tf.experimental, name)
    assert dtype.name == name and dtype.is_floating and dtype.size == 1
    assert float(tf.cast(tf.cast([1.5, 2.0], dtype), tf.float32)[1]) == 2.0


def test_small_integers():
    assert [int(getattr(tf.experimental, name)) for name in ("int4", "uint4", "int2", "uint2")] == [29, 30, 31, 32]
    assert int(tf.experimental.float4_e2m1fn) == 33
    assert tf.cast(tf.cast([-8, 7], tf.experimental.int4), tf.int32).numpy().tolist() == [-8, 7]


def test_asynchronous_work():
    with tf.experimental.async_scope():
        assert int(tf.constant(1) + 1) == 2
    effects._failures.append(RuntimeError("late"))
    with pytest.raises(RuntimeError, match="late"), tf.experimental.async_scope():
        pass
    effects._failures.append(RuntimeError("late"))
    tf.experimental.async_clear_error()
    effects.finish()


def test_strict_mode():
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        tf.experimental.enable_strict_mode()
        with pytest.raises(errors.AddaxWarning):
            warnings.warn("falls back", errors.AddaxWarning)
