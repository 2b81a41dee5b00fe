"""Dtypes that TensorFlow has no kernel for: refused while an op is traced, with what to do."""

import numpy as np
import pytest

import addax as tf
from addax.core.refused_dtypes import REFUSED


def of(shape, dtype):
    return tf.cast(tf.reshape(tf.range(int(np.prod(shape))), shape), dtype)


# As measured from TensorFlow 2.21: what is taken of these, and what is not.
CASES = {
    "matmul": (lambda d: of([2, 2], d) @ of([2, 2], d), "int32 float16", "int8 int16 uint8 uint32 uint64"),
    "batched": (lambda d: tf.matmul(of([1, 2, 2], d), of([1, 2, 2], d)), "int16 int64", "int8 uint16"),
    "tensordot": (lambda d: tf.tensordot(of([2], d), of([2], d), 1), "int64", "int8 uint32"),
    "einsum": (lambda d: tf.einsum("ij,jk->ik", of([2, 2], d), of([2, 2], d)), "int32", "uint8 bool"),
    "volumes": (lambda d: tf.nn.max_pool3d(of([1, 2, 2, 2, 1], d), 2, 2, "VALID"), "float32", "float16 float64 int32"),
    "means": (lambda d: tf.nn.avg_pool3d(of([1, 2, 2, 2, 1], d), 2, 2, "VALID"), "bfloat16", "float16 float64"),
    "pool": (lambda d: tf.nn.pool(of([1, 2, 2, 1], d), [2, 2], "AVG"), "float64", "int32"),
    "lrn": (lambda d: tf.nn.lrn(of([1, 2, 2, 1], d)), "float16 float32", "float64 bfloat16"),
    "range": (lambda d: tf.range(tf.cast(3, d)), "int64 bfloat16", ""),
    "bincount": (lambda d: tf.math.bincount(of([3], d)), "int32", "int8 uint32"),
    "conv": (lambda d: tf.nn.conv2d(of([1, 2, 2, 1], d), of([1, 1, 1, 1], d), 1, "SAME"), "int32", "int8 int64"),
    "dawsn": (lambda d: tf.math.special.dawsn(of([2], d)), "float64", "float16 bfloat16"),
    "a shape": (lambda d: tf.reshape(of([4], "int32"), tf.constant([2, 2], d)), "int32 int64", "int8 uint32"),
    "an axis": (lambda d: tf.reduce_sum(of([4], "int32"), tf.constant(0, d)), "int64", "int16 uint8"),
    "colours": (lambda d: tf.image.rgb_to_yuv(of([1, 1, 3], d)), "float32", "uint8"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_taken_and_refused(case):
    f, taken, refused = CASES[case]
    for dtype in taken.split():
        f(dtype)
    for dtype in refused.split():
        with pytest.raises(tf.errors.InvalidArgumentError, match="kernel|int32 or int64|floating"):
            f(dtype)


def test_ranges_of_small_integers_are_refused():
    with pytest.raises(AssertionError):
        tf.range(tf.constant(3, tf.int8))
    with pytest.raises(tf.errors.NotFoundError):
        tf.range(3, dtype=tf.uint16)


def test_matrices_of_small_integers_say_what_comes_out():
    x = tf.constant([[100, 100]], tf.int8)
    assert tf.matmul(x, x, transpose_b=True, output_type=tf.int32).numpy().tolist() == [[20000]]


@pytest.mark.parametrize(
    ("f", "name"),
    [
        (tf.math.lgamma, "lgamma"), (tf.math.rint, "rint"), (tf.nn.crelu, "nn.crelu"), (tf.linalg.cross, "cross"),
        (tf.math.betainc, "math.betainc"), (tf.math.special.spence, "math.special.spence"),
        (tf.math.bessel_i0e, "math.bessel_i0e"), (tf.tensordot, "tensordot"),
        (tf.nn.lrn, "nn.local_response_normalization"),
    ],
)  # fmt: skip
def test_the_table_names_ops_and_arguments_that_there_are(f, name):
    assert f.op.name == name
    assert set(REFUSED[name]) <= {argument for argument, _ in f.op.groups}


def test_what_tensorflow_takes_though_one_would_not_think_so():
    bools, floats = tf.constant([True, False, True]), tf.constant([1.0, 0.0, float("nan")])
    for product in (bools * 2, bools * 2.5, floats * bools, bools * floats, tf.Variable([2.0, 0.0, 1.0]) * bools):
        assert product.dtype == tf.bool and product.numpy().tolist() == [True, False, True]
    with pytest.raises(tf.errors.InvalidArgumentError):
        bools + 2
    assert tf.sequence_mask(bools, 2).numpy().tolist() == [[True, False], [False, False], [True, False]]
    assert tf.sequence_mask([1.0, 2.5], 3).numpy().tolist() == [[True, False, False], [True, True, False]]
    assert tf.sequence_mask([1.0, 2.5]).numpy().tolist() == [[True, False, False], [True, True, True]]
    assert tf.linspace(0.0, 1.0, tf.constant(3, tf.uint8)).numpy().tolist() == [0.0, 0.5, 1.0]
    assert tf.strings.to_number(["4000000000"], tf.uint32).numpy().tolist() == [4000000000]
    assert tf.math.confusion_matrix([0, 1], [0, 0], dtype=tf.bool).numpy().tolist() == [[True, False], [True, False]]
    assert tf.math.bincount(tf.constant([0, 1, 1], tf.complex64)).numpy().tolist() == [1, 2]
    assert tf.zeros_like([1.0, 2.0], dtype=tf.string).numpy().tolist() == [b"", b""]
    assert tf.guarantee_const([1, 2]).numpy().tolist() == [1, 2]
    mean, variance = tf.nn.weighted_moments(tf.constant([1 + 1j, 3 + 1j]), 0, tf.constant([1 + 0j, 1 + 0j]))
    assert (mean.numpy(), variance.numpy()) == (2 + 1j, 1)


def test_rows_of_variables_of_bools_and_strings():
    for method in ("scatter_nd_add", "scatter_nd_sub"):
        v = tf.Variable([True, False, False])
        getattr(v, method)([[1]], [True])
        assert v.numpy().tolist() == [True, True, False]
    v = tf.Variable(["a", "b", "c"])
    v.scatter_update(tf.IndexedSlices(tf.constant(["z"]), [0]))
    v.scatter_nd_update([[1]], ["y"])
    assert v.numpy().tolist() == [b"z", b"y", b"c"]


def test_ranges_cast_tensors_to_the_dtype_that_is_asked_for():
    assert tf.range(tf.constant(True), dtype=tf.int32).numpy().tolist() == [0]
    assert tf.range(tf.constant(3 + 1j), dtype=tf.float32).numpy().tolist() == [0.0, 1.0, 2.0]
    for wrong in (lambda: tf.range(tf.constant(True)), lambda: tf.range(tf.constant(3 + 1j))):
        with pytest.raises(AssertionError):
            wrong()


def test_strings_as_padding_and_permutations_of_small_integers():
    assert tf.pad(["a"], [[1, 1]], constant_values=tf.constant("z")).numpy().tolist() == [b"z", b"a", b"z"]
    for wrong in (lambda: tf.math.invert_permutation(tf.constant([0, 1], tf.uint8)), lambda: tf.math.real([True])):
        with pytest.raises((tf.errors.InvalidArgumentError, TypeError)):
            wrong()


BOXES = [[0.0, 0.0, 1.0, 1.0]]


def test_boxes_are_floats_of_16_or_32_bits_and_data_become_such():
    for data in ([[0, 0, 1, 1]], np.array(BOXES), np.array(BOXES, np.int32), tf.constant(BOXES, tf.float16)):
        assert tf.image.non_max_suppression(data, [1], 1).numpy().tolist() == [0]
    assert tf.image.non_max_suppression_with_scores(np.array(BOXES), np.array([1.0]), 1)[1].dtype == tf.float32
    assert tf.image.non_max_suppression_overlaps([[1]], [1], 1).numpy().tolist() == [0]
    for wrong in (
        lambda: tf.image.non_max_suppression(tf.constant(BOXES, tf.float64), [1.0], 1),
        lambda: tf.image.non_max_suppression_with_scores(tf.constant(BOXES, tf.bfloat16), [1.0], 1),
        lambda: tf.image.non_max_suppression_overlaps(tf.constant([[1.0]], tf.float16), [1.0], 1),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match="float32"):
            wrong()


def test_means_of_rows_of_integers_need_weights():
    table, ids = tf.constant([[1, 2], [3, 4]]), tf.SparseTensor([[0, 0]], [1], [1, 1])
    weights = tf.SparseTensor([[0, 0]], [2], [1, 1])
    assert tf.nn.embedding_lookup_sparse(table, ids, weights, combiner="sum").numpy().tolist() == [[6, 8]]
    with pytest.raises(tf.errors.InvalidArgumentError, match="sp_weights"):
        tf.nn.embedding_lookup_sparse(table, ids, None)


def test_places_are_int32_or_int64():
    x = tf.reshape(tf.range(4.0), [1, 2, 2, 1])
    for dtype in (tf.int32, tf.int64):
        assert tf.nn.max_pool_with_argmax(x, 2, 1, "VALID", output_dtype=dtype).argmax.dtype == dtype
        assert tf.linalg.lu([[4.0, 1.0], [1.0, 3.0]], dtype).p.dtype == dtype
    for wrong in (
        lambda: tf.nn.max_pool_with_argmax(x, 2, 1, "VALID", output_dtype=tf.uint8),
        lambda: tf.linalg.lu([[4.0, 1.0], [1.0, 3.0]], tf.int8),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match="int32 or int64"):
            wrong()


def test_erosion_needs_signs():
    x, filters = tf.ones([1, 2, 2, 1], tf.uint8), tf.ones([1, 1, 1], tf.uint8)
    steps = [1, 1, 1, 1]
    assert tf.nn.dilation2d(x, filters, steps, "SAME", "NHWC", steps).dtype == tf.uint8
    with pytest.raises(tf.errors.InvalidArgumentError, match="signed"):
        tf.nn.erosion2d(x, filters, steps, "SAME", "NHWC", steps)
