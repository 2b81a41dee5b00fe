"""Functions on nested structures, under the names of Keras 3 (keras.tree)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from addax.core import trees
from addax.core.names import missing_name
from addax.core.trees import flatten as flatten
from addax.core.trees import is_nested as is_nested
from addax.core.trees import list_to_tuple as lists_to_tuples


def flatten_with_path(structure: Any) -> list[tuple[tuple[Any, ...], Any]]:
    """The leaves with their paths.

    >>> import addax as tf
    >>> tf.keras.tree.flatten_with_path({"a": [1, (2,)]})
    [(('a', 0), 1), (('a', 1, 0), 2)]
    """
    return trees.flatten_with_paths(structure)


def pack_sequence_as(structure: Any, flat_sequence: Any) -> Any:
    """The leaves of `flat_sequence` in a structure like `structure`.

    >>> import addax as tf
    >>> tf.keras.tree.pack_sequence_as({"a": [0, 0]}, [1, 2])
    {'a': [1, 2]}
    """
    return trees.pack(structure, flat_sequence)


def map_structure(func: Callable[..., Any], *structures: Any, none_is_leaf: bool = True) -> Any:
    """`func` of the leaves at each place; with `none_is_leaf=False` a None stays None.

    >>> import addax as tf
    >>> tf.keras.tree.map_structure(lambda a, b: a + b, [1, 2], [3, 4])
    [4, 6]
    """
    if none_is_leaf:
        return trees.map_structure(func, *structures)
    return trees.map_structure(
        lambda *leaves: None if all(leaf is None for leaf in leaves) else func(*leaves), *structures
    )


def map_structure_up_to(shallow_structure: Any, func: Callable[..., Any], *structures: Any) -> Any:
    """`func` of what lies at the leaves of `shallow_structure`.

    >>> import addax as tf
    >>> tf.keras.tree.map_structure_up_to([0, 0], str, [1, [2]])
    ['1', '[2]']
    """
    return trees.map_structure_up_to(shallow_structure, func, *structures)


def assert_same_structure(a: Any, b: Any, check_types: Any = None) -> None:
    """Refuse structures that differ.

    Raises:
        ValueError: they do.

    >>> import addax as tf
    >>> tf.keras.tree.assert_same_structure([1, (2,)], [3, (4,)])
    """
    del check_types  # as in Keras, types always count
    trees.assert_same_structure(a, b)


def assert_same_paths(a: Any, b: Any) -> None:
    """Refuse structures whose leaves lie at other places.

    Raises:
        ValueError: they do.

    >>> import addax as tf
    >>> tf.keras.tree.assert_same_paths([1, 2], (3, 4))
    """
    first = {path for path, _ in trees.flatten_with_paths(a)}
    second = {path for path, _ in trees.flatten_with_paths(b)}
    if first != second:
        only = sorted(map(str, first ^ second))
        raise ValueError(f"`a` and `b` have different paths. In one of them only: {', '.join(only)}.")


__getattr__ = missing_name(__name__, globals())
