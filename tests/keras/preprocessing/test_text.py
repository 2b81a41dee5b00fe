"""Tokenizer and what belongs to it."""

import numpy as np
import pytest

import addax as tf

T = tf.keras.preprocessing.text


@pytest.fixture
def tokenizer():
    made = T.Tokenizer(num_words=5, oov_token="<oov>")
    made.fit_on_texts(["The cat sat.", "the dog; the cat!"])
    return made


def test_words():
    assert T.text_to_word_sequence("Hi, you! a-b") == ["hi", "you", "a", "b"]
    assert T.text_to_word_sequence("A;B", lower=False, filters="", split=";") == ["A", "B"]


def test_numbers_by_frequency(tokenizer):
    assert tokenizer.word_index == {"<oov>": 1, "the": 2, "cat": 3, "sat": 4, "dog": 5}
    assert tokenizer.document_count == 2
    assert dict(tokenizer.word_counts) == {"the": 3, "cat": 2, "sat": 1, "dog": 1}
    assert tokenizer.texts_to_sequences(["the cat ran", "dog"]) == [[2, 3, 1], [1]]
    assert tokenizer.sequences_to_texts([[2, 3, 9]]) == ["the cat <oov>"]


def test_matrices(tokenizer):
    np.testing.assert_array_equal(tokenizer.texts_to_matrix(["the cat the"], mode="count"), [[0, 0, 2, 1, 0]])
    np.testing.assert_array_equal(tokenizer.texts_to_matrix(["the cat the"], mode="binary"), [[0, 0, 1, 1, 0]])
    np.testing.assert_allclose(tokenizer.texts_to_matrix(["the cat the"], mode="freq"), [[0, 0, 2 / 3, 1 / 3, 0]])
    found = tokenizer.texts_to_matrix(["the dog"], mode="tfidf")
    np.testing.assert_allclose(found, [[0, np.log(3), np.log(1 + 2 / 3), 0, 0]])
    with pytest.raises(ValueError, match="Unknown vectorization mode"):
        tokenizer.sequences_to_matrix([[1]], mode="sum")
    with pytest.raises(ValueError, match="Specify a dimension"):
        T.Tokenizer().sequences_to_matrix([[1]])
    with pytest.raises(ValueError, match="tfidf"):
        T.Tokenizer(num_words=3).sequences_to_matrix([[1]], mode="tfidf")


def test_characters_lists_and_analyzers():
    letters = T.Tokenizer(char_level=True)
    letters.fit_on_texts(["abca"])
    assert letters.texts_to_sequences(["cab"]) == [[3, 1, 2]]
    lists = T.Tokenizer()
    lists.fit_on_texts([["New York", "b"]])
    assert lists.word_index == {"new york": 1, "b": 2}
    own = T.Tokenizer(analyzer=lambda text: text.split("|"))
    own.fit_on_texts(["x y|z"])
    assert own.word_index == {"x y": 1, "z": 2}
    numbers = T.Tokenizer(num_words=4)
    numbers.fit_on_sequences([[1, 2], [2, 3]])
    assert numbers.index_docs == {1: 1, 2: 2, 3: 1}


def test_json(tokenizer):
    back = T.tokenizer_from_json(tokenizer.to_json())
    assert back.texts_to_sequences(["the cat ran"]) == [[2, 3, 1]]
    assert back.get_config() == tokenizer.get_config()
    for text in ("[]", "{}", '{"config": {"word_counts": 3}}', "{"):
        with pytest.raises(ValueError):
            T.tokenizer_from_json(text)


def test_hashing():
    assert T.hashing_trick("a b a", 10, "md5") == [2, 5, 2]
    assert T.hashing_trick("a b", 5, len) == [2, 2]
    assert all(1 <= number < 10 for number in T.one_hot("a b c", 10))


def test_wrong_arguments():
    with pytest.raises(TypeError, match="Unrecognized"):
        T.Tokenizer(words=3)


def test_the_older_name_of_num_words():
    tokenizer = tf.keras.preprocessing.text.Tokenizer(nb_words=3)
    tokenizer.fit_on_texts(["the cat sat", "the cat", "the"])
    assert tokenizer.num_words == 3
    assert tokenizer.texts_to_sequences(["the cat sat"]) == [[1, 2]]
