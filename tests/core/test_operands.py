"""What Python's and NumPy's values become beside tensors, as measured from TensorFlow 2.21."""

import numpy as np
import pytest

import addax as tf

BOOLS = ([True, False], True)


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint64", "float16", "float32", "float64", "complex128"])
@pytest.mark.parametrize("bools", BOOLS)
def test_bools_beside_numbers(bools, dtype):
    x = tf.constant([2, 3], dtype)
    for product in (tf.multiply(x, bools), tf.multiply(bools, x)):
        assert product.dtype == dtype
        assert product.numpy().tolist() == (x.numpy() * np.asarray(bools)).tolist()
    assert tf.convert_to_tensor(bools, dtype_hint=dtype).dtype == dtype


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "uint16", "uint32", "bfloat16", "complex64"])
@pytest.mark.parametrize("bools", BOOLS)
def test_bools_that_do_not_fit(bools, dtype):
    if dtype == "bfloat16" and bools is True:
        return  # taken for 1.0
    for f in (tf.add, tf.subtract, tf.maximum if dtype != "complex64" else tf.multiply):
        with pytest.raises((TypeError, tf.errors.InvalidArgumentError)):
            f(tf.constant([2, 3], dtype), bools)
    assert tf.convert_to_tensor(bools, dtype_hint=dtype).dtype == tf.bool


def test_numpy_beside_the_one_dtype_there_is():
    assert tf.logical_not(np.array([1.5, 0.0])).numpy().tolist() == [False, True]
    assert tf.logical_and(np.array([1, 2]), True).numpy().tolist() == [True, True]
    assert tf.reduce_all(np.array([1.0, 0.5])).numpy()
    assert not tf.reduce_any(np.array([0, 0])).numpy()
    for wrong in ([1, 0], tf.constant([1, 0])):
        with pytest.raises((TypeError, tf.errors.InvalidArgumentError)):
            tf.reduce_any(wrong)


def test_numpy_and_strings():
    for f in (tf.constant, tf.convert_to_tensor):
        with pytest.raises(ValueError, match="expected values of type int32"):
            f(np.array(["a"]), tf.int32)
        with pytest.raises(ValueError, match="expected values of type string"):
            f(np.array([1.5]), tf.string)


FLOATS = tf.constant([1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    "f",
    [
        lambda: tf.add([1, 2, 3], FLOATS), lambda: tf.add(np.array([1.0, 2.0, 3.0]), FLOATS),
        lambda: tf.truediv([1, 2, 3], FLOATS), lambda: tf.truediv(2, FLOATS),
        lambda: tf.math.multiply_no_nan(np.array([1.0, 2.0, 3.0]), FLOATS),
        lambda: tf.add_n([tf.constant(1.0), 2]), lambda: tf.add_n([np.array([1.0]), [2.0]]),
    ],
)  # fmt: skip
def test_functions_that_convert_their_arguments_one_by_one(f):
    with pytest.raises((TypeError, ValueError, tf.errors.InvalidArgumentError), match="float"):
        f()


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda: [1, 2, 3] + FLOATS, [2.0, 4.0, 6.0]), (lambda: np.array([1, 2, 3]) + FLOATS, [2.0, 4.0, 6.0]),
        (lambda: (1, 2, 3) + tf.Variable(FLOATS), [2.0, 4.0, 6.0]), (lambda: 2 + FLOATS, [3.0, 4.0, 5.0]),
        (lambda: tf.add(FLOATS, [1, 2, 3]), [2.0, 4.0, 6.0]), (lambda: tf.add([1.0, 2.0, 3.0], FLOATS), [2, 4, 6]),
        (lambda: tf.divide([2, 4, 6], FLOATS), [2.0, 2.0, 2.0]), (lambda: [2, 4, 6] / FLOATS, [2.0, 2.0, 2.0]),
        (lambda: tf.truediv(FLOATS, 2), [0.5, 1.0, 1.5]), (lambda: tf.multiply([1, 2, 3], FLOATS), [1.0, 4.0, 9.0]),
        (lambda: [FLOATS, FLOATS] + tf.constant([[1.0], [2.0]]), [[2.0, 3.0, 4.0], [3.0, 4.0, 5.0]]),
        (lambda: tf.add_n([[1, 2], [3, 4]]), [4, 6]), (lambda: tf.add_n([2.5, tf.constant(1.0)]), 3.5),
    ],
)  # fmt: skip
def test_operators_and_the_functions_that_look_at_both(f, expected):
    assert f().numpy().tolist() == expected


@pytest.mark.parametrize("f", [lambda k: 2 + k, lambda k: [2, 2] + k, lambda k: 4 / k, lambda k: np.array([2, 2]) + k])
def test_data_before_symbolic_tensors_come_back_from_configs(f):
    k = tf.keras.Input([2])
    model = tf.keras.Model(k, f(k))
    again = tf.keras.Model.from_config(model.get_config())
    x = tf.constant([[1.0, 2.0]])
    assert again(x).numpy().tolist() == model(x).numpy().tolist() == f(x).numpy().tolist()


def test_what_takes_other_dtypes_beside_it():
    a, b = tf.constant([[1.0, 2.0]], tf.bfloat16), tf.constant([[3.0], [4.0]])
    for product in (a @ b, tf.matmul(a, b), tf.matmul(tf.transpose(b), tf.transpose(a))):
        assert product.dtype == tf.float32 and product.numpy().tolist() == [[11.0]]
    assert tf.linalg.matvec(a, tf.constant([3.0, 4.0])).numpy().tolist() == [11.0]
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.matmul(tf.cast(a, tf.float16), b)
    x = tf.constant([3.0, 4.0])
    for limit in (tf.constant(1, tf.int32), tf.constant(1.0, tf.float64), tf.constant(1.0, tf.bfloat16)):
        np.testing.assert_allclose(tf.clip_by_norm(x, limit), [0.6, 0.8], rtol=1e-6)
        np.testing.assert_allclose(tf.clip_by_norm([3.0, 4.0], limit), [0.6, 0.8], rtol=1e-2)
    for limit in (tf.constant(True), tf.constant(1j)):
        with pytest.raises((TypeError, tf.errors.InvalidArgumentError)):
            tf.clip_by_norm(x, limit)
    assert tf.nn.silu(x, tf.constant(2, tf.uint8)).numpy().tolist() == tf.nn.silu(x, 2.0).numpy().tolist()
    assert tf.where(np.array([1.0, 0.0]), x, 0.0).numpy().tolist() == [3.0, 0.0]
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.where([1, 0], x, 0.0)
    images = tf.ones([2, 2, 1]), tf.zeros([2, 2, 1], tf.float64)
    assert abs(float(tf.image.psnr(*images, 10.0)) - 20.0) < 1e-4


def test_gradients_where_dtypes_are_brought_together():
    a, b = tf.Variable([[1.0, 2.0]], dtype=tf.bfloat16), tf.Variable([[3.0], [4.0]])
    with tf.GradientTape() as tape:
        y = a @ b
    by_a, by_b = tape.gradient(y, [a, b])
    assert by_a.dtype == tf.bfloat16 and tf.cast(by_a, tf.float32).numpy().tolist() == [[3.0, 4.0]]
    assert by_b.numpy().tolist() == [[1.0], [2.0]]


def test_data_of_rows_take_the_dtype_of_the_variable():
    v = tf.Variable([1.0, 2.0, 3.0])
    v.scatter_add(tf.IndexedSlices([7], [1]))
    v.scatter_update(tf.IndexedSlices(np.array([5]), [0]))
    assert v.numpy().tolist() == [5.0, 9.0, 3.0]
    with pytest.raises(TypeError):
        tf.Variable([1, 2]).scatter_add(tf.IndexedSlices([1.5], [1]))


def test_numpy_in_a_list_with_tensors_takes_their_dtype():
    one = tf.constant(2, tf.complex64)
    for item in (np.array(1), np.float64(1.0), np.float32(1.0)):
        for both in ([item, one], [one, item]):
            made = tf.convert_to_tensor(both)
            assert made.dtype == tf.complex64 and sorted(made.numpy().real.tolist()) == [1.0, 2.0]


def test_limits_of_bfloat16_and_ones_like_strings():
    assert tf.saturate_cast([-1, 300], tf.bfloat16).numpy().tolist() == [-1.0, 300.0]
    assert tf.saturate_cast([-100000, 300], tf.float16).numpy().tolist() == [-65504.0, 300.0]
    assert tf.ones_like(tf.constant(["a", "b"]), tf.int32).numpy().tolist() == [1, 1]
