"""Padding and skip-grams, with values of tf_keras 2.21."""

import random

import numpy as np
import pytest

from addax.keras.sequence import make_sampling_table, pad_sequences, skipgrams

S = [[1], [2, 3], [4, 5, 6]]


@pytest.mark.parametrize(
    "options, expected",
    [
        ({}, [[0, 0, 1], [0, 2, 3], [4, 5, 6]]),
        ({"padding": "post"}, [[1, 0, 0], [2, 3, 0], [4, 5, 6]]),
        ({"maxlen": 2}, [[0, 1], [2, 3], [5, 6]]),
        ({"maxlen": 2, "truncating": "post"}, [[0, 1], [2, 3], [4, 5]]),
        ({"maxlen": 4, "padding": "post", "value": -1}, [[1, -1, -1, -1], [2, 3, -1, -1], [4, 5, 6, -1]]),
    ],
)
def test_pad_sequences(options, expected):
    result = pad_sequences(S, **options)
    assert result.tolist() == expected and result.dtype == np.int32


def test_pad_sequences_of_other_items():
    assert pad_sequences([["a"], ["b", "c"]], dtype=object, value="pad").tolist() == [["pad", "a"], ["b", "c"]]
    assert pad_sequences([[], [1]]).tolist() == [[0], [1]]
    assert pad_sequences(S, value=-1, dtype="float32").dtype == np.float32
    vectors = pad_sequences([[[1, 2]], [[3, 4], [5, 6]]], padding="post")
    assert vectors.tolist() == [[[1, 2], [0, 0]], [[3, 4], [5, 6]]]
    assert pad_sequences(np.array([[1, 2], [3, 4]]), maxlen=1).tolist() == [[2], [4]]


@pytest.mark.parametrize(
    "call, text",
    [
        (lambda: pad_sequences(S, padding="left"), "'left'"),
        (lambda: pad_sequences(S, truncating="mid"), "'mid'"),
        (lambda: pad_sequences(iter(S)), "list of sequences"),
        (lambda: pad_sequences([[1], 2]), "position 1"),
        (lambda: pad_sequences([["a"]], value="x"), "dtype=object"),
        (lambda: pad_sequences([[[1, 2]], [[1]]]), "position 1"),
    ],
)
def test_pad_sequences_refuses(call, text):
    with pytest.raises(ValueError, match=text):
        call()


def test_make_sampling_table():
    expected = [0.00315225, 0.00315225, 0.00547597, 0.00741556, 0.00912817]
    np.testing.assert_allclose(make_sampling_table(5), expected, rtol=1e-5)
    assert make_sampling_table(10, sampling_factor=100.0).tolist() == [1.0] * 10


def test_skipgrams():
    assert skipgrams([1, 0, 2, 3], 4, window_size=1, negative_samples=0, shuffle=False) == ([[2, 3], [3, 2]], [1, 1])
    pairs, labels = skipgrams(range(1, 6), 6, window_size=2, negative_samples=0.5, shuffle=False, categorical=True)
    assert labels == [[0, 1]] * 14 + [[1, 0]] * 7 and len(pairs) == 21
    assert all(1 <= b <= 5 for _, b in pairs)
    real = {(a, b) for a in range(1, 6) for b in range(1, 6) if 0 < abs(a - b) <= 2}
    first = skipgrams(range(1, 6), 6, window_size=2, negative_samples=0, seed=3)
    assert first == skipgrams(range(1, 6), 6, window_size=2, negative_samples=0, seed=3)
    assert {tuple(pair) for pair in first[0]} == real
    marked = skipgrams(range(1, 6), 6, window_size=2, negative_samples=1.0, seed=3)
    assert sum(marked[1]) == 14 and all((tuple(p) in real) for p, y in zip(*marked, strict=True) if y)


def test_skipgrams_follow_the_sampling_table():
    random.seed(0)
    pairs, _ = skipgrams([1, 2] * 50, 3, sampling_table=[1.0, 0.0, 1.0], negative_samples=0)
    assert {a for a, _ in pairs} == {2} and {b for _, b in pairs} == {1, 2}
