"""Nested structures: the forms that are walked, the order, and what is refused."""

import collections
import types

import numpy as np
import pytest

from addax import nest
from addax.core import composite_specs, spec, trees
from addax.core.shapes import TensorShape

Point = collections.namedtuple("Point", "x y")
Other = collections.namedtuple("Other", "x y")


class Pair(trees.CompositeTensor):
    """A composite of two parts, for these tests."""

    def __init__(self, a, b):
        self.a, self.b = a, b

    @property
    def _type_spec(self):
        return PairSpec([len(self.a)])


class PairSpec(spec.TypeSpec, trees.CompositeSpec):
    """The spec of a Pair."""

    def __init__(self, shape):
        self._key = (TensorShape(shape),)

    @property
    def _component_specs(self):
        return [spec.TensorSpec(self._key[0]), spec.TensorSpec(self._key[0])]

    def _to_components(self, value):
        return [value.a, value.b]

    def _from_components(self, components):
        return Pair(*components)


class Mine:
    """An object that flattens itself."""

    def __init__(self, name, x, y):
        self.name, self.x, self.y = name, x, y

    def __tf_flatten__(self):
        return (self.name,), (self.x, self.y)

    @classmethod
    def __tf_unflatten__(cls, metadata, components):
        return cls(*metadata, *components)


class Field:
    """Stands for an attrs attribute: only its name matters."""

    def __init__(self, name):
        self.name = name


class Attrs:
    """Looks as a class made by attrs does."""

    __attrs_attrs__ = (Field("x"), Field("y"))

    def __init__(self, x, y):
        self.x, self.y = x, y


@pytest.mark.parametrize(
    ("structure", "leaves"),
    [
        (None, [None]),
        (3, [3]),
        ("abc", ["abc"]),
        (b"abc", [b"abc"]),
        ({1}, [{1}]),
        ([], []),
        ((), []),
        ({}, []),
        ([1, (2, [3])], [1, 2, 3]),
        ({"b": 1, "a": (2, None)}, [2, None, 1]),
        (Point(1, [2]), [1, 2]),
        (collections.OrderedDict([("b", 1), ("a", 2)]), [2, 1]),
        (types.MappingProxyType({"b": 1, "a": 2}), [2, 1]),
        ({"a": 1}.values(), [1]),
        ({"a": 1}.items(), ["a", 1]),
        (range(3), [0, 1, 2]),
        (collections.deque([1, 2]), [1, 2]),
        (Attrs(1, (2,)), [1, 2]),
        (Mine("n", 1, [2]), [1, 2]),
        (TensorShape([2]), [TensorShape([2])]),
    ],
)
def test_flatten(structure, leaves):
    assert nest.flatten(structure) == leaves
    assert trees.is_nested(structure) == (leaves != [structure])


def test_arrays_are_leaves():
    array = np.zeros((2, 2))
    assert nest.flatten([array])[0] is array and not nest.is_nested(array)


def test_pack_keeps_types_and_key_order():
    structure = {"b": [1, Point(2, 3)], "a": (4,)}
    packed = nest.pack_sequence_as(structure, [10, 20, 30, 40])
    assert packed == {"b": [20, Point(30, 40)], "a": (10,)} and list(packed) == ["b", "a"]
    assert type(packed["b"][1]) is Point
    ordered = nest.pack_sequence_as(collections.OrderedDict([("b", 0), ("a", 0)]), [1, 2])
    assert ordered == collections.OrderedDict([("b", 2), ("a", 1)]) and type(ordered) is collections.OrderedDict
    default = nest.map_structure(lambda v: v + 1, collections.defaultdict(list, a=1))
    assert type(default) is collections.defaultdict and default.default_factory is list and default == {"a": 2}
    assert nest.pack_sequence_as(3, ["x"]) == "x" and nest.pack_sequence_as([], []) == []
    mine = nest.map_structure(lambda v: v * 2, Mine("n", 1, [2]))
    assert (mine.name, mine.x, mine.y) == ("n", 2, [4])
    attrs = nest.map_structure(str, Attrs(1, (2,)))
    assert (attrs.x, attrs.y) == ("1", ("2",))
    assert nest.map_structure(str, range(2)) == ["0", "1"] == nest.map_structure(str, {0: 0, 1: 1}.values())
    assert nest.map_structure(str, collections.deque([1])) == collections.deque(["1"])


@pytest.mark.parametrize("flat", [3, "ab", np.zeros(2), {"a": 1, "b": 2}, None])
def test_pack_wants_a_sequence(flat):
    with pytest.raises(TypeError, match="flat_sequence"):
        nest.pack_sequence_as([1, 2], flat)


@pytest.mark.parametrize(("structure", "flat"), [([1, 2], [1]), ([1], [1, 2]), (1, [1, 2]), (1, [])])
def test_pack_counts(structure, flat):
    with pytest.raises(ValueError, match=r"pack_sequence_as: the structure"):
        nest.pack_sequence_as(structure, flat)


def test_unsortable_keys():
    with pytest.raises(TypeError, match="sorted"):
        nest.flatten({1: 2, "a": 3})


def test_map_structure():
    assert nest.map_structure(lambda v: v + 1, {"a": (1, [2])}) == {"a": (2, [3])}
    assert nest.map_structure(lambda a, b: a + b, [1, {"x": 2}], [10, {"x": 20}]) == [11, {"x": 22}]
    assert nest.map_structure(lambda a, b: (a, b), 1, 2) == (1, 2)
    assert nest.map_structure(lambda a, b: a, [1], (2,), check_types=False) == [1]
    with pytest.raises(TypeError, match="function"):
        nest.map_structure(3, [1])
    with pytest.raises(ValueError, match="at least one structure"):
        nest.map_structure(abs)
    with pytest.raises(TypeError, match="sequence type"):
        nest.map_structure(lambda a, b: a, [1], (2,))
    with pytest.raises(TypeError, match="foo"):
        nest.map_structure(abs, [1], foo=1)


class MyList(list):
    """A list subclass, as models' tracked lists are."""


@pytest.mark.parametrize(
    ("a", "b", "error", "text"),
    [
        ([1], (1,), TypeError, "sequence type"),
        (Point(1, 2), (1, 2), TypeError, "sequence type"),
        (Point(1, 2), Other(1, 2), TypeError, "namedtuple of x, y"),
        ({"a": 1}, [1], TypeError, "sequence type"),
        ([1], [1, 2], ValueError, "number of elements"),
        ({"a": 1}, {"b": 1}, ValueError, "set of keys"),
        (1, [1], ValueError, "nested structure"),
        ({"x": [1, [2]]}, {"x": [[1], 2]}, ValueError, r"at \['x'\]\[0\]"),
        ([1], None, ValueError, "nested structure"),
    ],
)
def test_different_structures(a, b, error, text):
    with pytest.raises(error, match=text) as caught:
        nest.assert_same_structure(a, b)
    assert repr(a) in str(caught.value) and repr(b) in str(caught.value)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([1, {"a": 2}], [3, {"a": None}]),
        ({"a": 1, "b": 2}, collections.OrderedDict(b=1, a=2)),
        ([1], MyList([2])),
        (Point(1, 2), Point(3, 4)),
        (Point(1, 2), collections.namedtuple("Point", "x y")(3, 4)),
        ("a", None),
    ],
)
def test_same_structures(a, b):
    nest.assert_same_structure(a, b)


def test_unchecked_types():
    for a, b in [([1], (1,)), ({"a": 1}, {"b": 1}), ({"a": 1}, [1])]:
        nest.assert_same_structure(a, b, check_types=False)


def test_composites():
    pair = Pair([1], [2])
    assert nest.flatten([pair, 3]) == [pair, 3] and not nest.is_nested(pair)
    assert nest.flatten([pair, 3], expand_composites=True) == [1, 2, 3]
    packed, three = nest.pack_sequence_as([pair, 0], [5, 6, 7], expand_composites=True)
    assert (packed.a, packed.b, three) == ([5], [6], 7)
    again = nest.map_structure(lambda v: v + 1, {"p": pair}, expand_composites=True)
    assert (again["p"].a, again["p"].b) == ([2], [3])
    nest.assert_same_structure(pair, Pair([3], [4]), expand_composites=True)
    nest.assert_same_structure(pair, PairSpec([None]), expand_composites=True)
    nest.assert_same_structure(pair, 1)
    with pytest.raises(ValueError, match="nested structure"):
        nest.assert_same_structure(pair, 1, expand_composites=True)
    with pytest.raises(ValueError, match="type spec"):
        nest.assert_same_structure(pair, composite_specs.RaggedTensorSpec([2, None]), expand_composites=True)


def test_composite_specs():
    described = PairSpec([4])
    assert nest.flatten(described) == [described]
    assert nest.flatten(described, expand_composites=True) == [spec.TensorSpec([4])] * 2
    value = nest.pack_sequence_as([described], [[1], [2]], expand_composites=True)[0]
    assert type(value) is Pair and (value.a, value.b) == ([1], [2])
    with pytest.raises(TypeError, match="_type_spec"):
        _ = trees.CompositeTensor()._type_spec


def test_paths():
    structure = {"b": [1, Point(2, None)], "a": Attrs(3, Mine("n", 4, 5))}
    found = trees.flatten_with_paths(structure)
    assert found == [
        (("a", "x"), 3),
        (("a", "y", 0), 4),
        (("a", "y", 1), 5),
        (("b", 0), 1),
        (("b", 1, "x"), 2),
        (("b", 1, "y"), None),
    ]
    assert [leaf for _, leaf in found] == trees.flatten(structure)
    assert trees.flatten_with_paths(1) == [((), 1)]
    assert trees.path_string(("a", 0, "y")) == "a/0/y"
    named = trees.map_structure_with_paths(lambda path, a, b: (trees.path_string(path), a + b), {"x": [1]}, {"x": [2]})
    assert named == {"x": [("x/0", 3)]}
    pairs = trees.flatten_with_paths([Pair([1], [2])], expand_composites=True)
    assert pairs == [((0, "Pair", 0, 0), 1), ((0, "Pair", 1, 0), 2)]


def test_shallow():
    assert trees.flatten_up_to({"a": 0, "b": (0, 0)}, {"a": [1, 2], "b": (3, {"c": 4})}) == [[1, 2], 3, {"c": 4}]
    assert trees.flatten_up_to(0, [1, 2]) == [[1, 2]]
    assert trees.map_structure_up_to((0, 0), lambda a, b: sum(a) + b, ([1], [2]), (10, 20)) == (11, 22)
    assert trees.flatten_up_to([0, 0], (1, [2]), check_types=False) == [1, [2]]
    with pytest.raises(TypeError, match="leaf"):
        trees.assert_shallow_structure([[0]], [1])
    with pytest.raises(TypeError, match="sequence type"):
        trees.assert_shallow_structure([0], (1,))
    with pytest.raises(ValueError, match="sequence length"):
        trees.assert_shallow_structure([0], [1, 2])
    with pytest.raises(ValueError, match="set of keys"):
        trees.assert_shallow_structure({"a": 0}, {"b": 0})
    with pytest.raises(ValueError, match="at least one"):
        trees.map_structure_up_to(0, abs)
    shallow = trees.get_traverse_shallow_structure(lambda s: not isinstance(s, tuple), [1, (2, 3), {"a": 4}])
    assert shallow == [True, False, {"a": True}]


def test_list_to_tuple():
    assert trees.list_to_tuple([1, {"a": [2, Point([3], 4)]}]) == (1, {"a": (2, Point((3,), 4))})
    assert trees.list_to_tuple(MyList([1])) == (1,) and trees.list_to_tuple("ab") == "ab"
