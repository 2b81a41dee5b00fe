"""StringLookup and IntegerLookup."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers


def test_adapt_sorts_by_count_then_by_token():
    layer = L.StringLookup()
    layer.adapt(np.array([["b", "a", "c"], ["b", "a", "d"]]))
    assert layer.get_vocabulary() == ["[UNK]", "b", "a", "d", "c"]
    layer = L.StringLookup(max_tokens=3, mask_token="")
    layer.adapt(tf.data.Dataset.from_tensor_slices(["b", "b", "a", ""]).batch(2))
    assert layer.get_vocabulary() == ["", "[UNK]", "b"]


def test_there_and_back():
    layer = L.IntegerLookup(vocabulary=[10, 20], mask_token=0)
    back = L.IntegerLookup(vocabulary=layer.get_vocabulary(), mask_token=0, invert=True)
    np.testing.assert_array_equal(back(layer(tf.constant([20, 0, 10, 99]))), [20, 0, 10, -1])


def test_integers_are_looked_up_in_compiled_functions():
    layer = L.IntegerLookup(vocabulary=[7, 3], num_oov_indices=2)
    np.testing.assert_array_equal(tf.function(layer)(tf.constant([3, 7, 8, 9])), layer(tf.constant([3, 7, 8, 9])))
    assert layer(tf.constant([3, 7, 8, 9])).numpy().tolist() == [3, 2, 0, 1]


def test_tf_idf_weights():
    layer = L.StringLookup(output_mode="tf_idf")
    layer.adapt(tf.constant([["a", "b"], ["a", "c"]]))
    weights = dict(zip(layer.get_vocabulary()[1:], layer.idf_weights.numpy()[1:], strict=True))
    assert weights["a"] == pytest.approx(np.log(1 + 2 / 3)) and weights["b"] == pytest.approx(np.log(2))
    given = L.StringLookup(vocabulary=["a", "b"], idf_weights=[0.5, 2.0], output_mode="tf_idf")
    np.testing.assert_allclose(given(tf.constant([["b", "b", "x"]])), [[1.25, 0, 4.0]])


def test_the_vocabulary_survives_assets(tmp_path):
    layer, other = L.StringLookup(), L.StringLookup()
    layer.adapt(tf.constant(["x", "y", "x"]))
    layer.save_assets(str(tmp_path))
    other.load_assets(str(tmp_path))
    assert other.get_vocabulary() == layer.get_vocabulary()


def test_a_vocabulary_from_a_file(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("red\ngreen\n")
    assert L.StringLookup(vocabulary=str(path))(tf.constant("green")).numpy() == 2


def test_sparse_and_ragged_outputs():
    layer = L.StringLookup(vocabulary=["a", "b"], output_mode="count", sparse=True)
    dense = tf.sparse.to_dense(layer(tf.constant([["a", "a"], ["b", "q"]])))
    np.testing.assert_array_equal(dense, [[0, 2, 0], [1, 0, 1]])
    ragged = L.StringLookup(vocabulary=["a", "b"])(tf.ragged.constant([["a"], ["b", "q"]]))
    assert ragged.to_list() == [[1], [2, 0]]


def test_in_a_model_of_strings():
    inputs = tf.keras.Input((1,), dtype="string")
    encoded = L.StringLookup(vocabulary=["a", "b"], output_mode="one_hot")(inputs)
    assert encoded.shape.as_list() == [None, 3] and encoded.dtype == tf.float32
    model = tf.keras.Model(inputs, L.Dense(2)(encoded))
    assert model.predict(tf.constant([["a"], ["z"]]), verbose=0).shape == (2, 2)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (
            lambda: L.StringLookup(vocabulary=["a"], num_oov_indices=0)(tf.constant(["z"])),
            tf.errors.InvalidArgumentError,
            "z",
        ),
        (
            lambda: L.IntegerLookup(vocabulary=[1], num_oov_indices=0)(tf.constant([5])),
            tf.errors.InvalidArgumentError,
            "5",
        ),
        (lambda: L.StringLookup(vocabulary=["a", "a"]), ValueError, "repeated term"),
        (lambda: L.StringLookup(vocabulary=["a", ""], mask_token=""), ValueError, "reserved mask token"),
        (lambda: L.StringLookup(vocabulary=["a", "b"], max_tokens=2), ValueError, "larger than the maximum"),
        (lambda: L.StringLookup(max_tokens=1), ValueError, "max_tokens"),
        (lambda: L.StringLookup(output_mode="hot"), ValueError, "output_mode"),
        (lambda: L.StringLookup(invert=True, output_mode="count"), ValueError, "invert"),
        (lambda: L.StringLookup(sparse=True), ValueError, "sparse"),
        (lambda: L.StringLookup(output_mode="count")(tf.constant(["a"])), RuntimeError, "vocabulary before calling"),
        (lambda: L.StringLookup(vocabulary=[]), ValueError, "empty vocabulary"),
        (lambda: L.StringLookup(vocabulary="no_such_file.txt"), ValueError, "does not exist"),
        (lambda: L.StringLookup(vocabulary=["a"]).adapt(tf.constant(["b"])), ValueError, "static vocabulary"),
        (lambda: L.StringLookup(dtype="float32"), ValueError, "integer"),
        (lambda: L.IntegerLookup(vocabulary_dtype="float32"), ValueError, "int64"),
    ],
)
def test_refused(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_shapes_of_encodings_are_told_as_keras_tells_them():
    layer = tf.keras.layers.StringLookup(output_mode="one_hot", vocabulary=["a", "b"])
    assert layer.compute_output_shape((None, 2)) == (None, 3)
    with pytest.raises(ValueError, match="maximum supported output rank is 2"):
        layer(tf.keras.Input((2,), dtype="string"))
    counts = tf.keras.layers.IntegerLookup(output_mode="count", vocabulary=[4, 5])
    assert counts.compute_output_shape((None,)) == (None, 3)
    assert counts(tf.keras.Input((), dtype="int64")).shape == (3,)
    assert counts(tf.keras.Input((4,), dtype="int64")).shape == (None, 3)


def test_a_count_of_documents_is_a_parameter_as_in_keras():
    layer = L.TextVectorization(output_mode="tf_idf")
    layer.adapt(["a b", "b"])
    assert layer.count_params() == 1
    lines = []
    tf.keras.Sequential([tf.keras.Input((), dtype="string"), layer]).summary(print_fn=lines.append)
    assert "Total params: 1 (8.00 Byte)" in lines and "Non-trainable params: 1 (8.00 Byte)" in lines


def test_special_tokens_as_bytes():
    layer = L.StringLookup(mask_token=b"", vocabulary=["a"])
    assert layer([["", "a", "q"]]).numpy().tolist() == [[0, 2, 1]]


def test_tokens_out_of_vocabulary_are_spread():
    def spread(**how):
        return L.IntegerLookup(vocabulary=[1, 2], num_oov_indices=4, **how)([1, 7, 8, 9, 10]).numpy().tolist()

    assert spread() == [4, 3, 0, 1, 2]
    assert spread(oov_method="farmhash") == [4, 0, 3, 1, 2]
    assert spread(oov_method="farmhash", salt=(3, 4)) == [4, 1, 2, 3, 0]
    layer = L.StringLookup(vocabulary=["a", "b"], num_oov_indices=4, salt=3)
    assert layer(["a", "c", "d", "e", "f"]).numpy().tolist() == [4, 2, 2, 3, 0]
    again = L.StringLookup.from_config(layer.get_config())
    assert again.salt == (3, 3)
    with pytest.raises(ValueError, match="farmhash"):
        L.IntegerLookup(vocabulary=[1], salt=3)
    with pytest.raises(ValueError, match="oov_method"):
        L.IntegerLookup(vocabulary=[1], oov_method="md5")


@pytest.mark.parametrize(
    "layer", [L.StringLookup(), L.StringLookup(invert=True), L.IntegerLookup(), L.TextVectorization()]
)
def test_nothing_is_found_without_a_vocabulary(layer):
    whole = isinstance(layer, L.IntegerLookup) or getattr(layer, "invert", False)
    with pytest.raises(tf.errors.FailedPreconditionError, match="Table not initialized"):
        layer(tf.constant([1], tf.int64) if whole else tf.constant(["a"]))


def test_strings_become_indices_of_the_dtype_asked_for():
    layer = L.StringLookup(vocabulary=["a"], dtype="int32")
    assert layer(tf.constant(["a", "b"])).dtype == layer(tf.keras.Input((2,), dtype="string")).dtype == tf.int32


def test_texts_are_a_vector_or_a_column():
    for options in ({}, {"ragged": True}, {"output_mode": "count", "sparse": True}):
        layer = L.TextVectorization(vocabulary=["a"], **options)
        for shape in ((2,), (None,)):
            with pytest.raises(ValueError, match="the input rank must be 1"):
                layer(tf.keras.Input(shape, dtype="string"))
    with pytest.raises(ValueError, match="output_mode"):
        L.TextVectorization(output_mode="one_hot")
    with pytest.raises(ValueError, match="dtype of string"):
        L.TextVectorization(dtype="int32")


@pytest.mark.parametrize(
    ("vocabulary", "error"),
    [
        ([1, 2], ValueError), ([None], ValueError), (["a", None], ValueError), (np.array([1.5]), ValueError),
        ([["a", "b"]], TypeError), ([tf.constant("a")], TypeError), ({"a", "b"}, AttributeError),
    ],
)  # fmt: skip
def test_vocabularies_of_strings_have_strings(vocabulary, error):
    with pytest.raises(error):
        L.StringLookup(vocabulary=vocabulary)
    assert L.StringLookup(vocabulary=["a", 1]).get_vocabulary() == ["[UNK]", "a", "1"]
    assert L.TextVectorization(vocabulary=np.array([b"a"])).get_vocabulary() == ["", "[UNK]", "a"]


@pytest.mark.parametrize(("vocabulary", "error"), [(["a"], ValueError), ([2**70], ValueError), ([[1, 2]], TypeError)])
def test_vocabularies_of_integers_have_integers(vocabulary, error):
    with pytest.raises(error):
        L.IntegerLookup(vocabulary=vocabulary)
    assert L.IntegerLookup(vocabulary=["5", 7.0]).get_vocabulary() == [-1, 5, 7]


def test_what_sparse_tensors_hold_is_counted():
    words, numbers = L.StringLookup(), L.IntegerLookup(output_mode="count")
    words.adapt(tf.sparse.from_dense(tf.constant([["a", ""], ["b", "a"]])))
    numbers.adapt(tf.sparse.from_dense(tf.constant([[5, 0], [7, 5]], tf.int64)))
    assert words.get_vocabulary() == ["[UNK]", "a", "b"] and numbers.get_vocabulary() == [-1, 5, 7]
