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
    for other in structures[1:]:
        assert_same_structure(structures[0], other)
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
    try:
        trees.assert_same_structure(a, b)
    except TypeError as error:  # tf.nest's, of containers of two types
        raise ValueError(str(error)) from None


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


class MAP_TO_NONE:  # noqa: N801  # Keras 3's name
    """What the function of `traverse` returns for None, because None means "go on inside".

    >>> from addax import keras
    >>> keras.tree.traverse(lambda x: keras.tree.MAP_TO_NONE if x == 2 else None, [1, 2])
    [1, None]
    """


def traverse(func: Callable[[Any], Any], structure: Any, top_down: bool = True) -> Any:
    """Replace parts of a structure, containers too, by what `func` makes of them.

    Args:
        func: of a part; returns what to put there, `MAP_TO_NONE` for None, or None to leave the part as it is (a
            container is then looked into).
        structure: the structure, itself its first part.
        top_down: whether containers come before what they hold.

    Returns:
        The structure with the replacements.

    >>> import addax as tf
    >>> tf.keras.tree.traverse(lambda part: tuple(part) if isinstance(part, list) else None, {"a": [1, [2]]}, False)
    {'a': (1, (2,))}
    """

    def inside(part: Any) -> Any:
        return trees.map_parts(walk, part) if trees.is_nested(part) else part

    def walk(part: Any) -> Any:
        part = part if top_down else inside(part)
        made = func(part)
        if made is None:
            return inside(part) if top_down else part
        return None if made is MAP_TO_NONE or isinstance(made, MAP_TO_NONE) else made

    return walk(structure)


def map_shape_structure(func: Callable[[Any], Any], structure: Any) -> Any:
    """`func` of each shape in a structure; a tuple or list of integers and None is a shape.

    >>> import addax as tf
    >>> tf.keras.tree.map_shape_structure(len, {"a": (None, 3), "b": [(2,), (4, 5, 6)]})
    {'a': 2, 'b': [1, 3]}
    """

    def shape(part: Any) -> bool:
        return isinstance(part, list | tuple) and all(isinstance(size, int | None.__class__) for size in part)

    return trees.map_structure(
        lambda held: func(held.shape), traverse(lambda part: _Shape(part) if shape(part) else None, structure)
    )


class _Shape:
    """A shape as a leaf."""

    def __init__(self, shape: Any) -> None:
        self.shape = shape


__getattr__ = missing_name(__name__, globals())
