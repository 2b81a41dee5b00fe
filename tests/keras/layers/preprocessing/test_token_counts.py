"""Counts of tokens: copies and pickles are counts too."""

import copy
import pickle

import pytest

from addax.keras.layers.preprocessing.token_counts import TokenCounts


@pytest.mark.parametrize(
    "way", [copy.copy, copy.deepcopy, TokenCounts.copy, lambda each: pickle.loads(pickle.dumps(each))]
)
def test_copies(way):
    counts = TokenCounts(text=True)
    counts.update([b"a", b"b", b"a"])
    other = way(counts)
    other.update([b"a"])
    assert (type(other), other.text, dict(other), counts[b"a"]) == (TokenCounts, True, {b"a": 3, b"b": 1}, 2)
