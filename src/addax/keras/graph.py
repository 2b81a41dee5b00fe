"""Symbolic tensors and the graph of layer calls that functional models are made of.

A `KerasTensor` is a shape, a dtype and the call that makes it. Shapes with unknown (None) dimensions are inferred by
running the call abstractly for two sizes: what differs between them is None in the result.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any

import numpy as np

from addax.core import convert, dtypes, errors, operators, trace, trees
from addax.core.composite_specs import RaggedTensorSpec, SparseTensorSpec
from addax.core.shapes import TensorShape
from addax.core.spec import TensorSpec, TypeSpec
from addax.core.tensor import Reference, Tensor
from addax.keras import open_sizes, tensor_names
from addax.ops import shaping

# Sizes that stand for None: multiples of 64, so that strided and upsampled branches meet again.
PROBES = (256, 320)
SMALLER_PROBES = ((64, 32), (16, 8), (4, 2))  # halves: what shrinks by windows stays apart

# The layers room puts the maker of op layers here: (function, name, arguments by name) -> KerasTensor structure.
# Operators that TensorFlow's configs tell from the ops they stand for.
_OPERATORS = {f"__{each}__": f"__operators__.{each.removeprefix('r')}" for each in ("add", "radd", "eq", "ne")}
first_probe: ContextVar[int] = ContextVar("the size that stands for None while layers are built", default=PROBES[0])
# The operator of a KerasTensor that is being computed: its name in configs, "" if it has none of its own.
operator: ContextVar[str | None] = ContextVar("operator of a KerasTensor", default=None)
op_layer: Callable[[Callable[..., Any], str, dict[str, Any]], Any] | None = None
# And what finds the symbolic mask of a KerasTensor.
mask_of: Callable[[KerasTensor], Any] | None = None

_counter = itertools.count()


@operators.operand
class KerasTensor:
    """A tensor of a model that is being described: a shape (None: unknown), a dtype, and where it comes from.

    Args:
        shape: with the batch dimension.
        dtype: the element type.
        name: for messages and summaries.
        node: the call that makes it; None for a tensor that stands by itself.
        index: which of the call's outputs it is.
        probes: for small integer results that depend on unknown sizes (tf.shape), their values at each of PROBES.
    """

    __array_priority__ = 200
    ragged = sparse = False

    def __init__(
        self, shape: Any, dtype: Any = "float32", name: str | None = None, node: Node | None = None, index: int = 0,
        probes: tuple[Any, ...] | None = None,
    ) -> None:  # fmt: skip
        self._shape = TensorShape(shape)
        self._dtype = dtypes.as_dtype(dtype)
        self._name = name
        self.node = node
        self.index = index
        self.probes = probes

    @property
    def name(self) -> str:
        """Its name; an output of a layer's call has the one of TensorFlow's operation."""
        if self._name is None:
            unplaced = self.node is None
            self._name = f"keras_tensor_{next(_counter)}" if unplaced else tensor_names.name_of(self)
        return self._name

    @property
    def shape(self) -> TensorShape:
        """The shape; None where it is not known yet."""
        return self._shape

    @property
    def dtype(self) -> dtypes.DType:
        """The element type."""
        return self._dtype

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self._shape)

    @property
    def type_spec(self) -> TypeSpec:
        """Shape and dtype as a `tf.TensorSpec`."""
        given = self.node is not None and not self.node.inputs  # an input
        return TensorSpec(self._shape, self._dtype, self.name if given else None)

    def placed(self, name: str | None, node: Node, index: int) -> KerasTensor:
        """The same as an output of a call."""
        return KerasTensor(self._shape, self._dtype, name, node, index, self.probes)

    def flat_shape(self, size: int) -> tuple[int, ...]:
        """The shape of the numbers that stand for it, with `size` for what is unknown."""
        return _sized(self._shape, size)

    def sample(self, numbers: Tensor, size: int) -> Any:
        """A value of these numbers (see `flat_shape`)."""
        return numbers

    @property
    def _keras_mask(self) -> Any:
        """The symbolic mask that layers before it hand on; None where nothing is masked."""
        return None if self.node is None or mask_of is None else mask_of(self)

    @property
    def _keras_history(self) -> tuple[Any, int, int]:
        """(layer, index of its call, index of the output), as Keras has it."""
        if self.node is None:
            raise AttributeError("this KerasTensor was not made by a layer")
        return self.node.layer, self.node.layer._inbound_nodes.index(self.node), self.index

    def reshape(self, newshape: Any) -> Any:
        """The tensor in another shape, the batch included; -1 stands for what is left."""
        return shaping.reshape(self, list(newshape) if isinstance(newshape, tuple) else newshape)

    def squeeze(self, axis: Any = None) -> Any:
        """The tensor without dimensions of size 1: all of them, or those of `axis`."""
        return shaping.squeeze(self, axis)

    def get_shape(self) -> TensorShape:
        """The shape; the older spelling of `.shape`."""
        return self._shape

    def set_shape(self, shape: Any) -> None:
        """Make unknown dimensions known."""
        self._shape = self._shape.merge_with(shape)

    def ref(self) -> Reference:
        """A hashable reference."""
        return Reference(self)

    def __hash__(self) -> int:
        return id(self)

    def __len__(self) -> int:
        size = self._shape[0]
        if size is None:
            raise TypeError(f"len() of {self!r}: its first dimension is not known before the model runs.")
        return size

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        raise TypeError(
            f"{self!r} has no value yet, so it cannot be a condition.\n"
            "  To do: use tf.where or tf.cond, or put the `if` into the call() of a layer."
        )

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise TypeError(
            f"{self!r} is symbolic: it has no value that NumPy could take.\n"
            "  To do: use TensorFlow ops, which Keras turns into layers, or a keras.layers.Lambda."
        )

    def __float__(self) -> float:
        raise TypeError(f"{self!r} is symbolic: it has no value yet.")

    __int__ = __index__ = __float__  # type: ignore[assignment]

    def __repr__(self) -> str:
        made = f" (created by layer '{self.node.layer.name}')" if self.node is not None else ""
        if type(self) is not KerasTensor:
            return f"<KerasTensor: type_spec={self.type_spec!r}{made}>"
        return f"<KerasTensor: shape={self._shape} dtype={self._dtype.name}{made}>"

    def __str__(self) -> str:
        made = f", description=\"created by layer '{self.node.layer.name}'\"" if self.node is not None else ""
        return f"KerasTensor(type_spec={self.type_spec!r}, name={self.name!r}{made})"

    @staticmethod
    def __operator__(method: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """An operator's method, which says under which name its layer goes."""
        name = _OPERATORS.get(method, "")
        if method == "__getitem__":
            return function

        reflected = method.startswith("__r")

        def named(*operands: Any) -> Any:
            if reflected and type(operands[1]) is int and operands[0].dtype.is_floating:  # noted as 2.0 in TensorFlow
                operands = (operands[0], float(operands[1]))
            token = operator.set(name)
            try:
                return function(*operands)
            finally:
                operator.reset(token)

        return named

    def __symbolic_call__(self, public: Callable[..., Any], arrays: Any, static: Any, op: Any) -> Any:
        """An op was called with this tensor: it becomes a layer of its own."""
        names = [name for name, _ in op.groups]
        arguments = dict(zip(names, arrays, strict=True))
        arguments.update(zip(static_names(op.function, names), static, strict=True))
        return symbolic_function(public, op.name, arguments)


def static_names(body: Callable[..., Any], arrays: list[str]) -> list[str]:
    """The parameters of an op's body that are not arrays, in the order in which dispatch passes them."""
    code = body.__code__
    count = code.co_argcount + code.co_kwonlyargcount
    return [name for name in code.co_varnames[:count] if name not in arrays and name != "name"]


def symbolic_function(function: Callable[..., Any], name: str, arguments: dict[str, Any]) -> Any:
    """The symbolic result of `function(**arguments)`, by an op layer."""
    if op_layer is None:
        raise TypeError(f"tf.{name}: symbolic tensors need addax.keras, which is not imported.")
    return op_layer(function, name, arguments)


class Node:
    """One call of a layer: its arguments, and the tensors it made.

    Args:
        layer: what was called.
        args: positional arguments, KerasTensors among them.
        kwargs: keyword arguments.
    """

    def __init__(self, layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.layer = layer
        self.args = args
        self.kwargs = kwargs
        self.inputs = symbolic_leaves((args, kwargs))
        self.output: Any = None

    @property
    def outputs(self) -> list[KerasTensor]:
        """The tensors made, in order."""
        return symbolic_leaves(self.output)

    @property
    def input_layers(self) -> list[Any]:
        """The layers whose outputs this call takes."""
        return [tensor.node.layer for tensor in self.inputs if tensor.node is not None]

    @property
    def inbound_layers(self) -> list[Any]:
        """The same; Keras's name."""
        return self.input_layers

    @property
    def input_shapes(self) -> Any:
        """Shapes of the first argument."""
        return shapes_of(self.args[0] if self.args else list(self.kwargs.values()))

    @property
    def output_shapes(self) -> Any:
        """Shapes of the result."""
        return shapes_of(self.output)

    def fill(self, values: dict[int, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments with KerasTensors replaced by `values` (by id)."""

        def swap(item: Any) -> Any:
            return values[id(item)] if isinstance(item, KerasTensor) else item

        if len(self.args) == 1 and isinstance(self.args[0], KerasTensor) and not self.kwargs:
            return (values[id(self.args[0])],), self.kwargs
        return map_leaves(swap, self.args), map_leaves(swap, self.kwargs)


def is_symbolic(item: Any) -> bool:
    """Whether a structure holds a KerasTensor."""
    if isinstance(item, KerasTensor):
        return True
    if isinstance(item, list | tuple):
        return any(is_symbolic(part) for part in item)
    if isinstance(item, dict):
        return any(is_symbolic(part) for part in item.values())
    return isinstance(item, slice) and is_symbolic((item.start, item.stop, item.step))


def symbolic_leaves(item: Any) -> list[KerasTensor]:
    """The KerasTensors of a structure, in order."""
    found: list[KerasTensor] = []
    map_leaves(lambda leaf: found.append(leaf) if isinstance(leaf, KerasTensor) else None, item)
    return found


def map_leaves(function: Callable[[Any], Any], item: Any) -> Any:
    """`function` of each leaf of nested tuples, lists and dicts; insertion order, unlike tf.nest."""
    if isinstance(item, dict):
        made = {key: map_leaves(function, value) for key, value in item.items()}
        return made
    if isinstance(item, tuple) and hasattr(item, "_fields"):
        return type(item)(*[map_leaves(function, value) for value in item])
    if isinstance(item, list | tuple):
        parts = [map_leaves(function, value) for value in item]
        return parts if isinstance(item, list) else tuple(parts)
    if isinstance(item, slice):
        return slice(*(map_leaves(function, part) for part in (item.start, item.stop, item.step)))
    return function(item)


def shapes_of(item: Any) -> Any:
    """The shapes of a structure of tensors, as tuples."""
    return map_leaves(lambda leaf: tuple(leaf.shape.as_list()) if hasattr(leaf, "shape") else None, item)


# ---------------------------------------------------------------------------- shape inference


def infer(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What `function(*args, **kwargs)` returns, with KerasTensors for tensors, without computing it."""
    leaves = symbolic_leaves((args, kwargs))
    open_shapes = any(None in leaf.shape.as_list() or leaf.probes for leaf in leaves)
    count = 2 if open_shapes else 1
    closed: dict[int, int] = {}
    try:
        runs = [_probe(function, args, kwargs, leaves, i, PROBES[i]) for i in range(count)]
    except (ValueError, errors.InvalidArgumentError):
        batch = _batch_of_arrays(args, kwargs, leaves)
        plain = [leaf for leaf in leaves if type(leaf) is KerasTensor and leaf.probes is None]
        closed = {} if batch is not None else open_sizes.of_others([leaf.shape.as_list() for leaf in plain])
        instead = {0: batch} if batch is not None else closed
        if instead:
            runs = [_probe(function, args, kwargs, leaves, i, PROBES[i], instead) for i in range(count)]
        else:
            known = not open_shapes or any(leaf.probes is not None for leaf in leaves)
            smaller = None if known else _smaller_runs(function, args, kwargs, leaves)
            if smaller is None:
                raise
            runs = smaller
    results = [flat for flat, _ in runs]
    structure = runs[0][1]
    merged = [merge([result[i] for result in results], closed) for i in range(len(results[0]))]
    return structure(merged)


def _smaller_runs(function: Callable[..., Any], args: Any, kwargs: Any, leaves: list[KerasTensor]) -> Any:
    """Runs for sizes under which tables of bounded length (positions, say) suffice; None if none do."""
    for sizes in SMALLER_PROBES:
        before = first_probe.set(sizes[0])
        try:
            return [_probe(function, args, kwargs, leaves, i, size) for i, size in enumerate(sizes)]
        except (ValueError, errors.InvalidArgumentError):
            continue
        finally:
            first_probe.reset(before)
    return None


def _batch_of_arrays(args: Any, kwargs: Any, leaves: list[KerasTensor]) -> int | None:
    """The batch that arrays among the arguments (a mask, initial states) give to symbolic tensors of unknown batch."""
    if not any(type(leaf) is KerasTensor and leaf.shape.rank and leaf.shape[0] is None for leaf in leaves):
        return None
    found: set[int] = set()

    def look(item: Any) -> None:
        shape = getattr(item, "shape", None) if isinstance(item, np.ndarray | Tensor) else None
        if shape is not None and len(shape):
            found.add(int(shape[0]))

    map_leaves(look, (args, kwargs))
    return found.pop() if len(found) == 1 else None


class _Known:
    """A result that is a constant: its value for one probe."""

    def __init__(self, value: np.ndarray) -> None:
        self.value = value
        self.shape = value.shape
        self.dtype = value.dtype


def _probe(
    function: Callable[..., Any],
    args: Any,
    kwargs: Any,
    leaves: list[KerasTensor],
    which: int,
    size: int,
    instead: dict[int, int] | None = None,
) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    """Run abstractly with `size` for None, on some axes others instead: (leaves of the result, how to rebuild it)."""
    unique = list({id(leaf): leaf for leaf in leaves}.values())
    unknown = [leaf for leaf in unique if leaf.probes is None]
    shapes = [TensorSpec(_flat(leaf, size, instead), leaf.dtype) for leaf in unknown]
    kept: list[Any] = []

    def run(*tensors: Tensor) -> list[Any]:
        values = {id(leaf): leaf.sample(tensor, size) for leaf, tensor in zip(unknown, tensors, strict=True)}
        for leaf in unique:
            if leaf.probes is not None:
                values[id(leaf)] = convert.constant(leaf.probes[min(which, len(leaf.probes) - 1)])

        def swap(item: Any) -> Any:
            return values[id(item)] if isinstance(item, KerasTensor) else item

        result = function(*map_leaves(swap, args), **map_leaves(swap, kwargs))
        flat = trees.flatten(result)
        kept[:] = [result, [_known(leaf) for leaf in flat]]
        return [leaf if convert.is_tensor(leaf) and not _is_composite(leaf) else None for leaf in flat]

    specs, _ = trace.abstract(run, shapes)
    result, constants = kept
    found: list[Any] = []
    for spec, constant, leaf in zip(specs, constants, trees.flatten(result), strict=True):
        found.append(constant if constant is not None else leaf if spec is None else spec)
    return found, lambda merged: trees.pack(result, merged)


def _is_composite(leaf: Any) -> bool:
    return isinstance(leaf, trees.CompositeTensor)


def _known(leaf: Any) -> _Known | None:
    if isinstance(leaf, Tensor) and not leaf.is_symbolic and leaf.shape.num_elements() <= 64:
        return _Known(np.asarray(leaf._value))
    return None


def _flat(leaf: KerasTensor, size: int, instead: dict[int, int] | None) -> tuple[int, ...]:
    sizes = leaf.flat_shape(size)
    return open_sizes.filled(leaf.shape.as_list(), sizes, instead) if instead and type(leaf) is KerasTensor else sizes


def _sized(shape: TensorShape, size: int) -> tuple[int, ...]:
    return tuple(size if n is None else n for n in shape.as_list())


def merge(runs: list[Any], closed: dict[int, int] | None = None) -> Any:
    """One output of all probes as a KerasTensor; dimensions that differ, or were closed for probes, are None."""
    first = runs[0]
    if _is_composite(first):
        return _merge_composites(runs)
    if not hasattr(first, "shape") or not hasattr(first, "dtype"):
        return first
    shape = [sizes[0] if len(set(sizes)) == 1 else None for sizes in zip(*[run.shape for run in runs], strict=True)]
    shape = open_sizes.opened(shape, closed) if closed else shape
    probes = tuple(run.value for run in runs) if all(isinstance(run, _Known) for run in runs) else None
    if probes is not None and first.dtype.kind not in "iu":
        probes = None
    return KerasTensor(shape, dtypes.from_numpy(np.dtype(first.dtype)), probes=probes)


def _merge_composites(runs: list[Any]) -> Any:
    """A ragged or sparse output of all probes; what differs, and what is ragged, is None."""
    first, shapes = runs[0], [run.shape.as_list() for run in runs]
    shape = [sizes[0] if len(set(sizes)) == 1 else None for sizes in zip(*shapes, strict=True)]
    if hasattr(first, "ragged_rank"):
        return RaggedKerasTensor(shape, first.dtype, ragged_rank=first.ragged_rank)
    return SparseKerasTensor(shape, first.dtype) if hasattr(first, "dense_shape") else first


class RaggedKerasTensor(KerasTensor):
    """A symbolic ragged tensor.

    Args:
        shape: with the batch dimension; ragged dimensions are None.
        dtype: the element type.
        name: as for a KerasTensor.
        node: as for a KerasTensor.
        index: as for a KerasTensor.
        ragged_rank: how many ragged dimensions; up to the last one that is None by default.
    """

    ragged = True

    def __init__(
        self, shape: Any, dtype: Any, name: str | None = None, node: Node | None = None, index: int = 0,
        ragged_rank: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(shape, dtype, name, node, index)
        sizes = self._shape.as_list()
        last = max((i for i in range(1, len(sizes)) if sizes[i] is None), default=1)
        self.ragged_rank = last if ragged_rank is None else ragged_rank

    @property
    def type_spec(self) -> TypeSpec:
        """Shape and dtype as a `tf.RaggedTensorSpec`."""
        return RaggedTensorSpec(self._shape, self._dtype, self.ragged_rank)

    def placed(self, name: str | None, node: Node, index: int) -> KerasTensor:
        """The same as an output of a call."""
        return RaggedKerasTensor(self._shape, self._dtype, name, node, index, self.ragged_rank)

    def _lengths(self, size: int) -> list[np.ndarray]:
        """Row lengths at each depth of a value that stands for it: unequal, the longest of `size`."""
        sizes = self._shape.as_list()
        count, found = sizes[0] or size, []
        for each in sizes[1 : self.ragged_rank + 1]:
            lengths = np.full(count, each if each is not None else 2)
            if each is None:
                lengths[: min(2, count)] = [size, 1][: min(2, count)]
            found.append(lengths)
            count = int(lengths.sum())
        return found

    def flat_shape(self, size: int) -> tuple[int, ...]:
        """The shape of the innermost values."""
        return (int(self._lengths(size)[-1].sum()), *_sized(self._shape, size)[self.ragged_rank + 1 :])

    def sample(self, numbers: Tensor, size: int) -> Any:
        """A ragged tensor of these values."""
        from addax.ops.ragged_tensor import RaggedTensor  # few models need it

        made: Any = numbers
        sizes = self._shape.as_list()
        for lengths, each in zip(reversed(self._lengths(size)), reversed(sizes[1 : self.ragged_rank + 1]), strict=True):
            made = RaggedTensor.from_row_lengths(made, lengths, validate=False)
            if each is not None:
                made = RaggedTensor(made.values, made.row_splits, each)
        return made

    def __getattr__(self, name: str) -> Any:
        known, given = f"RaggedTensor.{name}", {"ragged": self, "method": name}
        if name in RAGGED_PROPERTIES:
            return symbolic_function(ragged_property, known, given)
        if name in RAGGED_METHODS:
            return lambda *args, **kwargs: symbolic_function(
                ragged_method, known, given | {"args": args, "kwargs": kwargs}
            )
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")


RAGGED_PROPERTIES = frozenset(("flat_values", "nested_row_splits", "row_splits", "uniform_row_length", "values"))
RAGGED_METHODS = frozenset(
    """
    bounding_shape merge_dims nested_row_lengths nested_value_rowids nrows row_lengths row_limits row_starts to_sparse
    to_tensor value_rowids with_flat_values with_row_splits_dtype with_values
    """.split()
)


def ragged_property(ragged: Any, method: str) -> Any:
    """A property of a ragged tensor."""
    return getattr(ragged, method)


def ragged_method(ragged: Any, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a method of a ragged tensor returns."""
    return getattr(ragged, method)(*args, **kwargs)


class SparseKerasTensor(KerasTensor):
    """A symbolic sparse tensor."""

    sparse = True

    @property
    def type_spec(self) -> TypeSpec:
        """Shape and dtype as a `tf.SparseTensorSpec`."""
        return SparseTensorSpec(self._shape, self._dtype)

    def placed(self, name: str | None, node: Node, index: int) -> KerasTensor:
        """The same as an output of a call."""
        return SparseKerasTensor(self._shape, self._dtype, name, node, index)

    def flat_shape(self, size: int) -> tuple[int, ...]:
        """The shape of the entries: one in each row."""
        return (_sized(self._shape, size)[0],)

    def sample(self, numbers: Tensor, size: int) -> Any:
        """A sparse tensor of these entries, on a diagonal."""
        from addax.ops.sparse_tensor import SparseTensor  # few models need it

        sizes = _sized(self._shape, size)
        places = np.stack([np.arange(sizes[0]) % max(each, 1) for each in sizes], 1)
        return SparseTensor(places, numbers, sizes)


def sort_nodes(outputs: Iterable[KerasTensor], inputs: Iterable[KerasTensor]) -> list[Node]:
    """The calls between inputs and outputs, each after what it needs (depth first, without recursion).

    Raises:
        ValueError: an output depends on an input that is not listed.
    """
    known = {id(tensor) for tensor in inputs}
    done: set[int] = set()
    order: list[Node] = []
    stack: list[tuple[KerasTensor, bool]] = [(tensor, False) for tensor in reversed(list(outputs))]
    while stack:
        tensor, ready = stack.pop()
        node = tensor.node
        if id(tensor) in known or node is not None and id(node) in done:
            continue
        if node is None or not node.inputs and getattr(node.layer, "is_input", False):
            raise ValueError(
                f"Graph disconnected: cannot obtain the value of {tensor!r}, which is not among the model's inputs.\n"
                "  To do: add it to `inputs`, or check that every layer is called on a tensor that comes from them."
            )
        if ready:
            done.add(id(node))
            order.append(node)
            continue
        stack.append((tensor, True))
        stack.extend((each, False) for each in reversed(node.inputs) if id(each) not in known)
    return order
