"""`tf.Graph`: operations that were recorded instead of run, with TensorFlow's names."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

from addax.core import context
from addax.core.device_spec import DeviceSpec
from addax.core.graph_tensor import GraphTensor
from addax.core.operation import Operation, attribute_value
from addax.core.shapes import TensorShape
from addax.core.tensor import NeedsGraph
from addax.formats.graph_def import GraphDef, VersionDef

_PRODUCER, _CONSUMER = 2474, 12  # the versions that TensorFlow 2.21 writes into its graphs
_FORM = 'Tensor names must be of the form "<op_name>:<output_index>".'


class Graph:
    """Operations and tensors. Ops that are called while it is the default are recorded in it, and compute nothing.

    Programs compute with `tf.function`; a graph is there to be looked at (`concrete_function.graph`).

    >>> import addax as tf
    >>> g = tf.Graph()
    >>> with g.as_default():
    ...     a = tf.constant([1.0, 2.0], name="a")
    ...     b = a * 2.0
    >>> [(op.name, op.type) for op in g.get_operations()]
    [('a', 'Const'), ('mul/y', 'Const'), ('mul', 'Mul')]
    >>> g.get_tensor_by_name("mul:0") is b
    True
    """

    building_function = False
    seed: int | None = None

    def __init__(self) -> None:
        self._operations: list[Operation] = []
        self._by_name: dict[str, Operation] = {}
        self._taken: dict[str, int] = {}
        self._pending: list[tuple[Operation, Any]] = []
        self._entry: Any = None  # the call whose operations are pending
        self._control_stack: list[list[Operation]] = []
        self._devices: list[str] = []
        self._collections: dict[Any, list[Any]] = {}
        self._unfeedable: set[int] = set()
        self._unfetchable: set[int] = set()
        self.finalized = False

    # ------------------------------------------------------------------ recording

    @contextlib.contextmanager
    def as_default(self) -> Iterator[Graph]:
        """A block whose ops are recorded in this graph."""
        from addax.core.graph_recording import recording_in  # which makes operations of this graph

        with recording_in(self):
            yield self

    def _add(self, op: Operation) -> None:
        if self.finalized:
            raise RuntimeError("Graph is finalized and cannot be modified.")
        self._operations.append(op)

    def _controls(self) -> list[Operation]:
        return list(dict.fromkeys(op for each in self._control_stack for op in each))

    def _device(self) -> str:
        return self._devices[-1] if self._devices else ""

    def _name_now(self, op: Operation, name: str) -> None:
        """Give an operation its name; a name that is taken gets a number."""
        op._name = self.unique_name(name)
        self._by_name[op._name] = op

    def _name_later(self, op: Operation, entry: Any, naming: Any) -> None:
        """An operation of a call that may make several: the last one has the call's name."""
        if entry is not self._entry:
            self._settle()
            self._entry = entry
        self._pending.append((op, naming))

    def _unnamed(self) -> list[Operation]:
        """The operations that are named when their call is over."""
        return [op for op, _ in self._pending]

    def _settle(self) -> None:
        """Name what is pending: the call that made it is over."""
        pending, self._pending, self._entry = self._pending, [], None
        for place, (op, naming) in enumerate(pending):
            naming.settle(self, op, last=place == len(pending) - 1)

    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        """A name that the graph does not have yet: `name`, or with a number behind it.

        Args:
            name: the name that is wanted.
            mark_as_used: whether it is taken from now on.
        """
        self._settle()
        key = name.lower()
        count = self._taken.get(key, 0)
        found = name
        while found.lower() in self._taken:
            found = f"{name}_{count}"
            count += 1
        if mark_as_used:
            self._taken[key] = max(count, 1)
            self._taken.setdefault(found.lower(), 1)
        return found

    def finalize(self) -> None:
        """From now on no operation can be added."""
        self._settle()
        self.finalized = True

    @contextlib.contextmanager
    def name_scope(self, name: str) -> Iterator[str]:
        """A block whose operations have names behind `name`."""
        with context.name_scope(name or "") as scope:
            yield scope

    def get_name_scope(self) -> str:
        """The open name scopes."""
        return context.get_current_name_scope()

    @contextlib.contextmanager
    def control_dependencies(self, control_inputs: Sequence[Any] | None) -> Iterator[None]:
        """A block whose operations run after `control_inputs` (tensors or operations; None: after nothing)."""
        before = self._control_stack
        found = [each.op if isinstance(each, GraphTensor) else each for each in control_inputs or ()]
        self._control_stack = [] if control_inputs is None else [*before, found]
        try:
            yield
        finally:
            self._control_stack = before

    @contextlib.contextmanager
    def device(self, device_name_or_function: Any) -> Iterator[None]:
        """A block whose operations ask for a device; they run where JAX puts them."""
        name = str(device_name_or_function or "")
        self._devices.append(DeviceSpec.from_string(name).to_string() if name else "")
        try:
            yield
        finally:
            self._devices.pop()

    # ------------------------------------------------------------------ looking

    def get_operations(self) -> list[Operation]:
        """The operations, in the order in which they were recorded."""
        return list(self._operations)

    @property
    def operations(self) -> list[Operation]:
        """The operations."""
        return self.get_operations()

    def num_operations(self) -> int:
        """How many operations there are."""
        return len(self._operations)

    @property
    def version(self) -> int:
        """A number that grows with each operation."""
        return len(self._operations)

    def get_operation_by_name(self, name: str) -> Operation:
        """The operation of a name.

        Raises:
            KeyError: there is none.
            TypeError: no text.
        """
        if not isinstance(name, str):
            raise TypeError(f"Operation names are strings (or similar), not {type(name).__name__}.")
        return self.as_graph_element(name, allow_tensor=False)

    def get_tensor_by_name(self, name: str) -> GraphTensor:
        """The tensor of a name, "operation:output".

        Raises:
            KeyError: there is none.
            ValueError: the name of an operation.
            TypeError: no text.
        """
        if not isinstance(name, str):
            raise TypeError(f"Tensor names are strings (or similar), not {type(name).__name__}.")
        return self.as_graph_element(name, allow_operation=False)

    def as_graph_element(self, obj: Any, allow_tensor: bool = True, allow_operation: bool = True) -> Any:
        """The tensor or operation of this graph that `obj` is or names.

        Raises:
            KeyError: the graph has nothing of this name.
            ValueError: of another graph, not of the kind that is allowed, or no name.
            TypeError: something else.
        """
        if not (allow_tensor or allow_operation):
            raise ValueError("allow_tensor and allow_operation can't both be False.")
        kinds = " or ".join(["Tensor"] * allow_tensor + ["Operation"] * allow_operation)
        if isinstance(obj, str):
            return self._named(obj, allow_tensor, allow_operation)
        if (isinstance(obj, GraphTensor) and allow_tensor) or (isinstance(obj, Operation) and allow_operation):
            if obj.graph is not self:
                raise ValueError(f"{type(obj).__name__.removeprefix('Graph')} {obj} is not an element of this graph.")
            return obj
        raise TypeError(f"Can not convert a {type(obj).__name__} into a {kinds}.")

    def _named(self, name: str, allow_tensor: bool, allow_operation: bool) -> Any:
        self._settle()
        owner, colon, number = name.partition(":")
        if not colon:
            if not allow_operation:
                have = "refers to an Operation, not a Tensor" if name in self._by_name else "is no name of a Tensor"
                raise ValueError(f"The name {name!r} {have}. {_FORM}")
            if name not in self._by_name:
                raise KeyError(f"The name {name!r} refers to an Operation not in the graph.")
            return self._by_name[name]
        if not allow_tensor:
            raise ValueError(f"Name {name!r} appears to refer to a Tensor, not a Operation.")
        if not number.isdigit():
            raise ValueError(f"The name {name!r} looks like a Tensor name, but is not a valid one. {_FORM}")
        op = self._by_name.get(owner)
        lacking = f"The name {name!r} refers to a Tensor which does not exist. The operation, {owner!r}, "
        if op is None:
            raise KeyError(f"{lacking}does not exist in the graph.")
        if int(number) >= len(op.outputs):
            raise KeyError(f"{lacking}exists but only has {len(op.outputs)} outputs.")
        return op.outputs[int(number)]

    # ------------------------------------------------------------------ what sessions may do

    def is_feedable(self, tensor: Any) -> bool:
        """Whether a session can be given a value for a tensor: unless `prevent_feeding` was called."""
        return id(self.as_graph_element(tensor)) not in self._unfeedable

    def is_fetchable(self, tensor_or_op: Any) -> bool:
        """Whether a session gives the value of a tensor: unless `prevent_fetching` was called."""
        return id(self.as_graph_element(tensor_or_op)) not in self._unfetchable

    def prevent_feeding(self, tensor: Any) -> None:
        """Have sessions refuse values for a tensor."""
        self._unfeedable.add(id(tensor))

    def prevent_fetching(self, op: Any) -> None:
        """Have sessions refuse to give what `op` is."""
        self._unfetchable.add(id(op))

    # ------------------------------------------------------------------ collections

    def add_to_collection(self, name: str, value: Any) -> None:
        """Add an object to a list of this name."""
        self._collections.setdefault(name, []).append(value)

    def add_to_collections(self, names: Any, value: Any) -> None:
        """Add an object to the lists of several names."""
        for name in (names,) if isinstance(names, str) else set(names):
            self.add_to_collection(name, value)

    def get_collection(self, name: str, scope: str | None = None) -> list[Any]:
        """What was added to the list of a name.

        Args:
            name: the list's name.
            scope: a pattern that the names of objects must begin with.
        """
        found = list(self._collections.get(name, ()))
        return found if scope is None else [each for each in found if re.match(scope, getattr(each, "name", ""))]

    def get_collection_ref(self, name: str) -> list[Any]:
        """The list of a name itself."""
        return self._collections.setdefault(name, [])

    def clear_collection(self, name: str) -> None:
        """Forget the list of a name."""
        self._collections.pop(name, None)

    def get_all_collection_keys(self) -> list[str]:
        """The names of lists."""
        return [name for name in self._collections if isinstance(name, str)]

    @property
    def collections(self) -> list[str]:
        """The names of lists."""
        return list(self._collections)

    # ------------------------------------------------------------------ writing

    @property
    def graph_def_versions(self) -> VersionDef:
        """The versions of TensorFlow's graphs that it is written as."""
        return VersionDef(producer=_PRODUCER, min_consumer=_CONSUMER)

    def as_graph_def(
        self, from_version: int | None = None, add_shapes: bool = False, use_pybind11_proto: bool = False
    ) -> GraphDef:
        """The graph as a protocol buffer: a node for each operation.

        Args:
            from_version: leave out the operations before this number.
            add_shapes: add the shapes of outputs to each node, as "_output_shapes".
            use_pybind11_proto: has no effect on the result.
        """
        made = GraphDef(versions=VersionDef(producer=_PRODUCER))
        for op in self._operations[from_version or 0 :]:
            node = op.node_def
            if add_shapes:
                shapes = [TensorShape(each.shape) for each in op.outputs]
                node.attr["_output_shapes"].CopyFrom(attribute_value(shapes))
            made.node.extend([node])
        return made

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__name__} object at {id(self):#x}>"


_default: list[Graph] = []


def get_default_graph() -> Graph:
    """The graph whose `as_default` block this is; an empty one outside of all.

    >>> import addax as tf
    >>> with tf.Graph().as_default() as g:
    ...     tf.compat.v1.get_default_graph() is g
    True
    """
    trace = context.state.trace
    if trace is not None and trace.recorder is not None:
        return trace.recorder.graph
    if trace is not None and trace.offers_graph:
        raise NeedsGraph("the graph of a function is there in the body of a tf.function only.")
    if not _default:
        _default.append(Graph())
    return _default[0]
