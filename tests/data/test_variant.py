"""Datasets as scalars of dtype variant."""

import pytest

import addax as tf

to_variant, from_variant = tf.data.experimental.to_variant, tf.data.experimental.from_variant
Dataset = tf.data.Dataset


def test_there_and_back():
    data = Dataset.range(6).map(lambda v: {"v": v, "w": v * 2}).batch(2)
    variant = to_variant(data)
    assert variant.dtype == tf.variant and variant.shape == () and tf.is_tensor(variant)
    back = from_variant(variant, data.element_spec)
    assert [row["w"].numpy().tolist() for row in back] == [[0, 2], [4, 6], [8, 10]]
    assert repr(back).startswith("<_VariantDataset element_spec=")
    assert back.shuffle(3, seed=1).cardinality() == 3


def test_arguments_of_functions():
    data = Dataset.range(10)

    @tf.function
    def total(variant):
        number = tf.constant(0, tf.int64)
        for v in from_variant(variant, data.element_spec):
            number += v
        return number

    assert int(total(to_variant(data))) == 45
    assert int(total(to_variant(data.take(4)))) == 6


def test_what_is_none():
    with pytest.raises(tf.errors.InvalidArgumentError, match="to_variant"):
        from_variant(tf.constant(3), tf.TensorSpec([], tf.int64))
    with pytest.raises(tf.errors.InvalidArgumentError, match="structure"):
        from_variant(to_variant(Dataset.range(3)), tf.TensorSpec([], tf.string))
    with pytest.raises(TypeError, match="Dataset"):
        to_variant([1, 2])
    with pytest.raises((TypeError, ValueError)):
        tf.add(to_variant(Dataset.range(3)), 1)
    with pytest.raises(TypeError, match="NumPy"):
        to_variant(Dataset.range(3)).numpy()
