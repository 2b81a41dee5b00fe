"""Normalization, Discretization, CategoryEncoding, Hashing, Rescaling."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
X = np.random.default_rng(0).normal(3, 2, (100, 3)).astype("float32")


def test_normalization_adapts_batch_by_batch():
    layer = L.Normalization()
    layer.adapt(tf.data.Dataset.from_tensor_slices(X).batch(7))
    out = np.asarray(layer(X))
    np.testing.assert_allclose(out.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(out.std(0), 1, atol=1e-4)
    back = L.Normalization(mean=X.mean(0), variance=X.var(0), invert=True)
    np.testing.assert_allclose(back(out), X, rtol=1e-3, atol=1e-3)
    layer.adapt(X + 1)
    np.testing.assert_allclose(np.ravel(layer.mean), X.mean(0) + 1, rtol=1e-4)


def test_an_adapted_normalization_begins_a_model():
    layer = L.Normalization()
    layer.adapt(X)
    model = tf.keras.Sequential([layer, L.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, X[:, :1], verbose=0)
    assert len(model.trainable_weights) == 2


def test_discretization_by_quantiles():
    layer = L.Discretization(num_bins=4, epsilon=0.001)
    layer.adapt(np.arange(1000.0))
    np.testing.assert_allclose(layer.bin_boundaries, [249, 499, 749], atol=2)
    np.testing.assert_array_equal(layer(tf.constant([-5.0, 300.0, 900.0])), [0, 1, 3])
    np.testing.assert_array_equal(L.Discretization([0, 10])(tf.constant([0, 9, 10])), [1, 1, 2])


def test_category_encodings():
    encode = L.CategoryEncoding(4, "count")
    np.testing.assert_array_equal(encode([[1, 1, 3]], count_weights=[[0.5, 1.0, 2.0]]), [[0, 1.5, 0, 2]])
    np.testing.assert_array_equal(tf.function(L.CategoryEncoding(3))(tf.constant([[0, 2]])), [[1, 0, 1]])
    with pytest.raises(tf.errors.InvalidArgumentError, match="0 <= values < num_tokens"):
        encode([[4]])
    with pytest.raises(ValueError, match="count_weights"):
        L.CategoryEncoding(4)([[1]], count_weights=[[1.0]])
    with pytest.raises(ValueError, match="maximum supported output rank"):
        encode(np.zeros((1, 1, 2), "int32"))


def test_hashing_masks_salts_and_crosses():
    words = tf.constant([["A"], ["B"], [""], ["D"]])
    masked = L.Hashing(3, mask_value="")(words).numpy().ravel()
    assert masked[2] == 0 and (masked[[0, 1, 3]] > 0).all()
    assert not np.array_equal(L.Hashing(100)(words), L.Hashing(100, salt=1)(words))
    np.testing.assert_array_equal(L.Hashing(50)(tf.constant([12])), L.Hashing(50)(tf.constant(["12"])))
    cross = L.HashedCrossing(10, output_mode="one_hot")
    assert cross([tf.constant(["a", "b"]), tf.constant([1, 2])]).shape == (2, 10)
    with pytest.raises(ValueError, match="at least two"):
        cross([tf.constant(["a"])])
    with pytest.raises(ValueError, match="num_bins"):
        L.Hashing(0)


def test_what_normalization_refuses():
    with pytest.raises(ValueError, match="both `mean` and `variance`"):
        L.Normalization(mean=1.0)
    with pytest.raises(ValueError, match="static"):
        L.Normalization(mean=1.0, variance=1.0).adapt(X)
    with pytest.raises(ValueError, match="axis"):
        L.Normalization(axis=3).adapt(X)


@pytest.mark.parametrize(("mode", "size"), [("int", 3), ("count", 7), ("multi_hot", 7)])
def test_hashing_knows_the_shape_of_encoded_buckets(mode, size):
    assert L.Hashing(7, output_mode=mode)(tf.keras.Input((3,), dtype="int64")).shape == (None, size)


def test_discretization_of_sparse_and_ragged_inputs():
    sparse = tf.SparseTensor([[0, 1], [1, 0], [2, 2]], [0.1, -3.0, 2.0], [3, 3])
    found = tf.keras.layers.Discretization([0.0, 1.0])(sparse)
    assert found.dtype == tf.int64 and found.values.numpy().tolist() == [1, 0, 2]
    counts = tf.keras.layers.Discretization([0.0, 1.0], output_mode="count")
    assert counts(sparse).numpy().tolist() == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    ragged = tf.ragged.constant([[0.1], [-1.0, 2.0]])
    assert counts(ragged).numpy().tolist() == [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]]
    with pytest.raises(ValueError, match="maximum supported output rank is 2"):
        tf.keras.layers.Discretization([0.0, 1.0], output_mode="one_hot")(ragged)
    assert counts(tf.keras.Input((3,), sparse=True)).shape == (None, 3)


def test_category_encoding_of_sparse_inputs_in_a_model():
    numbers = tf.keras.Input((3,), sparse=True, dtype="int32")
    weights = tf.keras.Input((3,), sparse=True)
    output = tf.keras.layers.CategoryEncoding(4, "count")(numbers, count_weights=weights)
    places = [[0, 1], [1, 0], [2, 2]]
    model = tf.keras.Model([numbers, weights], output)
    found = model([tf.SparseTensor(places, [1, 2, 0], [3, 3]), tf.SparseTensor(places, [0.5, -3.0, 2.0], [3, 3])])
    assert found.numpy().tolist() == [[0.0, 0.5, 0.0, 0.0], [0.0, 0.0, -3.0, 0.0], [2.0, 0.0, 0.0, 0.0]]


def test_normalization_cannot_keep_an_axis_whose_size_is_open_while_it_adapts():
    for axis, data in ((0, np.ones((3, 2))), ((0, 1), np.ones((3, 2))), (-1, np.ones(3))):
        with pytest.raises(ValueError, match="must have known shape"):
            tf.keras.layers.Normalization(axis=axis).adapt(data)


def test_hashing_refuses_symbolic_inputs_that_calls_refuse():
    with pytest.raises(ValueError, match="maximum supported output rank is 2"):
        tf.keras.layers.Hashing(5, output_mode="one_hot")(tf.keras.Input((4, 3), dtype="string"))
    with pytest.raises(TypeError, match="strings or integers"):
        tf.keras.layers.Hashing(5)(tf.keras.Input((4,)))


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((None, 7, 7, 3), [None, 7, 7, 3]),
        ((None, 3), [1, None, 3]),
        ((None, 5, None), [None, 5, 3]),
        ((2, 1), [1, 2, 3]),
    ],
)
def test_normalization_of_another_rank_than_it_was_adapted_to(shape, expected):
    layer = tf.keras.layers.Normalization()
    layer.adapt(np.arange(60.0, dtype="float32").reshape(4, 5, 3))
    assert layer(tf.keras.Input(batch_shape=shape)).shape.as_list() == expected


def test_sparse_encodings_have_the_width_of_the_encoding():
    made = L.Discretization([0.0, 1.0], output_mode="count", sparse=True)(tf.keras.Input((4,)))
    assert made.shape.as_list() == [None, 3]
    with pytest.raises(ValueError, match="maximum supported output rank is 2"):
        L.CategoryEncoding(4, "one_hot", sparse=True)(tf.keras.Input((None,), dtype="int32"))


def test_boundaries_out_of_order_are_refused():
    with pytest.raises(tf.errors.InvalidArgumentError, match="Expected sorted boundaries"):
        L.Discretization([1.0, 0.0])(tf.constant([0.5]))


@pytest.mark.parametrize(("policy", "dtype"), [("float16", "float16"), ("mixed_float16", "float16"), (None, "float32")])
def test_statistics_are_of_the_compute_dtype(policy, dtype):
    layer = L.Normalization(dtype=policy)
    layer.build((None, 2))
    assert [w.dtype.name for w in layer.weights] == [dtype, dtype, "int64"]
