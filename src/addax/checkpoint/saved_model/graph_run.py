"""Functions of a SavedModel's graph, run node by node with Addax' own ops.

A graph is data: each of its operations is looked up in a closed table (`graph_ops`), and what is not there (files,
Python, shared libraries) is refused before anything runs. Under tf.function a run is a trace, and XLA compiles it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from addax.checkpoint.saved_model import values
from addax.core import dtypes
from addax.core.exported import read_program
from addax.formats import saved_model as files
from addax.formats.errors import CorruptFileError, UnsupportedFormatError

PROGRAM = "_addax_program"
_MAX_CALLS = 200


class GraphNode:
    """An operation of a graph: its name, inputs and attributes as Python values."""

    def __init__(self, definition: Mapping[str, Any], library: Library) -> None:
        self.name = definition.get("name", "")
        self.op = definition.get("op", "")
        self.library = library
        inputs = definition.get("input", [])
        self.inputs = [_reference(each) for each in inputs if not each.startswith("^")]
        self.controls = [each[1:] for each in inputs if each.startswith("^")]
        self._attributes = definition.get("attr", {})

    def attr(self, name: str, default: Any = None) -> Any:
        """An attribute: number, bool, bytes, dtype, shape (a list or None), array, function, or a list of these."""
        found = self._attributes.get(name)
        if found is None:
            return default
        for kind, value in found.items():
            if kind == "list":
                parts = next(iter(value.items()), ("", []))
                return [self._plain(parts[0], each) for each in parts[1]]
            return self._plain(kind, value)
        return default

    def text(self, name: str, default: str = "") -> str:
        """An attribute that is text."""
        value = self.attr(name)
        return default if value is None else value.decode("utf-8", "replace")

    def dtype(self, name: str, default: Any = dtypes.float32) -> dtypes.DType:
        """An attribute that is a dtype."""
        return self.attr(name) or default

    def function(self, name: str) -> GraphFunction:
        """The function that an attribute names."""
        found = self._attributes.get(name, {}).get("func", {}).get("name", "")
        return self.library.function(found, self.name)

    def _plain(self, kind: str, value: Any) -> Any:
        if kind == "type":
            return values.dtype_of(value, self.library.file)
        if kind == "shape":
            return files.shape_of(value)
        if kind == "tensor":
            return files.array_of(value, self.library.file, self.name)
        return value


def _reference(text: str) -> tuple[str, str, int]:
    """(node, name of its output, number) of an input."""
    parts = text.split(":")
    if len(parts) == 1:
        return parts[0], "", 0
    if len(parts) == 2:
        return (parts[0], "", int(parts[1])) if parts[1].isdigit() else (parts[0], parts[1], 0)
    return parts[0], parts[1], int(parts[2]) if parts[2].isdigit() else 0


class Library:
    """The functions of a SavedModel by name.

    Args:
        definitions: the FunctionDefs.
        file: where they come from.
    """

    def __init__(self, definitions: Sequence[Mapping[str, Any]], file: str) -> None:
        self.file = file
        self._definitions = {each.get("signature", {}).get("name", ""): each for each in definitions}
        self._made: dict[str, GraphFunction] = {}
        self._depth = 0

    def __contains__(self, name: str) -> bool:
        return name in self._definitions

    def function(self, name: str, who: str = "") -> GraphFunction:
        """The function of a name.

        Raises:
            CorruptFileError: there is none.
        """
        if name not in self._made:
            if name not in self._definitions:
                raise CorruptFileError(
                    self.file, f"refers to the function {name!r}, which it does not have", member=who
                )
            self._made[name] = GraphFunction(name, self._definitions[name], self)
        return self._made[name]

    def enter(self, name: str) -> None:
        """A function is called: refuse one that calls itself for ever."""
        self._depth += 1
        if self._depth > _MAX_CALLS:
            self._depth = 0
            raise CorruptFileError(self.file, "functions that call each other without end", member=name)

    def leave(self) -> None:
        """A function returns."""
        self._depth -= 1


class GraphFunction:
    """A function of a graph: called with tensors and variables, it returns a list of tensors.

    Args:
        name: its name.
        definition: the FunctionDef.
        library: the functions that it may call.
    """

    def __init__(self, name: str, definition: Mapping[str, Any], library: Library) -> None:
        signature = definition.get("signature", {})
        self.name = name
        self.library = library
        self.inputs = [arg.get("name", "") for arg in signature.get("input_arg", [])]
        nodes = [GraphNode(each, library) for each in definition.get("node_def", [])]
        self.nodes = {node.name: node for node in nodes}
        returned = definition.get("ret", {})
        self.outputs = [_reference(returned.get(arg.get("name", ""), "")) for arg in signature.get("output_arg", [])]
        wanted = [name for name, _, _ in self.outputs]
        wanted += list(definition.get("control_ret", {}).values())
        self.order = self._order(wanted)
        self.unknown: list[str] | None = None

    def _order(self, wanted: Sequence[str]) -> list[GraphNode]:
        """The nodes that are needed, each after what it needs."""
        arguments, done, order = set(self.inputs), set(), []
        entered: set[str] = set()
        pending: list[tuple[str, bool]] = [(name, False) for name in reversed(list(wanted))]
        while pending:
            name, ready = pending.pop()
            if name in done or name in arguments:
                continue
            node = self.nodes.get(name)
            if node is None:
                raise CorruptFileError(self.library.file, f"an input {name!r:.80} that is not there", member=self.name)
            if ready:
                done.add(name)
                order.append(node)
                continue
            if name in entered:
                raise CorruptFileError(self.library.file, f"a circle at {name!r:.80}", member=self.name)
            entered.add(name)
            pending.append((name, True))
            needs = [*(each[0] for each in node.inputs), *node.controls]
            pending.extend((each, False) for each in reversed(needs) if each not in done)
        return order

    def is_known(self) -> bool:
        """Whether the table has all operations of it."""
        from addax.checkpoint.saved_model.graph_ops import known  # the table calls functions of this file

        if self.unknown is None:
            self.unknown = sorted({node.op for node in self.order if not known(node.op)})
        return not self.unknown

    def check(self) -> None:
        """Refuse operations that are not in the table, before any runs.

        Raises:
            UnsupportedFormatError: it has one.
        """
        if not self.is_known():
            raise UnsupportedFormatError(
                self.library.file, "a function with operations that Addax does not run", member=self.name,
                received=", ".join((self.unknown or [])[:8]),
                hint="Keras models are loaded from their configuration by tf.keras.models.load_model",
            )  # fmt: skip

    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        """Run it.

        Args:
            inputs: tensors, and variables for resources.

        Raises:
            CorruptFileError: another number of inputs, or a graph that does not fit together.
        """
        from addax.checkpoint.saved_model.graph_ops import run

        self.check()
        if len(inputs) != len(self.inputs):
            raise CorruptFileError(
                self.library.file, "a call with another number of inputs", member=self.name,
                expected=f"{len(self.inputs)}", received=f"{len(inputs)}",
            )  # fmt: skip
        held: dict[str, Any] = {name: [value] for name, value in zip(self.inputs, inputs, strict=True)}
        self.library.enter(self.name)
        try:
            for node in self.order:
                given = [self._value(held, each) for each in node.inputs]
                held[node.name] = run(node, given)
        finally:
            self.library.leave()
        return [self._value(held, each) for each in self.outputs]

    def _value(self, held: Mapping[str, Any], reference: tuple[str, str, int]) -> Any:
        from addax.checkpoint.saved_model.graph_ops import output_index

        name, output, number = reference
        found = held[name]
        node = self.nodes.get(name)
        index = output_index(node.op, output, number) if node is not None and name not in self.inputs else 0
        if index >= len(found):
            raise CorruptFileError(self.library.file, f"an output {number} that is not there", member=name)
        return found[index]


def call_program(node: GraphNode, inputs: Sequence[Any]) -> list[Any]:
    """Run a compiled program (`XlaCallModule`) that Addax wrote.

    Raises:
        UnsupportedFormatError: somebody else wrote it.
    """
    data = node.attr(PROGRAM)
    if not isinstance(data, bytes):
        raise UnsupportedFormatError(
            node.library.file, "a compiled program that Addax did not write", member=node.name,
            hint="export the function with Addax, or load it in TensorFlow",
        )  # fmt: skip
    found = node.__dict__.get("program")
    if found is None:
        found = node.__dict__["program"] = read_program(data, node.library.file, node.name)
    return found(inputs)
