"""Specs, shapes and dtypes as messages and as types of arguments; older names of tensors and variables."""

import pytest

import addax as tf


def test_messages():
    spec = tf.TensorSpec([1, None], tf.int32, "a")
    proto = spec.experimental_as_proto()
    unknown = b"\xff" * 9 + b"\x01"
    assert proto.SerializeToString() == b"\n\x01a\x12\x11\x12\x02\x08\x01\x12\x0b\x08" + unknown + b"\x18\x03"
    assert isinstance(proto, tf.TensorSpec.experimental_type_proto())
    assert tf.TensorSpec.experimental_from_proto(proto) == spec
    shape = tf.TensorShape([2, None])
    assert tf.TensorShape.experimental_from_proto(shape.experimental_as_proto()) == shape
    assert tf.TensorShape.experimental_from_proto(tf.TensorShape(None).as_proto()).rank is None
    assert tf.DType.experimental_from_proto(tf.bfloat16.experimental_as_proto()) is tf.bfloat16


def test_values_as_lists_of_tensors():
    spec, value = tf.TensorSpec([2]), tf.constant([1.0, 2.0])
    assert spec.flatten() == [spec] and spec.to_tensors(value)[0] is value
    assert spec.from_tensors(iter([value])) is value
    assert spec.cast([1, 2], None).dtype == tf.float32
    with pytest.raises(TypeError, match="Cannot cast"):
        spec.cast(tf.ones([3]), None)
    ragged = tf.ragged.constant([[1], [2, 3]])
    parts = ragged._type_spec.to_tensors(ragged)
    assert len(parts) == len(ragged._type_spec.flatten())
    assert ragged._type_spec.from_tensors(iter(parts)).to_list() == [[1], [2, 3]]
    assert tf.float32.flatten() == [] and tf.TensorShape([1]).to_tensors(tf.TensorShape([1])) == []
    with pytest.raises(TypeError):
        tf.float32.cast(tf.int32, None)


def test_older_names():
    v = tf.Variable([1.0, 2.0], shape=tf.TensorShape([None]))
    v.set_shape([2])
    assert v.shape == [2] and v.initializer is None
    assert v.initialized_value().numpy().tolist() == [1, 2]
    assert v.experimental_ref() == v.ref()
    with pytest.raises(ValueError):
        v.assign([1.0])
    x = tf.constant(1)
    assert x.experimental_ref() == x.ref()


def test_indices_outside_can_be_ignored():
    found = tf.scatter_nd([[0], [7]], [1.0, 2.0], [3], bad_indices_policy="IGNORE")
    assert found.numpy().tolist() == [1, 0, 0]
    assert tf.tensor_scatter_nd_add([1, 2], [[5], [1]], [1, 1], "IGNORE").numpy().tolist() == [1, 3]
    assert tf.tensor_scatter_nd_max([1.0, 2], [[-1], [1]], [9, 3], "IGNORE").numpy().tolist() == [1, 3]
    assert tf.tensor_scatter_nd_min([1, 2], [[9], [1]], [-9, 0], "IGNORE").numpy().tolist() == [1, 0]
    assert tf.tensor_scatter_nd_sub([1, 2], [[9], [1]], [-9, 1], "IGNORE").numpy().tolist() == [1, 1]
    with pytest.raises(tf.errors.InvalidArgumentError, match="does not index"):
        tf.scatter_nd([[7]], [1.0], [3], bad_indices_policy="ERROR")
    with pytest.raises(tf.errors.InvalidArgumentError, match="Unknown bad indices"):
        tf.scatter_nd([[0]], [1.0], [3], bad_indices_policy="x")


def test_kernels_names_of_arguments():
    assert tf.rfftnd(input=[1.0, 0.0], fft_length=[2], axes=[0], Tcomplex=tf.complex128).dtype == tf.complex128
    assert tf.irfftnd(tf.ones([2], tf.complex64), [2], [0], Treal=tf.float64).dtype == tf.float64
    assert tf.nest.pack_sequence_as([0, 0], flat_sequence=[1, 2]) == [1, 2]
    assert tf.nest.is_nested(seq=[1])
    assert tf.config.LogicalDeviceConfiguration(memory_limit=3).memory_limit == 3
    assert tf.dtypes.experimental.int4 is tf.as_dtype("int4")
