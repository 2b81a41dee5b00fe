"""Tensors: what they are to Python and NumPy."""

import copy
import pickle

import numpy as np
import pytest

import addax as tf


def test_what_it_is():
    t = tf.constant([[1.0, 2.0]])
    assert (t.dtype, t.shape, t.ndim, t.get_shape()) == (tf.float32, [1, 2], 2, [1, 2])
    assert not t.is_symbolic and "CPU" in t.device or "GPU" in t.device
    with pytest.raises(AttributeError, match="Tensor.name"):
        t.name
    t.set_shape([None, 2])
    with pytest.raises(ValueError, match=r"Tensor.set_shape: expected a shape compatible with \(1, 2\)"):
        t.set_shape([3, 2])


def test_python_faces():
    t = tf.constant([1, 2, 3])
    assert len(t) == 3 and [int(each) for each in t] == [1, 2, 3] and 2 in t and 5 not in t
    assert (float(tf.constant(2.5)), int(tf.constant(2.5)), complex(tf.constant(1.0))) == (2.5, 2, 1 + 0j)
    assert [10, 20][tf.constant(1)] == 20 and list(range(tf.constant(3))) == [0, 1, 2]
    assert bool(tf.constant(1)) and not bool(tf.constant(False))
    assert f"{tf.constant(1.5):.2f}" == "1.50" and round(tf.constant(1.26), 1) == np.float32(1.3)
    for use in (len, iter, lambda x: x.__index__()):
        with pytest.raises(TypeError):
            use(tf.constant(1.0))
    with pytest.raises(ValueError, match="ambiguous|more than one"):
        bool(t)
    with pytest.raises(TypeError, match=r"tensor.ref\(\)"):
        hash(t)
    assert t.ref() == t.ref() != tf.constant([1, 2, 3]).ref() and t.ref().deref() is t and len({t.ref(), t.ref()}) == 1


def test_numpy_faces():
    t = tf.constant([1.0, 2.0])
    assert type(tf.constant(1.0).numpy()) is np.float32 and type(tf.constant("a").numpy()) is bytes
    assert np.asarray(t, "float64").dtype == np.float64 and np.sum(t) == 3.0
    assert isinstance(np.ones(2, "float32") + t, tf.Tensor)
    np.testing.assert_array_equal(t, [1.0, 2.0])
    copied = np.array(t)
    copied[0] = 9.0
    assert t.numpy()[0] == 1.0


def test_the_value_cannot_be_changed_through_numpy():
    source = np.ones(4, "float32")
    t = tf.constant(source)
    source[:] = 5.0
    t.numpy()[:] = 7.0  # a copy
    assert (t + 0.0).numpy().tolist() == [1.0] * 4


@pytest.mark.parametrize("value", [[1, 2], [1.5], "text", True, 1j, np.float16(1), np.int8([1, 2])])
def test_copies_and_pickles(value):
    t = tf.constant(value)
    for other in (copy.copy(t), copy.deepcopy(t), pickle.loads(pickle.dumps(t))):
        assert other.dtype == t.dtype and other.shape == t.shape
        np.testing.assert_array_equal(other.numpy(), t.numpy())
    bfloat = pickle.loads(pickle.dumps(tf.cast([1.5], tf.bfloat16)))
    assert bfloat.dtype == tf.bfloat16


def test_dlpack():
    t = tf.constant([1.0, 2.0])
    np.testing.assert_array_equal(np.from_dlpack(t), [1.0, 2.0])


def test_symbolic_tensors_have_no_value():
    seen = {}

    @tf.function(autograph=False)
    def f(x):
        seen["repr"], seen["symbolic"], seen["shape"] = repr(x), x.is_symbolic, x.shape
        for name, use in (("numpy", lambda: x.numpy()), ("array", lambda: np.asarray(x)), ("float", lambda: float(x))):
            try:
                use()
            except TypeError as error:
                seen[name] = str(error)
        return x

    f(tf.constant([1.0, 2.0]))
    assert seen["symbolic"] and seen["shape"] == [2] and "shape=(2,)" in seen["repr"]
    for name in ("numpy", "array", "float"):
        assert "symbolic tensor of shape (2,)" in seen[name] and "To do: " in seen[name]


def test_an_undecided_bool_names_the_way_out():
    @tf.function(autograph=False)
    def f(x):
        return x if x > 0 else -x

    with pytest.raises(tf.errors.OperatorNotAllowedInGraphError, match="To do: .*tf.cond"):
        f(tf.constant(1.0))


def test_format_writes_the_bare_value():
    assert f"{tf.constant([1, 2])}" == "[1 2]" and f"{tf.constant(1.5)}" == "1.5" and f"{tf.constant('a')}" == "b'a'"
    assert f"{tf.constant(2.0):.2f}" == "2.00"
