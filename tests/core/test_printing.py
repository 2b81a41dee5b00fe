"""Text forms of tensors and variables, as TensorFlow writes them (texts measured from it)."""

import ml_dtypes
import numpy as np
import pytest

from addax.core import dtypes, printing
from addax.core.shapes import TensorShape

CASES = [
    (np.int32(7), "<tf.Tensor: shape=(), dtype=int32, numpy=7>", "tf.Tensor(7, shape=(), dtype=int32)"),
    (
        np.float32(0.1),
        "<tf.Tensor: shape=(), dtype=float32, numpy=0.10000000149011612>",
        "tf.Tensor(0.1, shape=(), dtype=float32)",
    ),
    (np.bool_(True), "<tf.Tensor: shape=(), dtype=bool, numpy=True>", "tf.Tensor(True, shape=(), dtype=bool)"),
    (
        np.complex64(1 + 2j),
        "<tf.Tensor: shape=(), dtype=complex64, numpy=(1+2j)>",
        "tf.Tensor((1+2j), shape=(), dtype=complex64)",
    ),
    (np.float32(-0.0), "<tf.Tensor: shape=(), dtype=float32, numpy=-0.0>", "tf.Tensor(-0.0, shape=(), dtype=float32)"),
    (
        np.array(0.1, ml_dtypes.bfloat16),
        "<tf.Tensor: shape=(), dtype=bfloat16, numpy=0.10009765625>",
        "tf.Tensor(0.100098, shape=(), dtype=bfloat16)",
    ),
    (np.array(3, ml_dtypes.int4), "<tf.Tensor: shape=(), dtype=int4, numpy=3>", "tf.Tensor(3, shape=(), dtype=int4)"),
    (
        np.array(b"\x00a", object),
        "<tf.Tensor: shape=(), dtype=string, numpy=b'\\x00a'>",
        "tf.Tensor(b'\\x00a', shape=(), dtype=string)",
    ),
    (
        np.array([1.0, 2.5, -3.0], np.float32),
        "<tf.Tensor: shape=(3,), dtype=float32, numpy=array([ 1. ,  2.5, -3. ], dtype=float32)>",
        "tf.Tensor([ 1.   2.5 -3. ], shape=(3,), dtype=float32)",
    ),
    (
        np.array([[1, -2]]),
        "<tf.Tensor: shape=(1, 2), dtype=int64, numpy=array([[ 1, -2]])>",
        "tf.Tensor([[ 1 -2]], shape=(1, 2), dtype=int64)",
    ),
    (
        np.array([[1, 2], [3, 4]], np.int32),
        "<tf.Tensor: shape=(2, 2), dtype=int32, numpy=\narray([[1, 2],\n       [3, 4]], dtype=int32)>",
        "tf.Tensor(\n[[1 2]\n [3 4]], shape=(2, 2), dtype=int32)",
    ),
    (
        np.array([[b"a", b"b"], [b"c", b"d"]], object),
        "<tf.Tensor: shape=(2, 2), dtype=string, numpy=\narray([[b'a', b'b'],\n       [b'c', b'd']], dtype=object)>",
        "tf.Tensor(\n[[b'a' b'b']\n [b'c' b'd']], shape=(2, 2), dtype=string)",
    ),
    (
        np.array([], object),
        "<tf.Tensor: shape=(0,), dtype=string, numpy=array([], dtype=object)>",
        "tf.Tensor([], shape=(0,), dtype=string)",
    ),
    (
        np.zeros((0, 3), np.float32),
        "<tf.Tensor: shape=(0, 3), dtype=float32, numpy=array([], shape=(0, 3), dtype=float32)>",
        "tf.Tensor([], shape=(0, 3), dtype=float32)",
    ),
    (
        np.array([1.5, 2], ml_dtypes.float8_e5m2),
        "<tf.Tensor: shape=(2,), dtype=float8_e5m2, numpy=array([1.5, 2], dtype='float8_e5m2')>",
        "tf.Tensor([1.5 2], shape=(2,), dtype=float8_e5m2)",
    ),
]


@pytest.mark.parametrize(("value", "as_repr", "as_str"), CASES)
def test_tensor(value, as_repr, as_str):
    array = np.asarray(value)
    dtype = dtypes.from_numpy(array.dtype)
    assert printing.tensor_repr(array, dtype) == as_repr
    assert printing.tensor_str(array, dtype) == as_str


def test_long_arrays_are_shortened():
    text = printing.tensor_str(np.arange(2000, dtype=np.int32), dtypes.int32)
    assert text == "tf.Tensor([   0    1    2 ... 1997 1998 1999], shape=(2000,), dtype=int32)"


def test_variable():
    matrix = np.array([[1, 2], [3, 4]], np.float32)
    assert printing.variable_repr("Variable:0", (2, 2), dtypes.float32, matrix) == (
        "<tf.Variable 'Variable:0' shape=(2, 2) dtype=float32, numpy=\n"
        "array([[1., 2.],\n       [3., 4.]], dtype=float32)>"
    )
    shape = TensorShape([None])
    assert printing.variable_str("v:0", shape, dtypes.float32, matrix[0]) == (
        "<tf.Variable 'v:0' shape=(None,) dtype=float32, numpy=array([1., 2.], dtype=float32)>"
    )
    assert printing.variable_repr("q:0", (1, 1), dtypes.bool, None) == "<tf.Variable 'q:0' shape=(1, 1) dtype=bool>"


class _Traced:
    def __init__(self, shape):
        self.shape, self.dtype = TensorShape(shape), dtypes.float32


def test_symbolic():
    known, unknown = _Traced([2, None]), _Traced(None)
    assert printing.symbolic_repr(known, "x") == "<tf.Tensor 'x:0' shape=(2, None) dtype=float32>"
    assert printing.symbolic_str(known, "x:1") == 'Tensor("x:1", shape=(2, None), dtype=float32)'
    assert printing.symbolic_repr(unknown) == "<tf.Tensor 'Tensor:0' shape=<unknown> dtype=float32>"
    assert printing.symbolic_str(unknown, "x") == 'Tensor("x:0", dtype=float32)'
