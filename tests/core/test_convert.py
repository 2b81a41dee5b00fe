"""From Python and NumPy to tensors: TensorFlow's dtypes, and what it refuses."""

import decimal

import numpy as np
import pytest

import addax as tf
from addax.core import convert


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (1, "int32"), (2**31, "int64"), (-(2**31), "int32"), (1.0, "float32"), (True, "bool"), (1j, "complex128"),
        ("a", "string"), (b"a", "string"), ([1, 2.5], "float32"), ([], "float32"), ([[True]], "bool"),
        (np.float64(1), "float64"), (np.arange(3), "int64"), (np.array(["a"]), "string"), (np.float16([1]), "float16"),
        ([np.float64(1), 2], "float64"), (range(3), "int32"), ((1, 2), "int32"), (tf.TensorShape([1, 2]), "int32"),
        ([[1], [2**40]], "int64"), (np.bool_(True), "bool"),
    ],
)  # fmt: skip
def test_dtypes(value, dtype):
    assert tf.convert_to_tensor(value).dtype.name == dtype
    assert tf.constant(value).dtype.name == dtype


@pytest.mark.parametrize(
    ("value", "dtype", "error"),
    [
        (1.5, "int32", TypeError), ([1.5], "int32", TypeError), ("a", "float32", TypeError), (1, "string", TypeError),
        (1j, "float32", TypeError), (True, "complex64", TypeError), (1, "bool", TypeError), (None, None, ValueError),
        ([[1], [1, 2]], None, ValueError), (object(), None, ValueError),
        (decimal.Decimal(1), None, ValueError), ({"a": 1}, None, ValueError), ([1, None], None, ValueError),
    ],
)  # fmt: skip
def test_what_is_refused(value, dtype, error):
    with pytest.raises(error):
        tf.convert_to_tensor(value, dtype)
    with pytest.raises(error):
        tf.constant(value, dtype)


def test_messages_name_value_and_way_out():
    with pytest.raises(TypeError, match=r"expected values of type int32(.|\n)*Received: 1.5(.|\n)*To do: "):
        tf.convert_to_tensor(1.5, tf.int32)
    with pytest.raises(ValueError, match=r"rows of equal length(.|\n)*\[\[1\], \[1, 2\]\](.|\n)*tf.ragged.constant"):
        tf.constant([[1], [1, 2]])
    with pytest.raises(
        ValueError, match=r"requested dtype int32 for a tensor of dtype float32: float32 \(1,\)"
    ) as caught:
        tf.convert_to_tensor(tf.constant([1.0]), tf.int32)
    assert "tf.cast(x, tf.int32)" in str(caught.value)


def test_casts_that_constant_makes():
    assert [tf.constant(value, tf.uint8).numpy() for value in (300, -1)] == [44, 255]  # TensorFlow wraps them
    assert tf.constant(1, tf.float32).dtype == tf.float32
    assert tf.constant(np.array([1.7, -1.7]), tf.int32).numpy().tolist() == [1, -1]
    assert tf.constant(tf.constant([1.0]), tf.float64).dtype == tf.float64
    assert tf.constant(3, shape=[2, 2]).numpy().tolist() == [[3, 3], [3, 3]]
    assert tf.constant([1, 2, 3, 4], shape=(2, 2)).numpy().tolist() == [[1, 2], [3, 4]]
    with pytest.raises(TypeError, match="expected 6 values, or one"):
        tf.constant([1, 2], shape=[2, 3])


def test_hints_and_numpy_values():
    assert tf.convert_to_tensor(1, dtype_hint=tf.float32).dtype == tf.float32
    assert tf.convert_to_tensor(1.5, dtype_hint=tf.int32).dtype == tf.float32
    assert tf.convert_to_tensor(np.ones(2), tf.float32).dtype == tf.float32
    assert tf.convert_to_tensor(np.array([1, 2]), tf.float32).numpy().tolist() == [1.0, 2.0]


def test_tensors_come_back_as_they_are():
    t = tf.constant([1.0])
    assert tf.convert_to_tensor(t) is t and tf.convert_to_tensor(t, tf.float32) is t


def test_lists_of_tensors_are_stacked():
    a, v = tf.constant(1.0), tf.Variable(2.0)
    assert tf.convert_to_tensor([a, v, 3]).numpy().tolist() == [1.0, 2.0, 3.0]
    assert tf.constant([[a, 1.0], [v, a]]).shape == [2, 2]
    with pytest.raises(tf.errors.InvalidArgumentError, match="equal shapes and dtypes"):
        tf.convert_to_tensor([a, tf.constant([1.0])])
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(tf.convert_to_tensor([v, v * v, 1.0]))
    assert float(tape.gradient(y, v)) == 5.0


def test_arrays_of_others():
    pd = pytest.importorskip("pandas")
    assert tf.constant(pd.Series([1, 2])).dtype == tf.int64
    assert tf.constant(pd.DataFrame({"a": [1.0]})).shape == [1, 1]

    class Own:
        def __array__(self, dtype=None, copy=None):
            return np.ones(2, "float32")

    assert tf.constant(Own()).numpy().tolist() == [1.0, 1.0]


def test_a_registered_conversion():
    class Money:
        pass

    convert.register_conversion(Money, lambda value, dtype, name, as_ref: tf.constant(5.0))
    try:
        assert float(tf.convert_to_tensor(Money())) == 5.0
        assert float(tf.constant(1.0) + Money()) == 6.0
    finally:
        convert._converters[:] = [pair for pair in convert._converters if pair[0] is not Money]


def test_kept_scalars_are_told_apart():
    assert str(tf.constant(0.0).numpy()) == "0.0" and str(tf.constant(-0.0).numpy()) == "-0.0"
    assert tf.constant(1).dtype == tf.int32 and tf.constant(True).dtype == tf.bool
    assert np.isnan(tf.constant(float("nan")).numpy())
    for i in range(5000):
        tf.constant(i + 0.25)
    assert len(convert._scalars) <= 4097


def test_is_tensor():
    assert tf.is_tensor(tf.constant(1)) and tf.is_tensor(tf.Variable(1)) and tf.is_tensor(tf.keras.Input((1,)))
    assert tf.is_tensor(tf.IndexedSlices(tf.constant([1.0]), tf.constant([0])))
    assert not tf.is_tensor(np.ones(1)) and not tf.is_tensor([tf.constant(1)]) and not tf.is_tensor(None)
    assert tf.is_symbolic_tensor(tf.keras.Input((1,))) and not tf.is_symbolic_tensor(tf.constant(1))


@pytest.mark.parametrize("make", [tf.constant, tf.convert_to_tensor, lambda value: tf.Variable(value).value()])
def test_zero_bytes_at_the_end_of_strings_are_kept(make):
    assert make([b"a\0", b"b"]).numpy().tolist() == [b"a\0", b"b"] and make("a\0").numpy() == b"a\0"


def test_text_and_bytes_side_by_side():
    assert tf.constant([["a", b"\xff"], ["", "ä"]]).numpy().tolist() == [[b"a", b"\xff"], [b"", "ä".encode()]]


def test_zero_bytes_of_generators_are_kept():
    data = tf.data.Dataset.from_generator(lambda: iter([b"a\0"]), output_signature=tf.TensorSpec([], tf.string))
    assert next(iter(data)).numpy() == b"a\0"


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([np.float32(1), 2.0], "float32"), ([2.0, np.float64(1)], "float32"),
        ([np.float64(1), np.float32(2)], "float64"),
        ([np.float16(1), 2], "float16"), ([np.int64(1), 2.0], "float32"), ([np.array([1.0, 2.0]), [3.0, 4]], "float64"),
        ([np.array([1], np.float32), [2.0]], "float32"),
    ],
)  # fmt: skip
def test_the_first_numpy_number_decides_what_floats_become(values, dtype):
    assert tf.constant(values).dtype == tf.Variable(values).dtype == dtype


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([np.int64(2), 3], "int32"), ([np.uint8(3), np.int64(2)], "int32"), ([np.array([1, 2])], "int32"),
        ([np.int64(2**40)], "int64"), ((np.int16(1),), "int32"), ([np.complex64(1)], "complex128"),
        ([np.bool_(True)], "bool"),
    ],
)  # fmt: skip
def test_integers_in_lists_have_32_bits_whoever_made_them(values, dtype):
    assert tf.constant(values).dtype == tf.reshape(values, [-1]).dtype == tf.Variable(values).dtype == dtype


def test_a_hint_is_taken_by_numbers_of_numpy():
    assert tf.convert_to_tensor(np.int64(2), dtype_hint=tf.float64).dtype == tf.float64
    assert tf.convert_to_tensor(np.array([1.5]), dtype_hint=tf.int32).numpy().tolist() == [1]
    assert tf.convert_to_tensor(np.array(["a"]), dtype_hint=tf.float32).dtype == tf.string
    assert tf.convert_to_tensor(1.5, dtype_hint=tf.int32).dtype == tf.float32


def test_floats_of_numpy_in_lists_are_no_integers():
    with pytest.raises(TypeError, match="int32"):
        tf.convert_to_tensor([np.float64(1.5)], dtype=tf.int32)
    with pytest.raises(TypeError, match="float32"):
        tf.convert_to_tensor([np.bool_(True)], dtype=tf.float32)


def test_bytes_of_numpy_in_lists_are_bytes():
    assert type(tf.constant([np.bytes_(b"a")]).numpy()[0]) is bytes


@pytest.mark.parametrize("value", [np.datetime64("2020-01-01"), np.array([1], "m8[s]"), tf.float32])
def test_dates_and_dtypes_are_no_values(value):
    with pytest.raises(ValueError, match="unsupported type"):
        tf.constant(value)


def test_classes_are_no_tensors():
    assert not any(tf.is_tensor(kind) for kind in (tf.Tensor, tf.RaggedTensor, tf.SparseTensor, tf.Variable))


def test_devices_are_named_by_strings():
    with pytest.raises(ValueError, match="string device name"), tf.device(3):
        tf.constant(1.0)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        ([True, 2], None),
        ([[True], [2.5]], None),
        ([True, 2], "uint8"),
        ([True, 2], "complex64"),
        ([True, 2.5], "int32"),
        ([1, 1j], None),
        ([1.5, 1j], "complex64"),
        ([np.bool_(True), 2], "int32"),
        ([1e39], None),
        ([2**63], None),
        (2**63, "int64"),
    ],
)
def test_lists_of_mixed_kinds_and_numbers_out_of_range_are_refused(value, dtype):
    with pytest.raises(ValueError, match="Can't convert Python sequence"):
        tf.constant(value, dtype)


def test_lists_whose_first_number_takes_the_rest():
    assert tf.constant([2, True]).numpy().tolist() == [2, 1]
    assert tf.constant([2.5, True, 3]).numpy().tolist() == [2.5, 1.0, 3.0]
    assert tf.constant([1j, 1.5]).dtype == tf.complex128
    assert tf.constant([True, 2], tf.float32).numpy().tolist() == [1.0, 2.0]  # the dtype decides
    assert tf.constant([True, 2], tf.int64).numpy().tolist() == [1, 2]
    assert (tf.constant([1.0, 2.0]) + [True, 2]).numpy().tolist() == [2.0, 4.0]


@pytest.mark.parametrize("dtype", ["int8", "int16", "uint8", "uint16", "uint32", "bfloat16", "complex64"])
def test_pythons_bools_become_some_dtypes_only(dtype):
    with pytest.raises(TypeError):
        tf.constant(True, dtype)
    assert [float(tf.constant(True, each)) for each in ("float16", "float32", "float64", "int32", "uint64")] == [
        1.0
    ] * 5
