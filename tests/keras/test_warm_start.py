"""Embeddings of a vocabulary that has changed."""

import numpy as np
import pytest

import addax as tf

warm = tf.keras.utils.warmstart_embedding_matrix
OLD = np.array([[1, 1], [2, 2], [3, 3]], "float32")


def test_rows_follow_their_terms(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("a\nb\nc\n")
    fresh = np.array([[7, 7], [8, 8], [9, 9], [6, 6]], "float32")
    for base in (["a", "b", "c"], ("a", "b", "c"), np.array(["a", "b", "c"]), tf.constant(["a", "b", "c"]), str(path)):
        found = warm(base, ["unk", "c", "a", "d"], OLD, tf.keras.initializers.Constant(fresh))
        assert found.numpy().tolist() == [[7, 7], [3, 3], [1, 1], [6, 6]]


def test_nothing_in_common_and_the_default():
    found = warm(["a", "b", "c"], ["x", "y"], OLD)
    assert found.shape == (2, 2) and np.abs(found.numpy()).max() <= 0.05


@pytest.mark.parametrize(
    ("vocabulary", "says"), [([], "at least one term"), ("/no/file", "does not exist"), (3, "int")]
)
def test_refused(vocabulary, says):
    with pytest.raises(ValueError, match=says):
        warm(vocabulary, ["a"], OLD)
