"""Nested structures (`tf.nest`): flattening them, packing them again, mapping over them.

A structure is a leaf, or a list, tuple, namedtuple, mapping, attrs object, or an object with
`__tf_flatten__`/`__tf_unflatten__`, of structures. None, strings, arrays and tensors are leaves. Mappings are walked in
the order of their sorted keys, so that two dicts with the same keys always agree.

Values made of several tensors (`CompositeTensor`: ragged, sparse) are leaves, unless `expand_composites` is asked for.
"""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterator, Mapping, MappingView, Sequence
from functools import lru_cache
from typing import Any

_LEAF, _LIST, _TUPLE, _DICT, _NAMEDTUPLE, _MAPPING, _ATTRS, _CUSTOM, _SEQUENCE, _VIEW = range(10)
_COMPOSITE, _SPEC = 10, 11  # leaves, unless expand_composites


class CompositeTensor:
    """A value that is made of several tensors and knows how: ragged, sparse and indexed tensors derive from it.

    Subclasses have `_type_spec`, an object with `_to_components(value)` (the parts, a structure) and
    `_from_components(parts)` (the value again).
    """

    __slots__ = ()

    @property
    def _type_spec(self) -> Any:
        raise TypeError(f"{type(self).__name__} has to define _type_spec to be a composite tensor.")


class CompositeSpec:
    """The spec of a CompositeTensor: expanded, it is the specs of the parts; packed with parts, it gives a value.

    Subclasses have `_component_specs`, `_to_components(value)` and `_from_components(parts)`.
    """

    __slots__ = ()


@lru_cache(maxsize=4096)
def _kind(cls: type) -> int:
    """How instances of a class are walked."""
    if cls is list:
        return _LIST
    if cls is dict:
        return _DICT
    if issubclass(cls, tuple):
        fields = getattr(cls, "_fields", None)
        return _NAMEDTUPLE if isinstance(fields, tuple) else _TUPLE
    if issubclass(cls, CompositeTensor):
        return _COMPOSITE
    if issubclass(cls, CompositeSpec):
        return _SPEC
    if hasattr(cls, "__tf_flatten__"):
        return _CUSTOM
    if hasattr(cls, "__attrs_attrs__"):
        return _ATTRS
    if issubclass(cls, Mapping):
        return _MAPPING
    if issubclass(cls, MappingView):
        return _VIEW
    if issubclass(cls, Sequence) and not issubclass(cls, (str, bytes)):
        return _SEQUENCE
    return _LEAF


def is_nested(structure: Any) -> bool:
    """Whether `structure` is a sequence, a mapping or another structure, and not a leaf.

    Args:
        structure: any value.

    Returns:
        False for None, strings, arrays, tensors and every other leaf.

    Example:
        >>> import addax as tf
        >>> tf.nest.is_nested([1]), tf.nest.is_nested("ab"), tf.nest.is_nested(None)
        (True, False, False)
    """
    return _LEAF < _kind(structure.__class__) < _COMPOSITE


def _sorted_keys(structure: Mapping[Any, Any]) -> list[Any]:
    try:
        return sorted(structure)
    except TypeError:
        raise TypeError(
            f"tf.nest: expected a dict whose keys can be sorted, received the keys {list(structure)!r}."
        ) from None


def _children(structure: Any, kind: int) -> Sequence[Any]:
    """The parts of a structure, in walking order. `kind` is not a leaf's."""
    if kind in (_LIST, _TUPLE, _NAMEDTUPLE, _SEQUENCE):
        return structure
    if kind in (_DICT, _MAPPING):
        return [structure[key] for key in _sorted_keys(structure)]
    if kind == _VIEW:
        return list(structure)
    if kind == _ATTRS:
        return [getattr(structure, field.name) for field in type(structure).__attrs_attrs__]
    if kind == _CUSTOM:
        return structure.__tf_flatten__()[1]
    if kind == _SPEC:
        return [structure._component_specs]
    return [structure._type_spec._to_components(structure)]


def _keys(structure: Any, kind: int) -> Sequence[Any]:
    """What each part is called in a path: an index, a key, a field name."""
    if kind in (_DICT, _MAPPING):
        return _sorted_keys(structure)
    if kind == _NAMEDTUPLE:
        return structure._fields
    if kind == _ATTRS:
        return [field.name for field in type(structure).__attrs_attrs__]
    if kind >= _COMPOSITE:
        return [type(structure).__name__]
    return range(len(_children(structure, kind)))


def _rebuild(structure: Any, kind: int, parts: list[Any]) -> Any:
    """A structure like `structure`, with `parts` (in walking order) in place of its own."""
    if kind == _LIST:
        return parts
    cls = type(structure)
    if kind == _TUPLE:
        return tuple(parts) if cls is tuple else cls(parts)
    if kind in (_DICT, _MAPPING):
        values = dict(zip(_sorted_keys(structure), parts, strict=True))
        ordered = [(key, values[key]) for key in structure]
        if cls is dict:
            return dict(ordered)
        if issubclass(cls, collections.defaultdict):
            return cls(structure.default_factory, ordered)
        return cls(ordered)
    if kind in (_NAMEDTUPLE, _ATTRS):
        return cls(*parts)
    if kind == _VIEW or cls is range:
        return parts
    if kind == _CUSTOM:
        return cls.__tf_unflatten__(structure.__tf_flatten__()[0], tuple(parts))
    if kind >= _COMPOSITE:
        return (structure if kind == _SPEC else structure._type_spec)._from_components(parts[0])
    return cls(parts)


def _walked(kind: int, expand_composites: bool) -> bool:
    return kind != _LEAF and (kind < _COMPOSITE or expand_composites)


def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """The leaves of a structure, in order.

    Args:
        structure: a structure or a leaf. Mappings are walked by sorted key.
        expand_composites: whether ragged, sparse and indexed tensors count as their parts.

    Returns:
        A list of leaves; [structure] for a leaf.

    Raises:
        TypeError: for a dict whose keys cannot be sorted.

    Example:
        >>> import addax as tf
        >>> tf.nest.flatten({"b": 1, "a": (2, [3, None])})
        [2, 3, None, 1]
    """
    kind = _kind(structure.__class__)
    if kind == _LEAF:
        return [structure]
    leaves: list[Any] = []
    _flatten_into(structure, leaves, expand_composites)
    return leaves


def _flatten_into(structure: Any, leaves: list[Any], expand_composites: bool) -> None:
    kind = _kind(structure.__class__)
    if not _walked(kind, expand_composites):
        leaves.append(structure)
        return
    for child in structure if kind == _LIST or kind == _TUPLE else _children(structure, kind):
        if _kind(child.__class__) == _LEAF:
            leaves.append(child)
        else:
            _flatten_into(child, leaves, expand_composites)


def pack(structure: Any, flat: Sequence[Any], expand_composites: bool = False) -> Any:
    """A structure like `structure`, with the leaves of `flat`.

    Args:
        structure: the model: a structure or a leaf.
        flat: a list or another sequence of as many leaves as `structure` has.
        expand_composites: whether ragged, sparse and indexed tensors count as their parts.

    Returns:
        The new structure; `flat[0]` where `structure` is a leaf.

    Raises:
        TypeError: where `flat` is no sequence.
        ValueError: where the numbers of leaves differ.

    Example:
        >>> import addax as tf
        >>> tf.nest.pack_sequence_as({"b": 0, "a": (0, 0)}, [1, 2, 3])
        {'b': 3, 'a': (1, 2)}
    """
    if not isinstance(flat, (list, tuple)):
        if not _LEAF < _kind(flat.__class__) < _COMPOSITE or isinstance(flat, Mapping):
            raise TypeError(
                f"tf.nest.pack_sequence_as: expected `flat_sequence` to be a list or tuple of leaves, "
                f"received a {type(flat).__name__}: {flat!r}."
            )
        flat = list(flat)
    if _kind(structure.__class__) == _LEAF:
        if len(flat) != 1:
            raise ValueError(
                f"tf.nest.pack_sequence_as: the structure is a single leaf ({structure!r}), "
                f"but `flat_sequence` has {len(flat)} items."
            )
        return flat[0]
    wanted = len(flatten(structure, expand_composites))
    if wanted != len(flat):
        raise ValueError(
            f"tf.nest.pack_sequence_as: the structure has {wanted} leaves, but `flat_sequence` has {len(flat)} items. "
            f"Structure: {_brief(structure)}, flat_sequence: {_brief(flat)}."
        )
    return _pack_from(structure, iter(flat), expand_composites)


def _pack_from(structure: Any, leaves: Iterator[Any], expand_composites: bool) -> Any:
    kind = _kind(structure.__class__)
    if not _walked(kind, expand_composites):
        return next(leaves)
    return _rebuild(structure, kind, [_pack_from(c, leaves, expand_composites) for c in _children(structure, kind)])


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else text[:196] + " ..."


def map_structure(
    func: Callable[..., Any], *structures: Any, check_types: bool = True, expand_composites: bool = False
) -> Any:
    """Calls `func` on the leaves that stand in the same place of every structure.

    Args:
        func: takes one leaf of each structure.
        *structures: one or more structures of the same form.
        check_types: whether lists and tuples, or different namedtuples, count as different forms.
        expand_composites: whether ragged, sparse and indexed tensors count as their parts.

    Returns:
        The results, in the form of the first structure.

    Raises:
        TypeError: where `func` cannot be called, or (with `check_types`) two structures have different types.
        ValueError: where there is no structure, or two have different forms.

    Example:
        >>> import addax as tf
        >>> tf.nest.map_structure(lambda a, b: a + b, {"x": 1, "y": [2]}, {"x": 10, "y": [20]})
        {'x': 11, 'y': [22]}
    """
    if not callable(func):
        raise TypeError(f"tf.nest.map_structure: expected a function first, received {func!r}.")
    if not structures:
        raise ValueError("tf.nest.map_structure: expected at least one structure after the function.")
    first = structures[0]
    if len(structures) == 1:
        return _map_one(func, first, expand_composites)
    for other in structures[1:]:
        assert_same_structure(first, other, check_types, expand_composites)
    flats = [flatten(s, expand_composites) for s in structures]
    results = [func(*leaves) for leaves in zip(*flats, strict=True)]
    return _pack_from(first, iter(results), expand_composites)


def _map_one(func: Callable[[Any], Any], structure: Any, expand_composites: bool) -> Any:
    kind = _kind(structure.__class__)
    if not _walked(kind, expand_composites):
        return func(structure)
    return _rebuild(structure, kind, [_map_one(func, c, expand_composites) for c in _children(structure, kind)])


def assert_same_structure(nest1: Any, nest2: Any, check_types: bool = True, expand_composites: bool = False) -> None:
    """Raises where two structures have different forms.

    Args:
        nest1: a structure or a leaf.
        nest2: another.
        check_types: whether the types of the containers have to agree (any two mappings do, and namedtuples of the same
            name and fields).
        expand_composites: whether ragged, sparse and indexed tensors count as their parts.

    Raises:
        ValueError: where the numbers of leaves, the nesting or the keys differ.
        TypeError: where the types of two containers differ.

    Example:
        >>> import addax as tf
        >>> tf.nest.assert_same_structure([1, 2], [3])
        Traceback (most recent call last):
        ...
        ValueError: The two structures don't have the same number of elements: the first has 2, the second 1.
          First structure: [1, 2]
          Second structure: [3]
    """
    try:
        _compare(nest1, nest2, check_types, expand_composites, "")
    except (TypeError, ValueError) as error:
        if error.__class__ not in (TypeError, ValueError):
            raise
        text = f"{error}\n  First structure: {_brief(nest1)}\n  Second structure: {_brief(nest2)}"
        raise type(error)(text) from None


_DIFFER = "The two structures don't have the same "


def _compare(a: Any, b: Any, check_types: bool, expand_composites: bool, path: str) -> None:
    kind_a, kind_b = _kind(a.__class__), _kind(b.__class__)
    nested_a, nested_b = _walked(kind_a, expand_composites), _walked(kind_b, expand_composites)
    if not nested_a and not nested_b:
        return
    where = f"at {path} " if path else ""
    if nested_a != nested_b:
        said_a = f"a {type(a).__name__}" if nested_a else "a leaf"
        said_b = f"a {type(b).__name__}" if nested_b else "a leaf"
        raise ValueError(
            f"{_DIFFER}nested structure: {where}the first has {said_a} ({_brief(a)}), "
            f"the second {said_b} ({_brief(b)})."
        )
    if kind_a >= _COMPOSITE or kind_b >= _COMPOSITE:
        _compare_composites(a, b, where)
        return
    if check_types and not _same_type(a, b, kind_a, kind_b):
        raise TypeError(
            f"{_DIFFER}sequence type: {where}the first has a {_type_name(a)}, the second a {_type_name(b)}."
        )
    mapping = kind_a in (_DICT, _MAPPING) and kind_b in (_DICT, _MAPPING)
    if mapping and check_types and set(a) != set(b):
        raise ValueError(f"{_DIFFER}set of keys: {where}the first has {list(a)}, the second {list(b)}.")
    children_a, children_b = _children(a, kind_a), _children(b, kind_b)
    if len(children_a) != len(children_b):
        raise ValueError(
            f"{_DIFFER}number of elements: {where}the first has {len(children_a)}, the second {len(children_b)}."
        )
    for key, child_a, child_b in zip(_keys(a, kind_a), children_a, children_b, strict=True):
        _compare(child_a, child_b, check_types, expand_composites, f"{path}[{key!r}]")


def _compare_composites(a: Any, b: Any, where: str) -> None:
    """Two composite values, or specs of them, are alike when one spec covers both."""
    spec_a, spec_b = getattr(a, "_type_spec", a), getattr(b, "_type_spec", b)
    composites = isinstance(spec_a, CompositeSpec) and isinstance(spec_b, CompositeSpec)
    if not composites or spec_a.most_specific_common_supertype([spec_b]) is None:  # type: ignore[attr-defined]
        raise ValueError(f"{_DIFFER}type spec: {where}the first has {spec_a!r}, the second {spec_b!r}.")


def _same_type(a: Any, b: Any, kind_a: int, kind_b: int) -> bool:
    if type(a) is type(b):
        return True
    if kind_a in (_DICT, _MAPPING) and kind_b in (_DICT, _MAPPING):
        return True
    if kind_a == _NAMEDTUPLE and kind_b == _NAMEDTUPLE:
        return type(a).__name__ == type(b).__name__ and a._fields == b._fields
    # A list subclass stands for a list (the tracked containers of models do).
    return isinstance(a, list) and isinstance(b, list)


def _type_name(value: Any) -> str:
    fields = getattr(value, "_fields", None)
    return type(value).__name__ + (f" (namedtuple of {', '.join(fields)})" if isinstance(fields, tuple) else "")


# Paths.


def flatten_with_paths(structure: Any, expand_composites: bool = False) -> list[tuple[tuple[Any, ...], Any]]:
    """The leaves with their paths: [((key, index, ...), leaf), ...], in the order of `flatten`.

    Args:
        structure: a structure or a leaf (whose path is the empty tuple).
        expand_composites: whether ragged, sparse and indexed tensors count as their parts.

    Returns:
        A list of (path, leaf).

    Example:
        >>> from addax.core import trees
        >>> trees.flatten_with_paths({"a": [1, 2]})
        [(('a', 0), 1), (('a', 1), 2)]
    """
    found: list[tuple[tuple[Any, ...], Any]] = []
    _paths_into(structure, (), found, expand_composites)
    return found


def _paths_into(structure: Any, path: tuple[Any, ...], found: list[Any], expand_composites: bool) -> None:
    kind = _kind(structure.__class__)
    if not _walked(kind, expand_composites):
        found.append((path, structure))
        return
    for key, child in zip(_keys(structure, kind), _children(structure, kind), strict=True):
        _paths_into(child, (*path, key), found, expand_composites)


def map_structure_with_paths(func: Callable[..., Any], *structures: Any, expand_composites: bool = False) -> Any:
    """Like `map_structure`, with `func(path, *leaves)`; a path is a tuple of keys, indices and field names."""
    first = structures[0]
    for other in structures[1:]:
        assert_same_structure(first, other, expand_composites=expand_composites)
    flats = [flatten(s, expand_composites) for s in structures]
    paths = [path for path, _ in flatten_with_paths(first, expand_composites)]
    results = [func(path, *leaves) for path, *leaves in zip(paths, *flats, strict=True)]
    return _pack_from(first, iter(results), expand_composites)


def path_string(path: tuple[Any, ...]) -> str:
    """A path as messages show it: "a/0/b"."""
    return "/".join(str(key) for key in path)


# Shallow structures: the first structure ends earlier than the others, whose rests count as leaves.


def assert_shallow_structure(shallow: Any, structure: Any, check_types: bool = True) -> None:
    """Raises where `structure`, cut off where `shallow` has leaves, is not like `shallow`.

    Args:
        shallow: the structure that says how deep to go.
        structure: a structure of the same form or deeper.
        check_types: whether the types of the containers have to agree.

    Raises:
        TypeError: where `structure` ends earlier, or the types of two containers differ.
        ValueError: where lengths or keys differ.
    """
    kind_s, kind = _kind(shallow.__class__), _kind(structure.__class__)
    if not _walked(kind_s, False):
        return
    if not _walked(kind, False):
        raise TypeError(
            f"The shallow structure goes on ({_brief(shallow)}) where the other has a leaf: {_brief(structure)}."
        )
    if check_types and not _same_type(shallow, structure, kind_s, kind):
        raise TypeError(
            f"{_DIFFER}sequence type: the shallow one has a {_type_name(shallow)}, the other a {_type_name(structure)}."
        )
    if len(_children(shallow, kind_s)) != len(_children(structure, kind)):
        raise ValueError(
            f"{_DIFFER}sequence length: the shallow one has {len(_children(shallow, kind_s))}, "
            f"the other {len(_children(structure, kind))}."
        )
    if kind_s in (_DICT, _MAPPING) and kind in (_DICT, _MAPPING) and set(shallow) != set(structure):
        raise ValueError(f"{_DIFFER}set of keys: {list(shallow)} and {list(structure)}.")
    for child_s, child in zip(_children(shallow, kind_s), _children(structure, kind), strict=True):
        assert_shallow_structure(child_s, child, check_types)


def flatten_up_to(shallow: Any, structure: Any, check_types: bool = True) -> list[Any]:
    """The parts of `structure` that stand where `shallow` has its leaves.

    Args:
        shallow: the structure that says how deep to go.
        structure: a structure of the same form or deeper.
        check_types: whether the types of the containers have to agree.

    Returns:
        A list of parts, leaves or structures.

    Raises:
        TypeError, ValueError: as `assert_shallow_structure`.

    Example:
        >>> from addax.core import trees
        >>> trees.flatten_up_to({"a": 0, "b": 0}, {"a": [1, 2], "b": 3})
        [[1, 2], 3]
    """
    assert_shallow_structure(shallow, structure, check_types)
    parts: list[Any] = []
    _up_to_into(shallow, structure, parts)
    return parts


def _up_to_into(shallow: Any, structure: Any, parts: list[Any]) -> None:
    kind_s = _kind(shallow.__class__)
    if not _walked(kind_s, False):
        parts.append(structure)
        return
    rest = _children(structure, _kind(structure.__class__))
    for child_s, child in zip(_children(shallow, kind_s), rest, strict=True):
        _up_to_into(child_s, child, parts)


def map_structure_up_to(shallow: Any, func: Callable[..., Any], *structures: Any, check_types: bool = True) -> Any:
    """Calls `func` on the parts of `structures` where `shallow` has its leaves.

    Args:
        shallow: the structure that says how deep to go and gives the form of the result.
        func: takes one part (a leaf or a structure) of each structure.
        *structures: one or more structures of the same form or deeper.
        check_types: whether the types of the containers have to agree.

    Returns:
        The results, in the form of `shallow`.

    Raises:
        ValueError: where there is no structure, or one does not fit.
        TypeError: as `assert_shallow_structure`.

    Example:
        >>> from addax.core import trees
        >>> trees.map_structure_up_to({"a": 0}, sum, {"a": [1, 2]})
        {'a': 3}
    """
    if not structures:
        raise ValueError("map_structure_up_to: expected at least one structure after the function.")
    flats = [flatten_up_to(shallow, s, check_types) for s in structures]
    return _pack_from(shallow, iter([func(*parts) for parts in zip(*flats, strict=True)]), False)


def map_parts(func: Callable[[Any], Any], structure: Any) -> Any:
    """A structure like this one, with `func` of each part directly inside it, leaf or not.

    Example:
        >>> from addax.core import trees
        >>> trees.map_parts(str, {"a": [1], "b": 2})
        {'a': '[1]', 'b': '2'}
    """
    kind = _kind(structure.__class__)
    return _rebuild(structure, kind, [func(part) for part in _children(structure, kind)])


def get_traverse_shallow_structure(traverse: Callable[[Any], Any], structure: Any) -> Any:
    """A shallow structure of `structure`, cut off where `traverse(part)` is False.

    Args:
        traverse: takes a part and returns a bool: whether to go into it.
        structure: a structure.

    Returns:
        The same form, with True for a leaf that is traversed and False for a part that is not gone into.
    """
    go = traverse(structure)
    kind = _kind(structure.__class__)
    if not go or not _walked(kind, False):
        return bool(go)
    return _rebuild(structure, kind, [get_traverse_shallow_structure(traverse, c) for c in _children(structure, kind)])


def list_to_tuple(structure: Any) -> Any:
    """The same structure with every list as a tuple, so that it can be hashed or compared with a traced one."""
    kind = _kind(structure.__class__)
    if not _walked(kind, False):
        return structure
    parts = [list_to_tuple(child) for child in _children(structure, kind)]
    return tuple(parts) if kind == _LIST or isinstance(structure, list) else _rebuild(structure, kind, parts)
