"""Elements: structures of arrays, and their specs.

A leaf is a NumPy array (strings: an object array of bytes), a device array that a mapped function returned, a composite
tensor (ragged, sparse), a dataset (of `window`), an optional, or None.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from addax.core import convert, dtypes, errors, trees, unknown_shapes
from addax.core.composite_specs import RaggedTensorSpec, SparseTensorSpec
from addax.core.extension_type import ExtensionTypeSpec
from addax.core.shapes import TensorShape
from addax.core.spec import NoneTensorSpec, TensorSpec, TypeSpec
from addax.core.tensor import Tensor
from addax.data import composites

_BLOCK_BYTES = 1 << 18


def apply(function: Callable[[Any], Any], structure: Any) -> Any:
    """`function` of every leaf but None, in the same structure."""
    kind = type(structure)
    if kind is np.ndarray:
        return function(structure)
    if kind is tuple:
        return tuple([apply(function, item) for item in structure])
    if kind is dict:
        return {key: apply(function, item) for key, item in structure.items()}
    if structure is None:
        return None
    if trees.is_nested(structure):
        return trees.map_structure(lambda leaf: None if leaf is None else function(leaf), structure)
    return function(structure)


def flatten(structure: Any) -> list[Any]:
    """The leaves, dicts in the order of their sorted keys."""
    kind = type(structure)
    if kind is np.ndarray:
        return [structure]
    if kind is tuple:
        leaves: list[Any] = []
        for item in structure:
            if type(item) is np.ndarray:
                leaves.append(item)
            else:
                leaves += flatten(item)
        return leaves
    return trees.flatten(structure)


def row(rows: Any, number: int) -> Any:
    """One element of a stacked structure."""
    return apply(lambda leaf: leaf[number, ...], rows)


def slice_rows(rows: Any, start: int, stop: int) -> Any:
    """Some elements of a stacked structure, still stacked."""
    return apply(lambda leaf: leaf[start:stop], rows)


def join(parts: Sequence[Any]) -> Any:
    """Stacked structures behind each other."""
    if len(parts) == 1:
        return parts[0]
    flat = [[_host(leaf) for leaf in flatten(part)] for part in parts]
    return pack_like(parts[0], [_join(column) for column in zip(*flat, strict=True)])


def _join(column: Sequence[Any]) -> Any:
    if type(column[0]) is composites.Rows:
        return composites.Rows([item for rows in column for item in rows.items])
    return None if column[0] is None else np.concatenate(column)


def stack(items: Sequence[Any], who: str, spec: Any = None) -> Any:
    """Elements stacked along a new first axis; where `spec` says so, arrays of different lengths as ragged tensors."""
    first = items[0]
    if spec is not None:
        specs = flatten_specs(spec)
        if any(isinstance(leaf, RaggedTensorSpec | ExtensionTypeSpec) for leaf in specs):
            columns = zip(*[flatten(item) for item in items], strict=True)
            return pack_like(first, [_stack_as(c, leaf, who) for c, leaf in zip(columns, specs, strict=True)])
    if type(first) is np.ndarray:
        return _stack_leaf(items, who, "")
    columns = list(zip(*[flatten(item) for item in items], strict=True))
    many = len(columns) > 1
    return pack_like(first, [_stack_leaf(c, who, f" (component {i})" if many else "") for i, c in enumerate(columns)])


def _stack_as(column: Sequence[Any], spec: Any, who: str) -> Any:
    if isinstance(spec, RaggedTensorSpec):
        return composites.stack_ragged(column, spec.ragged_rank, spec.row_splits_dtype.np)
    if hasattr(column[0], "__stacked__"):
        return composites.stack(column, spec)
    return _stack_leaf(column, who, "")


def _stack_leaf(column: Sequence[Any], who: str, where: str) -> Any:
    first = column[0]
    if first is None:
        return None
    if isinstance(first, trees.CompositeTensor) or hasattr(first, "__stacked__"):
        return composites.stack(column)
    if not is_array(first):
        raise TypeError(f"{who}: elements of type {type(first).__name__} cannot be batched.")
    column = [_host(leaf) for leaf in column]
    shape = column[0].shape
    if shape == () and column[0].dtype.kind == "O":
        out = np.empty(len(column), object)
        out[:] = [leaf.item() for leaf in column]
        return out
    for number, leaf in enumerate(column):
        if leaf.shape != shape:
            raise errors.InvalidArgumentError(
                errors.message(
                    who,
                    expected=f"elements of one shape: element 0 has shape {list(shape)}{where}",
                    received=f"shape {list(leaf.shape)} for element {number} of the batch",
                    hint="use padded_batch or ragged_batch, or make the shapes equal with map",
                )
            )
    return np.stack(column)


def stack_rows(rows: Any, spec: Any, who: str) -> Any:
    """Leaves that are `composites.Rows` stacked, by the specs of one row; other leaves as they are."""
    leaves = zip(flatten(rows), flatten_specs(spec), strict=True)
    made = [_stack_as(leaf.items, each, who) if type(leaf) is composites.Rows else leaf for leaf, each in leaves]
    return pack_like(rows, made)


def is_array(leaf: Any) -> bool:
    """Whether a leaf is a plain array, on the host or on a device."""
    return type(leaf) is np.ndarray or (hasattr(leaf, "dtype") and hasattr(leaf, "__array__") and not _special(leaf))


def _special(leaf: Any) -> bool:
    return isinstance(leaf, trees.CompositeTensor | Tensor)


def _host(leaf: Any) -> Any:
    return leaf if leaf is None or type(leaf) in (np.ndarray, composites.Rows) else np.asarray(leaf)


def to_host(structure: Any) -> Any:
    """Device arrays brought to the host; other leaves as they are."""
    return apply(lambda leaf: np.asarray(leaf) if is_array(leaf) else leaf, structure)


def noted_shapes(structure: Any) -> list[Any]:
    """What `unknown_shapes` knows of the leaves, for an iterator's state: False for those that have their own shape."""
    known = [unknown_shapes.known_of(leaf) if is_array(leaf) else None for leaf in flatten(structure)]
    return [False if shape is None else None if shape.rank is None else shape.as_list() for shape in known]


def with_noted_shapes(structure: Any, noted: list[Any]) -> Any:
    """The structure, as tensors, after `unknown_shapes` was told what `noted_shapes` found."""
    if not any(shape is not False for shape in noted):
        return structure
    tensors = to_tensors(structure)
    for leaf, shape in zip(flatten(tensors), noted, strict=True):
        if shape is not False:
            unknown_shapes.note(leaf._value, TensorShape(shape))
    return tensors


# ---------------------------------------------------------------------------- from and to the user


def from_user(value: Any) -> Any:
    """A structure that a user gave: lists, numbers and tensors become arrays, containers stay."""
    if isinstance(value, Tensor):
        return convert.value_of(value) if value.dtype == dtypes.string else unknown_shapes.carried(value)
    if isinstance(value, np.ndarray | np.generic):
        return convert.as_object_array(value) if value.dtype.kind in "OSU" else np.asarray(value)
    kind = type(value)
    if kind is int or kind is float or kind is bool:
        return np.asarray(value, convert.python_dtype(value))
    if value is None or _opaque(value):
        return value
    if isinstance(value, list):
        return np.asarray(convert.value_of(value))
    if kind is dict:
        return {key: from_user(item) for key, item in value.items()}
    if trees.is_nested(value) and not hasattr(value, "__array__") and not isinstance(value, TensorShape):
        return trees.map_structure_up_to(_shallow(value), from_user, value)
    return np.asarray(convert.value_of(value))


def _shallow(value: Any) -> Any:
    """The structure of `value` with lists as leaves."""
    if isinstance(value, list) or not trees.is_nested(value):
        return 0
    if isinstance(value, dict):
        return type(value)((key, _shallow(item)) for key, item in value.items())
    if isinstance(value, tuple):
        parts = [_shallow(item) for item in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return trees.map_structure(lambda _: 0, value)


def _opaque(value: Any) -> bool:
    """Values that travel through a pipeline as they are."""
    return isinstance(value, trees.CompositeTensor) or hasattr(value, "_dataset_element_spec")


def from_result(value: Any) -> Any:
    """What a user's function returned: as `from_user`, but lists become tuples, and arrays may be on a device."""
    if isinstance(value, Tensor):
        return value._value
    if isinstance(value, list):
        return tuple([from_result(item) for item in value])
    if type(value) is tuple:
        return tuple([from_result(item) for item in value])
    if type(value) is dict:
        return {key: from_result(item) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*[from_result(item) for item in value])
    if isinstance(value, TypeSpec) or (callable(value) and not hasattr(value, "__tf_value__")):
        raise TypeError(_unsupported(value))
    try:
        return from_user(value)
    except ValueError as error:
        if hasattr(value, "__array__") or trees.is_nested(value):
            raise
        raise TypeError(_unsupported(value)) from error


def _unsupported(value: Any) -> str:
    return f"Unsupported return value from function passed to a dataset: {value!r:.80}."


def to_tensors(structure: Any) -> Any:
    """An element as the user sees it."""
    kind = type(structure)
    if kind is np.ndarray:
        return _tensor(structure)
    if kind is tuple:
        return tuple([to_tensors(item) for item in structure])
    if kind is dict:
        return {key: to_tensors(item) for key, item in structure.items()}
    return apply(_to_tensor, structure)


def _to_tensor(leaf: Any) -> Any:
    if type(leaf) is np.ndarray:
        return _tensor(leaf)
    return Tensor(leaf) if is_array(leaf) else leaf


def _tensor(array: np.ndarray) -> Tensor:
    """An array as a tensor; strings of elements are bytes already."""
    return Tensor(array if array.dtype.kind == "O" else convert.to_device(array))


def to_numpy(structure: Any) -> Any:
    """An element as `as_numpy_iterator` gives it: arrays of the user's own, scalars for rank 0."""
    return apply(_to_numpy, structure)


def _to_numpy(leaf: Any) -> Any:
    if isinstance(leaf, trees.CompositeTensor):
        return composites.to_numpy(leaf)
    if not is_array(leaf):
        raise TypeError(no_numpy(spec_of(leaf)))
    array = np.asarray(leaf)
    if array.ndim == 0:
        return array[()]
    return array.copy() if array.base is not None or not array.flags.writeable else array


def no_numpy(spec: TypeSpec) -> str:
    """Why there is no NumPy iterator over some elements."""
    return (
        "`tf.data.Dataset.as_numpy_iterator()` is not supported for datasets that produce values of type "
        f"{spec.value_type.__name__}: iterate over the dataset itself."
    )


# ---------------------------------------------------------------------------- specs


def spec_of(structure: Any) -> Any:
    """The specs of an element."""
    if isinstance(structure, Tensor):
        structure = structure._value
    if structure is None:
        return NoneTensorSpec()
    if isinstance(structure, dict):
        return type(structure)((key, spec_of(item)) for key, item in structure.items())
    if isinstance(structure, tuple):
        parts = [spec_of(item) for item in structure]
        return type(structure)(*parts) if hasattr(structure, "_fields") else tuple(parts)
    if isinstance(structure, trees.CompositeTensor):
        return structure._type_spec
    found = getattr(structure, "_dataset_element_spec", None)
    if found is not None:
        return found() if callable(found) else found
    if is_array(structure):
        shape = unknown_shapes.known_of(structure)
        if shape is None:
            shape = TensorShape.of(tuple(structure.shape))
        return TensorSpec(shape, dtypes.from_numpy(structure.dtype))
    return trees.map_structure(spec_of, structure)


def map_specs(function: Callable[..., Any], *specs: Any) -> Any:
    """`function` of the specs in the same place, in the same structure."""
    first = specs[0]
    if isinstance(first, TypeSpec):
        return function(*specs)
    if isinstance(first, dict):
        return type(first)((key, map_specs(function, *[spec[key] for spec in specs])) for key in first)
    if isinstance(first, tuple | list):
        parts = [map_specs(function, *items) for items in zip(*specs, strict=True)]
        return type(first)(*parts) if hasattr(first, "_fields") else type(first)(parts)
    return trees.map_structure(function, *specs)


def flatten_specs(spec: Any) -> list[TypeSpec]:
    """The specs of an element's leaves, in the order of `flatten`."""
    if isinstance(spec, TypeSpec):
        return [spec]
    if isinstance(spec, dict):
        return [leaf for key in sorted(spec) for leaf in flatten_specs(spec[key])]
    if isinstance(spec, tuple | list):
        return [leaf for item in spec for leaf in flatten_specs(item)]
    return trees.flatten(spec)


def batch_spec(spec: Any, size: int | None) -> Any:
    """The specs of `size` elements stacked."""
    return map_specs(lambda leaf: leaf._batch(size) if hasattr(leaf, "_batch") else leaf, spec)


def merge_specs(a: Any, b: Any) -> Any:
    """The most specific specs that both fit; ValueError or TypeError where there are none."""

    def merge(x: TypeSpec, y: TypeSpec) -> TypeSpec:
        if isinstance(x, TensorSpec) and isinstance(y, TensorSpec) and x.dtype != y.dtype:
            raise TypeError(f"dtypes differ: {x.dtype.name} and {y.dtype.name}")
        found = x.most_specific_common_supertype([y])
        if found is None:
            raise TypeError(f"kinds differ: {x} and {y}")
        return found

    trees.assert_same_structure(map_specs(lambda _: 0, a), map_specs(lambda _: 0, b))
    return map_specs(merge, a, b)


def pack_like(element: Any, leaves: Sequence[Any]) -> Any:
    """The leaves in the structure of an element."""
    rest = iter(leaves)
    return _pack(element, rest)


def _pack(structure: Any, rest: Any) -> Any:
    if isinstance(structure, dict):
        made = {key: _pack(structure[key], rest) for key in sorted(structure)}
        return type(structure)((key, made[key]) for key in structure)
    if isinstance(structure, tuple):
        parts = [_pack(item, rest) for item in structure]
        return type(structure)(*parts) if hasattr(structure, "_fields") else tuple(parts)
    return next(rest)


def pack_specs(spec: Any, leaves: Sequence[TypeSpec]) -> Any:
    """Specs in the structure of an element's spec."""
    return _pack(spec, iter(leaves))


def is_static(spec: Any) -> bool:
    """Whether every leaf is a plain tensor of one known shape (or None)."""
    return all(
        isinstance(leaf, NoneTensorSpec) or (type(leaf) is TensorSpec and leaf.shape.is_fully_defined())
        for leaf in flatten_specs(spec)
    )


def loosened(spec: Any) -> Any:
    """Specs with every dimension unknown."""

    def loose(leaf: Any) -> Any:
        if type(leaf) is TensorSpec and leaf.shape.rank is not None:
            return TensorSpec([None] * leaf.shape.rank, leaf.dtype)
        return leaf

    return map_specs(loose, spec)


class Probe:
    """What elements are made up of.

    Args:
        size: the size of unknown dimensions.
        shape: the shape of tensors of unknown rank.
        number: the value of numbers.
        string: the value of strings.
    """

    def __init__(self, size: int, shape: tuple[int, ...], number: int, string: bytes) -> None:
        self.size, self.shape, self.number, self.string = size, shape, number, string


# Whatever differs between results for elements made up of these is not known beforehand.
PROBES = (Probe(3, (), 0, b""), Probe(5, (3,), 1, b"a"))
SPARE_PROBES = (Probe(4, (2,), 0, b"b"), Probe(1, (1, 1), 1, b"1"))  # where the function does not take one of those


def made_up(spec: Any, probe: Probe = PROBES[0]) -> Any:
    """An element of equal numbers and strings, and of empty datasets.

    Raises:
        TypeError: there is no such element.
    """

    def leaf(each: Any) -> Any:
        if hasattr(each, "empty_value"):
            return each.empty_value()
        if isinstance(each, RaggedTensorSpec | SparseTensorSpec):
            return composites.made_up(each, probe.size)
        if isinstance(each, NoneTensorSpec):
            return None
        if type(each) is not TensorSpec:
            raise TypeError("only plain tensors can be made up")
        known = list(probe.shape) if each.shape.rank is None else each.shape.as_list()
        shape = [probe.size if size is None else size for size in known]
        if each.dtype == dtypes.string:
            return np.full(shape, probe.string, object)
        return np.full(shape, probe.number, each.dtype.np)

    return map_specs(leaf, spec)


def of_open_shapes(element: Any, spec: Any) -> Any:
    """A made-up element as tensors, of whose shapes no more is known than the spec says."""
    tensors = to_tensors(element)
    for leaf, each in zip(flatten(tensors), flatten_specs(spec), strict=True):
        if type(each) is TensorSpec and not each.shape.is_fully_defined():
            unknown_shapes.note(leaf._value, each.shape)
    return tensors


def block_size(spec: Any) -> int:
    """How many elements to read at once where they are handed out singly."""
    return max(1, min(64, _BLOCK_BYTES // (1 + bytes_of(spec))))


def bytes_of(spec: Any) -> int:
    """The bytes of an element, as far as its shapes are known."""
    size = 0
    for leaf in flatten_specs(spec):
        if isinstance(leaf, TensorSpec) and leaf.shape.is_fully_defined():
            size += math.prod(leaf.shape.as_list()) * (leaf.dtype.size or 8)  # type: ignore[arg-type]
    return size
