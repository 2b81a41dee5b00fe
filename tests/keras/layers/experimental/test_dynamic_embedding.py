"""DynamicLookup and DynamicEmbedding: numbers of tf_keras 2.21."""

import numpy as np
import pytest

import addax as tf
from addax.keras import Sequential, callbacks, layers

DynamicEmbedding, DynamicLookup = layers.experimental.DynamicEmbedding, layers.experimental.DynamicLookup


def table(layer):
    return layer.vocabulary_table_keys.numpy().tolist(), layer.vocabulary_table_values.numpy().tolist()


def test_terms_are_counted_and_the_least_frequent_go():
    lookup = DynamicLookup(3, tf.constant(["a", "b", "c"]), name="dl")
    assert lookup(tf.constant([["a", "z"], ["c", "c"]])).numpy().tolist() == [[0, 3], [2, 2]]
    assert table(lookup) == ([b"b", b"c", b"z"], [0, 1, 1])
    steps = [
        (["z", "z", "q"], [3, 3, 3], ([b"c", b"z", b"q"], [1, 2, 1])),
        (["q", "r", "s"], [3, 3, 3], ([b"z", b"r", b"s"], [2, 1, 1])),
        (["a", "b", "q"], [0, 1, 3], ([b"a", b"b", b"q"], [1, 1, 1])),
    ]
    for terms, numbers, after in steps:
        assert lookup(tf.constant(terms)).numpy().tolist() == numbers
        assert table(lookup) == after
    assert lookup(tf.constant(["new", "a"]), learn_vocab=False).numpy().tolist() == [3, 0]
    assert lookup.get_top_vocabulary(2).numpy().tolist() == [b"a", b"b"]
    names = ["vocabulary_table_keys:0", "vocabulary_table_values:0", "dl/vocabulary:0"]
    assert [w.name for w in lookup.weights] == names


def test_integers_and_room_for_a_fifth_more():
    lookup = DynamicLookup(10, tf.range(10))
    assert lookup(tf.constant([3, 77, 3])).numpy().tolist() == [3, 10, 3]
    assert table(lookup) == ([*range(10), 77, -1], [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, -1])
    again = DynamicLookup.from_config(lookup.get_config())
    assert again.get_config() == lookup.get_config()


def test_what_it_is_made_of():
    with pytest.raises(ValueError, match="initial vocabulary"):
        DynamicLookup(3, "x")
    with pytest.raises(ValueError, match="LRU eviction policy"):
        DynamicLookup(3, tf.constant([1, 2, 3]), "LRU")
    assert DynamicLookup(4, tf.string).initial_vocabulary.shape == [4]
    assert DynamicLookup(4, tf.int64).initial_vocabulary.dtype == tf.int64


def test_the_vocabulary_follows(tmp_path):
    layer = DynamicEmbedding(3, 2, tf.constant(["a", "b", "c"]), input_length=2, embedding_initializer="ones")
    assert layer(tf.constant([["a", "z"], ["z", "y"]])).shape == [2, 2, 2]
    layer.embedding_layer.set_weights([np.arange(8.0).reshape(4, 2)])
    layer(tf.constant([["z", "z"], ["z", "y"]]))
    layer(tf.constant([["z", "b"]]))
    layer.update_embeddings(tf.distribute.get_strategy())
    assert layer.get_vocabulary().numpy().tolist() == [b"z", b"y", b"b"]
    assert layer.embedding_layer.get_weights()[0].tolist() == [[1, 1], [1, 1], [2, 3], [1, 1]]
    layer.save_assets(tmp_path)
    assert (tmp_path / "initial_vocabulary.txt").read_text() == "b'a'\nb'b'\nb'c'"
    keys, counts = layer.aggregate_lookup_table([["a", "b"], ["b", "c"]], [[1, 2], [3, 4]])
    assert (keys.numpy().tolist(), counts.numpy().tolist()) == ([b"a", b"b", b"c"], [1, 5, 4])
    assert DynamicEmbedding.from_config(layer.get_config()).get_config() == layer.get_config()


def test_training_with_the_callback():
    words = np.array([["a", "j", "c"], ["a", "h", "i"], ["i", "h", "c"]])
    layer = DynamicEmbedding(5, 2, tf.constant(list("abcde")), input_length=3)
    model = Sequential([layer, layers.Flatten(), layers.Dense(2)])
    model.compile("adam", "mse", run_eagerly=True)
    update = callbacks.experimental.UpdateEmbeddingCallback(layer, interval=60)
    with update:
        update._due.wait(10)
        model.fit(words, np.ones((3, 2)), epochs=2, verbose=0, callbacks=[update])
    assert layer.get_vocabulary().numpy().tolist() == [b"c", b"h", b"i", b"j", b"d"]
