"""Element types: one object each, found from every spelling TensorFlow takes."""

import copy
import pickle

import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

import addax as tf
from addax.core import dtypes

# name, TensorFlow's enum number, numpy type, bytes
TABLE = [
    ("float32", 1, np.float32, 4),
    ("float64", 2, np.float64, 8),
    ("int32", 3, np.int32, 4),
    ("uint8", 4, np.uint8, 1),
    ("int16", 5, np.int16, 2),
    ("int8", 6, np.int8, 1),
    ("string", 7, object, 0),
    ("complex64", 8, np.complex64, 8),
    ("int64", 9, np.int64, 8),
    ("bool", 10, np.bool_, 1),
    ("bfloat16", 14, ml_dtypes.bfloat16, 2),
    ("uint16", 17, np.uint16, 2),
    ("complex128", 18, np.complex128, 16),
    ("float16", 19, np.float16, 2),
    ("uint32", 22, np.uint32, 4),
    ("uint64", 23, np.uint64, 8),
    ("float8_e5m2", 24, ml_dtypes.float8_e5m2, 1),
    ("float8_e4m3fn", 25, ml_dtypes.float8_e4m3fn, 1),
    ("int4", 29, ml_dtypes.int4, 1),
    ("uint4", 30, ml_dtypes.uint4, 1),
]


@pytest.mark.parametrize(("name", "enum", "numpy_type", "size"), TABLE)
def test_facts(name, enum, numpy_type, size):
    dtype = getattr(dtypes, name)
    assert dtype.name == name
    assert dtype.as_datatype_enum == enum == int(dtype)
    assert dtype.as_numpy_dtype is numpy_type
    assert dtype.np == np.dtype(numpy_type)
    assert dtype.size == size
    assert repr(dtype) == f"tf.{name}"
    assert str(dtype) == f"<dtype: '{name}'>"
    for spelling in (dtype, name, numpy_type, np.dtype(numpy_type), enum):
        assert dtypes.as_dtype(spelling) is dtype
        assert dtype == spelling
    assert dtypes.from_numpy(np.dtype(numpy_type)) is dtype
    assert dtypes.DType(name) is dtype


def test_one_object_each():
    for dtype in dtypes.all_dtypes():
        assert pickle.loads(pickle.dumps(dtype)) is dtype
        assert copy.deepcopy(dtype) is dtype is copy.copy(dtype)
    assert len({d.as_datatype_enum for d in dtypes.all_dtypes()}) == len(dtypes.all_dtypes()) == 33
    with pytest.raises(AttributeError, match="cannot be changed"):
        dtypes.float32.name = "other"
    with pytest.raises(AttributeError, match="cannot be changed"):
        del dtypes.float32.name


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("half", "float16"),
        ("double", "float64"),
        ("float", "float32"),
        (float, "float32"),
        (bool, "bool"),
        (object, "string"),
        (np.dtype(">f4"), "float32"),
        (np.dtype("S3"), "string"),
        (np.dtype("U2"), "string"),
        (np.str_, "string"),
        (np.longlong, "int64"),
        (np.float32(1), "float32"),
        (np.array([1], np.int16), "int16"),
    ],
)
def test_spellings(spelling, name):
    assert dtypes.as_dtype(spelling) is getattr(dtypes, name)


@pytest.mark.parametrize(
    "value",
    [None, "int", "S3", "float31", [1], int, str, complex, np.datetime64, np.dtype("M8[s]"), 1000, {}, object()],
)
def test_what_is_no_dtype(value):
    with pytest.raises(TypeError, match=r"Cannot convert the argument `type_value`: .* to a TensorFlow DType\."):
        dtypes.as_dtype(value)
    assert dtypes.float32 != value
    assert not (dtypes.float32 == value)


@pytest.mark.parametrize(
    ("value", "hint"),
    [(int, "tf.int32 or tf.int64"), ("int", "'int32'"), ("flaot32", "'float32'"), ("tf.int8", "'int8'")],
)
def test_hints(value, hint):
    with pytest.raises(TypeError, match=hint):
        dtypes.as_dtype(value)


def test_kinds():
    kinds = {d.name: (d.is_floating, d.is_integer, d.is_unsigned, d.is_bool, d.is_complex) for d in dtypes.all_dtypes()}
    assert kinds["bfloat16"] == (True, False, False, False, False)
    assert kinds["uint8"] == (False, True, True, False, False)
    assert kinds["int4"] == (False, True, False, False, False)
    assert kinds["bool"] == (False, False, False, True, False)
    assert kinds["complex64"] == (False, False, False, False, True)
    assert kinds["string"] == kinds["resource"] == (False,) * 5
    assert dtypes.qint8.is_quantized and not dtypes.int8.is_quantized and not dtypes.qint8.is_integer
    assert dtypes.qint32.size == 4 and dtypes.qint32.np.names == ("qint32",)
    assert dtypes.complex64.is_numeric and not dtypes.string.is_numeric
    assert dtypes.complex64.real_dtype is dtypes.float32 and dtypes.complex128.real_dtype is dtypes.float64
    assert dtypes.int8.real_dtype is dtypes.int8 is dtypes.int8.base_dtype
    assert not dtypes.resource.is_numpy_compatible and dtypes.string.is_numpy_compatible
    with pytest.raises(TypeError, match="no numpy type"):
        _ = dtypes.variant.as_numpy_dtype


def test_limits():
    assert (dtypes.int8.min, dtypes.int8.max, dtypes.int4.min, dtypes.uint64.max) == (-128, 127, -8, 2**64 - 1)
    assert dtypes.float32.max == np.finfo(np.float32).max and dtypes.float16.min == np.finfo(np.float16).min
    assert float(dtypes.bfloat16.max) == float(ml_dtypes.finfo(ml_dtypes.bfloat16).max)
    assert dtypes.float32.limits == (0, 1) and dtypes.uint8.limits == (0, 255) and dtypes.bool.limits == (0, True)
    for dtype in (dtypes.bool, dtypes.string, dtypes.complex64, dtypes.qint8, dtypes.resource):
        with pytest.raises(TypeError, match=dtype.name):
            _ = dtype.max
    for dtype in (dtypes.float16, dtypes.string, dtypes.int4, dtypes.complex64):
        with pytest.raises(ValueError, match="no defined image range"):
            _ = dtype.limits


def test_relations():
    assert dtypes.float32.is_compatible_with("float32") and not dtypes.float32.is_compatible_with("float64")
    assert dtypes.float32.is_subtype_of(dtypes.float32) and not dtypes.float32.is_subtype_of(dtypes.float64)
    assert dtypes.float32.most_specific_common_supertype([dtypes.float32]) is dtypes.float32
    assert dtypes.float32.most_specific_common_supertype([dtypes.int32]) is None
    assert len({dtypes.float32, dtypes.half, dtypes.float16}) == 2


def test_numpy_and_jax_take_a_tensors_dtype():
    x = tf.constant([1.0, 2.0], dtypes.bfloat16)
    assert np.zeros(2, dtypes.int16).dtype == np.int16
    assert jnp.zeros(x.shape, x.dtype).dtype == jnp.bfloat16
    assert jnp.ones(2).astype(x.dtype).dtype == jnp.bfloat16
    with pytest.raises(TypeError, match="no numpy type"):
        np.zeros(2, dtypes.resource)
