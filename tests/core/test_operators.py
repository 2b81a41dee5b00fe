"""Python's operators, of tensors, variables and symbolic tensors alike."""

import numpy as np
import pytest

import addax as tf

MAKERS = {"tensor": tf.constant, "variable": tf.Variable}
FLOATS = [
    (lambda a, b: a + b), (lambda a, b: a - b), (lambda a, b: a * b), (lambda a, b: a / b), (lambda a, b: a // b),
    (lambda a, b: a % b), (lambda a, b: a**b), (lambda a, b: a < b), (lambda a, b: a >= b), (lambda a, b: a == b),
    (lambda a, b: a != b),
]  # fmt: skip


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("which", range(len(FLOATS)))
def test_arithmetic_and_comparison(make, which):
    operator, a, b = FLOATS[which], np.array([7.5, -7.5, 2.0], "float32"), np.array([2.0, 2.0, -3.0], "float32")
    expected = operator(a, b)
    for left, right in ((make(a), make(b)), (make(a), b), (a, make(b)), (make(a), b.tolist())):
        np.testing.assert_allclose(np.asarray(operator(left, right)), expected, rtol=1e-6)
    np.testing.assert_allclose(np.asarray(operator(make(a), 2.0)), operator(a, np.float32(2)), rtol=1e-6)
    np.testing.assert_allclose(np.asarray(operator(3.0, make(b))), operator(np.float32(3), b), rtol=1e-6)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_the_rest(make):
    a, b = make([True, False]), make([True, True])
    assert [(a & b).numpy().tolist(), (a | b).numpy().tolist(), (a ^ b).numpy().tolist()] == [
        [True, False], [True, True], [False, True]
    ]  # fmt: skip
    assert (~a).numpy().tolist() == [False, True] and (~make([5])).numpy().tolist() == [-6]
    assert (-make([1.0])).numpy().tolist() == [-1.0] and abs(make([-2])).numpy().tolist() == [2]
    matrix = make([[1.0, 2.0], [3.0, 4.0]])
    assert (matrix @ matrix).numpy().tolist() == [[7.0, 10.0], [15.0, 22.0]]
    assert matrix[0, 1].numpy() == 2.0 and matrix[..., -1].numpy().tolist() == [2.0, 4.0]
    assert matrix[tf.constant(1)].numpy().tolist() == [3.0, 4.0] and matrix[:, tf.newaxis].shape == [2, 1, 2]


def test_equality_of_other_things():
    t = tf.constant([1.0, 2.0])
    assert (t == None) is False and (t != None) is True  # noqa: E711
    assert (t == "text") is False and bool(tf.reduce_all(tf.constant(["a"]) == "a"))
    assert (t == tf.constant([1.0, 2.0, 3.0])) is False or not np.any(np.asarray(t == tf.constant([1.0, 2.0, 3.0])))


def test_integer_division_is_pythons():
    a = tf.constant([7, -7])
    assert (a // 2).numpy().tolist() == [3, -4] and (a % 3).numpy().tolist() == [1, 2]
    assert (a / 2).dtype == tf.float64 and (2 ** a[:1]).dtype == tf.int32


def test_others_may_know_better():
    class Other:
        __array_priority__ = 1000

        def __radd__(self, left):
            return "mine"

        def __eq__(self, other):
            return "equal"

        __hash__ = None

    assert tf.constant(1.0) + Other() == "mine"
    assert (tf.constant(1.0) == Other()) == "equal"
    symbolic = tf.keras.Input((2,))
    for made in (
        tf.constant([1.0, 2.0]) + symbolic,
        symbolic + tf.Variable([1.0, 2.0]),
        np.ones(2, "float32") * symbolic,
    ):
        assert made.shape.as_list() == [None, 2]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32", "int64"])
@pytest.mark.parametrize(
    "other", [np.float64(2.5), np.int64(3), np.bool_(True), np.array([2.5, 3.0]), np.array([2, 3])]
)
def test_numbers_of_numpy_take_the_dtype_of_the_tensor(dtype, other):
    t = tf.constant([1, 2], dtype)
    cast = np.asarray(other).astype(dtype)  # 2.5 beside int32 is 2
    for found in (t * other, other * t, tf.multiply(t, other), tf.multiply(other, t), tf.Variable(t) * other):
        assert found.dtype.name == dtype
        np.testing.assert_array_equal(found, np.array([1, 2], dtype) * cast)
    np.testing.assert_array_equal(other < t, cast < np.array([1, 2], dtype))


def test_gradients_beside_numbers_of_numpy():
    t = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = np.float64(3.0) * t
    assert tape.gradient(y, t).numpy().tolist() == [3.0, 3.0]
