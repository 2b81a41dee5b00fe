"""Arithmetic of two tensors: values, dtypes, signs, ties."""

import pickle

import numpy as np
import pytest

import addax as tf

X = np.array([[-2.5, 0.5, 3.0], [1.0, -1.5, 4.0]])
Y = np.array([2.0, -0.5, 1.5])


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        (tf.add, np.add),
        (tf.subtract, np.subtract),
        (tf.multiply, np.multiply),
        (tf.divide, np.divide),
        (tf.maximum, np.maximum),
        (tf.minimum, np.minimum),
        (tf.math.floordiv, np.floor_divide),
        (tf.math.floormod, np.mod),
        (tf.truncatemod, np.fmod),
        (tf.atan2, np.arctan2),
        (tf.math.squared_difference, lambda x, y: (x - y) ** 2),
        (tf.math.xdivy, np.divide),
    ],
)
def test_values_broadcast(op, expected):
    np.testing.assert_allclose(op(X, Y), expected(X, Y), rtol=1e-12)


@pytest.mark.parametrize(
    "op", [tf.add, tf.subtract, tf.multiply, tf.divide, tf.maximum, tf.minimum, tf.atan2, tf.math.squared_difference]
)
def test_gradients(op, check_gradient):
    check_gradient(op, X, Y)


def test_gradient_of_powers(check_gradient):
    check_gradient(tf.pow, np.abs(X), Y)
    check_gradient(lambda x: x**3, X)
    check_gradient(lambda x: x**-2, X)


def test_power_of_a_negative_number_has_no_gradient_in_the_exponent():
    y = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(y)
        z = tf.pow(-2.0, y)
    assert float(tape.gradient(z, y)) == 0.0


@pytest.mark.parametrize(("op", "to_x", "to_y"), [(tf.maximum, 1.0, 0.0), (tf.minimum, 1.0, 0.0)])
def test_at_ties_the_first_gets_the_gradient(op, to_x, to_y):
    x, y = tf.constant(2.0), tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        z = op(x, y)
    assert [float(g) for g in tape.gradient(z, [x, y])] == [to_x, to_y]


def test_maximum_passes_nan_on():
    assert np.isnan(tf.maximum(np.nan, 1.0)) and np.isnan(tf.minimum(1.0, np.nan))


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64", "uint8"])
def test_integers_divide_as_integers(dtype):
    x, y = tf.constant([7, 8, 9], dtype), tf.constant([2, 3, 4], dtype)
    assert tf.math.floordiv(x, y).numpy().tolist() == [3, 2, 2] and (x // y).dtype == dtype
    assert (x / y).dtype == ("float32" if dtype in ("int8", "uint8") else "float64")


def test_division_rounds_down_or_towards_zero():
    assert tf.math.floordiv([-7, 7], 2).numpy().tolist() == [-4, 3]
    assert tf.truncatediv([-7, 7], 2).numpy().tolist() == [-3, 3]
    assert tf.math.floormod([-7, 7], [3, -3]).numpy().tolist() == [2, -2]
    assert tf.truncatemod([-7, 7], [3, -3]).numpy().tolist() == [-1, 1]


@pytest.mark.parametrize("op", [tf.math.floordiv, tf.math.floormod, tf.truncatediv, tf.truncatemod])
def test_integers_by_zero_are_refused(op):
    with pytest.raises(tf.errors.InvalidArgumentError, match="division by zero"):
        op(tf.constant([1, 2]), tf.constant([1, 0]))


def test_no_nan_variants():
    x, y = [1.0, 0.0, np.inf], [0.0, 0.0, 0.0]
    assert tf.math.divide_no_nan([1.0, 4.0], [0.0, 2.0]).numpy().tolist() == [0.0, 2.0]
    assert tf.math.multiply_no_nan(x, y).numpy().tolist() == [0.0, 0.0, 0.0]
    assert tf.math.xlogy([0.0, 2.0], [0.0, 1.0]).numpy().tolist() == [0.0, 0.0]
    assert tf.math.xlog1py([0.0], [-1.0]).numpy().tolist() == [0.0]
    v = tf.constant(0.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(v)
        divided, product = tf.math.divide_no_nan(1.0, v), tf.math.multiply_no_nan(3.0, v)
    assert float(tape.gradient(divided, v)) == 0.0
    assert float(tape.gradient(product, v)) == 3.0


def test_integer_powers():
    assert tf.pow([2, 3], [3, 2]).numpy().tolist() == [8, 9]
    with pytest.raises(tf.errors.InvalidArgumentError, match="negative"):
        tf.pow(2, -1)


def test_dtypes_do_not_mix():
    with pytest.raises(tf.errors.InvalidArgumentError, match="float32.*float64|float64.*float32"):
        tf.constant(1.0) + tf.constant(1.0, tf.float64)
    for bad in (lambda: tf.constant(1) + 2.5, lambda: tf.constant([1]) == 2.5, lambda: tf.stack([tf.constant(1), 2.5])):
        with pytest.raises(TypeError, match="int32"):
            bad()


def test_integers_divide_without_nan_as_floating_numbers():
    assert tf.math.divide_no_nan(tf.constant([1, 3], tf.int8), tf.constant([0, 2], tf.int8)).dtype == tf.float32
    assert tf.math.divide_no_nan([1, 3], [0, 2]).numpy().tolist() == [0.0, 1.5]


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\(2, 3\).*\(4,\)"):
        tf.ones((2, 3)) + tf.ones((4,))


def test_strings_are_joined():
    assert (tf.constant(["a", "b"]) + "c").numpy().tolist() == [b"ac", b"bc"]


def test_strings_and_numbers_do_not_mix():
    with pytest.raises(tf.errors.InvalidArgumentError, match="string"):
        tf.constant("a") + 1


def test_sums_of_lists():
    assert tf.add_n([[1, 2], [3, 4], [5, 6]]).numpy().tolist() == [9, 12]
    assert tf.math.accumulate_n([[1, 2], [3, 4]]).numpy().tolist() == [4, 6]
    with pytest.raises(tf.errors.InvalidArgumentError, match="one shape"):
        tf.add_n([tf.ones(2), tf.ones(3)])
    with pytest.raises(ValueError, match="at least one"):
        tf.add_n([])
    with pytest.raises(ValueError, match="shape"):
        tf.math.accumulate_n([tf.ones(2)], shape=[3])


def test_rounding_division_has_no_gradient():
    x = tf.constant([3.5])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y, z = tf.math.floordiv(x, 2.0), tf.math.floormod(x, 2.0)
    assert tape.gradient(y, x) is None
    assert tape.gradient(z, x).numpy().tolist() == [1.0]


def test_nextafter_moves_by_one_step():
    assert tf.math.nextafter(1.0, 2.0).numpy() == np.nextafter(np.float32(1), np.float32(2))


def test_scalar_mul_takes_scalars_only():
    assert tf.math.scalar_mul(2.0, [1.0, 2.0]).numpy().tolist() == [2.0, 4.0]
    with pytest.raises(ValueError, match="scalar"):
        tf.math.scalar_mul([1.0, 2.0], [1.0, 2.0])


def test_a_python_bool_beside_floating_numbers_is_one_of_them():
    assert (True - tf.constant([0.25])).numpy().tolist() == [0.75]
    assert tf.add(tf.constant(1.0, tf.bfloat16), True).dtype == tf.bfloat16


def test_numbers_that_do_not_fit_are_both_kinds_of_error():
    for bad in (lambda: tf.constant(1) + 1.5, lambda: tf.constant(1.0) * 1j, lambda: tf.multiply(1j, tf.constant(1.0))):
        for kind in (TypeError, tf.errors.InvalidArgumentError):  # an operator's and a function's in TensorFlow
            with pytest.raises(kind, match="dtype of the tensor beside it") as caught:
                bad()
            assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_complex_data_beside_a_real_tensor_takes_its_dtype_and_numpy_warns():
    for data in (np.full(2, 2 + 3j, np.complex64), np.complex64(2 + 3j)):
        with pytest.warns(np.exceptions.ComplexWarning):
            total = tf.ones(2) + data
        assert total.dtype == tf.float32 and total.numpy().tolist() == [3.0, 3.0]


def complex_slopes(function, *values):
    values = [tf.constant(value) for value in values]
    with tf.GradientTape() as tape:
        tape.watch(values)
        out = function(*values)
    return [each.numpy() for each in tape.gradient(out, values)]


def test_gradients_that_are_not_conjugated():
    x, y = 1 + 1.4j, 1 + 2j
    slopes = {
        tf.math.xlogy: (np.log(y), x / y),
        tf.math.xlog1py: (np.log1p(y), x / (1 + y)),
        tf.math.xdivy: (1 / y, -x / y**2),
        tf.math.multiply_no_nan: (y, x),
    }
    for function, expected in slopes.items():
        found = complex_slopes(function, np.array([x]), np.array([y]))
        np.testing.assert_allclose(np.ravel(found), expected, rtol=1e-6)


def test_complex_numbers_divided_by_zero_are_nan():
    out = tf.constant([1 + 0j, 1j, 0j]) / tf.constant([0j, 0j, 0j])
    assert np.isnan(out.numpy().real).all() and np.isnan(out.numpy().imag).all()


def test_slopes_of_powers_of_zero():
    (found,) = complex_slopes(lambda x: tf.pow(x, 0.0), np.array([0.0, -1.0, 2.0]))
    np.testing.assert_array_equal(found, [np.nan, 0.0, 0.0])
    (found,) = complex_slopes(tf.math.digamma, np.array([np.inf, 1.0]))
    np.testing.assert_allclose(found, [0.0, 1.6449341])


def test_slices_times_a_scalar_stay_slices():
    rows = tf.IndexedSlices(tf.constant([[1.0, 2.0]]), tf.constant([1]), tf.constant([3, 2]))
    found = tf.math.scalar_mul(2.0, rows)
    assert isinstance(found, tf.IndexedSlices) and found.values.numpy().tolist() == [[2.0, 4.0]]


def test_bools_multiply():
    yes = tf.constant([True, False])
    assert (yes * [True, True]).numpy().tolist() == [True, False]
    with pytest.raises(tf.errors.InvalidArgumentError):
        yes + yes


def test_rows_of_one_tensor_are_added():
    assert tf.add_n(tf.constant([[1, 2], [3, 4]])).numpy().tolist() == [4, 6]
