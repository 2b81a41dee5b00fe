"""TextVectorization."""

import numpy as np
import pytest

import addax as tf

L = tf.keras.layers
TEXTS = tf.constant(["The cat, the hat.", "a cat"])


def test_words_padded_and_cut():
    layer = L.TextVectorization(vocabulary=["the", "cat"])
    np.testing.assert_array_equal(layer(TEXTS), [[2, 3, 2, 1], [1, 3, 0, 0]])
    short = L.TextVectorization(vocabulary=["the", "cat"], output_sequence_length=2)
    np.testing.assert_array_equal(short(TEXTS), [[2, 3], [1, 3]])
    np.testing.assert_array_equal(layer(tf.constant("cat hat")), [3, 1])


def test_standardize_and_split_of_the_user():
    layer = L.TextVectorization(
        standardize=lambda x: tf.strings.regex_replace(x, "[0-9]+", "#"),
        split=lambda x: tf.strings.split(x, "-"),
        vocabulary=["a", "#"],
    )
    np.testing.assert_array_equal(layer(tf.constant(["a-12-b"])), [[2, 3, 1]])
    assert L.TextVectorization(standardize=None, vocabulary=["The"])(tf.constant(["The the"])).numpy().tolist() == [
        [2, 1]
    ]


def test_ngrams_characters_tokens_and_ragged():
    layer = L.TextVectorization(ngrams=2, output_mode=None)
    assert layer(tf.constant(["a b c"])).to_list() == [[b"a", b"b", b"c", b"a b", b"b c"]]
    letters = L.TextVectorization(split="character", standardize=None, output_mode=None)
    assert letters(tf.constant(["aé"])).to_list() == [[b"a", "é".encode()]]
    ragged = L.TextVectorization(vocabulary=["a"], ragged=True)(tf.constant(["a b", ""]))
    assert ragged.to_list() == [[2, 1], []]


def test_in_datasets_and_models():
    layer = L.TextVectorization(output_sequence_length=4)
    layer.adapt(tf.data.Dataset.from_tensor_slices(TEXTS).batch(1))
    batches = list(tf.data.Dataset.from_tensor_slices(TEXTS).batch(2).map(layer).as_numpy_iterator())
    np.testing.assert_array_equal(batches[0], layer(TEXTS))
    model = tf.keras.Sequential([layer, L.Embedding(layer.vocabulary_size(), 3), L.GlobalAveragePooling1D()])
    assert model.predict(TEXTS, verbose=0).shape == (2, 3)


def test_config_round_trip():
    layer = L.TextVectorization(vocabulary=["x", "y"], ngrams=(1, 2), output_mode="count")
    again = L.TextVectorization.from_config(layer.get_config())
    np.testing.assert_array_equal(again(tf.constant(["x y x"])), layer(tf.constant(["x y x"])))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"standardize": "upper"}, "standardize"),
        ({"split": "comma"}, "split"),
        ({"ngrams": "two"}, "ngrams"),
        ({"output_mode": "words"}, "output_mode"),
        ({"output_mode": "count", "output_sequence_length": 3}, "output_sequence_length"),
        ({"ragged": True, "output_sequence_length": 3}, "ragged"),
    ],
)
def test_refused(options, text):
    with pytest.raises(ValueError, match=text):
        L.TextVectorization(**options)


def test_ngrams_over_a_vector_of_tokens():
    texts = ["a b", "c", "a b", "c"]
    options = {"split": None, "ngrams": 2, "vocabulary": ["a b c", "c a b"]}
    counts = L.TextVectorization(output_mode="count", **options)
    np.testing.assert_array_equal(counts(tf.constant(texts)), [4, 2, 1])
    indices = L.TextVectorization(ragged=True, **options)  # ragged are only texts that are split
    np.testing.assert_array_equal(indices(tf.constant(texts)), [1, 1, 1, 1, 2, 3, 2])
    np.testing.assert_array_equal(indices(tf.constant([texts])), [[1, 1, 1, 1, 2, 3, 2]])


@pytest.mark.parametrize(
    ("ngrams", "length", "shape", "expected"),
    [
        (None, None, (), (None,)),
        (None, None, (3,), (None, 3)),
        (2, None, (), (None,)),
        (2, None, (3,), (None, None)),
        (None, 4, (), (None,)),
    ],
)
def test_symbolic_shapes_without_a_split(ngrams, length, shape, expected):
    layer = tf.keras.layers.TextVectorization(
        split=None, ngrams=ngrams, output_sequence_length=length, vocabulary=["a", "b"]
    )
    assert tuple(layer(tf.keras.Input(shape, dtype="string")).shape) == expected


def test_counts_of_a_symbolic_vector_of_tokens_are_one_row():
    layer = tf.keras.layers.TextVectorization(split=None, output_mode="count", vocabulary=["a", "b"])
    assert tuple(layer(tf.keras.Input((), dtype="string")).shape) == (3,)
    assert tuple(layer.compute_output_shape((None,))) == (None, 3)


@pytest.mark.parametrize("mode", ["count", "multi_hot"])
def test_texts_without_tokens_count_nothing(mode):
    layer = tf.keras.layers.TextVectorization(vocabulary=["a", "b"], output_mode=mode)
    assert layer(tf.constant(["", " "])).numpy().tolist() == [[0.0] * 3] * 2
    assert layer(tf.constant("")).numpy().tolist() == [0.0] * 3
    assert layer(tf.constant([], tf.string, shape=(0, 1))).shape == (0, 3)


def test_ragged_indices_are_integers_where_there_are_none_and_those_of_one_text_are_a_vector():
    layer = tf.keras.layers.TextVectorization(vocabulary=["a", "b"], ragged=True)
    assert layer(tf.constant(["", ""])).dtype == tf.int64
    found = layer(tf.constant("b c"))
    assert isinstance(found, tf.Tensor) and found.numpy().tolist() == [3, 1]


def test_texts_of_three_dimensions_keep_theirs():
    texts = tf.constant([[["a b"], ["c d"]], [["x"], ["b a"]]])
    vocabulary = ["a", "b", "c", "d"]
    layer = L.TextVectorization(vocabulary=vocabulary)
    assert layer(texts).numpy().tolist() == [[[2, 3], [4, 5]], [[1, 0], [3, 2]]]
    assert layer(tf.keras.Input((2, 1), dtype="string")).shape == (None, 2, None)
    ragged = L.TextVectorization(vocabulary=vocabulary, ragged=True)
    made = ragged(texts)
    assert made.to_list() == [[[2, 3], [4, 5]], [[1], [3, 2]]] and made.shape == (2, 2, None)
    assert ragged(tf.keras.Input((2, 1), dtype="string")).shape == (None, 2, None)
    pairs = L.TextVectorization(vocabulary=vocabulary, ngrams=2, split=None)
    assert pairs(tf.constant([[["a b", "c"], ["d", "a a"]]])).numpy().tolist() == [[[1, 4, 1], [5, 1, 1]]]
    counts = L.TextVectorization(vocabulary=vocabulary, output_mode="count")
    for inputs in (texts, tf.keras.Input((2, 1), dtype="string")):
        with pytest.raises(ValueError, match="maximum supported output rank is 2"):
            counts(inputs)


def test_tokens_that_are_not_split_are_not_ragged():
    layer = L.TextVectorization(vocabulary=["a"], split=None, ragged=True)
    assert layer(tf.keras.Input((2,), dtype="string")).shape == (None, 2)
    with pytest.raises(ValueError, match="vector"):
        L.TextVectorization(vocabulary=["a"], split=None, ngrams=2)(tf.constant("a"))
