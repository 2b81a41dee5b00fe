import numpy as np
import pytest

import addax as tf
from addax.keras.ops.promotion import result_type, tensor


@pytest.mark.parametrize(
    ("dtypes", "expected"),
    [
        ((), "float32"), (("int32", "float32"), "float32"), (("int64", "float16"), "float16"),
        (("bfloat16", "float16"), "float32"), (("int8", "uint8"), "int16"), (("uint32", "int32"), "int64"),
        (("bool", "uint8"), "uint8"), ((int,), "int32"), ((float,), "float32"), (("uint8", int), "uint8"),
        (("int64", float), "float32"), (("float16", int, float), "float16"), (("float32", "complex64"), "complex64"),
        (("bool", int), "int32"), (("float64", "float32"), "float64"),
    ],
)  # fmt: skip
def test_result_type(dtypes, expected):
    assert result_type(*dtypes) == expected
    assert result_type(*reversed(dtypes)) == expected


def test_no_place_among_the_others():
    with pytest.raises(ValueError, match="not a valid dtype for Keras type promotion"):
        result_type("string", "int32")


def test_numbers_take_floatx():
    tf.keras.backend.set_floatx("float16")
    try:
        assert tensor(1.5).dtype == tensor([1.5]).dtype == tf.float16
        assert tensor(1).dtype == tf.int32
        assert tensor(np.float64(1.5)).dtype == tf.float64
    finally:
        tf.keras.backend.set_floatx("float32")


def test_backend_has_the_rule_too():
    assert tf.keras.backend.result_type("uint8", "int8") == "int16"


def test_integers_stay_integers_where_nothing_is_divided():
    numbers = np.arange(-3, 9, dtype="int32").reshape(1, 3, 4)
    ops = tf.keras.ops
    made = {
        "threshold": ops.threshold(numbers, 1, 7), "clipped": ops.hard_tanh(numbers),
        "columns": ops.unfold(numbers[:, None], 2), "largest": ops.adaptive_max_pool(numbers, 2),
        "windows": ops.extract_sequences(numbers, 3, 1),
    }  # fmt: skip
    assert {each.dtype.name for each in made.values()} == {"int32"}
    assert made["threshold"].numpy().ravel()[4:8].tolist() == [7, 2, 3, 4]
    assert made["clipped"].numpy().ravel()[:5].tolist() == [-1, -1, -1, 0, 1]
    assert made["largest"].numpy().ravel().tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert ops.polar(np.float16(2), np.float16(0)).dtype == "complex64"


def test_dtypes_that_few_ask_for():
    ops = tf.keras.ops
    assert ops.multi_hot([[0, 2]], 3, dtype="bool").numpy().tolist() == [[True, False, True]]
    assert ops.one_hot([1], 2, dtype="bool").numpy().tolist() == [[False, True]]
    half = ops.cast(np.arange(32.0).reshape(1, 4, 4, 2), "bfloat16")
    small = ops.image.resize(half, (2, 2), interpolation="nearest")
    assert small.dtype == "bfloat16" and ops.cast(small, "float32").numpy()[0, 0, 0].tolist() == [10, 11]


def test_dtypes_beside_wider_ones():
    ops = tf.keras.ops
    half, wide = ops.cast([[0.5, 0.25]], "float16"), np.float32([[1.0, 0.0]])
    assert ops.binary_crossentropy(wide, half).dtype == "float32"
    assert ops.categorical_crossentropy(wide, half, from_logits=True).dtype == "float32"
    assert ops.sparse_categorical_crossentropy([1], half).dtype == "float32"
    assert ops.batch_normalization(half, np.float32([0.0, 0.0]), np.float32([1.0, 1.0]), -1).dtype == "float32"
    assert ops.image.extract_patches(np.ones((1, 2, 2, 1), "uint8"), 2).dtype == "uint8"
    assert ops.relu([True, False]).dtype == ops.hard_tanh(True).dtype == "int32"
    assert ops.erfinv(half).dtype == "float16"
