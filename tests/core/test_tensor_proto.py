"""tf.make_tensor_proto and tf.make_ndarray: bytes as TensorFlow writes them."""

import numpy as np
import pytest

import addax as tf
from addax.core.tensor_proto import shape_of, shape_proto
from addax.formats.example import DecodeError
from addax.formats.tensor_proto import TensorProto

# Recorded from TensorFlow 2.21.
WRITTEN = [
    (([[1.0, 2.0]],), {}, b'\x08\x01\x12\x08\x12\x02\x08\x01\x12\x02\x08\x02"\x08\x00\x00\x80?\x00\x00\x00@'),
    ((["a", b"b"],), {}, b"\x08\x07\x12\x04\x12\x02\x08\x02B\x01aB\x01b"),
    ((3,), {}, b"\x08\x03\x12\x00:\x01\x03"),
    ((-3,), {}, b"\x08\x03\x12\x00:\n\xfd\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
    (([True, False],), {}, b"\x08\n\x12\x04\x12\x02\x08\x02Z\x02\x01\x00"),
    (
        ([1j, 2], tf.complex64),
        {},
        b"\x08\x08\x12\x04\x12\x02\x08\x02J\x10\x00\x00\x00\x00\x00\x00\x80?\x00\x00\x00@\x00\x00\x00\x00",
    ),
    (
        (np.arange(2),),
        {},
        b'\x08\t\x12\x04\x12\x02\x08\x02"\x10\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00',
    ),
]


@pytest.mark.parametrize(("args", "options", "written"), WRITTEN)
def test_bytes_are_tensorflows(args, options, written):
    proto = tf.make_tensor_proto(*args, **options)
    assert proto.SerializeToString() == written
    assert TensorProto.FromString(written) == proto


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64", "int8", "uint64", "qint8", "bool"])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_round_trip(dtype, count):
    values = np.asarray([1, 0, 1][:count])
    values = values.astype(bool) if dtype == "bool" else values
    back = tf.make_ndarray(tf.make_tensor_proto(values.tolist(), dtype))
    assert back.dtype == tf.as_dtype(dtype).np
    plain = back.view(back.dtype[0]) if back.dtype.names else back
    assert plain.astype(int).tolist() == values.tolist()


def test_fewer_values_than_the_shape_holds():
    assert tf.make_ndarray(tf.make_tensor_proto([1, 2], shape=[4])).tolist() == [1, 2, 2, 2]
    assert tf.make_ndarray(TensorProto(dtype=1, tensor_shape=shape_proto([2]))).tolist() == [0.0, 0.0]


def test_refused():
    with pytest.raises(ValueError, match="Too many elements"):
        tf.make_tensor_proto([1, 2, 3], shape=[2])
    with pytest.raises(TypeError, match=r"shape \(2,\)"):
        tf.make_tensor_proto([1], shape=[2], verify_shape=True)
    with pytest.raises(ValueError, match="None values"):
        tf.make_tensor_proto(None)
    with pytest.raises(TypeError, match="int32"):
        tf.make_tensor_proto(1.5, tf.int32)
    with pytest.raises(ValueError, match="expected 8 bytes"):
        tf.make_ndarray(TensorProto(dtype=1, tensor_shape=shape_proto([2]), tensor_content=b"123"))
    with pytest.raises(DecodeError):
        TensorProto.FromString(b"\x12\xff")


def test_messages_check_their_fields():
    proto = TensorProto()
    with pytest.raises(AttributeError, match="has no field 'nothing'"):
        proto.nothing = 1
    with pytest.raises(ValueError, match="int32"):
        proto.version_number = 1 << 40
    with pytest.raises(AttributeError, match="CopyFrom"):
        proto.tensor_shape = shape_proto([1])
    proto.tensor_shape.CopyFrom(shape_proto([1, None]))
    assert proto.HasField("tensor_shape")
    assert shape_of(proto.tensor_shape).as_list() == [1, None]
    assert shape_of(shape_proto(None)).rank is None
