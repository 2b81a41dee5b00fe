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
