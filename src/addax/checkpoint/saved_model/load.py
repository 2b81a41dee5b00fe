"""tf.saved_model.load: the objects of a SavedModel, Addax' own or TensorFlow's, without their Python classes."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from addax.checkpoint import graph
from addax.checkpoint.saved_model import values
from addax.checkpoint.saved_model.graph_run import GraphNode, Library
from addax.checkpoint.saved_model.graph_tables import Table
from addax.checkpoint.saved_model.options import Asset, LoadOptions
from addax.checkpoint.saved_model.restored import (
    CallableRestoredObject,
    RestoredConcreteFunction,
    RestoredFunction,
    RestoredObject,
    SignatureMap,
)
from addax.core import context, convert
from addax.core.shapes import TensorShape
from addax.core.variable import Variable
from addax.formats import saved_model as files
from addax.formats.errors import CorruptFileError, TooLargeError, UnsupportedFormatError
from addax.formats.tensor_bundle import TensorBundle

_LISTS = ("trackable_list_wrapper", "trackable_tuple_wrapper")
_MAX_OBJECTS = 1 << 20


def contains_saved_model(export_dir: Any) -> bool:
    """Whether a folder holds a SavedModel.

    Args:
        export_dir: the folder.

    >>> import addax as tf, tempfile
    >>> tf.saved_model.contains_saved_model(tempfile.mkdtemp())
    False
    """
    return os.path.isfile(os.path.join(os.fspath(export_dir), files.FILE))


def load(export_dir: Any, tags: Any = None, options: LoadOptions | None = None) -> Any:
    """Load a SavedModel: objects with the attributes that were saved, functions that run as they did.

    Args:
        export_dir: the folder.
        tags: the tags of the graph, or None for the only one.
        options: a `tf.saved_model.LoadOptions`.

    Returns:
        An object with the variables, functions, lists and dicts of the one that was saved, and `signatures`: a mapping
        of names to functions that take and return tensors by name. Gradients go through its functions.

    Raises:
        OSError: there is no SavedModel.
        ValueError: other tags; a damaged file; or, when a function is called, operations that Addax does not run.

    >>> import addax as tf, tempfile
    >>> module, folder = tf.Module(), tempfile.mkdtemp()
    >>> module.v = tf.Variable(3.0)
    >>> module.times = tf.function(lambda x: x * module.v, input_signature=[tf.TensorSpec([])])
    >>> tf.saved_model.save(module, folder)
    >>> loaded = tf.saved_model.load(folder)
    >>> float(loaded.times(2.0)), float(loaded.v)
    (6.0, 3.0)
    """
    folder = os.fspath(export_dir)
    folder = folder.decode() if isinstance(folder, bytes) else folder
    path = os.path.join(folder, files.FILE)
    if not os.path.isfile(path):
        raise OSError(errno.ENOENT, f"SavedModel file does not exist at: {folder}/{{saved_model.pbtxt|saved_model.pb}}")
    model = files.read_message(path, "SavedModel")
    return Loader(folder, path, _meta_graph(model, path, folder, tags), options or LoadOptions()).root


def _meta_graph(model: Mapping[str, Any], path: str, folder: str, tags: Any) -> Mapping[str, Any]:
    graphs = model.get("meta_graphs", [])
    if len(graphs) != 1 or "object_graph_def" not in graphs[0]:
        raise UnsupportedFormatError(
            path, "written by TensorFlow 1", expected="one graph with its objects", received=f"{len(graphs)} graphs",
            hint="save it again with TensorFlow 2",
        )  # fmt: skip
    have = graphs[0].get("meta_info_def", {}).get("tags", [])
    if tags is not None:
        wanted = [tags] if isinstance(tags, str) else sorted(tags)
        if set(wanted) != set(have):
            raise ValueError(
                f"Got an incompatible argument to `tags`: {wanted}. The SavedModel at {folder} has one MetaGraph with "
                f"tags {have}. You may omit the argument, pass 'None', or pass matching tags."
            )
    return graphs[0]


class Loader:
    """One load: numbers of nodes to objects.

    Args:
        folder: the SavedModel.
        path: its saved_model.pb.
        meta: the graph in it.
        options: see `LoadOptions`.
    """

    def __init__(self, folder: str, path: str, meta: Mapping[str, Any], options: LoadOptions) -> None:
        self.folder, self.path, self.options = folder, path, options
        described = meta.get("object_graph_def", {})
        self.nodes: list[Mapping[str, Any]] = described.get("nodes", [])
        self._check()
        self.concrete = described.get("concrete_functions", {})
        definitions = meta.get("graph_def", {}).get("library", {}).get("function", [])
        self.library = Library(definitions, path)
        self._constants = {each.get("name", ""): each for each in meta.get("graph_def", {}).get("node", [])}
        self._assets = meta.get("asset_file_def", [])
        self._made: dict[str, RestoredConcreteFunction] = {}
        self._objects: dict[int, Any] = {}
        self._kept: dict[int, tuple[np.ndarray, np.ndarray]] = {}  # keys and values of tables in the checkpoint
        with context.init_scope():
            initial = self._values()
            for number, node in enumerate(self.nodes):
                self._objects[number] = self._make(number, node, initial)
        for number, node in enumerate(self.nodes):
            self._objects[number] = self._function(number, node, self._objects[number])
        for number in reversed(range(len(self.nodes))):
            self._connect(number)
        self._fill_tables()
        self.root = self._objects[0]
        if not isinstance(getattr(self.root, "signatures", None), SignatureMap):
            self.root._set("signatures", SignatureMap({}))
        if options.experimental_load_function_aliases:
            self.root._set("function_aliases", self._aliases(meta.get("meta_info_def", {}).get("function_aliases", {})))

    def _check(self) -> None:
        if not 0 < len(self.nodes) <= _MAX_OBJECTS:
            raise CorruptFileError(self.path, "describes no objects, or too many", received=f"{len(self.nodes)}")
        for node in self.nodes:
            for child in node.get("children", []):
                if not 0 <= child.get("node_id", 0) < len(self.nodes):
                    raise CorruptFileError(
                        self.path, "an object refers to one that is not there", member=child.get("local_name", "")
                    )

    # ------------------------------------------------------------------ variables

    def _values(self) -> dict[int, np.ndarray]:
        """Values of variables by node, read from the checkpoint where both graphs have the same names."""
        wanted = [n for n, node in enumerate(self.nodes) if "variable" in node or "resource" in node]
        if self.options.experimental_skip_checkpoint or not wanted:
            return {}
        prefix = os.path.join(self.folder, files.VARIABLES)
        if not os.path.isfile(prefix + ".index"):
            if self.options.allow_partial_checkpoint or not any("variable" in node for node in self.nodes):
                return {}
            raise CorruptFileError(self.path, "its variables are missing", expected=prefix + ".index")
        bundle = TensorBundle(prefix)
        saved = graph.from_bytes(bundle.read(graph.GRAPH_KEY).item(), bundle.index) if graph.GRAPH_KEY in bundle else []
        found = {}
        for number, at in _matched(self.nodes, saved).items():
            key = saved[at].tensors.get(graph.VALUE)
            if key is not None and "variable" in self.nodes[number]:
                found[number] = self._value(bundle, key, self.nodes[number]["variable"])
            table = saved[at].tensors.get("table", "")
            if "resource" in self.nodes[number] and f"{table}-keys" in bundle and f"{table}-values" in bundle:
                self._kept[number] = (bundle.read(f"{table}-keys"), bundle.read(f"{table}-values"))
        missing = [n for n in wanted if n not in found and "variable" in self.nodes[n]]
        if missing and not self.options.allow_partial_checkpoint:
            names = ", ".join(self.nodes[n]["variable"].get("name", "?") for n in missing[:5])
            raise CorruptFileError(
                self.path, f"{len(missing)} variables have no value in the checkpoint", member=names,
                hint="LoadOptions(allow_partial_checkpoint=True) leaves them at zero",
            )  # fmt: skip
        return found

    def _value(self, bundle: TensorBundle, key: str, described: Mapping[str, Any]) -> np.ndarray:
        if key not in bundle:
            raise CorruptFileError(bundle.index, "is missing", member=key)
        entry, shape = bundle[key], files.shape_of(described.get("shape", {}))
        dtype = files.numpy_dtype(described.get("dtype", 0), self.path)
        fits = shape is None or len(shape) == len(entry.shape) and all(
            a in (None, b) for a, b in zip(shape, entry.shape, strict=True)
        )  # fmt: skip
        if not fits or dtype != entry.dtype:
            raise CorruptFileError(
                bundle.index, f"does not fit the variable {described.get('name', '')!r}", member=key,
                expected=f"shape {shape} {dtype}", received=f"shape {entry.shape} {entry.dtype}",
            )  # fmt: skip
        return bundle.read(key)

    def _variable(self, number: int, described: Mapping[str, Any], initial: dict[int, np.ndarray]) -> Variable:
        value = initial.pop(number, None)
        if value is None:
            shape = files.shape_of(described.get("shape", {})) or []
            dtype = files.numpy_dtype(described.get("dtype", 0), self.path)
            if (
                dtype is None
                or any(size is None for size in shape)
                or int(np.prod(shape or [1], dtype=object)) > 1 << 32
            ):
                raise TooLargeError(self.path, "a variable without a value", member=described.get("name", ""))
            value = np.zeros(shape, dtype)  # type: ignore[arg-type]
        name, sizes = described.get("name", "") or "Variable", files.shape_of(described.get("shape", {}))
        is_open = sizes is None or None in sizes
        return Variable(
            value, trainable=bool(described.get("trainable", False)), name=name.removesuffix(":0"),
            shape=TensorShape(sizes) if is_open else None,
        )  # fmt: skip

    # ------------------------------------------------------------------ objects

    def _make(self, number: int, node: Mapping[str, Any], initial: dict[int, np.ndarray]) -> Any:
        if "variable" in node:
            return self._variable(number, node["variable"], initial)
        if "asset" in node:
            return self._asset(node["asset"].get("asset_file_def_index", 0))
        if "constant" in node:
            return self._constant(node["constant"].get("operation", ""))
        if "function" in node or "bare_concrete_function" in node:
            return None  # made once all that they use is there
        if "resource" in node:
            return self._table(node)
        identifier = node.get("user_object", {}).get("identifier", "")
        if identifier == "signature_map":
            return SignatureMap({})
        if identifier in _LISTS:
            return []
        if identifier == "trackable_dict_wrapper":
            return {}
        called = any(child.get("local_name") == "__call__" for child in node.get("children", []))
        return (CallableRestoredObject if called else RestoredObject)(identifier or "_generic_user_object")

    def _asset(self, index: int) -> Asset:
        if not 0 <= index < len(self._assets):
            raise CorruptFileError(self.path, "an asset that is not there", received=f"number {index}")
        path = files.asset_path(self.folder, self._assets[index].get("filename", ""))
        if not os.path.isfile(path):
            raise CorruptFileError(self.path, "an asset that is not there", member=os.path.basename(path))
        return Asset(path)

    def _constant(self, name: str) -> Any:
        node = self._constants.get(name)
        value = GraphNode(node, self.library).attr("value") if node is not None else None
        if not isinstance(value, np.ndarray):
            raise CorruptFileError(self.path, "a constant that is not there", member=name)
        return convert.convert_to_tensor(value)

    def _table(self, node: Mapping[str, Any]) -> Any:
        """A lookup table, empty; other resources are objects that no function can use."""
        name = self._single(node, "_create_resource")
        graph_function = self.library.function(name) if name else None
        if graph_function is not None and graph_function.is_known():
            made = graph_function([])
            if made and isinstance(made[0], Table):
                return made[0]
        return RestoredObject("resource")

    def _single(self, node: Mapping[str, Any], part: str) -> str | None:
        """The name of the only concrete function of a part."""
        for child in node.get("children", []):
            if child.get("local_name") == part:
                target = self.nodes[child.get("node_id", 0)]
                names = target.get("function", {}).get("concrete_functions", [])
                return names[0] if names else target.get("bare_concrete_function", {}).get("concrete_function_name")
        return None

    def _fill_tables(self) -> None:
        """Run the functions that put keys and values into tables, and take what a checkpoint has of them."""
        for number, (keys, found) in self._kept.items():
            table = self._objects[number]
            fits = isinstance(table, Table) and keys.shape == found.shape and keys.ndim == 1
            if fits and table.changes and keys.dtype == table.keys.dtype and found.dtype == table.values.dtype:
                table.fill(keys, found)
        for number, node in enumerate(self.nodes):
            name = self._single(node, "_initialize") if "resource" in node else None
            if name and isinstance(self._objects[number], Table):
                function = self._concrete(name)
                if function.graph.is_known():
                    with context.init_scope():
                        function.graph(function.captured_inputs)

    def _function(self, number: int, node: Mapping[str, Any], made: Any) -> Any:
        if "bare_concrete_function" in node:
            bare = node["bare_concrete_function"]
            name = bare.get("concrete_function_name", "")
            try:
                return self._concrete(name, bare.get("argument_keywords", []))
            except UnsupportedFormatError:
                return RestoredFunction([], None)
        if "function" not in node:
            return made
        saved = node["function"]
        spec = saved.get("function_spec", {})
        parameters = values.from_message(spec.get("fullargspec", {}), self.path)
        signature = values.signature_from(parameters)
        if spec.get("is_method") and signature is not None and signature.parameters:
            signature = signature.replace(parameters=list(signature.parameters.values())[1:])
        calls, declared = [], None
        with contextlib.suppress(UnsupportedFormatError):
            declared = values.from_message(spec.get("input_signature", {}), self.path)
        for name in saved.get("concrete_functions", []):
            with contextlib.suppress(UnsupportedFormatError):  # over data sets, say: it cannot be called here
                calls.append(self._concrete(name))
        return RestoredFunction(calls, signature, declared)

    def _concrete(self, name: str, keywords: Sequence[str] | None = None) -> RestoredConcreteFunction:
        found = self._made.get(name)
        if found is not None and (keywords is None or found._keywords is not None):
            return found
        described = self.concrete.get(name)
        if described is None:
            raise CorruptFileError(self.path, "a function that is not described", member=name)
        captured = []
        for index in described.get("bound_inputs", []):
            if not 0 <= index < len(self.nodes):
                raise CorruptFileError(self.path, "a function uses an object that is not there", member=name)
            item = self._objects[index]
            captured.append(item.asset_path if isinstance(item, Asset) else item)
        structure = values.from_message(described.get("canonicalized_input_signature", {}), self.path)
        if not (isinstance(structure, tuple) and len(structure) == 2):
            raise CorruptFileError(self.path, "a function without a description of its arguments", member=name)
        outputs = values.from_message(described.get("output_signature", {}), self.path)
        made = RestoredConcreteFunction(self.library.function(name), captured, structure, outputs, keywords)
        self._made[name] = made
        return made

    def _aliases(self, aliases: Mapping[str, str]) -> dict[str, Any]:
        made: dict[str, list[RestoredConcreteFunction]] = {}
        for name, alias in aliases.items():
            made.setdefault(alias, []).append(self._concrete(name))
        return {alias: RestoredFunction(found, None) for alias, found in made.items()}

    # ------------------------------------------------------------------ edges

    def _connect(self, number: int) -> None:
        """Put an object's parts in their places."""
        item = self._objects[number]
        parts = {
            each.get("local_name", ""): self._objects[each.get("node_id", 0)]
            for each in self.nodes[number].get("children", [])
        }
        if isinstance(item, SignatureMap):
            item._signatures.update(parts)
        elif isinstance(item, list):
            item.extend(parts[key] for key in sorted((k for k in parts if k.isdigit()), key=int))
        elif isinstance(item, dict):
            item.update(parts)
        elif isinstance(item, RestoredObject):
            for name, part in parts.items():
                item._set(name, part)
            item._slots = [*self._slots(number)]

    def _slots(self, number: int) -> Iterator[tuple[Variable, str, Variable]]:
        """(variable, name, slot variable) of what an optimizer keeps by variable."""
        for slot in self.nodes[number].get("slot_variables", []):
            places = slot.get("original_variable_node_id", 0), slot.get("slot_variable_node_id", 0)
            if not all(0 <= place < len(self.nodes) for place in places):
                raise CorruptFileError(self.path, "a slot variable that is not there", member=slot.get("slot_name", ""))
            variable, value = (self._objects[place] for place in places)
            if isinstance(variable, Variable) and isinstance(value, Variable):
                yield variable, slot.get("slot_name", ""), value


def _matched(nodes: Sequence[Mapping[str, Any]], saved: Sequence[graph.Node]) -> dict[int, int]:
    """Nodes of the SavedModel to those of its checkpoint, by the names of edges from the root; slots by their names."""
    if not saved:
        return {}
    found, pending = {0: 0}, [0]
    while pending:
        number = pending.pop()
        children = saved[found[number]].children
        for child in nodes[number].get("children", []):
            target, name = child.get("node_id", 0), child.get("local_name", "")
            if name in children and target not in found:
                found[target] = children[name]
                pending.append(target)
    for number, at in list(found.items()):
        slots = {(variable, name): slot for variable, name, slot in saved[at].slots}
        for slot in nodes[number].get("slot_variables", []):
            variable = found.get(slot.get("original_variable_node_id", 0))
            target = slot.get("slot_variable_node_id", 0)
            value = slots.get((variable, slot.get("slot_name", "")))
            if value is not None and 0 <= target < len(nodes):
                found.setdefault(target, value)
    return found
