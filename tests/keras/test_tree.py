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


def test_traverse_replaces_containers_too():
    grown = tree.traverse(lambda part: part + 1 if isinstance(part, int) else None, {"a": [1, (2, 3)], "b": None})
    assert grown == {"a": [2, (3, 4)], "b": None}
    seen = []
    tree.traverse(seen.append, [1, (2,)])
    tree.traverse(seen.append, [1, (2,)], top_down=False)
    assert seen == [[1, (2,)], 1, (2,), 2, 1, 2, (2,), [1, (2,)]]
    assert tree.traverse(lambda part: tree.MAP_TO_NONE if part == 1 else None, [1, (2,)]) == [None, (2,)]

    def tupled(part):
        return tuple(part) if isinstance(part, list) else None

    assert tree.traverse(tupled, [1, [2]]) == (1, [2])
    assert tree.traverse(tupled, [1, [2]], top_down=False) == (1, (2,))


def test_shapes_are_leaves():
    shapes = {"a": (1, 2), "b": [(None, 3), [2, 2]]}
    found = tree.map_shape_structure(lambda shape: (shape, "x"), shapes)
    assert found == {"a": ((1, 2), "x"), "b": [((None, 3), "x"), ([2, 2], "x")]}
    assert tree.map_shape_structure(len, [1, 2]) == 2


def test_containers_of_two_types_are_a_value_error():
    for refused in (
        lambda: tree.assert_same_structure([1], (1,)), lambda: tree.map_structure(lambda a, b: a, [1], (1,)),
        lambda: tree.assert_same_structure({"a": 1}, [1]),
    ):  # fmt: skip
        with pytest.raises(ValueError):
            refused()

    def wrong(a, b):
        raise TypeError("of the function")

    with pytest.raises(TypeError, match="of the function"):
        tree.map_structure(wrong, [1], [2])
