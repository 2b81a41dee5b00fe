"""keras.tree."""

import pytest

import addax as tf

tree = tf.keras.tree


def test_nones_stay_where_they_are_no_leaves():
    assert tree.map_structure(str, [1, None]) == ["1", "None"]
    assert tree.map_structure(str, [1, None], none_is_leaf=False) == ["1", None]


def test_structures_that_differ_are_refused():
    tree.assert_same_paths({"a": [1]}, {"a": (2,)})
    with pytest.raises(ValueError, match="paths"):
        tree.assert_same_paths([1, 2], [1])
    with pytest.raises((ValueError, TypeError)):
        tree.assert_same_structure([1, 2], [1, [2]])
    assert tree.lists_to_tuples([1, [2]]) == (1, (2,))
